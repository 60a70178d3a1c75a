"""nbgrader's step that records marks keeps people's, and asks for each again; ours asks where an answer has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades
from traitlets import Unicode

from autograder.cells import grade_id, is_reflection
from autograder.gradebook.mend import WORDS_ELSEWHERE

ELSEWHERE = WORDS_ELSEWHERE.partition("{")[0]


class KeepMarks(SaveAutoGrades):  # type: ignore[misc]  # nbgrader has no types
    """A mark needs no second look where the answer is, word for word, the one that it was given to."""

    before = Unicode(help="the notebook as it was graded before").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        self.answers_before = answers_in(Path(self.before))
        found: tuple[NotebookNode, Any] = super().preprocess(nb, resources)
        return found

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        name = grade_id(cell)
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        is_settled = grade.manual_score is not None and not grade.needs_manual_grade
        super()._add_score(cell, resources)
        if is_settled and self.answers_before.get(name) == cell.source:
            grade.needs_manual_grade = False
            self.gradebook.db.commit()


def answers_in(path: Path) -> dict[str, str]:
    """Answers in words by their names, but for those that stand in other cells; none where there is no notebook."""
    try:
        cells = nbformat.read(path, as_version=4).cells
    except (OSError, ValueError):
        return {}
    answers = {grade_id(cell): cell.source for cell in cells if is_reflection(cell)}
    return {name: words for name, words in answers.items() if not words.startswith(ELSEWHERE)}
