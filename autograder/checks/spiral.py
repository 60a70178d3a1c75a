"""Hidden checks of the spiral lab. What they may charge, and what they never do, is in the notebook's docstrings.

Tolerances: every reference is float64, students may answer in float32. One float32 operation rounds at 6e-8
relative, a chain as long as ours at about 1e-5, so 1e-4 relative is above that noise and far below any mistake.
A running product of 1000 alphas in float32 is off by up to 1e-4 relative; it gets 1e-2.
Statistical checks say in their docstring how often they fail a right answer: never more than once in a million.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.checks.words import close, expect, numbers, pair, points, standard_normal, unpacked, unrelated
from autograder.judge.conversation import Handle, Student, StudentError

Array = np.ndarray
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")
BIASES = ("b1", "b2", "b3")


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
    call = f"make_spiral({n}, {noise:g})"
    cloud = array(student.make_spiral(n, noise), call)
    expect(cloud.shape != (2, n), f"{call} should have shape ({n}, 2), a row for each point: it is transposed")
    expect(n == 1000 or cloud.shape != (1000, 2), f"{call} should have {n} points, but it has 1000: use n_samples")
    return shaped(cloud, (n, 2), call)


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
    """Points that are only scaled, not standardised, have a mean that scatters by 1/sqrt(20000) = 0.007: the bar of 0.1
    is 14 standard errors. Their spread follows from the arm, and is known to 1 %."""
    cloud = spiral(student, 20_000, 0.02)
    centre, spread = cloud.mean(axis=0), cloud.std(axis=0)
    expect(np.abs(centre).max() < 0.1, f"The mean should be near (0, 0), but it is {centre.round(2)}: centre them")
    expect(
        spread.min() > 0.3 and spread.max() < 1.3,
        f"Each coordinate should have a standard deviation of about 1, but they are {spread.round(2)}: scale them",
    )


@todo("make_spiral")
@points(1)
def test_every_call_gives_fresh_points(student):
    one, two = spiral(student, 300, 0.05), spiral(student, 300, 0.05)
    repeated = np.isclose(one[:, None], two[None], rtol=0, atol=1e-9).all(axis=2).any(axis=1).mean()
    expect(repeated < 0.5, "Two calls gave the same points: is a generator made in the function, or an answer kept?")


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
    """The standard deviation of 40,000 numbers is known to 0.4 %. Each noise is 2.5 times the one before, so the jitter
    of a right answer grows 2.5 times, or, where it is standardised with the points and larger than they, 1.3 times."""
    seed = int(rng.integers(2**31))
    noises = (0.02, 0.05, 0.125, 0.3)
    sizes = [jitter(student, noise, seed).std() for noise in noises]
    expect(sizes[0] > 1e-5, "With noise=0.02 the points should have more jitter than with none: is noise used, and "
           "drawn for each point?")  # fmt: skip
    found = f"for {', '.join(map(str, noises))} it is {np.round(sizes, 3)}"
    grows = [big > 1.15 * small for small, big in itertools.pairwise(sizes)]
    expect(any(grows), f"The jitter should grow with noise; {found}: is noise used?")
    expect(all(grows), f"The jitter should grow with noise all the way; {found}: is it cut off, or larger than the "
           "spiral?")  # fmt: skip


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
    cloud = spiral(student, 20_000, 0.0)
    places, tangents, thickness = strands(cloud, rng)
    expect(thickness < 0.05, "With noise=0 the points should lie on a curve, but they are scattered: do angle and "
           "radius of a point belong together?")  # fmt: skip
    radius = np.linalg.norm(cloud - cloud.mean(axis=0), axis=1)
    circle = radius.std() < 0.02 * radius.mean()
    expect(not circle, "The radius should grow with the angle, but all points lie on a circle or an ellipse")
    share, turns = look_from_the_best_centre(cloud, places, tangents)
    expect(
        share > 0.9,
        "The radius should grow with the angle all along the arm, as in a spiral; seen from the best centre it "
        f"does so on {100 * share:.0f} % of the curve (on a circle or a straight line it would not)",
    )
    expect(turns > 0.82, f"An arm should make at least one full turn; yours makes about {turns:.1f}")


@todo("make_spiral")
@points(1)
def test_the_jitter_is_gaussian_and_independent_in_both_coordinates(student, rng):
    """False alarm: 1.1e-7 for each coordinate (20,000 numbers; the slack covers mean and scale taken from the sample),
    3e-12 for each correlation. Uniform jitter lies 5 standard errors beyond the bar, half-normal more (see
    `standard_normal`); jitter of the radius or the angle alone, or one number for both coordinates, shows as a
    correlation above 0.2, 21 standard errors beyond it."""
    added = jitter(student, 0.05, int(rng.integers(2**31)))
    x, y = added.T
    for name, values in (("x", x), ("y", y)):
        expect(values.std() > 1e-5, f"There should be jitter on both coordinates, but {name} has none")
    unrelated(x, y, "The jitter of x and y should be independent: draw a number for each coordinate, and add "
              "it to x and y, not to the angle or radius")  # fmt: skip
    unrelated(np.abs(x), np.abs(y), "The jitter should be added to x and y, not to the radius or the angle")
    unrelated(x[1:], x[:-1], "Each point should get jitter of its own")
    for name, values in (("x", x), ("y", y)):
        standard_normal(values / values.std(), f"The jitter of {name}, divided by its standard deviation,", slack=0.02)


# --- make_linear_beta_schedule


def tables(student: Student, *args: Any, **kwargs: Any) -> tuple[Array, Array, Array]:
    """The three arrays of the student's schedule."""
    answer = unpacked(student.make_linear_beta_schedule(*args, **kwargs))
    expect(answer is not None, "make_linear_beta_schedule returned None: is a `return` missing?")
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
        answer = unpacked(student.make_linear_beta_schedule(T=T, beta_start=0.001, beta_end=0.02))
        for name, values in zip(("betas", "alphas", "alpha_bars"), answer, strict=True):
            whole = name == "alpha_bars" and np.ndim(values) == 0 and isinstance(values, (np.generic, float))
            expect(not whole, "alpha_bars should be an array, one product for each step, not the product of all alphas")
            expect(isinstance(values, np.ndarray), f"{name} should be an array, but it is a {type(values).__name__}")
            found = f"For T={T}, {name} should have shape ({T},), but it has {values.shape}"
            expect(values.shape != (100,), f"{found}: is T ignored?")
            expect(values.shape not in ((T, 1), (1, T)), f"{found}: one axis is enough, without [:, None] or reshape")
            expect(values.shape != (T + 1,), f"{found}: one entry too many, there is none for step 0")
            expect(values.shape == (T,), found)


@todo("make_linear_beta_schedule")
@points(2)
def test_betas_run_from_beta_start_to_beta_end_both_included(student, rng):
    """T comes twice, so that an answer that is remembered by T alone shows; the last schedule runs downwards."""
    seen: list[Array] = []
    for T in (11, 40, 11):
        start, end = rng.uniform(0.01, 0.05), rng.uniform(0.2, 0.4)
        betas = tables(student, T, start, end)[0]
        expect(len(betas) > 1, "betas should have an entry for each step")
        again = any(np.array_equal(betas, old) for old in seen) and not np.allclose(betas[[0, -1]], (1e-4, 5e-3))
        expect(not again, "With other ends the same betas came back: is an earlier answer kept?")
        seen.append(betas)
        step, scale = (end - start) / T, 1000 / T
        close(betas[0], start, "betas should begin with beta_start", {
            "the first beta is already one step further: count from 0": start + step,
            "the first beta is already one step further, and one apart from linspace": start + (end - start) / (T - 1),
            "the betas run backwards": end,
            "the betas are the alphas": 1 - start,
            "beta_start is ignored: the default is used": 1e-4,
            "the betas are rounded to whole numbers": 0.0,
            "the betas are rounded to two digits": round(start, 2),
            "the betas are rounded to three digits": round(start, 3),
            "the betas are scaled by 1000 / T": start * scale,
            "the roots of the betas are returned": np.sqrt(start),
            "the betas are squared": start**2,
        })  # fmt: skip
        close(betas[-1], end, "betas should end with beta_end, included", {
            "the end is left out (endpoint=False, or a division by T where it should be T - 1)": end - step,
            "the betas run backwards": start,
            "the last beta is one step too far": end + (end - start) / (T - 1),
            "the betas are the alphas": 1 - end,
            "beta_end is ignored: the default is used": 5e-3,
            "the betas are rounded to two digits": round(end, 2),
            "the betas are rounded to three digits": round(end, 3),
        })  # fmt: skip
    try:
        downwards = tables(student, 5, 0.3, 0.1)[0]
    except StudentError:  # whoever refuses such a schedule may do so
        return
    expect(downwards[0] > downwards[-1], "From beta_start = 0.3 to beta_end = 0.1 betas should fall: are they sorted?")


