"""Kinds of damage that befall notebooks on the way from a student."""

from __future__ import annotations

import copy
import json
from itertools import cycle, islice

from nbformat import NotebookNode


def cells(notebook: NotebookNode, release: NotebookNode, todos: list[str]) -> NotebookNode:
    """Copied, deleted, renamed, re-flagged and reordered cells, another kernel: but all the work is there."""
    named = {cell.id: cell for cell in notebook.cells}
    first, second, third, fourth, fifth = islice(cycle(todos), 5)  # again from the first where there are fewer
    untouched = copy.deepcopy(next(cell for cell in release.cells if cell.id == first))
    notebook.cells.remove(named[f"check_{second}"])
    named[f"check_{third}"].metadata.nbgrader["grade_id"] = "my_check"
    named[fourth].metadata.nbgrader.update(schema_version=99, locked=True)
    named[f"check_{fifth}"].metadata.nbgrader["points"] = 1000
    named[f"check_{fifth}"].source = "assert True"
    last = named[todos[-1]]
    notebook.cells.remove(last)
    notebook.cells.insert(0, last)
    notebook.cells.append(untouched)
    notebook.metadata = {"kernelspec": {"name": "my-env", "display_name": "mine"}, "language_info": {"name": "R"}}
    return notebook


def encoding(raw: bytes) -> bytes:
    """As some editors on Windows save a file."""
    return raw.decode().encode("utf-16")


def cut(raw: bytes, todo: str) -> bytes:
    """A download that broke off in the middle of a TODO's cell."""
    text = raw.decode()
    ids = [cell["id"] for cell in json.loads(text)["cells"]]
    assert todo in ids, f"there is no cell {todo}"
    return text[: text.index(f'"id": "{todo}"') + 40].encode()
