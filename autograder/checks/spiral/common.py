"""What the checks of several TODOs share: arrays, how equal is equal, and the tables of a schedule."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checks.words import array, expect
from autograder.judge.conversation import StudentError

Array = NDArray[Any]
Rng = np.random.Generator
PAIRS_AT_ONCE = 2**20
IS_IT_KEPT = "is the noise kept, or a generator with a fixed seed made inside the function?"


def shaped(value: Any, shape: tuple[int, ...], what: str) -> Array:
    """`value` as an array of this shape."""
    values = array(value, what)
    expect(values.shape == shape, f"{what} should have shape {shape}, but it has {values.shape}")
    return values


def expect_array(value: Any, what: str) -> None:
    """Form alone: what a list of the same numbers lacks."""
    told = f"{what} should be an array, not a {type(value).__name__}: np.array makes it one"
    expect(isinstance(value, np.ndarray), told)


def same(a: Any, b: Any) -> bool:
    """Equal up to what float32 rounds."""
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-6))


def nearest(points: Array, rows: Array) -> tuple[Array, Array]:
    """For each point in the plane how far the nearest row is, by its larger coordinate, and which one that is; in
    portions, since all pairs at once take memory."""
    portions = np.array_split(points, 1 + len(points) * len(rows) // PAIRS_AT_ONCE)
    apart = (np.maximum(*np.abs(some.T[:, :, None] - rows.T[:, None])) for some in portions)
    found = [(distance.min(axis=1), distance.argmin(axis=1)) for distance in apart]
    return np.concatenate([least for least, _ in found]), np.concatenate([place for _, place in found])


def nothing_shared(draw: Callable[[], Array], what: str) -> None:
    """Fail where the (n, 2) numbers of each draw share a part: a weight of 0.1 is enough.

    A part that is shared over the rows moves the means of the columns: n times their squares, summed over the first 10
    draws, are chi-squared with 20 degrees of freedom (beyond 90 once in 1e10), and n / 100 + 1 times that where the
    weight is 0.1. A part that both columns, or two draws, share is a correlation of 0.0099. Draws go on until it is
    beyond 6 standard errors (false alarm below 2e-7, over all draws) or 3.5 of them below 0.0099: some 200,000 rows.
    """
    previous, means, sums, pairs = draw(), [], np.zeros(2), np.zeros(2)
    for count in range(1, 101):
        values = draw()
        means.append(np.sqrt(len(values)) * values.mean(axis=0) / values.std())
        sums += np.array([values[:, 0] @ values[:, 1], np.vdot(values, previous)]) / values.var()
        pairs += (len(values), values.size)
        related, error = np.abs(sums / pairs), 1 / np.sqrt(pairs)
        columns, draws = related < 6 * error
        expect(columns, f"The two columns of {what} should be independent, but they share a part of their numbers")
        expect(draws, f"Each call should draw {what} anew, but two calls share a part of their numbers")
        if count == 10:
            rows = np.square(means).sum() < 90
            expect(
                rows, f"The rows of {what} should be independent, but they share a part: is one number added to all?"
            )
        if count >= 10 and (related + 3.5 * error < 0.0099).all():
            return
        previous = values


def unchanged(before: Any, after: Any) -> bool:
    """Whether numbers, or a dict that holds some, are as they were."""
    if isinstance(before, dict):
        same_keys = isinstance(after, dict) and before.keys() == after.keys()
        return same_keys and all(unchanged(value, after[key]) for key, value in before.items())
    return np.array_equal(before, after)


def schedule(betas: Array) -> tuple[Array, Array, Array]:
    """Tables of these betas, as p_sample and train get them."""
    return betas, 1 - betas, np.cumprod(1 - betas)


@contextlib.contextmanager
def taken_apart(sentence: str) -> Iterator[None]:
    """Where the student's code stops because it takes a pair for one array, `sentence` says what gives pairs."""
    try:
        yield
    except StudentError as error:
        pair = re.search(r"'(tuple|dict)'|sequence|inhomogeneous", str(error))
        if error.kind in ("TypeError", "ValueError", "AttributeError") and pair:
            raise AssertionError(f"{error} {sentence}: is a pair used as if it were one array?") from None
        raise
