# wrong: the tables stay NumPy arrays; the lookup makes tensors of them
# cause: should be a tensor, not of type ndarray
# severity: minor, argued: the numbers are right, and what is looked up is too
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.betas = np.linspace(beta_start, beta_end, num_timesteps, dtype=np.float32)
        self.alphas = 1 - self.betas
        self.alphas_cumprod = np.cumprod(self.alphas)
        self.sqrt_alphas_cumprod = np.sqrt(self.alphas_cumprod)
        self.sqrt_one_minus_alphas_cumprod = np.sqrt(1 - self.alphas_cumprod)

    def get_coefficients(self, timesteps):
        at = timesteps.cpu().numpy()
        tables = (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod)
        return tuple(torch.from_numpy(table[at]).to(timesteps.device)[:, None, None, None] for table in tables)
