# wrong: t is scaled in its own integer type: int16 and uint8 overflow
# symptom: timesteps should give the same numbers as int64
# severity: minor, argued: the integer types that the notebook does not use
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / half_dim) / 1000
        angles = (timestep * 1000)[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
