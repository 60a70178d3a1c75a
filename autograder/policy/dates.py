"""When a submission was handed in, and who says so.

The best witness counts: the date that `course collect` read from the learning platform; the one that nbgrader's
exchange still has beside the submission; a date in the student's own folder, which the student could have written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import Exchange
from nbgrader.utils import parse_utc
from traitlets.config import Config

from autograder.gradebook.settings import folder
from autograder.lms.dates import recorded

Witness = Literal["the platform", "the exchange", "a file in the student's folder", "the gradebook"]


@dataclass(frozen=True)
class HandedIn:
    when: datetime  # UTC
    witness: Witness


@dataclass(frozen=True)
class Dates:
    """Of one assignment's submissions."""

    coursedir: CourseDirectory
    assignment: str
    platform: Mapping[str, datetime]
    inbound: frozenset[tuple[str, datetime]]  # students, and when the exchange took something of theirs

    @classmethod
    def of(cls, assignment: str, coursedir: CourseDirectory, config: Config) -> Dates:
        found = recorded(folder(coursedir, "submitted"), assignment)
        return cls(coursedir, assignment, found, frozenset(taken_in(assignment, coursedir, config)))

    def handed_in(self, student: str, noted: datetime | None = None) -> HandedIn | None:
        """`noted` is what nbgrader's gradebook has; it counts where nothing is handed in any more."""
        if when := self.platform.get(student):
            return HandedIn(when, "the platform")
        place = folder(self.coursedir, "submitted") / student / self.assignment
        if found := self.coursedir.get_existing_timestamp(str(place)):
            when = found.replace(tzinfo=UTC)
            known = (student, when) in self.inbound
            return HandedIn(when, "the exchange" if known else "a file in the student's folder")
        if noted and not place.exists():
            return HandedIn(noted.replace(tzinfo=UTC), "the gradebook")
        return None


def taken_in(assignment: str, coursedir: CourseDirectory, config: Config) -> set[tuple[str, datetime]]:
    """What lies in the exchange's inbound folder, where there is one: STUDENT+ASSIGNMENT+DATE, and a random end."""
    inbound, found = Path(Exchange(config=config).root, coursedir.course_id, "inbound"), set()
    for path in inbound.glob(f"*+{assignment}+*") if inbound.is_dir() else ():
        student, _, date, *_ = path.name.rsplit("+", 3)
        found.add((student, parse_utc(date).replace(tzinfo=UTC)))
    return found
