# right: the line by torch.lerp, the product by a loop over a list
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        ramp = torch.arange(num_timesteps) / max(num_timesteps - 1, 1)
        self.betas = torch.lerp(torch.tensor(float(beta_start)), torch.tensor(float(beta_end)), ramp)
        self.alphas = torch.ones_like(self.betas).sub(self.betas)
        bars = []
        for alpha in self.alphas:
            bars.append(alpha if not bars else bars[-1] * alpha)
        self.alphas_cumprod = torch.stack(bars)
        self.sqrt_alphas_cumprod = self.alphas_cumprod**0.5
        self.sqrt_one_minus_alphas_cumprod = (-(self.alphas_cumprod - 1)).pow(0.5)

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
