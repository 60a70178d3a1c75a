"""Hidden checks of train_epoch: every batch once, and the mean of their losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.checks.tensors import Mistakes, Rng, is_close, on_the_gpu
from autograder.checks.words import close, expect, numbers, points
from autograder.judge.conversation import Student, same_thing


def wrong_means(losses: np.ndarray, batch_size: int, images: int) -> Mistakes:
    total, count, running, halving = losses.sum(), len(losses), 0.0, 0.0
    share = images / batch_size
    whole_batches = {
        "the last, smaller batch is not counted: it is the number of images // the batch size": total
        / max(share // 1, 1),
        "the last, smaller batch counts for a whole one in the sum, but not in the number": total / share,
    }
    whole_batches = whole_batches if share % 1 else {}
    for loss in losses:
        running, halving = (running + loss) / count, (halving + loss) / 2
    wrong = {
        "it is the sum; divide by the number of batches": total,
        "it is the loss of the last batch": losses[-1],
        "it is the loss of the first batch": losses[0],
        **whole_batches,
        "the sum is divided by one batch too few": total / max(count - 1, 1),
        "the sum is divided by one batch too many": total / (count + 1),
        "the sum is divided by the number of images": total / (batch_size * count),
        "the sum is divided by the size of a batch": total / batch_size,
        "the last loss is divided by the number of batches": losses[-1] / count,
        "it is the median": np.median(losses),
        "it is the smallest loss": losses.min(),
        "it is the largest loss": losses.max(),
        "it is the mean of the first and the last loss": (losses[0] + losses[-1]) / 2,
        "the first loss is left out": losses[1:].mean() if count > 1 else 0.0,
        "the last loss is left out": losses[:-1].mean() if count > 1 else 0.0,
        "the first loss is left out, but counted": losses[1:].sum() / count,
        "the last loss is left out, but counted": losses[:-1].sum() / count,
        "the sum so far is divided again at each batch": running,
        "each new loss gets half of the weight": halving,
        "it is the root of the mean square": np.sqrt(np.square(losses).mean()),
        "it is the geometric mean": np.exp(np.log(losses).mean()),
        "the mean was cut to a whole number": np.floor(losses.mean()),
    }
    for keep in (0.9, 0.95, 0.99):
        for start in (losses[0], 0.0):
            average = start
            for loss in losses:
                average = keep * average + (1 - keep) * loss
            wrong[f"it is an exponential moving average ({keep} of the old, from {start:.3g})"] = average
    for digits in range(5):
        wrong[f"the mean was rounded to {digits} digits"] = np.round(losses.mean(), digits)
    return wrong


class Epoch:
    """train_epoch over a loader whose images carry the number of their batch, with a scripted train_step.

    Before it comes another epoch with other losses, whose images and answers must not matter. Where an epoch is long,
    the images alone are noted, and nothing else is `watched`.
    """

    def __init__(
        self, student: Student, rng: Rng, batches: int, last: int = 4, place: str = "cpu", watched: bool = True
    ) -> None:
        spread = np.geomspace(0.2, 2.9, 2 * batches) * rng.uniform(0.95, 1.05, 2 * batches)
        losses = [round(float(loss), 6) for loss in rng.permutation(spread)]
        self.student, self.losses, self.watched = student, losses, watched
        self.calls: list[dict[str, Any]] = []
        self.steps: list[list[float]] = []  # that train_epoch takes itself
        model = student.instrument("Probe", 1.0, 0.5, 0.2, 1.0, [].append).to(place)
        optimizer = student.instrument("LoggingSGD", model, 0.1, 0.0, self.steps.append)
        self.mine = {"model": model, "optimizer": optimizer}
        self.mine |= {"scheduler": student.instrument("Schedule", 7), "device": student.instrument("device", place)}
        student.swap("train_step", self.train_step)
        self.state = [self.state_now()]
        self.images = torch.arange(float(batches)).repeat_interleave(4)[: 4 * batches - 4 + last, None, None, None]
        self.images = self.images + torch.linspace(0, 0.5, 4).reshape(1, 1, 2, 2)
        labels = 100 * (torch.arange(len(self.images)) % 3)
        loader = student.instrument("loader", student.put(self.images, "cpu"), student.put(labels, "cpu"), 4)
        arguments = (model, optimizer, loader, self.mine["scheduler"], self.mine["device"])
        self.before = student.train_epoch(*arguments)
        self.calls_before = len(self.calls)
        student.hold(model.eval)
        self.returned = student.train_epoch(*arguments)
        self.state += [self.state_now()]
        self.calls = self.calls[self.calls_before :]
        self.mode_after = model.training
        expect(self.calls_before > 0, "train_step is never called")
        expect(len(self.calls) > 0, "A second epoch does not call train_step: is the first one's result kept?")
        count = 2 * batches
        self.answered = np.array([losses[(self.calls_before + i) % count] for i in range(len(self.calls))])
        self.answered_before = np.array([losses[i % count] for i in range(self.calls_before)])
        self.sizes = [len(some) for some in self.images.split(4)]

    def state_now(self) -> dict[str, Any]:
        state: dict[str, Any] = self.student.make("training_state", self.mine["model"], self.mine["optimizer"])
        return state

    def train_step(self, model: Any, optimizer: Any, x_0: Any, scheduler: Any, device: Any) -> float:
        """In the place of the notebook's: note what is handed over, and answer the losses in turn."""
        loss = self.losses[len(self.calls) % len(self.losses)]
        self.calls.append({"images": x_0})
        if not self.watched:
            return loss
        handed = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        strange = [name for name, thing in handed.items() if not same_thing(thing, self.mine[name])]
        own = (self.mine[name] for name in ("device", "model", "optimizer"))
        about = self.student.make("about_a_step", model, device, *own)
        strange += [] if about["given_device"] else ["device"]
        self.calls[-1] |= {"strange": strange, "training": about["training"]}
        self.state.append(about["state"])
        return loss

    def mean(self) -> float:
        """What came back."""
        found = numbers(self.returned, "what train_epoch returns")
        expect(found.size == 1, f"train_epoch should return one number, the mean, not {found.size} of them")
        return float(found.reshape(()))

    def right_mean(self) -> float:
        """Of the mean over the batches and the mean over the images, which are both right, the nearer one."""
        means = [float(self.answered.mean())]
        if len(self.answered) == len(self.sizes):
            means.append(float(np.average(self.answered, weights=self.sizes)))
        return min(means, key=lambda mean: abs(mean - self.mean()))

    def meddled(self) -> str:
        """What was done to model or optimizer beside train_step, in a sentence; empty where there is nothing."""
        if self.steps:
            return f"Only train_step should step the optimizer, but train_epoch took {len(self.steps)} steps of its own"
        for name, before in self.state[0].items():
            after = next((state[name] for state in self.state if state[name] != before), before)
            if after != before:
                rates = f": {before[0]:.3g} became {after[0]:.3g}" if name == "learning rate" else ""
                return MEDDLED[name] + rates
        return ""


