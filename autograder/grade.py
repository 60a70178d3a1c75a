"""A class, one submission after the other: what is graded and unchanged is skipped, so a stopped run goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from autograder import instruments, record
from autograder.checks import module_of
from course_config import ROOT, SEED


class NothingToGrade(Exception):
    """No submission is where it should be."""


def grade(assignment: str, students: list[str] | None = None, root: Path = ROOT) -> Iterator[dict]:
    """Grade submitted/*/ASSIGNMENT below `root`; yield {"student", "verdict", "skipped"} for each, when it is there.

    A verdict counts as done once nbgrader's gradebook has it: only then does it get its fingerprint.
    """
    found = submissions(assignment, students, root)
    recorded = {row["student"] for row in record.table(assignment, root)}
    for student, folder in found.items():
        path = root / "autograded" / student / assignment / "verdict.json"
        mark = fingerprint(assignment, folder, root)
        before = _read(path)
        if student in recorded and before.get("fingerprint") == mark:
            yield {"student": student, "verdict": before, "skipped": "unchanged since it was graded"}
            continue
        verdict = record.grade_submission(student, assignment, root) | {"fingerprint": mark}
        record.write_verdict(path.parent, verdict)
        yield {"student": student, "verdict": verdict, "skipped": ""}


def submissions(assignment: str, students: list[str] | None, root: Path) -> dict[str, Path]:
    """The folder of each submission, by student."""
    folders = sorted(path for path in (root / "submitted").glob(f"*/{assignment}") if path.is_dir())
    found = {folder.parent.name: folder for folder in folders}
    if missing := [student for student in students or [] if student not in found]:
        raise NothingToGrade(f"Nothing was handed in for {assignment} by: {', '.join(missing)}.")
    if not found:
        raise NothingToGrade(
            f"There is nothing in submitted/*/{assignment}/: put each notebook at "
            f"submitted/STUDENT/{assignment}/{assignment}.ipynb, or run `nbgrader zip_collect {assignment}`."
        )
    return {student: folder for student, folder in found.items() if not students or student in students}


def fingerprint(assignment: str, folder: Path, root: Path) -> str:
    """Changes when the submission, the released notebook, the checks or the seed change."""
    digest = hashlib.sha256(str(SEED).encode())
    ours = [Path(module_of(assignment).__file__), Path(instruments.__file__)]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    for path in (*ours, root / "release" / assignment / f"{assignment}.ipynb", *files):
        if path.is_file():
            name = str(path.relative_to(folder)) if path in files else path.name
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
