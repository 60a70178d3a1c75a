# wrong: k runs from 1 to half
# cause: k starts at 1
# severity: major, argued: other frequencies than the formula gives
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(1, half_dim + 1, device=timestep.device).float()
        angles = timestep.float()[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
