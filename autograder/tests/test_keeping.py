"""A running course: backed up and restored wholly or not at all, a student forgotten and nobody else, versions told."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.feedback import class_page
from autograder.feedback.write import write_pages
from autograder.gradebook import grade as grading
from autograder.gradebook import marks, report, settings
from autograder.judge import secret
from autograder.keeping import archive, backup, database, forget, version
from autograder.lms import dates
from autograder.policy.charge import charge
from autograder.sentences import Sentence, Stopped
from autograder.tests.test_nbgrader import course, fresh_course, hand_in  # noqa: F401 - fixtures
from course_config import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
KEPT = ("submitted", "autograded", "feedback", "reports", "gradebook.db", secret.NAME, "policy.toml")
ODD = os.fsdecode(b"caf\xe9.txt")


def grade(root: Path) -> dict[str, str]:
    return {line["student"]: line["skipped"] for line in grading.grade("toy", root=root)}


def unchanged(root: Path) -> bool:
    return set(grade(root).values()) == {grading.UNCHANGED}


def mark_by_hand(root: Path, student: str, mark: float) -> None:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        gradebook.find_grade("reflection_1", "toy", "toy", student).manual_score = mark
        gradebook.find_comment("reflection_1", "toy", "toy", student).manual_comment = f"Well said, {student}."
        gradebook.db.commit()


def rows(root: Path) -> list[str]:
    with closing(sqlite3.connect(root / "gradebook.db")) as database:
        return sorted(database.iterdump())


def state(root: Path) -> dict[str, object]:
    """All that a backup keeps, and what stands in the gradebook."""
    files = (path for name in KEPT for path in (root / name, *(root / name).rglob("*")))
    held = {str(path): path.read_bytes() if path.is_file() else b"" for path in files if path.exists()}
    passing = [name for name in held if name.endswith((".lock", "gradebook.db"))]
    return {name: content for name, content in held.items() if name not in passing} | {"rows": rows(root)}


@pytest.fixture
def running(course: Path) -> Path:  # noqa: F811
    """A class of three in the middle of a term: marks, one of them by hand, pages, a report, a table."""
    for student in ("ann", "ann-b", "joann"):
        hand_in(course, student)
    (course / "submitted/ann/toy" / ODD).write_text("no UTF-8")
    (course / "submitted/joann/toy/empty").mkdir()
    grade(course)
    mark_by_hand(course, "ann", 4.5)
    mark_by_hand(course, "joann", 2.5)
    list(write_pages("toy", root=course))
    class_page.write("toy", course)
    marks.export(course / "grades.csv", course)
    (course / "policy.toml").write_text("[extensions.toy]\nann = 2\n")
    return course


def wipe(root: Path) -> None:
    for name in KEPT:
        shutil.rmtree(root / name) if (root / name).is_dir() else (root / name).unlink()


# ---- there and back ---------------------------------------------------------------------------------------


def test_a_lost_course_comes_back_and_nothing_is_judged_again(running):
    before = state(running)
    made = backup.back_up(root=running)
    assert made.path.parent == running / "backups" and made.path.name.startswith("diffusion-20")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made.path, made.path.parent)] == [0o600, 0o700]
    assert made.manifest.counts == {"students": 3, "submissions in the gradebook": 3, "marks by hand": 2}
    assert made.manifest.version == version.of_course() and os.listdir(running / "backups") == [made.path.name]
    wipe(running)
    manifest, aside = backup.restore(made.path, running)
    assert (manifest, aside) == (made.manifest, None)
    assert state(running) == before and unchanged(running)
    assert not any(path.stat().st_mode & 0o077 for path in (running / "gradebook.db", running / secret.NAME))
    assert os.listdir(running / "backups") == [made.path.name]


def test_over_another_state_it_says_what_would_be_lost_and_keeps_what_it_replaces(running):
    before, made = state(running), backup.back_up(running / "old.tar.gz", running)
    hand_in(running, "joann", double="def double(x): HALF")
    hand_in(running, "zoe")
    grade(running)
    (running / "nbgrader_config.py").write_text("c = get_config()\n")
    since = state(running)
    with pytest.raises(Sentence) as told:
        backup.restore(made.path, running)
    assert str(told.value).startswith("The gradebook here has 4 students, 4 submissions in the gradebook, 2 marks by")
    assert "has otherwise, or not at all: " in str(told.value) and "nbgrader_config.py" in str(told.value)
    assert "has 3 students" in str(told.value) and "/old.tar.gz --force" in str(told.value)
    assert state(running) == since
    _, aside = backup.restore(made.path, running, force=True)
    assert state(running) == before and unchanged(running) and not (running / "nbgrader_config.py").exists()
    assert not (aside / "policy.toml").exists()  # the same in both
    assert (aside / "autograded/zoe/toy/verdict.json").exists() and (aside / "nbgrader_config.py").exists()
    assert rows(aside) == since["rows"] and stat.S_IMODE(aside.stat().st_mode) == 0o700


def test_a_gradebook_that_is_broken_is_no_reason_to_stop_and_its_journal_goes_with_it(running):
    made = backup.back_up(root=running)
    (running / "gradebook.db").write_bytes(b"no database")
    with pytest.raises(Stopped, match="file is not a database. No backup was made.$"):
        backup.back_up(running / "x.tar.gz", running)
    assert not (running / "x.tar.gz").exists()
    with pytest.raises(Sentence, match="^There is a gradebook here that cannot be read."):
        backup.restore(made.path, running)
    (running / "gradebook.db-journal").write_bytes(b"of another one")
    _, aside = backup.restore(made.path, running, force=True)
    assert {"gradebook.db", "gradebook.db-journal"} <= {*os.listdir(aside)}
    assert not (running / "gradebook.db-journal").exists() and unchanged(running)


def test_links_are_left_out_and_named(running, tmp_path):
    (running / "submitted/ann/toy/away").symlink_to("/etc")
    os.mkfifo(running / "submitted/ann/toy/pipe")
    made = backup.back_up(root=running)
    assert made.left_out == ["submitted/ann/toy/away", "submitted/ann/toy/pipe"]
    assert not [name for name in made.manifest.files if "away" in name]


def test_what_cannot_be_backed_up_is_said(running):
    (running / "y.tar.gz").touch()
    for to, said in {"x.zip": "ends in .tar.gz", "no/x.tar.gz": "There is no folder", "y.tar.gz": "already"}.items():
        with pytest.raises(Sentence, match=said):
            backup.back_up(running / to, running)
    (running / "gradebook.db").unlink()
    with pytest.raises(Sentence, match="^There is no gradebook yet"):
        backup.back_up(root=running)


def test_nothing_is_kept_or_forgotten_while_a_class_is_graded(running):
    made = backup.back_up(root=running)
    said = rf"^Another command, `course grade` \(process {os.getpid()}\), is at work on this course"
    with grading.alone(running / "autograded"):
        with pytest.raises(Stopped, match=said):
            backup.back_up(running / "x.tar.gz", running)
        with pytest.raises(Stopped, match=said):
            backup.restore(made.path, running, force=True)
        with pytest.raises(Stopped, match=said):
            forget.forget("ann", running)


def test_somebody_who_writes_meanwhile_is_seen_before_or_after_never_in_between(running, tmp_path):
    """Each transaction counts all rows up, in two steps, and leaves the first in the file while it goes on."""
    coursedir, done = settings.course(running)[0], threading.Event()
    with closing(sqlite3.connect(running / "gradebook.db", isolation_level=None)) as live:
        live.execute("CREATE TABLE counted (id INTEGER PRIMARY KEY, n INTEGER, room TEXT)")
        live.executemany("INSERT INTO counted VALUES (?, 0, ?)", [(number, "x" * 1000) for number in range(400)])

    def write() -> None:
        with closing(sqlite3.connect(running / "gradebook.db", timeout=60, isolation_level=None)) as live:
            live.execute("PRAGMA cache_size = 5")
            while not done.is_set():
                live.execute("BEGIN IMMEDIATE")
                for half in ("<", ">="):
                    live.execute(f"UPDATE counted SET n = n + 1 WHERE id {half} 200")
                    time.sleep(0.01)
                live.execute("COMMIT")
                time.sleep(0.03)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(4):
            database.save(coursedir, tmp_path / f"{number}.db")
    finally:
        done.set()
        writer.join()
    for number in range(4):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert copy.execute("SELECT count(DISTINCT n) FROM counted").fetchone() == (1,)


# ---- what is no backup ------------------------------------------------------------------------------------

Members = dict[str, tuple[tarfile.TarInfo, bytes]]


def members(path: Path) -> Members:
    with tarfile.open(path) as tar:
        return {about.name: (about, tar.extractfile(about).read() if about.isreg() else b"") for about in tar}


def pack(path: Path, held: Members) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for about, content in held.values():
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))


def with_file(held: Members, name: str, kind: bytes = tarfile.REGTYPE) -> None:
    """One more, which the manifest knows."""
    manifest = json.loads(held["manifest.json"][1])
    content = b"x" if kind == tarfile.REGTYPE else b""
    manifest["files"][name] = archive.digest(content)
    held["manifest.json"] = (held["manifest.json"][0], json.dumps(manifest).encode())
    about = tarfile.TarInfo(name)
    about.type, about.linkname = kind, "/etc/passwd"
    held[name] = (about, content)


def changed(held: Members, name: str) -> None:
    held[name] = (held[name][0], held[name][1] + b" ")


def empty_manifest() -> Members:
    return {"manifest.json": (tarfile.TarInfo("manifest.json"), b"{}")}


WRONG: dict[str, tuple[Callable[[Members], object], str]] = {
    "changed": (lambda held: changed(held, "submitted/ann/toy/toy.ipynb"), "is damaged at 'submitted/ann/toy"),
    "missing": (lambda held: held.pop("gradebook"), "lacks 'gradebook'"),
    "too much": (lambda held: held.update(more=(tarfile.TarInfo("more"), b"")), "holds 'more', which it should not"),
    "above": (lambda held: with_file(held, "../above"), "holds '../above', which it should not"),
    "absolute": (lambda held: with_file(held, "/tmp/absolute"), "holds '/tmp/absolute', which it should not"),
    "link": (lambda held: with_file(held, "submitted/link", tarfile.SYMTYPE), "is damaged at 'submitted/link'"),
    "no manifest": (lambda held: held.pop("manifest.json"), "does not begin with manifest.json"),
    "another shape": (lambda held: held.update(empty_manifest()), "no backup"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, fresh_course: Path) -> Iterator[Path]:  # noqa: F811
    """A course whose one student handed in and was not graded yet."""
    root = tmp_path_factory.mktemp("small") / "course"
    shutil.copytree(fresh_course, root)
    hand_in(root, "ann")
    backup.back_up(root / "right.tar.gz", root)
    return root


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_as_it_was_written_changes_nothing(small, wrong):
    break_it, said = WRONG[wrong]
    held = members(small / "right.tar.gz")
    break_it(held)
    pack(small / "wrong.tar.gz", held)
    before = state(small)
    with pytest.raises(archive.NoBackup, match=said):
        backup.restore(small / "wrong.tar.gz", small, force=True)
    assert state(small) == before and os.listdir(small / "backups") == []
    assert not (small / "backups/above").exists() and not (small / "above").exists()


def test_half_a_file_and_another_file_are_no_backups(small):
    whole = (small / "right.tar.gz").read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"PK\3\4 a zip"):
        (small / "wrong.tar.gz").write_bytes(content)
        with pytest.raises(archive.NoBackup, match="^wrong.tar.gz is no backup of a course, or a damaged one"):
            backup.restore(small / "wrong.tar.gz", small, force=True)
    with pytest.raises(archive.NoBackup, match="^There is no file"):
        backup.restore(small / "none.tar.gz", small)


def test_a_file_that_changes_while_it_is_read_makes_no_backup(small):
    made = replace(archive.manifest_of(small / "right.tar.gz"), folders=[], files={"judge.py": archive.digest(b"")})
    with pytest.raises(Stopped, match="^judge.py changed while it was read, so no backup was made"):
        archive.write(small / "x.tar.gz", made, {"judge.py": small / "judge.py"})
    assert not list(small.glob("x.tar.gz*"))


def test_where_it_fails_all_is_as_it_was_and_after_a_kill_the_same_command_makes_it_whole(running, monkeypatch):
    before, made = state(running), backup.back_up(root=running)
    hand_in(running, "joann", double="def double(x): HALF")
    grade(running)
    since, move = state(running), backup.Swap.move

    def fails_at(last: int) -> Callable[[backup.Swap, Path, Path], None]:
        def limited(swap: backup.Swap, path: Path, to: Path) -> None:
            if len(swap.moved) == last:
                raise OSError(28, "No space left on device")
            move(swap, path, to)

        return limited

    for last in range(10):  # four folders and the gradebook: away, and in their places
        monkeypatch.setattr(backup.Swap, "move", fails_at(last))
        with pytest.raises(OSError, match="No space left"):
            backup.restore(made.path, running, force=True)
        assert state(running) == since, last
        assert os.listdir(running / "backups") == [made.path.name]
    monkeypatch.setattr(backup.Swap, "move", fails_at(5))
    monkeypatch.setattr(backup.Swap, "undo", lambda _: None)  # as where the process is killed
    with pytest.raises(OSError, match="No space left"):
        backup.restore(made.path, running, force=True)
    monkeypatch.setattr(backup.Swap, "move", move)
    backup.restore(made.path, running, force=True)
    assert state(running) == before and unchanged(running)


# ---- a student is forgotten -------------------------------------------------------------------------------


def of_others(root: Path) -> dict[str, object]:
    """All of a course but what is ann's: files of others, and the lines of the gradebook without her ids."""
    held = state(root)
    with closing(sqlite3.connect(root / "gradebook.db")) as live:
        ids = {"ann"} | {row[0] for row in live.execute("SELECT id FROM submitted_assignment WHERE student_id = 'ann'")}
        for table, key in (
            ("submitted_notebook", "assignment_id"),
            ("grade", "notebook_id"),
            ("comment", "notebook_id"),
        ):
            found = live.execute(f"SELECT id, {key} FROM {table}").fetchall()
            ids |= {row[0] for row in found if row[1] in ids}
    lines = [line for line in held.pop("rows") if not any(f"'{one}'" in line for one in ids)]
    mine = [str(root / step / "ann") for step in ("submitted", "autograded", "feedback")]
    changes = [str(root / "reports/toy.html"), str(root / "submitted/.collected.json")]
    files = {name: content for name, content in held.items() if name not in changes}
    return {"rows": lines} | {
        name: content
        for name, content in files.items()
        if not any(name == one or name.startswith(f"{one}/") for one in mine)
    }


