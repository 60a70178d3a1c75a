"""`course forget`: all that a course holds of a student, and away with it; nobody else's is touched."""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Base, Student
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import ColumnElement, Connection, MetaData, String, Table, delete, func, or_, select

from autograder.feedback import class_page
from autograder.gradebook.address import file_of
from autograder.gradebook.files import write_whole
from autograder.gradebook.folder import entries
from autograder.gradebook.grade import alone
from autograder.gradebook.private import BACKUPS, REPORTS, TABLE, closed_mode
from autograder.gradebook.settings import course, folder
from autograder.keeping import archive, database, places
from autograder.keeping.archive import NoBackup
from autograder.lms import dates
from autograder.sentences import NothingToGrade, Sentence
from course_config import ROOT

COLUMN = "student_id"  # of the table of all marks
OF_STUDENT = ("student", "student_id")  # what a column is called that says whose a row is

DOWNLOADED = "downloaded"  # archives of an LMS, which have names of their own for people
Rows = Mapping[Table, ColumnElement[bool]]


@dataclass(frozen=True)
class Traces:
    """All that a course holds of one student."""

    rows: dict[str, int]  # in the gradebook, by table
    folders: dict[Path, int]  # each with the number of files in it
    dates: list[Path]  # files with the dates of submissions
    pages: list[Path]  # reports that name them
    tables: list[Path]  # of all marks
    left: list[str]  # what is not rewritten, a sentence each

    def lines(self, home: Path) -> list[str]:
        """One thing a line, for the person who decides."""

        def name(path: Path) -> str:
            return os.path.relpath(path, home)

        found = [f"gradebook, {table}: {some(count, 'row')}" for table, count in self.rows.items()]
        found += [f"{name(path)}/: {some(number, 'file')}" for path, number in self.folders.items()]
        found += [f"{name(path)}: when their work came" for path in self.dates]
        found += [f"{name(path)}: their row" for path in self.tables]
        return found + [f"{name(path)}: names them, and is written anew or removed" for path in self.pages]


