"""What the checks of any assignment may need."""

from __future__ import annotations

import contextlib
import io
import logging
import random
import sys
from typing import Any

import numpy as np
from IPython import get_ipython


def set_back(generator: Any, seed: int, others: bool = True) -> None:
    """Start the notebook's generator, and whatever else a function may draw from, at the same point again."""
    if others:
        fresh = np.random.default_rng
        random.seed(seed)
        np.random.seed(seed)

        def default_rng(*chosen: Any, **named: Any) -> np.random.Generator:
            given = [value for value in (*chosen, *named.values()) if value is not None]
            return fresh(*given or [seed])

        np.random.default_rng = default_rng
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = type(generator.bit_generator)(seed).state


def words(thing: Any) -> str:
    """What it shows itself as."""
    return str(thing)


def attributes(thing: Any, names: list[str]) -> dict[str, Any]:
    """Those that it has, read at once."""
    found = {}
    for name in names:
        with contextlib.suppress(AttributeError):
            found[name] = getattr(thing, name)
    return found


def size(things: Any) -> int:
    return len(things)


def figures() -> list[list[float]]:
    """The heights of every line, every set of points and every set of bars in the open figures."""
    import matplotlib.pyplot as plt

    heights: list[Any] = []
    for axes in (axes for number in plt.get_fignums() for axes in plt.figure(number).axes):
        heights += [line.get_ydata() for line in axes.lines]
        heights += [np.asarray(points.get_offsets())[:, 1] for points in axes.collections]
        heights += [[bar.get_height() for bar in bars] for bars in axes.containers if hasattr(bars, "patches")]
    return [np.asarray(some, dtype=float).ravel().tolist() for some in heights]


class Screen(io.StringIO):
    """Keeps what shows from now on: what is printed, progress bars, what is displayed and what is logged."""

    def __init__(self) -> None:
        super().__init__()
        sys.stdout = sys.stderr = self
        loggers = [logging.root, *logging.root.manager.loggerDict.values()]
        for handler in (handler for logger in loggers for handler in getattr(logger, "handlers", ())):
            if type(handler) is logging.StreamHandler:
                handler.setStream(self)
        if shell := get_ipython():
            shell.display_pub.publish = self.display

    def display(self, data: dict[str, Any], *_: Any, **__: Any) -> None:
        self.write("\n".join(str(text) for kind, text in data.items() if kind.startswith("text/")))
