"""The bundled class: submissions made by script from release/, and the marks that each must get.

Right answers come from source/<assignment>.py. Other ones stand in classroom/<assignment>.py, one cell each, as
`# %% otherwise="q_sample"` (right, written otherwise), `# %% wrong="q_sample"` (a fatal mistake),
`# %% nearly="q_sample"` (a minor one) or `# %% [raw] crash="q_sample"` (stands at the top of the right answer). An
assignment without that file has no class.
"""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.authoring.expand import with_numbers
from autograder.cells import grade_id, is_check
from autograder.classroom import damage
from autograder.reflections.rubric import without_levels
from autograder.sentences import Sentence
from autograder.verdict import KEEPS, Verdict
from course_config import ASSIGNMENTS, ROOT

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CHATTER = """import sys
import time
import warnings

from tqdm import tqdm


def chatter():
    print("I am here")
    print("something on stderr", file=sys.stderr)
    warnings.warn("this will be deprecated one day")
    for _ in tqdm(range(3)):
        time.sleep(0)


chatter()"""
LOUD_CHECK = "\nimport sys\nprint('my own line in a check cell', file=sys.stderr)"
TEXTS = Path(__file__).parent
CRASHING_CELLS = ["import os\nos._exit(1)", "def deeper():\n    return deeper()\n\n\ndeeper()", "while True:\n    pass"]


def no_class(assignment: str) -> str:
    """Why there is no class of this assignment; empty where there is one."""
    text = TEXTS / f"{assignment}.py"
    if text.is_file():
        return ""
    return f"There is no class of {assignment}: {text.relative_to(ROOT)} would hold its answers."


CLASSES = tuple(assignment for assignment in ASSIGNMENTS if not no_class(assignment))


@dataclass(frozen=True)
class Expected:
    """Every TODO that is not named keeps all its points, another what a mistake of its severity keeps.

    `says` stands on the student's page.
    """

    fatal: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    says: str = ""

    def problems(self, verdict: Verdict) -> list[str]:
        """What in a verdict is not as it should be, one sentence each."""
        found = []
        for name, todo in verdict["todos"].items():
            points, most = todo["points"], todo["max"]
            if not self.is_right(name, points / most):
                said = [check["message"] for check in todo["checks"] if not check["passed"]]
                found.append(f"{name} has {points:g} of {most:g} points: {said}")
        if missing := {*self.fatal, *self.minor, *self.zero} - set(verdict["todos"]):
            found.append(f"there is no TODO {missing}")
        if self.says not in " ".join(verdict["mended"]):
            found.append(f"it should say '{self.says}', and says {verdict['mended']}")
        return found

    def is_right(self, todo: str, kept: float) -> bool:
        for severity, todos in (("fatal", self.fatal), ("minor", self.minor)):
            if todo in todos:
                least, most = KEEPS[severity]
                return least <= kept <= most and kept < 1
        return kept == (todo not in self.zero)


class Desk:
    """What a student starts from: the released notebook, and where right and wrong answers are found."""

    def __init__(self, assignment: str, root: Path = ROOT) -> None:
        if sentence := no_class(assignment):
            raise Sentence(sentence)
        self.assignment = assignment
        self.release = released(assignment, root)
        self.foreign = next((released(name, root) for name in ASSIGNMENTS if name != assignment), None)
        text = root / "source" / f"{assignment}.py"
        self.solutions = cells_with("todo", text)
        hidden = cells_with("reflection", text)
        self.reflections = {name: without_levels(source) for name, source in hidden.items()}
        others = TEXTS / f"{assignment}.py"
        kinds = ("otherwise", "wrong", "nearly", "crash")
        self.otherwise, self.wrong, self.nearly, self.crashes = (cells_with(kind, others) for kind in kinds)
        self.todos = list(self.solutions)

    def notebook(self, answers: dict[str, str], lead: str = "", crashes: dict[str, str] | None = None) -> NotebookNode:
        """The release with answers in it; `lead` or a crash stands where an answer begins."""
        made = copy.deepcopy(self.release)
        for cell in made.cells:
            name = grade_id(cell)
            if name in answers:
                cell.source = replace_markers(answers[name], (crashes or {}).get(name, lead))
            if cell.metadata.get("rerun") is False:
                cell.outputs = [new_output("stream", text="what my own long run printed\n")]
        return made

    def answers(self, **changed: str) -> dict[str, str]:
        return self.solutions | self.reflections | changed


