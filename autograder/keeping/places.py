"""What makes a running course, and where its settings put it: the parts of a backup, by their names in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from nbgrader.coursedir import CourseDirectory

from autograder.gradebook.folder import entries, is_open
from autograder.gradebook.private import BACKUPS, REPORTS
from autograder.gradebook.settings import FILE, folder
from autograder.gradebook.submission import STAGE
from autograder.judge import secret
from autograder.policy.settings import FILE as POLICY

STEPS = ("submitted", "autograded", "feedback")
SETTINGS = (f"{FILE}.py", f"{FILE}.json", POLICY)
PASSING = ("autograded/.lock", f"autograded/{STAGE}")  # while something is at work
GRADEBOOK = "gradebook"  # its copy in a backup


class Found(NamedTuple):
    """What is in a course, by its name in a backup; and what is neither a plain file nor an open folder."""

    folders: dict[str, Path]
    files: dict[str, Path]
    others: list[str]


def settings(root: Path) -> dict[str, Path]:
    return {name: root / name for name in SETTINGS}


def holders(coursedir: CourseDirectory) -> dict[str, Path]:
    """The folders of students' work and marks, and the secret."""
    steps = {step: folder(coursedir, step) for step in STEPS}
    return steps | {name: Path(coursedir.root, name) for name in (REPORTS, secret.NAME)}


def backups(coursedir: CourseDirectory) -> Path:
    """Made where there is none, for its owner alone."""
    place = Path(coursedir.root, BACKUPS)
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def found(parts: dict[str, Path]) -> Found:
    """All that lies in these places, in the order of names. No link is followed but one that is a place itself."""
    folders = {name: place for name, place in parts.items() if place.is_dir()}
    files = {name: place for name, place in parts.items() if place.is_file()}
    others, waiting = [], [*folders]
    while waiting:
        holder = waiting.pop()
        for path, about in entries(folders[holder]):
            inside = f"{holder}/{path.name}"
            if stat.S_ISDIR(about.st_mode) and is_open(path) and inside not in PASSING:
                folders[inside] = path
                waiting.append(inside)
            elif stat.S_ISREG(about.st_mode) and os.access(path, os.R_OK) and inside not in PASSING:
                files[inside] = path
            elif inside not in PASSING:
                others.append(inside)
    return Found(dict(sorted(folders.items())), dict(sorted(files.items())), sorted(others))
