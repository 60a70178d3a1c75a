"""What Colab and Kaggle note in a notebook for themselves: kept, as small plain data. Colab's `executionInfo` is
not: it holds the name of whoever ran a cell."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

OF_NOTEBOOK = ("accelerator", "colab", "kaggle")
OF_CELL = ("colab", "id", "outputId")
MOST = 2000  # bytes of a note


def noted(metadata: object, names: Iterable[str]) -> dict[str, Any]:
    """Those of these notes that are there, and that a file can hold."""
    there = metadata if isinstance(metadata, dict) else {}
    return {name: there[name] for name in names if name in there and is_small(there[name])}


def is_small(note: object) -> bool:
    try:
        return len(json.dumps(note, ensure_ascii=False, allow_nan=False).encode()) <= MOST
    except (ValueError, RecursionError):  # half a character, no number, or far too deep
        return False
