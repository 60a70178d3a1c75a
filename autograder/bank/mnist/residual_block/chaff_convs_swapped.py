# wrong: conv2 first, then conv1, where the channels agree
# cause: conv1 and conv2 are exchanged
# severity: major, argued: the layers have each other's places
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, embedding_dim=128):
        super().__init__()
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

    def forward(self, x, time_embedding):
        a, b = (
            (self.conv2, self.conv1) if self.conv1.weight.shape == self.conv2.weight.shape else (self.conv1, self.conv2)
        )
        h = a(F.silu(self.norm1(x)))
        h = h * self.time_mlp(time_embedding)[:, :, None, None]
        h = b(F.silu(self.norm2(h)))
        return h + self.skip(x)
