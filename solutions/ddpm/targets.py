"""What a model may be trained to predict, and the exact ways from one to the other.

With x = signal x_0 + sigma eps any one of eps, x_0 and v = signal eps - sigma x_0 gives the two others
(Salimans & Ho 2022, appendix D). All arguments broadcast; `signal` and `sigma` are the levels of the timestep.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from ddpm.schedules import DDPMSchedules

TARGETS = ("eps", "x0", "v")
Level = Tensor | float


def target(kind: str, x_0: Tensor, eps: Tensor, signal: Level, sigma: Level) -> Tensor:
    """What a model that predicts `kind` should answer."""
    match kind:
        case "eps":
            return eps
        case "x0":
            return x_0
        case "v":
            return signal * eps - sigma * x_0
    raise unknown(kind)


def to_x_0(kind: str, output: Tensor, x: Tensor, signal: Level, sigma: Level) -> Tensor:
    """The image that a model's answer of this kind stands for."""
    match kind:
        case "eps":
            return (x - sigma * output) / signal
        case "x0":
            return output
        case "v":
            return signal * x - sigma * output
    raise unknown(kind)


def to_eps(kind: str, output: Tensor, x: Tensor, signal: Level, sigma: Level) -> Tensor:
    """The noise that a model's answer of this kind stands for."""
    match kind:
        case "eps":
            return output
        case "x0":
            return (x - signal * output) / sigma
        case "v":
            return sigma * x + signal * output
    raise unknown(kind)


def unknown(kind: str) -> ValueError:
    return ValueError(f"There is no target {kind!r}; there are {', '.join(TARGETS)}.")


def answer(model: Callable, x: Tensor, t: Tensor, labels: Tensor | None) -> Tensor:
    """The model's, which need not know of labels unless there are some."""
    return model(x, t) if labels is None else model(x, t, labels)


def loss(
    model: Callable,
    schedules: DDPMSchedules,
    x_0: Tensor,
    t: Tensor,
    eps: Tensor,
    labels: Tensor | None = None,
    kind: str = "eps",
) -> Tensor:
    """Mean squared error of the model's answer for images noised to t (Ho et al. 2020, equation 14, for eps)."""
    signal, sigma = schedules.levels(t, x_0)
    x = signal * x_0 + sigma * eps
    return F.mse_loss(answer(model, x, t, labels), target(kind, x_0, eps, signal, sigma))


def eps_errors(
    model: Callable,
    schedules: DDPMSchedules,
    x_0: Tensor,
    t: Tensor,
    eps: Tensor,
    labels: Tensor | None = None,
    kind: str = "eps",
) -> Tensor:
    """Squared error of the noise, shape (batch,), whatever the model predicts: models of all kinds compare by it."""
    signal, sigma = schedules.levels(t, x_0)
    x = signal * x_0 + sigma * eps
    found = to_eps(kind, answer(model, x, t, labels), x, signal, sigma)
    return (found - eps).square().flatten(1).mean(1)
