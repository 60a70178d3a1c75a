"""Models that tell what they are asked, generators, and a network with every kind of parameter and buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from autograder.student.instruments.networks import expect_beside


class Asked(nn.Module):
    """A model of one number that tells what it is asked, how, and what it answers.

    The answer is gain x, a wave of t, and with labels a tilt and a shift of each image by its own.
    """

    def __init__(self, gain: float, tell: Any, training: bool = False) -> None:
        super().__init__()
        self.gain, self.tell = nn.Parameter(torch.tensor(gain)), tell
        self.train(training)

    def forward(self, x: Any, t: Any, labels: Any = None) -> torch.Tensor:
        answer = answer_to(self.gain, x, t, labels)
        self.tell(question(x, t, labels) | {"training": self.training, "answer": answer})
        return answer


def asked(gain: float, tell: Any) -> Callable[..., torch.Tensor]:
    """The same as a plain function, which has no mode."""

    def answer(x: Any, t: Any, labels: Any = None) -> torch.Tensor:
        answer = answer_to(gain, x, t, labels)
        tell(question(x, t, labels) | {"training": False, "answer": answer})
        return answer

    return answer


def answer_to(gain: Any, x: Any, t: Any, labels: Any) -> torch.Tensor:
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"the model takes images, but it is given a {type(x).__name__}")
    expect_beside(t, x)
    wave: torch.Tensor = (3 * torch.as_tensor(t).reshape(-1, 1, 1, 1) % 7 / 7 - 0.4).to(x.dtype)
    answer: torch.Tensor = gain * x + wave
    if labels is not None:
        own = 1 + torch.as_tensor(labels).reshape(-1, 1, 1, 1).to(x.dtype)
        answer = answer + 0.2 * own - 0.05 * own * x
    return answer


def question(x: torch.Tensor, t: Any, labels: Any) -> dict[str, Any]:
    told = {"x": x, "t": torch.as_tensor(t), "tracked": x.requires_grad}
    return told | {"labels": None if labels is None else torch.as_tensor(labels)}


def linked(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """A function of the judge's that autograd sees: what comes from there hangs on nothing here."""

    def answer(*args: Any, **named: Any) -> torch.Tensor:
        tracked = [part for part in (*args, *named.values()) if isinstance(part, torch.Tensor) and part.requires_grad]
        return function(*args, **named) + sum(0 * part for part in tracked)

    return answer


class GeneratorOnTheGPU(torch.Generator):
    """One that says it lies on the simulated GPU; its numbers are the CPU's, as all are there."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]  # torch says that it can be set: it cannot
        return torch.device("cuda:0")


def generator(seed: int, place: str = "cpu") -> torch.Generator:
    made = torch.Generator() if place == "cpu" else GeneratorOnTheGPU()
    return made.manual_seed(seed)


def state_of(generator: torch.Generator | None) -> torch.Tensor:
    """Where a generator stands; None is the one that all draw from where none is given."""
    return (generator or torch.default_generator).get_state()


def noise(x: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    """What ddim_step's stand-in, on the judge's side, adds: drawn here."""
    return torch.empty_like(x).normal_(generator=generator)


class Layers(nn.Module):
    """Parameters and buffers of every kind, filled with these numbers: frozen ones and whole numbers among them."""

    def __init__(self, numbers: dict[str, torch.Tensor], trained: bool) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(4, 3), nn.BatchNorm1d(3)
        self.scale = nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
        self.frozen = nn.Parameter(torch.ones(2, 2), requires_grad=False)
        self.steps = nn.Parameter(torch.zeros(2, dtype=torch.int64), requires_grad=False)
        self.register_buffer("table", torch.zeros(5))
        self.register_buffer("seen", torch.zeros(3, dtype=torch.int32))
        self.register_buffer("open", torch.zeros(3, dtype=torch.bool))
        self.register_buffer("unsaved", torch.zeros(4), persistent=False)
        self.tied = nn.Linear(4, 3, bias=False)
        self.tied.weight = self.linear.weight
        fill(self, numbers)
        if not trained:
            self.requires_grad_(False)


def fill(module: nn.Module, numbers: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, value in tensors_of(module).items():
            value.copy_(numbers[name])


def tensors_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """A module's parameters and buffers themselves, by name."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def about_tensors(module: nn.Module, before: dict[str, torch.Tensor], other: nn.Module) -> dict[str, list[str]]:
    """Which of a module's tensors are other objects than before, tracked by autograd, frozen or no longer so, or share
    their memory with another module's."""
    now, memory = tensors_of(module), {value.data_ptr() for value in tensors_of(other).values()}
    return {
        "lost": [name for name in before if name not in now],
        "other": [name for name, value in before.items() if now.get(name) is not value],
        "tracked": [name for name, value in now.items() if value.grad_fn is not None],
        "trained": [name for name, value in now.items() if value.requires_grad],
        "shared": [name for name, value in now.items() if value.data_ptr() in memory],
    }


def refusal(function: Callable[..., Any], *args: Any) -> tuple[bool, str]:
    """Whether it raises a ValueError, and what it does instead."""
    try:
        answer = function(*args)
    except NotImplementedError:  # the stub
        raise
    except Exception as error:
        return isinstance(error, ValueError), f"it stopped with {type(error).__name__}: {error}"
    return False, "None came back" if answer is None else "an answer came back"


def tracked(answer: Any) -> bool:
    return isinstance(answer, torch.Tensor) and answer.requires_grad
