"""What /proc says of processes: who came from whom, and what they use. Where there is none, nobody and nothing.

The judge looks so at a submission, and the warden that runs beside it: neither asks what student code could answer.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

CLOCK = os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """All processes that come from this one, without it; where the system does not say, none."""
    found, waiting = [], [pid]
    while waiting:
        tasks = f"/proc/{waiting.pop()}/task"
        with contextlib.suppress(OSError):  # it has just ended
            children = [int(child) for task in os.listdir(tasks) for child in _read(f"{tasks}/{task}/children").split()]
            found += children
            waiting += children
    return found


def computed(pid: int) -> float | None:
    """Seconds for which all that came from a process have computed, what has ended with them; None where nothing says
    so."""
    if not Path("/proc/self/stat").exists():
        return None
    return sum(own + ended for own, ended in map(cpu_seconds, descendants(pid)))


def memory(pid: int, shares: bool = False) -> int:
    """Bytes that a process holds and no file backs, its page tables with them; or its shares of them.

    One that keeps its shares from us, as any process may from its own user, counts with all that it holds.
    """
    lines = _read(f"/proc/{pid}/status").splitlines()
    of_shares = _read(f"/proc/{pid}/smaps_rollup").splitlines() if shares else []
    tables = [line for line in lines if line.startswith("VmPTE")]
    kinds = ("Pss_Anon", "Pss_Shmem") if of_shares else ("RssAnon", "RssShmem")
    held = [line for line in of_shares or lines if line.startswith(kinds)]
    return sum(int(line.split()[1]) * 1024 for line in held + tables)


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Computing time of a process, and of its children that have ended."""
    times = [int(time) / CLOCK for time in _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:15]]
    return sum(times[:2]), sum(times[2:])


def threads(pid: int) -> int:
    lines = _read(f"/proc/{pid}/status").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Threads"))


def unix_sockets() -> int:
    """How many there are in our network namespace, those with them that were sent and that no process holds yet."""
    return max(len(_read("/proc/self/net/unix").splitlines()) - 1, 0)  # the first line names the columns


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:  # it has just ended
        return ""
