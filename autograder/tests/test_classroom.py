"""The bundled class through real nbgrader and the real judge: every submission gets exactly what it should."""

from __future__ import annotations

import copy
import csv
import json
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import classroom
from autograder.classroom import Desk, Expected, as_bytes, damage, demo, make_classroom, submissions
from autograder.feedback import class_page
from autograder.gradebook.folder import taken
from autograder.gradebook.mend import mend
from autograder.gradebook.pages import in_words
from autograder.gradebook.read import Refused, find_submission
from autograder.sentences import Sentence
from autograder.tests import axe, toy
from autograder.tests.test_nbgrader import tab  # noqa: F401 - fixture
from course_config import ASSIGNMENTS, COMPANIONS, ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
NOT_COPIED = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "submitted", "autograded", "feedback", "demo")
REFUSED = {"damaged_empty", "damaged_foreign"}


def classes(*long: str) -> list:
    """The assignments that have a class; these are left to `make test-long`."""
    missing = {name: classroom.no_class(name) for name in ASSIGNMENTS}
    marks = {name: [pytest.mark.skipif(bool(missing[name]), reason=missing[name])] for name in ASSIGNMENTS}
    return [pytest.param(name, marks=marks[name] + [pytest.mark.long] * (name in long)) for name in ASSIGNMENTS]


def answers(nb: nbformat.NotebookNode) -> list[tuple[str, str]]:
    return [(cell.id, cell.source.rstrip()) for cell in nb.cells if not cell.id.startswith("mine-")]


@pytest.mark.parametrize("assignment", classes())
def test_the_class_is_made_alike_each_time_and_is_mended_or_refused_as_planned(assignment, tmp_path):
    desk = Desk(assignment)
    for others in (desk.otherwise, desk.wrong, desk.nearly):  # in the order of the text; a new TODO may still have none
        assert others and list(others) == [todo for todo in desk.todos if todo in others]
    assert make_classroom(assignment, tmp_path) == make_classroom(assignment, tmp_path / "again")
    perfect = answers(desk.notebook(desk.answers()))
    for student, (name, raw, _) in submissions(desk).items():
        path, _ = find_submission(taken(tmp_path / student / assignment, assignment), assignment)
        assert path.name == name and path.read_bytes() == raw
        assert (tmp_path / "again" / student / assignment / name).read_bytes() == raw
        if student in REFUSED:
            with pytest.raises(Refused):
                mend(path, desk.release)
            continue
        made, _ = mend(path, desk.release)
        if student in ("perfect", "crashing_cells", "damaged"):
            assert answers(made) == perfect
        if student == "untouched":
            assert answers(made) == answers(desk.release)


def test_where_there_is_one_assignment_alone_no_one_hands_in_another_ones_notebook(monkeypatch):
    monkeypatch.setattr(classroom, "ASSIGNMENTS", ASSIGNMENTS[:1])
    assert "damaged_foreign" not in submissions(Desk(ASSIGNMENTS[0]))


def test_a_todo_of_which_no_wrong_answer_is_written_loses_nothing():
    desk = Desk(ASSIGNMENTS[0])
    del desk.wrong[desk.todos[0]]
    assert submissions(desk)["wrong"][2] == Expected(fatal=tuple(desk.todos[1:]))


def test_an_assignment_without_a_class_is_passed_over_in_words(tmp_path, monkeypatch, capsys):
    sentence = "There is no class of gauss: autograder/classroom/gauss.py would hold its answers."
    with pytest.raises(Sentence, match=sentence):
        make_classroom("gauss", tmp_path)
    monkeypatch.setattr(demo.build, "build", lambda *_, **__: [])
    (tmp_path / "source").mkdir()
    for name in ("gauss", "shared"):
        (tmp_path / "source" / f"{name}.py").touch()
    assert demo.main(["gauss"], tmp_path) == 0
    assert sentence in capsys.readouterr().out


def test_a_notebook_of_one_todo_can_be_damaged_as_well(tmp_path):
    perfect, release = toy.notebook(toy.SOURCE | toy.ANSWERS), toy.release()
    for nb in (perfect, release):
        nb.cells = [cell for cell in nb.cells if not cell.id.endswith("counter")]
    damaged = damage.cells(copy.deepcopy(perfect), release, ["double"])
    (tmp_path / "toy.ipynb").write_bytes(damage.encoding(as_bytes(damaged)))
    made, said = mend(tmp_path / "toy.ipynb", release)
    assert answers(made) == answers(perfect) and any("changed places" in sentence for sentence in said)


def test_a_verdict_is_compared_with_what_was_expected():
    points = {"all": 8, "most": 6, "some": 5, "little": 3, "none": 0}
    todos = {name: {"points": points, "max": 8, "checks": []} for name, points in points.items()}
    verdict = {"todos": todos, "mended": ["The file is empty."]}
    right = {"fatal": ("little",), "minor": ("most",), "zero": ("none",)}
    assert len(Expected(**right).problems(verdict)) == 1  # a mistake of neither kind is in "some"
    todos["some"]["points"] = 8
    assert Expected(**right, says="empty").problems(verdict) == []
    assert len(Expected(**right | {"fatal": ("most",), "minor": ("little",)}).problems(verdict)) == 2
    assert len(Expected(**right | {"minor": ("most", "all")}).problems(verdict)) == 1
    assert len(Expected(**right | {"zero": ("all", "little")}, says="cut").problems(verdict)) == 3
    assert len(Expected(**right | {"zero": ("none", "missing")}).problems(verdict)) == 1


