# wrong: the tables are Python lists, which get_coefficients cannot index
# cause: should be a tensor
# severity: fatal, measured
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        step = (beta_end - beta_start) / (num_timesteps - 1)
        self.betas = [beta_start + i * step for i in range(num_timesteps)]
        self.alphas = [1 - beta for beta in self.betas]
        self.alphas_cumprod = []
        product = 1.0
        for alpha in self.alphas:
            product *= alpha
            self.alphas_cumprod.append(product)
        self.sqrt_alphas_cumprod = [math.sqrt(bar) for bar in self.alphas_cumprod]
        self.sqrt_one_minus_alphas_cumprod = [math.sqrt(1 - bar) for bar in self.alphas_cumprod]

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
