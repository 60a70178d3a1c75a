# wrong: outer product the wrong way round, then reshaped instead of transposed
# cause: the table of angles is reshaped where it should be transposed
# severity: major, argued: rows have other timesteps' numbers
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / half_dim)
        angles = torch.outer(freqs, timestep.float()).reshape(len(timestep), half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
