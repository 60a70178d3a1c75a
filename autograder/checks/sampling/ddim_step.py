"""Hidden checks of ddim_step: from one level to another, with as much new noise as eta says.

The default atol 1e-5 and rtol 1e-4 leave room for float32: x is rounded at 1e-7, which eps has over a sigma above 0.28.
With eta above 0, two calls that draw the same noise differ only in where the step leads without it, so that this is
exact; the noise itself is what is left of one call.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

from autograder.checks.sampling.common import (
    IMAGE,
    Level,
    Still,
    deviations,
    level_of,
    like,
    mean_of_step,
    new_noise,
    noise_in,
)
from autograder.checks.tensors import (
    Mistakes,
    Rng,
    draw,
    dtype_of,
    expect_nothing_shared,
    expect_standard_normal,
    is_close,
    on_the_gpu,
    usual_mistakes,
)
from autograder.checks.words import close, drawn_anew, expect, points
from autograder.judge.conversation import Handle, Student, StudentError

NOISY, MIDDLE, CLEAN = level_of(0.16), level_of(0.4), level_of(0.7)
# From here to there, eta: long and short steps, first one where other readings have roots as well.
ETAS = (
    (NOISY, MIDDLE, 0.3),
    (NOISY, CLEAN, 1.0),
    (NOISY, CLEAN, 0.5),
    (MIDDLE, CLEAN, 0.8),
    (level_of(0.35), MIDDLE, 1.0),
)


def steps(x: torch.Tensor, x_0: torch.Tensor, here: Level, there: Level, eta: float = 0.0) -> Mistakes:
    """Where other readings of the equation lead, but for new noise."""
    x, x_0, eps = x.double(), x_0.double(), noise_in(x, x_0, here)
    (signal, sigma), (next_signal, next_sigma), new = here, there, new_noise(here, there, eta)
    keep = math.sqrt(max(0.0, next_sigma**2 - new**2))
    wrong: Mistakes = {
        "x_0 comes back": x_0,
        "eps is taken at the level `there`: then x comes back": x,
        "the levels here and there are exchanged": mean_of_step(x, x_0, there, here) if there[1] else x,
        "eps is scaled by sigma_here": next_signal * x_0 + sigma * eps,
        "x_0 is scaled by signal_here": signal * x_0 + keep * eps,
        "x_0 is not scaled": x_0 + keep * eps,
        "eps is not scaled": next_signal * x_0 + eps,
        "eps is left out": next_signal * x_0,
        "eps is subtracted": next_signal * x_0 - keep * eps,
        "signal and sigma are exchanged at `there`": next_sigma * x_0 + next_signal * eps,
        "signal and sigma are exchanged in both levels": next_sigma * x_0
        + next_signal * noise_in(x, x_0, (sigma, signal)),
        "alpha_bar stands where its root belongs: the signals are squared": next_signal**2 * x_0
        + keep * noise_in(x, x_0, (signal**2, sigma)),
        "levels are squared: signal and sigma are roots already": next_signal**2 * x_0
        + next_sigma**2 * noise_in(x, x_0, (signal**2, sigma**2)),
        "roots are taken again: signal and sigma are roots already": math.sqrt(next_signal) * x_0
        + math.sqrt(next_sigma) * noise_in(x, x_0, (math.sqrt(signal), math.sqrt(sigma))),
        "the last root is missing: sigma_there^2 - new^2 scales eps": next_signal * x_0 + keep**2 * eps,
        "x stands where eps belongs": next_signal * x_0 + keep * x,
        "eps lacks its division by sigma_here": next_signal * x_0 + keep * sigma * eps,
        "eps is divided by sigma_here twice": next_signal * x_0 + keep * eps / sigma,
        "eps is x - x_0, over sigma_here": next_signal * x_0 + keep * (x - x_0) / sigma,
        "eps is divided by signal_here": next_signal * x_0 + keep * sigma / signal * eps,
        "sigma_here is subtracted, not divided by: x - sigma_here eps": x + (next_sigma - sigma) * eps,
        "x_0 is clipped to -1 .. 1, and eps is not": next_signal * x_0.clamp(-1, 1) + keep * eps,
        "x_0 is clipped to -1 .. 1": mean_of_step(x, x_0.clamp(-1, 1), here, there, eta),
        "the step goes past `there`, by the difference of the levels": x + (next_signal - signal) * x_0,
    }
    if new:
        wrong |= {
            "the old noise is not reduced by the new: sigma_there eps + new z": next_signal * x_0 + next_sigma * eps,
            "new is not squared below the root": next_signal * x_0 + math.sqrt(max(0, next_sigma**2 - new)) * eps,
            "sigma_there is not squared below the root": next_signal * x_0
            + math.sqrt(max(0, next_sigma - new**2)) * eps,
            "the old noise is sigma_there - new": next_signal * x_0 + (next_sigma - new) * eps,
            "the old noise is sqrt(1 - new^2)": next_signal * x_0 + math.sqrt(max(0, 1 - new**2)) * eps,
            "new^2 is added below the root": next_signal * x_0 + math.sqrt(next_sigma**2 + new**2) * eps,
            "all noise is new": next_signal * x_0,
        }
        for cause, other in deviations(here, there, eta).items():
            if other <= next_sigma:
                wrong[cause] = next_signal * x_0 + math.sqrt(next_sigma**2 - other**2) * eps
    return {
        cause: numbers
        for cause, numbers in wrong.items()
        if not is_close(numbers, mean_of_step(x, x_0, here, there, eta))
    }


def images(rng: Rng, *shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    """x and an x_0 beyond -1 .. 1 that have nothing to do with one another: what eps is follows from them."""
    return 1.2 * draw(rng, *shape), 1.4 * draw(rng, *shape) + 0.2


RULE = "signal_there x_0 + sigma_there eps, with eps = (x - signal_here x_0) / sigma_here"


BELOW_0 = " Towards a noisier level 1 - (signal_here / signal_there)^2 is below 0, and has no root."


def expect_step(student: Student, rng: Rng, here: Level, there: Level, shape: tuple[int, ...] = (3, 2, 4, 5)) -> None:
    """Without new noise."""
    x, x_0 = images(rng, *shape)
    try:
        answer = student.ddim_step(x, x_0, here, there)
    except StudentError as error:
        hint = BELOW_0 if here[0] > there[0] and "domain" in str(error) else ""
        raise StudentError(f"{error}{hint}", error.kind, error.mix) from None
    bars = f"from alpha_bar {here[0] ** 2:.3g} to {there[0] ** 2:.3g}"
    if isinstance(answer, torch.Tensor) and here[0] > there[0]:
        expect(not bool(answer.isnan().any()), f"To a noisier level ({bars}), eta 0, NaN comes back.{BELOW_0}")
    answer, right = like(answer, x, "What ddim_step returns"), mean_of_step(x, x_0, here, there)
    told = f"With eta 0, {bars}, the result should be {RULE}"
    close(answer, right, told, lambda: steps(x, x_0, here, there) | usual_mistakes(answer, right))


class Draws:
    """Steps with new noise, from one level to another."""

    def __init__(self, student: Student, rng: Rng, here: Level, there: Level, eta: float) -> None:
        self.student, self.rng, self.way = student, rng, (here, there, eta)
        self.new = new_noise(here, there, eta)

    def step(self, x: torch.Tensor, x_0: torch.Tensor, generator: Handle | None = None) -> torch.Tensor:
        here, there, eta = self.way
        named = {"generator": generator} if generator else {}
        return like(self.student.ddim_step(x, x_0, here, there, eta=eta, **named), x, "What ddim_step returns")

    def noise(self, *shape: int, generator: Handle | None = None) -> torch.Tensor:
        """The new noise of a step, in units of what it should be."""
        x, x_0 = images(self.rng, *shape)
        return (self.step(x, x_0, generator).double() - mean_of_step(x, x_0, *self.way)) / self.new

    def repeated(self, x: torch.Tensor, x_0: torch.Tensor) -> torch.Tensor:
        self.student.make("reseed", 5)
        return self.step(x, x_0).double()

    def expect_mean(self) -> None:
        """The difference of two steps that draw the same."""
        x, x_0 = images(self.rng, 4, 2, 5, 5)
        other, other_0 = images(self.rng, 4, 2, 5, 5)
        found = self.repeated(x, x_0)
        if not torch.equal(found, self.repeated(x, x_0)):
            return  # drawn from somewhere that starts by itself: then only the noise that is left tells
        found = found - self.repeated(other, other_0)
        here, there, eta = self.way

        def wrong() -> Mistakes:
            ones, others = steps(x, x_0, here, there, eta), steps(other, other_0, here, there, eta)
            return {cause: ones[cause] - others[cause] for cause in ones if cause in others}

        told = f"With eta {eta:g} the result should be signal_there x_0 + sqrt(sigma_there^2 - new^2) eps + new z"
        close(found, mean_of_step(x, x_0, *self.way) - mean_of_step(other, other_0, *self.way), told, wrong)

    def expect_deviation(self) -> None:
        """19,200 numbers: the standard error of their deviation is 0.5 %, the bar is 6 of them: 2e-9."""
        found = self.noise(16, 3, 20, 20)
        deviation, bar = float(found.std()), 6 / math.sqrt(2 * found.numel())
        if abs(deviation - 1) < bar:
            return
        told = f"With eta {self.way[2]:g} the new noise should have the deviation new = {self.new:.3f}, "
        told += f"but it has {deviation * self.new:.3f}"
        for cause, other in deviations(*self.way).items():
            if abs(deviation * self.new - other) < bar * max(other, 0.01):
                raise AssertionError(f"{told}. It looks as if {cause}.")
        raise AssertionError(told)


@points(0.25)
def test_a_step_without_new_noise_is_exact(student: Student, rng: Rng) -> None:
    for here, there in ((NOISY, MIDDLE), (MIDDLE, CLEAN), (level_of(0.1), level_of(0.9))):
        expect_step(student, rng, here, there)


@points(0.125)
def test_a_step_may_lead_to_a_noisier_level(student: Student, rng: Rng) -> None:
    for here, there in ((CLEAN, NOISY), (MIDDLE, level_of(0.3))):
        expect_step(student, rng, here, there)


@points(0.25)
def test_eta_0_draws_nothing(student: Student, rng: Rng) -> None:
    """From no generator, the one that is given or the global one."""
    given = student.instrument("generator", int(rng.integers(2**31)))
    for named in ({}, {"generator": given}):
        still, (x, x_0) = Still(student, given, None), images(rng, 2, 1, 4, 4)
        results = [student.ddim_step(x, x_0, NOISY, CLEAN, 0.0, **named) for _ in range(2)]
        same = is_close(*results) if all(isinstance(one, torch.Tensor) for one in results) else True
        expect(same, "With eta 0 nothing is random, but two equal calls gave different results")
        expect(not still.moved(), "With eta 0 nothing should be drawn, but a generator has moved on")


@points(0.25)
def test_new_noise_is_standard_normal_and_fresh(student: Student, rng: Rng) -> None:
    """False alarms: 1.1e-7, see expect_standard_normal, also for the power; eight calls add 2e-10.

    Where x and x_0 are 0 the result is the noise. Its deviation is charged elsewhere: here it is in units of its own.
    """
    draws = Draws(student, rng, *ETAS[0])

    def noise(*shape: int) -> torch.Tensor:
        found = draws.step(torch.zeros(shape), torch.zeros(shape))
        told = "With eta above 0 noise should be added, but there is none, or one number for all"
        expect(float(found.std()) > 1e-3, told)
        return found / found.std()

    first, second, *more = (noise(16, 3, 20, 20) for _ in range(8))
    expect(
        not torch.equal(first, second), "Each call should draw fresh noise, but two calls gave the same: is a seed set?"
    )
    expect_standard_normal(first, second, "The new noise")
    drawn_anew((first, second, *more), "The new noise")
    expect_nothing_shared(noise(32, 8, 32, 32), "The new noise")


@points(0.375)
def test_eta_says_how_much_noise_is_new(student: Student, rng: Rng) -> None:
    """False alarms: 5 times 2e-9."""
    for here, there, eta in ETAS:
        draws = Draws(student, rng, here, there, eta)
        draws.expect_mean()
        draws.expect_deviation()


@points(0.25)
def test_noise_comes_from_the_generator(student: Student, rng: Rng) -> None:
    seed = int(rng.integers(2**31))
    draws, (x, x_0) = Draws(student, rng, *ETAS[0]), images(rng, 2, 2, 5, 5)
    given, other = student.instrument("generator", seed), student.instrument("generator", seed + 1)
    still = Still(student, None)
    first, next_one = draws.step(x, x_0, given), draws.step(x, x_0, given)
    again, another = (draws.step(x, x_0, g) for g in (student.instrument("generator", seed), other))
    told = "Where a generator is given all noise should come from it, but"
    expect(torch.equal(first, again), f"{told} the same state gives two results: is another one drawn from?")
    expect(not still.moved(), f"{told} torch's global one has moved on as well")
    expect(not torch.equal(first, another), f"{told} another state gives the same result")
    expect(
        not torch.equal(first, next_one), f"{told} two calls in a row give the same: is its state put back, or copied?"
    )


@points(0.25)
def test_a_step_to_the_image_gives_x_0(student: Student, rng: Rng) -> None:
    """Whatever eta is."""
    for eta in (0.0, 0.5, 1.0):
        x, x_0 = images(rng, 3, 1, 4, 4)
        answer = like(student.ddim_step(x, x_0, MIDDLE, IMAGE, eta), x, "What ddim_step returns")
        wrong = steps(x, x_0, MIDDLE, IMAGE) | usual_mistakes(answer, x_0)
        close(answer, x_0, f"With there = (1, 0) and eta {eta:g} the result should be x_0", wrong)


@points(7.75, "whole")
def test_the_step_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Levels as numbers and as tensors, near the image and near bare noise, for any eta.

    False alarms: 3 times 2e-9.
    """
    for here, there in ((level_of(0.02), level_of(0.5)), (level_of(0.6), level_of(0.99)), (MIDDLE, IMAGE)):
        expect_step(student, rng, here, there, (2, *(int(n) for n in rng.integers(1, 7, 3))))
    for _ in range(3):
        low, high = np.sort(rng.uniform(0.1, 0.9, 2)) + (-0.04, 0.04)
        draws = Draws(student, rng, level_of(low), level_of(high), float(rng.uniform(0.3, 1)))
        draws.expect_mean()
        draws.expect_deviation()
    expect_tensors_will_do(student, rng)


