"""What reaches students: the notebook and the data that the course names, whatever else lies in the folder.

JupyterLab may keep a text beside a notebook that it is paired with, solutions and all; nbgrader copies what it finds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import escape
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import find_all_files

from course_config import COMPANIONS


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
    named = {f"{assignment}.ipynb", *COMPANIONS.get(assignment, ())}
    found = find_all_files(folder, list(ignored))
    return [path for path in found if Path(path).relative_to(folder).parts[0] not in named]
