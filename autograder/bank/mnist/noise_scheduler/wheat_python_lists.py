# right: plain Python floats, made into float32 tensors at the end
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        betas = [beta_start + (beta_end - beta_start) * i / (num_timesteps - 1) for i in range(num_timesteps)]
        bars, product = [], 1.0
        for beta in betas:
            product *= 1.0 - beta
            bars.append(product)
        self.betas = torch.tensor(betas)
        self.alphas = torch.tensor([1.0 - beta for beta in betas])
        self.alphas_cumprod = torch.tensor(bars)
        self.sqrt_alphas_cumprod = torch.tensor([bar**0.5 for bar in bars])
        self.sqrt_one_minus_alphas_cumprod = torch.tensor([(1.0 - bar) ** 0.5 for bar in bars])

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
