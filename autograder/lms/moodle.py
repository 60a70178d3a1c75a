"""Moodle's names and columns, of an assignment (mod_assign) in English.

* Archive ("Download all submissions"): `Full Name_PARTICIPANT_assignsubmission_file/` is a folder, before Moodle 4 with
  a `_` behind it; with "Download submissions in folders" off the file's name follows in its place. PARTICIPANT is a
  number of this assignment alone. Blind marking writes `Participant` for the name. With group submission the two are
  the group's, and nothing says who is in it; `Default group` has no number. The name keeps its accents, but for
  `& < > " ` | ' : \\ /` (mod/assign/classes/downloader.php, clean_filename in lib/moodlelib.php).
* Grading worksheet ("Download grading worksheet", which "Feedback types: Offline grading worksheet" turns on):
  `Identifier` ("Participant " and the archive's number), `Full name`, what identifies a user at that site (`Email
  address`, `ID number`, `Username`), `Status`, `Group` where groups hand in, `Grade`, `Maximum grade`, `Grade can be
  changed`, `Last modified (submission)`, `Last modified (grade)`, `Feedback comments` (mod/assign/gradingtable.php).
  Uploaded, a row counts by `Identifier`; an empty `Grade` changes nothing, one above the maximum is passed over, as is
  one whose `Last modified (grade)` is not Moodle's own (mod/assign/feedback/offline/).
* Participants, "Download table data as CSV", and the gradebook's export as plain text: `First name`, `Last name`
  (`Surname` before Moodle 4), and what identifies a user (user/action_redir.php, grade/export/txt/).
* "Import > CSV file" of the gradebook takes any columns, and asks which one says who it is (grade/import/csv/).

The files named are Moodle's own, https://github.com/moodle/moodle.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, tzinfo

from autograder.lms.names import Named, Owner, Row, id_of, ids_of_address, spelled
from autograder.lms.tables import Table

PLATFORM = "Moodle"
PATTERN = "Full Name_123456_assignsubmission_file/..."
PART = re.compile(r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?", re.S)
HIDDEN = "Participant"  # in the place of a name, with blind marking
# userdate() in the packs en and en_us: "Tuesday, 3 November 2026, 11:59 PM", "Tuesday, November 3, 2026, 11:59 PM".
DATES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p")
NEVER = "-"
IMPORTED = ("First name", "Last name", "ID number", "Email address")


def named(part: str) -> Named | None:
    """Who handed in what lies below, or is, this part of a path."""
    if not (found := PART.fullmatch(spelled(part))):
        return None
    name, number = found["name"], found["number"] or ""
    return Named(Owner(PLATFORM, name, number), file=found["file"] or "")


def is_hidden(name: str) -> bool:
    return name.strip() == HIDDEN


def hidden_id(number: str) -> str:
    return f"{HIDDEN.lower()}-{number}"


def is_worksheet(table: Table) -> bool:
    return table.has("Identifier", "Grade", "Last modified (grade)")


def is_ours(table: Table) -> bool:
    return is_worksheet(table) or table.has("First name", "Last name") or table.has("First name", "Surname")


def rows(table: Table) -> list[Row]:
    """Of a worksheet, of the participants, or of the gradebook's export."""
    return [row_of(table, row) for row in table.rows]


def row_of(table: Table, row: list[str]) -> Row:
    email, login = table.cell(row, "Email address", "Email"), table.cell(row, "Username")
    first, last = table.cell(row, "First name"), table.cell(row, "Last name", "Surname")
    if not first and not last:  # a worksheet has both in one
        first, _, last = table.cell(row, "Full name").rpartition(" ")
    number = re.sub(r"\D", "", table.cell(row, "Identifier"))
    own = table.cell(row, "ID number")
    nameless = (hidden_id(number),) if number else ()
    ids = (login, *ids_of_address(email), own, id_of(f"{first} {last}"), *nameless)
    group, date = table.cell(row, "Group"), table.cell(row, "Last modified (submission)")
    return Row(first, last, email, own, tuple(filter(None, ids)), number, group, date)


def date(text: str, zone: tzinfo) -> datetime | None:
    """A worksheet's date, which is in the time zone of whoever downloaded it; None where it cannot be read."""
    spaced = re.sub(r"\s+", " ", text)  # newer versions write a narrow blank before PM
    for form in DATES:
        with suppress(ValueError):
            return datetime.strptime(spaced, form).replace(tzinfo=zone)
    return None
