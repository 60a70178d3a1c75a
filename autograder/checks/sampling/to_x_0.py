"""Hidden checks of to_x_0: from what a network answers to the image.

The default atol 1e-5 and rtol 1e-4 leave room for float32, 1e-7 of numbers up to 30 over a signal above 0.28; mistakes
are 1 % off and more.
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.sampling.common import KINDS, Level, falling, image_of, level_of, like
from autograder.checks.tensors import Mistakes, Rng, draw, dtype_of, sizes_explained, usual_mistakes
from autograder.checks.words import close, expect, points
from autograder.judge.conversation import Student

RULES = {
    "eps": '"eps": x_0 should be (x - sigma output) / signal',
    "x0": '"x0": the output is x_0 itself',
    "v": '"v": x_0 should be signal x - sigma output',
}


def readings(kind: str, output: torch.Tensor, x: torch.Tensor, signal: Any, sigma: Any) -> Mistakes:
    """What other readings of the three kinds give."""
    output, x = output.double(), x.double()
    wrong: Mistakes = {
        f'the output is taken as of kind "{other}"': image_of(other, output, x, signal, sigma)
        for other in KINDS
        if other != kind
    }
    wrong |= {"x comes back": x, "the output comes back": output}
    right = image_of(kind, output, x, signal, sigma)
    for bound in (1, 2, 3):
        wrong[f"x_0 is clipped to -{bound} .. {bound}"] = right.clamp(-bound, bound)
    levels: dict[str, tuple[Any, Any]] = {
        "signal and sigma are exchanged": (sigma, signal),
        "the square roots are taken again: signal and sigma are roots already": (signal**0.5, sigma**0.5),
        "signal is taken for alpha_bar: its root is taken again, and sigma from that": (
            signal**0.5,
            (1 - signal) ** 0.5,
        ),
        "signal's square root is taken again": (signal**0.5, sigma),
        "sigma's square root is taken again": (signal, sigma**0.5),
        "signal and sigma are squared": (signal**2, sigma**2),
        "signal is squared: alpha_bar stands where its root belongs": (signal**2, sigma),
        "sigma is squared: 1 - alpha_bar stands where its root belongs": (signal, sigma**2),
        "sigma is taken for 1 - signal": (signal, 1 - signal),
        "signal is left out": (1.0, sigma),
        "sigma is left out": (signal, 1.0),
        "the sign of sigma is wrong: it should be subtracted": (signal, -sigma),
        "the sign of x is wrong": (-signal, sigma) if kind == "v" else (signal, sigma),
    }
    wrong |= {cause: image_of(kind, output, x, *level) for cause, level in levels.items()}
    wrong["the image is mapped from [-1, 1] to [0, 1]"] = (right + 1) / 2
    most = right.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1)
    wrong["each image is divided by its largest number, where that is above 1"] = right / most
    if kind == "eps":
        wrong |= {
            "only the noise is divided by signal": x - sigma * output / signal,
            "it is multiplied by signal, not divided": (x - sigma * output) * signal,
            "x is scaled by 1 / signal, and the noise by sigma": x / signal - sigma * output,
            "it is divided by sigma, not by signal": (x - sigma * output) / sigma,
            "the output is subtracted without sigma, and divided by sigma": (x - output) / sigma,
            "x and output are exchanged": (output - sigma * x) / signal,
            "it is divided by alpha_bar, the square of signal": (x - sigma * output) / signal**2,
            "the image is noised, not denoised": signal * x + sigma * output,
        }
    if kind == "x0":
        wrong |= {
            "the output is divided by signal": output / signal,
            "the output is multiplied by signal": signal * output,
            "noise is recovered: (x - signal output) / sigma": (x - signal * output) / sigma,
        }
    if kind == "v":
        wrong |= {
            "the noise is returned: sigma x + signal output": sigma * x + signal * output,
            "the noise is returned: signal output + sigma x over signal": (signal * output + sigma * x) / signal,
            "x and output are exchanged": signal * output - sigma * x,
            "v itself is computed from x and output": signal * output - sigma * x,
            "it is divided by signal besides": (signal * x - sigma * output) / signal,
            "it is divided by sigma": (signal * x - sigma * output) / sigma,
        }
    return wrong


def expect_image(student: Student, kind: str, x: torch.Tensor, output: torch.Tensor, level: tuple[Any, Any]) -> None:
    with sizes_explained(tuple(x.shape)):
        answer = like(student.to_x_0(kind, output, x, *level), x, "x_0")
    signal, sigma = level
    right = image_of(kind, output, x, signal, sigma)

    def wrong() -> Mistakes:
        alone = readings(kind, output, x, signal, sigma) | usual_mistakes(answer, right)
        return alone | (exchanged(kind, output, x, signal, sigma) if isinstance(signal, torch.Tensor) else {})

    close(answer, right, f"Of kind {RULES[kind]}", wrong)


def exchanged(kind: str, output: torch.Tensor, x: torch.Tensor, signal: torch.Tensor, sigma: torch.Tensor) -> Mistakes:
    """What it gives where images do not get the level of their own."""
    means = {"all images get the mean level": image_of(kind, output, x, signal.mean(), sigma.mean())}
    return means | {
        f"every image gets the level of the {which}": image_of(
            kind, output, x, signal.flatten()[place], sigma.flatten()[place]
        )
        for place, which in ((0, "first"), (-1, "last"))
    }


def level_at(rng: Rng) -> Level:
    """A level whose signal and sigma differ, so that an exchange shows."""
    return level_of(float(rng.choice([rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.9)])))


def levels_for(rng: Rng, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A level an image."""
    bars = torch.from_numpy(rng.permutation(falling(rng, count))).reshape(-1, 1, 1, 1)
    return bars.sqrt(), (1 - bars).sqrt()


