"""From noise to images, by one step for DDPM, DDIM and what extrapolates them (Ho et al. 2020; Song et al. 2020).

Each step takes the image that the model believes in, and noises it again to a lower level. Part of that noise is the
noise the model sees, part is new: `eta` says how much is new. 0 is DDIM, 1 is DDPM's posterior. Solvers of second order
take a better image, or better noise, for the whole step: from the step before, or from a look at where it leads.

Another sampler is a function like `ddim` and its line in SAMPLERS, which configurations, the command and tests read.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ddpm import precision
from ddpm.schedules import DDPMSchedules
from ddpm.targets import Label, Model, answer, to_x_0
from ddpm.unet import UNetSmall

Level = tuple[float, float]  # (signal, noise)
Believes = Callable[[Tensor, int], Tensor]  # (x, t) -> the images that a model takes x for


class Point(NamedTuple):
    """A place on the way: the timestep reached (-1: the image), the noisy images, the images the model believed in."""

    t: int
    x: Tensor
    x_0: Tensor


class Way(NamedTuple):
    """What every sampler goes by: what is believed of any x, noise x at timestep steps[0], and the steps from there."""

    believes: Believes
    schedules: DDPMSchedules
    x: Tensor
    steps: Sequence[int]
    generator: torch.Generator | None = None


def step(x: Tensor, x_0: Tensor, here: Level, there: Level, eta: float = 0.0) -> tuple[Tensor, float]:
    """Mean and standard deviation of the next x, given this x and its x_0 (Song et al. 2020, equations 12 and 16).

    With eta = 1 and neighbouring timesteps this is DDPM's posterior (Ho et al. 2020, equation 7); with eta = 0 and
    `there` noisier than `here` it is DDIM's encoding.
    """
    next_signal, next_sigma = there
    new = eta * next_sigma / here[1] * fresh(here, there)
    return next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * noise_in(x, x_0, here), new


def noise_in(x: Tensor, x_0: Tensor, level: Level) -> Tensor:
    """The noise of x, if its image is x_0."""
    return (x - level[0] * x_0) / level[1]


def fresh(here: Level, there: Level) -> float:
    """sqrt(1 - abar_t / abar_s): the noise that the forward process adds on the way back from `there` to `here`."""
    return math.sqrt(max(0.0, 1 - (here[0] / there[0]) ** 2))


def normal(shape: Sequence[int], like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal noise in like's dtype and on its device; drawn where the generator is, so that a seed gives the
    same images on every device."""
    device = generator.device if generator else like.device
    return torch.randn(tuple(shape), generator=generator, device=device, dtype=like.dtype).to(like.device)


def ddpm(way: Way, variance: str = "small") -> Iterator[Point]:
    """All noise that can be new is new (Ho et al. 2020, algorithm 2); the variance "large" is beta (section 3.2)."""
    if variance not in ("small", "large"):
        raise ValueError(f'The variance is "small" or "large", not {variance!r}.')
    return walk(way, 1.0, variance == "large")


def ddim(way: Way, eta: float = 0.0) -> Iterator[Point]:
    """Steps of any length; eta from 0 (no new noise) to 1 (Song et al. 2020)."""
    if not 0 <= eta <= 1:
        raise ValueError(f"eta should lie between 0 and 1, and is {eta}.")
    return walk(way, eta)


def walk(way: Way, eta: float = 0.0, large: bool = False) -> Iterator[Point]:
    """Go from noise down to the image, yielding each point on the way.

    `large` takes beta for the variance of new noise in place of the posterior's, and belongs to eta = 1.
    """
    x = way.x
    for t, after, here, there in legs(way):
        x_0 = way.believes(x, t)
        x, deviation = step(x, x_0, here, there, eta)
        deviation = fresh(here, there) if large and after >= 0 else deviation
        if deviation:
            x = x + deviation * normal(x.shape, x, way.generator)
        yield Point(after, x, x_0)


def legs(way: Way) -> Iterator[tuple[int, int, Level, Level]]:
    """Each timestep and the one after it (-1: the image), with the levels of both."""
    for t, after in zip(way.steps, [*way.steps[1:], -1], strict=True):
        yield t, after, way.schedules.level(t), way.schedules.level(after)


