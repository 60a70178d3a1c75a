"""What a container leaves of its machine: the CPUs and the memory that control groups allow, of version 2 or 1.

Python and torch count the whole machine. Without a limit, or without control groups, the answer is infinity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import inf
from pathlib import Path

SYSTEM = Path("/")


def cores() -> int:
    """How many processes can compute at once."""
    return max(1, int(min(seen(), cpus())))


def seen() -> int:
    """The cores that this process may run on, as Python and torch count them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpus(system: Path = SYSTEM) -> float:
    """How many CPUs' time there is: a quota of microseconds in each period."""
    allowed = [inf]
    for group in _groups("cpu", system):
        match _words(group / "cpu.max") or _words(group / "cpu.cfs_quota_us") + _words(group / "cpu.cfs_period_us"):
            case [quota, period] if quota.isdigit():  # "max" and -1 stand for no limit
                allowed.append(int(quota) / int(period))
    return min(allowed)


def memory(system: Path = SYSTEM) -> float:
    """How many bytes there are."""
    files = (
        _words(group / f"memory.{name}") for group in _groups("memory", system) for name in ("max", "limit_in_bytes")
    )
    return min([int(words[0]) for words in files if words and words[0].isdigit()], default=inf)


def _groups(kind: str, system: Path) -> Iterator[Path]:
    """The groups that this process is in, each with those around it: a limit holds for all inside."""
    try:
        lines = (system / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, place = line.split(":", 2)  # version 2 has one tree, and names no kinds
        if not kinds or kind in kinds.split(","):
            top = system / "sys/fs/cgroup" / (kind if kinds else "")
            group = top / place.lstrip("/")
            yield from (around for around in (group, *group.parents) if around.is_relative_to(top))


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
