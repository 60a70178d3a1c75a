"""Hidden checks of ema_update: a moving average of a model's parameters, and a copy of all else.

rtol 1e-5 and atol 1e-6: an update in float32 rounds at 1e-7, and repeats it three times; mistakes are 1 % off and more.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from autograder.checks.tensors import Mistakes, Rng, State, draw, dtype_of
from autograder.checks.words import close, expect, points
from autograder.judge.conversation import Handle, Student

AVERAGED = ("linear.weight", "linear.bias", "norm.weight", "norm.bias", "scale", "frozen")
FLOATING_BUFFERS = ("norm.running_mean", "norm.running_var", "table", "unsaved")
COUNTS = ("norm.num_batches_tracked", "seen", "open")
WHOLE_PARAMETERS = ("steps",)


def numbers_for(rng: Rng) -> State:
    """Values for every parameter and buffer of `Layers`. Whole numbers are large, so that no average of two is one of
    them by rounding."""
    shapes = {
        "linear.weight": (3, 4),
        "linear.bias": (3,),
        "norm.weight": (3,),
        "norm.bias": (3,),
        "frozen": (2, 2),
        "norm.running_mean": (3,),
        "norm.running_var": (3,),
        "table": (5,),
        "unsaved": (4,),
    }
    state = {name: draw(rng, *shape) + 0.5 for name, shape in shapes.items()}
    state["scale"] = torch.tensor(rng.normal())
    for name, shape, dtype in (("steps", (2,), torch.int64), ("seen", (3,), torch.int32)):
        state[name] = torch.from_numpy(rng.integers(100, 10_000, shape)).to(dtype)
    state["norm.num_batches_tracked"] = torch.tensor(int(rng.integers(100, 10_000)))
    state["open"] = torch.from_numpy(rng.integers(0, 2, 3).astype(bool))
    return state


class Pair:
    """An average and a model at the student's, and what should become of the average."""

    def __init__(self, student: Student, rng: Rng, trained: bool = True) -> None:
        self.student, self.rng = student, rng
        self.old, self.new = numbers_for(rng), numbers_for(rng)
        self.new["open"] = ~self.old["open"]
        self.average = student.instrument("Layers", self.old, trained)
        self.model = student.instrument("Layers", self.new, True)
        self.objects = student.instrument("tensors_of", self.average)

    def update(self, decay: float) -> None:
        self.student.hold(self.student.ema_update, self.average, self.model, decay)

    def expect_changed(self) -> None:
        """An update that does nothing spoils nothing, which is no merit."""
        now = self.now()
        changed = any(not torch.equal(now[name], self.old[name]) for name in self.old)
        expect(changed, "The average should move towards the model, but nothing of it changed")

    def now(self, module: Handle | None = None) -> State:
        state: State = self.student.make("tensors_of", module or self.average)
        return state

    def about(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.student.make("about_tensors", self.average, self.objects, self.model)
        return found

    def expect_averaged(self, decay: float, names: tuple[str, ...] = AVERAGED) -> None:
        now = self.now()
        for name in names:
            own, new = self.old[name].double(), self.new[name].double()
            told = f"With decay {decay:g} the parameter {name} should become decay * itself + (1 - decay) * the model's"
            close(
                now[name],
                decay * own + (1 - decay) * new,
                told,
                partial(averages, own, new, decay),
                atol=1e-6,
                rtol=1e-5,
            )

    def expect_copied(self, names: tuple[str, ...], what: str, decay: float) -> None:
        now = self.now()
        for name in names:
            own, new = self.old[name].double(), self.new[name].double()
            mean = decay * own + (1 - decay) * new
            wrong: Mistakes = {
                "it stays as it was: is it changed in place?": own,
                "it is averaged like a parameter": mean,
                "it is averaged, and the fraction cut off": mean.trunc(),
                "it is averaged, and rounded": mean.round(),
                "it is averaged, with the weights exchanged": (1 - decay) * own + decay * new,
                "both are added": own + new,
                "each is multiplied and cut off by itself": (decay * own).trunc() + ((1 - decay) * new).trunc(),
                "it is set to 0": 0 * own,
                "its own part alone is kept, times decay": (decay * own).trunc(),
            }
            told = f"The {what} {name} should be copied from the model"
            close(
                now[name],
                new,
                told,
                {cause: w for cause, w in wrong.items() if not torch.equal(w, new)},
                atol=1e-6,
                rtol=1e-5,
            )


def averages(own: torch.Tensor, new: torch.Tensor, decay: float) -> Mistakes:
    """What other weights give."""
    wrong: Mistakes = {
        "decay and 1 - decay are exchanged": (1 - decay) * own + decay * new,
        "it stays as it was: is it changed in place?": own,
        "the model's is copied": new,
        "the model's part is added whole: decay * own + new": decay * own + new,
        "its own part is kept whole: own + (1 - decay) * new": own + (1 - decay) * new,
        "only its own part is left: decay * own": decay * own,
        "only the model's part is left: (1 - decay) * new": (1 - decay) * new,
        "both parts are scaled by decay": decay * (own + new),
        "both parts are scaled by 1 - decay": (1 - decay) * (own + new),
        "the plain mean of both is taken": (own + new) / 2,
        "the model's part is subtracted": decay * own - (1 - decay) * new,
        "the difference is taken the wrong way round: it moves away from the model": own - (1 - decay) * (new - own),
        "the update is made twice, of what two layers share": decay**2 * own + (1 - decay**2) * new,
        "decay's root is taken": decay**0.5 * own + (1 - decay**0.5) * new,
        "it moves by decay: own + decay * (new - own), with the result added": own + decay * new,
        "it is averaged in float16, which knows three digits": (decay * own.half() + (1 - decay) * new.half()).double(),
        "0.999 is written out": 0.999 * own + 0.001 * new,
        "0.9999 is written out": 0.9999 * own + 0.0001 * new,
        "0.99 is written out": 0.99 * own + 0.01 * new,
        "the model's part is scaled by its own changed value, in two steps": decay * own + (1 - decay) * decay * own,
        "everything is 0": 0 * own,
    }
    right = decay * own + (1 - decay) * new
    return {cause: w for cause, w in wrong.items() if not torch.allclose(w, right, atol=1e-6, rtol=1e-5)}


@points(0.75)
def test_parameters_are_averaged_by_decay(student: Student, rng: Rng) -> None:
    for decay in (0.9, 0.3, 0.0, 1.0):
        pair = Pair(student, rng)
        pair.update(decay)
        pair.expect_averaged(decay)


@points(0.625)
def test_floating_point_buffers_are_copied(student: Student, rng: Rng) -> None:
    pair = Pair(student, rng)
    pair.update(0.8)
    pair.expect_copied(FLOATING_BUFFERS, "buffer", 0.8)


@points(0.625)
def test_whole_numbers_are_copied(student: Student, rng: Rng) -> None:
    """In buffers and in parameters."""
    pair = Pair(student, rng)
    pair.update(0.8)
    pair.expect_copied(COUNTS, "buffer", 0.8)
    pair.expect_copied(WHOLE_PARAMETERS, "integer parameter", 0.8)


@points(0.5)
def test_the_tensors_stay_the_same_objects(student: Student, rng: Rng) -> None:
    """And share no memory with the model's, which would move them with it."""
    pair = Pair(student, rng)
    pair.update(0.8)
    pair.expect_changed()
    about = pair.about()
    told = (
        "The average's tensors should be changed in place, but {} {} no longer the same object: use copy_, mul_, lerp_"
    )
    for other in (about["lost"], about["other"]):
        expect(not other, told.format(", ".join(other[:3]), "is" if len(other) == 1 else "are"))
    shared = ", ".join(about["shared"][:3])
    expect(not shared, f"What is copied should be the average's own, but the model's memory is shared by {shared}")


@points(0.5)
def test_autograd_tracks_nothing_and_requires_grad_stays(student: Student, rng: Rng) -> None:
    """With an average that is to be trained, and with one that is frozen, where tracking goes unnoticed."""
    for trained in (True, False):
        pair = Pair(student, rng, trained)
        before = pair.about()["trained"]
        pair.update(0.8)
        pair.expect_changed()
        about = pair.about()
        told = "Autograd should track nothing of the average, but {} {}: is torch.no_grad() missing?"
        expect(not about["tracked"], told.format(", ".join(about["tracked"][:3]), "comes with a graph"))
        lost, won = (
            ", ".join(sorted(a - b)[:3])
            for a, b in ((set(before), set(about["trained"])), (set(about["trained"]), set(before)))
        )
        expect(not lost, f"requires_grad should stay as it was, but it is turned off at {lost}")
        expect(not won, f"requires_grad should stay as it was, but it is turned on at {won}")


@points(0.5)
def test_the_model_does_not_change(student: Student, rng: Rng) -> None:
    pair = Pair(student, rng)
    before = student.instrument("tensors_of", pair.model)
    pair.update(0.8)
    pair.expect_changed()
    now = pair.now(pair.model)
    for name, value in pair.new.items():
        told = f"The model should stay as it was, but its {name} changed"
        own, new = pair.old[name].double(), value.double()
        wrong = {
            "it moves towards the average": 0.8 * new + 0.2 * own,
            "the average is written into it": 0.8 * own + 0.2 * new,
            "the average as it was is written into it": own,
        }
        close(now[name], value, told, wrong, atol=0, rtol=1e-6)
    about: dict[str, Any] = student.make("about_tensors", pair.model, before, pair.average)
    expect(not about["other"], "The model's tensors should stay the same objects")
    expect(set(AVERAGED) - {"frozen"} <= set(about["trained"]), "The model's requires_grad should stay as it was")


@points(4.5, "whole")
def test_updates_are_right_one_after_another(student: Student, rng: Rng) -> None:
    """Of a model that trains on between them, with a decay that changes."""
    for trained in (True, False):
        pair = Pair(student, rng, trained)
        for decay in (float(rng.uniform(0.5, 0.99)), float(rng.uniform(0.1, 0.5)), 0.999):
            pair.update(decay)
            pair.expect_averaged(decay)
            pair.expect_copied((*FLOATING_BUFFERS, *COUNTS), "buffer", decay)
            pair.expect_copied(WHOLE_PARAMETERS, "integer parameter", decay)
            pair.old = {name: value.clone() for name, value in pair.now().items()}
            pair.new = numbers_for(rng)
            student.make("fill", pair.model, pair.new)
            for name, value in pair.now().items():
                same = np.array_equal(value.numpy(), pair.old[name].numpy())
                expect(
                    same, f"When the model trains on, the average should stay, but its {name} ({dtype_of(value)}) moves"
                )
