# right: tables looked up by a one-hot product
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    tables = torch.stack([scheduler.sqrt_alphas_cumprod, scheduler.sqrt_one_minus_alphas_cumprod], dim=1)
    hot = F.one_hot(timestep.long(), len(tables)).to(tables.dtype)
    pair = hot @ tables.to(hot.device)
    a, b = pair.T[:, :, None, None, None]
    return a * x_0 + b * noise, noise
