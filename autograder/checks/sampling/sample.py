"""Hidden checks of sample: from noise to images, along any timesteps.

The model tells what it is asked and what it answers. to_x_0 and ddim_step are the judge's own, so that their mistakes
are charged where they are; a `sample` that does without them is held to the same equations: where the next question
stands must follow from the last question and its answer. The default atol 1e-5 and rtol 1e-4 leave room for float32,
1e-7 over a sigma above 0.28; mistakes are 1 % off and more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch

from autograder.checks.sampling.common import (
    KINDS,
    Still,
    deviations,
    like,
    new_noise,
)
from autograder.checks.sampling.way import Way
from autograder.checks.tensors import (
    Mistakes,
    Rng,
    dtype_of,
    expect_standard_normal,
    is_close,
    on_the_gpu,
)
from autograder.checks.words import close, expect, points, unrelated
from autograder.judge.conversation import Student


def some_timesteps(rng: Rng, T: int, count: int) -> list[int]:
    """A falling list, unevenly spaced."""
    return sorted((int(t) for t in rng.choice(np.arange(1, T), count, replace=False)), reverse=True)


@points(0.25)
def test_the_model_is_asked_once_a_timestep_in_their_order(student: Student, rng: Rng) -> None:
    """With a t for each image, and whole numbers that are the timesteps themselves."""
    for timesteps in ([21, 15, 14, 6, 2], [22, 0], [9]):
        way = Way(student, rng, timesteps)
        way.draw()
        asked = way.asked()
        for call in asked:
            shape, count = tuple(call["t"].shape), way.shape[0]
            expect(shape == (count,), f"For {count} images the model needs t of shape ({count},), not {shape}")
        told = f"With timesteps {timesteps} the model should be asked for these, in this order"
        found = torch.stack([call["t"].double() for call in asked])
        right = torch.tensor(timesteps, dtype=torch.float64)[:, None].expand(-1, way.shape[0])
        n = len(timesteps)
        wrong: Mistakes = {
            "they are turned round": right.flip(0),
            "the places in the list are given, not the timesteps": torch.arange(n)[:, None].expand(-1, way.shape[0]),
            "the places in the list are given, from its end": torch.arange(n).flip(0)[:, None].expand(-1, way.shape[0]),
            "they are scaled to 0 .. 1 by T": right / 23,
            "they are scaled to 0 .. 1 by T - 1": right / 22,
            "each is one too low": right - 1,
            "each is one too high": right + 1,
            "the model is told the timestep listed next": torch.cat([right[1:], 0 * right[:1]]),
            "T - 1 - t is given": 22 - right,
        }
        close(found, right, told, {cause: t for cause, t in wrong.items() if not is_close(t, right)})


@points(0.125)
def test_it_begins_with_standard_normal_noise(student: Student, rng: Rng) -> None:
    """False alarms: 1.1e-7, see expect_standard_normal."""
    way = Way(student, rng, [17], shape=(16, 3, 20, 20))

    def start() -> torch.Tensor:
        way.draw()
        expect(len(way.calls) > 0, "The model is never asked")
        return like(way.calls[0]["x"], torch.empty(way.shape), "What the model is asked about first")

    first, second = start(), start()
    expect(
        not torch.equal(first, second),
        "Each call should begin with fresh noise, but two began with the same: is a seed set?",
    )
    expect_standard_normal(first, second, "The noise that it begins with")


@points(0.25)
def test_each_step_leads_to_the_level_of_the_timestep_listed_next(student: Student, rng: Rng) -> None:
    for timesteps in ([21, 15, 14, 6, 2], [20, 8, 0], some_timesteps(rng, 60, 6)):
        way = Way(student, rng, timesteps, T=60 if timesteps[0] > 22 else 23)
        way.draw()
        for k in range(len(way.asked()) - 1):
            way.expect_step(k)


@points(0.25)
def test_the_last_step_ends_at_the_image(student: Student, rng: Rng) -> None:
    for timesteps, eta in (([18, 9, 3], 0.0), ([20, 0], 0.0), ([11], 0.0), ([18, 9, 3], 1.0)):
        way = Way(student, rng, timesteps, eta=eta)
        way.draw()
        way.expect_step(len(way.asked()) - 1)


@points(0.125)
def test_the_answer_is_taken_by_its_kind(student: Student, rng: Rng) -> None:
    for kind in KINDS:
        way = Way(student, rng, [19, 10, 4], kind=kind)
        way.draw()
        for k in range(len(way.asked())):
            way.expect_step(k)


@points(0.25)
def test_eta_reaches_every_step(student: Student, rng: Rng) -> None:
    """5,760 numbers a step: the standard error of their deviation is 0.9 %, the bar 6 of them: 2e-9 a step."""
    for eta in (1.0, 0.5):
        way = Way(student, rng, [21, 15, 9, 2], shape=(8, 2, 15, 24), eta=eta)
        way.bars = np.linspace(0.95, 0.05, 23)
        way.draw()
        for k in range(len(way.asked()) - 1):
            expect_new_noise(way, k)


def expect_new_noise(way: Way, k: int) -> None:
    """Noise of the right deviation, and as much less of the old."""
    noise, levels = way.noise_of(k), way.step(k)
    near, new = 6 / math.sqrt(2 * noise.numel()), new_noise(*levels, way.eta)
    if abs(float(noise.std()) - 1) > near:
        told = f"With eta {way.eta:g} the step at t = {way.timesteps[k]} should add noise of deviation {new:.3f}"
        none = is_close(way.after(k), way.led_to(k, *levels))
        expect(not none, f"{told}, but it adds none: does eta reach the step?")
        rest = way.after(k).double() - way.led_with(k, 0.0)
        reduced = abs(float(rest.std()) / new - 1) > near
        expect(reduced, f"{told}, and the old noise be less by it: sqrt(sigma_there^2 - new^2) eps")
        for cause, other in deviations(*levels, way.eta).items():
            if 0 < other <= levels[1][1]:
                rest = way.after(k).double() - way.led_with(k, other)
                expect(abs(float(rest.std()) / other - 1) > near, f"{told}. It looks as if {cause}.")
        raise AssertionError(f"{told}, but it adds another, or leads elsewhere")
    told = f"With eta {way.eta:g} what the step at t = {way.timesteps[k]} adds should be noise alone"
    told += ", and the old noise be less by it: sqrt(sigma_there^2 - new^2) eps"
    unrelated(noise.numpy(), way.calls[k]["x"].double().numpy(), told)


@points(0.25)
def test_all_noise_comes_from_the_generator(student: Student, rng: Rng) -> None:
    seed = int(rng.integers(2**31))
    told = "Where a generator is given all noise should come from it, but"
    for eta in (0.0, 1.0):
        way = Way(student, rng, [20, 12, 5], eta=eta)
        given = student.instrument("generator", seed)
        still = Still(student, None)
        first = way.draw(given)
        second = way.draw(given)
        again, other = (way.draw(student.instrument("generator", seed + more)) for more in (0, 1))
        step = " (eta 1: the noise of the steps as well)" if eta else ""
        expect(torch.equal(first, again), f"{told} the same state gives two results{step}: is another one drawn from?")
        expect(not torch.equal(first, other), f"{told} another state gives the same images")
        expect(
            not torch.equal(first, second),
            f"{told} two calls in a row give the same: is its state put back, or copied?",
        )
        expect(not still.moved(), f"{told} torch's global one has moved on as well{step}")


@points(0.125)
def test_the_model_is_in_eval_mode_and_afterwards_as_it_was(student: Student, rng: Rng) -> None:
    for training in (True, False):
        way = Way(student, rng, [19, 7, 2], training=training)
        way.draw()
        expect(len(way.calls) > 0, "The model is never asked")
        modes = [call["training"] for call in way.calls]
        expect(not any(modes), "The model should be in eval mode while it is asked, but it was in train mode")
        was, now = ("train" if mode else "eval" for mode in (training, way.model.training))
        expect(was == now, f"The model came in {was} mode and should be so afterwards, but it is left in {now} mode")


@points(0.125)
def test_a_plain_function_will_do(student: Student, rng: Rng) -> None:
    """What `guided` returns is one: it has no mode."""
    way = Way(student, rng, [19, 7, 2], plain=True)
    way.draw()
    for k in range(len(way.asked())):
        way.expect_step(k)


@points(0.125)
def test_nothing_is_tracked_by_autograd(student: Student, rng: Rng) -> None:
    way = Way(student, rng, [19, 7, 2])
    held = student.hold(student.sample, way.model, torch.from_numpy(way.bars), way.shape, [19, 7, 2])
    tracked = any(call["tracked"] for call in way.calls) or student.make("tracked", held)
    expect(not tracked, "Autograd should track nothing, but the images require a gradient: is torch.no_grad() missing?")


@points(8.875, "whole")
def test_the_images_are_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Every step of a way, for shapes, schedules and timesteps drawn afresh. With eta above 0 what is left of a step
    must have the deviation of noise, within 6 standard errors: 2e-9, twice."""
    for kind, eta, plain in (("eps", 0.0, False), ("v", 0.7, True), ("x0", 1.0, False)):
        T = int(rng.integers(12, 60))
        shape = (int(rng.integers(2, 5)), *(int(n) for n in rng.integers(1, 7, 3)))
        way = Way(student, rng, some_timesteps(rng, T, 5), T, shape, kind, eta, plain, training=not plain)
        way.draw(student.instrument("generator", int(rng.integers(2**31))))
        asked = way.asked()
        noises = []
        for k, t in enumerate(way.timesteps):
            told = f"With timesteps {way.timesteps} the model should be asked for t = {t} in the call of index {k}"
            expect(is_close(asked[k]["t"], torch.full((shape[0],), t)), told)
            if eta and t != way.timesteps[-1]:
                noises.append(way.noise_of(k).flatten())
            else:
                way.expect_step(k)
        if noises:
            found = torch.cat(noises)
            deviation = float(found.square().mean().sqrt())
            told = f"With eta {eta:g} each step should add new noise, but it has {deviation:.3g} of the deviation"
            expect(abs(deviation - 1) < 6 / math.sqrt(2 * len(found)), told)


