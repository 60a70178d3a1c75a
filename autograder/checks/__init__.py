"""Hidden checks: a folder an assignment, a file a TODO, written in the words of words.py.

A check is a pytest function in the file of its TODO. It takes `student` (the judge's view of a student's process) and
`rng` (a NumPy generator seeded by the verdict's seed), and carries its points and the part of the TODO that it is:

    @points(5.5, "whole")
    def test_the_noisy_points_are_right(student, rng): ...

* "whole", once a TODO: what the TODO is for, all or nothing. At least 55 % of the points, given only where every facet
  is right as well, so that whatever gives another result than the equation keeps 45 % at most.
* "facet", where nothing is said: one thing that the equation asks for, so that half a right answer gets something.
* "form", 25 % at most together: a type, a list in the place of an array, a side effect. It costs nothing but itself.
* "device", 30 % where a TODO may meet a GPU: right on the CPU only.

Form and device say how a result comes, so they count where at least half of the facets' points are earned.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from types import ModuleType

from autograder.sentences import Sentence
from autograder.verdict import Check
from course_config import ROOT


def todos_of(assignment: str) -> tuple[str, ...]:
    """The TODOs of an assignment in the order of its text, which alone lists them."""
    return todos_in((ROOT / "source" / f"{assignment}.py").read_text("utf-8"))


def todos_in(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r'^# %% .*?\btodo="(\w+)"', text, re.M))


def modules_of(assignment: str) -> dict[str, ModuleType]:
    """The file of each TODO, in the order that the assignment's package gives."""
    package = importlib.import_module(f"autograder.checks.{assignment}")
    return {todo: importlib.import_module(f"{package.__name__}.{todo}") for todo in package.TODOS}


def require_todo(assignment: str, todo: str) -> None:
    """A sentence that names the TODOs there are, where this is none of them."""
    if todo not in (there := modules_of(assignment)):
        raise Sentence(f"There is no TODO '{todo}' in {assignment}. There are: {', '.join(there)}.")


def strays(assignment: str) -> list[str]:
    """The files that have checks, but no TODO in the text."""
    package = importlib.import_module(f"autograder.checks.{assignment}")
    others = {file.name for file in pkgutil.iter_modules(package.__path__)} - set(package.TODOS)
    modules = {name: importlib.import_module(f"{package.__name__}.{name}") for name in sorted(others)}
    return [
        name for name, module in modules.items() if any(hasattr(value, "points") for value in vars(module).values())
    ]


def checks_of(assignment: str) -> dict[str, Check]:
    """Every check of an assignment by its name, TODO by TODO, in the order of the files."""
    return {
        name: Check(todo, function.points, function.part, function)
        for todo, module in modules_of(assignment).items()
        for name, function in vars(module).items()
        if hasattr(function, "points")
    }


def points_of(assignment: str) -> dict[str, float]:
    """The automatic points of each TODO: the sum over its checks."""
    total: dict[str, float] = {}
    for check in checks_of(assignment).values():
        total[check.todo] = total.get(check.todo, 0.0) + check.points
    return total
