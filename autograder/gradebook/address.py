"""Where the gradebook is, and what people call it."""

from __future__ import annotations

from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url


def file_of(coursedir: CourseDirectory) -> Path | None:
    """The file that holds it; None where a server does."""
    address = make_url(coursedir.db_url)
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def name_of(coursedir: CourseDirectory) -> str:
    """Its name in a sentence, without a password."""
    if file := file_of(coursedir):
        return file.name
    address = make_url(coursedir.db_url)
    return f"{address.database} on {address.host or 'this machine'}"