def some(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def traces(student: str, root: Path = ROOT) -> Traces:
    """What there is of a student.

    Raises:
        Sentence: nothing at all.
    """
    coursedir, _ = course(root)
    holders = [path for step in places.STEPS for path, _ in entries(folder(coursedir, step)) if path.name == student]
    submitted = folder(coursedir, "submitted")
    told = any(student in by for by in dates.read(submitted).values())
    found = Traces(
        rows=counted(student, coursedir),
        folders={path: len(places.found({"": path}).files) for path in holders if path.is_symlink() or path.is_dir()},
        dates=[submitted / dates.NAME] if told else [],
        pages=[path for path in sorted(Path(coursedir.root, REPORTS).rglob("*")) if names(path, student)],
        tables=[path for path in [Path(coursedir.root, TABLE)] if path.is_file() and lines_of(path, student)],
        left=named(student, coursedir, root),
    )
    if not any((found.rows, found.folders, found.dates, found.pages, found.tables, found.left)):
        raise Sentence(f"Nothing here is of a student called {student!r}.")
    found.left.extend(unnamed(coursedir))
    return found


def forget(student: str, root: Path = ROOT) -> Traces:
    """Remove it all, but for what `left` names; returns what there was."""
    coursedir, _ = course(root)
    with alone(folder(coursedir, "autograded"), "course forget"):
        found = traces(student, root)
        for path in found.folders:
            path.unlink() if path.is_symlink() else shutil.rmtree(path)
        if found.rows:
            remove_rows(student, coursedir)
        for path in found.dates:
            dates.forget(path.parent, student, closed_mode(coursedir))
        for path in found.tables:
            gone = lines_of(path, student)
            kept = [line for line in path.read_text("utf-8").splitlines(keepends=True) if line not in gone]
            write_whole(path, "".join(kept), closed_mode(coursedir))
        for path in found.pages:
            path.unlink()
            if path.parent.name == REPORTS and path.suffix == ".html":
                write_again(path.stem, root)
    return found


def write_again(assignment: str, root: Path) -> None:
    """The report on a class, where there is still somebody in it."""
    try:
        class_page.write(assignment, root)
    except NothingToGrade:
        return


# ---- the gradebook ----------------------------------------------------------------------------------------


def rows_of(student: str, connection: Connection) -> Rows:
    """Which rows of which tables are a student's: those that say so, and what hangs on them, by a foreign key or by the
    other table's name. What hangs on a row comes after it, and tables that are not nbgrader's after its own."""
    schema, found = MetaData(), dict[Table, ColumnElement[bool]]()
    schema.reflect(connection)
    for table in sorted(schema.sorted_tables, key=lambda table: table.name not in Base.metadata.tables):
        says = [table.c.id == student] if table.name == Student.__tablename__ else []
        for column in table.columns:
            if column.name in OF_STUDENT and isinstance(column.type, String):
                says.append(column == student)
            for held, which in found.items():
                keys = [key.column for key in column.foreign_keys if key.column.table is held]
                if not column.foreign_keys and column.name in (held.name, f"{held.name}_id"):
                    keys = [held.c.id]
                says += [column.in_(select(key).where(which)) for key in keys]
        if says:
            found[table] = or_(*says)
    return found


def counted(student: str, coursedir: CourseDirectory) -> dict[str, int]:
    """How many rows of which tables, where there are any."""
    if not database.is_there(coursedir):
        return {}
    with database.connected(coursedir) as connection:
        rows = rows_of(student, connection).items()
        counts = {table.name: select(func.count()).select_from(table).where(which) for table, which in rows}
        found = {table: connection.scalars(count).one() for table, count in counts.items()}
    return {table: count for table, count in found.items() if count}


def remove_rows(student: str, coursedir: CourseDirectory) -> None:
    """In one transaction; what SQLite would keep in free pages of its file goes, too."""
    with database.connected(coursedir) as connection:
        for table, which in reversed([*rows_of(student, connection).items()]):
            connection.execute(delete(table).where(which))
    database.tidy(coursedir)


# ---- files ------------------------------------------------------------------------------------------------


def names(path: Path, student: str) -> bool:
    """Whether a page or a table holds a student's name as a word of its own."""
    said = {re.escape(name) for name in (student, html.escape(student))}
    word = re.compile(rf"(?<![\w-])(?:{'|'.join(said)})(?![\w-])")
    return path.is_file() and bool(word.search(path.read_text("utf-8", "replace")))


def lines_of(path: Path, student: str) -> list[str]:
    """Of the table of all marks, in which nbgrader puts nothing into quotes."""
    head, *lines = path.read_text("utf-8").splitlines(keepends=True) or [""]
    at = head.strip().split(",").index(COLUMN) if COLUMN in head else None
    return [line for line in lines if at is not None and line.rstrip("\n").split(",")[at : at + 1] == [student]]


# ---- what stays -------------------------------------------------------------------------------------------


def named(student: str, coursedir: CourseDirectory, root: Path) -> list[str]:
    """What holds a student's name or work, and is for a person to see to."""
    home, kept = Path(coursedir.root), Path(coursedir.root, BACKUPS)
    texts = [*places.settings(root).values(), *sorted(path for path in home.glob("*.csv") if path.name != TABLE)]
    said = [f"{path.name} names them: edit it, or delete it." for path in texts if names(path, student)]
    for path in sorted(kept.glob(f"*{archive.SUFFIX}")):
        try:
            if archive.manifest_of(path).names(student):
                said.append(f"{os.path.relpath(path, home)} holds them: delete it when you need it no more.")
        except NoBackup:
            said.append(f"{os.path.relpath(path, home)} cannot be read, and may hold them.")
    return said


def unnamed(coursedir: CourseDirectory) -> list[str]:
    """What may hold anybody, and does not say whom."""
    home, gradebook = Path(coursedir.root), file_of(coursedir)
    copies = [path for path, _ in entries(home / BACKUPS) if path.is_dir()]
    copies += gradebook.parent.glob(f"{gradebook.name}.*") if gradebook else []
    said = [f"{os.path.relpath(path, home)} is a copy of what was, and may hold them." for path in sorted(copies)]
    if (home / DOWNLOADED).is_dir():
        said.append(f"{DOWNLOADED}/ may hold them, by the names that the LMS gives: look there.")
    return said
