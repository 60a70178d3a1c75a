"""q_sample: noise x0 up to step t, for one t or one a row, and hand back the noise that was used."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.spiral.common import IS_IT_KEPT, Array, Rng, expect_array, nothing_shared, same, shaped
from autograder.checks.words import close, drawn_anew, expect, pair, points, standard_normal, unpacked, unrelated
from autograder.judge.conversation import Handle, Student, StudentError


class Stopped(AssertionError):
    """q_sample did not come back with an answer for this kind of t."""


def noised(student: Student, x0: Any, t: Any, alpha_bars: Any) -> tuple[Array, Array]:
    """(x_t, eps) from the student's q_sample."""
    if np.ndim(t):
        kind = f"an array t of {len(t)} step{'s' * (len(t) > 1)}"
    else:
        kind = "a NumPy integer t" if isinstance(t, np.generic) else "a Python integer t"
    try:
        answer = student.q_sample(x0, t, alpha_bars)
    except StudentError as error:
        if error.kind == "NotImplementedError":
            raise
        axis = " Each row's factor needs a second axis of length 1." if "broadcast" in str(error) else ""
        raise Stopped(f"With {kind}, {error}{axis}") from None
    x_t, eps = two_arrays(answer, x0.shape)
    at = "" if np.ndim(t) else f" at t = {t}"
    varies = eps.size < 2 or np.ptp(eps) > 0
    expect(varies, f"eps should be standard normal at every step, but it is {eps.flat[0]:.3g} everywhere{at}")
    return x_t, eps


