"""Whatever a student hands in becomes a valid notebook with every graded cell once, or is refused in words."""

from __future__ import annotations

import copy
import json
import os
import random
import re
import time

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.preprocessors import ComputeChecksums

from autograder.gradebook import mend as mending
from autograder.gradebook import read as reading
from autograder.gradebook.folder import taken
from autograder.gradebook.mend import mend
from autograder.gradebook.outputs import clean_outputs
from autograder.gradebook.read import Refused, find_submission, modules_beside
from autograder.tests import toy

RELEASE = toy.release()


def mended(notebook):
    raw = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    made, said = mend(raw, copy.deepcopy(RELEASE))
    nbformat.validate(made)
    json.dumps(made, ensure_ascii=False).encode()  # no half of a character is left
    assert sorted(toy.graded_ids(made)) == sorted(toy.ROLES)
    assert len({cell.id for cell in made.cells}) == len(made.cells)
    return made, said


def test_a_sound_submission_is_not_touched_and_nothing_is_said():
    made, said = mended(toy.submission())
    assert said == []
    assert [(c.id, c.source) for c in made.cells] == [(c.id, c.source) for c in toy.submission().cells]
    assert toy.find(made, "plot").outputs[0].text == "42\n"


def test_an_untouched_answer_keeps_the_text_that_its_checksum_stands_for():
    nb = toy.release()
    toy.find(nb, "reflection_1").source = "  YOUR ANSWER HERE\n\n"
    assert toy.find(mended(nb)[0], "reflection_1").source == "YOUR ANSWER HERE"
    toy.find(nb, "reflection_1").source = ""
    assert toy.find(mended(nb)[0], "reflection_1").source == "YOUR ANSWER HERE"


@pytest.mark.parametrize("raw", [b"", b" \n", b"\0\0\0", b"<html>", b"[1]", b'"x"', b"{}", b'{"cells": []}', b"\xff"])
def test_what_is_no_notebook_is_refused(raw):
    with pytest.raises(Refused, match=r"\.$"):
        mended(raw)


def test_another_assignments_notebook_is_refused():
    other = toy.notebook({"title": "# Other", "imports": "import math", "given_helpers": "def other(): ..."})
    with pytest.raises(Refused, match="right file"):
        mended(other)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_any_encoding_is_read(encoding):
    nb = toy.submission()
    toy.find(nb, "reflection_1").source = "Weil es so schön ist."
    made, said = mended(json.dumps(nb, ensure_ascii=False).encode(encoding))
    assert toy.find(made, "reflection_1").source == "Weil es so schön ist."
    assert bool(said) == (not encoding.startswith("utf-8"))


def test_of_a_file_that_breaks_off_the_cells_before_the_break_count():
    raw = json.dumps(toy.submission())
    made, said = mended(raw[: raw.index("check_counter")].encode())
    assert toy.find(made, "counter").source == toy.ANSWERS["counter"]
    assert "damaged after cell 8" in said[0]
    assert said[1].endswith("check_counter, reflection_1.")


def test_a_merge_conflict_costs_only_what_stands_behind_it():
    raw = json.dumps(toy.submission()).replace('"id": "check_counter"', '<<<<<<< HEAD "id": "check_counter"')
    assert toy.find(mended(raw.encode())[0], "double").source == toy.ANSWERS["double"]


def test_old_and_future_formats_are_read():
    nb = json.loads(json.dumps(toy.submission()))
    assert mended(nb | {"nbformat": 5, "nbformat_minor": 9})[1] == []
    cells = [{("input" if k == "source" else k): v for k, v in c.items() if k != "id"} for c in nb["cells"]]
    made, said = mended({"nbformat": 3, "worksheets": [{"cells": cells}], "metadata": {}})
    assert (toy.find(made, "double").source, said) == (toy.ANSWERS["double"], [])


@pytest.mark.parametrize("stub_last", [True, False])
def test_of_two_copies_the_one_that_was_worked_in_counts(stub_last):
    nb = toy.submission()
    again = toy.duplicate(RELEASE, "double")
    nb.cells.insert(len(nb.cells) if stub_last else 0, again)
    made, said = mended(nb)
    assert [c.source for c in made.cells if "def double" in c.source] == [toy.ANSWERS["double"]]
    assert "double" in said[0]


