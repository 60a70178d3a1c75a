# right: tables as nn.Parameter without gradient
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        fixed = lambda table: nn.Parameter(table, requires_grad=False)  # noqa: E731
        betas = torch.linspace(beta_start, beta_end, num_timesteps)
        bar = torch.cumprod(1 - betas, dim=0)
        self.betas = fixed(betas)
        self.alphas = fixed(1 - betas)
        self.alphas_cumprod = fixed(bar)
        self.sqrt_alphas_cumprod = fixed(bar**0.5)
        self.sqrt_one_minus_alphas_cumprod = fixed((1 - bar) ** 0.5)

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
