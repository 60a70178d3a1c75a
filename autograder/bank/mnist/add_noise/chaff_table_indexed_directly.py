# wrong: a CPU table is indexed with timesteps that may lie on the GPU
# cause: would stop: `table[index]` mixes devices
# severity: major, argued: stops on a GPU
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a = scheduler.sqrt_alphas_cumprod[timestep][:, None, None, None].to(x_0.device)
    b = scheduler.sqrt_one_minus_alphas_cumprod[timestep][:, None, None, None].to(x_0.device)
    return a * x_0 + b * noise, noise
