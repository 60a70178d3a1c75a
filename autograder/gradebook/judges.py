"""Several judges at once, and one writer: whoever waits for a judge lets another submission be read or recorded."""

from __future__ import annotations

import contextlib
import os
import threading
from abc import ABC, abstractmethod
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


class Crew(ABC):
    """Several judges, and threads that each take one submission through nbgrader.

    A thread holds `writing` all the time but for its wait for a judge, so gradebook and folders see one at a time.
    """

    def __init__(self, workers: int) -> None:
        self.threads = workers + 1  # no judge waits while a verdict is recorded
        self.writing = threading.Lock()
        self.is_over = False

    @abstractmethod
    def answer(self, request: dict[str, Any], seconds: float, alone: bool) -> dict[str, Any]:
        """As `ask`, from any thread."""

    @abstractmethod
    def end(self) -> None:
        """End all judges; whoever waits for one gets no answer."""

    def ask(self, request: dict[str, Any], seconds: float, alone: bool = False) -> dict[str, Any]:
        self.writing.release()
        try:
            answer = self.answer(request, seconds, alone)
        finally:
            self.writing.acquire()
            os.environ[VARIABLE] = "autograde"  # another thread has come to the end of its notebook, and deleted it
        self.stop_if_over()  # the answer may be missing for that
        return answer

    def each(self, do: Callable[[Given], Made], things: Iterable[Given]) -> Iterator[Made]:
        """do(thing) for all of them, each result when it is there; the first error ends all."""

        def take(thing: Given) -> Made:
            with self.writing:
                self.stop_if_over()
                return do(thing)

        waiting = iter(things)
        with ThreadPoolExecutor(self.threads) as threads, contextlib.closing(self):
            at_work: set[Future[Made]] = set()
            while True:
                at_work |= {threads.submit(take, thing) for thing in islice(waiting, self.threads - len(at_work))}
                if not at_work:
                    return
                done, at_work = wait(at_work, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()

    def stop_if_over(self) -> None:
        if self.is_over:
            raise Stopped(f"Stopped. {AGAIN}")

    def close(self) -> None:
        """Whatever still waits for a judge ends, and records nothing."""
        self.is_over = True
        self.end()


class Pool(Crew):
    """Judge processes of this machine."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.processes = [JudgeProcess(core) for core in cores(workers)]
        self.free: SimpleQueue[JudgeProcess] = SimpleQueue()
        for process in self.processes:
            self.free.put(process)
        self.choosing = threading.Lock()

    def answer(self, request: dict[str, Any], seconds: float, alone: bool) -> dict[str, Any]:
        with self.taken(len(self.processes) if alone else 1) as process:
            return process.ask(request, seconds)

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

    def end(self) -> None:
        for process in self.processes:
            process.end()


def cores(workers: int) -> list[int | None]:
    """A core for each worker, where there are as many as the machine has; fewer may go where there is room."""
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return list(there) if len(there) == workers else [None] * workers


@contextlib.contextmanager
def in_charge_of(root: Path, crew: Crew) -> Iterator[None]:
    """Have a crew answer in this process, which works in the course's folder meanwhile: nbgrader goes there and back
    for each notebook, and threads would do so out of turn."""
    global in_charge
    before = in_charge
    with contextlib.chdir(root):
        in_charge = crew
        try:
            yield
        finally:
            in_charge = before
