"""The shapes that judging turns on: a check, and the verdict that the checks of an assignment make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, NotRequired

from typing_extensions import TypedDict  # before 3.12 typing's own does not tell pydantic which class it extends

from course_config import SEED

KEEPS = {"fatal": (0.0, 0.45), "major": (0.0, 0.7), "minor": (0.75, 1.0)}  # of a TODO's points, by a mistake's severity
WITHHELD = "This counts for a result that is right"  # begins the sentence of a check that another one failed with
Part = Literal["whole", "facet", "form", "device"]  # of a TODO: see checks/__init__.py


class Check(NamedTuple):
    """One hidden check: the TODO that it belongs to, what it is worth, which part of it, and the pytest function."""

    todo: str
    points: float
    part: Part
    function: Callable[..., None]


class CheckResult(TypedDict):
    """What became of one check; the message is a sentence for the student, empty where there is nothing to say."""

    name: str
    passed: bool
    points: float
    max: float
    message: str


class TodoResult(TypedDict):
    points: float
    max: float
    checks: list[CheckResult]


class Verdict(TypedDict):
    """A submission's marks, as they stand in verdict.json."""

    assignment: str
    points: float
    max: float
    seed: int
    isolation: str  # which walls stood around the student's code
    seconds: float
    spent: dict[str, float]  # seconds of them, by what for: start, cells, questions, forks, checks (the judge's own)
    mended: list[str]  # sentences about the file
    notes: list[str]  # sentences about the run
    todos: dict[str, TodoResult]
    fingerprint: NotRequired[str]  # of all that the verdict hangs on, where it is settled
    course: NotRequired[str]  # which version of the course made it, in words


class Graded(TypedDict):
    """One submission of a class: whose, its verdict, and why it was not judged again, where it was not; else the
    verdict before that."""

    student: str
    verdict: Verdict
    skipped: str
    before: NotRequired[Verdict | None]


def todo_result(checks: list[CheckResult]) -> TodoResult:
    return {
        "points": sum(check["points"] for check in checks),
        "max": sum(check["max"] for check in checks),
        "checks": checks,
    }


def verdict_of(
    assignment: str,
    todos: dict[str, TodoResult],
    seed: int = SEED,
    isolation: str = "no code was run",
    spent: Mapping[str, float] | None = None,
    notes: list[str] | None = None,
) -> Verdict:
    spent = spent or {}
    return {
        "assignment": assignment,
        "points": sum(todo["points"] for todo in todos.values()),
        "max": sum(todo["max"] for todo in todos.values()),
        "seed": seed,
        "isolation": isolation,
        "seconds": round(sum(spent.values()), 2),
        "spent": {what: round(seconds, 3) for what, seconds in spent.items()},
        "mended": [],
        "notes": notes or [],
        "todos": todos,
    }


def of_todos(verdict: Verdict, todos: dict[str, TodoResult]) -> Verdict:
    """The same, of these TODOs and with their points."""
    points, most = (sum(todo[part] for todo in todos.values()) for part in ("points", "max"))
    return verdict | {"todos": todos, "points": points, "max": most}


def refused(assignment: str, most: Mapping[str, float], sentence: str) -> Verdict:
    """0 points in every TODO, with the sentence that says why; `most` are the points there were to have."""
    failed = {
        todo: CheckResult(name="graded", passed=False, points=0, max=points, message=sentence)
        for todo, points in most.items()
    }
    verdict = verdict_of(assignment, {todo: todo_result([check]) for todo, check in failed.items()})
    return verdict | {"mended": [sentence]}
