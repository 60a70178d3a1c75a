# wrong: computed in NumPy and never cast: float64 tensors
# cause: should be float32, not float64
# severity: minor, argued: dtype only
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        betas = np.linspace(beta_start, beta_end, num_timesteps)
        alphas_cumprod = np.cumprod(1.0 - betas)
        self.betas = torch.from_numpy(betas)
        self.alphas = torch.from_numpy(1.0 - betas)
        self.alphas_cumprod = torch.from_numpy(alphas_cumprod)
        self.sqrt_alphas_cumprod = torch.from_numpy(np.sqrt(alphas_cumprod))
        self.sqrt_one_minus_alphas_cumprod = torch.from_numpy(np.sqrt(1.0 - alphas_cumprod))

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
