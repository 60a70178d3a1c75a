"""`course report`: the page of a class, written where only those who teach can read it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograder.cells import ROLES
from autograder.feedback import plots
from autograder.feedback.grades import Cell, Grades, of_class
from autograder.feedback.page import environment, marks_on, style
from autograder.feedback.report import Report, alike
from autograder.gradebook import private
from autograder.gradebook.files import read_verdict
from autograder.gradebook.handed_in import submissions
from autograder.gradebook.settings import course, folder
from autograder.sentences import NothingToGrade


def gathered(assignment: str, root: Path | None = None) -> Report:
    """All that is known of a class.

    Raises:
        NothingToGrade: nothing of it was graded yet.
    """
    coursedir, _ = course(root)
    graded = folder(coursedir, "autograded")
    found = {path.parents[1].name: read_verdict(path) for path in sorted(graded.glob(f"*/{assignment}/verdict.json"))}
    verdicts = {student: verdict for student, verdict in found.items() if verdict}
    if not verdicts:
        raise NothingToGrade(f"No submission of {assignment} was graded yet: run `course grade {assignment}` first.")
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        grades = of_class(gradebook, assignment, list(verdicts))
    handed_in = folder(coursedir, "submitted")
    try:
        waiting = set(submissions(assignment, None, handed_in, coursedir.student_id_exclude.split(",")))
    except NothingToGrade:  # moved away since
        waiting = set()
    notebooks = {student: graded / student / assignment / f"{assignment}.ipynb" for student in verdicts}
    pairs, short = alike(assignment, {who: path for who, path in notebooks.items() if path.is_file()})
    missing, moved = sorted(waiting - set(verdicts)), changes(pages_of(assignment, verdicts, coursedir), grades)
    return Report(assignment, verdicts, grades, missing, moved, pairs, short)


def pages_of(assignment: str, students: Iterable[str], coursedir: CourseDirectory) -> dict[str, Path]:
    """The feedback pages that are written, by student."""
    feedback = folder(coursedir, "feedback")
    pages = {student: feedback / student / assignment / f"{assignment}.html" for student in students}
    return {student: page for student, page in pages.items() if page.is_file()}


def changes(pages: Mapping[str, Path], grades: Mapping[str, Grades]) -> dict[str, list[str]]:
    """By student, the marks that are others now than on the page."""
    found = {}
    for student, page in pages.items():
        now = {cell.removeprefix(ROLES["check"].prefix): mark for cell, mark in graded(grades[student])}
        pairs = [(name, then, now[name].given) for name, then in marks_on(page).items() if name in now]
        if moved := [f"{name} {in_words(then)} to {in_words(given)}" for name, then, given in pairs if then != given]:
            found[student] = moved
    return found


def graded(grades: Grades) -> Iterator[tuple[str, Cell]]:
    """Cells with points: those of answers have comments alone, under the names of their TODOs."""
    return ((name, cell) for name, cell in grades.cells.items() if cell.points)


def in_words(mark: float | None) -> str:
    return "waiting" if mark is None else f"{mark:g}"


def write(assignment: str, root: Path | None = None) -> Path:
    """Write reports/ASSIGNMENT.html; it links to the pages of students that are written."""
    coursedir, _ = course(root)
    report, place = gathered(assignment, root), Path(coursedir.root, private.REPORTS)
    written = pages_of(assignment, report.verdicts, coursedir)
    known = {"report": report, "style": style()}
    known["pages"] = {who: quote(os.path.relpath(page, place)) for who, page in written.items()}
    known |= {"distribution": plots.distribution(report), "success": plots.success(report)}
    html = environment().get_template("report.html.j2").render(known)
    place.mkdir(mode=0o777 & ~private.others(coursedir.groupshared), exist_ok=True)
    page, part = place / f"{assignment}.html", place / f"{assignment}.part"
    part.write_text(html, encoding="utf-8")
    part.chmod(0o666 & ~private.others(coursedir.groupshared))
    os.replace(part, page)
    return page
