"""A damaged submission becomes a notebook that can be graded, with a sentence for each kind of thing mended.

Nothing of a submitted file is trusted: it is read as plain JSON and built anew, cell by cell, on the released
notebook, so that whatever comes out is valid. What cannot be graded is refused with a sentence.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.cells import (
    grade_id,
    have_same_marks,
    id_in,
    is_check,
    is_reflection,
    is_restored,
    is_todo,
    marks,
    of_a_release,
)
from autograder.gradebook.noted import OF_CELL, OF_NOTEBOOK, noted
from autograder.gradebook.read import Cell, Notes, Refused, clean_cell, read_cells, read_json, read_text
from course_config import TEXT_STUB

NOTEBOOK_CHARS = 30 * 2**20  # of all outputs together
ELSEWHERE = "# The answer to this TODO stands in another cell."
WORDS_ELSEWHERE = "*Nothing was answered in this cell. These words near it may be the answer: {}.*"
REMARK, TEXT = 20, 60  # letters in the comments, or in one text, of code that may be an answer in words

MISSING = "Cells that were missing and were put back as handed out"
CHANGED = "Locked cells that had been changed; the originals were used"
SETTINGS = "Cells whose grading settings had been changed; the original ones were used"
EARLIER = "This notebook is from an earlier release; today's checks and points count"
TYPE = "Cells that had become another type of cell; they were changed back"
EMPTY = "Answer cells without any text; they were taken as handed out"
COPIES = "Cells found more than once; one of each was graded"
MOVED_ANSWER = "Answers that were found in another cell"
MOVED_WORDS = "Questions that seem to be answered in another cell near them; someone reads that and gives the points"
ORDER = "Some cells had changed places; the original order was restored"


def mend(raw: bytes | Path, release: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The submission as a valid notebook that holds every graded cell of the release once; what was mended.

    Raises Refused, and nothing else.
    """
    notes = Notes()
    data = read_json(read_text(raw, notes), notes)
    cells = read_cells(data)
    cells = place_cells(cells, release, notes)
    refuse_foreign(cells, release)
    cells = find_answers(cells, release, notes)
    made = nbformat.v4.new_notebook(metadata=copy.deepcopy(release.metadata))
    made.metadata.update(noted(data.get("metadata"), OF_NOTEBOOK))
    made.nbformat_minor = 5
    made.cells = arrange(cells, release, notes)
    find_words(made.cells, release, notes)
    drop_large_outputs(made.cells, notes)
    return made, notes.sentences()


# ---- find each released cell among them -------------------------------------------------------------------


def same(first: str, second: str) -> bool:
    """Equal apart from blanks and the line that nbgrader puts where an answer belongs."""
    first, second = ("".join(text.replace(TEXT_STUB, "").split()) for text in (first, second))
    return first == second


