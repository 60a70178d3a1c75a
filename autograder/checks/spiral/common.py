"""What the checks of several TODOs share: arrays, how equal is equal, and the tables of a schedule."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checks.words import expect, numbers
from autograder.judge.conversation import StudentError

Array = NDArray[Any]
Rng = np.random.Generator
IS_IT_KEPT = "is the noise kept, or a generator with a fixed seed made inside the function?"


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
    values = array(value, what)
    expect(values.shape == shape, f"{what} should have shape {shape}, but it has {values.shape}")
    return values


def same(a: Any, b: Any) -> bool:
    """Equal up to what float32 rounds."""
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-6))


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
