"""Every kind of damaged file in damaged_*.py is mended or refused, in words, and no work is lost that can be saved."""

from __future__ import annotations

import copy
import errno
import json
import os
import re
import time
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from autograder.gradebook import folder, marks
from autograder.gradebook.intake import UNREADABLE, read_submission
from autograder.gradebook.mend import mend
from autograder.gradebook.read import Refused
from autograder.tests import damaged, damaged_arrivals, damaged_bytes, damaged_cells, test_nbgrader, toy
from autograder.tests.test_nbgrader import course, fresh_course  # noqa: F401 (fixtures)

RELEASE = toy.release()
KINDS = damaged.kinds_of(damaged_bytes, damaged_cells, damaged_arrivals)


def taken_in(folder: Path) -> NotebookNode:
    """What nbgrader's autograde gets of a submission."""
    return read_submission(folder, "toy", copy.deepcopy(RELEASE))


def assert_gradable(made: NotebookNode) -> None:
    """Valid, with every graded cell once, every id once, and nothing that cannot be written."""
    nbformat.validate(made)
    json.dumps(made, ensure_ascii=False).encode()
    assert sorted(toy.graded_ids(made)) == sorted(toy.ROLES)
    assert len({cell.id for cell in made.cells}) == len(made.cells)


def assert_sentences(said: list[str]) -> None:
    """Kind and short: whole sentences, no traceback, no name of an exception."""
    for sentence in said:
        assert re.fullmatch(r"[A-Za-z].{10,300}[.?]", sentence, re.S), sentence
        assert not re.search(r"Error|Traceback|line \d|char \d", sentence), sentence
        sentence.encode()


def forbidden(path: Path, most: int) -> bytes:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_is_mended_or_refused_in_words_and_what_can_be_saved_is_saved(name, tmp_path, monkeypatch):
    kind = KINDS[name]
    kind.fill(tmp_path / "bob")
    if name == "a_file_that_may_not_be_read" and os.geteuid() == 0:  # to root nothing is forbidden
        monkeypatch.setattr(folder, "read", forbidden)
    start = time.monotonic()
    made = taken_in(tmp_path / "bob")
    assert time.monotonic() - start < 10
    about = made.metadata["autograder"]
    said = [about["refused"]] if "refused" in about else about["mended"]
    assert_gradable(made)
    assert_sentences(said)
    assert about.get("refused") != UNREADABLE
    assert ("refused" in about) == (kind.saved is None), about
    assert re.search(kind.says, " ".join(said), re.S), said
    assert bool(said) == bool(kind.says), said
    if kind.saved is None:
        assert [cell.source for cell in made.cells] == [cell.source for cell in RELEASE.cells]
    for answer in kind.saved or ():
        wanted = kind.elsewhere.get(answer, toy.ANSWERS[answer])
        assert any(wanted in cell.source for cell in made.cells), (answer, [cell.source for cell in made.cells])


def test_pictures_handed_in_beside_the_notebook_are_attached_to_what_names_them(tmp_path):
    nb = toy.submission()
    toy.find(nb, "reflection_1").source = "![a](plots/a%20b.png) ![c](c.svg) ![d](d.png) ![e](e.png)"
    files = {"toy.ipynb": nbformat.writes(nb).encode(), "plots/a b.png": b"\x89PNG...", "c.svg": b"<svg></svg>"}
    files |= {"d.png": b"<html>", "unnamed.png": b"\x89PNG", ".hidden/e.png": b"\x89PNG"}
    for name, raw in files.items():
        (tmp_path / "bob" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bob" / name).write_bytes(raw)
    (tmp_path / "e.png").write_bytes(b"\x89PNG of another student")
    (tmp_path / "bob" / "e.png").symlink_to(tmp_path / "e.png")
    made = taken_in(tmp_path / "bob")
    assert_gradable(made)
    assert toy.find(made, "reflection_1").attachments == {
        "plots/a b.png": {"image/png": "iVBORy4uLg=="},
        "c.svg": {"image/svg+xml": "PHN2Zz48L3N2Zz4="},
    }
    assert not [cell.id for cell in made.cells if cell.get("attachments") and cell.id != "reflection_1"]


# ---- anything at all --------------------------------------------------------------------------------------

SECONDS = 10  # for one small file, however made, on a busy machine
KEYS = "cells worksheets cell_type source input outputs output_type data text name id metadata nbgrader grade_id"
WORDS = st.sampled_from(
    [*KEYS.split(), *toy.ROLES, "code", "markdown", "stream", "def double(x): pass", "\ud800", "\0"]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=40,
)
SOUND = toy.submission()
ANY_CELL = st.fixed_dictionaries({}, optional={key: ANY_JSON for key in ("cell_type", "source", "id", "outputs")})
CHANGED_CELL = st.tuples(st.sampled_from(json.loads(json.dumps(SOUND.cells))), ANY_CELL).map(
    lambda pair: pair[0] | pair[1]
)
ANY_NOTEBOOK = ANY_JSON | st.fixed_dictionaries({"cells": st.lists(CHANGED_CELL | ANY_CELL | ANY_JSON, max_size=6)})
RAW = damaged.dump(json.loads(json.dumps(SOUND)))
JUNK = st.text('"{}[],:\\\\\n/0x<=>', max_size=8) | st.sampled_from(
    ["\0" * 50, "]}", '"]}', "},{", "<<<<<<< ", "\ud7ff"]
)


def spans() -> dict[str, tuple[int, int]]:
    """Where each cell stands in RAW, by its id."""
    starts = [found.start() for found in re.finditer(rb"\n  \{", RAW)]
    ends = [*starts[1:], RAW.index(b"\n ],")]
    ids = [re.search(rb'"id": "(\w+)"', RAW[start:end])[1].decode() for start, end in zip(starts, ends, strict=True)]
    return {name: (start, end) for name, start, end in zip(ids, starts, ends, strict=True)}


SPANS = spans()


def survive(raw: bytes) -> NotebookNode | None:
    """The mended notebook, found gradable; None for one that was refused in words."""
    start = time.monotonic()
    try:
        made, said = mend(raw, copy.deepcopy(RELEASE))
    except Refused as refusal:
        made, said = None, [str(refusal)]
    assert time.monotonic() - start < SECONDS
    assert_sentences(said)
    if made:
        assert_gradable(made)
    return made


@settings(max_examples=300, deadline=None)
@given(ANY_NOTEBOOK)
def test_any_json_becomes_a_notebook_or_is_refused(data):
    survive(json.dumps(data).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused(raw):
    assert survive(raw) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(RAW)), st.sampled_from(["utf-8", "utf-16"]))
