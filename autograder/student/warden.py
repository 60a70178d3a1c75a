"""Watches one submission's processes from outside: ends them at a limit, at a word from the judge, or with it.

Each warden is a fork of the warm parent that runs no student code. The kernel ends a worker when its warden dies,
and a warden ends when the parent's end of its pipe closes, so that killing any of them leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple

from autograder.processes import cpu_seconds, descendants, memory, threads, unix_sockets
from autograder.student.sandbox import LIBC, LINUX
from course_config import Limits

TICK = 0.1  # seconds between two looks; within one a process can fill about 0.2 GB
ADOPT_ORPHANS = 36


class Use(NamedTuple):
    """What a submission's processes use at one look."""

    members: list[int]
    sockets: int
    memory_limit: int
    cpu_seconds: float
    seconds: float


# Why a worker is ended, by the warden's exit status less 1: a sentence for its student, and the measure.
REASONS: tuple[tuple[str, Callable[[Use, Limits], bool]], ...] = (
    ("It used more than {memory_gb:.2g} GB of memory.", lambda use, _: too_much(use.members, use.memory_limit)),
    ("It used more than {cpu_seconds} s of computing time.", lambda use, most: use.cpu_seconds > most.cpu_seconds),
    ("It took longer than {judging_seconds} s in all.", lambda use, most: use.seconds > most.judging_seconds),
    (
        "It started more than {processes} processes or threads.",
        lambda use, most: sum(map(threads, use.members)) > most.processes,
    ),
    ("It opened more than {sockets} sockets.", lambda use, most: use.sockets > most.sockets),
)

KILLED = len(REASONS) + 1  # in the place of a reason: there was none, and SIGKILL ended the worker


def how_it_ended(status: int, limits: Limits) -> dict[str, Any]:
    """Why a submission was ended, for its student, empty where no limit was reached; whether it was killed, which it is
    as well where someone killed its warden; whether the limit was one of time."""
    if 0 < status < KILLED:
        reason = REASONS[status - 1][0]
        said = reason.format(memory_gb=limits.memory_bytes / 2**30, **asdict(limits))
        return {"reason": said, "killed": False, "late": "seconds" in reason}
    return {"reason": "", "killed": status == KILLED or status < 0, "late": False}


def adopt_orphans() -> None:
    """What a worker's processes leave behind becomes ours, where no namespace ends it."""
    if LINUX:
        LIBC.prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def guard(worker: int, pipe: int, limits: Limits, scratch: str, own_network: bool) -> int:
    """Watch until the worker ends, the pipe closes or a limit is reached; leave no process. Returns the reason.

    `own_network`: our network namespace is the worker's, and nobody else's.
    """
    last = (0, 0)  # the worker, when it has ended, and its status
    with contextlib.suppress(PermissionError):  # where we may: a hundred busy processes must not keep us from looking
        os.nice(-10)
    start, base, reason = time.monotonic(), memory(os.getpid()), 0
    spent: dict[int, float] = {}  # by pid; of those that have ended, too
    while not (reason or select.select([pipe], [], [], TICK)[0] or (last := os.waitpid(worker, os.WNOHANG))[0]):
        members = descendants(os.getpid())
        times = {pid: cpu_seconds(pid) for pid in members}
        spent |= {pid: own for pid, (own, _) in times.items()}
        cpu = max(sum(spent.values()), sum(own + ended for own, ended in times.values()))
        sockets = unix_sockets() if own_network else 0
        use = Use(members, sockets, base + limits.memory_bytes, cpu, time.monotonic() - start)
        reason = next((n for n, (_, exceeds) in enumerate(REASONS, 1) if exceeds(use, limits)), 0)
    if not last[0]:
        os.kill(worker, signal.SIGKILL)
        last = os.waitpid(worker, 0)
    end_all(worker)
    with contextlib.suppress(RecursionError):  # a thousand folders in folders: they go with the judge
        shutil.rmtree(scratch, ignore_errors=True)
    return reason or (KILLED if last[1] == signal.SIGKILL else 0)


def end_all(worker: int) -> None:
    """Kill the worker and all that came from it, however they detached themselves."""
    members = [worker]
    with contextlib.suppress(OSError):
        os.killpg(worker, signal.SIGKILL)  # all that can be done where the system does not say what came from it
    while members:
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        members = descendants(os.getpid())


def too_much(pids: list[int], limit: int) -> bool:
    """Whether they hold more than this: first by a sum that counts shared pages twice, then by one that is slower."""
    return sum(map(memory, pids)) > limit and sum(memory(pid, shares=True) for pid in pids) > limit
