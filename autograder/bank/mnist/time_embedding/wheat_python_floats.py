# right: frequencies as Python floats in a list
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        freqs = [math.exp(-math.log(10000) * k / half_dim) for k in range(half_dim)]
        columns = [timestep.float() * freq for freq in freqs]
        sines = torch.stack([torch.sin(column) for column in columns], dim=1)
        cosines = torch.stack([torch.cos(column) for column in columns], dim=1)
        return torch.cat((sines, cosines), dim=1)
