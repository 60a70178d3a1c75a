"""Holds court over one submission: its cells run elsewhere, pytest asks it the hidden checks, and a verdict is made."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import sys
import time
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from autograder import wire
from autograder.checks import checks_of, modules_of
from autograder.checks.words import Undecided
from autograder.judge import bounds, clock
from autograder.judge.conversation import OPEN, TOO_MUCH, UNASKED, StudentError
from autograder.judge.forks import Forks
from autograder.judge.run import Run
from autograder.judge.secret import PUBLIC, start_of_draws
from autograder.verdict import WITHHELD, Check, CheckResult, Part, TodoResult, Verdict, todo_result, verdict_of
from course_config import LIMITS, SEED

PATIENCE = 2  # questions without an answer, or with far too long a one, before a TODO's other checks are given up
NO_MEMORY = "can't allocate memory"  # in torch's words
COSTLY = ("TimeoutError", TOO_MUCH)
# Parts of pytest that no check needs: without them it starts in a third of the time.
UNUSED = (
    *("cacheprovider", "debugging", "doctest", "faulthandler", "junitxml", "legacypath", "logging", "monkeypatch"),
    *("pastebin", "recwarn", "setuponly", "setupplan", "stepwise", "subtests", "threadexception", "tmpdir", "unittest"),
    *("unraisableexception", "warnings"),
)
MESSAGE_CHARS = 2000  # what came back may be quoted, and be long


def judge(
    notebook: dict[str, Any],
    assignment: str,
    parent: Forks,
    seed: int = SEED,
    only: set[str] | None = None,
    modules: dict[str, str] | None = None,
    secret: bytes = PUBLIC,
) -> Verdict:
    """Run a mended notebook and check it; fill in its outputs and return the verdict.

    `only` names the TODOs to check, where not all are wanted; `modules` are the texts of .py files beside it, by name.
    `seed` starts the judge's own random inputs, and with the secret what the student's side draws from.
    """
    start, turns = time.monotonic(), clock.turns()
    get_ready(assignment)
    with bounds.memory(LIMITS.judge_bytes):
        run = Run(notebook, assignment, parent, modules=modules)
        court = Court(assignment, seed, run, only, secret)
        try:
            court.hold()
        finally:
            run.close()
    if run.clock.was_reached and clock.was_busy(turns):
        run.say_once(clock.HURRIED)
    spent = run.clock.spent | {"checks": time.monotonic() - start - run.clock.waited}
    return verdict_of(assignment, court.todos(), seed, run.isolation, spent, [*run.notes, *run.remarks()])


@cache
def get_ready(assignment: str) -> None:
    """Import the checks and what they need, once, at one thread: the judge's numbers are few, and more threads only
    wait for each other, and for what else the machine judges. What is there by then is no garbage."""
    modules_of(assignment)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    threadpool_limits(1)
    gc.collect()
    gc.freeze()


class Court:
    """The pytest plugin: gives each check a student of its own, and keeps what became of it."""

    def __init__(
        self, assignment: str, seed: int, run: Run, only: set[str] | None = None, secret: bytes = PUBLIC
    ) -> None:
        self.assignment, self.seed, self.run, self.secret = assignment, seed, run, secret
        self.checks = {n: c for n, c in checks_of(assignment).items() if only is None or c.todo in only}
        self.results: dict[str, tuple[bool, str]] = {}
        self.silent: list[str] = []  # the TODO of each question that took too long, there or here
        self.killed: set[str] = set()  # the checks whose fork something outside has ended
        self.asked = set(self.checks)

    def hold(self) -> None:
        """Ask all checks; once more those whose fork was killed while no limit was reached."""
        self.ask()
        if self.killed:
            self.asked, self.killed = self.killed, set()
            self.ask()
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):  # and with it all that a check had read
            vars(sys).pop(name, None)

    def ask(self) -> None:
        options = ["-q", "--tb=no", "-c", os.devnull, "--noconftest", *(f"-pno:{plugin}" for plugin in UNUSED)]
        options += ["--import-mode=importlib", "--assert=plain"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            ended = pytest.main([*self.files(), *options], plugins=[self])
        if ended == pytest.ExitCode.INTERRUPTED:  # pytest took a Ctrl-C for itself
            raise KeyboardInterrupt

    def files(self) -> list[str]:
        asked = {self.checks[name].todo for name in self.asked}
        return [module.__file__ or "" for todo, module in modules_of(self.assignment).items() if todo in asked]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """TODO by TODO, in each in an order that hangs on the secret: code that counts how often it is asked does not
        learn what comes next."""
        todos = list(dict.fromkeys(check.todo for check in self.checks.values()))
        items[:] = [item for item in items if item.name in self.asked]
        items.sort(key=lambda item: (todos.index(self.checks[item.name].todo), self.start(item.name)))

    def start(self, check: str) -> int:
        """What the student's generators start from in a check."""
        return start_of_draws(self.secret, self.seed, self.assignment, check)

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Any:
        if self.silent.count(self.checks[request.node.name].todo) >= PATIENCE:
            raise StudentError("This was not asked: earlier questions to this TODO took too long.")
        if self.run.clock.is_over:
            raise StudentError(UNASKED)
        name = request.node.name
        student = self.run.student(self.start(name), self.checks[name].todo)
        yield student
        if self.run.reap(student.close()):
            self.killed.add(name)

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(request.node.name.encode())])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        with bounds.work(LIMITS.work_seconds):
            yield

    @pytest.hookimpl
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when == "teardown" or (call.when == "setup" and call.excinfo is None):
            return
        error = call.excinfo and call.excinfo.value
        if isinstance(error, bounds.TooMuchWork) or isinstance(error, StudentError) and error.kind in COSTLY:
            self.silent.append(self.checks[item.name].todo)
        self.results[item.name] = _outcome(error)

    def todos(self) -> dict[str, TodoResult]:
        """Each TODO's checks in the order of its file."""
        checks: dict[str, list[tuple[CheckResult, Part]]] = {}
        for name, check in self.checks.items():
            checks.setdefault(check.todo, []).append((self.result(name, check), check.part))
        return {todo: todo_result(self.as_a_whole(parts)) for todo, parts in checks.items()}

    def as_a_whole(self, parts: list[tuple[CheckResult, Part]]) -> list[CheckResult]:
        """A TODO's results; the points of the whole are withheld where a facet of it is wrong, and those of form and
        device, which say how a result comes, where less than half of the facets' points are: there is no result yet.
        """
        facets = [result for result, part in parts if part == "facet"]
        wrong = [result["name"] for result in facets if not result["passed"]]
        results = facets or [result for result, part in parts if part == "whole"]
        mostly_wrong = 2 * sum(result["points"] for result in results) < sum(result["max"] for result in results)
        for result, part in parts:
            if result["passed"] and part == "whole" and wrong:
                result |= {"passed": False, "points": 0.0, "message": f"{WITHHELD}: {wrong[0].replace('_', ' ')}."}
            elif result["passed"] and part in ("form", "device") and mostly_wrong:
                result |= {"passed": False, "points": 0.0, "message": f"{WITHHELD}, and most of its parts are not."}
        return [result for result, _ in parts]

    def result(self, name: str, check: Check) -> CheckResult:
        """What became of a check; one that did not report is never taken as passed."""
        passed, message = self.results.get(name, (False, "The grader did not run this check: tell your instructor."))
        missing = re.search(r"[`'](\w+)[`'] is not defined", message)
        if missing and missing[1] in self.run.lost:
            message += f" {self.run.lost[missing[1]]}."
        message = open_todo[0] if (open_todo := OPEN.search(message)) else message
        return {
            "name": name.removeprefix("test_"),
            "passed": passed,
            "points": check.points if passed else 0.0,
            "max": check.points,
            "message": message,
        }


def _outcome(error: BaseException | None) -> tuple[bool, str]:
    match error:
        case None:
            return True, ""
        case Undecided():
            return True, f"Not decided here: {error}"
        case AssertionError():
            return False, str(error)[:MESSAGE_CHARS]
        case wire.WireError():
            return False, f"The answer was refused: {error}."
        case bounds.TooMuchWork():
            return False, "The grader gave up on this check: what came back took too long to look at."
        case MemoryError() | RuntimeError() if isinstance(error, MemoryError) or NO_MEMORY in str(error):
            return False, "The grader gave up on this check: what came back took too much memory to look at."
    return False, f"What came back could not be used ({type(error).__name__}: {error})."[:MESSAGE_CHARS]
