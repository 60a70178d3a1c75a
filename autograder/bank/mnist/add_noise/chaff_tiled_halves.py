# wrong: half of the batch is drawn, the other half is its mirror image (antithetic)
# cause: there are images of a batch that are mirror images of one another
# severity: major, argued: not independent
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        half = torch.randn_like(x_0[: (len(x_0) + 1) // 2])
        noise = torch.cat([half, -half])[: len(x_0)]
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
