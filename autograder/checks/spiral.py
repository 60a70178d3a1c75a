"""Hidden checks of the spiral lab. What they may charge, and what they never do, is in the notebook's docstrings.

Tolerances: every reference is float64, students may answer in float32. One float32 operation rounds at 6e-8
relative, a chain as long as ours at about 1e-5, so 1e-4 relative is above that noise and far below any mistake.
A running product of 1000 alphas in float32 is off by up to 1e-4 relative; it gets 1e-2.
Statistical checks say in their docstring how often they fail a right answer: never more than once in a million.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.checks import close, expect, numbers, pair, points, standard_normal, todo, unrelated
from autograder.student import Handle, Student, StudentError

Array = np.ndarray
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")


def array(value: Any, what: str) -> Array:
    """`numbers`, but plain lists will do: that something is an array is charged once, where it is asked for."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.asarray(value, dtype=np.float64)
        except (ValueError, TypeError):
            raise AssertionError(f"{what} should be an array of numbers") from None
    return numbers(value, what)


def shaped(value: Any, shape: tuple[int, ...], what: str) -> Array:
    """`value` as an array of this shape."""
    value = array(value, what)
    expect(value.shape == shape, f"{what} should have shape {shape}, but it has {value.shape}")
    return value


def same(a: Any, b: Any) -> bool:
    """Equal up to what float32 rounds."""
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-6))


def schedule(betas: Array) -> tuple[Array, Array, Array]:
    """Tables of these betas, as p_sample and train get them."""
    return betas, 1 - betas, np.cumprod(1 - betas)


# --- make_spiral


def spiral(student: Student, n: int, noise: float, seed: int | None = None) -> Array:
    """Points of the student's spiral; with a seed, from generators that were set back to it."""
    if seed is not None:
        set_back(student, seed)
    return shaped(student.make_spiral(n, noise), (n, 2), f"make_spiral({n}, {noise:g})")


def set_back(student: Student, seed: int) -> None:
    student.make("set_back", student.rng, seed)


@todo("make_spiral")
@points(1)
def test_returns_n_points_in_the_plane(student, rng):
    for n in (1000, 257, int(rng.integers(300, 500))):
        spiral(student, n, 0.02)
    default = array(student.make_spiral(), "make_spiral()")
    expect(default.shape == (1000, 2), f"make_spiral() should make 1000 points; its shape is {default.shape}")


@todo("make_spiral")
@points(1)
def test_the_points_are_centred_and_about_1_wide(student):
    """Points that are only scaled, not standardised, have a mean that scatters by 1/sqrt(20000) = 0.007."""
    cloud = spiral(student, 20_000, 0.02)
    centre, spread = cloud.mean(axis=0), cloud.std(axis=0)
    expect(np.abs(centre).max() < 0.1, f"The mean should be near (0, 0), but it is {centre.round(2)}")
    expect(
        spread.min() > 0.3 and spread.max() < 1.3,
        f"Each coordinate should have a standard deviation of about 1, but they are {spread.round(2)}",
    )


@todo("make_spiral")
@points(1)
def test_every_call_gives_fresh_points(student):
    one, two = spiral(student, 300, 0.05), spiral(student, 300, 0.05)
    repeated = np.isclose(one[:, None], two[None], rtol=0, atol=1e-9).all(axis=2).any(axis=1).mean()
    expect(repeated < 0.5, "Two calls gave the same points: is a generator made inside the function?")


@todo("make_spiral")
@points(1)
def test_randomness_comes_from_the_notebooks_rng(student):
    """Only rng is set back, so a generator of one's own, or np.random, goes on elsewhere."""
    clouds = []
    for _ in range(2):
        student.make("set_back", student.rng, 2024, False)
        clouds.append(spiral(student, 300, 0.05))
    expect(
        np.array_equal(*clouds),
        "All randomness should come from the notebook's rng; after it was set back, the points were different",
    )


def strands(cloud: Array, rng: np.random.Generator) -> tuple[Array, Array, float]:
    """Points of a cloud without jitter, the directions of the curve there, and how thick it is for its length."""
    _, cell, count = np.unique(np.floor(cloud / 0.1), axis=0, return_inverse=True, return_counts=True)
    even = 1 / count[cell.ravel()]  # half of the places are spread evenly, half lie where points are dense
    chosen = cloud[rng.choice(len(cloud), 480, replace=False, p=(even / even.sum() + 1 / len(cloud)) / 2)]
    distance = ((chosen[:, None] - cloud[None]) ** 2).sum(axis=2)
    best = (chosen, chosen, np.inf)
    for k in (10, 40, 120):  # few neighbours where turns lie close together, many where points are a little off
        near = cloud[np.argpartition(distance, k, axis=1)[:, :k]]
        near = near - near.mean(axis=1, keepdims=True)
        values, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", near, near))
        thickness = float(np.median(values[:, 0] / np.maximum(values[:, 1], 1e-30)))
        if thickness < best[2]:
            best = (chosen, vectors[:, :, 1], thickness)
    return best


def polar(places: Array, tangents: Array, centre: Array, stretch: Array) -> tuple[Array, Array, Array]:
    """Radius, and the tangent's parts along the radius and along the angle, seen from `centre`.

    Standardising moves the centre of a spiral and stretches its axes: both are undone here.
    """
    seen, tangents = (places - centre) * stretch, tangents * stretch
    r = np.linalg.norm(seen, axis=-1) + 1e-12
    outward = (seen * tangents).sum(axis=-1) / r
    around = (seen[..., 0] * tangents[..., 1] - seen[..., 1] * tangents[..., 0]) / r
    return r, outward, around


def look_from_the_best_centre(cloud: Array, places: Array, tangents: Array) -> tuple[float, float]:
    """Where the radius grows with the angle on most of the curve: on which share of it, and the turns of an arm.

    No assumption on arms, direction or radius law: along any arm d radius / d angle has one sign, and a turn is
    the integral of d angle / d radius over the radius.
    """
    scale = places.std(axis=0).mean()
    centre, width, best = np.zeros(2), 0.7 * scale, (-1.0, np.zeros(2), np.ones(2))
    stretches = [np.array([1.0, s]) for s in (0.75, 0.87, 1.0, 1.15, 1.33)]
    for finer in (0.03, 0.01, 0.003, 0):
        steps = np.linspace(-width, width, 9)
        for dx, dy, stretch in itertools.product(steps, steps, stretches):
            here = centre + (dx, dy)
            r, outward, around = polar(places, tangents, here, stretch)
            grows = outward * around > 0
            grows = grows[r > 0.02 * r.max()]  # nearer, the centre is not known well enough
            share = max(grows.mean(), 1 - grows.mean())
            slope = np.arctan2(np.abs(outward), np.abs(around))[np.argsort(r)]
            score = share - 0.3 * np.abs(np.diff(slope)).mean()  # seen from its centre a spiral's slope is smooth
            if score > best[0]:
                best = (score, here, stretch, share)
        centre, width = best[1], width / 4
        stretches = [best[2] * np.array([1.0, s]) for s in (1 - finer, 1.0, 1 + finer)]
    r, outward, around = polar(places, tangents, best[1], best[2])
    ends, turns = np.linalg.norm((cloud - best[1]) * best[2], axis=1), 0.0
    parts = np.array_split(np.argsort(r), 24)
    edges = [ends.min(), *(r[part[0]] for part in parts[1:]), ends.max()]
    for part, width in zip(parts, np.diff(edges), strict=True):
        growth = np.median(np.abs(outward[part]) * r[part] / np.maximum(np.abs(around[part]), 1e-9))
        turns += width / max(growth, 1e-9) / (2 * np.pi)
    return best[3], turns


@todo("make_spiral")
@points(2)
def test_without_jitter_the_radius_grows_with_the_angle_for_a_turn_or_more(student, rng):
    """For exactly one turn the estimate was 0.86 or more in 120 trials (radius laws from the root to the square of the
    angle, exponentials, three densities), for half a turn 0.77 or less. Two thirds of a turn may slip through."""
    cloud = spiral(student, 12_000, 0.0)
    places, tangents, thickness = strands(cloud, rng)
    expect(thickness < 0.05, "With noise=0 the points should lie on a curve, but they are scattered")
    share, turns = look_from_the_best_centre(cloud, places, tangents)
    expect(
        share > 0.9,
        "The radius should grow with the angle all along the arm, as in a spiral; seen from the best centre it "
        f"does so on {100 * share:.0f} % of the curve (on a circle or a straight line it would not)",
    )
    expect(turns > 0.82, f"An arm should make at least one full turn; yours makes about {turns:.1f}")


def jitter(student: Student, noise: float, seed: int) -> Array:
    """What `noise` added to the points: the same draws with and without it, after undoing shift and scale.

    Nothing is assumed on the order of the draws, only that it is the same when the function runs again.
    """
    n = 20_000
    clean, noisy = spiral(student, n, 1e-9, seed), spiral(student, n, noise, seed)
    added = np.empty((n, 2))
    for k in range(2):
        basis = np.column_stack([clean[:, k], np.ones(n)])
        added[:, k] = noisy[:, k] - basis @ np.linalg.lstsq(basis, noisy[:, k], rcond=None)[0]
    return added


