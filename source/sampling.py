# %% [markdown]
# # sampling
#
# What you build here, and what you can do afterwards.
#
# * Work from top to bottom and run one cell at a time.
# * Each **TODO** has a description, a stub, hints and a check. Read the stub's docstring: it says what must
#   be true of your result. What it leaves open is yours to choose.
# * The check prints ✓, or a sentence about what is wrong. It tests part of what the grader tests.
#
# | TODO | you write | difficulty | minutes | points |
# |---|---|---|---|---|
# | [cosine_alpha_bars] | `cosine_alpha_bars` | ●●○○○ | 10 | 8 |
# | [to_x_0] | `to_x_0` | ●○○○○ | 10 | 10 |
# | [ddim_step] | `ddim_step` | ●●●●○ | 15 | 14 |
# | [sample] | `sample` | ●●●●○ | 20 | 16 |
# | [guided] | `guided` | ●●○○○ | 10 | 12 |
# | [ema_update] | `ema_update` | ●●○○○ | 10 | 8 |
# | [frechet_distance] | `frechet_distance` | ●●●○○ | 15 | 12 |

# %% given="needs"
# The least versions that this notebook was run with.
NEEDS = {"python": "3.10", "numpy": "1.26", "matplotlib": "3.8", "torch": "2.6"}

# %% given="start"


# %% given="imports"
import contextlib
import io
import linecache
import math
import traceback

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import display


# %% given="check_helper"


# %% [markdown]
# ## A schedule that wastes less
#
# ### TODO [cosine_alpha_bars]: `cosine_alpha_bars`
#
# (Nichol & Dhariwal 2021, equation 17)


# %% todo="cosine_alpha_bars"
# ✎ TODO [cosine_alpha_bars]: this cell is yours.
def cosine_alpha_bars(T, s=0.008):
    """Return the T numbers alpha_bar_0, ..., alpha_bar_{T-1} of the cosine schedule, a float64 tensor (T,).

    Must be true: alpha_bar_t is the product of 1 - beta_0 up to and including 1 - beta_t; beta_t is
    1 - f(t + 1) / f(t), but at most 0.999, with f(u) = cos^2(pi / 2 * (u / T + s) / (1 + s)); for any T and s.
    Yours to choose: how you compute cosines and products.
    """
    ### BEGIN SOLUTION
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return torch.cumprod(1 - betas, dim=0)
    ### END SOLUTION


# %% [markdown] hint="cosine_alpha_bars"
# <details><summary>Hints for <code>cosine_alpha_bars</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="cosine_alpha_bars"
with check("cosine_alpha_bars"):  # a NameError? Run the notebook from its first cell on.
    assert cosine_alpha_bars is not None, "To be written."

# %% [markdown]
# ## Three things a network can predict
#
# ### TODO [to_x_0]: `to_x_0`
#
# (Salimans & Ho 2022)


# %% todo="to_x_0"
# ✎ TODO [to_x_0]: this cell is yours.
def to_x_0(kind, output, x, signal, sigma):
    """Return the image that the model's output stands for, like x (B, C, H, W) in shape and dtype.

    Must be true: x is signal * x_0 + sigma * eps. Of kind "eps" the output is eps, of kind "x0" it is x_0, of
    kind "v" it is signal * eps - sigma * x_0; another kind raises ValueError. signal and sigma are numbers, tensors
    without a dimension, or float64 tensors that broadcast, such as (B, 1, 1, 1). Nothing is clipped; x and output stay
    as they are.
    Yours to choose: the route.
    """
    ### BEGIN SOLUTION
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f'The kind is "eps", "x0" or "v", not {kind!r}.')
    return x_0.to(x.dtype)
    ### END SOLUTION


# %% [markdown] hint="to_x_0"
# <details><summary>Hints for <code>to_x_0</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="to_x_0"
with check("to_x_0"):  # a NameError? Run the notebook from its first cell on.
    assert to_x_0 is not None, "To be written."

# %% [markdown]
# ## One step of any length
#
# ### TODO [ddim_step]: `ddim_step`
#
# (Song, Meng & Ermon 2021, equations 12 and 16)


# %% todo="ddim_step"
# ✎ TODO [ddim_step]: this cell is yours.
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    """Return the next x, at the level `there`, given x at the level `here` and its image x_0; like x.

    Must be true: a level is (signal, sigma). eps is the noise of x, if its image is x_0;
    new = eta * sigma_there / sigma_here * sqrt(1 - (signal_here / signal_there)^2), and the result is
    signal_there * x_0 + sqrt(sigma_there^2 - new^2) * eps + new * z, z fresh standard normal noise, drawn from
    `generator` where there is one. With eta 0 nothing is drawn, and `there` may be noisier than `here`; with
    there = (1, 0) the result is x_0. x and x_0 stay as they are.
    Yours to choose: the route.
    """
    ### BEGIN SOLUTION
    (signal, sigma), (next_signal, next_sigma) = here, there
    eps = (x - signal * x_0) / sigma
    new = eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    x = next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * eps
    if new > 0:
        x = x + new * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x
    ### END SOLUTION


# %% [markdown] hint="ddim_step"
# <details><summary>Hints for <code>ddim_step</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="ddim_step"
with check("ddim_step"):  # a NameError? Run the notebook from its first cell on.
    assert ddim_step is not None, "To be written."

