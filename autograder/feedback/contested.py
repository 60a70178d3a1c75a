"""The line of a feedback page by which a student contests a mark: which check, and what to judge it with again."""

from __future__ import annotations

import re
from typing import NamedTuple

from autograder.gradebook.pages import line_of
from autograder.gradebook.report import mark
from autograder.sentences import Sentence
from autograder.verdict import Verdict

LINE = re.compile(r"\s*(\w+) (\w+)(?:/(\w+))? seed (-?\d+) version (\w+)\s*")


class Contested(NamedTuple):
    assignment: str
    todo: str
    check: str  # its name with underscores; empty where no check failed
    seed: int
    version: str  # the first digits of the verdict's fingerprint, or "none"

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
