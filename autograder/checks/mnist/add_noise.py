"""Hidden checks of add_noise: image and noise, mixed by the schedule.

The default atol 1e-5 and rtol 1e-4 leave room for float32; the mistakes are 1 % off and more.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from autograder.checks.mnist.common import draw_t, draw_tables, stand_in_schedule, tables_from
from autograder.checks.tensors import (
    Mistakes,
    Rng,
    State,
    draw,
    dtype_of,
    expect_nothing_shared,
    expect_standard_normal,
    is_close,
    on_the_gpu,
    shown,
    sizes_explained,
    tensor,
    usual_mistakes,
)
from autograder.checks.words import close, drawn_anew, expect, numbers, pair, points, standard_normal, unrelated
from autograder.judge.conversation import Student, StudentError


def mixtures(x: torch.Tensor, t: torch.Tensor, tables: State, noise: torch.Tensor) -> Mistakes:
    """x_t by cause."""

    def column(name: str, at: torch.Tensor = t) -> torch.Tensor:
        return tables[name].double()[at][:, None, None, None]

    T = len(tables["betas"])
    bar, a, b = column("alphas_cumprod"), column("sqrt_alphas_cumprod"), column("sqrt_one_minus_alphas_cumprod")
    mean, spread = noise.mean(), noise.std()
    mixed: Mistakes = {
        "": a * x + b * noise,
        "both factors lack the square root": bar * x + (1 - bar) * noise,
        "the image is scaled by alpha_bar, without the square root": bar * x + b * noise,
        "the noise is scaled by 1 - alpha_bar, without the square root": a * x + (1 - bar) * noise,
        "the square roots were taken twice": a.sqrt() * x + b.sqrt() * noise,
        "the image's square root was taken twice": a.sqrt() * x + b * noise,
        "the noise's square root was taken twice": a * x + b.sqrt() * noise,
        "the noise is scaled by 1 - sqrt(alpha_bar)": a * x + (1 - a) * noise,
        "the two factors are exchanged": b * x + a * noise,
        "both are scaled by the image's factor": a * (x + noise),
        "both are scaled by the noise's factor": b * (x + noise),
        "the noise is subtracted": a * x - b * noise,
        "the image is not scaled": x + b * noise,
        "the noise is not scaled": a * x + noise,
        "neither image nor noise is scaled": x + noise,
        "the noise is scaled by sqrt(beta), not by sqrt(1 - alpha_bar)": a * x + column("betas").sqrt() * noise,
        "no noise is added": a * x,
        "the two weights are 1 - b and b: they should not add up to 1, but their squares": (1 - b) * x + b * noise,
        "the image is lost": b * noise,
        "the noise is multiplied by the image": a * x + b * noise * x,
        "the image comes back as it was": x,
        "every image gets the t of the first": a[:1] * x + b[:1] * noise,
        "every image gets the t of the last": a[-1:] * x + b[-1:] * noise,
        "at t = 0 the clean image comes back, without its bit of noise": torch.where(
            (t == 0)[:, None, None, None], x, a * x + b * noise
        ),
        "the noise was standardised before it was used": a * x + b * (noise - mean) / spread,
        "one step of the schedule is taken (alpha in the place of alpha_bar)": column("alphas").sqrt() * x
        + column("betas").sqrt() * noise,
    }
    others = {
        "the factors are those of t - 1": (t - 1) % T,
        "the factors are those of t + 1": (t + 1).clamp(max=T - 1),
        "t = 0 is taken for t = 1": t.clamp(min=1),
        "the timesteps are sorted, so that images get each other's t": t.sort().values,
        "timesteps from 1000 on wrap round to 0": t % 1000,
        "timesteps above 999 are taken for 999": t.clamp(max=999),
        "the schedule is read from its end": T - 1 - t,
    }
    for name, at in others.items():
        mixed[name] = column("sqrt_alphas_cumprod", at) * x + column("sqrt_one_minus_alphas_cumprod", at) * noise
    for length in {1000, T}:
        own = torch.linspace(0.0001, 0.02, length, dtype=torch.float64)
        if int(t.max()) < length:
            level = (1 - own).cumprod(0)[t][:, None, None, None]
            name = f"a schedule of its own, of {length} steps, is used and not the one that was passed in"
            mixed[name] = level.sqrt() * x + (1 - level).sqrt() * noise
    return mixed


RULE = "x_t should be sqrt(alpha_bar_t) * x_0 + sqrt(1 - alpha_bar_t) * noise, each image with its own t"


def two(answer: Any) -> tuple[Any, Any]:
    expect(answer is not None, "add_noise returns None: is a `return` missing?")
    return pair(answer, "what add_noise returns")


def one_pixel(student: Student) -> str:
    """What a single pixel shows of a wrong mixture, where it shows there."""
    tables = tables_from(np.array([0.9, 0.8, 0.64, 0.36, 0.16]))
    ones, schedule = torch.ones(1, 1, 1, 1), stand_in_schedule(student, tables)
    x_t, _ = two(student.add_noise(ones, torch.tensor([3]), schedule, 2 * ones))
    got = tensor(x_t, "x_t").flatten()[0].item()
    told = "For t = 3 and alpha_bar = 0.36, x_0 = 1 and noise = 2 should give 0.6 * 1 + 0.8 * 2 = 2.2"
    return "" if is_close(got, 2.2) else f"{told}, but give {got:.4g}."


def expect_mixture(
    student: Student,
    answer: Any,
    x: torch.Tensor,
    t: torch.Tensor,
    tables: State,
    noise: torch.Tensor,
    before: State | None = None,
) -> None:
    x_t, used = two(answer)
    wrong = mixtures(x, t, tables, noise)
    right = wrong.pop("")
    swapped = {"the two results are exchanged": noise} if is_close(used, right) else {"x_t is the bare noise": noise}
    wrong = swapped | wrong
    if isinstance(used, torch.Tensor) and used.shape == x.shape:
        other = mixtures(x, t, tables, used)[""]
        wrong["the noise that was passed in is ignored, and another one is drawn"] = other
    if before:
        wrong["the schedule of an earlier call is used"] = mixtures(x, t, before, noise)[""]
    x_t = tensor(x_t, "x_t")
    wrong |= usual_mistakes(x_t, right)
    with shown(lambda: one_pixel(student)):
        close(x_t, right, f"For x_0 of shape {tuple(x.shape)}, {RULE}", wrong)


@points(0.25)
def test_image_and_noise_are_mixed_by_the_schedule(student: Student, rng: Rng) -> None:
    tables, t = draw_tables(rng, 23), torch.tensor([3, 0, 22, 9, 14, 1])
    x, noise = draw(rng, 6, 2, 8, 10), draw(rng, 6, 2, 8, 10) * 1.5 + 0.3
    with sizes_explained(tuple(x.shape)):
        answer = student.add_noise(x, t, stand_in_schedule(student, tables), noise)
    expect_mixture(student, answer, x, t, tables, noise)


@points(0.125)
def test_every_image_has_its_own_t_whatever_the_shape(student: Student, rng: Rng) -> None:
    """Shapes where a factor on a wrong axis would still fit: batch equal to channels, height or width, batch 1.

    And other schedules, one of more than 1000 steps among them.
    """
    shapes = ((3, 3, 8, 4), (4, 2, 4, 8), (4, 1, 8, 4), (5, 5, 5, 5), (1, 3, 4, 8), (1, 1, 1, 1), (2, 1, 28, 28))
    before = None
    for shape, T in (*((shape, 50) for shape in shapes), ((2, 1, 4, 4), 1500)):
        tables, x, noise = draw_tables(rng, T), draw(rng, *shape), draw(rng, *shape)
        t = torch.from_numpy(rng.permutation(50)[: shape[0]]) if T == 50 else torch.tensor([1003, 1499])
        answer = student.add_noise(x, t, stand_in_schedule(student, tables), noise)
        expect_mixture(student, answer, x, t, tables, noise, before if T == 50 else None)
        before = tables


@points(0.25)
def test_a_given_noise_is_returned_unchanged(student: Student, rng: Rng) -> None:
    tables, t = draw_tables(rng, 9), draw_t(rng, 9, 4)
    schedule, x, noise = stand_in_schedule(student, tables), draw(rng, 4, 1, 8, 8), draw(rng, 4, 1, 8, 8)
    first, returned = two(student.add_noise(x, t, schedule, noise))
    returned = numbers(returned, "the second result")
    rule = "The second result should be the noise that was passed in, unchanged"
    wrong: Mistakes = {"the scaled noise is returned": mixtures(torch.zeros_like(x), t, tables, noise)[""]}
    wrong |= {"the clean image is returned": x, "x_t is returned twice": numbers(first, "x_t")}
    if isinstance(first, torch.Tensor) and is_close(first, noise):
        wrong["the two results are exchanged"] = returned
    wrong |= usual_mistakes(returned, noise)
    if returned.shape == noise.shape and unlike(torch.from_numpy(returned), noise):
        wrong["another noise comes back"] = returned  # 256 unrelated numbers: 8 standard errors
    close(returned, noise, rule, wrong, atol=1e-7)
    _, zeros = two(student.add_noise(x, t, schedule, torch.zeros_like(x)))
    wrong = {"zeros are taken for no noise: ask `noise is None`, and nothing else": zeros}
    rule = "A noise of zeros is a noise that was passed in, and should be used"
    close(zeros, torch.zeros_like(x), rule, wrong, atol=1e-7)


@points(5.5, "whole")
def test_the_noisy_images_are_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Images, schedules and t drawn afresh; a noise that is given, and one that is not."""
    for _ in range(3):
        T, shape = int(rng.integers(5, 40)), tuple(rng.integers(2, 9, 4))
        tables, x, noise, t = draw_tables(rng, T), draw(rng, *shape), draw(rng, *shape), draw_t(rng, T, shape[0])
        schedule = stand_in_schedule(student, tables)
        answer = student.add_noise(x, t, schedule, noise=noise)
        expect_mixture(student, answer, x, t, tables, noise)
        close(two(answer)[1], noise, "The second result should be the noise that was passed in, unchanged")
        x_t, fresh = (tensor(part, "each result") for part in two(student.add_noise(x, t, schedule)))
        for part, what in ((fresh, "The noise"), (x_t, "x_t")):
            expect(part.shape == x.shape, f"{what} should be shaped like x_0, {shape}, not {tuple(part.shape)}")
        expect_own_noise(x_t, fresh, x, t, tables)


