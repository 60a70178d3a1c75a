"""What being late costs a class, worked out anew from dates, marks and the policy, and written into the gradebook.

No verdict hangs on it, so nothing is judged again when a deadline moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from autograder.gradebook import harmless
from autograder.gradebook.address import file_of
from autograder.gradebook.settings import course
from autograder.policy import settings
from autograder.policy.dates import Dates, HandedIn
from autograder.policy.lateness import charged, days_late, penalty
from autograder.policy.rows import Row, note_due_dates, rows_of
from autograder.policy.settings import Late, Policy

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Dated:
    """A submission, when it was due and when it came."""

    row: Row
    due: datetime | None
    came: HandedIn | None
    days: int  # late, begun
    is_extended: bool  # for this student alone


@dataclass(frozen=True)
class Charge:
    """What a submission loses, and why."""

    assignment: str
    student: str
    earned: float
    before: float  # what it lost until now
    penalty: float
    why: str  # for the student; empty where it was not late
    late: bool
    rests_on_a_file: bool  # of the student's: it says when this was handed in, and lateness is counted from that

    @property
    def line(self) -> str:
        moved = f"off for being late {self.penalty:g}, before {self.before:g}. {self.why}".strip()
        return harmless.line(f"{self.student}, {self.assignment}: {moved}")


def charge(root: Path | None = None, students: Iterable[str] | None = None) -> list[Charge]:
    """Bring the gradebook of a course, or some students of it, up to date with its policy."""
    coursedir, config = course(root)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return charge_all(gradebook, coursedir, config, students)


def charge_all(
    gradebook: Gradebook, coursedir: CourseDirectory, config: Config, students: Iterable[str] | None = None
) -> list[Charge]:
    policy = settings.read(Path(coursedir.root))
    found = worked_out(gradebook, policy, coursedir, config, students)
    note_due_dates(gradebook, policy)
    for dated, one in found:
        dated.row.note(one.penalty, dated.came.when if dated.came else None)
    gradebook.db.commit()
    return [one for _, one in found]


def worked_out(
    gradebook: Gradebook,
    policy: Policy,
    coursedir: CourseDirectory,
    config: Config,
    students: Iterable[str] | None = None,
) -> list[tuple[Dated, Charge]]:
    found = list(dated(list(rows_of(gradebook, policy, students)), policy, coursedir, config))
    days = to_pay(found, policy.late or Late())
    return [(one, charge_of(one, paid, policy, config)) for one, paid in zip(found, days, strict=True)]


def said_of(assignment: str, charges: Iterable[Charge]) -> Iterator[str]:
    """What to tell of a class that was charged: which marks moved, and who of this assignment lost any."""
    late = []
    for one in charges:
        if one.penalty != one.before:
            yield one.line
        if one.penalty and one.assignment == assignment:
            late.append(f"{one.student} {one.penalty:g}")
    if late:
        yield harmless.line(f"Off for being late: {', '.join(late)}. `course report {assignment}` says why.")


def resting_on_a_file(root: Path) -> list[str]:
    """Whose lateness is counted from a file of their own: student and assignment. Changes nothing."""
    coursedir, config = course(root)
    if (file := file_of(coursedir)) and not file.exists():  # which opening the gradebook would make
        return []
    policy = settings.read(Path(coursedir.root))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        every = [one for _, one in worked_out(gradebook, policy, coursedir, config)]
    every = [one for one in every if one.rests_on_a_file and one.student not in policy.dropped]
    return [f"{one.student} ({one.assignment})" for one in every]


def dated(rows: Sequence[Row], policy: Policy, coursedir: CourseDirectory, config: Config) -> Iterator[Dated]:
    dates = {name: Dates.of(name, coursedir, config) for name in {row.assignment for row in rows}}
    grace = (policy.late or Late()).grace
    for row in rows:
        due, came = due_date(row, policy), dates[row.assignment].handed_in(row.student, row.noted)
        days = days_late(came.when if came else None, due, grace)
        yield Dated(row, due, came, days, row.student in policy.extensions.get(row.assignment, {}))


def due_date(row: Row, policy: Policy) -> datetime | None:
    """A student's own: the policy's extension; else what the policy says, or the gradebook, with its extension."""
    date = policy.due.get(row.assignment)
    usual = policy.moment(date) if date else row.due
    return policy.extended(row.assignment, row.student, usual) or (usual and usual + row.extension)


def to_pay(found: Sequence[Dated], late: Late) -> list[int]:
    """Days that cost points. A student's late days go to what was due first."""
    free = late.days if late.rule == "days" else 0
    by_student: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        by_student[one.row.student].append(number)
    paid = [0] * len(found)
    for numbers in by_student.values():
        numbers.sort(key=lambda number: found[number].due or NEVER)
        for number, days in zip(numbers, charged([found[n].days for n in numbers], free), strict=True):
            paid[number] = days
    return paid


def charge_of(one: Dated, paid: int, policy: Policy, config: Config) -> Charge:
    row = one.row
    by_policy = policy.late is not None
    cost = penalty(policy.late or Late(), paid, row.earned, row.possible) if by_policy else nbgraders(one, config)
    by_file = bool(one.due and one.came and one.came.witness == "a file in the student's folder")
    marks = row.earned, row.penalty, cost
    return Charge(row.assignment, row.student, *marks, why(one, paid, cost, policy), one.days > 0, by_file)


def nbgraders(one: Dated, config: Config) -> float:
    """By nbgrader's own rule, or the plugin that its settings name."""
    if not one.days or not one.came or not one.due:
        return 0.0
    step = AssignLatePenalties(config=config)
    step.init_plugin()
    seconds = (one.came.when - one.due).total_seconds()
    cost = step.plugin_inst.late_submission_penalty(one.row.student, one.row.earned, seconds)
    return min(max(cost or 0.0, 0.0), one.row.earned)


def why(one: Dated, paid: int, cost: float, policy: Policy) -> str:
    if not one.came or not one.due or not (one.days or one.is_extended):
        return ""
    due, came, late = policy.shown(one.due), policy.shown(one.came.when), policy.late
    how_late = f"{plural(one.days, 'day')} late" if one.days else "in time"
    longer = ", which is an extension" if one.is_extended else ""
    said = [f"Due {due}{longer}, handed in {came} (so says {one.came.witness}): {how_late}."]
    if not one.days:
        return said[0]
    if late and late.rule == "days":
        said.append(f"{plural(one.days - paid, 'late day')} of {late.days} used.")
    if late and late.rule in ("percent", "days") and paid:
        said.append(f"{late.percent:g} % of the points {late.of} for {plural(paid, 'day')}.")
    return " ".join(said if cost else [*said, "Nothing is taken off."])


def plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class ChargeLate(AssignLatePenalties):  # type: ignore[misc]  # nbgrader has no types
    """In the place of nbgrader's own step of autograde, whose settings it keeps: the same for one student."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        charge(Path(self.parent.parent.coursedir.root), [resources["nbgrader"]["student"]])
        return nb, resources
