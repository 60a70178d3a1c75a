"""make_linear_beta_schedule: betas, alphas and alpha_bars, of which entry t - 1 belongs to step t."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.spiral.common import Array, Rng, expect_array, same
from autograder.checks.words import array, close, expect, expect_no_zeros_and_ones, points, unpacked
from autograder.judge.conversation import Student, StudentError

NAMES = ("betas", "alphas", "alpha_bars")


def tables(student: Student, *args: Any, **kwargs: Any) -> tuple[Array, Array, Array]:
    """The three arrays of the student's schedule."""
    answer = unpacked(student.make_linear_beta_schedule(*args, **kwargs))
    expect(answer is not None, "make_linear_beta_schedule returned None: is a `return` missing?")
    three = isinstance(answer, (tuple, list, np.ndarray)) and len(answer) == 3
    expect(three, "make_linear_beta_schedule should return three arrays: betas, alphas, alpha_bars")
    betas, alphas, alpha_bars = (array(v, n) for v, n in zip(answer, NAMES, strict=True))
    return betas, alphas, alpha_bars


def wrong_first_beta(start: float, end: float, T: int) -> dict[str, float]:
    step = (end - start) / T
    return {
        "the first beta is already one step further: count from 0": start + step,
        "the first beta is already one step further, and one apart from linspace": start + (end - start) / (T - 1),
        "the betas run backwards": end,
        "the betas are the alphas": 1 - start,
        "beta_start is ignored: the default is used": 1e-4,
        "the betas are rounded to whole numbers": 0.0,
        "the betas are rounded to three digits, or fewer": round(start, 3),
        "the betas are rounded to two digits": round(start, 2),
        "the betas are scaled by 1000 / T": start * (1000 / T),
        "the roots of the betas are returned": np.sqrt(start),
        "the betas are squared": start**2,
    }


def wrong_last_beta(start: float, end: float, T: int) -> dict[str, float]:
    step = (end - start) / T
    return {
        "the end is left out (endpoint=False, or a division by T where it should be T - 1)": end - step,
        "the betas run backwards": start,
        "the last beta is one step too far": end + (end - start) / (T - 1),
        "the betas are the alphas": 1 - end,
        "beta_end is ignored: the default is used": 5e-3,
        "the betas are rounded to three digits, or fewer": round(end, 3),
        "the betas are rounded to two digits": round(end, 2),
    }


def wrong_alphas(betas: Array, bars: Array) -> dict[str, Array]:
    exchanged = bars.shape == betas.shape and same(bars, 1 - betas)
    written_over = "the running product was written over the alphas: make a new array for it"
    return {
        "the square root was taken": np.sqrt(np.abs(1 - betas)),
        "the betas themselves were returned": betas,
        "alphas and alpha_bars changed places" if exchanged else written_over: np.cumprod(1 - betas),
        "1 + betas was computed": 1 + betas,
        "1 / (1 + betas) was computed": 1 / (1 + betas),
        "exp(-betas) was computed": np.exp(-betas),
        "the alphas run backwards": 1 - betas[::-1],
    }


def wrong_alpha_bars(betas: Array, T: int) -> dict[str, Array]:
    own, product = 1 - betas, np.cumprod(1 - betas)
    return {
        "the alphas were added up (cumsum)": np.cumsum(own),
        "the betas were multiplied, not the alphas": np.cumprod(betas),
        "the betas were multiplied, and the product taken from 1": 1 - np.cumprod(betas),
        "the betas were added up": np.cumsum(betas),
        "one minus the sum of the betas was taken": 1 - np.cumsum(betas),
        "exp of minus the sum of the betas was taken, which is only near the product": np.exp(-np.cumsum(betas)),
        "each product stops one step early: alpha_bars[k] includes alphas[k]": np.append(1.0, product[:-1]),
        "alphas[0] is left out of the products": product / own[0],
        "every entry is the product of all alphas": np.full(T, product[-1]),
        "each entry is the product of two neighbours only": np.append(own[0], own[1:] * own[:-1]),
        "each alpha is raised to the power of its step": own ** np.arange(1, T + 1),
        "each alpha is raised to the power of its index": own ** np.arange(T),
        "the alphas were averaged": np.cumsum(own) / np.arange(1, T + 1),
        "alpha_bars are just the alphas": own,
        "alpha_bars are just the betas": betas,
        "the square root was taken already": np.sqrt(np.abs(product)),
        "the square was taken": product**2,
        "1 - alpha_bar was returned": 1 - product,
        "1 / alpha_bar was returned": 1 / product,
        "the products run from the last step to the first": np.cumprod(own[::-1])[::-1],
        "the products are in the reverse order": product[::-1],
        "the running product was taken twice": np.cumprod(product),
        "the last entry was set to 0": np.append(product[:-1], 0.0),
        "the first entry was set to 1": np.append(1.0, product[1:]),
    }


