# wrong: the cosines stand first, and the exponent is divided by half - 1
# holds: chaff_cos_first, chaff_half_minus_one
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half = self.embedding_dim // 2
        exponent = torch.arange(half, dtype=torch.float32, device=timestep.device) / max(half - 1, 1)
        angles = timestep[:, None] * 10000.0**-exponent
        return torch.cat((torch.cos(angles), torch.sin(angles)), dim=1)