def expect_tensors_will_do(student: Student, rng: Rng) -> None:
    """Levels that are float64 tensors without a dimension; neighbours of a fine schedule among them."""
    for here, there, eta in ((NOISY, CLEAN, 0.0), (level_of(0.5), level_of(0.51), 1.0), (CLEAN, IMAGE, 1.0)):
        x, x_0 = images(rng, 3, 2, 4, 4)
        levels = [tuple(torch.tensor(part, dtype=torch.float64) for part in level) for level in (here, there)]
        same = (student.instrument("generator", 7) for _ in range(2))
        answer, plain = (
            like(student.ddim_step(x, x_0, *way, eta, given), x, "What ddim_step returns")
            for way, given in zip((levels, (here, there)), same, strict=True)
        )
        close(answer, plain, "Levels that are tensors without a dimension should give what numbers give")


@points(0.125, "form")
def test_a_step_keeps_the_dtype_of_x(student: Student, rng: Rng) -> None:
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        for there, eta in ((CLEAN, 0.0), (CLEAN, 1.0), (IMAGE, 0.0)):
            x, x_0 = (part.to(dtype) for part in images(rng, 2, 1, 3, 3))
            for kind in (float, lambda part: torch.tensor(part, dtype=torch.float64)):
                levels = [tuple(kind(part) for part in level) for level in (NOISY, there)]
                found = dtype_of(like(student.ddim_step(x, x_0, *levels, eta), x, "What ddim_step returns"))
                told = (
                    f"For images of {dtype_of(x)}, eta {eta:g}, the result should be {dtype_of(x)} as well, not {found}"
                )
                expect(found == dtype_of(x), told)


