"""A reflection's rubric, as the assignment's text has it: criteria above the answer, for students and graders; in the
hidden part of the answer's cell, for graders, the model answer and what full, half and none look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.cells import Cell, grade_id, is_reflection, points_of
from autograder.sentences import NotBuilt

LEVELS = {"full": 1.0, "half": 0.5, "none": 0.0}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
ROW = re.compile(r"^\|.*\|[ \t]*$", re.M)
TABLE = re.compile(r"(?:^\|.*\|[ \t]*(?:\n|\Z))+", re.M)
RULE = re.compile(r"[|:\- ]+")
WHOLE = "the answer as a whole"  # the one criterion of a question that names none


class Item(NamedTuple):
    """A criterion, what it is worth, and what each level of it looks like; empty where the text does not say."""

    criterion: str
    points: float
    full: str = ""
    half: str = ""
    none: str = ""


class Rubric(NamedTuple):
    """All that a grader of one reflection goes by."""

    name: str
    most: float
    question: str
    items: list[Item]
    model: str

    def score(self, levels: Iterable[float | None]) -> float | None:
        """The sum of all items, at most what there is to have; None as long as one is not decided."""
        chosen = [level for level in levels if level is not None]
        if len(chosen) != len(self.items):
            return None
        return min(self.most, sum(item.points * level for item, level in zip(self.items, chosen, strict=True)))


def rows(table: str) -> list[list[str]]:
    """The cells of a table in markdown, its head first."""
    lines = [line for line in ROW.findall(table) if not RULE.fullmatch(line)]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]


def tables(source: str) -> Iterator[tuple[str, list[list[str]]]]:
    for found in TABLE.finditer(source):
        yield found[0], rows(found[0])


def criteria(question: str) -> tuple[int, list[tuple[str, float]]]:
    """Those of the last table with a column "points", and where it begins; none where there is no such table."""
    at, found = 0, list[tuple[str, float]]()
    for table, (head, *body) in tables(question):
        if "points" in head and len(head) == 2:
            worth = head.index("points")
            at, found = question.index(table), [(row[1 - worth], float(row[worth])) for row in body]
    return at, found


def levels(hidden: str) -> list[dict[str, str]]:
    """What full, half and none look like, a row a criterion; empty where no table says so."""
    for _, (head, *body) in tables(hidden):
        if head == [*LEVELS]:
            return [dict(zip(head, row, strict=False)) for row in body]
    return []


def without_levels(hidden: str) -> str:
    """The model answer alone, without what is said to graders."""
    for table, (head, *_) in tables(hidden):
        if head == [*LEVELS]:
            hidden = hidden.replace(table, "")
    return hidden.strip()


def hidden_part(source: str) -> str:
    return source.partition(BEGIN)[2].partition(END)[0].strip()


def rubric(question: NotebookNode | Cell | None, reflection: NotebookNode | Cell) -> Rubric:
    asked = question["source"] if question is not None and question["cell_type"] == "markdown" else ""
    hidden, most = hidden_part(reflection["source"]), points_of(reflection)
    described = levels(hidden)
    items = [
        Item(criterion, points, **(described[number] if number < len(described) else {}))
        for number, (criterion, points) in enumerate(criteria(asked)[1] or [(WHOLE, most)])
    ]
    return Rubric(grade_id(reflection), most, asked, items, without_levels(hidden))


def rubrics(assignment: str, root: Path) -> dict[str, Rubric]:
    """Those of all reflections, by their names, in the order of the text.

    Raises:
        NotBuilt: there is no source notebook.
    """
    path = root / "source" / assignment / f"{assignment}.ipynb"
    if not path.is_file():
        raise NotBuilt(f"source/{assignment}/{path.name} is missing, and holds the rubrics: run `course build` first.")
    cells = nbformat.read(path, as_version=4).cells
    pairs = zip([None, *cells], cells, strict=False)
    return {grade_id(cell): rubric(above, cell) for above, cell in pairs if is_reflection(cell)}


def problems(name: str, points: float, question: str, reflection: str) -> Iterator[tuple[int | None, str]]:
    """What in the words of one reflection does not fit together: a sentence, and before it the line of the question's
    text, counted from 0, or None for the reflection's cell."""
    at, found = criteria(question)
    if not found:
        return
    if (total := sum(worth for _, worth in found)) != points:
        yield question.count("\n", 0, at), f"{name} has {points:g} points, and this rubric {total:g}."
    described = levels(hidden_part(reflection))
    if len(described) != len(found):
        yield (
            None,
            f"{name} has {len(found)} criteria, and says of {len(described)} what they look like to a grader: write a "
            f"table | {' | '.join(LEVELS)} | into its hidden part, a row a criterion, in their order.",
        )
    for number, row in enumerate(described, 1):
        if [*row] != [*LEVELS] or not all(row.values()):
            yield None, f"{name}: row {number} of the table of full, half and none leaves one of them out."
