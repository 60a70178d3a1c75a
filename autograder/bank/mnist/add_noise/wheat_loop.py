# right: one image after the other; a list of the two results unpacks like a pair
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.empty_like(x_0).normal_()
    a, b = scheduler.get_coefficients(timestep)
    out = []
    for i in range(x_0.shape[0]):
        out.append(a[i].squeeze() * x_0[i] + b[i].squeeze() * noise[i])
    return [torch.stack(out), noise]
