"""Measures the grader as the classifier that it is: right and wrong variants of each TODO, judged one by one.

A variant file `<assignment>/<todo>/wheat_*.py` or `<assignment>/<todo>/chaff_*.py` stands in the place of the
solution's function; the folder of the assignment may be left out where no other has a TODO of that name. The first
line says why a wheat is right (`# right: ...`) or what is wrong with a chaff (`# wrong: ...`); a chaff's second line
holds words of the message that it must get, and whether they name the cause or a symptom (`# cause: ...`); its third
how bad the mistake is and how that is known (`# severity: fatal, measured` or `# severity: minor, argued: ...`), which
bounds what it may keep; `# exception: ...` says why one may lie outside.
"""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from statistics import median
from typing import Any

from autograder import ends, wire
from autograder.cells import code_cell, grade_id, is_todo
from autograder.checks import checks_of, todos_of
from autograder.judge.court import judge
from autograder.judge.forks import Parent
from autograder.judge.run import Run
from autograder.sentences import NoVariants
from autograder.verdict import KEEPS, WITHHELD, CheckResult, TodoResult, Verdict
from course_config import ASSIGNMENTS, LIMITS, ROOT, SEED

BANK = Path(__file__).parent / "bank"
UNHURRIED = replace(LIMITS, judging_seconds=10**9, cpu_seconds=10**9)  # one run serves hundreds of variants
TODOS = [(assignment, todo) for assignment in ASSIGNMENTS for todo in todos_of(assignment)]


@dataclass(frozen=True)
class Variant:
    """A file that stands in the place of one TODO's function."""

    assignment: str
    todo: str
    path: Path
    file: str  # below the bank's folder

    @property
    def kind(self) -> str:
        return self.path.name.split("_")[0]


@dataclass(frozen=True)
class Result:
    """What became of one variant. `points` and `max` are those of its own TODO."""

    assignment: str
    todo: str
    file: str
    kind: str  # "wheat" or "chaff"
    severity: str | None  # "fatal", "major" or "minor"; None where the file does not say
    verdict: str  # "ok", "missed", "false_alarm", "collateral" or "out_of_bounds"
    points: float
    max: float
    elsewhere_lost: float
    message: str  # of the first check that failed, the own TODO's first
    seconds: float
    failed: list[str] = field(default_factory=list)  # names of the own TODO's checks that failed

    @property
    def kept(self) -> float:
        """The share of its own TODO's points."""
        return round(self.points / self.max, 4)

    @property
    def full(self) -> bool:
        """Did it get every point of its own TODO?"""
        return self.points == self.max


def find(directory: Path, todos: Iterable[str] = ()) -> list[Variant]:
    """The variants under a directory, in order; of these TODOs, where some are named."""
    if not directory.is_dir():
        raise NoVariants(f"There is no folder {directory}.")
    bank, wanted = directory.resolve(), [pair for name in todos for pair in named(name)] or TODOS
    paths = sorted(path for path in bank.rglob("*.py") if re.match("(wheat|chaff)_", path.name))
    variants = [
        Variant(assignment, path.parent.name, path, str(path.relative_to(bank)))
        for path in paths
        for assignment in assignment_of(path, wanted)
    ]
    if not variants:
        raise NoVariants(f"{directory} holds no files named <todo>/wheat_*.py or <todo>/chaff_*.py.")
    return variants


def named(name: str) -> list[tuple[str, str]]:
    """The TODOs that `q_sample` or `spiral/q_sample` may mean, each with its assignment."""
    found = [(assignment, todo) for assignment, todo in TODOS if name in (todo, f"{assignment}/{todo}")]
    if not found:
        known = dict.fromkeys(todo for _, todo in TODOS)
        raise NoVariants(f"There is no TODO '{name}'. There are: {', '.join(known)}.")
    return found


def assignment_of(path: Path, wanted: list[tuple[str, str]]) -> set[str]:
    """The one that the folder above the TODO's is named after, or that alone has the TODO; none, where no one asked."""
    folder, above = path.parent.name, path.parent.parent.name
    found = {assignment for assignment, todo in wanted if todo == folder}
    if above in ASSIGNMENTS:
        found &= {above}
    if len(found) > 1:
        names = " and ".join(sorted(found))
        raise NoVariants(
            f"{names} both have a TODO '{folder}': put the folder {path.parent} into one named after its assignment, "
            f"or say which is meant, for example --todo {min(found)}/{folder}."
        )
    return found


