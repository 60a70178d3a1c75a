"""Hostile submissions, a file each in autograder/attacks/, graded in one class together with ordinary students.

An attack may cost nobody but itself: it gets the points of what it answered, no more and no less; who stands before
or behind it in the class gets theirs; it sees nothing that is not its own, and nothing of it stays on the machine.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment, NbGraderException

from autograder.checks import points_of
from autograder.classroom import Desk, as_bytes
from autograder.gradebook import grade, judge_process, marks, report, settings, step
from autograder.gradebook.runnable import would_run
from autograder.judge.isolation import tried_here
from course_config import LIMITS, ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

# ATTACKS='fifo link_*' hands in only these. All take more than 10 minutes, `make test-long`; otherwise every sixth.
WANTED = os.environ.get("ATTACKS", "").split()
ATTACKS = sorted({path for name in WANTED or ["*"] for path in (ROOT / "autograder" / "attacks").glob(f"{name}.py")})
ATTACKS = ATTACKS if WANTED else ATTACKS[::6]
BYSTANDERS = ("aaa_before", "mmm_between", "nnn_marked", "zzz_after")  # in the order of names, in which all are graded
ANSWERED = ("make_linear_beta_schedule", "q_sample")  # what everyone has right but zzz_after, who has all
SECRET = "the-bystanders-secret-5f1d"  # in their notebooks, a comment in the gradebook, the environment
LEFT = "attack-was-here"  # in the name of every file and process that an attack tries to leave behind
SHARED_BYTES = "4660001"  # the size of the shared memory that one of them tries to leave
# Short, so that endless attacks end soon; long enough for ordinary students on a busy machine.
SHORT = {"cell_seconds": 4, "cells_seconds": 15, "check_seconds": 4, "submission_seconds": 120, "judging_seconds": 240}
SHORT |= {"patience": 2}
PREPARED = f"""
import dataclasses, sys
sys.path.insert(0, {str(ROOT)!r})
import course_config
course_config.LIMITS = dataclasses.replace(course_config.LIMITS, **{SHORT})
"""
ONCE = "from autograder.judge import clock, serve\nclock.BUSY = 2\nserve.serve()"  # however busy it is
JUDGE = [sys.executable, "-c", f"{PREPARED}\n{ONCE}"]
NBGRADER = f"""{PREPARED}
from autograder.gradebook import judge_process
judge_process.COMMAND = {JUDGE}
from autograder.gradebook.settings import nbgrader_config
c = nbgrader_config()
c.CourseDirectory.root = "."
get_config().merge(c)
"""


# ---- attacks ----------------------------------------------------------------------------------------------


@dataclass
class Attack:
    """What a file of autograder/attacks/ says: what it tries, what it must be told and must get, and its parts."""

    tries: str
    says: str
    honest: dict[str, float]
    parts: list[tuple[str, str, str]]  # kind ("first", "last", "todo" or "file"), TODO, code


def read_attack(path: Path) -> Attack:
    head, *parts = re.split(r"^# %% ", path.read_text(encoding="utf-8"), flags=re.M)
    said = dict(re.findall(r"^# (\w+): (.*)$", head, re.M))
    split = [re.match(r"(\w+) ?(\w*)\n(.*)", part, re.S).groups() for part in parts]
    named = {todo: float(points) for todo, points in re.findall(r"(\w+)=([\d.]+)", said.get("honest", ""))}
    replaced = {todo: 0.0 for _, todo, _ in split if todo}
    return Attack(said["tries"], said.get("says", ""), honest() | replaced | named, split)


def honest() -> dict[str, float]:
    return {todo: points if todo in ANSWERED else 0.0 for todo, points in points_of("spiral").items()}


def hand_in(attack: Attack, folder: Path, base: dict, facts: dict[str, str]) -> None:
    """Write a submission. Attackers know all that a student could ever find out, as `@COURSE@`, `@TCP@` and so on."""
    folder.mkdir(parents=True)
    names = {"folder": folder, "notebook": copy.deepcopy(base), "written": False}
    cells = names["notebook"]["cells"]
    for number, (kind, todo, code) in enumerate(attack.parts):
        code = re.sub("@([A-Z]+)@", lambda found: facts[found[1]], code).strip("\n")
        if kind == "file":
            exec(code, names)
        elif kind == "todo":
            next(cell for cell in cells if grade_id(cell) == todo)["source"] = code
        else:
            cells.insert(0 if kind == "first" else len(cells), new_code_cell(code, id=f"attack-{number}"))
    if not names["written"]:
        (folder / "spiral.ipynb").write_bytes(as_bytes(names["notebook"]))


def grade_id(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


# ---- the class --------------------------------------------------------------------------------------------


@dataclass
class Class:
    """The class after it was graded."""

    root: Path
    kept: dict[Path, bytes]  # files that nobody may change, as they were
    marked: dict[str, tuple]  # the gradebook's rows of the bystander who was graded by hand, as they were
    left: list[str]  # processes
    visits: list[str]  # what came to the doors that attackers were told of
    descriptors: int  # that the judge had open at the end

    def verdict(self, student: str) -> dict:
        return json.loads((self.root / "autograded" / student / "spiral" / "verdict.json").read_text("utf-8"))

    def page(self, student: str) -> str:
        return (self.root / "feedback" / student / "spiral" / "spiral.html").read_text("utf-8")

    def returned(self, student: str) -> dict[Path, str]:
        """Every file that grading made for a student."""
        files = [path for place in ("autograded", "feedback") for path in (self.root / place / student).rglob("*")]
        return {path: path.read_text("utf-8", "replace") for path in files if path.is_file()}


COMMANDS = [
    pytest.param("course grade", marks=pytest.mark.slow_attacks if WANTED == ["*"] else pytest.mark.slow),
    pytest.param("nbgrader autograde", marks=pytest.mark.slow_attacks),
]


@pytest.fixture(scope="module", params=COMMANDS)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """The class, graded once for all tests."""
    if missing := tried_here()["missing"]:
        pytest.skip(f"attacks are let loose only where everything holds them; here is {missing}")
    with contextlib.ExitStack() as stack:
        base = tmp_path_factory.getbasetemp()  # now: pytest would make it where TMPDIR leads when it is first needed
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attacked-", dir=base)))
        (root / "tmp").mkdir()
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(tempfile, "tempdir", str(root / "tmp"))
        patch.setenv("TMPDIR", str(root / "tmp"))
        patch.setenv("COURSE_TOKEN", SECRET)
        patch.setattr(judge_process, "COMMAND", JUDGE)
        patch.setattr(judge_process.warm_judge, "process", None)
        patch.setattr(step, "LIMITS", replace(LIMITS, **SHORT))
        new_course(root)
        doors = stack.enter_context(Doors(root))
        kept = hand_in_class(root, doors.facts)
        mark_by_hand(root)
        marked, known = grades(root, "nnn_marked"), set(descendants())
        with adopted_orphans():
            descriptors = grade_class(request.param, root)
            left = still_there(known)
        yield Class(root, kept, marked, left, doors.visits(), descriptors)


def new_course(root: Path) -> None:
    shutil.copytree(ROOT / "source" / "spiral", root / "source" / "spiral")
    coursedir, config = settings.course(root, assignment_id="spiral", student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()


def hand_in_class(root: Path, facts: dict[str, str]) -> dict[Path, bytes]:
    """Write all submissions; return the files that must stay as they are."""
    desk = Desk("spiral")
    base = desk.notebook({todo: desk.solutions[todo] for todo in ANSWERED})
    base.cells = [cell for cell in base.cells if grade_id(cell) or "rerun" in cell.metadata]  # for speed
    kept = [root / place / "spiral" / "spiral.ipynb" for place in ("source", "release")]
    for student in BYSTANDERS:
        notebook = desk.notebook(desk.answers()) if student == "zzz_after" else copy.deepcopy(base)
        next(cell for cell in notebook.cells if grade_id(cell) == "reflection_1").source = SECRET
        kept.append(root / "submitted" / student / "spiral" / "spiral.ipynb")
        kept[-1].parent.mkdir(parents=True)
        kept[-1].write_bytes(as_bytes(notebook))
    for path in ATTACKS:
        hand_in(read_attack(path), root / "submitted" / path.stem / "spiral", base, facts)
    return {path: path.read_bytes() for path in kept}


def mark_by_hand(root: Path) -> None:
    list(grade.grade("spiral", ["nnn_marked"], root))
    end_judge()
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        grade_of_text = gradebook.find_grade("reflection_1", "spiral", "spiral", "nnn_marked")
        grade_of_text.manual_score, grade_of_text.needs_manual_grade = 4.5, False
        gradebook.find_comment("reflection_1", "spiral", "spiral", "nnn_marked").manual_comment = SECRET
        gradebook.db.commit()


def grade_class(command: str, root: Path) -> int:
    """Grade everyone and write feedback; returns how many descriptors the judge had open at its end."""
    if command == "course grade":
        for _ in grade.grade("spiral", root=root):
            pass
        descriptors = len(os.listdir(f"/proc/{judge_process.warm_judge.process.pid}/fd"))
        end_judge()
        with contextlib.suppress(NbGraderException):  # whose page is missing, that test fails
            marks.feedback("spiral", root)
        return descriptors
    (root / "nbgrader_config.py").write_text(NBGRADER)
    for words in (("autograde", "spiral"), ("generate_feedback", "spiral")):
        subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=root, timeout=3600)
    return 0


def end_judge() -> None:
    """As when the command that asks it has ended."""
    judge_process.warm_judge.process.stdin.close()
    judge_process.warm_judge.process.wait(60)
    judge_process.warm_judge.stop()


def grades(root: Path, student: str) -> dict[str, tuple]:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission("spiral", student).notebooks[0]
        rows = {g.name: (g.auto_score, g.manual_score, bool(g.needs_manual_grade)) for g in notebook.grades}
        return rows | {f"comment on {c.name}": (c.comment,) for c in notebook.comments}


# ---- what an attack may leave behind ----------------------------------------------------------------------


class Doors:
    """Sockets of other programs on this machine, which nobody should reach, and what attackers are told."""

    def __init__(self, root: Path) -> None:
        local, kinds = ("127.0.0.1", 0), (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        tcp, udp = (socket.socket(socket.AF_INET, kind) for kind in kinds)
        unix, abstract = (socket.socket(socket.AF_UNIX) for _ in range(2))
        places = (tcp, local), (udp, local), (unix, f"{root}/door"), (abstract, f"\0{root.name}")
        for door, place in places:
            door.bind(place)
            door.setblocking(False)
            if door is not udp:
                door.listen()
        self.doors = {"TCP": tcp, "UDP": udp, "UNIX": unix, "ABSTRACT": abstract}
        with socket.socket() as free:
            free.bind(local)
            self.port = free.getsockname()[1]
        facts = {"COURSE": root, "HOME": ROOT, "USERHOME": Path.home(), "PID": os.getpid(), "PORT": self.port}
        facts |= {"TCP": tcp.getsockname()[1], "UDP": udp.getsockname()[1], "UNIX": root / "door"}
        self.facts = {name: str(fact) for name, fact in facts.items()} | {"ABSTRACT": root.name}

    def __enter__(self) -> Doors:
        return self

    def __exit__(self, *_: object) -> None:
        for door in self.doors.values():
            door.close()

    def visits(self) -> list[str]:
        """The doors at which someone was, and the one that an attack opened itself."""
        seen = []
        for name, door in self.doors.items():
            with contextlib.suppress(BlockingIOError):
                door.recv(1) if name == "UDP" else door.accept()
                seen.append(name)
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            seen.append("PORT")
        return seen


@contextlib.contextmanager
def adopted_orphans() -> Iterator[None]:
    """A process whose parent ended becomes our child, not init's, so that it can be told from everybody else's."""
    adopt = 36
    ctypes.CDLL(None).prctl(adopt, 1, 0, 0, 0)
    yield
    ctypes.CDLL(None).prctl(adopt, 0, 0, 0, 0)


def descendants() -> dict[int, str]:
    """The living processes that came from this one."""
    parents, lines = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(folder.name)] = int(parent)
                lines[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    found, new = set(), {os.getpid()}
    while new:
        found |= new
        new = {pid for pid, parent in parents.items() if parent in new} - found
    return {pid: lines[pid] for pid in found - {os.getpid()}}


def still_there(known: set[int], seconds: float = 5) -> list[str]:
    """Processes that came and did not go; those that were told to end may need a moment."""
    end = time.monotonic() + seconds
    while (left := descendants().keys() - known) and time.monotonic() < end:
        time.sleep(0.1)
    return [line for pid, line in descendants().items() if pid in left]


# ---- what pages and sentences hold ------------------------------------------------------------------------


class Active(HTMLParser):
    """Collects what a browser would execute of an attack's HTML; `HACKED` stands in all of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.script = tag == "script"
        for name, value in attributes:
            runs = name.startswith("on") or re.match(r"\s*(javascript|data):", value or "", re.I) or name == "srcdoc"
            if runs and "HACKED" in (value or ""):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        self.script = False

    def handle_data(self, data: str) -> None:
        if self.script and "HACKED" in data:
            self.found.append(f"<script>{data}")


