"""Stopped at any moment, each command ends with all that it started, and says so in a sentence."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from autograder.authoring.build import build
from course_config import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="whose a process is, /proc says")
NOT_COPIED = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "submitted", "autograded", "feedback", "demo")
SECONDS = 5
SPIRAL, ENDLESS = "spiral/spiral.ipynb", "endless.ipynb"


class Started(NamedTuple):
    """A command that runs, and the folder that is its /tmp, by which its processes are known."""

    process: subprocess.Popen
    tmp: Path

    def processes(self) -> list[str]:
        """The command lines of all that came from it."""
        found = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"={self.tmp}".encode() in environment.read_bytes():
                    found.append(environment.with_name("cmdline").read_text().replace("\0", " "))
            except OSError:  # it has just ended
                continue
        return found


def running(words: str, count: int = 1) -> Callable[[Started], bool]:
    return lambda started: sum(words in line for line in started.processes()) >= count


def importing_torch(started: Started) -> bool:
    return "libtorch" in Path(f"/proc/{started.process.pid}/maps").read_text()


def reading_the_notebook(started: Started) -> bool:
    with contextlib.suppress(FileNotFoundError):  # closed meanwhile
        open_files = list(Path(f"/proc/{started.process.pid}/fd").iterdir())
        return any(os.path.realpath(file).endswith(ENDLESS) for file in open_files)
    return False


def building(started: Started) -> bool:
    return any(started.tmp.glob("course-build-*"))


WORKER = "autograder.student "
MOMENTS: dict[str, tuple[list[str], Callable[[Started], bool]]] = {
    "judge": (["judge", f"release/{SPIRAL}", "-a", "spiral"], running(WORKER)),
    "judge, first seconds": (["judge", "release/mnist/mnist.ipynb", "-a", "mnist"], importing_torch),
    "grade": (["grade", "spiral", "--less-isolation"], running(WORKER)),
    "bank": (["bank", "--jobs", "2"], running(WORKER, 2)),
    "build": (["build", "spiral", "--execute"], running("ipykernel_launcher")),
    "import": (["import", f"../{ENDLESS}"], reading_the_notebook),
    "doctor": (["doctor"], running("autograder.student.sandbox")),
    "demo": (["demo"], building),
    "demo, grading": (["demo"], running(WORKER)),
}
QUICK = {
    ("judge", "TERM"),
    ("judge, first seconds", "INT"),
    ("grade", "TERM"),
    ("bank", "TERM"),
    ("bank", "KILL"),
    ("build", "HUP"),
    ("import", "INT"),
    ("doctor", "HUP"),
    ("demo", "INT"),
}
WITHOUT_A_FOLDER = {"judge", "grade", "bank"}  # of the command's own, which nobody removes after kill -9
ROWS = [
    pytest.param(moment, name, marks=() if (moment, name) in QUICK else pytest.mark.long)
    for moment in MOMENTS
    for name in ("TERM", "HUP", "INT", "KILL")
    if name != "KILL" or moment in WITHOUT_A_FOLDER
]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course with a submission, so that no real class is touched."""
    root = tmp_path_factory.mktemp("ends") / "course"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_COPIED, "gradebook.db*"), symlinks=True)
    build(["spiral"], root, execute="never")
    (root / "submitted/ann/spiral").mkdir(parents=True)
    shutil.copy(root / "release" / SPIRAL, root / "submitted/ann" / SPIRAL)
    os.mkfifo(root.with_name(ENDLESS))
    with root.with_name(ENDLESS).open("r+b", buffering=0):  # somebody writes it, and never does
        yield root


@pytest.fixture
def start(course, tmp_path):
    started = []

    def command(*words: str) -> Started:
        tmp = tmp_path / "tmp"
        tmp.mkdir()
        places = {"TMPDIR": str(tmp), "JUPYTER_RUNTIME_DIR": str(tmp / "runtime")}
        line = [sys.executable, "-c", "from autograder.cli import main; main()", *words]
        listen = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731 - behind a shell's & it is ignored
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(
            line, cwd=course, env=os.environ | places, start_new_session=True, preexec_fn=listen, **pipes
        )
        started.append(process)
        return Started(process, tmp)

    yield command
    for process in started:
        process.kill()
        process.wait()


def unfinished(course: Path) -> list[Path]:
    return [*course.rglob("*.part"), *course.rglob(".grading")]


def wait_for(what: Callable[[], bool], seconds: float, process: subprocess.Popen | None = None) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert process is None or process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.parametrize(("moment", "name"), ROWS)
def test_a_signal_leaves_nothing_behind(course, start, moment, name):
    (words, there), before = MOMENTS[moment], unfinished(course)
    command, number = start(*words), signal.Signals[f"SIG{name}"]
    wait_for(lambda: there(command), 120, command.process)
    end = time.monotonic() + SECONDS
    tell = os.killpg if name in ("INT", "HUP") else os.kill  # a terminal tells all that run in it
    tell(command.process.pid, number)
    said = command.process.communicate(timeout=SECONDS)[1]
    if name != "KILL":
        assert command.process.returncode == 128 + number, said
        assert said.startswith("Stopped.") and len(said.splitlines()) == 1
    while left := command.processes():
        assert time.monotonic() < end, left
        time.sleep(0.02)
    assert [path.name for path in command.tmp.iterdir() if "torchinductor" not in path.name] == []  # torch's own cache
    assert unfinished(course) == before or moment == "grade" and name == "KILL"  # where the next run tidies up


@pytest.mark.parametrize("end", ["stdin", "stdout"])
def test_a_judge_that_is_left_alone_ends_with_all_that_it_started(tmp_path, end):
    """In the middle of its work, when either of its pipes closes."""
    cell = {"cell_type": "code", "source": "while True: pass", "metadata": {}, "outputs": [], "execution_count": None}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", "autograder.judge"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}, **pipes)
    judge = Started(process, tmp_path)
    try:
        process.stdin.write(json.dumps({"assignment": "spiral", "notebook": {"cells": [cell]}}) + "\n")
        process.stdin.flush()
        wait_for(lambda: len(judge.processes()) >= 4, 120, process)  # judge, warm parent, warden, worker
        getattr(process, end).close()
        process.wait(SECONDS)
        wait_for(lambda: not judge.processes(), SECONDS)
        assert [path.name for path in tmp_path.iterdir() if "torchinductor" not in path.name] == []
    finally:
        process.kill()


def test_what_is_ignored_stays_ignored(start):
    """As nohup has it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        command = start("import", f"../{ENDLESS}")
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for(lambda: reading_the_notebook(command), 60, command.process)
    for number in (signal.SIGHUP, signal.SIGTERM):
        command.process.send_signal(number)
        time.sleep(0.2)
    assert command.process.wait(SECONDS) == 128 + signal.SIGTERM
