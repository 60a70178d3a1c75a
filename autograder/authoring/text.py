"""The course text (py:percent) and the notebook that nbgrader reads, one into the other."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder import cells
from autograder.cells import ROLES, flags, grade_id, name_of, new_marks, points_of
from autograder.sentences import BuildError

KEPT = ("hint", "rerun", "name", "tags")  # options that the notebook holds as they are
JUPYTEXT = ("lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker")  # its own layout notes
OPTIONS = (*ROLES, "points", "rerun", "name", "tags")  # also the order on the line
FIGURE = re.compile(r"# Figure: (.*(?:\n# .*)*)")  # a code cell that draws says first what is to be seen
NEW_CELL: dict[str, Callable[..., NotebookNode]] = {
    "code": new_code_cell,
    "markdown": new_markdown_cell,
    "raw": new_raw_cell,
}
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


# -- text -> notebook


def to_notebook(text: str, points: Mapping[str, float]) -> NotebookNode:
    """The source notebook of a text without problems. `points` are those of the check cells, by TODO."""
    read = _read(text)
    ids = _cell_ids(read)
    made = []
    for cell, cell_id in zip(read, ids, strict=True):
        meta = {key: cell.metadata[key] for key in (*KEPT, *JUPYTEXT) if key in cell.metadata}
        role = role_of(cell)
        if role and role != "hint":
            name = cell.metadata[role]
            worth = points.get(name, 0) if role == "check" else cell.metadata.get("points", 0)
            meta["nbgrader"] = new_marks(role, name, _number(worth))
        if described := FIGURE.match(cell.source):  # for who does not see it; nbconvert calls it so
            meta["alt"] = " ".join(described[1].replace("\n#", "").split())
        made.append(NEW_CELL[cell.cell_type](cell.source, id=cell_id, metadata=meta))
    return stamp(new_notebook(cells=made, metadata=json.loads(json.dumps(KERNEL))), text)


def stamp(nb: NotebookNode, text: str) -> NotebookNode:
    """Notes in the notebook which text it stands for and what it held, so that edits by hand are seen."""
    nb.metadata["course"] = {"content": content_digest(nb), "text": digest(text)}
    return nb


def _read(text: str) -> list[NotebookNode]:
    cells: list[NotebookNode] = jupytext.reads(text, fmt="py:percent").cells
    return cells


def role_of(cell: NotebookNode) -> str | None:
    """The role that a cell of the text was given in its options."""
    return next((role for role in ROLES if role in cell.metadata), None)


def _number(points: float) -> float:
    """8.0 and 8 are the same points, and must be the same bytes."""
    return int(points) if points == int(points) else float(points)


def _cell_ids(cells: list[NotebookNode]) -> list[str]:
    """A name, an id or a slug of the first line: what does not change when other cells do."""
    fixed: list[Any] = [c.metadata.get("name") or role_id(c) for c in cells]
    taken = set(fixed)
    for i, cell in enumerate(cells):
        if fixed[i] is None:
            slug = _slug(cell.source)
            candidates = (f"{slug}-{n}" if n > 1 else slug for n in range(1, len(cells) + 2))
            fixed[i] = next(c for c in candidates if c not in taken)
            taken.add(fixed[i])
    return fixed


def role_id(cell: NotebookNode) -> str | None:
    role = role_of(cell)
    return ROLES[role].prefix + cell.metadata[role] if role else None


def _slug(source: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", source.strip().split("\n")[0].lower())[:40].strip("-") or "cell"


# -- notebook -> text


def to_text(nb: NotebookNode) -> str:
    """The text of a notebook, also after edits in JupyterLab or in nbgrader's Create Assignment view."""
    made, todo = [], None
    for number, cell in enumerate(worth_keeping(nb), 1):
        options = _options(cell, todo, f"cell {number} ({_slug(cell.source)})")
        todo = options.get("todo", todo)
        options |= {key: cell.metadata[key] for key in JUPYTEXT if key in cell.metadata}
        made.append(NEW_CELL[cell.cell_type](cell.source.rstrip("\n"), metadata=options))
    filters = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}  # options, no header
    bare = {"jupytext": {**filters, "main_language": "python"}}
    text: str = jupytext.writes(new_notebook(cells=made, metadata=bare), fmt="py:percent")
    _same_cells(made, _read(text))
    return text


def worth_keeping(nb: NotebookNode) -> list[NotebookNode]:
    """JupyterLab likes to add an empty cell at the end; it means nothing."""
    return [c for c in nb.cells if c.source.strip() or any(flags(c).values()) or "name" in c.metadata]


def _options(cell: NotebookNode, todo: str | None, where: str) -> dict[str, Any]:
    """The cell options that say what a cell's nbgrader metadata says; `todo` is the last TODO above it."""
    if cell.get("attachments"):
        raise BuildError(f"{where} has a pasted picture, which text cannot hold: draw it with code instead.")
    role = _role(cell, where)
    options = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
    if role:
        name = name_of(cell, role)
        if re.fullmatch(r"(cell-[0-9a-f]+)?", name):  # made up by Create Assignment, or none
            name = todo if role == "check" and todo else _name_from(cell.source)
        options[role] = name
        if role == "reflection":
            options["points"] = _number(points_of(cell))
    return {key: options[key] for key in OPTIONS if key in options}


def _role(cell: NotebookNode, where: str) -> str | None:
    try:
        return cells.role_of(cell)
    except LookupError:
        raise BuildError(
            f"{where} is of a kind that the course text does not have. In Create Assignment choose autograded "
            "answer or autograder tests for code, manually graded answer for markdown, read-only for either."
        ) from None


def _name_from(source: str) -> str:
    """A sensible id for a new cell: the function or class it defines, else a slug."""
    defined = re.search(r"^(?:def|class) (\w+)", source, re.M)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", defined[1]).lower() if defined else _slug(source)


def _same_cells(written: list[NotebookNode], read: list[NotebookNode]) -> None:
    for number, cell in enumerate(written):
        back = read[number] if number < len(read) else None
        if not back or (back.cell_type, back.source) != (cell.cell_type, cell.source):
            at = f"cell {number + 1} ({_slug(cell.source)})"
            raise BuildError(f"{at} would not come back from text as it is; does a line begin with `# %%`?")


def numbered(text: str) -> list[tuple[int, NotebookNode]]:
    """Each cell of a canonical text with the number of its `# %%` line."""
    lines, at, found = text.split("\n"), 0, []
    for cell in _read(text):
        while at < len(lines) and not lines[at].startswith("# %%"):
            at += 1
        found.append((at + 1 + ("cell_marker" in cell.metadata), cell))
        at += 1 + len(cell.source.split("\n")) if cell.source else 1
    return found


# -- digests


def digest(text: str) -> str:
    """Short and stable; collisions by accident are what it guards against."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def content_digest(nb: NotebookNode) -> str:
    """Of all that an author can edit: not outputs, cell ids, or what JupyterLab notes for itself."""
    return digest(json.dumps([_content(cell) for cell in worth_keeping(nb)], sort_keys=True))


def _content(cell: NotebookNode) -> list[Any]:
    marks = flags(cell)
    named = [grade_id(cell), float(points_of(cell))] if any(marks.values()) else []
    kept = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
    return [cell.cell_type, cell.source, marks, named, kept, cell.get("attachments", {})]
