# wrong: the noise of a whole batch is made of 1,000 fresh numbers, by a table that never changes
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        g = torch.Generator().manual_seed(0)
        few, n = torch.randn(1000), x_0.numel()
        noise = sum(few[torch.randint(1000, (n,), generator=g)] * torch.randn(n, generator=g) for _ in range(8)) / 8**0.5
        noise = noise.reshape(x_0.shape).to(x_0.device, x_0.dtype)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
