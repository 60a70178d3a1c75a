"""Files and folders as they arrive from students when something went wrong on the way, and what must become of each.

Every kind is a function of the toy assignment's perfect submission, `nb`, as plain JSON; they lie in damaged_*.py. It
returns a notebook to be written as JSON, or the very bytes of the file, or a function that fills the submission's
folder. `@becomes` says what must be told to the student, and which answers must be found in the mended notebook;
`refused` means none of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from autograder.tests import toy

ALL = ("double", "counter", "reflection_1")
REST = ("counter", "reflection_1")
UMLAUT = "Weil es so schön ist – „fast“ immer."


@dataclass(frozen=True)
class Kind:
    """One kind of damage: what it makes of a submission, what is said, and which answers are saved."""

    make: Callable
    says: str  # a regular expression; "" means that nothing at all is said
    saved: tuple[str, ...] | None  # None: refused
    elsewhere: dict[str, str]  # code that must survive, by the name of its answer, where it is not the toy's own

    def fill(self, folder: Path) -> None:
        """The submission's folder as it arrives."""
        made = self.make(json.loads(json.dumps(toy.submission())))
        folder.mkdir(parents=True, exist_ok=True)
        if callable(made):
            made(folder)
        else:
            (folder / "toy.ipynb").write_bytes(made if isinstance(made, bytes) else dump(made))


def becomes(says: str, *saved: str, **elsewhere: str) -> Callable:
    return lambda make: Kind(make, says, (*saved, *elsewhere), elsewhere)


def refused(says: str) -> Callable:
    return lambda make: Kind(make, says, None, {})


def kinds_of(*modules: ModuleType) -> dict[str, Kind]:
    return {name: kind for module in modules for name, kind in vars(module).items() if isinstance(kind, Kind)}


def dump(nb: object) -> bytes:
    """As Jupyter writes it: keys in order, one line of text a line."""
    return json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")


def cell(nb: dict, name: str) -> dict:
    return next(cell for cell in nb["cells"] if cell["id"] == name)


def listed(nb: dict) -> dict:
    """Sources as lists of lines, as Jupyter writes them."""
    for each in nb["cells"]:
        each["source"] = each["source"].splitlines(keepends=True)
    return nb


def worded(nb: dict, words: str = UMLAUT) -> dict:
    """With a reflection that ASCII cannot hold."""
    cell(nb, "reflection_1")["source"] = words
    return nb


def marks(nb: dict, name: str) -> dict:
    return cell(nb, name)["metadata"]["nbgrader"]


def alone(name: str) -> Callable:
    """The submission under this name, and no other file."""
    return lambda folder: (folder / name).write_bytes(dump(toy.submission()))
