"""standardise: take the mean away, divide by the standard deviation.

The default atol 1e-5 and rtol 1e-4 leave room for float32; the mistakes are 5 % off and more.
"""

from __future__ import annotations

import numpy as np

from autograder.checks.words import array, close, expect, points
from autograder.judge.conversation import Student


def right(x: np.ndarray) -> np.ndarray:
    z: np.ndarray = (x - x.mean()) / x.std()
    return z


def wrong(x: np.ndarray) -> dict[str, np.ndarray]:
    """What known mistakes make of x, by the cause in words for the student."""
    return {
        "the mean is not taken away": x / x.std(),
        "it is divided by the variance, without the square root": (x - x.mean()) / x.var(),
        "the variance is a sum over n - 1, not over n": (x - x.mean()) / x.std(ddof=1),
    }


@points(2.5, "whole")
def test_the_mean_is_taken_away_and_the_rest_divided_by_sigma(student: Student, rng: np.random.Generator) -> None:
    x = rng.uniform(2, 9, size=10)
    z = array(student.standardise(x), "the result")
    close(z, right(x), "standardise(x) should be (x - mean) / standard deviation", wrong(x))


@points(1)
def test_the_mean_of_the_result_is_zero(student: Student, rng: np.random.Generator) -> None:
    z = array(student.standardise(rng.uniform(2, 9, size=10)), "the result")
    close(z.mean(), 0.0, "The mean of standardise(x) should be 0")


@points(0.5, "form")
def test_an_array_comes_back(student: Student, rng: np.random.Generator) -> None:
    z = student.standardise(rng.uniform(2, 9, size=10))
    expect(isinstance(z, np.ndarray), f"standardise(x) should be an array, but it is of type {type(z).__name__}")