def released(assignment: str, root: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(root / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    return notebook


def as_bytes(notebook: NotebookNode) -> bytes:
    """As it is: nbformat would mend doubled ids, with random ones."""
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


def cells_with(option: str, path: Path) -> dict[str, str]:
    cells = jupytext.reads(with_numbers(path.read_text("utf-8")), fmt="py:percent").cells
    return {cell.metadata[option]: cell.source for cell in cells if option in cell.metadata}


def replace_markers(source: str, lead: str) -> str:
    """Without the markers of the solution; `lead` comes where it begins."""
    lines = [line.replace(BEGIN, lead) for line in source.split("\n") if END not in line]
    return "\n".join(line for line in lines if line.strip() or lead == "").replace("\n\n\n\n", "\n\n\n")


def own(notebook: NotebookNode, sources: list[str], at: int) -> NotebookNode:
    """Put cells of the student's own into a notebook."""
    notebook.cells[at:at] = [new_code_cell(source, id=f"mine-{n}") for n, source in enumerate(sources)]
    return notebook


def loud(desk: Desk) -> NotebookNode:
    """Right, with prints, warnings, progress bars and stderr in every function, in own cells and in checks."""
    notebook = own(desk.notebook(desk.answers(), lead="chatter()"), [CHATTER], at=1)
    for cell in notebook.cells:
        if is_check(cell):
            cell.source += LOUD_CHECK
            cell.outputs = [new_output("stream", name="stderr", text="100%|####|")]
    return notebook


def submissions(desk: Desk) -> dict[str, tuple[str, bytes, Expected]]:
    """Each student's file name, bytes and expected marks."""
    name, todos = f"{desk.assignment}.ipynb", desk.todos
    half = len(todos) // 2
    perfect = desk.notebook(desk.answers())
    done = {todo: desk.solutions[todo] for todo in todos[:half]}
    notebooks = {
        "perfect": (perfect, Expected()),
        "otherwise": (desk.notebook(desk.answers(**desk.otherwise)), Expected()),
        "half_done": (desk.notebook(done), Expected(zero=tuple(todos[half:]))),
        "untouched": (desk.notebook({}), Expected(zero=tuple(todos))),
        "wrong": (desk.notebook(desk.answers(**desk.wrong)), Expected(fatal=tuple(desk.wrong))),
        "nearly": (desk.notebook(desk.answers(**desk.nearly)), Expected(minor=tuple(desk.nearly))),
        "noisy": (loud(desk), Expected()),
        "crashing": (desk.notebook(desk.answers(), crashes=desk.crashes), Expected(zero=tuple(desk.crashes))),
        "crashing_cells": (own(copy.deepcopy(perfect), CRASHING_CELLS, at=len(perfect.cells)), Expected()),
    }
    made = {student: (name, as_bytes(nb), expected) for student, (nb, expected) in notebooks.items()}
    damaged = damage.encoding(as_bytes(damage.cells(copy.deepcopy(perfect), desk.release, todos)))
    made["damaged"] = (f"{desk.assignment} (1).ipynb", damaged, Expected(says="changed places"))
    if len(todos) > 1:  # else too little is left to tell whose notebook it was
        cut = damage.cut(as_bytes(perfect), todos[-1])
        made["damaged_cut"] = (name, cut, Expected(zero=(todos[-1],), says="damaged after"))
    made["damaged_empty"] = (name, b"", Expected(zero=tuple(todos), says="The file is empty."))
    if desk.foreign:
        foreign = Expected(zero=tuple(todos), says="Is it the right file?")
        made["damaged_foreign"] = (name, as_bytes(desk.foreign), foreign)
    return made


def make_classroom(assignment: str, submitted: Path, root: Path = ROOT) -> dict[str, Expected]:
    """Write the class's submissions of one assignment below `submitted`; return what each must get, by student."""
    expected = {}
    for student, (name, raw, marks) in submissions(Desk(assignment, root)).items():
        folder = submitted / student / assignment
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / name).write_bytes(raw)
        expected[student] = marks
    return expected
