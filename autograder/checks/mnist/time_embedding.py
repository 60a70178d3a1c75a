"""Hidden checks of time_embedding: a timestep as sines and cosines.

atol 1e-3: at t near 1000 honest float32 routes to an angle differ by up to 1.1e-4; nine times that still tells all
look-alikes apart.
"""

from __future__ import annotations

import contextlib
import math

import numpy as np
import torch

from autograder.checks.tensors import Mistakes, Rng, dtype_of, is_close, on_the_gpu, shown, sizes_explained, tensor
from autograder.checks.words import close, expect, numbers, points
from autograder.judge.conversation import Student, StudentError


def waves(t: np.ndarray, dim: int) -> Mistakes:
    """The embedding (B, dim) by cause."""
    half = dim // 2
    t, k = np.asarray(t, dtype=np.float64)[:, None], np.arange(half)
    rounded = torch.from_numpy(t).bfloat16().double().numpy()
    freqs = 10000.0 ** (-k / half)
    right = t * freqs
    angles = {
        "": right,
        "the denominator is half - 1": t * 10000.0 ** (-k / max(half - 1, 0.5)),
        "the denominator is the whole dimension": t * 10000.0 ** (-k / dim),
        "the denominator is half + 1": t * 10000.0 ** (-k / (half + 1)),
        "k steps by two (0, 2, 4, ...) over half": t * 10000.0 ** (-2 * k / half),
        "k starts at 1": t * 10000.0 ** (-(k + 1) / half),
        "the frequencies run backwards, from slow to fast": right[:, ::-1],
        "the frequencies lie on a straight line from 1 to 1/10000": t * np.linspace(1, 1e-4, half),
        "all frequencies are 1 (a division of whole numbers, perhaps)": t * np.ones(half),
        "the logarithm has base 10": t * np.exp(-4.0 * k / half),
        "the logarithm has base 2": t * np.exp(-math.log2(10000) * k / half),
        "the base is 10001 (log1p)": t * 10001.0 ** (-k / half),
        "the frequencies were cut to whole numbers": t * np.floor(freqs),
        "the angles were cut to whole numbers": np.floor(right),
        "the angles are taken as degrees": np.radians(right),
        "the angles are multiplied by 2 pi": 2 * np.pi * right,
        "the angles are multiplied by pi": np.pi * right,
        "t is divided by 1000 first": right / 1000,
        "t is divided by the frequencies": t / freqs,
        "t is off by one": (t + 1) * freqs,
        "timesteps above 255 wrap round, as in a uint8": (t % 256) * freqs,
        "timesteps above 127 wrap round, as in an int8": ((t + 128) % 256 - 128) * freqs,
        "the timesteps pass through bfloat16, which knows eight bits": rounded * freqs,
        "every row belongs to the first t": np.repeat(right[:1], len(t), axis=0),
        "the table of angles is reshaped where it should be transposed": right.T.reshape(len(t), half),
        "timesteps above 999 are taken for 999": t.clip(max=999) * freqs,
        "each row has one frequency for all of its columns: k should run over the columns": (
            t * np.resize(freqs, (len(t), 1)) * np.ones(half)
        ),
        "every column has the last frequency": t * freqs[-1] * np.ones(half),
        "the angles are t to the power of the frequencies": np.power(t, freqs),
        "t is added to the frequencies, not multiplied": t + freqs,
    }
    # Here float32 decides every digit, so the float64 twin would not look like it.
    rising = torch.from_numpy(t).float() * torch.exp(math.log(10000.0) * torch.arange(half) / half)
    angles["the minus in the exponent is missing"] = rising.double().numpy()
    embedded = {cause: np.hstack([np.sin(angle), np.cos(angle)]) for cause, angle in angles.items()}
    sin, cos = np.sin(right), np.cos(right)
    return embedded | {
        "the cosines stand first": np.hstack([cos, sin]),
        "sines and cosines are interleaved": np.stack([sin, cos], -1).reshape(len(t), dim),
        "the sine fills both halves": np.hstack([sin, sin]),
        "the cosine fills both halves": np.hstack([cos, cos]),
        "the cosines are taken of the sines, not of the angles": np.hstack([sin, np.cos(sin)]),
        "the angles themselves are returned, without sine and cosine": np.hstack([right, right]),
        "the sign of the sines is wrong": np.hstack([-sin, cos]),
        "sines and cosines are divided by a root": np.hstack([sin, cos]) / math.sqrt(half),
    }


