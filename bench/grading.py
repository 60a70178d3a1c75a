"""`make bench-grading`: what grading a class costs, before and after the class issue, and beside plain nbgrader.

All sides grade the same notebooks, with every answer right, in turns on this machine; start-up is left out, as it is
paid once a class. `before-class` is the last commit before that issue: a clone that lacks it leaves that side out.
Then a class of 2,000 is replayed, with a judge that answers at once: what listing, recording, skipping and exporting
take, and whether memory grows.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat

from autograder import container
from autograder.classroom import Desk, as_bytes, demo
from autograder.gradebook.report import table
from autograder.judge.court import judge
from autograder.judge.forks import Parent
from autograder.processes import descendants
from course_config import ASSIGNMENTS, COMPANIONS, DATA, ROOT

BEFORE = "5f13ca6"
SIZE, ROUNDS = 4, 3  # submissions of a class beyond the first ones, and how often each side has its turn
GRADE = """
import json, os, sys, time
from pathlib import Path
from autograder.gradebook import grade

def computed():
    seconds, waiting, children = 0.0, [os.getpid()], {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent = sum(map(int, rest[11:15])) / os.sysconf("SC_CLK_TCK")
        children.setdefault(int(rest[1]), []).append((int(path.parent.name), spent))
        seconds += spent if int(path.parent.name) == os.getpid() else 0
    while waiting:
        for pid, spent in children.get(waiting.pop(), []):
            seconds += spent
            waiting.append(pid)
    return seconds

for line in grade.grade(sys.argv[2], root=Path(sys.argv[1]), **json.loads(sys.argv[3])):
    verdict = line["verdict"]
    print(json.dumps([time.monotonic(), computed(), verdict["points"], verdict["seconds"], verdict.get("spent", {})]))
    sys.stdout.flush()
"""
REPLAY = """
import json, sys
answer = open(sys.argv[1]).read()
for line in sys.stdin:
    print(answer, flush=True)
"""
RECORD = """
import json, sys, time
from pathlib import Path
from autograder.gradebook import grade, handed_in, judge_process, marks
root, assignment, answer = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
judge_process.COMMAND = [sys.executable, "-c", Path(sys.argv[4]).read_text(), answer]

def took(what, do):
    start = time.monotonic()
    do()
    print(f"{what}: {time.monotonic() - start:.1f} s", flush=True)

took("listing", lambda: handed_in.submissions(assignment, None, root / "submitted"))
start = time.monotonic()
for number, _ in enumerate(grade.grade(assignment, root=root), 1):
    if number % 500 == 0:
        held = int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) >> 10
        print(f"recorded {number}: {(time.monotonic() - start) / 500:.3f} s each, holds {held} MB", flush=True)
        start = time.monotonic()
took("nothing changed", lambda: list(grade.grade(assignment, root=root)))
took("export", lambda: marks.export(root / "grades.csv", root))
"""
CLASS = 2000
QUESTION = """
OK_FORMAT = True
case = {"code": ">>> double(2) == 4\\nTrue", "hidden": False, "locked": False}
suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
test = {"name": "q1", "points": 1, "suites": [suite]}
"""
PLAIN = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "plain"
c.Execute.timeout = 600
"""


@dataclass
class Cost:
    """Of one submission, in seconds."""

    wall: float
    computed: float
    points: float
    spent: dict[str, float] = field(default_factory=dict)  # by what for, recording included


# ---- the class --------------------------------------------------------------------------------------------


def answered(assignment: str, course: Path) -> nbformat.NotebookNode:
    desk = Desk(assignment, course)
    return desk.notebook(desk.answers())


def hand_in(course: Path, assignment: str, notebook: nbformat.NotebookNode, size: int) -> None:
    for step in ("submitted", "autograded"):
        shutil.rmtree(course / step, ignore_errors=True)
    for number in range(size):
        place = course / "submitted" / f"s{number:04}" / assignment
        place.mkdir(parents=True)
        (place / f"{assignment}.ipynb").write_bytes(as_bytes(notebook))


