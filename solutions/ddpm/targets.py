"""What a model may be trained to predict, and the exact ways from one to the other.

With x = signal x_0 + sigma eps any one of eps, x_0 and v = signal eps - sigma x_0 gives the two others
(Salimans & Ho 2022, appendix D). All arguments broadcast; `signal` and `sigma` are the levels of the timestep.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from ddpm.schedules import DDPMSchedules

Model = Callable[..., Tensor]
Labels = Tensor | None
Level = Tensor | float
# A target is a x_0 + b eps: its (a, b) at a timestep's levels of signal and noise.
MIXTURES: dict[str, Callable[[Level, Level], tuple[Level, Level]]] = {
    "eps": lambda signal, sigma: (0, 1),
    "x0": lambda signal, sigma: (1, 0),
    "v": lambda signal, sigma: (-sigma, signal),
}
TARGETS = tuple(MIXTURES)


def mixture(kind: str, signal: Level, sigma: Level) -> tuple[Level, Level, Level]:
    """(a, b), and the determinant of x = signal x_0 + sigma eps, output = a x_0 + b eps."""
    if kind not in MIXTURES:
        raise ValueError(f"There is no target {kind!r}; there are {', '.join(TARGETS)}.")
    a, b = MIXTURES[kind](signal, sigma)
    return a, b, signal * b - sigma * a


def target(kind: str, x_0: Tensor, eps: Tensor, signal: Level, sigma: Level) -> Tensor:
    """What a model that predicts `kind` should answer."""
    a, b, _ = mixture(kind, signal, sigma)
    return a * x_0 + b * eps


def to_x_0(kind: str, output: Tensor, x: Tensor, signal: Level, sigma: Level) -> Tensor:
    """The image that a model's answer of this kind stands for: Cramer's rule."""
    _, b, determinant = mixture(kind, signal, sigma)
    return b / determinant * x - sigma / determinant * output


def to_eps(kind: str, output: Tensor, x: Tensor, signal: Level, sigma: Level) -> Tensor:
    """The noise that a model's answer of this kind stands for: Cramer's rule."""
    a, _, determinant = mixture(kind, signal, sigma)
    return signal / determinant * output - a / determinant * x


def answer(model: Model, x: Tensor, t: Tensor, labels: Labels) -> Tensor:
    """The model's, which need not know of labels unless there are some."""
    return model(x, t) if labels is None else model(x, t, labels)


def loss(
    model: Model,
    schedules: DDPMSchedules,
    x_0: Tensor,
    t: Tensor,
    eps: Tensor,
    labels: Labels = None,
    kind: str = "eps",
) -> Tensor:
    """Mean squared error of the model's answer for images noised to t (Ho et al. 2020, equation 14, for eps)."""
    signal, sigma = schedules.levels(t, x_0)
    x = signal * x_0 + sigma * eps
    return F.mse_loss(answer(model, x, t, labels), target(kind, x_0, eps, signal, sigma))


def eps_errors(
    model: Model,
    schedules: DDPMSchedules,
    x_0: Tensor,
    t: Tensor,
    eps: Tensor,
    labels: Labels = None,
    kind: str = "eps",
) -> Tensor:
    """Squared error of the noise, shape (batch,), whatever the model predicts: models of all kinds compare by it."""
    signal, sigma = schedules.levels(t, x_0)
    x = signal * x_0 + sigma * eps
    found = to_eps(kind, answer(model, x, t, labels), x, signal, sigma)
    return (found - eps).square().flatten(1).mean(1)
