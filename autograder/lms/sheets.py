"""`course export`: what counts, one row a student, in the columns that Canvas or Moodle takes in, or in a plain table.

A platform's own sheet is filled where there is one. Its cells stay as they are for who handed nothing in, and where a
person has yet to mark something.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import NamedTuple

from autograder.gradebook import harmless, private
from autograder.gradebook.address import file_of
from autograder.gradebook.by_hand import WHAT_TO_DO, marks_by_hand_below
from autograder.gradebook.settings import course
from autograder.lms import canvas, moodle
from autograder.lms.counted import Mark, State, assignments, marks_of, number
from autograder.lms.names import Row, few
from autograder.lms.people import People, Person
from autograder.lms.tables import Table, guarded, plain, read, write
from autograder.sentences import NotBuilt, Sentence
from course_config import ROOT

Marks = Mapping[str, Mapping[str, Mark]]  # by assignment and student
WHAT_HELPS = {State.WAITS: " (--unfinished writes what there is)", State.UNGRADED: " (`course grade`)"}


class Sheet(NamedTuple):
    """What is written, and what to say of it."""

    header: list[str]
    rows: list[list[str]]
    said: list[str]


def export(
    to: str,
    names: Sequence[str] = (),
    out: Path | None = None,
    sheet: Path | None = None,
    columns: Mapping[str, str] | None = None,
    unfinished: bool = False,
    root: Path = ROOT,
) -> list[str]:
    """Write the table of these assignments, or of all; returns what to say of it. `columns` names Canvas's column of an
    assignment; with `unfinished` marks leave that a person has yet to complete.

    Raises:
        Sentence: there is no gradebook, or the sheet is not the platform's.
    """
    coursedir, _ = course(root)
    if (file := file_of(coursedir)) and not file.exists():
        raise NotBuilt(f"There is no gradebook in {root}: `course build` comes first.")
    names = list(names) or assignments(root)
    out = out or Path(coursedir.root, private.REPORTS, f"{'-'.join([to, *names])}.csv")
    table = read(sheet) if sheet else None
    if sheet and out.exists() and out.samefile(sheet):
        raise Sentence(f"{sheet} is the sheet itself, which stays as it is: name another file with --out.")
    marks = {name: marks_of(name, root, unfinished) for name in names}
    made = MAKERS[to](marks, table, columns or {})
    private.close(coursedir)
    write(out, made.header, made.rows, private.closed_mode(coursedir))
    private.close(coursedir)
    by_hand = [f"{mark.words}: {WHAT_TO_DO}." for mark in marks_by_hand_below(root) if mark.assignment in marks]
    return [harmless.line(line) for line in [f"{out}: {len(made.rows)} rows.", *made.said, *states(marks), *by_hand]]


def column_said(text: str) -> tuple[str, str]:
    """An assignment and Canvas's title of it, as they are said at the keyboard."""
    name, sign, title = text.partition("=")
    if not sign:
        raise Sentence(f"--column takes ASSIGNMENT=TITLE, not {text!r}.")
    return name.strip(), title.strip()


def states(marks: Marks) -> list[str]:
    """Who has no mark in it, and why."""
    said = []
    for name, found in marks.items():
        if {mark.state for mark in found.values()} == {State.NOTHING}:
            said.append(f"{name}: nobody has handed anything in.")
            continue
        for state in (State.WAITS, State.UNGRADED, State.NOTHING):
            if who := [student for student, mark in found.items() if mark.state is state and not mark.leaves]:
                said.append(f"{name}, no mark: {state.value}{WHAT_HELPS.get(state, '')}: {few(who)}.")
    return said


def people_in(marks: Marks) -> list[Person]:
    """Everybody who is in one of these tables, by their names."""
    found = {student: mark.person for marked in marks.values() for student, mark in marked.items()}
    return sorted(found.values(), key=lambda one: (one.last_name, one.first_name, one.id))


def cell(marks: Marks, assignment: str, person: Person | None) -> str:
    """A mark that may leave; empty where there is none."""
    mark = marks[assignment].get(person.id) if person else None
    return mark.cell if mark else ""


