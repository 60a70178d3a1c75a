"""What the checks of several TODOs need."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.checks.size import expect_few
from autograder.checks.tensors import Rng, State, draw, tensor
from autograder.checks.words import expect, numbers
from autograder.judge.conversation import Handle, Student

TABLES = ("betas", "alphas", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod")


def draw_t(rng: Rng, T: int, count: int) -> torch.Tensor:
    return torch.from_numpy(rng.integers(0, T, count))


def tables_of(betas: np.ndarray) -> dict[str, np.ndarray]:
    """All five tables of a schedule."""
    bars = np.cumprod(1 - betas)
    return dict(zip(TABLES, (betas, 1 - betas, bars, np.sqrt(bars), np.sqrt(1 - bars)), strict=True))


def before_product(bar: np.ndarray) -> np.ndarray:
    """The factors of a running product."""
    factors: np.ndarray = bar / np.concatenate([[1.0], bar[:-1]])
    return factors


def draw_tables(rng: Rng, T: int) -> State:
    """The tables of an arbitrary schedule: alpha_bar falls, but along no line, and reaches neither 1 nor 0.

    A root near 0 would make it impossible to recover noise or image in float32.
    """
    return tables_from(falling(rng, T))


def wide_tables(rng: Rng, T: int) -> State:
    """From nearly the clean image to nearly bare noise: alpha_bar falls from 0.995 to 0.005, along no line."""
    return tables_from(np.concatenate([[0.995], falling(rng, T - 2), [0.005]]))


def falling(rng: Rng, count: int) -> np.ndarray:
    return np.sort(rng.uniform(0.08, 0.92, count))[::-1]


def tables_from(bars: np.ndarray) -> State:
    """All five tables in float32, of the schedule that has these alpha_bar."""
    tables = tables_of(1 - before_product(bars))
    return {name: torch.from_numpy(table.astype(np.float32)) for name, table in tables.items()}


def stand_in_schedule(student: Student, tables: State) -> Handle:
    return student.instrument("Schedule", len(tables["betas"]), **tables)


def timesteps(t: torch.Tensor, batch: int, T: int) -> torch.Tensor:
    """The timesteps that the model was asked for, as indices."""
    expect(t.shape == (batch,), f"{batch} images need {batch} timesteps, shape ({batch},), not {tuple(t.shape)}")
    hint = ": were they scaled to 0 .. 1?" if float(t.max()) <= 1 else ""
    expect(bool((t == t.long()).all()), "Timesteps should be whole numbers" + hint)
    low, high = int(t.min()), int(t.max())
    hint = ": do you count from 1?" if high == T else ": is 1000 written out?" if high > T else ""
    told = f"With num_timesteps = {T} timesteps should lie in 0 .. {T - 1}, not in {low} .. {high}{hint}"
    expect(low >= 0 and high < T, told)
    return t.long()


def equip(rng: Rng, module: Handle, **fixed: torch.Tensor | float) -> State:
    """Give `module` weights of the judge's, so that norms scale and shift and no two layers are alike.

    `fixed` fills some of them (dots are written as __).
    """
    state, weights = {}, module.state_dict()
    expect_few(weights, "The layers together")
    for name, value in weights.items():
        fresh = draw(rng, *value.shape)
        if value.dim() > 1:
            fresh /= math.sqrt(value[0].numel())
        else:
            fresh = 0.4 * fresh + ("norm" in name and name.endswith("weight"))
        state[name] = fresh
    for name, value in fixed.items():
        state[name.replace("__", ".")] = torch.zeros_like(state[name.replace("__", ".")]) + value
    module.load_state_dict(state)
    return state


def expect_gradients(student: Student, model: Handle, inputs: tuple[torch.Tensor, ...], what: str) -> None:
    """Only that there are some: their numbers follow from the forward pass, which other checks charge."""
    tensor(model(*inputs), what)
    found = student.make("gradients", model, *inputs)
    sizes = {name: 0.0 if g is None else np.abs(numbers(g, name)).max() for name, g in found.items()}
    without = [name for name, size in sizes.items() if size <= 1e-6 * max(sizes.values())]
    told = ", ".join(without[:3]) + (" and others" if len(without) > 3 else "")
    expect(not without, f"No gradient reaches {told}: is something left out, detached or under no_grad?")
