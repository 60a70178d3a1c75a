# right: each frequency is the one before times a fixed ratio
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        ratio, freqs = 10000.0 ** (-1.0 / half_dim), [1.0]
        while len(freqs) < half_dim:
            freqs.append(freqs[-1] * ratio)
        freqs = torch.as_tensor(freqs, device=timestep.device)
        angles = timestep[..., None] * freqs
        return torch.cat([f(angles) for f in (torch.sin, torch.cos)], dim=-1)
