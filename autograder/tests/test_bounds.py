"""What one submission may cost the judge: what is refused before it costs anything, and the bounds behind that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from autograder.checks import words
from autograder.checks.mnist.main import is_among, numbers_in
from autograder.checks.mnist.train_step import joined
from autograder.checks.size import MOST, expect_few, size_of
from autograder.checks.spiral.common import nearest
from autograder.checks.spiral.tape import Tape
from autograder.checks.spiral.train import MOST_PAIRS, Training
from autograder.checks.tensors import expect_together, is_close, tensor
from autograder.judge import bounds, conversation
from autograder.judge import court as judging
from autograder.judge.conversation import StudentError
from autograder.tests.test_judge import TOY, parent, run, toy  # noqa: F401 - fixtures
from course_config import LIMITS

# More numbers than any check reads, in one byte of memory.
ARRAY = np.broadcast_to(np.int8(1), (MOST // 2 + 1, 2))
TENSOR = torch.ones(1, dtype=torch.int8).expand(MOST // 2 + 1, 2)


# ---- refused before it is converted -----------------------------------------------------------------------


@pytest.fixture
def little_memory():
    """Fails a test in which more than a megabyte was taken."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize(
    "read",
    [
        lambda: words.numbers(ARRAY, "x"),
        lambda: words.numbers(TENSOR, "x"),
        lambda: words.array([ARRAY[:9], ARRAY], "x"),
        lambda: words.close(ARRAY, 1.0, "x should be 1"),
        lambda: words.standard_normal(ARRAY, "x"),
        lambda: tensor(TENSOR, "x"),
        lambda: Tape(np.random.default_rng(1)).q_sample(ARRAY, 1, None),
    ],
)
def test_more_numbers_than_any_check_reads_are_refused(read, little_memory):
    with pytest.raises(AssertionError, match="far "):
        read()


def test_what_has_another_shape_is_not_converted_to_be_compared(little_memory):
    assert not is_close(ARRAY, np.zeros(3)) and not is_close(np.zeros(3), TENSOR)


def test_numbers_are_counted_however_they_are_nested():
    assert size_of({"a": [np.zeros((2, 3)), (torch.zeros(4), 1.0)], "b": "text"}) == 12
    expect_few([1.0] * 5, "x", most=5)
    with pytest.raises(AssertionError, match=r"x should hold far fewer numbers than 6 \(its shape is \(2, 3\)\)"):
        expect_few(np.zeros((2, 3)), "x", most=5)