# ---- the sides --------------------------------------------------------------------------------------------


def judged(tree: Path, course: Path, assignment: str, workers: int = 1) -> Cost:
    """`course grade` of a tree, from the moment that the first submission is there to the last one."""
    hand_in(course, assignment, answered(assignment, course), SIZE + workers)
    more = {"workers": workers} if tree == ROOT else {}
    command = [tree / ".venv/bin/python", "-c", GRADE, course, assignment, json.dumps(more)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    first, last, count = lines[workers - 1], lines[-1], len(lines) - workers  # the first ones end together
    spent = {what: statistics.mean(line[4].get(what, 0.0) for line in lines[1:]) for what in lines[-1][4]}
    wall = (last[0] - first[0]) / count
    if spent and workers == 1:
        spent["recording"] = wall - statistics.mean(line[3] for line in lines[1:])
    return Cost(wall, (last[1] - first[1]) / count, last[2], spent)


def plain(course: Path, assignment: str) -> Cost:
    """nbgrader's own autograde: the cells and the visible checks in a kernel; what the judge leaves out is left out."""
    notebook = without_long_runs(answered(assignment, course))
    root = course / "plain" / assignment
    if not root.exists():
        (root / "source" / assignment).mkdir(parents=True)
        source = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", 4)
        nbformat.write(without_long_runs(source), root / "source" / assignment / f"{assignment}.ipynb")
        for name in COMPANIONS.get(assignment, ()):
            shutil.copytree(DATA / name, root / "source" / assignment / name)
        (root / "nbgrader_config.py").write_text(PLAIN.format(root=str(root)))
        nbgrader(root, "generate_assignment", assignment)
    walls, computing = [], []
    for size in (1, 1 + SIZE):
        hand_in(root, assignment, notebook, size)
        before, start = os.times(), time.monotonic()
        nbgrader(root, "autograde", assignment)
        walls.append(time.monotonic() - start)
        after = os.times()
        computing.append(sum(after[2:4]) - sum(before[2:4]))
    return Cost((walls[1] - walls[0]) / SIZE, (computing[1] - computing[0]) / SIZE, float("nan"))


def without_long_runs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("rerun") is not False]
    return notebook


def nbgrader(root: Path, *command: str) -> None:
    said = subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=root, capture_output=True, text=True)
    if said.returncode:
        sys.exit(f"nbgrader {' '.join(command)} failed:\n{said.stderr[-2000:]}")


def otter(place: Path) -> Cost:
    """`otter run` of one question the size of a function, in a process of its own each time, as it grades."""
    zipped, notebook = place / "autograder.zip", place / "double.ipynb"
    if not zipped.exists():
        (place / "tests").mkdir(parents=True)
        (place / "tests/q1.py").write_text(QUESTION)
        cells = ["import otter\ngrader = otter.Notebook()", "def double(x):\n    return 2 * x", "grader.check('q1')"]
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(made, notebook)
        run_otter("generate", "-t", place / "tests", "-o", zipped)
    before, start = os.times(), time.monotonic()
    run_otter("run", "-a", zipped, "-o", place, notebook)
    after, wall = os.times(), time.monotonic() - start
    points = json.loads((place / "results.json").read_text())["tests"][1]["score"]
    return Cost(wall, sum(after[2:4]) - sum(before[2:4]), points)


def run_otter(*command: str | Path) -> None:
    subprocess.run([Path(sys.executable).parent / "otter", *command], check=True, capture_output=True)


