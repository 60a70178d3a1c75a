# wrong: the betas are made on an Apple GPU, whatever machine this is
# cause: mps is written out
# severity: fatal, argued: raises wherever there is no Apple GPU
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps).to("mps")
        self.alphas = 1 - self.betas
        self.alphas_cumprod = torch.cumprod(self.alphas, 0)
        self.sqrt_alphas_cumprod = torch.sqrt(self.alphas_cumprod)
        self.sqrt_one_minus_alphas_cumprod = torch.sqrt(1 - self.alphas_cumprod)

    def get_coefficients(self, timesteps):
        shape = (-1, 1, 1, 1)
        return self.sqrt_alphas_cumprod[timesteps].view(shape), self.sqrt_one_minus_alphas_cumprod[timesteps].view(shape)
