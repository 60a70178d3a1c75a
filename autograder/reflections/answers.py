"""What a grader sees of one answer: the student's words as they may be shown, with plots, and what was printed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.cells import grade_id, is_check, is_reflection
from autograder.feedback.content import MOST_CHARS, PICTURES, Picture, headings, pictures
from autograder.feedback.formulas import laid_out
from autograder.feedback.pictures import scaled
from autograder.gradebook import filters
from autograder.gradebook.budget import Budget
from autograder.gradebook.mend import WORDS_ELSEWHERE, near
from autograder.sentences import Sentence

MOST_PICTURE = 400_000  # characters, above which one is scaled down
ELSEWHERE = WORDS_ELSEWHERE.partition("{")[0]


@dataclass(frozen=True)
class Shown:
    """One student's notebook, as far as an answer in it is concerned."""

    html: str  # of the answer, cleaned
    words: str
    pictures: list[Picture]  # those of the question's own section first
    printed: str


def read(path: Path) -> list[NotebookNode]:
    """The cells of a graded notebook.

    Raises:
        Sentence: it is not there as it was written; who reads that is told no name.
    """
    try:
        cells: list[NotebookNode] = nbformat.v4.reads(path.read_text("utf-8")).cells
    except (OSError, ValueError, AttributeError):  # the last is what nbformat says of other JSON
        raise gone(path) from None
    return cells


def gone(path: Path) -> Sentence:
    return Sentence(
        f"The graded notebook of this answer is not there, or damaged: run `course grade {path.stem}` again."
    )


@lru_cache(maxsize=16)
def shown(path: Path, written: float, question: str, release: Path) -> Shown:
    """An answer, its notebook as it was `written` at that time."""
    cells = read(path)
    place = next((n for n, cell in enumerate(cells) if grade_id(cell) == question), None)
    if place is None:
        raise gone(path)
    answer, told = cells[place], [cells[place]]
    if answer.source.startswith(ELSEWHERE) and release.is_file():
        models = {cell.id: cell for cell in read(release)}
        told += [cell for _, cell in near(cells, place, models)]
    sections = dict(zip(map(id, cells), headings(cells), strict=True))
    drawn = list(pictures(cells, sections))
    drawn.sort(key=lambda picture: picture.section.split(", ")[0] != sections[id(answer)].split(", ")[0])
    words = "\n\n".join(cell.source for cell in told)
    return Shown("".join(html(cell) for cell in told), words, drawn, printed(cells))


def html(cell: NotebookNode) -> str:
    """A cell of a student's, or a text of ours, laid out and made harmless."""
    resources = {"budget": Budget()}
    if cell.cell_type != "markdown":
        return filters.code({"resources": resources}, cell.source)
    return laid_out(filters.markdown({"resources": resources, "cell": cell}, cell.source))


def text_html(source: str) -> str:
    return html(nbformat.v4.new_markdown_cell(source))


def printed(cells: list[NotebookNode]) -> str:
    """All that the student's own cells printed or returned."""
    return "\n".join(text for cell in cells if cell.cell_type == "code" and not is_check(cell) for text in told(cell))


def told(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        data = output.get("data", {})
        if not data.keys() & {*PICTURES}:
            yield str(output.get("text") or data.get("text/plain", ""))[:MOST_CHARS]


def bytes_of(picture: Picture) -> tuple[str, bytes]:
    """Type and bytes of a picture, scaled down where it is large."""
    small = picture if len(picture.data) <= MOST_PICTURE else scaled(picture, MOST_PICTURE) or replace(picture, data="")
    try:
        return small.mime, base64.b64decode(small.data)
    except binascii.Error:
        return small.mime, b""


@lru_cache(maxsize=2)
def words_by_question(path: Path) -> dict[str, str]:
    """The texts of a graded notebook's answers, as they were written."""
    try:
        return {grade_id(cell): cell.source for cell in read(path) if is_reflection(cell)}
    except Sentence:
        return {}
