# right: the tables are brought to the images and indexed there
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    t = timestep.to(x_0.device).long()
    root = scheduler.sqrt_alphas_cumprod.to(x_0.device).index_select(0, t)
    rest = scheduler.sqrt_one_minus_alphas_cumprod.to(x_0.device).index_select(0, t)
    while root.dim() < x_0.dim():
        root, rest = root.unsqueeze(-1), rest.unsqueeze(-1)
    return root * x_0 + rest * noise, noise
