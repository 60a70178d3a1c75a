# wrong: x_0 is multiplied in place: the caller's images change
# cause: should not change the x_0
# severity: minor, argued: a side effect, the results are right
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return x_0.mul_(a).add_(b * noise), noise
