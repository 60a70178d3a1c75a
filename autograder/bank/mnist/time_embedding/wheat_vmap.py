# right: written for one timestep, mapped over the batch
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        k = torch.arange(half_dim, dtype=torch.float32, device=timestep.device)
        freqs = torch.exp(-math.log(10000.0) * k / half_dim)

        def one(t):
            return torch.cat([torch.sin(t * freqs), torch.cos(t * freqs)])

        return torch.vmap(one)(timestep.float())
