"""p_sample: one step of sampling, from x_t to x at step t - 1.

The student's p_sample runs with a stand-in network, so that its factors, its noise and its entries of the tables can
be read off what it returns. Both usual variances are right: beta_t, and the posterior's.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograder.checks.spiral.common import IS_IT_KEPT, Array, Rng, same, schedule, shaped, taken_apart, unchanged
from autograder.checks.spiral.network import network, weights_of
from autograder.checks.spiral.tape import Asked, Tape
from autograder.checks.words import close, drawn_anew, expect, points, standard_normal, unpacked, unrelated
from autograder.judge.conversation import Student, StudentError

FEW = 100  # points of which each call may be told to the judge


class Steps:
    """The student's p_sample with a stand-in network, whose answers are known and unlike any prediction."""

    def __init__(self, student: Student, rng: Rng, betas: Array, n: int) -> None:
        self.student, self.rng, self.n = student, rng, n
        self.tables = schedule(betas)
        self.network = network(rng, (3, 4, 2)) | {"b3": np.zeros(2)}
        self.weights = weights_of(self.network)
        student.swap("T", len(betas))  # the global T is as good as len(betas)

    def take(self, t: int, tables: tuple[Any, ...] | None = None) -> tuple[Array, Array, Array]:
        """x_t, the network's answer and the result for one step. Large numbers make the fit of `parts` sharp."""
        x_t = 30 * self.rng.normal(size=(self.n, 2))
        eps, result = self.take_from(x_t, t, tables)
        self.x_t, self.result = x_t, result
        return x_t, eps, result

    def take_from(self, x_t: Array, t: int, tables: tuple[Any, ...] | None = None) -> tuple[Array, Array]:
        self.tape: Any = Tape(self.rng, 40.0) if self.n <= FEW else Asked(self.student, 40.0)
        self.student.swap("forward_network", self.tape.forward_network)
        with taken_apart("forward_network returns two things, (out, cache)"):
            result = unpacked(self.student.p_sample(self.network, x_t, t, *(tables or self.tables)))
        expect(result is not None, "p_sample returned None: is a `return` missing?")
        expect(not isinstance(result, tuple), "p_sample should return one array, x at step t - 1, and nothing else")
        result = shaped(result, x_t.shape, "What p_sample returns")
        eps = self.tape.rows("out")
        expect(len(eps) > 0, "p_sample should ask forward_network for the noise, but it was never called")
        expect(len(eps) >= len(x_t), f"The network should be asked about all {len(x_t)} points")
        given = all(same(weights, self.weights) for weights in self.tape.networks)
        expect(given, "p_sample should ask the network that it was given, but it asks another one")
        return eps[-len(x_t) :], result

    def parts(self, t: int, tables: tuple[Any, ...] | None = None) -> tuple[float, float, Array]:
        """a, b and the noise of result = a (x_t + b eps) + noise.

        x_t and eps have a spread of about 30, the noise one below 1: with 5000 rows the standard errors of a and b
        are below 2e-4, relative to b below 1e-3. Tolerances of 1 % are more than 10 of them.
        """
        x_t, eps, result = self.take(t, tables)
        basis = np.column_stack([x_t.ravel(), eps.ravel()])
        (a, c), *_ = np.linalg.lstsq(basis, result.ravel(), rcond=None)
        return float(a), float(c / a) if abs(a) > 1e-9 else 0.0, (result.ravel() - basis @ (a, c)).reshape(-1, 2)


def close_at(steps: tuple[int, ...], found: list[float], right: Array, asked: str, wrong: dict[str, Array]) -> None:
    """`close` for a factor at several steps; where no mistake explains all of them, the first that is off is shown."""
    for t, factor, value in zip(steps, found, right, strict=True):
        if np.isclose(factor, value, rtol=1e-2, atol=1e-3):
            continue
        for cause, values in wrong.items():
            if np.allclose(found, values, rtol=1e-2, atol=1e-3):
                raise AssertionError(f"{asked}. It looks as if {cause}.")
        raise AssertionError(f"{asked}, but for t = {t} it is {factor:.3f} in the place of {value:.3f}")


def one_for_all(noise: Array) -> bool:
    """Whether all points share one noise, so that it tells nothing about its variance, where there is any."""
    return is_noise(noise) and bool(noise.std(axis=0).mean() < 0.1 * np.sqrt(np.mean(noise**2)))


