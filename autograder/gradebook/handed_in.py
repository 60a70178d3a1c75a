"""Who handed something in, and whether it can be graded: found out in a moment, before anything is started."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from jupyter_core.paths import jupyter_config_path

from autograder.gradebook.folder import UNSHOWN, entries, is_open
from autograder.sentences import NotBuilt, NothingToGrade

LITTER = ("__MACOSX", ".ipynb_checkpoints")  # what unzipping and Jupyter leave behind


def place(root: Path) -> Path:
    """Where things are handed in; only where somebody set something this takes nbgrader's own reading of it."""
    if is_usual(root):
        return root / "submitted"
    from autograder.gradebook.settings import course, folder

    return folder(course(root)[0], "submitted")


def is_usual(root: Path) -> bool:
    """Whether no settings but the course's own name a place or a gradebook."""
    folders = [root, *map(Path, jupyter_config_path())]
    files = [path for folder in folders for path in folder.glob("nbgrader_config.*") if path.suffix in (".py", ".json")]
    return not any(word in path.read_text("utf-8", "replace") for path in files for word in ("db_url", "_directory"))


def submissions(
    assignment: str, students: list[str] | None, submitted: Path, left_out: Iterable[str] = ()
) -> dict[str, Path]:
    """The folder of each submission, by student."""
    found = {name: submitted / name / assignment for name in with_folder_of(assignment, submitted)}
    found = {name: folder for name, folder in found.items() if not wrong_with(name) and name not in left_out}
    if missing := [student for student in students or [] if student not in found]:
        raise NothingToGrade(f"Nothing was handed in for {assignment} by: {', '.join(missing)}.")
    if not found:
        raise NothingToGrade(
            f"There is nothing in submitted/*/{assignment}/: put each notebook at "
            f"submitted/STUDENT/{assignment}/{assignment}.ipynb, or run `nbgrader zip_collect {assignment}`."
        )
    return {student: folder for student, folder in found.items() if not students or student in students}


def with_folder_of(assignment: str, submitted: Path) -> list[str]:
    """What stands in submitted/ and holds a folder for this assignment."""
    return sorted(path.name for path, _ in entries(submitted) if os.path.isdir(path / assignment))


def passed_over(assignment: str, submitted: Path) -> list[str]:
    """A sentence for each folder in submitted/ that is not graded, and should perhaps be."""
    folders = [path for path, about in entries(submitted) if stat.S_ISDIR(about.st_mode)]
    closed = sorted(path.name for path in folders if not is_open(path))
    inside = {path.name: path / assignment for path in folders}
    no_folder = sorted(name for name, path in inside.items() if os.path.lexists(path) and not path.is_dir())
    said = [f"The folder {name!r} in submitted/ cannot be opened, so it was passed over." for name in closed]
    said += [
        f"What {name!r} in submitted/ has as {assignment} is no folder, so it was passed over." for name in no_folder
    ]
    return said + list(filter(None, map(about_name, with_folder_of(assignment, submitted))))


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
    if is_usual(root) and not (root / "gradebook.db").exists():
        raise NotBuilt(f"There is no gradebook yet: run `course build {assignment}` first.")
