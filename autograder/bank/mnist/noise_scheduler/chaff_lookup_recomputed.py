# wrong: get_coefficients takes the roots of alpha, not of alpha_bar
# symptom: get_coefficients should find the numbers of sqrt_alphas_cumprod at t
# severity: fatal, argued: x_t hardly has any noise at any t
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps)
        self.alphas = 1.0 - self.betas
        self.alphas_cumprod = torch.cumprod(self.alphas, dim=0)
        self.sqrt_alphas_cumprod = torch.sqrt(self.alphas_cumprod)
        self.sqrt_one_minus_alphas_cumprod = torch.sqrt(1.0 - self.alphas_cumprod)

    def get_coefficients(self, timesteps):
        alpha = self.alphas[timesteps.to(self.alphas.device)].to(timesteps.device).view(-1, 1, 1, 1)
        return alpha.sqrt(), (1 - alpha).sqrt()
