"""What the checks of an assignment that uses torch may need."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder.student import devices


def device(name: str) -> torch.device:
    """A device, which cannot cross the wire."""
    return torch.device(name)


def reseed(seed: int) -> None:
    """Start torch's, NumPy's and Python's own generators again."""
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)


def expect_beside(timestep: Any, images: torch.Tensor) -> None:
    """Stop where the network would: a timestep for each image has to lie where the images do."""
    places = [devices.where(thing) for thing in (timestep, images) if isinstance(thing, torch.Tensor) and thing.dim()]
    if len(set(places)) > 1:
        cpu, gpu = ("timesteps", "images") if places[0] == "cpu" else ("images", "timesteps")
        raise devices.DeviceMix(f"the {cpu} lie on the CPU, the {gpu} on the GPU; give what makes them device=device")


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
