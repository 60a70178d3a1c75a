# wrong: t is multiplied element by element with a frequency of its own row
# cause: is there one frequency a row
# severity: fatal, measured
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(len(timestep), device=timestep.device).float()
        angles = timestep.float() * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.stack([angles.sin(), angles.cos()], dim=-1)
