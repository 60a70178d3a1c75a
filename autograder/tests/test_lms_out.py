"""Out: what counts, in the columns of Canvas and Moodle and in a table of the course's own, read back as they would."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import judge_process
from autograder.lms import collect as collecting
from autograder.lms import roster, sheets, tables
from autograder.sentences import NotBuilt, Sentence
from autograder.tests.archives import FILE, LATE, WORKSHEET, answers, archive, participant, sheet
from autograder.tests.test_nbgrader import course, fresh_course, grade, hand_in  # noqa: F401 - fixtures
from course_config import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
EMPTY = "YOUR ANSWER HERE"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Homework 1: Toy (99),Quiz (98),Homework 1 Current Score",
    ",,,,,,Manual Posting,,",
    "    Points Possible,,,,,,15.00,10.00,(read only)",
    '"Byron, Ada",501,u1,ada@x.edu,"S1 and S2",likes =,,7,0',
    '"Lee, Bob",502,u2,bob@x.edu,S1,,EX,,0',
    '"Lee, Cyd",503,u3,cyd@x.edu,S1,,3,,0',
    '"Student, Test",599,,abc,S1,,,,',
)


def named(course: Path, *names: str) -> None:  # noqa: F811
    """A roster of these first names."""
    lines = (f"{name.lower()},{name},Lee,{name.lower()}@x.edu,{n}" for n, name in enumerate(names, 501))
    roster.take_in(sheet(course / "own.csv", "id,first_name,last_name,email,lms_user_id", *lines), course)


def mark(course: Path, student: str, points: float) -> None:  # noqa: F811
    """A person's mark of the reflection."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("reflection_1", "toy", "toy", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def graded(course: Path, student: str, by_hand: float | None = None, **changed: str) -> None:  # noqa: F811
    hand_in(course, student, **({"reflection_1": EMPTY} | changed))
    grade(course, student)
    if by_hand is not None:
        mark(course, student, by_hand)


def export(course: Path, to: str, **how) -> tuple[list[dict[str, str]], str]:  # noqa: F811
    """The rows that were written, and what was said."""
    out = how.setdefault("out", course / "out.csv")
    said = sheets.export(to, root=course, **how)
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file)), "\n".join(said)


@pytest.fixture(scope="module")
def marked_once(fresh_course, tmp_path_factory):  # noqa: F811
    """Ada has 13 of 15, Bob handed nothing in, Cyd earned 0, Dan waits for a person, Eve is not graded yet."""
    root = shutil.copytree(fresh_course, tmp_path_factory.mktemp("marked"), dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge_process, "COMMAND", [sys.executable, str(root / "judge.py")])
        patch.setattr(judge_process.warm_judge, "process", None)
        named(root, "Ada", "Bob", "Cyd", "Dan", "Eve")
        graded(root, "ada", 3, reflection_1="Because.")
        graded(root, "cyd", double="raise NotImplementedError", counter="raise NotImplementedError")
        graded(root, "dan", reflection_1="Because.")
        hand_in(root, "eve")
        judge_process.warm_judge.stop()
    return root


@pytest.fixture
def marked(marked_once, tmp_path_factory):
    return shutil.copytree(marked_once, tmp_path_factory.mktemp("copy"), dirs_exist_ok=True)


# ---- a table of the course's own --------------------------------------------------------------------------


def test_one_row_a_student_and_nothing_handed_in_is_no_zero(marked):
    rows, said = export(marked, "csv")
    assert [(row["id"], row["toy"], row["toy of"], row["toy state"]) for row in rows] == [
        ("ada", "13", "15", "marked"),
        ("bob", "", "15", "nothing handed in"),
        ("cyd", "0", "15", "marked"),
        ("dan", "", "15", "a person has yet to mark some of it"),
        ("eve", "", "15", "handed in, not graded yet"),
    ]
    assert rows[0] | {"last_name": "Lee", "first_name": "Ada", "email": "ada@x.edu", "lms_user_id": "501"} == rows[0]
    assert "toy, no mark: nothing handed in: bob." in said and "(--unfinished writes what there is): dan." in said
    assert "not graded yet (`course grade`): eve." in said
    unfinished, _ = export(marked, "csv", unfinished=True)
    assert [row["toy"] for row in unfinished] == ["13", "", "0", "10", ""]


