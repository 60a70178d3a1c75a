"""What the checks of several TODOs need."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import torch

from autograder.checks.size import expect_few, shape_of
from autograder.checks.words import Undecided, expect, numbers, standard_normal, unrelated
from autograder.judge.conversation import Handle, Student, StudentError

Rng = np.random.Generator
State = dict[str, torch.Tensor]
Mistakes = dict[str, Any]  # the numbers that each would give, by its cause in words
TABLES = ("betas", "alphas", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod")
AXES = ("images", "channels", "rows", "columns")


def draw(rng: Rng, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


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


def tensor(value: Any, what: str) -> torch.Tensor:
    """`value`, if it is a tensor of finite numbers."""
    if value is None:
        raise AssertionError(f"{what} is None: is a `return` missing?")
    if not isinstance(value, torch.Tensor):
        raise AssertionError(f"{what} should be a tensor, but it is of type {type(value).__name__}")
    numbers(value, what)
    return value


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


def doubles(value: Any) -> np.ndarray:
    """Numbers, or a tensor of any type, as float64: NumPy has no bfloat16."""
    return np.asarray(value.double() if isinstance(value, torch.Tensor) else value, dtype=np.float64)


def is_close(a: Any, b: Any, atol: float = 1e-4, rtol: float = 1e-3) -> bool:
    shapes = shape_of(a), shape_of(b)
    if None not in shapes and shapes[0] != shapes[1]:  # known before anything is converted
        return False
    a, b = doubles(a), doubles(b)
    return a.shape == b.shape and np.allclose(a, b, atol=atol, rtol=rtol, equal_nan=True)


def expect_together(images: torch.Tensor, *others: Any) -> None:
    """Fail where these, one spread over the other, are far more numbers than the images, before they are."""
    with contextlib.suppress(RuntimeError):  # shapes that do not go together are told where they meet
        spread = torch.broadcast_shapes(*(shape_of(other) or () for other in others))
        told = f"From images of shape {tuple(images.shape)} numbers of shape {tuple(spread)} are made"
        expect(math.prod(spread) <= 8 * images.numel(), f"{told}: do two axes spread over one another?")


def dtype_of(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def usual_mistakes(actual: Any, right: Any) -> Mistakes:
    """Mistakes that can happen to any array, fitted to `actual`; a fit counts only if every number agrees with it."""
    actual, right = doubles(actual), doubles(right)
    if actual.shape != right.shape or right.size < 3 or not np.isfinite(actual).all() or np.ptp(right) == 0:
        return {}
    low, high = actual.min(), actual.max()
    factor, shift = float((actual * right).sum() / (right * right).sum()), float((actual - right).mean())
    fits = {"the sign is wrong": -right, "everything is 0": np.zeros_like(right)}
    if low < high:
        fits[f"the numbers are cut off (clamped) at {low:.3g}"] = right.clip(low)
        fits[f"the numbers are cut off (clamped) at {high:.3g}"] = right.clip(None, high)
        fits[f"the numbers are cut off (clamped) at {low:.3g} and {high:.3g}"] = right.clip(low, high)
        fits[f"everything is multiplied by {factor:.3g}"] = factor * right
    fits[f"a constant, {shift:.3g}, is added everywhere"] = right + shift
    return fits


@contextlib.contextmanager
def shown(example: Callable[[], str]) -> Iterator[None]:
    """Where what is compared inside differs, say what the smallest input that shows it should give, and gives."""
    try:
        yield
    except StudentError:
        raise
    except AssertionError as error:
        told = str(error)
        with contextlib.suppress(AssertionError):
            told = f"{told.removesuffix('.')}. {example()}".strip()
        raise AssertionError(told) from None


@contextlib.contextmanager
def sizes_explained(shape: tuple[int, ...]) -> Iterator[None]:
    """Where torch complains about sizes, say which axes of a batch of this shape met. Its sizes should all differ."""
    try:
        yield
    except StudentError as error:
        told, met = str(error), re.search(r"tensor a \((\d+)\) must match .* b \((\d+)\) .* dimension (\d)", str(error))
        if met and "64" in met.groups() and 64 not in shape:
            told += f" Is 64 written out? Here there are {shape[0]} images."
        elif met:
            left, right, axis = map(int, met.groups())
            other = right if shape[axis : axis + 1] == (left,) else left
            if axis < 4 and other in shape:
                told += f" Numbers for each of the {other} {AXES[shape.index(other)]} met the {AXES[axis]}."
        elif "is invalid for input of size" in told:
            told += " Are sizes written out that this input does not have?"
        raise StudentError(told, error.kind, error.mix) from None


# What torch says, with CUDA or built without, where a GPU that is not there is asked for a generator of its own, a
# stream, its memory, to wait, and of sparse tensors; and what the simulation says of a second one. docs/contracts.md.
BEYOND = re.compile(
    r"not compiled with CUDA|Found no NVIDIA driver|No CUDA GPUs|CUDA error|Cannot initialize CUDA|re-initialize CUDA"
    r"|Device type CUDA is not supported for torch\.Generator|device type for generator|dummy base class"
    r"|Cannot access storage of Sparse|there is one simulated GPU"
)


def is_beyond_simulation(error: StudentError) -> bool:
    """Whether torch says so, and not the student's own line."""
    return bool(BEYOND.search(str(error))) and not re.search(r"The line is `(raise|assert)\b", str(error))


