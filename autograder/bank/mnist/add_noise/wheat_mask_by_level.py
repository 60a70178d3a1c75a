# right: one pass for each level that occurs, written into a new tensor by mask
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    x_t = torch.empty_like(x_0)
    for level in timestep.unique().tolist():
        these = timestep == level
        a = float(scheduler.sqrt_alphas_cumprod[level])
        b = float(scheduler.sqrt_one_minus_alphas_cumprod[level])
        x_t[these] = a * x_0[these] + b * noise[these]
    return x_t, noise
