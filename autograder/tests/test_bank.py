"""The bank holds what it says, the grader is right on all of it, and `course bank` says so where it is not."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli, variants
from autograder.checks import checks_of, points_of
from autograder.judge.forks import Parent
from autograder.sentences import NoVariants
from course_config import ASSIGNMENTS

VARIANTS = variants.find(variants.BANK)
WHEATS = [variant for variant in VARIANTS if variant.kind == "wheat"]
CHAFFS = [variant for variant in VARIANTS if variant.kind == "chaff"]


@pytest.fixture(scope="module")
def parent():
    with Parent() as parent:
        yield parent


# --- what the bank holds


@pytest.mark.parametrize("place", variants.TODOS)
def test_every_todo_has_the_wheats_and_chaffs_that_it_begins_with(place):
    assert sum((variant.assignment, variant.todo) == place for variant in WHEATS) >= 1
    assert sum((variant.assignment, variant.todo) == place for variant in CHAFFS) >= 3


def test_all_todos_together_have_wheats_and_chaffs_enough():
    assert len(WHEATS) >= 6 * len(variants.TODOS)
    assert len(CHAFFS) >= 15 * len(variants.TODOS)


def test_every_variant_lies_with_its_assignment_and_says_in_its_first_line_what_it_is():
    every = [path for kind in ("wheat", "chaff") for path in variants.BANK.rglob(f"{kind}_*.py")]
    assert sorted(every) == [variant.path for variant in VARIANTS]
    for variant in VARIANTS:
        assert variant.file == f"{variant.assignment}/{variant.todo}/{variant.path.name}"
        word = "# right: " if variant in WHEATS else "# wrong: "
        assert variant.path.read_text().startswith(word), variant.file


def test_every_chaff_says_which_words_its_message_must_hold_and_nine_of_ten_name_the_cause():
    kinds = [variants.expected_words(variant.path) for variant in CHAFFS]
    assert [variant for variant, kind in zip(CHAFFS, kinds, strict=True) if kind is None] == []
    assert sum(kind == "cause" for kind, _ in kinds) >= 0.9 * len(kinds)


def test_every_chaff_says_how_bad_its_mistake_is_and_few_lie_outside_their_bounds():
    heads = {chaff.file: chaff.path.read_text() for chaff in CHAFFS}
    said = r"^# severity: ((fatal|major|minor), argued: .+|(fatal|major), measured)$"
    assert [file for file, text in heads.items() if not re.search(said, text, re.MULTILINE)] == []
    assert sum("\n# exception: " in text for text in heads.values()) <= 0.02 * len(VARIANTS)


# --- the grader on the bank


@pytest.fixture(scope="module")
def results():
    return {result.file: result for result in variants.judge_all(VARIANTS, os.cpu_count() or 1)}


@pytest.mark.slow
def test_the_grader_is_right_on_every_variant(results):
    assert [variants.line(result) for result in results.values() if result.verdict != "ok"] == []


@pytest.mark.slow
def test_the_first_message_names_the_mistake(results):
    for chaff in CHAFFS:
        _, words = variants.expected_words(chaff.path)
        message = results[chaff.file].message
        assert words in message, f"{chaff.file}: {message}"


@pytest.mark.slow
def test_every_check_kills_some_chaff(results):
    """One that kills nothing costs time and finds no mistake."""
    killers = {name for result in results.values() for name in result.failed}
    everything = {name.removeprefix("test_") for assignment in ASSIGNMENTS for name in checks_of(assignment)}
    assert everything - killers == set()


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_where_the_whole_earlier_half_is_wrong_the_later_half_loses_nothing(assignment, parent):
    todos = list(points_of(assignment))
    half, draw = len(todos) // 2, random.Random(0)
    here = [chaff for chaff in CHAFFS if chaff.assignment == assignment]
    solution = variants.Solution(assignment, parent)
    for _ in range(4):
        wrong = {todo: draw.choice([chaff for chaff in here if chaff.todo == todo]) for todo in todos[:half]}
        sources = {todo: chaff.path.read_text() for todo, chaff in wrong.items()}
        verdict = solution.judge_cells(solution.cells_with(sources, todos[0]), None)["todos"]
        lost = {todo: [c["message"] for c in verdict[todo]["checks"] if not c["passed"]] for todo in todos[half:]}
        assert not any(lost.values()), (lost, [chaff.file for chaff in wrong.values()])
        assert all(verdict[todo]["points"] < verdict[todo]["max"] for todo in todos[:half])


# --- the command


RIGHT = """
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    {line}
    return b, 1 - b, {bars}
