"""How nbgrader's autograde gets at a submission: found in its folder, mended, or refused with a sentence."""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from autograder.cells import is_check, name_of, points_of
from autograder.gradebook.fingerprint import fingerprint
from autograder.gradebook.folder import taken
from autograder.gradebook.handed_in import about, wrong_with
from autograder.gradebook.mend import mend
from autograder.gradebook.pictures import paste_pictures
from autograder.gradebook.private import close_output
from autograder.gradebook.read import Refused, find_submission, modules_beside, text_of
from autograder.policy.settings import FILE
from autograder.sentences import NotBuilt
from course_config import COMPANIONS

log = logging.getLogger(__name__)
UNREADABLE = "The submission could not be processed. Nothing was graded; please tell your instructor."


class MendingExporter(NotebookExporter):
    """Reads a submission through `mend`; one that is refused becomes the released notebook, and says so."""

    parent: Any  # nbgrader's Autograde

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parent.coursedir = without_data(self.parent.coursedir)
        self.parent.exclude_overwriting = masters(self.parent.coursedir)
        close_output(self.parent, "autograded")
        list_submissions(self.parent)

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        if not self.parent._sanitizing:  # nbgrader's second pass reads what the first one wrote
            return super().from_filename(filename, resources=resources, **kw)
        assignment = resources["nbgrader"]["assignment"]
        release, folder = released_notebook(self.parent.coursedir, assignment), Path(filename).parent
        mark = fingerprint(assignment, folder, Path(self.parent.coursedir.root))  # of what is read after it, or older
        notebook = read_submission(folder, assignment, release)
        notebook.metadata["autograder"]["fingerprint"] = mark
        return self.from_notebook_node(notebook, resources=resources, **kw)


def without_data(coursedir: CourseDirectory) -> CourseDirectory:
    """The same course, whose data sets are not copied to autograded/ and feedback/ once for every student."""
    settings = {name: getattr(coursedir, name) for name in coursedir.trait_names(config=True)}
    folders = ["data", *(name for names in COMPANIONS.values() for name in names)]
    return CourseDirectory(**settings | {"ignore": [*coursedir.ignore, *folders]})


def masters(coursedir: CourseDirectory) -> dict[str, list[str]]:
    """What nbgrader would copy from source/ to each student, and on to feedback/: all of it is to stay there."""
    source = coursedir.format_path(coursedir.source_directory, ".", coursedir.assignment_id)
    return {coursedir.assignment_id: [os.path.relpath(path, source) for path in find_all_files(source)]}


def list_submissions(converter: Autograde) -> None:
    """One notebook a submission, under its right name, also where nbgrader found none or another."""
    assignment = converter.coursedir.assignment_id
    folders = glob.glob(converter._format_source(assignment, converter.coursedir.student_id))
    for student in (Path(folder).parent for folder in folders):
        if said := about(student, assignment):
            converter.log.warning(said)
    folders = [folder for folder in folders if os.path.isdir(folder) and not wrong_with(Path(folder).parent.name)]
    converter.assignments = {folder: [os.path.join(folder, f"{assignment}.ipynb")] for folder in folders}


def read_submission(folder: Path, assignment: str, release: NotebookNode) -> NotebookNode:
    """The mended notebook; what was mended, or why it was refused, goes along in its metadata."""
    said: list[str] = []
    about: dict[str, Any]
    try:
        there = taken(folder, assignment)
        said = there.said
        path, chosen = find_submission(there, assignment)
        said = said + chosen
        notebook, mended = mend(path, release)
        modules, found = modules_beside(path, text_of(notebook), there.files)
        about = {"mended": said + mended + found, "modules": modules}
        paste_pictures(notebook, there)
    except Refused as refusal:
        notebook, about = release, {"refused": " ".join([*said, str(refusal)])}
    except Exception:  # a flaw of ours must not stop the class
        log.exception("mending %s failed", folder)
        notebook, about = release, {"refused": UNREADABLE}
    notebook.metadata["autograder"] = about
    return notebook


def released_notebook(coursedir: CourseDirectory, assignment: str) -> NotebookNode:
    folder = coursedir.format_path(coursedir.release_directory, ".", assignment)
    path = Path(folder, f"{assignment}.ipynb")
    if not path.is_file():
        raise NotBuilt(f"There is no {path.name} in release/: run `course build {assignment}` first.")
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def points_by_todo(notebook: NotebookNode) -> dict[str, float]:
    """What its check cells are worth; the TODO of one that is worth nothing is given."""
    return {name_of(cell, "check"): points_of(cell) for cell in notebook.cells if is_check(cell) and points_of(cell)}


def refuse_older(notebook: NotebookNode, assignment: str, worth: Mapping[str, float]) -> None:
    """Stops where the check cells are worth something else than the hidden checks, whose points are given by TODO:
    marks out of one would be recorded out of the other."""
    released = points_by_todo(notebook)
    if released.keys() != worth.keys() or any(abs(points - worth[todo]) > 1e-6 for todo, points in released.items()):
        raise NotBuilt(
            f"release/ is older than the checks, or than the weights in {FILE}: `course build {assignment}` first."
        )
