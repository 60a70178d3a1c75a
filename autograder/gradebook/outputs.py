"""What cells showed, made harmless: the last step before a graded notebook is written, when it is known what stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode

from autograder.gradebook import harmless
from autograder.gradebook.budget import Budget
from autograder.gradebook.read import HTML, LOST, PICTURES, SVG, WAITING, shorten

TOO_MUCH = "Outputs that hold too much HTML for a page are shown as plain text."


def clean_outputs(cells: Iterable[NotebookNode]) -> list[str]:
    """Clean the HTML that waits in these cells, all within one budget; what is to be said of it."""
    budget = Budget()
    outputs = [output for cell in cells for output in cell.get("outputs", ()) if "data" in output]
    cleaned = [clean(output["data"], budget) for output in outputs]
    return [] if all(cleaned) else [TOO_MUCH]


def clean(data: dict[str, Any], budget: Budget) -> bool:
    """Put cleaned HTML, or a drawing, in the place of what waits. False where that was too much, and stands there as
    plain text."""
    html, svg = data.pop(WAITING, ""), data.pop(SVG, "")
    shown = within(budget, html) if html else ""
    if shown is None:
        data.setdefault("text/plain", shorten(html))
    elif svg and not shown and data.keys().isdisjoint(PICTURES):
        shown = harmless.drawing(svg)
    if shown:
        data[HTML] = shown
    if not data:
        data.update(LOST)
    return shown is not None


def within(budget: Budget, html: str) -> str | None:
    with budget.spending():
        return None if budget.is_spent else harmless.output(html)
