"""What counts of an assignment, and how far it is a mark that may leave the course."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Gradebook

from autograder.gradebook.handed_in import with_folder_of
from autograder.gradebook.settings import course, folder
from autograder.lms.people import Person
from autograder.policy.totals import Total, totals


class State(Enum):
    """Only what is marked is a mark: a 0 says that somebody looked."""

    MARKED = "marked"
    WAITS = "a person has yet to mark some of it"
    UNGRADED = "handed in, not graded yet"
    NOTHING = "nothing handed in"


class Mark(NamedTuple):
    """One student's line, and whether it may leave the course."""

    total: Total
    state: State
    leaves: bool

    @property
    def cell(self) -> str:
        return number(self.total.counts) if self.leaves else ""

    @property
    def person(self) -> Person:
        total = self.total
        return Person(total.student, total.first_name, total.last_name, total.email, total.lms_user_id)


def number(points: float) -> str:
    """As many digits as Canvas keeps, and no more than are needed."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def marks_of(assignment: str, root: Path, unfinished: bool = False) -> dict[str, Mark]:
    """By student; with `unfinished` what is not marked to its end leaves, too."""
    coursedir, _ = course(root)
    submitted = set(with_folder_of(assignment, folder(coursedir, "submitted")))
    leave = {State.MARKED, State.WAITS} if unfinished else {State.MARKED}
    found = {total.student: (total, state_of(total, submitted)) for total in totals(assignment, root)}
    return {student: Mark(total, state, state in leave) for student, (total, state) in found.items()}


def state_of(total: Total, submitted: Iterable[str]) -> State:
    if not total.handed_in:
        return State.UNGRADED if total.student in submitted else State.NOTHING
    return State.WAITS if total.waits else State.MARKED


def assignments(root: Path) -> list[str]:
    """Those of the gradebook, in the order of their names."""
    coursedir, _ = course(root)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return sorted(assignment.name for assignment in gradebook.assignments)