def long_runs(nb: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in nb.cells if cell.metadata.get("rerun") is False]


# ---- through real nbgrader --------------------------------------------------------------------------------


def nbgrader(course: Path, *words: str) -> str:
    """A plain nbgrader command, without flags, in the course's root, and nothing of ours in the environment."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(course), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course, so that no real class is touched."""
    root = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_COPIED, "gradebook.db*"), symlinks=True)
    return root


@pytest.fixture(scope="module", params=classes(*ASSIGNMENTS[1:-1]))
def graded(request, course):
    """The class of one assignment, after plain nbgrader released, graded and answered it: the oldest and the newest,
    so that one more takes no more time; those between are left to `make test-long`."""
    assignment = request.param
    nbgrader(course, "generate_assignment", assignment)
    expected = make_classroom(assignment, course / "submitted", course)
    nbgrader(course, "autograde", assignment)
    nbgrader(course, "generate_feedback", assignment)
    return course, assignment, expected


def verdicts(root: Path, assignment: str) -> dict[str, dict]:
    paths = (root / "autograded").glob(f"*/{assignment}/verdict.json")
    return {path.parts[-3]: json.loads(path.read_text(encoding="utf-8")) for path in paths}


@pytest.mark.slow
def test_every_submission_gets_its_marks(graded):
    root, assignment, expected = graded
    found = verdicts(root, assignment)
    assert set(found) == set(expected)
    problems = {student: expected[student].problems(verdict) for student, verdict in found.items()}
    assert {student: sentences for student, sentences in problems.items() if sentences} == {}
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        scores = {row["student"]: row["code_score"] for row in gradebook.submission_dicts(assignment)}
    assert scores == {student: verdict["points"] for student, verdict in found.items()}


@pytest.mark.slow
def test_only_touched_reflections_wait_for_a_reader(graded):
    root, assignment, _ = graded
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        waits = {row["student"]: row["needs_manual_grade"] for row in gradebook.submission_dicts(assignment)}
    done = {student for student, waiting in waits.items() if not waiting}
    none_to_read = {"untouched", "half_done", *REFUSED & set(waits)} if Desk(assignment).reflections else set(waits)
    assert done - {"damaged_cut"} == none_to_read - {"damaged_cut"}  # the cut may come before or after answers


@pytest.mark.slow
def test_feedback_says_what_every_check_found_and_shows_no_hidden_test(graded):
    root, assignment, expected = graded
    checks = (ROOT / "autograder" / "checks" / assignment).glob("*.py")
    hidden = {line.strip() for path in checks for line in path.read_text("utf-8").split("\n") if "student." in line}
    for student, verdict in verdicts(root, assignment).items():
        page = (root / "feedback" / student / assignment / f"{assignment}.html").read_text(encoding="utf-8")
        assert not [line for line in hidden if line in page]
        assert expected[student].says in page
        judged = [check["name"] for todo in verdict["todos"].values() for check in todo["checks"]]
        assert judged and all(escape(in_words(name)) in page for name in judged)
        for companion in COMPANIONS.get(assignment, ()):
            assert not (root / "feedback" / student / assignment / companion).exists()


@pytest.mark.slow
@pytest.mark.browser
def test_every_page_reads_well_on_a_phone_with_the_most_expensive_mistake_first(graded, tab):  # noqa: F811
    root, assignment, _ = graded
    found = sorted(root.glob(f"feedback/*/{assignment}/{assignment}.html"))
    assert len(found) == len(verdicts(root, assignment))
    report = class_page.write(assignment, root)
    assert [problem for page in (*found, report) for problem in axe.problems(tab, page)] == []
    assert max(axe.first_thing_ends(tab, page) for page in found) < axe.PHONE["height"]


@pytest.mark.slow
def test_the_outputs_of_long_runs_are_kept_as_the_students_own(graded):
    root, assignment, _ = graded
    nb = nbformat.read(root / "autograded" / "perfect" / assignment / f"{assignment}.ipynb", 4)
    kept = long_runs(nb)
    assert len(kept) == len(long_runs(Desk(assignment).release))
    assert all("student's own" in str(cell.outputs) and "long run" in str(cell.outputs) for cell in kept)


@pytest.mark.slow
def test_export_writes_the_marks_of_everyone(graded):
    root, assignment, expected = graded
    nbgrader(root, "export")
    with (root / "grades.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == assignment]
    rows = {row["student_id"]: float(row["score"]) for row in rows}
    assert rows == {student: verdict["points"] for student, verdict in verdicts(root, assignment).items()}
    assert set(rows) == set(expected)
