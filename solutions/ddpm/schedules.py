"""Noise schedules: how much of an image and how much noise each timestep holds.

Timesteps run from 0 (least noise) to T - 1, and -1 is the clean image:

    x_t = signal_t x_0 + noise_t eps,    signal_t = sqrt(alpha_bar_t),    noise_t = sqrt(1 - alpha_bar_t)

Everything is computed in float64 and cast where it is used: with abar close to 1, sqrt(1 - abar) in float32 would be
wrong in its fourth digit.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

MOST_BETA = 0.999  # Nichol & Dhariwal 2021, section 3.2


def linear_betas(num_timesteps: int, beta_start: float = 1e-4, beta_end: float = 0.02) -> Tensor:
    """Evenly spaced betas, shape (T,) (Ho et al. 2020, section 4)."""
    return torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float64)


def cosine_alpha_bar(u: Tensor, offset: float = 0.008) -> Tensor:
    """abar at the share u of the way from image to noise (Nichol & Dhariwal 2021, equation 17, without the
    division by f(0), which cancels in the betas)."""
    return torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2


def sigmoid_alpha_bar(u: Tensor, start: float = -3, end: float = 3) -> Tensor:
    """abar at the share u of the way from image to noise (Jabri et al. 2022, temperature 1)."""
    first, last = torch.sigmoid(torch.tensor([start, end], dtype=torch.float64))
    return (last - torch.sigmoid(start + u * (end - start))) / (last - first)


ALPHA_BARS: dict[str, Callable[[Tensor], Tensor]] = {"cosine": cosine_alpha_bar, "sigmoid": sigmoid_alpha_bar}
KINDS = ("linear", *ALPHA_BARS)


def betas_of(alpha_bar: Callable[[Tensor], Tensor], num_timesteps: int) -> Tensor:
    """The betas, shape (T,), whose running product of 1 - beta follows a curve of abar."""
    curve = alpha_bar(torch.linspace(0, 1, num_timesteps + 1, dtype=torch.float64))
    return (1 - curve[1:] / curve[:-1]).clamp(max=MOST_BETA)


class DDPMSchedules:
    """The tables of one schedule, each of shape (T,) and float64: betas, alphas, alpha_bars, snr, posterior_variance.

    `beta_start` and `beta_end` belong to the linear schedule. With `rescale` they are multiplied by 1000 / T, so that
    fewer steps end in as much noise as 1000 do.

    Raises:
        ValueError: an unknown kind, no timesteps, or betas outside (0, 1).
    """

    def __init__(
        self,
        kind: str = "linear",
        num_timesteps: int = 1000,
        beta_start: float = 1e-4,
        beta_end: float = 0.02,
        rescale: bool = False,
    ) -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        if kind not in KINDS:
            raise ValueError(f"There is no schedule {kind!r}; there are {', '.join(KINDS)}.")
        if num_timesteps < 1:
            raise ValueError(f"num_timesteps should be 1 or more, and is {num_timesteps}.")
        scale = 1000 / num_timesteps if rescale else 1
        if kind == "linear":
            self.betas = linear_betas(num_timesteps, scale * beta_start, scale * beta_end)
        else:
            self.betas = betas_of(ALPHA_BARS[kind], num_timesteps)
        if not ((self.betas > 0) & (self.betas < 1)).all():
            least, most = self.betas.min().item(), self.betas.max().item()
            hint = f" With rescale and T = {num_timesteps} they are multiplied by {scale:g}." if rescale else ""
            raise ValueError(f"Every beta must lie between 0 and 1; here they go from {least:.3g} to {most:.3g}.{hint}")
        self.kind, self.num_timesteps = kind, num_timesteps
        self.alphas = 1 - self.betas
        self.alpha_bars = torch.cumprod(self.alphas, 0)
        self._levels = torch.stack([self.alpha_bars.sqrt(), (1 - self.alpha_bars).sqrt()])
        self._cast: dict[object, Tensor] = {}  # the same on a device and in a dtype, so that training copies nothing

    @property
    def snr(self) -> Tensor:
        """Signal-to-noise ratio abar / (1 - abar) (Kingma et al. 2021, section 3)."""
        return self.alpha_bars / (1 - self.alpha_bars)

    @property
    def posterior_variance(self) -> Tensor:
        """Variance of x_{t-1} given x_t and x_0; 0 at t = 0 (Ho et al. 2020, equation 7)."""
        before = torch.cat([torch.ones(1, dtype=torch.float64), self.alpha_bars[:-1]])
        return self.betas * (1 - before) / (1 - self.alpha_bars)

    def level(self, t: int) -> tuple[float, float]:
        """(signal_t, noise_t) of one timestep; (1, 0) at t = -1, the clean image."""
        signal, noise = self._levels[:, t].tolist() if t >= 0 else (1.0, 0.0)
        return signal, noise

    def levels(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """(signal_t, noise_t) of timesteps t, shape (batch,), shaped (batch, 1, 1, 1) to multiply `like`."""
        key = like.device, like.dtype
        if key not in self._cast:
            self._cast[key] = self._levels.to(like)
        signal, noise = self._cast[key][:, t.to(like.device)].reshape(2, -1, *[1] * (like.ndim - 1))
        return signal, noise

    def add_noise(self, x_0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """x_t, shape of x_0, from images and standard normal noise of one shape (Ho et al. 2020, equation 4)."""
        signal, sigma = self.levels(t, x_0)
        return signal * x_0 + sigma * noise
