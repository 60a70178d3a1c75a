"""From noise to images, by one step for DDPM and DDIM (Ho et al. 2020; Song et al. 2020).

Each step takes the image that the model believes in, and noises it again to a lower level. Part of that noise is the
noise the model sees, part is new: `eta` says how much is new. 0 is DDIM, 1 is DDPM's posterior.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from ddpm.schedules import DDPMSchedules
from ddpm.targets import answer, to_x_0

Model = Callable[..., Tensor]
Level = tuple[float, float]  # (signal, noise)


class Point(NamedTuple):
    """A place on the way: the timestep reached (-1: the image), the noisy images, the images the model believed in."""

    t: int
    x: Tensor
    x_0: Tensor


def step(x: Tensor, x_0: Tensor, here: Level, there: Level, eta: float = 0.0) -> tuple[Tensor, float]:
    """Mean and standard deviation of the next x, given this x and its x_0 (Song et al. 2020, equations 12 and 16).

    With eta = 1 and neighbouring timesteps this is DDPM's posterior (Ho et al. 2020, equation 7); with eta = 0 and
    `there` noisier than `here` it is DDIM's encoding.
    """
    (signal, sigma), (next_signal, next_sigma) = here, there
    eps = (x - signal * x_0) / sigma
    new = eta * next_sigma / sigma * fresh(here, there)
    return next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * eps, new


def fresh(here: Level, there: Level) -> float:
    """sqrt(1 - abar_t / abar_s): the noise that the forward process adds on the way back from `there` to `here`."""
    return math.sqrt(max(0.0, 1 - (here[0] / there[0]) ** 2))


def evenly(num_timesteps: int, num_steps: int) -> list[int]:
    """num_steps timesteps from T - 1 down to 0."""
    if not 1 <= num_steps <= num_timesteps:
        raise ValueError(f"The number of steps should be 1 to {num_timesteps}, and is {num_steps}.")
    return torch.linspace(num_timesteps - 1, 0, num_steps, dtype=torch.float64).round().long().tolist()


def checked(steps: Sequence[int], num_timesteps: int) -> list[int]:
    """The same steps, if they go down and exist."""
    steps = list(steps)
    falls = all(a > b for a, b in zip(steps, steps[1:], strict=False))
    if not steps or not falls or steps[0] >= num_timesteps or steps[-1] < 0:
        raise ValueError(f"Steps should fall within {num_timesteps - 1} to 0, such as [{num_timesteps - 1}, ..., 0].")
    return steps


def guided(model: Model, labels: Tensor | None, guidance: float = 0.0) -> Model:
    """The model with classifier-free guidance (Ho & Salimans 2022, equation 6): 0 is the model as it was trained,
    more follows the labels more closely."""
    if labels is None or guidance == 0:
        return lambda x, t: answer(model, x, t, labels)

    def further(x: Tensor, t: Tensor) -> Tensor:
        with_labels = model(x, t, labels)
        return with_labels + guidance * (with_labels - model(x, t))

    return further


def believed(model: Model, x: Tensor, t: int, here: Level, target: str) -> Tensor:
    """The images that the model takes x for at timestep t."""
    return to_x_0(target, model(x, torch.full((len(x),), t, device=x.device)), x, *here)


@torch.no_grad()
def walk(
    model: Model,
    schedules: DDPMSchedules,
    x: Tensor,
    steps: Sequence[int],
    eta: float = 0.0,
    large: bool = False,
    target: str = "eps",
    clip: bool = True,
    generator: torch.Generator | None = None,
) -> Iterator[Point]:
    """Go from x at timestep steps[0] down to the image, yielding each point on the way.

    `large` takes beta for the variance of new noise in place of the posterior's (Ho et al. 2020, section 3.2), and
    belongs to eta = 1. `clip` keeps believed images in [-1, 1], and the noise is worked out from what was kept.
    """
    for t, after in zip(steps, [*steps[1:], -1], strict=True):
        here, there = schedules.level(t), schedules.level(after)
        x_0 = believed(model, x, t, here, target)
        x_0 = x_0.clamp(-1, 1) if clip else x_0
        x, deviation = step(x, x_0, here, there, eta)
        deviation = fresh(here, there) if large and after >= 0 else deviation
        if deviation:
            x = x + deviation * normal(x.shape, x, generator)
        yield Point(after, x, x_0)


def normal(shape: Sequence[int], like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal noise in like's dtype and on its device; drawn where the generator is, so that a seed gives the
    same images on every device."""
    device = generator.device if generator else like.device
    return torch.randn(tuple(shape), generator=generator, device=device, dtype=like.dtype).to(like.device)


