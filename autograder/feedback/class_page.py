"""`course report`: the page of a class, written where only those who teach can read it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograder.cells import ROLES
from autograder.feedback import plots
from autograder.feedback.grades import Grades, of_class
from autograder.feedback.page import LATE, environment, marks_on, style
from autograder.feedback.report import Report, alike
from autograder.gradebook import private
from autograder.gradebook.files import read_verdict, write_whole
from autograder.gradebook.handed_in import submissions
from autograder.gradebook.report import moved_between
from autograder.gradebook.settings import course, excluded, folder
from autograder.keeping import version
from autograder.policy.charge import charge
from autograder.sentences import NothingToGrade


def gathered(assignment: str, coursedir: CourseDirectory) -> Report:
    """All that is known of a class.

    Raises:
        NothingToGrade: nothing of it was graded yet.
    """
    graded = folder(coursedir, "autograded")
    found = {path.parents[1].name: read_verdict(path) for path in sorted(graded.glob(f"*/{assignment}/verdict.json"))}
    left_out = excluded(coursedir)
    verdicts = {student: verdict for student, verdict in found.items() if verdict and student not in left_out}
    if not verdicts:
        raise NothingToGrade(f"No submission of {assignment} was graded yet: run `course grade {assignment}` first.")
    charges = [one for one in charge(Path(coursedir.root), verdicts) if one.assignment == assignment]
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        grades = of_class(gradebook, assignment, list(verdicts))
    handed_in = folder(coursedir, "submitted")
    try:
        waiting = set(submissions(assignment, None, handed_in, left_out))
    except NothingToGrade:  # moved away since
        waiting = set()
    notebooks = {student: graded / student / assignment / f"{assignment}.ipynb" for student in verdicts}
    pairs, short = alike(assignment, {who: path for who, path in notebooks.items() if path.is_file()})
    pages, missing = pages_of(assignment, verdicts, coursedir), sorted(waiting - set(verdicts))
    return Report(assignment, verdicts, grades, pages, missing, changes(pages, grades), charges, pairs, short)


def pages_of(assignment: str, students: Iterable[str], coursedir: CourseDirectory) -> dict[str, Path]:
    """The feedback pages that are written, by student."""
    feedback = folder(coursedir, "feedback")
    pages = {student: feedback / student / assignment / f"{assignment}.html" for student in students}
    return {student: page for student, page in pages.items() if page.is_file()}


def changes(pages: Mapping[str, Path], grades: Mapping[str, Grades]) -> dict[str, list[str]]:
    """By student, the marks that are others now than on the page."""
    moved = {student: moved_between(marks_on(page), marks_of(grades[student])) for student, page in pages.items()}
    return {student: words for student, words in moved.items() if words}


def marks_of(grades: Grades) -> dict[str, float | None]:
    """By the names of TODOs and reflections. Cells of answers have no points, and comments alone."""
    marked = {name: cell for name, cell in grades.cells.items() if cell.points}
    late = {LATE: -grades.penalty} if grades.penalty else {}
    return {name.removeprefix(ROLES["check"].prefix): cell.given for name, cell in marked.items()} | late


def write(assignment: str, root: Path | None = None) -> Path:
    """Write reports/ASSIGNMENT.html; it links to the pages of students that are written."""
    coursedir, _ = course(root)
    report, place = gathered(assignment, coursedir), Path(coursedir.root, private.REPORTS)
    known: dict[str, object] = {"report": report, "style": style(), "version": version.of_judge(assignment)}
    known["pages"] = {who: quote(os.path.relpath(page, place)) for who, page in report.pages.items()}
    known |= {"distribution": plots.distribution(report), "success": plots.success(report)}
    html = environment().get_template("report.html.j2").render(known)
    place.mkdir(mode=0o777 & ~private.others(coursedir.groupshared), exist_ok=True)
    page = place / f"{assignment}.html"
    write_whole(page, html, private.closed_mode(coursedir))
    return page
