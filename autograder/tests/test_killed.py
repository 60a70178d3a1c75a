"""A process that something outside kills costs no marks: what it was at is done again, once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from autograder.judge.run import AGAIN
from autograder.tests import killing
from autograder.tests.test_judge import parent, run, toy  # noqa: F401 - fixtures

KILLED = """
from autograder.checks.words import expect, points
from autograder.tests import killing

@points(2)
def test_doubles(student):
    killing.kill()
    expect(student.double(2) == 4, "double should give 2 x")

@points(1)
def test_doubles_again(student):
    expect(student.double(3) == 6, "double should give 2 x")
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="who came from whom, /proc says")


@needs_proc
@pytest.mark.parametrize("place", ["fork", "worker", "warden"])
@pytest.mark.parametrize("toy", [KILLED], indirect=True)
def test_a_check_whose_process_was_killed_is_asked_again(toy, monkeypatch, place):  # noqa: F811
    monkeypatch.setattr(killing, "place", place)
    monkeypatch.setattr(killing, "left", 1)
    verdict = toy("def double(x):\n    return 2 * x")
    assert (verdict["points"], verdict["notes"], killing.left) == (3, [AGAIN], 0)


@needs_proc
@pytest.mark.parametrize("toy", [KILLED], indirect=True)
def test_a_check_is_asked_again_once(toy, monkeypatch):  # noqa: F811
    monkeypatch.setattr(killing, "left", 3)
    first, second = toy("def double(x):\n    return 2 * x")["todos"]["double"]["checks"]
    assert "The Python process ended while" in first["message"] and not first["passed"]
    assert second["passed"] and killing.left == 1


@pytest.mark.parametrize("toy", [KILLED], indirect=True)
def test_a_check_whose_process_ended_itself_is_not_asked_again(toy):  # noqa: F811
    verdict = toy("import os\ndef double(x):\n    os._exit(1) if x == 2 else None\n    return 2 * x")
    assert verdict["points"] == 1 and verdict["notes"] == []


@needs_proc
@pytest.mark.parametrize("place", ["worker", "warden"])
def test_a_cell_whose_process_was_killed_is_run_again(run, monkeypatch, place):  # noqa: F811
    monkeypatch.setattr(killing, "place", place)
    monkeypatch.setattr(killing, "left", 1)
    killer = threading.Timer(0.4, killing.kill)
    killer.start()
    made = run("x = 1", "import time\ntime.sleep(0.8)\ny = 2")
    assert (made.student(1).y, made.notes, killing.left) == (2, [AGAIN], 0)
