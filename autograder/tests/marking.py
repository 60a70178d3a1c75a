"""A class whose reflections are to be marked: real gradebook, real notebooks, no judge, which has no part in it."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from PIL import Image

from autograder.cells import is_reflection
from autograder.gradebook import settings
from autograder.tests import toy
from course_config import ROOT, TEXT_STUB

QUESTION = """## Why?

| rubric | points |
|---|---|
| says *why* | 2 |
| says how, with $x_t$ | 2 |
| says when | 1 |"""
LEVELS = """| full | half | none |
|---|---|---|
| a reason | half a reason | none |
| a way | the hint of one | none |
| a date | a year | none |"""
SOURCE = toy.SOURCE | {
    "question": QUESTION,
    "reflection_1": f"{toy.BEGIN}\nBecause $x_t$ is noise.\n\n{LEVELS}\n{toy.END}",
}


def release(root: Path, name: str = "toy", source: NotebookNode | None = None) -> None:
    """A course with one assignment, released."""
    path = root / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source or toy.notebook(SOURCE), path)
    coursedir, config = settings.course(root, assignment_id=name, student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()


def hand_in(root: Path, notebooks: Mapping[str, NotebookNode], name: str = "toy") -> None:
    """Graded notebooks, by student, as autograde leaves them: an untouched stub has 0, and waits for nobody."""
    coursedir, _ = settings.course(root)
    texts = {id(notebook): nbformat.writes(notebook) for notebook in notebooks.values()}
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for student, notebook in notebooks.items():
            path = root / "autograded" / student / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[id(notebook)], "utf-8")
            gradebook.update_or_create_student(student)
            (submitted,) = gradebook.update_or_create_submission(name, student).notebooks
            answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells if is_reflection(cell)}
            for grade in submitted.grades:
                untouched = answers.get(grade.name) == TEXT_STUB
                grade.auto_score = None if grade.name in answers and not untouched else 0.0
                grade.needs_manual_grade = grade.auto_score is None
        gradebook.db.commit()


def answered(words: str, printed: str = "loss 0.326\n") -> NotebookNode:
    nb = toy.notebook(SOURCE | toy.ANSWERS | {"reflection_1": words})
    toy.find(nb, "plot").outputs = [nbformat.v4.new_output("stream", text=printed)]
    return nb


def drawn() -> NotebookNode:
    """A cell that drew a plot."""
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "navy").save(written, "PNG")
    picture = {"image/png": base64.b64encode(written.getvalue()).decode()}
    return nbformat.v4.new_code_cell("plot()", outputs=[nbformat.v4.new_output("display_data", picture)])


SERVER = """
import sys
from pathlib import Path
from autograder import ends
from autograder.reflections import app
from autograder.reflections.room import Room
if __name__ == "__main__":
    ends.listen()
    app.run(Room("toy", Path(sys.argv[1])))
"""


@contextlib.contextmanager
def serving(root: Path) -> Iterator[str]:
    """`course reflections` of the toy course below `root`, in a process of its own; yields the address it printed."""
    script = root / "serve.py"
    script.write_text(SERVER)
    command = [sys.executable, str(script), str(root)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        try:
            line = server.stdout.readline()
            assert "http" in line, server.stderr.read()
            yield re.search(r"http\S+", line)[0]
        finally:
            server.terminate()
