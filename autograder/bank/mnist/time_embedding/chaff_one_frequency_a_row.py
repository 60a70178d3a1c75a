# wrong: each row has one frequency, repeated over its columns
# cause: each row has one frequency for all of its columns
# severity: fatal, argued: t is told by one frequency, which differs from row to row
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(len(timestep), device=timestep.device).float() % half_dim
        angles = timestep.float() * torch.exp(-math.log(10000.0) * k / half_dim)
        angles = angles[:, None].repeat(1, half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
