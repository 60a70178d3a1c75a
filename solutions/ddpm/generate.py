"""Images of a trained model, as its configuration says."""

from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from ddpm.config import Sampling, Settings
from ddpm.sampler import SAMPLERS, DDPMSampler, Point, every_class, shape_of, spaced
from ddpm.schedules import DDPMSchedules
from ddpm.unet import UNetSmall

BATCH = 250


def way(
    model: UNetSmall, config: Settings, count: int, generator: torch.Generator, label: int | None = None
) -> Iterator[Point]:
    """Every point on the way from noise to `count` images; of one class, or of all in turn where a model knows them."""
    if label is not None and not 0 <= label < (model.num_classes or 0):
        known = f"labels from 0 to {model.num_classes - 1}" if model.num_classes else "no labels"
        raise ValueError(f"This model knows {known}, and was asked for {label}.")
    how = Sampling(**config["sampling"]).model_dump()  # weights of an earlier version know fewer settings
    schedules = DDPMSchedules(**config["schedules"])
    settings = {name: how[name] for name in SAMPLERS[how["method"]].settings}
    num_steps = settings.pop("num_steps", schedules.num_timesteps)
    steps = spaced(schedules, num_steps, settings.pop("spacing", "linspace"))
    device = next(model.parameters()).device
    labels = every_class(model, count, device) if label is None else torch.full((count,), label, device=device)
    guidance = {name: how[name] for name in ("guidance", "guidance_interval")}
    options = guidance | {"labels": labels, "generator": generator}
    sampler = DDPMSampler(schedules, config["training"]["target"], amp=how["amp"])
    points = sampler.trajectory(model, shape_of(model, count), steps, how["method"], **options, **settings)
    yield from tqdm(points, "sampling", len(steps), leave=False)


def path(model: UNetSmall, config: Settings, count: int, seed: int, label: int | None = None) -> list[Point]:
    """All of that way."""
    return list(way(model, config, count, torch.Generator().manual_seed(seed), label))


def images(model: UNetSmall, config: Settings, count: int, seed: int, label: int | None = None) -> Tensor:
    """(count, c, h, w) in [-1, 1], on the CPU; made in batches, of which only the last point is kept."""
    generator, parts = torch.Generator().manual_seed(seed), []
    for start in range(0, count, BATCH):
        points = way(model, config, min(BATCH, count - start), generator, label)
        parts.append(DDPMSampler.last(points).cpu())
    return torch.cat(parts)
