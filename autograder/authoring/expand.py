"""A text as people edit it, and whole: its TODOs have their numbers, its shared cells their code.

`[id]` after the word TODO, or where the row of a table begins, stands for the number of that TODO. An empty given cell
stands for the one of that name in source/shared.py. The way back, for `course import`, goes by the text that there was.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from autograder.checks import todos_in

NUMBER = re.compile(r"(\bTODO(?: |\n# )|^# \| (?=\[\w+\] \|))\[(\w+)\]", re.M)
GIVEN = re.compile(r'^(# %% given="([\w-]+)".*)((?:\n(?!# %%).*)*)', re.M)

Shared = Mapping[str, str]  # the code of the shared cells, by name


def shared_cells(root: Path) -> Shared:
    path = root / "source" / "shared.py"
    return {cell[2]: code(cell) for cell in GIVEN.finditer(path.read_text("utf-8") if path.is_file() else "")}


def code(given: re.Match[str]) -> str:
    return given[3].rstrip("\n")[1:]


def with_numbers(text: str) -> str:
    """The same, line by line; an id that is no TODO's stays as it is."""
    numbers = {todo: str(number) for number, todo in enumerate(todos_in(text), 1)}
    return NUMBER.sub(lambda found: found[1] + numbers.get(found[2], f"[{found[2]}]"), text)


def whole(text: str, shared: Shared) -> str:
    def filled(given: re.Match[str]) -> str:
        is_shared = given[2] in shared and not code(given)
        return f"{given[1]}\n{shared[given[2]]}{given[3]}" if is_shared else given[0]

    return GIVEN.sub(filled, with_numbers(text))


def as_edited(made: str, old: str, shared: Shared) -> str:
    """The text to edit of one that is whole: shared cells are empty, and lines that `old` has keep their ids."""
    ids = dict(zip(with_numbers(old).split("\n"), old.split("\n"), strict=True))

    def emptied(given: re.Match[str]) -> str:
        return given[1] + given[3].removeprefix(f"\n{code(given)}") if given[2] in shared else given[0]

    return "\n".join(ids.get(line, line) for line in GIVEN.sub(emptied, made).split("\n"))


def shared_edits(made: str, shared: Shared) -> Shared:
    """The code of shared cells that a whole text has otherwise."""
    found = {given[2]: code(given) for given in GIVEN.finditer(made) if given[2] in shared}
    return {name: new for name, new in found.items() if new and new != shared[name]}
