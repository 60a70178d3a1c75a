"""What students may have once an assignment is over: its solution notebook, with all that is folded in it unfolded."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.build import bytes_of, load, write
from autograder.authoring.page import page
from autograder.cells import grade_id, is_check, is_reflection
from autograder.policy.settings import FILE, Policy, read
from autograder.reflections.rubric import without_levels
from autograder.sentences import NotBuilt, Sentence
from course_config import ROOT

TO_GRADERS = re.compile(r"\s*\*\(Grading:.*?\)\*", re.S)


def release(assignment: str, folder: Path, answers: bool = False, early: bool = False, root: Path = ROOT) -> Path:
    """Write the notebook into a folder, and the same as a page; model answers of the reflections, without what is said
    to graders, if asked.

    Raises:
        Sentence: somebody may still hand in, and it is not said that this is meant; or nothing is built.
    """
    places = [root / place / assignment / f"{assignment}.ipynb" for place in ("solutions", "release")]
    for path in places:
        if not path.exists():
            raise NotBuilt(f"{path.relative_to(root)} is missing: run `course build {assignment}` first.")
    if not early:
        require_ended(read(root), assignment)
    made = folder / f"{assignment}-solution.ipynb"
    if made.resolve().is_relative_to((root / "release").resolve()):
        raise Sentence("Name a folder outside release/: all that lies there is what students begin with.")
    solution, released = map(load, places)
    whole = explained(solution, released, answers)
    write(made, bytes_of(whole))
    write(made.with_suffix(".html"), page(whole).encode())
    return made


def require_ended(policy: Policy, assignment: str) -> None:
    """Stops while anybody's time may not be over."""
    if assignment not in policy.due:
        raise Sentence(
            f"{FILE} has no date under [due] for {assignment}, so everybody may still hand in: write one there, or say "
            "--early."
        )
    due = policy.moment(policy.due[assignment])
    longer = (policy.extended(assignment, student, due) for student in policy.extensions.get(assignment, {}))
    end = max(filter(None, [due, *longer]))
    if end > datetime.now(UTC):
        raise Sentence(
            f"{assignment} may be handed in until {policy.shown(end)}, extensions counted: wait, or say --early."
        )


def explained(solution: NotebookNode, released: NotebookNode, answers: bool) -> NotebookNode:
    """The solution, with checks as they were released, and with hints and explanations open."""
    as_released = {grade_id(cell): cell.source for cell in released.cells if is_check(cell) or is_reflection(cell)}
    for cell in solution.cells:
        if is_reflection(cell) and answers:
            cell.source = TO_GRADERS.sub("", without_levels(cell.source))
        elif is_check(cell) or is_reflection(cell):
            cell.source = as_released[grade_id(cell)]
        elif cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "<details open>")
        cell.metadata.pop("nbgrader", None)  # nobody should hand this in
    return solution
