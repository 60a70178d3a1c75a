"""What stands on a student's page: a graded notebook and its verdict, in the order in which it is of use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograder.cells import grade_id, is_check, is_reflection, is_todo, marks, name_of, points_of
from autograder.gradebook.pages import counted, in_words
from autograder.reflections.tables import Chosen
from autograder.verdict import WITHHELD, CheckResult, TodoResult, Verdict
from course_config import TEXT_STUB

HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CAUSE = re.compile(r"(?<=[.?!:]) (?=It looks as if )")
INSTANCE = re.compile(r"(?<=[.?!]) (?=For [^.]*\d)")
MOST_CHARS = 10_000  # of a cell that is searched for headings
PICTURES = ("image/png", "image/jpeg")
LEFT_OPEN = "You left this one open."


@dataclass(frozen=True)
class Finding:
    """What one sentence of the judge says, and the checks that say it."""

    checks: list[str]
    lost: float
    asked: str  # what was asked and what came back
    cause: str  # the likely mistake; empty where none is known
    example: str  # the smallest input that shows it; empty where there is none

    @property
    def is_withheld(self) -> bool:
        """Nothing is wrong here, but for what other checks say: these points come back with theirs."""
        return self.asked == WITHHELD


@dataclass(frozen=True)
class Todo:
    """One TODO: its marks, what its checks say, and the student's code."""

    name: str
    section: str
    points: float
    most: float
    findings: list[Finding]
    passed: list[CheckResult]
    code: str
    task: NotebookNode | None  # what the notebook asks, where it stands before the code

    @property
    def lost(self) -> float:
        return self.most - self.points

    @property
    def first(self) -> str:
        """What to think of first: the likely mistake where one is named, else what a check found."""
        return next((finding.cause or finding.asked for finding in self.findings), "")


@dataclass(frozen=True)
class Reflection:
    """An answer in words, with what the notebook asks of it. Points are None where it waits for a grader."""

    name: str
    section: str
    points: float | None
    most: float
    question: NotebookNode | None
    answer: NotebookNode
    comment: str
    items: Sequence[Chosen]  # of the rubric, as the grader decided them; none where a mark was given as a whole
    model: str  # answer, for who learns alone and has written one

    @property
    def lost(self) -> float:
        return 0.0 if self.points is None else self.most - self.points

    @property
    def first(self) -> str:
        """What to think of first."""
        if not is_answered(self.answer):
            return LEFT_OPEN
        return "What a grader found stands there." if self.items or self.comment else ""


@dataclass(frozen=True)
class Picture:
    section: str
    mime: str
    data: str  # base64


@dataclass(frozen=True)
class Page:
    assignment: str
    student: str
    alone: bool  # no class, and no grader
    penalty: float  # for being late
    lateness: str  # why
    extra: frozenset[str]  # what counts on top, and is not part of what there was to get
    verdict: Verdict
    todos: list[Todo]
    reflections: list[Reflection]
    pictures: list[Picture]

    @property
    def parts(self) -> list[Todo | Reflection]:
        return [*self.todos, *([] if self.alone else self.reflections)]

    @property
    def points(self) -> float:
        return max(0.0, sum(part.points or 0.0 for part in self.parts) - self.penalty)

    @property
    def most(self) -> float:
        return sum(part.most for part in self.parts if part.name not in self.extra)

    @property
    def waiting(self) -> float:
        """Points that a grader has yet to give."""
        return sum(part.most for part in self.parts if part.points is None)

    @property
    def next(self) -> list[Todo | Reflection]:
        """What to do next, by points to gain; of equal ones the earlier, on which later ones build."""
        return sorted((part for part in self.parts if part.lost > 1e-9), key=lambda part: -part.lost)

    @property
    def notes(self) -> list[str]:
        return [*self.verdict["mended"], *self.verdict["notes"]]