def defined(source: str) -> set[str]:
    return set(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", source, re.M))


def place_cells(cells: list[Cell], release: NotebookNode, notes: Notes) -> list[Cell]:
    """Give each cell its place in the release, by nbgrader's mark, by id or by text; one cell a place."""
    by_mark = {grade_id(model): place for place, model in enumerate(release.cells) if marks(model)}
    by_id = {model.id: place for place, model in enumerate(release.cells)}
    texts = {(model.cell_type, model.source): place for place, model in enumerate(release.cells)}
    by_text = {text: place for text, place in texts.items() if TEXT_STUB not in text[1]}
    names = [defined(model.source) for model in release.cells]
    claims = defaultdict(list)
    for cell in cells:
        lookups: tuple[tuple[dict[Any, int], object], ...] = (
            (by_mark, id_in(cell.metadata)),
            (by_id, cell.id),
            (by_text, (cell.kind, cell.source)),
        )
        known = [places[key] for places, key in lookups if isinstance(key, str | tuple) and key in places]
        fitting = [place for place in known if names[place] and names[place] <= defined(cell.source)]
        if known:  # of a mark and an id that contradict each other, the one that fits what the cell defines
            claims[(fitting or known)[0]].append(cell)
    surplus = set()
    for place, claimants in claims.items():
        surplus |= choose_cell(claimants, place, release.cells[place], notes)
    cells = [cell for cell in cells if cell not in surplus]
    place_reflections(cells, release)
    order = [cell.place for cell in cells if cell.place is not None and marks(release.cells[cell.place])]
    if order != sorted(order):
        notes[ORDER] = []
    return cells


def place_reflections(cells: list[Cell], release: NotebookNode) -> None:
    """An answer in words that lost its mark and its id is known by the question that it stands behind."""
    wanted = {place for place, model in enumerate(release.cells) if is_reflection(model)}
    wanted -= {cell.place for cell in cells}
    for question, answer in itertools.pairwise(cells):
        place = None if question.place is None else question.place + 1
        if place in wanted and answer.place is None and answer.kind == "markdown":
            answer.place = place


def choose_cell(claimants: list[Cell], place: int, model: NotebookNode, notes: Notes) -> set[Cell]:
    """Of several copies of a cell, the last one that was worked in; returns those that say nothing new."""

    def worked_in(cell: Cell) -> tuple[bool, bool, bool]:
        still_open = "raise NotImplementedError" in cell.source
        return defined(model.source) <= defined(cell.source), not same(cell.source, model.source), not still_open

    chosen = max(reversed(claimants), key=worked_in)
    chosen.place = place
    if len(claimants) > 1 and marks(model):
        notes[COPIES].append(grade_id(model))
    return {cell for cell in claimants if cell is not chosen and same(cell.source, model.source)}


def refuse_foreign(cells: list[Cell], release: NotebookNode) -> None:
    """A notebook in which no graded cell was found, and at most one answer, is another notebook."""
    places = [release.cells[cell.place] for cell in cells if cell.place is not None]
    todos = [model for model in release.cells if is_todo(model)]
    answered = [todo for todo in todos if any(defined(todo.source) & defined(cell.source) for cell in cells)]
    graded = [model for model in places if is_todo(model) or marks(model).get("grade")]
    if not graded and len(answered) < min(2, len(todos)):
        raise Refused("No cell of this assignment was found in the notebook. Is it the right file?")


def find_answers(cells: list[Cell], release: NotebookNode, notes: Notes) -> list[Cell]:
    """Answers outside their cell: one in a student's own cell takes the place, others stay where they are."""
    for place, model in enumerate(release.cells):
        own, names = next((cell for cell in cells if cell.place == place), None), defined(model.source)
        untouched = own is None or same(own.source, model.source)
        if not is_todo(model) or not names or own and not untouched and names <= defined(own.source):
            continue
        answers = [cell for cell in cells if cell.place is None or is_todo(release.cells[cell.place])]
        answers = [cell for cell in answers if names <= defined(cell.source) and cell is not own]
        if not answers:
            continue
        notes[MOVED_ANSWER].append(grade_id(model))
        if own:
            own.place = None
        if untouched:
            cells = [cell for cell in cells if cell is not own]
        answer = max(reversed(answers), key=lambda cell: cell.place is None)
        if answer.place is None:
            answer.place, answer.metadata = place, dict(model.metadata)
        else:  # the stub, put back behind it, would hide the answer
            cells.append(Cell("code", ELSEWHERE, [], dict(model.metadata), None, None, {}, place))
    return cells


# ---- put the notebook together ----------------------------------------------------------------------------


def arrange(cells: list[Cell], release: NotebookNode, notes: Notes) -> list[NotebookNode]:
    """Released cells in the release's order; a student's own cell stays behind the one it stood behind."""
    followers, chosen, anchor = defaultdict(list), {}, -1
    for cell in cells:
        if cell.place is None:
            followers[anchor].append(cell)
        else:
            anchor = cell.place
            chosen[anchor] = cell
    taken = {model.id for model in release.cells}
    arranged = [own_cell(cell, taken) for cell in followers[-1]]
    for place, model in enumerate(release.cells):
        if place in chosen or marks(model):
            arranged.append(restore(chosen.get(place), model, notes))
        arranged += [own_cell(cell, taken) for cell in followers[place]]
    return arranged


def restore(cell: Cell | None, model: NotebookNode, notes: Notes) -> NotebookNode:
    """The released cell with the student's work in it."""
    made, name = copy.deepcopy(model), grade_id(model) if marks(model) else ""
    if cell is None:
        notes[MISSING].append(name)
        return made
    made.metadata.update(noted(cell.metadata, OF_CELL))
    if name and cell.kind != model.cell_type:
        notes[TYPE].append(name)
    wrong = [SETTINGS] if name and not have_same_marks(cell.metadata, model) else []
    wrong += [CHANGED] if is_restored(model) and not same(cell.source, model.source) else []
    if wrong and of_a_release(cell.metadata, cell.source, model):
        notes[EARLIER] = []
    else:
        for said in wrong:
            notes[said].append(name)
    empty = bool(marks(model)) and not cell.source.strip()
    if empty and not is_restored(model):
        notes[EMPTY].append(name)
    if not is_restored(model) and not empty and not (marks(model) and same(cell.source, model.source)):
        made.source = cell.source  # an untouched answer keeps the very text that its checksum stands for
    if not is_check(model):
        keep_extras(cell, made)
    return made


def keep_extras(cell: Cell, made: NotebookNode) -> None:
    if made.cell_type == "code":
        made.outputs, made.execution_count = [NotebookNode(output) for output in cell.outputs], cell.count
    elif made.cell_type == "markdown" and cell.attachments:
        made.attachments = cell.attachments


def own_cell(cell: Cell, taken: set[str]) -> NotebookNode:
    """A cell that the student added; it keeps its id where that is valid and free."""
    wanted = cell.id if isinstance(cell.id, str) else ""
    free = re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted) and wanted not in taken
    fresh = (f"own-{n}" for n in itertools.count(len(taken)))
    name = wanted if free else next(name for name in fresh if name not in taken)
    taken.add(name)
    metadata = {"rerun": False} if cell.metadata.get("rerun") is False else {}
    made = NotebookNode(id=name, cell_type=cell.kind, metadata=NotebookNode(metadata), source=cell.source)
    made.metadata.update(noted(cell.metadata, OF_CELL))
    keep_extras(cell, made)
    return made


