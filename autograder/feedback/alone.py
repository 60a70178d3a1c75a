"""One notebook without a class: which assignment it answers, what the judge says of it, and a page beside it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.cells import grade_id, id_in, is_check, is_reflection, is_todo, name_of
from autograder.checks import require_todo
from autograder.feedback.content import content, has_heading
from autograder.feedback.page import html, section_html
from autograder.gradebook.mend import mend
from autograder.gradebook.read import Notes, Refused, modules_beside, read_cells, read_json, read_text, text_of
from autograder.judge import court
from autograder.judge.forks import Parent
from autograder.judge.secret import of_place
from autograder.keeping import version
from autograder.policy.settings import read
from autograder.policy.weights import to_judge, weigh, weights_of
from autograder.sentences import NotBuilt, Sentence
from autograder.verdict import Verdict
from course_config import ASSIGNMENTS, RELEASE, ROOT, SEED

SOLUTIONS = ROOT / "solutions"


class Judged(NamedTuple):
    """A notebook as it could be read, its verdict, and which secret the judge drew from."""

    notebook: NotebookNode
    verdict: Verdict
    secret: str


def assignment_of(notebook: Path) -> str:
    """By the file's name, such as "spiral (1).ipynb"; else by the cells that it has in common with a release.

    Raises:
        Sentence: no such file, or a notebook of another course.
    """
    require_file(notebook)
    named = [name for name in ASSIGNMENTS if notebook.stem.startswith(name)]
    if named:
        return max(named, key=len)
    try:
        cells = read_cells(read_json(read_text(notebook, Notes()), Notes()))
        found = {id_in(cell.metadata) for cell in cells} - {""}
    except Refused as refusal:
        raise cannot_be_judged(notebook, refusal) from None
    common = {name: len(found & ids_of(name)) for name in ASSIGNMENTS}
    best = max(common, key=lambda name: common[name])
    if not common[best]:
        raise Sentence(f"{notebook.name} holds no cell of {' or '.join(ASSIGNMENTS)}. Is it the right file?")
    return best


def require_file(notebook: Path) -> None:
    if not notebook.is_file():
        raise Sentence(f"There is no file {notebook}.")


def ids_of(assignment: str) -> set[str]:
    try:
        return {grade_id(cell) for cell in released(assignment).cells} - {""}
    except NotBuilt:
        return set()


def read_notebook(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def released(assignment: str) -> NotebookNode:
    path = RELEASE / assignment / f"{assignment}.ipynb"
    if not path.exists():
        raise NotBuilt(f"{path.name} has not been released yet: run `course build` first.")
    return read_notebook(path)


def cannot_be_judged(notebook: Path, refusal: Refused) -> Sentence:
    return Sentence(f"{notebook.name} cannot be judged: {refusal}")


def judged(notebook: Path, assignment: str, seed: int = SEED) -> Judged:
    """What `course judge` says, with the walls that stand here."""
    release = released(assignment)
    require_file(notebook)
    try:
        mended, sentences = mend(notebook.resolve(), release)
    except Refused as refusal:
        raise cannot_be_judged(notebook, refusal) from None
    modules, found = modules_beside(notebook, text_of(mended), notebook.parent.glob("*.py"))
    secret, which = of_place(ROOT)
    weights = weights_of(assignment, ROOT)
    only = set(to_judge(release, weights)) or None
    with Parent(assignment) as parent:
        verdict = weigh(court.judge(mended, assignment, parent, seed, only, modules, secret), weights)
    verdict |= {"mended": sentences + found, "course": version.of_judge(assignment)}
    return Judged(mended, verdict, which)


def check(notebook: Path, assignment: str) -> tuple[Verdict, Path]:
    """Judge, and write the feedback page beside the notebook; with model answers of reflections that are answered."""
    mended, verdict, _ = judged(notebook, assignment)
    about = {"assignment": assignment, "student": "", "late_penalty": 0.0, "models": model_answers(assignment)}
    about["extra_credit"] = read(ROOT).extra_credit.get(assignment, frozenset())
    page = notebook.with_suffix(".feedback.html")
    page.write_text(html(content(mended, verdict, about)), encoding="utf-8")
    return verdict, page


def solution(assignment: str) -> list[NotebookNode]:
    path = SOLUTIONS / assignment / f"{assignment}.ipynb"
    if not path.exists():
        raise NotBuilt(f"There is no solution of {assignment} yet: run `course build {assignment}` first.")
    cells: list[NotebookNode] = read_notebook(path).cells
    return cells


def model_answers(assignment: str) -> dict[str, str]:
    """Of each reflection; none where no solution lies here."""
    try:
        return {grade_id(cell): cell.source for cell in solution(assignment) if is_reflection(cell)}
    except NotBuilt:
        return {}


def write_solution(notebook: Path, assignment: str, todo: str) -> Path:
    """The solution notebook's section of a TODO, text and code as they are, on a page beside the notebook.

    Raises:
        Sentence: no such TODO.
    """
    require_todo(assignment, todo)
    cells = solution(assignment)
    at = next(number for number, cell in enumerate(cells) if is_todo(cell) and grade_id(cell) == todo)
    before = [number for number, cell in enumerate(cells[:at]) if cell.cell_type == "markdown" and has_heading(cell)]
    ends = [number for number, cell in enumerate(cells) if is_check(cell) and name_of(cell, "check") == todo]
    page = notebook.with_suffix(f".{todo}.html")
    page.write_text(section_html(todo, cells[max(before, default=at) : ends[0]]), encoding="utf-8")
    return page
