"""The file of a backup: tar.gz, closed to others, and first in it a manifest that says what must be in the rest."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import get_origin, get_type_hints

from autograder.gradebook.folder import read
from autograder.sentences import Sentence, Stopped

SUFFIX = ".tar.gz"
MANIFEST = "manifest.json"
BROKEN = (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, TypeError, KeyError, AttributeError)
COMPRESSION = 6  # of 9; pictures in notebooks shrink no further


class NoBackup(Sentence):
    """A file that is no backup, or not as it was written."""


@dataclass(frozen=True)
class Manifest:
    """What is in a backup, and what it was made of."""

    made: str  # the date, with its offset
    version: str  # of the course
    packages: dict[str, str]  # whose versions matter to what is kept
    gradebook: str  # which kind of database holds it
    counts: dict[str, int]
    students: list[str]  # in the gradebook
    folders: list[str]
    files: dict[str, str]  # each with its sha256

    def names(self, student: str) -> bool:
        """Whether anything in it is that student's."""
        return student in self.students or any(PurePosixPath(name).parts[1:] == (student,) for name in self.folders)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def whole(path: Path) -> bytes:
    """A plain file, which no link leads to."""
    return read(path, sys.maxsize)


def write(to: Path, manifest: Manifest, found: Mapping[str, Path]) -> None:
    """All or nothing: `found` says where each file and folder of the manifest lies."""
    draft = to.with_name(f"{to.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=COMPRESSION, format=tarfile.PAX_FORMAT) as tar:
                _add(tar, tarfile.TarInfo(MANIFEST), json.dumps(asdict(manifest), indent=1).encode())
                for name in manifest.folders:
                    tar.addfile(_about(tar, name, found[name]))
                for name, expected in manifest.files.items():
                    content = whole(found[name])
                    if digest(content) != expected:
                        raise Stopped(f"{name} changed while it was read, so no backup was made: run it again.")
                    _add(tar, _about(tar, name, found[name]), content)
            file.flush()
            os.fsync(descriptor)
        os.replace(draft, to)
    finally:
        draft.unlink(missing_ok=True)


def _about(tar: tarfile.TarFile, name: str, path: Path) -> tarfile.TarInfo:
    about = tar.gettarinfo(path, name)
    about.type = tarfile.DIRTYPE if path.is_dir() else tarfile.REGTYPE  # a second name of a file is a file, too
    about.uname = about.gname = ""
    return about


def _add(tar: tarfile.TarFile, about: tarfile.TarInfo, content: bytes) -> None:
    about.size = len(content)
    tar.addfile(about, io.BytesIO(content))


def manifest_of(archive: Path) -> Manifest:
    """What a backup says of itself, without reading on."""
    return next(_members(archive))[0]


def unpack(archive: Path, to: Path) -> None:
    """Into an empty folder, all that the manifest names and nothing else, each file as it says.

    Raises:
        NoBackup: anything is missing, changed, or too much.
    """
    waiting: set[str] = set()
    for manifest, about, content in _members(archive):
        if about.name == MANIFEST:
            waiting = {*manifest.files, *manifest.folders}
            continue
        if about.name not in waiting or not _stays_inside(about.name):
            raise NoBackup(f"{archive.name} holds {about.name!r}, which it should not: nothing was restored.")
        waiting.remove(about.name)
        place = to / about.name
        if about.isdir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        if not about.isreg() or digest(content) != manifest.files.get(about.name):
            raise NoBackup(f"{archive.name} is damaged at {about.name!r}: nothing was restored.")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(about.mode & 0o777 | 0o600)
        os.utime(place, (about.mtime, about.mtime))
    if waiting:
        raise NoBackup(f"{archive.name} lacks {min(waiting)!r}: nothing was restored.")


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _members(archive: Path) -> Iterator[tuple[Manifest, tarfile.TarInfo, bytes]]:
    """Each member with what is in it, and the manifest, which is the first."""
    if not archive.is_file():
        raise NoBackup(f"There is no file {archive}.")
    try:
        with tarfile.open(archive, "r:gz") as tar:
            manifest = None
            for about in tar:
                file = tar.extractfile(about) if about.isreg() else None
                content = file.read() if file else b""
                manifest = manifest or _read(about, content)
                yield manifest, about, content
            if not manifest:
                raise ValueError
    except BROKEN as error:
        raise NoBackup(
            f"{archive.name} is no backup of a course, or a damaged one: {error or 'it is empty'}."
        ) from None


def _read(about: tarfile.TarInfo, content: bytes) -> Manifest:
    if about.name != MANIFEST:
        raise ValueError(f"it does not begin with {MANIFEST}")
    manifest = Manifest(**json.loads(content))
    shapes = get_type_hints(Manifest).items()
    if not all(isinstance(getattr(manifest, name), get_origin(shape) or shape) for name, shape in shapes):
        raise ValueError("its manifest is of another shape")
    return manifest
