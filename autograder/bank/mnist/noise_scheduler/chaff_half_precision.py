# wrong: computed in bfloat16 and only then cast: three digits are left
# cause: they were rounded, or computed with too few digits
# severity: fatal, measured
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        betas = torch.linspace(beta_start, beta_end, num_timesteps).bfloat16()
        alphas = 1 - betas
        bar = torch.cumprod(alphas.float(), 0)
        self.betas, self.alphas, self.alphas_cumprod = betas.float(), alphas.float(), bar
        self.sqrt_alphas_cumprod = bar.sqrt()
        self.sqrt_one_minus_alphas_cumprod = (1 - bar).sqrt()

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
