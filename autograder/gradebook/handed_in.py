"""Who handed something in, and whether it can be graded: found out in a moment, before anything is started."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from autograder.gradebook.folder import UNSHOWN, entries, is_open
from autograder.sentences import NotBuilt, NothingToGrade

LITTER = ("__MACOSX", ".ipynb_checkpoints")  # what unzipping and Jupyter leave behind


def submissions(assignment: str, students: list[str] | None, root: Path) -> dict[str, Path]:
    """The folder of each submission, by student."""
    found = {name: root / "submitted" / name / assignment for name in with_folder_of(assignment, root)}
    found = {name: folder for name, folder in found.items() if not wrong_with(name)}
    if missing := [student for student in students or [] if student not in found]:
        raise NothingToGrade(f"Nothing was handed in for {assignment} by: {', '.join(missing)}.")
    if not found:
        raise NothingToGrade(
            f"There is nothing in submitted/*/{assignment}/: put each notebook at "
            f"submitted/STUDENT/{assignment}/{assignment}.ipynb, or run `nbgrader zip_collect {assignment}`."
        )
    return {student: folder for student, folder in found.items() if not students or student in students}


def with_folder_of(assignment: str, root: Path) -> list[str]:
    """What stands in submitted/ and holds a folder for this assignment."""
    return sorted(path.name for path, _ in entries(root / "submitted") if os.path.isdir(path / assignment))


def passed_over(assignment: str, root: Path) -> list[str]:
    """A sentence for each folder in submitted/ that is not graded, and should perhaps be."""
    folders = [path for path, about in entries(root / "submitted") if stat.S_ISDIR(about.st_mode)]
    closed = sorted(path.name for path in folders if not is_open(path))
    said = [f"The folder {name!r} in submitted/ cannot be opened, so it was passed over." for name in closed]
    return said + list(filter(None, map(about_name, with_folder_of(assignment, root))))


def about_name(name: str) -> str:
    """What to say where a folder is passed over for its name."""
    wrong = wrong_with(name) if name not in LITTER else ""
    return f"The folder {name!r} in submitted/ was passed over: its name {wrong}. Rename it." if wrong else ""


def wrong_with(name: str) -> str:
    """Why no student can be called so; empty for all others."""
    if name in LITTER:
        return "is no student's"
    if name.startswith("."):
        return "begins with a dot"
    if name != name.strip():
        return "begins or ends with a blank"
    return "holds characters that cannot be shown" if UNSHOWN.search(name) else ""


def require_built(assignment: str, root: Path) -> None:
    """Stops where nothing was built; what was built in part is found out later."""
    settings = root / "nbgrader_config.py"
    elsewhere = settings.is_file() and "db_url" in settings.read_text(encoding="utf-8")
    if not (root / "gradebook.db").exists() and not elsewhere:
        raise NotBuilt(f"There is no gradebook yet: run `course build {assignment}` first.")
