"""`course backup` and `course restore`: a running course in one file, and back, wholly or not at all."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version as version_of
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import DatabaseError

from autograder.gradebook import private
from autograder.gradebook.address import file_of
from autograder.gradebook.grade import alone
from autograder.gradebook.settings import course, folder
from autograder.keeping import archive, database, places
from autograder.keeping.archive import Manifest
from autograder.keeping.version import of_course
from autograder.sentences import Sentence
from course_config import ROOT

PACKAGES = ("nbgrader", "torch", "numpy")
MOST_NAMES = 5  # that a sentence holds


class Made(NamedTuple):
    """A backup that was written, and what is not in it since it is no plain file."""

    path: Path
    manifest: Manifest
    left_out: list[str]


def now() -> datetime:
    return datetime.now().astimezone()


def back_up(to: Path | None = None, root: Path = ROOT) -> Made:
    """Write all that is a running course's own into one file, which its owner alone may read.

    Raises:
        Sentence: there is no gradebook, or none that can be copied; the file is there already.
    """
    coursedir, _ = course(root)
    database.require_known(coursedir)
    if not database.is_there(coursedir):
        raise Sentence("There is no gradebook yet, so there is nothing to back up: `course build` makes one.")
    date = now()
    to = to or places.backups(coursedir) / f"{coursedir.course_id}-{date:%Y-%m-%d-%H%M%S}{archive.SUFFIX}"
    if not to.name.endswith(archive.SUFFIX):
        raise Sentence(f"A backup's name ends in {archive.SUFFIX}; {to.name} does not.")
    if to.exists() or not to.parent.is_dir():
        raise Sentence(
            f"{to} is there already: name another file." if to.exists() else f"There is no folder {to.parent}."
        )
    with at_work(coursedir, "course backup") as stage:
        database.save(coursedir, copy := stage / places.GRADEBOOK)
        there = places.found({places.GRADEBOOK: copy} | places.settings(root) | places.holders(coursedir))
        manifest = Manifest(
            made=date.isoformat(timespec="seconds"),
            version=of_course(),
            packages={name: version_of(name) for name in PACKAGES},
            gradebook=database.kind(coursedir),
            counts=database.counts(coursedir),
            students=database.students(coursedir),
            folders=[*there.folders],
            files={name: archive.digest(archive.whole(path)) for name, path in there.files.items()},
        )
        archive.write(to, manifest, there.folders | there.files)
    return Made(to, manifest, there.others)


@contextmanager
def at_work(coursedir: CourseDirectory, command: str) -> Iterator[Path]:
    """While no other command is; with an empty folder for what is unfinished."""
    with alone(folder(coursedir, "autograded"), command):
        private.close(coursedir)
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=places.backups(coursedir)) as stage:
            yield Path(stage)


# ---- and back ---------------------------------------------------------------------------------------------


def restore(source: Path, root: Path = ROOT, force: bool = False) -> tuple[Manifest, Path | None]:
    """Make the course what it was: what the backup does not have goes as well. Returns what it was made of, and where
    lies what was replaced; None where nothing was.

    Raises:
        Sentence: the file is no backup, or not as it was written; something would be lost, and `force` is not said.
    """
    manifest = archive.manifest_of(source)
    coursedir, _ = course(root)
    if manifest.gradebook != (here := database.kind(coursedir)):
        raise Sentence(f"{source.name} holds a gradebook of {manifest.gradebook}, and here GRADEBOOK means {here}.")
    with at_work(coursedir, "course restore") as stage:
        if not force and (lost := losses(coursedir, root, manifest)):
            command = f"course restore {quote(str(source))} --force"
            raise Sentence(
                f"{lost} The backup of {manifest.made} has {words(manifest.counts)}. `{command}` puts that in the "
                f"place of what is here, and keeps what it replaces in {private.BACKUPS}/."
            )
        archive.unpack(source, stage)
        aside = places.backups(coursedir) / f"replaced-{now():%Y-%m-%d-%H%M%S-%f}"
        with alone(stage / "autograded"), Swap(aside) as swap:  # whose lock comes into its place with it
            for name, place in places.settings(root).items():
                swap.put(stage / name, place, name)
            coursedir, _ = course(root)  # by the settings that hold from here on
            for name, place in places.holders(coursedir).items():
                swap.put(stage / name, place, name)
            put_gradebook(stage / places.GRADEBOOK, coursedir, swap)
        private.close(coursedir)
    return manifest, aside if aside.exists() else None


def put_gradebook(copy: Path, coursedir: CourseDirectory, swap: Swap) -> None:
    """The last of all, since a server's is changed for good."""
    if file := file_of(coursedir):
        for beside in database.BESIDE:  # a journal that stayed would be played into the other gradebook
            swap.take_away(file.with_name(file.name + beside), file.name + beside)
        swap.put(copy, file, file.name)
    else:
        database.save(coursedir, swap.aside / places.GRADEBOOK)
        database.load(coursedir, copy)


class Swap:
    """Puts new things into their places and what was there aside; where anything fails, all as it was.

    A killed run loses nothing either: both lie in the course, and the same command again makes it whole.
    """

    def __init__(self, aside: Path) -> None:
        self.aside = aside
        self.moved: list[tuple[Path, Path]] = []

    def __enter__(self) -> Swap:
        self.aside.mkdir(mode=0o700)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self.undo()
        kept = places.found({path.name: path for path in self.aside.iterdir()})
        if not kept.files and not kept.others:
            shutil.rmtree(self.aside)

    def undo(self) -> None:
        for path, to in reversed(self.moved):
            if os.path.lexists(to) and not os.path.lexists(path):
                shutil.move(to, path)
        (self.aside / places.GRADEBOOK).unlink(missing_ok=True)  # a server's is as it was

    def put(self, new: Path, place: Path, name: str) -> None:
        if new.is_file() and place.is_file() and filecmp.cmp(new, place, shallow=False):
            return
        self.take_away(place, name)
        if new.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            self.move(new, place)

    def take_away(self, place: Path, name: str) -> None:
        if os.path.lexists(place):
            self.move(place, self.aside / name)

    def move(self, path: Path, to: Path) -> None:
        self.moved.append((path, to))  # before it is done, since a signal may come between
        shutil.move(path, to)


# ---- what would be lost -----------------------------------------------------------------------------------


def losses(coursedir: CourseDirectory, root: Path, manifest: Manifest) -> str:
    """In sentences, what is here and is not in the backup; empty where restoring it costs nothing."""
    here = places.found(places.settings(root) | places.holders(coursedir)).files
    other = [name for name, path in here.items() if manifest.files.get(name) != archive.digest(archive.whole(path))]
    said = []
    try:
        if any((counts := database.counts(coursedir)).values()):
            said.append(f"The gradebook here has {words(counts)}.")
    except DatabaseError:
        said.append("There is a gradebook here that cannot be read.")
    if other:
        more = f" and {len(other) - MOST_NAMES} more" if len(other) > MOST_NAMES else ""
        said.append(f"The backup has otherwise, or not at all: {', '.join(other[:MOST_NAMES])}{more}.")
    return " ".join(said)


def words(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.items())
