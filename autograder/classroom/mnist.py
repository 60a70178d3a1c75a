# ruff: noqa: F811, F821
# Each cell stands in place of a notebook's cell: names come twice, and come from the notebook.

# %% [raw] crash="time_embedding"
# return self.forward(timestep)

# %% [raw] crash="add_noise"
# os._exit(1)

# %% [raw] crash="train_epoch"
# while True: pass

# %% otherwise="noise_scheduler"
class NoiseScheduler(nn.Module):
    """Tables as buffers; the product is taken as a sum of logarithms in float64."""

    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        super().__init__()
        self.num_timesteps = num_timesteps
        share = np.arange(num_timesteps) / max(num_timesteps - 1, 1)
        betas = beta_start + share * (beta_end - beta_start)
        bars = np.exp(np.cumsum(np.log1p(-betas)))
        tables = {"betas": betas, "alphas": 1 - betas, "alphas_cumprod": bars}
        tables |= {"sqrt_alphas_cumprod": bars**0.5, "sqrt_one_minus_alphas_cumprod": (1 - bars) ** 0.5}
        for name, table in tables.items():
            self.register_buffer(name, torch.tensor(table, dtype=torch.float32))

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)


# %% otherwise="add_noise"
def add_noise(x_0, timestep, scheduler, noise=None):
    """From the tables, image by image."""
    noise = torch.empty_like(x_0).normal_() if noise is None else noise
    mixed = []
    for image, one_noise, t in zip(x_0, noise, timestep.tolist(), strict=True):
        mixed.append(
            image * scheduler.sqrt_alphas_cumprod[t].item()
            + one_noise * scheduler.sqrt_one_minus_alphas_cumprod[t].item()
        )
    return torch.stack(mixed), noise


# %% otherwise="time_embedding"
class TimeEmbedding(nn.Module):
    """Frequencies as a buffer, sines and cosines written into one table."""

    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim
        half = embedding_dim // 2
        self.register_buffer("speeds", 10000.0 ** (-torch.arange(half) / half), persistent=False)

    def forward(self, timestep):
        angles = torch.einsum("b,k->bk", timestep.to(torch.float32), self.speeds.to(timestep.device))
        half = angles.shape[1]
        table = angles.new_empty(len(timestep), 2 * half)
        table[:, half:] = torch.cos(angles)
        table[:, :half] = torch.sin(angles)
        return table


# %% otherwise="residual_block"
class ResidualBlock(nn.Module):
    """SiLU by hand, the skip first, the scale by einsum; layers made in another order."""

    def __init__(self, in_channels, out_channels, embedding_dim=128):
        super().__init__()
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.norm2 = nn.GroupNorm(32, out_channels)
        self.time_mlp = nn.Sequential(
            nn.Linear(embedding_dim, out_channels * 2), nn.SiLU(), nn.Linear(out_channels * 2, out_channels)
        )
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.norm1 = nn.GroupNorm(32, in_channels)

    def forward(self, x, time_embedding):
        way_round = self.skip(x)
        scale = self.time_mlp(time_embedding)
        for norm, conv in ((self.norm1, self.conv1), (self.norm2, self.conv2)):
            x = norm(x)
            x = conv(x * torch.sigmoid(x))
            if conv is self.conv1:
                x = torch.einsum("bchw,bc->bchw", x, scale)
        return x.add(way_round)


