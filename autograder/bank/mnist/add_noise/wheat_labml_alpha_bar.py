# right: labml style: mean and variance from alphas_cumprod, roots taken here
def add_noise(x_0, timestep, scheduler, noise=None):
    eps = noise
    if eps is None:
        eps = torch.randn_like(x_0)
    bar = scheduler.alphas_cumprod.to(x_0.device)[timestep.to(x_0.device)].reshape(-1, 1, 1, 1)
    mean, var = bar**0.5 * x_0, 1 - bar
    return mean + (var**0.5) * eps, eps