@todo("make_linear_beta_schedule")
@points(1)
def test_betas_are_evenly_spaced(student):
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


@todo("make_linear_beta_schedule")
@points(1)
def test_alphas_are_one_minus_betas(student):
    betas, alphas, bars = tables(student, 23, 0.02, 0.35)
    product = np.cumprod(1 - betas)
    exchanged = bars.shape == betas.shape and same(bars, 1 - betas)
    close(alphas, 1 - betas, "alphas should be 1 - betas", {
        "the square root was taken": np.sqrt(np.abs(1 - betas)),
        "the betas themselves were returned": betas,
        "alphas and alpha_bars changed places" if exchanged
        else "the running product was written over the alphas: make a new array for it": product,
        "1 + betas was computed": 1 + betas,
        "1 / (1 + betas) was computed": 1 / (1 + betas),
        "exp(-betas) was computed": np.exp(-betas),
        "the alphas run backwards": 1 - betas[::-1],
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
        }, rtol=1e-2, atol=1e-7)  # fmt: skip


@todo("make_linear_beta_schedule")
@points(1)
def test_the_defaults_are_those_of_the_signature(student):
    """Loose on purpose: how the ends are treated is charged above."""
    betas = tables(student)[0]
    expect(len(betas) == 100, f"Without arguments there should be T=100 steps, but there are {len(betas)}")
    for place, end, name, slack in ((0, 1e-4, "beta_start", 6e-5), (-1, 5e-3, "beta_end", 1e-4)):
        sentence = f"Without arguments {name} should be {end:g}, but it is about {betas[place]:.2g}"
        expect(abs(betas[place] - end) < slack, f"{sentence}: is a default of the signature changed?")


# --- q_sample


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
        raise Stopped(f"With {kind}, {error}") from None
    expect(answer is not None, "q_sample returned None: is a `return` missing?")
    expect(not isinstance(answer, Array), "q_sample should return two arrays, x_t and eps, but it returned one")
    x_t, eps = pair(answer, "What q_sample returns")
    return shaped(x_t, x0.shape, "x_t"), shaped(eps, x0.shape, "eps")


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
    for n in (100, 2, 7, 3):
        noised(student, rng.normal(size=(n, 2)), 3, decreasing(rng, 9))


@todo("q_sample")
@points(1)
def test_eps_is_the_noise_in_x_t(student, rng):
    bars = decreasing(rng, 9)
    x0 = SIZE * rng.normal(size=(200, 2))
    x_t, eps = noised_at(student, x0, 4, bars)
    expect(np.abs(x_t).max() > 0, "x_t should be a noisy version of x0, but it is 0 everywhere")
    other_way = eps.std() > 10 > x_t.std() and mix(x0, x_t, eps)[1] != 0
    expect(not other_way, "x_t and eps changed places: return x_t first, then eps")
    expect(
        mix(x0, eps, x_t)[1] != 0,
        "x_t should be a multiple of x0 plus a multiple of the eps that is returned, but it is not: was noise drawn "
        "twice, or is there none?",
    )


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


@todo("q_sample")
@points(1)
def test_eps_is_standard_normal(student, rng):
    """40,000 numbers: false alarm 1.1e-7, power by mistake in `standard_normal`."""
    bars = decreasing(rng, 5)
    _, eps = noised_at(student, rng.normal(size=(20_000, 2)), 2, bars)
    scaled = np.isclose(eps.std(), np.sqrt(1 - bars[1]), rtol=0.02) and abs(eps.mean()) < 0.02  # 0.4 % and 0.005
    expect(not scaled, "eps should be standard normal. It looks as if it is returned already scaled by the root of "
           "1 - alpha_bar: return the numbers as they were drawn")  # fmt: skip
    standard_normal(eps, "eps")


@todo("q_sample")
@points(0.5)
def test_each_number_of_eps_is_drawn_for_itself(student, rng):
    """False alarm: 3e-12 for each of 4 correlations of 20,000 or 40,000 pairs, whose bars lie at 0.05 and 0.035; the
    mean of 20,000 draws has a standard error of 7e-3, so it lies within 1e-6 of 0 in both columns once in 8e7 runs.
    Broadcast, tiled or mirrored noise has correlation 1 or -1; standardised noise has a mean of exactly 0."""
    n = 20_000
    x0 = rng.normal(size=(n, 2))
    _, eps = noised_at(student, x0, 2, decreasing(rng, 5))
    shared = "noise was drawn once and broadcast"
    unrelated(eps[:, 0], eps[:, 1], f"The two columns of eps should be independent: it looks as if {shared}")
    unrelated(eps[1:, 0], eps[:-1, 0], f"The rows of eps should be independent: it looks as if {shared}")
    unrelated(
        eps[: n // 2],
        eps[n // 2 :],
        "The rows of eps should be independent, but the second half repeats or mirrors the first",
    )
    unrelated(eps, x0, "eps should not depend on x0")
    exact = np.abs(eps.mean(axis=0)).max() < 1e-6  # the mean of 20,000 draws is off by 7e-3
    expect(not exact, "eps has a mean of exactly 0: was it centred or standardised after it was drawn? Then its "
           "numbers depend on one another")  # fmt: skip


@todo("q_sample")
@points(0.5)
def test_eps_is_fresh_at_each_call(student, rng):
    """1,000 pairs: false alarm 3e-12; noise that is kept or seeded has correlation 1, 32 standard errors."""
    x0, bars = rng.normal(size=(500, 2)), decreasing(rng, 5)
    one, two = (noised_at(student, x0, 3, bars)[1] for _ in range(2))
    unrelated(one, two, "Each call should draw new noise, but two calls gave related eps: is the noise kept, or a "
                        "generator with a fixed seed made inside the function?")  # fmt: skip


@todo("q_sample")
@points(1.5)
def test_the_signal_is_scaled_by_the_root_of_alpha_bar(student, rng):
    """All alpha_bars are equal here, so that a wrong index is charged elsewhere. Both coefficients come from a fit."""
    student.swap("alpha_bars", np.full(8, 0.5))  # a global that q_sample should not look at
    for level in (rng.uniform(0.15, 0.35), rng.uniform(0.6, 0.85)):
        a, _ = mix_at(student, rng, 3, np.full(8, level))
        close(a, np.sqrt(level), f"With alpha_bar = {level:.2f}, x0 should be scaled by the root of alpha_bar", {
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
        }, rtol=1e-3)  # fmt: skip


@todo("q_sample")
@points(1.5)
def test_the_noise_is_scaled_by_the_root_of_one_minus_alpha_bar(student, rng):
    student.swap("alpha_bars", np.full(8, 0.5))
    for level in (rng.uniform(0.15, 0.35), rng.uniform(0.6, 0.85)):
        _, b = mix_at(student, rng, 3, np.full(8, level))
        close(b, np.sqrt(1 - level), f"With alpha_bar = {level:.2f} eps should be scaled by root 1 - alpha_bar", {
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
        }, rtol=1e-3, atol=1e-4)  # fmt: skip


@todo("q_sample")
@points(1)
def test_step_t_uses_alpha_bars_t_minus_1(student, rng):
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
def test_a_vector_of_steps_gives_each_row_its_own(student, rng):
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


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z.clip(-500, 500)))


