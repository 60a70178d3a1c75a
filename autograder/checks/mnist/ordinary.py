"""One train_step on a small network as anyone builds them, whose gradient nobody writes down by hand."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F

from autograder.checks.mnist.common import equip
from autograder.checks.tensors import Rng, State
from autograder.checks.words import close, expect, unrelated

RULE = "On a small network, too, all weights should move by the learning rate times the gradient"


def expect_a_step_of_an_ordinary_network(bench: Any, rng: Rng) -> None:
    """Whatever was told of the probes: here the weights themselves must have gone where backpropagation through all
    layers leads, from the x_t and t that were told, which must be a noised batch. `bench` is train_step's.
    """
    channels, T, student = bench.images.shape[1], len(bench.tables["betas"]), bench.student
    bench.model = student.instrument("Ordinary", channels, int(rng.integers(3, 7)), T, bench.calls.append)
    before = equip(rng, bench.model)
    bench.optimizer = student.instrument("plain_sgd", bench.model, bench.lr)
    bench.step()
    seen, after = bench.seen(), bench.model.state_dict()
    noise = seen["noise"]
    unrelated(noise.numpy(), bench.images.numpy(), f"{RULE}: of noise that has nothing to do with the images")
    expect(0.8 < float(noise.std()) < 1.2, f"{RULE}: of noise with a standard deviation of 1")
    weights = {name: value.double().requires_grad_() for name, value in before.items()}
    loss = (ordinary(weights, seen["x"].double(), seen["t"].long()) - noise.double()).square().mean()
    gradient = dict(zip(weights, torch.autograd.grad(loss, list(weights.values())), strict=True))
    norm = math.sqrt(sum(float(part.square().sum()) for part in gradient.values()))
    for name, part in gradient.items():
        moved = (before[name].double() - after[name].double()) / bench.lr
        close(moved, part / max(1, norm), f"{RULE}, {name} among them", atol=1e-4, rtol=1e-2)


def ordinary(weights: State, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """What the network of that name answers."""
    h = F.conv2d(x, weights["first.weight"], weights["first.bias"], padding=1)
    h = h + weights["time.weight"][t][:, :, None, None]
    return F.conv2d(h.tanh(), weights["last.weight"], weights["last.bias"], padding=1)
