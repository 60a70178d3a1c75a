"""Verdicts into nbgrader: what its autograde, its formgrader and `course grade` do with a submission.

nbgrader's own converters do the work. Ours are `MendingExporter` (intake.py), which reads the submission in
whatever state it is, `AskJudge`, which takes the place of nbgrader's Execute, and `grade_submission`, which runs
the converter for one student. A judge that dies or never answers costs one submission, never the batch.
"""

from __future__ import annotations

import errno
import glob
import html
import json
import logging
import math
import os
import shutil
import sys
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import BaseCell, Grade, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.exc import DatabaseError, SAWarning
from traitlets.config import Config

import course_config
from autograder.ask import judge
from autograder.intake import UNREADABLE, NotBuilt, released_notebook
from autograder.mend import is_check, marks, tidy_cells

log = logging.getLogger(__name__)
NO_ANSWER = "The grader stopped at this notebook. Nothing was graded; please tell your instructor."
NOT_SETTLED = ([NO_ANSWER], [UNREADABLE])  # `course grade` grades these again when it runs next
STAGE = "autograded/.grading"  # where a submission is graded, before it takes its place in autograded/
# What is wrong with the machine, not with the submission at hand.
MACHINES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE}
NOT_REACHED = "✗ Nothing was reported for this TODO."
STYLE = "white-space: pre-wrap; margin-left: 1.2em; text-indent: -1.2em; color: "
COLOR = {"✓": "#1a6b2f", "✗": "#a3231f"}


def configure(c: Config) -> None:
    """Our pipeline in nbgrader's lists, so that plain nbgrader commands and formgrader grade as we do."""
    c.Autograde.exporter_class = "autograder.intake.MendingExporter"
    nbgraders = "nbgrader.preprocessors."
    # Not here: ClearOutput (students keep the outputs of long runs), DeduplicateIds (nothing is left for it).
    c.Autograde.sanitize_preprocessors = [nbgraders + "OverwriteCells", nbgraders + "CheckCellMetadata"]
    c.Autograde.autograde_preprocessors = ["autograder.record.AskJudge"] + [
        nbgraders + step for step in ("SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata")
    ]
    ours = {"markdown2html": "autograder.harmless.markdown", "highlight_code": "autograder.harmless.code"}
    c.HTMLExporter.filters = ours
    c.GenerateFeedback.force = True  # without it a comment written after the first feedback never arrives
    c.CourseDirectory.ignore = [*c.CourseDirectory.get("ignore", []), "verdict.json*"]  # neither in nor out
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # its own, and harmless
    logging.getLogger("tornado").addHandler(logging.NullHandler())  # nbgrader's tracebacks: its errors reach us
    beside_python = str(Path(sys.executable).parent)  # where `alembic` is, which nbgrader starts by name
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside_python + os.pathsep + os.environ.get("PATH", "")


# ---- asking the judge -------------------------------------------------------------------------------------


class AskJudge(NbGraderPreprocessor):
    """Takes the place of Execute: puts marks and messages where SaveAutoGrades finds them."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        student, assignment = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
        about = nb.metadata.pop("autograder", {})
        verdict = judge_notebook(nb, assignment, about)
        for cell in nb.cells:
            if is_check(cell):
                cell.outputs = outputs_of(verdict["todos"].get(todo_of(cell), {}), marks(cell)["points"])
        if said := [*verdict["mended"], *verdict.get("notes", [])]:
            nb.cells.insert(0, note_cell(said))
        write_verdict(Path(self.parent.parent._format_dest(assignment, student)), verdict)
        return nb, resources


def judge_notebook(nb: NotebookNode, assignment: str, about: dict) -> dict:
    """The judge's verdict, or one that says why there is none; the run's outputs go into the notebook."""
    if "refused" in about:
        return no_verdict(nb, assignment, about["refused"])
    request = {"assignment": assignment, "notebook": nb, "seed": course_config.SEED}
    answer = judge.ask(request, 1.2 * course_config.LIMITS.submission_seconds)  # the judge itself stops before that
    if not answer:
        return no_verdict(nb, assignment, NO_ANSWER)
    tidy_cells(nb, answer.get("notebook", {}))
    return answer["verdict"] | {"mended": about.get("mended", [])}


def no_verdict(nb: NotebookNode, assignment: str, sentence: str) -> dict:
    """A verdict of 0 points everywhere, with the sentence that says why."""
    most = {todo_of(cell): marks(cell)["points"] for cell in nb.cells if is_check(cell)}
    failed = {"name": "graded", "passed": False, "points": 0, "message": sentence}
    todos = {todo: {"points": 0, "max": m, "checks": [failed | {"max": m}]} for todo, m in most.items()}
    verdict = {"assignment": assignment, "points": 0, "max": sum(most.values()), "seed": course_config.SEED}
    verdict |= {"isolation": "no code was run", "seconds": 0, "mended": [sentence], "notes": []}
    return verdict | {"todos": todos}


def todo_of(cell: NotebookNode) -> str:
    return marks(cell)["grade_id"].removeprefix("check_")


# ---- writing it down --------------------------------------------------------------------------------------


def outputs_of(todo: dict, most: float) -> list[NotebookNode]:
    """What a check cell shows: a line a check, and the points, in the form that nbgrader takes marks from."""
    points = points_of(todo, most)
    lines = [line_of(check) for check in todo.get("checks", [])] or [NOT_REACHED]
    row = "<div class='tex2jax_ignore' style='{}'>{}</div>"  # MathJax would act on what is quoted from a student
    page = "".join(row.format(STYLE + COLOR[line[0]], html.escape(line)) for line in lines)
    total = f"<b>{points:g} of {most:g} points</b>"
    shown = {"text/html": page, "text/plain": "\n".join(lines)}
    counted = {"text/html": total, "text/plain": repr(points)}  # nbgrader reads the plain one
    return [
        nbformat.v4.new_output("display_data", shown),
        nbformat.v4.new_output("execute_result", counted, execution_count=None),
    ]


def points_of(todo: dict, most: float) -> float:
    """What counts of a TODO's points: a number from 0 to `most`."""
    points = float(todo.get("points") or 0)
    return min(max(points, 0.0), float(most)) if math.isfinite(points) else 0.0


