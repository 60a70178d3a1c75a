"""make_spiral: the data, points of a spiral with jitter. Any number of arms and any growing radius will do."""

from __future__ import annotations

import itertools

import numpy as np

from autograder.checks.spiral.common import Array, Rng, shaped
from autograder.checks.words import array, expect, points, standard_normal, unrelated
from autograder.judge.conversation import Student

# Few neighbours where turns lie close together, many where points are a little off.
NEAR = (10, 40, 120)


def spiral(student: Student, n: int, noise: float, seed: int | None = None) -> Array:
    """Points of the student's spiral; with a seed, from generators that were set back to it."""
    if seed is not None:
        set_back(student, seed)
    call = f"make_spiral({n}, {noise:g})"
    cloud = array(student.make_spiral(n, noise), call)
    expect(cloud.shape != (2, n), f"{call} should have shape ({n}, 2), a row for each point: it is transposed")
    expect(n == 1000 or cloud.shape != (1000, 2), f"{call} should have {n} points, but it has 1000: use n_samples")
    lost = cloud.ndim == 2 and 0 < n - len(cloud) < 5
    dropped = "is n_samples shared out among arms, and the rest dropped?"
    expect(not lost, f"{call} should have shape ({n}, 2), but it has only {len(cloud)} points: {dropped}")
    return shaped(cloud, (n, 2), call)


def set_back(student: Student, seed: int) -> None:
    student.make("set_back", student.rng, seed)


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


def strands(cloud: Array, rng: Rng) -> tuple[Array, Array, float]:
    """Points of a cloud without jitter, the directions of the curve there, and how thick it is for its length."""
    _, cell, count = np.unique(np.floor(cloud / 0.1), axis=0, return_inverse=True, return_counts=True)
    even = 1 / count[cell.ravel()]  # half of the places are spread evenly, half lie where points are dense
    chosen = cloud[rng.choice(len(cloud), 480, replace=False, p=(even / even.sum() + 1 / len(cloud)) / 2)]
    distance = (cloud**2).sum(axis=1) - 2 * chosen @ cloud.T  # squared, less the same for a whole row
    nearest = np.argpartition(distance, NEAR, axis=1)[:, : NEAR[-1]]  # in groups of rising distance
    best = (chosen, chosen, np.inf)
    for k in NEAR:
        near = cloud[nearest[:, :k]]
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
    centre, width = np.zeros(2), 0.7 * scale
    best: tuple[float, Array, Array, float] = (-1.0, centre, np.ones(2), 0.0)
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


@points(0.25)
def test_returns_n_points_in_the_plane(student: Student, rng: Rng) -> None:
    for n in (1000, 257, int(rng.integers(300, 500))):
        spiral(student, n, 0.02)
    default = array(student.make_spiral(), "make_spiral()")
    expect(default.shape == (1000, 2), f"make_spiral() should make 1000 points; its shape is {default.shape}")


@points(0.25)
def test_the_points_are_centred_and_about_1_wide(student: Student) -> None:
    """Points that are only scaled, not standardised, have a mean that scatters by 1/sqrt(20000) = 0.007: the bar of 0.1
    is 14 standard errors. Their spread follows from the arm, and is known to 1 %."""
    cloud = spiral(student, 20_000, 0.02)
    centre, spread = cloud.mean(axis=0), cloud.std(axis=0)
    expect(np.abs(centre).max() < 0.1, f"The mean should be near (0, 0), but it is {centre.round(2)}: centre them")
    asked = "Each coordinate should have a standard deviation of about 1"
    scale = "scale them: divide each coordinate by its standard deviation"
    expect(spread.min() > 0.3 and spread.max() < 1.3, f"{asked}, but they are {spread.round(2)}: {scale}")


@points(0.5)
def test_every_call_gives_fresh_points(student: Student) -> None:
    one, two = spiral(student, 300, 0.05), spiral(student, 300, 0.05)
    repeated = (np.abs(one[:, None] - two[None]).max(axis=2) <= 1e-9).any(axis=1).mean()
    expect(repeated < 0.5, "Two calls gave the same points: is a generator made in the function, or an answer kept?")


@points(0.5)
def test_more_noise_gives_more_jitter(student: Student, rng: Rng) -> None:
    """The standard deviation of 40,000 numbers is known to 0.4 %. Each noise is 2.5 times the one before, so the jitter
    of a right answer grows 2.5 times, or, where it is standardised with the points and larger than they, 1.3 times."""
    seed = int(rng.integers(2**31))
    noises = (0.02, 0.05, 0.125, 0.3)
    sizes = [jitter(student, noise, seed).std() for noise in noises]
    more = "With noise=0.02 the points should have more jitter than with none"
    expect(sizes[0] > 1e-5, f"{more}: is noise used, and drawn for each point?")
    astray = "With noise=0.02 each point should lie near where it lies without noise"
    expect(sizes[0] < 0.35, f"{astray}, but on average it is {sizes[0]:.2g} away, as if there were no spiral any more")
    found = f"for {', '.join(map(str, noises))} it is {np.round(sizes, 3)}"
    grows = [big > 1.15 * small for small, big in itertools.pairwise(sizes)]
    expect(any(grows), f"The jitter should grow with noise; {found}: is noise used?")
    all_the_way = f"The jitter should grow with noise all the way; {found}"
    expect(all(grows), f"{all_the_way}: is it cut off, or larger than the spiral?")


