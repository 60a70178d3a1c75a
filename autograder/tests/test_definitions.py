"""Which function is judged: each TODO's as its own cell left it, whatever later cells make of its names."""

# ruff: noqa: F811 - a fixture of another file is an argument here
from __future__ import annotations

import pytest

from autograder.judge.conversation import StudentError
from autograder.tests.test_judge import STUB, parent, run  # noqa: F401 - fixtures

DOUBLE = ("double", "def double(x):\n    return 2 * x")
OTHERWISE = "def double(x):\n    return x + x + 0.5"


@pytest.mark.parametrize("later", [OTHERWISE, "double, test = [1, 2], [3]", "double = lambda x: 0", "del double"])
@pytest.mark.parametrize("asked", ["double", "other", ""])
def test_a_function_is_judged_as_its_own_todo_left_it(run, later, asked):
    made = run(DOUBLE, ("other", "def other(x): return double(x)"), later)
    student = made.student(1, asked)
    assert (student.double(3), student.other(3)) == (6, 6)


def test_the_page_says_which_cell_was_judged(run):
    (said,) = run(DOUBLE, OTHERWISE, "x = 1", "double = 5").remarks()
    assert said == (
        "`double` was judged as its TODO's cell, code cell 1, defines it; code cells 2, 4 give it another meaning."
    )
    assert run(DOUBLE, "x = 1", ("other", "def other(): pass"), "y = double(2)").remarks() == []


@pytest.mark.parametrize("cell", [STUB, ("double", "def double(x):\n    return 0\n1 / 0"), ("double", "def double(x:")])
def test_where_a_todo_stopped_or_is_open_an_own_cell_counts(run, cell):
    made = run(cell, OTHERWISE, "x = 1")
    assert made.student(1, "double").double(3) == 6.5
    assert made.student(1, "other").double(3) == 6.5


def test_where_a_todo_stopped_a_name_that_was_used_again_costs_nothing(run):
    made = run(STUB, OTHERWISE, "double, test = [1], [2]")
    assert made.student(1, "double").double(3) == 6.5
    (said,) = made.remarks()
    assert (
        said == "`double` was judged as code cell 2 defines it: the TODO's own cell, code cell 1, stopped or is open."
    )


def test_a_stub_behind_a_return_is_not_open(run):
    made = run(("double", DOUBLE[1] + STUB[1].partition("\n")[2].join(["\n", ""])), OTHERWISE)
    assert made.student(1, "double").double(3) == 6


def test_names_of_given_cells_mean_what_these_defined_and_all_others_what_they_meant_last(run):
    made = run(
        ("given_imports", "import numpy as np\nrng = np.random.default_rng(0)\ndef half(x): return x / 2"),
        "T = 10",
        ("todo", "SCALE = 3\ndef f():\n    return half(2), rng.normal(), T, SCALE"),
        ("another", "SCALE, T = 7, 8\ndef g():\n    return SCALE"),
        "T = 100\nSCALE = 'large'\nrng = np.random.RandomState(5)\nhalf = None",
    )
    student = made.student(1, "todo")
    assert student.f()[0] == 1 and student.f()[2:] == (100, 3)
    assert made.student(1, "another").g() == 7


def test_two_todos_with_a_helper_of_one_name_each_meet_their_own(run):
    made = run(
        ("first", "def column(x): return [x]\ndef first(x): return column(x)"),
        ("second", "def column(x): return (x,)\ndef second(x): return column(x)"),
    )
    assert made.student(1, "first").first(1) == [1]
    assert made.student(1, "second").second(1) == (1,)


def test_what_is_patched_into_a_class_is_undone(run):
    given = ("todo", "class Net:\n    def forward(self): return 1")
    made = run(given, "Net.forward = lambda self: 2\nNet.more = 3")
    assert made.student(1, "todo").Net().forward() == 1
    with pytest.raises(StudentError, match="more"):
        _ = made.student(1, "todo").Net().more
    stub = ("todo", given[1].replace("return 1", STUB[1].rpartition("\n")[2].strip()))
    assert run(stub, "Net.forward = lambda self: 2").student(1, "todo").Net().forward() == 2


LATER_MODES = [
    "torch.set_grad_enabled(False)",
    "torch.set_default_dtype(torch.float64)",
    "torch.set_default_device('meta')",
    "torch.set_default_device('cuda')",
    "torch.use_deterministic_algorithms(True)",
    "torch.autograd.set_detect_anomaly(True)",
    "torch.set_printoptions(precision=1)",
    "torch.set_float32_matmul_precision('medium')",
    "np.set_printoptions(precision=1)",
    "np.seterr(all='raise')",
    "warnings.simplefilter('error')",
    "torch.manual_seed(3); torch.set_num_threads(2)",
]
MODES = """
    import warnings
    import numpy as np, torch
    def modes():
        warnings.warn("harmless")
        x = torch.ones(3, requires_grad=True) / 3
        told = str(x.detach()), str(np.ones(1) / 3), str(np.ones(1) / np.zeros(1)), str(x.device)
        anomaly, exact = torch.is_anomaly_enabled(), torch.are_deterministic_algorithms_enabled()
        rest = anomaly, exact, torch.get_float32_matmul_precision(), torch.get_num_threads()
        return told, str(x.dtype), x.requires_grad, rest, torch.rand(1).tolist()
"""


@pytest.mark.parametrize("later", LATER_MODES)
def test_global_modes_that_later_cells_change_are_put_back(run, later):
    usual, changed = run(("modes", MODES)), run(("modes", MODES), later)
    assert changed.student(1, "modes").modes() == usual.student(1, "modes").modes()


def test_modes_that_the_notebook_sets_before_a_todo_stay(run):
    made = run(
        ("given_imports", "import torch\ntorch.set_default_dtype(torch.float64)"),
        ("f", "def f(): return torch.ones(1)"),
    )
    assert str(made.student(1, "f").f().dtype) == "torch.float64"
