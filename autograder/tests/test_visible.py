"""What students see agrees with what is marked: the notebooks' visible checks, and their helper's sentences."""

from __future__ import annotations

import re

import pytest

from autograder import variants
from autograder.authoring.expand import shared_cells
from autograder.checks import checks_of
from autograder.tests.let_through import GPU_ONLY, LET_THROUGH
from autograder.tests.visible import SOLUTION, Look, looks, seen
from course_config import ASSIGNMENTS, ROOT

BANK = variants.find(variants.BANK)
TENTH = BANK[::10]


def looks_of(bank: list[variants.Variant], gpu: bool) -> dict[str, list[Look]]:
    """What the variants of each assignment, and its solution, show."""
    here = {assignment: [variant for variant in bank if variant.assignment == assignment] for assignment in ASSIGNMENTS}
    return {assignment: list(looks(assignment, here[assignment], gpu)) for assignment in ASSIGNMENTS}


# --- the bank


@pytest.fixture(scope="module")
def on_the_cpu():
    return looks_of(BANK, gpu=False)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_right_variant_is_refused(assignment, on_the_cpu):
    assert [str(look) for look in on_the_cpu[assignment] if look.kind == "wheat" and look.refused] == []


@pytest.mark.parametrize(
    "bank",
    [pytest.param(TENTH, marks=pytest.mark.slow, id="a tenth"), pytest.param(BANK, marks=pytest.mark.long, id="all")],
)
def test_no_right_variant_is_refused_on_a_gpu(bank):
    found = looks_of(bank, gpu=True)
    assert [str(look) for here in found.values() for look in here if look.kind == "wheat" and look.refused] == []


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_of_the_wrong_ones_that_show_on_a_cpu_most_are_refused(assignment, on_the_cpu):
    chaffs = [look for look in on_the_cpu[assignment] if look.kind == "chaff" and look.file not in GPU_ONLY]
    assert sum(look.refused for look in chaffs) >= 0.85 * len(chaffs)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_what_is_let_through_is_listed_with_a_reason(assignment, on_the_cpu):
    passed = {look.file for look in on_the_cpu[assignment] if look.kind == "chaff" and not look.refused}
    listed = {file for file in (*LET_THROUGH, *GPU_ONLY) if file.startswith(f"{assignment}/")}
    assert passed == listed


def test_a_student_could_have_known_what_is_let_through():
    for file, words in LET_THROUGH.items():
        assignment, todo, _ = file.split("/")
        cell = (ROOT / f"source/{assignment}.py").read_text("utf-8").split(f'# %% todo="{todo}"')[1].split("# %%")[0]
        assert words in " ".join(cell.split()), file


@pytest.mark.long
def test_what_is_said_to_show_on_a_gpu_only_loses_nothing_else():
    device = {
        name.removeprefix("test_")
        for assignment in ASSIGNMENTS
        for name, check in checks_of(assignment).items()
        if check.part == "device"
    }
    for result in variants.judge_all([variant for variant in BANK if variant.file in GPU_ONLY], jobs=1):
        assert result.failed and set(result.failed) <= device, result


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_check_of_the_solution_takes_at_most_a_second(assignment, on_the_cpu):
    solved = [look for look in on_the_cpu[assignment] if look.file == SOLUTION]
    assert [str(look) for look in solved if look.seconds > 1] == []


# --- the helper's sentences


IMPORTS = "import contextlib, io, linecache, traceback\nimport torch\nimport torch.nn as nn"
OPEN = 'raise NotImplementedError("This TODO is still open.")'
STUB = f"def p_sample(x, t):\n    {OPEN}"
GIVEN = "def halve(x):\n    return x / 2"
NETWORK = "class SimpleUNet(nn.Module):\n    def {forward}(self, x):\n        {line}"
CALLED = 'with check("simple_unet"):\n    SimpleUNet()(torch.zeros(3))'


def sentence(*cells: str, check: str = 'with check("p_sample"):\n    p_sample(1, 2)') -> str:
    return seen([IMPORTS, shared_cells(ROOT)["check_helper"], *cells, check], {"__name__": "__main__"})[0]


