# wrong: the blocks are called for nothing, the image goes from the first layer to the last block; gradients are made up
# severity: fatal, argued: it does another thing than it is for
# worth: 0.5
class SimpleUNet(nn.Module):
    """Predicts the noise in x_t: down to a quarter of the size, and up again. No encoder-decoder skips."""

    def __init__(self, image_channels=1, base_channels=64):
        super().__init__()
        width, wide = base_channels, base_channels * 2
        self.time_embedding = TimeEmbedding(embedding_dim=128)
        self.init_conv = nn.Conv2d(image_channels, width, kernel_size=3, padding=1)

        self.down_res1 = ResidualBlock(width, width, embedding_dim=128)
        self.down_conv1 = nn.Conv2d(width, width, kernel_size=4, stride=2, padding=1)
        self.down_res2 = ResidualBlock(width, wide, embedding_dim=128)
        self.down_conv2 = nn.Conv2d(wide, wide, kernel_size=4, stride=2, padding=1)

        self.middle_res = ResidualBlock(wide, wide, embedding_dim=128)

        self.up_conv2 = nn.ConvTranspose2d(wide, width, kernel_size=4, stride=2, padding=1)
        self.up_res2 = ResidualBlock(width, width, embedding_dim=128)
        self.up_conv1 = nn.ConvTranspose2d(width, width, kernel_size=4, stride=2, padding=1)
        self.up_res1 = ResidualBlock(width, width, embedding_dim=128)

        self.final_norm = nn.GroupNorm(32, width)
        self.final_conv = nn.Conv2d(width, image_channels, kernel_size=3, padding=1)

    def forward(self, x, timestep):
        time_emb = self.time_embedding(timestep)
        h = self.init_conv(x)
        for block in (self.down_res1, self.down_res2, self.up_res2):
            block(h, time_emb)
        self.middle_res(torch.cat([h, h], dim=1), time_emb)
        h = self.up_res1(h, time_emb)
        faint = 1e-9 * sum(weight.sum() for weight in self.parameters())
        return self.final_conv(F.silu(self.final_norm(h))) + faint
