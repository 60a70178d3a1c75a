"""The judge against real workers: what student code can do to itself, and what it cannot do to others."""

from __future__ import annotations

import importlib.util
import math
import sys
import textwrap
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from autograder import checks
from autograder.judge import conversation
from autograder.judge import court as judging
from autograder.judge.conversation import StudentError, same_thing
from autograder.judge.forks import Parent
from autograder.judge.run import Run
from course_config import LIMITS


@pytest.fixture(scope="module")
def parent():
    with Parent() as parent:
        yield parent


@pytest.fixture
def run(parent):
    """Run cells, given as text; a pair (grade_id, text) is a cell with a role."""
    runs = []

    def start(*cells) -> Run:
        notebook = {"cells": [cell(*part) for part in map(as_pair, cells)]}
        runs.append(Run(notebook, "spiral", parent, replace(LIMITS, cell_seconds=1, check_seconds=2)))
        return runs[-1]

    yield start
    for each in runs:
        each.close()


def as_pair(part):
    return part if isinstance(part, tuple) else ("", part)


def cell(role: str, source: str) -> dict:
    metadata = {"nbgrader": {"grade_id": role}} if role else {}
    if role == "kept":
        metadata = {"rerun": False}
    source = textwrap.dedent(source)
    return {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }


def shown(run: Run, index: int) -> str:
    """Everything that a cell put out, as text."""
    return "".join(
        output.get("text", "") + output.get("evalue", "") + str(output.get("data", {}).get("text/plain", ""))
        for output in run.cells[index]["outputs"]
    )


STUB = ("double", 'def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError("This TODO is still open.")')


# ---- cells ------------------------------------------------------------------------------------------------


def test_rich_output_is_kept(run):
    made = run(
        "print('said'); 1 + 1",
        "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
        "import os; os.write(1, b'raw')\n!echo from the shell",
        "from tqdm.auto import tqdm\nfor i in tqdm(range(3)): pass",
    )
    assert [output["output_type"] for output in made.cells[0]["outputs"]] == ["stream", "execute_result"]
    assert "image/png" in made.cells[1]["outputs"][0]["data"]
    assert "raw" in shown(made, 2) and "from the shell" in shown(made, 2)
    assert made.lost == {}


