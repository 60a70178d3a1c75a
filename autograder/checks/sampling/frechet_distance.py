"""Hidden checks of frechet_distance, between two Gaussians.

atol is 1e-6 of the traces and the means' term: a singular covariance has eigenvalues of 1e-16 where 0 belongs, whose
roots are 1e-8. By the eigenvalues of the product, the least exact of the right ways, 2,000 pairs as they are drawn here
were off by 1.4e-8 at most. Mistakes are 1 % off and more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from autograder.checks.tensors import Mistakes, Rng
from autograder.checks.words import close, expect, numbers, points
from autograder.judge.conversation import Handle, Student, StudentError

Gaussian = tuple[torch.Tensor, torch.Tensor]


def gaussian(rng: Rng, D: int, rank: int = 0, size: float = 1.0) -> Gaussian:
    """A mean and a covariance, of the whole rank where none is given."""
    spread = torch.from_numpy(rng.normal(size=(D, rank or D + 2)))
    cov = spread @ spread.T / spread.shape[1]
    return torch.from_numpy(rng.normal(size=D)), size * (cov + cov.T) / 2


def root(matrix: torch.Tensor) -> torch.Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    half: torch.Tensor = vectors * values.clamp(min=0).sqrt() @ vectors.T
    return half


def trace_of_root(a: torch.Tensor, b: torch.Tensor) -> float:
    """Of the product's: that of the symmetric root(a) b root(a) is the same."""
    half = root(a)
    return float(torch.linalg.eigvalsh(half @ b @ half).clamp(min=0).sqrt().sum())


def distance(one: Gaussian, other: Gaussian) -> float:
    (mean_a, a), (mean_b, b) = one, other
    return float((mean_a - mean_b).square().sum() + a.trace() + b.trace()) - 2 * trace_of_root(a, b)


def mistakes(one: Gaussian, other: Gaussian) -> Mistakes:
    """What other readings of the equation give."""
    (mean_a, a), (mean_b, b) = one, other
    apart, traces, inner = float((mean_a - mean_b).square().sum()), float(a.trace() + b.trace()), trace_of_root(a, b)
    right, D = apart + traces - 2 * inner, len(mean_a)
    product = a @ b
    wrong = {
        "the distance's root is taken: this is the squared distance": math.sqrt(max(right, 0)),
        "the distance is halved": right / 2,
        "the factor 2 of the root is missing": apart + traces - inner,
        "the root is added, not subtracted": apart + traces + 2 * inner,
        "the root's term is missing": apart + traces,
        "the means' term is missing": right - apart,
        "the means' term is not squared": right - apart + math.sqrt(apart),
        "the means' differences are summed without squares": right - apart + float((mean_a - mean_b).sum()),
        "the means' absolute differences are summed, not their squares": right
        - apart
        + float((mean_a - mean_b).abs().sum()),
        "the means' squared differences are averaged, not summed": right - apart + apart / D,
        "the means are added, not subtracted": right - apart + float((mean_a + mean_b).square().sum()),
        "the square of the summed differences is taken": right - apart + float((mean_a - mean_b).sum()) ** 2,
        "each mean is squared by itself, not their difference": right
        - apart
        + float(mean_a.square().sum() - mean_b.square().sum()),
        "each mean is squared by itself, and the difference's absolute value taken": right
        - apart
        + abs(float(mean_a.square().sum() - mean_b.square().sum())),
        "the root of cov_a stands on one side of cov_b alone, and not on both sides": apart
        + traces
        - 2 * float(torch.linalg.eigvals(root(a) @ b).real.clamp(min=0).sqrt().sum()),
        **{f"it is rounded to {digits} digits": round(right, digits) for digits in (1, 2, 3, 4)},
        "the means' term is squared twice": right - apart + apart**2,
        "the covariances' term is missing: only the means count": apart,
        "the product's root is not taken: its trace is": apart + traces - 2 * float(product.trace()),
        "the root of the product's trace is taken, not the trace of its root": apart
        + traces
        - 2 * math.sqrt(max(float(product.trace()), 0)),
        "the root is taken number by number, not of the matrix": apart
        + traces
        - 2 * float(product.diagonal().clamp(min=0).sqrt().sum()),
        "the root is taken number by number, of absolute values": apart
        + traces
        - 2 * float(product.diagonal().abs().sqrt().sum()),
        "the product is taken number by number, not of matrices (* for @)": apart
        + traces
        - 2 * trace_of_root_of(a * b),
        "only the diagonals count": apart + traces - 2 * float((a.diagonal() * b.diagonal()).clamp(min=0).sqrt().sum()),
        "it is the trace of sqrt(A) sqrt(B), which is the root of A B only where they commute": apart
        + traces
        - 2 * float((root(a) @ root(b)).trace()),
        "singular values of A B are rooted, not its eigenvalues": apart
        + traces
        - 2 * float(torch.linalg.svdvals(product).sqrt().sum()),
        "A B is not symmetric, but eigvalsh reads one triangle of it": apart + traces - 2 * trace_of_root_of(product),
        "the symmetric part of A B is rooted": apart + traces - 2 * trace_of_root_of((product + product.T) / 2),
        "cov_b is left out of the root: the root of cov_a squared": apart + traces - 2 * float(a.trace()),
        "cov_a is left out of the root: the root of cov_b squared": apart + traces - 2 * float(b.trace()),
        "the root is that of the sum, not of the product": apart + traces - 2 * trace_of_root_of(a + b),
        "the traces are averaged: the mean of the diagonals": apart + (traces - 2 * inner) / D,
        "everything is averaged over the D dimensions": right / D,
        "the sum of all numbers is taken, not the trace": apart + float((a + b).sum()) - 2 * inner,
        "the covariances' difference is squared (Frobenius)": apart + float((a - b).square().sum()),
        "roots of the covariances are compared: |sqrt(A) - sqrt(B)|": apart
        + math.sqrt(float((root(a) - root(b)).square().sum())),
        "cov_a is counted twice, cov_b never": apart + 2 * float(a.trace()) - 2 * inner,
        "cov_b is counted twice, cov_a never": apart + 2 * float(b.trace()) - 2 * inner,
        "the trace of cov_a is missing": right - float(a.trace()),
        "the trace of cov_b is missing": right - float(b.trace()),
        "the sign of the covariances' term is wrong": apart - (traces - 2 * inner),
        "Cholesky factors are taken for roots": apart + traces - 2 * cholesky(a, b),
        "covariances are taken for their squares: no root is taken of them": apart
        + traces
        - 2 * float((a @ b).diagonal().abs().sum()),
        "the eigenvalues' real and imaginary parts are mixed up: everything is 0": 0.0,
        **{
            f"{small:g} is added to the diagonal of {what}": distance_with(
                one, other, *(small * part for part in parts)
            )
            for small in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
            for what, parts in {"cov_a": (1, 0), "cov_b": (0, 1), "both covariances": (1, 1)}.items()
        },
        "it is the Kullback-Leibler divergence": divergence(one, other),
        "the absolute value is taken of every part": apart + abs(traces) + 2 * abs(inner),
    }
    room = 1e-5 * (traces + apart)
    return {cause: value for cause, value in wrong.items() if math.isfinite(value) and abs(value - right) > room}