def is_noise(rest: Array) -> bool:
    return bool(np.mean(rest**2) > 1e-6)


def shift_of(b: float, t: int, betas: Array, bars: Array) -> int:
    """By how many steps the index is off in -beta_t / sqrt(1 - alpha_bar_t); 0 where nothing fits."""
    T = len(betas)
    for s in (0, 1, -1):
        k = (t - 1 + s) % T
        if np.isclose(b, -betas[k] / np.sqrt(1 - bars[k]), rtol=1e-2):
            return s
    return 0


def other_entries(a: float, b: float, variance: float, t: int, betas: Array, bars: Array) -> str:
    """Which neighbour of the right entries explains the factors of a step, or its noise; empty where none does.

    Where a neighbour would give nearly the same (within 3 %; late alpha_bars do) nothing can be said.
    """
    before = np.append(1.0, bars[:-1])
    posterior = betas * (1 - before) / (1 - bars)
    k, near = t - 1, [i for i in (t - 2, t - 1, t) if 0 <= i < len(betas)]

    def explains(seen: float, right: float, wrong: float) -> bool:
        return not np.isclose(wrong, right, rtol=0.03) and bool(np.isclose(seen, wrong, rtol=5e-3))

    for i, j in itertools.product(near, near):
        if explains(b, -betas[k] / np.sqrt(1 - bars[k]), -betas[i] / np.sqrt(1 - bars[j])):
            return f"betas[{i}] with alpha_bars[{j}]"
    for i in near:
        if explains(a, 1 / np.sqrt(1 - betas[k]), 1 / np.sqrt(1 - betas[i])):
            return f"alphas[{i}]"
    if np.isclose(variance, (betas[k], posterior[k]), rtol=0.1).any():  # 10,000 numbers: 7 standard errors
        return ""
    for i in near:
        if np.isclose(variance, (betas[i], posterior[i]), rtol=0.05).any():
            return f"index {i} for the noise"
    return ""


def wrong_thirds(n: int, T: int, t: int, betas: Array, bars: Array) -> dict[str, Array]:
    """The third column of the network's input, for n points."""
    wrong = {
        "t was not divided by T": t,
        "(t - 1)/T was used": (t - 1) / T,
        "(t - 1)/(T - 1) was used": (t - 1) / (T - 1),
        "t was divided by T - 1": t / (T - 1),
        "t was divided by 100, whatever T is": t / 100,
        "whole numbers were divided with //": t // T,
        "t was divided by the number of points": t / n,
        "2 t/T - 1 was used": 2 * t / T - 1,
        "1 - t/T was used": 1 - t / T,
        "(t + 1)/T was used": (t + 1) / T,
        "alpha_bar was used, not t/T": bars[t - 1],
        "beta was used, not t/T": betas[t - 1],
    }
    return {cause: np.full(n, value) for cause, value in wrong.items()}


def wrong_outer_factors(beta: float, bar: Array) -> dict[str, Array]:
    """The factor of x_t, where all betas are equal; bar is alpha_bar at each step that is looked at."""
    ones, before = np.ones(len(bar)), bar / (1 - beta)
    exchanged = np.sqrt(1 - beta) * beta / (1 - bar) / np.sqrt(bar) + np.sqrt(before) * (1 - before) / (1 - bar)
    return {
        "the division by the root of alpha is missing": ones,
        "alpha is there without its square root": ones / (1 - beta),
        "x_t is multiplied by the root of alpha": ones * np.sqrt(1 - beta),
        "alpha_bar is used in place of alpha": 1 / np.sqrt(bar),
        "beta is used in place of alpha": ones / np.sqrt(beta),
        "1 + beta is used in place of alpha": ones / np.sqrt(1 + beta),
        "the root of alpha_bar multiplies x_t": np.sqrt(bar),
        "the two roots in the mean of x_0 and x_t changed places": exchanged,
        "x_t does not enter the result": 0 * ones,
    }