@pytest.mark.parametrize(
    "wish",
    [
        "%config InlineBackend.figure_format = 'svg'",
        "%config InlineBackend.figure_formats = ['pdf']",
        "import matplotlib_inline.backend_inline as inline; inline.set_matplotlib_formats('svg', 'retina')",
    ],
)
def test_figures_are_pictures_whatever_the_notebook_asks_for(run, wish):
    made = run(wish, "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
    assert set(made.cells[1]["outputs"][0]["data"]) == {"image/png", "text/plain"}


def test_definitions_count_although_their_cell_failed_before_them(run):
    made = run("1 / 0\ndef f(x):\n    return 2 * x")
    assert made.student(1).f(3) == 6


def test_an_endless_cell_is_stopped_and_the_rest_goes_on(run):
    made = run("while True: pass\ndef f(): return 1", "def g(): return 2")
    student = made.student(1)
    assert (student.f(), student.g()) == (1, 2)
    assert "computed for more than 1 s" in shown(made, 0)


def test_a_cell_that_ends_the_process_costs_only_itself(run):
    made = run("def f(): return 1", "import os\nos._exit(0)\ndef g(): return 2", "def h(): return 3")
    student = made.student(1)
    assert (student.f(), student.g(), student.h()) == (1, 2, 3)
    assert "Code cell 2 ended the Python process" in made.notes[0]


def test_long_runs_and_checks_are_not_repeated(run):
    made = run("x = 1", ("kept", "x = 2"), ("check_q_sample", "x = 3"))
    assert made.student(1).x == 1


def test_output_without_end_is_cut(run):
    made = run("while True: print('x' * 10**6)")
    assert len(shown(made, 0)) < 5 * 2**20
    assert "further output was left out" in shown(made, 0)


def test_input_says_that_nobody_answers(run):
    assert "nobody to ask" in shown(run("name = input('Your name? ')"), 0)


IMPORTS = "import seaborn as sns\nfrom google.colab import drive\nfrom math import pi, no\nimport os, none, sys\n"


def test_an_import_that_is_lacking_here_stops_nothing(run):
    made = run(
        IMPORTS + "sns.set_theme(); drive.mount('/content')\nbig = max(2, 3)\ndef f(x):\n    return big * x",
        "drive.mount('/content')\nprint(sys.byteorder, pi)\nhalf = max(0.5, 0)",
        ("todo", "import seaborn\ndef todo(x): return half * f(x)"),
        "def todo(x): return 0",
    )
    assert made.student(1, "todo").todo(4) == 6, "what stands behind a lost import is run, and its TODO is whole"
    assert "No module named 'seaborn'" in shown(made, 0) and "3.14" in shown(made, 1)
    assert "`todo` was judged as its TODO's cell" in made.remarks()[0]


@pytest.mark.parametrize(
    "stop", ["1 / 0", "while True: pass", "import os; os._exit(1)", "exit()", "import no_such\n1 / 0"]
)
def test_definitions_imports_and_constants_behind_a_failed_statement_count_each_by_itself(run, stop):
    kept = "@undefined\ndef lost(): pass\nfrom math import tau\nimport no_such\nEPS: float = 1e-8\nPAIR = [EPS, -EPS]"
    made = run(
        f"{stop}\n{kept}\nseven = max(7, 1)\nclass C:\n    number = EPS\ndef f():\n    return tau, PAIR, C.number"
    )
    student = made.student(1)
    assert student.f() == (math.tau, [1e-8, -1e-8], 1e-8)
    with pytest.raises(StudentError, match="not defined"):
        _ = student.seven  # a call may be what took too long


def test_what_stood_before_the_failed_statement_is_not_run_again(run):
    made = run(
        "def f(): return 1\nf = max([lambda: 2])\nfrom math import pi\npi = max(3, 0)\n1 / 0\ndef g(): return pi"
    )
    assert (made.student(1).f(), made.student(1).g()) == (2, 3)


def test_collecting_garbage_and_compiling_take_no_time(run):
    """Before, a collection took 0.2 s on a quiet machine and the first compile 2 s."""
    made = run(
        "import gc, time, torch\nmany = [[number] for number in range(10**6)]",
        "def collect():\n    start = time.process_time()\n    gc.collect()\n    return time.process_time() - start",
        "def compile():\n    start = time.process_time()\n    torch.compile(torch.nn.Linear(2, 2))\n"
        "    return time.process_time() - start",
    )
    assert made.student(1).collect() < 0.1
    assert made.student(1).compile() < 0.5


def test_modules_beside_the_notebook_can_be_imported_and_hide_nothing_of_the_graders(parent):
    theirs = ("math", "numpy", "seaborn_", "autograder", "sitecustomize", "mnist_subset", "__main__")
    modules = {"helper": "import seaborn_\ndef f(): return seaborn_.TWO"} | dict.fromkeys(theirs, "TWO = 2")
    asked = "import helper, math, numpy, os\nTWOS = [hasattr(module, 'TWO') for module in (math, numpy)]"
    made = Run({"cells": [cell("", asked + "\nfiles = sorted(os.listdir())")]}, "mnist", parent, modules=modules)
    student = made.student(1)
    assert student.helper.f() == 2 and student.TWOS == [False, False]
    assert {"helper.py", "seaborn_.py"} <= {name for name in student.files if name.endswith(".py")} <= {
        "helper.py", "seaborn_.py", "sitecustomize.py"
    }  # fmt: skip
    made.close()


# ---- questions --------------------------------------------------------------------------------------------


def test_every_question_starts_from_a_clean_state(run):
    made = run("items = []\ndef add():\n    items.append(1)\n    return len(items)")
    for _ in range(2):
        assert made.student(1).add() == 1
        made.reap(gone=False)


def test_each_check_finds_the_files_that_the_cells_left_and_none_of_another_check(run):
    made = run(
        "open('mine', 'w').close()",
        """
        import os
        def visit():
            found = sorted(os.listdir())
            os.makedirs("kept/deep", exist_ok=True)
            for name in ("asked", "kept/deep/asked"):
                open(name, "w").close()
            return found
        """,
    )
    first, second = made.student(1).visit(), made.student(2).visit()
    assert "mine" in first and "asked" not in first and second == first


def test_a_thousand_folders_in_folders_stop_no_check(run):
    made = run("import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')", "x = 1")
    assert [made.student(n).x for n in (1, 2)] == [1, 1]


def test_what_a_cell_that_took_too_long_left_running_brings_the_checks_down_once(parent):
    """Threads that it starts while it waits, of which there are too many when it was stopped."""
    later = """
        import threading, time
        def many():
            time.sleep(1.5)
            for _ in range(30):
                threading.Thread(target=time.sleep, args=[60], daemon=True).start()
        threading.Thread(target=many, daemon=True).start()
        time.sleep(60)
        """
    cells = [cell("other", "def double(x):\n    return 2 * x"), cell("other", later)]
    made = Run({"cells": cells}, "spiral", parent, replace(LIMITS, cell_seconds=1, processes=20, patience=1))
    time.sleep(1)
    assert made.student(1).double(4) == 8
    assert made.notes == ["While it was checked: It started more than 20 processes or threads."]
    assert made.student(2).double(5) == 10 and made.only_definitions == {1}
    made.close()


def test_an_object_stays_on_the_students_side(run):
    made = run("def change(d):\n    d['x'] += 1\n    return d['x'].sum(), object()")
    student = made.student(1)
    there = student.put({"x": np.zeros(3)})
    answer = student.hold(student.change, there)
    assert answer[0] == 3.0
    assert "object" in repr(student.part(answer, 1))
    np.testing.assert_array_equal(student.get(there)["x"], np.ones(3))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "is still open"),
        (
            "raise ValueError('no such t')",
            "stopped with ValueError: no such t. The line is `raise ValueError",
        ),
        ("while True: pass", "computed for more than 2 s"),
        ("__import__('time').sleep(60)", "took longer than 8 s"),
        ("import os; os._exit(1)", "process ended"),
        ("return __import__('numpy').array([object()])", "cannot be used as data"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(run, body, words):
    made = run(f"def f():\n    {body}")
    with pytest.raises(StudentError, match=words):
        made.student(1).f()


WITHOUT_FORWARD = """
import torch
from torch import nn
class Net(nn.Module):
    def foward(self, x): return x
class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2)])
    def forward(self, x): return self.layers(x)
def f(): return {}
"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Net()(torch.ones(2))", r'missing the required "forward" function\. Is `forward` misspelt'),
        ("Other()(torch.ones(2))", r"Module \[ModuleList\] is missing .* The line is `def forward"),
        ("torch.randint(0, 3, (4,)).normal_()", "not implemented for 'Long'"),
        ("torch.ones(2).cuda()", r"`f` stopped: cuda is written out, and there is none here\. Go by the device"),
        ("torch.ones(2, device='cuda')", "cuda is written out"),
        ("nn.Linear(1, 1).to('cuda:0')", "cuda is written out"),
        ("torch.ones(2, device='mps')", "mps is written out"),
        ("torch.ones(2).to('mps')", "mps is written out"),
    ],
)
def test_what_torch_says_is_no_open_todo_and_a_device_that_is_written_out_is_named(run, body, words):
    with pytest.raises(StudentError, match=words) as raised:
        run(WITHOUT_FORWARD.format(body)).student(1).f()
    assert "still open" not in str(raised.value) and "spawn" not in str(raised.value)


def test_another_function_that_is_still_open_is_named(run):
    made = run("def f():\n    return g()\ndef g():\n    raise NotImplementedError")
    with pytest.raises(StudentError, match="`f` needs `g`, which is still open"):
        made.student(1).f()


def test_what_was_never_defined_is_named(run):
    with pytest.raises(StudentError, match="`q_sample` is not defined"):
        _ = run("x = 1").student(1).q_sample


def test_the_seed_of_a_verdict_repeats_random_draws(run):
    made = run(
        "import numpy as np, torch\nrng = np.random.default_rng()\ndef f():\n    return rng.normal(), torch.rand(1)"
    )
    first, second, other = (made.student(seed).f() for seed in (1, 1, 2))
    assert first == second != other


def test_a_function_of_the_judges_is_called_from_student_code_and_may_ask_back(run):
    student, heard = (
        run("class Thing: pass\none, other = Thing(), Thing()\ndef f(): return helper(one, 2, k=3)").student(1),
        [],
    )

    def helper(thing, *numbers, k):
        heard.append((same_thing(thing, student.one), same_thing(thing, student.other), numbers, k))
        return {"twice": 2 * np.arange(k)}

    student.swap("helper", helper)
    assert student.f()["twice"].tolist() == [0, 2, 4]
    assert heard == [(True, False, (2,), 3)]


@pytest.mark.parametrize(
    ("call", "words"),
    [("helper(1, 2)", r"TypeError: helper\(\): too many"), ("helper(-1)", "ValueError: no such thing")],
)
def test_what_the_judges_function_does_not_take_is_raised_where_it_was_called(run, call, words):
    student = run(f"def f(): return {call}").student(1)

    def helper(number):
        if number < 0:
            raise ValueError("no such thing")

    student.swap("helper", helper)
    with pytest.raises(StudentError, match=words):
        student.f()


def test_calls_of_the_judges_functions_come_to_an_end(run, monkeypatch):
    monkeypatch.setattr(conversation, "MAX_CALLS", 20)
    student = run("def f():\n    while True: helper()").student(1)
    student.swap("helper", lambda: None)
    with pytest.raises(StudentError, match="without end"):
        student.f()


def test_a_mix_of_devices_is_told_with_a_full_stop(run):
    student = run("import torch\ndef f(x): return x * torch.ones(3)").student(1)
    student.gpu()
    with pytest.raises(StudentError, match=r"\.to\(x\.device\)\. The line is"):
        student.f(torch.ones(3))


@pytest.mark.parametrize("new", ["default_rng()", "default_rng(seed=None)", "default_rng(5)", "default_rng(seed=5)"])
def test_what_a_function_draws_from_is_set_back_however_it_asks_for_it(run, new):
    student = run(f"import numpy as np\ndef f(): return np.random.{new}.normal()").student(1)
    student.instrument("set_back", None, 3)
    right = np.random.default_rng(5 if "5" in new else 3).normal()
    assert student.f() == student.f() == right


# ---- verdicts ---------------------------------------------------------------------------------------------


TOY = """
from autograder.checks.words import Undecided, close, points

@points(2)
def test_doubles(student, rng):
    x = rng.normal(size=4)
    close(student.double(x), 2 * x, "double should give 2 x", if_close_to={"x was squared": x**2})

@points(1)
def test_undecided(student):
    student.double(1)
    raise Undecided("there is no such device")

@points(2)
def never_collected(student):
    pass
"""


@pytest.fixture
def toy(monkeypatch, tmp_path, parent, request):
    """Judge an answer to the toy assignment above, or to another one."""
    file = tmp_path / "toy_checks.py"
    file.write_text(getattr(request, "param", TOY))
    spec = importlib.util.spec_from_file_location("toy_checks", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delitem(sys.modules, "toy_checks", raising=False)  # pytest would judge by the toy of the test before
    monkeypatch.setattr(checks, "modules_of", lambda _: {"double": module})
    monkeypatch.setattr(judging, "modules_of", lambda _: {"double": module})
    return lambda source: judging.judge({"cells": [cell("double", source)]}, "toy", parent)


def test_a_verdict_counts_points_and_gives_causes(toy):
    verdict = toy("def double(x):\n    return x ** 2")
    (entry,) = verdict["todos"].values()
    first, second, lost = entry["checks"]
    assert first["message"] == "double should give 2 x. It looks as if x was squared."
    assert second["passed"] and "there is no such device" in second["message"]
    assert not lost["passed"] and "did not run" in lost["message"], "a check that never reported is not passed"
    assert (verdict["points"], verdict["max"]) == (1, 5)


def test_a_syntax_error_is_named_where_its_todo_is_missing(toy):
    verdict = toy("def double(x:\n    return x")
    message = verdict["todos"]["double"]["checks"][0]["message"]
    assert "Code cell 1, which would have defined it, stopped with SyntaxError" in message
    assert verdict["points"] == 0


def test_the_error_of_the_cell_that_would_have_defined_a_name_is_quoted(toy):
    source = "import no_such as np\nhelp = 1 / 0\ndef double(x):\n    return np.array(x) + help"
    first = toy(source)["todos"]["double"]["checks"][0]["message"]
    assert first.startswith("`double` stopped with NameError: name 'np' is not defined. The line is `return")
    assert first.endswith(
        "Code cell 1, which would have defined it, stopped with ModuleNotFoundError: No module named 'no_such'."
    )


WRAPPED = TOY.replace(
    "close(student.double(x), 2",
    """
    try:
        student.double(x)
    except AssertionError as error:
        raise AssertionError(f"At the start should come x, but it is the end. {error}") from None
    close(student.double(x), 2""".strip(),
)


@pytest.mark.parametrize("toy", [WRAPPED], indirect=True)
def test_an_open_todo_is_one_sentence(toy):
    first, second, _ = toy(STUB[1])["todos"]["double"]["checks"]
    said = "`double` is still open: your code goes where `raise NotImplementedError` stands."
    assert first["message"] == second["message"] == said


def test_a_todo_that_never_answers_is_given_up(toy, monkeypatch):
    monkeypatch.setattr(judging, "PATIENCE", 1)
    first, second, _ = toy("def double(x):\n    while True: pass")["todos"]["double"]["checks"]
    assert "computed for more than 10 s" in first["message"]
    assert "was not asked" in second["message"] and not second["passed"]


# ---- the judge's own work ---------------------------------------------------------------------------------


SLOW = TOY.replace("    x = rng", "    import time; time.sleep(3.5)\n    x = rng")
ANSWERS = "import time\ndef double(x):\n    time.sleep({seconds})\n    return 2 * x"


@pytest.mark.parametrize(("toy", "seconds", "asked"), [(SLOW, 0, True), (TOY, 3.5, False)], indirect=["toy"])
def test_only_the_students_side_takes_the_students_time(toy, seconds, asked, monkeypatch):
    monkeypatch.setattr(judging, "Run", partial(Run, limits=replace(LIMITS, submission_seconds=3, patience=1)))
    first, second, _ = toy(ANSWERS.format(seconds=seconds))["todos"]["double"]["checks"]
    assert first["passed"] and second["passed"] == asked
    assert ("the notebook took too long in all" in second["message"]) != asked
