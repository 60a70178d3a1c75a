"""Verdicts and graded folders on the disk, each replaced in one step: whoever looks finds a whole one or none."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import TypeAdapter

from autograder.verdict import Verdict

WHOLE = TypeAdapter(Verdict)


def read_verdict(path: Path) -> Verdict | None:
    """None where there is none, or where anything of it is missing: who asks has the submission judged again."""
    try:
        return WHOLE.validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def write_verdict(folder: Path, verdict: Verdict) -> None:
    write_whole(folder / "verdict.json", json.dumps(verdict, indent=1, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str | bytes, mode: int | None = None) -> None:
    """Write a file in one step, with a mode of its own where one is named."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(text if isinstance(text, bytes) else text.encode())
    if mode is not None:
        draft.chmod(mode)
    os.replace(draft, path)


def put_in_place(stage: Path, graded: Path) -> None:
    """A finished folder takes the place of the old one."""
    for path in (stage / "verdict.json", *stage.glob("*.ipynb")):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    swap(stage, graded)


def swap(stage: Path, place: Path) -> None:
    """One rename for the new folder; the old one goes with the rest of the stage."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(stage.with_name(f"{stage.name}.old"))
    stage.rename(place)
