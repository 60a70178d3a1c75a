# wrong: 1 - sqrt(abar) as the noise's factor
# cause: the noise is scaled by 1 - sqrt(alpha_bar)
# severity: major, argued: too little noise
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, _ = scheduler.get_coefficients(timestep)
    return a * x_0 + (1 - a) * noise, noise