OTHER_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid is used in place of ReLU": sigmoid,
    "tanh is used in place of ReLU": np.tanh,
    "SiLU, z sigmoid(z), is used in place of ReLU": lambda z: z * sigmoid(z),
    "GELU is used in place of ReLU": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "softplus is used in place of ReLU": lambda z: np.logaddexp(0, z),
    "ELU is used in place of ReLU": lambda z: np.where(z > 0, z, np.expm1(z.clip(max=0))),
    "a leaky ReLU (0.01) is used": lambda z: np.where(z > 0, z, 0.01 * z),
    "a leaky ReLU (0.1) is used": lambda z: np.where(z > 0, z, 0.1 * z),
    "a leaky ReLU (0.2) is used": lambda z: np.where(z > 0, z, 0.2 * z),
    "the absolute value is used in place of ReLU": np.abs,
    "ReLU keeps the negative numbers": lambda z: np.minimum(z, 0),
    "ReLU's derivative, 0 or 1, is used in place of ReLU": lambda z: (z > 0) * 1.0,
    "numbers above 1 are cut off": lambda z: z.clip(0, 1),
    "numbers above 6 are cut off (ReLU6)": lambda z: z.clip(0, 6),
    "ReLU is squared": lambda z: np.maximum(z, 0) ** 2,
}


def layers(
    net: dict,
    x: Array,
    relus: tuple[int, ...] = (1, 1, 0),
    biases: tuple[int, ...] = (1, 1, 1),
    relu: Callable[[Array], Array] = relu,
) -> tuple[list[Array], list[Array]]:
    """What goes into each activation and what comes out of it, for a network with these ReLUs and biases."""
    before, after = [], [x]
    for layer in range(3):
        before.append(after[-1] @ net[f"W{layer + 1}"] + biases[layer] * net[f"b{layer + 1}"])
        after.append(relu(before[-1]) if relus[layer] else before[-1])
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
    others = {cause: output(net, x, relu=other) for cause, other in OTHER_ACTIVATIONS.items()}
    others["large outputs are cut off"] = output(net, x).clip(-np.abs(out).max(), np.abs(out).max())
    close(out, output(net, x), statement, causes | others)


def normalised(z: Array) -> Array:
    """Each row with mean 0 and standard deviation 1, and ReLU after it."""
    return relu((z - z.mean(axis=1, keepdims=True)) / np.maximum(z.std(axis=1, keepdims=True), 1e-9))


def positive_inputs(rng: np.random.Generator, n: int = 6) -> Array:
    return rng.uniform(0.1, 1.0, size=(n, 3))


@todo("forward_network")
@points(1)
def test_returns_an_output_for_each_row_and_a_cache(student, rng):
    for n, sizes in ((5, (3, 9, 2)), (64, (3, 16, 2)), (1, (3, 4, 2))):
        net, x = network(rng, sizes), rng.normal(size=(n, sizes[0]))
        answer = student.hold(student.forward_network, net, x)
        out = forward(student, net, x)[0]
        expect(isinstance(out, Array), "forward_network should return (out, cache), the output first")
        shaped(out, (n, sizes[2]), "the network's output")
        try:
            student.part(answer, 2)
        except StudentError:
            continue
        raise AssertionError("forward_network should return two things, (out, cache), but there are more")


@todo("forward_network")
@points(1)
def test_neither_net_nor_x_is_changed(student, rng):
    net, x = network(rng), rng.normal(size=(6, 3))
    there, inputs = student.put(net), student.put(x)
    forward(student, there, inputs)
    expect(np.array_equal(student.get(inputs), x), "forward_network changed its input x: make a new array")
    after = student.get(there)
    added = sorted(set(after) - set(net))
    expect(not added, f"forward_network put {', '.join(added)} into the net: what backward needs goes into the cache")
    for name in PARAMETERS:
        kept = np.array_equal(array(after.get(name), name), net[name])
        expect(kept, f"forward_network changed net['{name}']: make a new array")


@todo("forward_network")
@points(1.5)
def test_three_linear_layers_follow_one_another(student, rng):
    """No biases, and everything positive: ReLU does nothing here. Several networks, so that none can be kept."""
    kept, twice = network(rng, positive=(1, 2, 3), biases=False), positive_inputs(rng)
    one, two = (array(forward(student, kept, twice)[0], "the network's output") for _ in range(2))
    expect(one.shape != two.shape or same(one, two), "Two calls with the same net and x gave different outputs: is "
           "anything random, such as dropout, or left over from the call before?")  # fmt: skip
    for n in (6, 1):
        net, x = network(rng, positive=(1, 2, 3), biases=False), positive_inputs(rng, n)
        notebooks = network(rng, positive=(1, 2, 3), biases=False)
        student.swap("network", notebooks)  # a global that forward_network should not look at
        first, out = x @ net["W1"], output(net, x)
        scaled = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
        judged_forward(student, net, x, "Three linear layers should follow one another: x @ W1, then @ W2, then @ W3", {
            "the second layer is left out": first @ net["W3"],
            "the second layer is used twice": first @ net["W2"] @ net["W2"] @ net["W3"],
            "W2 is transposed": first @ net["W2"].T @ net["W3"],
            "the notebook's `network` is used, not the net passed in": output(notebooks, x),
            "the weights of an earlier network are used, not those passed in": output(kept, x),
            "the hidden layers are normalised": normalised(normalised(first) @ net["W2"]) @ net["W3"],
            "the input of the second layer is added to its output": (first + first @ net["W2"]) @ net["W3"],
            "the last column of x, t/T, is left out": output(net, x * (1, 1, 0)),
            "x is standardised first": output(net, scaled),
            "there is a tanh at the end": np.tanh(out),
            "there is a sigmoid at the end": sigmoid(out),
            "there is a softmax at the end": np.exp(out - out.max(axis=1, keepdims=True))
            / np.exp(out - out.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),
        })  # fmt: skip


@todo("forward_network")
@points(1)
def test_relu_follows_the_first_layer(student, rng):
    """Small numbers too: ReLU has no scale of its own."""
    for scale in (1.0, 0.01):
        net, x = network(rng, positive=(2, 3), biases=False), scale * rng.normal(size=(6, 3))
        judged_forward(student, net, x, "ReLU should follow the first layer", {
            "there is no ReLU after the first layer": output(net, x, relus=(0, 1, 0)),
            "there is no ReLU between the layers": output(net, x, relus=(0, 0, 0)),
            "there is no ReLU between the layers, but one at the end": output(net, x, relus=(0, 0, 1)),
            "ReLU comes before the first layer": output(net, np.maximum(x, 0), relus=(0, 1, 0)),
            "the negative inputs are cut off before the first layer": output(net, np.maximum(x, 0)),
            "small positive numbers are cut off by a threshold above 0": output(net, x, relu=np.zeros_like),
        })  # fmt: skip


@todo("forward_network")
@points(1)
def test_relu_follows_the_second_layer(student, rng):
    for scale in (1.0, 0.01):
        net, x = network(rng, positive=(1, 3), biases=False), scale * positive_inputs(rng)
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
        "there is a sigmoid at the end": sigmoid(out),
        "the absolute value is taken at the end": np.abs(out),
    })  # fmt: skip


@todo("forward_network")
@points(1.5)
def test_every_layer_adds_its_bias(student, rng):
    """As many rows as hidden units, too: there a bias that is added along the wrong axis has a shape that fits."""
    for n in (6, 5, 2):
        net, x = network(rng, positive=(1, 2, 3)), positive_inputs(rng, n)
        some = {f"the biases of layers {missing} are left out": output(net, x, biases=used)
                for used, missing in (((0, 0, 0), "1, 2 and 3"), ((0, 0, 1), "1 and 2"), ((0, 1, 0), "1 and 3"),
                                      ((1, 0, 0), "2 and 3"))}  # fmt: skip
        one = {f"b{k + 1} is left out": output(net, x, biases=tuple(int(i != k) for i in range(3))) for k in range(3)}
        other = {
            "b1 is used in layer 2 as well": output(net | {"b2": net["b1"]}, x),
            "b2 is used in layer 1 as well": output(net | {"b1": net["b2"]}, x),
            "b1 and b2 changed places": output(net | {"b1": net["b2"], "b2": net["b1"]}, x),
            "the biases are subtracted": output(net, x, biases=(-1, -1, -1)),
            "the mean of each bias is added": output(
                net | {name: np.full_like(net[name], net[name].mean()) for name in ("b1", "b2", "b3")}, x
            ),
        }
        axis = " (along the columns, one number for each unit)" if n < 6 else ""
        judged_forward(student, net, x, f"Each layer should add its bias{axis}, x @ W + b", some | one | other)
    expect_biases_inside(student, *mixed_case(rng)[:2])