# %% [markdown]
# ## The whole way
#
# ### TODO [sample]: `sample`
#
# (Song, Meng & Ermon 2021)


# %% todo="sample"
# ✎ TODO [sample]: this cell is yours.
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    """Return images of `shape`, float32, drawn by the model along the timesteps.

    Must be true: it begins with standard normal noise. At each of the timesteps (a falling list, such as
    [900, 500, 100]) it asks model(x, t) once for all images, t a tensor (B,) of whole numbers; what comes back is of
    this kind (see to_x_0). From there it goes, with eta, to the level of the timestep listed next, and from the last
    one to the image, (1, 0). schedule holds alpha_bar_t, t = 0..T-1. All noise comes from `generator` where there is
    one: the same state gives the same images. A model is in eval mode while it is asked, and afterwards as it was; a
    plain function will do as well. No gradients. Images, t and noise lie on schedule's device, as the generator does.
    Yours to choose: whether you use to_x_0 and ddim_step. Not here: clipping.
    """
    ### BEGIN SOLUTION
    signals, sigmas = schedule.sqrt().tolist(), (1 - schedule).sqrt().tolist()
    levels = [(signals[t], sigmas[t]) for t in timesteps] + [(1.0, 0.0)]
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    with torch.no_grad():
        for t, here, there in zip(timesteps, levels, levels[1:]):
            output = model(x, torch.full((shape[0],), t, device=schedule.device))
            x_0 = to_x_0(kind, output, x, *here)
            x = ddim_step(x, x_0, here, there, eta, generator)
    if was_training:
        model.train()
    return x
    ### END SOLUTION


# %% [markdown] hint="sample"
# <details><summary>Hints for <code>sample</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="sample"
with check("sample"):  # a NameError? Run the notebook from its first cell on.
    assert sample is not None, "To be written."

# %% [markdown]
# ## Steered
#
# ### TODO [guided]: `guided`
#
# (Ho & Salimans 2022, equation 6)


# %% todo="guided"
# ✎ TODO [guided]: this cell is yours.
def guided(model, labels, w):
    """Return a function of (x, t) that is the model with classifier-free guidance of strength w.

    Must be true: the function gives m + w * (m - n), where m = model(x, t, labels) and n = model(x, t), for any w:
    w = 0 is the model with its labels. labels None gives model(x, t), whatever w is.
    Yours to choose: which of the two you ask first, and whether you ask both where w is 0.
    """

    ### BEGIN SOLUTION
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
    ### END SOLUTION


# %% [markdown] hint="guided"
# <details><summary>Hints for <code>guided</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="guided"
with check("guided"):  # a NameError? Run the notebook from its first cell on.
    assert guided is not None, "To be written."

# %% [markdown]
# ## The weights that draw
#
# ### TODO [ema_update]: `ema_update`
#
# (Ho, Jain & Abbeel 2020, appendix B)


# %% todo="ema_update"
# ✎ TODO [ema_update]: this cell is yours.
def ema_update(average, model, decay):
    """Move the average's parameters towards the model's, in place; both have the same parameters and buffers.

    Must be true: each floating-point parameter becomes decay * itself + (1 - decay) * the model's. Everything else,
    buffers (floating-point or not) and parameters that hold integers, is copied. The tensors of `average` stay the same
    objects, autograd tracks nothing of it, requires_grad stays; the model does not change.
    Yours to choose: how you pair them, what you return.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters(), strict=True):
            if own.is_floating_point():
                own.lerp_(new, 1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers(), strict=True):
            own.copy_(new)
    ### END SOLUTION


# %% [markdown] hint="ema_update"
# <details><summary>Hints for <code>ema_update</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="ema_update"
with check("ema_update"):  # a NameError? Run the notebook from its first cell on.
    assert ema_update is not None, "To be written."

# %% [markdown]
# ## How good are they?
#
# ### TODO [frechet_distance]: `frechet_distance`
#
# (Heusel et al. 2017, equation 6)


# %% todo="frechet_distance"
# ✎ TODO [frechet_distance]: this cell is yours.
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    """Return the squared Frechet distance of two Gaussians, a float; means (D,), covariances (D, D), float64.

    Must be true: |mean_a - mean_b|^2 + trace(cov_a + cov_b - 2 * (cov_a cov_b)^(1/2)). It is the same with both
    Gaussians exchanged, 0 for equal ones, and real and finite for covariances that are singular, all zeros too.
    Yours to choose: the way to the trace of the root.
    """
    ### BEGIN SOLUTION
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    return ((mean_a - mean_b) ** 2).sum().add(cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item()
    ### END SOLUTION


# %% [markdown] hint="frechet_distance"
# <details><summary>Hints for <code>frechet_distance</code>, by symptom</summary>
#
# To be written.
# </details>

# %% check="frechet_distance"
with check("frechet_distance"):  # a NameError? Run the notebook from its first cell on.
    assert frechet_distance is not None, "To be written."

# %% [markdown]
# ## Before you hand in
#
# The table below says what the checks in sight said when they ran last. Hand in this notebook under its name, in the way
# that the course named.

# %% given="overview_helper"


# %% given="overview"
overview(
    cosine_alpha_bars=8,
    to_x_0=10,
    ddim_step=14,
    sample=16,
    guided=12,
    ema_update=8,
    frechet_distance=12,
)
