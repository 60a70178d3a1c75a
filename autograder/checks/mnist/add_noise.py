"""Hidden checks of add_noise: image and noise, mixed by the schedule.

The default atol 1e-5 and rtol 1e-4 leave room for float32; the mistakes are 1 % off and more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from autograder.checks.mnist.common import (
    Mistakes,
    Rng,
    State,
    draw,
    draw_t,
    draw_tables,
    dtype_of,
    expect_standard_normal,
    is_close,
    on_the_gpu,
    sizes_explained,
    stand_in_schedule,
    tensor,
    usual_mistakes,
)
from autograder.checks.words import close, expect, numbers, pair, points, unrelated
from autograder.judge.conversation import Student


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


TWO = "what add_noise returns"


def expect_mixture(
    answer: Any, x: torch.Tensor, t: torch.Tensor, tables: State, noise: torch.Tensor, before: State | None = None
) -> None:
    x_t, used = pair(answer, TWO)
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
    rule = "x_t should be sqrt(alpha_bar_t) * x_0 + sqrt(1 - alpha_bar_t) * noise, each image with its own t"
    wrong |= usual_mistakes(x_t.double().numpy(), right.double().numpy())
    close(x_t, right, f"For x_0 of shape {tuple(x.shape)}, {rule}", wrong)


@points(2)
def test_image_and_noise_are_mixed_by_the_schedule(student: Student, rng: Rng) -> None:
    tables, t = draw_tables(rng, 23), torch.tensor([3, 0, 22, 9, 14, 1])
    x, noise = draw(rng, 6, 2, 8, 10), draw(rng, 6, 2, 8, 10) * 1.5 + 0.3
    with sizes_explained(tuple(x.shape)):
        answer = student.add_noise(x, t, stand_in_schedule(student, tables), noise)
    expect_mixture(answer, x, t, tables, noise)


@points(2)
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
        expect_mixture(answer, x, t, tables, noise, before if T == 50 else None)
        before = tables


@points(1)
def test_a_given_noise_is_returned_unchanged(student: Student, rng: Rng) -> None:
    tables, t = draw_tables(rng, 9), draw_t(rng, 9, 4)
    schedule, x, noise = stand_in_schedule(student, tables), draw(rng, 4, 1, 8, 8), draw(rng, 4, 1, 8, 8)
    first, returned = pair(student.add_noise(x, t, schedule, noise), TWO)
    returned = numbers(returned, "the second result")
    rule = "The second result should be the noise that was passed in, unchanged"
    wrong: Mistakes = {"the scaled noise is returned": mixtures(torch.zeros_like(x), t, tables, noise)[""]}
    wrong |= {"the clean image is returned": x, "x_t is returned twice": numbers(first, "x_t")}
    if isinstance(first, torch.Tensor) and is_close(first, noise):
        wrong["the two results are exchanged"] = returned
    wrong |= usual_mistakes(returned, noise)
    if returned.shape == noise.shape and abs(np.corrcoef(returned.ravel(), noise.ravel())[0, 1]) < 0.5:
        wrong["another noise comes back"] = returned  # 256 unrelated numbers: 8 standard errors
    close(returned, noise, rule, wrong, atol=1e-7)
    _, zeros = pair(student.add_noise(x, t, schedule, torch.zeros_like(x)), TWO)
    close(zeros, torch.zeros_like(x), "A noise of zeros is a noise that was passed in, and should be used", atol=1e-7)


@points(2)
def test_fresh_noise_is_standard_normal_and_independent(student: Student, rng: Rng) -> None:
    """False alarms: 1.1e-7, see expect_standard_normal, also for the power; the images add 3e-12."""
    schedule, t, x = stand_in_schedule(student, draw_tables(rng, 9)), draw_t(rng, 9, 16), draw(rng, 16, 3, 20, 20)
    first, second = (tensor(pair(student.add_noise(x, t, schedule), TWO)[1], "the noise") for _ in range(2))
    shape = tuple(first.shape)
    expect(shape == x.shape, f"The noise should be shaped like x_0, {tuple(x.shape)}, not {shape}")
    expect(not torch.equal(first, second), "Each call should draw fresh noise, but two calls gave the same")
    expect_standard_normal(first, second, "The noise")
    unrelated(first.double().numpy(), x.double().numpy(), "The noise should have nothing to do with the images")


@points(1)
def test_the_noise_that_comes_back_is_the_noise_in_x_t(student: Student, rng: Rng) -> None:
    """Handing the noise back in gives the same x_t, also where the formula is wrong: that is charged above."""
    tables, t, x = draw_tables(rng, 9), draw_t(rng, 9, 4), draw(rng, 4, 1, 8, 8)
    schedule = stand_in_schedule(student, tables)
    x_t, noise = pair(student.add_noise(x, t, schedule), TWO)
    x_t, noise = tensor(x_t, "x_t"), tensor(noise, "the noise")
    if noise.shape == x.shape and is_close(mixtures(x, t, tables, noise)[""], x_t):
        return
    again, _ = pair(student.add_noise(x, t, schedule, noise), TWO)
    close(x_t, again, "The noise that is returned should be the one that was mixed into x_t")


@points(0.5)
def test_images_and_noise_are_left_as_they_were(student: Student, rng: Rng) -> None:
    x, noise, t = draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)
    schedule, x_there, noise_there = stand_in_schedule(student, draw_tables(rng, 9)), student.put(x), student.put(noise)
    student.hold(student.add_noise, x_there, t, schedule, noise_there)
    student.hold(student.add_noise, x_there, t, schedule)
    close(student.get(x_there), x, "add_noise should not change the x_0 that it was given", atol=0, rtol=0)
    close(student.get(noise_there), noise, "add_noise should not change the noise that it was given", atol=0, rtol=0)


@points(0.5)
def test_fresh_noise_has_the_dtype_of_the_images(student: Student, rng: Rng) -> None:
    x, t, schedule = draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3), stand_in_schedule(student, draw_tables(rng, 9))
    for images in (x, x.double()):
        _, noise = pair(student.add_noise(images, t, schedule), TWO)
        found, dtype = dtype_of(tensor(noise, "the noise")), dtype_of(images)
        expect(found == dtype, f"For {dtype} images the noise should be {dtype}, not {found}")


@points(1)
def test_add_noise_stays_on_the_gpu(student: Student, rng: Rng) -> None:
    """The tables are on the GPU and then, as in the notebook, on the CPU: get_coefficients copes with both."""
    tables, x, noise, t = draw_tables(rng, 9), draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)

    def ask(place: str) -> Iterable[torch.Tensor]:
        for tables_place in (place, "cpu"):
            there = {name: student.put(values, tables_place) for name, values in tables.items()}
            schedule = student.instrument("Schedule", 9, **there)
            for given in ((noise,), ()):
                yield from pair(student.add_noise(x, t, schedule, *given), TWO)

    on_the_gpu(student, ask)
