"""The playground runs from top to bottom, with widgets and without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.authoring.text import to_notebook
from course_config import ROOT

TEXT = (ROOT / "source" / "playground.py").read_text("utf-8")


@pytest.mark.slow
def test_it_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", str(os.cpu_count()))
    notebook = nbformat.from_dict(to_notebook(TEXT, {}))
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = {cell.metadata["name"]: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    for name in ("schedules", "sampling", "step_by_step", "fewer_steps"):
        kinds = {kind for output in outputs[name] for kind in output.get("data", {})}
        assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= kinds, name
    assert not [output for made in outputs.values() for output in made if output.get("name") == "stderr"]


def test_without_widgets_there_are_plots_all_the_same(tmp_path: Path):
    cells = {cell.metadata.get("name"): cell.source for cell in to_notebook(TEXT, {}).cells}
    code = "\n".join(["import sys", "sys.modules['ipywidgets'] = None", cells["imports"], cells["play"]])
    code += "\ndisplay = lambda shown: print(type(shown).__name__)\n" + cells["schedules"]
    code = code.replace("%matplotlib inline\n", "")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split()[-1] == "Figure", done.stderr
