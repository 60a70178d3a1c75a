"""`course grade`: each verdict when it is there, nothing twice, and on from where it was stopped."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import sqlite3
import sys
import types

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment

from autograder.gradebook import grade as grading
from autograder.gradebook import judge_process, marks, report, settings, submission
from autograder.gradebook.mend import EARLIER
from autograder.judge import secret
from autograder.sentences import NotBuilt, NothingToGrade
from autograder.tests import toy
from autograder.tests.test_nbgrader import course, fresh_course, grades, hand_in, nbgrader  # noqa: F401 - fixtures


@pytest.fixture
def three(course):  # noqa: F811
    """A class of three."""
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


def test_judging_again_shows_the_marks_before_and_keeps_those_of_other_todos(three):
    hand_in(three, "bob", double="def double(x): HALF")
    assert skipped(three)
    graded = three / "autograded/bob/toy/verdict.json"
    old = json.loads(graded.read_text())
    for name in ("double", "counter"):
        old["todos"][name]["points"] = old["todos"][name]["checks"][0]["points"] = 1.0
    graded.write_text(json.dumps(old | {"points": 2.0}))
    (line,) = grading.grade("toy", ["bob"], three, regrade=True, only=["double"])
    assert {name: todo["points"] for name, todo in line["verdict"]["todos"].items()} == {"double": 3, "counter": 1}
    assert line["verdict"]["points"] == 4 and grades(three, "bob")["check_counter"][0] == 1.0
    assert "before: 2/10 (double 1 to 3)" in report.line(line)
    (line,) = grading.grade("toy", ["bob"], three, regrade=True)
    assert line["verdict"]["points"] == 7 and "before: 4/10 (counter 1 to 4)" in report.line(line)
    assert skipped(three, ["bob"]) == {"bob": True}


def test_who_handed_nothing_in_stops_nobody_who_did(three):
    assert skipped(three, ["ghost", "eve"]) == {"eve": False}
    with pytest.raises(NothingToGrade, match=": ghost, spirit"):
        skipped(three, ["ghost", "spirit"])


def test_a_stopped_run_goes_on(three):
    run = grading.grade("toy", root=three)
    assert next(run)["student"] == "ann"
    run.close()
    assert skipped(three) == {"ann": True, "bob": False, "eve": False}


def test_what_formgraders_button_graded_is_not_judged_again(three):
    done = nbgrader(three, "autograde", "toy")
    assert done.returncode == 0 and skipped(three) == {"ann": True, "bob": True, "eve": True}
    hand_in(three, "bob", double="def double(x): HALF")
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}


def test_a_verdict_that_never_reached_the_gradebook_does_not_count(three):
    skipped(three)
    path = three / "autograded" / "bob" / "toy" / "verdict.json"
    verdict = json.loads(path.read_text())
    del verdict["fingerprint"]  # as record.py leaves it just before nbgrader saves the marks
    path.write_text(json.dumps(verdict))
    for torn in ("{", "[]"):
        (three / "autograded" / "eve" / "toy" / "verdict.json").write_text(torn)
        assert skipped(three, ["ann", "eve"]) == {"ann": True, "eve": False}
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}
    (three / "gradebook.db").unlink()
    with pytest.raises(NotBuilt, match="course build"):
        skipped(three)


def test_a_course_that_settings_put_elsewhere_is_stamped_with_its_own_secret(three, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    (here / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(three)!r}\n")
    monkeypatch.setattr(settings, "ROOT", here)
    stamped = []
    monkeypatch.setattr(grading, "fingerprint", lambda _, folder, root: stamped.append((folder, root)) or "")
    monkeypatch.setattr(grading, "require_built", lambda *_: None)
    assert skipped(here, ["ann"]) == {"ann": False}
    assert stamped == [(three / "submitted" / "ann" / "toy", three)]
    assert (three / secret.NAME).exists() and not (here / secret.NAME).exists()


# ---- points that were changed -----------------------------------------------------------------------------


def build_again(root, **points: float) -> None:
    """The toy assignment released anew, its checks worth something else."""
    nb = toy.notebook(toy.SOURCE)
    for name, worth in points.items():
        toy.find(nb, name).metadata.nbgrader.points = worth
    nbformat.write(nb, root / "source/toy/toy.ipynb")
    coursedir, config = settings.course(root, assignment_id="toy", student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()


def test_with_a_release_that_is_older_than_the_checks_nothing_is_graded(three, monkeypatch):
    hand_in(three, "aaron", raw=b"")  # refused, so the judge is not asked
    monkeypatch.setattr(submission, "ASSIGNMENTS", ("toy",))
    monkeypatch.setattr(submission, "points_of", lambda assignment: {"double": 7.5, "counter": 4})
    with pytest.raises(
        NotBuilt,
        match="^release/ is older than the checks, or than the weights in policy.toml: `course build toy` first.$",
    ):
        skipped(three)
    assert marks.table("toy", three) == []
    build_again(three, check_double=7.5)
    assert skipped(three) == {"aaron": False, "ann": False, "bob": False, "eve": False}
    (line,) = [row for row in marks.table("toy", three) if row["student"] == "ann"]
    assert (line["code_score"], line["max_code_score"]) == (11.5, 11.5)


def test_the_judges_points_are_held_against_the_gradebooks_too(three):
    judge = three / "judge.py"
    judge.write_text(judge.read_text().replace('"max": most, "checks"', '"max": most + 1, "checks"'))
    with pytest.raises(NotBuilt, match="^release/ is older than the checks"):
        skipped(three)
    done = nbgrader(three, "autograde", "toy")
    assert done.returncode == 1 and "release/ is older than the checks, or than" in done.stderr
    assert all(points is None for points in marks.automatic_marks("toy", three)["ann"].values())
    assert not list((three / "autograded").glob("*/toy"))


def test_notebooks_of_an_earlier_release_get_todays_points_and_no_reproach(three):
    build_again(three, check_double=9, reflection_1=2)
    for line in grading.grade("toy", root=three):
        assert line["verdict"]["mended"] == [f"{EARLIER}."]
    assert grades(three)["check_double"][0] == 9


def test_who_handed_nothing_in_is_named(three):
    with pytest.raises(NothingToGrade, match=": zoe"):
        skipped(three, ["zoe"])
    with pytest.raises(NothingToGrade, match=r"submitted/STUDENT/other/other.ipynb"):
        list(grading.grade("other", root=three))


def test_an_older_copy_of_the_gradebook_gets_the_marks_that_it_lacks(three):
    skipped(three, ["ann"])
    shutil.copy(three / "gradebook.db", three / "older.db")
    skipped(three)
    hand_in(three, "ann", double="def double(x): HALF")
    skipped(three, ["ann"])
    shutil.move(three / "older.db", three / "gradebook.db")
    assert skipped(three) == {"ann": False, "bob": False, "eve": False}
    assert [grades(three, who)["check_double"][0] for who in ("ann", "bob", "eve")] == [3.0, 6.0, 6.0]


# ---- the judge fails --------------------------------------------------------------------------------------


def test_a_judge_killed_once_is_asked_once_more(three):
    judge, died = three / "judge.py", three / "died"
    once = f"    if not os.path.exists({str(died)!r}):\n        os.mkdir({str(died)!r}); os._exit(1)\n"
    judge.write_text(judge.read_text().replace("    todos = {}\n", "    todos = {}\n" + once))
    (line,) = grading.grade("toy", ["ann"], three)
    assert died.exists() and line["verdict"]["points"] == 10


def test_where_the_grader_failed_the_next_run_grades_again(three):
    hand_in(three, "bob", double="def double(x): DIE")
    assert skipped(three) == {"ann": False, "bob": False, "eve": False}
    assert grades(three, "bob")["check_double"][0] == 0
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}
    judge = three / "judge.py"
    judge.write_text(judge.read_text().replace("DIE", "LIVE"))  # mended
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}
    assert grades(three, "bob")["check_double"][0] == 6
    assert skipped(three) == {"ann": True, "bob": True, "eve": True}


def test_an_interrupted_answer_is_never_taken_for_the_next_submissions(three, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judge_process, "json", types.SimpleNamespace(dumps=json.dumps, loads=interrupted))
    with pytest.raises(grading.Stopped, match="^Stopped. What was graded is kept: run the same command again"):
        skipped(three)
    assert judge_process.warm_judge.process is None


def test_a_judge_that_dies_before_it_has_read_all_gives_no_answer(monkeypatch):
    monkeypatch.setattr(judge_process, "COMMAND", [sys.executable, "-c", "pass"])
    assert judge_process.JudgeProcess().ask({"notebook": "x" * 10**6}, 30) == {}


def test_a_machine_out_of_resources_gives_nobody_zero(three, monkeypatch):
    def refuse(*_, **__):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(judge_process.subprocess, "Popen", refuse)
    with pytest.raises(grading.Stopped, match="^This machine stopped the grader: Resource temporarily unavailable. "):
        skipped(three)
    assert not (three / "autograded" / "ann").exists()
    assert all(points is None for points in grading.marks.automatic_marks("toy", three)["ann"].values())


def test_a_gradebook_that_is_none_is_named(three):
    (three / "gradebook.db").write_text("my notes, and not a database at all")
    with pytest.raises(grading.Stopped, match=r"gradebook \(gradebook.db\) cannot be used: file is not a database"):
        skipped(three)


def test_a_gradebook_of_an_older_nbgrader_is_named_with_the_command_that_helps(three):
    with contextlib.closing(sqlite3.connect(three / "gradebook.db")) as database:
        database.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    with pytest.raises(grading.Stopped, match=r"older nbgrader: run `nbgrader db upgrade`, which keeps a copy of it"):
        skipped(three)


@pytest.mark.parametrize("part", ["points", "seed", "notes", "todos"])
def test_a_verdict_with_parts_missing_is_none(three, part):
    skipped(three)
    path = three / "autograded/bob/toy/verdict.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in whole.items() if name != part}))
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}
    assert json.loads(path.read_text()) == whole
    del (broken := json.loads(path.read_text()))["todos"]["double"]["checks"][0]["message"]
    path.write_text(json.dumps(broken))
    assert skipped(three) == {"ann": True, "bob": False, "eve": True}


def refuse(path, *_):
    """Simulated: root may read and write anywhere."""
    raise PermissionError(errno.EACCES, "Permission denied", str(path))


def test_what_a_student_closed_stops_nobody_else(three, monkeypatch):
    monkeypatch.setattr(grading, "fingerprint", lambda _, folder, __: refuse(folder / "toy.ipynb"))
    assert [line["verdict"]["points"] for line in grading.grade("toy", root=three)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("owner", "step"), [(submission, "put_in_place"), (submission.AutogradeOne, "set_permissions")]
)
def test_a_folder_that_may_not_be_written_is_named(three, monkeypatch, owner, step):
    """Also where nbgrader meets it: nobody gets a zero for that."""
    monkeypatch.setattr(owner, step, lambda *_: refuse(three / "autograded" / "ann" / "toy"))
    with pytest.raises(grading.Stopped, match=r"^This user may not write or read \S+/ann/toy: see to its owner"):
        skipped(three)
