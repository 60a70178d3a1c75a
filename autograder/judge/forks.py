"""Who is forked from whom: the warm parent, from it a submission's process, from that one fork a check."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from autograder import processes, wire
from autograder.judge.clock import Clock
from autograder.judge.conversation import Student, legible
from course_config import ASSIGNMENTS, Limits

WARM_SECONDS = 120  # importing torch on a busy machine
MOST_NAMES = 200  # of one cell, in what is said about it
END_SECONDS = 2  # for a warm parent, with all that it forked
NUMBERS = count(1)  # of submissions, for the names of their folders
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # huge pages: a fork copies fewer page tables, 22 ms in place of 29
}


class End(NamedTuple):
    """How a fork ended: at which limit, in a sentence, if at any; and whether it was killed, by us or by others."""

    reason: str
    killed: bool
    late: bool = False  # the limit was one of time


class Forks:
    """A process that forks a submission's process when asked: the warm parent, or a submission itself."""

    home: str
    channel: wire.Channel
    patience = WARM_SECONDS  # for an answer that takes no student code

    def fork(self, public: dict[str, Path], limits: Limits, modules: dict[str, str] | None = None) -> Submission:
        """A fresh process for one submission, in a scratch folder that shows it the `public` files by name.

        Its own `modules`, texts by name, are written there.
        """
        scratch = f"{self.home}/{next(NUMBERS)}"
        files = {name: str(path) for name, path in public.items()}
        request = {"home": self.home, "scratch": scratch, "public": files, "modules": modules or {}}
        request["limits"] = asdict(limits)
        pid, channel = self.ask_for_fork(request, self.patience)
        return Submission(self, pid, channel, scratch, limits)

    def ask_for_fork(self, request: dict[str, Any], seconds: float) -> tuple[int, wire.Channel]:
        ours, theirs = socket.socketpair()
        self.channel.send(request, fds=(theirs.fileno(),))
        theirs.close()
        return self.told("pid", int, seconds), wire.Channel(ours)

    def told(self, name: str, kind: type, seconds: float | wire.Deadline) -> Any:
        """One part of the next answer; its sender may hold student code, so it may be anything."""
        answer = self.channel.receive(seconds)[0]
        if not isinstance(answer, dict) or type(answer.get(name)) is not kind:
            raise wire.WireError("an answer that is none")
        return answer[name]

    def kill(self, pid: int) -> End:
        """End a fork and all that came from it."""
        self.channel.send({"kill": pid})
        end = self.told("end", dict, self.patience)
        return End(legible(end.get("reason")), end.get("killed") is True, end.get("late") is True)


class Parent(Forks):
    """The warm parent: an exec'ed process of its own, from which every submission's process is forked.

    It has imported what these assignments need; what it has not, a submission of another one would wait for.
    """

    def __init__(self, *assignments: str) -> None:
        self.home = tempfile.mkdtemp(prefix="course-")
        os.chmod(self.home, 0o711)  # a worker of another user finds its own folder in it
        ours, theirs = socket.socketpair()
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", "autograder.student", str(theirs.fileno()), *(assignments or ASSIGNMENTS)],
            pass_fds=[theirs.fileno()],
            env=keep | ENVIRONMENT | {"HOME": self.home, "MPLCONFIGDIR": self.home, "IPYTHONDIR": self.home},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr if os.environ.get("COURSE_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self.channel = wire.Channel(ours)

    def close(self) -> None:
        self.channel.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        subprocess.run(["rm", "-rf", self.home], stderr=subprocess.DEVNULL)  # however deep its folders are

    def __enter__(self) -> Parent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Submission(Forks):
    """One submission's locked-in process, which holds the namespace that its cells made.

    What is forked from it starts with that namespace, and stays inside the same lock.
    """

    patience = 10  # student's threads may hold it up

    def __init__(self, parent: Forks, pid: int, channel: wire.Channel, home: str, limits: Limits) -> None:
        self.parent, self.pid, self.channel, self.home, self.limits = parent, pid, channel, home, limits
        self.asked = 0  # the fork of the last check
        self.warden: int = parent.warden if isinstance(parent, Submission) else pid  # as the judge sees it
        self.isolation = self.told("isolation", str, WARM_SECONDS)

    def computed(self) -> float | None:
        """For how many seconds it has, with all that came from it."""
        return processes.computed(self.warden)

    def run(
        self, source: str, clock: Clock | None = None, only_definitions: bool = False, kind: str = "own", todo: str = ""
    ) -> dict[str, Any]:
        """Execute one cell; raise wire.Gone where the process died or did not come back.

        Returns its outputs, its number, the error that stopped it (type and message, both "" for none), the names that
        it should have bound and did not, and the functions of TODOs that it defines anew.
        """
        seconds, clock = self.limits.cell_seconds, clock or Clock(self.limits.submission_seconds)
        about: dict[str, Any] = {"seconds": seconds, "longest": clock.patience * seconds}
        about |= {"only_definitions": only_definitions, "kind": kind, "todo": todo}
        self.channel.send({"run": source} | about)
        # The worker stops a slow cell itself, if it can, and may then run what it defines.
        ran = self.told("ran", dict, clock.wait(2 * seconds + 10, clock.patience * seconds + seconds + 10))
        error = ran.get("error") if isinstance(ran.get("error"), dict) else {}
        return {
            "outputs": _dicts_in(ran.get("outputs")),
            "count": ran["count"] if type(ran.get("count")) is int else None,
            "error": {part: legible(error.get(part)) for part in ("type", "message")},
            "lost": [name for name in map(legible, _list(ran.get("lost"))[:MOST_NAMES]) if name],
            "anew": [
                {part: legible(one.get(part)) for part in ("todo", "name", "counts")}
                for one in _dicts_in(ran.get("anew"))[:MOST_NAMES]
            ],
        }

    def student(self, seed: int, seconds: float, clock: Clock, todo: str = "") -> Student:
        """A fork of the namespace for one check of a TODO."""
        self.asked, channel = self.ask_for_fork({"seed": seed, "todo": todo}, seconds)
        return Student(channel, seconds, clock)

    def reap(self) -> End:
        """End the fork of the last check, hung or not."""
        return self.kill(self.asked)

    def close(self) -> End:
        """End the process and all that came from it."""
        self.channel.close()
        return self.parent.kill(self.pid)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts_in(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
