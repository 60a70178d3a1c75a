"""How a student works in a notebook: a run goes on, own cells are known, minutes come from a rule, the end sums up."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from html import escape
from io import StringIO
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_notebook

from autograder.authoring.expand import shared_cells
from autograder.authoring.page import page
from autograder.cells import grade_id, is_check, is_todo
from course_config import ASSIGNMENTS, RELEASE, ROOT

DERIVED = {"backward_network"}  # whose equations the student derives first
FIGURES = [f"solutions/{name}/{name}.ipynb" for name in ASSIGNMENTS]
FIGURES += ["solutions/demo/demo_notebook.ipynb", "solutions/ddpm/playground.ipynb"]
SOLUTION = re.compile(r'# %% todo="(\w+)".*?### BEGIN SOLUTION\n(.*?)### END SOLUTION', re.DOTALL)


def released(assignment: str) -> Any:
    return nbformat.read(RELEASE / assignment / f"{assignment}.ipynb", 4)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_run_goes_on_checks_are_folded_and_own_cells_are_marked(assignment):
    for cell in released(assignment).cells:
        if cell.cell_type == "code":
            goes_on = "raises-exception" in cell.metadata.get("tags", ())
            assert goes_on == (grade_id(cell) != "given_start")
            is_helper = grade_id(cell).removeprefix("given_") in shared_cells(ROOT)
            assert bool(cell.metadata.get("jupyter", {}).get("source_hidden")) == (is_check(cell) or is_helper)
            assert cell.source.startswith("# ✎ TODO ") == is_todo(cell), grade_id(cell)


@pytest.mark.parametrize("name", FIGURES)
def test_who_does_not_see_a_figure_is_told_what_it_shows(name):
    """In the code above it, and as what a browser reads out in its place."""
    drew = [
        cell
        for cell in nbformat.read(ROOT / name, 4).cells
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
    ]
    assert drew
    for cell in drew:
        said = cell.metadata.get("alt", "")
        assert len(said.split()) > 8 and " ".join(said.split()[:4]) in cell.source, cell.id
        assert f'alt="{escape(said)}"' in page(new_notebook(cells=[cell]))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_minutes_are_what_the_rule_says(assignment):
    text = (ROOT / "source" / f"{assignment}.py").read_text("utf-8")
    table = dict(re.findall(r"^# \| \[(\w+)\] \|.*\| (\d+) \| \d+ \|$", text, re.MULTILINE))
    for todo, solution in SOLUTION.findall(text):
        lines = [line for line in solution.split("\n") if line.strip() and not line.strip().startswith("#")]
        minutes = len(lines) * (10 if todo in DERIVED else 5)
        assert int(table[todo]) == minutes, todo
        assert f"about {minutes} min" in text.partition(f"### TODO [{todo}]")[2].partition("# %%")[0], todo


@pytest.mark.slow
def test_the_untouched_notebook_runs_to_its_end():
    nb = released(ASSIGNMENTS[0])
    NotebookClient(nb, timeout=120).execute()
    said = "".join(output.get("text", "") for output in nb.cells[-1].outputs)
    checks = [grade_id(cell).removeprefix("check_") for cell in nb.cells if is_check(cell)]
    assert all(f"✗ {todo} " in said for todo in checks) and "In sight: 0 of" in said


def overview(passed: dict[str, bool], **worth: float) -> tuple[str, str]:
    """What it prints, and its picture."""
    shown: list[dict[str, str]] = []
    names: dict[str, Any] = {"display": lambda data, raw: shown.append(data)}
    exec("import math\nclass check: passed = {}\n" + shared_cells(ROOT)["overview_helper"], names)
    names["check"].passed = passed
    with redirect_stdout(StringIO()) as said:
        names["overview"](**worth)
    return said.getvalue(), shown[0]["image/svg+xml"]


def test_a_passed_check_puts_its_points_in_place():
    said, picture = overview({"a": True, "b": False}, a=8, b=10, c=2, d=0, by_hand=30)
    assert re.findall(r"^(.) (\w) ", said, re.MULTILINE) == [("✓", "a"), ("✗", "b"), ("·", "c"), ("·", "d")]
    assert "In sight: 8 of 20 points. 30 more" in said and "given" in said
    assert picture.count("<circle") == 20 and picture.count('fill="#0072B2"') == 8
    assert "more are for your answers" not in overview({}, a=1)[0]
