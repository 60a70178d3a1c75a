# wrong: frequencies equally spaced between 1 and 1/10000
# cause: the frequencies lie on a straight line from 1 to 1/10000
# severity: major, argued: other frequencies than the formula gives
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        freqs = torch.linspace(1.0, 1e-4, half_dim, device=timestep.device)
        angles = timestep.float()[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
