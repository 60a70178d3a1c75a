# wrong: computed in NumPy, so that the result is float64
# cause: should be float32, not float64
# severity: minor, argued: dtype only
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        freqs = np.exp(-np.log(10000.0) * np.arange(half_dim) / half_dim)
        angles = timestep.detach().cpu().numpy()[:, None] * freqs
        table = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)
        return torch.from_numpy(table).to(timestep.device)