def on_the_gpu(student: Student, ask: Callable[[str], Iterable[torch.Tensor]], device: str = "cpu") -> None:
    """Ask the same on the CPU, where there must be an answer, and then on the GPU.

    There a mix of devices, a result on the wrong one, and whatever stops is charged, but for the few reasons that a
    simulation cannot decide. `student.gpu()` is the one line that decides which GPU this is: the simulated one, or a
    real one where there is one. The notebook's `device` stays the CPU: a function goes by what it is given. Only main
    has nothing else to go by, and says so.
    """
    results: list[Any] = []
    for place in ("cpu", "cuda:0"):
        if place != "cpu":
            student.gpu()
        student.swap("device", student.instrument("device", device if place != "cpu" else place))
        try:
            results = list(ask(place))
        except StudentError as error:
            if place == "cpu" or error.mix:
                raise
            if not is_beyond_simulation(error):
                raise StudentError(f"On the CPU this is right, but on a GPU {error}", error.kind) from None
            raise Undecided(f"on the simulated GPU {str(error).splitlines()[0]}") from None
    for result in results:
        tensor(result, "the result")
        where = result.lies_on
        expect(where == "cuda:0", f"With its arguments on the GPU the result should lie there too, not on: {where}")


def expect_standard_normal(first: torch.Tensor, second: torch.Tensor, what: str) -> None:
    """`first` (16, 3, 20, 20) is standard normal, drawn for each element by itself; so is `second`, drawn later.

    n = 19,200 numbers. False alarms, together less than 1.1e-7:
    - relations: any two images (1,200 numbers), channels (6,400), rows or columns (960) must have a correlation
      below 7 standard errors (0.20, 0.09, 0.23): 503 pairs at 3e-12 each. Shared numbers are at 1, mirrored ones
      at -1: 31 standard errors and more.
    - repeats: in float32 about 6 of 19,200 normal numbers share their size with another by chance; 200 are allowed.
      A half that was copied from the other in any order repeats 9,600.
    - distribution: `standard_normal` (1e-7; its docstring says what it finds).
    - bounds: that no number goes beyond 3.2 has a probability of (1 - 0.00137)^19200 = 3e-12.
    - standardised: that the means of all 16 images lie within 1e-5 of 0 (a standard error of 0.029, so 3e-4 each),
      or the means of two calls within 1e-6 (a standard error of 0.0072, so 1.1e-4 each), has 2e-8 at most.
    """
    size, many = first.abs().flatten(), len(first.unique())
    told = f"only {many} different numbers are in it" if many > 1 else "one number stands everywhere"
    expect(many > 100, f"{what} should be drawn for each element by itself, but {told}")
    relations = []
    for axis, name in enumerate(("images of a batch", "channels", "rows", "columns")):
        lines = first.double().movedim(axis, 0).flatten(1).numpy()
        with np.errstate(all="ignore"):  # a constant line has no correlation
            related = np.nan_to_num(np.corrcoef(lines), nan=1.0) - np.eye(len(lines))
        strongest = related.flat[np.abs(related).argmax()]
        kind = "copies" if strongest > 0.99 else "mirror images" if strongest < -0.99 else "relatives"
        if abs(strongest) >= 7 / math.sqrt(lines.shape[1]):
            relations.append((abs(strongest), f"there are {name} that are {kind} of one another"))
    told = max(relations, default=(0, ""))[1]
    expect(not told, f"{what} should be drawn for each element by itself, but {told}")
    highest = size.max().item()
    if int((size > highest - 1e-4).sum()) > 5 and highest < 3.2:
        raise AssertionError(f"{what} should be standard normal, but it is cut off (clamped) at {highest:.2f}")
    repeats = size.numel() - len(size.unique())
    expect(
        repeats <= 200,
        f"{what} should be drawn for each element by itself, but {repeats} of {size.numel()} "
        "numbers occur again elsewhere (with either sign): is a part copied, or are digits lost?",
    )
    standard_normal(first, what)
    expect(highest > 3.2, f"{what} should be standard normal, but no number goes beyond {highest:.2f}: is it cut off?")
    each = first.double().mean((1, 2, 3)).abs().max().item()
    whole = max(abs(noise.double().mean().item()) for noise in (first, second))
    free = each > 1e-5 and whole > 1e-6
    expect(free, f"{what} has a mean of exactly 0: was it standardised? Then its numbers depend on one another")
    unrelated(
        first.double().numpy(),
        second.double().numpy(),
        f"{what} of one call should have nothing to do with the noise of the next",
    )


def expect_nothing_shared(noise: torch.Tensor, what: str) -> None:
    """`noise` (32, 8, 32, 32) has no part that several of its elements share, small as it may be.

    The means over each set of axes, standardised, are independent standard normals: the sum of the squares of n of
    them has a chi-square distribution, whose cube root is nearly normal (Wilson and Hilferty). Beyond 6.5 standard
    errors: 4e-11, in 14 sets 6e-10; that all axes together pass is left to `standard_normal`. A tenth of the noise, as
    in offset noise, is 10 standard errors where 8 elements share it, and 14 and more for 16 and more.
    """
    found = {}
    for shared in (axes for count in (1, 2, 3) for axes in combinations(range(4), count)):
        means = noise.double().mean(shared)
        n = means.numel()
        each = (means.square().sum().item() * noise.numel() / n / n) ** (1 / 3)
        found[(each - 1 + 2 / (9 * n)) / math.sqrt(2 / (9 * n))] = " and ".join(AXES[axis] for axis in shared)
    most, least = max(found), min(found)
    alone = f"{what} should be drawn for each element by itself, but"
    expect(most < 6.5, f"{alone} a part of it is shared by {found[most]}")
    expect(least > -6.5, f"{alone} its means over {found[least]} are too near 0: was it standardised?")


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
