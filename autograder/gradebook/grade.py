"""A class, one submission after the other: what is graded and unchanged is skipped, so a stopped run goes on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.gradebook import marks, pages, submission
from autograder.gradebook.files import read_verdict
from autograder.gradebook.fingerprint import fingerprint
from autograder.gradebook.machine import AGAIN, full_disk, no_room, sentence_of
from autograder.gradebook.step import NO_ANSWER
from autograder.sentences import NothingToGrade, Stopped
from autograder.verdict import Graded, Verdict
from course_config import ROOT


def grade(assignment: str, students: list[str] | None = None, root: Path = ROOT) -> Iterator[Graded]:
    """Grade submitted/*/ASSIGNMENT below `root`; yield each when it is there.

    A verdict counts as done if it has its fingerprint, and nbgrader's gradebook has its marks.
    """
    found = submissions(assignment, students, root)
    with stopping_with_a_sentence(root), alone(root):
        recorded = marks.automatic_marks(assignment, root)
        for student, folder in found.items():
            mark = fingerprint(assignment, folder, root)
            before = read_verdict(root / "autograded" / student / assignment / "verdict.json")
            if before and before.get("fingerprint") == mark and has_marks_of(before, recorded.get(student, {})):
                yield {"student": student, "verdict": before, "skipped": "unchanged since it was graded"}
                continue
            verdict = submission.grade_submission(student, assignment, root, mark)
            if verdict["mended"] == [NO_ANSWER] and (full := full_disk(Path(tempfile.gettempdir()))):
                raise Stopped(no_room(full))  # the judge works there
            yield {"student": student, "verdict": verdict, "skipped": ""}


def has_marks_of(verdict: Verdict, recorded: dict[str, float | None]) -> bool:
    """Whether the gradebook has this verdict's points: a killed run leaves some of them, an old copy other ones."""
    todos = {f"check_{name}": pages.counted(todo, todo["max"]) for name, todo in verdict["todos"].items()}
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
        shutil.rmtree(root / submission.STAGE, ignore_errors=True)  # of a killed run
        try:
            yield
        finally:
            shutil.rmtree(root / submission.STAGE, ignore_errors=True)


@contextlib.contextmanager
def stopping_with_a_sentence(root: Path) -> Iterator[None]:
    """Where the machine is to blame, or someone at the keyboard: a sentence for the instructor."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(f"Stopped. {AGAIN}") from None
    except Exception as error:
        if isinstance(error, Stopped) or not (told := sentence_of(error, root)):
            raise
        raise Stopped(told) from None