def most(marks: Marks, assignment: str) -> str:
    return next((number(mark.total.most) for mark in marks[assignment].values()), "")


# ---- a sheet that a platform wrote ------------------------------------------------------------------------


class Filled(NamedTuple):
    """Whose each row of a sheet is, and who has none."""

    people: list[Person | None]
    said: list[str]


def matched(table: Table, rows: Sequence[Row], marks: Marks) -> Filled:
    everybody = people_in(marks)
    class_list = People(everybody)
    found = [people[0] if len(people := class_list.of_row(row)) == 1 else None for row in rows]
    times = Counter(found)
    found = [person if times[person] == 1 else None for person in found]
    strange = [row.name or row.number for row, person in zip(rows, found, strict=True) if person is None]
    absent = [person.id for person in everybody if person not in found]
    told = {
        f"Rows of {table.name} that are nobody's here, or of who was dropped, left as they are": strange,
        f"Students without a row in {table.name}, so that their marks do not leave": absent,
    }
    return Filled(found, [f"{what}: {few(names)}." for what, names in told.items() if names])


def fill_canvas(marks: Marks, table: Table | None, columns: Mapping[str, str]) -> Sheet:
    """Columns of other assignments are left out: Canvas leaves alone what it is not given."""
    if table is None:
        return new_canvas(marks)
    if not canvas.is_ours(table):
        raise Sentence(f"{table.name} is no gradebook of Canvas's: it has no columns Student, ID and Section.")
    chosen = {name: column for name in marks if (column := column_of(name, table, columns))}
    if not chosen:
        raise Sentence(
            f"No column of {table.name} is called like {' or '.join(marks)}. Name it: --column "
            f"'{next(iter(marks))}=TITLE', where TITLE is one of: {', '.join(canvas.titles(table)) or 'none there is'}."
        )
    kept = table.header[: (table.place("Section") or 0) + 1]
    students = [row for row in table.rows if canvas.is_student(table, row)]
    filled = matched(table, canvas.rows(table), marks)
    possible = [row for row in table.rows if row[0].strip() == canvas.POINTS]
    rows = [[table.cell(row, title) for title in (*kept, *chosen.values())] for row in possible]
    for row, person in zip(students, filled.people, strict=True):
        before = [table.cell(row, title) for title in kept]
        rows.append(before + [cell(marks, name, person) or table.cell(row, old) for name, old in chosen.items()])
    said = [other_most(marks, name, table.cell(possible[0], column)) for name, column in chosen.items() if possible]
    absent = [f"{name} has no column in {table.name}, and is left out." for name in marks if name not in chosen]
    return Sheet([*kept, *chosen.values()], rows, [*filter(None, said), *absent, *filled.said])


def column_of(assignment: str, table: Table, columns: Mapping[str, str]) -> str:
    """The column that is named, else the one whose title is, or alone holds, the assignment's name; else empty."""
    titles = canvas.titles(table)
    wanted = columns.get(assignment, assignment)
    same = [column for column, title in titles.items() if plain(wanted) in (plain(title), plain(column))]
    if not same and assignment not in columns:
        same = [c for c, title in titles.items() if re.search(rf"\b{re.escape(assignment)}\b", title, re.IGNORECASE)]
    if not same and assignment in columns:
        raise Sentence(f"{table.name} has no column {wanted!r}. There are: {', '.join(titles)}.")
    return same[0] if len(same) == 1 else ""


def new_canvas(marks: Marks) -> Sheet:
    possible = ["    " + canvas.POINTS, "", "", "", "", *(most(marks, name) for name in marks)]
    rows = [
        [", ".join(filter(None, (one.last_name, one.first_name))), one.lms_user_id, "", one.id, ""]
        + [cell(marks, name, one) for name in marks]
        for one in people_in(marks)
    ]
    said = "Give Canvas's own gradebook export by --sheet, else Canvas makes a new assignment of each column."
    return Sheet([*canvas.STUDENT, *marks], [possible, *rows], [said])


