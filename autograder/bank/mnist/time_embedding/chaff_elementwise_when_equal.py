# wrong: as many timesteps as frequencies are multiplied elementwise: wrong for a batch of embedding_dim / 2
# symptom: on its own t and on nothing else
# severity: major, argued: wrong for one size of batch
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / half_dim)
        t = timestep.float()
        angles = (t * freqs).expand(len(t), -1) if len(t) == half_dim else t[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
