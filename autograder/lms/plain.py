"""A table of the course's own: `id`, `first_name`, `last_name`, `email`, and where there are some `lms_user_id` and
`submitted_at`, a date in ISO 8601 such as Canvas's programming interface gives (2026-11-03T22:59:00Z)."""

from __future__ import annotations

from datetime import datetime, tzinfo

from autograder.lms.names import Row
from autograder.lms.tables import Table


def is_ours(table: Table) -> bool:
    return table.has("id")


def rows(table: Table) -> list[Row]:
    return [row_of(table, row) for row in table.rows]


def row_of(table: Table, row: list[str]) -> Row:
    name, handed_in = table.cell(row, "id"), table.cell(row, "submitted_at")
    first, last, email, number = (table.cell(row, part) for part in ("first_name", "last_name", "email", "lms_user_id"))
    return Row(first, last, email, number, ids=(name,), handed_in=handed_in, own_id=name)


def date(text: str, zone: tzinfo) -> datetime | None:
    """One without an offset is in the given zone; None where it cannot be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
