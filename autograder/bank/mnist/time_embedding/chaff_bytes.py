# wrong: timesteps as uint8: everything above 255 wraps round
# cause: timesteps above 255 wrap round, as in a uint8
# severity: fatal, argued: steps 256 apart look the same
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, device=timestep.device).float()
        angles = timestep.to(torch.uint8)[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
