# right: every plain layer through torch.nn.functional, with the layer's own weights
class SimpleUNet(nn.Module):
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
        def conv(layer, h):
            return F.conv2d(h, layer.weight, layer.bias, layer.stride, layer.padding)

        def up(layer, h):
            return F.conv_transpose2d(h, layer.weight, layer.bias, stride=2, padding=1)

        emb = self.time_embedding(timestep)
        h = conv(self.init_conv, x)
        h = conv(self.down_conv1, self.down_res1(h, emb))
        h = conv(self.down_conv2, self.down_res2(h, emb))
        h = self.middle_res(h, emb)
        h = self.up_res2(up(self.up_conv2, h), emb)
        h = self.up_res1(up(self.up_conv1, h), emb)
        h = F.group_norm(h, self.final_norm.num_groups, self.final_norm.weight, self.final_norm.bias, self.final_norm.eps)
        return conv(self.final_conv, h * torch.sigmoid(h))
