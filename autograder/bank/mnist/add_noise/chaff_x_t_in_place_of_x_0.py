# wrong: the noisy images are written over the clean ones
# cause: should not change the x_0
# severity: minor, argued: a side effect, the results are right
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    x_0.copy_(a * x_0 + b * noise)
    return x_0, noise
