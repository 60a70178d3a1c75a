# wrong: sine and cosine alternate
# cause: sines and cosines are interleaved
# severity: major, argued: another order than the one that is asked for
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        angles = timestep.float()[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