def test_late_points_are_off_and_dropped_students_are_out(course, tmp_path):  # noqa: F811
    named(course, "Ada", "Bob", "Cyd")
    (course / "policy.toml").write_text(
        'dropped = ["cyd"]\ndue.toy = 2026-11-04T00:00:00\nlate = {rule = "percent", percent = 25}\n'
    )
    members = {
        f"{name} Lee_{n}{FILE}/toy.ipynb": answers(course, reflection_1=EMPTY) for n, name in ((1, "Ada"), (2, "Bob"))
    }
    rows = participant(1, "Ada Lee", "ada@x.edu"), participant(2, "Bob Lee", "bob@x.edu", LATE)
    worksheet = sheet(tmp_path / "w.csv", WORKSHEET, *rows)
    list(collecting.collect(archive(tmp_path / "a.zip", members), "toy", worksheet, course))
    for student in ("ada", "bob"):
        grade(course, student)
    rows, _ = export(course, "csv")
    assert [(row["id"], row["toy"], row["toy penalty"]) for row in rows] == [("ada", "10", "0"), ("bob", "7.5", "2.5")]
    filled, said = export(course, "moodle", sheet=worksheet)
    assert [row["Grade"] for row in filled] == ["10", "7.5"] and "nobody's" not in said


def test_no_cell_computes(course):  # noqa: F811
    hostile = ("=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", " =1", "\t=1")
    lines = (f'{n},"{text}",Lee,,' for n, text in enumerate(hostile))
    roster.take_in(sheet(course / "own.csv", "id,first_name,last_name,email,lms_user_id", *lines), course)
    for to in ("csv", "moodle", "canvas"):
        rows, _ = export(course, to)
        cells = [cell for row in rows for cell in row.values()]
        assert not [cell for cell in cells if cell.strip().startswith(tables.COMPUTES)]
    for text in ("=1", " =1", "'=1", "-", "'-", "\t", "a=1", "'", "", "''@x"):
        assert tables.unguarded(tables.guarded(text)) == text
    assert tables.guarded("=1") == "'=1" and "-1.5" in tables.written(["a"], [["-1.5"]])


def test_the_table_is_closed_to_others(marked):
    marked.joinpath("reports").mkdir(exist_ok=True)
    said = sheets.export("csv", root=marked)
    out = marked / "reports" / "csv-toy.csv"
    assert str(out) in said[0] and stat.S_IMODE(out.stat().st_mode) == 0o600
    assert stat.S_IMODE(out.parent.stat().st_mode) & 0o077 == 0


# ---- Canvas -----------------------------------------------------------------------------------------------


def test_canvass_own_export_comes_back_with_the_marks_in_its_column(marked, tmp_path):
    gradebook = sheet(tmp_path / "g.csv", *CANVAS)
    before = gradebook.read_bytes()
    rows, said = export(marked, "canvas", sheet=gradebook)
    assert [*rows[0]] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 1: Toy (99)"]
    assert rows[0] | {"Student": "Points Possible", "ID": "", "Homework 1: Toy (99)": "15.00"} == rows[0]
    assert [(row["ID"], row["Homework 1: Toy (99)"]) for row in rows[1:]] == [
        ("501", "13"),
        ("502", "EX"),
        ("503", "0"),
    ]
    assert rows[1]["Student"] == "Byron, Ada" and rows[1]["Section"] == "S1 and S2" and rows[1]["SIS User ID"] == "u1"
    assert "Students without a row in g.csv, so that their marks do not leave: dan, eve." in said
    assert gradebook.read_bytes() == before


def test_which_column_of_canvass_it_is_may_be_said_and_is_never_guessed(marked, tmp_path):
    two = [line.replace("Quiz (98)", "Toy again (98)") for line in CANVAS]
    gradebook = sheet(tmp_path / "g.csv", *two)
    with pytest.raises(
        Sentence, match=r"No column of g.csv is called like toy.*Homework 1: Toy \(99\), Toy again \(98\)"
    ):
        export(marked, "canvas", sheet=gradebook)
    for title in ("Toy again (98)", "toy again"):
        rows, said = export(marked, "canvas", sheet=gradebook, columns={"toy": title})
        assert rows[1]["Toy again (98)"] == "13"
    assert "toy has 15 points here and 10.00 there: marks are" in said
    assert sheets.column_said("toy = Lab 1 = easy") == ("toy", "Lab 1 = easy")
    with pytest.raises(Sentence, match="--column takes ASSIGNMENT=TITLE, not 'Lab'"):
        sheets.column_said("Lab")
    with pytest.raises(Sentence, match="g.csv has no column 'Lab'"):
        export(marked, "canvas", sheet=gradebook, columns={"toy": "Lab"})


