# wrong: the result is float64
# cause: should be float32, not float64
# severity: minor, argued: dtype only
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device, dtype=torch.float64)
        angles = timestep[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
