"""Hidden checks of train_epoch: every batch once, and the mean of their losses."""

from __future__ import annotations

import numpy as np
import torch

from autograder.checks.mnist.common import Mistakes, Rng, is_close, on_the_gpu
from autograder.checks.words import close, expect, numbers, points
from autograder.judge.conversation import Student


def wrong_means(losses: np.ndarray, batch_size: int) -> Mistakes:
    total, count, running, halving = losses.sum(), len(losses), 0.0, 0.0
    for loss in losses:
        running, halving = (running + loss) / count, (halving + loss) / 2
    wrong = {
        "it is the sum; divide by the number of batches": total,
        "it is the loss of the last batch": losses[-1],
        "it is the loss of the first batch": losses[0],
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

    Before it comes another epoch with other losses, whose images and answers must not matter.
    """

    def __init__(self, student: Student, rng: Rng, batches: int, last: int = 4, place: str = "cpu") -> None:
        spread = np.geomspace(0.2, 2.9, 2 * batches) * rng.uniform(0.95, 1.05, 2 * batches)
        losses = [round(float(loss), 6) for loss in rng.permutation(spread)]
        model = student.instrument("Probe", 1.0, 0.5, 0.2, 1.0).to(place)
        mine = {"model": model, "optimizer": student.instrument("LoggingSGD", model, 0.1, 0.0)}
        mine |= {"scheduler": student.instrument("Schedule", 7), "device": student.instrument("device", place)}
        step = student.instrument("ScriptedStep", losses, **mine)
        student.swap("train_step", step)
        self.images = torch.arange(float(batches)).repeat_interleave(4)[: 4 * batches - 4 + last, None, None, None]
        self.images = self.images + torch.linspace(0, 0.5, 4).reshape(1, 1, 2, 2)
        labels = 100 * (torch.arange(len(self.images)) % 3)
        loader = student.instrument("loader", student.put(self.images, "cpu"), student.put(labels, "cpu"), 4)
        arguments = (model, mine["optimizer"], loader, mine["scheduler"], mine["device"])
        self.before = student.train_epoch(*arguments)
        self.calls_before = len(step.calls)
        student.hold(model.eval)
        self.returned = student.train_epoch(*arguments)
        self.calls, self.steps = step.calls[self.calls_before :], mine["optimizer"].steps
        expect(self.calls_before > 0, "train_step is never called")
        expect(len(self.calls) > 0, "A second epoch does not call train_step: is the first one's result kept?")
        count = 2 * batches
        self.answered = np.array([losses[(self.calls_before + i) % count] for i in range(len(self.calls))])
        self.answered_before = np.array([losses[i % count] for i in range(self.calls_before)])


@points(1)
def test_the_mean_is_a_python_float(student: Student, rng: Rng) -> None:
    returned = Epoch(student, rng, 4).returned
    expect(returned is not None, "train_epoch returns nothing: is a `return` missing?")
    expect(isinstance(returned, float), f"The mean should be a Python float, not of type {type(returned).__name__}")


@points(2)
def test_every_batch_is_used_once_and_in_order(student: Student, rng: Rng) -> None:
    """With few batches and many, and a last one that is smaller."""
    for count, last in ((5, 4), (1, 4), (8, 2), (130, 4)):
        epoch, right = Epoch(student, rng, count, last), list(range(count))
        images = [call["images"] for call in epoch.calls]
        alone = all(isinstance(some, torch.Tensor) for some in images)
        expect(alone, "train_step should get the images alone, without the labels")
        expect(all(some.numel() for some in images), "train_step should get all images of a batch, but it got none")
        labels = min(some.dim() for some in images) == 1 and set(torch.cat(images).tolist()) <= {0, 100, 200}
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


@points(2)
def test_the_mean_of_the_batch_losses_comes_back(student: Student, rng: Rng) -> None:
    for count in (6, 3, 8):
        epoch = Epoch(student, rng, count)
        found = numbers(epoch.returned, "what train_epoch returns")
        expect(found.size == 1, f"train_epoch should return one number, the mean, not {found.size} of them")
        returned, answered = float(found.reshape(())), epoch.answered
        wrong = wrong_means(answered, batch_size=4)
        both = np.concatenate([epoch.answered_before, answered])
        wrong |= {"losses of earlier epochs are counted, too": both.mean()}
        wrong |= {"losses of earlier epochs are added, too": both.sum() / len(answered)}
        wrong |= {"the first epoch's mean comes back again": epoch.answered_before.mean()}
        if len(answered) <= 8:
            wrong |= left_out(returned, answered)
        if returned > 0 and abs(answered.sum() / returned - round(answered.sum() / returned)) < 1e-4:
            wrong[f"the sum of {count} losses is divided by {answered.sum() / returned:.0f}"] = returned
        rule = "train_epoch should return the mean of the batch losses"
        close(returned, answered.mean(), rule, wrong, atol=1e-6, rtol=1e-6)


def left_out(returned: float, losses: np.ndarray) -> Mistakes:
    """The set of losses whose mean came back, if it is not all of them. There are 255, and six digits to tell them."""
    for chosen in range(1, 2 ** len(losses) - 1):
        some = losses[[bool(chosen >> place & 1) for place in range(len(losses))]]
        for mean in (some.mean(), some.sum() / len(losses)):
            if abs(mean - returned) < 2e-7 and len(some) > 1:
                return {"some losses are left out": returned}
    return {}


@points(0.5)
def test_train_step_gets_what_train_epoch_got(student: Student, rng: Rng) -> None:
    epoch = Epoch(student, rng, 3)
    for call in epoch.calls:
        strange = ", ".join(call["strange"])
        expect(not strange, f"train_step should get what train_epoch was given, but it got another: {strange}")
    steps = len(epoch.steps)
    expect(steps == 0, f"Only train_step should step the optimizer, but train_epoch took {steps} steps of its own")

    def ask(place: str) -> list[torch.Tensor]:
        for call in Epoch(student, rng, 3, place=place).calls:
            told = f"train_step should get the device that train_epoch was given, {place}, but it got another"
            expect("device" not in call["strange"], told)
        return []

    on_the_gpu(student, ask)


@points(0.5)
def test_an_epoch_runs_in_train_mode(student: Student, rng: Rng) -> None:
    calls = Epoch(student, rng, 3).calls
    expect(all(call["training"] for call in calls), "The model should be in train mode, but it was in eval mode")
