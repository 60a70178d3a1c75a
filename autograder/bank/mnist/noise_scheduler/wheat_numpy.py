# right: computed with numpy, cast to float32 tensors
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        betas = np.linspace(beta_start, beta_end, num_timesteps)
        alphas = 1.0 - betas
        bar = np.cumprod(alphas, axis=0)
        as_tensor = lambda a: torch.from_numpy(np.asarray(a, dtype=np.float32))  # noqa: E731
        self.betas, self.alphas, self.alphas_cumprod = map(as_tensor, (betas, alphas, bar))
        self.sqrt_alphas_cumprod = as_tensor(np.sqrt(bar))
        self.sqrt_one_minus_alphas_cumprod = as_tensor(np.sqrt(1.0 - bar))

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
