"""The words that checks are written in: what a check is worth, and ways to fail it with a sentence for the student."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from autograder.checks.size import expect_few
from autograder.verdict import Part

GRID = np.linspace(-8, 8, 16_001)
BELL = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in GRID])  # below it; in between a line is right to 4e-8
Function = TypeVar("Function", bound=Callable[..., None])


def points(count: float, part: Part = "facet") -> Callable[[Function], Function]:
    """What a check is worth, and which part of its TODO it is."""

    def mark(function: Function) -> Function:
        function.points, function.part = float(count), part  # type: ignore[attr-defined]  # functions take any
        return function

    return mark


class Undecided(Exception):
    """This check cannot be decided here; it gives its points and says why."""


def expect(condition: bool, sentence: str) -> None:
    """Fail the check with a sentence for the student."""
    if not condition:
        raise AssertionError(sentence)


def expect_no_zeros_and_ones(table: np.ndarray, name: str) -> None:
    """Before it is asked what follows from a table: of zeros and ones the next table follows whatever it is for."""
    told = np.isfinite(table).all() and np.mean(np.abs(table * (1 - table)) > 1e-8) > 0.5
    expect(bool(told), f"{name} should be no table of zeros and ones")


def numbers(value: Any, what: str) -> np.ndarray:
    """`value` as a float64 array; fail with a sentence where it is not numbers, or not finite."""
    if value is None:
        raise AssertionError(f"{what} is None: is a `return` missing?")
    expect_few(value, what)
    if type(value).__module__.startswith("torch"):
        value = value.double().numpy() if value.is_floating_point() else value.numpy()
    if not isinstance(value, (np.ndarray, np.generic, int, float, bool)):
        raise AssertionError(f"{what} should be an array of numbers, but it is {_kind(value)}")
    if np.iscomplexobj(value):
        raise AssertionError(f"{what} should be real numbers, but they are complex")
    array = np.asarray(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise AssertionError(f"{what} holds NaN or infinite numbers")
    return array


def array(value: Any, what: str) -> np.ndarray:
    """`numbers`, but plain lists will do: that something is an array is a matter of form, asked for by itself."""
    if isinstance(value, (list, tuple)):
        expect_few(value, what)
        try:
            value = np.asarray(value, dtype=np.float64)
        except (ValueError, TypeError):
            raise AssertionError(f"{what} should be an array of numbers") from None
    return numbers(value, what)


def pair(value: Any, what: str) -> tuple[Any, Any]:
    """`value` as two things; fail with a sentence where it is something else."""
    value = unpacked(value)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise AssertionError(f"{what} should be two things, (a, b), but it is {_kind(value)}")
    return value[0], value[1]


def unpacked(value: Any) -> Any:
    """A tuple of a class of its own (a namedtuple) stays on the student's side: here it becomes a plain one."""
    parts: list[Any] = []
    while type(value).__name__ == "Handle" and len(parts) < 9:
        try:
            parts.append(value[len(parts)])
        except Exception:  # no more parts, or nothing that has any
            break
    return tuple(parts) if parts else value


def close(
    actual: Any,
    expected: Any,
    statement: str,
    if_close_to: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    atol: float = 1e-5,
    rtol: float = 1e-4,
) -> None:
    """Compare numbers; where they differ say what should be true, how far off it is, and the likeliest cause.

    `if_close_to` maps a cause, in words, to the numbers that this mistake would give; or gives the map when asked, so
    that it is worked out only where it is needed.
    """
    actual, expected = numbers(actual, "the result"), numbers(expected, "the expected result")
    if actual.shape != expected.shape:
        shapes = f"the shape should be {expected.shape}, but it is {actual.shape}"
        raise AssertionError(f"{statement}: {shapes}")
    if np.allclose(actual, expected, atol=atol, rtol=rtol):
        return
    known = if_close_to() if callable(if_close_to) else if_close_to or {}
    for cause, wrong in known.items():
        wrong = np.asarray(wrong, dtype=np.float64)
        if wrong.shape == actual.shape and np.allclose(actual, wrong, atol=atol, rtol=rtol):
            raise AssertionError(f"{statement}. It looks as if {cause}.")
    worst = np.unravel_index(np.abs(actual - expected).argmax(), actual.shape)
    where = f" at index {', '.join(map(str, worst))}" if actual.ndim else ""
    raise AssertionError(f"{statement}: expected about {expected[worst]:.5g}{where}, got {actual[worst]:.5g}")


