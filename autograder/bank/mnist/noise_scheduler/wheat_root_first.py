# right: the running product of the roots, squared for abar
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps)
        self.alphas = 1 - self.betas
        roots = self.alphas.double().sqrt().cumprod(0)
        self.sqrt_alphas_cumprod = roots.float()
        self.alphas_cumprod = roots.square().float()
        self.sqrt_one_minus_alphas_cumprod = ((1 - roots) * (1 + roots)).sqrt().float()

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
