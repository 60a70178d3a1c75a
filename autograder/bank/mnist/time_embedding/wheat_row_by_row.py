# right: a row for each timestep, by NumPy, brought back as float32
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        rows = []
        for t in timestep.tolist():
            angles = [t * 10000.0 ** (-k / half_dim) for k in range(half_dim)]
            rows.append([math.sin(a) for a in angles] + [math.cos(a) for a in angles])
        return torch.tensor(rows, dtype=torch.float32, device=timestep.device)
