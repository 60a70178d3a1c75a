"""Hidden checks of cosine_alpha_bars: the cosine schedule, clipped.

rtol 2e-3, and no atol to speak of: the last numbers are 1e-9 and count as well. In float32, which is right, an angle
near pi/2 is off by 1e-7, which is 5e-4 of the last cosines' squares for T = 4000. Mistakes are 1 % off and more
somewhere.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import torch

from autograder.checks.tensors import Mistakes, Rng, dtype_of, is_close
from autograder.checks.words import array, close, expect, points
from autograder.judge.conversation import Student

RULE = "alpha_bar_t should be the product of 1 - beta up to beta_t, with beta_t = min(1 - f(t + 1) / f(t), 0.999)"


def cosines(T: int, s: float) -> np.ndarray:
    """f(0), ..., f(T)."""
    squares: np.ndarray = np.cos(math.pi / 2 * (np.arange(T + 1) / T + s) / (1 + s)) ** 2
    return squares


def bars_from(f: np.ndarray, most: float = 0.999) -> np.ndarray:
    bars: np.ndarray = np.cumprod(1 - np.minimum(1 - f[1:] / f[:-1], most))
    return bars


def schedule(T: int, s: float = 0.008) -> np.ndarray:
    return bars_from(cosines(T, s))


def mistakes(T: int, s: float) -> Mistakes:
    """What other readings of the equation give."""
    f, right, root = cosines(T, s), schedule(T, s), np.cos(math.pi / 2 * (np.arange(T + 1) / T + s) / (1 + s))
    u, betas = np.arange(T + 1), np.minimum(1 - cosines(T, s)[1:] / cosines(T, s)[:-1], 0.999)
    short = np.cos(math.pi / 2 * (np.arange(T + 1) / max(T - 1, 1) + s) / (1 + s)) ** 2
    line = np.cos(math.pi / 2 * (np.linspace(0, 1, T) + s) / (1 + s)) ** 2
    linear = np.linspace(1e-4, 0.02, T)
    with np.errstate(all="ignore"):
        return {
            "f(t + 1) / f(0) is not clipped: the last beta is above 0.999, and the last alpha_bar 0": f[1:] / f[0],
            "f(t + 1) is not divided by f(0), and not clipped": f[1:],
            "f(t) / f(0) is taken in the place of f(t + 1) / f(0)": f[:-1] / f[0],
            "the product ends one factor too early: alpha_bar_t should hold 1 - beta_t as well": np.append(
                1.0, right[:-1]
            ),
            "f(t) is taken in the place of the product": f[:-1],
            "s is left out": bars_from(np.cos(math.pi / 2 * u / T) ** 2),
            "s is left out, and nothing is clipped": np.cos(math.pi / 2 * u[1:] / T) ** 2,
            "s is written out as 0.008": schedule(T),
            "s is not divided by 1 + s": bars_from(np.cos(math.pi / 2 * (u / T + s)) ** 2),
            "only t / T is divided by 1 + s": bars_from(np.cos(math.pi / 2 * (u / T / (1 + s) + s)) ** 2),
            "the bracket is missing: u + s / (1 + s)": bars_from(np.cos(math.pi / 2 * (u / T + s / (1 + s))) ** 2),
            "s is added to the step: (t + s) / (T + s)": bars_from(np.cos(math.pi / 2 * (u + s) / (T + s)) ** 2),
            "t is divided by T + 1": bars_from(np.cos(math.pi / 2 * (u / (T + 1) + s) / (1 + s)) ** 2),
            "the angle is in degrees, and the cosine takes radians": bars_from(np.cos(90 * (u / T + s) / (1 + s)) ** 2),
            "the betas themselves follow a cosine": np.cumprod(
                1 - (1e-4 + 0.00995 * (1 - np.cos(np.pi * np.linspace(0, 1, T))))
            ),
            "a running sum is taken in the place of the product": np.cumsum(1 - betas),
            "s is added to t, and not to t / T": bars_from(np.cos(math.pi / 2 * (u + s) / T / (1 + s)) ** 2),
            "the cosine is not squared": bars_from(root),
            "the cosine is not squared, and nothing clipped": root[1:] / root[0],
            "the roots of the alpha_bars are returned": np.sqrt(right),
            "the betas are returned": betas,
            "1 - alpha_bar is returned": 1 - right,
            "the alphas are returned, not their running product": 1 - betas,
            "the running product is taken of the betas": np.cumprod(betas),
            "the ratio is upside down: f(t) / f(t + 1)": bars_from(1 / f),
            "t is divided by T - 1": bars_from(short[: T + 1]),
            "the T points run from 0 to 1, ends included (linspace of T, not of T + 1)": line / line[0],
            "the T points run from 0 to 1, and the first beta is 0": np.append(1.0, bars_from(line)),
            "pi is taken in the place of pi / 2": bars_from(np.cos(math.pi * (u / T + s) / (1 + s)) ** 2),
            "a sine is taken in the place of the cosine": bars_from(np.sin(math.pi / 2 * (u / T + s) / (1 + s)) ** 2),
            "it is the linear schedule": np.cumprod(1 - linear),
            "alpha_bar is clipped at 0.999, and not beta": np.minimum(f[1:] / f[0], 0.999),
            "1 - beta is clipped at 0.999, and not beta": np.cumprod(np.minimum(f[1:] / f[:-1], 0.999)),
            "1000 steps are written out": cut(schedule(1000, s), T),
            "the numbers run backwards": right[::-1],
            **{f"beta is clipped at {most:g}, not at 0.999": bars_from(f, most) for most in CLIPS},
            **{f"alpha_bar is kept above {least:g}, and beta not clipped": kept(f, least) for least in LEAST},
        }


CLIPS = (0.9, 0.95, 0.99, 0.9999, 0.99999, 0.02, 0.5)
LEAST = (0.001, 1e-4, 1e-5, 1e-6, 1e-8, 1e-9, 1e-12)


def kept(f: np.ndarray, least: float) -> np.ndarray:
    bars: np.ndarray = np.maximum(f[1:] / f[0], least)
    return bars


def cut(table: np.ndarray, T: int) -> np.ndarray:
    return table[:T]


def mistakes_in(part: slice, T: int, s: float) -> Mistakes:
    return {cause: table[part] for cause, table in mistakes(T, s).items()}


def known_like(T: int, found: np.ndarray) -> Mistakes:
    """The tables that the whole one is like: one number alone is like many."""
    known = mistakes(T, 0.008).items()
    return {cause: table for cause, table in known if is_close(table, found, atol=1e-6, rtol=2e-3)}


def first_betas(T: int, found: np.ndarray) -> Mistakes:
    return {cause: 1 - table[0] for cause, table in known_like(T, found).items()}


def last_ratios(T: int, found: np.ndarray) -> Mistakes:
    ratios = {cause: table[-1] / table[-2] for cause, table in known_like(T, found).items()}
    ratios |= {f"it is clipped at {most:g}": 1 - most for most in CLIPS}
    return ratios | {"it is not the betas that are clipped, but alpha_bar": 1.0}


def bars(answer: Any, T: int) -> np.ndarray:
    """T numbers, whatever holds them."""
    found = array(answer, "What cosine_alpha_bars returns")
    hint = {T + 1: ": is f(0) / f(0) = 1 among them?", T - 1: ": is one lost between neighbours?"}.get(found.size, "")
    expect(found.shape == (T,), f"For T = {T} there should be {T} numbers, shape ({T},), not {found.shape}{hint}")
    return found


def expect_right(student: Student, T: int, s: float | None = None) -> None:
    answer = student.cosine_alpha_bars(T) if s is None else student.cosine_alpha_bars(T, s)
    given, told = (0.008, "") if s is None else (s, f" and s = {s:g}")
    found = bars(answer, T)
    expect_none_is_zero(found, T)
    told = f"For T = {T}{told} {RULE}"
    close(found, schedule(T, given), told, lambda: mistakes(T, given), atol=1e-13, rtol=2e-3)


def expect_none_is_zero(found: np.ndarray, T: int) -> None:
    """Below 0 or nearly 0, where a thousandth of the number before is the least that clipping leaves."""
    low = int(found.argmin())
    kept = found[low] > 1e-15
    expect(
        kept,
        f"For T = {T} alpha_bar_{low} should not be {found[low]:.3g}: is beta clipped at 0.999 before the product?",
    )


@points(0.5)
def test_there_are_T_numbers(student: Student, rng: Rng) -> None:
    for T in (1000, int(rng.integers(5, 60)), 2):
        bars(student.cosine_alpha_bars(T), T)


@points(0.5)
def test_the_first_number_is_f_of_1_over_f_of_0(student: Student, rng: Rng) -> None:
    for T in (1000, int(rng.integers(5, 60))):
        found = bars(student.cosine_alpha_bars(T), T)
        told = f"For T = {T} the first beta, 1 - alpha_bar_0, should be 1 - f(1) / f(0)"
        close(1 - found[0], 1 - schedule(T)[0], told, partial(first_betas, T, found), atol=0, rtol=1e-2)


@points(0.75)
def test_the_last_beta_is_clipped(student: Student, rng: Rng) -> None:
    """All but the last step follow from f alone: a table that is wrong there is charged elsewhere, its end here."""
    for T in (1000, int(rng.integers(5, 60))):
        found = bars(student.cosine_alpha_bars(T), T)
        expect_none_is_zero(found, T)
        told = f"For T = {T} the last beta, 1 - alpha_bar_{T - 1} / alpha_bar_{T - 2}, should be clipped at 0.999"
        close(found[-1] / found[-2], 1e-3, told, partial(last_ratios, T, found), atol=1e-8, rtol=5e-3)


@points(0.75)
def test_the_numbers_between_follow_the_cosine(student: Student, rng: Rng) -> None:
    for T in (1000, int(rng.integers(20, 60))):
        found, part = bars(student.cosine_alpha_bars(T), T), slice(0, T * 9 // 10)
        wrong = partial(mistakes_in, part, T, 0.008)
        close(found[part], schedule(T)[part], f"For T = {T} {RULE}", wrong, atol=1e-6, rtol=1e-4)


@points(0.5)
def test_s_is_the_one_that_is_given(student: Student, rng: Rng) -> None:
    for s in (0.2, 0.03):
        found, part = bars(student.cosine_alpha_bars(30, s), 30), slice(0, 27)
        wrong = partial(mistakes_in, part, 30, s)
        close(found[part], schedule(30, s)[part], f"For T = 30 and s = {s:g} {RULE}", wrong, atol=1e-6, rtol=1e-4)


@points(4.5, "whole")
def test_the_schedule_is_right_for_any_T_and_s(student: Student, rng: Rng) -> None:
    for T, s in (
        (1000, None),
        (4000, None),
        (2, None),
        (10, 0.0),
        (int(rng.integers(5, 300)), rng.uniform(0.001, 0.3)),
    ):
        expect_right(student, T, None if s is None else float(s))


@points(0.25, "form")
def test_it_is_a_tensor(student: Student, rng: Rng) -> None:
    found = student.cosine_alpha_bars(10)
    expect(isinstance(found, torch.Tensor), f"cosine_alpha_bars should return a tensor, not a {type(found).__name__}")


@points(0.25, "form")
def test_it_is_float64(student: Student, rng: Rng) -> None:
    found = student.cosine_alpha_bars(10)
    if isinstance(found, torch.Tensor):
        expect(found.dtype == torch.float64, f"The table should be float64, not {dtype_of(found)}")
