"""Hidden checks of noise_scheduler: five tables, and the numbers in them at t.

atol 1e-5: honest float32 and float64 routes differ by up to 3e-6 in sqrt(1 - alpha_bar) at t = 0, where alpha_bar
is 0.9999 and its last bit is magnified, and by about 1e-6 elsewhere. A table may follow from the schedule or from
the student's own table before it: wrong betas are charged at the betas alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from autograder.checks.mnist.common import TABLES, before_product, draw_t, tables_of
from autograder.checks.tensors import Mistakes, Rng, dtype_of, is_close, on_the_gpu, shown, usual_mistakes
from autograder.checks.words import close, expect, expect_no_zeros_and_ones, pair, points
from autograder.judge.conversation import Handle, Student, StudentError


def wrong_betas(T: int, start: float, end: float) -> Mistakes:
    steps, exchanged = np.arange(T), "beta_start and beta_end are exchanged"
    if start > end:
        exchanged = "the betas always rise, whatever the arguments are"
    line = np.linspace(start, end, T)
    rounded = {f"the betas were rounded to {digits} digits": np.round(line, digits) for digits in (2, 3, 4, 5)}
    cosine = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
    return rounded | {
        "the betas are those of the cosine schedule, whatever the ends are": (1 - cosine[1:] / cosine[:-1]).clip(
            0, 0.999
        ),
        "the last beta stops one step short of beta_end": start + (end - start) * steps / T,
        "the first beta is already one step away from beta_start": start + (end - start) * (steps + 1) / T,
        "both ends of the line are missing": start + (end - start) * (steps + 1) / (T + 1),
        "beta_end is ignored": np.linspace(start, 0.02, T),
        "beta_start is ignored": np.linspace(0.0001, end, T),
        "beta_start and beta_end are ignored": np.linspace(0.0001, 0.02, T),
        exchanged: np.linspace(end, start, T),
        "the betas are scaled by 1000 / T": line * 1000 / T,
        "the betas are scaled by 1000 / T, and cut off": (line * 1000 / T).clip(max=0.999),
        "the ends of the line are scaled by 1000 / T": np.linspace(start * 1000 / T, min(end * 1000 / T, 0.999), T),
        "betas holds 1 - beta: was it changed in place when the alphas were made": 1 - line,
        "the roots of the betas run on a line, not the betas": np.linspace(start**0.5, end**0.5, T) ** 2,
        "the squares of the betas run on a line, not the betas": np.linspace(start**2, end**2, T) ** 0.5,
        "the betas run on a geometric curve, not on a line": np.geomspace(start, end, T),
    }


# For each table: the one that it follows from, the rule in words, the rule, and known mistakes.
RULES: dict[str, tuple[str, str, Callable[..., Any], dict[str, Callable[..., Any]]]] = {
    "alphas": (
        "betas",
        "alphas should be 1 - beta",
        lambda beta: 1 - beta,
        {
            "the alphas are multiplied up already (in place, perhaps)": lambda beta: np.cumprod(1 - beta),
            "a root was taken": lambda beta: np.sqrt(1 - beta),
            "alphas holds the betas": lambda beta: beta,
            "the betas are added to 1, not taken from it": lambda beta: 1 + beta,
        },
    ),
    "alphas_cumprod": (
        "alphas",
        "alphas_cumprod[t] should be the product of alphas[0] up to and including alphas[t]",
        np.cumprod,
        {
            "the alphas are summed up, not multiplied": np.cumsum,
            "a mean of the alphas so far is taken, not their product": lambda alpha: (
                np.cumsum(alpha) / np.arange(1, len(alpha) + 1)
            ),
            "the alphas are summed up and divided by T": lambda alpha: np.cumsum(alpha) / len(alpha),
            "the betas are multiplied, not the alphas": lambda alpha: np.cumprod(1 - alpha),
            "1 minus the product of the betas was taken": lambda alpha: 1 - np.cumprod(1 - alpha),
            "the betas are summed up and taken from 1": lambda alpha: 1 - np.cumsum(1 - alpha),
            "the betas are summed up and taken from 1, cut off at 0": lambda alpha: (1 - np.cumsum(1 - alpha)).clip(0),
            "exp(-sum of the betas) is taken, which is only close to the product": lambda alpha: np.exp(
                -np.cumsum(1 - alpha)
            ),
            "the product stops one step too early": lambda alpha: np.cumprod(alpha) / alpha,
            "alphas[0] is never multiplied in": lambda alpha: np.cumprod(alpha) / alpha[0],
            "the product runs from the last step back to the first": lambda alpha: np.cumprod(alpha[::-1])[::-1],
            "the product is the right one, but in reverse order": lambda alpha: np.cumprod(alpha)[::-1],
            "it holds the square root of that product": lambda alpha: np.sqrt(np.cumprod(alpha)),
            "it holds the square of that product": lambda alpha: np.cumprod(alpha) ** 2,
            "nothing is multiplied up": lambda alpha: alpha,
            "each alpha is taken to the power t + 1": lambda alpha: alpha ** np.arange(1, len(alpha) + 1),
            "one product of all alphas stands everywhere": lambda alpha: np.full_like(alpha, alpha.prod()),
        },
    ),
    "sqrt_alphas_cumprod": (
        "alphas_cumprod",
        "sqrt_alphas_cumprod should be the square root of alphas_cumprod",
        np.sqrt,
        {
            "the root is missing": lambda bar: bar,
            "the root was taken twice": lambda bar: bar**0.25,
            "it is the root of 1 - alphas_cumprod, the other table": lambda bar: np.sqrt(1 - bar),
            "it is the root of the alphas, which are not multiplied up": lambda bar: np.sqrt(before_product(bar)),
            "it is 1 divided by the root": lambda bar: 1 / np.sqrt(bar),
            "the square was taken, not the root": np.square,
        },
    ),
    "sqrt_one_minus_alphas_cumprod": (
        "alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod should be the square root of 1 - alphas_cumprod",
        lambda bar: np.sqrt(1 - bar),
        {
            "the root is missing": lambda bar: 1 - bar,
            "the root was taken first, and then subtracted from 1": lambda bar: 1 - np.sqrt(bar),
            "the root was taken twice": lambda bar: (1 - bar) ** 0.25,
            "it is the root of alphas_cumprod itself": np.sqrt,
            "it is the root of 1 minus the root": lambda bar: np.sqrt(1 - np.sqrt(bar)),
            "it is the root of 1 - alpha, with alphas that are not multiplied up": lambda bar: np.sqrt(
                1 - before_product(bar)
            ),
            "it is 1 divided by the root": lambda bar: 1 / np.sqrt(1 - bar),
            "1 was added under the root, not subtracted from": lambda bar: np.sqrt(1 + bar),
        },
    ),
}

SCHEDULES = ((1000, 0.0001, 0.02), (37, 0.01, 0.3), (12, 0.25, 0.04), (37, 0.2, 0.05), (50, 1e-5, 0.9))


def tables_in(student: Student, scheduler: Handle, length: int, *names: str) -> dict[str, np.ndarray]:
    """The numbers of the tables, whatever they are kept in; all are read at once, so that they are of one schedule."""
    found = student.make("attributes", scheduler, list(TABLES))
    return {name: table(found, name, length) for name in names}


def table(found: dict[str, Any], name: str, length: int) -> np.ndarray:
    expect(name in found, f"The scheduler has no attribute {name}: is it set in __init__?")
    value = found[name]
    expect(value is not None, f"{name} is None: it should be computed once, in the constructor")
    if isinstance(value, (list, tuple)):
        value = np.array([float(entry) for entry in value])
    expect(
        isinstance(value, (torch.Tensor, np.ndarray)),
        f"{name} should be a tensor, but it is of type {type(value).__name__}",
    )
    shape = tuple(value.shape)
    hints = {(1000,): ": is num_timesteps ignored?", (): ": is it one number for the whole schedule?"}
    hints |= {(length + 1,): ": one entry too many", (length - 1,): ": one entry is missing"}
    told = f"{name} should have one entry a step, shape ({length},), not {shape}{hints.get(shape, '')}"
    expect(shape == (length,), told)
    return np.asarray(value, dtype=np.float64)


def three_steps(student: Student, name: str) -> str:
    """What the schedule of three steps from 0.1 to 0.3 shows of a fault, where it shows there."""
    right = tables_of(np.linspace(0.1, 0.3, 3))[name]
    actual = tables_in(student, student.NoiseScheduler(3, 0.1, 0.3), 3, name)[name]
    if is_close(actual, right, atol=1e-4):
        return ""
    lists = (", ".join(f"{number:.3g}" for number in numbers) for numbers in (right, actual))
    return "For 3 steps from 0.1 to 0.3 the numbers should be {}, but yours are {}.".format(*lists)


def expect_table(student: Student, name: str) -> None:
    """The table follows from the schedule, or from the student's own table before it."""
    before, rule, follow, mistakes = RULES[name]
    for T, start, end in SCHEDULES:
        scheduler = student.NoiseScheduler(T, start, end)
        actual, own = tables_in(student, scheduler, T, name, before).values()
        expect_no_zeros_and_ones(own, f"{name} follows from {before}, which")
        with np.errstate(all="ignore"):
            ideal = tables_of(np.linspace(start, end, T))[name]
            if is_close(actual, ideal, atol=1e-5, rtol=1e-4) or is_close(actual, follow(own), atol=1e-5, rtol=1e-4):
                continue
            expect(np.isfinite(actual).all(), f"{name} holds NaN or infinite numbers; {rule}")
            wrong = {cause: mistake(own) for cause, mistake in mistakes.items()} | usual_mistakes(actual, ideal)
            if name.startswith("sqrt"):
                added = np.mean(actual**2 - ideal**2)
                wrong[f"{added:.2g} was added under the root"] = np.sqrt(ideal**2 + added)
        with shown(lambda: three_steps(student, name)):
            close(actual, ideal, f"For {T} steps from {start:g} to {end:g}, {rule}", wrong)


