"""The model of the lecture: a noise schedule, a time embedding, blocks that time steers, and a small U-shaped network.

Names and architecture are those of the MNIST assignment, whose solution stays self-contained; a test holds both to the
same numbers. What the full pipeline has as well comes from `ddpm`. Timesteps run from 0 (least noise) to T - 1.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddpm.schedules import DDPMSchedules
from ddpm.unet import AttentionBlock, sinusoid

GROUPS = 32  # of GroupNorm: channels should be a multiple of it


class NoiseScheduler(DDPMSchedules):
    """A linear schedule under the lecture's names. Its tables, each (T,), are float64: `betas`, `alphas`,
    `alphas_cumprod`, `alphas_cumprod_prev` (a step earlier, 1 before the first), the two square roots, and
    `posterior_variance` (Ho et al. 2020, equations 4 and 7).

    Raises:
        ValueError: fewer timesteps than 1, or betas outside (0, 1).
    """

    def __init__(self, num_timesteps: int = 1000, beta_start: float = 1e-4, beta_end: float = 0.02) -> None:
        super().__init__("linear", num_timesteps, beta_start, beta_end)
        self.alphas_cumprod = self.alpha_bars
        self.alphas_cumprod_prev = torch.cat([self.alpha_bars.new_ones(1), self.alpha_bars[:-1]])
        self.sqrt_alphas_cumprod = self.alpha_bars.sqrt()
        self.sqrt_one_minus_alphas_cumprod = (1 - self.alpha_bars).sqrt()

    def get_coefficients(self, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        """sqrt(abar_t) and sqrt(1 - abar_t) of timesteps (batch,), each (batch, 1, 1, 1) and on their device."""
        return self.levels(timesteps, like=torch.empty(1, 1, 1, 1, device=timesteps.device))


def add_noise(
    x_0: Tensor, timestep: Tensor, scheduler: NoiseScheduler, noise: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """(x_t, noise): images (batch, c, h, w) in one jump at timesteps (batch,), with fresh noise where none is given."""
    noise = torch.randn_like(x_0) if noise is None else noise
    return scheduler.add_noise(x_0, timestep, noise), noise


class TimeEmbedding(nn.Module):
    """Timesteps (batch,) -> (batch, embedding_dim): sines, then cosines, the fastest first."""

    def __init__(self, embedding_dim: int = 128) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep: Tensor) -> Tensor:
        return sinusoid(timestep, self.embedding_dim)


class ResidualBlock(nn.Module):
    """(batch, in, h, w) -> (batch, out, h, w), each channel scaled by the time.

    FiLM (Perez et al. 2018) with a scale alone: no shift, no 1 +, and before the second norm. `ddpm.unet` has the full
    form after the norm.
    """

    def __init__(self, in_channels: int, out_channels: int, embedding_dim: int = 128) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.time_mlp = nn.Sequential(
            nn.Linear(embedding_dim, 2 * out_channels), nn.SiLU(), nn.Linear(2 * out_channels, out_channels)
        )
        self.norm2 = nn.GroupNorm(GROUPS, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=1)

    def forward(self, x: Tensor, time_embedding: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale = self.time_mlp(time_embedding)[:, :, None, None]  # one number a channel, for all pixels
        h = h * scale
        h = self.conv2(F.silu(self.norm2(h)))
        return h + self.skip(x)


class SimpleUNet(nn.Module):
    """Noisy images (batch, c, h, w) and timesteps (batch,) -> a guess of the noise, like the images.

    Down to a quarter of the size and up again, without encoder-decoder skips: `ddpm.unet.UNetSmall` has them. Height
    and width should be multiples of 4, base_channels of 32. With `attention` the pixels of the middle look at each
    other.
    """

    def __init__(self, image_channels: int = 1, base_channels: int = 64, attention: bool = False) -> None:
        super().__init__()
        width, wide = base_channels, 2 * base_channels
        self.time_embedding = TimeEmbedding()
        self.init_conv = nn.Conv2d(image_channels, width, kernel_size=3, padding=1)

        self.down_res1 = ResidualBlock(width, width)
        self.down_conv1 = nn.Conv2d(width, width, kernel_size=4, stride=2, padding=1)
        self.down_res2 = ResidualBlock(width, wide)
        self.down_conv2 = nn.Conv2d(wide, wide, kernel_size=4, stride=2, padding=1)

        self.middle_res = ResidualBlock(wide, wide)
        self.attention = AttentionBlock(wide) if attention else nn.Identity()

        self.up_conv2 = nn.ConvTranspose2d(wide, width, kernel_size=4, stride=2, padding=1)
        self.up_res2 = ResidualBlock(width, width)
        self.up_conv1 = nn.ConvTranspose2d(width, width, kernel_size=4, stride=2, padding=1)
        self.up_res1 = ResidualBlock(width, width)

        self.final_norm = nn.GroupNorm(GROUPS, width)
        self.final_conv = nn.Conv2d(width, image_channels, kernel_size=3, padding=1)

    def forward(self, x: Tensor, timestep: Tensor) -> Tensor:
        time = self.time_embedding(timestep)
        h = self.init_conv(x)
        h = self.down_conv1(self.down_res1(h, time))
        h = self.down_conv2(self.down_res2(h, time))
        h = self.attention(self.middle_res(h, time))
        h = self.up_res2(self.up_conv2(h), time)
        h = self.up_res1(self.up_conv1(h), time)
        return self.final_conv(F.silu(self.final_norm(h)))


# ---- utilities


def count_parameters(model: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


@torch.no_grad()
def layer_shapes(model: nn.Module, *inputs: Tensor) -> list[tuple[str, tuple[int, ...], int]]:
    """(name, shape of the output, parameters) of each direct part of the model, in the order in which they ran."""
    rows: list[tuple[str, tuple[int, ...], int]] = []
    hooks = [
        part.register_forward_hook(
            lambda part, _, out, name=name: rows.append((name, tuple(out.shape), count_parameters(part)))
        )
        for name, part in model.named_children()
        if not isinstance(part, nn.Identity)
    ]
    model(*inputs)
    for hook in hooks:
        hook.remove()
    return rows
