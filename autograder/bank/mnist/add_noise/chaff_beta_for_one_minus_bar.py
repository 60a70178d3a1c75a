# wrong: the noise of one step only, sqrt(beta_t)
# cause: the noise is scaled by sqrt(beta)
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    at = timestep.to(scheduler.betas.device)
    a = scheduler.sqrt_alphas_cumprod[at].to(x_0.device).reshape(-1, 1, 1, 1)
    b = scheduler.betas[at].sqrt().to(x_0.device).reshape(-1, 1, 1, 1)
    return a * x_0 + b * noise, noise
