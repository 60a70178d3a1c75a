"""Killed, locked, full or stopped by hand: `course grade` loses nothing, and the next run finishes the rest."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveAutoGrades

from autograder.classroom import Desk, as_bytes
from autograder.gradebook import grade as grading
from autograder.gradebook import judge_process, settings, submission
from autograder.judge import serve
from autograder.judge.run import Run
from autograder.tests import toy
from autograder.tests.test_nbgrader import course, fresh_course, grades, hand_in  # noqa: F401 - fixtures
from course_config import ROOT

SEED = int(os.environ.get("KILL_SEED", random.randrange(10**6)))  # of the random moments; a failure prints it
KILLS = int(os.environ.get("KILLS", 6))
ANSWERS = {10.0: "def double(x): return 2 * x", 7.0: "def double(x): HALF", 4.0: toy.STUBS["double"]}  # by points
WORKERS = 1  # each way to grade is to hold what this file says
MARK, COMMENT = 4.5, "Well seen."


# ---- a class, and `course grade` as a process -------------------------------------------------------------


@pytest.fixture
def classroom(course) -> Callable[[int], dict[str, float]]:  # noqa: F811
    """Hands in for a class of so many; returns each student's automatic points."""

    def of(size: int) -> dict[str, float]:
        points = {f"s{n:02}": list(ANSWERS)[n % len(ANSWERS)] for n in range(size)}
        for student, most in points.items():
            hand_in(course, student, double=ANSWERS[most])
        return points

    return of


def course_grade(root: Path, assignment: str = "toy") -> None:
    """What the command does, in a process and a session of its own; what it says goes to said.txt."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as at a terminal; behind a shell's & it is ignored
    said = (root / "said.txt").open("w")
    for stream in (1, 2):
        os.dup2(said.fileno(), stream)
    try:
        for line in grading.grade(assignment, root=root, workers=WORKERS):
            os.write(1, f"{line['student']} {line['skipped'] or 'graded'}\n".encode())
    except grading.Stopped as stopped:
        os.write(2, f"{stopped}\n".encode())
        os._exit(1)


def start(root: Path, target: Callable[[Path], None] = course_grade) -> multiprocessing.Process:
    """Forked, because importing nbgrader anew takes seconds."""
    (root / "said.txt").unlink(missing_ok=True)
    process = multiprocessing.get_context("fork").Process(target=target, args=(root,), daemon=True)
    process.start()
    wait_for(lambda: os.getpgid(process.pid) == process.pid)  # its session is its own
    return process


def ends(process: multiprocessing.Process, seconds: float = 60) -> int | None:
    process.join(seconds)
    return process.exitcode


def said(root: Path) -> str:
    path = root / "said.txt"
    return path.read_text() if path.exists() else ""


def wait_for(what: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


# ---- what must be true ------------------------------------------------------------------------------------


def verdicts(root: Path) -> dict[str, int]:
    """When each student's verdict was written."""
    found = (root / "autograded").glob("*/toy/verdict.json")
    return {path.parent.parent.name: path.stat().st_mtime_ns for path in found}


def assert_whole(root: Path, points: dict[str, float], complete: bool) -> None:
    """The gradebook is sound and holds nothing twice; each verdict there is whole, and in the gradebook."""
    with contextlib.closing(sqlite3.connect(root / "gradebook.db")) as database:
        one = lambda query: database.execute(query).fetchone()[0]  # noqa: E731
        assert one("PRAGMA integrity_check") == "ok"
        rows = one("SELECT count(*) FROM submitted_assignment")
        assert rows == one("SELECT count(DISTINCT student_id) FROM submitted_assignment") <= len(points)
        for table in ("grade", "comment"):  # three of each in a toy notebook
            assert one(f"SELECT count(*) FROM {table}") == 3 * rows
            assert one(f"SELECT count(*) FROM (SELECT DISTINCT cell_id, notebook_id FROM {table})") == 3 * rows
    there = verdicts(root)
    for student in there:
        folder = root / "autograded" / student / "toy"
        verdict = json.loads((folder / "verdict.json").read_text())
        nbformat.validate(nbformat.read(folder / "toy.ipynb", 4))
        assert re.fullmatch("[0-9a-f]{64}", verdict["fingerprint"])
        assert sorted(path.name for path in folder.iterdir()) == ["toy.ipynb", "verdict.json"]
        if complete:
            marks = grades(root, student)
            assert verdict["points"] == points[student] == marks["check_double"][0] + marks["check_counter"][0]
    if complete:
        assert set(there) == set(points) and rows == len(points)
        assert not (root / "autograded" / submission.STAGE).exists()


