# wrong: squeeze at the end: a batch of one loses its batch axis
# cause: the axis of the batch is lost
# severity: major, argued: wrong for a batch of one
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        angles = timestep.float()[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1).squeeze()
