"""`course report`: the page of a class, written where only those who teach can read it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from nbgrader.api import Gradebook

from autograder.feedback import plots
from autograder.feedback.grades import of_class
from autograder.feedback.page import environment, style
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
    return Report(assignment, verdicts, grades, sorted(waiting - set(verdicts)), pairs, short)


def write(assignment: str, root: Path | None = None) -> Path:
    """Write reports/ASSIGNMENT.html; it links to the pages of students that are written."""
    coursedir, _ = course(root)
    report = gathered(assignment, root)
    place = Path(coursedir.root, private.REPORTS)
    feedback = folder(coursedir, "feedback")
    written = {student: feedback / student / assignment / f"{assignment}.html" for student in report.verdicts}
    pages = {who: quote(os.path.relpath(page, place)) for who, page in written.items() if page.is_file()}
    html = (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            pages=pages,
            style=style(),
            distribution=plots.distribution(report),
            success=plots.success(report),
        )
    )
    place.mkdir(mode=0o777 & ~private.others(coursedir.groupshared), exist_ok=True)
    page, part = place / f"{assignment}.html", place / f"{assignment}.part"
    part.write_text(html, encoding="utf-8")
    part.chmod(0o666 & ~private.others(coursedir.groupshared))
    os.replace(part, page)
    return page