def trace_of_root_of(matrix: torch.Tensor) -> float:
    return float(torch.linalg.eigvalsh(matrix).clamp(min=0).sqrt().sum())


def cholesky(a: torch.Tensor, b: torch.Tensor) -> float:
    (low_a, failed_a), (low_b, failed_b) = (torch.linalg.cholesky_ex(m) for m in (a, b))
    return float((low_a @ low_b).trace()) if not (failed_a or failed_b) else math.nan


def distance_with(one: Gaussian, other: Gaussian, here: float, there: float) -> float:
    unit = torch.eye(len(one[0]), dtype=torch.float64)
    return distance((one[0], one[1] + here * unit), (other[0], other[1] + there * unit))


def divergence(one: Gaussian, other: Gaussian) -> float:
    (mean_a, a), (mean_b, b) = one, other
    inverse, failed = torch.linalg.inv_ex(b)
    if failed:
        return math.nan
    way = mean_b - mean_a
    return 0.5 * float((inverse @ a).trace() + way @ inverse @ way - len(way) + b.logdet() - a.logdet())


def expect_distance(student: Student, one: Gaussian, other: Gaussian, told: str) -> float:
    right = distance(one, other)
    try:
        found = number(student.frechet_distance(*one, *other), told)
    except StudentError as error:
        raise StudentError(f"{told} {error}", error.kind, error.mix) from None
    scale = float(one[1].trace() + other[1].trace() + (one[0] - other[0]).square().sum())
    close(found, right, f"{told} {RULE}", lambda: mistakes(one, other), atol=1e-6 * scale + 1e-12, rtol=1e-5)
    return found


RULE = "the distance should be |mean_a - mean_b|^2 + trace(cov_a + cov_b - 2 (cov_a cov_b)^(1/2))"


def number(answer: Any, told: str) -> float:
    """One real and finite number, whatever holds it."""
    kind = repr(answer) if isinstance(answer, Handle) else str(getattr(answer, "dtype", ""))
    if "complex" in kind:
        raise AssertionError(
            f"{told} the distance should be real, but it is complex: take the real part of the root's trace"
        )
    if isinstance(answer, (float, torch.Tensor)) and not math.isfinite(float(torch.as_tensor(answer).sum())):
        hint = "rounding leaves eigenvalues below 0, whose roots are NaN"
        raise AssertionError(
            f"{told} the distance should be finite, but it is {float(torch.as_tensor(answer).sum())}: {hint}"
        )
    found = numbers(answer, "What frechet_distance returns")
    expect(found.size == 1, f"The distance should be one number, not {found.size}: is a trace or a sum missing?")
    return float(found.reshape(()))


