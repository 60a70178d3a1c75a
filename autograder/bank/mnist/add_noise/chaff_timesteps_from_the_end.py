# wrong: the schedule is read from its end
# cause: the schedule is read from its end
# severity: fatal, argued: the noise runs backwards
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(scheduler.num_timesteps - 1 - timestep)
    return a * x_0 + b * noise, noise
