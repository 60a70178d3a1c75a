# wrong: the tables are None until get_coefficients is called for the first time
# cause: computed once, in the constructor
# severity: fatal, measured
def _fill(self):
    self.betas = torch.linspace(self.lo, self.hi, self.num_timesteps)
    self.alphas = 1 - self.betas
    self.alphas_cumprod = torch.cumprod(self.alphas, 0)
    self.sqrt_alphas_cumprod = self.alphas_cumprod.sqrt()
    self.sqrt_one_minus_alphas_cumprod = (1 - self.alphas_cumprod).sqrt()


class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.lo, self.hi = beta_start, beta_end
        self.betas = self.alphas = self.alphas_cumprod = None
        self.sqrt_alphas_cumprod = self.sqrt_one_minus_alphas_cumprod = None
        provided = self.get_coefficients

        def first_fill(timesteps):
            if self.betas is None:
                _fill(self)
            return provided(timesteps)

        self.get_coefficients = first_fill

    def get_coefficients(self, timesteps):
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)
