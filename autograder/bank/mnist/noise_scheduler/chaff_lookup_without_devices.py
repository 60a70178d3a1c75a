# wrong: get_coefficients was rewritten, and indexes tables on the CPU with timesteps on the GPU
# cause: mixes devices
# severity: major, argued: stops on a GPU
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps)
        self.alphas = 1.0 - self.betas
        self.alphas_cumprod = torch.cumprod(self.alphas, dim=0)
        self.sqrt_alphas_cumprod = torch.sqrt(self.alphas_cumprod)
        self.sqrt_one_minus_alphas_cumprod = torch.sqrt(1.0 - self.alphas_cumprod)

    def get_coefficients(self, timesteps):
        signal = self.sqrt_alphas_cumprod[timesteps]
        noise = self.sqrt_one_minus_alphas_cumprod[timesteps]
        return signal.view(-1, 1, 1, 1), noise.view(-1, 1, 1, 1)
