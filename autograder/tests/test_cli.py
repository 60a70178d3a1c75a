"""The command `course` as people call it: right answers, and sentences where something is wrong."""

from __future__ import annotations

import errno
import json
import subprocess
import sys

import pytest

from autograder import cli
from autograder.authoring import from_notebook
from autograder.checks import points_of
from course_config import ASSIGNMENTS, ROOT


def course(*arguments: str, cwd=ROOT) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from autograder.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["judge", "nowhere.ipynb", "-a", "spiral"], "There is no file nowhere.ipynb"),
        (["judge", "README.md", "-a", "spiral"], "README.md cannot be judged"),
        (["judge", "release/spiral/spiral.ipynb", "-a", "spiralo"], "There is no assignment 'spiralo'"),
        (["judge", "release/mnist/mnist.ipynb", "-a", "spiral"], "cannot be judged"),
        (["grade", "spiral", "--less-isolation", "--student", "nobody-of-that-name"], "Nothing was handed in"),
        (["import", "nowhere.ipynb"], "nowhere.ipynb"),
        (["build", "spiralo"], "There is no assignment 'spiralo'"),
        (["check", "nowhere.ipynb"], "There is no file nowhere.ipynb"),
        (
            ["check", "release/spiral/spiral.ipynb", "--solution", "sample"],
            "There is no TODO 'sample' in spiral. There are: ",
        ),
        (
            ["judge", "release/spiral/spiral.ipynb", "--contested", "it is wrong"],
            "--contested takes the line of a feedback",
        ),
        (["feedback", "spiralo"], "There is no assignment 'spiralo'"),
        (["report", "spiralo"], "There is no assignment 'spiralo'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(arguments, sentence):
    done = course(*arguments)
    assert done.returncode == 1
    assert sentence in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_who_learns_alone_gets_a_page_beside_the_notebook(tmp_path):
    assignment = ASSIGNMENTS[0]
    notebook = tmp_path / f"{assignment} (1).ipynb"
    notebook.write_bytes((ROOT / f"release/{assignment}/{assignment}.ipynb").read_bytes())
    done = course("check", str(notebook), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = notebook.with_suffix(".feedback.html")
    assert f"Feedback: {page}" in done.stdout and "is still open" in page.read_text("utf-8")
    todo = next(iter(points_of(assignment)))
    shown = course("check", str(notebook), "--solution", todo, cwd=tmp_path)
    assert str(notebook.with_suffix(f".{todo}.html")) in shown.stdout
    line = f"{assignment} {todo} seed 5 version none"
    again = course("judge", str(notebook), "--contested", line)
    assert again.stdout.startswith(f"{todo} today, seed 5: 0/{points_of(assignment)[todo]:g}\n✗ ")


def test_a_file_that_may_not_be_read_is_named_without_a_traceback(monkeypatch, capsys):
    """Simulated: root may read anything."""

    def refuse(_):
        raise PermissionError(errno.EACCES, "Permission denied", "source/spiral.ipynb")

    monkeypatch.setattr(from_notebook, "import_notebook", refuse)
    monkeypatch.setattr(cli.ends, "listen", lambda: None)
    monkeypatch.setattr(sys, "argv", ["course", "import", "source/spiral.ipynb"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1 and said.startswith("This user may not write or read source/spiral.ipynb: ")


def test_everything_generated_is_what_the_texts_give():
    done = course("build", "--check")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_solution_has_every_automatic_point(assignment):
    done = course("judge", f"solutions/{assignment}/{assignment}.ipynb", "--assignment", assignment, "--json")
    verdict = json.loads(done.stdout)
    lost = {name: todo for name, todo in verdict["todos"].items() if todo["points"] != todo["max"]}
    assert not lost and verdict["points"] == verdict["max"]
    assert verdict["mended"] == verdict["notes"] == []
    wanted = {
        "assignment",
        "points",
        "max",
        "seed",
        "isolation",
        "seconds",
        "spent",
        "mended",
        "notes",
        "todos",
        "course",
    }
    assert set(verdict) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_untouched_notebook_gets_nothing_and_a_kind_sentence_for_each_todo(assignment):
    done = course("judge", f"release/{assignment}/{assignment}.ipynb", "--assignment", assignment, "--json")
    verdict = json.loads(done.stdout)
    assert verdict["points"] == 0
    for todo in verdict["todos"].values():
        assert todo["points"] == 0
        assert all("still open" in check["message"] for check in todo["checks"]), todo
