"""What a student meets first: requirements.txt, the first cell's sentence, digits where none lie beside."""

from __future__ import annotations

import ast
import gzip
import shutil
from pathlib import Path

import pytest
import torch
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook
from reference import solution

from autograder.authoring import needs
from autograder.authoring.build import build
from autograder.authoring.expand import shared_cells
from autograder.authoring.lint import problems
from autograder.authoring.text import numbered
from autograder.tests.authored import POINTS, TEXT
from course_config import ASSIGNMENTS, DATA, ROOT

START = shared_cells(ROOT)["start"]
NEEDS = '# %% given="needs"\nNEEDS = {"python": "3.10", "numpy": "1.26"}\n\n# %% given="helpers"'


def start(**needed: str) -> str:
    """What the first cell says where this is needed."""
    space = {"NEEDS": {"python": "3.10", **needed}}
    try:
        exec(START, space)
    except Exception as error:
        return "".join(error._render_traceback_())
    return ""


def test_each_notebook_begins_with_what_it_needs():
    for assignment in ASSIGNMENTS:
        code = [c for _, c in numbered((ROOT / "source" / f"{assignment}.py").read_text()) if c.cell_type == "code"]
        assert [cell.metadata.get("given") for cell in code[:2]] == ["needs", "start"]


def test_all_there_says_nothing():
    assert start(numpy="1.26", matplotlib="3.8") == ""


@pytest.mark.parametrize(
    "needed, sentence",
    [
        ({"python": "3.99"}, "This notebook needs Python 3.99 or newer, and this is "),
        ({"numpy": "99.0"}, "This notebook needs numpy 99.0 or newer (numpy is "),
        ({"no_such": "1.5"}, "needs no_such 1.5 or newer (no_such is not installed here): run `%pip install --upgrade"),
        ({"half": "1.0"}, "(half cannot be loaded (operator x does not exist) here)"),
        ({"hollow": "1.0"}, "(hollow lacks no_such_part here)"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(tmp_path, monkeypatch, needed, sentence):
    (tmp_path / "half.py").write_text('raise RuntimeError("operator x does not exist")')
    (tmp_path / "hollow.py").write_text("import no_such_part")
    monkeypatch.syspath_prepend(tmp_path)
    said = start(**needed)
    assert sentence in said and said.count("\n") == 0 and said.endswith(("it.", "the kernel."))


def test_jupyter_shows_the_sentence_and_no_traceback(tmp_path):
    nb = new_notebook(cells=[new_code_cell('NEEDS = {"python": "3.10", "no_such": "1.5"}'), new_code_cell(START)])
    with pytest.raises(CellExecutionError):
        NotebookClient(nb, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [len(out.traceback) for out in nb.cells[1].outputs] == [1]


def test_an_old_python_can_read_the_cell():
    ast.parse(START, feature_version=(3, 7))


def test_a_build_writes_requirements_and_releases_them(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source/spiral.py").write_text(TEXT.replace('# %% given="helpers"', NEEDS), "utf-8")
    build(["spiral"], tmp_path, "never", POINTS)
    written = (tmp_path / "release/spiral/requirements.txt").read_text()
    assert [line.split("  #")[0] for line in written.split("\n") if line and line[0] != "#"] == [
        "jupyterlab>=4",
        "numpy>=1.26",
    ]
    assert "torch" not in written


def test_imports_and_needs_must_agree():
    text = TEXT.replace('# %% given="helpers"', NEEDS.replace('"numpy"', '"scipy"'))
    text = text.replace("import numpy as np", "import json\n\nimport numpy as np")
    assert [line.split(": ", 1)[1] for line in problems(text, "x.py", POINTS)] == [
        "NEEDS names scipy, which nothing imports.",
        "nothing uses json: take the import out, or say why in a comment.",
        "numpy is imported, and NEEDS does not name it with its least version.",
    ]


def test_torch_comes_with_a_line_for_cpus_where_it_is_needed():
    for assignment in ASSIGNMENTS:
        cells = [(0, c.source) for _, c in numbered((ROOT / "source" / f"{assignment}.py").read_text())]
        _, needed = needs.needs_of(needs.parsed(cells))
        nb = new_notebook(cells=[new_code_cell(f"NEEDS = {needed}")])
        written = needs.requirements(assignment, nb)
        assert ("\n# torch without" in written) == ("\ntorch>=" in written) == ("torch" in needed)


# -- the digits, where none lie beside the notebook


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The data cell in an empty folder, with a folder of inputs laid out as Kaggle's."""
    monkeypatch.setenv("KAGGLE_INPUT", str(tmp_path / "input"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    own = solution("mnist", without={"given_data"})
    own.PRESET, own.TRAIN_IMAGES = "laptop", 4096
    text = (ROOT / "source/mnist.py").read_text()
    own.cell = next(cell.source for _, cell in numbered(text) if cell.metadata.get("given") == "data")
    return own


def trained_on(own) -> torch.Tensor:
    exec(own.cell, own.__dict__)
    return own.train_digits.data[own.train_dataset.indices]


def beside(own) -> torch.Tensor:
    shutil.copytree(DATA / "mnist_subset", "mnist_subset")
    digits = trained_on(own)
    shutil.rmtree("mnist_subset")
    return digits


def test_kaggles_input_is_looked_through(elsewhere, tmp_path, capsys):
    wanted = beside(elsewhere)
    shutil.copytree(DATA / "mnist_subset", tmp_path / "input/datasets/course/mnist_subset")
    assert torch.equal(trained_on(elsewhere), wanted) and "Downloading" not in capsys.readouterr().out


def test_the_same_digits_are_taken_out_of_the_full_set(elsewhere):
    """The originals stand in for what a network brings; where a machine lacks them their labels alone cannot."""
    originals = next((path for path in (ROOT / "shared", ROOT.parent / "shared") if path.is_dir()), None)
    packed = sorted(originals.glob("data/mnist/*.gz")) if originals else []
    if not packed:
        pytest.skip("full MNIST is not on this machine")
    wanted, held_out = beside(elsewhere), elsewhere.test_dataset.data
    raw = Path("data/MNIST/raw")
    raw.mkdir(parents=True)
    for path in packed:
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    assert torch.equal(trained_on(elsewhere), wanted) and len(elsewhere.train_digits) == 6000
    assert torch.equal(elsewhere.test_dataset.data, held_out)


def test_without_digits_and_network_it_says_so_in_a_sentence(elsewhere, monkeypatch):
    def no_network(*_):
        raise OSError("no network")

    monkeypatch.setattr("socket.socket.connect", no_network)
    with pytest.raises(Exception, match="No digits found, and none could be downloaded") as stopped:
        trained_on(elsewhere)
    assert stopped.value._render_traceback_()[0].startswith("✗ No digits")