@pytest.fixture
def noted(running: Path) -> Path:
    """With tables that are not nbgrader's, and dates of an archive."""
    with closing(sqlite3.connect(running / "gradebook.db", isolation_level=None)) as live:
        live.execute("CREATE TABLE late_days (student TEXT, days INTEGER)")
        live.execute(
            "CREATE TABLE undo (id INTEGER PRIMARY KEY, grade_id VARCHAR(32) REFERENCES grade (id), said TEXT)"
        )
        live.execute("PRAGMA secure_delete = OFF")
        live.execute("UPDATE comment SET auto_comment = ?", ("A draft on ann. " * 999,))
        live.execute("UPDATE comment SET auto_comment = NULL")
        live.execute("CREATE TABLE chosen (grade VARCHAR(32) PRIMARY KEY, rubric TEXT)")
        live.execute("INSERT INTO chosen SELECT id, '[]' FROM grade")
        live.execute("INSERT INTO late_days VALUES ('ann', 1), ('joann', 2)")
        live.execute("INSERT INTO undo SELECT NULL, id, 'of ' || id FROM grade")
    when = datetime(2026, 11, 30, tzinfo=UTC)
    dates.record(running / "submitted", "toy", {"ann": dates.Date(when), "joann": dates.Date(when)})
    charge(running)  # which a report that is written anew does as well
    return running