def two_arrays(answer: Any, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """(x_t, eps) of an answer; one array that holds both unpacks like two."""
    expect(answer is not None, "q_sample returned None: is a `return` missing?")
    one = isinstance(answer, np.ndarray) and answer.shape != (2, *shape)
    expect(not one, "q_sample should return two arrays, x_t and eps, but it returned one")
    x_t, eps = pair(tuple(answer) if isinstance(answer, np.ndarray) else answer, "What q_sample returns")
    return shaped(x_t, shape, "x_t"), shaped(eps, shape, "eps")


def noised_at(student: Student, x0: Any, t: int, alpha_bars: Any) -> tuple[Array, Array]:
    """The same for a single t; as an array where the student's q_sample takes no single t, which is charged once."""
    try:
        return noised(student, x0, t, alpha_bars)
    except Stopped:
        return noised(student, x0, np.full(len(x0), t), alpha_bars)


# x0 is made large, so that its factor is seen well even where the eps that came back is not the one in x_t.
SIZE = 1000.0
# A float32 answer of this size is off by 5e-4 at most.
FLOOR = 1e-2


def mix(x0: Array, eps: Array, x_t: Array) -> tuple[float, float]:
    """a and b of x_t = a x0 + b eps, exact but for rounding whatever was drawn; b is 0 where nothing fits."""
    basis = np.column_stack([x0.ravel(), eps.ravel()])
    (a, b), *_ = np.linalg.lstsq(basis, x_t.ravel(), rcond=None)
    off = np.abs(basis @ (a, b) - x_t.ravel()).max()
    return float(a), float(b) if off < FLOOR else 0.0


def mix_at(student: Student, rng: Rng, t: int, alpha_bars: Array) -> tuple[float, float]:
    x0 = SIZE * rng.normal(size=(200, 2))
    x_t, eps = noised_at(student, x0, t, alpha_bars)
    return mix(x0, eps, x_t)


def decreasing(rng: Rng, T: int) -> Array:
    """Some alpha_bars: clearly apart, in random steps."""
    return np.cumprod(rng.uniform(0.7, 0.95, size=T))


def wrong_signal(level: float) -> dict[str, float]:
    """The factor of x0."""
    return {
        "the signal is scaled by alpha_bar, without the square root": level,
        "the two factors changed places": np.sqrt(1 - level),
        "the factors changed places and the square roots are missing": 1 - level,
        "the square root was taken twice": level**0.25,
        "the signal is not scaled at all": 1.0,
        "the notebook's alpha_bars is used, not the one passed in": np.sqrt(0.5),
        "a running product of the alpha_bars was taken: they are products already": level**1.5,
        "the factor is 1 - sqrt(1 - alpha_bar)": 1 - np.sqrt(1 - level),
        "the factor is 1 - sqrt(alpha_bar)": 1 - np.sqrt(level),
        "x0 is divided by the root": 1 / np.sqrt(level),
        "x0 does not enter x_t": 0.0,
    }


def wrong_noise(level: float) -> dict[str, float]:
    """The factor of eps."""
    return {
        "the noise is scaled by 1 - alpha_bar, without the square root": 1 - level,
        "the two factors changed places": np.sqrt(level),
        "the noise is scaled by alpha_bar": level,
        "the square root was taken twice": (1 - level) ** 0.25,
        "the noise is scaled by 1 - sqrt(alpha_bar)": 1 - np.sqrt(level),
        "the noise has a factor of 1: either it is not scaled, or eps is returned as it was scaled": 1.0,
        "the notebook's alpha_bars is used, not the one passed in": np.sqrt(0.5),
        "a running product of the alpha_bars was taken: they are products already": np.sqrt(1 - level**3),
        "the noise is scaled by the root of 1 - alpha_bar squared": np.sqrt(1 - level**2),
        "the noise is scaled by the root of 1 + alpha_bar": np.sqrt(1 + level),
        "the noise is taken away, not added": -np.sqrt(1 - level),
        "the eps that is returned is not the one in x_t": 0.0,
    }


@points(0.25)
def test_returns_x_t_and_eps_shaped_like_x0(student: Student, rng: Rng) -> None:
    for n in (100, 2, 7, 3):
        noised(student, rng.normal(size=(n, 2)), 3, decreasing(rng, 9))


@points(0.25)
def test_eps_is_the_noise_in_x_t(student: Student, rng: Rng) -> None:
    bars = decreasing(rng, 9)
    x0 = SIZE * rng.normal(size=(200, 2))
    x_t, eps = noised_at(student, x0, 4, bars)
    expect(np.abs(x_t).max() > 0, "x_t should be a noisy version of x0, but it is 0 everywhere")
    other_way = eps.std() > 10 > x_t.std() and mix(x0, x_t, eps)[1] != 0
    expect(not other_way, "x_t and eps changed places: return x_t first, then eps")
    asked = "x_t should be a multiple of x0 plus a multiple of the eps that is returned"
    why = "was noise drawn twice, is there none, or does something else change x0 or x_t?"
    expect(mix(x0, eps, x_t)[1] != 0, f"{asked}, but it is not: {why}")


@points(0.25)
def test_eps_is_fresh_at_each_call(student: Student, rng: Rng) -> None:
    """1,000 pairs: false alarm 3e-12, and 2e-10 for eight calls together; noise that is kept or seeded has
    correlation 1, 32 standard errors."""
    x0, bars = rng.normal(size=(500, 2)), decreasing(rng, 5)
    one, two, *more = (noised_at(student, x0, 3, bars)[1] for _ in range(8))
    unrelated(one, two, f"Each call should draw new noise, but two calls gave related eps: {IS_IT_KEPT}")
    drawn_anew((one, two, *more), "eps")


@points(0.25)
def test_each_number_of_eps_is_drawn_for_itself(student: Student, rng: Rng) -> None:
    """False alarm: 3e-12 for each of 4 correlations of 10,000 or 20,000 pairs, whose bars lie at 0.07 and 0.05; the
    mean of 10,000 draws has a standard error of 1e-2, so it lies within 1e-6 of 0 in both columns once in 1e8 runs.
    Broadcast, tiled or mirrored noise has correlation 1 or -1; standardised noise has a mean of exactly 0. Noise that
    is shared only in part: see `nothing_shared`."""
    n = 10_000
    x0, bars = rng.normal(size=(n, 2)), decreasing(rng, 5)
    x0 -= x0.mean(axis=0)
    _, eps = noised_at(student, x0, 2, bars)
    shared = "noise was drawn once and broadcast"
    unrelated(eps[:, 0], eps[:, 1], f"The two columns of eps should be independent: it looks as if {shared}")
    unrelated(eps[1:, 0], eps[:-1, 0], f"The rows of eps should be independent: it looks as if {shared}")
    mirrored = "The rows of eps should be independent, but the second half repeats or mirrors the first"
    unrelated(eps[: n // 2], eps[n // 2 :], mirrored)
    rows_apart(eps)
    unrelated(eps, x0, "eps should not depend on x0")
    exact = np.abs(eps.mean(axis=0)).max() < 1e-6
    cause = "was it centred or standardised after it was drawn? Then its numbers depend on one another"
    expect(not exact, f"eps has a mean of exactly 0: {cause}")
    nothing_shared(lambda: noised_at(student, x0, 2, bars)[1], "eps")


def rows_apart(eps: Array) -> None:
    """No row repeats or mirrors another, however far away. As complex numbers z, n independent rows have correlations
    and, with the conjugates, pseudo-correlations at each of n lags whose size times sqrt(n) exceeds x with probability
    exp(-x^2): 5e-22 at 7, 1e-17 for all. Half of the rows, copied from others at one lag, is sqrt(n) / 2 = 50."""
    z = eps @ (1, 1j)
    f, mirrored = np.fft.fft(z), np.fft.fft(z.conj())
    lags = np.fft.ifft([f * f.conj(), f * mirrored.conj()]) / np.sum(np.abs(z) ** 2)
    lags[0, 0] = 0  # each row with itself
    apart = np.abs(lags).max() < 7 / np.sqrt(len(z))
    expect(bool(apart), "The rows of eps should be independent, but some repeat or mirror others")


# Points whose mean and standard deviation show in noise that was scaled, or moved, by them.
POINTS = {
    "points of mean 0 and standard deviation 1": ((0.0, 0.0), 1.0),
    "points of standard deviation 5": ((10.0, -3.0), 5.0),
    "points that are all (3, -2)": ((3.0, -2.0), 0.0),
}


@points(0.5)
def test_eps_is_standard_normal(student: Student, rng: Rng) -> None:
    """Whatever the points are. 40,000 numbers each: false alarm 1.1e-7, power by mistake in `standard_normal`."""
    bars = decreasing(rng, 5)
    for t in (1, 5):
        _, eps = noised_at(student, rng.normal(size=(100, 2)), t, bars)
    seen: list[tuple[float, float]] = []
    for kind, (centre, deviation) in POINTS.items():
        x0 = centre + deviation * rng.normal(size=(10_000, 2))
        eps = np.concatenate([noised_at(student, x0, t, bars)[1] for t in (1, 5)])
        levels = np.sqrt(1 - bars[[0, 4]])
        scaled = np.allclose([half.std() for half in np.split(eps, 2)], levels, rtol=0.03) and abs(eps.mean()) < 0.02
        cause = "it is returned already scaled by the root of 1 - alpha_bar: return the numbers as they were drawn"
        expect(not scaled, f"eps should be standard normal. It looks as if {cause}")
        seen.append((eps.mean(), eps.std()))
        moved = np.abs(np.subtract(seen[0], seen[-1])).max() > 0.1
        found = f"with {kind} it has mean {seen[-1][0]:.2f} and standard deviation {seen[-1][1]:.2f}"
        expect(not moved, f"eps should be standard normal whatever x0 is; {found}: do the points scale or move it?")
        standard_normal(eps, "eps")
        beyond = int((np.abs(eps) > 3).sum())  # 108 of 40,000, give or take 10
        expect(
            beyond > 40,
            f"eps should be standard normal, but {beyond or 'none'} of 40,000 numbers lie beyond 3: is it cut off?",
        )


@points(0.5)
def test_the_signal_is_scaled_by_the_root_of_alpha_bar(student: Student, rng: Rng) -> None:
    """All alpha_bars are equal here, so that a wrong index is charged elsewhere. Both coefficients come from a fit."""
    student.swap("alpha_bars", np.full(8, 0.5))  # a global that q_sample should not look at
    for level in (rng.uniform(0.15, 0.35), rng.uniform(0.6, 0.85)):
        a, _ = mix_at(student, rng, 3, np.full(8, level))
        sentence = f"With alpha_bar = {level:.2f}, x0 should be scaled by the root of alpha_bar"
        close(a, np.sqrt(level), sentence, wrong_signal(level), rtol=1e-3)


@points(0.5)
def test_the_noise_is_scaled_by_the_root_of_one_minus_alpha_bar(student: Student, rng: Rng) -> None:
    student.swap("alpha_bars", np.full(8, 0.5))
    for level in (rng.uniform(0.15, 0.35), rng.uniform(0.6, 0.85)):
        _, b = mix_at(student, rng, 3, np.full(8, level))
        sentence = f"With alpha_bar = {level:.2f} eps should be scaled by root 1 - alpha_bar"
        close(b, np.sqrt(1 - level), sentence, wrong_noise(level), rtol=1e-3, atol=1e-4)


@points(0.25)
def test_step_t_uses_alpha_bars_t_minus_1(student: Student, rng: Rng) -> None:
    """Which entries matter is seen by changing them, so it does not depend on the formula."""
    bars = decreasing(rng, 9)
    for t in (4, 1, 9):
        before = mix_at(student, rng, t, bars)
        here, others = bars.copy(), bars * 0.9
        here[t - 1] *= 0.9
        others[t - 1] = bars[t - 1]
        asked = f"Steps count from 1, so step {t} of 9 should use alpha_bars[{t - 1}]"
        for k in {t - 2, t, t % 9} - {t - 1, 9}:  # -1 is the last one
            fits = same(before, (np.sqrt(bars[k]), np.sqrt(1 - bars[k])))
            expect(not fits, f"{asked}. It looks as if alpha_bars[{k}] is used.")
        moved = not np.allclose(before, mix_at(student, rng, t, here), rtol=1e-3, atol=1e-4)
        expect(moved, f"{asked}, but changing this entry changes nothing: is the index wrong?")
        still = np.allclose(before, mix_at(student, rng, t, others), rtol=1e-3, atol=1e-4)
        expect(still, f"{asked} alone, but other entries matter as well")


@points(0.25)
def test_numpy_integers_are_steps_too(student: Student, rng: Rng) -> None:
    bars = decreasing(rng, 8)
    plain = mix_at(student, rng, 5, bars)
    for kind in (np.int64, np.int32):
        x0 = SIZE * rng.normal(size=(200, 2))
        numpys = mix(x0, *noised(student, x0, kind(5), bars)[::-1])
        sentence = f"t as a NumPy integer ({kind.__name__}) should do what a Python integer does"
        close(np.array(numpys), np.array(plain), sentence, rtol=1e-3)


@points(0.25)
def test_a_vector_of_steps_gives_each_row_its_own(student: Student, rng: Rng) -> None:
    """Rows with the same t must be mixed as the student's own q_sample mixes them for that single t.

    The correlations at the end (2,000 and 3,998 pairs): false alarm 3e-12 each, shared noise is at 1.
    """
    bars, kinds = decreasing(rng, 8), np.array([1, 4, 7])
    expected = {t: mix_at(student, rng, int(t), bars) for t in kinds}
    for n, dtype in ((90, np.int64), (2, np.int64), (1, np.int64), (33, np.int32)):
        t = rng.permutation(np.resize(kinds, n)).astype(dtype)
        x0 = SIZE * rng.normal(size=(n, 2))
        x_t, eps = noised(student, x0, t, bars)

        def fits(steps: Array, x0: Array = x0, eps: Array = eps, x_t: Array = x_t) -> bool:
            a, b = np.array([expected[step] for step in steps]).T[:, :, None]
            return np.allclose(x_t, a * x0 + b * eps, rtol=1e-3, atol=5 * FLOOR if b.any() else 10.0)

        asked = f"With an array t of {n} steps each row should use its own step"
        for cause, steps in (
            ("the first row's step is used for all rows", np.full(n, t[0])),
            ("the last row's step is used for all rows", np.full(n, t[-1])),
            ("the steps were sorted first", np.sort(t)),
            ("the steps run backwards over the rows", t[::-1]),
        ):
            expect(n < 3 or not fits(steps), f"{asked}. It looks as if {cause}.")
        one_mix = n > 2 and mix(x0, eps, x_t)[1] != 0
        expect(not one_mix, f"{asked}. It looks as if one step, such as their mean, is used for all rows.")
        square = "; with 2 rows and 2 columns, give the factors a second axis of length 1" if n == 2 else ""
        expect(fits(t), f"{asked}, mixed as for that single step{square}")
    x0 = rng.normal(size=(2000, 2))
    _, eps = noised(student, x0, rng.choice(kinds, size=2000), bars)
    unrelated(eps[:, 0], eps[:, 1], "The two columns of eps should be independent, with an array t too")
    unrelated(eps[1:], eps[:-1], "The rows of eps should be independent, with an array t too")


@points(0.25)
def test_the_next_call_finds_the_same_points(student: Student, rng: Rng) -> None:
    """Training noises the same x0 by the same alpha_bars again and again: both stay on the student's side here."""
    for kind in (np.float64, np.float32):  # the lab's X is float32
        expect_the_same_points(student, (SIZE * rng.normal(size=(200, 2))).astype(kind), decreasing(rng, 8))


def expect_the_same_points(student: Student, x0: Array, bars: Array) -> None:
    there = {"x0": student.put(x0), "alpha_bars": student.put(bars)}
    mixes = []
    for _ in range(2):
        x_t, eps = two_arrays(noised_there(student, *there.values()), x0.shape)
        mixes.append(mix(x0, eps, x_t))
    if same(*mixes):
        return
    for name, value in (("x0", x0), ("alpha_bars", bars)):
        written = (
            f"q_sample wrote into its argument {name}, so the next call starts from other numbers: make a new array"
        )
        expect(np.array_equal(student.get(there[name]), value), written)
    raise AssertionError(
        "A second call with the same x0, t and alpha_bars mixed them otherwise: what is left of the first?"
    )


def noised_there(student: Student, x0: Handle, alpha_bars: Handle) -> Any:
    """What q_sample answers for step 3, as an array of steps where it takes no single one."""
    try:
        return student.q_sample(x0, 3, alpha_bars)
    except StudentError:
        return student.q_sample(x0, np.full(200, 3), alpha_bars)


@points(5.5, "whole")
def test_x_t_is_right_for_every_step_and_row(student: Student, rng: Rng) -> None:
    """Schedules as they are used, small and large; numbers of size 1 in float32 are off by 1e-6."""
    labs = np.cumprod(1 - np.linspace(1e-4, 0.1, 100))
    for bars in (np.array([0.99, 0.64, 0.36, 0.01]), labs, decreasing(rng, 12)):
        T = len(bars)
        for t in (1, 3, T, int(rng.integers(1, T + 1)), np.arange(1, T + 1), rng.integers(1, T + 1, size=50)):
            x0 = rng.normal(size=(np.size(t) if np.ndim(t) else 40, 2)) * (2, 0.5) + (0.3, -1)
            x_t, eps = noised(student, x0, t, bars)
            steps = np.resize(t, len(x0))
            level = bars[steps - 1][:, None]
            right = np.sqrt(level) * x0 + np.sqrt(1 - level) * eps
            k, d = np.unravel_index(np.abs(x_t - right).argmax(), right.shape)
            case = (
                f"For t = {steps[k]} and alpha_bar = {level[k, 0]:.4g}, x0 = {x0[k, d]:.3g} and eps = {eps[k, d]:.3g}"
            )
            off = f"{case} should give x_t = {right[k, d]:.4g}, not {x_t[k, d]:.4g}"
            expect(abs(x_t[k, d] - right[k, d]) < 2e-4, off)


@points(0.5, "form")
def test_the_arguments_are_left_as_they_were(student: Student, rng: Rng) -> None:
    x0, t, bars = rng.normal(size=(20, 2)), rng.integers(2, 7, size=20), decreasing(rng, 8)
    there = [student.put(value) for value in (x0, t, bars)]
    failed: list[StudentError] = []
    for steps in (3, there[1]):
        try:
            student.hold(student.q_sample, there[0], steps, there[2])
        except StudentError as error:
            failed.append(error)  # one of the two kinds of t may fail here: it is charged elsewhere
    if len(failed) == 2:
        raise failed[0]
    for name, value, handle in zip(("x0", "t", "alpha_bars"), (x0, t, bars), there, strict=True):
        changed = f"q_sample changed its argument {name}, so whoever uses it next goes wrong: make a new array"
        expect(np.array_equal(student.get(handle), value), changed)


@points(0.5, "form")
def test_x_t_and_eps_are_arrays(student: Student, rng: Rng) -> None:
    x0, bars = rng.normal(size=(5, 2)), decreasing(rng, 8)
    noised_at(student, x0, 2, bars)
    for name, values in zip(("x_t", "eps"), unpacked(student.q_sample(x0, np.full(5, 2), bars)), strict=True):
        expect_array(values, name)
