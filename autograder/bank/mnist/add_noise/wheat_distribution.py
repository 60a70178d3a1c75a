# right: noise of torch.distributions, a list of two returned
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.distributions.Normal(0.0, 1.0).sample(x_0.shape).to(x_0)
    signal, spread = scheduler.get_coefficients(timestep)
    return [torch.mul(x_0, signal).add(spread.mul(noise)), noise]
