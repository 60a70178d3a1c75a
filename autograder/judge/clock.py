"""No mark hangs on the clock on the wall: what costs points is how long a submission itself computes.

It is waited for `patience` times as long, for code that sleeps, or waits for what never comes. Where a limit is reached
while the machine is busy with other work, the verdict says so, and whoever asked for it asks again (gradebook/step.py).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder import wire
from course_config import LIMITS

LOOK_AGAIN = 1.0  # seconds between two looks at what a submission has computed
BUSY = 1 / 3  # of the time in which this process could compute, that it waited for a core. Alone: 2 to 7 %
HURRIED = "A time limit was reached while the machine was busy with other work."


class Clock:
    """How long one submission has computed, and how long it was waited for; the judge's own work is none of it."""

    def __init__(self, limit: float, patience: float = LIMITS.patience) -> None:
        self.limit, self.patience = limit, patience
        self.spent = dict.fromkeys(("start", "cells", "forks", "questions"), 0.0)  # seconds of waiting, by what for
        self.computed = 0.0  # when it was looked at last
        self.used: Callable[[], float | None] = lambda: None  # by the process at hand
        self.base = 0.0  # by those before it
        self.was_reached = False  # this limit, or another one

    def watch(self, used: Callable[[], float | None]) -> None:
        """From here on another process is the submission's."""
        self.used, self.base = used, self.computed - (used() or 0.0)

    def look(self) -> float:
        """How many seconds it has computed; where nothing says so, for how many it was waited."""
        used = self.used()
        self.computed = max(self.computed, self.waited if used is None else self.base + used)
        return self.computed

    @contextlib.contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.spent[what] += time.monotonic() - start

    def wait(self, seconds: float, longest: float = 0) -> Wait:
        """For one answer that takes at most so much computing time."""
        return Wait(self, seconds, longest or self.patience * seconds)

    @property
    def waited(self) -> float:
        return sum(self.spent.values())

    @property
    def is_over(self) -> bool:
        over = self.computed > self.limit or self.waited > self.patience * self.limit
        self.was_reached |= over
        return over


class Wait(wire.Deadline):
    """Until the submission has computed for some seconds since it was looked at last, or was waited for too long."""

    def __init__(self, clock: Clock, seconds: float, longest: float) -> None:
        self.clock, self.seconds, self.longest = clock, seconds, longest
        self.start, self.before = time.monotonic(), clock.computed
        self.limit = f"took longer than {longest:g} s"  # that was reached, if one was

    def left(self) -> float:
        waited = time.monotonic() - self.start
        if waited < self.seconds:  # it can hardly have computed for longer than that
            return self.seconds - waited
        left = self.longest - waited
        if self.clock.look() - self.before >= self.seconds:
            left, self.limit = 0.0, f"computed for more than {self.seconds:g} s"
        self.clock.was_reached |= left <= 0
        return min(left, LOOK_AGAIN)


def turns() -> tuple[int, int]:
    """For how long this process has computed, and for how long it had to wait for a core, in nanoseconds."""
    with contextlib.suppress(OSError, ValueError):
        ran, waited, _ = map(int, Path("/proc/self/schedstat").read_text().split())
        return ran, waited
    return 0, 0


def was_busy(since: tuple[int, int]) -> bool:
    """Whether others took much of this machine meanwhile; where nothing says so, no."""
    ran, waited = (now - before for now, before in zip(turns(), since, strict=True))
    return waited > BUSY * (ran + waited)
