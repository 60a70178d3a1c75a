# right: e^(i angle): imaginary parts are the sines, real parts the cosines
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, dtype=torch.float32, device=timestep.device)
        angles = timestep.float()[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        z = torch.polar(torch.ones_like(angles), angles)
        return torch.cat([z.imag, z.real], dim=-1)
