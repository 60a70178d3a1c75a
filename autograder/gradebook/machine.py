"""What is wrong with the machine, not with the submission at hand: how it is told apart, and what to do about it."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from autograder.gradebook.address import name_of

MACHINES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE}
GO_ON = "What was graded is kept: {}, and it goes on from there."
AGAIN = GO_ON.format("run the same command again")
LEFT_OUT = {
    "distributed": "distributed",
    "psycopg": '"psycopg[binary]"',
}  # of what `make` installs: requirements-tools.txt
ROOM = 2**20  # bytes; with fewer on the disk, whatever fails fails for that


def of_the_machine(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, is the disk's, the gradebook's or the memory's."""
    while error is not None:
        if isinstance(error, DatabaseError | MemoryError) or isinstance(error, OSError) and error.errno in MACHINES:
            return True
        error = error.__cause__ or error.__context__
    return False


def sentence_of(error: BaseException, root: Path) -> str:
    """What stopped a command where that is the machine's affair, as a folder is that may not be written, or a package
    that only some courses use; else empty."""
    if isinstance(error, ModuleNotFoundError) and error.name in LEFT_OUT:
        return f"This takes the package {error.name}, which most courses do without: pip install {LEFT_OUT[error.name]}"
    return reason(error, root) if isinstance(error, PermissionError) or of_the_machine(error) else ""


def reason(error: BaseException, root: Path) -> str:
    """An error of the machine, and what to do about it."""
    while not isinstance(error, DatabaseError | OSError | MemoryError):
        error = error.__cause__ or error.__context__  # type: ignore[assignment]  # of_the_machine found one
    said = os.strerror(getattr(error, "errno", errno.ENOMEM))
    if isinstance(error, DatabaseError):
        said = " ".join(str(error.orig).split())
    full = full_disk(root) or full_disk(Path(tempfile.gettempdir()))
    if full or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in said:
        return no_room(full or root)
    if isinstance(error, DatabaseError):
        return f"{about_gradebook(said, name(root))}. {AGAIN}"
    if isinstance(error, PermissionError):
        return f"This user may not write or read {error.filename}: see to its owner and its rights. {AGAIN}"
    return f"This machine stopped the grader: {said}. {AGAIN}"


def about_gradebook(said: str, name: str) -> str:
    """What is wrong with the gradebook of that name, and what to do, in a sentence without its full stop."""
    gradebook = f"gradebook ({name})"
    if "locked" in said:
        others = "formgrader, a database browser or a backup"
        return f"Another program keeps the {gradebook} locked: close what has it open, be it {others}"
    if re.search(r"no such (column|table)|no column named|(column|relation) .* does not exist", said):
        upgrade = "run `nbgrader db upgrade`, which keeps a copy of it"
        return f"The {gradebook} was made by an older nbgrader: {upgrade}"
    return f"The {gradebook} cannot be used: {said.rstrip('.?')}"


def name(root: Path) -> str:
    """What the gradebook of the course below `root` is called."""
    from autograder.gradebook.settings import course

    return name_of(course(root)[0])


def full_disk(folder: Path) -> Path | None:
    return folder if shutil.disk_usage(folder).free < ROOM else None


def no_room(folder: Path) -> str:
    return f"No space left on the disk of {folder}. {GO_ON.format('free some and run the same command again')}"