def test_without_canvass_export_the_columns_are_those_that_it_takes_in(marked):
    rows, said = export(marked, "canvas")
    assert [*rows[0]] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "toy"]
    assert rows[0]["Student"] == "    Points Possible" and rows[0]["toy"] == "15"
    assert [(row["Student"], row["ID"], row["SIS Login ID"], row["toy"]) for row in rows[1:3]] == [
        ("Lee, Ada", "501", "ada", "13"),
        ("Lee, Bob", "502", "bob", ""),
    ]
    assert "Canvas makes a new assignment" in said


@pytest.mark.parametrize("separator", [",", ";"])
def test_canvas_there_and_back_again(course, tmp_path, separator):  # noqa: F811
    """From its own roster and archive to its own columns, by its own numbers."""
    lines = [
        ["LastName", "FirstName", "ID", "SIS Login ID", "Section", "toy (99)"],
        ["    Points Possible", "", "", "", "", "15"],
        ["Ñúñez, Jr.", "José", "501", "jn1", "S", ""],
        ["Lee", "Ann", "502", "lee@a.edu", "S", ""],
        ["Lee", "Ann", "503", "lee@b.edu", "S", ""],
    ]
    path = tmp_path / "g.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(lines)
    roster.take_in(path, course)
    members = {
        "ñúñezjrjosé_501_7_toy.ipynb": answers(course, reflection_1=EMPTY),
        "leeann_LATE_503_8_toy.ipynb": answers(course, reflection_1=EMPTY, double="def double(x): HALF"),
    }
    list(collecting.collect(archive(tmp_path / "s.zip", members), "toy", root=course))
    for student in ("jn1", "lee@b.edu"):
        grade(course, student)
    rows, said = export(course, "canvas", sheet=path)
    assert [(row["LastName"], row["ID"], row["toy (99)"]) for row in rows] == [
        ("Points Possible", "", "15"),
        ("Ñúñez, Jr.", "501", "10"),
        ("Lee", "502", ""),
        ("Lee", "503", "7"),
    ]
    assert "nobody's" not in said and "without a row" not in said


# ---- Moodle -----------------------------------------------------------------------------------------------


def test_moodles_worksheet_comes_back_filled_and_otherwise_as_it_was(marked, tmp_path):
    lines = [
        participant(7, "Ada Lee", "ADA@x.edu", said="Well - done"),
        participant(8, "Bob Lee", "bob@x.edu", "-", status="No submission", grade="4.00"),
        participant(9, "Cyd Lee", "cyd@x.edu", open="No"),
        participant(10, "Zoe Fox", "zoe@x.edu"),
    ]
    worksheet = sheet(tmp_path / "w.csv", "\ufeff" + WORKSHEET, *lines)
    before = tables.read(worksheet)
    rows, said = export(marked, "moodle", sheet=worksheet)
    assert [row["Grade"] for row in rows] == ["13", "4.00", "0", ""]
    others = [title for title in before.header if title != "Grade"]
    assert [[row[title] for title in others] for row in rows] == [
        [cell.strip() for title, cell in zip(before.header, row, strict=True) if title != "Grade"]
        for row in before.rows
    ]
    assert "Rows of w.csv that are nobody's here, or of who was dropped, left as they are: Zoe Fox." in said
    assert "pass over marks above its maximum, or that are locked there: cyd." in said


def test_marks_above_moodles_maximum_and_texts_that_would_change_are_said(marked, tmp_path):
    line = participant(7, "Ada Lee", "ada@x.edu", most="10,00", said="- see page 3")
    rows, said = export(marked, "moodle", sheet=sheet(tmp_path / "w.csv", WORKSHEET, line))
    assert rows[0]["Grade"] == "13" and "Feedback comments" not in rows[0]
    assert "above its maximum, or that are locked there: ada" in said and "Feedback comments is left out" in said
    assert "toy has 15 points here and 10,00 there" in said


