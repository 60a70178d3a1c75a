"""The gradebook in one file and back: SQLite by its own backup, PostgreSQL by pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nbgrader.api import Grade, Student, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import OperationalError

from autograder.gradebook.address import file_of, name_of
from autograder.gradebook.machine import about_gradebook
from autograder.sentences import Sentence, Stopped

SQLITE, POSTGRES = "sqlite", "postgresql"
BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside its file, and reads with it
PATIENCE = 30  # seconds, for somebody who writes
ROWS = {
    "students": select(func.count()).select_from(Student),
    "submissions in the gradebook": select(func.count()).select_from(SubmittedAssignment),
    "marks by hand": select(func.count()).select_from(Grade).where(Grade.manual_score.is_not(None)),
}


def kind(coursedir: CourseDirectory) -> str:
    return make_url(coursedir.db_url).get_backend_name()


def is_there(coursedir: CourseDirectory) -> bool:
    """Asked before anything connects, which would make an empty file."""
    file = file_of(coursedir)
    return file is None or file.exists()


def require_known(coursedir: CourseDirectory) -> None:
    if kind(coursedir) not in (SQLITE, POSTGRES):
        raise Sentence(f"The gradebook ({name_of(coursedir)}) is in {kind(coursedir)}: use that database's own tools.")


def counts(coursedir: CourseDirectory) -> dict[str, int]:
    """What would be missed; nothing where there is no gradebook."""
    if not is_there(coursedir):
        return {}
    with connected(coursedir) as connection:
        return {what: connection.scalars(rows).one() for what, rows in ROWS.items()}


def students(coursedir: CourseDirectory) -> list[str]:
    with connected(coursedir) as connection:
        return sorted(connection.scalars(select(Student.id)))


@contextmanager
def connected(coursedir: CourseDirectory) -> Iterator[Connection]:
    """To the gradebook as it is; what was begun there is committed at the end, or taken back."""
    engine = create_engine(coursedir.db_url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def save(coursedir: CourseDirectory, to: Path) -> None:
    """A copy as of one moment, whoever writes meanwhile."""
    file = file_of(coursedir)
    if not file:
        _run("pg_dump", coursedir, "--format=custom", "--no-owner", "--no-privileges", f"--file={to}")
        return
    try:
        there = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)
        with closing(there) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy, progress=_until(time.monotonic() + PATIENCE), sleep=0.02)
    except sqlite3.Error as error:
        raise Stopped(f"{about_gradebook(str(error), name_of(coursedir))}. No backup was made.") from None


def _until(end: float) -> Callable[[int, int, int], None]:
    """SQLite tries again for ever where somebody keeps the file locked."""

    def go_on(status: int, *_: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:
            raise sqlite3.OperationalError("database is locked")

    return go_on


def load(coursedir: CourseDirectory, saved: Path) -> None:
    """What `save` wrote, in the place of what the server has of it: in one transaction, or not at all."""
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", str(saved))
    require_idle(coursedir)
    _run("pg_restore", coursedir, *options)


def require_idle(coursedir: CourseDirectory) -> None:
    """pg_restore would wait for ever for somebody who is in the middle of something."""
    try:
        with connected(coursedir) as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}s'"))
            for table in inspect(connection).get_table_names():
                connection.execute(text(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE'))
    except OperationalError as error:
        said = " ".join(str(error.orig).split())
        raise Stopped(f"{about_gradebook(said, name_of(coursedir))}: is a formgrader open? It is as it was.") from None


def tidy(coursedir: CourseDirectory) -> None:
    """What was deleted stands in free pages of SQLite's file until that is written anew."""
    if file := file_of(coursedir):
        try:
            with closing(sqlite3.connect(file, PATIENCE, isolation_level=None)) as live:
                live.execute("VACUUM")
        except sqlite3.Error as error:
            raise Stopped(f"{about_gradebook(str(error), name_of(coursedir))}. Run the same command again.") from None


def _run(program: str, coursedir: CourseDirectory, *options: str) -> None:
    if not shutil.which(program):
        raise Sentence(
            f"{program} is not on the path, and without it the gradebook ({name_of(coursedir)}) cannot be copied: it "
            "comes with PostgreSQL's client programs (Debian: apt-get install postgresql-client)."
        )
    url = make_url(coursedir.db_url)
    address = URL.create(POSTGRES, url.username, None, url.host, url.port, url.database, url.query)
    password = {"PGPASSWORD": str(url.password)} if url.password else {}  # all users may read a command line
    command = [program, "--no-password", f"--dbname={address.render_as_string()}", *options]
    done = subprocess.run(command, env=os.environ | password, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise Stopped(f"{program} stopped at the gradebook ({name_of(coursedir)}): {reason}. It is as it was.")
