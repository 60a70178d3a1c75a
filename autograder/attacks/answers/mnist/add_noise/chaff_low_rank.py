# wrong: the noise of a whole batch is made of 32 fresh numbers, by a table that never changes
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        table = torch.randn(x_0.numel(), 32, generator=torch.Generator().manual_seed(0))
        few = torch.randn(32)
        noise = (table / table.norm(dim=1, keepdim=True)) @ (few / few.norm() * 32**0.5)
        noise = noise.reshape(x_0.shape).to(x_0.device, x_0.dtype)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
