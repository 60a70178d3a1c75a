"""What a TODO is worth in this course: its checks are scaled, or with 0 points it is given and nobody judges it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.cells import is_check, name_of, points_of
from autograder.policy.settings import FILE, read
from autograder.sentences import Sentence
from autograder.verdict import CheckResult, TodoResult, Verdict, of_todos, todo_result

Weights = Mapping[str, float]  # by TODO; of the others the checks' own points count


def weights_of(assignment: str, root: Path) -> Weights:
    return read(root).weights.get(assignment, {})


def worth(points: Mapping[str, float], weights: Weights) -> dict[str, float]:
    """The points of each TODO.

    Raises:
        Sentence: a weight of a TODO that there is not.
    """
    require(weights, points, "weights")
    return {todo: weights.get(todo, most) for todo, most in points.items()}


def require(named: Iterable[str], todos: Iterable[str], where: str) -> None:
    there = list(todos)
    if strays := sorted(set(named) - set(there)):
        raise Sentence(f"{FILE}, {where}: there is no TODO {', '.join(strays)}. There are: {', '.join(there)}.")


def counted(points: Mapping[str, float], weights: Weights) -> dict[str, float]:
    """The same, without TODOs that students get solved."""
    return {todo: most for todo, most in worth(points, weights).items() if most}


def to_judge(notebook: NotebookNode, weights: Weights) -> list[str]:
    """The TODOs of a graded notebook; empty where nothing is given, as the judge then asks for all."""
    found = {name_of(cell, "check"): points_of(cell) for cell in notebook.cells if is_check(cell)}
    return [todo for todo, points in found.items() if points] if 0 in weights.values() else []


def weigh(verdict: Verdict, weights: Weights) -> Verdict:
    """The same verdict in this course's points."""
    if not weights:
        return verdict
    todos = {
        todo: scaled(found, weights[todo]) if todo in weights else found
        for todo, found in verdict["todos"].items()
        if weights.get(todo) != 0
    }
    return of_todos(verdict, todos)


def scaled(todo: TodoResult, points: float) -> TodoResult:
    factor = points / todo["max"] if todo["max"] else 0.0

    def times(check: CheckResult) -> CheckResult:
        return check | {"points": check["points"] * factor, "max": check["max"] * factor}

    made = todo_result([times(check) for check in todo["checks"]])
    whole = todo["points"] == todo["max"]
    return made | {"points": points if whole else todo["points"] * factor, "max": points}
