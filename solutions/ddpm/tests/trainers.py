"""Small trainers, the same in every call, and what to compare of them."""

import torch
from torch import Tensor, nn

from ddpm import DDPMSchedules, DDPMTrainer, UNetSmall
from ddpm.data import Images

TINY = {"image_size": 8, "model_channels": 8, "attention_resolutions": (4,), "num_heads": 2}


def images(n: int = 24, seed: int = 0) -> Images:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(256, (n, 1, 8, 8), generator=generator, dtype=torch.uint8)
    return Images(pixels, torch.randint(3, (n,), generator=generator))


def trainer(model: nn.Module | None = None, sizes: dict | None = None, **more: object) -> DDPMTrainer:
    """Of a given model, or of a new one that differs from TINY in `sizes` and is the same in every call."""
    torch.manual_seed(0)
    model = model or UNetSmall(**TINY | (sizes or {}))
    return DDPMTrainer(model, DDPMSchedules("cosine", 20), **{"images": images(), "batch_size": 8, "epochs": 2} | more)


def weights(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def parts(made: DDPMTrainer) -> dict:
    state = made.state()
    for row in state["history"]["epochs"]:
        row.pop("seconds", None)  # the one thing that may differ
    return state


def equal(one: object, other: object) -> bool:
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other
