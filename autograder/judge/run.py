"""The cells of one submission, run in a student's process; what becomes of those that end it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.cells import run_as
from autograder.judge.conversation import Clock, Student
from autograder.judge.forks import Forks, Submission
from course_config import COMPANIONS, DATA, LIMITS, Limits

OUTPUT_CHARS = 40 * 2**20  # of all cells together: what is kept of them is less
KEPT = "This output is the student's own: the judge does not repeat long runs."


class Run:
    """The cells of one submission, executed in a worker; started anew where the worker dies."""

    def __init__(self, notebook: dict[str, Any], assignment: str, parent: Forks, limits: Limits = LIMITS) -> None:
        self.cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        self.assignment, self.parent, self.limits = assignment, parent, limits
        self.clock = Clock(limits.submission_seconds)
        self.notes: list[str] = []
        self.errors: dict[str, str] = {}
        self.isolation = "no code was run"
        self.only_definitions: set[int] = set()
        self.dropped: set[int] = set()
        self.submission: Submission = None  # type: ignore[assignment]  # start() makes one
        self.start()

    def start(self) -> None:
        """Run all cells. A cell that ends the process is left out of the next attempt, but for its definitions."""
        while True:
            self.submission = self.parent.fork(public_files(self.assignment), self.limits)
            self.isolation = self.submission.isolation
            self.room = OUTPUT_CHARS
            end = min(self.clock.seconds + self.limits.cells_seconds, self.clock.limit)
            for index, cell in enumerate(self.cells):
                try:
                    self.execute(index, cell, brief=self.clock.seconds >= end)
                except wire.WireError:
                    self.blame(index, self.close())
                    break
            else:
                return

    def execute(self, index: int, cell: dict[str, Any], brief: bool) -> None:
        role = run_as(cell)
        if role == "kept":
            _keep(cell)
            return
        if role == "check" or index in self.dropped:
            cell["outputs"] = []
            return
        only_definitions = brief or index in self.only_definitions
        with self.clock.waiting():
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
        if self.clock.is_over:
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

    def student(self, seed: int) -> Student:
        """A fork for one check, from a new worker where the last check brought the old one down."""
        try:
            return self.fork(seed)
        except wire.WireError:
            if reason := self.close():
                self.notes.append(f"While it was checked: {reason}")
            self.start()
            return self.fork(seed)

    def fork(self, seed: int) -> Student:
        with self.clock.waiting():
            return self.submission.student(seed, self.limits.check_seconds, self.clock)

    def reap(self) -> None:
        with contextlib.suppress(wire.WireError), self.clock.waiting():
            self.submission.reap()

    def close(self) -> str:
        """End the worker; the sentence says which limit it had reached, if any."""
        submission, self.submission = self.submission, None  # type: ignore[assignment]  # until start()
        return submission.close() if submission else ""


def public_files(assignment: str) -> dict[str, Path]:
    """What a submission finds beside itself: its data, also under `data`, where torchvision looks for MNIST."""
    names = COMPANIONS.get(assignment, ())
    return {name: DATA / name for name in names} | ({"data": DATA / names[0]} if names else {})


def _keep(cell: dict[str, Any]) -> None:
    kept = [output for output in cell["outputs"] if output.get("data", {}).get("text/plain") != KEPT]
    cell["outputs"] = [_note(KEPT), *kept] if kept else []


def _note(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}
