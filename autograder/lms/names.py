"""What a file name in an archive, or a row of a sheet, says of a student, whichever platform wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

MOST_SAID = 10
CLEANED = re.compile(r"[&<>\"`|':\\/]")  # what Moodle's clean_filename leaves out of a name


class Owner(NamedTuple):
    """Whom a platform names as the one who handed a file in."""

    platform: str
    name: str  # as the archive has it
    number: str  # Moodle: of the participant, or the group, in this assignment alone; Canvas: of the user

    def __str__(self) -> str:
        return f"{self.name} ({self.number})" if self.number else self.name


class Named(NamedTuple):
    """What one part of a path in an archive says."""

    owner: Owner
    file: str = ""  # the file's own name; empty where the part is a folder
    upload: int = 0  # grows from one upload to the next, where the platform says so
    late: bool = False


class Row(NamedTuple):
    """A student's row in a sheet or a roster."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    ids: tuple[str, ...] = ()  # what the student may be called here, the best first
    number: str = ""  # Moodle's, of the participant in one assignment
    group: str = ""
    handed_in: str = ""  # a date, as the sheet has it
    own_id: str = ""  # where the course's own table says what the student is called here

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


def key(name: str) -> tuple[str, ...]:
    """Equal for the same name in any order, with commas or without, as an archive spells it."""
    return tuple(sorted(CLEANED.sub("", spelled(name)).casefold().replace(",", " ").replace("_", " ").split()))


def spelled(text: str) -> str:
    """The one spelling of letters with accents, which macOS takes apart."""
    return unicodedata.normalize("NFC", text)


def few(names: Sequence[str]) -> str:
    """As many as a sentence bears."""
    rest = [f"{len(names) - MOST_SAID} more"] if len(names) > MOST_SAID else []
    return ", ".join([*names[:MOST_SAID], *rest])


def id_of(name: str) -> str:
    """What a student is called here of whom nothing but the name is known."""
    return re.sub(r"[^\w.]+", "-", CLEANED.sub("", spelled(name)).replace("_", " ")).strip("-.").lower()


def ids_of_address(address: str) -> tuple[str, ...]:
    return (address.partition("@")[0], address) if address else ()
