# right: a helper returns a dict, setattr puts the names in place
def _tables(betas):
    alphas = 1.0 - betas
    bar = torch.cumprod(alphas, 0)
    return {
        "betas": betas,
        "alphas": alphas,
        "alphas_cumprod": bar,
        "sqrt_alphas_cumprod": bar.sqrt(),
        "sqrt_one_minus_alphas_cumprod": (1 - bar).sqrt(),
        "posterior_variance": betas * (1 - F.pad(bar[:-1], (1, 0), value=1.0)) / (1 - bar),
    }


class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.beta_start, self.beta_end = beta_start, beta_end
        for name, table in _tables(torch.linspace(beta_start, beta_end, num_timesteps)).items():
            setattr(self, name, table)

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
