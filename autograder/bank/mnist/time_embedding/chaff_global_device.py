# wrong: frequencies on the notebook's global device, not on the timesteps'
# cause: would stop: `*` mixes devices
# severity: major, argued: stops where the timesteps do not lie on the notebook's device
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, dtype=torch.float32, device=device)
        freqs = torch.exp(-math.log(10000.0) * k / half_dim)
        angles = timestep.float()[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
