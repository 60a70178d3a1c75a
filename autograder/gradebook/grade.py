"""A class: what is graded and unchanged is skipped, so a stopped run goes on. Several judges may work at it at once."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from autograder.gradebook import judges, marks, pages, private, submission
from autograder.gradebook.files import read_verdict
from autograder.gradebook.fingerprint import fingerprint
from autograder.gradebook.handed_in import require_built, submissions
from autograder.gradebook.machine import AGAIN, full_disk, no_room, sentence_of
from autograder.gradebook.settings import course, excluded, folder
from autograder.gradebook.step import NO_ANSWER
from autograder.sentences import Stopped
from autograder.verdict import Graded, Verdict
from course_config import ROOT

UNCHANGED = "unchanged since it was graded; --regrade judges it again"
log = logging.getLogger(__name__)


def grade(
    assignment: str,
    students: list[str] | None = None,
    root: Path = ROOT,
    workers: int = 1,
    regrade: bool = False,
    crew: Callable[[], judges.Crew] | None = None,
    only: Sequence[str] = (),
) -> Iterator[Graded]:
    """Grade submitted/*/ASSIGNMENT below `root` with so many judges, or a crew of them; yield each when it is recorded.

    A verdict counts as done if it has its fingerprint, and nbgrader's gradebook has its marks; with `regrade` none
    does. Of several students that are named, those who handed nothing in stop nobody. Where TODOs are named in `only`,
    the others keep what they had.
    """
    coursedir, _ = course(root)
    found = submissions(assignment, students, folder(coursedir, "submitted"), excluded(coursedir))
    require_built(assignment, root)
    submission.refuse_older_release(assignment, coursedir)
    with stopping_with_a_sentence(Path(coursedir.root)), alone(folder(coursedir, "autograded")):
        private.close(coursedir)
        recorded = marks.automatic_marks(assignment, root)
        submission.rehearse(assignment, found, root)

        def graded(one: tuple[str, Path]) -> Graded:
            return grade_one(*one, coursedir, root, {} if regrade else recorded.get(one[0], {}), only)

        if workers == 1 and not crew:
            yield from map(graded, found.items())
            return
        several = crew() if crew else judges.Pool(workers)
        with judges.in_charge_of(root, several):
            yield from several.each(graded, found.items())


def grade_one(
    student: str,
    handed_in: Path,
    coursedir: CourseDirectory,
    root: Path,
    recorded: dict[str, float | None],
    only: Sequence[str] = (),
) -> Graded:
    """One submission; what fails in it fails for this one alone."""
    assignment = handed_in.name
    before = read_verdict(folder(coursedir, "autograded") / student / assignment / "verdict.json")
    try:
        mark = fingerprint(assignment, handed_in, Path(coursedir.root))
        if before and before.get("fingerprint") == mark and has_marks_of(before, recorded):
            return {"student": student, "verdict": before, "skipped": UNCHANGED}
        verdict = submission.grade_submission(student, assignment, root, only)
    except Exception as error:
        if submission.is_everybodys(error, handed_in):
            raise
        log.exception("%s could not be graded", student)
        verdict = submission.refusal(assignment, root)
    if verdict["mended"] == [NO_ANSWER] and (full := full_disk(Path(tempfile.gettempdir()))):
        raise Stopped(no_room(full))  # the judge works there
    return {"student": student, "verdict": verdict, "skipped": "", "before": before}


def has_marks_of(verdict: Verdict, recorded: dict[str, float | None]) -> bool:
    """Whether the gradebook has this verdict's points: a killed run leaves some of them, an old copy other ones."""
    todos = {f"check_{name}": pages.counted(todo, todo["max"]) for name, todo in verdict["todos"].items()}
    return bool(recorded) and all(recorded.get(cell) == points for cell, points in todos.items())


# ---- what ends a run --------------------------------------------------------------------------------------


@contextlib.contextmanager
def alone(autograded: Path, command: str = "course grade") -> Iterator[None]:
    """One command a course of those that grade, keep or forget. The lock dies with its process, so a killed run leaves
    none behind."""
    autograded.mkdir(parents=True, exist_ok=True)
    with (autograded / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Stopped(
                f"Another command, {lock.read() or 'an unknown one'}, is at work on this course: wait until it has "
                "ended, then run the same command again."
            ) from None
        lock.truncate(0)
        lock.write(f"`{command}` (process {os.getpid()})")
        lock.flush()
        shutil.rmtree(autograded / submission.STAGE, ignore_errors=True)  # of a killed run
        try:
            yield
        finally:
            shutil.rmtree(autograded / submission.STAGE, ignore_errors=True)


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