def control_characters(text: str) -> list[str]:
    """What would move a terminal's cursor, set its title or worse."""
    return re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


# ---- tests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ATTACKS, ids=[path.stem for path in ATTACKS])
def test_an_attack_gets_what_it_answered_and_nothing_else(graded: Class, path: Path):
    attack, student = read_attack(path), path.stem
    verdict, page = graded.verdict(student), graded.page(student)
    said = report.text(verdict)
    assert {todo: entry["points"] for todo, entry in verdict["todos"].items()} == attack.honest, said
    rows = grades(graded.root, student)
    assert {todo: rows[f"check_{todo}"][0] for todo in attack.honest} == attack.honest
    assert attack.says in said
    assert "Traceback" not in said
    assert not control_characters(said + report.line({"student": student, "verdict": verdict, "skipped": ""}))
    assert Active(page).found == []
    for file, text in graded.returned(student).items():
        assert "LEAKED:" not in text and SECRET not in text, file
        assert len(text) < 20e6, file
        assert file.name == "spiral.html" or not would_run(Path(file.name)), file


@pytest.mark.parametrize("student", BYSTANDERS)
def test_bystanders_get_their_marks(graded: Class, student: str):
    rows, points = grades(graded.root, student), points_of("spiral") if student == "zzz_after" else honest()
    assert {todo: rows[f"check_{todo}"] for todo in points} == {todo: (p, None, False) for todo, p in points.items()}
    assert rows["reflection_1"] == ((None, 4.5, False) if student == "nnn_marked" else (None, None, True))
    assert SECRET in graded.page(student)


