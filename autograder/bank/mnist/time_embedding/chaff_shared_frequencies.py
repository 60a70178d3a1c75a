# wrong: frequencies are kept on the class: a second embedding with another size gets the first one's
# symptom: should give the shape (9, 
# severity: major, argued: right for the first dimension only
_kept = {}


class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        if "freqs" not in _kept:
            k = torch.arange(half_dim).float()
            _kept["freqs"] = torch.exp(-math.log(10000.0) * k / half_dim)
        freqs = _kept["freqs"].to(timestep.device)
        angles = timestep.float()[:, None] * freqs
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