def commuting(rng: Rng, D: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two covariances with the same axes."""
    axes = torch.linalg.qr(torch.from_numpy(rng.normal(size=(D, D)))).Q
    a, b = (torch.from_numpy(rng.uniform(0.1, 3, D)) for _ in range(2))
    return axes * a @ axes.T, axes * b @ axes.T


@points(0.75)
def test_equal_covariances_leave_the_means(student: Student, rng: Rng) -> None:
    """The squared way between them."""
    for D in (4, 9, 1):
        (mean, cov), other = gaussian(rng, D), torch.from_numpy(rng.normal(size=D))
        expect_distance(student, (mean, cov), (other, cov), f"For equal covariances, D = {D},")


@points(0.75)
def test_diagonal_and_commuting_covariances_have_a_closed_form(student: Student, rng: Rng) -> None:
    mean, a, b = torch.zeros(6, dtype=torch.float64), *(torch.from_numpy(rng.uniform(0.1, 3, 6)) for _ in range(2))
    expect_distance(student, (mean, a.diag()), (mean, b.diag()), "For equal means and diagonal covariances")
    one, other = commuting(rng, 6)
    expect_distance(student, (mean, one), (mean, other), "For equal means and covariances with the same axes")


@points(0.75)
def test_covariances_that_do_not_commute(student: Student, rng: Rng) -> None:
    mean = torch.zeros(5, dtype=torch.float64)
    for size in (1.0, 5.0):
        one, other = gaussian(rng, 5)[1], gaussian(rng, 5, size=size)[1]
        expect_distance(student, (mean, one), (mean, other), "For equal means and covariances of different axes")


@points(0.5)
def test_it_is_the_same_with_both_exchanged(student: Student, rng: Rng) -> None:
    one, other = gaussian(rng, 6), gaussian(rng, 6, size=4.0)
    told = "With both Gaussians exchanged the distance should be the same"
    there = number(student.frechet_distance(*one, *other), "Here")
    back = number(student.frechet_distance(*other, *one), "Here")
    close(back, there, told, atol=1e-6 * abs(there) + 1e-9, rtol=1e-5)


@points(0.75)
def test_equal_gaussians_are_at_0(student: Student, rng: Rng) -> None:
    """But for rounding, 1e-6 of the traces."""
    for told, (mean, cov) in (
        ("Between equal Gaussians", gaussian(rng, 7)),
        ("Between equal Gaussians with singular covariances", gaussian(rng, 8, rank=3)),
        ("Between equal Gaussians of large numbers", gaussian(rng, 5, size=1000.0)),
    ):
        found = number(student.frechet_distance(mean, cov, mean, cov), told)
        near = abs(found) <= 1e-6 * float(2 * cov.trace())
        expect(near, f"{told} the distance should be 0, but it is {found:.4g}")


@points(1)
def test_singular_covariances_are_no_trouble(student: Student, rng: Rng) -> None:
    """Of fewer features' vectors than dimensions; of one; all zeros, on one side and on both."""
    mean, zeros = gaussian(rng, 12)[0], torch.zeros(12, 12, dtype=torch.float64)
    few, fewer, one, whole = (gaussian(rng, 12, rank) for rank in (7, 4, 1, 0))
    for told, pair in (
        ("For singular covariances", (few, fewer)),
        ("For a singular covariance and a whole one", (fewer, whole)),
        ("For covariances of rank 1", (one, few)),
        ("For a covariance of zeros", ((mean, zeros), whole)),
        ("For two covariances of zeros", ((mean, zeros), (whole[0], zeros))),
    ):
        expect_distance(student, *pair, told)


@points(6.75, "whole")
def test_the_distance_is_right_for_any_two_gaussians(student: Student, rng: Rng) -> None:
    for D, size, rank in ((1, 1.0, 0), (2, 30.0, 0), (int(rng.integers(3, 20)), 1.0, 0), (40, 2.0, 0), (40, 1.0, 25)):
        one, other = gaussian(rng, D, size=size), gaussian(rng, D, rank)
        expect_distance(student, one, other, f"For two Gaussians, D = {D},")
        expect_distance(student, other, one, f"For two Gaussians, D = {D},")


@points(0.375, "form")
def test_it_is_a_float(student: Student, rng: Rng) -> None:
    found = student.frechet_distance(*gaussian(rng, 4), *gaussian(rng, 4))
    hint = ": .item() makes one of a tensor" if isinstance(found, torch.Tensor) else ""
    float_like = isinstance(found, (float, np.floating))
    expect(float_like, f"The distance should be a float, not of type {type(found).__name__}{hint}")


@points(0.375, "form")
def test_the_arguments_stay_as_they_were(student: Student, rng: Rng) -> None:
    given = (*gaussian(rng, 4), *gaussian(rng, 4))
    there = [student.put(part) for part in given]
    student.hold(student.frechet_distance, *there)
    for handle, before, what in zip(there, given, ("mean_a", "cov_a", "mean_b", "cov_b"), strict=True):
        told = f"frechet_distance should not change the {what} that it was given, as *= and -= do"
        expect(torch.equal(student.get(handle), before), told)
