# wrong: a tenth of the noise is one picture that all channels share
# cause: a part of it is shared by channels
# severity: major, argued: not independent
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        own, common = torch.randn_like(x_0), torch.randn_like(x_0[:, :1])
        noise = math.sqrt(0.99) * own + 0.1 * common
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