@points(0.125, "form")
def test_the_images_are_float32(student: Student, rng: Rng) -> None:
    """Asked of the model as well: a network in float32 refuses float64 images."""
    for eta in (0.0, 1.0):
        way = Way(student, rng, [19, 7, 2], eta=eta)
        told = "The images should be float32, though the schedule is float64, but {} is {}"
        found = dtype_of(way.draw())
        expect(found == "float32", told.format("what sample returns", found))
        for call in way.calls:
            found = dtype_of(call["x"])
            expect(found == "float32", told.format("what the model is asked about", found))


@points(0.125, "form")
def test_t_is_of_whole_numbers(student: Student, rng: Rng) -> None:
    way = Way(student, rng, [19, 7, 2])
    way.draw()
    for call in way.calls:
        whole = not call["t"].is_floating_point()
        expect(
            whole, f"t should be a tensor of whole numbers, as an embedding's look-up needs, not {dtype_of(call['t'])}"
        )


@points(0.125, "form")
def test_the_timesteps_stay_as_they_were(student: Student, rng: Rng) -> None:
    way = Way(student, rng, [19, 7, 2])
    there = student.put([19, 7, 2])
    student.hold(student.sample, way.model, torch.from_numpy(way.bars), way.shape, there)
    found = student.get(there)
    expect(found == [19, 7, 2], f"sample should leave the list of timesteps as it was, but [19, 7, 2] became {found}")


@points(4.875, "device")
def test_sampling_stays_on_the_gpu(student: Student, rng: Rng) -> None:
    """Schedule, model and generator lie there; all calls with and without new noise, and without a generator."""

    def ask(place: str) -> Iterator[torch.Tensor]:
        for kind, eta, given in (("eps", 0.0, False), ("v", 1.0, True), ("eps", 0.5, False)):
            way = Way(student, rng, [19, 7, 2], kind=kind, eta=eta, place=place)
            yield way.draw(student.instrument("generator", 3, place) if given else None)
            yield from (call["x"] for call in way.calls)

    on_the_gpu(student, ask)