def content(nb: NotebookNode, verdict: Verdict, about: Mapping[str, Any]) -> Page:
    """`about` says student, assignment, late_penalty and why (lateness), and what is extra_credit; cells have their
    marks (grades.py). For who learns alone it has models, answers by the names of reflections, and nobody grades those.
    """
    sections = dict(zip(map(id, nb.cells), headings(nb.cells), strict=True))
    above = dict(zip(map(id, nb.cells), [None, *nb.cells], strict=False))
    code = {grade_id(cell): cell for cell in nb.cells if is_todo(cell)}
    todos, reflections = [], []
    for cell in nb.cells:
        if is_check(cell) and points_of(cell):
            name = name_of(cell, "check")
            asked = verdict["todos"].get(name, TodoResult(points=0, max=points_of(cell), checks=[]))
            written = code.get(name, cell)
            source, task = (written.source, words_of(above[id(written)])) if name in code else ("", None)
            todos.append(todo(name, sections[id(written)], asked, cell, source, task))
        elif is_reflection(cell):
            reflections.append(reflection(cell, sections[id(cell)], above[id(cell)], about.get("models")))
    plots = list(pictures(nb.cells, sections))
    names = about["assignment"], about["student"]
    late = about["late_penalty"], about.get("lateness", "")
    extra = frozenset(about.get("extra_credit", ()))
    return Page(*names, "models" in about, *late, extra, verdict, todos, reflections, plots)


def headings(cells: Iterable[NotebookNode]) -> Iterator[str]:
    """For each cell the headings that it stands under, from the second level on: the first is the notebook's title."""
    above: dict[int, str] = {}
    for cell in cells:
        if cell.cell_type == "markdown" and not is_reflection(cell):
            for hashes, words in headings_in(cell):
                above = {level: said for level, said in above.items() if level < len(hashes)}
                above[len(hashes)] = words.replace("`", "")
        yield ", ".join(said for level, said in above.items() if level > 1)


def headings_in(cell: NotebookNode) -> list[tuple[str, str]]:
    """Hashes and words of each."""
    return HEADING.findall(FENCED.sub("", cell.source[:MOST_CHARS]))


def has_heading(cell: NotebookNode) -> bool:
    return bool(headings_in(cell))


def words_of(cell: NotebookNode | None) -> NotebookNode | None:
    return cell if cell is not None and cell.cell_type == "markdown" else None


def todo(name: str, section: str, asked: TodoResult, cell: NotebookNode, code: str, task: NotebookNode | None) -> Todo:
    """Its points are the gradebook's: a person may have given others than the judge."""
    most, passed = points_of(cell), [check for check in asked["checks"] if check["passed"]]
    points = marks(cell).get("score", counted(asked, most))
    return Todo(name, section, points, most, findings(asked["checks"]), passed, code, task)


def findings(checks: Iterable[CheckResult]) -> list[Finding]:
    """One for each sentence: first those that name a cause, last what only hangs on the others; by what they cost."""
    by_sentence: dict[str, list[CheckResult]] = {}
    for check in checks:
        if not check["passed"]:
            sentence = check["message"]
            by_sentence.setdefault(WITHHELD if sentence.startswith(WITHHELD) else sentence, []).append(check)
    found = [finding(sentence, failed) for sentence, failed in by_sentence.items()]
    return sorted(found, key=lambda one: (one.is_withheld, not one.cause, -one.lost))


def finding(sentence: str, checks: list[CheckResult]) -> Finding:
    """A sentence of the judge in its parts (docs/words.md): statement, cause, example."""
    asked, *rest = CAUSE.split(sentence, maxsplit=1)
    cause, *example = INSTANCE.split(rest[0], maxsplit=1) if rest else [""]
    lost = sum(check["max"] - check["points"] for check in checks)
    return Finding([in_words(check["name"]) for check in checks], lost, asked, cause, "".join(example))


def reflection(
    cell: NotebookNode, section: str, before: NotebookNode | None, models: Mapping[str, str] | None
) -> Reflection:
    found, name = marks(cell), grade_id(cell)
    points = None if found.get("waits") or models is not None else found.get("score", 0.0)
    model = (models or {}).get(name, "") if is_answered(cell) else ""
    said = found.get("comment", ""), found.get("items", ())
    return Reflection(name, section, points, points_of(cell), words_of(before), cell, *said, model)


def is_answered(cell: NotebookNode) -> bool:
    return cell.source.strip() not in ("", TEXT_STUB)


def pictures(cells: Iterable[NotebookNode], sections: Mapping[int, str]) -> Iterator[Picture]:
    """What the student's own cells drew."""
    for cell in cells:
        if cell.cell_type != "code" or is_check(cell):
            continue
        for output in cell.outputs:
            for mime in PICTURES:
                if isinstance(data := output.get("data", {}).get(mime), str):
                    yield Picture(sections[id(cell)], mime, data)
                    break
