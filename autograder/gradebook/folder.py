"""A student's folder may hold anything. Taken from it are plain files, no more of them than Limits allows.

Nothing is opened before it is known to be a plain file, no link is followed, and what vanishes meanwhile is not missed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import NamedTuple

from autograder.gradebook.runnable import would_run
from course_config import LIMITS

DATE, SECRET = "timestamp.txt", "submission_secret.txt"  # as `nbgrader submit` calls them
OF_EXCHANGE = (DATE, SECRET)  # without both no page is released to whoever handed in
MOST_NAMES = 5  # that a sentence holds
CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # moves a cursor, or turns a line round
UNSHOWN = re.compile(rf"[{CONTROL}\ud800-\udfff]")  # what no line holds: this, and bytes that are no UTF-8


class TooMuch(Exception):
    """There is more in a folder than is read; the message says than what."""


class TooLarge(OSError):
    """A file is larger than asked for."""


class Taken(NamedTuple):
    """What is read of a submission, and what to say about the rest."""

    folder: Path
    files: list[Path]
    said: list[str]


def taken(folder: Path, assignment: str) -> Taken:
    """The plain files in a student's folder; of too many only the notebook, if it is where it should be."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return Taken(folder, [], ["This submission is a link to another folder."])
    if not is_open(folder):
        return Taken(folder, [], ["The folder of this submission cannot be opened."])
    try:
        files, others = plain_files(folder)
    except TooMuch as bound:
        wanted = f"{assignment}.ipynb"
        alone = [path for path in (folder / name for name in (wanted, *OF_EXCHANGE)) if is_plain(path)]
        return Taken(folder, alone, [f"Nothing but {wanted} was looked for: the folder holds more than {bound}."])
    run = [path for path in files if would_run(path.relative_to(folder))]
    about = {
        "Only plain files in open folders count; left out": listed(folder, others),
        "Not copied on with the notebook, since a browser would run it": listed(folder, run),
    }
    return Taken(folder, files, [f"{said}: {names}." for said, names in about.items() if names])


def plain_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The plain files below a folder, and what else there is but open folders."""
    files: list[Path] = []
    others: list[Path] = []
    waiting, count, size = [folder], 0, 0
    while waiting:
        for path, about in entries(waiting.pop()):
            count, size = count + 1, size + about.st_size
            keep_bounds(count, size, path.relative_to(folder))
            is_folder = stat.S_ISDIR(about.st_mode) and is_open(path)
            kind = waiting if is_folder else files if stat.S_ISREG(about.st_mode) else others
            kind.append(path)
    return sorted(files), sorted(others)


def entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What lies in a folder, and what each is."""
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            with suppress(OSError):
                yield Path(entry.path), entry.stat(follow_symlinks=False)


def keep_bounds(count: int, size: int, inside: Path) -> None:
    passed = {
        f"{LIMITS.submitted_files:,} files and folders": count > LIMITS.submitted_files,
        f"{LIMITS.submitted_bytes >> 20} MB": size > LIMITS.submitted_bytes,
        f"{LIMITS.submitted_depth} folders in each other": len(inside.parts) > LIMITS.submitted_depth,
        f"paths of {LIMITS.submitted_path:,} letters": len(os.fsencode(inside)) > LIMITS.submitted_path,
    }
    for bound, is_passed in passed.items():
        if is_passed:
            raise TooMuch(bound)


def listed(folder: Path, paths: Iterable[Path]) -> str:
    """Their names in a sentence, but for hidden ones."""
    names = [str(path.relative_to(folder)).encode("utf-8", "replace").decode() for path in paths]
    seen = [name for name in names if not is_hidden(name)]
    rest = [f"{len(seen) - MOST_NAMES} more"] if len(seen) > MOST_NAMES else []
    return ", ".join(seen[:MOST_NAMES] + rest)


def is_hidden(inside: str) -> bool:
    return inside.startswith(".") or "/." in inside


def is_plain(path: Path, most: float = inf) -> bool:
    with suppress(OSError):
        about = path.lstat()
        return stat.S_ISREG(about.st_mode) and about.st_size <= most
    return False


def is_open(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


# ---- what is in its files ---------------------------------------------------------------------------------


def read(path: Path, most: int) -> bytes:
    """A plain file of at most so many bytes. Anything else is an OSError that says what, and never waited for."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError("it is no plain file")
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise TooLarge(f"it is larger than {most:,} bytes")
        return file.read(size)


def read_all(folder: Path, names: list[Path], most: int) -> dict[Path, bytes]:
    """These files, but for what cannot be read; none of them where they are more than so many bytes."""
    found: dict[Path, bytes] = {}
    for name in names:
        try:
            found[name] = read(folder / name, most)
        except TooLarge:
            return {}
        except OSError:
            continue
        most -= len(found[name])
    return found


def beside(there: Taken, ignored: list[str]) -> dict[Path, bytes]:
    """What stands beside a notebook and goes with it on to autograded/ and feedback/, by its path in the folder."""
    names = [path.relative_to(there.folder) for path in there.files]
    small = [name for name in names if str(name) in OF_EXCHANGE]
    others = [name for name in names if name not in small and not is_ignored(name, ignored) and not would_run(name)]
    return read_all(there.folder, others, LIMITS.copied_bytes) | of_exchange(there.folder, small)


def of_exchange(folder: Path, names: Iterable[Path] = tuple(map(Path, OF_EXCHANGE))) -> dict[Path, bytes]:
    """What nbgrader wrote beside a notebook that came through its exchange; what is too large is not nbgrader's."""
    return {path: raw for name in names for path, raw in read_all(folder, [name], LIMITS.date_bytes).items()}


def is_ignored(name: Path, ignored: list[str]) -> bool:
    return bool(UNSHOWN.search(str(name))) or any(fnmatchcase(part, glob) for part in name.parts for glob in ignored)
