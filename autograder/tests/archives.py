"""Archives and sheets as Moodle and Canvas write them, by hand from lms/moodle.py and lms/canvas.py."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import nbformat

from autograder.tests import toy

WHEN = (2026, 11, 3, 23, 59, 2)
LATER = (2026, 11, 5, 8, 0, 0)
FILE = "_assignsubmission_file"
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)
ON_TIME, LATE = "Tuesday, 3 November 2026, 11:59\u202fPM", "Wednesday, 4 November 2026, 12:30 AM"


def answers(course: Path, **changed: str) -> bytes:
    """The toy's released notebook with a student's answers."""
    nb = nbformat.read(course / "release" / "toy" / "toy.ipynb", 4)
    for name, source in (toy.ANSWERS | changed).items():
        toy.find(nb, name).source = source
    return nbformat.writes(nb).encode()


def archive(path: Path, files: dict[str, bytes], when: tuple[int, ...] = WHEN) -> Path:
    path.write_bytes(zipped(files, when))
    return path


def zipped(files: dict[str, bytes], when: tuple[int, ...] = WHEN) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(zipfile.ZipInfo(name, when), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def sheet(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def participant(number: int, name: str, email: str, date: str = ON_TIME, **other: str) -> str:
    """A row of Moodle's grading worksheet."""
    parts = {"status": "Submitted for grading", "grade": "", "most": "15.00", "open": "Yes", "graded": "-", "said": ""}
    told = parts | other
    cells = [f"Participant {number}", name, email, told["status"], told["grade"], told["most"], told["open"]]
    return ",".join(f'"{cell}"' for cell in (*cells, date, told["graded"], told["said"]))