def fitted_base(at_one: np.ndarray, t: np.ndarray, dim: int) -> Mistakes:
    """What the row of t = 1 tells about the frequencies: the base, if they fall geometrically from 1."""
    half = dim // 2
    freqs = np.arcsin(np.clip(at_one[:half], -1, 1))
    if half < 3 or (freqs <= 0).any() or abs(freqs[0] - 1) > 1e-3:
        return {}
    base = math.exp(-np.polyfit(np.arange(half), np.log(freqs), 1)[0] * half)
    angles = np.asarray(t, dtype=np.float64)[:, None] * base ** (-np.arange(half) / half)
    told = f"the frequencies fall with base {base:.5g}, not 10000"
    return {told: np.hstack([np.sin(angles), np.cos(angles)])}


def moments(rng: Rng, count: int) -> torch.Tensor:
    """Some timesteps from 0 to 999, none of them twice, with both ends and a 1 among them."""
    inner = rng.permutation(np.arange(2, 999))[: max(count - 3, 0)]
    return torch.from_numpy(np.concatenate([[999, 1, 0], inner])[:count])


def four_columns(student: Student) -> str:
    """What t = 1 and dimension 4 show of wrong waves, where they show there."""
    actual = numbers(student.TimeEmbedding(4)(torch.tensor([1])), "the embedding").flatten()
    right = waves(np.array([1]), 4)[""].flatten()
    if is_close(actual, right, atol=1e-3):
        return ""
    told = "For t = 1 and dimension 4 the row should be sin(1), sin(0.01), cos(1), cos(0.01), that is {}, but it is {}."
    return told.format(*(", ".join(f"{number:.4f}" for number in row[:8]) for row in (right, actual)))