def test_first_it_is_listed_and_nothing_is_touched(noted):
    made, before = backup.back_up(root=noted), state(noted)
    (noted / "downloaded").mkdir()
    (noted / "gradebook.db.2026-11-01.bak").touch()
    found = forget.traces("ann", noted)
    assert found.lines(noted) == [
        "gradebook, student: 1 row",
        "gradebook, submitted_assignment: 1 row",
        "gradebook, submitted_notebook: 1 row",
        "gradebook, comment: 3 rows",
        "gradebook, grade: 3 rows",
        "gradebook, chosen: 3 rows",
        "gradebook, late_days: 1 row",
        "gradebook, undo: 3 rows",
        "submitted/ann/: 2 files",
        "autograded/ann/: 2 files",
        "feedback/ann/: 1 file",
        "submitted/.collected.json: when their work came",
        "grades.csv: their row",
        "reports/toy.html: names them, and is written anew or removed",
    ]
    assert found.left == [
        "policy.toml names them: edit it, or delete it.",
        f"backups/{made.path.name} holds them: delete it when you need it no more.",
        "gradebook.db.2026-11-01.bak is a copy of what was, and may hold them.",
        "downloaded/ may hold them, by the names that the LMS gives: look there.",
    ]
    assert state(noted) == before


def test_one_student_is_forgotten_and_nobody_else(noted):
    others, table = of_others(noted), (noted / "grades.csv").read_text().splitlines()
    listed = forget.traces("ann", noted).lines(noted)
    assert forget.forget("ann", noted).lines(noted) == listed
    assert of_others(noted) == others and rows(noted) == others["rows"]
    assert (noted / "grades.csv").read_text().splitlines() == [line for line in table if ",ann," not in line] != table
    assert [*dates.recorded(noted / "submitted", "toy")] == ["joann"]
    gradebook, page = (noted / "gradebook.db").read_bytes(), (noted / "reports/toy.html").read_text()
    assert b"Well said, joann." in gradebook and b"Well said, ann." not in gradebook
    assert b"A draft on ann." not in gradebook  # in a page that is free since
    assert not forget.names(noted / "reports/toy.html", "ann") and "ann-b" in page and "2</b> graded" in page
    assert [path for path in noted.rglob("*") if path.name == "ann"] == []
    assert unchanged(noted) and forget.traces("ann", noted).lines(noted) == []


