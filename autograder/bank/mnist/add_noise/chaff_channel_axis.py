# wrong: factors along the channel axis: works when there are as many channels as images
# cause: Numbers for each of the 6 images met the channels
# severity: major, argued: the t of the first image where there is one channel
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = (c.reshape(1, -1, 1, 1) for c in scheduler.get_coefficients(timestep))
    return (a * x_0 + b * noise)[:, : x_0.shape[1]], noise
