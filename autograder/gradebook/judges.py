"""Several judges at once, and one writer: whoever waits for a judge lets another submission be read or recorded."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from autograder.gradebook.judge_process import JudgeProcess, warm_judge
from autograder.gradebook.machine import AGAIN
from autograder.sentences import Stopped

VARIABLE = "NBGRADER_EXECUTION"  # nbgrader sets it while it converts a notebook
Given = TypeVar("Given")
Made = TypeVar("Made")


class Judges(Protocol):
    """Whoever answers what AskJudge asks."""

    def ask(self, request: dict[str, Any], seconds: float, alone: bool = False) -> dict[str, Any]:
        """The judge's answer, empty where there is none; `alone` while no other one is at work."""


in_charge: Judges = warm_judge  # of this process: of one submission after the other, as nbgrader's own commands grade


class Pool:
    """Judge processes of this machine, and threads that each take one submission through nbgrader.

    A thread holds `writing` all the time but for its wait for a judge, so gradebook and folders see one at a time.
    """

    def __init__(self, workers: int) -> None:
        self.processes = [JudgeProcess(core) for core in cores(workers)]
        self.free: SimpleQueue[JudgeProcess] = SimpleQueue()
        for process in self.processes:
            self.free.put(process)
        self.choosing = threading.Lock()
        self.threads = workers + 1  # no judge waits while a verdict is recorded
        self.writing = threading.Lock()
        self.is_over = False

    def ask(self, request: dict[str, Any], seconds: float, alone: bool = False) -> dict[str, Any]:
        self.writing.release()
        try:
            with self.taken(len(self.processes) if alone else 1) as process:
                answer = process.ask(request, seconds)
        finally:
            self.writing.acquire()
            os.environ[VARIABLE] = "autograde"  # another thread has come to the end of its notebook, and deleted it
        self.stop_if_over()  # the answer may be missing for that
        return answer

    @contextlib.contextmanager
    def taken(self, count: int) -> Iterator[JudgeProcess]:
        """One of so many judges that are taken, so that nobody else asks them."""
        with self.choosing:  # two that want all would each wait for the other's
            taken = [self.free.get() for _ in range(count)]
        try:
            yield taken[0]
        finally:
            for process in taken:
                self.free.put(process)

    def stop_if_over(self) -> None:
        if self.is_over:
            raise Stopped(f"Stopped. {AGAIN}")

    def each(self, do: Callable[[Given], Made], things: Iterable[Given]) -> Iterator[Made]:
        """do(thing) for all of them, each result when it is there; the first error ends all."""

        def alone(thing: Given) -> Made:
            with self.writing:
                self.stop_if_over()
                return do(thing)

        waiting = iter(things)
        with ThreadPoolExecutor(self.threads) as threads, contextlib.closing(self):
            at_work: set[Future[Made]] = set()
            while True:
                at_work |= {threads.submit(alone, thing) for thing in islice(waiting, self.threads - len(at_work))}
                if not at_work:
                    return
                done, at_work = wait(at_work, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()

    def close(self) -> None:
        """End the judges; whatever still waits for one ends, and records nothing."""
        self.is_over = True
        for process in self.processes:
            process.end()


def cores(workers: int) -> list[int | None]:
    """A core for each worker, where there are as many as the machine has; fewer may go where there is room."""
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return list(there) if len(there) == workers else [None] * workers


@contextlib.contextmanager
def at_once(workers: int, root: Path) -> Iterator[Pool]:
    """Have so many judges answer in this process, which works in the course's folder meanwhile: nbgrader goes there
    and back for each notebook, and threads would do so out of turn."""
    global in_charge
    before, pool = in_charge, Pool(workers)
    with contextlib.chdir(root):
        in_charge = pool
        try:
            yield pool
        finally:
            in_charge = before
            for process in pool.processes:
                process.stop()
