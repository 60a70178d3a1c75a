"""Noise from a seed, and any model to sample."""

import torch
from torch import Tensor


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=seeded(seed), dtype=torch.float64)


def wavy(x: Tensor, t: Tensor) -> Tensor:
    """Any function of image and time will do where two samplers are compared."""
    return (2 * x + 0.3 * t.view(-1, 1, 1, 1)).sin() + 0.2 * x.roll(1, dims=-1)
