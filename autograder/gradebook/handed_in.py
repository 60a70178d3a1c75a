"""Who handed something in, and whether it can be graded: found out in a moment, before anything is started."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from jupyter_core.paths import jupyter_config_path

from autograder.gradebook.folder import UNSHOWN, entries, is_open
from autograder.sentences import NotBuilt, NothingToGrade
from course_config import GRADEBOOK, ROOT

MOST_LETTERS = 128  # of a student's name, in nbgrader's tables
LITTER = ("__MACOSX", ".ipynb_checkpoints")  # what unzipping and Jupyter leave behind


def place(root: Path) -> Path:
    """Where things are handed in; only where somebody set something this takes nbgrader's own reading of it."""
    if is_usual(root):
        return root / "submitted"
    from autograder.gradebook.settings import course, folder

    return folder(course(root)[0], "submitted")


def is_usual(root: Path) -> bool:
    """Whether no settings but the course's own name a place or a gradebook."""
    if GRADEBOOK and root == ROOT:
        return False
    folders = [root, *map(Path, jupyter_config_path())]
    files = [path for folder in folders for path in folder.glob("nbgrader_config.*") if path.suffix in (".py", ".json")]
    return not any(word in path.read_text("utf-8", "replace") for path in files for word in ("db_url", "_directory"))


def submissions(
    assignment: str, students: list[str] | None, submitted: Path, left_out: Iterable[str] = ()
) -> dict[str, Path]:
    """The folder of each submission, by student. Of several who are named one at least is there, or NothingToGrade."""
    found = {name: submitted / name / assignment for name in with_folder_of(assignment, submitted)}
    found = {name: folder for name, folder in found.items() if not wrong_with(name) and name not in left_out}
    if students and not found.keys() & set(students):
        raise NothingToGrade(nothing_of(students, assignment))
    if not found:
        raise NothingToGrade(
            f"There is nothing in submitted/*/{assignment}/: `course collect ARCHIVE` takes in what Moodle or Canvas "
            f"downloads; what came otherwise belongs at submitted/STUDENT/{assignment}/{assignment}.ipynb."
        )
    return {student: folder for student, folder in found.items() if not students or student in students}


def nothing_of(students: Iterable[str], assignment: str) -> str:
    return f"Nothing was handed in for {assignment}, or the policy drops them: {', '.join(students)}."


def with_folder_of(assignment: str, submitted: Path) -> list[str]:
    """What stands in submitted/ and holds a folder for this assignment."""
    return sorted(path.name for path, _ in entries(submitted) if os.path.isdir(path / assignment))


def passed_over(assignment: str, submitted: Path) -> list[str]:
    """A sentence for each folder in submitted/ that is not graded, and should perhaps be."""
    folders = [path for path, found in entries(submitted) if stat.S_ISDIR(found.st_mode)]
    closed = sorted(path.name for path in folders if not is_open(path))
    said = [f"The folder {name!r} in submitted/ cannot be opened, so it was passed over." for name in closed]
    names = sorted({*with_folder_of(assignment, submitted), *(path.name for path in folders)})
    return said + [sentence for name in names if (sentence := about(submitted / name, assignment))]


def about(folder: Path, assignment: str) -> str:
    """What to say where a folder in submitted/ is passed over, and should perhaps not be."""
    wrong = about_name(folder.name) if os.path.isdir(folder / assignment) else about_place(folder, assignment)
    is_told = wrong and folder.name not in LITTER
    return f"The folder {folder.name!r} in submitted/ was passed over: {wrong}" if is_told else ""


def about_name(name: str) -> str:
    return f"its name {wrong}. Rename it." if (wrong := wrong_with(name)) else ""


def about_place(folder: Path, assignment: str) -> str:
    near = min((path.name for path, _ in entries(folder) if is_near(path.name, assignment)), default="")
    there = f"it holds {near!r} and no folder {assignment}/"
    return f"{there}; its notebook belongs at {assignment}/{assignment}.ipynb." if near else ""


def is_near(name: str, assignment: str) -> bool:
    """Whether something is called like an assignment, or its notebook, but for blanks and capitals."""
    return name.strip().casefold() in (assignment.casefold(), f"{assignment}.ipynb".casefold())


def wrong_with(name: str) -> str:
    """Why no student can be called so; empty for all others."""
    wrong = {
        "is no student's": name in LITTER,
        "begins with a dot": name.startswith("."),
        "begins with a sign with which spreadsheets compute": name.startswith(("=", "+", "-", "@")),
        "begins or ends with a blank": name != name.strip(),
        "holds a slash": "/" in name,
        "holds *, ? or [, by which nbgrader means many names": any(sign in name for sign in "*?["),
        f"is longer than {MOST_LETTERS} letters": len(name) > MOST_LETTERS,
        "holds characters that cannot be shown": bool(UNSHOWN.search(name)),
    }
    return next((why for why, is_so in wrong.items() if is_so), "")


def require_built(assignment: str, root: Path) -> None:
    """Stops where nothing was built; what was built in part is found out later."""
    if is_usual(root) and not (root / "gradebook.db").exists():
        raise NotBuilt(f"There is no gradebook yet: run `course build {assignment}` first.")
