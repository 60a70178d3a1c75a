"""Tables as platforms and spreadsheets write them: read whatever the separator, written so that no cell computes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from autograder.gradebook import folder
from autograder.gradebook.files import write_whole
from autograder.sentences import Sentence
from course_config import LIMITS

SEPARATORS = ",;\t"
COMPUTES = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula
BINARY = {b"PK\x03\x04": "an Excel or OpenDocument file", b"\xd0\xcf\x11\xe0": "an old Excel file"}


class Table(NamedTuple):
    """A header and rows of as many cells."""

    name: str  # of the file, for sentences
    header: list[str]
    rows: list[list[str]]

    def has(self, *columns: str) -> bool:
        return {plain(column) for column in columns} <= {plain(title) for title in self.header}

    def place(self, column: str) -> int | None:
        """Where a column stands, whatever its capitals."""
        titles = [plain(title) for title in self.header]
        return titles.index(plain(column)) if plain(column) in titles else None

    def cell(self, row: Sequence[str], *columns: str) -> str:
        """What a row has in the first of these columns that there is; empty where there is none."""
        places = [place for column in columns if (place := self.place(column)) is not None]
        return row[places[0]].strip() if places else ""


def plain(title: str) -> str:
    return " ".join(title.split()).casefold()


def read(path: Path) -> Table:
    """A CSV file with a header.

    Raises:
        Sentence: it cannot be read, or is something else.
    """
    try:
        raw = folder.read(path, LIMITS.notebook_bytes)
    except OSError as error:
        raise Sentence(f"{path} cannot be read: {error.strerror or error}.") from None
    for start, kind in BINARY.items():
        if raw.startswith(start):
            raise Sentence(f"{path.name} is {kind}: download the sheet as CSV, or save it as one.")
    try:
        text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        raise Sentence(f"{path.name} is no UTF-8 text: save the sheet as 'CSV UTF-8'.") from None
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(row)]
    except csv.Error as error:
        raise Sentence(f"{path.name} is no table: {error}.") from None
    if not rows:
        raise Sentence(f"{path.name} is empty.")
    wide = len(rows[0])
    return Table(path.name, rows[0], [(row + [""] * wide)[:wide] for row in rows[1:]])


def guarded(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; a sign alone is none."""
    return f"'{cell}" if cell.lstrip("' ").startswith(COMPUTES) and len(cell.strip()) != 1 else cell


def unguarded(cell: str) -> str:
    """The text that was guarded."""
    return cell[1:] if cell == guarded(cell[1:]) else cell


def written(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """As a CSV file; numbers pass for what they are, whatever their sign."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([cell if is_number(cell) else guarded(cell) for cell in row] for row in (header, *rows))
    return file.getvalue()


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.strip("-.0123456789") == ""


def write(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]], mode: int) -> None:
    """In one step; with a mark at its start by which Excel knows UTF-8, as Canvas and Moodle write and read it."""
    write_whole(path, "\ufeff" + written(header, rows), mode)