def expect_biases_inside(student: Student, net: dict, x: Array) -> None:
    """The biases belong into the ReLU. Which ReLUs there are is charged above, so any of them will do here."""

    def relus_of(net: dict) -> list[tuple[int, ...]]:
        out = array(forward(student, net, x)[0], "the network's output")
        return [relus for relus in itertools.product((1, 0), repeat=3) if same(out, output(net, x, relus=relus))]

    without = net | {name: np.zeros_like(net[name]) for name in ("b1", "b2", "b3")}
    expect(not relus_of(without) or bool(relus_of(net)), "Each layer should add its bias before ReLU, not after it")


def gradients(net: dict, x: Array, grad_out: Array, **kind: Any) -> dict[str, Array]:
    """Gradients that the textbook's backward pass gets from what a forward pass of this kind computed."""
    before, after = layers(net, x, **kind)
    found, grad = {}, grad_out
    for layer in (3, 2, 1):
        found |= {f"W{layer}": after[layer - 1].T @ grad, f"b{layer}": grad.sum(axis=0)}
        if layer > 1:
            grad = (grad @ net[f"W{layer}"].T) * (before[layer - 2] > 0)
    return found


def put_out(student: Student, net: dict, x: Array) -> Array | None:
    """What the student's forward pass gives; None where that is no output, which is charged there."""
    try:
        return array(forward(student, net, x)[0], "the network's output")
    except AssertionError:
        return None


def right_gradients(
    student: Student, net: dict, x: Array, grad_out: Array, before: Array | None
) -> Iterator[dict[str, Array]]:
    """What may count as right, so that a mistake in forward_network is charged there and not here again.

    First the textbook's backward pass for the right network; then over what the student's forward pass computed, where
    its output shows which network that was (a ReLU or a bias too many or too few, or another activation); then,
    whatever the student's forward pass is, its derivatives by finite differences. A forward pass that is another one
    than `before`, when backward_network had not been called yet, is no measure.
    """
    yield gradients(net, x, grad_out)
    out = put_out(student, net, x)
    if out is None or before is None or not same(out, before):
        return
    for relus, biases in itertools.product(itertools.product((1, 0), repeat=3), repeat=2):
        kind = {"relus": (relus[0], relus[1], 1 - relus[2]), "biases": biases}
        if same(out, output(net, x, **kind)):
            yield gradients(net, x, grad_out, **kind)
    for other in OTHER_ACTIVATIONS.values():
        if same(out, output(net, x, relu=other)):
            yield gradients(net, x, grad_out, relu=other)
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
        cache = cache_of(student, there, x)
    except AssertionError as broken:  # forward_network is charged for that; here a stand-in must do
        cache = fitting_cache(student, net, x, grad_out, str(broken))
    student.hold(student.backward_network, there, cache, grad_out, lr)


def cache_of(student: Student, net: Any, x: Array) -> Any:
    """The cache of a forward pass, also where it came before the output, which is charged to forward_network."""
    first, second = forward(student, net, x)
    return second if isinstance(first, Array) else first


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


def factors(
    student: Student, net: dict, x: Array, grad_out: Array, steps: dict[str, Array], before: Array | None
) -> dict[str, float]:
    """For each parameter the factor between its step and its gradient; 0 where the directions differ."""
    found = dict.fromkeys(PARAMETERS, 0.0)
    for right in right_gradients(student, net, x, grad_out, before):
        found = {name: found[name] or along(steps[name], right[name]) for name in PARAMETERS}
        if all(found[name] for name in PARAMETERS if np.any(steps[name])):
            break
    return found


def directions(student: Student, net: dict, x: Array, grad_out: Array) -> tuple[dict[str, float], dict[str, Array]]:
    """`factors` of one update and its steps, or those of the velocities: that nothing moves is charged on its own."""
    before = put_out(student, net, x)
    steps = update(student, net, x, grad_out, 1.0)
    if not any(np.any(step) for step in steps.values()):
        steps = velocities(student, net, x, grad_out)
    return factors(student, net, x, grad_out, steps, before), steps