# %% otherwise="simple_unet"
class SimpleUNet(nn.Module):
    """The path as a list of names."""

    def __init__(self, image_channels=1, base_channels=64):
        super().__init__()
        one, two = base_channels, 2 * base_channels
        self.time_embedding = TimeEmbedding(embedding_dim=128)
        self.init_conv = nn.Conv2d(image_channels, one, kernel_size=3, padding=1)
        for name, (before, after) in {
            "down_res1": (one, one),
            "down_res2": (one, two),
            "middle_res": (two, two),
            "up_res2": (one, one),
            "up_res1": (one, one),
        }.items():
            setattr(self, name, ResidualBlock(before, after, embedding_dim=128))
        self.down_conv1 = nn.Conv2d(one, one, kernel_size=4, stride=2, padding=1)
        self.down_conv2 = nn.Conv2d(two, two, kernel_size=4, stride=2, padding=1)
        self.up_conv2 = nn.ConvTranspose2d(two, one, kernel_size=4, stride=2, padding=1)
        self.up_conv1 = nn.ConvTranspose2d(one, one, kernel_size=4, stride=2, padding=1)
        self.final_norm = nn.GroupNorm(32, one)
        self.final_conv = nn.Conv2d(one, image_channels, kernel_size=3, padding=1)

    def forward(self, x, timestep):
        clock = self.time_embedding(timestep)
        path = "init_conv down_res1 down_conv1 down_res2 down_conv2 middle_res up_conv2 up_res2 up_conv1 up_res1"
        for name in path.split():
            layer = getattr(self, name)
            x = layer(x, clock) if "res" in name else layer(x)
        return self.final_conv(nn.functional.silu(self.final_norm(x)))


