"""The memory of a process that many are forked from, in few and large pages.

A fork copies one entry a page. Of the 460 MB that torch takes here, most lie in pages of 4 kB: gathered in pages of
2 MB they cost a fork, and its end, 9 ms of processor time in the place of 19. What a fork writes to is split again,
in the fork alone. Linux 6.1 can do so, where its huge pages are not switched off; elsewhere all stays as it is.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

HUGE = 2 * 2**20  # bytes of a large page, of x86-64 and of most ARM systems
USE_HUGE_PAGES, COLLAPSE = 14, 25  # of madvise(2)
OWN = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?$", re.M)  # memory of no file


def gather() -> None:
    """Put what this process holds into large pages, as far as the machine can."""
    with suppress(OSError, AttributeError):
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        for start, size in regions(Path("/proc/self/maps").read_text()):
            madvise(start, size, USE_HUGE_PAGES)
            for place in range(start, start + size, HUGE):
                madvise(place, HUGE, COLLAPSE)


def regions(maps: str) -> Iterator[tuple[int, int]]:
    """Where memory of no file lies that fills whole large pages, and how many bytes of it."""
    for found in OWN.finditer(maps):
        start, end = -(-int(found[1], 16) // HUGE) * HUGE, int(found[2], 16) // HUGE * HUGE
        if start < end:
            yield start, end - start
