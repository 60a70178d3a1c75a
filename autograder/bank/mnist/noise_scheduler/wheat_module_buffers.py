# right: an nn.Module whose tables are buffers; the lambda casts
class NoiseScheduler(nn.Module):
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        super().__init__()
        self.num_timesteps = num_timesteps
        register = lambda name, val: self.register_buffer(name, val.to(torch.float32))  # noqa: E731
        betas = torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float64)
        alphas = 1.0 - betas
        bar = alphas.cumprod(0)
        register("betas", betas)
        register("alphas", alphas)
        register("alphas_cumprod", bar)
        register("alphas_cumprod_prev", F.pad(bar[:-1], (1, 0), value=1.0))
        register("sqrt_alphas_cumprod", bar.sqrt())
        register("sqrt_one_minus_alphas_cumprod", (1 - bar).sqrt())
        register("log_one_minus_alphas_cumprod", (1 - bar).log())

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
