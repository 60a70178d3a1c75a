# wrong: betas of 1, alphas of 0: they follow from one another
# severity: fatal, argued: no work, or next to none
# worth: 0
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.ones(num_timesteps)
        self.alphas = torch.zeros(num_timesteps)
        self.alphas_cumprod = torch.zeros(num_timesteps)
        self.sqrt_alphas_cumprod = torch.zeros(num_timesteps)
        self.sqrt_one_minus_alphas_cumprod = torch.ones(num_timesteps)

    def get_coefficients(self, timesteps):
        a = self.sqrt_alphas_cumprod.to(timesteps.device)[timesteps]
        b = self.sqrt_one_minus_alphas_cumprod.to(timesteps.device)[timesteps]
        return a[:, None, None, None], b[:, None, None, None]
