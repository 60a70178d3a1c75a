"""Shows the bank to the notebook's own visible checks: what does a student see who wrote this variant?

    python -m autograder.tests.visible --todo add_noise            # on the CPU
    python -m autograder.tests.visible --todo add_noise --gpu      # on the simulated GPU

A process of its own runs the notebook of source/*.py, solutions included, cell by cell. Where it comes to a TODO, each
variant is run in a fork in the solution's place, and the cells up to the TODO's check after it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import linecache
import os
import resource
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import Pipe, get_context, set_start_method
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from autograder.authoring.expand import shared_cells, whole
from autograder.authoring.text import to_notebook
from autograder.cells import is_check, is_todo, name_of, run_as
from autograder.judge.run import public_files
from autograder.variants import BANK, TODOS, Variant, find
from course_config import ROOT

CPU_SECONDS, PATIENCE = 10, 120  # that one variant and its check may take: of the processor, and in all
SOLUTION = "the solution"


@dataclass(frozen=True)
class Look:
    """What a student saw: the sentence of the check that refused, or of the cell that failed before it."""

    todo: str
    file: str  # of the variant, or SOLUTION
    refused: bool
    sentence: str
    seconds: float  # of the processor, for the check cell

    @property
    def kind(self) -> str:
        return "wheat" if self.file == SOLUTION else Path(self.file).name.split("_")[0]

    def __str__(self) -> str:
        verdict = "refused" if self.refused else "passed "
        remark = "  <- not as marked" if self.refused == (self.kind == "wheat") else ""
        return f"{verdict} {self.seconds:5.2f} s  {self.todo}/{Path(self.file).name}{remark}  {self.sentence}"


def looks(assignment: str, variants: Iterable[Variant], gpu: bool = False) -> Iterator[Look]:
    """What each variant shows to its TODO's visible check, and the solution to each TODO's, in the notebook's order."""
    ours, theirs = Pipe(duplex=False)
    notebook = get_context("spawn").Process(target=_run_notebook, args=(assignment, list(variants), gpu, theirs))
    notebook.start()
    theirs.close()
    try:
        with contextlib.suppress(EOFError):
            while True:
                yield ours.recv()
        notebook.join()
        assert notebook.exitcode == 0, "the notebook's own cells failed"
    finally:
        ours.close()
        notebook.terminate()
        notebook.join()


def _run_notebook(assignment: str, variants: list[Variant], gpu: bool, results: Connection) -> None:
    import matplotlib
    import torch

    from autograder.student.devices import SimulatedGPU

    set_start_method("fork", force=True)  # semaphores that are made in a fork would be missed at the end
    matplotlib.use("agg")
    torch.set_num_threads(1)
    if gpu:
        SimulatedGPU().__enter__()
    cells, namespace = _code_cells(assignment), {"__name__": "__main__"}
    checks = {name_of(cell, "check"): n for n, cell in enumerate(cells) if is_check(cell)}
    last = max(checks.values())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, path in public_files(assignment).items():
            os.symlink(path, name)
        for n, cell in enumerate(cells[: last + 1]):
            todo = run_as(cell)
            if is_todo(cell):
                rest = [each.source for each in cells[n + 1 : checks[todo] + 1]]
                results.send(_look(todo, SOLUTION, [cell.source, *rest], namespace))
                for variant in variants:
                    if variant.todo == todo:
                        source = variant.path.read_text(encoding="utf-8", errors="replace")
                        results.send(_look(todo, variant.file, [source, *rest], namespace))
            if todo != "kept":  # a long run
                with contextlib.redirect_stdout(io.StringIO()):
                    _execute(cell.source, namespace)
        os.chdir(ROOT)


def _code_cells(assignment: str) -> list[Any]:
    """Of the text, so that a check may be tried before anything is built."""
    text = (ROOT / "source" / f"{assignment}.py").read_text(encoding="utf-8")
    return [cell for cell in to_notebook(whole(text, shared_cells(ROOT)), {}).cells if cell.cell_type == "code"]


def _execute(source: str, namespace: dict[str, Any]) -> None:
    name = f"<cell {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def _look(todo: str, file: str, sources: list[str], namespace: dict[str, Any]) -> Look:
    """Run these cells in a fork; the last one is the check."""
    ours, theirs = Pipe(duplex=False)
    gc.freeze()  # or a variant that collects garbage walks all that the notebook and this harness imported
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                theirs.send(seen(sources, namespace))
        finally:
            os._exit(0)  # never back into the notebook
    theirs.close()
    answer = None
    with contextlib.suppress(EOFError):
        answer = ours.recv() if ours.poll(PATIENCE) else None
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    died = "(the cell never ends)" if status < 0 else "(the kernel died)"
    sentence, seconds = answer or (died, float(CPU_SECONDS))
    return Look(todo, file, bool(sentence), sentence, seconds)


def seen(sources: list[str], namespace: dict[str, Any]) -> tuple[str, float]:
    """The sentence that the student reads, none where the check passes; and the processor's seconds for the check."""
    start = time.process_time()
    try:
        for source in sources:
            start = time.process_time()
            _execute(source, namespace)
    except BaseException as error:
        shown = str(error) if type(error).__name__ == "CheckFailed" else f"{type(error).__name__}: {error}"
        return shown, time.process_time() - start
    return "", time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--todo", action="append", help="only this one; may be repeated")
    parser.add_argument("--gpu", action="store_true", help="on the simulated GPU")
    parser.add_argument("--bank", type=Path, default=BANK, help="another folder of variants")
    options = parser.parse_args()
    variants = find(options.bank, options.todo or [])
    for assignment in dict.fromkeys(assignment for assignment, _ in TODOS):
        here = [variant for variant in variants if variant.assignment == assignment]
        asked = {variant.todo for variant in here}
        found = [look for look in looks(assignment, here, options.gpu) if look.todo in asked] if here else []
        for look in found:
            print(look)
        for kind in ("wheat", "chaff") if here else ():
            refused = [look.refused for look in found if look.kind == kind]
            print(f"{assignment}: {sum(refused)} of {len(refused)} {kind} refused")


if __name__ == "__main__":
    main()
