# wrong: frequencies in float16: angles are off by up to a third of a radian
# cause: t = 0 and t = 1 come out right and larger ones do not: do the frequencies have too few digits
# severity: major, argued: angles are off by up to a third of a radian
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / half_dim).half()
        angles = timestep.float()[:, None] * freqs.float()
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
