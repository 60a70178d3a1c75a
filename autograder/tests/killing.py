"""kill -9 of what the judge started, from outside, as the system does where memory is short."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

PLACES = ("judge", "warm parent", "warden", "worker", "fork")  # each came from the one before
place, left = "fork", 0  # what is killed, and how often


def kill() -> None:
    """Kill the one that is asked for, if it should be killed once more."""
    global left
    if left:
        left -= 1
        line = line_from(os.getpid())
        os.kill(line[PLACES.index(place)], signal.SIGKILL)
        while alive(line[-1]):  # what came from it goes with it, a little later
            time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def line_from(pid: int) -> list[int]:
    """A process, one that came from it, one that came from that, and so on: the longest such line."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [pid, *max(map(line_from, children), key=len, default=[])]
