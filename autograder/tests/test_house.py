"""The house: who imports whom, where the name of an assignment may stand, and how long a file may be."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from autograder.student.instruments import all_named
from course_config import ASSIGNMENTS, ROOT

PLACES = ("*.py", "autograder/**/*.py", "bench/*.py", "docs/*.py", "solutions/**/*.py")
FILES = sorted(path.relative_to(ROOT) for place in PLACES for path in ROOT.glob(place))
OWN = [path for path in FILES if not {"bank", "attacks"} & set(path.parts)]  # those are written as people write them
CORE = [path for path in OWN if not {"bench", "docs", "solutions", "tests"} & set(path.parts)]
TREES = {path: ast.parse((ROOT / path).read_text("utf-8")) for path in OWN}


# ---- rooms and arrows -------------------------------------------------------------------------------------


def module(path: Path) -> str:
    """The name that a file is imported by."""
    return ".".join(path.with_suffix("").parts).removeprefix("solutions.").removesuffix(".__init__")


MODULES = {module(path) for path in OWN}


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, inside functions as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, "an import that does not name its file"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in inner)


ARROWS = {module(path): MODULES & set(imported(tree)) for path, tree in TREES.items()}


def lies_in(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def arrows_from(*rooms: str) -> list[tuple[str, str]]:
    return [(name, to) for name, targets in ARROWS.items() if lies_in(name, *rooms) for to in sorted(targets)]


def test_the_students_side_imports_the_wire_and_constants_alone():
    student, found = "autograder.student", arrows_from("autograder.student")
    assert found
    both = "autograder.wire", "autograder.processes", "course_config"
    assert [arrow for arrow in found if not lies_in(arrow[1], student, *both)] == []


def test_the_trusted_side_imports_nothing_of_the_students():
    found = arrows_from("autograder.judge", "autograder.checks")
    assert found
    assert [arrow for arrow in found if lies_in(arrow[1], "autograder.student")] == []


def test_what_both_sides_import_imports_nothing_of_ours():
    assert arrows_from("autograder.wire", "autograder.processes", "course_config") == []


def test_there_is_no_circle():
    TopologicalSorter(ARROWS).prepare()  # CycleError names the circle


def test_no_two_instruments_have_the_same_name():
    importlib.import_module("torch")  # or those that need it were left out
    names = [name for name, _ in all_named(ASSIGNMENTS)]
    assert len(names) == len(set(names))


# ---- names ------------------------------------------------------------------------------------------------


def words(tree: ast.AST) -> Iterator[str]:
    """The words of strings, but for docstrings."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    starts = [node.body[0] for node in ast.walk(tree) if isinstance(node, holders) and node.body]
    docstrings = {start.value for start in starts if isinstance(start, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield from re.findall(r"\w+", node.value)


def test_assignments_are_named_by_course_config_and_by_their_own_files_alone():
    for path in CORE:
        if path.name == "course_config.py":
            continue
        said = {*words(TREES[path]), *(part for name in imported(TREES[path]) for part in name.split("."))}
        others = set(ASSIGNMENTS) - {path.stem, *path.parent.parts}
        assert not said & others, path


def test_cells_alone_reads_nbgraders_metadata():
    cells, damage = Path("autograder/cells.py"), Path("autograder/classroom/damage.py")  # damaged there on purpose
    for path in set(CORE) - {cells, damage}:
        assert "grade_id" not in words(TREES[path]), path
        assert not re.search(r"metadata\W+(get\W+)?nbgrader", (ROOT / path).read_text("utf-8")), path


# ---- lengths ----------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_500_lines():
    lengths = {path: (ROOT / path).read_text("utf-8").count("\n") for path in OWN}
    assert {str(path): length for path, length in lengths.items() if length > 500} == {}