def expect_waves(student: Student, rng: Rng, dim: int, rule: str, columns: slice = slice(None), count: int = 9) -> None:
    embedding, earlier, t = student.TimeEmbedding(dim), moments(rng, count).flip(0), moments(rng, count)
    with sizes_explained((count, dim // 2)):
        student.hold(embedding, earlier)
        actual = numbers(embedding(t), "the embedding")
    expect_shape(actual, t, dim)
    wrong = waves(t.numpy(), dim)
    right = wrong.pop("")
    wrong["the rows are those of an earlier call"] = waves(earlier.numpy(), dim)[""]
    if count > 1:
        wrong |= fitted_base(actual[1], t.numpy(), dim)
        if is_close(actual[1:3], right[1:3], atol=3e-3):
            wrong["t = 0 and t = 1 come out right and larger ones do not: do the frequencies have too few digits"] = (
                actual
            )
    exchanged = {f"the cosines stand first, and {cause}": halves_exchanged(other) for cause, other in wrong.items()}
    told = {cause: other for cause, other in (wrong | exchanged).items() if is_close(actual, other, atol=1e-3)}
    with shown(lambda: four_columns(student)):
        close(actual[:, columns], right[:, columns], rule, {c: o[:, columns] for c, o in told.items()}, atol=1e-3)


def halves_exchanged(rows: np.ndarray) -> np.ndarray:
    return np.roll(rows, rows.shape[1] // 2, axis=1)


def expect_shape(actual: np.ndarray, t: torch.Tensor, dim: int) -> None:
    """A row a timestep, a column a wave; where it is not so, say which axis was lost or met another."""
    count, half, shape = len(t), dim // 2, actual.shape
    hints = {
        (2 * count, half): ": were sines and cosines joined below each other? The columns are the last axis",
        (dim, count): ": is it transposed?",
        (count, half): ": is one half missing?",
        (count, 2 * count): ": do the frequencies run over the rows? They belong to the columns",
        (count, 128): ": is the dimension written out?",
        (count, 2): ": is there one frequency a row? Each row needs all of them",
        (count, half, 2): ": sines and cosines got an axis of their own; they belong into one",
        (count, 2, half): ": sines and cosines got an axis of their own; they belong into one",
        (2, count, half): ": sines and cosines got an axis of their own; they belong into one",
        (count, 1, dim): ": there is an axis too many",
        (dim,): ": the axis of the batch is lost",
    }
    told = hints.get(shape, ": is there a squeeze that takes an axis of length 1?" if len(shape) < 2 else "")
    timesteps = "1 timestep" if count == 1 else f"{count} timesteps"
    expect(
        shape == (count, dim),
        f"{timesteps} and dimension {dim} should give the shape ({count}, {dim}), not {shape}{told}",
    )


@points(0.25)
def test_the_first_half_is_the_sines(student: Student, rng: Rng) -> None:
    expect_waves(student, rng, 128, "The first 64 of 128 columns should be the sines of t * freq_k", slice(0, 64))


@points(0.25)
def test_the_second_half_is_the_cosines(student: Student, rng: Rng) -> None:
    expect_waves(student, rng, 128, "The last 64 of 128 columns should be the cosines of t * freq_k", slice(64, 128))


@points(0.25)
def test_other_dimensions_stretch_the_same_frequencies(student: Student, rng: Rng) -> None:
    for dim in (4, 2, 6, 16, 256):
        rule = f"With dimension {dim} the columns should be the sines, then the cosines, of t * freq_k"
        expect_waves(student, rng, dim, rule)


@points(0.25)
def test_every_row_belongs_to_its_own_t_whatever_the_batch(student: Student, rng: Rng) -> None:
    """Batches as long as half the dimension, or all of it, where a transposed table would still fit.

    Compared row by row with the student's own answer for that t alone: wrong waves are not charged again. Nor is a
    refusal of timesteps above 999, as by a table of 1000 rows; wrong numbers are.
    """
    embedding = student.TimeEmbedding(8)
    for batch in (1, 4, 8, 13):
        t = moments(rng, batch)
        together = numbers(embedding(t), "the embedding")
        expect_shape(together, t, 8)
        alone = np.vstack([numbers(embedding(t[i : i + 1]), "the embedding") for i in range(batch)])
        rule = f"In a batch of {batch}, with 4 frequencies, each row should depend on its own t and on nothing else"
        close(together, alone, rule, atol=1e-3)
        expect(batch == 1 or np.ptp(together, axis=0).max() > 0.1, "Different timesteps should get different rows")
    late = np.array([1000, 1500, 1999])
    if is_close(together, waves(t.numpy(), 8)[""], atol=1e-3):
        with contextlib.suppress(StudentError):
            wrong = waves(late, 8)
            rule = "A longer schedule has timesteps above 999, which should follow the same formula"
            close(embedding(torch.from_numpy(late)), wrong.pop(""), rule, wrong, atol=1e-3)


@points(5.5, "whole")
def test_the_embedding_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Dimensions, batches and timesteps drawn afresh, and the dimension without an argument."""
    for half in rng.integers(2, 100, 3):
        expect_waves(
            student, rng, 2 * half, f"With dimension {2 * half} each row should follow the formula", count=half
        )
    for batch in (5, 64):  # and the notebook's
        t = moments(rng, batch)
        found = tensor(student.TimeEmbedding()(t), "the embedding").double().numpy()
        expect_shape(found, t, 128)
        close(found, waves(t.numpy(), 128)[""], "Without an argument the dimension should be 128", atol=1e-3)


@points(0.25, "form")
def test_any_integer_type_gives_the_same_numbers(student: Student) -> None:
    embedding, t = student.TimeEmbedding(32), torch.tensor([0, 1, 100, 27])
    plain = numbers(embedding(t), "the embedding")
    for dtype in (torch.int32, torch.int16, torch.uint8):
        rule = f"{dtype_of(t.to(dtype))} timesteps should give the same numbers as int64"
        try:
            result = embedding(t.to(dtype))
        except StudentError as error:
            raise AssertionError(f"{rule}, but {error}") from None
        close(result, plain, rule, atol=1e-3)


@points(0.25, "form")
def test_the_embedding_is_float32(student: Student) -> None:
    result = tensor(student.TimeEmbedding(16)(torch.tensor([5, 700])), "the embedding")
    expect(result.dtype == torch.float32, f"The embedding should be float32, not {dtype_of(result)}")


@points(3, "device")
def test_the_embedding_lies_where_the_timesteps_lie(student: Student, rng: Rng) -> None:
    t = moments(rng, 5)
    on_the_gpu(student, lambda place: [student.TimeEmbedding(16).to(place)(t)])
