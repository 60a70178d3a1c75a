# wrong: zeros for everything
# severity: fatal, argued: no work, or next to none
# worth: 0
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        return torch.zeros(len(timestep), self.embedding_dim, device=timestep.device)
