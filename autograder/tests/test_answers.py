"""Answers that only look right: each earns what is right in it; what does nothing earns next to nothing."""

from __future__ import annotations

import re

import pytest

from autograder import variants
from course_config import ROOT, SEED

ANSWERS = variants.find(ROOT / "autograder" / "attacks" / "answers")
HALF_WAY = {  # what does part of the work, and earns that part
    *("add_noise/chaff_raises_on_gpu", "add_noise/chaff_same", "residual_block/chaff_all_but_time"),
    *("train_step/chaff_no_step", "train_step/chaff_pretends", "train_step/chaff_tells"),
    *("train_epoch/chaff_first_only", "forward_network/chaff_linear", "p_sample/chaff_ask"),
    *("q_sample/chaff_noise", "q_sample/chaff_same", "q_sample/chaff_sum"),
}


def worth(answer: variants.Variant) -> float:
    return float(re.search(r"^# worth: ([\d.]+)$", answer.path.read_text(encoding="utf-8"), re.M)[1])


@pytest.mark.slow
def test_no_answer_earns_more_than_what_is_right_in_it():
    for result in variants.judge_all(ANSWERS, 1, False, SEED):
        answer = next(answer for answer in ANSWERS if answer.file == result.file)
        assert result.points == worth(answer), (result.file, result.failed)
        if f"{answer.todo}/{answer.path.stem}" not in HALF_WAY:
            assert result.kept <= 0.13, result.file
