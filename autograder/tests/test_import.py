"""Edits by hand in the source notebook come back into the text, and any text comes back from its notebook as it was."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.build import check
from autograder.authoring.expand import as_edited, shared_cells, whole
from autograder.authoring.from_notebook import import_notebook
from autograder.authoring.text import BuildError, content_digest, to_notebook, to_text
from autograder.checks import todos_in
from autograder.tests import authored
from autograder.tests.authored import (
    HELPERS,
    POINTS,
    SECOND,
    TEXT,
    cells,
    edit_notebook,
    edit_text,
    make,
    notebook,
    share,
)
from course_config import ASSIGNMENTS, ROOT

built, course = authored.built, authored.course  # fixtures


# -- edits by hand


def test_looking_in_jupyterlab_is_not_an_edit(course: Path) -> None:
    edit_notebook(course, lambda cells: None)
    assert "source/spiral/spiral.ipynb: written." in make(course)
    assert check(["spiral"], course, POINTS) == []


def test_edited_notebook_stops_the_build_and_comes_back_as_text(course: Path) -> None:
    def edit(cells: list) -> None:
        cells[0].source += "\nMore words."
        cells.insert(2, new_code_cell("print('added in Lab')"))

    path = edit_notebook(course, edit)
    saved = path.read_bytes()
    with pytest.raises(BuildError, match="course import source/spiral/spiral.ipynb"):
        make(course)
    assert path.read_bytes() == saved
    assert any("edited by hand" in said for said in check(["spiral"], course, POINTS))
    assert import_notebook(path, course, POINTS) == ["source/spiral.py: written."]
    added = "# %%\nprint('added in Lab')\n\n"
    wanted = TEXT.replace("Some words.", "Some words.\n# More words.").replace('# %% todo="q', f'{added}# %% todo="q')
    assert (course / "source/spiral.py").read_text("utf-8").replace("\n\n\n# %%", "\n\n# %%") == wanted
    make(course)
    assert check(["spiral"], course, POINTS) == []
    assert [cell.id for cell in notebook(course).cells][:3] == [
        "a-toy",
        "given_helpers",
        "print-added-in-lab",
    ]


def test_create_assignment_view_becomes_options(course: Path) -> None:
    def mark(cell: nbformat.NotebookNode, **marks: object) -> nbformat.NotebookNode:
        flags = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        cell.metadata["nbgrader"] = flags | marks
        return cell

    def edit(cells: list) -> None:
        code = "def p_sample(x):\n    ### BEGIN SOLUTION\n    return x - 1\n    ### END SOLUTION"
        answer = "Which one?\n### BEGIN SOLUTION\nThe other one.\n### END SOLUTION"
        cells[6].metadata["nbgrader"]["points"] = 9
        cells += [
            mark(new_code_cell(code), solution=True, grade_id="cell-0a1b2c3d4e5f6a7b"),
            mark(new_code_cell("assert p_sample(1) == 0"), grade=True, locked=True, points=4,
                 grade_id="cell-7a1b2c3d4e5f6a70"),
            mark(new_markdown_cell(answer), grade=True, solution=True, points=2.5, grade_id="reflection_2"),
            mark(new_markdown_cell("Read this."), locked=True, grade_id="cell-01"),
        ]  # fmt: skip

    points = POINTS | {"p_sample": 4}
    assert import_notebook(edit_notebook(course, edit), course, points) == ["source/spiral.py: written."]
    text = (course / "source/spiral.py").read_text("utf-8")
    for options in (
        'reflection="reflection_1" points=9', 'todo="p_sample"', 'check="p_sample"',
        '[markdown] reflection="reflection_2" points=2.5', '[markdown] given="read-this"',
    ):  # fmt: skip
        assert f"# %% {options}\n" in text or f"# %% [markdown] {options}\n" in text
    make(course, "never", points)


def test_edited_points_of_a_check_are_reported(course: Path) -> None:
    def edit(cells: list) -> None:
        cells[4].metadata["nbgrader"]["points"] = 12

    path = edit_notebook(course, edit)
    with pytest.raises(BuildError, match="edited by hand"):
        make(course)
    assert import_notebook(path, course, POINTS) == [
        "source/spiral.py: unchanged.",
        "check_q_sample has 12 points in the notebook, its hidden checks have 10. Those count: "
        "to change them, edit the @points in autograder/checks.",
    ]
    make(course)
    assert cells(course)["check_q_sample"].metadata.nbgrader.points == 10


def test_import_never_overwrites_a_text_that_moved_on(course: Path) -> None:
    path = edit_notebook(course, lambda cells: cells[0].update(source="# From Lab"))
    edit_text(course, "Some words.", "Words from an editor.")
    mine = (course / "source/spiral.py").read_bytes()
    with pytest.raises(BuildError, match="source/spiral.imported.py"):
        import_notebook(path, course, POINTS)
    assert (course / "source/spiral.py").read_bytes() == mine
    assert "# # From Lab" in (course / "source/spiral.imported.py").read_text("utf-8")


def test_numbers_come_back_as_ids(course: Path) -> None:
    """Where a TODO was put in Lab, as well; a number that was written there is named."""
    edit_text(course, "Some words.", "A heading: TODO [q_sample]")
    edit_text(course, '"""Double x."""', '"""TODO [q_sample]: double x."""')
    make(course, "never")
    before = (course / "source/spiral.py").read_text("utf-8")
    path = edit_notebook(course, lambda cells: cells.insert(0, new_markdown_cell("See TODO [q_sample].")))
    assert import_notebook(path, course, POINTS) == ["source/spiral.py: written."]
    after = "# %% [markdown]\n# See TODO [q_sample].\n\n" + before
    assert (course / "source/spiral.py").read_text("utf-8") == after
    assert import_notebook(path, course, POINTS) == ["source/spiral.py: unchanged."]

    second = to_notebook(SECOND.replace("[p_sample]", "1"), {"p_sample": 4}).cells
    path = edit_notebook(course, lambda cells: cells.__setitem__(slice(3, 3), second))
    said = import_notebook(path, course, POINTS | {"p_sample": 4})
    assert said == [
        "source/spiral.py: written.",
        "source/spiral.py:16: the build numbers TODOs: write [p_sample] in the place of 1.",
    ]
    edit_text(course, "TODO 1", "TODO [p_sample]")
    make(course, "never", POINTS | {"p_sample": 4})
    assert "TODO 2: double" in cells(course, "release")["q_sample"].source


def test_an_edited_shared_cell_goes_to_the_shared_text(course: Path) -> None:
    share(course)
    path = edit_notebook(course, lambda cells: cells[1].update(source=cells[1].source.replace("0", "0.0")))
    assert import_notebook(path, course, POINTS) == [
        "source/spiral.py: unchanged.",
        "source/shared.py: helpers written, for every assignment that takes it. Build them all.",
    ]
    shared = (course / "source/shared.py").read_text("utf-8")
    assert shared == f'# %% given="other"\nx = 1\n\n\n# %% given="helpers"\n{HELPERS.replace("0", "0.0")}'
    make(course)
    assert check(["spiral"], course, POINTS) == []


def test_import_never_overwrites_a_shared_text_that_moved_on(course: Path) -> None:
    share(course)
    path = edit_notebook(course, lambda cells: None)
    shared = course / "source/shared.py"
    shared.write_text(shared.read_text("utf-8").replace("maximum(x, 0)", "clip(x, 0, None)"), "utf-8")
    mine = shared.read_bytes()
    with pytest.raises(BuildError, match="source/spiral.imported.py"):
        import_notebook(path, course, POINTS)
    assert shared.read_bytes() == mine
    assert "np.maximum" in (course / "source/spiral.imported.py").read_text("utf-8")


@pytest.mark.parametrize("spoil, words", [
    (lambda cell: cell.update(attachments={"a.png": {}}), "pasted picture"),
    (lambda cell: cell.update(source="x\n\n# %% y\nz", cell_type="code"), "begin with `# %%`"),
    (lambda cell: cell.metadata.update(nbgrader={"task": True, "grade_id": "t"}), "of a kind that the course"),
])  # fmt: skip
def test_what_text_cannot_hold_is_said(spoil: callable, words: str, course: Path) -> None:
    path = edit_notebook(course, lambda cells: spoil(cells[0]))
    with pytest.raises(BuildError, match=words):
        import_notebook(path, course, POINTS)
    assert (course / "source/spiral.py").read_text("utf-8") == TEXT


def test_release_and_strangers_are_not_imported(course: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="release or a submission"):
        import_notebook(course / "release/spiral/spiral.ipynb", course, POINTS)
    with pytest.raises(BuildError, match="no such assignment"):
        import_notebook(shutil.copy(course / "source/spiral/spiral.ipynb", tmp_path / "x.ipynb"), course, POINTS)
    (tmp_path / "spiral.ipynb").write_text("{ broken")
    with pytest.raises(BuildError, match="cannot be read as a notebook"):
        import_notebook(tmp_path / "spiral.ipynb", course, POINTS)


# -- there and back

WORDS = st.text("ab #%\"'\\=é{}[]()!?:\t\n", max_size=60)
MADE = st.lists(
    st.tuples(st.sampled_from(["code", "markdown"]), WORDS, st.sampled_from([None, True, False]), st.booleans()),
    min_size=1, max_size=6,
)  # fmt: skip


def made_notebook(made: list) -> nbformat.NotebookNode:
    cells = []
    for number, (kind, source, rerun, named) in enumerate(made):
        meta = {"name": f"cell{number}"} if named else {}
        if kind == "code" and rerun is not None:
            meta["rerun"] = rerun
        cells.append({"code": new_code_cell, "markdown": new_markdown_cell}[kind](source, metadata=meta))
    return new_notebook(cells=cells)


@settings(max_examples=150, deadline=None)
@given(MADE)
def test_text_to_notebook_to_text_is_exact(made: list) -> None:
    nb = made_notebook(made)
    try:
        text = to_text(nb)
    except BuildError:
        return  # it said so instead of losing something
    back = to_notebook(text, {})
    assert to_text(back) == text
    assert content_digest(back) == back.metadata["course"]["content"]
    kept = [c.source.rstrip("\n") for c in nb.cells if c.source.strip() or "name" in c.metadata]
    assert [cell.source for cell in back.cells] == kept
    assert json.loads(nbformat.writes(back)) == json.loads(nbformat.writes(to_notebook(text, {})))
    nbformat.validate(back)


@pytest.mark.parametrize("path", sorted((ROOT / "source").glob("*.py")), ids=lambda path: path.stem)
def test_the_real_texts_come_back_exactly(path: Path) -> None:
    text, shared = path.read_text("utf-8"), shared_cells(ROOT) if path.stem in ASSIGNMENTS else {}
    made = whole(text, shared)
    assert as_edited(to_text(to_notebook(made, {})), text, shared) == text
    assert re.findall(r"^# ### TODO (\d+)", made, re.M) == [str(n) for n, _ in enumerate(todos_in(text), 1)]
