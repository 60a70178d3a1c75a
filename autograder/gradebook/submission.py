"""One submission through nbgrader's autograde. A judge that dies or never answers costs that one, never the batch."""

from __future__ import annotations

import glob
import json
import logging
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets import TraitError

from autograder.checks import points_of
from autograder.gradebook.files import put_in_place, write_verdict
from autograder.gradebook.intake import UNREADABLE, refuse_older, released_notebook
from autograder.gradebook.machine import of_the_machine
from autograder.gradebook.pages import note_cell
from autograder.gradebook.private import others, take_from
from autograder.gradebook.settings import course, refused
from autograder.gradebook.step import no_verdict
from autograder.policy.weights import counted, weights_of
from autograder.sentences import NotBuilt, NothingToGrade, Sentence
from autograder.verdict import Verdict
from course_config import ASSIGNMENTS

log = logging.getLogger(__name__)
STAGE = ".grading"  # in autograded/: where a submission is graded, before it takes its place there


class AutogradeOne(Autograde):
    """nbgrader's Autograde for one submission, also for a folder without a notebook (it would stop before ours
    is asked); an error comes out as it is, where nbgrader would print it and raise another."""

    def init_notebooks(self) -> None:
        pass  # MendingExporter lists them

    def convert_notebooks(self) -> None:
        for folder, notebooks in self.assignments.items():
            assignment, student, self.notebooks = self.coursedir.assignment_id, Path(folder).parent.name, notebooks
            self.init_assignment(assignment, student)
            for notebook in self.notebooks:
                self.convert_single_notebook(notebook)
            self.set_permissions(assignment, student)


def grade_submission(student: str, assignment: str, root: Path | None = None, only: Sequence[str] = ()) -> Verdict:
    """Grade one submission through nbgrader, into gradebook and autograded/; returns the verdict. TODOs that are not
    among `only`, where some are named, keep what they had.

    The folder in autograded/ is replaced when all is done.
    """
    coursedir, config = course(root, student_id=glob.escape(student), assignment_id=assignment)
    graded = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
    config.AskJudge.only, config.AskJudge.before = list(only), str(graded / "verdict.json")
    config.KeepMarks.before = str(graded / f"{assignment}.ipynb")
    coursedir.autograded_directory += f"/{STAGE}"
    stage = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
    release = refuse_older_release(assignment, coursedir)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            gradebook.find_notebook(assignment, assignment)
        except MissingEntry:
            raise NotBuilt(f"{assignment} is not in the gradebook: `course build` comes first.") from None
    shutil.rmtree(stage.parent, ignore_errors=True)
    try:
        try:
            AutogradeOne(coursedir=coursedir, config=config).start()
        except Exception as error:
            if is_everybodys(error, Path(coursedir.format_path(coursedir.submitted_directory, student, assignment))):
                raise
            log.exception("nbgrader failed on %s", student)
            record_nothing(coursedir, student, release, stage)
        verdict: Verdict = json.loads((stage / "verdict.json").read_text(encoding="utf-8"))
        take_from(stage / "verdict.json", others(coursedir.groupshared))
        put_in_place(stage, graded)
    finally:
        shutil.rmtree(stage.parent, ignore_errors=True)
    return verdict


def refuse_older_release(assignment: str, coursedir: CourseDirectory) -> NotebookNode:
    """The released notebook; NotBuilt where its points are not those of today's checks and weights."""
    release = released_notebook(coursedir, assignment)
    if assignment in ASSIGNMENTS:
        refuse_older(release, assignment, counted(points_of(assignment), weights_of(assignment, Path(coursedir.root))))
    return release


def rehearse(assignment: str, students: Iterable[str], root: Path | None = None) -> None:
    """Make what grading is done with: a setting that nbgrader refuses is the instructor's, and nobody's zero."""
    coursedir, config = course(root, assignment_id=assignment)
    try:
        converter = AutogradeOne(coursedir=coursedir, config=config)
        exporter = NotebookExporter(config=converter.config)
        for step in (*converter.sanitize_preprocessors, *converter.autograde_preprocessors):
            exporter.register_preprocessor(step)
    except (TraitError, ImportError, AttributeError) as error:
        raise refused(error) from None
    if not converter.create_student:
        refuse_strangers(students, coursedir)


def refuse_strangers(students: Iterable[str], coursedir: CourseDirectory) -> None:
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        strangers = set(students) - {student.id for student in gradebook.students}
    if strangers:
        raise NothingToGrade(
            f"The gradebook does not know {', '.join(sorted(strangers))}, and your settings let nobody in "
            "(Autograde.create_student): add them with `nbgrader db student add`, or move their folders away."
        )


def is_everybodys(error: Exception, handed_in: Path) -> bool:
    """Whether it ends the run: what is wrong with the course or the machine is nobody's zero. A place that may not be
    read or written is the course's, but for what a student closed in what was handed in."""
    closed = isinstance(error, PermissionError) and not Path(str(error.filename)).is_relative_to(handed_in)
    return closed or isinstance(error, Sentence) or of_the_machine(error)


def refusal(assignment: str, root: Path) -> Verdict:
    """What is said of a submission that stopped the grader itself; the gradebook keeps what it had."""
    coursedir, _ = course(root)
    return no_verdict(released_notebook(coursedir, assignment), assignment, UNREADABLE)


def record_nothing(coursedir: CourseDirectory, student: str, release: NotebookNode, graded: Path) -> None:
    """Where nbgrader itself failed: 0 points and a page that says so."""
    assignment = coursedir.assignment_id
    verdict = no_verdict(release, assignment, UNREADABLE)
    release.cells.insert(0, note_cell(verdict["mended"]))
    shutil.rmtree(graded, ignore_errors=True)
    write_verdict(graded, verdict)
    nbformat.write(release, graded / f"{assignment}.ipynb")
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
            grade.auto_score, grade.needs_manual_grade = 0, False
        gradebook.db.commit()
