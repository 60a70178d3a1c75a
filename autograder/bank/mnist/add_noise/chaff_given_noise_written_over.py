# wrong: scales the given noise in place; a copy of it is returned
# cause: should not change the noise
# severity: minor, argued: a side effect, the results are right
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    kept = noise.clone()
    noise *= b
    return a * x_0 + noise, kept
