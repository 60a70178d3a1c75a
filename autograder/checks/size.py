"""How many numbers a check looks at: more are refused before they are converted, when each takes eight bytes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MOST = 2 * 2**20  # the weights of a wide block are 1.25 million


def size_of(value: Any) -> int:
    """How many numbers it holds, however they are nested. A handle counts as one: nothing is asked of it."""
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    return math.prod(shape_of(value) or ())


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array or a tensor; None for anything else."""
    is_array = isinstance(value, (np.ndarray, np.generic)) or type(value).__module__ == "torch"
    return tuple(value.shape) if is_array else None


def expect_few(value: Any, what: str, most: int = MOST) -> None:
    """Fail where `value` holds more numbers than any check asks for."""
    if (count := size_of(value)) > most:
        shape = f" (its shape is {shape_of(value)})" if shape_of(value) else ""
        raise AssertionError(f"{what} should hold far fewer numbers than {count:,}{shape}")