def masked(net: dict, x: Array, grad_out: Array, mask1: Array | None, mask2: Array | None) -> dict[str, Array]:
    """The textbook's gradients with these as the ReLUs' derivatives; None is where the gradient is positive."""
    _, (_, h1, h2, _) = layers(net, x)
    two = grad_out @ net["W3"].T
    two = two * ((two > 0) if mask2 is None else mask2)
    one = two @ net["W2"].T
    one = one * ((one > 0) if mask1 is None else mask1)
    found = {"W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0), "W2": h1.T @ two, "b2": two.sum(axis=0)}
    return found | {"W1": x.T @ one, "b1": one.sum(axis=0)}


def linear_case(rng: np.random.Generator, n: int = 6) -> tuple[dict, Array, Array]:
    """Everything positive: the masks are all 1, and no ReLU, wherever it stands, changes anything. Nor does a bias."""
    return network(rng, positive=(1, 2, 3), biases=False), positive_inputs(rng, n), rng.normal(size=(n, 2))


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
        nothing = not any(np.any(step) for step in steps.values())
        expect(not nothing, f"{asked}, but the net that was passed in did not move at all: is a "
               "copy updated, or nothing?")  # fmt: skip
        expect(np.any(steps[name]), f"{asked}, but {name} did not move at all: is it left out of the update?")
        right = gradients(net, x, grad_out)
        (z1, z2, _), (_, _, h2, _) = layers(net, x)
        new = net | {n: net[n] - right[n] for n in ("W2", "W3")}
        later = gradients(net | {"W3": new["W3"]}, x, grad_out)["W2"]
        through_new_weights = gradients(new | {"W2": net["W2"] - later}, x, grad_out)
        wrong = {
            "the layer's output stands where its input should": {"W2": h2.T @ (grad_out @ net["W3"].T)},
            "its input is x, not the layer before": {"W2": np.resize(x.T @ grad_out, net["W2"].shape)},
            "grad_out was summed over the columns": {"b3": np.full(2, grad_out.sum())},
            "only the first row is used": {n: gradients(net, x[:1], grad_out[:1])[n] for n in PARAMETERS},
            "only the last row is used": {n: gradients(net, x[-1:], grad_out[-1:])[n] for n in PARAMETERS},
            "W3 was updated before the gradient went back through it": gradients(
                net | {"W3": net["W3"] - right["W3"]}, x, grad_out
            ),
            "W2 was updated before the gradient went back through it": gradients(
                net | {"W2": net["W2"] - right["W2"]}, x, grad_out
            ),
            "W2 and W3 were updated before the gradient went back through them": through_new_weights,
            "the gradient is transposed": {"W2": right["W2"].T},
            "the gradient was summed over the units, too": {n: np.full_like(net[n], right[n].sum()) for n in BIASES},
            "relu was used where its derivative should be": {
                n: g for n, g in masked(net, x, grad_out, z1, z2).items() if n in ("W2", "b2", "W1", "b1")
            },
            "the sign of the gradient decides where it goes through, not that of the ReLU's input": masked(
                net, x, grad_out, None, None
            ),
            "large entries of the gradient are cut off": {
                n: right[n].clip(-np.abs(steps[n]).max(), np.abs(steps[n]).max()) for n in PARAMETERS
            },
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
    net, x, grad_out = mixed_case(rng)
    before = put_out(student, net, x)
    whole, _ = directions(student, *linear_case(rng))
    sound = tuple(name for name in PARAMETERS if whole[name])
    expect(
        bool({"W2", "b2", "W1", "b1"} & set(sound)),
        "Each ReLU should mask the gradient of its own layer; it cannot be seen, since no gradient of the layers 1 "
        "and 2 is right even where the masks let everything through",
    )
    found, steps = directions(student, net, x, grad_out)
    (z1, z2, _), (_, h1, h2, _) = layers(net, x)
    full = np.ones_like(z1)
    back2, masks = grad_out @ net["W3"].T, {
        "there is no ReLU mask at all": (full, full),
        "the mask of layer 2 is missing": (z1 > 0, full),
        "the mask of layer 1 is missing": (full, z2 > 0),
        "the two masks changed places": (z2 > 0, z1 > 0),
        "the mask of layer 1 is used for both layers": (z1 > 0, z1 > 0),
        "the mask of layer 2 is used for both layers": (z2 > 0, z2 > 0),
        "the masks are turned round: they keep the negative side": (z1 < 0, z2 < 0),
        "relu was used where its derivative should be": (np.maximum(z1, 0), np.maximum(z2, 0)),
        "the sign of the gradient decides where it goes through, not that of the ReLU's input": (None, None),
        **{f"the derivative is that of a leaky ReLU ({leak})": (np.where(z1 > 0, 1, leak), np.where(z2 > 0, 1, leak))
           for leak in (0.01, 0.1, 0.2)},
    }  # fmt: skip
    causes = {cause: masked(net, x, grad_out, *pair) for cause, pair in masks.items()}
    causes |= {
        "z2, before ReLU, stands where h2 should": {"W3": z2.T @ grad_out},
        "z1, before ReLU, stands where h1 should": {"W2": z1.T @ (back2 * (z2 > 0))},
        "the mask comes before the product with the next weights": {
            "W1": x.T @ ((back2 * (z2 > 0) * (z1 > 0)) @ net["W2"].T),
            "b1": ((back2 * (z2 > 0) * (z1 > 0)) @ net["W2"].T).sum(axis=0),
        },
        "the gradient is summed before its ReLU's mask is applied": {"b2": back2.sum(axis=0)},
    }
    for name in sound:
        for cause, wrong in causes.items():
            if not found[name] and name in wrong and along(steps[name], wrong[name]):
                partner = ("b" if name[0] == "W" else "W") + name[1]
                at = f" in the gradient of {name}" if found.get(partner) else ""
                raise AssertionError(f"Each ReLU should mask its own layer's gradient. It looks as if {cause}{at}.")
    if before is None or not same(before, output(net, x)):
        return  # where forward_network is wrong as well, only a known mistake is charged here
    for name in sound:
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
        before = put_out(student, net, x)
        one, two = (update(student, net, x, grad_out, lr) for _ in range(2))
        found = factors(student, net, x, grad_out, one, before)
        steady = all(same(one[name], two[name]) for name in PARAMETERS)
        expect(steady, "The same update of the same net gave another step the second time: does lr change from call to "
               "call, or is anything kept outside the net?")  # fmt: skip
        sizes = {name: c / lr for name, c in found.items() if c}
        expect(bool(sizes), "The step should be lr times the gradient, but no parameter moves along its gradient: are "
               "only the velocities updated, or a copy?")  # fmt: skip
        if momentum_is_fixed(student, net, x, grad_out, lr):  # charged where momentum is
            return
        small = factors(student, net, x, grad_out / 1e4, update(student, net, x, grad_out / 1e4, lr), before)
        clipped = [name for name in sizes if small[name] and abs(sizes[name]) < 0.99 * abs(small[name] / lr)]
        expect(not clipped, "The step should be lr times the gradient, however large it is. It looks as if large "
               "gradients are clipped")  # fmt: skip
        for name, size in sizes.items():
            close(size, 1.0, f"With momentum 0 the step of {name} should be lr times its gradient", {
                "the step goes uphill: the sign is wrong": -1.0,
                "the gradient is divided by N once more, though grad_out holds the 1/N": 1 / n,
                "the gradient is divided by N once more, and the sign is wrong": -1 / n,
                "the gradient is multiplied by N": float(n),
                "there is a 2 too many: grad_out holds it": 2.0,
                "a 2 was divided out": 0.5,
                "the gradient is divided by 2 N once more": 0.5 / n,
                "lr is ignored": 1 / lr,
                "lr is a fixed 1e-3": 1e-3 / lr,
                "lr is a fixed 0.05": 0.05 / lr,
                "lr is used twice": lr,
            }, rtol=2e-3)  # fmt: skip
    still = moved_by_nothing(student, rng)
    expect(not still, "Where grad_out is 0 nothing should move: is there a weight decay, or anything else that is "
           "added to the gradient?")  # fmt: skip


def moved_by_nothing(student: Student, rng: np.random.Generator) -> bool:
    """Whether an update without gradient, velocity or momentum moves the weights."""
    net, x, grad_out = linear_case(rng)
    there = student.put(net)
    try:
        advance(student, there, net, x, 0 * grad_out, 1.0)
    except AssertionError:  # no forward pass, and so no cache: charged there
        return False
    # Weights of size 1 to 3 in float32 are rounded by 2e-7 at most; a weight decay of 1e-4 moves them by 1e-4.
    return any(np.abs(step).max() > 3e-6 for step in moved(student, net, there).values())


def momentum_is_fixed(student: Student, net: dict, x: Array, grad_out: Array, lr: float) -> bool:
    """Whether the first step is short, and the same for a momentum of 0 as for another."""
    first = {}
    for m in (0.0, 0.6):
        there = student.put(net | {"momentum": m})
        advance(student, there, net | {"momentum": m}, x, grad_out, lr)
        first[m] = moved(student, net, there)["W3"]
    size = along(first[0.0], gradients(net, x, grad_out)["W3"]) / lr
    return any(np.isclose(size, 1 - m, rtol=2e-3) for m in FIXED) and not same(first[0.6], 0.4 * first[0.0])


FIXED = (0.9, 0.999, 0.99, 0.95, 0.5)
# How a velocity and a step of lr = 1 follow from the velocity before, the gradient, m, and the number of the step.
RULES: dict[str, Callable[[Any, Any, float, int], tuple[Any, Any]]] = {
    "": lambda v, g, m, k: (m * v + (1 - m) * g,) * 2,
    "the factor 1 - m of the gradient is missing (the undamped form)": lambda v, g, m, k: (m * v + g,) * 2,
    "m and 1 - m changed places": lambda v, g, m, k: ((1 - m) * v + m * g,) * 2,
    "the new velocity is not stored in the net": lambda v, g, m, k: (v, (1 - m) * g),
    "there is no momentum: the step is lr g": lambda v, g, m, k: (v, g),
    "the weights move by the old velocity, before it is updated": lambda v, g, m, k: (m * v + (1 - m) * g, v),
    "the gradient is mixed in once more after the velocity (Nesterov's form)": lambda v, g, m, k: (
        m * v + (1 - m) * g, m * (m * v + (1 - m) * g) + (1 - m) * g),
    "the velocity starts at the first gradient, not at 0": lambda v, g, m, k: (
        g if k == 0 else m * v + (1 - m) * g,) * 2,
    "the velocity is divided by 1 - m^k, as in Adam": lambda v, g, m, k: (
        m * v + (1 - m) * g, (m * v + (1 - m) * g) / (1 - m ** (k + 1))),
    "1 - m is multiplied in twice": lambda v, g, m, k: (m * v + (1 - m) * g, (1 - m) * (m * v + (1 - m) * g)),
    "the old velocity is not multiplied by m": lambda v, g, m, k: (v + (1 - m) * g,) * 2,
    "a momentum of 0 is replaced by 0.9": lambda v, g, m, k: (m * v + 10 * (1 - m) * g,) * 2,
    "momentum is a fixed 0.9, not the net's": lambda v, g, m, k: (0.9 * v + 0.1 * g,) * 2,
    "momentum is a fixed 0.999, not the net's": lambda v, g, m, k: (0.999 * v + 0.001 * g,) * 2,
    "momentum is a fixed 0.9": lambda v, g, m, k: (0.9 * v + g,) * 2,
    "momentum is a fixed 0.999": lambda v, g, m, k: (0.999 * v + g,) * 2,
    "the gradient is taken away from the velocity, and the velocity from the weights": lambda v, g, m, k: (
        m * v - (1 - m) * g,) * 2,
}  # fmt: skip


@todo("backward_network")
@points(2)
def test_momentum_follows_its_rule_over_several_steps(student, rng):
    """Judged from the student's own gradients, read off by an update with momentum 0, sign and size included.

    Velocities are never looked at: their sign and scale are free, and start at 0 here.
    """
    m, lr, count = 0.93, 0.05, 5  # above 0.9, so that a bound there shows, and a number that nobody writes by hand
    net, x, _ = mixed_case(rng)
    net["momentum"] = m
    there = student.put(net)
    steps: dict[str, list[Array]] = {name: [] for name in PARAMETERS}
    grads: dict[str, list[Array]] = {name: [] for name in PARAMETERS}
    for _ in range(count):
        now = net | {name: array(student.get(there)[name], name) for name in PARAMETERS}
        grad_out = rng.normal(size=(8, 2))
        g = update(student, now | {"momentum": 0.0}, x, grad_out, lr)  # lr times the gradient
        advance(student, there, now, x, grad_out, lr)
        step = moved(student, now, there)
        for name in PARAMETERS:
            steps[name].append(step[name])
            grads[name].append(g[name])
    largest = max(np.abs(step).max() for step in steps.values())
    expect(largest > 1e-7, "The parameters should move by lr times the velocity, but none moved")
    rules = {name: rule_of(np.array(steps[name]), np.array(grads[name]), m, largest) for name in PARAMETERS}
    asked = "With momentum m the velocity should be m v + (1 - m) g, and the step lr v"
    wrong = {name: cause for name, cause in rules.items() if cause != ""}
    if wrong:
        causes = set(wrong.values())
        where = "" if len(wrong) == len(PARAMETERS) else f", for {', '.join(wrong)},"
        cause = causes.pop() if len(causes) == 1 else None
        if cause is None:
            reason = ": is another parameter's velocity used?" if where else ""
            raise AssertionError(f"{asked}, but the steps{where} follow another rule{reason}")
        raise AssertionError(f"{asked}. It looks as if{where} {cause}.")


def rule_of(steps: Array, grads: Array, m: float, largest: float) -> str | None:
    """Which of RULES these steps follow; the right one is '', and None is none of them."""
    for cause, rule in RULES.items():
        velocity, expected = np.zeros_like(grads[0]), []
        for k, g in enumerate(grads):
            velocity, step = rule(velocity, g, m, k)
            expected.append(step)
        if np.allclose(steps, np.array(expected), rtol=1e-3, atol=1e-3 * largest):
            return cause
    return None


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
    try:
        forward(student, net, x)
    except AssertionError:  # no forward pass, charged there
        return
    found = []
    for between in (False, True):
        there = student.put(net)
        cache = cache_of(student, there, x)
        if between:
            forward(student, there, 2 * x[::-1] + 1)
        student.hold(student.backward_network, there, cache, grad_out, 0.5)
        found.append(np.concatenate([np.ravel(step) for step in moved(student, net, there).values()]))
    expect(same(*found), "backward_network should use the cache that it gets, but a forward pass on other rows in "
           "between changed its result: is something kept outside the cache?")  # fmt: skip


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
        smoothing: float = 0.6, offset: float = 0.0, size: float = 0.5, spread: float = 1.0,
    ) -> None:  # fmt: skip
        self.X, self.T, self.n, self.steps = rng.normal(size=(n, 2)).astype(np.float32), T, n, steps
        self.tables = schedule(np.linspace(0.1, 0.4, T))
        net = network(rng, (3, 4, 2)) | {"momentum": 0.7}
        net["b3"] = np.full(2, offset)
        self.network = student.put(net)
        tape = student.instrument("Tape", int(rng.integers(2**31)), size, spread)
        for name in STAND_INS:
            student.swap(name, getattr(tape, name))
        for name, value in (("X", rng.normal(size=(5, 2))), ("T", T)):  # what train must take from its arguments
            student.swap(name, value)
        self.losses = student.train(self.network, self.X, T, *self.tables, steps=steps, lr=lr, smoothing=smoothing)
        self.noised, self.asked, self.updates = tape.noised, tape.asked, tape.updates
        self.noised_for: dict[int, list[dict]] = {}
        for call in self.noised:
            self.noised_for.setdefault(call["update"], []).append(call)
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
        calls = self.noised_for.get(number) or self.noised
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
    """In the last run the loss is near 0 from the start, which is no reason to stop."""
    for steps, lr, kind in ((1, 0.05, {}), (8, 0.013, {"n": 300}), (9, 0.03, {"size": 0.02, "spread": 0.02})):
        run = Training(student, rng, steps=steps, lr=lr, **kind)
        run.passes()
        count = len(run.updates)
        many = count >= 2 * steps and kind.get("n") and all(len(asked["x"]) < 300 for asked in run.asked)
        expect(not many, f"{steps} steps should make {steps} updates on all of X, but there were {count}: are batches "
               "taken within a step?")  # fmt: skip
        early = "spread" in kind and count < steps
        expect(not early, f"{steps} steps should make {steps} updates, but there were {count}: is training stopped "
               "once the loss is small?")  # fmt: skip
        more = f"backward_network ran {count} time{'s' * (count != 1)}"
        expect(count == steps, f"With steps={steps} there should be as many updates, but {more}")
        expect(
            run.moved, "train should train the network that was passed in, but that one is as before: was it copied?"
        )
        close(np.array([u["lr"] for u in run.updates]), np.full(count, lr), "backward_network should get train's lr", {
            "lr was not handed on: the default 1e-3 was used": np.full(count, 1e-3),
            "a fixed 0.05 was handed on": np.full(count, 0.05),
            "lr was divided by the number of points": np.full(count, lr / run.n),
            "lr grows or shrinks from step to step": [u["lr"] if len({u["lr"] for u in run.updates}) > 1 else 0
                                                      for u in run.updates],
        })  # fmt: skip
        order = [u["asked"] for u in run.updates]
        expect(len(set(order)) == count and -1 not in order, "Each update should get the cache of its own forward pass")
        expect(all(u["momentum"] == 0.7 for u in run.updates), "train should leave the network's momentum as it is")
        expect(all(u["velocity"] for u in run.updates[1:]), "train should leave the network's velocities to "
               "backward_network, but they were set back between two steps")  # fmt: skip


@todo("train")
@points(1)
def test_every_step_uses_all_of_X(student, rng):
    for n in (60, 23, 1100):
        run = Training(student, rng, n=n, steps=4 if n < 100 else 2)
        for step in run.passes():
            given = step["x0"] if step["matched"].all() else step["all_x0"]  # a wrong input is charged elsewhere
            asked = f"Every step should noise each of the {n} points of X once"
            expect(given.size >= run.X.size, f"{asked}, but it takes {len(given)}: are batches or a part of X used?")
            wanted, found = np.sort(run.X, axis=None), np.sort(given, axis=None)
            if found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-3):
                continue
            known = np.abs(given[:, None] - run.X[None]).max(axis=2).min(axis=1).max() < 1e-3
            raise AssertionError(f"{asked}, but " + (
                "some points come twice and others never: are they drawn with replacement?" if known and len(given) == n
                else f"there are {len(given)}" if known else "it takes other points: is X changed, or the notebook's X "
                "used?"))  # fmt: skip
        for call in run.noised:
            expect(call["bars"] is not None, "q_sample should get alpha_bars, but it got None")
            close(call["bars"], run.tables[2], "q_sample should get alpha_bars", {
                "alphas is handed over": run.tables[1],
                "betas is handed over": run.tables[0],
                "its root is handed over": np.sqrt(run.tables[2]),
            })  # fmt: skip


