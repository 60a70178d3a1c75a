"""A small assignment with every kind of cell, for tests that need no real one."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ANSWERS = {
    "double": "def double(x):\n    return x + helper(x)",
    "counter": "class Counter:\n    def __init__(self):\n        self.n = 7",
    "reflection_1": "I think so.",
}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SOURCE = {
    "title": "# Toy",
    "imports": "import math",
    "given_helpers": "def helper(x):\n    return x",
    "double": f"def double(x):\n    {BEGIN}\n    return x + helper(x)\n    {END}",
    "check_double": "assert double(2) == 4",
    "plot": "print(double(21))",
    "counter": f"class Counter:\n    def __init__(self):\n        {BEGIN}\n        self.n = 7\n        {END}",
    "check_counter": "assert Counter().n == 7",
    "question": "Why?",
    "reflection_1": f"{BEGIN}\nBecause.\n{END}",
    "end": "The end.",
}
STUBS = {
    "double": "def double(x):\n    raise NotImplementedError()",
    "counter": "class Counter:\n    def __init__(self):\n        raise NotImplementedError()",
    "reflection_1": "YOUR ANSWER HERE",
}
ROLES = {
    "given_helpers": {"locked": True},
    "double": {"solution": True},
    "check_double": {"grade": True, "locked": True, "points": 6},
    "counter": {"solution": True},
    "check_counter": {"grade": True, "locked": True, "points": 4},
    "reflection_1": {"grade": True, "solution": True, "points": 5},
}
TEXTS = ("title", "question", "reflection_1", "end")


def notebook(sources: dict[str, str]) -> NotebookNode:
    made = new_notebook(cells=[cell(name, source) for name, source in sources.items()])
    made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return made


def cell(name: str, source: str) -> NotebookNode:
    made = (new_markdown_cell if name in TEXTS else new_code_cell)(source, id=name)
    if name in ROLES:
        no = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
        no |= {"grade_id": name, "cell_type": made.cell_type}  # nbgrader writes both
        made.metadata["nbgrader"] = no | ROLES[name]
    return made


def release() -> NotebookNode:
    return notebook(SOURCE | STUBS)


def submission() -> NotebookNode:
    """Every TODO answered, with outputs, and a cell of the student's own behind the first one."""
    made = notebook(SOURCE | ANSWERS)
    made.cells.insert(4, new_code_cell("mine = 1", id="mine"))
    find(made, "plot").outputs = [new_output("stream", text="42\n")]
    return made


def find(nb: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in nb.cells if cell.id == name)


def graded_ids(nb: NotebookNode) -> list[str]:
    return [cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata]


def duplicate(nb: NotebookNode, name: str) -> NotebookNode:
    again = copy.deepcopy(find(nb, name))
    again.id = f"{name}-again"
    return again
