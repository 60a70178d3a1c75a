"""What holds marks is closed to the other users of the machine, whoever wrote it: `course grade` or nbgrader itself."""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.exchange import ExchangeFactory

from autograder import doctor
from autograder.feedback.write import write_pages
from autograder.gradebook import grade as grading
from autograder.gradebook import marks
from autograder.gradebook.settings import course as course_of
from autograder.tests.test_nbgrader import course, fresh_course, hand_in, nbgrader  # noqa: F401 - fixtures
from course_config import COURSE_ID

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
WITH_MARKS = ("autograded", "feedback", "gradebook.db", "grades.csv", ".course_secret")
ANYBODY, STRANGERS = 0o077, 0o007


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def handed_in(course: Path) -> Path:  # noqa: F811
    course.chmod(0o755)
    hand_in(course, "ann")
    return course


def mode(path: Path | str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def reached(root: Path, bits: int = ANYBODY) -> list[str]:
    """The files of a course that others can read: a closed folder closes all that is in it."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if mode(os.path.join(folder, name)) & bits]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return [name for name in found if mode(root / name) & bits]


def with_marks(names: list[str]) -> list[str]:
    return [name for name in names if name.split("/")[0] in WITH_MARKS]


def test_after_grading_others_read_no_mark_and_students_their_release(handed_in: Path) -> None:
    (handed_in / "gradebook.db").chmod(0o644)
    (handed_in / "autograded").mkdir(mode=0o755)
    for step in (
        lambda: list(grading.grade("toy", root=handed_in)),
        lambda: marks.feedback("toy", handed_in),
        lambda: marks.export(handed_in / "grades.csv", handed_in),
    ):
        step()
        assert with_marks(reached(handed_in)) == []
    assert all((handed_in / name).exists() for name in WITH_MARKS)
    assert "release/toy/toy.ipynb" in reached(handed_in, STRANGERS)
    assert {mode(path) & ANYBODY for path in (handed_in / "autograded/ann/toy").iterdir()} == {0}  # twice closed


def test_after_plain_nbgrader_too(handed_in: Path) -> None:
    (handed_in / "gradebook.db").chmod(0o644)
    (handed_in / "grades.csv").touch(0o644)
    for words in (("autograde", "toy"), ("generate_feedback", "toy"), ("export",), ("generate_assignment", "toy")):
        done = nbgrader(handed_in, *words)
        assert done.returncode == 0, done.stderr
        assert with_marks(reached(handed_in)) == []
    assert (handed_in / "feedback/ann/toy/toy.html").exists() and (handed_in / "grades.csv").stat().st_size
    assert {mode(path) & ANYBODY for path in (handed_in / "autograded/ann/toy").iterdir()} == {0}
    assert mode(handed_in / "release/toy/toy.ipynb") == 0o644 and mode(handed_in / "release/toy") == 0o755


def submitted_through_the_exchange(course: Path, student: str) -> None:  # noqa: F811
    for name in ("timestamp.txt", "submission_secret.txt"):  # as `nbgrader submit` leaves them
        (course / "submitted" / student / "toy" / name).write_text("2026-11-30 09:00:00 UTC")


@pytest.fixture
def release(handed_in: Path, tmp_path_factory):
    """What `nbgrader release_feedback` does, into an exchange; none of it is there yet."""
    coursedir, config = course_of(handed_in, assignment_id="toy")
    config.Exchange.root = str(tmp_path_factory.mktemp("exchange"))
    found = ExchangeFactory(config=config).ReleaseFeedback(coursedir=coursedir, config=config)
    found.pages = Path(config.Exchange.root, COURSE_ID, "feedback")
    return found


def test_who_came_otherwise_than_through_the_exchange_stops_nobodys_page(handed_in: Path, release, caplog) -> None:
    hand_in(handed_in, "amy")  # by mail, say; and she stands before ann
    submitted_through_the_exchange(handed_in, "ann")
    list(grading.grade("toy", root=handed_in))
    list(write_pages("toy", root=handed_in))
    release.log = logging.getLogger("released")
    release.start()
    (page,) = release.pages.iterdir()
    assert mode(page) == 0o644 and page.read_text() == (handed_in / "feedback/ann/toy/toy.html").read_text()
    assert [line.partition(",")[0] for line in caplog.messages if "gets no page" in line] == ["amy gets no page there"]


def test_modes_are_right_also_where_releasing_stops_half_way(handed_in: Path, release, monkeypatch) -> None:
    for student in ("ann", "bob"):
        hand_in(handed_in, student)
        submitted_through_the_exchange(handed_in, student)
    (handed_in / "submitted/bob/toy/submission_secret.txt").write_text("another")
    list(grading.grade("toy", root=handed_in))
    list(write_pages("toy", root=handed_in))
    copy = shutil.copy
    full = OSError("no space left")
    monkeypatch.setattr(shutil, "copy", lambda page, to: raised(full) if "/bob/" in str(page) else copy(page, to))
    with pytest.raises(OSError, match="no space left"):
        release.start()
    assert [mode(page) for page in release.pages.iterdir()] == [0o644]


def raised(error: Exception) -> None:
    raise error


def test_a_page_released_to_the_exchange_can_be_read_by_its_student(handed_in: Path, release) -> None:
    submitted_through_the_exchange(handed_in, "ann")
    list(grading.grade("toy", root=handed_in))
    marks.feedback("toy", handed_in)
    release.start()
    (page,) = release.pages.iterdir()
    assert mode(page) == 0o644 and mode(page.parent) == 0o711  # whose name only its student knows
    assert mode(handed_in / "feedback/ann/toy/toy.html") & ANYBODY == 0


def test_where_a_group_teaches_it_reads_and_others_do_not(handed_in: Path) -> None:
    (handed_in / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.groupshared = True\n")
    list(grading.grade("toy", root=handed_in))
    marks.feedback("toy", handed_in)
    marks.export(handed_in / "grades.csv", handed_in)
    assert with_marks(reached(handed_in, STRANGERS)) == []
    assert all(mode(handed_in / name) & 0o040 for name in WITH_MARKS)
    assert {mode(path) & STRANGERS for path in (handed_in / "autograded/ann/toy").iterdir()} == {0}


def test_a_table_that_goes_elsewhere_is_closed_as_well(handed_in: Path) -> None:
    marks.export(handed_in / "marks of 2026.csv", handed_in)
    assert mode(handed_in / "marks of 2026.csv") == 0o600


def test_the_doctor_names_what_others_can_read(handed_in: Path) -> None:
    (handed_in / "gradebook.db").chmod(0o640)
    (handed_in / "feedback").mkdir()
    (finding,) = doctor._marks(handed_in)
    assert finding.found == "other users can read feedback, gradebook.db" and finding.mark == "–"
    assert "`chmod -R go= feedback gradebook.db`" in finding.note
    list(grading.grade("toy", root=handed_in))
    (finding,) = doctor._marks(handed_in)
    assert finding.ok