def test_of_two_worked_copies_the_last_is_graded_and_the_other_stays_as_the_students_own():
    nb = toy.submission()
    again = toy.duplicate(nb, "double")
    again.source = "def double(x):\n    return 2 * x"
    nb.cells.insert(5, again)
    made, _ = mended(nb)
    assert toy.find(made, "double").source == again.source
    assert any(c.source == toy.ANSWERS["double"] for c in made.cells)


def test_a_copy_that_is_still_open_never_counts_before_the_answer():
    nb = toy.submission()
    nb.cells.append(toy.duplicate(RELEASE, "double"))
    nb.cells[-1].source = "def double(x):\n    # later\n    raise NotImplementedError"
    assert toy.find(mended(nb)[0], "double").source == toy.ANSWERS["double"]


def test_deleted_cells_are_put_back_in_their_place():
    nb = toy.submission()
    nb.cells = [c for c in nb.cells if c.id not in ("given_helpers", "check_double", "counter", "reflection_1")]
    made, said = mended(nb)
    ids = [c.id for c in made.cells]
    assert ids == [c.id for c in toy.submission().cells]
    assert said == [f"{mending.MISSING}: given_helpers, check_double, counter, reflection_1."]


def test_an_answer_in_a_cell_of_the_students_own_takes_the_place_of_the_deleted_one():
    nb = toy.submission()
    nb.cells = [c for c in nb.cells if c.id != "double"]
    nb.cells.append(new_code_cell(toy.ANSWERS["double"]))
    made, said = mended(nb)
    assert toy.find(made, "double").source == toy.ANSWERS["double"]
    assert said == [f"{mending.MOVED_ANSWER}: double."]


def test_an_answer_that_stands_before_the_untouched_stub_is_not_hidden_by_it():
    nb = toy.submission()
    toy.find(nb, "double").source = toy.find(RELEASE, "double").source
    nb.cells.insert(0, new_code_cell(toy.ANSWERS["double"]))
    made, _ = mended(nb)
    assert [c.source for c in made.cells if "def double" in c.source] == [toy.ANSWERS["double"]]


def test_two_answers_in_one_cell_both_count():
    nb = toy.submission()
    toy.find(nb, "double").source += "\n\n" + toy.find(nb, "counter").source
    nb.cells = [c for c in nb.cells if c.id != "counter"]
    made, said = mended(nb)
    assert toy.find(made, "counter").source == mending.ELSEWHERE
    assert said == [f"{mending.MOVED_ANSWER}: counter."]


def earlier_release():
    """As nbgrader once handed it out: fewer points, another check, another question."""
    nb = toy.release()
    toy.find(nb, "check_double").source = "assert double(1) == 2"
    toy.find(nb, "given_helpers").source = "def helper(x):\n    return 1 * x"
    toy.find(nb, "question").source = "Why is that so?"
    for name, points in (("check_double", 5), ("check_counter", 5.0), ("reflection_1", 2)):
        toy.find(nb, name).metadata.nbgrader.points = points
    return ComputeChecksums().preprocess(nb, {})[0]


def test_renamed_marks_flipped_flags_and_points_are_put_right():
    nb = toy.submission()
    for n, cell in enumerate(nb.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"grade_id": f"x{n}", "points": 1000, "locked": False, "schema_version": n}
    made, said = mended(nb)
    for cell in made.cells:
        assert cell.metadata.get("nbgrader") == toy.cell(cell.id, "").metadata.get("nbgrader")
    assert toy.find(made, "reflection_1").source == toy.ANSWERS["reflection_1"]
    assert said[0].startswith(mending.SETTINGS)


def test_of_an_earlier_release_that_is_said_and_no_cell_was_changed():
    nb = earlier_release()
    for name, answer in toy.ANSWERS.items():
        toy.find(nb, name).source = answer
    made, said = mended(nb)
    assert said == [f"{mending.EARLIER}."]
    for name in toy.ROLES:
        assert toy.find(made, name).metadata == toy.find(RELEASE, name).metadata
        assert toy.find(made, name).source == toy.ANSWERS.get(name, toy.SOURCE[name])


@pytest.mark.parametrize("of", [earlier_release, lambda: ComputeChecksums().preprocess(toy.release(), {})[0]])
def test_who_changed_settings_or_locked_cells_is_told_in_whichever_release(of):
    nb = of()
    toy.find(nb, "check_double").metadata.nbgrader.points = 1000
    toy.find(nb, "check_counter").source = "pass"
    toy.find(nb, "reflection_1").metadata.nbgrader.locked = True
    said = " ".join(mended(nb)[1])
    assert re.search(f"{mending.SETTINGS}: check_double,.* reflection_1", said)
    assert re.search(f"{mending.CHANGED}: .*check_counter", said)


