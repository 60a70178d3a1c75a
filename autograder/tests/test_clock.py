"""No mark hangs on the clock on the wall: a busy machine costs nothing, and what never ends, ends."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from autograder import container
from autograder.judge import clock, court
from autograder.judge.clock import HURRIED, Clock
from autograder.judge.conversation import StudentError
from autograder.judge.run import Run
from autograder.tests.test_judge import cell, parent, shown, toy  # noqa: F401 - fixtures
from course_config import LIMITS

SMALL = replace(LIMITS, cell_seconds=2, check_seconds=2)
WORK = """
import time
def work(seconds=1.0):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return 7
"""


@contextlib.contextmanager
def busy_machine(times: int = 4) -> Iterator[None]:
    """So many times as many endless loops as there are cores."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(times * container.seen())]
    try:
        time.sleep(0.5)
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def cells(*sources: str) -> dict:
    return {"cells": [cell("", source) for source in sources]}


def test_at_a_load_of_four_times_the_cores_honest_code_ends_well(parent):  # noqa: F811
    with busy_machine():
        start = time.monotonic()
        made = Run(cells(f"{WORK}\nwork(0.7)", "x = 1"), "spiral", parent, SMALL)
        assert made.student(1).work(0.7) == 7
        seconds = time.monotonic() - start
    made.close()
    assert "Error" not in shown(made, 0) and "Timeout" not in shown(made, 0) and made.notes == []
    assert seconds > 2 * SMALL.cell_seconds, "the machine was not busy: this shows nothing"


COMPUTED, TOOK = "computed for more than 2 s", f"took longer than {2 * LIMITS.patience} s"


@pytest.mark.parametrize(("endless", "told"), [("work(9)", {COMPUTED, TOOK}), ("time.sleep(60)", {TOOK})])
def test_what_never_ends_is_ended_on_a_busy_machine_too(parent, endless, told):  # noqa: F811
    """Which limit a computing cell meets first depends on how many others share the cores."""
    with busy_machine():
        made = Run(cells(WORK, endless, f"def f():\n    {endless}"), "spiral", parent, SMALL)
        with pytest.raises(StudentError, match="`f` (computed|took)"):
            made.student(1).f()
    made.close()
    assert any(limit in shown(made, 1) for limit in told)


def test_where_the_machine_says_nothing_waiting_counts():
    silent = Clock(60)
    wait = silent.wait(0.2)
    assert 0.1 < wait.left() <= 0.2
    time.sleep(0.25)
    silent.spent["questions"] += 0.25
    assert wait.left() <= 0 and silent.was_reached


def test_computing_counts_from_the_last_look_and_across_processes():
    seconds = [0.0]
    ours = Clock(10)
    ours.watch(lambda: seconds[0])
    seconds[0] = 4.0
    assert ours.look() == 4
    seconds[0] = 100.0  # of another process
    ours.watch(lambda: seconds[0])
    assert ours.look() == 4 and not ours.is_over
    seconds[0] = 106.5
    assert ours.look() == 10.5 and ours.is_over


@pytest.mark.parametrize(("body", "hurried"), [("work(9)", True), ("work(0.1)", False)])
def test_a_limit_that_is_reached_while_the_machine_is_busy_is_told(toy, monkeypatch, body, hurried):  # noqa: F811
    """Told from how long the judge itself waited for a core: here all of it, by decree."""
    monkeypatch.setattr(clock, "was_busy", lambda since: True)
    monkeypatch.setattr(court, "Run", partial(Run, limits=SMALL))
    verdict = toy(f"{WORK}\ndef double(x):\n    {body}\n    return 2 * x")
    assert (HURRIED in verdict["notes"]) == hurried


def test_a_busy_machine_is_told_from_a_quiet_one():
    def work() -> bool:
        before = clock.turns()
        end = time.process_time() + 0.5
        while time.process_time() < end:
            pass
        return clock.was_busy(before)

    with busy_machine():
        assert work()
