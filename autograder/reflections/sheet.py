"""Answers as a sheet and marks back from it, for those who prefer one: a row an answer, without a name.

What a student wrote may begin like a formula; such a cell begins with ' in the sheet. A row that was changed elsewhere
since the sheet was written, or holds no mark, is refused by its number, and the others are taken.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from autograder.gradebook import private
from autograder.gradebook.files import write_whole
from autograder.gradebook.settings import excluded
from autograder.lms.tables import guarded, unguarded
from autograder.reflections import answers
from autograder.reflections.queue import queue
from autograder.reflections.room import open_store
from autograder.reflections.rubric import LEVELS, Rubric
from autograder.reflections.store import Answer, Changed, Mark, Store
from autograder.sentences import Sentence

GRADER = "sheet"
FIXED = ("answer", "question", "text", "of", "mark", "comment", "state")
REFUSED = "Refused row"  # begins the sentence about one
WORDS: dict[float | None, str] = {level: word for word, level in LEVELS.items()}


def state(answer: Answer) -> str:
    """Changes with the mark or the comment, so that a row that lay around is known."""
    return sha256(repr((answer.mark, answer.comment)).encode()).hexdigest()[:12]


# ---- out


def write(to: Path, assignment: str, question: str = "", root: Path | None = None) -> str:
    """Write all answers, or those to one question; what was written, in a sentence."""
    store, coursedir = open_store(assignment, root, question)
    most = max(len(rubric.items) for rubric in store.rubrics.values())
    head = [*FIXED[:3], *(f"item {number}" for number in range(1, most + 1)), *FIXED[3:]]
    every, without = store.answers(), excluded(coursedir)
    written = io.StringIO()
    table = csv.DictWriter(written, head, lineterminator="\r\n")
    table.writeheader()
    count = 0
    for name in [question] if question else store.rubrics:
        for answer in queue(every, name, GRADER, without):
            path = Path(coursedir.root, coursedir.autograded_directory, answer.student, assignment)
            words = answers.words_by_question(path / f"{assignment}.ipynb").get(name, "")
            table.writerow(row_of(answer, store.rubrics[name], words))
            count += 1
    write_whole(to, "\ufeff" + written.getvalue(), private.closed_mode(coursedir))
    return f"{count} answers: {to}. Items are full, half or none; a number under mark stands in their place."


def row_of(answer: Answer, rubric: Rubric, words: str) -> dict[str, str]:
    """`of` says what there is to get, in all and for each item."""
    points = " + ".join(f"{item.points:g}" for item in rubric.items)
    told = {
        "of": f"{rubric.most:g}: {points}",
        "answer": answer.id,
        "question": answer.question,
        "text": words,
        "comment": answer.comment,
    }
    told |= {f"item {number}": WORDS.get(level, "") for number, level in enumerate(answer.mark.levels, 1)}
    told |= {"mark": "" if answer.mark.number is None else f"{answer.mark.number:g}", "state": state(answer)}
    return {column: guarded(text) for column, text in told.items()}


# ---- in


def take(file: Path, assignment: str, root: Path | None = None) -> Iterator[str]:
    """Take what a sheet says; how many answers were marked, and which rows were refused, in sentences."""
    store, _ = open_store(assignment, root)
    changed, refused = 0, []
    for number, row in rows(file):
        try:
            changed += take_row(store, row)
        except (Sentence, Changed) as error:
            refused.append(f"{REFUSED} {number}: {error}")
    yield f"{changed} {'answer' if changed == 1 else 'answers'} changed."
    yield from refused


def rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its number in the sheet, the head being 1. Spreadsheets separate by commas, semicolons or tabs."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Sentence(f"{file} cannot be read as a sheet (CSV in UTF-8): {error}.") from None
    head = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    if missing := {*FIXED} - {"text", "of"} - {*(table.fieldnames or ())}:
        raise Sentence(f"{file} has no column {', '.join(sorted(missing))}: write a sheet with --out first.")
    for number, row in enumerate(table, 2):
        yield number, {column: unguarded(text or "") for column, text in row.items() if isinstance(column, str)}


def take_row(store: Store, row: dict[str, str]) -> bool:
    """Whether it said anything new."""
    answer = store.answer(row["answer"].strip())
    mark = mark_in(row, store.rubrics[answer.question])
    if (mark, row["comment"]) == (answer.mark, answer.comment):
        return False
    if state(answer) != row["state"].strip() and not store.is_of(answer.id, GRADER):
        raise Changed(answer)
    store.require_mark(answer, mark)
    store.set_comment(answer.id, answer.comment, row["comment"], GRADER)
    if mark != answer.mark:
        store.set_mark(answer.id, answer.mark, mark, GRADER)
    return True


def mark_in(row: dict[str, str], rubric: Rubric) -> Mark:
    told = [row.get(f"item {number}", "").strip().lower() for number in range(1, len(rubric.items) + 1)]
    if wrong := next((word for word in told if word and word not in LEVELS), ""):
        raise Sentence(f"'{wrong}' is not one of {', '.join(LEVELS)}.")
    number = row["mark"].strip().replace(",", ".")
    try:
        return Mark(tuple(LEVELS.get(word) for word in told), float(number) if number else None)
    except ValueError:
        raise Sentence(f"'{number}' is no number.") from None