def dpm2m(way: Way) -> Iterator[Point]:
    """DPM-Solver++(2M): DDIM towards the image believed in, extrapolated half a step along log(signal / noise) (Lu et
    al. 2022, algorithm 2). The first step and the one to the image itself are plain DDIM."""
    x, before, step_before = way.x, way.x, 0.0
    for t, after, here, there in legs(way):
        x_0 = ahead = way.believes(x, t)
        if after >= 0:
            length = log_snr(there) - log_snr(here)
            if step_before:
                ahead = x_0 + length / (2 * step_before) * (x_0 - before)
            before, step_before = x_0, length
        x, _ = step(x, ahead, here, there)
        yield Point(after, x, x_0)


def log_snr(level: Level) -> float:
    """log(signal / noise): half the logarithm of the signal-to-noise ratio."""
    return math.log(level[0] / level[1]) if level[0] else -math.inf


def heun(way: Way) -> Iterator[Point]:
    """Heun's method along noise / signal: the noise of a whole step is the mean of what is seen at its start and where
    that leads, so that each step but the last asks the model twice (Karras et al. 2022, algorithm 1).

    A step that begins with more than 80 times as much noise as signal is DDIM's: there the mean leads astray.
    """
    x = way.x
    for t, after, here, there in legs(way):
        x_0 = way.believes(x, t)
        reached, _ = step(x, x_0, here, there)
        if after >= 0 and here[1] <= MOST_NOISE * here[0]:
            eps = (noise_in(x, x_0, here) + noise_in(reached, way.believes(reached, after), there)) / 2
            reached = there[0] / here[0] * x + (there[1] - there[0] / here[0] * here[1]) * eps
        x = reached
        yield Point(after, x, x_0)


class Sampler(NamedTuple):
    """How to go a way from noise to images, and what of a configuration's `sampling` that reads: `num_steps`, evenly
    spread, where it need not take every timestep, and keyword arguments of its own."""

    walk: Callable[..., Iterator[Point]]
    settings: tuple[str, ...]


SAMPLERS = {
    "ddpm": Sampler(ddpm, ("variance",)),
    "ddim": Sampler(ddim, ("num_steps", "spacing", "eta")),
    "dpm2m": Sampler(dpm2m, ("num_steps", "spacing")),
    "heun": Sampler(heun, ("num_steps", "spacing")),
}
RHO, MOST_NOISE = 7, 80.0  # of noise / signal (Karras et al. 2022, section 3 and table 1)


def evenly(num_timesteps: int, num_steps: int, trailing: bool = False) -> list[int]:
    """num_steps timesteps from T - 1 down, evenly: to 0, or so that the step to the image is as long as the others
    (trailing; Lin et al. 2023, table 2)."""
    if not 1 <= num_steps <= num_timesteps:
        raise ValueError(f"The number of steps should be 1 to {num_timesteps}, and is {num_steps}.")
    last = num_timesteps / num_steps - 1 if trailing else 0.0
    return torch.linspace(num_timesteps - 1, last, num_steps, dtype=torch.float64).round().long().tolist()


def by_noise(schedules: DDPMSchedules, num_steps: int) -> list[int]:
    """At most num_steps timesteps, evenly in (noise / signal)^(1/7), from the noisiest that is not beyond 80 (Karras
    et al. 2022, equation 5). Steps that fall on one timestep are one."""
    even = torch.tensor(evenly(schedules.num_timesteps, num_steps)) / (schedules.num_timesteps - 1)
    known = schedules.snr.rsqrt()  # noise / signal, rising
    known = known[: max(1, int((known <= MOST_NOISE).sum()))]
    high, low = (end ** (1 / RHO) for end in (known[-1], known[0]))
    wanted = (low + (high - low) * even).pow(RHO)
    nearest = (known.log() - wanted.log()[:, None]).abs().argmin(dim=1)
    return nearest.unique().flip(0).tolist()