def fill_moodle(marks: Marks, table: Table | None, columns: Mapping[str, str]) -> Sheet:
    if table is None:
        return new_moodle(marks)
    if not moodle.is_worksheet(table):
        raise Sentence(
            f"{table.name} is no grading worksheet of Moodle's in English: it has no columns Identifier, Grade and "
            "Last modified (grade)."
        )
    if len(marks) != 1:
        raise Sentence(f"A grading worksheet is one assignment's. Name it: course export {'|'.join(marks)} --to moodle")
    (name,) = marks
    filled = matched(table, moodle.rows(table), marks)
    place = table.place("Grade") or 0
    rows = [list(row) for row in table.rows]
    refused = []
    for row, person in zip(rows, filled.people, strict=True):
        if person and (mark := cell(marks, name, person)):
            row[place] = mark
            refused += [person.id] if is_refused(table, row) else []
    said = [other_most(marks, name, table.cell(table.rows[0], "Maximum grade"))] if table.rows else []
    if refused:
        said.append(f"Moodle will pass over marks above its maximum, or that are locked there: {few(refused)}.")
    kept = [at for at in range(len(table.header)) if not would_be_changed(table, at)]
    left = [title for at, title in enumerate(table.header) if at not in kept]
    said += [f"{title} is left out: a spreadsheet would compute one of its cells. Moodle keeps it." for title in left]
    header, *rest = ([row[at] for at in kept] for row in (table.header, *rows))
    return Sheet(header, rest, [*filter(None, said), *filled.said])


def is_refused(table: Table, row: list[str]) -> bool:
    mark, top = value(table.cell(row, "Grade")), value(table.cell(row, "Maximum grade"))
    return plain(table.cell(row, "Grade can be changed")) == "no" or (mark or 0.0) > (top or inf)


def would_be_changed(table: Table, at: int) -> bool:
    """Whether guarding a column's cells would change texts that Moodle takes back."""
    return plain(table.header[at]).startswith("feedback") and any(guarded(row[at]) != row[at] for row in table.rows)


def new_moodle(marks: Marks) -> Sheet:
    """For the gradebook's Import, which asks for the column that says who it is, and for each assignment's."""
    rows = [
        [one.first_name, one.last_name, one.lms_user_id, one.email, *(cell(marks, name, one) for name in marks)]
        for one in people_in(marks)
    ]
    without = [one.id for one in people_in(marks) if not one.email and not one.lms_user_id]
    said = (
        f"Moodle cannot tell who these are, without an address or ID number: {few(without)}. `course roster` adds both."
    )
    return Sheet([*moodle.IMPORTED, *marks], rows, [said] if without else [])


def value(text: str) -> float | None:
    """A number, with a comma in it as some languages write it."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def other_most(marks: Marks, assignment: str, theirs: str) -> str:
    ours = most(marks, assignment)
    if not ours or value(theirs) in (None, value(ours)):
        return ""
    return (
        f"{assignment} has {ours} points here and {theirs} there: marks are written as they are, not scaled. Set "
        f"{ours} there, then download the sheet anew."
    )


# ---- a table of the course's own --------------------------------------------------------------------------


def plain_table(marks: Marks, table: Table | None, columns: Mapping[str, str]) -> Sheet:
    if table is not None:
        raise Sentence("--sheet goes with --to canvas or --to moodle: it is a platform's own, to be filled.")
    header = ["id", "last_name", "first_name", "email", "lms_user_id"]
    header += [title for name in marks for title in (name, f"{name} of", f"{name} penalty", f"{name} state")]
    rows = []
    for one in people_in(marks):
        found = [marks[name].get(one.id) for name in marks]
        parts = [part for mark in found for part in (of_mark(mark) if mark else [""] * 4)]
        rows.append([one.id, one.last_name, one.first_name, one.email, one.lms_user_id, *parts])
    return Sheet(header, rows, [])


def of_mark(mark: Mark) -> list[str]:
    """What counts, after lateness; an empty cell, and the reason in its state, where there is no mark."""
    penalty = number(mark.total.penalty) if mark.cell else ""
    return [mark.cell, number(mark.total.most), penalty, mark.state.value]


MAKERS: dict[str, Callable[[Marks, Table | None, Mapping[str, str]], Sheet]] = {
    "canvas": fill_canvas,
    "moodle": fill_moodle,
    "csv": plain_table,
}