def expect_own_noise(x_t: torch.Tensor, noise: torch.Tensor, x: torch.Tensor, t: torch.Tensor, tables: State) -> None:
    """The noise that comes back is the one in x_t."""
    right, scaled = mixtures(x, t, tables, noise)[""], mixtures(torch.zeros_like(x), t, tables, noise)[""]
    signal = mixtures(x, t, tables, torch.zeros_like(x))[""]
    wrong: Mistakes = {"the noise was scaled before it was returned": signal + noise}
    wrong |= {cause: x_t for cause in ["x_t holds another draw of the noise"] if unlike(x_t - signal, scaled)}
    close(x_t, right, "The noise that is returned should be the one that was mixed into x_t, unscaled", wrong)


def unlike(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Less related than by half."""
    return bool(abs(np.corrcoef(a.flatten().numpy(), b.flatten().numpy())[0, 1]) < 0.5)


@points(0.25)
def test_fresh_noise_is_standard_normal_and_independent(student: Student, rng: Rng) -> None:
    """False alarms: 1.1e-7, see expect_standard_normal, also for the power; the images add 3e-12, parts 6e-10, eight
    calls 2e-10."""
    schedule, t, x = stand_in_schedule(student, draw_tables(rng, 9)), draw_t(rng, 9, 16), draw(rng, 16, 3, 20, 20)
    first, second, *more = (tensor(two(student.add_noise(x, t, schedule))[1], "the noise") for _ in range(8))
    shape = tuple(first.shape)
    expect(shape == x.shape, f"The noise should be shaped like x_0, {tuple(x.shape)}, not {shape}")
    expect(not torch.equal(first, second), "Each call should draw fresh noise, but two calls gave the same")
    expect_standard_normal(first, second, "The noise")
    drawn_anew((first, second, *more), "The noise")
    unrelated(first.double().numpy(), x.double().numpy(), "The noise should have nothing to do with the images")
    _, many = two(student.add_noise(draw(rng, 32, 8, 32, 32), draw_t(rng, 9, 32), schedule))
    expect_nothing_shared(tensor(many, "the noise"), "The noise")
    _, usual = two(student.add_noise(draw(rng, 64, 1, 28, 28), draw_t(rng, 9, 64), schedule))
    standard_normal(tensor(usual, "the noise"), "For images of the notebook's shape, too, the noise")


@points(0.125)
def test_fresh_noise_is_the_same_for_any_images_and_any_t(student: Student, rng: Rng) -> None:
    """Constant images, images of deviation 5 around 3, and each end of the schedule.

    False alarms: 5 times 4e-9, for mean and deviation of 12,544 numbers at 6 standard errors, 0.054 and 0.038.
    """
    schedule, shape = stand_in_schedule(student, draw_tables(rng, 9)), (16, 1, 28, 28)
    images = {"For black images": torch.full(shape, -1.0), "For images of deviation 5": 5 * draw(rng, *shape) + 3}
    for told, x, t in (
        *((told, x, draw_t(rng, 9, 16)) for told, x in images.items()),
        *((f"For t = {t}", draw(rng, *shape), torch.full((16,), t)) for t in (0, 4, 8)),
    ):
        noise = numbers(two(student.add_noise(x, t, schedule))[1], f"{told} the noise")
        mean, spread = noise.mean(), noise.std()
        expect(
            abs(mean) < 6 / math.sqrt(x.numel()) and abs(spread - 1) < 6 / math.sqrt(2 * x.numel()),
            f"{told}, as for any, fresh noise should have mean 0 and deviation 1, not {mean:.2g} and {spread:.2g}",
        )


@points(0.25, "form")
def test_images_and_noise_are_left_as_they_were(student: Student, rng: Rng) -> None:
    x, noise, t = draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)
    schedule, x_there, noise_there = stand_in_schedule(student, draw_tables(rng, 9)), student.put(x), student.put(noise)
    student.hold(student.add_noise, x_there, t, schedule, noise_there)
    student.hold(student.add_noise, x_there, t, schedule)
    close(
        student.get(x_there),
        x,
        "add_noise should not change the x_0 that it was given, as *= and += do",
        atol=0,
        rtol=0,
    )
    close(
        student.get(noise_there),
        noise,
        "add_noise should not change the noise that it was given, as *= and += do",
        atol=0,
        rtol=0,
    )


@points(0.25, "form")
def test_fresh_noise_has_the_dtype_of_the_images(student: Student, rng: Rng) -> None:
    """float64 images are asked for their noise alone: what float32 tables make of them, an error too, is free."""
    x, t, schedule = draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3), stand_in_schedule(student, draw_tables(rng, 9))
    for part, what in zip(two(student.add_noise(x, t, schedule)), ("x_t", "the noise"), strict=True):
        found = dtype_of(tensor(part, what))
        expect(found == "float32", f"For float32 images {what} should be float32, not {found}")
    with contextlib.suppress(StudentError):
        found = dtype_of(tensor(two(student.add_noise(x.double(), t, schedule))[1], "the noise"))
        expect(found == "float64", f"For float64 images the noise should be float64, not {found}")


@points(3, "device")
def test_add_noise_stays_on_the_gpu(student: Student, rng: Rng) -> None:
    """The tables are on the GPU and then, as in the notebook, on the CPU: get_coefficients copes with both."""
    tables, x, noise, t = draw_tables(rng, 9), draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)

    def ask(place: str) -> Iterable[torch.Tensor]:
        for tables_place in (place, "cpu"):
            there = {name: student.put(values, tables_place) for name, values in tables.items()}
            schedule = student.instrument("Schedule", 9, **there)
            for given in ((noise,), ()):
                x_t, used = two(student.add_noise(x, t, schedule, *given))
                expect(np.ptp(numbers(used, "the noise")) > 0, "Noise should vary, but one number stands everywhere")
                yield from (x_t, used)

    on_the_gpu(student, ask)