"""
LINE, BARS = "b = np.linspace(beta_start, beta_end, T)", "np.cumprod(1 - b)"


@pytest.fixture
def folder(tmp_path):
    """A bank of one TODO: name -> text."""

    def write(**texts: str) -> Path:
        (tmp_path / "make_linear_beta_schedule").mkdir()
        for name, text in texts.items():
            (tmp_path / "make_linear_beta_schedule" / f"{name}.py").write_text(text)
        return tmp_path

    return write


def bank(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["bank", "--jobs", "1", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.mark.slow
def test_the_command_tells_the_five_verdicts_apart(folder):
    right, wrong = RIGHT.format(line=LINE, bars=BARS), RIGHT.format(line=LINE, bars="np.cumsum(1 - b)")
    spoils = "def q_sample(x0, t, alpha_bars):\n    return None\n"
    code, output = bank(
        folder(
            wheat_right=right,
            chaff_right=right,
            wheat_wrong=wrong,
            chaff_wrong=wrong,
            chaff_minor="# wrong: all bars\n# cause: sum\n# severity: minor, argued: no\n" + wrong,
            wheat_spoils=right + spoils,
        ),
        "--json",
        "--all-todos",
    )
    lines = [json.loads(line) for line in output.splitlines()]
    keys = {"assignment", "todo", "file", "kind", "severity", "verdict", "points", "max", "kept"}
    keys |= {"elsewhere_lost", "message", "seconds"}
    assert code == 1 and all(keys <= set(line) for line in lines)
    assert {Path(line["file"]).stem: line["verdict"] for line in lines} == {
        "wheat_right": "ok",
        "chaff_right": "missed",
        "wheat_wrong": "false_alarm",
        "chaff_wrong": "ok",
        "chaff_minor": "out_of_bounds",
        "wheat_spoils": "collateral",
    }
    assert [line["severity"] for line in lines if line["severity"]] == ["minor"]
    assert all(line["kept"] == pytest.approx(line["points"] / line["max"], abs=1e-4) for line in lines)
    assert [line["elsewhere_lost"] > 5 for line in lines] == ["spoils" in line["file"] for line in lines]


@pytest.mark.slow
def test_variants_that_end_or_spoil_the_process_harm_no_other(folder):
    code, output = bank(
        folder(
            chaff_a_ends_at_once="import os\nos._exit(3)\n",
            chaff_b_kills_its_parent="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos._exit(1)\n",
            chaff_c_no_python="def make_linear_beta_schedule(:\n",
            chaff_d_patches="np.linspace = np.cumprod = None\n" + RIGHT.format(line="b = None", bars="b"),
            chaff_e_ends_when_called="import os\n" + RIGHT.format(line="os._exit(0)", bars="b"),
            wheat_after_all_that=RIGHT.format(line=LINE, bars=BARS),
        )
    )
    assert code == 0, output
    assert "1 of 1 right variants" in output and "5 of 5 wrong variants" in output


@pytest.mark.parametrize(
    ("place", "todos", "sentence"),
    [
        ("nowhere", (), "There is no folder .*nowhere"),
        (".", (), "holds no files named"),
        (".", ("q_simple",), "There is no TODO 'q_simple'. There are: make_spiral, "),
        (".", ("mnist/q_sample",), "There is no TODO 'mnist/q_sample'"),
    ],
)
def test_where_there_is_nothing_to_judge_a_sentence_says_what_was_looked_for(tmp_path, place, todos, sentence):
    with pytest.raises(NoVariants, match=sentence):
        variants.find(tmp_path / place, todos)


# --- two assignments that have a TODO of the same name


@pytest.fixture
def twins(monkeypatch):
    """q_sample comes in both of two assignments."""
    monkeypatch.setattr(variants, "ASSIGNMENTS", ("plane", "space"))
    monkeypatch.setattr(variants, "TODOS", [("plane", "q_sample"), ("plane", "train"), ("space", "q_sample")])


def filled(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True)
        (folder / file).touch()
    return folder


def found(folder: Path, *todos: str) -> list[tuple[str, str]]:
    return [(variant.assignment, variant.file) for variant in variants.find(folder, todos)]


def test_the_folder_above_says_which_of_two_todos_is_meant(tmp_path, twins):
    plane, space, alone = "plane/q_sample/wheat_a.py", "space/q_sample/wheat_a.py", "train/chaff_a.py"
    bank = filled(tmp_path, plane, space, alone)
    assert found(bank) == [("plane", plane), ("space", space), ("plane", alone)]
    assert found(bank, "q_sample") == [("plane", plane), ("space", space)]
    assert found(bank, "space/q_sample") == [("space", space)]
    assert found(bank / "space") == [("space", "q_sample/wheat_a.py")]
    assert found(bank / "space" / "q_sample") == [("space", "wheat_a.py")]


def test_where_nothing_says_which_of_two_todos_is_meant_a_sentence_says_what_to_do(tmp_path, twins):
    bank = filled(tmp_path, "q_sample/wheat_a.py")
    with pytest.raises(NoVariants, match="plane and space both have a TODO 'q_sample': put .* --todo plane/q_sample"):
        variants.find(bank)
    assert found(bank, "space/q_sample") == [("space", "q_sample/wheat_a.py")]
