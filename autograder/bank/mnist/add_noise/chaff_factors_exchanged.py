# wrong: unpacked the wrong way round
# cause: the two factors are exchanged
# severity: fatal, argued: the noise runs backwards
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    noise_scale, signal_scale = scheduler.get_coefficients(timestep)
    return signal_scale * x_0 + noise_scale * noise, noise