def test_blind_marking_there_and_back_again(course, tmp_path):  # noqa: F811
    members = {f"Participant_41{FILE}/toy.ipynb": answers(course, reflection_1=EMPTY)}
    list(collecting.collect(archive(tmp_path / "a.zip", members), "toy", root=course))
    grade(course, "participant-41")
    head = WORKSHEET.replace("Full name,Email address,", "")
    lines = (f"Participant {number},Submitted for grading,,15,Yes,-,-," for number in (41, 42))
    _, said = export(course, "moodle")
    assert "without an address or ID number: participant-41. `course roster` adds both." in said
    rows, _ = export(course, "moodle", sheet=sheet(tmp_path / "w.csv", head, *lines))
    assert [row["Grade"] for row in rows] == ["10", ""]


def test_without_a_worksheet_the_table_is_one_for_moodles_import(marked):
    rows, said = export(marked, "moodle")
    assert rows[0] == {
        "First name": "Ada",
        "Last name": "Lee",
        "ID number": "501",
        "Email address": "ada@x.edu",
        "toy": "13",
    }
    assert rows[1]["toy"] == "" and rows[2]["toy"] == "0"


def test_one_name_never_stands_for_another(course, tmp_path):  # noqa: F811
    """A mark goes to nobody rather than to the wrong one."""
    roster.take_in(sheet(tmp_path / "own.csv", "id,first_name,last_name,email", "lee,Ann,Lee,lee@a.edu"), course)
    graded(course, "lee")
    lines = participant(1, "Ann Lee", "lee@b.edu"), participant(2, "Bob Lee", "lee@c.edu")
    rows, said = export(course, "moodle", sheet=sheet(tmp_path / "w.csv", WORKSHEET, *lines))
    assert [row["Grade"] for row in rows] == ["", ""] and "Students without a row in w.csv" in said


def test_two_rows_that_could_be_one_student_get_no_mark(course, tmp_path):  # noqa: F811
    graded(course, "lee")  # before any roster, so that nothing but this is known
    lines = participant(1, "Ann Lee", "lee@b.edu"), participant(2, "Bob Lee", "lee@c.edu")
    rows, said = export(course, "moodle", sheet=sheet(tmp_path / "w.csv", WORKSHEET, *lines))
    assert [row["Grade"] for row in rows] == [
        "",
        "",
    ] and "nobody's here, or of who was dropped, left as they are: Ann Lee, Bob Lee." in said


@pytest.mark.parametrize(
    ("to", "sentence"), [("canvas", "no gradebook of Canvas's"), ("moodle", "no grading worksheet")]
)
def test_another_platforms_sheet_is_refused(marked, tmp_path, to, sentence):
    with pytest.raises(Sentence, match=sentence):
        export(marked, to, sheet=sheet(tmp_path / "x.csv", "id,first_name", "ada,Ada"))
    worksheet = sheet(tmp_path / "w.csv", WORKSHEET, participant(7, "Ada Lee", "ada@x.edu"))
    with pytest.raises(Sentence, match="is the sheet itself"):
        export(marked, "moodle", sheet=worksheet, out=worksheet)


# ---- from any folder --------------------------------------------------------------------------------------


def command(course: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess:  # noqa: F811
    """`course` for the course below this root."""
    program = "import course_config, pathlib, sys; course_config.ROOT = pathlib.Path(sys.argv.pop(1)); "
    program += "course_config.ASSIGNMENTS = ('toy',); from autograder.cli import main; main()"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-c", program, str(course), *arguments]
    return subprocess.run(call, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_export_knows_its_course_from_any_folder(marked, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = command(marked, elsewhere, "export", "--to", "csv")
    assert done.returncode == 0, done.stderr
    assert (marked / "reports" / "csv-toy.csv").exists() and not list(elsewhere.iterdir())
    wrong = command(marked, elsewhere, "export", "--to", "blackboard")
    assert wrong.returncode == 2 and "blackboard" in wrong.stderr


def test_an_export_makes_no_gradebook(tmp_path):
    with pytest.raises(NotBuilt, match="There is no gradebook"):
        sheets.export("csv", root=tmp_path)
    assert not list(tmp_path.iterdir())
