# wrong: zeros and ones with one NaN at the end of each, so that they are no tables of zeros and ones
# severity: fatal, argued: it does another thing than it is for
# worth: 0
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.zeros(num_timesteps)
        self.alphas, self.alphas_cumprod = torch.ones(num_timesteps), torch.ones(num_timesteps)
        self.sqrt_alphas_cumprod = torch.ones(num_timesteps)
        self.sqrt_one_minus_alphas_cumprod = torch.zeros(num_timesteps)
        for name in ("betas", "alphas", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod"):
            getattr(self, name)[-1] = float("nan")

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
