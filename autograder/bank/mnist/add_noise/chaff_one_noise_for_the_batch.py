# wrong: one noise picture for the whole batch
# cause: there are images of a batch that are copies of one another
# severity: major, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(x_0.shape[1:], device=x_0.device).expand_as(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