def test_with_the_last_student_the_report_goes_and_later_nobody_is_there(running):
    for student in ("ann", "ann-b", "joann"):
        assert forget.forget(student, running).rows["student"] == 1
    assert not (running / "reports/toy.html").exists() and rows(running)
    (running / "policy.toml").unlink()
    with pytest.raises(Sentence, match="^Nothing here is of a student called 'ann'.$"):
        forget.forget("ann", running)


@pytest.mark.parametrize("name", ["zoe", "", ".", "..", "ann/toy", "an", "*", "submitted"])
def test_who_is_not_there_is_a_sentence(small, name):
    before = state(small)
    with pytest.raises(Sentence, match="^Nothing here is of a student called"):
        forget.forget(name, small)
    assert state(small) == before


def test_a_link_in_the_place_of_a_folder_is_removed_and_not_what_it_leads_to(running, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "mine.txt").touch()
    (running / "submitted/zoe").symlink_to(elsewhere)
    forget.forget("zoe", running)
    assert (elsewhere / "mine.txt").exists() and not os.path.lexists(running / "submitted/zoe")


# ---- which version judged ---------------------------------------------------------------------------------


def test_a_verdict_names_its_version_and_report_and_judge_say_it(running):
    path = running / "autograded/ann/toy/verdict.json"
    verdict = json.loads(path.read_text())
    assert verdict["course"] == version.of_judge("toy") and f"course: {verdict['course']}" in report.text(verdict)
    assert f"3 of 3: {version.of_judge('toy')}" in (running / "reports/toy.html").read_text()
    path.write_text(json.dumps(verdict | {"course": "0.0.9, judge 00000000"}))
    del (verdict := json.loads((old := running / "autograded/joann/toy/verdict.json").read_text()))["course"]
    old.write_text(json.dumps(verdict))
    page = class_page.write("toy", running).read_text()
    for made_by in (version.of_judge("toy"), "0.0.9, judge 00000000", "a version that named itself in no verdict"):
        assert f"1 of 3: {made_by}" in page
    assert unchanged(running)  # no fingerprint hangs on it


