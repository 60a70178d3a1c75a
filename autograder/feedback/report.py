"""What an instructor wants to know of a graded class: one page, from the verdicts and the gradebook."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from autograder.cells import grade_id, is_reflection, is_todo
from autograder.feedback import similarity
from autograder.feedback.alone import released, solution
from autograder.feedback.content import Finding, findings
from autograder.feedback.grades import Grades
from autograder.feedback.similarity import Alike
from autograder.judge.conversation import OPEN
from autograder.policy.charge import Charge
from autograder.sentences import NotBuilt
from autograder.verdict import TodoResult, Verdict

NAMES = re.compile(r"[\w, ]+\.")  # of cells
REFUSED = "graded"  # the one check of a submission that could not be read
MOST_MISTAKES = 15
UNNAMED = "a version that named itself in no verdict"


class Mistake(NamedTuple):
    """What one sentence names, whoever made it; where none names a cause, what one check found."""

    todo: str
    told: str  # a cause, in words that are the same for everybody; else what the first of the students was told
    check: str  # its name; empty where a cause is named
    students: Sequence[str] = ()
    lost: float = 0.0  # points, by all of them

    def by(self, student: str, lost: float) -> Mistake:
        return self._replace(students=(*self.students, student), lost=self.lost + lost)


class Success(NamedTuple):
    """How a class did at one TODO."""

    todo: str
    most: float
    mean: float
    full: int
    none: int
    lost: float  # by all


@dataclass(frozen=True)
class Report:
    """A class, by student."""

    assignment: str
    verdicts: Mapping[str, Verdict]
    grades: Mapping[str, Grades]
    pages: Mapping[str, Path]  # of students, where they are written
    missing: list[str]  # handed in, not graded
    changed: dict[str, list[str]]  # since a student's page was written: what, from and to
    charges: list[Charge]  # what everybody has, and what being late costs
    alike: list[Alike]
    too_short: list[str]  # to be compared

    @property
    def late(self) -> list[Charge]:
        return [one for one in self.charges if one.late]

    @property
    def counts(self) -> dict[str, float]:
        """What counts now, with what people gave and without what was taken off."""
        return {one.student: one.earned - one.penalty for one in self.charges}

    @property
    def points(self) -> list[float]:
        return [verdict["points"] for verdict in self.verdicts.values()]

    @property
    def most(self) -> float:
        return max((verdict["max"] for verdict in self.verdicts.values()), default=0.0)

    @property
    def middle(self) -> tuple[float, float]:
        return mean(self.points), median(self.points)

    @cached_property
    def success(self) -> list[Success]:
        by_todo = defaultdict(list)
        for verdict in self.verdicts.values():
            for name, todo in verdict["todos"].items():
                by_todo[name].append((todo["points"], todo["max"]))
        return [success(name, marks) for name, marks in by_todo.items()]

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """All that somebody lost at a TODO goes to the cause that is named there, else to its most expensive check; the
        most expensive mistakes first. What was left open, or refused, is none."""
        found: dict[tuple[str, str], Mistake] = {}
        for student, verdict in sorted(self.verdicts.items()):
            for name, todo in verdict["todos"].items():
                if first := mistake_in(todo):
                    check = "" if first.cause else first.checks[0]
                    before = found.get((name, first.cause or check), Mistake(name, first.cause or first.asked, check))
                    found[name, first.cause or check] = before.by(student, todo["max"] - todo["points"])
        return sorted(found.values(), key=lambda one: -one.lost)[:MOST_MISTAKES]

    @property
    def mended(self) -> list[tuple[str, list[str]]]:
        """Sentences about files, each with the students that it was said to."""
        said: dict[str, list[str]] = defaultdict(list)
        for student, verdict in self.verdicts.items():
            for sentence in (*verdict["mended"], *verdict["notes"]):
                head, _, rest = sentence.partition(": ")
                said[head if NAMES.fullmatch(rest) else sentence].append(student)
        return sorted(said.items(), key=lambda item: -len(item[1]))

    @property
    def waiting(self) -> dict[str, list[str]]:
        """Who has an answer that a person has yet to read, and which."""
        found = {who: [name for name, cell in of.cells.items() if cell.waits] for who, of in self.grades.items()}
        return {who: names for who, names in found.items() if names}

    @property
    def walls(self) -> Counter[str]:
        return Counter(verdict["isolation"] for verdict in self.verdicts.values())

    @property
    def versions(self) -> list[tuple[str, list[str]]]:
        """Of the course, each with whose verdicts it made; the one of most first."""
        made: dict[str, list[str]] = defaultdict(list)
        for student, verdict in self.verdicts.items():
            made[verdict.get("course", UNNAMED)].append(student)
        return sorted(made.items(), key=lambda item: -len(item[1]))

    @property
    def seconds(self) -> tuple[float, float, dict[str, float]]:
        """Median and most of a submission, and what share of all went where."""
        each, spent = [verdict["seconds"] for verdict in self.verdicts.values()], Counter[str]()
        for verdict in self.verdicts.values():
            spent.update(verdict["spent"])
        total = sum(spent.values()) or 1.0
        return median(each), max(each), {what: taken / total for what, taken in spent.most_common()}


def success(name: str, marks: list[tuple[float, float]]) -> Success:
    most = max(most for _, most in marks)
    full, none = sum(got >= of for got, of in marks), sum(got <= 0 for got, _ in marks)
    return Success(name, most, mean(got for got, _ in marks), full, none, sum(of - got for got, of in marks))


def mistake_in(todo: TodoResult) -> Finding | None:
    """What went wrong in a TODO first of all; None where nothing did, or nothing was handed in."""
    found = findings(todo["checks"])
    if not found or OPEN.search(found[0].asked) or found[0].checks == [REFUSED]:
        return None
    return found[0]


# ---- who is like whom --------------------------------------------------------------------------------------


def alike(assignment: str, notebooks: Mapping[str, Path]) -> tuple[list[Alike], list[str]]:
    """Groups over all TODOs and reflections, and the TODOs that are too short to be compared."""
    try:
        models = {grade_id(cell): cell for cell in solution(assignment) if is_todo(cell) or is_reflection(cell)}
    except NotBuilt:
        return [], []
    stubs = {grade_id(cell): cell.source for cell in released(assignment).cells}
    answers: dict[str, dict[str, str]] = {name: {} for name in models}
    for student, path in notebooks.items():
        for name, source in sources(path):
            if name in answers and source.strip() != stubs.get(name, "").strip():
                answers[name][student] = source
    found, short = [], []
    for name, model in models.items():
        if not similarity.is_long_enough(model.source, code=is_todo(model)):
            short.append(name)
            continue
        given = (stubs.get(name, ""), model.source)
        found += similarity.groups(name, answers[name], given, code=is_todo(model))
    return found, short


def sources(path: Path) -> Iterator[tuple[str, str]]:
    """Ids and texts of a graded notebook's cells; it was written by us, so it is read as plain JSON, which is quick."""
    cells: Iterable[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    for cell in cells:
        source = cell["source"]
        yield grade_id(cell), source if isinstance(source, str) else "".join(source)
