"""Marks that a person gave where the judge gives them. Each may be meant; none should be exported unseen, since in
formgrader one click writes one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Assignment, Grade, Gradebook, GradeCell, SubmittedAssignment, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory

from autograder.gradebook import harmless
from autograder.gradebook.address import file_of
from autograder.gradebook.private import ClosedTable
from autograder.gradebook.settings import course, excluded
from autograder.policy.charge import charge_all

WHAT_TO_DO = "if nobody meant that, open the submission in formgrader (Manual Grading) and empty that field"


class ByHand(NamedTuple):
    """One check cell of one student with a mark of a person's."""

    student: str
    assignment: str
    cell: str
    automatic: float | None
    manual: float | None
    extra: float | None

    @property
    def words(self) -> str:
        scores = {"by the judge": self.automatic, "by hand": self.manual, "extra by hand": self.extra}
        said = ", ".join(f"{score:g} {whose}" for whose, score in scores.items() if score is not None)
        return harmless.line(f"{self.student}, {self.assignment}, {self.cell}: {said}")


def marks_by_hand(gradebook: Gradebook) -> list[ByHand]:
    """All of a class. Graded cells of code are checks: reflections, which people grade, are text."""
    scores = Grade.auto_score, Grade.manual_score, Grade.extra_credit
    rows = gradebook.db.query(SubmittedAssignment.student_id, Assignment.name, GradeCell.name, *scores)
    rows = rows.join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
    rows = rows.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    rows = rows.join(Grade, Grade.notebook_id == SubmittedNotebook.id).join(GradeCell, GradeCell.id == Grade.cell_id)
    rows = rows.filter(GradeCell.cell_type == "code", (Grade.manual_score != None) | (Grade.extra_credit != None))  # noqa: E711
    return sorted((ByHand(*row) for row in rows), key=lambda mark: mark[:3])


def marks_by_hand_below(root: Path) -> list[ByHand]:
    """Those of the course below `root`; none where it has no gradebook, which opening one would make."""
    coursedir, _ = course(root)
    if (file := file_of(coursedir)) and not file.exists():
        return []
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return marks_by_hand(gradebook)


class TellingExport(ClosedTable):
    """nbgrader's export, which first says what of it no judge gave, and charges what is late by today's policy."""

    def export(self, gradebook: Gradebook) -> None:
        coursedir = CourseDirectory(config=self.config)
        charge_all(gradebook, coursedir, self.config)
        there, gone = sorted(student.id for student in gradebook.students), excluded(coursedir)
        self.set_trait("student", [name for name in self.student or there if name not in gone])
        for mark in marks_by_hand(gradebook):
            self.log.warning("%s: %s.", mark.words, WHAT_TO_DO)
        super().export(gradebook)
