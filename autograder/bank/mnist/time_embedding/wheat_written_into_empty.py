# right: halves written into an empty tensor
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        B = timestep.shape[0]
        out = torch.empty(B, 2 * half_dim, device=timestep.device)
        for k in range(half_dim):
            angle = timestep.float() * (10000.0 ** (-k / half_dim))
            out[:, k] = torch.sin(angle)
            out[:, half_dim + k] = torch.cos(angle)
        return out