def expected_words(path: Path) -> tuple[str, str] | None:
    """("cause" or "symptom", the words) that a chaff's message must hold, where its second line says so."""
    found = re.search(r"^# (cause|symptom): (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return (found[1], found[2].strip()) if found else None


def severity_in(source: str) -> str | None:
    """How bad a chaff's mistake is, where its head says so."""
    found = re.search(r"^# severity: (fatal|major|minor)\b", source, re.MULTILINE)
    return found[1] if found else None


def failures(todo: TodoResult) -> list[CheckResult]:
    """The checks of a TODO that failed themselves; points that were withheld for another check's sake are none."""
    return [check for check in todo["checks"] if not check["passed"] and not check["message"].startswith(WITHHELD)]


def solution_cells(assignment: str) -> list[dict[str, Any]]:
    """The code cells of the source notebook, solutions included."""
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell | {"source": "".join(cell["source"]), "outputs": []} for cell in code]


class Solution:
    """One assignment's solution in a process of its own; each variant is run in a fork of it."""

    def __init__(self, assignment: str, parent: Parent) -> None:
        self.assignment, self.parent = assignment, parent
        self.cells = solution_cells(assignment)
        self.run: Run | None = None

    def judge(self, variant: Variant, all_todos: bool, seed: int = SEED) -> Result:
        """Judge one variant by its own TODO's checks, or by all, after the notebook's later cells ran too."""
        todo, start = variant.todo, time.monotonic()
        source = variant.path.read_text(encoding="utf-8", errors="replace")
        cells = self.cells_with({todo: source}, todo) if all_todos else self.cells_of(todo, source)
        verdict = self.judge_cells(cells, None if all_todos else {todo}, seed)
        own = verdict["todos"][todo]
        elsewhere = sum(entry["max"] - entry["points"] for entry in verdict["todos"].values() if entry is not own)
        said = [check["message"] for entry in (own, *verdict["todos"].values()) for check in failures(entry)]
        severity = severity_in(source) if variant.kind == "chaff" else None
        excepted = "\n# exception: " in source
        outcome = _outcome(variant.kind, own["points"] / own["max"], elsewhere, None if excepted else severity)
        place = (self.assignment, todo, variant.file, variant.kind, severity, outcome, own["points"], own["max"])
        seconds, names = round(time.monotonic() - start, 2), [check["name"] for check in failures(own)]
        return Result(*place, elsewhere, said[0] if said else "", seconds, names)

    def judge_cells(self, cells: list[dict[str, Any]], todos: set[str] | None, seed: int = SEED) -> Verdict:
        """The verdict on these cells, run where the whole solution has been run before."""
        if self.run is None:
            self.run = Run(self.copies(), self.assignment, self.parent, UNHURRIED)
        try:
            return judge({"cells": cells}, self.assignment, self.run.submission, seed, todos)
        except wire.WireError:  # a variant brought down the process that it was forked from: give it one of its own
            self.run.close()
            self.run = None
            return judge(self.copies(*cells), self.assignment, self.parent, seed, todos)

    def copies(self, *more: dict[str, Any]) -> dict[str, Any]:
        """A notebook of the solution's cells, and of more."""
        return {"cells": [*(dict(cell) for cell in self.cells), *more]}

    def cells_of(self, todo: str, source: str) -> list[dict[str, Any]]:
        """The variant's cell, after one that takes the solution away: nothing of it may stand in for the variant."""
        solution = next(cell["source"] for cell in self.cells if grade_id(cell) == todo)
        return [code_cell(f"del {', '.join(sorted(_names(solution)))}"), code_cell(source, todo)]

    def cells_with(self, variants: dict[str, str], first: str) -> list[dict[str, Any]]:
        """The notebook's cells from TODO `first` on, with variants in place; what a variant defines, no cell does."""
        roles = [grade_id(cell) for cell in self.cells]
        defined = {name for source in variants.values() for name in _names(source)}
        cells = []
        for role, cell in zip(roles[roles.index(first) :], self.cells[roles.index(first) :], strict=True):
            if role in variants:
                cells += self.cells_of(role, variants[role])
            elif is_todo(cell) and _names(cell["source"]) <= defined:
                cells.append(code_cell("", role))
            else:
                cells.append(dict(cell))
        return cells


