"""An assignment by a course's weights: its TODOs are worth other points, and one that is worth nothing is given."""

import re
from collections.abc import Mapping, Set
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.expand import shared_cells, whole
from autograder.authoring.lint import MARKERS, ROW, WORTH
from autograder.authoring.text import stamp, to_notebook
from autograder.cells import grade_id, is_reflection, is_todo, make_given
from autograder.gradebook.intake import points_by_todo
from autograder.policy.settings import read
from autograder.policy.weights import require, worth

GIVEN = "# Given: this TODO is no part of your assignment. Read it, and go on."
ONCE = "Notebooks handed out before are graded by today's points, and `course grade` judges the class again, once."


def weighed(assignment: str, text: str, nb: NotebookNode, root: Path) -> NotebookNode:
    """The source notebook as the course below `root` weighs it; `text` is edited, and `nb` the notebook of it.

    Raises:
        Sentence: the policy names a TODO that there is not.
    """
    policy, points = read(root), points_by_todo(nb)
    weights, extra = policy.weights.get(assignment, {}), policy.extra_credit.get(assignment, frozenset())
    require(extra, [*points, *(grade_id(cell) for cell in nb.cells if is_reflection(cell))], "extra_credit")
    new = worth(points, weights)
    if not weights and not extra:
        return nb
    told = whole(in_tables(text, new, extra), shared_cells(root))
    return give(to_notebook(told, new), {todo for todo, most in new.items() if not most}, told)


def in_tables(text: str, points: Mapping[str, float], extra: Set[str]) -> str:
    """The text, whose tables of TODOs say what each is worth."""

    def filled(row: re.Match[str]) -> str:
        if row[1] not in points:
            return row[0]
        told = f"{points[row[1]]:g}" if points[row[1]] else "given"
        return row[0].removesuffix(f"{row[2]} |") + (f"{told} extra |" if row[1] in extra else f"{told} |")

    def worth_now(row: re.Match[str]) -> str:
        return f"{row[1]}{points.get(row[2], float(row[3])):g},"

    return WORTH.sub(worth_now, ROW.sub(filled, text))


def give(nb: NotebookNode, todos: Set[str], text: str) -> NotebookNode:
    """The notebook in which some TODOs are solved, without their hints."""
    nb.cells = [solved(cell) if is_todo(cell) and grade_id(cell) in todos else cell for cell in nb.cells]
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("hint") not in todos]
    return stamp(nb, text)


def solved(cell: NotebookNode) -> NotebookNode:
    lines = [line for line in cell.source.split("\n") if line.strip() not in MARKERS]
    cell.source = "\n".join([GIVEN, *lines])
    make_given(cell)
    return cell


def moved(assignment: str, before: NotebookNode, after: NotebookNode) -> list[str]:
    """What is worth something else than in a release that may be out, in a sentence."""
    then, now = points_by_todo(before), points_by_todo(after)

    def said(points: Mapping[str, float], todo: str) -> str:
        return f"{points[todo]:g} points" if todo in points else "given"

    changed = [todo for todo in then | now if then.get(todo) != now.get(todo)]
    words = "; ".join(f"{todo} was {said(then, todo)} and is {said(now, todo)}" for todo in changed)
    return [f"{assignment}: {words}. {ONCE}"] if changed else []