@points(0.5)
def test_the_jitter_is_gaussian_and_independent_in_both_coordinates(student: Student, rng: Rng) -> None:
    """False alarm: 1.1e-7 for each coordinate (20,000 numbers; the slack covers mean and scale taken from the sample),
    3e-12 for each correlation. Uniform jitter lies 5 standard errors beyond the bar, half-normal more (see
    `standard_normal`); jitter of the radius or the angle alone, or one number for both coordinates, shows as a
    correlation above 0.2, 21 standard errors beyond it. The skewness of 20,000 normal numbers has a standard error of
    0.017; that of their absolute values is 1, that of an exponential 2."""
    added = jitter(student, 0.05, int(rng.integers(2**31)))
    x, y = added.T
    for name, values in (("x", x), ("y", y)):
        expect(values.std() > 1e-5, f"There should be jitter on both coordinates, but {name} has none")
        none = (np.abs(values) < 0.03 * values.std()).mean()  # 2.4 % of normal numbers
        expect(
            none < 0.1, f"Every point should get jitter, but {100 * none:.0f} % of the points have no jitter in {name}"
        )
    each = "draw a number for each coordinate, and add it to x and y, not to the angle or radius"
    added_to = "The jitter should be added to x and y"
    unrelated(x, y, f"The jitter of x and y should be independent: {each}")
    unrelated(np.abs(x), np.abs(y), f"{added_to}, not to the radius or the angle, nor multiplied with them")
    unrelated(x[1:], x[:-1], "Each point should get jitter of its own")
    not_repeated(x + 1j * y)
    for name, values in (("x", x), ("y", y)):
        values = values / values.std()
        one_sided = f"The jitter of {name} should be Gaussian, but it leans to one side: is an absolute value taken?"
        expect(abs((values**3).mean()) < 0.5, one_sided)
        standard_normal(values, f"The jitter of {name}, divided by its standard deviation,", slack=0.02)


def not_repeated(jitter: np.ndarray) -> None:
    """One arm's jitter is not another's, turned or mirrored. The share of 20,000 complex numbers that those of another
    half, third or quarter predict has a standard error of at most 0.01; the bar of 0.1 is 10 of them."""
    n = len(jitter)
    for lag in {1, n // 4, n // 3, n // 3 + 1, n // 2}:
        one, other = jitter[:-lag], jitter[lag:]
        shares = [abs((one * turned).mean()) / (abs(jitter) ** 2).mean() for turned in (other, other.conj())]
        expect(
            max(shares) < 0.1, "Each point should get jitter of its own, but one part of the points repeats another's"
        )


@points(4.5, "whole")
def test_without_jitter_the_radius_grows_with_the_angle_for_a_turn_or_more(student: Student, rng: Rng) -> None:
    """For exactly one turn the estimate was 0.86 or more in 120 trials (radius laws from the root to the square of the
    angle, exponentials, three densities), for half a turn 0.77 or less. Two thirds of a turn may slip through. The
    farthest of 20,000 points lies 2 standard deviations out, 6 where the radius grows 10,000 times; 1 / sin has
    100."""
    cloud = spiral(student, 20_000, 0.0)
    places, tangents, thickness = strands(cloud, rng)
    scattered = "With noise=0 the points should lie on a curve, but they are scattered"
    expect(thickness < 0.05, f"{scattered}: do angle and radius of a point belong together?")
    width, length = np.linalg.svd(np.cov(cloud.T), compute_uv=False)[::-1]
    line = "The radius should grow with the angle, but all points lie on a straight line"
    expect(width > 1e-4 * length, f"{line}: is x made with the cosine and y with the sine?")
    far = np.abs(cloud / cloud.std(axis=0)).max()
    ends = f"An arm should end after its last turn, but some points lie {far:.0f} standard deviations from the centre"
    expect(far < 10, f"{ends}: is something divided by a cosine or a sine?")
    x, y = cloud.T  # does one conic section fit all points?
    fit = np.linalg.svd(np.stack([x * x, x * y, y * y, x, y, np.ones_like(x)], axis=1), compute_uv=False)
    circle = "The radius should grow with the angle, but all points lie on a circle or an ellipse"
    expect(fit[-1] > 1e-4 * fit[0], f"{circle}: does the radius depend on the angle?")
    share, turns = look_from_the_best_centre(cloud, places, tangents)
    asked = "The radius should grow with the angle all along the arm, as in a spiral"
    found = f"seen from the best centre it does so on {100 * share:.0f} % of the curve"
    expect(share > 0.9, f"{asked}; {found} (on a circle or a straight line it would not)")
    expect(turns > 0.82, f"An arm should make at least one full turn; yours makes about {turns:.1f}")


@points(1, "form")
def test_randomness_comes_from_the_notebooks_rng(student: Student) -> None:
    """Only rng is set back, so a generator of one's own, or np.random, goes on elsewhere."""
    clouds = []
    for _ in range(2):
        student.make("set_back", student.rng, 2024, False)
        clouds.append(spiral(student, 300, 0.05))
    asked = "All randomness should come from the notebook's rng"
    expect(np.array_equal(clouds[0], clouds[1]), f"{asked}; after it was set back, the points were different")


@points(0.5, "form")
def test_returns_an_array_of_float32_or_float64(student: Student) -> None:
    points = student.make_spiral(20, 0.02)
    plain = isinstance(points, (list, tuple))
    expect(not plain, f"make_spiral should return an array, not a {type(points).__name__}: np.array makes it one")
    kind = getattr(points, "dtype", None)
    expect(kind in (np.float32, np.float64), f"The points should be of type float32 or float64, not {kind}")
