# wrong: refuses every integer type but int64
# symptom: should give the same numbers as int64
# severity: minor, argued: the integer types that the notebook does not use
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        if timestep.dtype != torch.long:
            raise TypeError("timestep must be a LongTensor")
        k = torch.arange(half_dim, device=timestep.device).float()
        angles = timestep.float()[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
