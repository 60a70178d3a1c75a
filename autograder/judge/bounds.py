"""What one submission may cost the judge itself. Most is refused before it costs anything; this is for the rest."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STATUS = Path("/proc/self/status")  # where there is none, memory has no bound


class TooMuchWork(BaseException):
    """The judge's time with one check is spent. No check catches it."""


@contextmanager
def memory(most: int) -> Iterator[None]:
    """In here this process may take so many bytes more than it has; what asks for more stops with a MemoryError."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if STATUS.exists():
        taken = int(STATUS.read_text().split("VmData:")[1].split()[0]) * 1024
        soft = min([taken + most, *(limit for limit in before if limit != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


@contextmanager
def work(seconds: float) -> Iterator[None]:
    """In here this process may compute for so long; then TooMuchWork strikes."""
    before = signal.signal(signal.SIGPROF, _strike)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _strike(*_: object) -> None:
    raise TooMuchWork
