"""Canvas's names and columns.

* Archive ("Download Submissions", submissions.zip): files side by side, `lastfirst_LATE_USER_ATTACHMENT_filename`. The
  name is the sortable one in small letters without blanks and commas, a group's where groups hand in (USER is the one
  who did it for all); `LATE` stands there only where Canvas took it for late; USER is the `ID` of the gradebook's
  export; ATTACHMENT grows from upload to upload. An entered text or address has no ATTACHMENT and ends in `_text.html`
  or `_link.html`; anonymous grading writes `anon_ANONYMOUS` for name and user (lib/content_zipper.rb). Nothing in it is
  a date: each file's own is the hour of the download.
* Gradebook ("Export > Export Entire Gradebook"): `Student` ("Last, First", or `LastName` and `FirstName`), `ID`, `SIS
  User ID`, `SIS Login ID`, perhaps `Integration ID` and `Root Account`, `Section`, the instructor's own columns, one
  column an assignment, `Title (ID)`, then totals that are read only. Below the header perhaps a row `Manual Posting`,
  then `    Points Possible`, the students, and `Student, Test` (lib/gradebook_exporter.rb).
* "Import": the same columns, in that order; a row counts by `ID`, else by `SIS User ID` or `SIS Login ID`. An empty
  cell takes a mark away, `EX` excuses. Points possible are taken over. A title without its ID makes a new assignment
  unless one is called exactly so; columns that are not there stay as they are (lib/gradebook_importer.rb).

The files named are Canvas's own, https://github.com/instructure/canvas-lms.
"""

from __future__ import annotations

import re

from autograder.lms.names import Named, Owner, Row, ids_of_address, spelled
from autograder.lms.tables import Table

PLATFORM = "Canvas"
PATTERN = "lastfirst_12345_67890_filename"
PART = re.compile(
    r"(?P<name>.+?)(?P<late>_late)?_(?P<user>\d+)_(?:(?P<upload>\d+)_(?P<file>.+)|(?P<typed>(?:text|link)\.html))",
    re.S | re.I,
)
UNNAMED = re.compile(r"anon(?P<late>_late)?_(?P<user>\w+?)_(?P<upload>\d+)_(?P<file>.+)", re.S | re.I)
STUDENT, POINTS, TEST = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"), "Points Possible", "Student, Test"
TITLE = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.S)


def named(part: str) -> Named | None:
    """Who handed in the file of this name."""
    part = spelled(part)
    if anonymous := UNNAMED.fullmatch(part):
        owner = Owner(PLATFORM, "anon", f"anon-{anonymous['user']}")
        return Named(owner, anonymous["file"], int(anonymous["upload"]), bool(anonymous["late"]))
    if not (found := PART.fullmatch(part)):
        return None
    owner = Owner(PLATFORM, found["name"], found["user"])
    return Named(owner, found["file"] or found["typed"], int(found["upload"] or 0), bool(found["late"]))


def is_ours(table: Table) -> bool:
    return table.has("ID", "Section") and (table.has("Student") or table.has("LastName", "FirstName"))


def rows(table: Table) -> list[Row]:
    """The students of the gradebook's export."""
    return [row_of(table, row) for row in table.rows if is_student(table, row)]


def is_student(table: Table, row: list[str]) -> bool:
    """Other rows say what may be got, or who is shown it."""
    return bool(table.cell(row, "ID")) and table.cell(row, "Student") != TEST


def row_of(table: Table, row: list[str]) -> Row:
    last, _, first = table.cell(row, "Student").partition(",")
    if table.has("LastName", "FirstName"):
        last, first = table.cell(row, "LastName"), table.cell(row, "FirstName")
    number, login = table.cell(row, "ID"), table.cell(row, "SIS Login ID")
    email = login if "@" in login else ""
    ids = (*ids_of_address(login), number)
    return Row(first.strip(), last.strip(), email, number, tuple(filter(None, dict.fromkeys(ids))))


def titles(table: Table) -> dict[str, str]:
    """The columns of assignments, each with its title alone."""
    found = {column: TITLE.fullmatch(column) for column in table.header}
    return {column: match["title"] for column, match in found.items() if match}