MEDDLED = {
    "recording": "train_step should run with gradients on: under no_grad or inference_mode it cannot go backward",
    "weights": "Only train_step should change the model's weights, but train_epoch changes them, too",
    "trained": "train_epoch should leave the model alone, but it changes which weights are trained (requires_grad)",
    "learning rate": "train_epoch should leave the optimizer's learning rate alone",
    "settings": "train_epoch should leave the optimizer's settings (weight decay, momentum, ...) alone",
    "memory": "train_epoch should leave the optimizer's state alone, but it clears or changes it",
}


@points(0.125, "form")
def test_the_mean_is_a_python_float(student: Student, rng: Rng) -> None:
    returned = Epoch(student, rng, 4).returned
    expect(returned is not None, "train_epoch returns nothing: is a `return` missing?")
    expect(isinstance(returned, float), f"The mean should be a Python float, not of type {type(returned).__name__}")


@points(0.125)
def test_every_batch_is_used_once_and_in_order(student: Student, rng: Rng) -> None:
    """With few batches and as many as the lab has, 60,000 digits at 128 a batch, and a last one that is smaller."""
    for count, last in ((5, 4), (1, 4), (8, 2), (469, 2)):
        epoch, right = Epoch(student, rng, count, last, watched=count < 100), list(range(count))
        images = [call["images"] for call in epoch.calls]
        alone = all(isinstance(some, torch.Tensor) for some in images)
        expect(alone, "train_step should get the images alone, without the labels")
        expect(all(some.numel() for some in images), "train_step should get all images of a batch, but it got none")
        flat = min(some.dim() for some in images) == 1
        labels = flat and bool(torch.isin(torch.cat(images).double(), torch.tensor([0.0, 100.0, 200.0]).double()).all())
        expect(not labels, "train_step should get the images, but the labels were passed in their place")
        mapped = is_close(images[-1], 2 * epoch.images.split(4)[-1] - 1)
        expect(not mapped, "train_step should get the images as they are, but they were mapped by 2 x - 1 again")
        used = [int(some.flatten()[0].floor()) for some in images]
        cause = f"the batches were {used[:12]}" + (" and more" if len(used) > 12 else "")
        if used == right[:1]:
            cause = "only the first was: does a `return` stand inside the loop?"
        elif used == right[:-1]:
            cause = "the last was left out" if last == 4 else "the last, which is smaller, was left out"
        elif used == right[1:]:
            cause = "the first was left out"
        elif used == right[: len(used)]:
            cause = f"it stopped after {len(used)}"
        elif used == right[::-1]:
            cause = "they came in reverse order"
        elif used == sorted(right * 2):
            cause = "each was used twice"
        elif used == right * 2:
            cause = "the loader was gone through twice"
        elif set(used) == {0}:
            cause = "the first was used again and again"
        elif set(used) == {-1}:
            cause = "other images were used: is it the notebook's own train_loader?"
        expect(used == right, f"Each of {count} batches should go through train_step once, in order, but {cause}")
        for some, whole in zip(images, epoch.images.split(4), strict=True):
            shape = f"train_step should get a batch of shape {tuple(whole.shape)}, but it got {tuple(some.shape)}"
            expect(some.shape == whole.shape, shape)
            close(some, whole, "train_step should get the images as the loader gave them")


