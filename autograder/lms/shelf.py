"""submitted/, where a submission stands until a newer one comes."""

from __future__ import annotations

import shutil
from enum import Enum
from pathlib import Path

from autograder.gradebook.files import swap
from autograder.lms import dates
from autograder.lms.dates import Date
from autograder.lms.submission import digest


class Outcome(Enum):
    """What became of a submission, in the words for it."""

    NEW = "collected"
    NEWER = "collected in the place of the one before, which was older"
    REPLACED = "collected in the place of what lay there"
    SAME = "unchanged"
    OLDER = "not newer than what was collected before, which was kept (--replace takes this one)"
    FOREIGN = "not collected: no `course collect` put there what lies in submitted/, so it was kept (--replace)"

    @property
    def is_put(self) -> bool:
        return self in (Outcome.NEW, Outcome.NEWER, Outcome.REPLACED)


class Shelf:
    """The places of one assignment."""

    def __init__(self, submitted: Path, assignment: str, mode: int, replace: bool) -> None:
        self.submitted, self.assignment, self.mode, self.replace = submitted, assignment, mode, replace

    def put(self, student: str, ready: Path, date: Date) -> Outcome:
        """A copy of a finished folder takes its student's place, if it is newer than what stands there."""
        place = self.submitted / student / self.assignment
        before = dates.read(self.submitted).get(self.assignment, {}).get(student)
        outcome = self.compared(ready, place, date, before)
        if outcome.is_put:
            copy = ready.with_name(f"{ready.name}-{student}")
            shutil.copytree(ready, copy)
            swap(copy, place)
        if outcome is Outcome.SAME and before:
            date = Date(date.at or before.at, max(date.order, before.order))
        if outcome.is_put or outcome is Outcome.SAME:
            dates.record(self.submitted, self.assignment, {student: date}, self.mode)
        return outcome

    def compared(self, ready: Path, place: Path, date: Date, before: Date | None) -> Outcome:
        if not place.exists():
            return Outcome.NEW
        if digest(place) == digest(ready):
            return Outcome.SAME
        if before and date.is_newer_than(before):
            return Outcome.NEWER
        if self.replace:
            return Outcome.REPLACED
        return Outcome.OLDER if before else Outcome.FOREIGN
