"""The trusted side: has a submission's cells run elsewhere, asks it questions with pytest, makes a verdict.

`python -m autograder.judge --serve` answers JSON lines, one submission a line, for callers such as nbgrader that
must not fork or run pytest in their own process.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import wire
from autograder.checks import Undecided, checks_of, module_of
from autograder.student import Forks, Parent, StudentError, Submission
from course_config import COMPANIONS, DATA, LIMITS, SEED, Limits

PATIENCE = 2  # questions without an answer before the other checks of a TODO are given up
MESSAGE_CHARS = 2000  # what came back may be quoted, and be long
OUTPUT_CHARS = 40 * 2**20  # of all cells together: what is kept of them is less
KEPT = "This output is the student's own: the judge does not repeat long runs."


def judge(notebook: dict, assignment: str, parent: Forks, seed: int = SEED, only: set[str] | None = None) -> dict:
    """Run a mended notebook and check it; fill in its outputs and return the verdict as a dictionary.

    `only` names the TODOs to check, where not all are wanted.
    """
    start = time.monotonic()
    court = Court(assignment, seed, Run(notebook, assignment, parent), only)
    try:
        court.hold()
    finally:
        court.run.close()
    verdict = {"assignment": assignment, "points": 0.0, "max": 0.0, "seed": seed}
    verdict |= {"isolation": court.run.isolation, "seconds": round(time.monotonic() - start, 2), "mended": []}
    verdict |= {"notes": court.run.notes, "todos": court.todos()}
    for part in ("points", "max"):
        verdict[part] = sum(todo[part] for todo in verdict["todos"].values())
    return verdict


class Run:
    """The cells of one submission, executed in a worker; started anew where the worker dies."""

    def __init__(self, notebook: dict, assignment: str, parent: Forks, limits: Limits = LIMITS) -> None:
        self.cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        self.assignment, self.parent, self.limits = assignment, parent, limits
        self.deadline = time.monotonic() + limits.submission_seconds
        self.notes: list[str] = []
        self.errors: dict[str, str] = {}
        self.isolation = "no code was run"
        self.only_definitions: set[int] = set()
        self.dropped: set[int] = set()
        self.submission: Submission | None = None
        self.start()

    def start(self) -> None:
        """Run all cells. A cell that ends the process is left out of the next attempt, but for its definitions."""
        while True:
            self.submission = self.parent.fork(public_files(self.assignment), self.limits)
            self.isolation = self.submission.isolation
            self.room = OUTPUT_CHARS
            left = min(self.limits.cells_seconds, self.deadline - time.monotonic())
            for index, cell in enumerate(self.cells):
                before = time.monotonic()
                try:
                    self.execute(index, cell, brief=left <= 0)
                except wire.WireError:
                    self.blame(index, self.close())
                    break
                left -= time.monotonic() - before
            else:
                return

    def execute(self, index: int, cell: dict, brief: bool) -> None:
        role = _role(cell)
        if role == "kept":
            _keep(cell)
            return
        if role == "check" or index in self.dropped:
            cell["outputs"] = []
            return
        only_definitions = brief or index in self.only_definitions
        answer = self.submission.run("".join(cell["source"]), self.limits.cell_seconds, only_definitions)
        cell["outputs"], cell["execution_count"] = answer["outputs"], answer["count"]
        self.room -= len(json.dumps(answer["outputs"]))
        if self.room < 0:
            cell["outputs"] = [_note("This output was left out: the outputs before it take all the room.")]
        if only_definitions:
            cell["outputs"] = [_note("Only the definitions of this cell were run here: the rest took too long.")]
        if answer["error"]["type"]:
            self.errors[role] = f"{answer['error']['type']}: {answer['error']['message']}"

    def blame(self, index: int, reason: str) -> None:
        number = f"Code cell {index + 1}"
        if time.monotonic() > self.deadline:
            self.dropped = set(range(len(self.cells)))
            self.notes.append(f"{number} was the last that was run: the notebook took too long in all. {reason}")
        elif index in self.only_definitions:
            self.dropped.add(index)
            self.notes.append(f"{number} ended the Python process again and was left out. {reason}")
        else:
            self.only_definitions.add(index)
            said = f"{number} ended the Python process or never came back; only its definitions count. {reason}"
            self.notes.append(said)
        self.notes[-1] = self.notes[-1].rstrip()

    def student(self, seed: int) -> Any:
        """A fork for one check, from a new worker where the last check brought the old one down."""
        try:
            return self.submission.student(seed, self.limits.check_seconds)
        except wire.WireError:
            if reason := self.close():
                self.notes.append(f"While it was checked: {reason}")
            self.start()
            return self.submission.student(seed, self.limits.check_seconds)

    def reap(self) -> None:
        with contextlib.suppress(wire.WireError):
            self.submission.reap()

    def close(self) -> str:
        """End the worker; the sentence says which limit it had reached, if any."""
        submission, self.submission = self.submission, None
        return submission.close() if submission else ""


def one_way(seed: int) -> int:
    """What a student's generators start from; the judge's own numbers cannot be told from it."""
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:7])


def public_files(assignment: str) -> dict[str, Path]:
    """What a submission finds beside itself: its data, also under `data`, where torchvision looks for MNIST."""
    names = COMPANIONS.get(assignment, ())
    return {name: DATA / name for name in names} | ({"data": DATA / names[0]} if names else {})


def _role(cell: dict) -> str:
    """What a code cell is to the judge: a TODO's id, "check" (not run), "kept" (not run again) or "other"."""
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "other")
    if cell["metadata"].get("rerun") is False:
        return "kept"
    return "check" if grade_id.startswith("check_") else grade_id


