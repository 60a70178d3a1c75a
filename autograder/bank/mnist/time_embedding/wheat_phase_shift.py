# right: cosines as sines a quarter turn ahead, one call of sin
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, dtype=torch.float64, device=timestep.device)
        angles = timestep[:, None] * torch.pow(10000.0, -k / half_dim)
        return torch.sin(torch.cat([angles, angles + math.pi / 2], dim=-1)).float()