@todo("train")
@points(2)
def test_the_network_sees_x_t_and_t_over_T(student, rng):
    """With 5 points and T = 8 the largest t of a step is often below 8, so dividing by it shows."""
    for n, steps in ((60, 6), (5, 30)):
        run = Training(student, rng, n=n, T=8, steps=steps)
        for step in run.passes():
            x, t, T = step["x"], step["t"], run.T
            if not step["matched"].all():
                late = np.abs(x[:, None, 1:] - step["all_x_t"][None]).max(axis=2).min(axis=1).max() < 1e-4
                clean = np.abs(x[:, None, :2] - step["all_x0"][None]).max(axis=2).min(axis=1).max() < 1e-4
                cause = ". It looks as if t/T came first" if late else ", the noisy points, not the clean ones"
                cause = cause if late or clean else ""
                raise AssertionError(f"The first two columns of the network's input should be x_t{cause}")
            close(x[:, 2], t / T, "The third column of the network's input should be t/T", {
                "t was not divided by T": t,
                "(t - 1)/T was used": (t - 1) / T,
                "(t - 1)/(T - 1) was used": (t - 1) / (T - 1),
                "(t + 1)/T was used": (t + 1) / T,
                "t was divided by the largest t of the step": t / t.max(),
                "t was divided by T - 1": t / (T - 1),
                "t was divided by T + 1": t / (T + 1),
                "t was divided by 100, not by the T that was passed in": t / 100,
                "t was divided by the number of points": t / n,
                "whole numbers were divided with //": t // T,
                "t/T was rounded to whole numbers": np.rint(t / T),
                "t/T was rounded to one digit": np.round(t / T, 1),
                "2 t/T - 1 was used": 2 * t / T - 1,
                "1 - t/T was used": 1 - t / T,
                "alpha_bar was used, not t/T": run.tables[2][t.astype(int).clip(1, T) - 1],
                "the t of another draw was used": x[:, 2] if other_draw(x[:, 2], t, T) else t,
            }, atol=1e-4)  # fmt: skip


