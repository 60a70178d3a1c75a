"""The warm parent holds what its assignment needs, and no more."""

from __future__ import annotations

from autograder.judge.forks import Parent
from autograder.judge.run import Run
from autograder.student.pages import HUGE, regions
from autograder.tests.test_judge import cell


def test_a_worker_has_what_its_assignment_imports_and_gets_what_else_a_cell_does():
    """torch is eight times as large as all that the spiral needs, and each fork would copy it."""
    sources = (
        "import sys\nthere = 'torch' in sys.modules",
        "import torch\ntorch.set_num_threads(4)\nmade = torch.ones(2)",
    )
    with Parent("spiral") as parent:
        run = Run({"cells": [cell("", source) for source in sources]}, "spiral", parent)
        student = run.student(1)
        assert student.there is False and student.made.tolist() == [1, 1]
        assert student.call(student.torch.get_num_threads) == 1 and student.torch.initial_seed() == 1
        run.close()


MAPS = """\
00400000-00c00000 rw-p 00000000 00:00 0                                  [heap]
7f0000100000-7f0000700000 rw-p 00000000 00:00 0
7f0000900000-7f0000b00000 rw-p 00000000 00:00 0
7f0001000000-7f0002000000 r--p 00000000 fe:00 77                         /usr/lib/libc.so.6
7f0003000000-7f0004000000 rw-p 00000000 fe:00 77                         /usr/lib/libc.so.6
7ffc00000000-7ffc00800000 rw-p 00000000 00:00 0                          [stack]
"""


def test_only_memory_of_no_file_that_fills_whole_pages_is_gathered():
    assert list(regions(MAPS)) == [(0x400000, 4 * HUGE), (0x7F0000200000, 2 * HUGE)]
