"""What a cell of a course notebook is: role, id, TODO and marks. This file alone reads nbgrader's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Cell = Mapping[str, Any]


class Role(NamedTuple):
    """How nbgrader knows a role: the type of cell (None: any), the prefix of its id, and three flags."""

    cell_type: str | None
    prefix: str
    grade: bool | None
    solution: bool | None
    locked: bool | None


ROLES = {
    "todo": Role("code", "", False, True, False),
    "check": Role("code", "check_", True, False, True),
    "reflection": Role("markdown", "", True, True, False),
    "given": Role(None, "given_", False, False, True),
    "hint": Role("markdown", "hint_", None, None, None),  # no nbgrader cell: students may delete it
}


def marks_in(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """nbgrader's marks in a cell's metadata. Students may have made anything of them: what is no dictionary is none."""
    found = metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def marks(cell: Cell) -> dict[str, Any]:
    """nbgrader's marks of a cell that has a role; empty for any other."""
    found = marks_in(cell["metadata"])
    return found if found.get("grade") or found.get("solution") or found.get("locked") else {}


def new_marks(role: str, name: str, points: float | None = None) -> dict[str, Any]:
    """The marks of a cell with this role; points where it is graded."""
    _, prefix, grade, solution, locked = ROLES[role]
    made = {"schema_version": 3, "grade_id": prefix + name, "grade": grade, "solution": solution}
    made |= {"locked": locked, "task": False}
    return made | ({"points": points} if grade else {})


def make_given(cell: Any) -> None:
    """Of the cell of a TODO."""
    cell.metadata["nbgrader"], cell.id = new_marks("given", grade_id(cell)), ROLES["given"].prefix + cell.id


def flags(cell: Cell) -> dict[str, bool]:
    found = marks_in(cell["metadata"])
    return {flag: bool(found.get(flag)) for flag in ("grade", "solution", "locked", "task")}


def role_of(cell: Cell) -> str | None:
    """The role that a cell's marks say, None for a cell without one. LookupError where no role has these flags."""
    found = flags(cell)
    if not any(found.values()):
        return None
    locked = not found["solution"] and (found["locked"] or found["grade"])
    for name, role in ROLES.items():
        of_this_type = role.cell_type in (None, cell["cell_type"])
        if (found["grade"], found["solution"], locked) == role[2:] and of_this_type and not found["task"]:
            return name
    raise LookupError(grade_id(cell))


def id_in(metadata: Mapping[str, Any]) -> str:
    """The id that nbgrader knows a cell by; empty where there is none."""
    name = marks_in(metadata).get("grade_id")
    return name if isinstance(name, str) else ""


def grade_id(cell: Cell) -> str:
    return id_in(cell["metadata"])


def name_of(cell: Cell, role: str) -> str:
    """The name that the text gives a cell of this role: for a check cell, its TODO."""
    return grade_id(cell).removeprefix(ROLES[role].prefix)


def points_of(cell: Cell) -> float:
    return marks_in(cell["metadata"]).get("points") or 0


def is_todo(cell: Cell) -> bool:
    return bool(marks(cell).get("solution") and not marks(cell).get("grade"))


def is_reflection(cell: Cell) -> bool:
    return bool(marks(cell).get("solution") and marks(cell).get("grade"))


def is_check(cell: Cell) -> bool:
    return bool(marks(cell).get("grade") and not marks(cell).get("solution"))


def is_given(cell: Cell) -> bool:
    return grade_id(cell).startswith(ROLES["given"].prefix)


def is_restored(cell: Cell) -> bool:
    """Provided code and checks: whatever the student made of them, the original counts."""
    return bool(marks(cell) and not marks(cell).get("solution"))


def is_graded_copy(cell: Cell) -> bool:
    """Of a release or a submission: nbgrader left a checksum."""
    return "checksum" in marks_in(cell["metadata"])


def have_same_marks(metadata: Mapping[str, Any], original: Cell) -> bool:
    """Whether a submitted cell's marks are those of the released cell."""
    keys = ("grade_id", "grade", "solution", "locked", "task", "points")
    found, wanted = marks_in(metadata), marks(original)
    return all(found.get(key, False) == wanted.get(key, False) for key in keys)


def of_a_release(metadata: Mapping[str, Any], source: str, today: Cell) -> bool:
    """Whether a submitted cell was once handed out with the points, and if it is locked the text, that it has now:
    the checksum that nbgrader left in it is theirs."""
    from nbformat import from_dict  # here, since the judge, which reads cells too, needs neither
    from nbgrader.utils import compute_checksum

    found = marks_in(metadata)
    has_points = "points" in marks(today) and isinstance(found.get("points"), int | float)
    points = {"points": found["points"]} if has_points else {}
    once = {**today, "metadata": {"nbgrader": marks(today) | points}}
    once |= {"source": source} if is_restored(today) else {}
    return have_same_marks(metadata, once) and found.get("checksum") == compute_checksum(from_dict(once))


def run_as(cell: Cell) -> str:
    """What a code cell is to the judge: "kept" (a long run, not repeated), "check" (not run), a TODO's id, "other"."""
    if cell["metadata"].get("rerun") is False:
        return "kept"
    name = grade_id(cell)
    return "check" if name.startswith(ROLES["check"].prefix) else name or "other"


def code_cell(source: str, name: str | None = None) -> dict[str, Any]:
    """A code cell as plain data; with a name, one that the judge takes for that TODO's."""
    metadata = {"nbgrader": {"grade_id": name}} if name else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": []}
