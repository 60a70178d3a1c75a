"""What the tests of the reference share: its functions without its training runs, diffusers, the exact-eps oracle."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Collection
from types import ModuleType

import matplotlib
import numpy as np
import torch
from diffusers import DDPMScheduler

from autograder.authoring.expand import shared_cells
from autograder.authoring.text import numbered, role_id, role_of
from course_config import ROOT


def solution(assignment: str, without: Collection[str] = ()) -> ModuleType:
    """The provided and the TODO cells of an assignment's text as a module, its solutions included.

    Checks, plots and training runs stay out, and the cells named in `without`. It is read from source/, so that an
    edit is tested before it is built; `course build --check` holds the notebooks equal to it.
    """
    path = ROOT / "source" / f"{assignment}.py"
    module, shared = ModuleType(f"{assignment}_solution"), shared_cells(ROOT)
    with matplotlib.rc_context(), contextlib.redirect_stdout(io.StringIO()):  # their imports cell sets and prints
        for line, cell in numbered(path.read_text(encoding="utf-8")):
            if cell.cell_type == "code" and role_of(cell) in ("given", "todo") and role_id(cell) not in without:
                # Blank lines above, so that a traceback names the line of the text.
                source = cell.source or shared[cell.metadata["given"]]
                exec(compile("\n" * line + source, str(path), "exec"), module.__dict__)
    return module


def float64_ddpm(betas: np.ndarray, clip: bool = False) -> DDPMScheduler:
    """The scheduler of diffusers with variance beta, over these betas in float64: it would cast them to float32."""
    ddpm = DDPMScheduler(num_train_timesteps=len(betas), variance_type="fixed_large", clip_sample=clip)
    ddpm.betas = torch.as_tensor(betas, dtype=torch.float64)
    ddpm.alphas = 1 - ddpm.betas
    ddpm.alphas_cumprod = torch.cumprod(ddpm.alphas, dim=0)
    return ddpm


def exact_eps(x_t: np.ndarray, alpha_bar: float, points: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """E[eps | x_t], the best guess of all, where x_0 is the row points[j] with probability shares[j]."""
    noise_var = 1 - alpha_bar
    squared = np.square(x_t[:, None] - np.sqrt(alpha_bar) * points).sum(axis=-1)
    log_weight = np.log(shares) - squared / (2 * noise_var)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    mean_x_0 = weight @ points / weight.sum(axis=1, keepdims=True)
    return (x_t - np.sqrt(alpha_bar) * mean_x_0) / np.sqrt(noise_var)


def assert_drawn_from(samples: np.ndarray, points: np.ndarray, shares: np.ndarray) -> None:
    """Every sample is one of the points, and each point came up as often as its share says, within 4.5 errors.

    With the exact guess the last step, which adds no noise, ends on a point whatever the schedule: only rounding is
    left, 1e-14 in float64. The number of samples at a point is binomial, so its standard error is known.
    """
    distances = np.linalg.norm(samples[:, None] - points, axis=-1)
    assert distances.min(axis=1).max() < 1e-10
    found = np.bincount(distances.argmin(axis=1), minlength=len(points)) / len(samples)
    errors = np.sqrt(shares * (1 - shares) / len(samples))
    assert np.abs((found - shares) / errors).max() < 4.5, f"shares {found}, wanted {shares} within {errors}"


def assert_standard_normal(draws: np.ndarray) -> None:
    """Mean 0, variance 1 and uncorrelated columns, for draws (N, columns), each within 5 standard errors."""
    n, columns = draws.shape
    assert np.abs(draws.mean(axis=0)).max() < 5 / np.sqrt(n)
    second = draws.T @ draws / n  # the variance of a square is 2, of a product of two columns 1
    assert (np.abs(second - np.eye(columns)) < 5 * np.sqrt((1 + np.eye(columns)) / n)).all(), second
