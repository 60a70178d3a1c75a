"""What nbgrader's gradebook says of a class: automatic marks, feedback pages, the table of all marks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.api import BaseCell, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import ExportApp
from nbgrader.converters import GenerateFeedback

from autograder.gradebook.settings import course

WAITS = Grade.needs_manual_grade & (Grade.manual_score == None)  # noqa: E711 - what a person has yet to mark


def automatic_marks(assignment: str, root: Path | None = None) -> dict[str, dict[str, float | None]]:
    """What the gradebook has of the judge's: each student's automatic points by grade cell."""
    coursedir, _ = course(root)
    found: dict[str, dict[str, float | None]] = {}
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for student, cell, points in rows_of(gradebook, assignment, Grade, Grade.auto_score):
            found.setdefault(student, {})[cell] = points
    return found


def rows_of(gradebook: Gradebook, assignment: str, table: Any, *columns: Any) -> Any:
    """Student, cell and columns of each row of a table (grades, comments) that hangs on an assignment's cells."""
    rows = gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
    rows = rows.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    rows = rows.join(table, table.notebook_id == SubmittedNotebook.id).join(BaseCell, BaseCell.id == table.cell_id)
    return rows.filter(SubmittedAssignment.name == assignment)


def feedback(assignment: str, root: Path | None = None) -> None:
    """Write nbgrader's feedback page of every graded submission."""
    coursedir, config = course(root, assignment_id=assignment)
    GenerateFeedback(coursedir=coursedir, config=config).start()


def export(to: Path, root: Path | None = None) -> None:
    """Write nbgrader's table of all marks, and say first which ones people gave where the judge gives them."""
    coursedir, config = course(root)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        ExportApp(config=config).plugin_class(to=str(to), config=config).export(gradebook)


def table(assignment: str, root: Path | None = None) -> list[dict[str, Any]]:
    """One row a student: automatic and manual points, and whether something waits for a grader."""
    coursedir, _ = course(root)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        rows = gradebook.submission_dicts(assignment)
    parts = ("code_score", "max_code_score", "written_score", "max_written_score", "score", "max_score")
    rows = [{name: row[name] for name in ("student", *parts, "needs_manual_grade")} for row in rows]
    return sorted(rows, key=lambda row: row["student"])
