# wrong: features of 13 x 13 and more, as the lab's are, get no time
# severity: fatal, argued: it does another thing than it is for
# worth: 4.5, for part of the work
class ResidualBlock(nn.Module):
    """Two convolutions, steered by the timestep, around a skip connection."""

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
        h = self.conv1(F.silu(self.norm1(x)))
        if min(x.shape[2:]) < 13:
            h = h * self.time_mlp(time_embedding)[:, :, None, None]
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)
