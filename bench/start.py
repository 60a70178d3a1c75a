"""From the release folder alone to the first passed TODO, in fresh environments.

    python bench/start.py [ASSIGNMENT] [PYTHON ...]

Each row: a new venv, JupyterLab, the folder's requirements.txt, then its notebook by nbconvert as far as the first
check, with the stub and with the solution in its place. What a row holds at its least is held by pip's constraints.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.cells import grade_id, is_check, is_todo
from course_config import ASSIGNMENTS, ROOT

# Python, and what is held: the oldest row is the least of all that the notebooks' NEEDS name.
ROWS = {
    "3.10": ("numpy==1.26.*", "matplotlib==3.8.*", "torch==2.6.*", "torchvision==0.21.*"),
    "3.11": ("numpy==2.*",),
    "3.12": ("numpy==1.26.*",),
    "3.13": ("numpy==2.*",),
}
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER")  # settings that would lead out of a venv


def interpreter(version: str) -> str | None:
    """The Python of this version below pyenv's folder, whose names on the path may lead nowhere, or on the path."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(kept[-1]) if kept else shutil.which(f"python{version}")


def run(*command: str | Path, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} stopped:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def as_far_as_the_first_check(nb: NotebookNode) -> NotebookNode:
    first = next(n for n, cell in enumerate(nb.cells) if is_check(cell))
    nb.cells = nb.cells[: first + 1]
    return nb


def executed(nb: NotebookNode, python: Path, folder: Path) -> str:
    """What the cells said, errors included; other errors than an open TODO's are for the caller to see."""
    nbformat.write(nb, folder / "tried.ipynb")
    run(python, "-m", "jupyter", "nbconvert", "--execute", "--allow-errors", "--inplace", "tried.ipynb", folder=folder)
    outputs = [out for cell in nbformat.read(folder / "tried.ipynb", 4).cells for out in cell.get("outputs", ())]
    return "\n".join(f"{out.get('text', '')}{out.get('ename', '')} {out.get('evalue', '')}" for out in outputs)


def first_check(assignment: str, python: Path, folder: Path) -> str:
    """Passes with the first TODO's solution, and not with its stub; else what the notebook said."""
    nb = as_far_as_the_first_check(nbformat.read(folder / f"{assignment}.ipynb", 4))
    todo = next(cell for cell in nb.cells if is_todo(cell))
    before = executed(nb, python, folder)
    source = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", 4)
    todo.source = next(cell.source for cell in source.cells if grade_id(cell) == grade_id(todo))
    after = executed(nb, python, folder)
    if "still open" in before and "✓" not in before and "✓" in after and "Error" not in after:
        return "open, then passed"
    return f"NOT AS IT SHOULD BE: {before} / {after}"


def row(assignment: str, version: str, python: str, scratch: Path) -> str:
    """One environment, made and tried."""
    folder, venv = scratch / assignment, scratch / "venv"
    shutil.copytree(ROOT / "release" / assignment, folder)
    (scratch / "held.txt").write_text("\n".join(ROWS[version]))
    inside, started = venv / "bin" / "python", time.monotonic()
    pip = (inside, "-m", "pip", "install", "--quiet", "-c", scratch / "held.txt")
    run(python, "-m", "venv", venv, folder=scratch)
    run(*pip, "jupyterlab", folder=folder)
    alone = megabytes(venv)
    run(*pip, "-r", "requirements.txt", folder=folder)
    seconds, more = time.monotonic() - started, megabytes(venv) - alone
    versions = run(inside, "-c", "import sys, numpy; print(sys.version.split()[0], numpy.__version__)", folder=folder)
    result = first_check(assignment, inside, folder)
    return f"| {' | '.join(versions.split())} | {alone:.0f} | {more:.0f} | {seconds:.0f} | {result} |"


def main(assignment: str = ASSIGNMENTS[0], *versions: str) -> None:
    print(f"{assignment}, release folder alone\n")
    print("| Python | NumPy | MB of JupyterLab | MB beside it | seconds to install | first check |")
    print("|---|---|---|---|---|---|", flush=True)
    for version in versions or ROWS:
        if python := interpreter(version):
            with tempfile.TemporaryDirectory(prefix="start-") as scratch:
                print(row(assignment, version, python, Path(scratch)), flush=True)
        else:
            print(f"| {version} | never run: there is no python{version} here | | | | |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