@points(0.25)
def test_returns_three_times_T_numbers(student: Student) -> None:
    """Among them schedules whose equal steps, summed up in floats, end beyond beta_end or short of it."""
    usual = ((T, 0.001, 0.02) for T in (2, 17, 400))
    for T, start, end in (*usual, (7, 1e-4, 5e-3), (30, 0.01, 0.3), (30, 0.1, 0.3), (200, 0.1, 0.3)):
        for name, values in zip(NAMES, tables(student, T=T, beta_start=start, beta_end=end), strict=True):
            whole = name == "alpha_bars" and values.ndim == 0
            expect(not whole, "alpha_bars should be an array, one product for each step, not the product of all alphas")
            found = f"For T={T}, {name} should have shape ({T},), but it has {values.shape}"
            expect(values.shape != (100,), f"{found}: is T ignored?")
            expect(values.shape not in ((T, 1), (1, T)), f"{found}: one axis is enough, without [:, None] or reshape")
            expect(values.shape != (T + 1,), f"{found}: one entry too many, there is none for step 0")
            expect(values.shape == (T,), found)


@points(0.5)
def test_betas_run_from_beta_start_to_beta_end_both_included(student: Student, rng: Rng) -> None:
    """T comes twice, so that an answer that is remembered by T alone shows."""
    seen: list[Array] = []
    for T in (11, 40, 11):
        start, end = rng.uniform(0.01, 0.05), rng.uniform(0.2, 0.4)
        betas = tables(student, T, start, end)[0]
        expect(betas.ndim == 1 and len(betas) > 1, "betas should have an entry for each step")
        again = any(np.array_equal(betas, old) for old in seen) and not np.allclose(betas[[0, -1]], (1e-4, 5e-3))
        expect(not again, "With other ends the same betas came back: is an earlier answer kept?")
        seen.append(betas)
        cut = len(set(betas[-3:])) == 1 and betas[-1] == betas.max() < end
        expect(
            not cut, f"betas should end with beta_end = {end:.3f}, but none exceeds {betas[-1]:.3g}: are they cut off?"
        )
        close(betas[0], start, "betas should begin with beta_start", wrong_first_beta(start, end, T))
        close(betas[-1], end, "betas should end with beta_end, included", wrong_last_beta(start, end, T))


@points(0.25)
def test_betas_are_evenly_spaced(student: Student) -> None:
    betas = tables(student, 50, 0.01, 0.3)[0]
    steps = np.diff(betas)
    sentence = "betas should be evenly spaced: every step between neighbours the same"
    if not same(steps, steps[0]):
        inside = betas[1:-1].clip(1e-9, 1 - 1e-9)
        for cause, other in (
            ("the square roots are evenly spaced, not the betas", np.sqrt(inside)),
            ("the spacing is geometric", np.log(inside)),
            ("the squares are evenly spaced, not the betas", inside**2),
            ("the inverses are evenly spaced, not the betas", 1 / inside),
        ):
            expect(not same(np.diff(other), np.diff(other)[0]), f"{sentence}. It looks as if {cause}")
        straight = np.linspace(betas[0], betas[-1], 50)
        expect(not np.abs(betas - straight).max() < 6e-4, f"{sentence}. It looks as if the betas are rounded")
    close(steps, np.full(49, steps.mean()), sentence)
    expect(abs(steps.mean()) > 1e-4, f"{sentence}, but they are all equal")


