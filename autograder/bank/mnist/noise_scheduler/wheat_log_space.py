# right: the product as exp of a sum of logs; 1 - abar through expm1
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps)
        self.alphas = 1 - self.betas
        log_bar = torch.log1p(-self.betas.double()).cumsum(0)
        self.alphas_cumprod = log_bar.exp().float()
        self.sqrt_alphas_cumprod = (0.5 * log_bar).exp().float()
        self.sqrt_one_minus_alphas_cumprod = (-torch.expm1(log_bar)).sqrt().float()

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
