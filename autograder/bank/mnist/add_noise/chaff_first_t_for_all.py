# wrong: the first image's t for the whole batch
# cause: every image gets the t of the first
# severity: major, argued: right for the first image only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a = scheduler.sqrt_alphas_cumprod[timestep[0].item()].item()
    b = scheduler.sqrt_one_minus_alphas_cumprod[timestep[0].item()].item()
    return a * x_0 + b * noise, noise