SPACINGS: dict[str, Callable[[DDPMSchedules, int], list[int]]] = {
    "linspace": lambda schedules, num_steps: evenly(schedules.num_timesteps, num_steps),
    "trailing": lambda schedules, num_steps: evenly(schedules.num_timesteps, num_steps, trailing=True),
    "karras": by_noise,
}


def spaced(schedules: DDPMSchedules, num_steps: int, spacing: str = "linspace") -> list[int]:
    """Timesteps by one of SPACINGS; see `evenly` and `by_noise`."""
    if spacing not in SPACINGS:
        raise ValueError(f"There is no spacing {spacing!r}; there are {', '.join(SPACINGS)}.")
    return SPACINGS[spacing](schedules, num_steps)


def checked(steps: Sequence[int], num_timesteps: int) -> list[int]:
    """The same steps, if they go down and exist."""
    steps = list(steps)
    falls = all(a > b for a, b in zip(steps, steps[1:], strict=False))
    if not steps or not falls or steps[0] >= num_timesteps or steps[-1] < 0:
        raise ValueError(f"Steps should fall within {num_timesteps - 1} to 0, such as [{num_timesteps - 1}, ..., 0].")
    return steps


def guided(model: Model, labels: Label, guidance: float = 0.0) -> Model:
    """The model with classifier-free guidance (Ho & Salimans 2022, equation 6): 0 is the model as it was trained,
    more follows the labels more closely."""
    if labels is None or guidance == 0:
        return lambda x, t: answer(model, x, t, labels)

    classes = getattr(model, "num_classes", None)  # a UNetSmall's: the label that stands for none

    def further(x: Tensor, t: Tensor) -> Tensor:
        if classes is None:
            with_labels, without = model(x, t, labels), model(x, t)
        else:  # one pass of twice as many
            both = torch.cat([labels, torch.full_like(labels, classes)])
            with_labels, without = model(torch.cat([x, x]), torch.cat([t, t]), both).chunk(2)
        return with_labels + guidance * (with_labels - without)

    return further


def between(
    interval: tuple[float, float] | None, schedules: DDPMSchedules, inside: Believes, outside: Believes
) -> Believes:
    """`inside` where noise / signal lies in the interval, above its lower end; without an interval, everywhere."""
    if interval is None:
        return inside
    low, high = interval

    def chosen(x: Tensor, t: int) -> Tensor:
        signal, sigma = schedules.level(t)
        return (inside if low * signal < sigma <= high * signal else outside)(x, t)

    return chosen


def believes(
    model: Model, schedules: DDPMSchedules, target: str, clip: bool = False, kind: torch.dtype | None = None
) -> Believes:
    """The images that the model's answers stand for; `clip` keeps them in [-1, 1], before noise is worked out. The
    model computes in `kind`, as `precision.chosen` gives it."""

    def images(x: Tensor, t: int) -> Tensor:
        with precision.computing(kind, x.device):
            output = model(x, torch.full((len(x),), t, device=x.device))
        x_0 = to_x_0(target, output, x, *schedules.level(t))
        return x_0.clamp(-1, 1) if clip else x_0

    return images


def shape_of(model: UNetSmall, count: int) -> tuple[int, int, int, int]:
    """(count, c, h, w) of the images that a UNetSmall makes."""
    return count, model.in_channels, model.image_size, model.image_size


def every_class(model: Model, count: int, device: torch.device | str) -> Tensor | None:
    """Labels 0, 1, 2, ... in turn for a model that takes labels, so that samples show all classes; else None."""
    classes = getattr(model, "num_classes", None)
    return torch.arange(count, device=device) % classes if classes else None


@contextmanager
def evaluating(model: Model) -> Iterator[None]:
    """Without dropout, and afterwards as it was."""
    if not (isinstance(model, nn.Module) and model.training):
        yield
        return
    model.eval()
    try:
        yield
    finally:
        model.train()