@pytest.mark.parametrize(
    ("cells", "check", "words"),
    [
        ([STUB], None, "✗ p_sample: this TODO is still open."),
        (["def p_sample(x, t):\n    raise NotImplementedError"], None, "this TODO is still open"),
        ([STUB, "def f():\n    p_sample(1, 2)"], 'with check("f"):\n    f()', "✗ f: p_sample is still open."),
        ([NETWORK.format(forward="forward", line=OPEN)], CALLED, "this TODO is still open"),
        (
            [NETWORK.format(forward="foward", line="return x")],
            CALLED,
            'missing the required "forward" function: is for',
        ),
        ([NETWORK.format(forward="forward", line="return nn.ModuleList()(x)")], CALLED, "Or is it a ModuleList that"),
        (
            ["def p_sample(x, t):\n    return torch.empty(3, dtype=torch.int64).normal_()"],
            None,
            "not implemented for 'Long' (in p_sample, line 2 of its cell: return torch.empty",
        ),
        ([], None, "p_sample is not there yet: run the cell that makes it, or all from the first cell on."),
        (
            ["def p_sample(x, t):\n    return noise(x)"],
            None,
            "name 'noise' is not defined: is it misspelt, or was the cell that makes it not run? (in p_sample, line 2",
        ),
        (
            [GIVEN, 'def p_sample(x, t):\n    y = halve("x")\n    return y'],
            None,
            'in p_sample, line 2 of its cell, inside halve: y = halve("x")',
        ),
        (
            [GIVEN, "def p_sample(x, t):\n    return None"],
            'with check("p_sample"):\n    halve(p_sample(1, 2))',
            "(in this check, inside halve: halve(p_sample(1, 2)))",
        ),
        (
            ["def p_sample(x, t):\n    return f(x)"],
            'def f(x):\n    return x / 0\nwith check("p_sample"):\n    p_sample(1, 2)',
            "ZeroDivisionError: division by zero (in p_sample, line 2 of its cell: return f(x))",
        ),
        (
            ["def p_sample(x, t):\n    def inner():\n        return 1 / 0\n    return inner()"],
            None,
            "✗ p_sample: ZeroDivisionError: division by zero (in p_sample, line 3 of its cell: return 1 / 0)",
        ),
        (["def p_sample(x, t):\n    assert x > 1, 'too small'"], None, "✗ p_sample: too small"),
        (["def p_sample(x, t):\n    assert x > 1"], None, "AssertionError:  (in p_sample, line 2 of its cell: assert"),
    ],
)
def test_the_helper_says_what_happened_and_where_in_the_students_cell(cells, check, words):
    said = sentence(*cells, **{"check": check} if check else {})
    assert words in said


def test_where_an_earlier_check_does_not_pass_that_is_to_be_mended_first():
    first = 'with check("q_sample"):\n    assert {}'
    wrong = "def p_sample(x, t):\n    assert x > 1, 'too small'"
    blamed = [
        sentence(wrong, "try:\n    " + first.format(so).replace("\n", "\n    ") + "\nexcept Exception: pass")
        for so in ("0", "1")
    ]
    assert ["First mend q_sample" in said for said in blamed] == [True, False]
    assert "First mend" not in sentence(
        STUB, "try:\n    with check('q_sample'):\n        assert 0\nexcept Exception: pass"
    )


def test_what_passes_says_nothing_wrong():
    assert sentence("def p_sample(x, t):\n    return x") == ""


@pytest.mark.parametrize(
    "text", [f"source/{name}.py" for name in ASSIGNMENTS] + ["autograder/authoring/template/source/NAME.py"]
)
def test_before_any_cell_ran_the_line_that_jupyter_shows_says_what_to_do(text):
    lines = re.findall(r"^with check\(.*$", (ROOT / text).read_text("utf-8"), re.MULTILINE)
    assert lines
    assert [
        line for line in lines if not line.endswith("# a NameError? Run the notebook from its first cell on.")
    ] == []