def shape_of(model: Model, count: int) -> tuple[int, int, int, int]:
    """(count, c, h, w) of the images that a UNetSmall makes."""
    return count, model.in_channels, model.image_size, model.image_size


def every_class(model: Model, count: int, device: torch.device | str) -> Tensor | None:
    """Labels 0, 1, 2, ... in turn for a model that takes labels, so that samples show all classes; else None."""
    classes = getattr(model, "num_classes", None)
    return torch.arange(count, device=device) % classes if classes else None


@contextmanager
def evaluating(model: Model) -> Iterator[None]:
    """Without dropout, and afterwards as it was."""
    training = getattr(model, "training", False)
    if training:
        model.eval()
    try:
        yield
    finally:
        if training:
            model.train()


@torch.no_grad()
def encode(model: Model, schedules: DDPMSchedules, x_0: Tensor, steps: Sequence[int], target: str = "eps") -> Tensor:
    """The noise, at timestep steps[0], from which DDIM comes back to these images (Song et al. 2020, section 4.3).

    Steps fall, as for `walk`, and are taken from the end. The answer at a step stands for the way to the next one, so
    the way back is exact only in the limit of many steps.
    """
    rising = checked(steps, schedules.num_timesteps)[::-1]
    x = schedules.level(rising[0])[0] * x_0  # the least noise there is: none of it is known yet
    with evaluating(model):
        for t, after in zip(rising, rising[1:], strict=False):
            here, there = schedules.level(t), schedules.level(after)
            x, _ = step(x, believed(model, x, t, here, target), here, there)
    return x


class DDPMSampler:
    """Samples of a model under one schedule.

    Args:
        target: what the model predicts, "eps", "x0" or "v".
        clip: keep believed images in [-1, 1].
        model, device: for `sample`, which is not given them.
    """

    def __init__(
        self,
        schedules: DDPMSchedules,
        target: str = "eps",
        clip: bool = True,
        model: Model | None = None,
        device: str = "cpu",
    ) -> None:
        self.schedules, self.target, self.clip, self.model, self.device = schedules, target, clip, model, device

    def ddpm_sample(self, model: Model, shape: Sequence[int], variance: str = "small", **options: object) -> Tensor:
        """Images of `shape` by all timesteps (Ho et al. 2020, algorithm 2); variance "small" is the posterior's,
        "large" is beta. Options are those of `trajectory`."""
        if variance not in ("small", "large"):
            raise ValueError(f'The variance is "small" or "large", not {variance!r}.')
        steps = range(self.schedules.num_timesteps - 1, -1, -1)
        return self.last(self.trajectory(model, shape, steps, eta=1.0, large=variance == "large", **options))

    def ddim_sample(
        self,
        model: Model,
        shape: Sequence[int],
        num_steps: int = 50,
        eta: float = 0.0,
        steps: Sequence[int] | None = None,
        **options: object,
    ) -> Tensor:
        """Images of `shape` by num_steps timesteps, or by those in `steps` (Song et al. 2020); eta from 0 (no new
        noise) to 1. Options are those of `trajectory`."""
        steps = evenly(self.schedules.num_timesteps, num_steps) if steps is None else steps
        return self.last(self.trajectory(model, shape, steps, eta=eta, **options))

    def trajectory(
        self,
        model: Model,
        shape: Sequence[int],
        steps: Sequence[int],
        eta: float = 0.0,
        large: bool = False,
        labels: Tensor | None = None,
        guidance: float = 0.0,
        generator: torch.Generator | None = None,
        x: Tensor | None = None,
    ) -> Iterator[Point]:
        """All points from noise (or from x) to images; see `walk` and `guided`.

        Raises:
            ValueError: steps that do not fall, or eta outside [0, 1].
        """
        if not 0 <= eta <= 1:
            raise ValueError(f"eta should lie between 0 and 1, and is {eta}.")
        steps = checked(steps, self.schedules.num_timesteps)
        like = next(iter(getattr(model, "parameters", lambda: [])()), torch.zeros(0, device=self.device))
        x = normal(shape, like, generator) if x is None else x
        with evaluating(model):
            chosen = guided(model, labels, guidance)
            yield from walk(chosen, self.schedules, x, steps, eta, large, self.target, self.clip, generator)

    def sample(self, num_samples: int = 16, **options: object) -> Tensor:
        """Images (num_samples, c, h, w) of the model given at the start, by all timesteps."""
        if self.model is None:
            raise ValueError("sample() needs a model: DDPMSampler(schedules, model=model).")
        return self.ddpm_sample(self.model, shape_of(self.model, num_samples), **options)

    @staticmethod
    def last(points: Iterator[Point]) -> Tensor:
        for point in points:
            image = point.x
        return image