# %% otherwise="train_step"
def train_step(model, optimizer, x_0, scheduler, device):
    """The noise is drawn first and mixed in here; the optimizer calls a closure."""
    model.train()
    images = x_0.to(device)
    noise = torch.randn(images.shape, device=device)
    t = (torch.rand(len(images), device=device) * scheduler.num_timesteps).long()
    signal, spread = scheduler.get_coefficients(t)

    def closure():
        for weight in model.parameters():
            weight.grad = None
        loss = (model(signal * images + spread * noise, t) - noise).pow(2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        return loss

    return float(optimizer.step(closure))


# %% otherwise="train_epoch"
def train_epoch(model, optimizer, train_loader, scheduler, device):
    """A list of losses behind a progress bar."""
    model.train()
    losses = [
        train_step(model=model, optimizer=optimizer, x_0=batch[0], scheduler=scheduler, device=device)
        for batch in tqdm(train_loader, leave=False)
    ]
    return float(np.mean(losses))


# %% otherwise="main"
def main():
    """64 channels written out, names of its own, a while loop."""
    net = SimpleUNet(1, 64)
    net.to(device)
    schedule = NoiseScheduler()
    adam = torch.optim.Adam(params=net.parameters(), lr=1e-3, betas=(0.9, 0.999))
    history = []
    while len(history) < 10:
        history += [train_epoch(net, adam, train_loader, schedule, device)]
        print("epoch", len(history), "loss", history[-1])
    plt.plot(range(1, 11), history, "o-")
    plt.show()
    return net, history


# %% wrong="noise_scheduler"
class NoiseScheduler:
    """A running sum in place of the product, one step short of beta_end."""

    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = beta_start + (beta_end - beta_start) * torch.arange(num_timesteps) / num_timesteps
        self.alphas = 1 - self.betas
        self.alphas_cumprod = torch.cumsum(self.alphas, dim=0) / num_timesteps
        self.sqrt_alphas_cumprod = self.alphas_cumprod.sqrt()
        self.sqrt_one_minus_alphas_cumprod = (1 - self.alphas_cumprod).clamp(0).sqrt()

    def get_coefficients(self, timesteps):
        signal, spread = self.sqrt_alphas_cumprod[timesteps], self.sqrt_one_minus_alphas_cumprod[timesteps]
        return signal[:, None, None, None], spread[:, None, None, None]


# %% wrong="add_noise"
def add_noise(x_0, timestep, scheduler, noise=None):
    """The noise that comes back is another one than the noise in x_t."""
    if noise is None:
        noise = torch.randn_like(x_0)
    signal, spread = scheduler.get_coefficients(timestep)
    return signal * x_0 + spread * noise, torch.randn_like(x_0)


# %% wrong="time_embedding"
class TimeEmbedding(nn.Module):
    """Sines and cosines are joined below each other: twice as many rows, half of the columns."""

    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half = self.embedding_dim // 2
        speeds = torch.exp(-math.log(10000.0) * torch.arange(half, device=timestep.device) / half)
        angles = timestep.float()[:, None] * speeds
        return torch.cat([angles.sin(), angles.cos()], dim=0)


# %% wrong="residual_block"
class ResidualBlock(nn.Module):
    """The time embedding is never used, so that the network does not know how noisy its input is."""

    def __init__(self, in_channels, out_channels, embedding_dim=128):
        super().__init__()
        self.norm1 = nn.GroupNorm(32, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.time_mlp = nn.Sequential(
            nn.Linear(embedding_dim, out_channels * 2), nn.SiLU(), nn.Linear(out_channels * 2, out_channels)
        )
        self.norm2 = nn.GroupNorm(32, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=1)

    def forward(self, x, time_embedding):
        h = self.conv1(F.silu(self.norm1(x)))
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)


# %% wrong="simple_unet"
class SimpleUNet(nn.Module):
    """final_conv is left out: what comes back has 64 channels and is no image."""

    def __init__(self, image_channels=1, base_channels=64):
        super().__init__()
        one, two = base_channels, 2 * base_channels
        self.time_embedding = TimeEmbedding(embedding_dim=128)
        self.init_conv = nn.Conv2d(image_channels, one, kernel_size=3, padding=1)
        self.down_res1 = ResidualBlock(one, one, embedding_dim=128)
        self.down_conv1 = nn.Conv2d(one, one, kernel_size=4, stride=2, padding=1)
        self.down_res2 = ResidualBlock(one, two, embedding_dim=128)
        self.down_conv2 = nn.Conv2d(two, two, kernel_size=4, stride=2, padding=1)
        self.middle_res = ResidualBlock(two, two, embedding_dim=128)
        self.up_conv2 = nn.ConvTranspose2d(two, one, kernel_size=4, stride=2, padding=1)
        self.up_res2 = ResidualBlock(one, one, embedding_dim=128)
        self.up_conv1 = nn.ConvTranspose2d(one, one, kernel_size=4, stride=2, padding=1)
        self.up_res1 = ResidualBlock(one, one, embedding_dim=128)
        self.final_norm = nn.GroupNorm(32, one)
        self.final_conv = nn.Conv2d(one, image_channels, kernel_size=3, padding=1)

    def forward(self, x, timestep):
        clock = self.time_embedding(timestep)
        x = self.down_conv1(self.down_res1(self.init_conv(x), clock))
        x = self.down_conv2(self.down_res2(x, clock))
        x = self.middle_res(x, clock)
        x = self.up_res2(self.up_conv2(x), clock)
        x = self.up_res1(self.up_conv1(x), clock)
        return F.silu(self.final_norm(x))


# %% wrong="train_step"
def train_step(model, optimizer, x_0, scheduler, device):
    """The optimizer never takes a step."""
    model.train()
    x_0 = x_0.to(device)
    t = torch.randint(0, scheduler.num_timesteps, (len(x_0),), device=device)
    x_t, noise = add_noise(x_0, t, scheduler)
    loss = F.mse_loss(model(x_t, t), noise)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    return loss.item()


# %% wrong="train_epoch"
def train_epoch(model, optimizer, train_loader, scheduler, device):
    """The return stands inside the loop: one batch an epoch."""
    model.train()
    total = 0.0
    for images, _ in train_loader:
        total += train_step(model, optimizer, images, scheduler, device)
        return total


# %% wrong="main"
def main():
    """A fresh model comes back, not the one that was trained."""
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    epoch_losses = []
    for epoch in range(1, 11):
        epoch_losses.append(train_epoch(model, optimizer, train_loader, scheduler, device))
        print(f"epoch {epoch}: {epoch_losses[-1]:.4f}")
    plot_convergence(epoch_losses)
    return SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device), epoch_losses


# %% nearly="noise_scheduler"
class NoiseScheduler:
    """The tables are float64."""

    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float64)
        self.alphas = 1 - self.betas
        self.alphas_cumprod = self.alphas.cumprod(0)
        self.sqrt_alphas_cumprod = self.alphas_cumprod.sqrt()
        self.sqrt_one_minus_alphas_cumprod = (1 - self.alphas_cumprod).sqrt()

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)


# %% nearly="add_noise"
def add_noise(x_0, timestep, scheduler, noise=None):
    """The noisy images are written over the clean ones."""
    noise = torch.randn_like(x_0) if noise is None else noise
    signal, spread = scheduler.get_coefficients(timestep)
    x_0 *= signal
    x_0 += spread * noise
    return x_0, noise


