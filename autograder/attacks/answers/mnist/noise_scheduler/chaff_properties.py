# wrong: tables that answer by what was asked first
# severity: fatal, argued: no work, or next to none
# worth: 0.125
class NoiseScheduler:
    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_timesteps = num_timesteps
        self.asked = []

    def table(self, name):
        self.asked.append(name)
        first, one = self.asked[0], torch.full((self.num_timesteps,), 0.5)
        if first in ("sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod"):
            return one ** 0.5 if name == first else one
        return one

    betas = property(lambda self: self.table("betas"))
    alphas = property(lambda self: self.table("alphas"))
    alphas_cumprod = property(lambda self: self.table("alphas_cumprod"))
    sqrt_alphas_cumprod = property(lambda self: self.table("sqrt_alphas_cumprod"))
    sqrt_one_minus_alphas_cumprod = property(lambda self: self.table("sqrt_one_minus_alphas_cumprod"))

    def get_coefficients(self, timesteps):
        one = torch.ones(len(timesteps), 1, 1, 1, device=timesteps.device)
        return one, one
