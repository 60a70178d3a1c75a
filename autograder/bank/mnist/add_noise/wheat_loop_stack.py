# right: one image after the other, stacked at the end
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.stack([torch.randn_like(image) for image in x_0])
    rows = []
    for image, eps, t in zip(x_0, noise, timestep.tolist()):  # noqa: B905
        a = scheduler.sqrt_alphas_cumprod[t].item()
        b = scheduler.sqrt_one_minus_alphas_cumprod[t].item()
        rows.append(a * image + b * eps)
    return torch.stack(rows), noise
