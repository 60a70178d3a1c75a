# wrong: the cosine schedule of Nichol and Dhariwal; the ends are ignored
# cause: cosine schedule
# severity: major, argued: other betas than those asked for, and it trains
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        steps = torch.arange(num_timesteps + 1, dtype=torch.float64) / num_timesteps
        bar = torch.cos((steps + 0.008) / 1.008 * math.pi / 2) ** 2
        self.betas = (1 - bar[1:] / bar[:-1]).clamp(0, 0.999).float()
        self.alphas = 1.0 - self.betas
        self.alphas_cumprod = torch.cumprod(self.alphas, dim=0)
        self.sqrt_alphas_cumprod = torch.sqrt(self.alphas_cumprod)
        self.sqrt_one_minus_alphas_cumprod = torch.sqrt(1.0 - self.alphas_cumprod)

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
