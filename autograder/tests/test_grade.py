"""`course grade`: each verdict when it is there, nothing twice, and on from where it was stopped."""

from __future__ import annotations

import json
import types

import pytest

from autograder import grade as grading
from autograder.tests.test_nbgrader import course, fresh_course, grades, hand_in  # noqa: F401 - fixtures


@pytest.fixture
def three(course, monkeypatch):  # noqa: F811
    """A class of three."""
    monkeypatch.setattr(grading, "module_of", lambda _: types.SimpleNamespace(__file__=__file__))
    for student in ("ann", "bob", "eve"):
        hand_in(course, student)
    return course


def skipped(root, students=None) -> dict[str, bool]:
    return {line["student"]: bool(line["skipped"]) for line in grading.grade("toy", students, root)}


def test_what_is_graded_and_unchanged_is_skipped(three):
    assert skipped(three) == {"ann": False, "bob": False, "eve": False}
    assert skipped(three) == {"ann": True, "bob": True, "eve": True}
    hand_in(three, "bob", double="def double(x): HALF")
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}
    assert grades(three, "bob")["check_double"][0] == 3.0
    assert skipped(three, ["eve"]) == {"eve": True}


def test_a_stopped_run_goes_on(three):
    run = grading.grade("toy", root=three)
    assert next(run)["student"] == "ann"
    run.close()
    assert skipped(three) == {"ann": True, "bob": False, "eve": False}


def test_a_verdict_that_never_reached_the_gradebook_does_not_count(three):
    skipped(three)
    path = three / "autograded" / "bob" / "toy" / "verdict.json"
    verdict = json.loads(path.read_text())
    del verdict["fingerprint"]  # as record.py leaves it just before nbgrader saves the marks
    path.write_text(json.dumps(verdict))
    (three / "autograded" / "eve" / "toy" / "verdict.json").write_text("{")
    assert skipped(three) == {"ann": True, "bob": False, "eve": False}
    (three / "gradebook.db").unlink()
    with pytest.raises(grading.record.NotBuilt, match="course build"):
        skipped(three)


def test_who_handed_nothing_in_is_named(three):
    with pytest.raises(grading.NothingToGrade, match="by: zoe"):
        skipped(three, ["ann", "zoe"])
    with pytest.raises(grading.NothingToGrade, match=r"submitted/STUDENT/other/other.ipynb"):
        list(grading.grade("other", root=three))