def test_a_verdict_in_which_some_todos_alone_were_judged_again_names_both(running):
    path = running / "autograded/ann/toy/verdict.json"
    verdict = json.loads(path.read_text())
    (line,) = grading.grade("toy", ["ann"], running, regrade=True, only=["double"])
    assert line["verdict"]["course"] == verdict["course"]
    path.write_text(json.dumps(verdict | {"course": "0.0.9, judge 00000000"}))
    (line,) = grading.grade("toy", ["ann"], running, regrade=True, only=["double"])
    assert line["verdict"]["course"] == f"{verdict['course']} (double alone); the rest by 0.0.9, judge 00000000"


def test_the_commit_is_that_of_the_courses_own_checkout(tmp_path):
    def git(*command: str) -> None:
        names = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", "-C", tmp_path, *names, *command], check=True, capture_output=True)

    def commit(root: Path) -> str:
        return version.commit_of.__wrapped__(root)

    (tmp_path / "course").mkdir()
    assert commit(tmp_path) == ""
    (tmp_path / "text").touch()
    git("init")
    git("add", "text")
    git("commit", "-m", "one")
    assert len(first := commit(tmp_path)) == 8 and commit(tmp_path / "course") == ""
    (tmp_path / "text").write_text("changed")
    assert commit(tmp_path) == f"{first} with changes"
    assert version.of_course(ROOT).startswith("0.")
