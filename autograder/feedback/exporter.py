"""What `nbgrader generate_feedback` writes pages with, in the place of its template."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode

from autograder.feedback.content import content
from autograder.feedback.page import html
from autograder.gradebook.files import read_verdict
from autograder.gradebook.private import ClosedPages
from autograder.verdict import Verdict, verdict_of


class FeedbackPages(ClosedPages):
    """A page for each notebook, whose cells have the marks that nbgrader's GetGrades puts there."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **_: Any) -> Any:
        nb, resources = Exporter.from_notebook_node(self, nb, resources)
        about, converter = resources["nbgrader"], cast(Any, self.parent)
        graded = Path(converter._format_source(about["assignment"], about["student"]))
        return html(content(nb, verdict_in(graded, about["assignment"]), about)), resources


def verdict_in(graded: Path, assignment: str) -> Verdict:
    """The verdict beside a graded notebook; an empty one where somebody took it away."""
    return read_verdict(graded / "verdict.json") or verdict_of(assignment, {})
