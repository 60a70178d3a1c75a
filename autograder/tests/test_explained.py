"""`course solutions`: what students get after the deadline, and what they do not get."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest

from autograder.authoring import explained
from autograder.cells import is_reflection
from autograder.sentences import NotBuilt, Sentence
from autograder.tests import axe
from autograder.tests.test_nbgrader import tab  # noqa: F401 - a fixture
from course_config import ASSIGNMENTS, ROOT

PAST = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Solutions and releases of this course, due the day before yesterday."""
    due = "".join(f"{name} = {PAST.isoformat()}\n" for name in ASSIGNMENTS)
    (tmp_path / "policy.toml").write_text(f"[due]\n{due}")
    for place in ("solutions", "release"):
        for name in ASSIGNMENTS:
            (tmp_path / place / name).mkdir(parents=True)
            shutil.copy(ROOT / place / name / f"{name}.ipynb", tmp_path / place / name)
    return tmp_path


@pytest.mark.parametrize("name", ASSIGNMENTS)
@pytest.mark.parametrize("answers", [False, True])
def test_students_get_code_and_explanations_and_nothing_that_is_for_graders(name, answers, course):
    made = nbformat.read(explained.release(name, course / "out", answers, root=course), as_version=4)
    nbformat.validate(made)
    whole = nbformat.read(course / "solutions" / name / f"{name}.ipynb", as_version=4)
    released = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    code = [[c.source for c in nb.cells if c.cell_type == "code"] for nb in (made, whole)]
    words = "\n".join(c.source for c in made.cells)
    assert code[0] == code[1]
    assert "<details>" not in words and "<details open>" in words
    assert not any("nbgrader" in c.metadata for c in made.cells)
    assert not any(told in words for told in ("| full | half | none |", "(Grading:", "HIDDEN TESTS"))
    for mine, model in zip(made.cells, whole.cells, strict=True):
        if is_reflection(model):
            assert model.source.startswith(mine.source[:40]) == answers
            assert (mine.source in [c.source for c in released.cells]) == (not answers)


@pytest.mark.browser
@pytest.mark.long  # axe takes a minute for each
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_page_is_for_everybody(name, course, tab):  # noqa: F811
    page = explained.release(name, course / "out", answers=True, root=course).with_suffix(".html")
    html = page.read_text("utf-8")
    assert "<script" not in html and not re.search(r'<(?:img|link)[^>]*"http', html)
    words = re.sub(r"<(pre|code)\b.*?</\1>|<style\b.*?</style>", "", html, flags=re.DOTALL)
    assert "<math" in words and not re.findall(r"\$[^$<]+\$", words)
    assert list(axe.problems(tab, page)) == []


def test_a_hidden_test_does_not_come_along(course):
    name = ASSIGNMENTS[0]
    path = course / "solutions" / name / f"{name}.ipynb"
    nb = nbformat.read(path, as_version=4)
    check = next(c for c in nb.cells if c.source.startswith("with check("))
    check.source += "\n    assert 41 + 1 == 42  # secret"
    nbformat.write(nb, path)
    assert "# secret" not in explained.release(name, course / "out", root=course).read_text("utf-8")


def test_nobody_reads_it_who_may_still_hand_in(course):
    name = ASSIGNMENTS[0]
    policy = course / "policy.toml"
    explained.release(name, course / "out", root=course)
    policy.write_text(f"[due]\n{name} = {PAST.isoformat()}\n[extensions.{name}]\nada = 3\n")
    with pytest.raises(Sentence, match="extensions counted: wait, or say --early"):
        explained.release(name, course / "later", root=course)
    assert not (course / "later").exists()
    assert explained.release(name, course / "later", early=True, root=course).exists()


@pytest.mark.parametrize("written", [None, "", f"[extensions.{ASSIGNMENTS[0]}]\nada = 2026-01-01\n"])
def test_where_no_date_is_written_everybody_may_still_hand_in(course, written):
    (course / "policy.toml").write_text(written) if written is not None else (course / "policy.toml").unlink()
    with pytest.raises(Sentence, match="everybody may still hand in: write one there, or say --early"):
        explained.release(ASSIGNMENTS[0], course / "out", root=course)
    assert explained.release(ASSIGNMENTS[0], course / "out", early=True, root=course).exists()


def test_it_does_not_lie_among_what_students_begin_with(course):
    with pytest.raises(Sentence, match="outside release/"):
        explained.release(ASSIGNMENTS[0], course / "release" / ASSIGNMENTS[0], root=course)


def test_what_is_not_built_is_named(tmp_path):
    with pytest.raises(NotBuilt, match="run `course build"):
        explained.release(ASSIGNMENTS[0], tmp_path / "out", root=tmp_path)
