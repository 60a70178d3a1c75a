"""Answers that only look right: each earns what is right in it; what does nothing earns next to nothing."""

from __future__ import annotations

import re

import pytest

from autograder import variants
from course_config import ROOT, SEED

ANSWERS = variants.find(ROOT / "autograder" / "attacks" / "answers")
NEXT_TO_NOTHING = 0.13  # of a TODO's points


def worth(answer: variants.Variant) -> tuple[float, bool]:
    """The points of what is right in an answer, and whether that is part of the work."""
    head = answer.path.read_text(encoding="utf-8")
    points, part = re.search(r"^# worth: ([\d.]+)(, for part of the work)?$", head, re.M).groups()
    return float(points), bool(part)


@pytest.mark.slow
def test_no_answer_earns_more_than_what_is_right_in_it():
    of_file = {answer.file: worth(answer) for answer in ANSWERS}
    for result in variants.judge_all(ANSWERS, 1, False, SEED):
        points, part = of_file[result.file]
        assert result.points == points, (result.file, result.failed)
        assert part or result.kept <= NEXT_TO_NOTHING, result.file
