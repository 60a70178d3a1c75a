"""What the checks of several TODOs share: arrays, how equal is equal, and the tables of a schedule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checks.words import array as array
from autograder.checks.words import expect

Array = NDArray[Any]
Rng = np.random.Generator
IS_IT_KEPT = "is the noise kept, or a generator with a fixed seed made inside the function?"


def shaped(value: Any, shape: tuple[int, ...], what: str) -> Array:
    """`value` as an array of this shape."""
    values = array(value, what)
    expect(values.shape == shape, f"{what} should have shape {shape}, but it has {values.shape}")
    return values


def same(a: Any, b: Any) -> bool:
    """Equal up to what float32 rounds."""
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-6))


def schedule(betas: Array) -> tuple[Array, Array, Array]:
    """Tables of these betas, as p_sample and train get them."""
    return betas, 1 - betas, np.cumprod(1 - betas)
