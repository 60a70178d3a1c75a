"""One student's part of an archive, made a submission as the grader looks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from autograder.cells import id_in
from autograder.gradebook.folder import DATE, TooMuch, listed, plain_files, taken
from autograder.gradebook.read import Notes, Refused, find_submission, own_files, read_cells, read_json, read_text
from autograder.lms.archive import Unpacked

NOTEBOOK = r".*\.ipynb(\.\w+|~)?"  # as browsers and editors spell it


class Left(Exception):
    """Nothing is collected of this student; the message says why."""


def notebooks_of(unpacked: Unpacked) -> list[Path]:
    return own_files(taken(unpacked.folder, ""), NOTEBOOK)


def answered(notebook: Path, releases: Mapping[str, set[str]]) -> str:
    """The assignment that most of its cells are from; empty where none is, as of a damaged file."""
    try:
        cells = read_cells(read_json(read_text(notebook, Notes()), Notes()))
    except Refused:
        return ""
    found = {id_in(cell.metadata) for cell in cells} - {""}
    common = {name: len(found & ids) for name, ids in releases.items()}
    best = max(common, key=lambda name: common[name], default="")
    return best if best and common[best] else ""


def choose(unpacked: Unpacked, assignment: str, releases: Mapping[str, set[str]]) -> tuple[Path, str]:
    """The notebook that counts, and what to say of the choice.

    Raises:
        Left: there is none, it answers another assignment, or nothing tells which of several is meant.
    """
    there = taken(unpacked.folder, assignment)
    try:
        notebook, _ = find_submission(there, assignment)
    except Refused as refusal:
        notebook = newest(unpacked, assignment, releases, refusal)
    if (other := answered(notebook, releases)) not in ("", assignment):
        raise Left(f"{notebook.name} answers {other}, not {assignment}.")
    several = len(own_files(there, NOTEBOOK))
    name = str(notebook.relative_to(unpacked.folder))
    said = f"from {name!r}" if name != f"{assignment}.ipynb" else ""
    return notebook, f"{said or f'{notebook.name} counts'}, one of {several} notebooks" if several > 1 else said


def newest(unpacked: Unpacked, assignment: str, releases: Mapping[str, set[str]], refusal: Refused) -> Path:
    """Of several notebooks the one that answers the assignment; of several of those the one that was handed in last."""
    every = notebooks_of(unpacked)
    fitting = [path for path in every if answered(path, releases) == assignment] or every
    fitting.sort(key=lambda path: unpacked.order[path])
    if not fitting:
        files = listed(unpacked.folder, sorted(unpacked.order))
        raise Left(f"No notebook was found among: {files or 'nothing that could be unpacked'}.")
    if len(fitting) > 1 and unpacked.order[fitting[-1]] == unpacked.order[fitting[-2]]:
        raise Left(str(refusal))
    return fitting[-1]


def arrange(unpacked: Unpacked, notebook: Path, assignment: str, target: Path) -> list[str]:
    """Move it all below a new folder, the notebook under its right name, beside it what lay beside it; returns what had
    no place there."""
    near, left = notebook.parent, []
    target.mkdir(parents=True)
    for path in sorted(unpacked.order, key=lambda path: (path != notebook, not path.is_relative_to(near), path)):
        inside = path.relative_to(near if path.is_relative_to(near) else unpacked.folder)
        place = target / (f"{assignment}.ipynb" if path == notebook else inside)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                raise FileExistsError
            path.rename(place)
        except (FileExistsError, NotADirectoryError):
            left.append(f"{path.relative_to(unpacked.folder)}: something else has its place")
    return left


def digest(folder: Path) -> dict[str, str] | None:
    """What a submission holds, to compare with another; None where it is more than is ever read."""
    try:
        files, _ = plain_files(folder)
    except TooMuch:
        return None
    inside = {path.relative_to(folder).as_posix(): path for path in files}
    inside.pop(DATE, None)  # nbgrader writes it there
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in inside.items()}
