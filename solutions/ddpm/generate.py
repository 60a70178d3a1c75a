"""Images of a trained model, as its configuration says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ddpm.sampler import DDPMSampler, Point, evenly, every_class, shape_of
from ddpm.schedules import DDPMSchedules

BATCH = 250


def sampler_of(config: dict) -> DDPMSampler:
    """The sampler for models that were trained by this configuration."""
    return DDPMSampler(DDPMSchedules(**config["schedules"]), config["training"]["target"])


def steps_of(config: dict) -> tuple[Sequence[int], dict]:
    """The timesteps of the configured method, and its numbers."""
    how, num_timesteps = config["sampling"], config["schedules"]["num_timesteps"]
    if how["method"] == "ddpm":
        return range(num_timesteps - 1, -1, -1), {"eta": 1.0, "large": how["variance"] == "large"}
    return evenly(num_timesteps, how["num_steps"]), {"eta": how["eta"]}


def way(
    model: nn.Module, config: dict, count: int, generator: torch.Generator, label: int | None = None
) -> Iterator[Point]:
    """Every point on the way from noise to `count` images; of one class, or of all in turn where a model knows them."""
    if label is not None and not 0 <= label < (model.num_classes or 0):
        known = f"labels from 0 to {model.num_classes - 1}" if model.num_classes else "no labels"
        raise ValueError(f"This model knows {known}, and was asked for {label}.")
    steps, numbers = steps_of(config)
    device = next(model.parameters()).device
    labels = every_class(model, count, device) if label is None else torch.full((count,), label, device=device)
    options = {"labels": labels, "guidance": config["sampling"]["guidance"], "generator": generator}
    points = sampler_of(config).trajectory(model, shape_of(model, count), steps, **numbers, **options)
    yield from tqdm(points, "sampling", len(steps), leave=False)


def path(model: nn.Module, config: dict, count: int, seed: int, label: int | None = None) -> list[Point]:
    """All of that way."""
    return list(way(model, config, count, torch.Generator().manual_seed(seed), label))


def images(model: nn.Module, config: dict, count: int, seed: int, label: int | None = None) -> Tensor:
    """(count, c, h, w) in [-1, 1], on the CPU; made in batches, of which only the last point is kept."""
    generator, parts = torch.Generator().manual_seed(seed), []
    for start in range(0, count, BATCH):
        points = way(model, config, min(BATCH, count - start), generator, label)
        parts.append(DDPMSampler.last(points).cpu())
    return torch.cat(parts)
