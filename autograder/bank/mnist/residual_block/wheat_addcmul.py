# right: factors by expand_as; asserts, names of its own
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
        assert x.dim() == 4 and time_embedding.dim() == 2
        residual = self.skip(x)
        features = self.conv1(nn.functional.silu(self.norm1(x)))
        gate = self.time_mlp(time_embedding)
        features = features * gate.view(*gate.shape, 1, 1).expand_as(features)
        features = self.conv2(nn.functional.silu(self.norm2(features)))
        return residual.add(features)
