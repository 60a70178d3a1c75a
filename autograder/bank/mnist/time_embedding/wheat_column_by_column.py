# right: one column after the other, stacked
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        t = timestep.float()
        freqs = [math.exp(-math.log(10000.0) * k / half_dim) for k in range(half_dim)]
        columns = [torch.sin(t * f) for f in freqs] + [torch.cos(t * f) for f in freqs]
        return torch.stack(columns, dim=1)