@points(0.125)
def test_betas_run_evenly_from_beta_start_to_beta_end(student: Student) -> None:
    """atol 2e-7: linspace in float32 and float64 differ by less than 1e-7; a missing end is 2e-5 off at T = 1000."""
    earlier: dict[int, np.ndarray] = {}
    for T, start, end in SCHEDULES:
        actual = tables_in(student, student.NoiseScheduler(T, start, end), T, "betas")["betas"]
        right = np.linspace(start, end, T)
        asked = f"NoiseScheduler({T}, {start:g}, {end:g})"
        rule = f"{asked} should have betas that run in equal steps from {start:g} to {end:g}, both included"
        wrong = {"these are the betas of an earlier schedule of this length": earlier[T]} if T in earlier else {}
        wrong |= wrong_betas(T, start, end) | usual_mistakes(actual, right)
        if np.abs(actual / right - 1).max() < 0.01:
            wrong["they were rounded, or computed with too few digits"] = actual
        if is_close(actual[[0, -1]], right[[0, -1]], atol=1e-6):
            wrong["both ends are right, but the steps between them are not equal"] = actual
        with shown(lambda: three_steps(student, "betas")):
            close(actual, right, rule, wrong, atol=2e-7, rtol=1e-5)
        earlier[T] = actual


@points(0.125)
def test_alphas_are_one_minus_beta(student: Student) -> None:
    expect_table(student, "alphas")


