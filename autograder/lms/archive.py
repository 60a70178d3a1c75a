"""An archive as others packed it, read so that nothing in it can do harm: no path leads out, no link is followed, no
file takes the place of another, and no more is unpacked than Limits allows, whatever it claims to hold."""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from autograder.gradebook.folder import UNSHOWN, TooMuch, entries, is_hidden, keep_bounds
from autograder.gradebook.handed_in import LITTER
from autograder.lms.names import spelled
from autograder.sentences import Sentence

MOST_ENTRIES = 50_000  # of a zip in the archive: reading its list takes memory before anything is unpacked
ENTRY = b"PK\x01\x02"  # begins each entry of that list
LONGEST = 255  # bytes of a file's name
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
# Others give a hostile file its way to much memory; no learning platform writes them.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Item(NamedTuple):
    """A plain file in an archive."""

    path: PurePosixPath
    size: int  # as it claims; reading ends there
    order: str  # its time by the packer's clock: tells which of two is newer, and is no date to rely on
    open: Callable[[], IO[bytes]]


class Contents(NamedTuple):
    """What an archive holds, and what of it is not taken, with the reason."""

    items: list[Item]
    left_out: list[str]


@contextmanager
def opened(place: Path) -> Iterator[Contents]:
    """A zip, or a folder that one was unpacked into, as some browsers do at once.

    Raises:
        Sentence: it is neither.
    """
    if place.is_dir():
        yield Contents(sorted(files_below(place)), [])
        return
    if not place.exists():
        raise Sentence(f"There is no file {place}.")
    try:
        file = zipfile.ZipFile(place)
    except DAMAGED as error:
        raise Sentence(f"{place.name} cannot be read as a zip archive ({error}): download it again.") from None
    with file:
        yield contents(file)


def files_below(folder: Path, top: Path | None = None) -> Iterator[Item]:
    top = top or folder
    for path, about in entries(folder):
        if stat.S_ISDIR(about.st_mode):
            yield from files_below(path, top)
        elif stat.S_ISREG(about.st_mode) and (inside := safe(path.relative_to(top).as_posix())):
            changed = datetime.fromtimestamp(about.st_mtime).isoformat(" ", "seconds")  # as unzipping restored it
            yield Item(inside, about.st_size, changed, partial(readable, path))


def readable(path: Path) -> IO[bytes]:
    return path.open("rb")


def contents(file: zipfile.ZipFile) -> Contents:
    found = Contents([], [])
    for info in file.infolist():
        name = name_of(info)
        path = safe(name)
        if info.is_dir() or path and is_litter(name):
            continue
        if path is None or (why := wrong_with(info)):
            found.left_out.append(f"{name!r}: {'its name cannot be one here' if path is None else why}")
            continue
        order = "{}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time)
        found.items.append(Item(path, info.file_size, order, partial(file.open, info)))
    return found


def name_of(info: zipfile.ZipInfo) -> str:
    """Many packers write UTF-8 without saying so, which is read as the letters of old PCs."""
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            return info.filename.encode("cp437").decode("utf-8")
    return info.filename


def is_litter(name: str) -> bool:
    """What systems and programs leave behind, and hidden files; no one means to hand it in."""
    return is_hidden(name) or bool(set(LITTER) & set(name.split("/")))


def safe(name: str) -> PurePosixPath | None:
    """The path where it stays inside, and a line can show it."""
    path = PurePosixPath(spelled(name.replace("\\", "/")))
    fits = all(len(os.fsencode(part)) <= LONGEST for part in path.parts) if not UNSHOWN.search(name) else False
    return path if fits and path.parts and not path.is_absolute() and ".." not in path.parts else None


def wrong_with(info: zipfile.ZipInfo) -> str:
    """Why a file is not taken; empty for all others."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    wrong = {
        "it is a link": kind == stat.S_IFLNK,
        "it is no plain file": kind not in (0, stat.S_IFREG, stat.S_IFLNK),
        "it is locked with a password": bool(info.flag_bits & 1),
        "it is packed in a way that is not read": info.compress_type not in METHODS,
    }
    return next((why for why, is_so in wrong.items() if is_so), "")


class Unpacked:
    """What one student handed in, written below a folder; a zip among it becomes a folder of its name.

    Notebooks come first, so that a limit that is reached costs other files before it costs one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.count, self.size = folder, 0, 0
        self.order: dict[Path, str] = {}  # of each file
        self.left_out: list[str] = []

    def take(self, items: Iterable[Item], is_inner: bool = False) -> None:
        for item in sorted(items, key=lambda item: (is_zip(item), ".ipynb" not in item.path.name.lower(), item.path)):
            if target := self.write(item):
                self.order[target] = item.order
                if is_zip(item) and not is_inner:
                    self.open_zip(target, item.path)

    def write(self, item: Item) -> Path | None:
        target = self.folder / item.path
        try:
            keep_bounds(self.count + 1, self.size + item.size, Path(item.path))
            target.parent.mkdir(parents=True, exist_ok=True)
            with item.open() as source, target.open("xb") as file:
                shutil.copyfileobj(source, file)
        except TooMuch as bound:
            self.left_out.append(f"{item.path}: the submission holds more than {bound}")
            return None
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            self.left_out.append(f"{item.path}: it is there twice")
            return None
        except DAMAGED as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the disk's, not the archive's
            target.unlink(missing_ok=True)
            self.left_out.append(f"{item.path}: it is damaged ({error})")
            return None
        self.count, self.size = self.count + 1, self.size + item.size
        return target

    def open_zip(self, place: Path, inside: PurePosixPath) -> None:
        """A zip that cannot be read stays as it is."""
        raw = place.read_bytes()
        if raw.count(ENTRY) > MOST_ENTRIES:
            self.left_out.append(f"{inside}: it holds more than {MOST_ENTRIES:,} files")
            return
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as file:
                found = contents(file)
                below = inside.with_suffix("")
                self.left_out += [f"{inside}, {said}" for said in found.left_out]
                place.unlink()
                del self.order[place]
                self.take([item._replace(path=below / item.path) for item in found.items], is_inner=True)
        except DAMAGED as error:
            if isinstance(error, OSError) and error.errno:
                raise
            self.left_out.append(f"{inside}: it cannot be read as a zip archive")


def is_zip(item: Item) -> bool:
    return item.path.suffix.lower() == ".zip"