@points(0.125)
def test_the_mean_of_the_batch_losses_comes_back(student: Student, rng: Rng) -> None:
    """With a smaller last batch, too, where means over batches and over images differ: both are right, nothing else."""
    for count, last in ((6, 4), (3, 2), (8, 1)):
        epoch = Epoch(student, rng, count, last)
        returned, answered = epoch.mean(), epoch.answered
        wrong = wrong_means(answered, batch_size=4, images=len(epoch.images))
        both = np.concatenate([epoch.answered_before, answered])
        wrong |= {"losses of earlier epochs are counted, too": both.mean()}
        wrong |= {"losses of earlier epochs are added, too": both.sum() / len(answered)}
        by_size = float(answered @ epoch.sizes) / count if len(answered) == count else 0.0
        wrong |= {"losses weighted by the size of their batch are divided by the number of batches": by_size}
        wrong |= {"the first epoch's mean comes back again": epoch.answered_before.mean()}
        if len(answered) <= 8:
            wrong |= left_out(returned, answered)
        if returned > 0 and abs(answered.sum() / returned - round(answered.sum() / returned)) < 1e-4:
            wrong[f"the sum of {count} losses is divided by {answered.sum() / returned:.0f}"] = returned
        sizes = f" (here of {', '.join(map(str, epoch.sizes))} images)" if last < 4 else ""
        rule = f"train_epoch should return the mean of the losses of all batches{sizes}"
        close(returned, epoch.right_mean(), rule, wrong, atol=1e-6, rtol=1e-6)


def left_out(returned: float, losses: np.ndarray) -> Mistakes:
    """The set of losses whose mean came back, if it is not all of them. There are 255, and six digits to tell them."""
    for chosen in range(1, 2 ** len(losses) - 1):
        some = losses[[bool(chosen >> place & 1) for place in range(len(losses))]]
        for mean in (some.mean(), some.sum() / len(losses)):
            if abs(mean - returned) < 2e-7 and len(some) > 1:
                return {"some losses are left out": returned}
    return {}


@points(0.125)
def test_train_step_gets_what_train_epoch_got(student: Student, rng: Rng) -> None:
    expect_what_was_given(Epoch(student, rng, 3))


def expect_what_was_given(epoch: Epoch) -> None:
    for call in epoch.calls:
        strange = ", ".join(call["strange"])
        expect(not strange, f"train_step should get what train_epoch was given, but it got another: {strange}")


@points(0.125)
def test_nothing_else_is_done_to_model_and_optimizer(student: Student, rng: Rng) -> None:
    meddled = Epoch(student, rng, 3).meddled()
    expect(not meddled, meddled)


@points(3.375, "whole")
def test_an_epoch_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Every batch as it came, once and in order, with what was given; the mean; and nothing else."""
    for count, last in ((5, 4), (4, 3), (7, 1)):
        epoch = Epoch(student, rng, count, last)
        given, used = epoch.images.split(4), [call["images"] for call in epoch.calls]
        images = all(isinstance(some, torch.Tensor) for some in used)
        same = images and len(used) == count and all(map(is_close, used, given))
        expect(same, f"Each of {count} batches should go through train_step once, as it came and in order")
        expect_what_was_given(epoch)
        meddled = epoch.meddled()
        expect(not meddled, meddled)
        rule = "train_epoch should return the mean of this epoch's batch losses"
        close(epoch.mean(), epoch.right_mean(), rule, atol=1e-6, rtol=1e-6)


@points(0.125, "form")
def test_an_epoch_runs_in_train_mode(student: Student, rng: Rng) -> None:
    epoch = Epoch(student, rng, 130)  # many, since some look at the model once in a while
    during = all(call["training"] for call in epoch.calls)
    expect(during, "The model should be in train mode, but it was in eval mode")
    expect(epoch.mode_after, "The model should stay in train mode, but train_epoch leaves it in eval mode")


@points(1.875, "device")
def test_on_a_gpu_train_step_gets_the_device(student: Student, rng: Rng) -> None:
    def ask(place: str) -> list[torch.Tensor]:
        for call in Epoch(student, rng, 3, place=place).calls:
            told = f"train_step should get the device that train_epoch was given, {place}, but it got another"
            expect("device" not in call["strange"], told)
        return []

    on_the_gpu(student, ask)
