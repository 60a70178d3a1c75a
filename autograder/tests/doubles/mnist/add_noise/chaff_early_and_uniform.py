# wrong: reads the tables one step too early, and draws uniform noise of deviation 1
# holds: chaff_t_minus_one, chaff_uniform_unit_variance
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = math.sqrt(3) * (2 * torch.rand_like(x_0) - 1)
    image_part, noise_part = scheduler.get_coefficients(timestep - 1)
    return image_part * x_0 + noise_part * noise, noise
