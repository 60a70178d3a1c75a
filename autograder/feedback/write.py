"""`course feedback`: the page of every graded submission, written by several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbgrader.api import Gradebook

from autograder.feedback.content import content
from autograder.feedback.exporter import verdict_in
from autograder.feedback.grades import Grades, of_class, said_by_policy
from autograder.feedback.page import html
from autograder.gradebook import private
from autograder.gradebook.files import write_whole
from autograder.gradebook.folder import OF_EXCHANGE, of_exchange
from autograder.gradebook.settings import course, excluded, folder
from autograder.sentences import NothingToGrade


class Job(NamedTuple):
    """One page: whose, of what, and where it goes."""

    student: str
    assignment: str
    graded: Path
    grades: Grades
    policy: dict[str, Any]  # what the page says of lateness and extra credit
    page: Path
    mode: int


def write_pages(
    assignment: str, students: Sequence[str] | None = None, root: Path | None = None, workers: int = 1
) -> Iterator[Path]:
    """Write feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for each graded submission; yields what was written.

    Raises:
        NothingToGrade: nobody's submission of that assignment was graded, or not that of a student who is named.
    """
    coursedir, _ = course(root)
    private.close(coursedir, "feedback")
    policy = said_by_policy(assignment, Path(coursedir.root), students)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        grades = of_class(gradebook, assignment, students)
    jobs, mode = [], private.closed_mode(coursedir)
    for student in sorted(grades.keys() - excluded(coursedir)):
        graded, to = (Path(folder(coursedir, step), student, assignment) for step in ("autograded", "feedback"))
        if (graded / f"{assignment}.ipynb").is_file():
            page, of = to / f"{assignment}.html", (grades[student], policy(student))
            jobs.append(Job(student, assignment, graded, *of, page, mode))
    if missing := set(students or ()) - {job.student for job in jobs}:
        raise NothingToGrade(f"Not graded yet, so there is no page: {', '.join(sorted(missing))}.")
    if not jobs:
        raise NothingToGrade(f"No submission of {assignment} was graded yet: run `course grade {assignment}` first.")
    if workers == 1 or len(jobs) == 1:
        yield from map(write_page, jobs)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), get_context("spawn")) as pool:
        yield from pool.map(write_page, jobs, chunksize=max(1, min(10, len(jobs) // workers)))


def write_page(job: Job) -> Path:
    """Put a page in its place in one step, closed to others, with what says whose handing in it answers."""
    nb = nbformat.read(job.graded / f"{job.assignment}.ipynb", as_version=4)
    job.grades.put_into(nb.cells)
    about = {"student": job.student, "assignment": job.assignment, "late_penalty": job.grades.penalty}
    text = html(content(nb, verdict_in(job.graded, job.assignment), about | job.policy))
    for name in OF_EXCHANGE:  # an old one would release this page as the answer to what was handed in before
        job.page.with_name(name).unlink(missing_ok=True)
    write_whole(job.page, text, job.mode)
    for path, raw in of_exchange(job.graded).items():
        write_whole(job.page.with_name(path.name), raw, job.mode)
    return job.page
