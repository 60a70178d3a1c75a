"""What the checks of several TODOs need: levels, and the two equations between them, in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from autograder.checks.tensors import Rng, tensor
from autograder.checks.words import expect
from autograder.judge.conversation import Handle, Student

Level = tuple[float, float]  # signal, sigma
IMAGE: Level = (1.0, 0.0)
KINDS = ("eps", "x0", "v")


def level_of(bar: float) -> Level:
    return math.sqrt(bar), math.sqrt(1 - bar)


def image_of(kind: str, output: torch.Tensor, x: torch.Tensor, signal: Any, sigma: Any) -> torch.Tensor:
    """The x_0 that the output stands for."""
    output, x = output.double(), x.double()
    found: dict[str, torch.Tensor] = {
        "eps": (x - sigma * output) / signal,
        "x0": output,
        "v": signal * x - sigma * output,
    }
    return found[kind]


def noise_in(x: torch.Tensor, x_0: torch.Tensor, here: Level) -> torch.Tensor:
    return (x.double() - here[0] * x_0.double()) / here[1]


def new_noise(here: Level, there: Level, eta: float) -> float:
    """The deviation of the noise that a step adds."""
    (signal, sigma), (next_signal, next_sigma) = here, there
    return eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2)) if eta else 0.0


def deviations(here: Level, there: Level, eta: float) -> dict[str, float]:
    """What others take for the deviation of the new noise, by cause."""
    (signal, sigma), (next_signal, next_sigma) = here, there
    right, ratio = new_noise(here, there, eta), signal / next_signal
    beta = 1 - ratio**2
    wrong = {
        "eta is left out": new_noise(here, there, 1.0),
        "eta is squared": eta * right,
        "eta's root is taken": right / math.sqrt(eta),
        "eta is taken for 0: no noise is added": 0.0,
        "the variance, new squared, stands where new belongs": right**2,
        "the root of new is taken once more": math.sqrt(right),
        "sigma_there / sigma_here is upside down": eta * sigma / next_sigma * math.sqrt(beta),
        "sigma_there / sigma_here is left out, as where the variance is beta": eta * math.sqrt(beta),
        "sigma_there / sigma_here is squared": eta * (next_sigma / sigma) ** 2 * math.sqrt(beta),
        "its root is taken of sigma_there / sigma_here": eta * math.sqrt(next_sigma / sigma * beta),
        "signal_here / signal_there is not squared": eta * next_sigma / sigma * math.sqrt(1 - ratio),
        "the root of 1 - (signal_here / signal_there)^2 is missing": eta * next_sigma / sigma * beta,
        "the root of 1 - (signal_here / signal_there)^2 is left out altogether": eta * next_sigma / sigma,
        "signal_here / signal_there is upside down": eta * next_sigma / sigma * math.sqrt(1 / ratio**2 - 1),
        "signal_here / signal_there has four powers": eta * next_sigma / sigma * math.sqrt(1 - ratio**4),
        "signal_there is left out": eta * next_sigma / sigma * math.sqrt(1 - signal**2),
        "it is eta times sigma_there": eta * next_sigma,
        "it is eta times sigma_here": eta * sigma,
        "it is eta itself": eta,
        "signals and sigmas are exchanged": eta
        * signal
        / next_signal
        * math.sqrt(max(0, 1 - (next_sigma / sigma) ** 2)),
    }
    return {cause: value for cause, value in wrong.items() if not math.isclose(value, right, rel_tol=0.02)}


def mean_of_step(x: torch.Tensor, x_0: torch.Tensor, here: Level, there: Level, eta: float = 0.0) -> torch.Tensor:
    """Where a step leads, but for its new noise."""
    kept = math.sqrt(max(0.0, there[1] ** 2 - new_noise(here, there, eta) ** 2))
    return there[0] * x_0.double() + kept * noise_in(x, x_0, here)


def falling(rng: Rng, count: int) -> np.ndarray:
    """alpha_bar of a schedule along no line, which reaches neither 1 nor 0: a root near 0 would swell rounding."""
    bars: np.ndarray = np.sort(rng.uniform(0.08, 0.92, count))[::-1].copy()
    return bars


def like(answer: Any, x: torch.Tensor, what: str) -> torch.Tensor:
    """The answer, if it is a tensor of finite numbers in the shape of x."""
    found = tensor(answer, what)
    expect(found.shape == x.shape, f"{what} should have the shape of x, {tuple(x.shape)}, not {tuple(found.shape)}")
    return found


class Still:
    """Generators of the student's process, None among them for the global one, that are not to be drawn from."""

    def __init__(self, student: Student, *generators: Handle | None) -> None:
        self.student, self.generators = student, generators
        self.before = [student.make("state_of", generator) for generator in generators]

    def moved(self) -> bool:
        now = [self.student.make("state_of", generator) for generator in self.generators]
        return not all(torch.equal(a, b) for a, b in zip(self.before, now, strict=True))
