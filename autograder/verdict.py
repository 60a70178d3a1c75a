"""The shapes that judging turns on: a check, and the verdict that its checks make."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Check(NamedTuple):
    """One hidden check: the TODO that it belongs to, what it is worth, and the pytest function."""

    todo: str
    points: float
    function: Callable[..., None]
