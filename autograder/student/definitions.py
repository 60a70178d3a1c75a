"""Which function is judged: all cells share one namespace, and each TODO counts as its own cell left it."""

from __future__ import annotations

import contextlib
import dis
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from autograder.student import modes
from course_config import STILL_OPEN

Names = dict[str, Any]


@dataclass
class Cell:
    """What a cell left behind. `todo` is its TODO's id; of a student's own cell only what can be called is kept."""

    kind: str  # "todo", "given" or "own"
    todo: str
    whole: bool  # it ran to its end, and holds no stub
    bound: Names
    classes: list[tuple[type, Names]]  # of those it defined, their attributes
    put_modes_back: Callable[[], None]

    def callables(self) -> Names:
        """Functions and classes; not the models that a cell made to try them."""
        return {name: value for name, value in self.bound.items() if callable(value) and not is_model(value)}


class Definitions:
    """What each cell defined, and how to put back what later cells made of it."""

    def __init__(self, namespace: Names) -> None:
        self.namespace = namespace
        self.cells: list[Cell] = []
        self.first_modes = modes.noted()

    def note(self, kind: str, todo: str, source: str, whole: bool) -> list[dict[str, str]]:
        """Take down what a cell left behind; returns the functions of earlier TODOs that it defines anew."""
        bound = {name: self.namespace[name] for name in names_bound(source) if name in self.namespace}
        cell = Cell(kind, todo, whole and not is_open(source), bound, self.attributes(bound), modes.noted())
        if kind == "own":
            cell.bound, cell.classes = cell.callables(), []
        elif kind == "todo":  # the same TODO's cell, run again: see variants.py
            self.cells = [other for other in self.cells if other.todo != todo]
        self.cells.append(cell)
        return list(self.defined_anew(bound, cell)) if kind == "own" else []

    def attributes(self, bound: Names) -> list[tuple[type, Names]]:
        """Of the classes that were defined here; not of those that were imported."""
        classes = [value for value in bound.values() if issubclass(type(value), type)]
        return [(found, dict(vars(found))) for found in classes if found.__module__ == self.namespace.get("__name__")]

    def defined_anew(self, bound: Names, cell: Cell) -> Iterator[dict[str, str]]:
        for before in (other for other in self.cells if other.kind == "todo"):
            for name in before.callables().keys() & bound.keys():
                if before.bound[name] is not bound[name] and (before.whole or name in cell.bound):
                    yield {"todo": before.todo, "name": name, "counts": "todo" if before.whole else "own"}

    def put_back(self, todo: str) -> None:
        """Before a TODO is checked: functions mean what their TODO's cell made of them, given names what theirs did.

        All that its own cell bound comes last: where two TODOs have a helper of one name, each meets its own.
        """
        names: Names = {}
        for number, cell in enumerate(self.cells):
            if cell.kind == "todo":
                names |= cell.callables() | self.standing_in(number)
        for cell in self.cells:
            if cell.kind == "given":
                names |= cell.bound
        put_modes_back = self.first_modes
        for number, cell in enumerate(self.cells):
            if cell.kind == "todo" and cell.todo == todo:
                names |= cell.bound | self.standing_in(number)
                put_modes_back = cell.put_modes_back
        self.namespace.update(names)
        for cell in self.cells:
            if cell.whole:
                for owner, attributes in cell.classes:
                    put_attributes_back(owner, attributes)
        put_modes_back()

    def standing_in(self, number: int) -> Names:
        """Where a TODO's cell failed or is still open: what own cells after it define in its place."""
        cell, later = self.cells[number], self.cells[number + 1 :]
        own = [] if cell.whole else [other.bound for other in later if other.kind == "own"]
        return {name: value for bound in own for name, value in bound.items() if name in cell.bound}


def is_model(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def names_bound(source: str) -> set[str]:
    """What the top level of a cell binds, by whatever statement; of one that is no Python, what seems to be meant."""
    code = compiled(source)
    if code is None:
        return set(re.findall(r"^(?:(?:def|class)\s+)?(\w+)\s*(?:[(:]|=[^=])", source, re.M))
    return {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_NAME", "STORE_GLOBAL")}


def is_open(source: str) -> bool:
    """Whether the stub can be reached: Python leaves out what stands behind a `return`."""
    code = compiled(source)
    return code is not None and any(i.opname == "LOAD_CONST" and i.argval == STILL_OPEN for i in instructions(code))


def instructions(code: CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from instructions(inner)


def compiled(source: str) -> CodeType | None:
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, "<cell>", "exec", dont_inherit=True)
    return None


def put_attributes_back(owner: type, attributes: Names) -> None:
    """Undo what was patched into a class."""
    with contextlib.suppress(AttributeError, TypeError):  # a class may refuse it
        for name in vars(owner).keys() - attributes.keys():
            delattr(owner, name)
        for name, value in attributes.items():
            if vars(owner).get(name) is not value:
                setattr(owner, name, value)
