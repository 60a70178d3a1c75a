"""Calls of the student's sample, and what the judge's stand-ins make of its way from noise to images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from autograder.checks.sampling.common import (
    IMAGE,
    KINDS,
    Level,
    falling,
    image_of,
    level_of,
    like,
    mean_of_step,
    new_noise,
    noise_in,
)
from autograder.checks.tensors import (
    Mistakes,
    Rng,
    is_close,
    tensor,
    usual_mistakes,
)
from autograder.checks.words import close, expect, unpacked
from autograder.judge.conversation import Handle, Student

SHAPE = (3, 2, 4, 5)


class Way:
    """Calls of the student's sample on a schedule and a model of the judge's, and what the model told of the last."""

    def __init__(
        self,
        student: Student,
        rng: Rng,
        timesteps: list[int],
        T: int = 23,
        shape: tuple[int, ...] = SHAPE,
        kind: str = "eps",
        eta: float = 0.0,
        plain: bool = False,
        training: bool = False,
        place: str = "cpu",
    ) -> None:
        self.student, self.timesteps, self.shape, self.kind, self.eta = student, timesteps, shape, kind, eta
        self.bars = falling(rng, T)
        self.calls: list[dict[str, Any]] = []
        self.result = torch.empty(0)
        if plain:
            self.model = student.instrument("asked", 0.6, self.calls.append)
        else:
            self.model = student.instrument("Asked", 0.6, self.calls.append, training).to(place)
        student.swap("to_x_0", student.instrument("linked", self.to_x_0))
        student.swap("ddim_step", student.instrument("linked", self.ddim_step))

    def to_x_0(self, kind: str, output: torch.Tensor, x: torch.Tensor, signal: Any, sigma: Any) -> torch.Tensor:
        if kind not in KINDS:
            raise ValueError(f"The kind is one of {', '.join(KINDS)}, not {kind!r}.")
        return image_of(kind, output, x, signal, sigma).to(x.dtype)

    def ddim_step(
        self, x: torch.Tensor, x_0: torch.Tensor, here: Any, there: Any, eta: float = 0.0, generator: Any = None
    ) -> torch.Tensor:
        before, after = as_level(here), as_level(there)
        middle, new = mean_of_step(x, x_0, before, after, float(eta)), new_noise(before, after, float(eta))
        if new:
            middle = middle + new * self.student.make("noise", x, generator).double()
        return middle.to(x.dtype)

    def draw(self, generator: Handle | None = None) -> torch.Tensor:
        self.calls.clear()
        schedule = torch.from_numpy(self.bars)
        named = {"kind": self.kind, "eta": self.eta, "generator": generator}
        answer = self.student.sample(self.model, schedule, self.shape, list(self.timesteps), **named)
        self.result = tensor(unpacked(answer), "What sample returns")
        return self.result

    def asked(self) -> list[dict[str, Any]]:
        """What the model was asked, once a timestep."""
        found, wanted = len(self.calls), len(self.timesteps)
        hint = {
            0: ": the model is never asked",
            2 * wanted: ": is it asked twice a step?",
            wanted - 1: ": is the last step left out?",
            len(self.bars): ": do all T timesteps come, where some are listed?",
            wanted * self.shape[0]: ": is it asked for each image by itself?",
        }.get(found, "")
        told = f"For {wanted} timesteps the model should be asked {wanted} times, for all images at once"
        expect(found == wanted, f"{told}, not {found} times{hint}")
        for call in self.calls:
            shape = tuple(call["x"].shape)
            expect(shape == self.shape, f"The model should be asked about images of shape {self.shape}, not {shape}")
        return self.calls

    def level(self, t: int) -> Level:
        return level_of(float(self.bars[t % len(self.bars)]))

    def step(self, k: int) -> tuple[Level, Level]:
        """From which level to which the k-th step leads."""
        end = k + 1 == len(self.timesteps)
        return self.level(self.timesteps[k]), IMAGE if end else self.level(self.timesteps[k + 1])

    def after(self, k: int) -> torch.Tensor:
        """Where the k-th step led."""
        return (
            like(self.result, self.calls[0]["x"], "What sample returns")
            if k + 1 == len(self.calls)
            else self.calls[k + 1]["x"]
        )

    def led_to(self, k: int, here: Level, there: Level, eta: float = 0.0, kind: str = "") -> torch.Tensor:
        """Where it should lead between these levels, but for new noise."""
        call = self.calls[k]
        x_0 = image_of(kind or self.kind, call["answer"], call["x"], *here)
        return mean_of_step(call["x"], x_0, here, there, eta)

    def led_with(self, k: int, new: float) -> torch.Tensor:
        """Where it should lead, but for noise of this deviation."""
        here, there = self.step(k)
        answer, x = self.calls[k]["answer"], self.calls[k]["x"]
        x_0 = image_of(self.kind, answer, x, *here)
        return there[0] * x_0 + math.sqrt(there[1] ** 2 - new**2) * noise_in(x, x_0, here)

    def mistakes(self, k: int) -> Mistakes:
        """Where a step without new noise leads, by what was taken for its levels."""
        t, count, T = self.timesteps[k], len(self.timesteps), len(self.bars)
        end, (here, there), (x, answer) = (
            k + 1 == count,
            self.step(k),
            (self.calls[k][part] for part in ("x", "answer")),
        )
        follows = 0 if end else self.timesteps[k + 1]

        def read(at: Any) -> tuple[Level, Level]:
            return self.level(at(t)), IMAGE if end else self.level(at(follows))

        def changed(change: Any) -> tuple[Level, Level]:
            return change(*here), change(*there)

        levels: dict[str, tuple[Level, Level]] = {
            "alpha_bar and 1 - alpha_bar are taken for the level, without their roots": changed(
                lambda a, b: (a**2, b**2)
            ),
            "alpha_bar is taken for signal, without its root": changed(lambda a, b: (a**2, b)),
            "1 - alpha_bar is taken for sigma, without its root": changed(lambda a, b: (a, b**2)),
            "sigma is taken for 1 - signal": changed(lambda a, b: (a, 1 - a)),
            "signal and sigma are exchanged": changed(lambda a, b: (b, a)),
            "the square roots are taken twice": changed(lambda a, b: (math.sqrt(a), math.sqrt(b))),
            "the step goes to the level of t - 1, not to that of the timestep listed next": (
                here,
                self.level(t - 1) if t else IMAGE,
            ),
            "the step stays where it is: from one level to the same": (here, here),
            "the step goes to the level of t + 1": (here, self.level(t + 1)),
            "the schedule is read at the place in the list, not at the timestep": (
                self.level(k),
                IMAGE if end else self.level(k + 1),
            ),
            "the schedule is read at the place in the list, from its end": (
                self.level(count - 1 - k),
                IMAGE if end else self.level(count - 2 - k),
            ),
            "the level that it goes to is read at the place in the list, not at the timestep": (
                here,
                IMAGE if end else self.level(k + 1),
            ),
            "the schedule is read one place too late": read(lambda t: t + 1),
            "the schedule is read one place too early": read(lambda t: t - 1),
            "the schedule is read from its end": read(lambda t: T - 1 - t),
            "the step from here goes straight to the image": (here, IMAGE),
        }
        if not end:
            levels["the steps are evenly spaced: those listed are not"] = here, self.level(max(t - T // count, 0))
        if k + 2 < count:
            levels["the step goes to the timestep after the next"] = here, self.level(self.timesteps[k + 2])
        if k:
            levels["the step goes back to the timestep before"] = here, self.level(self.timesteps[k - 1])
            levels["the step starts at the level of the timestep before"] = self.level(self.timesteps[k - 1]), there
        if end:
            levels["the last step ends at the level of t = 0, and not at the image, (1, 0)"] = here, self.level(0)
            levels["the last step ends at the last number of the schedule, and not at the image, (1, 0)"] = (
                here,
                self.level(-1),
            )
        for length in {1000, T}:
            own = np.cumprod(1 - np.linspace(1e-4, 0.02, length))
            if t < length:
                name = f"a schedule of its own, of {length} steps, is used and not the one that was passed in"
                levels[name] = level_of(own[t]), IMAGE if end else level_of(own[follows])
        again = np.cumprod(self.bars)
        name = "the running product is taken again: the schedule holds alpha_bars already"
        levels[name] = level_of(again[t]), IMAGE if end else level_of(again[follows])
        betas = np.cumprod(1 - self.bars)
        name = "the schedule is taken for betas: it holds alpha_bars already"
        levels[name] = level_of(betas[t]), IMAGE if end else level_of(betas[follows])
        wrong: Mistakes = {
            f'the output is taken as of kind "{kind}"': self.led_to(k, here, there, kind=kind)
            for kind in KINDS
            if kind != self.kind
        }
        wrong |= {cause: self.led_to(k, *level) for cause, level in levels.items() if level[0][1]}
        if end:
            wrong["the last step is left out: x comes back as it was"] = x
            wrong["the last step ends at the bare noise"] = x - answer
        x_0 = image_of(self.kind, answer, x, *here)
        eps = noise_in(x, x_0, here)
        wrong |= {
            "signal and sigma are exchanged where x_0 is made": mean_of_step(
                x, image_of(self.kind, answer, x, *here[::-1]), here, there
            ),
            "x_0 is made at the level of the step's end": mean_of_step(
                x, image_of(self.kind, answer, x, *there), here, there
            ),
            "x_0 is clipped to -1 .. 1": mean_of_step(x, x_0.clamp(-1, 1), here, there),
            "x_0 is clipped to -1 .. 1, and eps is not": there[0] * x_0.clamp(-1, 1) + there[1] * eps,
            "x_0 is clipped to 0 .. 1": mean_of_step(x, x_0.clamp(0, 1), here, there),
            "the images are clipped to -1 .. 1": mean_of_step(x, x_0, here, there).clamp(-1, 1),
            "the model is asked next about x_0, and not about the next x": x_0,
            "the model's answer is taken for the next x": answer,
            "the answer is taken for x_0 whatever the kind": mean_of_step(x, answer, here, there),
            "x is kept, and no step taken": x,
            "the output is taken for eps whatever the kind": there[0] * x_0 + there[1] * answer.double(),
            "the images are mapped to 0 .. 1": (mean_of_step(x, x_0, here, there) + 1) / 2,
        }
        right = mean_of_step(x, x_0, here, there)
        return {cause: numbers for cause, numbers in wrong.items() if not is_close(numbers, right)}

    def told(self, k: int) -> str:
        t, end = self.timesteps[k], k + 1 == len(self.timesteps)
        where = "to the image, the level (1, 0)" if end else f"to the level of {self.timesteps[k + 1]}"
        return f"With timesteps {self.timesteps}, kind {self.kind!r}, the step at t = {t} should lead {where}"

    def expect_step(self, k: int) -> None:
        """Where it leads without new noise."""
        found, right = self.after(k), self.led_to(k, *self.step(k))

        def wrong() -> Mistakes:
            known = self.mistakes(k) | usual_mistakes(found, right)
            if k + 1 < len(self.calls) and is_new(found, right, self.step(k)):
                known["noise is added, where eta is 0"] = found
            if self.eta and k + 1 == len(self.calls):
                known["new noise is added in the step to the image, whose sigma is 0"] = found
            return known

        close(found, right, self.told(k), wrong)

    def noise_of(self, k: int) -> torch.Tensor:
        """The new noise of the k-th step, in units of what it should be."""
        levels = self.step(k)
        return (self.after(k).double() - self.led_to(k, *levels, self.eta)) / new_noise(*levels, self.eta)


def as_level(level: Any) -> Level:
    """Two numbers, of whatever they are: a student's own ddim_step may take tensors that broadcast."""
    signal, sigma = (float(torch.as_tensor(part).flatten()[0]) for part in unpacked(level))
    return signal, sigma


def is_new(found: torch.Tensor, right: torch.Tensor, levels: tuple[Level, Level]) -> bool:
    """Whether what differs looks like the noise of eta 1: it has nothing to do with where the step leads."""
    rest = (found.double() - right).flatten()
    return bool(0.3 < float(rest.std()) / max(new_noise(*levels, 1.0), 1e-9) < 3)
