"""The line of a feedback page by which a student contests a mark: which check, and what to judge it with again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from autograder.gradebook.fingerprint import fingerprint
from autograder.gradebook.pages import line_of
from autograder.gradebook.report import mark
from autograder.sentences import Sentence
from autograder.verdict import Verdict

UNKNOWN = "none"  # version of a verdict that hangs on no gradebook
LINE = re.compile(r"\s*(\w+) (\w+)(?:/(\w+))? seed (-?\d+) version (\w+)\s*")


class Contested(NamedTuple):
    assignment: str
    todo: str
    check: str  # its name with underscores; empty where no check failed
    seed: int
    version: str

    @classmethod
    def read(cls, line: str) -> Contested:
        """Sentence where it is no such line."""
        if not (found := LINE.fullmatch(line)):
            raise Sentence(
                "--contested takes the line of a feedback page, in quotes: "
                "ASSIGNMENT TODO/check seed 1 version 0a1b2c3d."
            )
        assignment, todo, check, seed, version = found.groups()
        return cls(assignment, todo, check or "", int(seed), version)

    @property
    def line(self) -> str:
        check = f"/{self.check}" if self.check else ""
        return f"{self.assignment} {self.todo}{check} seed {self.seed} version {self.version}"

    def answer(self, verdict: Verdict) -> str:
        """What the judge says of that TODO today."""
        todo = verdict["todos"][self.todo]
        asked = [check for check in todo["checks"] if self.check in ("", check["name"].removeprefix("test_"))]
        if not asked:
            raise Sentence(f"{self.todo} has no check '{self.check}' any more: it was judged by another version.")
        return "\n".join([f"{self.todo} today, seed {self.seed}: {mark(todo)}", *map(line_of, asked)])

    def since(self, notebook: Path, root: Path) -> str:
        """What lies between the page and today, where the notebook is judged where it was handed in."""
        now = version_of(fingerprint(self.assignment, notebook.resolve().parent, root))
        if self.version == UNKNOWN:
            return "The page names no version: nobody can say what changed since."
        if self.version == now:
            return f"Nothing that this verdict hangs on has changed since the page was made (version {now})."
        return (
            f"The page is of version {self.version}, today's is {now}: the notebook, what lies beside it, the released "
            "one, the course's secret or the grader is another."
        )


def version_of(fingerprint: str) -> str:
    """A short name for all that a verdict hangs on: submission, notebook as released, grader."""
    return fingerprint[:8] or UNKNOWN
