# right: gather from the tables, reshape to (B, 1, 1, 1)
def extract(a, t, x_shape):
    b, *_ = t.shape
    out = a.gather(-1, t.to(a.device).long())
    return out.reshape(b, *((1,) * (len(x_shape) - 1))).to(t.device)


def add_noise(x_0, timestep, scheduler, noise=None):
    noise = torch.randn_like(x_0) if noise is None else noise
    return (
        extract(scheduler.sqrt_alphas_cumprod, timestep, x_0.shape) * x_0
        + extract(scheduler.sqrt_one_minus_alphas_cumprod, timestep, x_0.shape) * noise
    ), noise
