"""What students see agrees with what is marked: the notebooks' visible checks, and their helper's sentences."""

from __future__ import annotations

import pytest

from autograder.authoring.expand import shared_cells
from autograder.tests.visible import seen
from course_config import ROOT

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


def test_what_passes_says_nothing_wrong():
    assert sentence("def p_sample(x, t):\n    return x") == ""
