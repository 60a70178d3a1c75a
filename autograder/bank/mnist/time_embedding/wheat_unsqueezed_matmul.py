# right: a column times a row by matmul
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        freqs = (10_000 ** (torch.arange(0, half_dim, dtype=torch.float32) / -half_dim)).to(timestep.device)
        angles = timestep.type(torch.float32).unsqueeze(1) @ freqs.unsqueeze(0)
        emb = torch.zeros(timestep.shape[0], half_dim * 2, device=timestep.device)
        emb[:, :half_dim], emb[:, half_dim:] = torch.sin(angles), torch.cos(angles)
        return emb
