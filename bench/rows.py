"""Rows of a long measurement, kept in a file as they come, so that an interrupted run goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def kept(path: Path) -> dict[str, Any]:
    """What earlier runs found, by the name of its row."""
    return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}


def keep(path: Path, name: str, found: Any) -> None:
    with path.open("a") as file:
        file.write(json.dumps([name, found]) + "\n")
    print(f"kept: {name}", file=sys.stderr, flush=True)