def other_draw(third: Array, t: Array, T: int) -> bool:
    """Whether the third column holds some t/T, t from 1 to T, that has nothing to do with these t."""
    k = third * T
    return same(k, np.rint(k)) and k.min() >= 1 and k.max() <= T and len(np.unique(np.rint(k - t))) > 3


@todo("train")
@points(2)
def test_every_point_gets_a_fresh_uniform_t_at_every_step(student, rng):
    """6020 draws of 10 values, by 7 points, so that a t that comes from the number of a point cannot reach 10.

    A share is off by more than 0.025 at most once in 1e7 (Bernstein, two-sided, 10 values): 0.1 has a standard error
    of 0.0039. A pair of neighbouring points, or of neighbouring steps, has one of 100 values, each 51 times in 5160;
    more than 3 % of all pairs, 155, come with probability below exp(-57) (Chernoff). One t for all, or half of them
    alike, gives pairs above 5 %; sorted t 4 %, t that go up by one from step to step 10 %.
    """
    run = Training(student, rng, n=7, T=10, steps=860)
    passes = run.passes()
    t = [step["all_t"] for step in passes]
    every = np.concatenate(t)
    asked = "t should be drawn from 1 to T for each point and step"
    low, high = every.min(), every.max()
    expect(low >= 1 and high <= 10, f"{asked}; with T=10 yours runs from {low:g} to {high:g}")
    one_each = all(len(set(row)) == 1 for row in t)
    expect(not one_each, f"{asked}, but all points of a step share one t")
    alike = [np.array_equal(a, b) for a, b in itertools.pairwise(t)]
    expect(np.mean(alike) < 0.5, f"{asked}, but the same t is used at every step: draw inside the loop")
    shares = np.array([(every == value).mean() for value in range(1, 11)])
    expect(shares[-1] > 0, f"{asked}, but t = T never comes: rng.integers leaves its upper end out")
    expect(shares.min() > 0, f"{asked}, but t = {shares.argmin() + 1} never comes")
    expect(np.abs(shares - 0.1).max() < 0.025, f"{asked}, uniformly; with T=10 the shares are {shares.round(2)}")
    along_points = [pair for row in t for pair in itertools.pairwise(row)]
    along_steps = [pair for a, b in itertools.pairwise(t) if len(a) == len(b) for pair in zip(a, b, strict=True)]
    for pairs, what in ((along_points, "points"), (along_steps, "steps")):
        share = max_share(pairs)
        expect(share < 0.03, f"{asked}, each for itself, but the t of neighbouring {what} go together: are they "
               "sorted, repeated or counted up?")  # fmt: skip
    noise = [step["eps"] for step in passes]
    if all(eps.shape == (7, 2) for eps in noise):
        unrelated(noise[1:], noise[:-1], "Every step should draw fresh noise, but two steps in a row use the same")


def max_share(pairs: list[tuple]) -> float:
    """The share of the most frequent pair."""
    _, counts = np.unique(np.array(pairs), axis=0, return_counts=True)
    return float(counts.max() / counts.sum())


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
        bars = run.tables[2][step["t"].astype(int).clip(1, run.T) - 1][:, None]
        most = n * np.abs(grad).max()
        close(n * grad, 2 * diff, "backward_network should get mse_loss's gradient for prediction and eps", {
            "the target is x0, not the noise": 2 * (step["out"] - step["x0"]),
            "the target is x_t, not the noise": 2 * (step["out"] - step["x"][:, :2]),
            "the target is minus the noise": 2 * (step["out"] + step["eps"]),
            "the noise is multiplied by its factor in x_t": 2 * (step["out"] - step["eps"] * np.sqrt(1 - bars)),
            "large entries of the gradient are cut off": (2 * diff).clip(-most, most),
            "the target is other noise than that in x_t": n * grad if target_is_other_noise(step) else 0 * grad,
            "prediction and target changed places": -2 * diff,
            "prediction and target changed places, with a factor of one half": -diff,
            "the gradient was divided by N once more": 2 * diff / n,
            "the gradient was divided by N and by the 2 coordinates once more": diff / n,
            "the gradient was not divided by N": 2 * n * diff,
            "the difference itself was handed on": n * diff,
            "the network's prediction was handed on": n * step["out"],
            "the loss's value was handed on": np.full((n, 2), n * np.mean(diff**2)),
        }, atol=1e-4)  # fmt: skip


def target_is_other_noise(step: dict) -> bool:
    """Whether the loss compared with numbers that look like noise and have nothing to do with what made x_t.

    120 numbers: a correlation of 0.4 is 4 standard errors.
    """
    target = (step["out"] - len(step["out"]) * step["grad"] / 2).ravel()
    related = max(abs(np.corrcoef(target, step[name].ravel())[0, 1]) for name in ("eps", "x0", "out"))
    return 0.7 < target.std() < 1.3 and related < 0.4


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
    earlier: float | None = None
    for s in (0.8, 0.3):
        run = Training(student, rng, steps=8, smoothing=s)
        got, passes = shaped(run.losses, (8,), "the array that train returns"), run.passes()
        exact = np.array([np.mean((p["out"] - p["eps"]) ** 2) for p in passes])
        own = [np.array([np.mean((f * len(p["grad"]) * p["grad"]) ** 2) for p in passes]) for f in (0.5, 1.0)]
        expect(len(passes) == 8, f"8 steps should give 8 losses, from as many forward passes, not {len(passes)}")
        if any(same(got, averaged(raw, s)) for raw in own):
            earlier = float(got[-1])
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
                "the average of the last two losses only was taken":
                    np.append(exact[0], s * exact[:-1] + (1 - s) * exact[1:]),
                "the average is divided by 1 - s^k, as in Adam": averaged(exact, s, 0.0) / (1 - s ** np.arange(1, 9)),
                "the average is divided by 1 - s^k, as in Adam, on top of a start at the first loss":
                    averaged(exact, s) / (1 - s ** np.arange(1, 9)),
                "the roots of the losses were averaged and squared": averaged(np.sqrt(exact), s) ** 2,
                "the average starts at 0 after the first loss": np.append(exact[0], averaged(exact[1:], s, 0.0)),
                "an average of the call before is carried on": averaged(exact, s, earlier),
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
    if np.mean([np.mean(p["grad"] * (p["out"] - p["eps"])) for p in run.passes() if p["grad"].shape == p["out"].shape]
               or [1.0]) < 0:  # fmt: skip
        return  # uphill: charged where the gradient is
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
        eps, result = self.take_from(x_t, t, tables)
        self.x_t, self.result = x_t, result
        return x_t, eps, result

    def take_from(self, x_t: Array, t: int, tables: tuple[Array, ...] | None = None) -> tuple[Array, Array]:
        self.tape = self.student.instrument("Tape", 0, 40.0)
        self.student.swap("forward_network", self.tape.forward_network)
        result = unpacked(self.student.p_sample(self.network, x_t, t, *(tables or self.tables)))
        expect(result is not None, "p_sample returned None: is a `return` missing?")
        expect(not isinstance(result, tuple), "p_sample should return one array, x at step t - 1, and nothing else")
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


def one_for_all(noise: Array) -> bool:
    """Whether all points share one noise, so that it tells nothing about its variance."""
    return bool(noise.std(axis=0).mean() < 0.1 * np.sqrt(np.mean(noise**2)))


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
            "t was divided by the number of points": np.full(n, t / n),
            "2 t/T - 1 was used": np.full(n, 2 * t / T - 1),
            "1 - t/T was used": np.full(n, 1 - t / T),
            "(t + 1)/T was used": np.full(n, (t + 1) / T),
            "alpha_bar was used, not t/T": np.full(n, steps.tables[2][t - 1]),
            "beta was used, not t/T": np.full(n, steps.tables[0][t - 1]),
        }, atol=1e-4)  # fmt: skip


