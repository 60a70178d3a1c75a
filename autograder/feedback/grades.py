"""Marks and comments of a class, as nbgrader's gradebook has them, put into the cells of graded notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import GetGrades

from autograder.cells import grade_id, marks_in
from autograder.gradebook.marks import WAITS, rows_of
from autograder.policy.charge import charge
from autograder.policy.settings import read
from autograder.reflections.tables import Chosen, chosen


class Cell(NamedTuple):
    """What the gradebook says of one cell. `waits`: a person has yet to mark it."""

    score: float = 0.0
    points: float = 0.0  # the most there are
    waits: bool = False
    comment: str = ""
    items: Sequence[Chosen] = ()  # of the rubric, where they make the mark

    @property
    def given(self) -> float | None:
        return None if self.waits else self.score


class Grades(NamedTuple):
    """One submission's cells by their ids, and what was taken off for being late."""

    cells: dict[str, Cell]
    penalty: float

    def put_into(self, cells: Iterable[NotebookNode]) -> None:
        for cell in cells:
            if found := self.cells.get(grade_id(cell)):
                graded = {"score": found.score, "points": found.points, "waits": found.waits} if found.points else {}
                marks_in(cell.metadata).update(graded | {"comment": found.comment, "items": found.items})


def of_class(gradebook: Gradebook, assignment: str, students: Iterable[str] | None = None) -> dict[str, Grades]:
    """Every student's, or those of some, in two queries."""
    late = SubmittedNotebook.late_submission_penalty
    found: dict[str, Grades] = {}

    def rows(table: Any, *columns: Any) -> Any:
        every = rows_of(gradebook, assignment, table, *columns)
        return every if students is None else every.filter(SubmittedAssignment.student_id.in_([*students]))

    for student, cell, score, most, waits, penalty in rows(Grade, Grade.score, Grade.max_score, WAITS, late):
        grades = found.setdefault(student, Grades({}, penalty or 0.0))
        grades.cells[cell] = Cell(score, most, bool(waits))
    for student, cell, comment in rows(Comment, Comment.comment):
        grades = found.setdefault(student, Grades({}, 0.0))
        grades.cells[cell] = grades.cells.get(cell, Cell())._replace(comment=comment or "")
    for (student, cell), items in chosen(gradebook, assignment).items():
        if student in found:
            found[student].cells[cell] = found[student].cells[cell]._replace(items=items)
    return found


def said_by_policy(
    assignment: str, root: Path, students: Iterable[str] | None = None
) -> Callable[[str], dict[str, Any]]:
    """What a page says of lateness and extra credit, by student; what was taken off is brought up to date first."""
    late = {one.student: one.why for one in charge(root, students) if one.assignment == assignment}
    extra = read(root).extra_credit.get(assignment, frozenset())
    return lambda student: {"lateness": late.get(student, ""), "extra_credit": extra}


class PutGrades(GetGrades):
    """In the place of nbgrader's own, which asks for each cell anew and does not say what waits for a grader."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        root, who = Path(self.parent.parent.coursedir.root), about["student"]
        about |= said_by_policy(about["assignment"], root, [who])(who)
        with Gradebook(about["db_url"]) as gradebook:
            grades = of_class(gradebook, about["assignment"], [about["student"]])[about["student"]]
        grades.put_into(nb.cells)
        about["late_penalty"] = grades.penalty
        return nb, resources
