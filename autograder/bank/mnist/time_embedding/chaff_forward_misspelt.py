# wrong: forward is misspelt, so the module has none
# cause: Is `forward` misspelt
# severity: fatal, argued: raises
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forwad(self, timestep):
        half = self.embedding_dim // 2
        freqs = torch.exp(-math.log(10000) * torch.arange(half, device=timestep.device).float() / half)
        args = timestep.float().unsqueeze(1) * freqs
        return torch.cat((torch.sin(args), torch.cos(args)), dim=1)
