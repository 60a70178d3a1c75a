"""What is wrong with the machine, not with the submission at hand: how it is told apart, and what to do about it."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from pathlib import Path

from sqlalchemy.exc import DatabaseError

MACHINES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE}
GO_ON = "What was graded is kept: {}, and it goes on from there."
AGAIN = GO_ON.format("run the same command again")
ROOM = 2**20  # bytes; with fewer on the disk, whatever fails fails for that


def of_the_machine(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, is the disk's, the gradebook's or the memory's."""
    while error is not None:
        if isinstance(error, DatabaseError | MemoryError) or isinstance(error, OSError) and error.errno in MACHINES:
            return True
        error = error.__cause__ or error.__context__
    return False


def sentence_of(error: BaseException, root: Path) -> str:
    """What stopped a command where that is the machine's affair, as a folder is that may not be written; else empty."""
    return reason(error, root) if isinstance(error, PermissionError) or of_the_machine(error) else ""


def reason(error: BaseException, root: Path) -> str:
    """An error of the machine, and what to do about it."""
    while not isinstance(error, DatabaseError | OSError | MemoryError):
        error = error.__cause__ or error.__context__  # type: ignore[assignment]  # of_the_machine found one
    said = str(error.orig) if isinstance(error, DatabaseError) else os.strerror(getattr(error, "errno", errno.ENOMEM))
    full = full_disk(root) or full_disk(Path(tempfile.gettempdir()))
    if full or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in said:
        return no_room(full or root)
    if "locked" in said:
        return (
            "Another program keeps the gradebook (gradebook.db) locked: close what has it open, be it formgrader, "
            f"a database browser or a backup. {AGAIN}"
        )
    if re.search(r"no such (column|table)|no column named", said):
        return (
            "The gradebook (gradebook.db) was made by an older nbgrader: run `nbgrader db upgrade`, which keeps a copy "
            f"of it. {AGAIN}"
        )
    if isinstance(error, PermissionError):
        return f"This user may not write or read {error.filename}: see to its owner and its rights. {AGAIN}"
    if isinstance(error, DatabaseError):
        return f"The gradebook (gradebook.db) cannot be used: {said}. {AGAIN}"
    return f"This machine stopped the grader: {said}. {AGAIN}"


def full_disk(folder: Path) -> Path | None:
    return folder if shutil.disk_usage(folder).free < ROOM else None


def no_room(folder: Path) -> str:
    return f"No space left on the disk of {folder}. {GO_ON.format('free some and run the same command again')}"