def test_a_tape_takes_no_more_in_many_calls_than_in_one():
    tape = Tape(np.random.default_rng(1))
    with pytest.raises(AssertionError, match="far more numbers"):
        for _ in range(9):
            tape.take(ARRAY[: MOST // 8])


def test_what_would_spread_over_one_another_is_refused_before_it_does():
    images = torch.zeros(6, 1, 8, 8)
    expect_together(images, torch.zeros(6, 1, 1, 1), images)
    expect_together(images, torch.zeros(5), torch.zeros(4))  # torch says itself that these do not go together
    with pytest.raises(AssertionError, match="do two axes spread over one another?"):
        expect_together(images, torch.zeros(600, 1), torch.zeros(600))


# ---- work that grows with the square of an answer ---------------------------------------------------------


def test_the_nearest_rows_are_found_in_portions_as_at_once(monkeypatch):
    rng = np.random.default_rng(1)
    points, rows = rng.normal(size=(50, 2)), rng.normal(size=(70, 2))
    apart = np.abs(points[:, None] - rows[None]).max(axis=2)
    monkeypatch.setattr("autograder.checks.spiral.common.PAIRS_AT_ONCE", 300)
    distance, place = nearest(points, rows)
    assert (distance == apart.min(axis=1)).all() and (place == apart.argmin(axis=1)).all()


def test_a_run_compares_so_many_pairs_and_no_more():
    few = SimpleNamespace(n=3, pairs=MOST_PAIRS - 50)
    Training.nearest(few, np.zeros((4, 2)), np.zeros((10, 2)))
    with pytest.raises(AssertionError, match="far more points than the 3 that it was given"):
        Training.nearest(few, np.zeros((4, 2)), np.zeros((10, 2)))


def test_calls_that_make_up_a_batch_are_found_as_before():
    calls = [{"x": torch.full((n, 1), float(n)), "t": torch.arange(n), "more": n} for n in (2, 3, 1)]
    assert joined(calls, 5, "x")["x"].flatten().tolist() == [2, 2, 3, 3, 3]
    assert joined(calls, 2, "x") is joined(calls, 4, "x") is calls[0]


WORDS = "loss 0.25, then 1.5e-3; 12.34.56 1.2.3 v1.0e5x 7. .5 1.250E3 3.0e+2\n<0.1235>"


def test_printed_numbers_are_read_as_before():
    found = re.findall(r"(\d+\.(\d+))(?:e([+-]?\d+))?", WORDS)  # without a bound on where it looks
    units = [10.0 ** int(exponent or 0) for _, _, exponent in found]
    wanted = [float(number) * unit for (number, _, _), unit in zip(found, units, strict=True)]
    assert numbers_in(WORDS)[0].tolist() == wanted and len(wanted) == 8
    assert is_among(0.12347, numbers_in(WORDS)) and not is_among(0.12357, numbers_in(WORDS))
    assert not is_among(0.5, numbers_in("no number at all"))


def test_a_long_row_of_digits_is_read_once():
    start = time.process_time()
    assert numbers_in("1" * 50_000).size == 0
    assert time.process_time() - start < 0.5  # from each digit to the end of the row it took 6 s


# ---- the bounds behind that -------------------------------------------------------------------------------


@pytest.mark.skipif(not bounds.STATUS.exists(), reason="how much memory a process has, /proc says")
def test_memory_is_bounded_inside_and_free_outside():
    count = 2**28  # bytes, far more than an earlier test leaves free
    with bounds.memory(count // 2), pytest.raises(MemoryError):
        np.zeros(count, np.int8)
    with bounds.memory(2 * count):
        np.zeros(count, np.int8)
    np.zeros(count, np.int8)


def test_work_is_bounded_inside_and_free_outside():
    with pytest.raises(bounds.TooMuchWork), bounds.work(0.05):
        while True:
            pass
    with bounds.work(0.05):
        pass
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass


# ---- what one check may cost -------------------------------------------------------------------------------


BUSY, BIG = (
    TOY.replace("    x = rng", f"    {waste}\n    x = rng")
    for waste in ("while True: pass", "import numpy; numpy.ones(2**25)")
)
SMALL = replace(LIMITS, work_seconds=0.1, judge_bytes=2**27)


@pytest.mark.parametrize(
    ("toy", "words"), [(BUSY, "took too long to look at"), (BIG, "took too much memory to look at")], indirect=["toy"]
)
def test_a_check_that_costs_the_judge_too_much_costs_itself(toy, words, monkeypatch):  # noqa: F811
    monkeypatch.setattr(judging, "LIMITS", SMALL)
    first, second, _ = toy("def double(x):\n    return 2 * x")["todos"]["double"]["checks"]
    assert words in first["message"] and not first["passed"]
    assert second["passed"]


@pytest.mark.parametrize("toy", [BUSY], indirect=True)
def test_a_todo_that_costs_too_much_is_given_up(toy, monkeypatch):  # noqa: F811
    monkeypatch.setattr(judging, "LIMITS", SMALL)
    monkeypatch.setattr(judging, "PATIENCE", 1)
    _, second, _ = toy("def double(x):\n    return 2 * x")["todos"]["double"]["checks"]
    assert "was not asked" in second["message"] and not second["passed"]


LAVISH = """
import numpy as np
def once(): return np.zeros(2**16)
def often():
    for _ in range(9): told(np.zeros(2**15))
def listed(): return [0] * 5000
"""


@pytest.mark.parametrize("name", ["once", "often", "listed"])
def test_in_one_check_so_much_is_looked_at_and_no_more(run, monkeypatch, name):  # noqa: F811
    monkeypatch.setattr(conversation, "MAX_VOLUME", 2**21)

    def told(numbers):
        return len(numbers)

    student = run(LAVISH).student(1)
    student.swap("told", told)
    with pytest.raises(StudentError, match="far more numbers came back than were asked for"):
        for _ in range(30):
            student.call(getattr(student, name))
    with pytest.raises(StudentError, match="far more numbers"):  # nor is anything asked again
        student.call(student.once)


THREADS = """
import torch
from threadpoolctl import threadpool_info
from autograder.judge.court import judge
from autograder.judge.forks import Parent
with Parent() as parent:
    judge({"cells": []}, "mnist", parent, only={"add_noise"})
print(torch.get_num_threads(), *(library["num_threads"] for library in threadpool_info()))
"""


def test_the_judge_takes_one_thread_whatever_the_environment_says():
    free = {name: value for name, value in os.environ.items() if not name.endswith("NUM_THREADS")}
    command = [sys.executable, "-c", THREADS]
    printed = subprocess.run(command, env=free, capture_output=True, text=True, check=True).stdout.split()
    assert len(printed) > 1 and set(printed) == {"1"}
