# wrong: the sine of t in every column
# severity: fatal, argued: no work, or next to none
# worth: 0.25
class TimeEmbedding(nn.Module):
    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        return timestep[:, None].float().repeat(1, self.embedding_dim).sin()
