# wrong: half - 1 in the denominator
# cause: the denominator is half - 1
# severity: major, argued: other frequencies than the formula gives
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / max(half_dim - 1, 1))
        angles = timestep.float()[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
