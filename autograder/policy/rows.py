"""What nbgrader's gradebook has of submissions that lateness hangs on, and what it is told of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nbgrader.api import Assignment, Gradebook, GradeCell, Notebook, SubmittedAssignment, SubmittedNotebook

from autograder.cells import ROLES
from autograder.policy.settings import Policy


@dataclass(frozen=True)
class Row:
    """One submission; dates are UTC."""

    submission: SubmittedAssignment
    notebook: SubmittedNotebook
    assignment: str
    student: str
    due: datetime | None  # as it stands in the gradebook
    earned: float
    possible: float  # without extra credit

    @property
    def noted(self) -> datetime | None:
        """When it was handed in, as far as the gradebook knows."""
        return aware(self.submission.timestamp)

    @property
    def extension(self) -> timedelta:
        return self.submission.extension or timedelta(0)

    @property
    def penalty(self) -> float:
        return self.notebook.late_submission_penalty or 0.0

    def note(self, penalty: float, when: datetime | None) -> None:
        if self.penalty != penalty:
            self.notebook.late_submission_penalty = penalty or None
        if self.noted != when:
            self.submission.timestamp = naive(when)


def aware(date: datetime | None) -> datetime | None:
    return date and date.replace(tzinfo=UTC)


def naive(date: datetime | None) -> datetime | None:
    """As nbgrader keeps dates: UTC, and silent about it."""
    return date and date.astimezone(UTC).replace(tzinfo=None)


def rows_of(gradebook: Gradebook, policy: Policy, students: Iterable[str] | None) -> Iterator[Row]:
    """All submissions of a course, or of some students."""
    extra, submission, notebook = extra_points(gradebook, policy), SubmittedAssignment, SubmittedNotebook
    query = gradebook.db.query(submission, notebook, Assignment, notebook.score, notebook.max_score)
    query = query.join(Assignment, submission.assignment_id == Assignment.id)
    query = query.join(notebook, notebook.assignment_id == submission.id)
    if students is not None:
        query = query.filter(submission.student_id.in_([*students]))
    for of, in_it, assignment, earned, most in query.order_by(Assignment.name, submission.student_id):
        name = assignment.name
        yield Row(of, in_it, name, of.student_id, aware(assignment.duedate), earned, most - extra[name])


def extra_points(gradebook: Gradebook, policy: Policy) -> dict[str, float]:
    """Points for extra credit by assignment: they are part of what is earned, and not of what there was to earn."""
    cells = gradebook.db.query(Assignment.name, GradeCell.name, GradeCell.max_score)
    cells = cells.join(Notebook, Notebook.assignment_id == Assignment.id)
    found: dict[str, float] = defaultdict(float)
    for assignment, cell, points in cells.join(GradeCell, GradeCell.notebook_id == Notebook.id):
        if cell.removeprefix(ROLES["check"].prefix) in policy.extra_credit.get(assignment, ()):
            found[assignment] += points
    return found


def note_due_dates(gradebook: Gradebook, policy: Policy) -> None:
    """So that formgrader shows them."""
    for assignment in gradebook.assignments:
        if date := policy.due.get(assignment.name):
            due = naive(policy.moment(date))
            if assignment.duedate != due:
                assignment.duedate = due
