# right: returns a named tuple
from collections import namedtuple

Noisy = namedtuple("Noisy", "x_t noise")


def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return Noisy(torch.mul(x_0, a) + torch.mul(noise, b), noise)