def test_a_notebook_without_any_marks_and_ids_is_put_together_from_its_texts():
    nb = toy.submission()
    for cell in nb.cells:
        cell.metadata, cell.id = {}, None
    made, _ = mended(nb)
    for name, answer in toy.ANSWERS.items():
        assert toy.find(made, name).source == answer


def test_changed_locked_cells_are_restored_and_cell_types_put_right():
    nb = toy.submission()
    toy.find(nb, "check_double").source = "pass"
    toy.find(nb, "given_helpers").source = "def helper(x):\n    return 2 * x"
    toy.find(nb, "double").cell_type = "markdown"
    made, said = mended(nb)
    for name in ("check_double", "given_helpers"):
        assert toy.find(made, name).source == toy.SOURCE[name]
    assert toy.find(made, "double").cell_type == "code"
    assert said == [f"{mending.CHANGED}: given_helpers, check_double.", f"{mending.TYPE}: double."] or len(said) == 2


def test_the_order_is_restored_and_own_cells_stay_behind_their_neighbours():
    nb = toy.submission()
    check, counter, mine = (toy.find(nb, name) for name in ("check_double", "counter", "mine"))
    nb.cells = [check, counter, *[c for c in nb.cells if c.id not in ("check_double", "counter")]]
    made, said = mended(nb)
    assert [c.id for c in made.cells if c.id in RELEASE_IDS] == RELEASE_IDS
    before = made.cells[[c.id for c in made.cells].index(mine.id) - 1]
    assert before.id == "double" and said == [mending.ORDER + "."]


RELEASE_IDS = [cell.id for cell in RELEASE.cells]


def test_kernel_language_ids_and_sources_of_any_shape_are_put_right():
    nb = json.loads(json.dumps(toy.submission()))
    nb["metadata"] = {"kernelspec": {"name": "julia-1.9"}, "language_info": 7, "autograder": {"mended": []}}
    nb["cells"] += [{"cell_type": "code", "source": s, "id": i} for s, i in (({}, "end"), (None, "a b"), ("1", 5))]
    nb["cells"] += [{"cell_type": "heading", "source": ["a\n", "b"], "attachments": {"p": {"image/png": "x"}}}]
    made, _ = mended(nb)
    assert made.metadata == RELEASE.metadata
    assert made.cells[-1].source == "a\nb" and made.cells[-1].attachments == {"p": {"image/png": "x"}}


