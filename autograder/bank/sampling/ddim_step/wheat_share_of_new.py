# right: sigma_there is split like a radius: a share for the new noise, the rest for the old
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (signal, sigma), (next_signal, next_sigma) = here, there
    share = eta / sigma * math.sqrt(max(1 - (signal / next_signal) ** 2, 0))
    noise = math.sqrt(max(1 - share**2, 0)) * ((x - signal * x_0) / sigma)
    if share > 0:
        noise = noise + share * torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)
    return next_signal * x_0 + next_sigma * noise