def _keep(cell: dict) -> None:
    kept = [output for output in cell["outputs"] if output.get("data", {}).get("text/plain") != KEPT]
    cell["outputs"] = [_note(KEPT), *kept] if kept else []


def _note(text: str) -> dict:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}


class Court:
    """The pytest plugin: gives each check a student of its own, and keeps what became of it."""

    def __init__(self, assignment: str, seed: int, run: Run, only: set[str] | None = None) -> None:
        self.assignment, self.seed, self.run = assignment, seed, run
        self.checks = {n: c for n, c in checks_of(assignment).items() if only is None or c.todo in only}
        self.results: dict[str, tuple[bool, str]] = {}
        self.silent: list[str] = []  # the TODO of each question that got no answer in time

    def hold(self) -> None:
        unused = ("cacheprovider", "faulthandler", "unraisableexception", "threadexception")
        options = ["-q", "--tb=native", "-c", os.devnull, "--noconftest", *(f"-pno:{plugin}" for plugin in unused)]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pytest.main([module_of(self.assignment).__file__, *options, "--import-mode=importlib"], plugins=[self])

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.name in self.checks]

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Any:
        if self.silent.count(request.function.todo) >= PATIENCE:
            raise StudentError("This was not asked: earlier questions to this TODO got no answer in time.")
        if time.monotonic() > self.run.deadline:
            raise StudentError("This was not asked: the notebook took too long in all.")
        student = self.run.student(one_way(self.seed_of(request.node.name)))
        yield student
        student.close()
        self.run.reap()

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        return np.random.default_rng([self.seed_of(request.node.name), 1])  # not the numbers that the student draws

    def seed_of(self, check: str) -> int:
        return self.seed * 2**32 + zlib.crc32(check.encode())

    @pytest.hookimpl
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> None:
        if call.when == "teardown" or (call.when == "setup" and call.excinfo is None):
            return
        error = call.excinfo and call.excinfo.value
        if isinstance(error, StudentError) and error.kind == "TimeoutError":
            self.silent.append(item.function.todo)
        self.results[item.name] = _outcome(error)

    def todos(self) -> dict[str, dict]:
        """Each TODO's checks in the order of the file; a check that did not report is never taken as passed."""
        todos: dict[str, dict] = {}
        for name, check in self.checks.items():
            passed, message = self.results.get(
                name, (False, "The grader did not run this check: tell your instructor.")
            )
            if "is not defined" in message and check.todo in self.run.errors:
                message += f" It stopped with {self.run.errors[check.todo]}."
            entry = todos.setdefault(check.todo, {"points": 0.0, "max": 0.0, "checks": []})
            earned = check.points if passed else 0.0
            line = {
                "name": name.removeprefix("test_"),
                "passed": passed,
                "points": earned,
                "max": check.points,
            }
            entry["checks"].append(line | {"message": message})
            entry["points"] += earned
            entry["max"] += check.points
        return todos


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
    return False, f"What came back could not be used ({type(error).__name__}: {error})."


def serve() -> None:
    """Answer JSON lines {"assignment", "notebook", "seed"} with {"verdict", "notebook"}."""
    answers, sys.stdout = sys.stdout, sys.stderr
    with Parent() as parent:
        for line in sys.stdin:
            request = json.loads(line)
            notebook = request["notebook"]
            verdict = judge(notebook, request["assignment"], parent, request.get("seed") or SEED)
            if parent.process.poll() is not None:  # its workers died with it: what failed for that is nobody's zero
                sys.exit("The judge's warm parent died.")
            print(json.dumps({"verdict": verdict, "notebook": notebook}), file=answers, flush=True)


if __name__ == "__main__":
    serve()
