"""Hidden checks of guided: classifier-free guidance as a function of (x, t).

The model tells what it is asked and what it answers, so that the combination of the two is known exactly. The default
atol 1e-5 and rtol 1e-4 leave room for float32; mistakes are 1 % off and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from autograder.checks.sampling.common import like
from autograder.checks.tensors import Mistakes, Rng, draw, is_close, on_the_gpu, usual_mistakes
from autograder.checks.words import close, expect, points
from autograder.judge.conversation import Handle, Student

RULE = "the answer should be m + w (m - n), with m = model(x, t, labels) and n = model(x, t)"
GAIN = 0.6


def answer_to(x: torch.Tensor, t: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
    """What the stand-in model answers."""
    answer = GAIN * x.double() + (3 * t.double().reshape(-1, 1, 1, 1) % 7 / 7 - 0.4)
    if labels is not None:
        own = 1 + labels.double().reshape(-1, 1, 1, 1)
        answer = answer + 0.2 * own - 0.05 * own * x.double()
    return answer


def mistakes(x: torch.Tensor, t: torch.Tensor, labels: torch.Tensor, w: float) -> Mistakes:
    """What other ways to steer give."""
    m, n = answer_to(x, t, labels), answer_to(x, t, None)
    right = m + w * (m - n)
    zeros, flipped = answer_to(x, t, 0 * labels), answer_to(x, t, labels.flip(0))
    wrong: Mistakes = {
        "w is not taken below 0": m + max(w, 0) * (m - n),
        "w is taken without its sign": m + abs(w) * (m - n),
        "it is n + w (m - n), where w = 1 is the model with its labels (diffusers' scale is 1 + w)": n + w * (m - n),
        "1 + w is the scale of the difference, which is added to m: once too often": m + (1 + w) * (m - n),
        "the sign of w is wrong, or the difference taken as n - m": m - w * (m - n),
        "m and n are mixed by 1 - w and w": (1 - w) * m + w * n,
        "(1 - w) scales the difference": m + (1 - w) * (m - n),
        "1 - w is added to n": n + (1 - w) * (m - n),
        "it starts from n, and the difference is the wrong way round": n - w * (m - n),
        "m and n are exchanged": n + w * (n - m),
        "the labels are never given": n,
        "w is left out: it is the model with its labels": m,
        "w is taken for 1, or not taken above 1": 2 * m - n,
        "w is cut off to a whole number": m + int(w) * (m - n),
        "all images get the t of the first": (one := answer_to(x, t[:1].expand(len(x)), labels))
        + w * (one - answer_to(x, t[:1].expand(len(x)), None)),
        "w is squared": m + w**2 * (m - n),
        "w is halved": m + w / 2 * (m - n),
        "the bare difference comes back": m - n,
        "the scaled difference comes back, without m": w * (m - n),
        "n is subtracted without w": m + w * m - n,
        "m is not scaled by 1 + w: only w n is subtracted": m - w * n,
        "n is added, not subtracted": (1 + w) * m + w * n,
        "only m is scaled, by 1 + w": (1 + w) * m,
        "only m is scaled, by w": w * m,
        "the mean of both comes back": (m + n) / 2,
        "the mean of both is scaled, where their difference belongs": m + w * (m + n) / 2,
        "the weights of m and n are exchanged: w m - (1 + w) n": w * m - (1 + w) * n,
        "everything is divided by 1 + w": right / (1 + w) if w != -1 else right,
        "both are added": m + n,
        "the model without labels is asked with labels of zeros": m + w * (m - zeros),
        "the labels are turned round: each image needs its own": flipped + w * (flipped - n),
        "all images get the first label": (one := answer_to(x, t, labels[:1].expand(len(x)))) + w * (one - n),
        "all images get the last label": (one := answer_to(x, t, labels[-1:].expand(len(x)))) + w * (one - n),
        "labels are one too high": (one := answer_to(x, t, labels + 1)) + w * (one - n),
        "an index that stands for no label, 10, is given": m + w * (m - answer_to(x, t, 0 * labels + 10)),
        "an index that stands for no label, -1, is given": m + w * (m - answer_to(x, t, 0 * labels - 1)),
        "w is kept within 0 .. 1": m + min(max(w, 0), 1) * (m - n),
        "the answer is clipped to -1 .. 1": right.clamp(-1, 1),
        "the answer is rescaled to the deviation of m, all together": right * m.std() / right.std(),
        "the answer is rescaled to the deviation of m, image by image": right
        * (m.std((1, 2, 3), keepdim=True) / right.std((1, 2, 3), keepdim=True)),
        "x comes back": x,
    }
    return {cause: numbers for cause, numbers in wrong.items() if not is_close(numbers, right)}


class Steering:
    """What the student's guided returns for a model, labels and w, and what the model was asked."""

    def __init__(
        self,
        student: Student,
        rng: Rng,
        w: float,
        with_labels: bool = True,
        plain: bool = False,
        labels: np.ndarray | None = None,
        place: str = "cpu",
    ) -> None:
        self.student, self.rng, self.w, self.calls = student, rng, w, list[dict[str, Any]]()
        self.labels = torch.from_numpy(rng.permutation(9)[:4] if labels is None else labels) if with_labels else None
        kind = "asked" if plain else "Asked"
        model = student.instrument(kind, GAIN, self.calls.append)
        model = model if plain else model.to(place)
        self.function: Any = student.guided(model, self.labels, w)
        expect(self.function is not None, "guided returns None: is a `return` missing?")
        told = "guided should return a function of (x, t), which asks the model when it is called"
        expect(isinstance(self.function, Handle), f"{told}, not a {type(self.function).__name__}")

    def inputs(self) -> tuple[torch.Tensor, torch.Tensor]:
        return draw(self.rng, 4, 2, 3, 5), torch.from_numpy(self.rng.integers(0, 50, 4))

    def ask(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        self.calls.clear()
        return like(self.function(x, t), x, "What the function of guided answers")

    def expect_right(self) -> None:
        x, t = self.inputs()
        answer = self.ask(x, t)
        labels, w = self.labels, self.w
        n = answer_to(x, t, None)
        if labels is None:
            rule = f"With labels None and w = {w:g} the answer should be model(x, t)"
            return close(answer, n, rule, lambda: usual_mistakes(answer, n))
        m = answer_to(x, t, labels)
        right = m + w * (m - n)
        told = f"With w = {w:g} {RULE}"
        return close(answer, right, told, lambda: mistakes(x, t, labels, w) | usual_mistakes(answer, right))


@points(0.25)
def test_the_difference_is_scaled_by_w_and_added(student: Student, rng: Rng) -> None:
    for w in (2.5, 0.5, 7.0):
        Steering(student, rng, w).expect_right()


@points(0.25)
def test_w_0_is_the_model_with_its_labels(student: Student, rng: Rng) -> None:
    steering = Steering(student, rng, 0.0)
    x, t = steering.inputs()
    answer, m, n = steering.ask(x, t), answer_to(x, t, steering.labels), answer_to(x, t, None)
    wrong = {"it is the model without labels": n, "it is 2 m - n, as w = 1 gives": 2 * m - n} | usual_mistakes(
        answer, m
    )
    close(answer, m, "With w = 0 the answer should be model(x, t, labels)", wrong)


@points(0.25)
def test_w_may_be_below_0_and_1(student: Student, rng: Rng) -> None:
    for w in (-0.7, -1.0, 1.0):
        Steering(student, rng, w).expect_right()


@points(0.25)
def test_without_labels_it_is_the_model_as_it_is(student: Student, rng: Rng) -> None:
    for w in (0.0, 3.0):
        Steering(student, rng, w, with_labels=False).expect_right()


@points(0.25)
def test_the_model_is_asked_at_x_and_t_with_these_labels_and_with_none(student: Student, rng: Rng) -> None:
    steering = Steering(student, rng, 1.5)
    x, t = steering.inputs()
    steering.ask(x, t)
    expect(len(steering.calls) > 0, "The function should ask the model when it is called, but it does not")
    given = [call["labels"] for call in steering.calls]
    expect(any(labels is None for labels in given), "The model should be asked without labels as well: model(x, t)")
    expect(
        any(labels is not None for labels in given), "The model should be asked with its labels: model(x, t, labels)"
    )
    for call in steering.calls:
        with_or_without = "without labels" if call["labels"] is None else "with labels"
        close(call["x"], x, f"The model should be asked {with_or_without} about the x of the call")
        told = f"The model should be asked {with_or_without} at the t of the call"
        wrong = {"t is scaled to 0 .. 1": t.double() / 1000, "t is one too low": t - 1, "t is one too high": t + 1}
        close(call["t"], t, told, wrong)
        if call["labels"] is not None:
            told = "The model should be given the labels as they came"
            close(call["labels"], steering.labels, told, {"they are zeros": 0 * given_or(steering)})


def given_or(steering: Steering) -> torch.Tensor:
    return torch.zeros(4) if steering.labels is None else steering.labels


@points(0.25)
def test_each_call_asks_anew(student: Student, rng: Rng) -> None:
    """Two functions of two models side by side, called in turns, at other x and t each."""
    functions = [Steering(student, rng, w) for w in (0.5, 3.0)]
    for second in (False, True):
        for steering in functions:
            if second:
                steering.ask(*steering.inputs())
                without = [call["labels"] is None for call in steering.calls]
                both = any(without) and not all(without)
                expect(both, "Each call should ask the model anew, with labels and without: is an answer kept?")
            steering.expect_right()
            same = steering.calls[-1]["t"]
            steering.calls.clear()
            steering.function(steering.inputs()[0], same)
            expect(len(steering.calls) > 0, "Each call should ask the model anew, at the same t too: is it kept?")


@points(6.625, "whole")
def test_the_guided_model_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """For w drawn afresh, modules and plain functions, with labels and without."""
    for plain in (False, True):
        for w in (float(rng.uniform(0.2, 0.9)), float(rng.uniform(1.5, 8)), float(rng.uniform(-2, -0.2)), 0.0):
            Steering(student, rng, w, plain=plain).expect_right()
        Steering(student, rng, float(rng.uniform(0.5, 3)), with_labels=False, plain=plain).expect_right()
    expect_label_0(student, rng)


def expect_label_0(student: Student, rng: Rng) -> None:
    """Which is a label, and not none: all images, and one."""
    for labels in (np.zeros(4, dtype=np.int64), np.array([0, 3, 0, 0])):
        steering = Steering(student, rng, 2.0, labels=labels)
        steering.ask(*steering.inputs())
        given = any(call["labels"] is not None for call in steering.calls)
        expect(given, "The label 0 is a label like any other, but for labels that are all 0 the model is asked without")
        steering.expect_right()


@points(0.25, "form")
def test_x_and_the_labels_stay_as_they_were(student: Student, rng: Rng) -> None:
    for with_labels in (True, False):
        steering = Steering(student, rng, 2.0, with_labels)
        x, t = steering.inputs()
        there = student.put(x)
        student.hold(steering.function, there, t)
        same = torch.equal(student.get(there), x)
        expect(same, "The function of guided should not change the x that it was given, as *= and += do")


@points(3.625, "device")
def test_guidance_stays_on_the_gpu(student: Student, rng: Rng) -> None:
    """Labels, x and t lie there, and the model."""

    def ask(place: str) -> Iterator[torch.Tensor]:
        for with_labels in (True, False):
            steering = Steering(student, rng, 2.0, with_labels, place=place)
            yield steering.ask(*steering.inputs())
            yield from (call["x"] for call in steering.calls)
            yield from (call["labels"] for call in steering.calls if call["labels"] is not None)

    on_the_gpu(student, ask)
