"""Marks are read by those who teach: what holds them is closed to the other users of the machine.

Nbgrader writes with the modes that a home folder of one's own would excuse. release/ stays as open as it is.
"""

from __future__ import annotations

import glob
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.converters import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.plugins import CsvExportPlugin

from autograder.gradebook.address import file_of
from autograder.gradebook.settings import folder
from autograder.judge import secret

TABLE, REPORTS, BACKUPS = "grades.csv", "reports", "backups"


def others(shared: bool) -> int:
    """The bits of a mode that let others in; with nbgrader's `groupshared` the group teaches as well."""
    return 0o007 if shared else 0o077


def closed_mode(coursedir: CourseDirectory) -> int:
    """Of a new file that holds marks."""
    return 0o666 & ~others(coursedir.groupshared)


def close(coursedir: CourseDirectory, step: str = "") -> None:
    """Close what holds marks, with the folder of a step ("autograded") that is about to write some."""
    if step:
        folder(coursedir, step).mkdir(parents=True, exist_ok=True)
    for path in holders(coursedir):
        take_from(path, others(coursedir.groupshared))
    if coursedir.groupshared:
        with suppress(OSError):
            Path(coursedir.root, secret.NAME).chmod(0o640)  # made for one; all who grade draw from it


def left_open(coursedir: CourseDirectory) -> list[Path]:
    """What others can get at all the same: as nbgrader's other commands made it, or an earlier version of ours."""
    bits = others(coursedir.groupshared)
    return [path for path in holders(coursedir) if path.exists() and path.stat().st_mode & bits]


def holders(coursedir: CourseDirectory) -> list[Path]:
    """What holds marks, or tells what they will be."""
    gradebook = file_of(coursedir)
    files = [str(gradebook)] if gradebook else []
    folders = [folder(coursedir, step) for step in ("autograded", "feedback")]
    folders += [Path(coursedir.root, name) for name in (REPORTS, BACKUPS)]
    return [*folders, *(Path(coursedir.root, name) for name in (*files, TABLE, secret.NAME))]


def take_from(path: Path, bits: int) -> None:
    with suppress(OSError):  # not there, or another instructor's
        path.chmod(path.stat().st_mode & 0o7777 & ~bits)


def close_output(converter: BaseConverter, step: str) -> None:
    """The same for what one of nbgrader's converters is about to write, file by file."""
    close(converter.coursedir, step)
    kept = int(str(converter.permissions), 8) & ~others(converter.coursedir.groupshared)
    converter.permissions = int(f"{kept:o}")  # nbgrader spells them in decimal


class ClosedPages(HTMLExporter):
    """Made by `nbgrader generate_feedback` before it writes a page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        close_output(self.parent, "feedback")


class ReleasedPages(ExchangeReleaseFeedback):
    """In the exchange a page is open again: only its student knows the name, and the folder cannot be listed.

    nbgrader takes the mode along, and one page that cannot be read breaks a student's whole list of assignments. It
    also stops at a page that answers nothing of its exchange's; here that one alone is left out, and said.
    """

    def copy_files(self) -> None:
        try:
            for folder in sorted(glob.glob(self.src_path)):
                self.copy_one(Path(folder))
        finally:
            for page in Path(self.dest_path).glob("*.html"):
                page.chmod(0o644)

    def copy_one(self, folder: Path) -> None:
        self.src_path = glob.escape(str(folder))
        try:
            super().copy_files()
        except (FileNotFoundError, UnicodeDecodeError) as error:
            who = folder.parent.name
            self.log.warning("%s gets no page there, since nothing came through the exchange: %s", who, error)


class ClosedTable(CsvExportPlugin):
    """nbgrader's table of all marks."""

    def export(self, gradebook: Gradebook) -> None:
        path, bits = Path(self.to or TABLE), others(self.config.CourseDirectory.get("groupshared", False))
        if path.is_file() or not path.exists():  # no device
            path.touch(0o666 & ~bits)
            take_from(path, bits)
        super().export(gradebook)