def wrong_factors_of_eps(beta: float, bar: Array) -> dict[str, Array]:
    """The factor of eps inside the bracket, where all betas are equal."""
    root, ones = np.sqrt(1 - bar), np.ones(len(bar))
    outside = "eps stands outside the bracket, so that it is not divided by the root of alpha"
    return {
        "the square root of 1 - alpha_bar is missing": -beta / (1 - bar),
        "the noise is added, not taken away": beta / root,
        "alpha is used in place of alpha_bar": -np.sqrt(beta) * ones,
        "eps is taken away as it is, without its factor": -ones,
        "alpha_bar is used in place of 1 - alpha_bar": -beta / np.sqrt(bar),
        "the root of beta is used in place of beta": -np.sqrt(beta) / root,
        "beta is missing": -1 / root,
        "1 - beta is used in place of beta": -(1 - beta) / root,
        "the division by the root of 1 - alpha_bar is missing": -beta * ones,
        "it is multiplied by the root of 1 - alpha_bar, not divided": -beta * root,
        outside: -beta / root * np.sqrt(1 - beta),
        "the whole noise is taken away at once": -root,
        "the step is DDIM's, which adds no noise": np.sqrt((1 - beta) * (1 - bar / (1 - beta))) - root,
        "the network's answer stands where the noise z belongs, too": np.sqrt(beta * (1 - beta)) - beta / root,
        "the network's answer for each point does not enter the result": 0 * ones,
    }


def wrong_variances(beta: float, bars: Array) -> dict[str, Array]:
    """The variance of the noise at t = 4 and 2, where all betas are equal; bars[t] is alpha_bar_t."""
    t, ones = np.array([4, 2]), np.ones(2)
    posterior = beta * (1 - bars[t - 1]) / (1 - bars[t])
    two_back = beta * (1 - np.append(bars[1:], bars[1:])[t - 3]) / (1 - bars[t])
    return {
        "there is no noise": 0 * ones,
        "there is no noise at t = 2": beta * np.array([1, 0]),
        "beta is used as the standard deviation, without the square root": beta**2 * ones,
        "the posterior variance is used as the standard deviation, without the square root": posterior**2,
        "the noise is not scaled": ones,
        "the square root was taken twice": np.sqrt(beta) * ones,
        "the posterior variance has its fraction upside down": beta**2 / posterior,
        "the posterior variance lacks the factor beta": posterior / beta,
        "the posterior variance is taken one step too late": beta * (1 - bars[t]) / (1 - bars[t + 1]),
        "the posterior variance is taken one step too early": beta * (1 - bars[t - 2]) / (1 - bars[t - 1]),
        "the root covers the ratio only, and beta stands outside": posterior * beta,
        "the previous alpha_bar is taken from two steps back": two_back,
        "the noise was divided by the root of alpha with the mean": beta / (1 - beta) * ones,
        "the posterior noise was divided by the root of alpha with the mean": posterior / (1 - beta),
        "half of the noise is missing": beta / 4 * ones,
        "1 - alpha_bar is used in place of beta": 1 - bars[t],
        "1 - alpha_bar is used as the standard deviation": (1 - bars[t]) ** 2,
        "alpha is used in place of beta": (1 - beta) * ones,
        "two noises are added": 2 * beta * ones,
    }


@points(0.5)
def test_the_network_is_asked_at_x_t_and_t_over_T(student: Student, rng: Rng) -> None:
    for n, T, t in ((7, 23, 17), (12, 8, 3), (64, 8, 7)):
        steps = Steps(student, rng, np.linspace(0.1, 0.3, T), n)
        x_t = rng.normal(size=(n, 2)).astype(np.float32)
        steps.take_from(x_t, t)
        asked = [np.atleast_2d(asked["x"]) for asked in steps.tape.asked]
        shape = asked[-1].shape
        expect(shape[-1] == 3, f"The network's input should have three columns, [x_t, t/T]; its shape is {shape}")
        x = np.concatenate([x for x in asked if x.shape[-1] == 3])
        x = x[-n:]
        statement = "The network's input should be [x_t, t/T]"
        scaled = (x_t - x_t.mean(axis=0)) / x_t.std(axis=0)
        wrong = {"t/T comes first": np.column_stack([np.full(n, t / T), x_t[:, 0]]), "x_t is standardised": scaled}
        close(x[:, :2], x_t, f"{statement}: the first two columns are x_t", wrong)
        wrong = wrong_thirds(n, T, t, *steps.tables[::2])
        close(x[:, 2], np.full(n, t / T), f"{statement}: the third column is t/T", wrong, atol=1e-4)