@points(0.125, "form")
def test_x_and_x_0_stay_as_they_were(student: Student, rng: Rng) -> None:
    for there, eta in ((CLEAN, 0.0), (CLEAN, 1.0), (IMAGE, 0.0)):
        given = images(rng, 2, 1, 3, 3)
        there_now = [student.put(image) for image in given]
        student.hold(student.ddim_step, *there_now, NOISY, there, eta)
        for handle, before, what in zip(there_now, given, ("x", "x_0"), strict=True):
            told = f"ddim_step should not change the {what} that it was given, as *= and += do"
            expect(torch.equal(student.get(handle), before), told)


@points(4.25, "device")
def test_the_step_stays_on_the_gpu(student: Student, rng: Rng) -> None:
    """With a generator that lies there, and without one."""
    x, x_0 = images(rng, 2, 1, 4, 4)

    def ask(place: str) -> Iterator[torch.Tensor]:
        for eta, there, named in asked_for(student, place):
            answer: Any = student.ddim_step(x, x_0, NOISY, there, eta, **named)
            yield like(answer, x, "What ddim_step returns")

    on_the_gpu(student, ask)


def asked_for(student: Student, place: str) -> Iterable[tuple[float, Level, dict[str, Handle]]]:
    given = {"generator": student.instrument("generator", 3, place)}
    return (0.0, CLEAN, {}), (0.0, CLEAN, given), (1.0, CLEAN, {}), (1.0, CLEAN, given), (1.0, IMAGE, given)