def test_huge_and_numerous_outputs_are_cut_in_seconds():
    nb = json.loads(json.dumps(toy.submission()))
    nb["cells"][6]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "step\n"}] * 300_000
    picture = {"output_type": "display_data", "data": {"image/png": "x" * (mending.NOTEBOOK_CHARS // 8)}}
    nb["cells"][1]["outputs"] = [picture] * 7
    nb["cells"][-2]["outputs"] = nb["cells"][7]["outputs"] = [picture] * 2
    start = time.monotonic()
    made, said = mended(nb)
    assert time.monotonic() - start < 10
    assert len(json.dumps(made)) < mending.NOTEBOOK_CHARS + 2**20
    plot = toy.find(made, "plot").outputs
    assert len(plot) == 1 and len(plot[0].text) < reading.TEXT_CHARS + 100
    assert said == ["Outputs beyond 30 MB were left out."]


def test_no_cell_shows_more_than_a_page_can_bear():
    nb = toy.submission()
    imports, plot = toy.find(nb, "imports"), toy.find(nb, "plot")
    imports.outputs = [new_output("display_data", {"text/plain": str(n)}) for n in range(9999)]
    data = {"image/png": "x" * (reading.MIME_CHARS + 1), "text/plain": "y" * (reading.TEXT_CHARS + 1)}
    plot.outputs = [{"output_type": "display_data", "data": shown} for shown in (data | {"w": {}}, {"w": {}})]
    made, _ = mended(nb)
    assert len(toy.find(made, "imports").outputs) == reading.CELL_OUTPUTS
    first, second = toy.find(made, "plot").outputs
    assert list(first.data) == ["text/plain"] and first.data["text/plain"].endswith("left out]")
    assert second.data == {"text/plain": "[this output could not be kept]"}


PNG = {"image/png": "iVBORw0KGgo="}


def test_pasted_pictures_stay_with_a_cell_that_changed_its_type_or_was_salvaged():
    nb = json.loads(json.dumps(toy.submission()))
    reflection = next(cell for cell in nb["cells"] if cell["id"] == "reflection_1")
    reflection |= {"cell_type": "code", "attachments": {"x.png": PNG}, "source": "![x](attachment:x.png)"}
    assert toy.find(mended(nb)[0], "reflection_1").attachments == {"x.png": PNG}
    damaged = json.dumps(nb).replace('"id": "reflection_1",', '"id": "reflection_1" ')
    assert toy.find(mended(damaged.encode())[0], "reflection_1").attachments == {"x.png": PNG}


def test_of_attachments_only_pictures_are_kept():
    nb = json.loads(json.dumps(toy.submission()))
    pictures = {"a.svg": {"image/svg+xml": "PHN2Zz4="}, "b.webp": {"image/webp": "UklGRg=="}}
    nb["cells"][-1]["attachments"] = pictures | {"c": {"text/html": "<b>"}, "d": {"image/png": "<b>"}, "e": []}
    assert toy.find(mended(nb)[0], "end").attachments == pictures


def shown(*outputs):
    """What stays of the data that a cell of the student's showed, once it is cleaned."""
    nb = json.loads(json.dumps(toy.submission()))
    plot = next(cell for cell in nb["cells"] if cell["id"] == "plot")
    plot["outputs"] = [{"output_type": "display_data", "data": data} for data in outputs]
    made, _ = mended(nb)
    clean_outputs(made.cells)
    return [output.data for output in toy.find(made, "plot").outputs]


def test_a_drawing_that_was_kept_is_shown_as_a_picture():
    svg, words = {"image/svg+xml": ["<svg>", "</svg>"]}, {"text/plain": "<Figure>"}
    alone, beside = shown(svg | words, svg | PNG)
    assert alone["text/html"].startswith('<img src="data:image/svg+xml;base64,') and beside == PNG


def test_html_that_shows_nothing_leaves_the_plain_text_and_a_large_animation_its_word():
    frames = f"<script>frames[0] = '{'A' * reading.MIME_CHARS}'</script>"
    plotly, animated = shown(
        {"text/html": "<script>draw()</script>", "text/plain": "Figure()"},
        {"text/html": f'<div><img id="_anim_img1"></div>{frames}', "text/plain": "<HTML object>"},
    )
    assert plotly == {"text/plain": "Figure()"}
    assert animated["text/html"] == "<div>[an animation stood here]</div>"


def test_what_a_student_put_under_a_check_is_dropped():
    nb = toy.submission()
    toy.find(nb, "check_double").outputs = [new_output("execute_result", {"text/plain": "6.0"})]
    assert toy.find(mended(nb)[0], "check_double").outputs == []


def test_half_a_character_does_not_stop_the_file_from_being_written():
    nb = toy.submission()
    toy.find(nb, "reflection_1").source = "half \ud83d of an emoji"
    assert toy.find(mended(nb)[0], "reflection_1").source == "half ? of an emoji"


def test_a_large_file_is_refused_unread(tmp_path):
    with (tmp_path / "toy.ipynb").open("wb") as file:
        file.truncate(reading.LIMITS.notebook_bytes + 1)
    with pytest.raises(Refused, match="larger"):
        mend(tmp_path / "toy.ipynb", RELEASE)


# ---- the file's name --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["toy.ipynb"], "toy.ipynb"),
        (["toy (1).ipynb"], "toy (1).ipynb"),
        (["Toy.ipynb"], "Toy.ipynb"),
        (["toy.ipynb.txt"], "toy.ipynb.txt"),
        (["homework/toy.ipynb"], "homework/toy.ipynb"),
        (["answer.ipynb"], "answer.ipynb"),
        (["toy.ipynb", "toy (1).ipynb"], "toy.ipynb"),
        (["toy_final.ipynb", "scratch.ipynb"], "toy_final.ipynb"),
        ([".ipynb_checkpoints/toy-checkpoint.ipynb", "toy2.ipynb"], "toy2.ipynb"),
        (["toy_a.ipynb", "toy_b.ipynb"], None),
        (["readme.txt"], None),
        ([], None),
    ],
)
def test_the_right_file_is_found_or_refused(tmp_path, names, chosen):
    for name in names:
        path = tmp_path / "bob" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (tmp_path / "bob").mkdir(exist_ok=True)
    if chosen is None:
        with pytest.raises(Refused, match=r"toy\.ipynb"):
            find_submission(taken(tmp_path / "bob", "toy"), "toy")
    else:
        path, said = find_submission(taken(tmp_path / "bob", "toy"), "toy")
        assert path == tmp_path / "bob" / chosen
        assert bool(said) == (names != ["toy.ipynb"])


def test_links_folders_and_pipes_are_no_notebooks(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "toy.ipynb").write_text("{}")
    bob = tmp_path / "bob"
    (bob / "toy.ipynb").mkdir(parents=True)
    os.symlink(tmp_path / "ann" / "toy.ipynb", bob / "toy1.ipynb")
    os.symlink(bob / "toy2.ipynb", bob / "toy2.ipynb")
    os.mkfifo(bob / "toy3.ipynb")
    with pytest.raises(Refused, match="No notebook"):
        find_submission(taken(bob, "toy"), "toy")


# ---- any damage at all ------------------------------------------------------------------------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(list(toy.ROLES)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
OUTPUTS = [new_output("stream", text="x"), new_output("error", ename="E", evalue="e", traceback=["t"])]
OUTPUTS += [new_output("execute_result", {"text/plain": "1", "text/html": ["<b>", "1"]}, execution_count=1)]


def slots(node, found):
    """Every (container, key) in a notebook."""
    for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        found.append((node, key))
        slots(node[key], found)
    return found


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_damage_is_mended_or_refused_and_raises_nothing_else(data):
    nb = toy.submission()
    nb.cells += [new_markdown_cell("mine"), new_code_cell("1", outputs=OUTPUTS)]
    nb = json.loads(json.dumps(nb))
    for _ in range(data.draw(st.integers(1, 8), label="how many")):
        where = data.draw(st.sampled_from(range(len(slots(nb, [])))), label="where")
        node, key = slots(nb, [])[where]
        how = data.draw(st.sampled_from(["junk", "delete", "double", "shuffle"]), label="how")
        if how == "junk":
            node[key] = data.draw(JUNK)
        elif how == "delete":
            del node[key]
        elif isinstance(node, list) and how == "double":
            node.insert(0, copy.deepcopy(node[key]))
        elif isinstance(node, list):
            random.Random(where).shuffle(node)
        if not slots(nb, []):
            break
    try:
        mended(json.dumps(nb).encode())
    except Refused as refusal:
        assert str(refusal).endswith((".", "?"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_bytes_in_the_file_raise_nothing_else(data):
    raw = bytearray(json.dumps(toy.submission()).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6) | st.just(b"\\ud800"))
        raw = raw or bytearray(b" ")
    try:
        mended(bytes(raw))
    except Refused as refusal:
        assert str(refusal).endswith((".", "?"))


@pytest.mark.parametrize("depth", [900, 5_000, 200_000])
def test_deep_nesting_is_no_way_out(depth):
    deep = '"metadata": {"x": ' + "[" * depth + "]" * depth + "}"
    raw = json.dumps(toy.submission()).replace('"metadata": {}', deep, 1)
    try:
        mended(raw.encode())
    except Refused as refusal:
        assert "damaged" in str(refusal)


# ---- files beside the notebook ----------------------------------------------------------------------------


def test_modules_that_the_notebook_names_are_read_and_those_that_they_name(tmp_path):
    for name, text in {"one": "import two", "two": "x = 1", "three": "", "not-a-name": ""}.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "four.py").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "five.py")
    (tmp_path / "six.py").mkdir()
    notebook = tmp_path / "toy.ipynb"
    found, said = modules_beside(notebook, "from one import *\nimport four, five, six, seven", list(tmp_path.iterdir()))
    assert found == {"one": "import two", "two": "x = 1"}
    assert said == ["Read beside the notebook: one.py, two.py."]
    assert modules_beside(notebook, "x = 1", list(tmp_path.iterdir())) == ({}, [])


@pytest.mark.parametrize("sizes", [[2**20 + 1], [2**19, 2**19 + 1], [1] * 21])
def test_modules_that_are_too_many_or_too_large_are_not_read(tmp_path, sizes):
    for number, size in enumerate(sizes):
        (tmp_path / f"m{number}.py").write_text("#" * size)
    text = " ".join(f"m{number}" for number in range(len(sizes)))
    found, (said,) = modules_beside(tmp_path / "toy.ipynb", text, tmp_path.iterdir())
    assert found == {} and said.endswith("were not read: they are more than 20 files and 1 MB.")
