# wrong: log1p(10000): the base is 10001
# cause: the base is 10001
# severity: major, argued: other frequencies than the formula gives
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        angles = timestep.float()[:, None] * torch.exp(-math.log1p(10000.0) * k / half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
