# right: writes into its own preallocated tensors, step by step
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = torch.empty(num_timesteps)
        torch.linspace(beta_start, beta_end, num_timesteps, out=self.betas)
        self.alphas = torch.ones(num_timesteps).sub_(self.betas)
        self.alphas_cumprod = self.alphas.clone()
        for t in range(1, num_timesteps):
            self.alphas_cumprod[t] = self.alphas_cumprod[t - 1] * self.alphas[t]
        self.sqrt_alphas_cumprod = self.alphas_cumprod.clone().sqrt_()
        self.sqrt_one_minus_alphas_cumprod = self.alphas_cumprod.clone().mul_(-1).add_(1).sqrt_()

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
