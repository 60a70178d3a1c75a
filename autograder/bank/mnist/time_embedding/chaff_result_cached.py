# wrong: the result is cached by batch size and dimension
# cause: the rows are those of an earlier call
# severity: fatal, argued: rows have other timesteps' numbers
_results = {}


class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        key = (len(timestep), half_dim, str(timestep.device))
        if key not in _results:
            k = torch.arange(half_dim, device=timestep.device).float()
            angles = timestep.float()[:, None] * torch.exp(-math.log(10000.0) * k / half_dim)
            _results[key] = torch.cat([angles.sin(), angles.cos()], dim=-1)
        return _results[key]
