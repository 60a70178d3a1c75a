"""`course new`, in a copy of the course: what it makes builds, is graded and passes its bank; a name must be free."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring import new
from autograder.sentences import BuildError
from autograder.variants import expected_words
from course_config import ASSIGNMENTS, LECTURES, ROOT

NOT_COPIED = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "submitted", "autograded", "feedback", "demo")
NOT_NEEDED = ("data", "solutions", "attacks", "mnist_subset", "gradebook.db*")
CHECK = '''"""unit_length: divide by the norm."""

import numpy as np

from autograder.checks.words import close, points


@points(3, "whole")
def test_the_length_is_1(student, rng):
    x = rng.normal(size=5)
    close(student.unit_length(x), x / np.linalg.norm(x), "x should be divided by its length", {"x is returned": x})
'''
TODO = '''
# %% [markdown]
# ### TODO [unit_length]: `unit_length`

# %% todo="unit_length"
def unit_length(x):
    """Return x divided by its length."""
    ### BEGIN SOLUTION
    return x / np.sqrt((x**2).sum())
    ### END SOLUTION


# %% check="unit_length"
with check("unit_length"):
    assert np.allclose(unit_length(np.array([3.0, 4.0])), [0.6, 0.8]), "The length should be 1."
'''
CHAFF = """# wrong: nothing is done
# cause: x is returned
# severity: major, argued: another result
def unit_length(x):
    return x
"""
GRADE = """
from autograder.authoring.build import check
from autograder.classroom import make_classroom
from autograder.gradebook.grade import grade
from course_config import ROOT

print(check(["moons"]))
expected = make_classroom("moons", ROOT / "submitted")
for line in grade("moons", ["damaged", "nearly", "otherwise", "untouched", "wrong"]):
    print(line["student"], *expected[line["student"]].problems(line["verdict"]))
"""


def run(course: Path, *command: str) -> list[str]:
    """What Python prints in this copy of the course, by the line."""
    done = subprocess.run([sys.executable, *command], cwd=course, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def said(course: Path, *arguments: str) -> list[str]:
    """What the command `course` prints there."""
    return run(course, "-c", "from autograder.cli import main; main()", *arguments)


def judged(course: Path, todo: str) -> list[dict]:
    return [json.loads(line) for line in said(course, "bank", "--todo", f"moons/{todo}", "--jobs", "1", "--json")]


def files(course: Path) -> dict[str, bytes]:
    paths = [path for path in course.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(course)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course with one assignment more, built."""
    root = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_COPIED, *NOT_NEEDED), symlinks=True)
    before = files(root)
    lines = said(root, "new", "moons")
    after = files(root)
    edited = [name for name in after if before.get(name) != after[name]]
    assert sorted(edited) == sorted(
        line.split(":")[0] for line in lines if line.endswith(("written.", "names it.", "says the same."))
    )
    assert len(edited) <= 11
    for tool in (["check"], ["format", "--check"]):
        run(root, "-m", "ruff", *tool, "--force-exclude", *edited)
    said(root, "build", "moons")
    return root


@pytest.mark.slow
def test_what_it_makes_passes_its_bank_and_its_class_gets_its_marks(course):
    results = judged(course, "standardise")
    assert [variant["verdict"] for variant in results] == ["ok"] * 5
    for variant in results:
        _, words = expected_words(course / "autograder/bank" / variant["file"]) or ("", "")
        assert words in variant["message"]
    assert run(course, "-c", GRADE) == ["[]", "damaged", "nearly", "otherwise", "untouched", "wrong"]


@pytest.mark.long
def test_the_house_takes_it_in(course):
    """What is tested of every assignment, as far as it takes no judge."""
    tests = ("autograder/tests/test_bank.py", "autograder/tests/test_classroom.py", "autograder/tests/test_points.py")
    run(course, "-m", "pytest", "-m", "not slow and not long", *tests)


@pytest.mark.slow
def test_a_second_todo_takes_a_passage_of_the_text_and_a_file_of_checks(course):
    (course / "gradebook.db").unlink()  # a new class: nbgrader keeps the cells of one that has handed in
    text, variants = course / "source/moons.py", course / "autograder/bank/moons/unit_length"
    text.write_text(text.read_text("utf-8") + TODO, "utf-8")
    (course / "autograder/checks/moons/unit_length.py").write_text(CHECK, "utf-8")
    variants.mkdir()
    (variants / "chaff_nothing.py").write_text(CHAFF, "utf-8")
    said(course, "build", "moons")
    (chaff,) = judged(course, "unit_length")
    assert chaff["verdict"] == "ok" and "It looks as if x is returned" in chaff["message"]


# ---- what stops it


@pytest.mark.parametrize("name", ["", "Gauss", "2d", "my-lab", "../moons", "class", "a" * 41, "größe"])
def test_a_name_that_is_no_name_is_refused(name):
    with pytest.raises(BuildError, match=f"^'{name}' cannot name an assignment: "):
        new.refuse(name)


@pytest.mark.parametrize("name", [*ASSIGNMENTS, *LECTURES, "words", "damage", "shared", "ddpm"])
def test_a_name_that_is_taken_is_refused(name):
    with pytest.raises(BuildError, match=f"^The name '{name}' is taken: see .*{name}"):
        new.refuse(name)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("ASSIGNMENTS = ()\n", "autograder/classroom"),
        ("ASSIGNMENTS = []\n", "course_config.py has no line `ASSIGNMENTS = (...)`"),
    ],
)
def test_where_not_all_can_be_written_nothing_is(config, sentence, tmp_path):
    (tmp_path / "course_config.py").write_text(config)
    (tmp_path / "autograder").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/contracts.md").write_text("# Contracts\n")
    (tmp_path / "autograder/classroom").touch()  # where a folder should be made
    before = files(tmp_path)
    with pytest.raises(BuildError, match=r"^Nothing was made") as stopped:
        new.make("moons", tmp_path)
    assert sentence in str(stopped.value) and files(tmp_path) == before