@points(0.5)
def test_the_mean_is_divided_by_the_root_of_alpha(student: Student, rng: Rng) -> None:
    """All betas are equal here, so that a wrong index is charged elsewhere. A cause must explain all three steps."""
    beta = rng.uniform(0.15, 0.25)
    steps = Steps(student, rng, np.full(9, beta), 5000)
    found = []
    for t in (1, 5, 3):
        a, _, rest = steps.parts(t)
        found.append(a)
        if t == 1:  # nothing random here, so that what the fit does not explain is a bend
            bent = np.abs(rest).max() > 0.1 and same(steps.take_from(steps.x_t, 1)[1], steps.result)
            asked = "The result should be a multiple of x_t plus a multiple of the network's answer, point by point"
            expect(not bent, f"{asked}, but it is not: is something clipped, or averaged over the points?")
    asked = f"With beta = {beta:.2f} the factor of x_t should be 1 / root of alpha"
    wrong = wrong_outer_factors(beta, steps.tables[2][[0, 4, 2]])
    close_at((1, 5, 3), found, np.ones(3) / np.sqrt(1 - beta), asked, wrong)


@points(0.5)
def test_the_mean_takes_the_predicted_noise_away_in_the_right_measure(student: Student, rng: Rng) -> None:
    """The factor of eps relative to that of x_t, so that a wrong outer factor is charged above; a wrong index below."""
    beta = rng.uniform(0.15, 0.25)
    steps = Steps(student, rng, np.full(9, beta), 5000)
    bars = steps.tables[2]
    found = {t: steps.parts(t)[1] for t in (4, 2, 7)}
    found = {t: b for t, b in found.items() if not shift_of(b, t, *steps.tables[::2])}
    if found:
        bar = bars[np.array(list(found)) - 1]
        right, wrong = -beta / np.sqrt(1 - bar), wrong_factors_of_eps(beta, bar)
        asked = "Inside the bracket eps should be multiplied by minus beta over the root of 1 - alpha_bar"
        close_at(tuple(found), list(found.values()), right, asked, wrong)


@points(0.5)
def test_the_noise_is_standard_normal_fresh_and_independent(student: Student, rng: Rng) -> None:
    """False alarm: 1.1e-7 for the shape (40,000 numbers; the slack covers their estimated scale, known to 0.4 %), 3e-12
    for each of 4 correlations, 2e-10 for eight calls together. Uniform noise lies 15 standard errors beyond the bar;
    noise that is broadcast, repeated or kept has correlation 1, more than 100 standard errors."""
    steps = Steps(student, rng, np.full(6, 0.3), 20_000)
    z, again = steps.parts(4)[2], steps.parts(4)[2]
    expect(is_noise(z), "For t > 1 there should be noise")
    both = np.isclose(z[:, 0].mean(), z[:, 1].mean(), rtol=1e-2)
    alike = "one number serves them all: is a size missing?" if both else "all points get the same two numbers"
    expect(not one_for_all(z), f"The noise should be drawn for each point and coordinate, but {alike}")
    unrelated(z[:, 0], z[:, 1], "The noise should be drawn for each coordinate, but both get the same")
    unrelated(z[1:, 0], z[:-1, 0], "The noise should be drawn for each point, but they share it")
    unrelated(z[:10_000], z[10_000:], "The noise should be drawn for each point, but it repeats")
    unrelated(z, again, f"Each call should draw new noise, but two calls had related noise: {IS_IT_KEPT}")
    few = len(np.unique((z / z.std()).round(3))) < 200
    expect(not few, "The noise should be standard normal, but it takes few values: is it rounded to whole numbers?")
    standard_normal(z / z.std(), "The noise, divided by its standard deviation,", slack=0.01)
    few_points = Steps(student, rng, np.full(6, 0.3), 500)
    drawn_anew([few_points.parts(4)[2] for _ in range(8)], "The noise")


