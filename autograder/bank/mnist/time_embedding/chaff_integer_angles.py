# wrong: frequencies are cast to the timesteps' integer type
# cause: the frequencies were cut to whole numbers
# severity: major, argued: one wave is left
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / half_dim).to(timestep.dtype)
        angles = (timestep[:, None] * freqs).float()
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