def test_wherever_a_file_breaks_off_the_whole_cells_before_are_saved(at, encoding):
    made = survive(RAW[:at] if encoding == "utf-8" else RAW[:at].decode().encode(encoding)[:-1])
    whole = [name for name, (_, end) in SPANS.items() if end <= at - 2]
    sources = [cell.source for cell in made.cells] if made else []
    if made or set(whole) & set(toy.ROLES) - {"given_helpers"}:
        assert all(toy.find(SOUND, name).source in sources for name in whole)


@settings(max_examples=300, deadline=None)
@given(st.integers(SPANS["title"][0], SPANS["end"][1] - 1), st.integers(0, 150), JUNK)
def test_a_scratch_costs_no_more_than_the_cells_that_it_touches(at, length, junk):
    to = min(at + length, SPANS["end"][1])
    made = survive(RAW[:at] + junk.encode() + RAW[to:])
    kept = [name for name, (start, end) in SPANS.items() if end < at or start > to]
    sources = [cell.source for cell in made.cells]
    assert all(toy.find(SOUND, name).source in sources for name in kept), kept


@pytest.mark.parametrize(
    "piece",
    [
        '{"cell_type": "code", "source": [',
        '{"cell_type": "code", "source": "x" ',
        '{"cell_type": ',
        '{"cell_type": "code"}, ',
        '{"attachments": {}} ',
        "1 ",
        '{"a": ',
        "{",
        '"',
        '\\"',
        '"\\',
        ",",
        ", ",
        "//",
        "<<<<<<< a\n>>>>>>> b\n",
        "[{",
        "\ufffd",
    ],
)
@pytest.mark.parametrize("start", ['{"cells": [', "", "{'cells': ['"])
def test_no_file_takes_long_to_read(start, piece):
    survive((start + piece * (500_000 // len(piece))).encode())


# ---- a class of the worst ---------------------------------------------------------------------------------

WORST = """a_folder_with_the_notebook a_folder_by_that_name a_pipe a_link_to_a_device a_link_to_nothing
a_link_to_itself name_that_is_no_text nothing_but_depth utf16_cut an_empty_file_beside_another a_zip hole_in_the_code
a_hundred_thousand_outputs half_a_character control_characters"""


def beside(folder: Path) -> None:
    """Next to a sound notebook, what cannot be copied: nbgrader copies every file that a student handed in."""
    damaged.alone("toy.ipynb")(folder)
    os.mkfifo(folder / "pipe.txt")
    (folder / "device.txt").symlink_to("/dev/zero")
    (folder / "gone.csv").symlink_to("nowhere.csv")
    (folder / "stolen.txt").symlink_to("../../z_sound/toy/toy.ipynb")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_plain_nbgrader_grades_a_class_of_the_worst_to_its_end(course):  # noqa: F811
    for name in WORST.split():
        KINDS[name].fill(course / "submitted" / name / "toy")
    for name, fill in (("things_beside", beside), ("z_sound", damaged.alone("toy.ipynb"))):
        (course / "submitted" / name / "toy").mkdir(parents=True)
        fill(course / "submitted" / name / "toy")
    (course / "submitted" / "z_sound" / "toy" / os.fsdecode(b"\xff.txt")).touch()
    done = test_nbgrader.nbgrader(course, "autograde", "toy")
    assert done.returncode == 0, done.stderr[-3000:]
    rows = {row["student"]: row for row in marks.table("toy", course)}
    assert set(rows) == {*WORST.split(), "things_beside", "z_sound"}
    for student, row in rows.items():
        verdict = json.loads((course / "autograded" / student / "toy" / "verdict.json").read_text())
        kind = KINDS.get(student)
        assert row["code_score"] == verdict["points"] == (0 if kind and kind.saved is None else 10), student
        assert re.search(kind.says if kind else "", " ".join(verdict["mended"]), re.S), verdict
        assert_gradable(nbformat.read(course / "autograded" / student / "toy" / "toy.ipynb", 4))
    marks.feedback("toy", course)
    assert len(list((course / "feedback").rglob("toy.html"))) == len(rows)
    assert not list(course.glob("[af]*/*/toy/stolen.txt"))