@todo("make_spiral")
@points(1)
def test_more_noise_gives_more_jitter(student, rng):
    """The standard deviation of 40,000 numbers is known to 0.4 %; each doubling should make it 2 times larger."""
    seed = int(rng.integers(2**31))
    sizes = [jitter(student, noise, seed).std() for noise in (0.02, 0.04, 0.08)]
    expect(sizes[0] > 1e-5, "With noise=0.02 the points should have more jitter than with none: is noise used?")
    expect(
        sizes[1] > 1.2 * sizes[0] and sizes[2] > 1.2 * sizes[1],
        f"The jitter should grow with noise; for 0.02, 0.04 and 0.08 it is {np.round(sizes, 3)}",
    )


@todo("make_spiral")
@points(1)
def test_the_jitter_is_gaussian_and_independent_in_both_coordinates(student, rng):
    """False alarm: 1e-7 for each coordinate's shape (the slack covers mean and scale taken from the sample, both
    within 5 standard errors), 3e-12 for each correlation. Uniform jitter is 0.057 away (threshold 0.041); jitter
    of the radius or the angle alone, or one number for both coordinates, shows as a correlation above 0.2."""
    added = jitter(student, 0.05, int(rng.integers(2**31)))
    x, y = added.T
    for name, values in (("x", x), ("y", y)):
        expect(values.std() > 1e-5, f"There should be jitter on both coordinates, but {name} has none")
    unrelated(x, y, "The jitter of x and y should be independent: draw a number for each coordinate")
    unrelated(np.abs(x), np.abs(y), "The jitter should be added to x and y, not to the radius or the angle")
    unrelated(x[1:], x[:-1], "Each point should get jitter of its own")
    for name, values in (("x", x), ("y", y)):
        standard_normal(values / values.std(), f"The jitter of {name}, divided by its standard deviation,", slack=0.02)


# --- make_linear_beta_schedule


def tables(student: Student, *args: Any, **kwargs: Any) -> tuple[Array, Array, Array]:
    """The three arrays of the student's schedule."""
    answer = student.make_linear_beta_schedule(*args, **kwargs)
    expect(
        isinstance(answer, (tuple, list)) and len(answer) == 3,
        "make_linear_beta_schedule should return three arrays: betas, alphas, alpha_bars",
    )
    betas, alphas, alpha_bars = (array(v, n) for v, n in zip(answer, ("betas", "alphas", "alpha_bars"), strict=True))
    return betas, alphas, alpha_bars


@todo("make_linear_beta_schedule")
@points(1)
def test_returns_three_arrays_of_length_T(student):
    for T in (2, 17, 400):
        tables(student, T=T, beta_start=0.001, beta_end=0.02)
        answer = student.make_linear_beta_schedule(T=T, beta_start=0.001, beta_end=0.02)
        for name, values in zip(("betas", "alphas", "alpha_bars"), answer, strict=True):
            expect(isinstance(values, np.ndarray), f"{name} should be an array, but it is a {type(values).__name__}")
            expect(values.shape == (T,), f"For T={T}, {name} should have shape ({T},), but it has {values.shape}")


@todo("make_linear_beta_schedule")
@points(2)
def test_betas_run_from_beta_start_to_beta_end_both_included(student, rng):
    for T in (11, 40):
        start, end = rng.uniform(0.01, 0.05), rng.uniform(0.2, 0.4)
        betas = tables(student, T, start, end)[0]
        expect(len(betas) > 1, "betas should have an entry for each step")
        step = (end - start) / T
        close(betas[0], start, "betas should begin with beta_start", {
            "the first beta is already one step further: count from 0": start + step,
            "the first beta is already one step further, and one apart from linspace": start + (end - start) / (T - 1),
            "the betas run backwards": end,
            "the betas are the alphas": 1 - start,
            "beta_start is ignored: the default is used": 1e-4,
        })  # fmt: skip
        close(betas[-1], end, "betas should end with beta_end, included", {
            "the end is left out (endpoint=False, or a division by T where it should be T - 1)": end - step,
            "the betas run backwards": start,
            "the last beta is one step too far": end + (end - start) / (T - 1),
            "the betas are the alphas": 1 - end,
            "beta_end is ignored: the default is used": 5e-3,
        })  # fmt: skip


@todo("make_linear_beta_schedule")
@points(1)
def test_betas_are_evenly_spaced(student):
    betas = tables(student, 50, 0.01, 0.3)[0]
    steps = np.diff(betas)
    sentence = "betas should be evenly spaced: every step between neighbours the same"
    roots, logs = np.diff(np.sqrt(np.abs(betas))), np.diff(np.log(np.abs(betas) + 1e-30))
    for cause, other in (("the square roots are evenly spaced, not the betas", roots),
                         ("the spacing is geometric", logs)):  # fmt: skip
        expect(same(steps, steps[0]) or not same(other, other[0]), f"{sentence}. It looks as if {cause}")
    close(steps, np.full(49, steps.mean()), sentence)
    expect(abs(steps.mean()) > 1e-4, f"{sentence}, but they are all equal")


@todo("make_linear_beta_schedule")
@points(1)
def test_alphas_are_one_minus_betas(student):
    betas, alphas, _ = tables(student, 23, 0.02, 0.35)
    close(alphas, 1 - betas, "alphas should be 1 - betas", {
        "the square root was taken": np.sqrt(np.abs(1 - betas)),
        "the betas themselves were returned": betas,
        "alphas and alpha_bars changed places": np.cumprod(1 - betas),
        "1 + betas was computed": 1 + betas,
    })  # fmt: skip


@todo("make_linear_beta_schedule")
@points(2)
def test_alpha_bars_are_the_running_product_of_alphas(student):
    """Judged against the student's own betas and alphas, each of which is charged where it is asked for."""
    for T, start, end in ((23, 0.02, 0.35), (1000, 1e-4, 0.02)):
        betas, alphas, bars = tables(student, T, start, end)
        own = 1 - betas
        if bars.shape == alphas.shape and np.allclose(bars, np.cumprod(alphas), rtol=1e-2, atol=1e-7):
            continue
        product = np.cumprod(own)
        close(bars, product, "alpha_bars should multiply up the alphas, step by step", {
            "the alphas were added up (cumsum)": np.cumsum(own),
            "the betas were multiplied, not the alphas": np.cumprod(betas),
            "the betas were added up": np.cumsum(betas),
            "one minus the sum of the betas was taken": 1 - np.cumsum(betas),
            "each product stops one step early: alpha_bars[k] includes alphas[k]": np.append(1.0, product[:-1]),
            "every entry is the product of all alphas": np.full(T, product[-1]),
            "alpha_bars are just the alphas": own,
            "the square root was taken already": np.sqrt(np.abs(product)),
            "1 - alpha_bar was returned": 1 - product,
            "the products run from the last step to the first": np.cumprod(own[::-1])[::-1],
        }, rtol=1e-2, atol=1e-7)  # fmt: skip


@todo("make_linear_beta_schedule")
@points(1)
def test_the_defaults_are_those_of_the_signature(student):
    """Loose on purpose: how the ends are treated is charged above."""
    betas = tables(student)[0]
    expect(len(betas) == 100, f"Without arguments there should be T=100 steps, but there are {len(betas)}")
    close(betas[0], 1e-4, "Without arguments betas should begin at 1e-4", atol=6e-5)
    close(betas[-1], 5e-3, "Without arguments betas should end at 5e-3", atol=1e-4)


# --- q_sample


def noised(student: Student, x0: Any, t: Any, alpha_bars: Any) -> tuple[Array, Array]:
    """(x_t, eps) from the student's q_sample."""
    x_t, eps = pair(student.q_sample(x0, t, alpha_bars), "What q_sample returns")
    return shaped(x_t, x0.shape, "x_t"), shaped(eps, x0.shape, "eps")


def noised_at(student: Student, x0: Any, t: int, alpha_bars: Any) -> tuple[Array, Array]:
    """The same for a single t; as an array where the student's q_sample takes no single t, which is charged once."""
    try:
        return noised(student, x0, t, alpha_bars)
    except StudentError as error:
        if error.kind == "NotImplementedError":
            raise
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


def mix_at(student: Student, rng: np.random.Generator, t: int, alpha_bars: Array) -> tuple[float, float]:
    x0 = SIZE * rng.normal(size=(200, 2))
    x_t, eps = noised_at(student, x0, t, alpha_bars)
    return mix(x0, eps, x_t)


def decreasing(rng: np.random.Generator, T: int) -> Array:
    """Some alpha_bars: clearly apart, in random steps."""
    return np.cumprod(rng.uniform(0.7, 0.95, size=T))


@todo("q_sample")
@points(1)
def test_returns_x_t_and_eps_shaped_like_x0(student, rng):
    for n in (1, 2, 7, 100):
        noised(student, rng.normal(size=(n, 2)), 3, decreasing(rng, 9))


@todo("q_sample")
@points(1)
def test_eps_is_the_noise_in_x_t(student, rng):
    expect(
        mix_at(student, rng, 4, decreasing(rng, 9))[1] != 0,
        "x_t should be a multiple of x0 plus a multiple of the eps that is returned, but it is not: was noise drawn "
        "twice, or is there none?",
    )


