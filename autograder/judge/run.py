"""The cells of one submission, run in a student's process; what becomes of those that end it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from autograder import wire
from autograder.cells import is_given, run_as
from autograder.judge.clock import Clock
from autograder.judge.conversation import Student, ended
from autograder.judge.forks import End, Forks, Submission
from course_config import COMPANIONS, DATA, LIMITS, Limits

OUTPUT_CHARS = 40 * 2**20  # of all cells together: what is kept of them is less
MOST_LOST, MOST_REMARKS = 1000, 20  # names that a worker may speak of
AGAIN = "Something outside ended the Python process, and what it was at was done again."
STOPPED = "CellTimeout"  # the error of a cell that took too long
KEPT = "This output is the student's own: the judge does not repeat long runs."


class Anew(NamedTuple):
    """A TODO's function that own cells give another meaning."""

    todo: str
    own_counts: bool  # since the TODO's cell failed, or is still open
    cells: list[int]

    def sentence(self, name: str, at: int) -> str:
        if self.own_counts:
            why = f"the TODO's own cell, code cell {at}, stopped or is open"
            return f"`{name}` was judged as code cell {self.cells[-1]} defines it: {why}."
        one = len(self.cells) == 1
        others = (
            f"code cell {self.cells[-1]} gives" if one else f"code cells {', '.join(map(str, self.cells[:10]))} give"
        )
        return f"`{name}` was judged as its TODO's cell, code cell {at}, defines it; {others} it another meaning."


class Run:
    """The cells of one submission, executed in a worker; started anew where the worker dies."""

    def __init__(
        self,
        notebook: dict[str, Any],
        assignment: str,
        parent: Forks,
        limits: Limits = LIMITS,
        modules: dict[str, str] | None = None,
    ) -> None:
        self.cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        self.assignment, self.parent, self.limits = assignment, parent, limits
        self.modules = modules or {}
        self.clock = Clock(limits.submission_seconds, limits.patience)
        self.notes: list[str] = []
        self.lost: dict[str, str] = {}  # by name: which cell would have defined it, and what stopped that
        self.anew: dict[str, Anew] = {}  # by name: the functions of TODOs that own cells define as well
        self.isolation = "no code was run"
        self.only_definitions: set[int] = set()
        self.stopped: set[int] = set()  # cells that took too long: what they started may go on
        self.dropped: set[int] = set()
        self.run_again: set[int] = set()  # cells whose process something outside had ended
        self.submission: Submission = None  # type: ignore[assignment]  # start() makes one
        self.start()

    def start(self) -> None:
        """Run all cells. A cell that ends the process is left out of the next attempt, but for its definitions."""
        while True:
            with self.clock.waiting("start"):
                self.submission = self.parent.fork(public_files(self.assignment), self.limits, self.modules)
            self.clock.watch(self.submission.computed)
            self.isolation = self.submission.isolation
            self.room = OUTPUT_CHARS
            self.lost, self.anew = {}, {}
            computed, waited = self.clock.computed, self.clock.spent["cells"]
            for index, cell in enumerate(self.cells):
                try:
                    most = self.limits.cells_seconds
                    late = self.clock.look() - computed > most
                    late |= self.clock.spent["cells"] - waited > self.limits.patience * most
                    self.execute(index, cell, brief=late or self.clock.is_over)
                except wire.WireError as error:
                    ending = self.close()
                    if self.killed_outside(ended(error), ending) and index not in self.run_again:
                        self.run_again.add(index)
                    else:
                        self.blame(index, ending.reason)
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
        kind = "own" if role == "other" else "given" if is_given(cell) else "todo"
        about = (only_definitions, kind, role if kind == "todo" else "")
        with self.clock.waiting("cells"):
            answer = self.submission.run("".join(cell["source"]), self.clock, *about)
        cell["outputs"], cell["execution_count"] = answer["outputs"], answer["count"]
        self.room -= len(json.dumps(answer["outputs"]))
        if self.room < 0:
            cell["outputs"] = [_note("This output was left out: the outputs before it take all the room.")]
        if only_definitions:
            cell["outputs"] = [_note("Only the definitions of this cell were run here: the rest took too long.")]
        if answer["error"]["type"] == STOPPED:
            self.stopped.add(index)
            self.clock.was_reached = True
        if (error := answer["error"]["type"]) and len(self.lost) < MOST_LOST:
            why = f"Code cell {index + 1}, which would have defined it, stopped with {error}"
            self.lost |= dict.fromkeys(answer["lost"], f"{why}: {answer['error']['message']}")
        for again in answer["anew"] if len(self.anew) < MOST_REMARKS else []:
            anew = self.anew.setdefault(again["name"], Anew(again["todo"], again["counts"] == "own", []))
            anew.cells.append(index + 1)

    def remarks(self) -> list[str]:
        """Which cell was judged, where more than one defines a TODO's function."""
        numbers = {run_as(cell): number for number, cell in enumerate(self.cells, 1)}
        return [anew.sentence(name, numbers.get(anew.todo, 0)) for name, anew in list(self.anew.items())[:MOST_REMARKS]]

    def killed_outside(self, gone: bool, end: End) -> bool:
        """Whether a process that was gone before we ended it was killed, and at no limit: by the system, perhaps, where
        memory is short, or by a person."""
        outside = gone and end.killed and not end.reason
        if outside:
            self.say_once(AGAIN)
        return outside

    def say_once(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

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

    def student(self, seed: int, todo: str = "") -> Student:
        """A fork for one check of a TODO, from a new worker where the last check brought the old one down."""
        if not self.submission:
            self.start()
        try:
            return self.fork(seed, todo)
        except wire.WireError:
            self.close_while_checked()
            self.start()
            return self.fork(seed, todo)

    def fork(self, seed: int, todo: str) -> Student:
        self.clock.look()
        with self.clock.waiting("forks"):
            return self.submission.student(seed, self.limits.check_seconds, self.clock, todo)

    def reap(self, gone: bool) -> bool:
        """End the fork of the last check, which may be gone; says whether its check should be asked once more."""
        try:
            with self.clock.waiting("forks"):
                end = self.submission.reap()
        except wire.WireError:  # the worker is gone as well
            end = self.close_while_checked()
        return self.killed_outside(gone, end)

    def close_while_checked(self) -> End:
        """End the worker; where a limit was reached, what was left running by cells that took too long may be why."""
        end = self.close()
        if end.reason:
            self.only_definitions |= self.stopped
            self.say_once(f"While it was checked: {end.reason}")
        return end

    def close(self) -> End:
        """End the worker."""
        submission, self.submission = self.submission, None  # type: ignore[assignment]  # until start()
        if not submission:
            return End("", False)
        self.clock.look()
        with self.clock.waiting("forks"):
            end = submission.close()
        self.clock.was_reached |= end.late
        return end


def public_files(assignment: str) -> dict[str, Path]:
    """What a submission finds beside itself: its data, also under `data`, where torchvision looks for MNIST."""
    names = COMPANIONS.get(assignment, ())
    return {name: DATA / name for name in names} | ({"data": DATA / names[0]} if names else {})


def _keep(cell: dict[str, Any]) -> None:
    kept = [output for output in cell["outputs"] if output.get("data", {}).get("text/plain") != KEPT]
    cell["outputs"] = [_note(KEPT), *kept] if kept else []


def _note(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}
