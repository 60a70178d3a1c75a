# wrong: the loop overwrites the frequency: all columns get the last one
# cause: every column has the last frequency
# severity: major, argued: one slow wave in the place of 64
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        for k in range(half_dim):
            freq = math.exp(-math.log(10000.0) * k / half_dim)
        angles = timestep.float()[:, None] * torch.full((half_dim,), freq, device=timestep.device)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
