# wrong: t counted from 1: every image gets the level before (t = 0 wraps round to the last)
# cause: the factors are those of t - 1
# severity: major, argued: every image has the noise of the step before
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep - 1)
    return a * x_0 + b * noise, noise
