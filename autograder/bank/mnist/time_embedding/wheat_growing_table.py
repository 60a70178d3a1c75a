# right: a table of rows, grown when a later timestep comes in
def _rows(count, half):
    t, k = torch.arange(count).double(), torch.arange(half).double()
    angles = t[:, None] * torch.exp(-math.log(10000.0) * k / half)
    return torch.cat([angles.sin(), angles.cos()], dim=1).float()


class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        top = int(timestep.max()) + 1
        if not hasattr(self, "_table") or len(self._table) < top:
            self._table = _rows(max(top, 1000), half_dim)
        return self._table[timestep.cpu().long()].to(timestep.device)