@contextmanager
def tree_before() -> Iterator[Path | None]:
    """The commit before, with a copy of this environment; None, and a sentence, where that cannot be had."""
    place = ROOT / ".before-class"
    git = ["git", "-C", str(ROOT)]
    there = subprocess.run([*git, "cat-file", "-e", f"{BEFORE}^{{commit}}"], capture_output=True).returncode == 0
    if not there:
        print(f"This clone lacks the commit {BEFORE}: the side before-class is left out.")
        yield None
        return
    subprocess.run(
        [*git, "worktree", "add", "--force", "--detach", str(place), BEFORE], check=True, capture_output=True
    )
    try:
        subprocess.run(["cp", "-al", str(ROOT / ".venv"), str(place / ".venv")], check=True)
        pip = [place / ".venv/bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--disable-pip-version-check", "-e", "."], cwd=place, check=True)
        yield place
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(place)], check=True, capture_output=True)


# ---- memory -----------------------------------------------------------------------------------------------


def peak(run: Callable[[], object]) -> int:
    """The most bytes that all processes which a run starts hold at once, each page counted once."""
    most, over = 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(0.25):
            most = max(most, sum(map(share, descendants(os.getpid())[1:])))  # the first is the writer

    looking = threading.Thread(target=look)
    looking.start()
    run()
    over.set()
    looking.join()
    return most


def share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


# ---- a class of thousands ---------------------------------------------------------------------------------


def replay(course: Path, assignment: str) -> None:
    """Judge one submission, then give its answer to all of a large class."""
    notebook = answered(assignment, course)
    with Parent(assignment) as parent:
        verdict = judge(json.loads(json.dumps(notebook)), assignment, parent)
    for name, text in {"answer": json.dumps({"verdict": verdict, "notebook": notebook}), "replay": REPLAY}.items():
        (course / name).write_text(text)
    hand_in(course, assignment, notebook, CLASS)
    print(f"\n{assignment}, a class of {CLASS:,}, replayed", flush=True)
    command = [sys.executable, "-c", RECORD, course, assignment, course / "answer", course / "replay"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


# ---- the tables -------------------------------------------------------------------------------------------


def main() -> None:
    print(f"{platform.machine()}, {container.cores()} cores, Python {platform.python_version()}, {time.strftime('%F')}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, tree_before() as before:
        shutil.copytree(ROOT / "source", Path(folder) / "source")
        (Path(folder) / "data").symlink_to(DATA)
        course = demo.small_course(ASSIGNMENTS, Path(folder))
        for assignment in ASSIGNMENTS:
            sides: dict[str, Callable[[], Cost]] = {
                "ours, 1 worker": partial(judged, ROOT, course, assignment),
                "ours, 2 workers": partial(judged, ROOT, course, assignment, 2),
                "plain nbgrader": partial(plain, course, assignment),
            }
            if before:
                sides = {"before-class": partial(judged, before, course, assignment)} | sides
            compare(assignment, sides)
        cost = middle([otter(course / "otter") for _ in range(ROUNDS)])
        print(f"\notter run, one question, start-up included: {cost.computed:.2f} s computed, {cost.wall:.2f} s wall")
        replay(course, "spiral")


def compare(assignment: str, sides: dict[str, Callable[[], Cost]]) -> None:
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            costs[name].append(side())
    memory = {name: peak(side) for name, side in sides.items() if name != "ours, 2 workers"}
    base = next(iter(sides))
    median = {name: middle(found) for name, found in costs.items()}
    rows = []
    for name, cost in median.items():
        ratios = f"{cost.computed / median[base].computed:.2f}", f"{median[base].wall / cost.wall:.2f}"
        held = f"{memory[name] / 2**20:.0f}" if name in memory else ""
        rows.append([name, f"{cost.computed:.2f}", f"{cost.wall:.2f}", *ratios, held, f"{cost.points:g}"])
    head = ("side", "computed s", "wall s", f"of {base}", "throughput", "peak MB", "points")
    print(f"\n{assignment}, a submission: medians of {ROUNDS} turns of {SIZE}\n{table(rows, head)}")
    spent = median["ours, 1 worker"].spent
    print("ours, 1 worker: " + ", ".join(f"{what} {seconds:.2f} s" for what, seconds in spent.items()))


def middle(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.computed)[len(costs) // 2]


if __name__ == "__main__":
    main()