def test_marks_by_hand_are_what_they_were(graded: Class):
    assert grades(graded.root, "nnn_marked") == graded.marked
    assert graded.marked["comment on reflection_1"] == (SECRET,)


def test_nobody_was_forgotten_or_added(graded: Class):
    students = {*BYSTANDERS, *(path.stem for path in ATTACKS)}
    assert {row["student"] for row in marks.table("spiral", graded.root)} == students
    for place in ("autograded", "feedback"):
        assert {path.name for path in (graded.root / place).glob("[!.]*")} == students


def test_no_process_is_left(graded: Class):
    assert graded.left == []


def test_no_file_is_left_or_changed(graded: Class):
    assert {path: path.read_bytes() for path in graded.kept} == graded.kept
    assert list((graded.root / "tmp").iterdir()) == []
    others = [Path(place) for place in ("/tmp", "/var/tmp", "/dev/shm", "/", Path.home(), ROOT)]
    found = [path for place in others for path in place.glob(f"*{LEFT}*")]
    assert found + list(graded.root.rglob(f"*{LEFT}*")) == []
    assert SHARED_BYTES not in Path("/proc/sysvipc/shm").read_text()


def test_nobody_came_to_another_programs_door(graded: Class):
    assert graded.visits == []


def test_the_judge_keeps_no_descriptor_that_a_student_sent(graded: Class):
    assert graded.descriptors < 30


