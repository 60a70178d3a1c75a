"""Every kind of damaged file in damaged.py is mended or refused, in words, and no work is lost that can be saved."""

from __future__ import annotations

import copy
import errno
import json
import os
import re
import time
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.intake import UNREADABLE, read_submission
from autograder.tests import damaged, toy

RELEASE = toy.release()


def taken_in(folder: Path) -> NotebookNode:
    """What nbgrader's autograde gets of a submission."""
    return read_submission(folder, "toy", copy.deepcopy(RELEASE))


def assert_gradable(made: NotebookNode) -> None:
    """Valid, with every graded cell once, every id once, and nothing that cannot be written."""
    nbformat.validate(made)
    json.dumps(made, ensure_ascii=False).encode()
    assert sorted(toy.graded_ids(made)) == sorted(toy.ROLES)
    assert len({cell.id for cell in made.cells}) == len(made.cells)


def assert_sentences(said: list[str]) -> None:
    """Kind and short: whole sentences, no traceback, no name of an exception."""
    for sentence in said:
        assert re.fullmatch(r"[A-Za-z].{10,300}[.?]", sentence, re.S), sentence
        assert not re.search(r"Error|Traceback|line \d|char \d", sentence), sentence
        sentence.encode()


def forbidden(path: Path) -> bytes:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


@pytest.mark.parametrize("name", damaged.KINDS)
def test_a_damaged_file_is_mended_or_refused_in_words_and_what_can_be_saved_is_saved(name, tmp_path, monkeypatch):
    kind = damaged.KINDS[name]
    kind.fill(tmp_path / "bob")
    if name == "a_file_that_may_not_be_read" and os.geteuid() == 0:  # to root nothing is forbidden
        monkeypatch.setattr(Path, "read_bytes", forbidden)
    start = time.monotonic()
    made = taken_in(tmp_path / "bob")
    assert time.monotonic() - start < 10
    about = made.metadata["autograder"]
    said = [about["refused"]] if "refused" in about else about["mended"]
    assert_gradable(made)
    assert_sentences(said)
    assert about.get("refused") != UNREADABLE
    assert ("refused" in about) == (kind.saved is None), about
    assert re.search(kind.says, " ".join(said), re.S), said
    assert bool(said) == bool(kind.says), said
    if kind.saved is None:
        assert [cell.source for cell in made.cells] == [cell.source for cell in RELEASE.cells]
    for answer in kind.saved or ():
        wanted = kind.elsewhere.get(answer, toy.ANSWERS[answer])
        assert any(wanted in cell.source for cell in made.cells), (answer, [cell.source for cell in made.cells])