def standard_normal(values: Any, what: str, slack: float = 0.002) -> None:
    """Fail unless the distinct numbers in `values` look standard normal: mean, standard deviation and shape.

    Distinct, so that noise that was drawn once and used twice is charged where independence is; but three of four
    numbers may not be repeats.

    Mean and standard deviation of n numbers have standard errors 1/sqrt(n) and 1/sqrt(2n); the bars are 6 of them:
    false alarm 2e-9 each. With n = 19,200 (mnist) a standard deviation of 0.95 is 9.8 standard errors away, so that it
    passes once in 1e4; 0.9 is 19 away.

    Shape, by the Kolmogorov-Smirnov distance: P(distance > d) <= 2 exp(-2 n d^2) for n independent numbers whatever the
    distribution (Dvoretzky, Kiefer, Wolfowitz, Massart); d is set for 1e-7. `slack` covers float32 and, where given, a
    scale that was estimated. Bars: 0.0165 for n = 40,000 (q_sample), 0.0245 with slack 0.01 (p_sample), 0.0229 for
    19,200, 0.0405 for 20,000 with slack 0.02 (jitter). A uniform of variance 1 is at 0.0572, beyond these bars by 18,
    15, 11 and 5 standard errors of the distance (sqrt(F (1 - F) / n) where the two differ most); a Laplace at 0.062; a
    half normal at 0.093; numbers cut off at 2 at 0.0227, which only the first bar finds.
    """
    every = numbers(values, what)
    values = np.unique(every)
    expect(
        len(values) > max(100, every.size // 4),
        f"{what} should be standard normal, but it holds only {len(values)} different numbers: is noise drawn once "
        "and broadcast, or not drawn at all?",
    )
    n, mean, deviation = len(values), values.mean(), values.std()
    found = f"{what} should be standard normal; it has mean {mean:.2f}, standard deviation {deviation:.2f}"
    steps = np.arange(n + 1) / n
    below = np.interp(values, GRID, BELL)
    distance = max(np.abs(steps[1:] - below).max(), np.abs(steps[:-1] - below).max())
    bell = distance <= math.sqrt(math.log(2e7) / (2 * n)) + slack
    if bell and abs(mean) < 6 / math.sqrt(n) and abs(deviation - 1) < 6 / math.sqrt(2 * n):
        return
    flat = np.linspace(values[0], values[-1], 101)[1:-1]
    if np.abs(np.searchsorted(values, flat) / n - np.linspace(0, 1, 101)[1:-1]).max() < 0.02:
        raise AssertionError(f"{found} and looks uniform.")
    if n > 5000 and (beyond := np.abs(values).max()) < 3 * deviation:  # by chance once in 7e5, and then only told so
        raise AssertionError(f"{found} and nothing lies beyond {beyond:.2f}: is it cut off?")
    raise AssertionError(f"{found}.")


def unrelated(a: Any, b: Any, sentence: str) -> None:
    """Fail with `sentence` where two series of n numbers are correlated beyond 7 standard errors, 7 / sqrt(n).

    False alarm about 3e-12 (normal tails). Copies, mirror images and broadcast numbers have correlation 1 or -1, which
    is sqrt(n) standard errors: 32 for n = 1,000, 141 for 20,000; they never pass. A correlation of 0.2 between 20,000
    pairs is 28 standard errors away, 21 beyond the bar.
    """
    a, b = np.ravel(a) - np.mean(a), np.ravel(b) - np.mean(b)
    size = math.sqrt((a @ a) * (b @ b))
    expect(size > 0 and abs(a @ b) / size < 7 / math.sqrt(len(a)), sentence)


def drawn_anew(draws: Sequence[Any], what: str) -> None:
    """Fail where the noise of several calls, n numbers each, is mixed anew from fewer that were drawn.

    Between independent calls n c^2, with c their correlation, has mean 1 and standard deviation 1.41; where r numbers
    stand behind each call, its mean is n / r. The bar for the mean over P pairs is 10 standard errors, 1 + 14 /
    sqrt(P): 2e-10 for 28 pairs, by the chi-square distribution, and less for more. 28 pairs find r < n / 4.
    """
    lines = np.array([np.ravel(noise) for noise in draws], dtype=np.float64)
    with np.errstate(all="ignore"):  # a constant has no correlation
        pairs = np.asarray(np.corrcoef(lines))[np.triu_indices(len(lines), 1)]
    related = lines.shape[1] * np.mean(np.nan_to_num(pairs, nan=1.0) ** 2)
    sentence = f"{what} should be drawn number by number, but calls have more in common than chance allows"
    expect(bool(related < 1 + 10 * math.sqrt(2 / len(pairs))), f"{sentence}: are a few draws mixed, or one kept?")


def _kind(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return repr(value) if type(value).__name__ == "Handle" else f"of type {type(value).__name__}"
