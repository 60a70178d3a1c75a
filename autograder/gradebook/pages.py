"""What a verdict puts on a student's page: a line a check, the points, and what was mended."""

from __future__ import annotations

import html
import math

import nbformat
from nbformat import NotebookNode

from autograder.verdict import CheckResult, TodoResult

NOT_REACHED = "✗ Nothing was reported for this TODO."
STYLE = "white-space: pre-wrap; margin-left: 1.2em; text-indent: -1.2em; color: "
COLOR = {"✓": "#1a6b2f", "✗": "#a3231f"}


def outputs_of(todo: TodoResult, most: float) -> list[NotebookNode]:
    """What a check cell shows: a line a check, and the points, in the form that nbgrader takes marks from."""
    points = counted(todo, most)
    lines = [line_of(check) for check in todo["checks"]] or [NOT_REACHED]
    row = "<div style='{}'>{}</div>"
    page = "".join(row.format(STYLE + COLOR[line[0]], html.escape(line)) for line in lines)
    total = f"<b>{points:g} of {most:g} points</b>"
    shown = {"text/html": page, "text/plain": "\n".join(lines)}
    number = {"text/html": total, "text/plain": repr(points)}  # nbgrader reads the plain one
    return [
        nbformat.v4.new_output("display_data", shown),
        nbformat.v4.new_output("execute_result", number, execution_count=None),
    ]


def counted(todo: TodoResult, most: float) -> float:
    """What counts of a TODO's points: a number from 0 to `most`."""
    points = float(todo["points"])
    return min(max(points, 0.0), float(most)) if math.isfinite(points) else 0.0


def in_words(check: str) -> str:
    return check.removeprefix("test_").replace("_", " ")


def line_of(check: CheckResult) -> str:
    line = f"{'✓' if check['passed'] else '✗'} {in_words(check['name'])} ({check['points']:g} of {check['max']:g})"
    return f"{line}\n{check['message']}" if check.get("message") else line


def note_cell(sentences: list[str]) -> NotebookNode:
    """What was mended, at the top of the page; file names are the student's, so they are escaped."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    page = f"<b>About this submission</b><ul>{items}</ul>"
    cell: NotebookNode = nbformat.v4.new_markdown_cell(page, id="autograder-note")
    return cell