@points(0.5)
def test_alphas_are_one_minus_betas(student: Student) -> None:
    betas, alphas, bars = tables(student, 23, 0.02, 0.35)
    expect_no_zeros_and_ones(betas, "betas")
    close(alphas, 1 - betas, "alphas should be 1 - betas", wrong_alphas(betas, bars))


@points(0.5)
def test_alpha_bars_are_the_running_product_of_alphas(student: Student) -> None:
    """Judged against the student's own betas and alphas, each of which is charged where it is asked for."""
    for T, start, end in ((23, 0.02, 0.35), (1000, 1e-4, 0.02)):
        betas, alphas, bars = tables(student, T, start, end)
        expect_no_zeros_and_ones(alphas, "alphas")
        if bars.shape == alphas.shape and np.allclose(bars, np.cumprod(alphas), rtol=1e-2, atol=1e-7):
            continue
        sentence = "alpha_bars should multiply up the alphas, step by step"
        close(bars, np.cumprod(1 - betas), sentence, wrong_alpha_bars(betas, T), rtol=1e-2, atol=1e-7)


@points(0.25)
def test_the_defaults_are_those_of_the_signature(student: Student) -> None:
    """Loose on purpose: how the ends are treated is charged above."""
    betas = tables(student)[0]
    expect(len(betas) == 100, f"Without arguments there should be T=100 steps, but there are {len(betas)}")
    for place, end, name, slack in ((0, 1e-4, "beta_start", 6e-5), (-1, 5e-3, "beta_end", 1e-4)):
        sentence = f"Without arguments {name} should be {end:g}, but it is about {betas[place]:.2g}"
        expect(abs(betas[place] - end) < slack, f"{sentence}: is a default of the signature changed?")


@points(4.5, "whole")
def test_all_three_are_right_to_the_last_entry(student: Student, rng: Rng) -> None:
    """Schedules as they are used, small and large; the running product of 1,000 alphas in float32 is off by 1e-4."""
    drawn = (int(rng.integers(5, 60)), rng.uniform(0.001, 0.02), rng.uniform(0.1, 0.4))
    for T, start, end in ((3, 0.1, 0.3), (100, 1e-4, 0.1), (100, 1e-4, 5e-3), (1000, 1e-4, 0.02), drawn):
        betas = np.linspace(start, end, T)
        right = (betas, 1 - betas, np.cumprod(1 - betas))
        asked = f"For T = {T}, beta_start = {start:.3g} and beta_end = {end:.3g}"
        for name, own, values in zip(NAMES, tables(student, T, start, end), right, strict=True):
            expect(own.shape == (T,), f"{asked}, {name} should have shape ({T},), but it has {own.shape}")
            off = np.abs(own - values) > (1e-3 if name == "alpha_bars" else 1e-4) * values + 1e-7
            k = int(off.argmax())
            expect(not off.any(), f"{asked}, {name}[{k}] should be {values[k]:.5g}, but it is {own[k]:.5g}")


@points(0.75, "form")
def test_the_three_are_arrays(student: Student) -> None:
    tables(student, 5, 0.1, 0.3)
    for name, values in zip(NAMES, unpacked(student.make_linear_beta_schedule(5, 0.1, 0.3)), strict=True):
        expect_array(values, name)


@points(0.5, "form")
def test_from_a_large_beta_to_a_small_one_betas_fall(student: Student) -> None:
    tables(student, 5, 0.1, 0.3)
    try:
        betas = tables(student, 5, 0.3, 0.1)[0]
    except StudentError:  # whoever refuses such a schedule may do so
        return
    expect(betas[0] > betas[-1], "From beta_start = 0.3 to beta_end = 0.1 betas should fall: are they sorted?")
