"""docs/words.md is true: its examples are judged, with the notebook that passes and with the one that does not."""

from __future__ import annotations

import importlib.util
import re

import pytest

from autograder import checks
from autograder.cells import code_cell
from autograder.checks import words
from autograder.judge import court
from autograder.judge.conversation import Student
from autograder.judge.forks import Parent
from course_config import ROOT

PAGE = (ROOT / "docs" / "words.md").read_text("utf-8")
RIGHT, WRONG, *CHECKS = re.findall(r"```python\n(.*?)```", PAGE, re.S)
SENTENCES = re.findall(r"^> (.+)$", PAGE, re.M)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What the page's checks make of a notebook, in its order."""
    file = tmp_path_factory.mktemp("words") / "examples.py"
    file.write_text("\n\n".join(CHECKS), "utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch, Parent() as parent:
        for place in (checks, court):
            patch.setattr(place, "modules_of", lambda _: {"words": module})
        yield lambda source: court.judge({"cells": [code_cell(source)]}, "toy", parent)["todos"]["words"]["checks"]


def test_the_examples_pass_where_the_notebook_is_right(judged):
    assert [(check["passed"], check["message"]) for check in judged(RIGHT)] == [(True, "")] * len(SENTENCES)


def test_the_sentences_are_what_a_student_reads(judged):
    assert [check["message"] for check in judged(RIGHT + WRONG)] == SENTENCES


def test_every_word_is_on_the_page():
    asked = {name for name, thing in vars(Student).items() if callable(thing)}
    ours = {name for name, thing in vars(words).items() if callable(thing) and thing.__module__ == words.__name__}
    known = {word for word in asked | ours if not word.startswith("_")}
    assert {word for word in known if not re.search(rf"`{word}\b", PAGE)} == set()