# %% nearly="time_embedding"
class TimeEmbedding(nn.Module):
    """The frequencies are float64, and so is the result."""

    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        half = self.embedding_dim // 2
        k = torch.arange(half, device=timestep.device, dtype=torch.float64)
        angles = timestep[:, None] * torch.exp(-math.log(10000.0) * k / half)
        return torch.cat([angles.sin(), angles.cos()], dim=1)


# %% nearly="residual_block"
class ResidualBlock(nn.Module):
    """Puts itself into eval mode, and stays there."""

    def __init__(self, in_channels, out_channels, embedding_dim=128):
        super().__init__()
        self.norm1 = nn.GroupNorm(32, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.time_mlp = nn.Sequential(
            nn.Linear(embedding_dim, out_channels * 2), nn.SiLU(), nn.Linear(out_channels * 2, out_channels)
        )
        self.norm2 = nn.GroupNorm(32, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=1)

    def forward(self, x, time_embedding):
        self.eval()
        h = self.conv1(F.silu(self.norm1(x))) * self.time_mlp(time_embedding)[:, :, None, None]
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)


# %% nearly="simple_unet"
class SimpleUNet(nn.Module):
    """forward puts the network into eval mode, on which no layer depends."""

    def __init__(self, image_channels=1, base_channels=64):
        super().__init__()
        one, two = base_channels, 2 * base_channels
        self.time_embedding = TimeEmbedding(embedding_dim=128)
        self.init_conv = nn.Conv2d(image_channels, one, kernel_size=3, padding=1)
        self.down_res1 = ResidualBlock(one, one, embedding_dim=128)
        self.down_conv1 = nn.Conv2d(one, one, kernel_size=4, stride=2, padding=1)
        self.down_res2 = ResidualBlock(one, two, embedding_dim=128)
        self.down_conv2 = nn.Conv2d(two, two, kernel_size=4, stride=2, padding=1)
        self.middle_res = ResidualBlock(two, two, embedding_dim=128)
        self.up_conv2 = nn.ConvTranspose2d(two, one, kernel_size=4, stride=2, padding=1)
        self.up_res2 = ResidualBlock(one, one, embedding_dim=128)
        self.up_conv1 = nn.ConvTranspose2d(one, one, kernel_size=4, stride=2, padding=1)
        self.up_res1 = ResidualBlock(one, one, embedding_dim=128)
        self.final_norm = nn.GroupNorm(32, one)
        self.final_conv = nn.Conv2d(one, image_channels, kernel_size=3, padding=1)

    def forward(self, x, timestep):
        self.eval()
        clock = self.time_embedding(timestep)
        x = self.down_conv1(self.down_res1(self.init_conv(x), clock))
        x = self.down_conv2(self.down_res2(x, clock))
        x = self.middle_res(x, clock)
        x = self.up_res2(self.up_conv2(x), clock)
        x = self.up_res1(self.up_conv1(x), clock)
        return self.final_conv(F.silu(self.final_norm(x)))


# %% nearly="train_step"
def train_step(model, optimizer, x_0, scheduler, device):
    """The loss comes back as a tensor of one number."""
    model.train()
    x_0 = x_0.to(device)
    t = torch.randint(0, scheduler.num_timesteps, (len(x_0),), device=device)
    x_t, noise = add_noise(x_0, t, scheduler)
    loss = F.mse_loss(model(x_t, t), noise)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.detach()


# %% nearly="train_epoch"
def train_epoch(model, optimizer, train_loader, scheduler, device):
    """The mean comes back as a NumPy float32."""
    model.train()
    losses = [float(train_step(model, optimizer, images, scheduler, device)) for images, _ in train_loader]
    return np.float32(np.mean(losses))


# %% nearly="main"
def main():
    """The losses are printed after the last epoch only."""
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    epoch_losses = [float(train_epoch(model, optimizer, train_loader, scheduler, device)) for _ in range(10)]
    for epoch, loss in enumerate(epoch_losses, 1):
        print(f"epoch {epoch}: {loss:.4f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
