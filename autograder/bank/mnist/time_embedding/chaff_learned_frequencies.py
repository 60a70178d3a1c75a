# wrong: frequencies are random, as in Fourier features
# symptom: should be the sines of t * freq_k
# severity: major, measured
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        torch.manual_seed(0)
        freqs = torch.rand(half_dim, device=timestep.device)
        angles = timestep.float()[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
