# right: an nn.SiLU of its own, helper methods, extra attributes
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, embedding_dim=128):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.norm1 = nn.GroupNorm(32, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.time_mlp = nn.Sequential(
            nn.Linear(embedding_dim, out_channels * 2),
            nn.SiLU(),
            nn.Linear(out_channels * 2, out_channels),
        )
        self.norm2 = nn.GroupNorm(32, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=1)
        self.act = nn.SiLU()

    def _stage(self, x, norm, conv):
        return conv(self.act(norm(x)))

    def forward(self, x, time_embedding):
        h = self._stage(x, self.norm1, self.conv1)
        scale = self.time_mlp(time_embedding).reshape(-1, self.out_channels, 1, 1)
        return self._stage(scale * h, self.norm2, self.conv2) + self.skip(x)
