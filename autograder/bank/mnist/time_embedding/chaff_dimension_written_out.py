# wrong: 64 is written out: right for dimension 128 only
# cause: is the dimension written out
# severity: major, argued: right for the default dimension only
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(64, device=timestep.device).float()
        freqs = torch.exp(-math.log(10000.0) * k / 64)
        angles = timestep.float()[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
