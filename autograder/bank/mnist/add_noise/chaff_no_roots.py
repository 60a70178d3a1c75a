# wrong: alpha_bar and 1 - alpha_bar, without the roots
# cause: both factors lack the square root
# severity: major, argued: too little noise and too little image
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    bar = scheduler.alphas_cumprod.to(x_0.device)[timestep.to(x_0.device)].view(-1, 1, 1, 1)
    return bar * x_0 + (1 - bar) * noise, noise