def of_one_kind(student: Student, rng: Rng, kind: str) -> None:
    for shape in ((3, 2, 4, 5), (1, 1, 1, 3)):
        expect_image(student, kind, draw(rng, *shape), draw(rng, *shape), level_at(rng))


@points(0.75)
def test_eps_is_taken_out_of_x(student: Student, rng: Rng) -> None:
    of_one_kind(student, rng, "eps")


@points(0.5)
def test_x0_is_the_output_itself(student: Student, rng: Rng) -> None:
    of_one_kind(student, rng, "x0")


@points(0.75)
def test_v_is_turned_back(student: Student, rng: Rng) -> None:
    of_one_kind(student, rng, "v")


@points(0.25)
def test_nothing_is_clipped(student: Student, rng: Rng) -> None:
    """Numbers up to 30; a kind that is wrong for small ones is charged where these are."""
    for kind in KINDS:
        expect_image(student, kind, 10 * draw(rng, 2, 1, 6, 6), 8 * draw(rng, 2, 1, 6, 6), level_at(rng))


@points(0.5)
def test_another_kind_raises_a_value_error(student: Student, rng: Rng) -> None:
    x, output = draw(rng, 2, 1, 3, 3), draw(rng, 2, 1, 3, 3)
    for kind in ("score", "x_0", "epsilon", "V", ""):
        refused, instead = student.make("refusal", student.to_x_0, kind, output, x, *level_at(rng))
        expect(refused, f"For kind = {kind!r} to_x_0 should raise ValueError, but {instead}")


@points(0.75)
def test_each_image_may_have_a_level_of_its_own(student: Student, rng: Rng) -> None:
    """Levels (B, 1, 1, 1), with as many images as channels, or rows, or columns as well: another axis would fit."""
    for kind in KINDS:
        for shape in ((5, 2, 4, 3), (3, 3, 4, 2), (4, 2, 4, 4)):
            expect_image(student, kind, draw(rng, *shape), draw(rng, *shape), levels_for(rng, shape[0]))


@points(0.25)
def test_a_level_may_be_tensors_without_a_dimension(student: Student, rng: Rng) -> None:
    for kind in KINDS:
        signal, sigma = level_at(rng)
        level = torch.tensor(signal, dtype=torch.float64), torch.tensor(sigma, dtype=torch.float64)
        expect_image(student, kind, draw(rng, 3, 1, 4, 4), draw(rng, 3, 1, 4, 4), level)


@points(5.5, "whole")
def test_the_image_is_right_for_every_kind_and_level(student: Student, rng: Rng) -> None:
    """Near the image and near bare noise as well, for images, outputs and shapes drawn afresh."""
    for kind in KINDS:
        for level in (level_of(0.995), level_of(0.02), level_at(rng), levels_for(rng, 4)):
            shape = (4, *(int(n) for n in rng.integers(1, 7, 3)))
            expect_image(student, kind, 2 * draw(rng, *shape) + 0.3, 1.5 * draw(rng, *shape), level)


@points(0.375, "form")
def test_the_dtype_is_that_of_x(student: Student, rng: Rng) -> None:
    for kind in KINDS:
        for dtype in (torch.float32, torch.float64, torch.bfloat16):
            x, output = draw(rng, 2, 1, 3, 3).to(dtype), draw(rng, 2, 1, 3, 3).to(dtype)
            for level in (level_at(rng), levels_for(rng, 2)):
                found = dtype_of(like(student.to_x_0(kind, output, x, *level), x, "x_0"))
                told = f"For images of {dtype_of(x)} and kind {kind!r} x_0 should be {dtype_of(x)} as well, not {found}"
                expect(found == dtype_of(x), told + ": float64 levels that broadcast make float64 of all they meet")


@points(0.375, "form")
def test_x_and_output_stay_as_they_were(student: Student, rng: Rng) -> None:
    for kind in KINDS:
        x, output = draw(rng, 2, 1, 3, 3), draw(rng, 2, 1, 3, 3)
        there = [student.put(x), student.put(output)]
        student.hold(student.to_x_0, kind, there[1], there[0], *level_at(rng))
        for handle, before, what in zip(there, (x, output), ("x", "output"), strict=True):
            same = torch.equal(student.get(handle), before)
            expect(same, f"to_x_0 should not change the {what} that it was given, as *= and -= do (kind {kind!r})")