@todo("q_sample")
@points(1.5)
def test_the_signal_is_scaled_by_the_root_of_alpha_bar(student, rng):
    """All alpha_bars are equal here, so that a wrong index is charged elsewhere. Both coefficients come from a fit."""
    for level in (rng.uniform(0.15, 0.35), rng.uniform(0.6, 0.85)):
        a, _ = mix_at(student, rng, 3, np.full(8, level))
        close(a, np.sqrt(level), f"With alpha_bar = {level:.2f}, x0 should be scaled by the root of alpha_bar", {
            "the signal is scaled by alpha_bar, without the square root": level,
            "the two factors changed places": np.sqrt(1 - level),
            "the factors changed places and the square roots are missing": 1 - level,
            "the square root was taken twice": level**0.25,
            "the signal is not scaled at all": 1.0,
            "x0 is divided by the root": 1 / np.sqrt(level),
            "x0 does not enter x_t": 0.0,
        }, rtol=1e-3)  # fmt: skip


@todo("q_sample")
@points(1.5)
def test_the_noise_is_scaled_by_the_root_of_one_minus_alpha_bar(student, rng):
    for level in (rng.uniform(0.15, 0.35), rng.uniform(0.6, 0.85)):
        _, b = mix_at(student, rng, 3, np.full(8, level))
        close(b, np.sqrt(1 - level), f"With alpha_bar = {level:.2f} eps should be scaled by root 1 - alpha_bar", {
            "the noise is scaled by 1 - alpha_bar, without the square root": 1 - level,
            "the two factors changed places": np.sqrt(level),
            "the noise is scaled by alpha_bar": level,
            "the square root was taken twice": (1 - level) ** 0.25,
            "the noise is scaled by 1 - sqrt(alpha_bar)": 1 - np.sqrt(level),
            "the noise is not scaled at all": 1.0,
            "the noise is taken away, not added": -np.sqrt(1 - level),
            "the eps that is returned is not the one in x_t": 0.0,
            "the eps that is returned is already scaled: return the standard normal numbers": 1.0,
        }, rtol=1e-3, atol=1e-4)  # fmt: skip


@todo("q_sample")
@points(1)
def test_step_t_uses_alpha_bars_t_minus_1(student, rng):
    """Which entries matter is seen by changing them, so it does not depend on the formula."""
    bars = decreasing(rng, 9)
    for t in (1, 4, 9):
        before = mix_at(student, rng, t, bars)
        here, others = bars.copy(), bars * 0.9
        here[t - 1] *= 0.9
        others[t - 1] = bars[t - 1]
        asked = f"Steps count from 1, so step {t} of 9 should use alpha_bars[{t - 1}]"
        moved = not np.allclose(before, mix_at(student, rng, t, here), rtol=1e-3, atol=1e-4)
        expect(moved, f"{asked}, but changing this entry changes nothing: is the index off by one?")
        still = np.allclose(before, mix_at(student, rng, t, others), rtol=1e-3, atol=1e-4)
        expect(still, f"{asked} alone, but other entries matter as well")


@todo("q_sample")
@points(1)
def test_a_vector_of_steps_gives_each_row_its_own(student, rng):
    """Rows with the same t must be mixed as the student's own q_sample mixes them for that single t."""
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
        for name, step in (("first", t[0]), ("last", t[-1])):
            shared = n > 2 and fits(np.full(n, step))
            expect(not shared, f"{asked}. It looks as if the {name} row's step were used for all rows.")
        square = "; with 2 rows and 2 columns, give the factors a second axis of length 1" if n == 2 else ""
        expect(fits(t), f"{asked}, mixed as for that single step{square}")
    x0 = rng.normal(size=(2000, 2))
    _, eps = noised(student, x0, rng.choice(kinds, size=2000), bars)
    unrelated(eps[:, 0], eps[:, 1], "The two columns of eps should be independent, with an array t too")
    unrelated(eps[1:], eps[:-1], "The rows of eps should be independent, with an array t too")


@todo("q_sample")
@points(0.5)
def test_numpy_integers_are_steps_too(student, rng):
    bars = decreasing(rng, 8)
    plain = mix_at(student, rng, 5, bars)
    for kind in (np.int64, np.int32):
        x0 = SIZE * rng.normal(size=(200, 2))
        numpys = mix(x0, *noised(student, x0, kind(5), bars)[::-1])
        close(
            np.array(numpys),
            np.array(plain),
            f"t as a NumPy integer ({kind.__name__}) should do what a Python integer does",
            rtol=1e-3,
        )


@todo("q_sample")
@points(1)
def test_eps_is_standard_normal(student, rng):
    """False alarm 1e-7 (40,000 numbers, threshold 0.017); see `standard_normal` for what it tells apart."""
    _, eps = noised_at(student, rng.normal(size=(20_000, 2)), 2, decreasing(rng, 5))
    standard_normal(eps, "eps")