@torch.no_grad()
def encode(model: Model, schedules: DDPMSchedules, x_0: Tensor, steps: Sequence[int], target: str = "eps") -> Tensor:
    """The noise, at timestep steps[0], from which DDIM comes back to these images (Song et al. 2020, section 4.3).

    Steps fall, as for `walk`, and are taken from the end. The answer at a step stands for the way to the next one, so
    the way back is exact only in the limit of many steps.
    """
    rising = checked(steps, schedules.num_timesteps)[::-1]
    x = schedules.level(rising[0])[0] * x_0  # the least noise there is: none of it is known yet
    believed = believes(model, schedules, target)
    with evaluating(model):
        for t, after in zip(rising, rising[1:], strict=False):
            x, _ = step(x, believed(x, t), schedules.level(t), schedules.level(after))
    return x


class DDPMSampler:
    """Samples of a model under one schedule.

    Args:
        target: what the model predicts, "eps", "x0" or "v".
        clip: keep believed images in [-1, 1].
        amp: what the model computes in, by its name in `precision`; the images are as precise as x.
        model, device: for `sample`, which is not given them.
    """

    def __init__(
        self,
        schedules: DDPMSchedules,
        target: str = "eps",
        clip: bool = True,
        model: UNetSmall | None = None,
        device: str | torch.device = "cpu",
        amp: str = "off",
    ) -> None:
        self.schedules, self.target, self.clip, self.model, self.device = schedules, target, clip, model, device
        self.amp = amp

    def ddpm_sample(self, model: Model, shape: Sequence[int], variance: str = "small", **options: Any) -> Tensor:
        """Images of `shape` by all timesteps; see `ddpm`. Options are those of `trajectory`."""
        steps = evenly(self.schedules.num_timesteps, self.schedules.num_timesteps)
        return self.last(self.trajectory(model, shape, steps, "ddpm", variance=variance, **options))

    def ddim_sample(
        self,
        model: Model,
        shape: Sequence[int],
        num_steps: int = 50,
        eta: float = 0.0,
        steps: Sequence[int] | None = None,
        **options: Any,
    ) -> Tensor:
        """Images of `shape` by num_steps timesteps, or by those in `steps`; see `ddim`, for options `trajectory`."""
        steps = evenly(self.schedules.num_timesteps, num_steps) if steps is None else steps
        return self.last(self.trajectory(model, shape, steps, eta=eta, **options))

    @torch.no_grad()
    def trajectory(
        self,
        model: Model,
        shape: Sequence[int],
        steps: Sequence[int],
        method: str = "ddim",
        labels: Label = None,
        guidance: float = 0.0,
        guidance_interval: tuple[float, float] | None = None,
        generator: torch.Generator | None = None,
        x: Tensor | None = None,
        **settings: object,
    ) -> Iterator[Point]:
        """All points from noise (or from x) to images, by a method of SAMPLERS and its settings; see also `guided`.

        Where there is an interval, guidance is for levels of noise / signal in it, above its lower end (Kynkäänniemi et
        al. 2024): at more noise it takes diversity away, at less it changes nothing.

        Raises:
            ValueError: an unknown method, steps that do not fall, or settings that the method refuses.
        """
        if method not in SAMPLERS:
            raise ValueError(f"There is no sampler {method!r}; there are {', '.join(SAMPLERS)}.")
        steps = checked(steps, self.schedules.num_timesteps)
        like = next(iter(getattr(model, "parameters", lambda: [])()), torch.zeros(0, device=self.device))
        x = normal(shape, like, generator) if x is None else x
        kind = precision.chosen(self.amp, x.device)
        inside, outside = (
            believes(guided(model, labels, strength), self.schedules, self.target, self.clip, kind)
            for strength in (guidance, 0.0)
        )
        believed = between(guidance_interval, self.schedules, inside, outside)
        with evaluating(model):
            yield from SAMPLERS[method].walk(Way(believed, self.schedules, x, steps, generator), **settings)

    def sample(self, num_samples: int = 16, variance: str = "small", **options: Any) -> Tensor:
        """Images (num_samples, c, h, w) of the model given at the start, by all timesteps."""
        if self.model is None:
            raise ValueError("sample() needs a model: DDPMSampler(schedules, model=model).")
        return self.ddpm_sample(self.model, shape_of(self.model, num_samples), variance, **options)

    @staticmethod
    def last(points: Iterator[Point]) -> Tensor:
        for point in points:
            image = point.x
        return image
