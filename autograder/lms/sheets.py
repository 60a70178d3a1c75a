"""`course export`: what counts, one row a student, in the columns that Canvas or Moodle takes in, or in a plain table.

Nobody gets a 0 who handed nothing in, and no mark goes out that a person has yet to give: those cells stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from nbgrader.api import Gradebook

from autograder.gradebook import harmless
from autograder.gradebook.address import file_of
from autograder.gradebook.handed_in import with_folder_of
from autograder.gradebook.private import REPORTS, closed_mode
from autograder.gradebook.settings import course, folder
from autograder.lms import canvas, moodle
from autograder.lms.people import Person
from autograder.lms.tables import Table
from autograder.policy.totals import Total, totals
from autograder.sentences import NotBuilt, Sentence
from course_config import ROOT

Platform = Literal["canvas", "moodle", "csv"]


class Mark(NamedTuple):
    """A student's total, and how far it is one."""

    total: Total
    state: str  # one of those below

    @property
    def cell(self) -> str:
        return points(self.total.counts) if self.state == MARKED else ""


MARKED, WAITS, UNGRADED, NOTHING = "marked", "a person has yet to mark it", "handed in, not graded", "nothing handed in"
