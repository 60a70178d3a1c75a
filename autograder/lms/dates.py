"""When each submission was handed in, as the platform says it: kept in submitted/.collected.json, beside the students'
folders, where nothing that a student packs can stand in its place."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from autograder.gradebook.files import write_whole
from autograder.sentences import Sentence

NAME = ".collected.json"


class Date(NamedTuple):
    """What is known of the submission that lies there."""

    at: datetime | None = None  # aware; None where no sheet says it
    order: str = ""  # grows from one upload to the next, as far as archives tell; their clocks give no date

    def is_newer_than(self, other: Date) -> bool:
        """By the dates where both have one and they differ, else by the archives' own order."""
        if self.at and other.at and self.at != other.at:
            return self.at > other.at
        return self.order > other.order


Kept = dict[str, dict[str, Date]]  # by assignment and student
WHOLE = TypeAdapter(Kept)


def record(submitted: Path, assignment: str, found: Mapping[str, Date], mode: int = 0o600) -> None:
    """Keep what is known of these students' submissions, in the place of what was known before."""
    with locked(submitted):
        kept = read(submitted)
        kept[assignment] = kept.get(assignment, {}) | dict(found)
        write_whole(submitted / NAME, WHOLE.dump_json(kept, indent=1).decode() + "\n", mode)


def forget(submitted: Path, student: str, mode: int = 0o600) -> None:
    with locked(submitted):
        kept = {name: {who: date for who, date in by.items() if who != student} for name, by in read(submitted).items()}
        write_whole(submitted / NAME, WHOLE.dump_json(kept, indent=1).decode() + "\n", mode)


def recorded(submitted: Path, assignment: str) -> dict[str, datetime]:
    """When these students handed in, in UTC; without those of whom no sheet says it."""
    dates = read(submitted).get(assignment, {})
    return {student: date.at.astimezone(UTC) for student, date in dates.items() if date.at}


def read(submitted: Path) -> Kept:
    """All that is known; nothing where nothing was ever collected.

    Raises:
        Sentence: it is damaged, and who was late hangs on it.
    """
    try:
        return WHOLE.validate_json((submitted / NAME).read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        raise Sentence(
            f"{submitted.name}/{NAME}, which says when submissions were handed in, is damaged: put back a copy of it, "
            "or delete it and run `course collect` again with the platform's sheets."
        ) from None


@contextmanager
def locked(submitted: Path) -> Iterator[None]:
    """Two who collect at once lose none of each other's dates; the lock dies with its process."""
    submitted.mkdir(parents=True, exist_ok=True)
    with (submitted / f"{NAME}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