def mark_by_hand(root: Path, students: list[str]) -> None:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        for student in students:
            gradebook.find_grade("reflection_1", "toy", "toy", student).manual_score = MARK
            gradebook.find_comment("reflection_1", "toy", "toy", student).manual_comment = f"{COMMENT} {student}"
        gradebook.db.commit()


def assert_marked_by_hand(root: Path, students: list[str]) -> None:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        for student in students:
            assert gradebook.find_grade("reflection_1", "toy", "toy", student).manual_score == MARK
            comment = gradebook.find_comment("reflection_1", "toy", "toy", student).manual_comment
            assert comment == f"{COMMENT} {student}"


def finish(root: Path, points: dict[str, float]) -> None:
    """The next run ends well, and all is there."""
    assert ends(start(root), 120) == 0, said(root)
    assert_whole(root, points, complete=True)


# ---- kill -9 ----------------------------------------------------------------------------------------------


@pytest.fixture(params=[1, 2], ids=["one judge", "two judges"])
def workers(request, monkeypatch) -> int:
    monkeypatch.setitem(globals(), "WORKERS", request.param)
    return request.param


def test_a_batch_killed_at_random_moments_loses_and_doubles_nothing(classroom, course, workers):  # noqa: F811
    print(f"KILL_SEED={SEED}")
    moments = random.Random(SEED)
    points = classroom(50)
    marked = list(points)[::6]
    list(grading.grade("toy", marked, course))
    mark_by_hand(course, marked)
    for student in marked[1:]:  # these are graded again, the first one is not
        points[student] = next(most for most in ANSWERS if most != points[student])
        hand_in(course, student, double=ANSWERS[points[student]])
    unchanged = {marked[0]: verdicts(course)[marked[0]]}
    for _ in range(KILLS):
        process = start(course)
        more = moments.randrange(50 // KILLS)
        wait_for(lambda more=more: len(re.findall(r"^s\d+ graded$", said(course), re.MULTILINE)) >= more)
        time.sleep(moments.uniform(0, 0.5))
        os.killpg(process.pid, signal.SIGKILL)
        ends(process)
        assert_whole(course, points, complete=False)
        newly = {who: when for who, when in verdicts(course).items() if f"{who} graded" in said(course)}
        assert not set(newly) & set(unchanged)
        unchanged |= newly
        assert_marked_by_hand(course, marked)
    print(f"{len(unchanged)} were graded when the last of {KILLS} kills came")
    finish(course, points)
    assert {who: verdicts(course)[who] for who in unchanged} == unchanged  # none was graded twice
    assert_marked_by_hand(course, marked)


def second_rename() -> Callable[..., None]:
    calls = iter(range(9))
    rename = Path.rename
    return lambda *paths: rename(*paths) if next(calls) == 0 else os.kill(os.getpid(), signal.SIGKILL)


MOMENTS = {
    "judging": (judge_process.JudgeProcess, "ask", None),
    "one mark is in": (SaveAutoGrades, "_add_comment", None),
    "all marks are in": (submission, "put_in_place", None),
    "the old folder is away": (Path, "rename", second_rename),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_the_worst_moments_a_regraded_student_loses_nothing(classroom, course, moment):  # noqa: F811
    owner, name, make = MOMENTS[moment]

    def killed(root: Path) -> None:
        setattr(owner, name, make() if make else lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        course_grade(root)

    points = classroom(2)
    list(grading.grade("toy", root=course))
    mark_by_hand(course, list(points))
    hand_in(course, "s00", double=ANSWERS[4.0])
    assert ends(start(course, killed)) == -signal.SIGKILL
    assert_whole(course, points, complete=False)
    before = (course / "autograded/s00/toy").exists()
    assert before == (moment != "the old folder is away")
    finish(course, points | {"s00": 4.0})
    assert "s00 graded" in said(course) and "s01 unchanged" in said(course)
    assert_marked_by_hand(course, list(points))


def test_half_a_regraded_students_marks_do_not_stand_beside_the_old_verdict(classroom, course):  # noqa: F811
    points = classroom(1)
    list(grading.grade("toy", root=course))
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:  # as a kill may leave it
        database.execute("UPDATE grade SET auto_score = 0 WHERE auto_score = 6")
        database.commit()
    finish(course, points)
    assert "s00 graded" in said(course)


# ---- two at once, a locked gradebook, Ctrl-C --------------------------------------------------------------


def test_of_two_at_once_one_grades_and_the_other_says_so(classroom, course):  # noqa: F811
    points = classroom(4)
    first = start(course)
    wait_for(lambda: verdicts(course))
    with pytest.raises(grading.Stopped, match=rf"^Another command, `course grade` \(process {first.pid}\), is at work"):
        list(grading.grade("toy", root=course))
    assert ends(first) == 0
    assert_whole(course, points, complete=True)


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_locked_gradebook_stops_the_batch_with_a_sentence(classroom, course, workers, lock):  # noqa: F811
    points = classroom(4)
    process = start(course)
    wait_for(lambda: verdicts(course))
    with contextlib.closing(sqlite3.connect(course / "gradebook.db", timeout=30, isolation_level=None)) as database:
        database.execute(f"BEGIN {lock}")
        assert ends(process) == 1
    assert "keeps the gradebook (gradebook.db) locked" in said(course) and "Traceback" not in said(course)
    assert_whole(course, points, complete=False)
    finish(course, points)
    assert "unchanged" in said(course)


def test_ctrl_c_ends_at_once_with_a_sentence(classroom, course, workers):  # noqa: F811
    points = classroom(4)
    hand_in(course, "s02", double="def double(x): HANG")
    process = start(course)
    wait_for((course / "judge.py.hangs").exists)
    os.kill(process.pid, signal.SIGINT)
    assert ends(process, 5) == 1
    assert said(course).splitlines()[-1] == f"Stopped. {grading.AGAIN}" and "s02" not in said(course)
    assert not processes(str(course / "judge.py"))
    hand_in(course, "s02", double=ANSWERS[points["s02"]])
    finish(course, points)
    assert "s00 unchanged" in said(course) and "s02 graded" in said(course)


def processes(word: str) -> list[int]:
    """Those whose command line has a word in it."""
    found = subprocess.run(["pgrep", "-f", re.escape(word)], capture_output=True, text=True).stdout.split()
    return [int(pid) for pid in found]


# ---- a full disk ------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(course, tmp_path_factory) -> Iterator[Path]:  # noqa: F811
    """The course on a tmpfs of 8 MB."""
    root = tmp_path_factory.mktemp("disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(root)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small disk could not be mounted, so a full one was not tried: {done.stderr.strip()}")
    try:
        shutil.copytree(course, root, dirs_exist_ok=True)
        yield root
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)


def fill(path: Path, leave: int) -> None:
    """Take all the disk's room but `leave` bytes."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while (room := shutil.disk_usage(path).free - leave) > 0:
            file.write(bytes(min(room, 2**16)))


@pytest.mark.parametrize("leave", [0, 8192, 40960])
def test_a_full_disk_stops_the_batch_with_a_sentence(classroom, course, small_disk, leave):  # noqa: F811
    points = classroom(8)
    shutil.copytree(course / "submitted", small_disk / "submitted")
    list(grading.grade("toy", ["s00", "s07"], small_disk))
    mark_by_hand(small_disk, ["s00", "s07"])
    hand_in(small_disk, "s07", double=ANSWERS[4.0])
    points["s07"] = 4.0
    process = start(small_disk)
    wait_for(lambda: "s02" in verdicts(small_disk))
    fill(small_disk / "filler", leave)
    assert ends(process) == 1
    sentence = f"No space left on the disk of {small_disk}. What was graded is kept: free some and run the same command"
    assert sentence in said(small_disk) and "Traceback" not in said(small_disk)
    assert_whole(small_disk, points, complete=False)
    assert ends(start(small_disk)) == 1
    (small_disk / "filler").unlink()
    assert_whole(small_disk, points, complete=False)
    finish(small_disk, points)
    assert "s02 unchanged" in said(small_disk) and "s07 graded" in said(small_disk)
    assert_marked_by_hand(small_disk, ["s00", "s07"])


# ---- kill -9 of the real judge, its warm parent, a submission's process -----------------------------------

ANSWERED = {"nothing": (), "spiral": ("make_spiral",), "noise": ("q_sample",)}  # of the TODOs, by student
SENTENCES = ("please tell your instructor", "tell your instructor", "ended the Python process", "Python process ended")


@pytest.fixture(scope="module")
def real_course(tmp_path_factory):
    """Three small submissions to the spiral assignment, graded undisturbed; returns the root and the points."""
    root = tmp_path_factory.mktemp("real")
    shutil.copytree(ROOT / "source/spiral", root / "source/spiral")
    coursedir, config = settings.course(root, assignment_id="spiral", student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()
    desk = Desk("spiral")
    for student, todos in ANSWERED.items():
        path = root / "submitted" / student / "spiral" / "spiral.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(as_bytes(desk.notebook({todo: desk.solutions[todo] for todo in todos})))
    shutil.copytree(root, root / "graded")
    points = {line["student"]: line["verdict"]["points"] for line in grading.grade("spiral", root=root / "graded")}
    judge_process.warm_judge.stop()
    assert points["nothing"] == 0 < points["spiral"] < points["noise"] + points["spiral"]
    return root, points


def descendants(pid: int) -> dict[int, str]:
    """The processes that came from a process, oldest first, with their command lines."""
    listing = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()[1:]]
    found: dict[int, str] = {pid: ""}
    while new := {int(row[0]): row[2] for row in rows if int(row[1]) in found and int(row[0]) not in found}:
        found |= new
    return {one: words for one, words in found.items() if one != pid}


def victims(grader: int, kind: str) -> list[int]:
    """The processes of one kind that the grader has at this moment."""
    found = descendants(grader)
    warm = [pid for pid, words in found.items() if "autograder.student " in words]
    match kind:
        case "judge":
            return [pid for pid, words in found.items() if "autograder.judge" in words]
        case "warm parent":
            return warm[:1]
    return warm[1:]  # forks have the command line of what they were forked from


@pytest.mark.slow_attacks
@pytest.mark.parametrize("kind", ["judge", "warm parent", "submission"])
def test_a_process_of_the_judge_killed_costs_no_marks(real_course, tmp_path, kind):
    print(f"KILL_SEED={SEED}")
    moments = random.Random(f"{SEED} {kind}")
    root, points = real_course
    for part in ("release", "submitted", "gradebook.db"):
        (shutil.copytree if (root / part).is_dir() else shutil.copy)(root / part, tmp_path / part)
    process = start(tmp_path, lambda root: course_grade(root, "spiral"))
    wait_for(lambda: victims(process.pid, "submission"), 300)
    time.sleep(moments.uniform(0, 5))
    wait_for(lambda: victims(process.pid, kind) or not process.is_alive(), 300)
    one = moments.choice(victims(process.pid, kind))
    print(f"kill {kind} {one}: {descendants(process.pid).get(one)}")
    os.kill(one, signal.SIGKILL)
    assert ends(process, 600) == 0, said(tmp_path)
    print(said(tmp_path))
    for student in points:
        text = (tmp_path / "autograded" / student / "spiral" / "verdict.json").read_text()
        verdict = json.loads(text)
        told = any(sentence in text for sentence in SENTENCES)
        print(student, verdict["points"], points[student], verdict["mended"], verdict["notes"])
        assert verdict["points"] == points[student] or told
    marks = {line["student"]: line["verdict"]["points"] for line in grading.grade("spiral", root=tmp_path)}
    judge_process.warm_judge.stop()
    assert kind == "submission" or marks == points


@pytest.mark.slow_attacks
def test_a_warm_parent_killed_between_two_checks_gives_no_verdict(monkeypatch):
    """The checks after it could only fail, and the student would lose the marks."""

    def kill_parent(run: Run) -> None:
        run.parent.process.kill()
        run.parent.process.wait()

    desk = Desk("spiral")
    request = {"assignment": "spiral", "notebook": desk.notebook({"make_spiral": desk.solutions["make_spiral"]})}
    monkeypatch.setattr(Run, "reap", kill_parent)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request)))
    monkeypatch.setattr("sys.stdout", answers := io.StringIO())
    with pytest.raises((SystemExit, OSError)):
        serve.serve()
    assert answers.getvalue() == ""
