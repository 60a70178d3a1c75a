"""One line a student: what counts of an assignment, for tables that leave the course."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Grade, Gradebook, MissingEntry

from autograder.gradebook.marks import WAITS, rows_of
from autograder.gradebook.settings import course
from autograder.policy import charge, settings
from autograder.policy.rows import extra_points
from autograder.sentences import NotBuilt


class Total(NamedTuple):
    """`handed_in` tells a 0 that was earned from one that nobody gave."""

    student: str
    first_name: str
    last_name: str
    email: str
    lms_user_id: str
    handed_in: bool
    waits: bool  # something is yet to be marked by a person
    points: float  # before lateness
    penalty: float
    most: float  # without extra credit

    @property
    def counts(self) -> float:
        return max(0.0, self.points - self.penalty)


def totals(assignment: str, root: Path | None = None) -> list[Total]:
    """Of everybody in the gradebook who was not dropped, by their ids; penalties are brought up to date first.

    Raises:
        NotBuilt: the gradebook has no such assignment.
    """
    coursedir, config = course(root)
    policy = settings.read(Path(coursedir.root))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            most = gradebook.find_assignment(assignment).max_score
        except MissingEntry:
            raise NotBuilt(f"{assignment} is not in the gradebook: `course build` comes first.") from None
        most -= extra_points(gradebook, policy).get(assignment, 0.0)
        every = charge.charge_all(gradebook, coursedir, config)
        found = {one.student: one for one in every if one.assignment == assignment}
        waiting = {student for student, _, waits in rows_of(gradebook, assignment, Grade, WAITS) if waits}
        lines = []
        for student in sorted(gradebook.students, key=lambda student: student.id):
            if student.id not in policy.dropped:
                first, last, email, lms = (getattr(student, name) or "" for name in Total._fields[1:5])
                one = found.get(student.id)
                earned, penalty = (one.earned, one.penalty) if one else (0.0, 0.0)
                about = one is not None, student.id in waiting
                lines.append(Total(student.id, first, last, email, lms, *about, earned, penalty, most))
        return lines
