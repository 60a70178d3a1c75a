"""What nbgrader itself reads and copies of a student's folder, kept within our bounds.

There is no setting for it, so two of nbgrader's methods are replaced: they follow links, wait for pipes, read dates of
any size, and search a whole folder again for each of its files.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder.gradebook.folder import DATE, beside, read, taken
from course_config import LIMITS

log = logging.getLogger(__name__)
COURSE = "."  # who nbgrader calls so is no student: the files are the course's own
copy_the_courses = BaseConverter.init_assignment


def keep_bounds() -> None:
    """For autograde, formgrader and feedback alike."""
    BaseConverter.init_assignment = copy_files
    CourseDirectory.get_existing_timestamp = date_in


def copy_files(converter: BaseConverter, assignment: str, student: str) -> None:
    """Copy what stands beside a notebook from one of nbgrader's folders to the next."""
    if student == COURSE:
        copy_the_courses(converter, assignment, student)
        return
    source, to = (Path(place(assignment, student)) for place in (converter._format_source, converter._format_dest))
    ignored = [*converter.coursedir.ignore, "*.ipynb"]
    for name, raw in beside(taken(source, assignment), ignored).items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).unlink(missing_ok=True)
        (to / name).write_bytes(raw)


def date_in(_: CourseDirectory, folder: str) -> datetime | None:
    """When a submission was handed in, where it says so."""
    try:
        text = read(Path(folder, DATE), LIMITS.date_bytes).decode()
        date: datetime = parse_utc(text.strip())
        return date
    except FileNotFoundError:
        return None
    except Exception as error:  # a parser may raise anything for a text by a stranger
        log.warning("%s/%s holds no date, so no penalty for lateness is counted: %s", folder, DATE, error)
        return None
