"""Hidden checks of main: what is built, and what becomes of each epoch's loss."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch

from autograder.checks.tensors import Mistakes, Rng, draw, is_close, on_the_gpu
from autograder.checks.words import expect, points
from autograder.judge.conversation import Handle, Student, StudentError, count_of, same_thing

MOST = 100  # curves, lists of losses or groups of parameters that are looked at; of each there is one
MOST_EPOCHS = 1000
ADAM: dict[str, Any] = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "maximize": False}


def wrong_histories(losses: np.ndarray) -> Mistakes:
    rounded = {f"the losses were rounded to {digits} digits": losses.round(digits) for digits in range(4)}
    return {
        "the losses are in reverse order": losses[::-1],
        "the losses were sorted": np.sort(losses),
        "the losses were sorted, large ones first": np.sort(losses)[::-1],
        "the last loss is missing": losses[:-1],
        "the first loss is missing": losses[1:],
        "the losses were added up": losses.cumsum(),
        "only the last loss was kept": losses[-1:],
        "the last loss stands in every epoch": np.full_like(losses, losses[-1]),
        "only every second loss was kept": losses[1::2],
        "each loss was kept twice": losses.repeat(2),
        "the best loss so far was kept, not each loss": np.minimum.accumulate(losses),
        "the mean of the losses so far was kept, not each loss": losses.cumsum() / np.arange(1, len(losses) + 1),
        "the first loss stands in every epoch": np.full_like(losses, losses[0]),
        "the losses were divided by their number": losses / len(losses),
        **rounded,
        "the losses were scaled to a largest of 1": losses / losses.max(),
        "the losses were scaled to a first of 1": losses / losses[0],
    }


class Training:
    """main() with a scripted train_epoch, a tiny network and two images, and what it did with them.

    An error after training (in the plots, say) is kept for the check of the losses; the others look at the calls.
    """

    def __init__(self, student: Student, rng: Rng, place: str = "cpu") -> None:
        falling = 3.0 * 0.5 ** np.arange(10) * rng.uniform(0.95, 1.05, 10)  # from 3 to 0.006
        falling[[3, 4, 8, 9]] = falling[[4, 3, 9, 8]]  # rises, which sorting would hide; the last loss is not the best
        self.losses = [round(float(loss), 4) for loss in np.concatenate([falling, 1 + falling, falling, falling])]
        loader = student.instrument("loader", torch.zeros(2, 1, 28, 28), torch.zeros(2), 2)
        self.student, self.rng, self.loader = student, rng, loader
        self.screen = student.instrument("Screen")
        self.returned: Handle | None = None
        self.error: StudentError | None = None
        self.calls: list[dict[str, Any]] = []
        self.left = torch.zeros(0)  # the weights in one row, after the last epoch
        student.swap("train_epoch", self.train_epoch)
        student.swap("train_loader", loader)
        student.swap("device", student.instrument("device", place))
        student.swap("SimpleUNet", student.instrument("stand_in", "Net"))
        student.swap("NoiseScheduler", student.instrument("stand_in", "Schedule"))
        main = student.main
        try:
            self.returned = student.hold(main)
        except StudentError as error:
            if error.kind in ("TimeoutError", "Gone") or error.mix:
                raise
            self.error = error
        if not self.calls and self.error:
            never = "" if "train_epoch" in str(self.error) else "train_epoch is never called. "
            raise StudentError(f"{never}{self.error}", self.error.kind)
        expect(len(self.calls) > 0, "train_epoch is never called")
        self.answered = np.array(self.losses[: len(self.calls)])

    def train_epoch(self, model: Any, optimizer: Any, train_loader: Any, scheduler: Any, device: Any) -> float:
        """In the place of the notebook's: note what is handed over, leave other weights, answer the losses in turn."""
        expect(len(self.calls) < MOST_EPOCHS, f"main should call train_epoch ten times, not {MOST_EPOCHS:,}")
        for name, thing in (("model", model), ("optimizer", optimizer), ("schedule", scheduler)):
            if not isinstance(thing, Handle):
                kind = "None" if thing is None else f"of type {type(thing).__name__}"
                raise TypeError(f"train_epoch is given {name}, among others, but this {name} is {kind}")
        handed = (model, optimizer, train_loader, scheduler, device)
        call = self.student.make("about_an_epoch", *handed, self.loader, self.screen, len(self.calls))
        if not call["is_network"]:
            raise TypeError(f"train_epoch takes the model first, but it is given {model!r}")
        call |= {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        if not len(call["weights"]):
            raise TypeError("train_epoch trains the weights of the model, but this one has none")
        call["weights_kept"] = not self.calls or torch.equal(call["weights"], self.left)
        call["state_kept"] = not self.calls or call["memory"] == len(self.calls)
        self.calls.append(call)
        others = call["weights"] + 0.1 * draw(self.rng, len(call["weights"]))
        self.left = self.student.make("leave", model, optimizer, others, len(self.calls))
        return self.losses[(len(self.calls) - 1) % len(self.losses)]

    def weights_kept(self) -> bool:
        """Whether the weights are still those that the last epoch left."""
        return torch.equal(self.student.make("weights_of", self.calls[-1]["model"]), self.left)

    def trained(self, returned: Handle) -> bool:
        """Whether the network in what main returned, if there is one, is the one that was trained."""
        networks = self.student.make("networks_in", returned)
        return not networks or any(same_thing(network, self.calls[-1]["model"]) for network in networks)


@points(0.125)
def test_there_are_ten_epochs(student: Student, rng: Rng) -> None:
    expect_ten_epochs(Training(student, rng))


def expect_ten_epochs(training: Training) -> None:
    calls = len(training.calls)
    expect(calls == 10, f"main should call train_epoch ten times; calls seen: {calls}")


@points(0.25)
def test_one_model_one_optimizer_and_one_schedule_last_for_all_epochs(student: Student, rng: Rng) -> None:
    expect_one_of_each(Training(student, rng))


def expect_one_of_each(training: Training) -> None:
    for name in ("model", "optimizer", "scheduler"):
        count = count_of([call[name] for call in training.calls])
        expect(count == 1, f"All epochs should share one {name}, but there were {count}: is it made inside the loop?")
    for call in training.calls:
        told = (
            "Only train_epoch should change the weights, but before an epoch they are not as the one before left them"
        )
        expect(call["weights_kept"], told)
        expect(call["state_kept"], "The optimizer should keep its state from epoch to epoch, but it is cleared")
    expect(training.weights_kept(), "The model should be left as the last epoch trained it, but its weights changed")
    if training.returned:
        nothing = "NoneType" in repr(training.returned)
        expect(not nothing, "main returns nothing: its given last line returns the model and the losses")
        told = "The model that main returns should be the one that was trained, but it is another one"
        expect(training.trained(training.returned), told)


@points(0.25)
def test_adam_with_lr_one_thousandth_holds_the_parameters_of_the_model(student: Student, rng: Rng) -> None:
    expect_adam(Training(student, rng))


def expect_adam(training: Training) -> None:
    for call in training.calls:
        expect(call["adam"], f"The optimizer should be Adam, not {call['optimizer_is']}")
        expect(call["covers"], "The optimizer should hold the parameters of the model that is trained, all of them")
        frozen = call["frozen"]
        expect(not frozen, f"All parameters should be trained, but {frozen} are frozen (requires_grad is False)")
        rates = sorted({round(rate, 8) for rate in call["lr"]})
        expect(rates == [0.001], f"The learning rate should be 0.001, not {', '.join(map(str, rates))}")
        for name, usual in ADAM.items():
            for found in call["settings"].get(name, [])[:MOST]:
                told = f"Adam should keep its usual settings, but its {name} should be {usual}, not {found}"
                expect(np.array_equal(found, usual), told)


@points(0.25)
def test_the_schedule_has_1000_steps(student: Student, rng: Rng) -> None:
    expect_the_schedule(Training(student, rng))


def expect_the_schedule(training: Training) -> None:
    for call in training.calls:
        T, ends = call["timesteps"], call["ends"]
        expect(T is not None, "train_epoch should get the schedule as its fourth argument, but it gets something else")
        expect(T == 1000, f"train_epoch should get a schedule of 1000 steps, but its num_timesteps is {T}")
        for name, end, right in zip(("beta_start", "beta_end"), ends or (), (0.0001, 0.02), strict=False):
            expect(end is None or is_close(end, right), f"The schedule's {name} should be {right:g}, not {end}")


@points(0.125)
def test_training_runs_on_train_loader_and_device(student: Student, rng: Rng) -> None:
    """A loader that main made itself should hold no fewer images than the notebook trains on: not the held-out ones."""
    expect_loader_and_device(Training(student, rng), student.make("size", student.train_dataset))


def expect_loader_and_device(training: Training, digits: int) -> None:
    for call in training.calls:
        loader = call["given_loader"] or call["images"]
        expect(loader, "train_epoch should get train_loader, or a DataLoader that main made, as its third argument")
        fewer = f"train_epoch gets a loader of {call['images']} images, where there are {digits} to train on"
        expect(call["given_loader"] or call["images"] >= digits, fewer + ": is it train_loader?")
        device = call["device"]
        expect(device == "cpu", f"train_epoch should get the device (here: cpu) as its fifth argument, not {device}")


@points(0.25)
def test_one_loss_an_epoch_is_kept_in_order_and_plotted(student: Student, rng: Rng) -> None:
    expect_the_losses(student, Training(student, rng))


def expect_the_losses(student: Student, training: Training) -> None:
    """In a figure; and when main is called again, only those of the second call."""
    curves, answered = student.make("figures"), training.answered
    if error := training.error:
        empty = "" if all(curves) else "epoch_losses is still empty when it is plotted: is each loss kept in it? "
        raise StudentError(f"{empty}{error}", error.kind)

    def shown(losses: np.ndarray) -> bool:
        return any(is_close(curve, losses, atol=1e-6, rtol=1e-5) for curve in curves)

    expect(len(curves) > 0, "main should plot the losses, but no figure holds a curve")
    expect(len(curves) <= MOST, f"main should plot one curve, the losses, but there are {len(curves):,}")
    causes = [cause for cause, losses in wrong_histories(answered).items() if shown(losses)]
    if len(answered) > 1:
        causes += ["the list is one epoch behind" for curve in curves if is_close(curve[1:], answered[:-1])]
    causes += ["there is one more number after the losses" for curve in curves if is_close(curve[:-1], answered)]
    causes += ["there is one more number before the losses" for curve in curves if is_close(curve[1:], answered)]
    told = f" It looks as if {causes[0]}." if causes else ""
    rule = "A curve should show what train_epoch returned, one loss an epoch, in order."
    expect(shown(answered), rule + told)
    lists = student.make("losses_in", training.returned) if training.returned else []
    told = "The list of losses that main returns should hold what train_epoch returned, one loss an epoch, in order"
    expect(not lists or any(is_close(some, answered, atol=1e-6, rtol=1e-5) for some in lists[:MOST]), told)
    student.hold(student.main)
    curves = student.make("figures")[len(curves) :][:MOST]
    again = np.array(training.losses[len(answered) : len(training.calls)])
    expect(shown(again), "When main is called again, it should start with an empty list and train anew")


@points(5.5, "whole")
def test_the_training_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """One run of main, and a second one for the losses; what is printed is a matter of form."""
    training = Training(student, rng)
    expect_ten_epochs(training)
    expect_one_of_each(training)
    expect_adam(training)
    expect_the_schedule(training)
    expect_loader_and_device(training, student.make("size", student.train_dataset))
    expect_the_losses(student, training)


@points(0.25, "form")
def test_each_loss_is_printed(student: Student, rng: Rng) -> None:
    """Any number with a decimal point counts as a loss that it could be a rounding of, between its epoch and the next,
    whether print, a progress bar, display or a logger shows it.

    plot_convergence, which prints losses, too, keeps silent here.
    """
    student.swap("plot_convergence", student.instrument("stand_in", "silent"))
    training = Training(student, rng)
    _, *parts = re.split(r"\n<epoch \d+>\n", training.screen.getvalue())

    answered, shown = training.answered, [numbers_in(words) for words in parts]
    found = sum(map(is_among, answered, shown))
    told = f"losses found in time: {found} of {len(answered)}"
    if found < len(answered) and all(is_among(loss, shown[-1]) for loss in answered):
        told = "all of them come at the very end"
    elif all(map(is_among, answered[:-1], shown)) and found:
        told = "the last one is not: is each printed before its epoch, and not after it?"
    expect(found == len(answered), f"Each epoch's loss should be printed when the epoch ends; {told}")


def numbers_in(words: str) -> np.ndarray:
    """Each number with a decimal point, and how far from it what was rounded to it may lie."""
    pairs = []
    for number, digits, exponent in re.findall(r"(?<!\d)(\d+\.(\d+))(?:e([+-]?\d\d?))?", words):
        unit = 10.0 ** int(exponent or 0)
        pairs.append((float(number) * unit, 0.51 * unit * 10.0 ** -len(digits)))
    return np.array(pairs).reshape(-1, 2).T


def is_among(loss: float, numbers: np.ndarray) -> bool:
    values, slack = numbers
    return bool((np.abs(values - loss) <= slack).any())


@points(3, "device")
def test_on_a_gpu_the_model_is_there(student: Student, rng: Rng) -> None:
    def ask(place: str) -> list[torch.Tensor]:
        for call in Training(student, rng, place).calls:
            places = set(call["lies_on"])
            told = ", ".join(places)
            expect(places == {place}, f"The model should lie on the device, {place}, but it lies on {told}")
            device = call["device"]
            told = f"train_epoch should get the device, {place}, but it gets {device}"
            expect(device.split(":")[0] == place.split(":")[0], told)
        return []

    on_the_gpu(student, ask, device="cuda:0")