@todo("q_sample")
@points(0.5)
def test_each_number_of_eps_is_drawn_for_itself(student, rng):
    """Correlations of 20,000 pairs at 7 standard errors: false alarm 3e-12 each, 4 of them. Broadcast, tiled or
    mirrored noise has correlation 1."""
    n = 20_000
    x0 = rng.normal(size=(n, 2))
    _, eps = noised_at(student, x0, 2, decreasing(rng, 5))
    shared = "noise was drawn once and broadcast"
    unrelated(eps[:, 0], eps[:, 1], f"The two columns of eps should be independent: it looks as if {shared}")
    unrelated(eps[1:, 0], eps[:-1, 0], f"The rows of eps should be independent: it looks as if {shared}")
    unrelated(eps[: n // 2], eps[n // 2 :], "The rows of eps should be independent, but they repeat")
    unrelated(eps, x0, "eps should not depend on x0")


@todo("q_sample")
@points(0.5)
def test_eps_is_fresh_at_each_call(student, rng):
    """1000 pairs: false alarm 3e-12."""
    x0, bars = rng.normal(size=(500, 2)), decreasing(rng, 5)
    one, two = (noised_at(student, x0, 3, bars)[1] for _ in range(2))
    unrelated(one, two, "Each call should draw new noise, but two calls gave related eps: is a generator with a fixed "
                        "seed made inside the function?")  # fmt: skip


@todo("q_sample")
@points(0.5)
def test_the_arguments_are_left_as_they_were(student, rng):
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
        expect(
            np.array_equal(student.get(handle), value),
            f"q_sample changed its argument {name}, so the next call goes wrong: make a new array",
        )


# --- forward_network and backward_network


def network(
    rng: np.random.Generator,
    sizes: tuple[int, int, int] = (3, 5, 2),
    positive: tuple[int, ...] = (),
    biases: bool = True,
) -> dict:
    """A float64 network like make_network's, without momentum; layers in `positive` have positive weights only."""
    n_in, hidden, n_out = sizes
    net: dict[str, Any] = {}
    for layer, shape in enumerate(((n_in, hidden), (hidden, hidden), (hidden, n_out)), start=1):
        weights, bias = rng.normal(size=shape), rng.normal(size=shape[1]) * biases
        net[f"W{layer}"] = np.abs(weights) + 0.1 if layer in positive else weights
        net[f"b{layer}"] = np.abs(bias) if layer in positive else bias
    velocities = {name: np.zeros_like(value) for name, value in net.items()}
    return {**net, "momentum": 0.0, "velocities": velocities}


def layers(
    net: dict, x: Array, relus: tuple[int, ...] = (1, 1, 0), biases: tuple[int, ...] = (1, 1, 1)
) -> tuple[list[Array], list[Array]]:
    """What goes into each activation and what comes out of it, for a network with these ReLUs and biases."""
    before, after = [], [x]
    for layer in range(3):
        before.append(after[-1] @ net[f"W{layer + 1}"] + biases[layer] * net[f"b{layer + 1}"])
        after.append(np.maximum(before[-1], 0) if relus[layer] else before[-1])
    return before, after


def output(net: dict, x: Array, **kind: Any) -> Array:
    return layers(net, x, **kind)[1][-1]


def forward(student: Student, net: Any, x: Any) -> tuple[Any, Handle]:
    """The student's output, and the cache, which stays there whatever it is."""
    answer = student.hold(student.forward_network, net, x)
    kind = answer._reference["type"]
    expect(kind != "NoneType", "forward_network returned None: is a `return` missing?")
    expect(kind != "ndarray", "forward_network should return two things, (out, cache), but it returned one array")
    return student.get(student.part(answer, 0)), student.part(answer, 1)


def judged_forward(student: Student, net: dict, x: Array, statement: str, causes: dict[str, Array]) -> None:
    out = shaped(forward(student, net, x)[0], (len(x), net["b3"].size), "the network's output")
    close(out, output(net, x), statement, causes)


def positive_inputs(rng: np.random.Generator, n: int = 6) -> Array:
    return rng.uniform(0.1, 1.0, size=(n, 3))


@todo("forward_network")
@points(1)
def test_returns_an_output_for_each_row_and_a_cache(student, rng):
    for n, sizes in ((1, (3, 4, 2)), (5, (3, 9, 2)), (64, (4, 16, 3))):
        net, x = network(rng, sizes), rng.normal(size=(n, sizes[0]))
        answer = student.hold(student.forward_network, net, x)
        shaped(forward(student, net, x)[0], (n, sizes[2]), "the network's output")
        try:
            student.part(answer, 2)
        except StudentError:
            continue
        raise AssertionError("forward_network should return two things, (out, cache), but there are more")


@todo("forward_network")
@points(1.5)
def test_three_linear_layers_follow_one_another(student, rng):
    """No biases, and everything positive: ReLU does nothing here."""
    for n in (6, 1):
        net, x = network(rng, positive=(1, 2, 3), biases=False), positive_inputs(rng, n)
        first = x @ net["W1"]
        judged_forward(student, net, x, "Three linear layers should follow one another: x @ W1, then @ W2, then @ W3", {
            "the second layer is left out": first @ net["W3"],
            "the second layer is used twice": first @ net["W2"] @ net["W2"] @ net["W3"],
            "W2 is transposed": first @ net["W2"].T @ net["W3"],
        })  # fmt: skip


@todo("forward_network")
@points(1)
def test_relu_follows_the_first_layer(student, rng):
    net, x = network(rng, positive=(2, 3), biases=False), rng.normal(size=(6, 3))
    judged_forward(student, net, x, "ReLU should follow the first layer", {
        "there is no ReLU after the first layer": output(net, x, relus=(0, 1, 0)),
        "there is no ReLU between the layers": output(net, x, relus=(0, 0, 0)),
        "there is no ReLU between the layers, but one at the end": output(net, x, relus=(0, 0, 1)),
        "ReLU keeps the negative numbers": output({**net, "W1": -net["W1"], "W2": -net["W2"]}, x),
    })  # fmt: skip


@todo("forward_network")
@points(1)
def test_relu_follows_the_second_layer(student, rng):
    net, x = network(rng, positive=(1, 3), biases=False), positive_inputs(rng)
    judged_forward(student, net, x, "ReLU should follow the second layer", {
        "there is no ReLU after the second layer": output(net, x, relus=(1, 0, 0)),
        "there is no ReLU after the second layer, but one at the end": output(net, x, relus=(1, 0, 1)),
    })  # fmt: skip


@todo("forward_network")
@points(1)
def test_nothing_follows_the_third_layer(student, rng):
    net, x = network(rng, positive=(1, 2), biases=False), positive_inputs(rng)
    net["W3"][:, 0] = -np.abs(net["W3"][:, 0])  # some of the outputs are negative, whatever was drawn
    out = output(net, x)
    judged_forward(student, net, x, "Nothing should follow the third layer: noise is negative half of the time", {
        "there is a ReLU at the end": np.maximum(out, 0),
        "there is a tanh at the end": np.tanh(out),
        "there is a sigmoid at the end": 1 / (1 + np.exp(-out)),
    })  # fmt: skip


@todo("forward_network")
@points(1.5)
def test_every_layer_adds_its_bias(student, rng):
    net, x = network(rng, positive=(1, 2, 3)), positive_inputs(rng)
    some = {f"the biases of layers {missing} are left out": output(net, x, biases=used)
            for used, missing in (((0, 0, 0), "1, 2 and 3"), ((0, 0, 1), "1 and 2"), ((0, 1, 0), "1 and 3"),
                                  ((1, 0, 0), "2 and 3"))}  # fmt: skip
    one = {f"b{k + 1} is left out": output(net, x, biases=tuple(int(i != k) for i in range(3))) for k in range(3)}
    judged_forward(student, net, x, "Each layer should add its bias, x @ W + b", some | one)
    expect_biases_inside(student, *mixed_case(rng)[:2])


def expect_biases_inside(student: Student, net: dict, x: Array) -> None:
    """The biases belong into the ReLU. Which ReLUs there are is charged above, so any of them will do here."""

    def relus_of(net: dict) -> list[tuple[int, ...]]:
        out = array(forward(student, net, x)[0], "the network's output")
        return [relus for relus in itertools.product((1, 0), repeat=3) if same(out, output(net, x, relus=relus))]

    without = net | {name: np.zeros_like(net[name]) for name in ("b1", "b2", "b3")}
    expect(not relus_of(without) or bool(relus_of(net)), "Each layer should add its bias before ReLU, not after it")


@todo("forward_network")
@points(1)
def test_neither_net_nor_x_is_changed(student, rng):
    net, x = network(rng), rng.normal(size=(6, 3))
    there, inputs = student.put(net), student.put(x)
    forward(student, there, inputs)
    expect(np.array_equal(student.get(inputs), x), "forward_network changed its input x: make a new array")
    after = student.get(there)
    for name in PARAMETERS:
        kept = np.array_equal(array(after.get(name), name), net[name])
        expect(kept, f"forward_network changed net['{name}']: make a new array")


def gradients(net: dict, x: Array, grad_out: Array, **kind: Any) -> dict[str, Array]:
    """Gradients that the textbook's backward pass gets from what a forward pass of this kind computed."""
    before, after = layers(net, x, **kind)
    found, grad = {}, grad_out
    for layer in (3, 2, 1):
        found |= {f"W{layer}": after[layer - 1].T @ grad, f"b{layer}": grad.sum(axis=0)}
        if layer > 1:
            grad = (grad @ net[f"W{layer}"].T) * (before[layer - 2] > 0)
    return found


def right_gradients(student: Student, net: dict, x: Array, grad_out: Array) -> Iterator[dict[str, Array]]:
    """What may count as right, so that a mistake in forward_network is charged there and not here again.

    First the textbook's backward pass over what the student's forward pass computed, where its output shows which
    network it computed (the right one, or one with a ReLU or a bias too many or too few); then, whatever the
    student's forward pass is, its derivatives by finite differences.
    """
    try:
        out = array(forward(student, net, x)[0], "the network's output")
    except AssertionError:  # no answer at all: charged there
        yield gradients(net, x, grad_out)
        return
    for relus, biases in itertools.product(itertools.product((1, 0), repeat=3), repeat=2):
        kind = {"relus": (relus[0], relus[1], 1 - relus[2]), "biases": biases}
        if same(out, output(net, x, **kind)):
            yield gradients(net, x, grad_out, **kind)
    for h in (2e-3, 1e-6):
        yield finite_differences(student, net, x, grad_out, h)


def finite_differences(student: Student, net: dict, x: Array, grad_out: Array, h: float) -> dict[str, Array]:
    """Derivatives of sum(grad_out * out) of the student's own forward pass.

    A piecewise linear network has no error but rounding, unless a pre-activation is nearer to 0 than h. Rounding
    to float32 costs 1e-4 with h = 2e-3; the small h is for float64, where it costs less.
    """
    found = {}
    for name in PARAMETERS:
        found[name] = np.zeros_like(net[name])
        for index in np.ndindex(net[name].shape):
            sides = []
            for step in (h, -h):
                moved = net | {name: net[name].copy()}
                moved[name][index] += step
                sides.append(np.sum(grad_out * array(forward(student, moved, x)[0], "the network's output")))
            found[name][index] = (sides[0] - sides[1]) / (2 * h)
    return found


def usual_caches(net: dict, x: Array) -> list[Any]:
    """Stand-ins for the cache of a forward_network that gives none: the layouts that most people choose."""
    (z1, z2, out), (_, h1, h2, _) = layers(net, x)
    named = {"x": x, "z1": z1, "h1": h1, "a1": h1, "z2": z2, "h2": h2, "a2": h2, "out": out, "z3": out, "X": x}
    orders = ((x, z1, h1, z2, h2), (x, z1, h1, z2, h2, out), (x, h1, h2), (x, z1, z2, h1, h2), (x, z1, z2))
    return [*orders, named]


def advance(student: Student, there: Handle, net: dict, x: Array, grad_out: Array, lr: float) -> None:
    """Run the student's two functions once on `there`, which holds the network `net`."""
    try:
        cache = forward(student, there, x)[1]
    except AssertionError as broken:  # forward_network is charged for that; here a stand-in must do
        cache = fitting_cache(student, net, x, grad_out, str(broken))
    student.hold(student.backward_network, there, cache, grad_out, lr)


def fitting_cache(student: Student, net: dict, x: Array, grad_out: Array, broken: str) -> Any:
    """The usual cache that the student's backward_network makes sense of."""
    for cache in usual_caches(net, x):
        scratch = student.put(net | {"momentum": 0.0})
        try:
            student.hold(student.backward_network, scratch, cache, grad_out, 1.0)
        except StudentError as error:
            if error.kind == "NotImplementedError":
                raise
            continue
        if along(moved(student, net, scratch)["W3"], gradients(net, x, grad_out)["W3"]):
            return cache
    raise AssertionError(
        f"backward_network reads the cache that forward_network makes, and there is none: {broken} None of the "
        "usual caches fits either."
    )


def update(student: Student, net: dict, x: Array, grad_out: Array, lr: float) -> dict[str, Array]:
    """How far one update without momentum moves each parameter downhill: before - after.

    Where nothing moves, momentum may be the reason: then half of it is tried, over two updates from the same weights.
    """
    for momentum, scale in ((0.0, 1.0), (0.5, 2.0)):
        given = net | {"momentum": momentum}
        there = student.put(given)
        for _ in range(2):
            advance(student, there, given, x, grad_out, lr)
            steps = moved(student, given, there)
            if any(np.any(step) for step in steps.values()):
                return {name: scale * step for name, step in steps.items()}
    return steps


def moved(student: Student, before: dict, there: Handle) -> dict[str, Array]:
    after = student.get(there)
    return {n: before[n] - shaped(after.get(n), before[n].shape, f"net['{n}'] after the update") for n in PARAMETERS}


def velocities(student: Student, net: dict, x: Array, grad_out: Array) -> dict[str, Array]:
    """The velocities after one update: they still show the gradients of a net whose weights do not move."""
    there = student.put(net)
    advance(student, there, net, x, grad_out, 1.0)
    kept = student.get(there)["velocities"]
    return {n: shaped(kept.get(n), net[n].shape, f"net['velocities']['{n}']") for n in PARAMETERS}


def along(step: Array, gradient: Array) -> float:
    """The factor c of step = c * gradient, 0 where the directions differ.

    1e-3 of the largest entry: above finite differences in float32 (1e-4), below any wrong term.
    """
    c = float(np.sum(step * gradient) / max(np.sum(gradient**2), 1e-30))
    off = np.abs(step - c * gradient).max()
    return c if abs(c) > 1e-9 and off <= 1e-3 * np.abs(c * gradient).max() else 0.0


def factors(student: Student, net: dict, x: Array, grad_out: Array, steps: dict[str, Array]) -> dict[str, float]:
    """For each parameter the factor between its step and its gradient; 0 where the directions differ."""
    found = dict.fromkeys(PARAMETERS, 0.0)
    for right in right_gradients(student, net, x, grad_out):
        found = {name: found[name] or along(steps[name], right[name]) for name in PARAMETERS}
        if all(found[name] for name in PARAMETERS if np.any(steps[name])):
            break
    return found


def directions(student: Student, net: dict, x: Array, grad_out: Array) -> tuple[dict[str, float], dict[str, Array]]:
    """`factors` of one update and its steps, or those of the velocities: that nothing moves is charged on its own."""
    steps = update(student, net, x, grad_out, 1.0)
    if not any(np.any(step) for step in steps.values()):
        steps = velocities(student, net, x, grad_out)
    return factors(student, net, x, grad_out, steps), steps


def linear_case(rng: np.random.Generator, n: int = 6) -> tuple[dict, Array, Array]:
    """Everything positive: the masks are all 1, and no ReLU, wherever it stands, changes anything."""
    return network(rng, positive=(1, 2, 3)), positive_inputs(rng, n), rng.normal(size=(n, 2))


def mixed_case(rng: np.random.Generator, sizes: tuple[int, int, int] = (3, 6, 2)) -> tuple[dict, Array, Array]:
    """Pre-activations of both signs in every layer, none near 0, where the derivative is anyone's choice."""
    while True:
        net, x = network(rng, sizes), rng.normal(size=(8, 3))
        before, _ = layers(net, x)
        signs = [np.mean(z > 0) for z in before]
        if min(np.abs(z).min() for z in before) > 0.02 and all(0.3 < s < 0.7 for s in signs):
            return net, x, rng.normal(size=(8, 2))


def expect_directions(student: Student, rng: np.random.Generator, names: tuple[str, ...]) -> None:
    net, x, grad_out = linear_case(rng)
    found, steps = directions(student, net, x, grad_out)
    for name in names:
        if found[name]:
            continue
        asked = f"The step of {name} should follow the derivative of the loss with respect to {name}"
        expect(np.any(steps[name]), f"{asked}, but {name} did not move at all")
        right = gradients(net, x, grad_out)
        _, (_, _, h2, _) = layers(net, x)
        wrong = {
            "the layer's output stands where its input should": {"W2": h2.T @ (grad_out @ net["W3"].T)},
            "its input is x, not the layer before": {"W2": np.resize(x.T @ grad_out, net["W2"].shape)},
            "grad_out was summed over the columns": {"b3": np.full(2, grad_out.sum())},
            "only the first row is used": {n: gradients(net, x[:1], grad_out[:1])[n] for n in PARAMETERS},
            "only the last row is used": {n: gradients(net, x[-1:], grad_out[-1:])[n] for n in PARAMETERS},
            "W3 was updated before the gradient went back through it": gradients(
                net | {"W3": net["W3"] - right["W3"]}, x, grad_out
            ),
            "W2 was not transposed on the way back": {
                "W1": x.T @ (grad_out @ net["W3"].T @ net["W2"]),
                "b1": (grad_out @ net["W3"].T @ net["W2"]).sum(axis=0),
            },
        }
        for cause, values in wrong.items():
            if name in values and along(steps[name], values[name]):
                raise AssertionError(f"{asked}. It looks as if {cause}.")
        c = float(np.sum(steps[name] * right[name]) / np.sum(right[name] ** 2))
        off = np.abs(steps[name] - c * right[name]).max() / max(np.abs(steps[name]).max(), 1e-30)
        raise AssertionError(f"{asked}, but its entries are in other proportions (off by {100 * off:.0f} %)")


@todo("backward_network")
@points(1)
def test_the_gradient_of_W3_is_right(student, rng):
    expect_directions(student, rng, ("W3",))


@todo("backward_network")
@points(2)
def test_the_gradient_of_W2_is_right(student, rng):
    expect_directions(student, rng, ("W2",))


@todo("backward_network")
@points(2)
def test_the_gradient_of_W1_is_right(student, rng):
    expect_directions(student, rng, ("W1",))


@todo("backward_network")
@points(2)
def test_the_gradients_of_the_biases_are_right(student, rng):
    expect_directions(student, rng, ("b3", "b2", "b1"))


@todo("backward_network")
@points(2)
def test_each_relu_masks_the_gradient_of_its_own_layer(student, rng):
    """Only parameters that are right where all masks are 1 are asked here; the others are charged above."""
    whole, _ = directions(student, *linear_case(rng))
    sound = tuple(name for name in PARAMETERS if whole[name])
    expect(
        bool({"W2", "b2", "W1", "b1"} & set(sound)),
        "Each ReLU should mask the gradient of its own layer; it cannot be seen, since no gradient of the layers 1 "
        "and 2 is right even where the masks let everything through",
    )
    net, x, grad_out = mixed_case(rng)
    found, steps = directions(student, net, x, grad_out)
    (z1, z2, _), (_, h1, _, _) = layers(net, x)
    full = np.ones_like(z1)
    masks = {
        "there is no ReLU mask at all": (full, full),
        "the mask of layer 2 is missing": (z1 > 0, full),
        "the mask of layer 1 is missing": (full, z2 > 0),
        "the two masks changed places": (z2 > 0, z1 > 0),
        "the mask of layer 1 is used for both layers": (z1 > 0, z1 > 0),
        "the mask of layer 2 is used for both layers": (z2 > 0, z2 > 0),
        "the masks are turned round: they keep the negative side": (z1 < 0, z2 < 0),
        "relu was used where its derivative should be": (np.maximum(z1, 0), np.maximum(z2, 0)),
    }
    for name in sound:
        for cause, (first, second) in masks.items():
            two = (grad_out @ net["W3"].T) * second
            one = (two @ net["W2"].T) * first
            wrong = {"W2": h1.T @ two, "b2": two.sum(axis=0), "W1": x.T @ one, "b1": one.sum(axis=0)}
            if not found[name] and name in wrong and along(steps[name], wrong[name]):
                raise AssertionError(f"Each ReLU should mask the gradient of its own layer. It looks as if {cause}.")
        expect(
            bool(found[name]),
            f"A ReLU should let the gradient through where its own input is positive, and nowhere else; the gradient "
            f"of {name} says otherwise",
        )


@todo("backward_network")
@points(2)
def test_the_step_is_lr_times_the_gradient_downhill(student, rng):
    """The size and the sign of the step, for those parameters whose direction is right."""
    for n, lr in ((8, 0.25), (3, 0.04)):
        net, x, grad_out = linear_case(rng, n)
        found = factors(student, net, x, grad_out, update(student, net, x, grad_out, lr))
        sizes = {name: c / lr for name, c in found.items() if c}
        expect(bool(sizes), "The step should be lr times the gradient, but no parameter moves along its gradient")
        for name, size in sizes.items():
            close(size, 1.0, f"With momentum 0 the step of {name} should be lr times its gradient", {
                "the step goes uphill: the sign is wrong": -1.0,
                "the gradient is divided by N once more, though grad_out holds the 1/N": 1 / n,
                "the gradient is divided by N once more, and the sign is wrong": -1 / n,
                "the gradient is multiplied by N": float(n),
                "there is a 2 too many: grad_out holds it": 2.0,
                "a 2 was divided out": 0.5,
                "lr is ignored": 1 / lr,
                "lr is a fixed 1e-3": 1e-3 / lr,
                "lr is used twice": lr,
                "momentum is a fixed 0.9, not the net's": 0.1,
                "momentum is a fixed 0.999, not the net's": 0.001,
            }, rtol=2e-3)  # fmt: skip


@todo("backward_network")
@points(2)
def test_momentum_follows_its_rule_over_several_steps(student, rng):
    """Judged from the student's own gradients, read off by an update with momentum 0, sign and size included.

    Velocities are never looked at: their sign and scale are free, and start at 0 here.
    """
    m, lr, count = 0.7, 0.05, 5
    net, x, _ = mixed_case(rng)
    net["momentum"] = m
    there = student.put(net)
    velocity = {name: 0.0 for name in PARAMETERS}
    undamped, swapped, kept = dict(velocity), dict(velocity), dict(velocity)
    seen: dict[str, list[Array]] = {"steps": [], "rule": [], "undamped": [], "swapped": [], "forgotten": [], "late": []}
    for _ in range(count):
        now = net | {name: array(student.get(there)[name], name) for name in PARAMETERS}
        grad_out = rng.normal(size=(8, 2))
        g = update(student, now | {"momentum": 0.0}, x, grad_out, lr)  # lr times the gradient
        late = kept
        advance(student, there, now, x, grad_out, lr)
        steps = moved(student, now, there)
        for name in PARAMETERS:
            velocity[name] = m * velocity[name] + (1 - m) * g[name]
            undamped[name] = m * undamped[name] + g[name]
            swapped[name] = (1 - m) * swapped[name] + m * g[name]
        kept = dict(velocity)
        for key, values in (("steps", steps), ("rule", velocity), ("undamped", undamped), ("swapped", swapped),
                            ("forgotten", {n: (1 - m) * g[n] for n in PARAMETERS}), ("late", late)):  # fmt: skip
            seen[key].append(np.concatenate([np.ravel(values[n] + np.zeros_like(net[n])) for n in PARAMETERS]))
    steps = np.array(seen.pop("steps"))
    largest = np.abs(steps).max()
    expect(largest > 1e-7, "The parameters should move by lr times the velocity, but none moved")
    close(
        steps,
        np.array(seen["rule"]),
        "With momentum m the velocity should be m v + (1 - m) g, and the step lr v",
        {
            "the factor 1 - m of the gradient is missing (the undamped form)": seen["undamped"],
            "m and 1 - m changed places": seen["swapped"],
            "the new velocity is not stored in the net": seen["forgotten"],
            "there is no momentum: the step is lr g": np.array(seen["forgotten"]) / (1 - m),
            "the weights move by the old velocity, before it is updated": seen["late"],
        },
        rtol=1e-3,
        atol=1e-3 * largest,
    )


@todo("backward_network")
@points(1)
def test_the_net_that_was_passed_in_is_the_one_that_changes(student, rng):
    """float32 networks of two sizes, as the lab makes them, with one row and with many."""
    for n, sizes in ((1, (3, 4, 2)), (40, (3, 32, 2))):
        net, x = network(rng, sizes, positive=(1, 2, 3)), positive_inputs(rng, n).astype(np.float32)
        net = {k: v.astype(np.float32) if isinstance(v, np.ndarray) else v for k, v in net.items()}
        net["velocities"] = {k: v.astype(np.float32) for k, v in net["velocities"].items()}
        grad_out = rng.normal(size=(n, 2)).astype(np.float32)
        other = student.put(net)
        student.swap("network", other)
        steps = update(student, net, x, grad_out, 0.5)
        if np.any([np.any(step) for step in moved(student, net, other).values()]):
            raise AssertionError("backward_network should update the net passed in, not the global `network`")
        expect(
            any(np.any(step) for step in steps.values()),
            "backward_network should update the net that was passed in, but its weights are as before: is a copy "
            "updated, or are only the velocities?",
        )


# --- train

NO_FORWARD = "train should ask forward_network at every step"
STAND_INS = ("q_sample", "forward_network", "backward_network")


class Training:
    """One run of the student's train between stand-ins, and what they wrote down.

    The stand-ins compute nothing of what the TODOs ask, so the student's other functions do not matter. What was
    drawn is recovered from what came back, whatever the order; also where q_sample was written out inside train.
    """

    def __init__(
        self, student: Student, rng: np.random.Generator, n: int = 60, T: int = 7, steps: int = 12, lr: float = 0.05,
        smoothing: float = 0.6, offset: float = 0.0,
    ) -> None:  # fmt: skip
        self.X, self.T, self.n, self.steps = rng.normal(size=(n, 2)).astype(np.float32), T, n, steps
        self.tables = schedule(np.linspace(0.1, 0.4, T))
        net = network(rng, (3, 4, 2))
        net["b3"] = np.full(2, offset)
        self.network = student.put(net)
        tape = student.instrument("Tape", int(rng.integers(2**31)))
        for name in STAND_INS:
            student.swap(name, getattr(tape, name))
        for name, value in (("X", rng.normal(size=(5, 2))), ("T", T)):  # what train must take from its arguments
            student.swap(name, value)
        self.losses = student.train(self.network, self.X, T, *self.tables, steps=steps, lr=lr, smoothing=smoothing)
        self.noised, self.asked, self.updates = tape.noised, tape.asked, tape.updates
        self.moved = not np.array_equal(student.get(self.network)["b3"], net["b3"])

    def passes(self) -> list[dict]:
        """What was asked, answered and drawn for each forward pass that led to an update."""
        expect(bool(self.asked), f"{NO_FORWARD}, but it was never called")
        expect(bool(self.updates), "train should call backward_network at every step, but it was never called")
        used: dict[int, dict] = {}
        for number, updated in enumerate(self.updates):
            asked = self.asked[updated["asked"]]
            shape = asked["x"].shape  # whether these are all points is asked elsewhere
            expect(len(shape) == 2 and shape[1] == 3, f"The network's input should be [x_t, t/T], of shape (N, 3), "
                   f"but its shape is {shape}")  # fmt: skip
            used.setdefault(updated["asked"], asked | updated | self.drawn(number, asked, updated["grad"]))
        return list(used.values())

    def drawn(self, number: int, asked: dict, grad: Array) -> dict:
        """x0, t and eps of each row of the network's input; rows may come in any order.

        They are found by x_t in the input, or, where that is not in it, by the noise that the loss used.
        """
        rows = self.rows_since(number)
        if rows is None:
            return self.written_out(asked, grad)
        close_by, all_rows = 1e-4, {f"all_{k}": v for k, v in rows.items()}
        seen = [("x_t", asked["x"][:, :2])]
        if grad.shape == asked["out"].shape:
            seen += [("eps", asked["out"] - factor * grad) for factor in (len(grad) / 2, len(grad))]
        found: dict[str, Array] = {}
        for key, values in seen:
            distance = np.abs(values[:, None] - rows[key][None]).max(axis=2)
            matched = distance.min(axis=1) < close_by
            if not found or matched.all():
                found = {k: v[distance.argmin(axis=1)] for k, v in rows.items()}
                found["matched"] = matched & (key == "x_t")
            if matched.all():
                break
        return found | all_rows

    def rows_since(self, number: int) -> dict[str, Array] | None:
        """Everything that q_sample handed out for this update (or, if nothing, at any time), row by row."""
        calls = [call for call in self.noised if call["update"] == number] or self.noised
        if not calls:
            return None
        rows = {k: np.concatenate([np.reshape(call[k], (-1, 2)) for call in calls]) for k in ("x0", "x_t", "eps")}
        spread = [np.broadcast_to(np.ravel(call["t"]), np.size(call["x0"]) // 2) for call in calls]
        return rows | {"t": np.concatenate(spread).astype(np.float64)}

    def written_out(self, asked: dict, grad: Array) -> dict:
        """The same where train computes x_t itself: t from the third column, x0 from the noise that the loss used."""
        x_t, third = asked["x"][:, :2], asked["x"][:, 2]
        guesses = []
        for t, factor in itertools.product((third * self.T, third * self.T + 1, third), (len(grad) / 2, len(grad))):
            t = np.clip(np.rint(t), 1, self.T)
            bars = self.tables[2][t.astype(int) - 1][:, None]
            x0 = (x_t - np.sqrt(1 - bars) * (asked["out"] - factor * grad)) / np.sqrt(bars)
            distance = np.abs(x0[:, None] - self.X[None]).max(axis=2)
            off, x0 = distance.min(axis=1).mean(), self.X[distance.argmin(axis=1)]
            guesses.append((off, t, bars, x0))
        off, t, bars, x0 = min(guesses, key=lambda guess: guess[0])
        if off > 1e-3:  # the loss used other noise, which is charged where the gradient is
            (_, t, bars, x0) = guesses[0]
            x0 = self.X if len(t) == self.n else x0
        eps = (x_t - np.sqrt(bars) * x0) / np.sqrt(1 - bars)
        return {"x0": x0, "t": t, "eps": eps, "matched": np.full(len(t), True), "all_t": t, "all_x0": x0}


@todo("train")
@points(1)
def test_returns_an_array_with_a_number_for_each_step(student, rng):
    for steps in (1, 9):
        losses = Training(student, rng, steps=steps).losses
        expect(losses is not None, "train returned None: is a `return` missing?")
        kind = type(losses).__name__
        expect(isinstance(losses, np.ndarray), f"train should return a NumPy array, but it returned a {kind}")
        shaped(losses, (steps,), f"the array that train returns for steps={steps}")


@todo("train")
@points(1)
def test_every_step_is_one_update_of_the_network_with_lr(student, rng):
    for steps, lr in ((1, 0.05), (8, 0.013)):
        run = Training(student, rng, steps=steps, lr=lr)
        run.passes()
        count = len(run.updates)
        expect(count == steps, f"{steps} steps should make {steps} updates, but backward_network ran {count} times")
        expect(
            run.moved, "train should train the network that was passed in, but that one is as before: was it copied?"
        )
        close(np.array([u["lr"] for u in run.updates]), np.full(count, lr), "backward_network should get train's lr", {
            "lr was not handed on: the default 1e-3 was used": np.full(count, 1e-3),
        })  # fmt: skip
        order = [u["asked"] for u in run.updates]
        expect(len(set(order)) == count and -1 not in order, "Each update should get the cache of its own forward pass")


@todo("train")
@points(1)
def test_every_step_uses_all_of_X(student, rng):
    for n in (60, 23):
        run = Training(student, rng, n=n, steps=4)
        for step in run.passes():
            given = step["x0"] if step["matched"].all() else step["all_x0"]  # a wrong input is charged elsewhere
            wanted, found = np.sort(run.X, axis=None), np.sort(given, axis=None)
            good = found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-3)
            expect(good, f"Every step should noise each of the {n} points of X once")


@todo("train")
@points(2)
def test_the_network_sees_x_t_and_t_over_T(student, rng):
    run = Training(student, rng, T=8)
    for step in run.passes():
        x, t, T = step["x"], step["t"], run.T
        if not step["matched"].all():
            late = np.abs(x[:, None, 1:] - step["all_x_t"][None]).max(axis=2).min(axis=1).max() < 1e-4
            cause = ". It looks as if t/T came first" if late else ""
            raise AssertionError(f"The first two columns of the network's input should be x_t{cause}")
        close(x[:, 2], t / T, "The third column of the network's input should be t/T", {
            "t was not divided by T": t,
            "(t - 1)/T was used": (t - 1) / T,
            "(t - 1)/(T - 1) was used": (t - 1) / (T - 1),
            "t was divided by T - 1": t / (T - 1),
            "t was divided by 100, not by the T that was passed in": t / 100,
            "whole numbers were divided with //": t // T,
            "t/T was rounded to whole numbers": np.rint(t / T),
            "the t of another draw was used": step["all_t"][::-1] / T if len(step["all_t"]) == len(t) else t,
        }, atol=1e-4)  # fmt: skip


@todo("train")
@points(2)
def test_every_point_gets_a_fresh_uniform_t_at_every_step(student, rng):
    """6000 draws of 10 values. A share is off by more than 0.025 at most once in 1e7 (Bernstein, two-sided, 10 values);
    neighbours agree in more than 3 of 10 cases with probability below exp(-2 * 5700 * 0.04) (Hoeffding)."""
    run = Training(student, rng, n=300, T=10, steps=20)
    t = [step["all_t"] for step in run.passes()]
    every = np.concatenate(t)
    asked = "t should be drawn from 1 to T for each point and step"
    low, high = every.min(), every.max()
    expect(low >= 1 and high <= 10, f"{asked}; with T=10 yours runs from {low:g} to {high:g}")
    alike = np.mean([np.mean(row[1:] == row[:-1]) for row in t])
    expect(alike < 0.3, f"{asked}, but all points of a step share one t")
    between = np.mean([np.mean(a == b) for a, b in itertools.pairwise(t) if len(a) == len(b)])
    expect(between < 0.3, f"{asked}, but the same t is used at every step: draw inside the loop")
    shares = np.array([(every == value).mean() for value in range(1, 11)])
    expect(shares[-1] > 0, f"{asked}, but t = T never comes: rng.integers leaves its upper end out")
    expect(shares.min() > 0, f"{asked}, but t = {shares.argmin() + 1} never comes")
    expect(np.abs(shares - 0.1).max() < 0.025, f"{asked}, uniformly; with T=10 the shares are {shares.round(2)}")


@todo("train")
@points(2)
def test_the_gradient_is_that_of_the_squared_error_against_eps(student, rng):
    """mse_loss gives 2/N times the difference; its true derivative, 1/N times, is right too."""
    run = Training(student, rng, steps=5)
    for step in run.passes():
        diff, n = step["out"] - step["eps"], len(step["out"])
        grad = shaped(step["grad"], (n, 2), "The gradient that backward_network gets")
        if same(grad, diff / n):
            continue
        close(n * grad, 2 * diff, "backward_network should get mse_loss's gradient for prediction and eps", {
            "the target is x0, not the noise": 2 * (step["out"] - step["x0"]),
            "the target is x_t, not the noise": 2 * (step["out"] - step["x"][:, :2]),
            "prediction and target changed places": -2 * diff,
            "prediction and target changed places, with a factor of one half": -diff,
            "the gradient was divided by N once more": 2 * diff / n,
            "the gradient was divided by N and by the 2 coordinates once more": diff / n,
            "the gradient was not divided by N": 2 * n * diff,
            "the difference itself was handed on": n * diff,
            "the network's prediction was handed on": n * step["out"],
            "the loss's value was handed on": np.full((n, 2), n * np.mean(diff**2)),
        }, atol=1e-4)  # fmt: skip


def averaged(losses: Array, s: float, start: float | None = None) -> Array:
    """The exponential moving average, from the first loss or from `start`."""
    running, result = start, []
    for loss in losses:
        running = loss if running is None else s * running + (1 - s) * loss
        result.append(running)
    return np.array(result)


@todo("train")
@points(2)
def test_the_losses_are_a_moving_average_that_starts_at_the_first(student, rng):
    """The losses follow from the student's own gradients, so that a wrong target is not charged again."""
    for s in (0.8, 0.3):
        run = Training(student, rng, steps=8, smoothing=s)
        got, passes = shaped(run.losses, (8,), "the array that train returns"), run.passes()
        exact = np.array([np.mean((p["out"] - p["eps"]) ** 2) for p in passes])
        own = [np.array([np.mean((f * len(p["grad"]) * p["grad"]) ** 2) for p in passes]) for f in (0.5, 1.0)]
        expect(len(passes) == 8, f"8 steps should give 8 losses, from as many forward passes, not {len(passes)}")
        if any(same(got, averaged(raw, s)) for raw in own):
            continue
        swapped = averaged(exact, 1 - s)
        close(got, averaged(exact, s),
            f"With smoothing {s} the average should be {s} of the old average and {1 - s:.1f} of the new loss", {
                "the raw losses were returned, without the average": exact,
                "smoothing and 1 - smoothing changed places": swapped,
                "the average starts at 0, not at the first loss": averaged(exact, s, 0.0),
                "the average starts at 0, and smoothing and 1 - smoothing changed places": averaged(exact, 1 - s, 0.0),
                "the average starts at 1, not at the first loss": averaged(exact, s, 1.0),
                "the first loss counts twice": averaged(np.append(exact[0], exact), s)[:8],
                "the plain mean of all losses so far was taken": np.cumsum(exact) / np.arange(1, 9),
                "the smoothing is fixed at 0.999": averaged(exact, 0.999),
                "the loss is summed over the coordinates, not averaged": averaged(2 * exact, s),
                "the root of the loss was taken": averaged(np.sqrt(exact), s),
                "every entry is the last average": np.full(8, averaged(exact, s)[-1]),
            })  # fmt: skip


@todo("train")
@points(1)
def test_the_loss_falls_where_it_must(student, rng):
    """The stand-ins' loss starts at about 5 and ends near 1.1, since each update moves the prediction by a tenth
    towards the target; the mean of the last quarter scatters by 0.05, so 0.6 of the start is 8 standard errors away."""
    run = Training(student, rng, steps=40, lr=0.1, smoothing=0.5, offset=2.0)
    losses = array(run.losses, "the array that train returns")
    expect(losses.size > 1, "train should return the loss of each step")
    first, last = float(losses[:10].max()), float(losses[-10:].mean())
    expect(last < 0.6 * first, f"On a problem where every right step helps, the loss should fall; it goes from "
           f"{first:.2f} to {last:.2f}")  # fmt: skip


# --- p_sample


class Steps:
    """The student's p_sample with a stand-in network, whose answers are known and unlike any prediction."""

    def __init__(self, student: Student, rng: np.random.Generator, betas: Array, n: int) -> None:
        self.student, self.rng, self.n = student, rng, n
        self.tables = schedule(betas)
        self.network = network(rng, (3, 4, 2)) | {"b3": np.zeros(2)}
        student.swap("T", len(betas))  # the global T is as good as len(betas)

    def take(self, t: int, tables: tuple[Array, Array, Array] | None = None) -> tuple[Array, Array, Array]:
        """x_t, the network's answer and the result for one step. Large numbers make the fit of `parts` sharp."""
        x_t = 30 * self.rng.normal(size=(self.n, 2))
        return x_t, *self.take_from(x_t, t, tables)

    def take_from(self, x_t: Array, t: int, tables: tuple[Array, ...] | None = None) -> tuple[Array, Array]:
        self.tape = self.student.instrument("Tape", 0, 40.0)
        self.student.swap("forward_network", self.tape.forward_network)
        result = self.student.p_sample(self.network, x_t, t, *(tables or self.tables))
        result = shaped(result, x_t.shape, "What p_sample returns")
        eps = self.tape.answers()
        expect(len(eps) > 0, "p_sample should ask forward_network for the noise, but it was never called")
        expect(len(eps) >= len(x_t), f"The network should be asked about all {len(x_t)} points")
        return eps[-len(x_t) :], result

    def parts(self, t: int, tables: tuple[Array, Array, Array] | None = None) -> tuple[float, float, Array]:
        """a, b and the noise of result = a (x_t + b eps) + noise.

        x_t and eps have a spread of about 30, the noise one below 1: with 5000 rows the standard errors of a and b
        are below 2e-4, relative to b below 1e-3. Tolerances of 1 % are more than 10 of them.
        """
        x_t, eps, result = self.take(t, tables)
        basis = np.column_stack([x_t.ravel(), eps.ravel()])
        (a, c), *_ = np.linalg.lstsq(basis, result.ravel(), rcond=None)
        return float(a), float(c / a) if abs(a) > 1e-9 else 0.0, (result.ravel() - basis @ (a, c)).reshape(-1, 2)


def shift_of(b: float, t: int, betas: Array, bars: Array) -> int:
    """By how many steps the index is off in -beta_t / sqrt(1 - alpha_bar_t); 0 where nothing fits."""
    T = len(betas)
    for s in (0, 1, -1):
        k = (t - 1 + s) % T
        if np.isclose(b, -betas[k] / np.sqrt(1 - bars[k]), rtol=1e-2):
            return s
    return 0


@todo("p_sample")
@points(2)
def test_the_network_is_asked_at_x_t_and_t_over_T(student, rng):
    for n, T, t in ((7, 23, 17), (1, 8, 3), (64, 8, 7)):
        steps = Steps(student, rng, np.linspace(0.1, 0.3, T), n)
        x_t = rng.normal(size=(n, 2)).astype(np.float32)
        steps.take_from(x_t, t)
        asked = [np.atleast_2d(asked["x"]) for asked in steps.tape.asked]
        shape = asked[-1].shape
        expect(shape[-1] == 3, f"The network's input should have three columns, [x_t, t/T]; its shape is {shape}")
        x = np.concatenate([x for x in asked if x.shape[-1] == 3])
        x = x[-n:]
        statement = "The network's input should be [x_t, t/T]"
        close(x[:, :2], x_t, f"{statement}: the first two columns are x_t",
            {"t/T comes first": np.column_stack([np.full(n, t / T), x_t[:, 0]])})  # fmt: skip
        close(x[:, 2], np.full(n, t / T), f"{statement}: the third column is t/T", {
            "t was not divided by T": np.full(n, t),
            "(t - 1)/T was used": np.full(n, (t - 1) / T),
            "(t - 1)/(T - 1) was used": np.full(n, (t - 1) / (T - 1)),
            "t was divided by T - 1": np.full(n, t / (T - 1)),
            "t was divided by 100, whatever T is": np.full(n, t / 100),
            "whole numbers were divided with //": np.full(n, t // T),
        }, atol=1e-4)  # fmt: skip


@todo("p_sample")
@points(1.5)
def test_the_mean_is_divided_by_the_root_of_alpha(student, rng):
    """All betas are equal here, so that a wrong index is charged elsewhere."""
    beta = rng.uniform(0.15, 0.25)
    steps = Steps(student, rng, np.full(9, beta), 5000)
    for t in (5, 3, 1):
        a, _, _ = steps.parts(t)
        bar = steps.tables[2][t - 1]
        close(a, 1 / np.sqrt(1 - beta), f"With beta = {beta:.2f} the factor of x_t should be 1 / root of alpha", {
            "the division by the root of alpha is missing": 1.0,
            "alpha is there without its square root": 1 / (1 - beta),
            "x_t is multiplied by the root of alpha": np.sqrt(1 - beta),
            "alpha_bar is used in place of alpha": 1 / np.sqrt(bar),
            "beta is used in place of alpha": 1 / np.sqrt(beta),
            "1 + beta is used in place of alpha": 1 / np.sqrt(1 + beta),
        }, rtol=1e-2)  # fmt: skip


@todo("p_sample")
@points(1.5)
def test_the_mean_takes_the_predicted_noise_away_in_the_right_measure(student, rng):
    """The factor of eps relative to that of x_t, so that a wrong outer factor is charged above; a wrong index below."""
    beta = rng.uniform(0.15, 0.25)
    steps = Steps(student, rng, np.full(9, beta), 5000)
    bars = steps.tables[2]
    for t in (4, 2, 7):
        b = steps.parts(t)[1]
        if shift_of(b, t, *steps.tables[::2]):
            continue
        bar, root = bars[t - 1], np.sqrt(1 - bars[t - 1])
        close(b, -beta / root, f"At t = {t}, inside the bracket, eps should be multiplied by minus beta over the root "
              "of 1 - alpha_bar", {
            "the square root of 1 - alpha_bar is missing": -beta / (1 - bar),
            "the noise is added, not taken away": beta / root,
            "alpha is used in place of alpha_bar": -np.sqrt(beta),
            "alpha is used in place of alpha_bar, and the square root is missing": -1.0,
            "alpha_bar is used in place of 1 - alpha_bar": -beta / np.sqrt(bar),
            "the root of beta is used in place of beta": -np.sqrt(beta) / root,
            "beta is missing": -1 / root,
            "1 - beta is used in place of beta": -(1 - beta) / root,
            "the division by the root of 1 - alpha_bar is missing": -beta,
            "it is multiplied by the root of 1 - alpha_bar, not divided": -beta * root,
            "eps stands outside the bracket, so that it is not divided by the root of alpha":
                -beta / root * np.sqrt(1 - beta),
            "the whole noise is taken away at once": -root,
            "the network's answer does not enter the result": 0.0,
        }, rtol=1e-2, atol=1e-3)  # fmt: skip


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


@todo("p_sample")
@points(1.5)
def test_step_t_uses_the_tables_at_t_minus_1(student, rng):
    """Which entries matter is seen by changing them, whatever the formula. The spread of the noise is known to 0.7 %
    (10,000 numbers), so 10 % is more than 10 standard errors."""
    betas = np.array([0.12, 0.35, 0.2, 0.08, 0.28, 0.15, 0.4, 0.1])
    steps = Steps(student, rng, betas, 5000)
    for t in (4, 8, 3):
        asked = f"Steps count from 1, so step {t} should use the tables at index {t - 1}"
        a, b, noise = steps.parts(t)
        other = other_entries(a, b, noise.var(axis=0).mean(), t, *steps.tables[::2])
        expect(not other, f"{asked}; it looks as if {other} was used")
        later, here = betas.copy(), betas.copy()
        later[t:] = 0.55
        here[t - 1] += 0.3
        if t < 8:
            c, d, changed = steps.parts(t, schedule(later))
            spread, spread_other = noise.std(axis=0).mean(), changed.std(axis=0).mean()
            still = np.allclose((a, b), (c, d), rtol=2e-2, atol=3e-3)
            still &= bool(np.isclose(spread, spread_other, rtol=0.1, atol=1e-6))
            expect(still, f"{asked}, but later entries of the tables matter: is the index off by one?")
        c, d, _ = steps.parts(t, schedule(here))
        expect(
            not np.allclose((a, b), (c, d), rtol=2e-2, atol=3e-3), f"{asked}, but changing that entry changes nothing"
        )


@todo("p_sample")
@points(1.5)
def test_the_noise_has_one_of_the_two_variances(student, rng):
    """40,000 numbers: the variance has a standard error of 0.7 %, so 4.5 % is passed once in 1e9 right answers. At
    these t the two variances and the usual mistakes are at least 12 % apart. An index that is off is charged above."""
    beta = rng.uniform(0.18, 0.24)
    steps = Steps(student, rng, np.full(12, beta), 20_000)
    bars = np.append(1.0, steps.tables[2])  # bars[t] is alpha_bar_t
    for t in (2, 4):
        _, b, noise = steps.parts(t)
        found, s = np.mean(noise**2), shift_of(b, t, *steps.tables[::2])
        posterior = beta * (1 - bars[t + s - 1]) / (1 - bars[t + s])
        right = f"With beta = {beta:.2f} the noise at t = {t} should have variance {beta:.3f} or {posterior:.3f}"
        if np.isclose(found, posterior, rtol=0.045, atol=1e-9):
            continue
        close(found, beta, right, {
            "there is no noise": 0.0,
            "beta is used as the standard deviation, without the square root": beta**2,
            "the posterior variance is used as the standard deviation, without the square root": posterior**2,
            "the noise is not scaled": 1.0,
            "the square root was taken twice": np.sqrt(beta),
            "the posterior variance has its fraction upside down": beta**2 / posterior,
            "the posterior variance lacks the factor beta": posterior / beta,
            "the noise was divided by the root of alpha with the mean": beta / (1 - beta),
            "half of the noise is missing": beta / 4,
            "1 - alpha_bar is used": 1 - bars[t],
            "alpha is used in place of beta": 1 - beta,
        }, rtol=0.045, atol=1e-6)  # fmt: skip


@todo("p_sample")
@points(1)
def test_the_last_step_adds_no_noise(student, rng):
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 6), 50)
    x_t = rng.normal(size=(50, 2))
    one, two = (steps.take_from(x_t, 1)[1] for _ in range(2))
    same_twice = np.allclose(one, two, rtol=1e-6, atol=1e-6)
    expect(same_twice, "At t = 1 nothing random should be added, but two calls gave different results")


@todo("p_sample")
@points(1)
def test_the_noise_is_standard_normal_fresh_and_independent(student, rng):
    """False alarm: 1e-7 for the shape (40,000 numbers; the slack covers their estimated scale, known to 0.4 %), 3e-12
    for each of 4 correlations. Uniform noise is 0.057 away (threshold 0.025), broadcast noise has correlation 1."""
    steps = Steps(student, rng, np.full(6, 0.3), 20_000)
    z, again = steps.parts(4)[2], steps.parts(4)[2]
    expect(z.std() > 1e-3, "For t > 1 there should be noise")
    unrelated(z[:, 0], z[:, 1], "The noise should be drawn for each coordinate, but both get the same")
    unrelated(z[1:, 0], z[:-1, 0], "The noise should be drawn for each point, but they share it")
    unrelated(z[:10_000], z[10_000:], "The noise should be drawn for each point, but it repeats")
    unrelated(z, again, "Each call should draw new noise, but two calls had related noise")
    standard_normal(z / z.std(), "The noise, divided by its standard deviation,", slack=0.01)
