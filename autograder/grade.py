"""A class, one submission after the other: what is graded and unchanged is skipped, so a stopped run goes on."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from autograder import instruments, record
from autograder.checks import module_of
from course_config import ROOT, SEED

GO_ON = "What was graded is kept: {}, and it goes on from there."
AGAIN = GO_ON.format("run the same command again")
ROOM = 2**20  # bytes; with fewer on the disk, whatever fails fails for that


class Stopped(Exception):
    """The run ends here, and nothing is lost; the sentence says why, and what to do."""


class NothingToGrade(Stopped):
    """No submission is where it should be."""


def grade(assignment: str, students: list[str] | None = None, root: Path = ROOT) -> Iterator[dict]:
    """Grade submitted/*/ASSIGNMENT below `root`; yield {"student", "verdict", "skipped"} for each, when it is there.

    A verdict counts as done if it has its fingerprint, and nbgrader's gradebook has its marks.
    """
    found = submissions(assignment, students, root)
    with stopping_with_a_sentence(root), alone(root):
        recorded = record.automatic_marks(assignment, root)
        for student, folder in found.items():
            mark = fingerprint(assignment, folder, root)
            before = _read(root / "autograded" / student / assignment / "verdict.json")
            if before.get("fingerprint") == mark and has_marks_of(before, recorded.get(student, {})):
                yield {"student": student, "verdict": before, "skipped": "unchanged since it was graded"}
                continue
            verdict = record.grade_submission(student, assignment, root, mark)
            if verdict["mended"] == [record.NO_ANSWER] and (full := full_disk(Path(tempfile.gettempdir()))):
                raise Stopped(no_room(full))  # the judge works there
            yield {"student": student, "verdict": verdict, "skipped": ""}


def has_marks_of(verdict: dict, recorded: dict[str, float | None]) -> bool:
    """Whether the gradebook has this verdict's points: a killed run leaves some of them, an old copy other ones."""
    todos = {f"check_{name}": record.points_of(todo, todo["max"]) for name, todo in verdict["todos"].items()}
    return bool(recorded) and all(recorded.get(cell) == points for cell, points in todos.items())


def submissions(assignment: str, students: list[str] | None, root: Path) -> dict[str, Path]:
    """The folder of each submission, by student."""
    folders = sorted(path for path in (root / "submitted").glob(f"*/{assignment}") if path.is_dir())
    found = {folder.parent.name: folder for folder in folders}
    if missing := [student for student in students or [] if student not in found]:
        raise NothingToGrade(f"Nothing was handed in for {assignment} by: {', '.join(missing)}.")
    if not found:
        raise NothingToGrade(
            f"There is nothing in submitted/*/{assignment}/: put each notebook at "
            f"submitted/STUDENT/{assignment}/{assignment}.ipynb, or run `nbgrader zip_collect {assignment}`."
        )
    return {student: folder for student, folder in found.items() if not students or student in students}


def fingerprint(assignment: str, folder: Path, root: Path) -> str:
    """Changes when the submission, the released notebook, the checks or the seed change."""
    digest = hashlib.sha256(str(SEED).encode())
    ours = [Path(module_of(assignment).__file__), Path(instruments.__file__)]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    for path in (*ours, root / "release" / assignment / f"{assignment}.ipynb", *files):
        if path.is_file():
            name = str(path.relative_to(folder)) if path in files else path.name
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> dict:
    try:
        verdict = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return verdict if isinstance(verdict, dict) else {}


# ---- what ends a run --------------------------------------------------------------------------------------


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """One `course grade` a course. The lock dies with its process, so a killed run leaves none behind."""
    folder = root / "autograded"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Stopped(
                f"Another `course grade` (process {lock.read() or 'unknown'}) is grading this course: wait until it "
                "has ended, then run the same command again."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        shutil.rmtree(root / record.STAGE, ignore_errors=True)  # of a killed run
        try:
            yield
        finally:
            shutil.rmtree(root / record.STAGE, ignore_errors=True)


@contextlib.contextmanager
def stopping_with_a_sentence(root: Path) -> Iterator[None]:
    """Where the machine is to blame, or someone at the keyboard: a sentence for the instructor."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(f"Stopped. {AGAIN}") from None
    except Exception as error:
        if isinstance(error, Stopped) or not record.of_the_machine(error):
            raise
        raise Stopped(reason(error, root)) from None


def reason(error: BaseException, root: Path) -> str:
    """An error of the machine, and what to do about it."""
    while not isinstance(error, DatabaseError | OSError | MemoryError):
        error = error.__cause__ or error.__context__
    said = str(error.orig) if isinstance(error, DatabaseError) else os.strerror(getattr(error, "errno", errno.ENOMEM))
    full = full_disk(root) or full_disk(Path(tempfile.gettempdir()))
    if full or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in said:
        return no_room(full or root)
    if "locked" in said:
        return (
            "Another program keeps the gradebook (gradebook.db) locked: close what has it open, be it formgrader, "
            f"a database browser or a backup. {AGAIN}"
        )
    if isinstance(error, DatabaseError):
        return f"The gradebook (gradebook.db) cannot be used: {said}. {AGAIN}"
    return f"This machine stopped the grader: {said}. {AGAIN}"


def full_disk(folder: Path) -> Path | None:
    return folder if shutil.disk_usage(folder).free < ROOM else None


def no_room(folder: Path) -> str:
    return f"No space left on the disk of {folder}. {GO_ON.format('free some and run the same command again')}"
