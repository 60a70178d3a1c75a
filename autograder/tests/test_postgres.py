"""A gradebook in PostgreSQL: the same marks as in a file, and several people may write at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from sqlalchemy import create_engine, text

from autograder.gradebook import by_hand, handed_in, machine, marks, settings
from autograder.gradebook import grade as grading
from autograder.keeping import backup, database, forget
from autograder.lms import roster, sheets
from autograder.sentences import Sentence, Stopped
from autograder.tests.archives import sheet
from autograder.tests.test_nbgrader import course, fresh_course, hand_in  # noqa: F401 - fixtures

PROGRAMS = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.get_exec_path())]
HOME = next((folder for folder in sorted(PROGRAMS, reverse=True) if (folder / "initdb").exists()), None)
psycopg = pytest.importorskip("psycopg")
pytestmark = [
    pytest.mark.skipif(HOME is None, reason="PostgreSQL is not installed (Debian: apt-get install postgresql)"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
]
MARK = 2.5


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of our own on loopback; its address, without a database."""
    run = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses root
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:  # pytest's own is closed to others
        if run:
            shutil.chown(folder, "postgres")
        yield from running(Path(folder), run)


def running(place: Path, run: list[str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = place / "data"
    quiet = {"stdout": subprocess.DEVNULL, "cwd": place, "check": True}
    subprocess.run([*run, HOME / "initdb", "-D", data, "-A", "trust", "-U", "grader", "--no-sync"], **quiet)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    start = [*run, HOME / "pg_ctl", "-D", data, "-w", "-l", place / "log", "-o", options]
    subprocess.run([*start, "start"], **quiet)
    yield f"postgresql+psycopg://grader@127.0.0.1:{port}"
    subprocess.run([*run, HOME / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)


def fresh_database(server: str) -> str:
    """The address of an empty one."""
    with create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text('DROP DATABASE IF EXISTS "class" WITH (FORCE)'))
        connection.execute(text('CREATE DATABASE "class"'))
    return f"{server}/class"


@pytest.fixture
def served(course, server, monkeypatch):  # noqa: F811
    """The toy course, whose gradebook is a fresh database of the server; its root and its address."""
    address = fresh_database(server)
    (course / "gradebook.db").unlink()
    monkeypatch.setattr(settings, "GRADEBOOK", address)
    monkeypatch.setattr(settings, "ROOT", course)
    monkeypatch.setattr(handed_in, "GRADEBOOK", address)
    monkeypatch.setattr(handed_in, "ROOT", course)
    (course / "nbgrader_config.py").write_text(f"get_config().CourseDirectory.root = {str(course)!r}\n")
    coursedir, config = settings.course(course, assignment_id="toy", student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()
    return course, address


def grade(root: Path, workers: int = 1) -> dict[str, float]:
    return {line["student"]: line["verdict"]["points"] for line in grading.grade("toy", root=root, workers=workers)}


def test_the_address_is_said_once_and_everything_goes_there(served):
    root, address = served
    for student in ("ann", "bob", "eve"):
        hand_in(root, student)
    hand_in(root, "bob", double="def double(x): HALF")
    assert grade(root, workers=2) == {"ann": 10, "bob": 7, "eve": 10}
    assert not list(root.rglob("gradebook.db"))
    rows = marks.table("toy", root)
    assert [(row["student"], row["code_score"]) for row in rows] == [("ann", 10), ("bob", 7), ("eve", 10)]
    assert all(line["skipped"] for line in grading.grade("toy", root=root))
    with Gradebook(address) as gradebook:
        gradebook.find_grade("check_double", "toy", "toy", "ann").manual_score = 1
        gradebook.db.commit()
    assert [mark.student for mark in by_hand.marks_by_hand_below(root)] == ["ann"]
    marks.feedback("toy", root)
    marks.export(root / "grades.csv", root)
    assert [line.split(",")[5] for line in (root / "grades.csv").read_text().splitlines()[1:]]
    assert not list(root.rglob("gradebook.db"))


def test_a_file_and_a_server_hold_the_same(course, served, server):  # noqa: F811
    root, _ = served
    for student, double in (("ann", "def double(x): HALF"), ("bob", "raise NotImplementedError()")):
        hand_in(root, student, double=double)
    there = grade(root) and marks.automatic_marks("toy", root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "GRADEBOOK", "")
        patch.setattr(handed_in, "GRADEBOOK", "")
        coursedir, config = settings.course(root, assignment_id="toy", student_id=".")
        GenerateAssignment(coursedir=coursedir, config=config).start()
        assert grade(root) and marks.automatic_marks("toy", root) == there


def reads_reflections(address: str, students: list[str], done: multiprocessing.Queue) -> None:
    """Another grader, as formgrader writes: marks and comments of reflections, again and again."""
    for round_ in range(3):
        for student in students:
            with Gradebook(address) as gradebook:
                grade = gradebook.find_grade("reflection_1", "toy", "toy", student)
                grade.manual_score = MARK
                gradebook.find_comment("reflection_1", "toy", "toy", student).manual_comment = f"{student} {round_}"
                gradebook.db.commit()
    done.put(True)


def test_two_graders_at_once_lose_nothing(served):
    root, address = served
    students = [f"s{n:02}" for n in range(12)]
    for student in students:
        hand_in(root, student)
    grade(root)
    for student in students:
        hand_in(root, student, double="def double(x): HALF")
    context, other = multiprocessing.get_context("spawn"), None
    done = context.Queue()
    other = context.Process(target=reads_reflections, args=(address, students, done))
    other.start()
    assert grade(root, workers=2) == dict.fromkeys(students, 7)
    assert done.get(timeout=60)
    other.join()
    with Gradebook(address) as gradebook:
        for student in students:
            reflection = gradebook.find_grade("reflection_1", "toy", "toy", student)
            comment = gradebook.find_comment("reflection_1", "toy", "toy", student)
            assert (reflection.manual_score, comment.manual_comment) == (MARK, f"{student} 2")
            assert gradebook.find_grade("check_double", "toy", "toy", student).auto_score == 3
    for student in students:
        verdict = json.loads((root / "autograded" / student / "toy" / "verdict.json").read_text())
        assert verdict["points"] == 7


def test_a_server_that_is_not_there_is_named_without_a_password(served, monkeypatch):
    root, address = served
    hand_in(root, "ann")
    monkeypatch.setattr(settings, "GRADEBOOK", "postgresql+psycopg://grader:hush@127.0.0.1:1/class")
    with pytest.raises(grading.Stopped, match=r"^The gradebook \(class on 127.0.0.1\) cannot be used: ") as stopped:
        grade(root)
    assert "hush" not in str(stopped.value) and machine.AGAIN in str(stopped.value)


def test_names_that_no_table_holds_are_refused():
    assert handed_in.wrong_with("x" * 128) == "" and "longer than 128" in handed_in.wrong_with("x" * 129)


def test_a_gradebook_of_a_server_is_backed_up_and_put_back_or_stays(served, monkeypatch):
    root, address = served
    for student in ("ann", "bob"):
        hand_in(root, student)
    grade(root)
    made = backup.back_up(root / "kept.tar.gz", root)
    assert made.manifest.gradebook == "postgresql" and made.manifest.students == ["ann", "bob"]
    hand_in(root, "bob", double="def double(x): HALF")
    assert grade(root) == {"ann": 10, "bob": 7}
    with pytest.raises(Sentence, match="^The gradebook here has 2 students, .* autograded/bob/toy/toy.ipynb"):
        backup.restore(made.path, root)
    with monkeypatch.context() as patch:
        patch.setattr(database, "PATIENCE", 1)
        with (
            create_engine(address).connect() as other,
            pytest.raises(Stopped, match="^The gradebook .class on 127.0.0.1. cannot"),
        ):
            other.execute(text("SELECT count(*) FROM grade"))  # a transaction that stays open
            backup.restore(made.path, root, force=True)
    assert {line["skipped"] for line in grading.grade("toy", root=root)} == {grading.UNCHANGED}
    assert marks.automatic_marks("toy", root)["bob"]["check_double"] == 3
    assert not list((root / "backups").iterdir())
    _, aside = backup.restore(made.path, root, force=True)
    assert {line["skipped"] for line in grading.grade("toy", root=root)} == {grading.UNCHANGED}
    assert marks.automatic_marks("toy", root)["bob"]["check_double"] == 6
    assert (aside / "gradebook").exists() and not list(root.rglob("gradebook.db"))
    forget.forget("ann", root)
    assert [*marks.automatic_marks("toy", root)] == ["bob"] and not (root / "submitted/ann").exists()


def test_a_copy_of_a_server_needs_its_programs_and_shows_no_password(served, monkeypatch):
    root, address = served
    said = settings.course(root)[0]
    said.db_url = "postgresql+psycopg://grader:hush@127.0.0.1:1/class"
    with pytest.raises(Stopped, match="^pg_dump stopped at the gradebook .class on 127.0.0.1.: ") as stopped:
        database.save(said, root / "x")
    assert "hush" not in str(stopped.value)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Sentence, match="^pg_dump is not on the path, .*apt-get install postgresql-client"):
        database.save(said, root / "x")


def test_a_roster_comes_in_and_a_table_goes_out(served, tmp_path):
    root, _ = served
    hand_in(root, "ann", reflection_1="YOUR ANSWER HERE")
    list(grading.grade("toy", root=root))
    roster.take_in(sheet(tmp_path / "own.csv", "id,first_name", "ann,Ann", f"bob,{'B' * 200}"), root)
    out = tmp_path / "out.csv"
    sheets.export("csv", out=out, root=root)
    assert out.read_text("utf-8-sig").splitlines()[1:] == [
        "ann,,Ann,,,10,15,0,marked",
        f"bob,,{'B' * 128},,,,15,,nothing handed in",
    ]