@points(0.5)
def test_the_noise_has_one_of_the_two_variances(student: Student, rng: Rng) -> None:
    """40,000 numbers: the variance has a standard error of 0.7 %, so 4.5 % is passed once in 1e9 right answers. At
    t = 4 and 2 the two variances and the usual mistakes are at least 12 % (17 standard errors) apart, taken together;
    at t = 12, the first step of sampling, it is only asked whether there is noise. An index that is off throughout is
    charged below."""
    beta = rng.uniform(0.18, 0.24)
    steps = Steps(student, rng, np.full(12, beta), 20_000)
    t, found = np.array([4, 2]), []
    bars = np.append(1.0, steps.tables[2])  # bars[t] is alpha_bar_t
    for step in t:
        _, b, noise = steps.parts(int(step))
        if one_for_all(noise):  # charged above
            return
        found.append(np.mean(noise**2))
        s = shift_of(b, int(step), *steps.tables[::2])
    posterior, shifted = (beta * (1 - bars[t + k - 1]) / (1 - bars[t + k]) for k in (0, s))
    if not any(np.allclose(found, right, rtol=0.045, atol=1e-9) for right in (beta, posterior, shifted)):
        right = " or ".join(f"{v:.3f}" for v in (beta, posterior[0]))
        asked = f"With beta = {beta:.2f} the noise at t = 4 should have variance {right}"
        wrong = wrong_variances(beta, bars)
        for variance in (np.full(2, beta), posterior):
            size = np.sqrt(np.mean(found / variance))
            wrong[f"the noise is multiplied by {size:.2f}"] = size**2 * variance
        wrong["it lies halfway between the two"] = np.sqrt(beta * posterior)
        for cause, variance in wrong.items():
            if np.allclose(found, variance, rtol=0.022, atol=1e-6):  # 3 standard errors
                raise AssertionError(f"{asked}. It looks as if {cause}.")
        raise AssertionError(f"{asked}; yours has {found[0]:.3f}, and {found[1]:.3f} at t = 2")
    try:
        last = steps.parts(12)[2]
    except StudentError:  # an index beyond the end, charged below
        return
    asked = "There should be noise at every step but the last one, t = 1"
    expect(np.mean(last**2) > 0.1 * beta, f"{asked}; at t = T, the first one, there is none")


@points(0.5)
def test_step_t_uses_the_tables_at_t_minus_1(student: Student, rng: Rng) -> None:
    """Which entries matter is seen by changing them, whatever the formula. The spread of the noise is known to 0.7 %
    (10,000 numbers), so 10 % is more than 10 standard errors."""
    betas = np.array([0.12, 0.35, 0.2, 0.08, 0.28, 0.15, 0.4, 0.1])
    steps = Steps(student, rng, betas, 5000)
    for t in (4, 8, 3):
        asked = f"Steps count from 1, so step {t} should use the tables at index {t - 1}"
        a, b, noise = steps.parts(t)
        variance = 0.0 if one_for_all(noise) else float(np.mean(noise**2))
        other = other_entries(a, b, variance, t, *steps.tables[::2])
        expect(not other, f"{asked}; it looks as if {other} was used")
        later, here = betas.copy(), betas.copy()
        later[t:] = 0.55
        here[t - 1] += 0.3
        if t < 8:
            c, d, changed = steps.parts(t, schedule(later))
            spread, spread_other = noise.std(axis=0).mean(), changed.std(axis=0).mean()
            still = np.allclose((a, b), (c, d), rtol=2e-2, atol=3e-3)
            still &= one_for_all(noise) or bool(np.isclose(spread, spread_other, rtol=0.1, atol=1e-6))
            expect(still, f"{asked}, but later entries of the tables matter: is the index off by one?")
        c, d, _ = steps.parts(t, schedule(here))
        still = np.allclose((a, b), (c, d), rtol=2e-2, atol=3e-3)
        expect(not still, f"{asked}, but changing that entry changes nothing")


@points(0.25)
def test_the_next_step_finds_the_same_tables(student: Student, rng: Rng) -> None:
    """Sampling asks step after step with the same tables: they stay on the student's side here, and are sent anew for
    comparison. 2,000 rows: a and b are known to 1e-3, the spread of the noise to 1.6 %; the bars are 10 of these."""
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 4), 2000)
    kept = tuple(student.put(table) for table in steps.tables)
    for t in (4, 3, 2, 1):
        (a, b, fresh), (c, d, again) = steps.parts(t), steps.parts(t, kept)
        written = f"Step {t} came out otherwise after steps with the same tables: does p_sample write into them?"
        expect(np.allclose((a, b), (c, d), rtol=1e-2, atol=3e-3), written)
        expect(one_for_all(fresh) or bool(np.isclose(fresh.std(), again.std(), rtol=0.16, atol=1e-2)), written)


@points(0.25)
def test_the_last_step_adds_no_noise(student: Student, rng: Rng) -> None:
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 6), 50)
    x_t = rng.normal(size=(50, 2))
    one, two = (steps.take_from(x_t, 1)[1] for _ in range(2))
    same_twice = np.allclose(one, two, rtol=1e-6, atol=1e-6)
    expect(same_twice, "At t = 1, the last step, no noise should be added, but two calls gave different results")


