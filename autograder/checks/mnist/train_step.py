"""Hidden checks of train_step: loss, gradient and step.

The model is a probe of three numbers, the optimizer plain SGD, add_noise a stand-in. From what they saw, loss,
gradient and step are known exactly, however train_step draws. rtol 1e-3 leaves room for float32 sums over
thousands of numbers (1e-6) and for noise recovered from an x_t that was mixed inline (1e-5).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from autograder.checks.mnist.common import TABLES, timesteps, wide_tables
from autograder.checks.mnist.ordinary import expect_a_step_of_an_ordinary_network
from autograder.checks.tensors import (
    Mistakes,
    Rng,
    draw,
    expect_nothing_shared,
    expect_standard_normal,
    expect_together,
    is_close,
    on_the_gpu,
    sizes_explained,
    usual_mistakes,
)
from autograder.checks.words import close, drawn_anew, expect, numbers, points, unrelated
from autograder.judge.conversation import Handle, Student, same_thing

# The loss of (guess, noise, x_0, x_t) by cause.
Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
LOSSES: dict[str, Loss] = {
    "": lambda guess, noise, x_0, x_t: (guess - noise).square().mean(),
    "the squares are summed; take their mean": lambda guess, noise, x_0, x_t: (guess - noise).square().sum(),
    "the squares of each image are summed": lambda guess, noise, x_0, x_t: (guess - noise).square().sum() / len(x_0),
    "the sum is divided by the pixels of one image only": lambda guess, noise, x_0, x_t: (
        (guess - noise).square().sum() / x_0[0].numel()
    ),
    "the guess is compared with the clean images": lambda guess, noise, x_0, x_t: (guess - x_0).square().mean(),
    "the guess is compared with x_t": lambda guess, noise, x_0, x_t: (guess - x_t).square().mean(),
    "the guess is compared with x_t - x_0": lambda guess, noise, x_0, x_t: (guess - x_t + x_0).square().mean(),
    "the guess is compared with zeros": lambda guess, noise, x_0, x_t: guess.square().mean(),
    "absolute differences are taken, not squares": lambda guess, noise, x_0, x_t: (guess - noise).abs().mean(),
    "the square root of the mean is taken": lambda guess, noise, x_0, x_t: (guess - noise).square().mean().sqrt(),
    "the mean difference is squared, not each one": lambda guess, noise, x_0, x_t: (guess - noise).mean().square(),
    "the differences are not squared": lambda guess, noise, x_0, x_t: (guess - noise).mean(),
    "the loss is halved": lambda guess, noise, x_0, x_t: (guess - noise).square().mean() / 2,
    "the guess is added to the noise": lambda guess, noise, x_0, x_t: (guess + noise).square().mean(),
    "the Huber loss (smooth L1) is taken": lambda guess, noise, x_0, x_t: F.smooth_l1_loss(guess, noise),
    "only the first image counts": lambda guess, noise, x_0, x_t: (guess - noise)[:1].square().mean(),
    "only the first half of the batch counts": lambda guess, noise, x_0, x_t: (
        (guess - noise)[: len(x_0) // 2].square().mean()
    ),
    "only the first channel counts": lambda guess, noise, x_0, x_t: (guess - noise)[:, :1].square().mean(),
}


def joined(calls: list[dict[str, Any]], count: int, name: str) -> dict[str, Any]:
    """The first call, or as many of them as make up the batch where it was split; `name` has a row for each image."""
    for number, together in enumerate(accumulate(len(call[name]) for call in calls), 1):
        if together == count and number > 1:
            parts = calls[:number]
            tensors = [key for key, value in parts[0].items() if isinstance(value, torch.Tensor)]
            return parts[0] | {key: torch.cat([torch.atleast_1d(part[key]) for part in parts]) for key in tensors}
    return calls[0]


class Bench:
    """One train_step after another on a probe, with stand-ins around it, and what they saw."""

    def __init__(
        self,
        student: Student,
        rng: Rng,
        shape: tuple[int, ...],
        T: int = 7,
        start: tuple[float, float, float] = (1.0, 0.5, 0.2),
        scale: float = 1.0,
        lr: float = 0.01,
        stale: float = 0.0,
        place: str = "cpu",
    ) -> None:
        self.student, self.scale, self.lr = student, scale, lr
        self.images, self.tables = 0.5 * draw(rng, *shape) + 0.3, wide_tables(rng, T)
        self.device = student.instrument("device", place)
        self.calls: list[dict[str, Any]] = []  # of the model
        self.steps: list[list[float]] = []  # of the optimizer: its gradients
        self.mixed: list[dict[str, Any]] = []  # by add_noise
        self.model = student.instrument("Probe", *start, scale, self.calls.append).to(place)
        self.optimizer = student.instrument("LoggingSGD", self.model, lr, stale, self.steps.append)
        # The tables stay on the CPU, as the notebook's do.
        there = {name: student.put(values, "cpu") for name, values in self.tables.items()}
        self.schedule = student.instrument("Schedule", T, **there)
        self.noises = [draw(rng, *shape) for _ in range(3)]
        self.noising = student.instrument("Noising", self.next_noise, self.mix)
        self.calls_before = self.mixed_before = 0
        self.last: dict[str, Any] = {}  # what the model saw in the last step, once somebody asks

    def next_noise(self, count: int) -> torch.Tensor:
        """What add_noise draws for so many images."""
        return self.noises[len(self.mixed) % len(self.noises)][:count]

    def mix(self, call: dict[str, Any]) -> None:
        """Note what add_noise was handed."""
        expect_together(self.images, call["x_0"], call["noise"])
        call["x_t"] = 0.25 * call["x_0"] - 1.5 * call["noise"]
        call["schedule"] = same_thing(call["scheduler"], self.schedule)
        self.mixed.append(call)

    def step(self, images: Handle | None = None) -> Any:
        self.student.swap("add_noise", self.noising)
        self.calls_before, self.mixed_before, self.last = len(self.calls), len(self.mixed), {}
        given = self.images if images is None else images
        with sizes_explained(tuple(self.images.shape)):
            return self.student.train_step(self.model, self.optimizer, given, self.schedule, self.device)

    def seen(self) -> dict[str, Any]:
        self.last = self.last or self.look()
        return self.last

    def look(self) -> dict[str, Any]:
        """What the model saw in the last step, and the noise in it: told by add_noise, or found with the tables where
        it was mixed inline. `mixing` is the call of add_noise, if any; `fed` says whether the model got its x_t.
        """
        calls, count = self.calls[self.calls_before :], len(self.images)
        expect(len(calls) > 0, "The model is never called")
        seen, mixing = joined(calls, count, "x"), self.mixed[self.mixed_before :]
        for call in (*mixing[::-1], joined(mixing, count, "x_t")) if mixing else ():
            if is_close(call["x_t"], seen["x"]):
                return seen | {"noise": call["noise"], "mixing": call, "fed": True}
        if mixing:
            return seen | {"noise": mixing[-1]["noise"], "mixing": mixing[-1], "fed": False}
        x, t = seen["x"], timesteps(seen["t"], count, len(self.tables["betas"]))
        shape = tuple(self.images.shape)
        expect(x.shape == shape, f"The model should see images of shape {shape}, not {tuple(x.shape)}")
        a, b = (self.tables[name][t][:, None, None, None] for name in TABLES[3:])
        return seen | {"noise": (x - a * self.images) / b, "mixing": None, "fed": False}

    def guess(self, numbers: list[torch.Tensor]) -> torch.Tensor:
        """What the probe answers with these numbers to what it saw."""
        seen, (gain, slope, shift) = self.seen(), numbers
        t: torch.Tensor = seen["t"].double().reshape(-1, 1, 1, 1)
        x: torch.Tensor = seen["x"].double()
        expect_together(self.images, t, x, seen["noise"], self.images)
        return self.scale * (gain * x + slope * t / 8 + shift)

    def outcomes(self) -> dict[str, tuple[float, np.ndarray]]:
        """Loss and gradient of the last call by cause: the right ones under the empty name."""
        seen, outcomes = self.seen(), {}
        for cause, loss in LOSSES.items():
            parameters = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in seen["numbers"]]
            guess = self.guess(parameters)
            value = loss(guess, seen["noise"].double(), self.images.double(), seen["x"].double())
            gradient = torch.autograd.grad(value, parameters, allow_unused=True)
            outcomes[cause] = value.item(), np.array([0.0 if g is None else g.item() for g in gradient])
        return outcomes

    def wrong_losses(self, value: float) -> Mistakes:
        """The loss by cause, also for mistakes that depend on what came back."""
        outcomes, seen = self.outcomes(), self.seen()
        right, gradient = outcomes.pop("")
        wrong: Mistakes = {cause: loss for cause, (loss, _) in outcomes.items()}
        after, noise = self.guess([torch.tensor(n) for n in self.model.numbers()]), seen["noise"].double()
        wrong["the loss after the step comes back, not the one before it"] = (after - noise).square().mean().item()
        wrong["the gradient's norm comes back, not the loss"] = np.linalg.norm(gradient)
        wrong |= {f"it was rounded to {digits} digits": round(right, digits) for digits in range(5)}
        wrong["the loss itself is cut off (clamped) at 1"] = min(right, 1.0)
        guess = self.guess([torch.tensor(n) for n in seen["numbers"]])
        each, bars = (guess - noise).square().flatten(1).mean(1), self.tables["alphas_cumprod"].double()
        for name, weight in weights(bars[timesteps(seen["t"], len(self.images), len(bars))]).items():
            wrong[f"the loss of each image is weighted by {name}"] = (weight * each).mean().item()
            wrong[f"the mean over the images is weighted by {name}"] = (weight @ each / weight.sum()).item()
        square = guess.square()
        error = math.sqrt((2 + 4 * square.mean().item()) / square.numel())
        if abs(value - square.mean().item() - 1) < 4 * error:  # what noise that is not in x_t leads to
            wrong["the guess is compared with another noise than the one in x_t"] = value
        shares = [value / right, right / value, 64 * value / right] if value > 0 and right > 0 else []
        if any(round(share) and abs(share / round(share) - 1) < 1e-4 for share in shares):
            wrong[f"it is {value / right:.4g} times the mean: the sum is divided by another number"] = value
        return wrong

    def gradient(self, returned: Any) -> np.ndarray | None:
        """The gradient of the loss that came back, so that a wrong loss is charged where losses are.

        None where that loss is unknown; where none came back at all, the gradient of the right one.
        """
        outcomes = self.outcomes()
        try:
            value = numbers(returned, "the loss").reshape(())
        except (AssertionError, ValueError):
            return outcomes[""][1]
        return next((gradient for loss, gradient in outcomes.values() if np.isclose(value, loss, rtol=1e-3)), None)

    def moved(self) -> np.ndarray:
        """How far each number went in the last call, in learning rates."""
        way: np.ndarray = np.array(self.seen()["numbers"]) - np.array(self.model.numbers())
        return way / self.lr

    def last_step(self) -> np.ndarray:
        moved = not is_close(self.model.numbers(), self.seen()["numbers"], atol=1e-7)
        told = ": the parameters move without it. Is there another one?" if moved else ""
        expect(len(self.steps) > 0, "The optimizer that was given never takes a step" + told)
        return np.array(self.steps[-1])


def weights(bar: torch.Tensor) -> dict[str, torch.Tensor]:
    """Weights by timestep that other recipes give to each image, from its alpha_bar."""
    snr = bar / (1 - bar)
    least = {f"min(SNR, {bound}) / SNR": snr.clamp(max=bound) / snr for bound in (1, 5)}
    return {**least, "min(SNR, 5)": snr.clamp(max=5), "SNR": snr, "1 - alpha_bar": 1 - bar, "alpha_bar": bar}


@points(0.25)
def test_the_loss_is_the_mean_squared_error_to_the_noise(student: Student, rng: Rng) -> None:
    """Five probes: a rough guess, good ones and a lazy one, so that a loss rounded to four digits is seldom luck.

    rtol 1e-4: float32 sums over 12,288 numbers differ by 1e-6, noise recovered from an inline x_t by 1e-5. The learning
    rate of 1 moves the probe so far that the loss after the step is another one.
    """
    for start in ((1.0, 0.5, 0.2), (-0.6, 0.0, 0.05), (-0.62, 0.0, 0.03), (-0.58, 0.0, 0.07), (0.1, 0.05, -0.2)):
        bench = Bench(student, rng, (32, 2, 8, 24), start=start, lr=1.0)
        returned = numbers(bench.step(), "what train_step returns")
        expect(returned.size == 1, f"train_step should return one number, the loss, not {returned.size} of them")
        right = bench.outcomes()[""][0]
        wrong = bench.wrong_losses(float(returned.reshape(())))
        rule = "The loss should be the mean of (guess - noise) squared, over all elements, with the noise in x_t"
        close(returned.reshape(()), right, rule, wrong)


@points(0.125, "form")
def test_the_loss_comes_back_as_a_python_float(student: Student, rng: Rng) -> None:
    returned = Bench(student, rng, (6, 1, 4, 8)).step()
    expect(returned is not None, "train_step returns nothing: is a `return` missing?")
    kept = " A tensor may keep its whole graph alive." if isinstance(returned, torch.Tensor) else ""
    kind = type(returned).__name__
    expect(isinstance(returned, float), f"The loss should be a Python float, not of type {kind}.{kept}")


@points(0.125, "form")
def test_a_batch_of_one_image_is_trained_on(student: Student, rng: Rng) -> None:
    bench = Bench(student, rng, (1, 1, 4, 4))
    bench.step()
    shape = tuple(bench.seen()["t"].shape)
    expect(shape == (1,), f"One image needs one timestep, shape (1,), not {shape}")


@points(0.125, "form")
def test_the_model_is_in_train_mode(student: Student, rng: Rng) -> None:
    bench = Bench(student, rng, (6, 1, 4, 8))
    bench.step()
    expect(bench.seen()["training"], "The model should be in train mode when it is called, but it was in eval mode")


@points(0.125)
def test_each_image_gets_a_timestep_of_its_own(student: Student, rng: Rng) -> None:
    """64 draws from 1000: that fewer than 32 differ has a probability below 1e-30."""
    bench = Bench(student, rng, (64, 1, 2, 2), T=1000)
    bench.step()
    t = bench.seen()["t"]
    expect(t.shape == (64,), f"64 images need 64 timesteps, shape (64,), not {tuple(t.shape)}")
    different = len(t.unique())
    expect(different > 1, "All images of the batch got the same timestep; each should get its own")
    expect(different >= 32, f"64 images got only {different} different timesteps of 1000; each should get its own")


@points(0.25)
def test_timesteps_are_uniform_from_zero_to_the_last_and_fresh(student: Student, rng: Rng) -> None:
    """How often each of 7 values occurs in n = 7,200 draws: the standard error of a share of 1/7 is 0.0041, the bar of
    0.036 is 8.7 of them (Bernstein's bound: 2e-14, for all seven 2e-13). Pairs t and T - 1 - t, which are right too,
    double the variance: 0.0058, 6.2 standard errors, Bernstein 3e-8. A timestep that never comes is off by 0.143, 35
    standard errors; ends with half their share (rounding in the place of cutting) by 0.06, 15 and so 6 beyond the bar.
    Two equal batches of 600: 7^-600. Place and timestep: see `unrelated`; pairs t and T - 1 - t make the standard error
    1.22 times as large, so that its bar is 5.7 of them: 1e-8.
    """
    bench = Bench(student, rng, (600, 1, 1, 2))
    batches = []
    for _ in range(12):
        bench.step()
        batches.append(timesteps(bench.seen()["t"], 600, 7))
    fresh = not torch.equal(batches[0], batches[1])
    expect(fresh, "Two calls drew the same timesteps; they should be fresh at each call")
    rising = "A timestep should have nothing to do with an image's place in the batch: are they sorted, or counted up?"
    unrelated(torch.cat(batches).double().numpy(), np.tile(np.arange(600.0), 12), rising)
    share = torch.bincount(torch.cat(batches), minlength=7).double() / 7200
    never = [str(t) for t, part in enumerate(share.tolist()) if part == 0]
    expect(not never, f"With 7 timesteps and 7,200 draws {', '.join(never)} never came; all of 0 .. 6 should")
    worst = int((share - 1 / 7).abs().argmax())
    told = f"t = {worst} came in {share[worst]:.1%} of the draws, not in about 14.3%"
    if float(share[[0, 6]].max()) < 0.107 < float(share[1:6].min()):
        told += ". Both ends come about half as often: were the timesteps rounded, where they should be cut?"
    expect(abs(share[worst].item() - 1 / 7) <= 0.036, f"All timesteps should be equally likely, but {told}")
    expect_quarters(student, rng)


def expect_quarters(student: Student, rng: Rng) -> None:
    """The notebook's T. A quarter's share of 600 draws has a standard error of 0.018: the bar is 7 of them."""
    bench = Bench(student, rng, (600, 1, 1, 2), T=1000)
    bench.step()
    shares = torch.bincount(timesteps(bench.seen()["t"], 600, 1000).long() // 250, minlength=4).double() / 600
    worst = int((shares - 0.25).abs().argmax())
    told = f"{250 * worst} .. {250 * worst + 249} came in {shares[worst]:.0%} of the draws, not in about 25%"
    even = f"With 1000 timesteps all should be equally likely, but {told}"
    expect(abs(float(shares[worst]) - 0.25) < 0.125, even)


@points(0.25)
def test_the_model_sees_the_noisy_images_and_their_timesteps(student: Student, rng: Rng) -> None:
    """Mixed inline, only a right x_t leaves noise of deviation 1 when the images are taken out; that 384 normal
    numbers have a deviation outside 1 +- 0.25 has a probability below 1e-9.
    """
    bench = Bench(student, rng, (6, 1, 8, 8))
    bench.step()
    seen = bench.seen()
    x, mixing = seen["x"], seen["mixing"]
    expect(not is_close(x, bench.images), "The model is fed the clean images; it should see x_t")
    if mixing is None:
        rule = "Taking the images out of x_t, by the schedule's tables, should leave noise of deviation 1"
        return close(seen["noise"].std().item(), 1.0, rule, atol=0.25)
    feeds = {"the bare noise": mixing["noise"], "the images that were scaled, without noise": 0.25 * bench.images}
    told = next((words for words, other in feeds.items() if is_close(x, other)), "something else")
    expect(seen["fed"], f"The model should be fed the x_t that add_noise returned, but it is fed {told}")
    expect(mixing["schedule"], "add_noise should get the scheduler that train_step was given, not another one")
    wrong = {
        "they were mapped by 2 x - 1 again": 2 * bench.images - 1,
        "they were mapped by (x + 1) / 2": (bench.images + 1) / 2,
    }
    wrong |= usual_mistakes(mixing["x_0"], bench.images)
    close(mixing["x_0"], bench.images, "add_noise should get the images of the batch", wrong)
    t = mixing["t"].double()
    wrong = {"they are one higher": t + 1, "they are one lower": t - 1, "they are scaled to 0 .. 1": t / 7}
    wrong |= {"they are scaled to 0 .. 1 ": t / 6, "others were drawn for it": seen["t"]}
    return close(seen["t"], t, "The model should get the timesteps that add_noise got", wrong)


@points(0.125, "form")
def test_the_images_stay_as_they_were(student: Student, rng: Rng) -> None:
    bench = Bench(student, rng, (6, 1, 8, 8))
    images_there = student.put(bench.images)
    bench.step(images_there)
    same = is_close(student.get(images_there), bench.images)
    expect(same, "train_step should not change the images that it was given: mix into a new tensor")


@points(0.25)
def test_the_noise_is_standard_normal_independent_and_fresh(student: Student, rng: Rng) -> None:
    """False alarms: 1.1e-7, see expect_standard_normal and expect_nothing_shared, also for the power. Noise that
    add_noise drew is its own affair, charged there.
    """
    noises, images = [], []
    for shape, calls in (((32, 8, 32, 32), 2), ((16, 3, 20, 20), 8)):
        bench = Bench(student, rng, shape)
        for _ in range(calls):
            bench.step()
            seen = bench.seen()
            if seen["mixing"] is not None and not seen["mixing"]["own"]:
                return
            noises.append(seen["noise"])
            images.append(bench.images)
            found = tuple(seen["noise"].shape)
            expect(found == shape, f"The noise should be shaped like the images, {shape}, but its shape is {found}")
    large, *small = noises[1:]
    expect(not torch.equal(small[0], small[1]), "Two calls drew the same noise; it should be fresh at each call")
    expect_standard_normal(small[0], small[1], "The noise")
    drawn_anew(small, "The noise")
    for noise, some in zip(noises, images, strict=True):
        unrelated(noise.double().numpy(), some.numpy(), "The noise should have nothing to do with the images")
    expect_nothing_shared(large, "The noise")


@points(0.25)
def test_old_gradients_do_not_count(student: Student, rng: Rng) -> None:
    """Two steps with a faint probe (scale 0.05), whose gradient is far below the clipping bar."""
    bench = Bench(student, rng, (16, 1, 8, 8), scale=0.05, stale=0.2)
    old = np.full(3, 0.2)
    for _ in range(2):
        student.make("reseed", 5)
        gradient = bench.gradient(bench.step())
        stepped = bench.last_step()
        if gradient is None:  # an unknown loss: then it should at least not matter what was stored before
            gradient = gradient_without_a_past(student, bench)
        norm = np.linalg.norm(gradient)
        rule = "At the optimizer's step the gradients should be those of this batch alone"
        if norm > 0.9:  # a sum in the place of the mean, say: clipping may come in, so only directions count
            close(stepped / np.linalg.norm(stepped), gradient / norm, rule, atol=1e-3, rtol=1e-3)
            continue
        wrong = {
            "gradients that were stored before the call were added": gradient + old,
            "the step was taken with the old gradients": old,
            "there are none: is there a backward before the step, and nothing that clears them in between": np.zeros(3),
            "a gradient below norm 1 was stretched to norm 1": gradient / norm,
        }
        left = (stepped - gradient) / old
        if is_close(left, np.round(left), atol=1e-2) and set(np.round(left)) == {0.0, 1.0}:
            wrong["old gradients of some of the parameters were added"] = stepped
        wrong[f"{left.mean():.2g} times the old gradients were added"] = gradient + left.mean() * old
        factor = stepped @ gradient / norm**2
        wrong[f"they are {factor:.3g} times those of the loss that came back"] = factor * gradient
        close(stepped, gradient, rule, wrong, atol=1e-4, rtol=1e-3)
        old = stepped


def gradient_without_a_past(student: Student, bench: Bench) -> np.ndarray:
    """The gradient at the step of an equal probe that has never stored one, with the same draws."""
    before = bench.seen()["numbers"]
    steps: list[list[float]] = []
    model = student.instrument("Probe", *before, bench.scale, [].append)
    optimizer = student.instrument("LoggingSGD", model, 0.01, 0.0, steps.append)
    bench.mixed.pop()  # so that the same noise comes again
    student.make("reseed", 5)
    student.train_step(model, optimizer, bench.images, bench.schedule, bench.device)
    return np.array(steps[-1])


@points(0.25)
def test_a_large_gradient_is_clipped_to_norm_one_before_the_step(student: Student, rng: Rng) -> None:
    """A loud probe (scale 20). Where the loss is an unknown one, the norm alone is judged."""
    bench = Bench(student, rng, (16, 1, 8, 8), scale=20.0, lr=1e-4)
    gradient, stepped = bench.gradient(bench.step()), bench.last_step()
    length = np.linalg.norm(stepped)
    if gradient is None:
        return close(length, 1.0, "A large gradient should be scaled down to norm 1 before the step", atol=1e-3)
    wrong = {
        "the gradient is not clipped, or not between backward and step": gradient,
        "the numbers are clipped one by one, not the norm of all together": np.clip(gradient, -1, 1),
        "the largest entry is clipped, not the norm": gradient / np.abs(gradient).max(),
        "the sum of absolute values is clipped, not the norm": gradient / np.abs(gradient).sum(),
    }
    if not length:
        wrong["there is no gradient at all"] = stepped
    norm = np.linalg.norm(gradient)
    first = np.arange(3) < 1  # the optimizer's first group; the second one holds the other two numbers
    for words, some in (("first", first), ("second", ~first)):
        clipped = np.where(some, gradient / np.linalg.norm(gradient[some]), gradient)
        wrong[f"only the optimizer's {words} parameter group is clipped"] = clipped
    wrong["the gradient is divided by the square of its norm"] = gradient / norm**2
    wrong[f"it is brought to norm {length:.3g}, not to 1"] = length * gradient / norm
    rule = f"A gradient of norm {norm:.0f} should be scaled down to norm 1 before the step, where it has {length:.3g}"
    return close(stepped, gradient / norm, rule, wrong, atol=1e-3, rtol=1e-3)


@points(0.125)
def test_the_optimizer_takes_exactly_one_step(student: Student, rng: Rng) -> None:
    bench = Bench(student, rng, (6, 1, 4, 8), lr=0.1)
    bench.step()
    steps = len(bench.steps)
    expect(steps == 1, f"One call should take one optimizer step, not {steps}")
    moved, stepped = bench.moved(), bench.last_step()
    expect(bool(stepped.any()), "The optimizer's step finds no gradient: does backward come before it?")
    factor = moved @ stepped / (stepped @ stepped)
    wrong = {f"the learning rate is {0.1 * factor:.3g}, where the optimizer came with 0.1": factor * stepped}
    end = np.array(bench.model.numbers())
    share = (moved - stepped) @ end / (end @ end)
    wrong[f"they are multiplied by {1 / (1 + 0.1 * share):.4g} besides"] = stepped + share * end
    rule = "The parameters should move by one step of the optimizer, and no further"
    close(moved, stepped, rule, wrong, atol=1e-4, rtol=1e-3)


@points(8.875, "whole")
def test_one_call_after_another_is_right_from_the_draws_to_the_step(student: Student, rng: Rng) -> None:
    """Loss, gradient, clipping and step of nine calls, exact, with old gradients there from the start: a gradient far
    below the bar, one about as long, and a huge one. Of 32 timesteps some are 0, where alpha_bar is 0.995, so that
    weights by t show.
    """
    for scale in (0.05, 0.5, 20.0):
        bench = Bench(student, rng, (32, 2, 4, 4), T=5, start=(0.3, 0.1, -0.2), scale=scale, lr=0.1, stale=0.2)
        for call in ("first", "second", "third"):
            returned = numbers(bench.step(), "what train_step returns")
            loss, gradient = bench.outcomes()[""]
            told = f"In the {call} call the mean squared error to the noise, {loss:.7g}, should come back, "
            expect(returned.size == 1, told + f"not {returned.size} numbers")
            value = float(returned.reshape(()))
            expect(math.isclose(value, loss, rel_tol=1e-5), told + f"not {value:.7g}")
            norm = np.linalg.norm(gradient)
            rule = (
                f"In the {call} call, with a gradient of norm {norm:.3g}, the weights should move by the learning rate "
            )
            rule += "times the gradient, which is scaled down to norm 1 where it is longer"
            close(bench.moved(), gradient / max(1, norm), rule, atol=1e-4, rtol=1e-3)
    expect_a_step_of_an_ordinary_network(Bench(student, rng, (16, 2, 6, 6), T=5, lr=0.1), rng)


@points(4.875, "device")
def test_everything_happens_on_the_gpu(student: Student, rng: Rng) -> None:
    """With the images there, and with images that a loader left on the CPU."""

    def ask(place: str) -> list[torch.Tensor]:
        bench = Bench(student, rng, (4, 1, 4, 4), place=place)
        for images in (None, student.put(bench.images, "cpu")):
            bench.step(images)
        return [call["x"] for call in bench.calls]

    on_the_gpu(student, ask)
