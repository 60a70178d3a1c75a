"""A small made-up assignment as its author has it: the text, what the real nbgrader makes of it, and edits of both."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.authoring.build import build

POINTS = {"q_sample": 10.0}
HELPERS = """\
import numpy as np


def relu(x):
    return np.maximum(x, 0)
"""
SECOND = """\
# %% [markdown]
# ### TODO [p_sample]: p_sample

# %% todo="p_sample"
def p_sample(x):
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION

# %% check="p_sample"
assert p_sample(2) == 1"""
TEXT = f'''\
# %% [markdown]
# # A toy
# Some words.

# %% given="helpers"
{HELPERS}
# %% todo="q_sample"
def q_sample(x, t):
    """Double x."""
    ### BEGIN SOLUTION
    doubled_value = 2 * x
    return doubled_value
    ### END SOLUTION

# %% [markdown] hint="q_sample"
# <details>Try to double it.</details>

# %% check="q_sample"
assert q_sample(2, 0) == 4, "it should double"
print("✓")

# %% rerun=false
# %matplotlib inline
print("a long run:", q_sample(4, 1))

# %% [markdown] reflection="reflection_1" points=6
# **Why?** The rubric: say why.
#
# ### BEGIN SOLUTION
# Because doubling is what we asked for.
# ### END SOLUTION

# %% name="closing" tags=["plots"]
print("done")
'''


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = tmp_path_factory.mktemp("built")
    (course / "source").mkdir()
    (course / "source/spiral.py").write_text(TEXT, "utf-8")
    make(course)
    return course


@pytest.fixture
def course(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "course")
    return tmp_path / "course"


def make(course: Path, execute: str = "changed", points: dict = POINTS) -> list[str]:
    return build(["spiral"], course, execute, points)


def edit_text(course: Path, old: str, new: str) -> None:
    path = course / "source/spiral.py"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def share(course: Path) -> None:
    """Let the helpers come from the texts that several assignments share."""
    edit_text(course, HELPERS, "")
    (course / "source/shared.py").write_text(f'# %% given="other"\nx = 1\n\n\n# %% given="helpers"\n{HELPERS}', "utf-8")


def notebook(course: Path, folder: str = "source") -> nbformat.NotebookNode:
    return nbformat.read(course / folder / "spiral/spiral.ipynb", as_version=4)


def cells(course: Path, folder: str = "source") -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in notebook(course, folder).cells}


def edit_notebook(course: Path, edit: callable) -> Path:
    """What an instructor does in JupyterLab: change cells, and save with all that Lab adds."""
    path = course / "source/spiral/spiral.ipynb"
    nb = notebook(course)
    edit(nb.cells)
    nb.metadata["kernelspec"]["display_name"] = "My Python"
    nb.metadata["language_info"] = {"name": "python", "version": "3.12.1"}
    for cell in nb.cells:
        cell.metadata["trusted"] = True
        cell.metadata.setdefault("nbgrader", {"grade": False, "solution": False, "locked": False})
        if cell.cell_type == "code":
            cell.execution_count, cell.metadata["collapsed"] = 7, False
            cell.outputs = [nbformat.v4.new_output("stream", text="seen")]
    nb.cells.append(new_code_cell(""))
    path.write_text(nbformat.writes(nb), "utf-8")
    return path


def snapshot(course: Path) -> dict[str, bytes]:
    files = (path for path in course.rglob("*") if path.is_file() and path.suffix != ".db")
    return {str(path.relative_to(course)): path.read_bytes() for path in files}
