# wrong: timesteps beyond 999 wrap round: only right for schedules up to 1000
# cause: timesteps from 1000 on wrap round to 0
# severity: major, argued: right for schedules up to 1000 only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep % 1000)
    return a * x_0 + b * noise, noise