@points(0.125)
def test_alphas_cumprod_is_the_running_product(student: Student) -> None:
    expect_table(student, "alphas_cumprod")


@points(0.125)
def test_sqrt_alphas_cumprod_is_the_root(student: Student) -> None:
    expect_table(student, "sqrt_alphas_cumprod")


@points(0.125)
def test_sqrt_one_minus_alphas_cumprod_is_the_root_of_the_rest(student: Student) -> None:
    expect_table(student, "sqrt_one_minus_alphas_cumprod")


@points(4.5, "whole")
def test_the_schedule_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Schedules drawn afresh, rising and falling, and the one without arguments: all that later TODOs look up."""
    drawn = [(int(rng.integers(20, 60)), *rng.uniform(0.001, 0.2, 2).round(4)) for _ in range(3)]
    for asked in ((), *drawn, (50, 1e-5, 0.9)):
        T, start, end = asked or (1000, 0.0001, 0.02)
        scheduler = student.NoiseScheduler(*asked)
        told = f"NoiseScheduler({', '.join(f'{number:g}' for number in asked)})"
        steps = scheduler.num_timesteps
        expect(steps == T, f"{told}.num_timesteps should be {T}, not {steps}")
        own = tables_in(student, scheduler, T, *TABLES)
        for name, right in tables_of(np.linspace(start, end, T)).items():
            fine = 2e-7 if name == "betas" else 1e-5
            hint = ": were the default values changed?" if not asked and name == "betas" else ""
            rule = f"{told}.{name} should follow from {T} betas in equal steps from {start:g} to {end:g}{hint}"
            close(own[name], right, rule, atol=fine)
        expect_coefficients(student, scheduler, torch.from_numpy(np.append(rng.integers(0, T, 4), [0, T - 1])), T)


def expect_coefficients(student: Student, scheduler: Handle, t: torch.Tensor, T: int) -> tuple[torch.Tensor, ...]:
    try:
        found = pair(scheduler.get_coefficients(t), "what get_coefficients returns")
    except StudentError as error:
        for name in TABLES[3:]:
            kind = type(getattr(scheduler, name)).__name__
            expect(error.mix or kind == "Tensor", f"{name} should be a tensor: get_coefficients looks up no {kind}")
        raise
    for values, (name, own) in zip(found, tables_in(student, scheduler, T, *TABLES[3:]).items(), strict=True):
        asked = own[t.numpy()][:, None, None, None]
        expect(
            isinstance(values, torch.Tensor) and is_close(values, asked),
            f"get_coefficients should find the numbers of {name} at t, shaped (B, 1, 1, 1): was it changed?",
        )
    return found


@points(0.25, "form")
def test_every_table_is_a_float32_tensor(student: Student) -> None:
    scheduler = student.NoiseScheduler(37, 0.01, 0.3)
    for name in TABLES:
        values = getattr(scheduler, name)
        expect(isinstance(values, torch.Tensor), f"{name} should be a tensor, not of type {type(values).__name__}")
        expect(values.dtype == torch.float32, f"{name} should be float32, not {dtype_of(values)}")


@points(0.125, "form")
def test_a_level_line_is_a_line(student: Student) -> None:
    rule = "From 0.1 to 0.1 all betas should be 0.1"
    try:
        scheduler = student.NoiseScheduler(5, 0.1, 0.1)
    except StudentError as error:
        raise AssertionError(f"{rule}, but {error}") from None
    close(tables_in(student, scheduler, 5, "betas")["betas"], np.full(5, 0.1), rule)


@points(2.5, "device")
def test_get_coefficients_finds_the_tables_on_every_device(student: Student, rng: Rng) -> None:
    t = draw_t(rng, 37, 5)

    def ask(place: str) -> Iterable[torch.Tensor]:
        for values in expect_coefficients(student, student.NoiseScheduler(37, 0.01, 0.3), t, 37):
            yield torch.nan_to_num(values) if values.isnan().any() and place == "cpu" else values

    on_the_gpu(student, ask)
