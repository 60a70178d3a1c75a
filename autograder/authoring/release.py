"""What reaches students: the notebook and the data that the course names, whatever else lies in the folder.

JupyterLab may keep a text beside a notebook that it is paired with, solutions and all; nbgrader copies what it finds.
And what reaches the gradebook: its cells, of which some may come and go while a class is graded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import escape
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Comment, MissingEntry, Notebook
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor, SaveCells
from nbgrader.utils import find_all_files

from autograder.authoring.expand import shared_cells
from autograder.authoring.needs import REQUIREMENTS
from autograder.cells import ROLES, grade_id, is_check
from course_config import COMPANIONS, ROOT

GIVEN = ROLES["given"].prefix
START = GIVEN + "start"  # the cell that says what is missing


class ReleasingExporter(NotebookExporter):
    """Made by `nbgrader generate_assignment` before it copies anything."""

    parent: Any  # nbgrader's GenerateAssignment

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hold_back(self.parent)


def hold_back(converter: GenerateAssignment) -> None:
    """Leave one notebook to be released, and of what lies beside it the companions."""
    coursedir, say = converter.coursedir, converter.log
    for folder in converter.assignments:
        notebook = os.path.join(folder, f"{Path(folder).name}.ipynb")  # spelled as nbgrader does
        if not os.path.isfile(notebook):
            say.error("There is no %s: `course build` makes it.", os.path.relpath(notebook, coursedir.root))
            raise NbGraderException  # which ends nbgrader, without a traceback
        converter.assignments[folder] = [notebook]
        for path in strays(folder, coursedir.ignore):
            name = os.path.relpath(path, coursedir.root)
            say.warning("%s is not released: COMPANIONS in course_config.py does not name it.", name)
            coursedir.ignore = [*coursedir.ignore, escape(path)]


def strays(folder: str, ignored: Iterable[str]) -> list[str]:
    """What nbgrader would hand out, and the course does not name."""
    assignment = Path(folder).name
    named = {f"{assignment}.ipynb", REQUIREMENTS, *COMPANIONS.get(assignment, ())}
    found = find_all_files(folder, list(ignored))
    return [path for path in found if Path(path).relative_to(folder).parts[0] not in named]


class EaseWork(NbGraderPreprocessor):
    """A run of the whole notebook goes on below a check that does not pass or a TODO that is open, in JupyterLab and in
    nbconvert, but not below the first cell, where a package is missing; the code of checks, and of helpers that all
    notebooks share, is folded, in JupyterLab and in Colab."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        self.helpers = {GIVEN + name for name in shared_cells(ROOT)}
        made: tuple[NotebookNode, Any] = super().preprocess(nb, resources)
        return made

    def preprocess_cell(self, cell: NotebookNode, resources: Any, _: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "code" and grade_id(cell) != START:
            cell.metadata["tags"] = sorted({*cell.metadata.get("tags", ()), "raises-exception"})
        if is_check(cell) or grade_id(cell) in self.helpers:
            cell.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
        return cell, resources


class KeepCells(SaveCells):
    """In the place of nbgrader's own: a TODO may become given, or one again, after something was graded, where nbgrader
    lets no cell come or go. Its check is there in either case, so no mark comes or goes with it."""

    def _create_notebook(self, nb: NotebookNode) -> None:
        try:
            notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        except MissingEntry:
            notebook = None
        if notebook and notebook.submissions:
            old, new = {cell.name for cell in notebook.source_cells}, self.new_source_cells.keys()
            for todo in {name.removeprefix(GIVEN) for name in old ^ new}:
                if {todo, GIVEN + todo} <= old | new:
                    self.keep(todo, GIVEN + todo, notebook)
        super()._create_notebook(nb)

    def keep(self, todo: str, given: str, notebook: Notebook) -> None:
        """Have both in the gradebook and in what is about to go there."""
        place = self.notebook_id, self.assignment_id
        for name in (todo, given):
            if name in self.new_source_cells:
                self.gradebook.update_or_create_source_cell(name, *place, **self.new_source_cells[name])
            else:
                kept = self.gradebook.find_source_cell(name, *place).to_dict()
                self.new_source_cells[name] = {key: kept[key] for key in ("cell_type", "locked", "source", "checksum")}
        self.new_solution_cells[todo] = {}
        cell = self.gradebook.update_or_create_solution_cell(todo, *place)
        for submission in notebook.submissions:
            if todo not in {comment.name for comment in submission.comments}:
                Comment(cell_id=cell.id, notebook=submission)
        self.gradebook.db.commit()