@todo("p_sample")
@points(1.5)
def test_the_mean_is_divided_by_the_root_of_alpha(student, rng):
    """All betas are equal here, so that a wrong index is charged elsewhere. A cause must explain all three steps."""
    beta = rng.uniform(0.15, 0.25)
    steps = Steps(student, rng, np.full(9, beta), 5000)
    ones, bar, found = np.ones(3), steps.tables[2][[0, 4, 2]], []
    for t in (1, 5, 3):
        a, _, rest = steps.parts(t)
        found.append(a)
        if t == 1:  # nothing random here, so that what the fit does not explain is a bend
            bent = np.abs(rest).max() > 0.1 and same(steps.take_from(steps.x_t, 1)[1], steps.result)
            expect(not bent, "The result should be a multiple of x_t plus a multiple of the network's answer, point by "
                   "point, but it is not: is something clipped, or averaged over the points?")  # fmt: skip
    before = bar / (1 - beta)
    close(np.array(found), ones / np.sqrt(1 - beta), f"With beta = {beta:.2f} the factor of x_t should be 1 / root of "
          "alpha", {
        "the division by the root of alpha is missing": ones,
        "alpha is there without its square root": ones / (1 - beta),
        "x_t is multiplied by the root of alpha": ones * np.sqrt(1 - beta),
        "alpha_bar is used in place of alpha": 1 / np.sqrt(bar),
        "beta is used in place of alpha": ones / np.sqrt(beta),
        "1 + beta is used in place of alpha": ones / np.sqrt(1 + beta),
        "the root of alpha_bar multiplies x_t": np.sqrt(bar),
        "the two roots in the mean of x_0 and x_t changed places":
            np.sqrt(1 - beta) * beta / (1 - bar) / np.sqrt(bar) + np.sqrt(before) * (1 - before) / (1 - bar),
        "x_t does not enter the result": 0 * ones,
    }, rtol=1e-2)  # fmt: skip


@todo("p_sample")
@points(1.5)
def test_the_mean_takes_the_predicted_noise_away_in_the_right_measure(student, rng):
    """The factor of eps relative to that of x_t, so that a wrong outer factor is charged above; a wrong index below."""
    beta = rng.uniform(0.15, 0.25)
    steps = Steps(student, rng, np.full(9, beta), 5000)
    bars = steps.tables[2]
    found = {t: steps.parts(t)[1] for t in (4, 2, 7)}
    found = {t: b for t, b in found.items() if not shift_of(b, t, *steps.tables[::2])}
    if found:
        bar = bars[np.array(list(found)) - 1]
        root, ones = np.sqrt(1 - bar), np.ones(len(found))
        close(np.array(list(found.values())), -beta / root, "Inside the bracket eps should be multiplied by minus beta "
              "over the root of 1 - alpha_bar", {
            "the square root of 1 - alpha_bar is missing": -beta / (1 - bar),
            "the noise is added, not taken away": beta / root,
            "alpha is used in place of alpha_bar": -np.sqrt(beta) * ones,
            "alpha is used in place of alpha_bar, and the square root is missing": -ones,
            "alpha_bar is used in place of 1 - alpha_bar": -beta / np.sqrt(bar),
            "the root of beta is used in place of beta": -np.sqrt(beta) / root,
            "beta is missing": -1 / root,
            "1 - beta is used in place of beta": -(1 - beta) / root,
            "the division by the root of 1 - alpha_bar is missing": -beta * ones,
            "it is multiplied by the root of 1 - alpha_bar, not divided": -beta * root,
            "eps stands outside the bracket, so that it is not divided by the root of alpha":
                -beta / root * np.sqrt(1 - beta),
            "the whole noise is taken away at once": -root,
            "the step is DDIM's, which adds no noise": np.sqrt((1 - beta) * (1 - bar / (1 - beta))) - root,
            "the network's answer stands where the noise z belongs, too": np.sqrt(beta * (1 - beta)) - beta / root,
            "the network's answer for each point does not enter the result": 0 * ones,
        }, rtol=1e-2, atol=1e-3)  # fmt: skip


@todo("p_sample")
@points(1)
def test_the_noise_is_standard_normal_fresh_and_independent(student, rng):
    """False alarm: 1.1e-7 for the shape (40,000 numbers; the slack covers their estimated scale, known to 0.4 %), 3e-12
    for each of 4 correlations. Uniform noise lies 15 standard errors beyond the bar; noise that is broadcast, repeated
    or kept has correlation 1, more than 100 standard errors."""
    steps = Steps(student, rng, np.full(6, 0.3), 20_000)
    z, again = steps.parts(4)[2], steps.parts(4)[2]
    expect(z.std() > 1e-3, "For t > 1 there should be noise")
    unrelated(z[:, 0], z[:, 1], "The noise should be drawn for each coordinate, but both get the same")
    unrelated(z[1:, 0], z[:-1, 0], "The noise should be drawn for each point, but they share it")
    unrelated(z[:10_000], z[10_000:], "The noise should be drawn for each point, but it repeats")
    unrelated(z, again, "Each call should draw new noise, but two calls had related noise: is the noise kept, or a "
              "generator with a fixed seed made inside the function?")  # fmt: skip
    few = len(np.unique((z / z.std()).round(3))) < 200
    expect(not few, "The noise should be standard normal, but it takes few values: is it rounded to whole numbers?")
    standard_normal(z / z.std(), "The noise, divided by its standard deviation,", slack=0.01)


@todo("p_sample")
@points(1.5)
def test_the_noise_has_one_of_the_two_variances(student, rng):
    """40,000 numbers: the variance has a standard error of 0.7 %, so 4.5 % is passed once in 1e9 right answers. At
    t = 4 and 2 the two variances and the usual mistakes are at least 12 % (17 standard errors) apart, taken together;
    at t = 12, the first step of sampling, it is only asked whether there is noise. An index that is off throughout is
    charged below."""
    beta = rng.uniform(0.18, 0.24)
    steps = Steps(student, rng, np.full(12, beta), 20_000)
    t, ones, found = np.array([4, 2]), np.ones(2), []
    bars = np.append(1.0, steps.tables[2])  # bars[t] is alpha_bar_t
    for step in t:
        _, b, noise = steps.parts(int(step))
        if one_for_all(noise):  # charged above
            return
        found.append(np.mean(noise**2))
        s = shift_of(b, int(step), *steps.tables[::2])
    posterior, shifted = (beta * (1 - bars[t + k - 1]) / (1 - bars[t + k]) for k in (0, s))
    if not any(np.allclose(found, right, rtol=0.045, atol=1e-9) for right in (posterior, shifted)):
        right = " or ".join(f"{v:.3f}" for v in (beta, posterior[0]))
        close(np.array(found), beta * ones, f"With beta = {beta:.2f} the noise at t = 4 should have variance {right}", {
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
            "the previous alpha_bar is taken from two steps back":
                beta * (1 - np.append(bars[1:], bars[1:])[t - 3]) / (1 - bars[t]),
            "the noise was divided by the root of alpha with the mean": beta / (1 - beta) * ones,
            "the posterior noise was divided by the root of alpha with the mean": posterior / (1 - beta),
            "half of the noise is missing": beta / 4 * ones,
            "1 - alpha_bar is used in place of beta": 1 - bars[t],
            "1 - alpha_bar is used as the standard deviation": (1 - bars[t]) ** 2,
            "alpha is used in place of beta": (1 - beta) * ones,
            "two noises are added": 2 * beta * ones,
        }, rtol=0.045, atol=1e-6)  # fmt: skip
    try:
        last = steps.parts(12)[2]
    except StudentError:  # an index beyond the end, charged below
        return
    expect(np.mean(last**2) > 0.1 * beta, "There should be noise at every step but the last one, t = 1; at t = T, the "
           "first one, there is none")  # fmt: skip


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
        expect(
            not np.allclose((a, b), (c, d), rtol=2e-2, atol=3e-3), f"{asked}, but changing that entry changes nothing"
        )


@todo("p_sample")
@points(1)
def test_the_last_step_adds_no_noise(student, rng):
    steps = Steps(student, rng, np.linspace(0.2, 0.4, 6), 50)
    x_t = rng.normal(size=(50, 2))
    one, two = (steps.take_from(x_t, 1)[1] for _ in range(2))
    same_twice = np.allclose(one, two, rtol=1e-6, atol=1e-6)
    expect(same_twice, "At t = 1, the last step, no noise should be added, but two calls gave different results")
