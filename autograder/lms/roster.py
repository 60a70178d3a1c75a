"""`course roster FILE`: who is in the class, from a platform's own list into nbgrader's gradebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Gradebook

from autograder.gradebook import harmless, private
from autograder.gradebook.folder import entries
from autograder.gradebook.settings import course, folder
from autograder.lms import canvas, moodle, plain
from autograder.lms.names import Row
from autograder.lms.people import Person, known, with_ids
from autograder.lms.tables import Table
from autograder.lms.tables import read as read_table
from autograder.sentences import Sentence


class Sheet(NamedTuple):
    """A platform's table of students, whatever else stands in it."""

    table: Table
    rows: list[Row]
    platform: str  # empty: a table of the course's own


KINDS: tuple[tuple[Callable[[Table], bool], Callable[[Table], list[Row]], str], ...] = (
    (canvas.is_ours, canvas.rows, canvas.PLATFORM),
    (moodle.is_ours, moodle.rows, moodle.PLATFORM),
    (plain.is_ours, plain.rows, ""),
)
LOOKED_FOR = (
    "Looked for were Student, ID and Section (Canvas: Grades, Export), First name and Last name (Moodle: Participants, "
    "Download table data), Identifier and Full name (Moodle's grading worksheet), each in English, or id, first_name, "
    "last_name, email."
)


def read(path: Path) -> Sheet:
    """A list of students.

    Raises:
        Sentence: its columns are of no kind that is known, or it lists nobody.
    """
    table = read_table(path)
    for is_of_kind, rows_of, platform in KINDS:
        if is_of_kind(table):
            if rows := rows_of(table):
                return Sheet(table, rows, platform)
            raise Sentence(f"{table.name} lists no student.")
    columns = harmless.line(", ".join(table.header[:8]))
    raise Sentence(f"{table.name} lists no students: its columns are {columns}. {LOOKED_FOR}")


def people_of(sheet: Sheet, root: Path | None = None) -> tuple[list[tuple[Row, Person]], list[str]]:
    """The rows of a sheet, each with its student under the id that is theirs here, or would be; what to say of the
    others."""
    coursedir, _ = course(root)
    folders = (path.name for path, _ in entries(folder(coursedir, "submitted")))
    return with_ids(sheet.rows, known(root), folders)


def take_in(path: Path, root: Path | None = None) -> list[str]:
    """Write a list of students into the gradebook; returns what to say of it."""
    coursedir, _ = course(root)
    sheet = read(path)
    before = {person.id: person for person in known(root)}
    pairs, said = people_of(sheet, root)
    people = [person for _, person in pairs]
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for person in people:
            if before.get(person.id) != person:
                details = {part: text for part, text in person._asdict().items() if text and part != "id"}
                gradebook.update_or_create_student(person.id, **details)
    private.close(coursedir)
    new = [person.id for person in people if person.id not in before]
    changed = [person.id for person in people if person.id in before and before[person.id] != person]
    absent = sorted(before.keys() - {person.id for person in people})
    counts = f"{len(people)} students in {sheet.table.name}: {len(new)} new, {len(changed)} with new details."
    told = {
        "New": new,
        "With new details": changed,
        "In the gradebook, and not in this list (left as they are)": absent,
    }
    lists = [f"{what}: {', '.join(names)}." for what, names in told.items() if names]
    return [harmless.line(line) for line in [counts, *lists, *said]]
