"""What the checks of any assignment in PyTorch may need."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import torch

from autograder.checks.size import shape_of
from autograder.checks.words import Undecided, expect, numbers, standard_normal, unrelated
from autograder.judge.conversation import Student, StudentError

Rng = np.random.Generator
State = dict[str, torch.Tensor]
Mistakes = dict[str, Any]  # the numbers that each would give, by its cause in words
AXES = ("images", "channels", "rows", "columns")


def draw(rng: Rng, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


def tensor(value: Any, what: str) -> torch.Tensor:
    """`value`, if it is a tensor of finite numbers."""
    if value is None:
        raise AssertionError(f"{what} is None: is a `return` missing?")
    if not isinstance(value, torch.Tensor):
        raise AssertionError(f"{what} should be a tensor, but it is of type {type(value).__name__}")
    numbers(value, what)
    return value


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
