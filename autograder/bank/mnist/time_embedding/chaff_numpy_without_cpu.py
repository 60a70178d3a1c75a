# wrong: timestep.numpy(): fails on the GPU
# cause: NumPy reads the CPU's memory
# severity: major, argued: stops on a GPU
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        freqs = np.exp(-np.log(10000.0) * np.arange(half_dim) / half_dim)
        angles = timestep.numpy()[:, None] * freqs[None]
        emb = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        return torch.from_numpy(emb).float().to(timestep.device)
