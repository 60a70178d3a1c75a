"""What the checks of any assignment may need."""

from __future__ import annotations

import contextlib
import io
import logging
import random
import sys
from typing import Any

import numpy as np
import torch
from IPython import get_ipython
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def device(name: str) -> torch.device:
    """A device, which cannot cross the wire."""
    return torch.device(name)


def reseed(seed: int) -> None:
    """Start torch's, NumPy's and Python's own generators again."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def set_back(generator: Any, seed: int, others: bool = True) -> None:
    """Start the notebook's generator, and whatever else a function may draw from, at the same point again."""
    if others:
        fresh = np.random.default_rng
        random.seed(seed)
        np.random.seed(seed)

        def default_rng(*chosen: Any, **named: Any) -> np.random.Generator:
            given = [value for value in (*chosen, *named.values()) if value is not None]
            return fresh(*given or [seed])

        np.random.default_rng = default_rng
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = type(generator.bit_generator)(seed).state


def words(thing: Any) -> str:
    """What it shows itself as."""
    return str(thing)


def attributes(thing: Any, names: list[str]) -> dict[str, Any]:
    """Those that it has, read at once."""
    found = {}
    for name in names:
        with contextlib.suppress(AttributeError):
            found[name] = getattr(thing, name)
    return found


def size(things: Any) -> int:
    return len(things)


def loader(images: torch.Tensor, labels: torch.Tensor, batch_size: int) -> DataLoader[tuple[torch.Tensor, ...]]:
    """Batches in the order given."""
    return DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=False)


def gradients(model: nn.Module, *inputs: torch.Tensor) -> dict[str, torch.Tensor | None]:
    """The gradients of the mean square of what the model answers, by parameter; None where there is none."""
    model.zero_grad()
    answer = model(*inputs)
    if answer.requires_grad:
        answer.square().mean().backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


def modes(model: nn.Module) -> dict[str, bool]:
    """Whether each module of a model is in train mode; the model itself goes by the empty name."""
    return {name: module.training for name, module in model.named_modules()}


def listen(model: nn.Module, tell: Any) -> None:
    """Tell what the model's children are called with and what they return, in order."""

    def note(name: str, inputs: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
        seen = [thing.detach().clone() for thing in (*inputs, *named.values()) if isinstance(thing, torch.Tensor)]
        tell({"name": name, "inputs": seen, "output": output.detach().clone()})

    for name, child in model.named_children():
        child.register_forward_pre_hook(
            lambda _, inputs, named, name=name: note("enter " + name, inputs, named, torch.zeros(0)), with_kwargs=True
        )
        child.register_forward_hook(
            lambda _, inputs, named, output, name=name: note(name, inputs, named, output), with_kwargs=True
        )


def figures() -> list[list[float]]:
    """The heights of every line, every set of points and every set of bars in the open figures."""
    import matplotlib.pyplot as plt

    heights: list[Any] = []
    for axes in (axes for number in plt.get_fignums() for axes in plt.figure(number).axes):
        heights += [line.get_ydata() for line in axes.lines]
        heights += [np.asarray(points.get_offsets())[:, 1] for points in axes.collections]
        heights += [[bar.get_height() for bar in bars] for bars in axes.containers if hasattr(bars, "patches")]
    return [np.asarray(some, dtype=float).ravel().tolist() for some in heights]


class Screen(io.StringIO):
    """Keeps what shows from now on: what is printed, progress bars, what is displayed and what is logged."""

    def __init__(self) -> None:
        super().__init__()
        sys.stdout = sys.stderr = self
        loggers = [logging.root, *logging.root.manager.loggerDict.values()]
        for handler in (handler for logger in loggers for handler in getattr(logger, "handlers", ())):
            if type(handler) is logging.StreamHandler:
                handler.setStream(self)
        if shell := get_ipython():
            shell.display_pub.publish = self.display

    def display(self, data: dict[str, Any], *_: Any, **__: Any) -> None:
        self.write("\n".join(str(text) for kind, text in data.items() if kind.startswith("text/")))
