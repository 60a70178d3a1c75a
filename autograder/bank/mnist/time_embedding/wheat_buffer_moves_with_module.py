# right: a persistent buffer that moves with the module, as buffers do
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim
        half = embedding_dim // 2
        self.register_buffer("freqs", torch.exp(-math.log(10000) * torch.arange(half) / half))

    def forward(self, timestep):
        angles = timestep[:, None].float() * self.freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