# ---- do the alarms ring? ----------------------------------------------------------------------------------


def test_a_process_that_nobody_waits_for_is_noticed():
    known = set(descendants())
    with adopted_orphans():
        pid = int(subprocess.check_output("setsid sleep 60 > /dev/null & echo $!", shell=True))
        assert still_there(known, 0.2) == ["sleep 60 "]
        os.kill(pid, signal.SIGKILL)
        assert still_there(known) == []
        os.waitpid(pid, 0)


def test_a_visit_is_noticed(tmp_path: Path):
    with Doors(tmp_path) as doors:
        assert doors.visits() == []
        for kind, name in ((socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")):
            with socket.socket(socket.AF_INET, kind) as visitor:
                visitor.connect(("127.0.0.1", int(doors.facts[name])))
                visitor.send(b"x")
        for place in (doors.facts["UNIX"], "\0" + doors.facts["ABSTRACT"]):
            with socket.socket(socket.AF_UNIX) as visitor:
                visitor.connect(place)
        with socket.create_server(("127.0.0.1", int(doors.facts["PORT"]))):
            assert doors.visits() == ["TCP", "UDP", "UNIX", "ABSTRACT", "PORT"]


def test_what_a_browser_or_a_terminal_would_obey_is_noticed():
    obeyed = "<script>HACKED</script>", "<img onerror='HACKED()'>", "<a href='javascript:HACKED'>", "<p srcdoc=HACKED>"
    shown = "&lt;script&gt;HACKED", "<pre>HACKED</pre>", "<img alt='HACKED'>", "<script>x</script>HACKED"
    assert all(Active(page).found for page in obeyed)
    assert not any(Active(page).found for page in shown)
    assert control_characters("a\x1b[2J\r\x9b") == ["\x1b", "\r", "\x9b"] and not control_characters("✓ a\n\tb")


def test_an_attack_says_what_it_tries_and_must_get():
    for path in ATTACKS:
        attack = read_attack(path)
        assert attack.tries and attack.parts, path
        assert set(attack.honest) == set(points_of("spiral")), path
        assert {kind for kind, _, _ in attack.parts} <= {"first", "last", "todo", "file"}, path
