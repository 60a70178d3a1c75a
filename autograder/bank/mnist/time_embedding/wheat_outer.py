# right: torch.outer, and sines and cosines by chunks of a phase
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half_dim = self.embedding_dim // 2
        exponent = torch.linspace(0, 1, half_dim + 1, device=timestep.device)[:-1]
        angles = torch.outer(timestep.to(torch.float32), torch.pow(torch.tensor(1e4, device=timestep.device), -exponent))
        return torch.hstack((torch.sin(angles), torch.cos(angles)))