# ---- answers in words that stand beside their cell --------------------------------------------------------


def find_words(cells: list[NotebookNode], release: NotebookNode, notes: Notes) -> None:
    """A reflection without an answer waits for a grader where a student wrote something near it: nbgrader gives 0 by
    itself only to the text that was handed out."""
    models = {model.id: model for model in release.cells}
    for place, cell in enumerate(cells):
        if not is_reflection(cell) or not same(cell.source, models[cell.id].source):
            continue
        found = [(where, other, models.get(other.id)) for where, other in near(cells, place, models)]
        if EARLIER in notes:  # our own words may have changed
            found = [(where, other, model) for where, other, model in found if model is None]
        places = [where for where, other, model in found if says_something(other, model)]
        if places:
            cell.source = WORDS_ELSEWHERE.format(", ".join(dict.fromkeys(places)))
            notes[MOVED_WORDS].append(grade_id(cell))


def near(cells: list[NotebookNode], place: int, models: dict[str, NotebookNode]) -> Iterator[tuple[str, NotebookNode]]:
    """The student's own cells around one of the release, and what we handed out above it: its question, and the code
    before that."""
    for cell in itertools.takewhile(lambda cell: cell.id not in models, cells[place + 1 :]):
        yield "in a cell below", cell
    ours = 0
    for cell in itertools.takewhile(lambda cell: not marks(cell), reversed(cells[:place])):
        ours += cell.id in models
        where = "the question's cell" if cell.cell_type == "markdown" else "a comment above the question"
        yield f"in {where}" if cell.id in models else "in a cell above", cell
        if ours == 2:
            return


def says_something(cell: NotebookNode, model: NotebookNode | None) -> bool:
    """Whether a cell has words that its model has not; of code, only comments and long texts are words."""
    ours = set(map(str.strip, model.source.split("\n"))) if model else set()
    text = "\n".join(line for line in cell.source.split("\n") if line.strip() not in ours)
    if cell.cell_type != "code":
        return bool(re.search(r"\w", text))
    comments, texts = re.findall(r"(?:^|\s)#+(.*)", text), re.findall(r"([\"'])(.*?)\1", text, re.S)
    return letters(" ".join(comments)) >= REMARK or any(letters(inside) >= TEXT for _, inside in texts)


def letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def tidy_cells(notebook: NotebookNode, run: dict[str, Any]) -> None:
    """Take over the outputs of a run of the notebook, cell by cell, as sceptically as a student's."""
    outputs = {cell.get("id"): cell for cell in run.get("cells", []) if cell.get("cell_type") == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id in outputs:
            found = clean_cell(outputs[cell.id])
            keep_extras(found, cell)
    drop_large_outputs(notebook.cells, Notes())


def drop_large_outputs(cells: Iterable[NotebookNode], notes: Notes) -> None:
    left = NOTEBOOK_CHARS
    for cell in cells:
        size = len(json.dumps(cell.get("outputs", [])))
        if size <= left:
            left -= size
        else:
            cell.outputs = []
            notes[f"Outputs beyond {NOTEBOOK_CHARS >> 20} MB were left out"] = []
