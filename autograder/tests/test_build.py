"""Text -> source -> release -> solutions, through the real nbgrader, on a small made-up assignment."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import build, check, points_of_checks
from autograder.authoring.from_notebook import import_notebook
from autograder.authoring.lint import problems
from autograder.authoring.text import BuildError
from autograder.gradebook import settings
from autograder.sentences import Sentence
from autograder.tests import authored
from autograder.tests.authored import HELPERS, POINTS, SECOND, TEXT, cells, edit_text, make, notebook, share, snapshot
from course_config import LECTURES, ROOT

built, course = authored.built, authored.course  # fixtures


# -- what a build makes


def test_release_has_stubs_and_roles_and_no_solution(built: Path) -> None:
    release = cells(built, "release")
    assert release["q_sample"].source.endswith(
        '"""Double x."""\n    # YOUR CODE HERE\n    raise NotImplementedError("This TODO is still open.")'
    )
    assert release["reflection_1"].source == "**Why?** The rubric: say why.\n\nYOUR ANSWER HERE"
    assert release["check_q_sample"].metadata.nbgrader.points == 10
    assert release["reflection_1"].metadata.nbgrader.points == 6
    assert release["given_helpers"].metadata.editable is False
    assert release["matplotlib-inline"].metadata.rerun is False
    assert "doubled_value" not in (built / "release/spiral/spiral.ipynb").read_text("utf-8")


def test_gradebook_knows_the_cells(built: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{built / 'gradebook.db'}") as gradebook:
        scores = {c.name: c.max_score for c in gradebook.find_notebook("spiral", "spiral").grade_cells}
    assert scores == {"check_q_sample": 10, "reflection_1": 6}


def test_build_is_the_same_to_the_byte(built: Path, course: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    (fresh / "source").mkdir(parents=True)
    shutil.copy(course / "source/spiral.py", fresh / "source")
    make(fresh, "never")
    for name in ("source/spiral/spiral.ipynb", "release/spiral/spiral.ipynb"):
        assert (fresh / name).read_bytes() == (built / name).read_bytes()
    before = snapshot(course)
    assert make(course) == ["spiral: already up to date.", "solutions/spiral/spiral.ipynb: up to date."]
    assert snapshot(course) == before
    assert check(["spiral"], course, POINTS) == []


def test_solution_is_executed_without_markers(built: Path) -> None:
    solution = cells(built, "solutions")
    assert solution["q_sample"].source.endswith("doubled_value = 2 * x\n    return doubled_value")
    assert solution["matplotlib-inline"].outputs[0].text == "a long run: 8\n"
    assert "BEGIN SOLUTION" not in (built / "solutions/spiral/spiral.ipynb").read_text("utf-8")


def test_words_alone_do_not_execute_again(course: Path) -> None:
    edit_text(course, "Some words.", "Other words.")
    edit_text(course, "Double x.", "Twice x.\n\n    In two lines.\n    ")
    assert make(course)[-1] == "solutions/spiral/spiral.ipynb: written; no code has changed, so its outputs are kept."
    solution = cells(course, "solutions")
    assert solution["a-toy"].source.endswith("Other words.")
    assert "In two lines." in solution["q_sample"].source
    assert solution["matplotlib-inline"].outputs[0].text == "a long run: 8\n"


def test_changed_code_executes_again_unless_never(course: Path) -> None:
    edit_text(course, "q_sample(4, 1))", "q_sample(5, 1))")
    edit_text(course, 'print("done")', "import os\nimport sys\n\nprint(os.getcwd(), sys.prefix)")
    before = (course / "solutions/spiral/spiral.ipynb").read_bytes()
    assert "left alone" in make(course, "never")[-1]
    assert (course / "solutions/spiral/spiral.ipynb").read_bytes() == before
    assert check(["spiral"], course, POINTS) == [
        "solutions/spiral/spiral.ipynb is missing or not what its text says: run `course build`."
    ]
    assert make(course)[-1] == "solutions/spiral/spiral.ipynb: executed and written."
    solution = cells(course, "solutions")
    assert solution["matplotlib-inline"].outputs[0].text == "a long run: 10\n"
    assert solution["closing"].outputs[0].text == ". .venv\n"


def test_solution_that_stops_names_its_line(course: Path) -> None:
    edit_text(course, 'print("done")', "print(1 / 0)")
    with pytest.raises(BuildError, match=r"^source/spiral.py:38: .*ZeroDivisionError"):
        make(course)


def test_companions_reach_students(tmp_path: Path) -> None:
    raw = tmp_path / "data/mnist_subset/MNIST/raw"
    raw.mkdir(parents=True)
    (raw / "train-labels-idx1-ubyte").write_bytes(bytes(range(256)))
    (tmp_path / "data/mnist_trained").mkdir()
    (tmp_path / "source").mkdir()
    (tmp_path / "source/mnist.py").write_text(TEXT, "utf-8")
    build(["mnist"], tmp_path, "never", POINTS)
    for folder in ("source", "release"):
        copy = tmp_path / folder / "mnist/mnist_subset/MNIST/raw/train-labels-idx1-ubyte"
        assert copy.read_bytes() == bytes(range(256))
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(BuildError, match="data/mnist_subset is missing"):
        build(["mnist"], tmp_path, "never", POINTS)


def test_gradebook_with_submissions_refuses_new_cells_in_words(course: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.update_or_create_submission("spiral", "ada")
    before = snapshot(course)
    edit_text(course, 'given="helpers"', 'given="help"')
    with pytest.raises(BuildError, match="there are submissions associated"):
        make(course)
    assert snapshot(course) | {"source/spiral.py": b""} == before | {"source/spiral.py": b""}


def test_plain_nbgrader_commands(course: Path) -> None:
    """From the repository root, with no flags."""
    for name in ("course_config.py", "nbgrader_config.py"):
        shutil.copy(ROOT / name, course)
    (course / "autograder").symlink_to(ROOT / "autograder")
    built = (course / "release/spiral/spiral.ipynb").read_bytes()
    (course / "release/spiral/spiral.ipynb").write_text("{}")
    paired, copied = course / "source/spiral/spiral.py", course / "source/spiral/spiral-Copy1.ipynb"
    shutil.copy(course / "source/spiral.py", paired)  # as JupyterLab does for a notebook that jupytext pairs
    shutil.copy(course / "solutions/spiral/spiral.ipynb", copied)
    done = nbgrader(course, "generate_assignment", "spiral")
    assert done.returncode == 0, done.stderr
    assert os.listdir(course / "release/spiral") == ["spiral.ipynb"]
    for path in (paired, copied):
        assert f"{path.relative_to(course)} is not released" in done.stderr
    assert (course / "release/spiral/spiral.ipynb").read_bytes() == built
    untouched = nbgrader(course, "validate", "release/spiral/spiral.ipynb")
    assert "NotImplementedError: This TODO is still open." in untouched.stdout
    completed = nbgrader(course, "validate", "solutions/spiral/spiral.ipynb")
    assert "Success" in completed.stdout


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=120)


# -- what stops a build: each names file and line

TODOS = "Words.\n#\n# | TODO | you write | points |\n# |---|---|---|\n"
RUBRIC = "# %% [markdown]\n# | rubric | points |\n# |---|---|\n# | why | 2.5 |\n# | how | 3 |\n\n"
WRONG = {
    "misspelt option": ('given="helpers"', 'givn="helpers"', 5, "unknown cell option givn. Did you mean given?"),
    "option without key": ('given="helpers"', "helpers", 5, "'helpers' is not a cell option"),
    "value not quoted": ('given="helpers"', "given=helpers", 5, "options are written as key=value"),
    "value of another type": ("rerun=false", 'rerun="no"', 27, "rerun is true or false"),
    "id with a space": ('given="helpers"', 'given="some helpers"', 5, "must be a short id"),
    "points on a check": ('check="q_sample"', 'check="q_sample" points=3', 23, "points stand on reflections only"),
    "no points": (" points=6", "", 31, "a reflection needs points"),
    "negative points": ("points=6", "points=-6", 31, "a reflection needs points"),
    "two roles": ('given="helpers"', 'given="helpers" todo="x"', 5, "a cell has one role, not todo and given"),
    "todo in words": ('[markdown] hint="q_sample"', '[markdown] todo="a"', 20, "todo must stand on a code cell"),
    "marker typo": ("    ### BEGIN SOLUTION", "    ### BEGIN SOLUTON", 15, "looks like a marker: write '### BEGIN SO"),
    "two letters off": ("    ### BEGIN SOLUTION", "    ### BEGIN SOULTIN", 15, "looks like a marker"),
    "marker plural": ("# ### END SOLUTION", "# ### END SOLUTIONS", 36, "looks like a marker"),
    "marker case": ("    ### END SOLUTION", "    ### End Solution", 18, "looks like a marker"),
    "marker hashes": ("    ### END SOLUTION", "    # END SOLUTION", 18, "looks like a marker"),
    "marker not alone": ("    ### END SOLUTION", "    ### END SOLUTION of q_sample", 18, "looks like a marker"),
    "hidden test typo": ('print("✓")', "# BEGIN HIDEN TESTS", 25, "write '### BEGIN HIDDEN TESTS'"),
    "never ended": ("    ### END SOLUTION\n", "", 15, "BEGIN SOLUTION is never ended"),
    "never begun": ('print("✓")', "### END HIDDEN TESTS", 25, "END HIDDEN TESTS has no BEGIN"),
    "nested": ("    doubled_value =", "    ### BEGIN SOLUTION\n    doubled_value =", 16, "stands inside a region of"),
    "region elsewhere": (
        'print("done")', "### BEGIN SOLUTION\n### END SOLUTION", 39, "may only stand in a cell with the option todo"),
    "todo without region": (
        "    ### BEGIN SOLUTION\n    doubled_value = 2 * x\n    return doubled_value\n    ### END SOLUTION",
        "    return 2 * x", 12, "would replace the whole cell"),
    "todo without check": ('# %% check="q_sample"', "# %%", 12, "the TODO q_sample has no visible check"),
    "check without todo": (
        '# %% check="q_sample"', '# %% check="q_sampel"', 23, "belongs to no TODO. Did you mean q_sample?"),
    "hint without todo": ('hint="q_sample"', 'hint="sample"', 20, "the hint sample belongs to no TODO"),
    "id taken": ('name="closing"', 'name="q_sample"', 38, "the id q_sample is taken already, by the cell of line 12"),
    "order of options": (
        '"closing" tags=["plots"]', '"closing" rerun=true tags=["plots"]', 38, 'write \'# %% rerun=true name="clo'),
    "not as jupytext writes": ("rerun=false", "rerun=False", 27, "write '# %% rerun=false'"),
    "number by hand": ("Some words.", "Some words of TODO 1.", 3, "write [q_sample] in the place of 1"),
    "number on the next line": ("Some words.", "Some words of TODO\n# 2.", 4, "write [its id] in the place of 2"),
    "number in a table": ("Some words.", f"{TODOS}# | 1 | double | 10 |", 7, "write [q_sample] in the place of 1"),
    "no such TODO": ("Some words.", "See TODO [q_sampel].", 3, "there is no TODO q_sampel. Did you mean q_sample?"),
    "points of a TODO": ("Some words.", f"{TODOS}# | [q_sample] | double | 9 |", 7, "q_sample: write 10 points, not 9"),
    "points by hand": ("Some words.", f"{TODOS}# | | a reflection | 5 |", 7, "the reflections: write 6 points, not 5"),
    "points of a rubric": ("# %% [markdown] refl", f"{RUBRIC}# %% [markdown] refl", 32, "points, and this rubric 5.5"),
    "shared cell": (HELPERS, "", 5, "the given cell helpers is empty, and not in source/shared.py"),
    "line before the first cell": ("# %% [markdown]\n# # A toy", "# # A toy", 1, "write '# %%'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_file_and_line(case: str, course: Path) -> None:
    old, new, line, words = WRONG[case]
    edit_text(course, old, new)
    with pytest.raises(BuildError) as stopped:
        make(course)
    assert any(
        said.startswith(f"source/spiral.py:{line}: ") and words in said for said in str(stopped.value).split("\n")
    ), stopped.value
    assert check(["spiral"], course, POINTS) == str(stopped.value).split("\n")


def test_words_that_only_resemble_markers_pass() -> None:
    harmless = "# %% [markdown]\n# ## Solution\n# ## Hidden tests\n# At the end, look for a solution.\n"
    harmless += "# Let us begin: the solution is near.\n\n# %%\n# the solution begins with x\nend_solution = 1\n"
    assert problems(harmless, "x.py", {}) == []


def test_todos_and_hidden_checks_must_match() -> None:
    assert problems(TEXT, "s.py", {"p_sample": 2, "train": 3}) == [
        "s.py:1: p_sample has hidden checks, but no TODO here. Did you mean q_sample?",
        "s.py:1: train has hidden checks, but no TODO here.",
        "s.py:12: the TODO q_sample has no hidden checks. Did you mean p_sample?",
    ]


def test_hidden_tests_regions_are_understood(course: Path) -> None:
    edit_text(course, 'print("✓")', "### BEGIN HIDDEN TESTS\nassert q_sample(3, 0) == 6\n### END HIDDEN TESTS")
    make(course)
    assert "HIDDEN" not in cells(course, "release")["check_q_sample"].source
    assert "q_sample(3, 0)" not in (course / "release/spiral/spiral.ipynb").read_text("utf-8")


def test_solution_line_elsewhere_is_a_leak(course: Path) -> None:
    before = snapshot(course)
    edit_text(course, "# Some words.", "# Some words, and then\n#    doubled_value  =  2 * x")
    with pytest.raises(BuildError) as stopped:
        make(course)
    assert str(stopped.value) == (
        "source/spiral.py:17: this line of a solution or hidden test is in "
        "release/spiral/spiral.ipynb, cell a-toy: doubled_value = 2 * x"
    )
    assert {**snapshot(course), "source/spiral.py": b""} == {**before, "source/spiral.py": b""}


def test_a_check_that_computes_what_the_solution_computes_is_named(course: Path) -> None:
    edit_text(course, "    doubled_value = 2 * x\n", "    doubled_value = np.sqrt(1 - t) * x + np.sqrt(t) * x[0]\n")
    edit_text(
        course,
        'print("✓")',
        "a, b = 0, np.ones(2)\nassert (q_sample(b, a) ==\n    np.sqrt(1 - a) * b + np.sqrt(a) * b[0])",
    )
    with pytest.raises(BuildError) as stopped:
        make(course)
    said = "the check holds the formula of a solution, that of line 16: np.sqrt(1 - a) * b + np.sqrt(a) * b[0]"
    assert str(stopped.value) == f"source/spiral.py:27: {said}"
    edit_text(course, "np.sqrt(a) * b[0])", "np.sqrt(a) * b[1])")
    with pytest.raises(BuildError, match="source/spiral.py:27: .*that of line 16: np.sqrt"):
        make(course)
    edit_text(
        course,
        "np.sqrt(1 - a) * b + np.sqrt(a) * b[1])",
        "1)\n### BEGIN HIDDEN TESTS\nnp.sqrt(1 - a)\n### END HIDDEN TESTS",
    )
    make(course, "never")


def test_hints_and_given_code_may_say_it(course: Path) -> None:
    edit_text(course, "# <details>", "# doubled_value = 2 * x\n# <details>")
    edit_text(course, "import numpy as np\n", "import numpy as np\n\n# Because doubling is what we asked for.\n")
    make(course, "never")


def test_leak_in_a_committed_release_is_found_by_check(course: Path) -> None:
    path = course / "release/spiral/spiral.ipynb"
    nb = notebook(course, "release")
    nb.cells[-1].outputs = [nbformat.v4.new_output("stream", text="note:\n    doubled_value = 2 * x\n")]
    path.write_text(nbformat.writes(nb), "utf-8")
    (course / "release/spiral/notes.md").write_text("Because doubling is what we asked for.")
    found = check(["spiral"], course, POINTS)
    leak = "this line of a solution or hidden test is in release/spiral"
    assert f"source/spiral.py:16: {leak}/spiral.ipynb, cell closing: doubled_value = 2 * x" in found
    assert f"source/spiral.py:35: {leak}/notes.md: Because doubling is what we asked for." in found


def test_what_no_build_made_is_named_before_students_get_it(course: Path) -> None:
    shutil.copy(course / "source/spiral.py", course / "release/spiral")
    (course / "release/spiral/.ipynb_checkpoints").mkdir()  # goes nowhere with nbgrader
    shutil.copy(course / "release/spiral/spiral.ipynb", course / "release/spiral/.ipynb_checkpoints")
    before = snapshot(course)
    edit_text(course, "Some words.", "Other words.")
    said = "release/spiral/spiral.py is none of what students should get"
    with pytest.raises(BuildError, match=f"^{said}.*: delete it.$"):
        make(course)
    assert {**snapshot(course), "source/spiral.py": b""} == {**before, "source/spiral.py": b""}
    assert any(line.startswith(said) for line in check(["spiral"], course, POINTS))
    (course / "release/spiral/spiral.py").unlink()
    assert make(course, "never")[0] == "release/spiral/spiral.ipynb: written."


def test_without_its_notebook_an_assignment_is_not_released(course: Path) -> None:
    (course / "source/spiral/spiral.ipynb").rename(course / "source/spiral/other.ipynb")
    for name in ("course_config.py", "nbgrader_config.py"):
        shutil.copy(ROOT / name, course)
    (course / "autograder").symlink_to(ROOT / "autograder")
    done = nbgrader(course, "generate_assignment", "spiral")
    assert done.returncode == 1 and "There is no source/spiral/spiral.ipynb: `course build`" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_of_nbgrader_reach_the_build(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbgrader.api import Gradebook

    header = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Of winter 2026.", id="header")])
    nbformat.write(header, course / "header.ipynb")
    (course / "gradebook.db").unlink()
    lines = ["c = get_config()", f"c.CourseDirectory.db_url = 'sqlite:///{course}/marks.db'"]
    (course / "nbgrader_config.py").write_text("\n".join([*lines, "c.IncludeHeaderFooter.header = 'header.ipynb'"]))
    make(course, "never")
    assert next(iter(cells(course, "release").values())).source == "Of winter 2026."
    with Gradebook(f"sqlite:///{course}/marks.db") as gradebook:
        assert gradebook.find_notebook("spiral", "spiral")
    assert not (course / "gradebook.db").exists()
    assert check(["spiral"], course, POINTS) == []
    (course / "nbgrader_config.py").write_text("get_config().CourseDirectory.root = '/elsewhere'")
    monkeypatch.setattr(settings, "ROOT", course)  # in any other course that line would not count
    assert check(["spiral"], course, POINTS) == [
        "Your settings for nbgrader put the course into /elsewhere: build it there."
    ]


def test_check_sees_what_is_stale_and_changes_nothing(course: Path) -> None:
    edit_text(course, "Some words.", "Other words.")
    (course / "release/spiral/spiral.ipynb").unlink()
    before = snapshot(course)
    stale = "is missing or not what its text says: run `course build`."
    assert check(["spiral"], course, POINTS) == [
        f"{folder}/spiral/spiral.ipynb {stale}" for folder in ("release", "source", "solutions")
    ]
    assert snapshot(course) == before


def test_check_ignores_what_is_not_generated(course: Path) -> None:
    for folder in ("source/spiral/.ipynb_checkpoints", "source/spiral/__pycache__"):
        (course / folder).mkdir()
        (course / folder / "spiral.ipynb").write_text("anything")
    assert check(["spiral"], course, POINTS) == []


def test_points_of_checks_reach_the_notebook(course: Path) -> None:
    assert check(["spiral"], course, {"q_sample": 12.5})
    make(course, "never", {"q_sample": 12.5})
    assert cells(course, "release")["check_q_sample"].metadata.nbgrader.points == 12.5


def test_todos_are_numbered_in_the_order_of_their_cells(course: Path) -> None:
    table = f"{TODOS}# | [q_sample] | double | 10 |\n# | [p_sample] | halve | 4 |"
    edit_text(course, "Some words.", f"{table}\n#\n# One (TODO [q_sample]) and another (TODO\n# [p_sample]).")
    edit_text(course, '"""Double x."""', '"""TODO [q_sample]: double x."""')
    edit_text(course, '# %% todo="q_sample"', f'{SECOND}\n\n# %% todo="q_sample"')
    make(course, "never", POINTS | {"p_sample": 4})
    release = cells(course, "release")
    assert release["a-toy"].source.endswith(
        "| 2 | double | 10 |\n| 1 | halve | 4 |\n\nOne (TODO 2) and another (TODO\n1)."
    )
    assert '"""TODO 2: double x."""' in release["q_sample"].source
    assert "### TODO 1: p_sample" in [cell.source for cell in release.values()]


def test_a_number_is_no_reason_to_execute_again(course: Path) -> None:
    edit_text(course, '"""Double x."""', '"""TODO [q_sample]: double x."""')
    assert make(course)[-1] == "solutions/spiral/spiral.ipynb: written; no code has changed, so its outputs are kept."
    assert "TODO 1: double" in cells(course, "solutions")["q_sample"].source


def test_an_empty_given_cell_is_the_shared_one(built: Path, course: Path) -> None:
    share(course)
    assert (course / "source/spiral.py").read_text("utf-8") == TEXT.replace(HELPERS, "")
    assert check(["spiral"], course, POINTS) == []  # to the byte what it was with the code in the text
    edit_text(course, '# %% given="helpers"\n', f'# %% given="helpers"\n{HELPERS}')
    assert check(["spiral"], course, POINTS) == [
        "source/spiral.py:5: the given cell helpers is shared: leave it empty here, its code is in source/shared.py."
    ]


def test_points_and_numbers_in_the_readme_are_filled_in(course: Path) -> None:
    readme = course / "README.md"
    wrong = "| `spiral` | a toy: 7 TODOs, 2 reflections, a report | 70 | 30 |"
    others = "| `spiral` | 66 of 66 | 0.9 | 9.6 |\n| `mnist` | 8 TODOs, 2 reflections | 80 | 20 |\n"
    readme.write_text(f"{wrong}\n{others}")
    assert check(["spiral"], course, POINTS) == ["README.md is missing or not what its text says: run `course build`."]
    assert make(course)[0] == "README.md: written."
    assert readme.read_text() == f"| `spiral` | a toy: 1 TODOs, 1 reflections, a report | 10 | 6 |\n{others}"
    assert check(["spiral"], course, POINTS) == []


def test_a_policy_weighs_todos_and_says_what_that_means(course: Path) -> None:
    edit_text(
        course, "# Some words.\n", "# Some words.\n#\n# | TODO | points |\n# |---|---|\n# | [q_sample] | x | 10 |\n"
    )
    make(course)
    (course / "policy.toml").write_text("[weights.spiral]\nq_sample = 12.5\n[extra_credit]\nspiral = ['q_sample']\n")
    said = make(course)
    assert said[0].startswith("spiral: q_sample was 10 points and is 12.5 points. Notebooks handed out before")
    release = cells(course, "release")
    assert release["check_q_sample"].metadata.nbgrader["points"] == 12.5
    assert "| 1 | x | 12.5 extra |" in "".join(cell.source for cell in release.values())
    assert "up to date" in said[-1]  # the solution is what it was
    (course / "policy.toml").write_text("[weights.spiral]\nq_sample = 0\n")
    assert make(course)[0].startswith("spiral: q_sample was 12.5 points and is given.")
    release = cells(course, "release")
    assert (
        "doubled_value = 2 * x" in release["given_q_sample"].source and "BEGIN" not in release["given_q_sample"].source
    )
    assert "hint_q_sample" not in release and release["check_q_sample"].metadata.nbgrader["points"] == 0
    assert check(["spiral"], course, POINTS) == []
    with pytest.raises(BuildError, match="policy.toml weighs TODOs of spiral"):
        import_notebook(course / "source/spiral/spiral.ipynb", course, POINTS)
    (course / "policy.toml").write_text("[weights.spiral]\nq_sampel = 1\n")
    with pytest.raises(Sentence, match="there is no TODO q_sampel"):
        make(course)


def test_checks_of_no_todo_and_todos_without_checks_are_named(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = importlib.import_module("autograder.checks.spiral")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setattr(package, "TODOS", package.TODOS)
    (tmp_path / "q_sampel.py").write_text("def test_it(): ...\n\n\ntest_it.points = 2.0\n")
    (tmp_path / "what_several_share.py").touch()
    assert set(points_of_checks("spiral")) - set(package.TODOS) == {"q_sampel"}
    assert "source/spiral.py:1: q_sampel has hidden checks, but no TODO here. Did you mean q_sample?" in check(
        ["spiral"], course
    )
    package.TODOS += ("warm_up",)
    with pytest.raises(BuildError, match=r"^autograder/checks/spiral/warm_up.py does not exist; points come from it.$"):
        points_of_checks("spiral")


def test_interrupted_write_leaves_the_old_file(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(course)
    edit_text(course, "Some words.", "Other words.")

    def full(source: Path, target: Path, replace: callable = os.replace) -> None:
        if course in Path(target).parents:
            raise OSError("No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        make(course)
    after = {name: data for name, data in snapshot(course).items() if not name.endswith(".part")}
    assert {**after, "source/spiral.py": b""} == {**before, "source/spiral.py": b""}


def test_a_lecture_is_executed_where_it_lies_and_checked(tmp_path: Path) -> None:
    text, made = tmp_path / "source/demo.py", tmp_path / LECTURES["demo"]
    with pytest.raises(BuildError, match="source/demo.py does not exist"):
        build(["demo"], tmp_path)
    text.parent.mkdir()
    made.parent.mkdir(parents=True)
    (made.parent / "beside.py").write_text("answer = 41")
    text.write_text("# %% [markdown]\n# # A lecture\n\n# %%\nfrom beside import answer\n\nprint(answer + 1)\n")
    build(["demo"], tmp_path)
    assert nbformat.read(made, as_version=4).cells[1].outputs[0].text == "42\n"
    assert check(["demo"], tmp_path) == []
    text.write_text(text.read_text().replace("lecture", "talk"))
    assert "demo_notebook.ipynb is missing or not what its text says" in check(["demo"], tmp_path)[0]
    assert "its outputs are kept" in build(["demo"], tmp_path)[0]