@points(5.75, "whole")
def test_a_step_is_right_at_any_t(student: Student, rng: Rng) -> None:
    """Mean and variance of the steps of an uneven schedule. With 8,000 rows the standard errors of a and b are 1.7e-4
    at most, and 1.1 % for the variance: the bars are 8 of them, and 6 (2e-9 a step)."""
    betas = rng.permutation(np.linspace(0.1, 0.4, 7))
    alphas, bars = schedule(betas)[1:]
    steps = Steps(student, rng, betas, 8000)
    posterior = betas * (1 - np.append(1.0, bars[:-1])) / (1 - bars)
    found: list[float] = []
    for t, (beta, alpha, bar) in enumerate(zip(betas, alphas, bars, strict=True), start=1):
        a, b, noise = steps.parts(t)
        x_t = steps.tape.rows("x")[-steps.n :]
        at = f"For t = {t}, beta = {beta:.2f} and alpha_bar = {bar:.3f}"
        close(x_t, np.column_stack([steps.x_t, np.full(steps.n, t / 7)]), f"{at} the network should see [x_t, t/T]")
        close(a, 1 / np.sqrt(alpha), f"{at} the factor of x_t should be 1 / root of alpha", rtol=1e-3, atol=3e-4)
        asked = f"{at} eps should be multiplied by minus beta over the root of 1 - alpha_bar, inside the bracket"
        close(b, -beta / np.sqrt(1 - bar), asked, rtol=5e-3, atol=1e-3)
        if t == 1:
            close(noise, 0 * noise, f"{at}, the last step, nothing should be added", atol=1e-2)
        found.append(float(np.mean(noise**2)))
    fits = np.isclose(found, np.array([betas, posterior]), rtol=0.07)[:, 1:]
    if not fits.all(axis=1).any():
        k = int(fits.any(axis=0).argmin()) + 1
        at = f"For t = {k + 1} and beta = {betas[k]:.2f} the noise should have variance {betas[k]:.3f}"
        raise AssertionError(f"{at}, or {posterior[k]:.3f} at this and every t; yours has {found[k]:.3f}")
    for n in (500, 20):  # as many as the lab samples, and few: 1,000 numbers each, whose mean square is known to 4.5 %
        few = Steps(student, rng, betas, n)
        squares = np.concatenate([few.parts(4)[2].ravel() ** 2 for _ in range(500 // n)])
        told = f"With {n} points, too, there should be noise of variance {betas[3]:.3f} at t = 4, or {posterior[3]:.3f}"
        near = np.isclose(squares.mean(), (betas[3], posterior[3]), rtol=0.35)
        expect(bool(near.any()), f"{told}; yours has {squares.mean():.3f}")


@points(0.25, "form")
def test_it_returns_an_array(student: Student, rng: Rng) -> None:
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 6), 5)
    with taken_apart("forward_network returns two things, (out, cache)"):
        steps.take(3)
        result = student.p_sample(steps.network, steps.x_t, 3, *steps.tables)
    kind = type(result).__name__
    expect(isinstance(result, np.ndarray), f"p_sample should return a NumPy array, but it returned a {kind}")


@points(0.25, "form")
def test_one_point_is_enough(student: Student, rng: Rng) -> None:
    """The last step, where nothing is random; its size is charged above."""
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 6), 1)
    x_t = rng.normal(size=(1, 2))
    _, one = steps.take_from(x_t, 1)
    _, two = steps.take_from(np.tile(x_t, (3, 1)), 1)
    close(one, two[:1], "One point, x_t of shape (1, 2), should go where it goes among others", atol=1e-3, rtol=1e-3)


@points(0.25, "form")
def test_network_and_tables_stay_as_they_are(student: Student, rng: Rng) -> None:
    """x_t may be overwritten."""
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 6), 5)
    student.swap("forward_network", Tape(rng, 1.0).forward_network)
    network, tables = student.put(steps.network), [student.put(table) for table in steps.tables]
    for t in (6, 1):
        student.hold(student.p_sample, network, rng.normal(size=(5, 2)), t, *tables)
    for name, before, after in zip(("betas", "alphas", "alpha_bars"), steps.tables, tables, strict=True):
        expect(unchanged(before, student.get(after)), f"p_sample should not change {name}")
    expect(unchanged(steps.network, student.get(network)), "p_sample should not change the network")