def line_of(check: dict) -> str:
    name = check["name"].removeprefix("test_").replace("_", " ")
    line = f"{'✓' if check['passed'] else '✗'} {name} ({check['points']:g} of {check['max']:g})"
    return f"{line}\n{check['message']}" if check.get("message") else line


def note_cell(sentences: list[str]) -> NotebookNode:
    """What was mended, at the top of the page; file names are the student's, so they are escaped."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    page = f"<b>About this submission</b><ul>{items}</ul>"
    return nbformat.v4.new_markdown_cell(page, id="autograder-note")


def write_verdict(folder: Path, verdict: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / "verdict.json", folder / "verdict.json.part"
    draft.write_text(json.dumps(verdict, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)


def put_in_place(stage: Path, graded: Path) -> None:
    """A finished folder takes the place of the old one: whoever looks finds a whole one or none."""
    for path in (stage / "verdict.json", *stage.glob("*.ipynb")):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    graded.parent.mkdir(parents=True, exist_ok=True)
    if graded.exists():
        graded.rename(stage.with_name(f"{stage.name}.old"))  # goes with the rest of the stage
    stage.rename(graded)


# ---- commands ---------------------------------------------------------------------------------------------


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


def course(root: Path | None = None, **names: str) -> tuple[CourseDirectory, Config]:
    config = course_config.nbgrader_config()
    if root is not None:
        config.CourseDirectory.root = str(root)
    return CourseDirectory(config=config, **names), config


def grade_submission(student: str, assignment: str, root: Path | None = None, fingerprint: str = "") -> dict:
    """Grade one submission through nbgrader, into gradebook and autograded/; returns the verdict.

    The folder in autograded/ is replaced when all is done. Its verdict bears the fingerprint if it is settled.
    """
    coursedir, config = course(root, student_id=glob.escape(student), assignment_id=assignment)
    graded = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
    coursedir.autograded_directory = STAGE
    stage = Path(coursedir.format_path(STAGE, student, assignment))
    release = released_notebook(coursedir, assignment)
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
            if of_the_machine(error):  # which is nobody's zero
                raise
            log.exception("nbgrader failed on %s", student)
            record_nothing(coursedir, student, release, stage)
        verdict = json.loads((stage / "verdict.json").read_text(encoding="utf-8"))
        if fingerprint and verdict["mended"] not in NOT_SETTLED:
            verdict["fingerprint"] = fingerprint
            write_verdict(stage, verdict)
        put_in_place(stage, graded)
    finally:
        shutil.rmtree(stage.parent, ignore_errors=True)
    return verdict


def of_the_machine(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, is the disk's, the gradebook's or the memory's."""
    while error is not None:
        if isinstance(error, DatabaseError | MemoryError) or isinstance(error, OSError) and error.errno in MACHINES:
            return True
        error = error.__cause__ or error.__context__
    return False


def record_nothing(coursedir: CourseDirectory, student: str, release: NotebookNode, graded: Path) -> None:
    """Where nbgrader itself failed (on a folder named like a file of the course): 0 points and a page that says so."""
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


def automatic_marks(assignment: str, root: Path | None = None) -> dict[str, dict[str, float | None]]:
    """What the gradebook has of the judge's: each student's automatic points by grade cell."""
    coursedir, _ = course(root)
    found: dict[str, dict[str, float | None]] = {}
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        rows = gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Grade.auto_score)
        rows = rows.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        rows = rows.join(Grade, Grade.notebook_id == SubmittedNotebook.id).join(BaseCell, BaseCell.id == Grade.cell_id)
        for student, cell, points in rows.filter(SubmittedAssignment.name == assignment):
            found.setdefault(student, {})[cell] = points
    return found


def feedback(assignment: str, root: Path | None = None) -> None:
    """Write nbgrader's feedback page of every graded submission."""
    coursedir, config = course(root, assignment_id=assignment)
    GenerateFeedback(coursedir=coursedir, config=config).start()


def export(to: Path, root: Path | None = None) -> None:
    """Write nbgrader's table of all marks."""
    coursedir, config = course(root)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        CsvExportPlugin(to=str(to), config=config).export(gradebook)


def table(assignment: str, root: Path | None = None) -> list[dict]:
    """One row a student: automatic and manual points, and whether something waits for a grader."""
    coursedir, _ = course(root)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        rows = gradebook.submission_dicts(assignment)
    parts = ("code_score", "max_code_score", "written_score", "max_written_score", "score", "max_score")
    rows = [{name: row[name] for name in ("student", *parts, "needs_manual_grade")} for row in rows]
    return sorted(rows, key=lambda row: row["student"])
