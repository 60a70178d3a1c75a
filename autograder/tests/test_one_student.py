"""One submission, one student: whatever lies in one folder, everybody else's is graded, and the run ends in order."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.gradebook import grade as grading
from autograder.gradebook import intake, marks, submission
from autograder.gradebook.runnable import would_run
from autograder.tests import damaged_arrivals
from autograder.tests.damaged import Kind, alone, becomes, kinds_of
from autograder.tests.test_folder import STRANGE
from autograder.tests.test_nbgrader import course, fresh_course, grades, hand_in, nbgrader  # noqa: F401 - fixtures

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
HONEST = ("aaa", "mmm", "zzz")
NAMES = """pipes_and_links_beside too_many_files too_many_files_and_the_notebook_elsewhere too_deep a_pipe
a_folder_as_a_date names_that_are_no_text a_large_file_with_nothing_in_it a_link_to_another_folder
a_folder_by_that_name what_a_browser_would_run"""


def dated(says: str, make: Callable) -> Kind:
    """A submission whose date is no text in a small file."""
    return becomes(says, "double")(
        lambda nb: lambda folder: [alone("toy.ipynb")(folder), make(folder / "timestamp.txt")]
    )


KINDS = {name: kind for name, kind in kinds_of(damaged_arrivals).items() if name in NAMES.split()}
KINDS["date_is_a_pipe"] = dated("left out: timestamp.txt", os.mkfifo)
KINDS["date_is_long"] = dated("", lambda path: path.write_text("2026-01-01" + " " * 10_000))


@pytest.fixture
def crowd(course) -> Path:  # noqa: F811
    """A class in which three are honest, between folders of every kind and of every name."""
    for name in (*HONEST, *STRANGE, "__MACOSX", ".ipynb_checkpoints"):
        hand_in(course, name)
    for name, kind in KINDS.items():
        kind.fill(course / "submitted" / name / "toy")
    for name, near in (("a_capital", "Toy"), ("a_file_instead", "toy")):
        (course / "submitted" / name).mkdir()
        (course / "submitted" / name / near).touch()
    return course


def assert_each_got_its_own(root: Path) -> None:
    assert {row["student"] for row in marks.table("toy", root)} == {*HONEST, *KINDS}
    for name in HONEST:
        assert grades(root, name)["check_double"][0] == 6 and grades(root, name)["check_counter"][0] == 4
    for name, kind in KINDS.items():
        verdict = json.loads((root / "autograded" / name / "toy" / "verdict.json").read_text("utf-8"))
        said = " ".join(verdict["mended"])
        assert verdict["points"] == (0 if kind.saved is None else 10), said
        assert re.search(kind.says, said) and bool(said) == bool(kind.says), said
    copied = [path for place in ("autograded", "feedback") for path in (root / place).rglob("*")]
    assert all(path.is_dir() or path.is_file() and not path.is_symlink() for path in copied)
    assert {path for path in copied if would_run(Path(path.name))} == set(root.glob("feedback/*/toy/toy.html"))
    assert sum(path.stat().st_size for path in copied) < 20e6


def test_course_grade_grades_every_honest_student_and_says_what_is_wrong_with_the_others(crowd):
    lines = list(grading.grade("toy", root=crowd))
    assert [line["student"] for line in lines] == sorted([*HONEST, *KINDS])
    marks.feedback("toy", crowd)
    assert_each_got_its_own(crowd)
    assert all(line["skipped"] for line in grading.grade("toy", root=crowd))


def test_plain_nbgrader_does_too_and_says_whose_folder_it_passed_over(crowd):
    for words in (("autograde", "toy"), ("generate_feedback", "toy")):
        done = nbgrader(crowd, *words)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr[-3000:]
    assert_each_got_its_own(crowd)
    done = nbgrader(crowd, "autograde", "toy", "--force", "--student", "a*")
    shown = [name for name in STRANGE if name.startswith("a")]
    assert done.returncode == 0 and all(
        f"The folder {name!r} in submitted/ was passed over" in done.stderr for name in shown
    )


def test_what_nobody_foresaw_in_one_submission_costs_that_one_and_is_tried_again(course, monkeypatch):  # noqa: F811
    for name in HONEST:
        hand_in(course, name)
    fingerprint = grading.fingerprint

    def unforeseen(assignment, folder, root):
        if folder.parent.name == "mmm":
            raise FileNotFoundError(2, "it was there a moment ago")
        return fingerprint(assignment, folder, root)

    monkeypatch.setattr(grading, "fingerprint", unforeseen)
    lines = {line["student"]: line["verdict"] for line in grading.grade("toy", root=course)}
    assert {name: verdict["points"] for name, verdict in lines.items()} == {"aaa": 10, "mmm": 0, "zzz": 10}
    assert lines["mmm"]["mended"] == [intake.UNREADABLE]
    monkeypatch.undo()
    assert not submission.is_everybodys(FileNotFoundError(2, ""), course)
    assert submission.is_everybodys(OSError(28, ""), course)