def _names(source: str) -> set[str]:
    """The functions and classes that a source defines at its top level."""
    try:
        return {node.name for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    except SyntaxError:
        return set()


def _outcome(kind: str, kept: float, elsewhere: float, severity: str | None) -> str:
    if kind == "wheat" and kept < 1:
        return "false_alarm"
    if kind == "chaff" and kept == 1:
        return "missed"
    least, most = KEEPS.get(severity or "", (0.0, 1.0))
    if not least <= kept <= most:
        return "out_of_bounds"
    return "collateral" if elsewhere else "ok"


# --- many variants, on several processes


@cache
def solution_here(assignment: str) -> Solution:
    """In a pool's process: one warm parent and one run of the solution serve all that is judged there."""
    parent = Parent(assignment)
    Finalize(None, parent.close, exitpriority=1)  # when the pool ends
    return Solution(assignment, parent)


def _judge_here(variant: Variant, all_todos: bool, seed: int) -> Result:
    return solution_here(variant.assignment).judge(variant, all_todos, seed)


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that judge; spawned, since torch must not be forked after threads have started.

    Where this process is stopped or killed, they do not finish what they are at.
    """
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    with ends.out_of_earshot():  # multiprocessing's own tracker of semaphores
        processes = ProcessPoolExecutor(jobs, context, ends.end_with_pool, (theirs,))
    with theirs, ours, processes:
        try:
            yield processes
        except BaseException:
            ours.close()
            raise


def judge_all(variants: list[Variant], jobs: int, all_todos: bool = False, seed: int = SEED) -> Generator[Result]:
    """Judge variants on `jobs` processes; results come in the order of the variants."""
    with pool(jobs) as processes:
        yield from in_order(processes, partial(_judge_here, all_todos=all_todos, seed=seed), variants)


def in_order(processes: ProcessPoolExecutor, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
    """What a pool's processes find; `map` would cancel what is left, over which a pool that ended stumbles."""
    with ends.out_of_earshot():  # asking starts them
        asked = [processes.submit(work, task) for task in tasks]
    for future in asked:
        yield future.result()


# --- what it all says


def rates(results: list[Result]) -> str:
    """How often right is called right and wrong wrong, how many variants spoilt another TODO, and how long one took."""
    passed = [result.full for result in results if result.kind == "wheat"]
    caught = [not result.full for result in results if result.kind == "chaff"]
    return "; ".join(
        [
            f"true-positive rate {_share(passed)} right variants with full marks",
            f"true-negative rate {_share(caught)} wrong variants that lost marks",
            *filter(None, (_kept(results, severity) for severity in KEEPS)),
            f"variants that cost another TODO: {sum(result.elsewhere_lost > 0 for result in results)}",
            f"median {median(result.seconds for result in results):.2f} s a variant",
        ]
    )


def _kept(results: list[Result], severity: str) -> str:
    kept = [result.kept for result in results if result.severity == severity]
    return f"{len(kept)} {severity} keep {median(kept):.0%} ({min(kept):.0%} to {max(kept):.0%})" if kept else ""


def _share(flags: list[bool]) -> str:
    return f"{sum(flags) / len(flags):.3f}: {sum(flags)} of {len(flags)}" if flags else "unknown: 0 of 0"


def matrix(results: list[Result]) -> Iterator[str]:
    """TODO by TODO which check kills which chaff, and the checks and chaffs that deserve a second look."""
    for assignment, todo in dict.fromkeys((result.assignment, result.todo) for result in results):
        here = [result for result in results if (result.assignment, result.todo) == (assignment, todo)]
        chaffs = [result for result in here if result.kind == "chaff"]
        checks = checks_of(assignment)
        names = [name.removeprefix("test_") for name, check in checks.items() if check.todo == todo]
        kills = {name: [chaff for chaff in chaffs if name in chaff.failed] for name in names}
        yield f"\n{todo}"
        for number, name in enumerate(names):
            alone = sum(chaff.failed == [name] for chaff in chaffs)
            idle = "  <- kills nothing" if not kills[name] else ""
            yield f"  {chr(65 + number)} kills {len(kills[name]):3d}, {alone:3d} of them alone: {name}{idle}"
        for chaff in chaffs:
            marks = "".join(chr(65 + n) if name in chaff.failed else "." for n, name in enumerate(names))
            by_one = "  by one check only" if len(chaff.failed) == 1 else ""
            yield f"    {marks}  {Path(chaff.file).stem}{by_one}"


def as_json(result: Result) -> str:
    return json.dumps(asdict(result) | {"kept": result.kept})


def line(result: Result) -> str:
    """One variant that is not ok, in a line."""
    place = f"{result.todo}/{Path(result.file).name}"
    return f"{result.verdict:13}  {result.points:g}/{result.max:g}  {result.severity or ''} {place}  {result.message}"
