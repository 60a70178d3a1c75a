# %% [markdown]
# # A diffusion model from scratch: the spiral lab
#
# You build a complete denoising diffusion model in NumPy: the noise, the network, its backward pass, the
# training and the sampler. The data are points in the plane, so you can see every step.
#
# **After this lab you can**
#
# * write the forward process in closed form and say what its schedule controls,
# * derive backpropagation for a small network and prove it right with a gradient check,
# * train a noise predictor and judge its loss against the best loss that any predictor can reach,
# * turn noise into data with the DDPM update and explain every term in it.
#
# | TODO | you write | difficulty | minutes | points |
# |---|---|---|---|---|
# | [make_spiral] | `make_spiral` | ●●○○○ | 25 | 8 |
# | [make_linear_beta_schedule] | `make_linear_beta_schedule` | ●○○○○ | 15 | 8 |
# | [q_sample] | `q_sample` | ●●○○○ | 15 | 10 |
# | [forward_network] | `forward_network` | ●●○○○ | 25 | 8 |
# | [backward_network] | `backward_network` | ●●●●○ | 80 | 14 |
# | [train] | `train` | ●●●○○ | 40 | 12 |
# | [p_sample] | `p_sample` | ●●●○○ | 30 | 10 |
# | | three reflections, two experiments and a report | ●●●○○ | 130 | 30 |
#
# The minutes are rough estimates that no class has timed yet (five for each line of our own solution, ten where you
# derive it first, ten for each row of a rubric).

# %% [markdown]
# ## Are you ready? Five minutes
#
# You need Python with functions and loops, NumPy arrays and broadcasting, derivatives with the chain rule, and what mean,
# variance and a Gaussian are. Nothing about diffusion models, and no experience with neural networks beyond having
# seen one.
#
# Answer first, then unfold.
#
# <details><summary>1. <code>a</code> has shape (5, 2), <code>b</code> has shape (2,). Which shapes have <code>a * b</code>,
# <code>a.sum(axis=0)</code> and <code>a @ b</code>?</summary>
#
# (5, 2), (2,) and (5,).
# </details>
# <details><summary>2. $z$ has mean 0 and variance 1. Which mean and variance has $3z + 2$?</summary>
#
# 2 and 9.
# </details>
# <details><summary>3. $y = \tanh(wx)$. What is $\partial y / \partial w$?</summary>
#
# $(1 - y^2)\,x$.
# </details>
# <details><summary>4. Two independent variables have variances $a$ and $b$. Which variance has their sum?</summary>
#
# $a + b$. Standard deviations do not add up.
# </details>
#
# Three or four right: begin. Fewer: the *NumPy quickstart* and a page on the chain rule first, an hour that pays.
#
# **One notation for all assignments.**
#
# | written | means |
# |---|---|
# | $x_0$, $x_t$ | a clean example, and the same at noise level $t$ |
# | $\beta_t$, $\alpha_t = 1-\beta_t$, $\bar\alpha_t$ | noise added in step $t$, signal kept in it, signal kept by all steps up to $t$ |
# | $\epsilon$, $\hat\epsilon$ or $\epsilon_\theta(x_t, t)$ | the noise that went in, and the network's guess at it (here it gets $t/T$) |
# | $\theta$ (as an index) | all numbers that are learned |
# | $\mathcal N(\mu, \sigma^2 I)$ | independent Gaussian noise with this mean and variance |
#
# Here $t$ counts from 1 to $T$, so step $t$ is found at index `t - 1` of an array. In the MNIST lab $t$ counts from 0 to
# $T - 1$ and is the index itself: step $t$ here is step $t - 1$ there.

# %% [markdown]
# ## 0. Lab survival kit
#
# * Work from top to bottom and run one cell at a time.
# * Each **TODO** has a description, a stub, hints and a check. Read the stub's docstring: it says what
#   must be true of your result. What it leaves open is yours to choose.
# * The check prints ✓, or a sentence about what is wrong. It tests part of what the grader tests. Later checks use
#   what you wrote before: of several ✗, mend the first.
# * The hints are folded. Open them one at a time, the first one is only a nudge.
# * **Predict** boxes come before the main plots. Commit to an answer, then run. A wrong guess teaches most.
# * Stuck? Write down what you tried and what you saw, then ask a person or a tool.
# * Before you hand in: *Kernel → Restart Kernel and Run All Cells*.
# * The grader has Python's own library, NumPy and Matplotlib. A `.py` file of your own counts if you hand it in
#   beside the notebook.
#
# **AI tools.** You may use them. You must be able to explain every line that you hand in. Say in your lab
# report which tool you used and for what. Write the reflections yourself: they show what *you*
# understood.

# %% given="needs"
import os

# One thread is enough for small matrices; several slow each other down on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The least versions that this notebook was run with.
NEEDS = {"python": "3.10", "numpy": "1.26", "matplotlib": "3.8"}

# %% given="start"


# %% given="imports"
import base64
import contextlib
import copy
import io
import linecache
import math
import sys
import tempfile
import time
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from matplotlib.animation import FuncAnimation, PillowWriter

RNG_SEED = 42
rng = np.random.default_rng(RNG_SEED)

# Colours of Okabe and Ito: readers with any kind of colour vision can tell them apart.
BLUE, VERMILION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#7F7F7F"
plt.rcParams.update(
    {"figure.dpi": 90, "axes.grid": True, "grid.alpha": 0.25, "font.size": 9, "legend.frameon": False}
)

print("Ready. NumPy", np.__version__, "with seed", RNG_SEED)


# %% given="check_helper"


# %% given="progress"


# %% given="plot_points"
def plot_points(ax, points, title="", color=BLUE, limit=3.0, label=None):
    """Scatter (N, 2) points on axes of a fixed size, so that panels can be compared."""
    ax.scatter(points[:, 0], points[:, 1], s=5, alpha=0.6, color=color, label=label, linewidths=0)
    ax.set(title=title, xlim=(-limit, limit), ylim=(-limit, limit), xlabel="$x$", ylabel="$y$")
    ax.set(xticks=(-2, 0, 2), yticks=(-2, 0, 2))
    ax.set_aspect("equal", "box")


# %% [markdown]
# ## 1. A spiral to learn from
#
# Our data are points along a spiral. A spiral is thin and curved, so you see at once whether a model has
# learned its shape or only its spread.
#
# ### TODO [make_spiral]: `make_spiral`
#
# Draw an angle $\varphi$ for each point, let the radius $r$ grow with it, and go to Cartesian coordinates:
#
# $$ (x, y) = (r\cos\varphi,\; r\sin\varphi). $$
#
# Then add Gaussian jitter to both coordinates and standardise. The diffusion process mixes data with
# noise of mean 0 and variance 1, so data of the same size make the schedule mean what it says.
#
# | argument | meaning | type |
# |---|---|---|
# | `n_samples` | number of points | int |
# | `noise` | size of the jitter; more noise, more jitter | float |
# | **returns** | points | array `(n_samples, 2)`, float32 or float64 |
#
# Difficulty ●●○○○ · Importance ●●○○○ · about 25 min

# %% todo="make_spiral"
# ✎ TODO [make_spiral]: this cell is yours.
def make_spiral(n_samples=1000, noise=0.02):
    """Return points of a noisy spiral, centred and scaled, as an array (n_samples, 2) of float32 or float64.

    Must be true: one arm or more, each with at least one full turn, whose radius grows with the angle;
    independent Gaussian jitter on both coordinates that grows with `noise`; mean within 0.1 of 0;
    standard deviation of each coordinate between 0.3 and 1.3; all randomness from the notebook's `rng`,
    so every call gives fresh points.
    Yours to choose: direction, arms, turns, how the radius grows, where along the arm the points lie.
    """
    ### BEGIN SOLUTION
    # A power below 1 puts more points on the outer, longer part of the arm.
    turns = 0.25 + 1.5 * rng.uniform(size=n_samples) ** 0.7
    theta = 2 * np.pi * turns
    arm = np.stack([turns * np.cos(theta), turns * np.sin(theta)], axis=1) / turns.max()
    points = arm + noise * rng.normal(size=arm.shape)
    return ((points - points.mean(axis=0)) / points.std(axis=0)).astype(np.float32)
    ### END SOLUTION


# %% [markdown] hint="make_spiral"
# <details><summary>Hints for <code>make_spiral</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# Three lines of thought: an angle for each point, a radius for each angle, two coordinates from both.
# What range of angles makes one and a half turns? (One turn is $2\pi$.)
# </details>
# <details><summary>I get a circle, or a cloud</summary>
#
# A circle: your radius does not depend on the angle. The simplest growing radius is proportional to it.
# A cloud: the jitter is as large as the gap between two turns. Compare its size with the radius.
# </details>
# <details><summary>I get: "the spread is ..." or "the centre is ..."</summary>
#
# Standardise at the end: subtract each column's mean, divide by each column's standard deviation. Both are
# reductions over `axis=0`.
# </details>
# <details><summary>I get an array of shape (2, N)</summary>
#
# `np.stack` puts the new axis first unless you say otherwise. Which axis should hold the two coordinates?
# </details>
# <details><summary>I get the same points at each call, or "the randomness should come from rng"</summary>
#
# Do not make a generator inside the function, and do not call `np.random.…`. Use the `rng` made in the
# first cell: it has `rng.uniform` and `rng.normal`, both with `size=`.
# </details>
# </details>

# %% check="make_spiral"
def look_at_arms(curve):
    """On which share of a curve its radius grows with the angle, seen from the centre, and the turns of an arm."""
    places = curve[::20]
    near = np.argpartition(((places[:, None] - curve) ** 2).sum(axis=-1), 8, axis=1)[:, :8]
    _, size, ways = np.linalg.svd(curve[near] - curve[near].mean(axis=1, keepdims=True))
    assert np.median(size[:, 1] / size[:, 0]) < 0.3, (
        "With noise=0 the points are scattered, not on a curve. Do a point's angle and radius belong together?"
    )
    best, best_share, turns, here = -1.0, 0.0, 0.0, (0.0, 0.0, 1.0)
    for width in (0.8, 0.2, 0.05, 0.01):  # standardising moved the centre and stretched an axis: search for both
        offsets, stretches = np.linspace(-width, width, 9), (1 - width / 3, 1, 1 + width / 3)
        near = [(here[0] + a, here[1] + b, here[2] * c) for a in offsets for b in offsets for c in stretches]
        for a, b, c in near:
            (x, y), (u, v) = ((places - (a, b)) * (1, c)).T, (ways[:, 0] * (1, c)).T
            order = np.argsort(np.hypot(x, y))
            radius = np.hypot(x, y)[order]
            rise = ((x * u + y * v) / (x * v - y * u))[order]  # of the curve, against a circle
            share = np.mean((rise > 0)[radius > 0.03 * radius[-1]])
            score = max(share, 1 - share) - 0.3 * np.abs(np.diff(np.arctan(np.abs(rise)))).mean()
            if score > best:  # seen from its centre a spiral rises all the way, and smoothly
                best, best_share, here = score, max(share, 1 - share), (a, b, c)
                parts = np.array_split(np.arange(len(radius)), 16)
                growth = [np.median(np.abs(rise[part]) * radius[part]) for part in parts]  # d radius / d angle
                ends = np.append(radius[[part[0] for part in parts]], radius[-1])
                turns = np.sum(np.diff(ends) / growth) / (2 * np.pi)
    return best_share, turns


with check("make_spiral"):  # a NameError? Run the notebook from its first cell on.
    state = rng.bit_generator.state
    points = make_spiral(803, 0.02)
    assert points is not None, "make_spiral returned None: is the return missing?"
    assert isinstance(points, np.ndarray), f"Return an array, not a {type(points).__name__}."
    turned = " Each point is a row." if points.shape == (2, 803) else ""
    assert points.shape == (803, 2), (
        f"make_spiral(803) should have shape (803, 2), yours has {points.shape}.{turned}"
    )
    assert points.dtype in (np.float32, np.float64), (
        f"The points should be float32 or float64, yours are {points.dtype}."
    )
    assert np.isfinite(points).all(), "Some points are nan or infinite."
    assert len(make_spiral()) == 1000, "Without arguments there should be 1000 points, as the signature says."
    assert not np.array_equal(points, make_spiral(803, 0.02)), (
        "Two calls gave the same points: draw fresh ones."
    )
    rng.bit_generator.state = state
    assert np.array_equal(points, make_spiral(803, 0.02)), (
        "The randomness should come from rng: after rng was set back, your points were different."
    )
    centre, spread = points.mean(axis=0), points.std(axis=0)
    assert np.abs(centre).max() < 0.1, f"The centre is {centre.round(2)}, it should be near (0, 0)."
    assert spread.min() > 0.3 and spread.max() < 1.3, (
        f"The spread is {spread.round(2)}, it should be about 1."
    )
    added, sizes = [], []
    for noise in (1e-9, 0.02, 0.05, 0.125, 0.3):  # the same draws with more and more jitter
        rng.bit_generator.state = state
        cloud = np.asarray(make_spiral(2003, noise), dtype=float)
        added.append(cloud if noise == 1e-9 else np.empty_like(cloud))
        for old, new, rest in zip(added[0].T, cloud.T, added[-1].T, strict=True):
            if noise > 1e-9:  # scaling and centring, which differ a little, are taken out
                rest[:] = new - np.polyval(np.polyfit(old, new, 1), old)
        sizes.append(added[-1].std())
    assert sizes[1] > 1e-5, "noise=0.02 looks like noise=0: is it used, with a number for each point?"
    assert all(big > 1.15 * small for small, big in zip(sizes[1:], sizes[2:], strict=False)), (
        "More noise should give more jitter, from 0.02 to 0.3. Is it used, not cut off, not far too large?"
    )
    for name, jitter in zip("xy", added[2].T, strict=True):
        assert jitter.std() > 1e-5, f"There is no jitter on {name}."
        still = np.mean(np.abs(jitter) < 0.03 * jitter.std())
        assert still < 0.1, f"{still:.0%} of the points have no jitter on {name}."
    x, y = added[2].T
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.2 and abs(np.corrcoef(abs(x), abs(y))[0, 1]) < 0.2, (
        "Jitter on x and on y should be independent: draw a number for each, and add it to x and y themselves."
    )
    for jitter in (x / x.std(), y / y.std()):
        assert abs(np.mean(jitter**3)) < 0.5, "The jitter leans to one side: draw it with rng.normal."
        assert 2.3 < np.mean(jitter**4) < 4, (
            "The jitter is not Gaussian: draw it with rng.normal, and add it."
        )
    x, y = np.asarray(make_spiral(8009, 0.0), dtype=float).T
    assert np.abs(np.corrcoef(x, y)[0, 1]) < 0.999, "The points lie on a line: is y made as x is?"
    fit = np.linalg.svd(np.stack([x * x, x * y, y * y, x, y, np.ones(8009)], axis=1), compute_uv=False)
    assert fit[-1] > 1e-3 * fit[0], (  # one conic section fits all points
        "The points lie on a circle or an ellipse: let the radius grow with the angle."
    )
    share, turns = look_at_arms(np.stack([x, y], axis=1))
    assert share > 0.85, (
        "The radius should grow with the angle all along an arm: does it jump, or fall again?"
    )
    assert turns > 0.8, f"An arm should make a full turn at least, yours makes about {turns:.1f}."
    rng.bit_generator.state = state  # the points below are the same whether this check ran or not

# %% name="show_spiral"
# Figure: the 1,000 data points. They lie in a thin band that winds outwards from the middle, and fill a square from
# about -2 to 2.
X = make_spiral()

fig, ax = plt.subplots(figsize=(3.4, 3.4))
plot_points(ax, X, title=f"The spiral: {len(X)} points, standardised")
plt.show()


# %% [markdown] name="my_spiral"
# **My variation.** *Double-click and replace this line: what is your spiral (arms, turns, radius,
# jitter), and why? If you changed nothing, say so.*

# %% [markdown]
# **Further, if you like** (not graded; so are all of these). Which share of the plane's square does your spiral touch?
# Cut the square into 20 by 20 boxes and count those with a point. Then do the same with 4,000 points: does the share
# still rise, and towards what?

# %% [markdown]
# ## 2. The noise schedule
#
# The forward process takes $T$ small steps. Step $t$ keeps most of the signal and adds a little noise of
# variance $\beta_t$:
#
# $$ x_t = \sqrt{1-\beta_t}\; x_{t-1} + \sqrt{\beta_t}\; z_t, \qquad z_t \sim \mathcal N(0, I). $$
#
# Many such steps collapse into one. With $\alpha_t = 1-\beta_t$ and $\bar\alpha_t = \prod_{s=1}^{t}\alpha_s$,
#
# $$ x_t = \sqrt{\bar\alpha_t}\; x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon,\quad \epsilon\sim\mathcal N(0,I). $$
#
# (Equations 2 and 4 of [Ho, Jain and Abbeel 2020](https://arxiv.org/abs/2006.11239), the paper called DDPM.)
#
# So $\sqrt{\bar\alpha_t}$ is the share of the signal that is left at step $t$. The two factors' squares
# add up to 1: standardised data keep variance 1 all the way.
#
# **Counting.** In this lab $t$ runs from 1 to $T$, as in the formulas. Arrays start at 0, so step $t$ is
# found at index `t-1`.
#
# ### TODO [make_linear_beta_schedule]: `make_linear_beta_schedule`
#
# $$ \beta_1 = \texttt{beta\_start}, \;\dots\; , \beta_T = \texttt{beta\_end}\ \text{(evenly spaced)}, \qquad
# \alpha_t = 1 - \beta_t, \qquad \bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t $$
#
# | argument | meaning | type |
# |---|---|---|
# | `T` | number of steps | int |
# | `beta_start`, `beta_end` | first and last $\beta$, both included | float |
# | **returns** | `betas, alphas, alpha_bars` | three arrays `(T,)`, float32 or float64 |
#
# Difficulty ●○○○○ · Importance ●●●●○ · about 15 min

# %% todo="make_linear_beta_schedule"
# ✎ TODO [make_linear_beta_schedule]: this cell is yours.
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    """Return (betas, alphas, alpha_bars), three arrays of length T.

    Must be true: betas are evenly spaced from beta_start to beta_end, both included, whichever is larger; alphas are one minus
    betas; alpha_bars[k] is the product of alphas[0] up to and including alphas[k].
    """
    ### BEGIN SOLUTION
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1.0 - betas
    return betas, alphas, np.cumprod(alphas)
    ### END SOLUTION


# %% [markdown] hint="make_linear_beta_schedule"
# <details><summary>Hints for <code>make_linear_beta_schedule</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# Each of the three arrays follows from the one before it. NumPy has one function for evenly spaced
# numbers that includes both ends, and one for a running product.
# </details>
# <details><summary>I get: "betas should end at beta_end"</summary>
#
# `np.arange` leaves its end out. So does "start + k (end − start) / T": it never arrives. Divide by
# $T-1$, or let `np.linspace` do it.
# </details>
# <details><summary>I get: "alpha_bars should be ..." and mine grow above 1</summary>
#
# You built a running sum. Look for `cumprod` in the NumPy manual.
# </details>
# <details><summary>My alpha_bars are almost zero from the start</summary>
#
# You multiplied the betas. What survives a step is the alpha.
# </details>
# </details>

# %% check="make_linear_beta_schedule"
with check("make_linear_beta_schedule"):  # a NameError? Run the notebook from its first cell on.
    answer = make_linear_beta_schedule(T=3, beta_start=0.1, beta_end=0.3)
    assert answer is not None, "make_linear_beta_schedule returned None: is the return missing?"
    assert not isinstance(answer, dict) and len(answer) == 3, (
        "Return three arrays: betas, alphas, alpha_bars."
    )
    for name, values in zip(("betas", "alphas", "alpha_bars"), answer, strict=True):
        assert np.shape(values) == (3,), (
            f"{name} should have shape (3,) for T=3, yours has {np.shape(values)}."
        )
        assert isinstance(values, np.ndarray), (
            f"{name} should be an array, yours is a {type(values).__name__}."
        )
    b, a, a_bar = answer
    assert abs(b[0] - 0.1) < 1e-6, f"betas should begin with beta_start = 0.1, yours begin with {b[0]:.3f}."
    assert abs(b[-1] - 0.3) < 1e-6, f"betas should end at beta_end = 0.3, yours end at {b[-1]:.3f}."
    assert abs(b[1] - 0.2) < 1e-6, f"betas should be evenly spaced: 0.1, 0.2, 0.3. Yours are {b.round(3)}."
    cause = " Is that alpha_bars, or was it written over alphas?" if abs(a[1] - 0.72) < 1e-6 else ""
    assert np.allclose(a, [0.9, 0.8, 0.7], atol=1e-6), (
        f"alphas should be [0.9 0.8 0.7], yours are {a.round(3)}.{cause}"
    )
    cause = " You multiplied the betas." if np.allclose(a_bar, [0.1, 0.02, 0.006], atol=1e-6) else ""
    cause = " You added the alphas up." if np.allclose(a_bar, [0.9, 1.7, 2.4], atol=1e-6) else cause
    cause = " The first product is alphas[0] itself, not 1." if abs(a_bar[0] - 1) < 1e-6 else cause
    assert np.allclose(a_bar, [0.9, 0.72, 0.504], atol=1e-6), (
        f"alpha_bars should be [0.9 0.72 0.504], the running product; yours are {a_bar.round(4)}.{cause}"
    )
    for n in range(2, 120):
        b, a, a_bar = make_linear_beta_schedule(n, 0.00021, 0.03012)
        assert np.shape(b) == np.shape(a) == np.shape(a_bar) == (n,), (
            f"For T = {n} there are {len(b)} betas, {len(a)} alphas and {len(a_bar)} alpha_bars."
        )
        assert abs(b[0] - 0.00021) < 1e-7 and abs(b[-1] - 0.03012) < 1e-6, (
            f"From 0.00021 to 0.03012 your betas run from {b[0]:.5f} to {b[-1]:.5f}. Are they kept or rounded?"
        )
    assert np.allclose(a_bar[1:] / a_bar[:-1], a[1:], rtol=1e-4), (
        "Each alpha_bar should be the one before it times its alpha."
    )
    b = make_linear_beta_schedule()[0]
    assert len(b) == 100 and abs(b[0] - 1e-4) < 1e-6 and abs(b[-1] - 5e-3) < 1e-6, (
        "Is a default of the signature changed? T = 100, from 0.0001 to 0.005."
    )
    try:
        b = make_linear_beta_schedule(3, 0.3, 0.1)[0]
    except Exception:
        b = [0.3, 0.1]  # to refuse such a schedule is fine
    assert b[0] > b[-1], "From 0.3 to 0.1 betas should fall. Are they sorted?"

# %% [markdown]
# > **Predict before you run.** The cell below draws two schedules with $T=100$. One ends at
# > $\beta_T = 0.005$ (the default of the signature), the other at $\beta_T = 0.1$. Which share
# > $\sqrt{\bar\alpha_T}$ of the signal is left at the end of each: nothing, a tenth, half, most of it?
# > Write two numbers down.

# %% name="show_schedules"
# Figure: two panels over step t. Left, the noise of each step: a straight line up to 0.1 for the lab, one up to 0.005
# for the default. Right, what is left of the signal's variance: the lab's falls to nearly 0, the default's to about
# 0.77.
T = 100
betas, alphas, alpha_bars = make_linear_beta_schedule(T=T, beta_end=0.1)  # the schedule of this lab
_, _, default_alpha_bars = make_linear_beta_schedule(T=T)  # what the signature's defaults give

steps_axis = np.arange(1, T + 1)
fig, axes = plt.subplots(1, 2, figsize=(7.2, 2.8), layout="constrained")
axes[0].plot(steps_axis, betas, color=BLUE, label="beta_end = 0.1 (lab)")
axes[0].plot(
    steps_axis,
    make_linear_beta_schedule(T=T)[0],
    color=VERMILION,
    ls="--",
    label="beta_end = 0.005 (default)",
)
axes[0].set(title=r"Noise added at each step", xlabel="step $t$", ylabel=r"$\beta_t$")
axes[0].legend()
axes[1].plot(steps_axis, alpha_bars, color=BLUE)
axes[1].plot(steps_axis, default_alpha_bars, color=VERMILION, ls="--")
axes[1].set(
    title="What is left of the signal's variance",
    xlabel="step $t$",
    ylabel=r"$\bar\alpha_t$",
    ylim=(-0.03, 1.03),
)
plt.show()

for name, final in (("lab", alpha_bars[-1]), ("default", default_alpha_bars[-1])):
    print(f"{name:8s} alpha_bar_T = {final:.4f}   signal left sqrt(alpha_bar_T) = {np.sqrt(final):.3f}")


# %% [markdown]
# **Further, if you like.** For a straight line of betas, $\log\bar\alpha_T$ is nearly $-\tfrac T2(\beta_1 + \beta_T)$,
# since $\log(1-\beta) \approx -\beta$. Work out from it which `beta_end` leaves 7.5 % of the signal with $T = 20$ and with
# $T = 1000$, and try both. Where is the approximation poor, and why there?

# %% [markdown]
# ## 3. The forward process
#
# The closed form of section 2 takes you from $x_0$ to any $x_t$ in one jump. Training needs exactly that,
# together with the noise that was used, because the noise is what the network has to predict.
#
# ### TODO [q_sample]: `q_sample`
#
# $$ x_t = \sqrt{\bar\alpha_t}\; x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon,\quad \epsilon\sim\mathcal N(0,I) $$
#
# | argument | meaning | type |
# |---|---|---|
# | `x0` | clean points | array `(N, 2)` |
# | `t` | step, **counted from 1** | an integer (Python or NumPy), or an integer array `(N,)` |
# | `alpha_bars` | running products | array `(T,)` |
# | **returns** | `x_t, eps` | two arrays `(N, 2)`, float32 or float64 |
#
# Difficulty ●●○○○ · Importance ●●●●● · about 15 min

# %% todo="q_sample"
# ✎ TODO [q_sample]: this cell is yours.
def q_sample(x0, t, alpha_bars):
    """Noise x0 to step t and return (x_t, eps), two arrays shaped like x0.

    Must be true: step t uses alpha_bars[t-1]; t is one integer for all rows, or an integer array (N,) with a
    step for each row; eps is standard normal whatever x0 is, independent for each number, fresh at each call,
    and is the noise in x_t; the arguments are not changed.
    """
    ### BEGIN SOLUTION
    eps = rng.standard_normal(x0.shape)
    alpha_bar = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(alpha_bar) * x0 + np.sqrt(1 - alpha_bar) * eps, eps
    ### END SOLUTION


# %% [markdown] hint="q_sample"
# <details><summary>Hints for <code>q_sample</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# First draw noise with the shape of `x0`. Then look up one $\bar\alpha$ for each row. The rest is the
# equation.
# </details>
# <details><summary>I get: operands could not be broadcast together with shapes (N,) (N,2)</summary>
#
# NumPy lines shapes up from the right, so your N values meet the 2 coordinates. They need a second axis
# of length 1. `np.reshape(values, (-1, 1))` and `values[:, None]` both make a column.
# </details>
# <details><summary>A vector t works, a single t does not (or the other way round)</summary>
#
# `alpha_bars[t - 1]` is a plain number for an integer `t`, and a number has no axes to index. Reshaping
# works for both: a column of one row broadcasts over all rows.
# </details>
# <details><summary>I get: IndexError, or "Step 2 should use alpha_bars[1]"</summary>
#
# Steps count from 1, arrays from 0.
# </details>
# <details><summary>I get: "Are both factors the square roots?"</summary>
#
# $\bar\alpha$ is about variances. Points are scaled by the square root. Both factors need one.
# </details>
# </details>

# %% check="q_sample"
with check("q_sample"):  # a NameError? Run the notebook from its first cell on.
    state = rng.bit_generator.state
    x0 = np.tile([[1.0, -2.0]], (20_000, 1))
    table, clean = np.array([0.81, 0.36, 0.04]), x0.copy()
    signal, noise = [0.9, 0.6, 0.2], np.sqrt([0.19, 0.64, 0.96])
    answer = q_sample(x0, 2, table)
    assert answer is not None, "q_sample returned None: is the return missing?"
    assert len(answer) == 2, "Return two arrays: x_t and the noise eps."
    for name, values in zip(("x_t", "eps"), answer, strict=True):
        assert isinstance(values, np.ndarray), (
            f"{name} should be an array, yours is a {type(values).__name__}."
        )
        assert values.shape == x0.shape, (
            f"{name} should be shaped like x0, {x0.shape}; yours is {values.shape}."
        )
        assert np.isfinite(values).all(), f"{name} holds nan or infinite numbers."
    assert np.array_equal(x0, clean), "q_sample changed x0. Make a new array instead."
    assert table[1] == 0.36, "q_sample changed alpha_bars. Make a new array instead."
    for t in (2, 1, 3, np.int64(2)):
        try:
            xt, e = q_sample(x0, t, table)
        except (IndexError, TypeError) as error:
            kind = "an integer of NumPy" if t is not int(t) else "one integer"
            raise AssertionError(f"With t = {int(t)}, {kind} for all rows, q_sample stops: {error}") from None
        assert e.any(), f"At t = {t} eps is 0 everywhere."
        (s, n), *_ = np.linalg.lstsq(np.stack([x0.ravel(), e.ravel()], axis=1), xt.ravel(), rcond=None)
        assert np.allclose(xt, s * x0 + n * e, atol=1e-3), (
            "x_t is not made of x0 and the eps that you return. Is noise drawn twice?"
        )
        crossed = np.allclose((n, s), (signal[t - 1], noise[t - 1]))
        cause = "The two factors changed places." if crossed else "Are both factors the square roots?"
        cause = "Return eps as it was drawn, not scaled." if abs(n - 1) < 1e-6 else cause
        swapped = np.allclose((s, n), (-0.75, 1.25), atol=1e-2)
        near = [k for k in range(3) if np.allclose((s, n), (signal[k], noise[k]), atol=1e-3)]
        assert not swapped, "x_t and eps changed places: return x_t first."
        assert not near or near == [t - 1], (
            f"Step {t} should use alpha_bars[{t - 1}], yours uses alpha_bars{near}."
        )
        assert near, f"For alpha_bar = {table[t - 1]} yours is x_t = {s:.2f} x0 + {n:.2f} eps. {cause}"
    again = [q_sample(x0, 2, table)[1] for _ in range(2)]
    assert not np.allclose(*again), "Two calls used the same noise: draw fresh noise."
    assert abs(e.mean()) < 0.05 and abs(e.std() - 1) < 0.05, (
        f"eps should have mean 0 and standard deviation 1; yours has {e.mean():.2f} and {e.std():.2f}."
    )
    assert 2.7 < np.mean(e**4) < 3.4 and (np.abs(e) > 3).any(), (
        "eps is not Gaussian: is it uniform, or cut off?"
    )
    assert abs(np.corrcoef(e[1:, 0], e[:-1, 0])[0, 1]) < 0.1, "Neighbouring rows of eps are related."
    assert abs(np.corrcoef(e.T)[0, 1]) < 0.1, (
        "The two coordinates of eps move together: draw a number for each."
    )
    assert abs(np.corrcoef(e[:10_000].ravel(), e[10_000:].ravel())[0, 1]) < 0.1, (
        "The second half of eps repeats or mirrors the first."
    )
    assert np.abs(e.mean(axis=0)).max() > 1e-9, (
        "eps has a mean of exactly 0: is it centred after it was drawn?"
    )
    means = [q_sample(x0, 2, table)[1].mean(axis=0) for _ in range(8)]
    assert 20_000 * np.square(means).sum() < 80, "All rows share a part of eps: draw each number for itself."
    for steps in (np.tile([3, 1], 10_000), np.array([3, 1])):
        t, rows = steps.copy(), x0[: len(steps)]
        xt, e = q_sample(rows, t, table)
        assert np.shape(xt) == rows.shape, (
            f"With a vector t, x_t should keep the shape {rows.shape}; yours is {np.shape(xt)}."
        )
        assert np.array_equal(t, steps), "q_sample changed t. Make a new array instead."
        third = np.allclose(xt[::2], 0.2 * rows[::2] + noise[2] * e[::2], atol=1e-3)
        first = np.allclose(xt[1::2], 0.9 * rows[1::2] + noise[0] * e[1::2], atol=1e-3)
        assert third and first, "With a vector t, each row should use its own step."
    rng.bit_generator.state = state  # what is drawn below is the same whether this check ran or not

# %% [markdown]
# > **Predict before you run.** Five panels show the spiral at $t = 1$, 10, 25, 50 and 100, for both
# > schedules. In which panel of each row do *you* stop seeing a spiral?

# %% name="show_forward"
# Figure: two rows of five clouds at t = 1, 10, 25, 50 and 100. Above, by the lab's schedule, the spiral blurs until a
# round cloud is left; below, by the default's, its turns still show at the end.
ts_to_show = [1, T // 10, T // 4, T // 2, T]
fig, axes = plt.subplots(2, len(ts_to_show), figsize=(9, 4.7), sharex=True, sharey=True, layout="constrained")
rows = (("lab", alpha_bars, BLUE), ("default", default_alpha_bars, VERMILION))
for row, (name, a_bar, color) in zip(axes, rows, strict=True):
    for ax, t in zip(row, ts_to_show, strict=True):
        plot_points(ax, q_sample(X, t, a_bar)[0], f"{name}, t = {t}", color)
        ax.label_outer()
fig.suptitle("Forward process: noise comes in")
plt.show()


# %% [markdown]
# **Further, if you like.** Take the 100 small steps one after the other in place of the one jump, for all points at once,
# and hold mean and covariance of the two clouds at $t = 50$ against each other. How far apart may they be by chance, with
# 1,000 points?
#
# ### Reflection 1: does your schedule reach noise?
#
# Sampling will start from pure noise, $x_T \sim \mathcal N(0, I)$, and walk back. Look at the two rows
# above and at the two printed numbers.
#
# | rubric | points |
# |---|---|
# | states for both schedules which share of the signal is left at $t=T$, with the numbers printed above | 2 |
# | explains why a start from $\mathcal N(0, I)$ suits one schedule, though both have variance 1 | 2 |
# | says what a wrong start may do to the samples, and names a remedy other than `beta_end=0.1` | 2 |

# %% [markdown] reflection="reflection_1" points=6
# ### BEGIN SOLUTION
# *Model answer.* With `beta_end=0.1`, $\bar\alpha_T = 0.0056$ and $\sqrt{\bar\alpha_T} = 0.075$: 7.5 % of the
# signal is left and the last panel is a round cloud. With the default 0.005, $\bar\alpha_T = 0.7746$ and
# $\sqrt{\bar\alpha_T} = 0.88$: 88 % is left.
#
# The network is trained on $x_T$ as the forward process makes it. For the lab's schedule this is nearly
# $\mathcal N(0, I)$, so sampling starts where training has been. For the default it is the spiral, shrunk
# and blurred. Mean and variance agree with $\mathcal N(0, I)$, because the data are standardised, but the
# shape does not.
#
# So the sampler turns the wrong distribution into samples. They need not look bad: the default's steps
# are small and pull points sharply onto the arm. But they put them there in the wrong proportions. With
# the exact predictor of section 5 in place of the network (4,000 samples, seeds 1 and 2) the innermost
# tenth of the arm got 28 % and 31 % too many points; with the lab's schedule it was 7 % too few and 1 % too
# many, and chance alone makes about 5 %. *(Grading: a reasoned prediction earns the points, also if it expects
# stray or blurred points.)*
#
# Remedies: a larger `beta_start` too, or more steps with betas of this size. $T = 400$ still leaves 60 %
# of the signal, $T = 2000$ leaves 8 %.
#
# | full | half | none |
# |---|---|---|
# | both schedules: $\bar\alpha_T$ or its root from the print above (0.0056 or 7.5 %; 0.775 or 88 %), and what is left said in words | one schedule only; or both numbers copied without saying what they mean; or signal and noise mixed up | no number of this notebook; or says that both reach noise |
# | training sees $x_T$ as the forward process makes it: nearly $\mathcal N(0, I)$ for one schedule, still a spiral for the other; equal variance does not make equal shape | says that one end "looks like noise" and the other does not, without the link to what the network was trained on, or without variance against shape | argues by variance alone, or says that any start will do |
# | a reasoned effect on samples (stray, blurred, wrong proportions: any of them, with its reason), and a remedy such as more steps, a larger `beta_start`, a start from noised data | one of the two; or a remedy without saying how it brings $\bar\alpha_T$ down | neither; or `beta_end=0.1` as the only remedy |
# ### END SOLUTION

# %% [markdown]
# ## 4. A network that predicts the noise
#
# The network sees a noisy point and the time, $[x, y, t/T]$, and answers with two numbers: its guess of
# $\epsilon$. Three linear layers with ReLU between them are enough:
#
# $$ z_1 = x W_1 + b_1,\quad h_1 = \mathrm{relu}(z_1),\quad z_2 = h_1 W_2 + b_2,\quad
# h_2 = \mathrm{relu}(z_2),\quad \mathrm{out} = h_2 W_3 + b_3. $$
#
# The next cell gives you the pieces. One of them needs a warning. `mse_loss` returns a value and a
# gradient, and the two do not belong to the same loss:
#
# * The value is the mean over all $N \cdot 2$ numbers,
#   $\frac{1}{2N}\sum_{i,d}(\mathrm{pred}-\mathrm{target})_{id}^2$.
# * The gradient is $\frac{2}{N}(\mathrm{pred}-\mathrm{target})$. This is the derivative of the loss that
#   **sums over the two coordinates and averages over the rows**, $L = \frac{1}{N}\sum_{i,d}(\dots)^2$, so
#   it is exactly twice the derivative of the value.
#
# A factor of 2 in the gradient acts like a learning rate twice as large, so training is fine. A gradient
# check that compared with the wrong loss would be off by 2, so ours uses $L$.

# %% given="network_pieces"
def relu(x):
    """max(0, x), number by number."""
    return np.maximum(0.0, x)


def relu_deriv(x):
    """Derivative of relu at x: 1 where x is positive, else 0."""
    return (x > 0).astype(np.float32)


def make_network(in_dim=3, hidden=128, out_dim=2, rng=rng, scale=0.02, momentum=0.999):
    """Return a dict with W1, b1, W2, b2, W3, b3, a momentum, and a velocity of zeros for each parameter."""
    sizes = [in_dim, hidden, hidden, out_dim]
    net = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
        net[f"W{layer}"] = rng.normal(0.0, scale, size=(n_in, n_out)).astype(np.float32)
        net[f"b{layer}"] = np.zeros(n_out, dtype=np.float32)
    velocities = {name: np.zeros_like(value) for name, value in net.items()}
    return {**net, "momentum": momentum, "velocities": velocities}


def mse_loss(pred, target):
    """Return the mean squared error and a gradient for pred, which is twice the derivative of that mean."""
    diff = pred - target
    return np.mean(diff**2), (2.0 / pred.shape[0]) * diff


# %% name="look_at_network"
network = make_network()
for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
    print(f"{name}: shape {network[name].shape}, {network[name].dtype}")


# %% [markdown]
# **Further, if you like.** The network sees $t/T$ as one number beside two coordinates. After the training of section 5,
# feed it the wrong $t$, half or twice the right one: by how much does the loss rise at $t = 10$, 50 and 90?

# %% [markdown]
# ### TODO [forward_network]: `forward_network`
#
# Compute the five equations above. The backward pass will need what you computed on the way, so return it
# too: that is the cache. What you put into it is your choice, because you also write the function that
# reads it.
#
# | argument | meaning | type |
# |---|---|---|
# | `net` | parameters `W1, b1, W2, b2, W3, b3` | dict of arrays |
# | `x` | one input per row | array `(N, in_dim)` |
# | **returns** | `out, cache` | array `(N, out_dim)`, anything |
#
# Difficulty ●●○○○ · Importance ●●●○○ · about 25 min

# %% todo="forward_network"
# ✎ TODO [forward_network]: this cell is yours.
def forward_network(net, x):
    """Return (out, cache): the network's output, a row for each row of x in one array, and what
    backward_network needs.

    Must be true: three linear layers x @ W + b, ReLU after the first and the second, none after the third;
    neither net nor x is changed.
    Yours to choose: what the cache is.
    """
    ### BEGIN SOLUTION
    z1 = x @ net["W1"] + net["b1"]
    h1 = relu(z1)
    z2 = h1 @ net["W2"] + net["b2"]
    h2 = relu(z2)
    return h2 @ net["W3"] + net["b3"], (x, z1, h1, z2, h2)
    ### END SOLUTION


# %% [markdown] hint="forward_network"
# <details><summary>Hints for <code>forward_network</code>, by symptom</summary>
#
# <details><summary>I get: matmul: ... mismatch in its core dimension</summary>
#
# Inputs are rows, and a weight has shape (inputs, outputs). Which one stands on the left of `@`? No
# transpose is needed.
# </details>
# <details><summary>I get: "ReLU after the last layer"</summary>
#
# Noise is negative half of the time. An output that passes through ReLU never is.
# </details>
# <details><summary>I get: "without ReLU" or "without the biases"</summary>
#
# Write one line for each of the five equations and compare term by term. `relu` is given above.
# </details>
# <details><summary>I get: "For the input ... the tiny network should give ..."</summary>
#
# The checks that name a mistake have passed, so it is a rarer one. Write down, for one row, the five intermediate arrays by
# hand, and print yours beside them: the first that differs is the line to look at.
# </details>
# <details><summary>What goes into the cache?</summary>
#
# Each weight's gradient needs the layer's input; each ReLU's derivative needs what went into the ReLU.
# That makes five arrays: the network's input, two pre-activations, two activations.
# </details>
# </details>

# %% check="forward_network"
with check("forward_network"):  # a NameError? Run the notebook from its first cell on.
    tiny = {
        "W1": np.array([[1.0, -1.0], [2.0, 0.0], [0.0, 3.0]]), "b1": np.array([0.0, 1.0]),
        "W2": np.array([[1.0, -2.0], [1.0, 2.0]]), "b2": np.array([0.5, -1.0]),
        "W3": np.array([[1.0, 0.5], [2.0, -1.0]]), "b3": np.array([-3.0, 1.0]),
    }  # fmt: skip
    x = np.array([[2.0, 0.0, -1.0], [-1.0, 0.25, 0.5], [1.0, 2.0, 3.0], [0.02, 0.01, -0.5]])
    before, rows = copy.deepcopy(tiny), x.copy()
    answer = forward_network(tiny, x)
    assert answer is not None, "forward_network returned None: is the return missing?"
    assert isinstance(answer, tuple | list) and len(answer) == 2, (
        "Return two things: the output and the cache."
    )
    out = answer[0]
    assert not isinstance(out, tuple | dict), "Return the output first, then the cache."
    assert isinstance(out, np.ndarray), f"The output should be an array, yours is a {type(out).__name__}."
    assert out.shape == (4, 2), f"Four rows in, two numbers each out: (4, 2). Your shape is {out.shape}."
    again = forward_network(tiny, x)[0]
    assert np.shape(again) == (4, 2) and np.allclose(again, out), (
        "The same input gives another output the second time: nothing in this network is random."
    )
    wrong = {  # on the first two rows
        "ReLU after the last layer: there should be none.": [0.0, 2.25, 13.0, 0.0],
        "The result is the one without ReLU between the layers.": [-30.5, 13.25, 14.5, -4.25],
        "The result is the one without the biases.": [2.0, 1.0, 12.5, -3.75],
        "The result is the one without b3.": [2.5, 1.25, 16.0, -4.0],
        "The result is the one without the ReLU after layer 1.": [-3.0, 1.0, 14.5, -4.25],
        "The result is the one without the ReLU after layer 2.": [-10.5, 7.25, 13.0, -3.0],
        "W2 is transposed: x @ W needs no transpose.": [1.5, 1.25, 9.0, -5.0],
        "The third column of x, the time, is left out.": [-0.5, 2.25, 5.5, -0.75],
        "A bias is added after the ReLU: it belongs inside.": [-1.5, 3.75, 11.5, -0.75],
    }
    for sentence, values in wrong.items():
        assert not np.allclose(out[:2].ravel(), values), sentence
    line = {"W1": np.array([[1.0], [0], [0]]), "W2": np.eye(1), "W3": np.eye(1)}
    line |= {name: np.zeros(1) for name in ("b1", "b2", "b3")}  # relu(relu(x)) of the first column
    bent = forward_network(line, np.array([[0.5, 0, 0], [-3.0, 0, 0]]))[0]
    assert np.allclose(np.ravel(bent), [0.5, 0]), (
        "With all weights 1 and biases 0 the network is relu(relu(x)), so 0.5 gives 0.5 and -3 gives 0. "
        f"Yours gives {np.ravel(bent).round(3)}: is the activation relu, once in each hidden layer?"
    )
    for k, values in enumerate([[-0.5, 2.25], [13.0, -3.0], [25.5, 1.25], [-2.46, 1.27]]):
        assert np.allclose(out[k], values, atol=1e-4), (
            f"For the input {rows[k]} the tiny network should give {values}, not {out[k].round(3)}."
        )
    assert np.array_equal(x, rows), "forward_network changed its input x."
    assert set(tiny) == set(before), "forward_network put something into the network. Is it for the cache?"
    assert all(np.array_equal(tiny[name], before[name]) for name in before), (
        "forward_network changed the network."
    )
    for n in (1, 2):
        few = forward_network(tiny, x[:n])[0]
        assert np.shape(few) == (n, 2), f"For {n} rows the output should have shape ({n}, 2), not {np.shape(few)}."
        assert np.allclose(few, out[:n], atol=1e-4), (
            f"{n} of the rows alone give other outputs than among four. Do rows, or their number, matter to others?"
        )
    mirrored = tiny | {"W3": -tiny["W3"], "b3": -tiny["b3"]}
    assert np.allclose(forward_network(mirrored, x)[0], -out, atol=1e-4), (
        "With the signs of W3 and b3 turned, the output should turn its sign. Are the weights those of `net`?"
    )


# %% [markdown]
# ### TODO [backward_network]: `backward_network`
#
# Given $G = \partial L/\partial\,\mathrm{out}$, walk back through the layers. For the last layer
#
# $$ \frac{\partial L}{\partial W_3} = h_2^{\top} G, \qquad
# \frac{\partial L}{\partial b_3} = \sum_{\text{rows}} G, \qquad
# \frac{\partial L}{\partial h_2} = G\, W_3^{\top}. $$
#
# A ReLU lets the gradient through where its input was positive:
# $\partial L/\partial z_2 = \partial L/\partial h_2 \odot \mathrm{relu}'(z_2)$. Layers 2 and 1 repeat the
# pattern. `grad_out` already holds the $1/N$, so do not average again.
#
# Then update every parameter $W$ (biases too) with its gradient $g$, its velocity $v$ and the momentum $m$:
#
# $$ v \leftarrow m\,v + (1-m)\,g, \qquad W \leftarrow W - \mathrm{lr}\; v. $$
#
# This is the *damped* form: $v$ is a running mean of gradients and has their size. Another common form
# leaves the $1-m$ out. Then $v$ grows to about $g/(1-m)$, which for $m = 0.999$ is a thousand times the
# gradient, and a learning rate of 0.05 acts like 50. Use the damped form here.
#
# | argument | meaning | type |
# |---|---|---|
# | `net` | parameters, `net["momentum"]`, `net["velocities"]` (a dict with the parameters' names) | dict |
# | `cache` | what your `forward_network` returned | anything |
# | `grad_out` | $G$, the second value of `mse_loss` | array `(N, out_dim)` |
# | `lr` | learning rate | float |
# | **returns** | anything; the update happens in `net` | |
#
# Difficulty ●●●●○ · Importance ●●●●○ · about 80 min

# %% todo="backward_network"
# ✎ TODO [backward_network]: this cell is yours.
def backward_network(net, cache, grad_out, lr=1e-3):
    """Backpropagate grad_out and update the network that was passed in.

    Must be true: exact gradients of all six parameters for grad_out = dL/d(out), with no further averaging,
    at the weights before the update; then v <- m v + (1 - m) g and W <- W - lr v for each parameter, with m
    the momentum of the net. Nothing else is added: no weight decay, no clipping. The forward pass is read from
    the cache that is passed in. grad_out is not changed, and may have one row.
    Yours to choose: how velocities are stored, what is returned, the derivative of ReLU at exactly 0.
    """
    ### BEGIN SOLUTION
    x, z1, h1, z2, h2 = cache
    delta2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    delta1 = (delta2 @ net["W2"].T) * relu_deriv(z1)
    m = net["momentum"]
    for layer, inputs, delta in ((1, x, delta1), (2, h1, delta2), (3, h2, grad_out)):
        for name, grad in ((f"W{layer}", inputs.T @ delta), (f"b{layer}", delta.sum(axis=0))):
            net["velocities"][name] = m * net["velocities"][name] + (1 - m) * grad
            net[name] = net[name] - lr * net["velocities"][name]
    ### END SOLUTION


# %% [markdown] hint="backward_network"
# <details><summary>Hints for <code>backward_network</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# Write the shapes beside each symbol. A gradient has the shape of its parameter, and with two matrices in
# hand there is usually only one product that gives this shape. Start with W3 and b3 and run the check: it
# names the first parameter that is wrong, from the output backwards.
# </details>
# <details><summary>I get: operands could not be broadcast together / mismatch in its core dimension</summary>
#
# A weight's gradient is (inputs of the layer)ᵀ @ (gradient of its output): shapes (n_in, N) and (N,
# n_out). Going backwards through a layer, the weight is transposed.
# </details>
# <details><summary>I get: "The update turned b... into shape (N, ...)", or the biases are wrong</summary>
#
# One bias serves all rows, so its gradient is the sum over the rows.
# </details>
# <details><summary>W3 is right, W2 or W1 is wrong</summary>
#
# Look at the masks. Each layer's mask comes from its own pre-activation, and it is applied after the
# product with the next weight's transpose. Also make sure that you go back through W3 *before* you update
# W3.
# </details>
# <details><summary>I get: "too small by a factor of ..." or "twice too large"</summary>
#
# Do not divide by N and do not multiply by 2: `mse_loss` did both.
# </details>
# <details><summary>I get: "did not move in the first step"</summary>
#
# The order matters: first the new velocity, from the old one and the gradient, then the weight, with the new velocity.
# And the weight that changes must be the one in `net`: `W = net["W3"]; W = W - ...` changes a name only.
# </details>
# <details><summary>I get: "the momentum rule"</summary>
#
# At the first step the velocity is 0, so the step is lr (1 − m) g. At the second it is lr (1 − m) (1 + m)
# g if the gradient stays the same. Did you store the new velocity back into the net?
# </details>
# </details>

# %% [markdown]
# ### The gradient check
#
# Backpropagation that is slightly wrong still trains, only worse. So prove it right: nudge one parameter
# by $\pm h$ and see what the loss does,
#
# $$ \frac{\partial L}{\partial w} \approx \frac{L(w+h) - L(w-h)}{2h}. $$
#
# Three details make the check sharp. The numbers are float64, because float32 rounding hides small
# errors. The biases are not zero, because zero biases hide bias bugs. And $L$ is the loss that the
# gradient of `mse_loss` belongs to: **summed over coordinates, averaged over rows**. Your gradient is
# read off from one update with momentum 0 and lr 1.

# %% given="gradient_check"
def gradient_check_problem(n_rows=7):
    """Return a small float64 network without momentum, inputs and targets; the same at each call."""
    generator = np.random.default_rng(0)
    net = make_network(in_dim=3, hidden=5, out_dim=2, rng=generator, scale=0.7, momentum=0.0)
    for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
        net[name] = net[name].astype(np.float64)
        net["velocities"][name] = np.zeros_like(net[name])
        if name.startswith("b"):
            net[name] += generator.normal(0.0, 0.5, size=net[name].shape)
    return net, generator.normal(size=(n_rows, 3)), generator.normal(size=(n_rows, 2))


def summed_loss(net, x, target):
    """The loss whose gradient mse_loss returns: summed over coordinates, averaged over rows."""
    out, _ = forward_network(net, x)
    return np.sum((out - target) ** 2) / len(x)


def numerical_gradient(net, name, x, target, h=1e-5):
    """Central finite differences of summed_loss for every number of one parameter."""
    grad = np.zeros_like(net[name])
    for index in np.ndindex(grad.shape):
        shifted = {**net, name: net[name].copy()}
        shifted[name][index] += h
        above = summed_loss(shifted, x, target)
        shifted[name][index] -= 2 * h
        grad[index] = (above - summed_loss(shifted, x, target)) / (2 * h)
    return grad


def one_update(net, x, target, lr):
    """Run backward_network once on net; return how far each parameter moved, before - after."""
    names = ("W3", "b3", "W2", "b2", "W1", "b1")
    before = {name: net[name].copy() for name in names}
    out, cache = forward_network(net, x)
    backward_network(net, cache, mse_loss(out, target)[1], lr=lr)
    return {name: before[name] - net[name] for name in names}


# %% check="backward_network"
with check("backward_network"):  # a NameError? Run the notebook from its first cell on.
    net, x, target = gradient_check_problem()
    moved = one_update(copy.deepcopy(net), x, target, lr=1.0)
    print("parameter   size of gradient   largest difference to finite differences")
    for name, yours in moved.items():
        assert np.shape(yours) == net[name].shape, (
            f"The update turned {name} into shape {np.shape(yours)}. A gradient has its parameter's shape."
        )
        true = numerical_gradient(net, name, x, target)
        print(f"{name:9s}   {np.abs(true).max():16.4f}   {np.abs(yours - true).max():.1e}")
        assert np.abs(yours).max() > 0, (
            f"{name} did not move in the first step: is the new value stored in the net passed in, and v updated before {name}?"
        )
        for sentence, factor in (
            ("has the wrong sign: the step should go downhill", -1),
            (f"is too small by a factor of {len(x)}: grad_out already holds 1/N", 1 / len(x)),
            ("is twice too large: grad_out already holds the 2", 2),
        ):
            assert not np.allclose(yours, factor * true, atol=1e-6), f"The gradient of {name} {sentence}."
        assert np.allclose(yours, true, atol=1e-6), (
            f"The gradient of {name} is off by up to {np.abs(yours - true).max():.2g}: see the hints."
        )
    net["momentum"] = 0.95
    start = copy.deepcopy(net)
    first = one_update(net, x, target, lr=1.0)
    net.update({name: start[name].copy() for name in moved})  # same weights, so the same gradient once more
    second = one_update(net, x, target, lr=1.0)
    for name, gradient in moved.items():
        assert not np.allclose(first[name], gradient), (
            f"{name}: your first step is lr g; the momentum rule makes it (1 - m) lr g."
        )
        assert np.allclose(first[name], 0.05 * gradient, atol=1e-6), (
            f"{name}: with m = 0.95 the momentum rule makes the first step 0.05 lr g; yours is not. Is m the net's?"
        )
        assert np.allclose(second[name], 0.0975 * gradient, atol=1e-6), (
            f"{name}: with m = 0.95 the momentum rule makes the second step 0.0975 lr g. Is the velocity stored?"
        )
    halved = one_update(copy.deepcopy(start), x, target, lr=0.5)
    assert all(np.allclose(halved[name], 0.5 * first[name], atol=1e-6) for name in first), (
        "Half the lr should make half the step."
    )
    out, cache = forward_network(start, x)
    grad_out = mse_loss(out, target)[1]
    given, after = grad_out.copy(), copy.deepcopy(start)
    forward_network(start, 2 * x[::-1] + 1)
    backward_network(after, cache, grad_out, lr=1.0)
    assert np.allclose(start["W1"] - after["W1"], first["W1"], atol=1e-6), (
        "A forward pass on other rows in between changed the update: read the cache that was passed in."
    )
    assert np.array_equal(grad_out, given), "backward_network changed grad_out. Make a new array instead."
    one_update(start, x[:1], target[:1], lr=1.0)  # a single row should do


# %% [markdown]
# ## 5. Training
#
# Each step uses all points of `X`, with a fresh random step $t$ for each point. The network sees $x_t$
# and $t/T$ and predicts the noise that made $x_t$:
#
# $$ \min_\theta\; \mathbb E_{x_0, t, \epsilon}\; \lVert \epsilon - \epsilon_\theta(x_t, t/T) \rVert^2 . $$
#
# (Equation 14 of [DDPM](https://arxiv.org/abs/2006.11239), the simplified loss.)
#
# The loss jumps from step to step, because $t$ and $\epsilon$ are random. To see a trend, keep an
# exponential moving average with smoothing $s$. It starts at the first loss:
#
# $$ r_1 = \ell_1, \qquad r_k = s\, r_{k-1} + (1-s)\,\ell_k. $$
#
# ### TODO [train]: `train`
#
# | argument | meaning | type |
# |---|---|---|
# | `network` | updated in place | dict from `make_network` |
# | `X` | clean points | array `(N, 2)` |
# | `T`, `betas`, `alphas`, `alpha_bars` | schedule | int, arrays `(T,)` |
# | `steps`, `lr` | number of updates, learning rate | int, float |
# | `smoothing` | $s$ of the moving average | float in $[0, 1)$ |
# | **returns** | moving average after each step | array `(steps,)` |
#
# Difficulty ●●●○○ · Importance ●●●●● · about 40 min

# %% todo="train"
# ✎ TODO [train]: this cell is yours.
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    """Train the network in place and return the smoothed loss of each step as an array (steps,).

    Must be true: each step is one update on all of X; each point has its own fresh noise and its own fresh
    random t, uniform over 1..T; the network's input is [x_t, t/T], three columns; the loss is mse_loss
    against the eps that made x_t, and its gradient goes to backward_network with lr; momentum and velocities
    are left to backward_network, and so are the weights: the network ends with those of the last update. All
    steps are made, however small the loss; the average starts at the first loss, then follows
    smoothing * average + (1 - smoothing) * loss. X and the tables are not changed.
    """
    losses = []
    running = None
    for _ in counted(range(steps), " updates"):
        ### BEGIN SOLUTION
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T]).astype(np.float32)  # float32 is about twice as fast
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps.astype(np.float32))
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
        ### END SOLUTION
    return np.array(losses)


# %% [markdown] hint="train"
# <details><summary>Hints for <code>train</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# The paragraph under "Must be true" names five things to do in each update. For four of them there is a function: three are
# yours, `mse_loss` is given.
# </details>
# <details><summary>I get: "the network should see t/T", or t is never T</summary>
#
# `rng.integers(low, high)` leaves `high` out. And $t/T$ lies in $(0, 1]$; a raw $t$ up to 100 would drown
# the coordinates.
# </details>
# <details><summary>I get: all the input array dimensions ... must match (concatenate)</summary>
#
# `t` has shape (N,), `x_t` has (N, 2). Make `t` a column, or let `np.column_stack` do that for you.
# </details>
# <details><summary>I get: setting an array element with a sequence ... inhomogeneous shape</summary>
#
# `q_sample`, `forward_network` and `mse_loss` each return two things. One of the pairs went on as it was.
# </details>
# <details><summary>The loss stays near 1</summary>
#
# A network that always answers 0 has loss 1. Is the target the eps that came back from the *same* call of
# `q_sample`? Do you call `backward_network`, with the cache of this forward pass, and with `lr`?
# </details>
# <details><summary>The loss becomes nan</summary>
#
# Run the check of `backward_network` again: the factor $1-m$ is the usual suspect.
# </details>
# <details><summary>I get: "the average should start at the first loss"</summary>
#
# `running` is None before the first step, so the first step is a case of its own.
# </details>
# <details><summary>It takes minutes</summary>
#
# NumPy computes in float64 if any input is float64. Cast the network's input and the target to float32.
# </details>
# </details>

# %% check="train"
with check("train"):  # a NameError? Run the notebook from its first cell on.
    # With these tables x_t is a clean point at odd t, and nothing but noise at even t.
    table = (np.full(8, 0.1), np.full(8, 0.9), np.tile([1.0, 0.0], 4))

    def all_weights(net):
        return np.concatenate([np.ravel(net[name]) for name in ("W1", "b1", "W2", "b2", "W3", "b3")])

    def watched_train(net, points, steps, smoothing):
        """Train net; return the losses, and what forward_network and backward_network were given at each step."""
        global forward_network, backward_network
        own_forward, own_backward, seen = forward_network, backward_network, []

        def forward_network(net, x):
            out, cache = own_forward(net, x)
            seen.append({"x": np.array(x), "out": np.array(out), "cache": cache, "grad": None})
            return out, cache

        def backward_network(net, cache, grad_out, lr=1e-3):
            assert not isinstance(grad_out, tuple), (
                "backward_network got all that mse_loss returns: the gradient is the second part."
            )
            assert seen and cache is seen[-1]["cache"], (
                "Each update should get the cache of its own forward pass: call forward_network first."
            )
            moving = any(np.any(velocity) for velocity in net["velocities"].values())
            seen[-1] |= {"grad": np.array(grad_out), "lr": lr, "moving": moving, "before": all_weights(net)}
            answer = own_backward(net, cache, grad_out, lr)
            seen[-1]["after"] = all_weights(net)
            return answer

        try:
            losses = train(net, points, 8, *table, steps=steps, lr=0.1, smoothing=smoothing)
        finally:
            forward_network, backward_network = own_forward, own_backward
        updates = [step for step in seen if step["grad"] is not None]
        assert len(updates) == steps, (
            f"{steps} steps, but {len(updates)} updates: forward_network and backward_network should run once a "
            "step, on all of X, however small the loss is."
        )
        assert isinstance(losses, np.ndarray) and losses.shape == (steps,), (
            f"Return an array with one number per step; yours is a {type(losses).__name__}, {np.shape(losses)}."
        )
        assert np.isfinite(losses).all(), (
            "The losses become nan or infinite: is it mse_loss(prediction, eps), in this order, and lr unchanged?"
        )
        return losses, updates

    cloud = np.random.default_rng(1).normal(size=(200, 2)).astype(np.float32)
    net = make_network(hidden=8, rng=np.random.default_rng(2), scale=0.3, momentum=0.5)
    net["velocities"] = {name: value + np.float32(1e-3) for name, value in net["velocities"].items()}
    start, given, shown = all_weights(net), cloud.copy(), repr(table)
    losses, updates = watched_train(net, cloud, 40, 0.8)
    all_t, all_eps = [], []
    for step in updates:
        x, out, grad = step["x"], step["out"], step["grad"]
        assert x.shape == (200, 3), f"The network's input should be (N, 3) = (200, 3), yours is {x.shape}."
        t = 8 * x[:, 2]
        assert np.allclose(t, t.round(), atol=1e-3) and t.max() < 9, (
            "In the third column the network should see t/T with whole numbers t."
        )
        t = t.round().astype(int)
        assert t.min() >= 1 and len(set(t)) > 1, (
            f"With T = 8 each point's t should come from 1 to 8; one step of yours took {np.unique(t)}."
        )
        clean, noisy = x[t % 2 == 1, :2], x[t % 2 == 0, :2]
        known = np.abs(clean[:, None] - cloud).max(axis=2) < 1e-3
        assert known.any(axis=1).all(), (
            "Where alpha_bar_t = 1, x_t should be a point of X. Is it noised with alpha_bars, at the t of the input?"
        )
        assert known.any(axis=0).sum() == len(clean), "Each step should use each point of X once; yours repeats some."
        target = out - 100 * grad if grad.shape == (200, 2) else np.full((200, 2), np.nan)
        assert not np.allclose(target[t % 2 == 1], clean, atol=1e-3), "The target is X; it should be eps."
        assert not np.allclose((out + 100 * grad)[t % 2 == 0], noisy, atol=1e-3), (
            "The gradient has the wrong sign: it is mse_loss(prediction, eps), in this order."
        )
        target = target if np.allclose(target[t % 2 == 0], noisy, atol=1e-3) else out - 200 * grad
        assert np.allclose(target[t % 2 == 0], noisy, atol=1e-3), (
            "backward_network should get the gradient of mse_loss(prediction, eps), with the eps that made x_t: "
            "where alpha_bar_t = 0, x_t is eps."
        )
        assert np.isclose(step["lr"], 0.1), f"backward_network should get lr, 0.1; it got {step['lr']:.3g}."
        all_t.append(t)
        all_eps.append(target)
    raw = [np.mean((step["out"] - eps) ** 2) for step, eps in zip(updates, all_eps, strict=True)]
    assert np.isclose(losses[0], raw[0], rtol=1e-3), f"The average should start at the first loss, {raw[0]:.3f}."
    assert np.isclose(losses[1], 0.8 * raw[0] + 0.2 * raw[1], rtol=1e-3), (
        "With smoothing 0.8 the second value should be 0.8 of the old average and 0.2 of the new loss."
    )
    assert not np.allclose(all_t[0], all_t[1]), "Two steps used the same t: draw t inside the loop."
    assert not np.allclose(all_eps[0], all_eps[1]), "Two steps used the same noise: draw fresh noise."
    assert set(np.concatenate(all_t)) == set(range(1, 9)), (
        f"With T = 8 t should come from 1 to 8; yours took {np.unique(all_t)}."
    )
    balance = np.var(np.mean(all_t, axis=1)) / 0.02625  # in units of what independent draws have
    together = np.mean(np.diff(all_t, axis=1) == 0), np.mean(np.diff(all_t, axis=0) % 8 == 1)
    assert 0.2 < balance < 2.6 and max(together) < 0.3, (
        "Each point's t should be drawn for itself, but the t of a step, or of two steps, hang together."
    )
    eps = np.concatenate(all_eps)
    assert abs(np.corrcoef(eps.T)[0, 1]) < 0.2, "Both coordinates get the same noise: draw a number for each."
    assert abs(eps.std() - 1) < 0.1, f"The noise should have standard deviation 1, yours has {eps.std():.2f}."

    assert np.any(all_weights(net) != start), "train should update the network that was passed in: is it a copy?"
    befores = np.array([step["before"] for step in updates] + [all_weights(net)])
    afters = np.array([start] + [step["after"] for step in updates])
    assert np.allclose(befores[:-1], afters[:-1], atol=1e-6), "Only backward_network should change the weights."
    assert np.allclose(befores[-1], afters[-1], atol=1e-6), (
        "The network should end with the weights of the last update, not with an average or earlier ones."
    )
    assert net["momentum"] == 0.5 and all(step["moving"] for step in updates), (
        "Leave momentum and velocities as they are: backward_network looks after them."
    )
    assert np.array_equal(cloud, given) and repr(table) == shown, "train changed X or a table."

    half = make_network(hidden=4)  # answers half of the point: right at even t up to a half, so the loss is small
    half |= {"W1": np.vstack([np.eye(2, 4) - np.eye(2, 4, 2), np.zeros(4)]), "W2": np.eye(4)}
    half["W3"] = np.vstack([np.eye(2), -np.eye(2)]) / 2
    losses, updates = watched_train(half, cloud[:1] / 9, 8, 0.0)
    assert len({float(step["x"][0, 2]) for step in updates}) > 1, (
        "With one point in X, t/T should still be random: is T taken from the argument?"
    )
    assert len(set(losses)) > 1, "With smoothing=0 you should return the raw losses; yours never change."

# %% [markdown]
# The full run comes next: 8,000 updates on 1,000 points. It overrides three defaults. Weights of size 0.1
# in place of 0.02 carry a stronger signal through three layers. Momentum 0.9 in place of 0.999 lets the
# velocity follow the gradient within tens of updates, not thousands. Both allow a learning rate of 0.4.
# In our runs (seed 42, two CPU cores) the mean of the last 1,000 losses was 0.326 with these values and
# 0.368 with the defaults (the cell's own last line prints the smoothed loss, which lags a little: 0.328). Section 7
# invites you to try.
#
# The run takes about 15 seconds where nothing else uses the core (1,000 points, 128 hidden units, one thread of an AMD
# EPYC). A line below the cell says how far it is. On a busy machine it may take minutes: let it.
#
# `QUICK = True` in the next cell makes 1,000 updates do, with a larger learning rate. The spiral that comes out is
# rougher: its points lie 0.06 from the nearest data point in the mean, those of the full run 0.04 (seed 42; pure noise
# 0.3). What the text says of numbers is about the full run.
#
# > **Predict before you run.** (1) Which loss does the untrained network start from, and why? (2) Will
# > the loss go to 0 if you train long enough? Say yes or no and give a reason.

# %% rerun=false name="train_the_network"
QUICK = sys.platform == "emscripten"  # True: 1,000 updates, a first look; so in a browser, where all takes longer

started = time.perf_counter()
network = make_network(scale=0.1, momentum=0.95 if QUICK else 0.9)
speed = {"steps": 1000, "lr": 2.5} if QUICK else {"lr": 0.4}
losses = train(network, X, T, betas, alphas, alpha_bars, **speed)
print(f"{len(losses):,} updates in {time.perf_counter() - started:.0f} s")
print(f"smoothed loss: first {losses[0]:.3f}, after 1,000 steps {losses[999]:.3f}, last {losses[-1]:.3f}")


# %% [markdown]
# **Further, if you like.** Write [Adam](https://arxiv.org/abs/1412.6980) in place of momentum: two running means for each
# parameter, and their correction at the start. Ten lines. After how many updates is it where momentum was after 8,000?

# %% [markdown]
# ### The loss floor
#
# The best possible predictor cannot reach loss 0. Many pairs $(x_0, \epsilon)$ lead to the same $x_t$,
# and nobody can tell from $x_t$ which one it was. The best answer is the mean of $\epsilon$ over all of
# them. Our data set is finite, so this mean can be computed exactly. Each data point $x^{(j)}$ could be
# the origin of $x_t$, with weight
#
# $$ w_j \propto \exp\!\Big(\!-\frac{\lVert x_t-\sqrt{\bar\alpha_t}\,x^{(j)}\rVert^2}{2(1-\bar\alpha_t)}\Big),
# \qquad \epsilon^*(x_t) = \frac{x_t - \sqrt{\bar\alpha_t}\,\sum_j w_j x^{(j)}}{\sqrt{1-\bar\alpha_t}} . $$
#
# The mean squared error of $\epsilon^*$ is the **floor**. `train` draws its clean points from `X` and
# nowhere else, so the floor of this finite set is the right one to compare with. To reach it, a network
# would have to know every single point of `X` by heart.
#
# So the floor is no goal. A sampler driven by $\epsilon^*$ copies: 65 % of its samples lie within 0.005 of
# a point of `X`, of a fresh spiral 4 % do (1,000 points each, seed 42). A network that stays a little above
# the floor draws new points.

# %% given="loss_floor"
def best_eps(x_t, data, alpha_bar):
    """The best possible guess of the noise in x_t if the clean points are exactly the rows of data."""
    centres = np.sqrt(alpha_bar) * data.astype(np.float64)
    squared = (x_t**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2 * x_t @ centres.T
    log_weights = -squared / (2 * (1 - alpha_bar))
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return (x_t - weights @ centres) / np.sqrt(1 - alpha_bar)


def loss_floor_by_step(data, alpha_bars, generator, copies=3):
    """Mean squared error of best_eps at each step t = 1..T, over some noisy copies of each data point."""
    floor = []
    for alpha_bar in alpha_bars:
        noise = generator.normal(size=(copies, *data.shape))
        noisy = np.sqrt(alpha_bar) * data + np.sqrt(1 - alpha_bar) * noise
        guesses = np.stack([best_eps(rows, data, alpha_bar) for rows in noisy])
        floor.append(np.mean((guesses - noise) ** 2))
    return np.array(floor)


# %% [markdown]
# > **Predict before you run.** The right panel shows loss and floor for each step $t$. Where is the noise
# > easy to tell, at small or at large $t$? Where will the network be furthest above the floor?

# %% rerun=false name="show_loss"
# Figure: left, the smoothed training loss over updates: it falls from near 1 towards a dashed line, the floor. Right,
# loss and floor by step t: both are high at small t and fall with t, the network's lies a little above the floor,
# most of all at the smallest t.
floor_by_t = loss_floor_by_step(X, alpha_bars, np.random.default_rng(0))
floor = floor_by_t.mean()
loss_by_t = []
for t in range(1, T + 1):
    copies = np.tile(X, (5, 1))  # five noisy copies of each point
    noisy, noise = q_sample(copies, t, alpha_bars)
    guess, _ = forward_network(network, np.column_stack([noisy, np.full(len(noisy), t / T)]))
    loss_by_t.append(mse_loss(guess, noise)[0])

fig, axes = plt.subplots(1, 2, figsize=(7.6, 2.9), layout="constrained")
axes[0].plot(np.arange(1, len(losses) + 1), losses, color=BLUE, label="training loss, smoothed")
axes[0].axhline(floor, color=VERMILION, ls="--", label=f"floor {floor:.3f}")
axes[0].set(title="Training", xlabel="update", ylabel="mean squared error", ylim=(0, None))
axes[0].legend()
axes[1].plot(np.arange(1, T + 1), loss_by_t, color=BLUE, label="trained network")
axes[1].plot(np.arange(1, T + 1), floor_by_t, color=VERMILION, ls="--", label="floor")
axes[1].set(
    title="After training, step by step", xlabel="step $t$", ylabel="mean squared error", ylim=(0, None)
)
axes[1].legend()
plt.show()
print(f"loss {np.mean(loss_by_t):.3f}, floor {floor:.3f}, gap {np.mean(loss_by_t) - floor:.3f}")


# %% [markdown]
# <details><summary>Compare with your prediction</summary>
#
# An untrained network answers nearly 0. Then the error is the noise itself, whose mean square is 1. The loss
# cannot go to 0, since the floor is well above it.
#
# At large $t$ nearly all of $x_t$ is noise, so the noise is easy to tell. The rest, for the spiral of the
# solution, read from right to left: near $t = 20$ the noise, $\sqrt{(1-\bar\alpha_t)/\bar\alpha_t}$, is 0.46 on the data's scale, and two turns
# are 1.1 apart. Half that gap is little more than the noise, so for some points it is unclear which turn
# they came from: even who knows all points gives 14 % of the weight to wrong turns. Near $t = 8$ that is 0.1 %. Then the part of
# the noise across the arm can be told and the part along it cannot, so about half of it remains. Below
# that the noise hides in the jitter of the arm. At $t = 1$ it is smaller than the distance between
# neighbouring data points, so an oracle that knows all of them often finds the right one. The network
# does not know them by heart, and there it is furthest above the floor.
# </details>
#
# Large $t$ is about large structure, small $t$ about detail: from a very noisy point a predictor can tell at
# most the region that it came from, from a faintly noisy one only where across the arm it belongs.
#
# ### Reflection 2: what smoothing hides
#
# A moving average can be undone, so you need not train again to see another smoothing. Before you run the
# cell, predict: what happens to the curve if you reduce the smoothing from 0.999 to 0.5?

# %% given="change_smoothing"
def change_smoothing(losses, old, new):
    """Recover the raw losses from a moving average with smoothing old, and average them with new."""
    losses = np.asarray(losses, dtype=np.float64)
    raw = np.concatenate([losses[:1], (losses[1:] - old * losses[:-1]) / (1 - old)])
    averaged = raw.copy()
    for k in range(1, len(raw)):
        averaged[k] += new * (averaged[k - 1] - averaged[k])
    return averaged


# %% rerun=false name="show_smoothing"
# Figure: the same losses three times, the first 300 updates on the left and all on the right: jagged and at once low
# with smoothing 0.5, calmer with 0.9, a smooth late curve with 0.999.
fig, axes = plt.subplots(1, 2, figsize=(7.6, 2.9), sharey=True, layout="constrained")
for ax, last in zip(axes, (300, len(losses)), strict=True):
    for smoothing, color, width in ((0.5, GREY, 0.6), (0.9, GREEN, 1.0), (0.999, BLUE, 1.8)):
        curve = change_smoothing(losses, 0.999, smoothing)[:last]
        ax.plot(np.arange(1, len(curve) + 1), curve, color=color, lw=width, label=f"smoothing {smoothing}")
    ax.set(title=f"The first {last:,} updates", xlabel="update")
axes[0].set_ylabel("mean squared error")
axes[1].legend()
plt.show()


# %% [markdown]
# Answer in the next cell: what happens if you reduce the smoothing dramatically, for instance from 0.999
# to 0.5, and why?
#
# | rubric | points |
# |---|---|
# | describes what changes in the curve: noise, and how fast it follows | 2 |
# | explains both with the number of past losses that the average remembers, roughly $1/(1-s)$ | 2 |
# | says what the 0.999 curve hides at first, and whether smoothing changes the training itself | 2 |

# %% [markdown] reflection="reflection_2" points=6
# ### BEGIN SOLUTION
# *Model answer.* With 0.5 the curve is jagged and follows every change at once. With 0.999 it is smooth
# and late.
#
# The average remembers roughly the last $1/(1-s)$ losses: 2 for $s = 0.5$, 1,000 for $s = 0.999$.
# Averaging $n$ independent losses divides their scatter by about $\sqrt n$, so a long memory is smooth.
# The same memory makes it slow: the first, high losses leave the average only after thousands of updates.
#
# So the 0.999 curve hides how fast the network learns at first. In our run the raw loss was below 0.5
# within twenty updates, while the smoothed curve stood at 0.61 after 1,000. It would hide a short spike
# as well. The training is the same for any smoothing: the average is only for reading and never enters
# the gradient.
#
# | full | half | none |
# |---|---|---|
# | with 0.5 the curve is jagged and follows at once; with 0.999 it is smooth and late: both sides of the trade | noise or speed, not both | says the opposite, or only that "the curve changes" |
# | memory of about $1/(1-s)$: 2 losses against 1,000; a mean over more scatters less, and lags for as long | names the formula or the two numbers, and explains only one of noise and lag | no number of past losses; or "more smoothing averages more" without how many |
# | the fast fall at first (or a short spike) is hidden by the average of the early high losses; the training itself is untouched, since the average enters no gradient | one of the two | neither; or says that smoothing changes what is learnt |
# ### END SOLUTION

# %% [markdown]
# ## 6. Sampling: the reverse process
#
# Now walk back from noise to data. The DDPM update
# ([Ho et al. 2020](https://arxiv.org/abs/2006.11239), algorithm 2 and equation 11) is
#
# $$ x_{t-1} = \underbrace{\frac{1}{\sqrt{\alpha_t}}\Big(x_t - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\;
# \epsilon_\theta(x_t, t/T)\Big)}_{\text{mean}} + \sigma_t\, z, \qquad z \sim \mathcal N(0, I)
# \text{ for } t > 1, \quad z = 0 \text{ for } t = 1. $$
#
# The mean removes a bit of the predicted noise and undoes the shrinking by $\sqrt{\alpha_t}$. Then a
# little fresh noise comes in, because many $x_{t-1}$ could have led to this $x_t$. For its variance there
# are two common choices:
#
# $$ \sigma_t^2 = \beta_t \qquad\text{or}\qquad \sigma_t^2 = \tilde\beta_t =
# \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\,\beta_t, \quad \bar\alpha_0 = 1. $$
#
# The first is the right one for data that are standard normal, the second for data that are a single
# point. Both are fine here. The last step, $t=1$, adds no noise: its result is the sample.
#
# **Where the mean comes from.** Suppose that $x_0$ is known. Bayes' rule then tells how likely each
# $x_{t-1}$ is, once $x_t$ was seen. Both factors are Gaussians of section 2, one step and one jump:
#
# $$ q(x_{t-1} \mid x_t, x_0) \;\propto\; q(x_t \mid x_{t-1})\; q(x_{t-1} \mid x_0) \;\propto\;
# \exp\!\Big(\!-\frac{\lVert x_t - \sqrt{\alpha_t}\, x_{t-1}\rVert^2}{2\beta_t}
# - \frac{\lVert x_{t-1} - \sqrt{\bar\alpha_{t-1}}\, x_0\rVert^2}{2(1-\bar\alpha_{t-1})}\Big). $$
#
# The exponent is quadratic in $x_{t-1}$, so the product is a Gaussian again. Collect its terms. What
# stands before $-\frac12\lVert x_{t-1}\rVert^2$ is one over the variance, and with
# $\beta_t = 1-\alpha_t$ and $\alpha_t\bar\alpha_{t-1} = \bar\alpha_t$
#
# $$ \frac{1}{\tilde\beta_t} = \frac{\alpha_t}{\beta_t} + \frac{1}{1-\bar\alpha_{t-1}}
# = \frac{\alpha_t(1-\bar\alpha_{t-1}) + \beta_t}{\beta_t(1-\bar\alpha_{t-1})}
# = \frac{1-\bar\alpha_t}{\beta_t(1-\bar\alpha_{t-1})} . $$
#
# What is multiplied with $x_{t-1}$ is the mean over the variance, so the mean is
#
# $$ \tilde\mu_t = \tilde\beta_t\Big(\frac{\sqrt{\alpha_t}}{\beta_t}\, x_t +
# \frac{\sqrt{\bar\alpha_{t-1}}}{1-\bar\alpha_{t-1}}\, x_0\Big)
# = \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\, x_t +
# \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\, x_0 . $$
#
# We do not know $x_0$, but noise and $x_0$ determine each other once $x_t$ is known:
# $x_0 = (x_t - \sqrt{1-\bar\alpha_t}\,\epsilon)/\sqrt{\bar\alpha_t}$. Put this in. The factor of
# $x_t$ becomes, with $\sqrt{\bar\alpha_{t-1}}/\sqrt{\bar\alpha_t} = 1/\sqrt{\alpha_t}$,
#
# $$ \frac{\alpha_t(1-\bar\alpha_{t-1}) + \beta_t}{\sqrt{\alpha_t}\,(1-\bar\alpha_t)}
# = \frac{1}{\sqrt{\alpha_t}}, \qquad\text{that of } \epsilon \text{ becomes}\qquad
# -\frac{\beta_t}{\sqrt{\alpha_t}\,\sqrt{1-\bar\alpha_t}} . $$
#
# That is the mean of the update, with the network's guess in the place of $\epsilon$.
# (Equations 6 and 7 of [DDPM](https://arxiv.org/abs/2006.11239).) At $t = 1$, where $\bar\alpha_0 = 1$, the
# variance $\tilde\beta_1$ is 0: the mean is $x_0$ itself, as the guess implies it.
#
# ### TODO [p_sample]: `p_sample`
#
# | argument | meaning | type |
# |---|---|---|
# | `network` | trained network | dict |
# | `x_t` | points at step $t$ | array `(N, 2)` |
# | `t` | step, counted from 1, the same for all points | int |
# | `betas, alphas, alpha_bars` | schedule | arrays `(T,)` |
# | **returns** | points at step $t-1$ | array `(N, 2)`, any float type |
#
# Difficulty ●●●○○ · Importance ●●●●● · about 30 min

# %% todo="p_sample"
# ✎ TODO [p_sample]: this cell is yours.
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    """Take one reverse step: return the points at step t-1, shaped like x_t.

    Must be true: the mean is the one of the DDPM update with the network's answer at [x_t, t/T]; for t > 1
    fresh standard normal noise, independent for each number, is added with variance betas[t-1] or the
    posterior variance; for t = 1 nothing is added. The result is an array, for a single point too; network
    and tables are not changed.
    Yours to choose: which of the two variances, whether T is len(betas) or the notebook's T, and whether x_t
    is overwritten.
    """
    ### BEGIN SOLUTION
    beta, alpha, alpha_bar = betas[t - 1], alphas[t - 1], alpha_bars[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - beta / np.sqrt(1 - alpha_bar) * eps) / np.sqrt(alpha)
    if t == 1:
        return mean
    return mean + np.sqrt(beta) * rng.standard_normal(mean.shape)
    ### END SOLUTION


# %% [markdown] hint="p_sample"
# <details><summary>Hints for <code>p_sample</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# Look up the three numbers of step $t$, ask the network, compute the mean, add noise unless this is the
# last step. That is one line each.
# </details>
# <details><summary>I get: matmul ... mismatch in its core dimension</summary>
#
# The network wants three columns. `t` is a single number here: `np.full` makes a column of it.
# </details>
# <details><summary>I get: TypeError: can't multiply sequence, or unsupported operand ... 'tuple'</summary>
#
# `forward_network` returns two things, the output and the cache. Only the first is the noise.
# </details>
# <details><summary>I get: "the mean at t = 1 ..."</summary>
#
# Check three things in order: index `t-1`; the factor of eps is $\beta_t/\sqrt{1-\bar\alpha_t}$, with a
# bar, and only in the denominator a root; the whole bracket, $x_t$ included, is divided by
# $\sqrt{\alpha_t}$, without a bar.
# </details>
# <details><summary>I get: "At t = 2 ..."</summary>
#
# At $t = 1$, $\alpha_1 = \bar\alpha_1$: a mix-up of the two shows only from $t = 2$ on. Hold each $\alpha$ of the formula, in
# the text's form or in that with $\hat x_0$, against your line. About the noise: only the last call, $t = 1$, goes without.
# </details>
# <details><summary>I get: "noise at the last step"</summary>
#
# The sampler calls you with t = T, ..., 2, 1. Which call makes the final sample?
# </details>
# <details><summary>I get: "the noise has standard deviation ..."</summary>
#
# $\sigma_t^2$ is a variance. The noise is multiplied by its root.
# </details>
# <details><summary>The check passes, the samples are a blob</summary>
#
# Is the network trained, with the schedule that you sample with? Look at the loss above: it should be
# near the floor.
# </details>
# </details>

# %% check="p_sample"
with check("p_sample"):  # a NameError? Run the notebook from its first cell on.
    short_betas = np.array([0.36, 0.75, 0.8, 0.5, 0.5, 0.5, 0.5, 0.64])
    table = (short_betas, 1 - short_betas, np.multiply.accumulate(1 - short_betas))
    clock = make_network(hidden=2)  # a network that answers 100 t/T, plus a point's first coordinate if positive
    clock |= {"W1": np.array([[1.0, 0], [0, 0], [0, 100]]), "W2": np.eye(2), "W3": np.ones((2, 2))}
    x, shown = np.tile([[3.0, -1.0], [-2.0, 0.5]], (2500, 1)), repr((clock, table))
    lab_T, T = T, 8  # another T than the lab's shows numbers that are written out
    try:
        last, again = (p_sample(clock, x.copy(), 1, *table) for _ in range(2))
        later = {t: p_sample(clock, x.copy(), t, *table) for t in (2, 3, 8)}
        second, alone = p_sample(clock, x.copy(), 2, *table), p_sample(clock, x[:1].copy(), 1, *table)
    finally:
        T = lab_T
    assert isinstance(last, np.ndarray), f"p_sample should return one array, yours is a {type(last).__name__}."
    assert last.shape == (5000, 2), f"The result should be shaped like x_t, (5000, 2); yours is {last.shape}."
    assert np.allclose(last, again), "There is noise at the last step, t = 1."
    seen = np.maximum(x[:, :1], 0)
    e = seen + 12.5
    wrong = {
        "the network should see t/T, not t": 1.25 * (x - 0.6 * (seen + 100)),
        "the network should see t/T, yours sees (t-1)/T": 1.25 * (x - 0.6 * seen),
        "the network should see t/T, with the T of the schedule; here T = 8, yours is 100": 1.25
        * (x - 0.6 * (seen + 1)),
        "the bracket is not divided by sqrt(alpha)": x - 0.6 * e,
        "the factor of eps should be beta / sqrt(1 - alpha_bar)": 1.25 * (x - 0.36 * e),
        "the factor of eps is sqrt(1 - alpha_bar) / beta": 1.25 * (x - e / 0.6),
        "the factor of eps is left out, or lacks a square root: 1 - alpha_bar": 1.25 * (x - e),
        "the noise is added, not taken away": 1.25 * (x + 0.6 * e),
        "the bracket is divided by alpha, without the square root": (x - 0.6 * e) / 0.64,
        "each point has its own eps, yours is a mean over the points": 1.25 * (x - 0.6 * e.mean()),
    }
    for sentence, values in wrong.items():
        assert not np.allclose(last, values, atol=1e-4), f"The mean at t = 1 is wrong: {sentence}."
    assert np.allclose(last, 1.25 * (x - 0.6 * e), atol=1e-4), (
        "The mean at t = 1 should be 1.25 (x - 0.6 eps) when beta_1 = 0.36; yours differs."
    )
    assert not np.allclose(later[2], second), "At t = 2 there should be fresh noise."
    for t, outer, inner, sizes in (
        (2, 2.0, 0.8183, (0.866, 0.567)), (3, 2.2361, 0.8131, (0.894, 0.833)), (8, 1.6667, 0.6402, (0.8, 0.799))
    ):  # fmt: skip
        noise = later[t] - outer * (x - inner * (seen + 12.5 * t))
        beta_here, spread = short_betas[t - 1], np.asarray(noise)[::2].std(axis=0)
        assert not 0 < spread.max() < 1e-6, (
            f"At t = {t} all points get the same noise: is size= missing where you draw it?"
        )
        centre, size = np.asarray(noise).mean(axis=0), np.asarray(noise).std(axis=0)
        assert np.abs(centre).max() < 0.1, (
            f"At t = {t} with beta = {beta_here} the mean should be {outer:.3f} (x - {inner:.3f} eps); yours is off "
            f"by {centre.round(2)}. Are all tables read at the same step, and which alphas have a bar?"
        )
        assert min(np.abs(size - right).max() for right in sizes) < 0.04, (
            f"At t = {t} the noise has standard deviation {size.round(2)}, not {sizes[0]} (beta) or {sizes[1]} "
            "(posterior)."
        )
        assert abs(np.corrcoef(noise.T)[0, 1]) < 0.2, (
            "Both coordinates get the same noise: draw a number for each."
        )
        assert np.abs(noise).max() > 2.5 * size.max(), (
            f"Of 10,000 normal numbers some are beyond 3 standard deviations; at t = {t} none of yours is."
        )
        assert len(np.unique(np.round(noise, 3))) > 50, f"At t = {t} the noise takes few values: is it rounded?"
    assert np.shape(alone) == (1, 2), (
        f"A single point, x_t of shape (1, 2), should keep its shape; yours has {np.shape(alone)}."
    )
    assert repr((clock, table)) == shown, "p_sample changed the network or a table. Make new arrays instead."


# %% [markdown]
# The loop around your step is given. It starts from noise, goes from $t=T$ down to 1, and keeps the
# points at the steps in `ts_to_save`. The final sample is snapshot 0.

# %% given="p_sample_loop"
def p_sample_loop(network, n_samples, T, betas, alphas, alpha_bars, ts_to_save=None):
    """Start from noise and take all reverse steps; return the samples and a dict of snapshots by step."""
    x_t = rng.normal(0.0, 1.0, size=(n_samples, 2)).astype(np.float32)
    snapshots = {}
    save_set = set(() if ts_to_save is None else ts_to_save)
    for t in range(T, 0, -1):
        if t in save_set:
            snapshots[t] = x_t.copy()
        x_t = p_sample(network, x_t, t, betas, alphas, alpha_bars)
    snapshots[0] = x_t
    return x_t, snapshots


# %% [markdown]
# > **Predict before you run.** Where will generated points go wrong most: on the outer arm, at its ends,
# > or between the turns near the centre?

# %% rerun=false name="draw_points"
# Figure: two clouds side by side: the real spiral, and the generated points, which follow the same band with some
# points beside it.
gen, reverse_snaps = p_sample_loop(network, 1000, T, betas, alphas, alpha_bars, ts_to_save=ts_to_show)


def distance_to_data(points):
    """Mean distance from each point to its nearest neighbour in X."""
    return np.linalg.norm(points[:, None] - X[None], axis=-1).min(axis=1).mean()


fig, axes = plt.subplots(1, 2, figsize=(6.6, 3.3), sharey=True, layout="constrained")
plot_points(axes[0], X, "Real", BLUE)
plot_points(axes[1], gen, "Generated", VERMILION)
axes[1].label_outer()
plt.show()
print("mean distance to the nearest data point")
for name, points in (
    ("noise", rng.normal(size=(1000, 2))),
    ("generated", gen),
    ("a fresh spiral", make_spiral()),
):
    print(f"  {name:15s} {distance_to_data(points):.3f}")

# %% [markdown]
# The last line is the floor of this number: new points from the true spiral are not at distance 0 either.
# Trust it only together with the picture. A sampler that put all points on one spot of the spiral would
# have a very good distance.
#
# > **Predict before you run.** At which step does the spiral become visible on the way back: early, in
# > the middle, or in the last few steps?

# %% rerun=false name="show_reverse"
# Figure: six clouds from t = 100 to 0: a round cloud, then a broad band that winds, in the end a thin spiral.
order = [*sorted(ts_to_show, reverse=True), 0]
fig, axes = plt.subplots(1, len(order), figsize=(9.4, 2.4), sharey=True, layout="constrained")
for ax, t in zip(axes, order, strict=True):
    plot_points(ax, reverse_snaps[t], f"t = {t}", VERMILION)
    ax.label_outer()
fig.suptitle("Reverse process: noise goes out")
plt.show()


# %% rerun=false name="animate"
def reverse_gif(snapshots, frames, limit=3.0):
    """Return an HTML image that plays the snapshots as a GIF."""
    fig, ax = plt.subplots(figsize=(2.8, 3.0))
    fig.subplots_adjust(left=0.17, right=0.97, bottom=0.15, top=0.9)
    plot_points(ax, snapshots[frames[0]], color=VERMILION, limit=limit)
    dots = ax.collections[0]

    def draw(t):
        dots.set_offsets(snapshots[t])
        ax.set_title(f"Reverse process, t = {t}")

    movie = FuncAnimation(
        fig, draw, frames=[*frames, *[frames[-1]] * 8]
    )  # rest on the result before it repeats
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reverse.gif"
        movie.save(path, writer=PillowWriter(fps=10), dpi=80)
        data = path.read_bytes()
    plt.close(fig)
    print(f"GIF: {len(data) / 1000:.0f} kB")
    picture = base64.b64encode(data).decode()
    return HTML(f'<img alt="Points move from noise to the spiral" src="data:image/gif;base64,{picture}">')


_, movie_snaps = p_sample_loop(network, 500, T, betas, alphas, alpha_bars, ts_to_save=range(1, T + 1))
reverse_gif(movie_snaps, frames=[*range(T, 40, -5), *range(40, -1, -2)])

# %% [markdown]
# ### What the predictor points along: the score
#
# Write $\nu_t = \sqrt{1-\bar\alpha_t}$ for the size of all noise so far, and $q_t$ for the density
# of noised points. Its **score** is $\nabla \log q_t(x_t)$: the direction in which noised points get
# denser fastest. Given a clean point, $q(x_t \mid x_0)$ is a Gaussian around $\sqrt{\bar\alpha_t}\,x_0$, and
#
# $$ \nabla_{x_t} \log q(x_t \mid x_0) = -\frac{x_t - \sqrt{\bar\alpha_t}\, x_0}{\nu_t^2}
# = -\frac{\epsilon}{\nu_t} . $$
#
# The density of all noised points is a mean over clean ones, $q_t(x_t) = \mathbb E_{x_0}\, q(x_t \mid x_0)$.
# Since $\nabla q = q\, \nabla\log q$,
#
# $$ \nabla \log q_t(x_t) = \frac{\mathbb E_{x_0}\big[q(x_t \mid x_0)\, \nabla\log q(x_t \mid x_0)\big]}
# {q_t(x_t)} = \mathbb E\big[\nabla\log q(x_t \mid x_0) \,\big|\, x_t\big]
# = -\frac{\mathbb E[\epsilon \mid x_t]}{\nu_t} . $$
#
# The best guess of the noise is exactly this mean, $\epsilon^*(x_t) = \mathbb E[\epsilon \mid x_t]$, so
#
# $$ \epsilon^*(x_t) = -\nu_t\, \nabla \log q_t(x_t) . $$
#
# Whoever learns to tell the noise learns the score: the noise points away from the data, the score towards
# them ([Vincent 2011](https://doi.org/10.1162/NECO_a_00142);
# [Song et al. 2021](https://arxiv.org/abs/2011.13456)).
#
# The figure shows, at two steps, arrows of $-\epsilon_\theta/\nu_t$, the network's score, beside the
# exact score of the noised points of `X` on the same grid; both panels of a step have one scale.

# %% given="exact_score"
def exact_score(x, data, alpha_bar):
    """Gradient of the log density at the rows of x, of the Gaussian mixture that noising makes of data."""
    offsets = np.sqrt(alpha_bar) * data - x[:, None]
    log_weights = -(offsets**2).sum(axis=-1) / (2 * (1 - alpha_bar))
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("ij,ijd->id", weights, offsets) / (1 - alpha_bar)


# %% rerun=false name="show_score"
# Figure: four panels of arrows on a grid, over the grey points of the shrunken spiral: the network's score and the
# exact one at t = 50, then at t = 20. The arrows point towards the nearest dense places; the network's look like the
# exact ones.
grid = np.stack(np.meshgrid(*[np.linspace(-2.4, 2.4, 17)] * 2), axis=-1).reshape(-1, 2)
try:
    fig, axes = plt.subplots(1, 4, figsize=(9.6, 2.7), sharey=True, layout="constrained")
    for (left, right), t in zip((axes[:2], axes[2:]), (T // 2, T // 5), strict=True):
        sigma = np.sqrt(1 - alpha_bars[t - 1])
        guess, _ = forward_network(network, np.column_stack([grid, np.full(len(grid), t / T)]))
        own, exact = -guess / sigma, exact_score(grid, X, alpha_bars[t - 1])
        scale = 9 * np.linalg.norm(exact, axis=1).max()  # the same for both, so that lengths can be compared
        for ax, arrows, name, color in ((left, own, "network", VERMILION), (right, exact, "exact", BLUE)):
            plot_points(ax, np.sqrt(alpha_bars[t - 1]) * X, f"t = {t}, {name}", GREY)
            ax.quiver(*grid.T, *arrows.T, color=color, scale=scale, width=0.008)
            ax.label_outer()
        error = np.linalg.norm(own - exact, axis=1).mean() / np.linalg.norm(exact, axis=1).mean()
        print(f"t = {t}: mean error of the network's score {error:.0%} of the exact score's mean size")
    fig.suptitle("Score: arrows point to where noised points are denser; grey: clean points, shrunk")
    plt.show()
except (NameError, NotImplementedError, TypeError, ValueError) as error:
    plt.close("all")
    print(f"The arrows need the network of section 5 and the functions before it: {error}")

# %% [markdown]
# **Further, if you like.** Leave the noise out and take only every fifth step: that is nearly
# [DDIM](https://arxiv.org/abs/2010.02502), whose step you find in its equation 12. With how few steps is the mean distance
# to the nearest data point still below 0.06? Or walk along the exact score of the last section in place of the network's:
# where do the samples end?
#
# ### Reflection 3: forward and reverse
#
# Compare the plots of the forward and of the reverse process. What does each snapshot teach you?
#
# | rubric | points |
# |---|---|
# | goes through the snapshots and says what is decided at large, middle and small $t$ | 2 |
# | says in what sense both agree at the same $t$, and in what sense they do not retrace each other | 2 |
# | names one visible flaw of the generated spiral and gives a cause that fits a plot of this notebook | 2 |

# %% [markdown] reflection="reflection_3" points=6
# ### BEGIN SOLUTION
# *Model answer.* On the way back the cloud looks round at $t = 100$, 50 and 25: these steps settle at
# most in which region a point will end. Between 25 and 10 the arm appears as a broad band: here a point
# is assigned to a turn. From 10 to 1 the band only becomes thin, and the last step changes hardly
# anything. The forward process shows the same in the other order: the fine detail is lost first, the
# coarse shape last.
#
# At the same $t$ both clouds should have the same distribution, and the panels do look alike. Single
# points do not retrace their way. The reverse process draws noise of its own, so a point that is noised
# and then denoised ends elsewhere on the spiral. The network knows only the mean of what the noise could
# have been.
#
# A flaw: some points lie beside the arm, most of them near its inner end. There the turns are close
# together, so which turn is meant stays open for longest, and a small network draws no sharp line between
# them. The loss by step shows it too: the network is above the floor at small $t$, in the steps that pull
# points onto the arm.
#
# | full | half | none |
# |---|---|---|
# | large, middle and small $t$ each: region or overall place, then which turn of the arm, then thickness and detail; tied to panels | two of the three; or all three as general talk, without a panel or a value of $t$ | describes "noise becomes a spiral" without what is decided when |
# | same distribution at the same $t$; single points take other ways, because the reverse process draws fresh noise | one of the two; or both, without a reason why points do not retrace their way | says that reverse is forward played backwards |
# | a flaw that can be seen (stray points near the inner end, uneven density, a thick arm), with a cause that a plot of this notebook bears out, such as the loss by step above its floor | a flaw with a plausible cause that no plot here is called on for; or a cause without a clear flaw | no flaw, or one that the student's own plot does not show |
# ### END SOLUTION

# %% [markdown]
# ## 7. Experiments and lab report
#
# Run at least two experiments. Change **one** thing at a time, keep the rest, and say before you run what
# you expect. One run with 8,000 steps is about the time of the training above; fewer steps are fine if
# you say so.
#
# Some ideas:
#
# * **Schedule.** Train and sample with the default `beta_end=5e-3`, or with 0.02 and 0.2. Each schedule
#   has a floor of its own, so compare the gap and not the loss. Compare proportions too: which share of
#   the samples lies within 0.7 of the centre, and which share of `X`?
# * **Optimiser.** Use the defaults of the signatures, `make_network()` and `lr=5e-2`. What does the loss
#   do in its first 3,000 updates? (Undo the smoothing.)
# * **Network.** 16, 64 or 256 hidden units.
# * **Steps.** $T = 20$ or 400. Choose `beta_end` so that $\bar\alpha_T$ stays about the same, and say how
#   you did it.
# * **Variance.** $\beta_t$ against $\tilde\beta_t$, or no noise at all.
# * **Data.** More turns, two arms, more jitter. At which number of turns does this network give up?
#
# One seed is one throw of the dice. Before you call a small difference an effect, repeat a run with
# another seed.

# %% rerun=false name="experiments"
# Your experiments. Add as many cells as you like below this one. A start:
# trial_betas, trial_alphas, trial_alpha_bars = make_linear_beta_schedule(T=T, beta_end=...)
# trial_network = make_network(scale=0.1, momentum=0.9)
# trial_losses = train(trial_network, X, T, trial_betas, trial_alphas, trial_alpha_bars, lr=0.4)

# %% [markdown]
# ### Lab report
#
# | rubric | points |
# |---|---|
# | experiment A: question, expectation, the one thing that was changed, result with numbers or a plot | 4 |
# | experiment B: the same | 4 |
# | one concrete lesson about diffusion models that the results support, with its limits (seeds, size) | 2 |
# | which AI tools you used and for what (or none), and one thing that surprised you | 2 |

# %% [markdown] reflection="lab_report" points=12
# ### BEGIN SOLUTION
# *Model answer.* All runs: 8,000 updates, float32, two CPU cores, seeds 42 and 43; loss means the last
# 1,000 raw losses; 3,000 samples each. The baseline is the lab's setting: loss 0.326 and 0.326, floor
# 0.310 and 0.311, mean distance to the nearest data point 0.040 and 0.039.
#
# *Experiment A: the schedule.* Question: what does `beta_end=5e-3` do to the samples? Expectation: stray
# points, because sampling starts in the wrong place. Changed: `beta_end` only. Result: loss 0.648 and
# 0.646 at a floor of 0.616 and 0.618, so the gap is 0.031 and 0.028 in place of 0.016. The distance is
# *smaller*, 0.024 and 0.025: the samples are sharp, and my expectation was wrong. But the innermost fifth
# of the arm holds 34 % and 33 % too many points, where the baseline has 2 % and 10 % too few. The wrong
# start shows in proportions, not in sharpness.
#
# *Experiment B: the width.* Question: is 16 hidden units enough? Expectation: a slightly higher loss.
# Changed: `hidden` only. Result: loss 0.354 and 0.353, the gap is 0.043 in place of 0.016; the distance
# is 0.135 and 0.137, more than three times the baseline. The inner turn is filled with stray points.
#
# *Lesson.* A small gap above the floor can mean a large fault in the samples, and a single number about
# samples can miss a fault altogether: look at sharpness and at proportions. Limits: two seeds, one data
# set, one network size beside the baseline.
#
# *Tools and surprise.* (The student names the tool and what it was used for, or says that there was none.) I
# did not expect the wrong schedule to give the sharper samples.
#
# | full | half | none |
# |---|---|---|
# | question, expectation before the run, one thing changed, and a result in numbers or a plot, held against the expectation | a real experiment with one of the four missing; or two things changed at once, and said so | no result of the student's own, or several things changed without a word on it |
# | as for A, and another thing is changed than in A | one of the four missing; or the same change as in A with another number | no second experiment |
# | one lesson on diffusion models that these numbers support, and what they cannot show: seeds, size, one data set | a lesson without limits; or limits and a lesson that goes beyond the results | no lesson, or one that the results contradict |
# | each tool with what it was used for, or "none"; and a surprise that is named in particular | one of the two; or "used an AI for help" without for what | neither |
# ### END SOLUTION

# %% [markdown]
# ## Summary
#
# * The forward process mixes data and noise by a schedule; the closed form jumps to any step.
# * A small network learns to tell the noise. Its loss ends at a floor, not at 0.
# * The reverse process takes the predicted noise out and puts a little fresh noise in, step by step.
# * A gradient check turns "it seems to train" into "it is right".
#
# **Read on.** Ho, Jain and Abbeel, [*Denoising Diffusion Probabilistic
# Models*](https://arxiv.org/abs/2006.11239) (2020), is where this update comes from. Sohl-Dickstein et al.,
# [*Deep Unsupervised Learning using Nonequilibrium Thermodynamics*](https://arxiv.org/abs/1503.03585) (2015),
# had the idea first. Nichol and Dhariwal, [*Improved Denoising Diffusion Probabilistic
# Models*](https://arxiv.org/abs/2102.09672) (2021), study schedules and variances. Song, Meng and Ermon,
# [*Denoising Diffusion Implicit Models*](https://arxiv.org/abs/2010.02502) (2021), sample with far fewer steps.
# Vincent, [*A Connection Between Score Matching and Denoising
# Autoencoders*](https://doi.org/10.1162/NECO_a_00142) (2011), shows that denoising is score matching, and Song et
# al., [*Score-Based Generative Modeling through Stochastic Differential
# Equations*](https://arxiv.org/abs/2011.13456) (2021), make one theory of both.
#
# The MNIST lab does the same with images: a U-Net in place of the small network, and PyTorch in place of
# your backward pass.

# %% [markdown]
# ## Before you hand in
#
# The table below says what the checks in sight said when they ran last. The grader runs more of them, and gives
# parts of the points too.
#
# **What:** this notebook, with its name `spiral.ipynb` and its outputs, and any `.py` file of your own beside it.
# **To whom:** your instructor, in the way that the course named (*Submit* in nbgrader's list of assignments, or an
# upload). Nothing leaves your machine by itself. Before that: *Kernel → Restart Kernel and Run All Cells*.

# %% given="overview_helper"


# %% given="overview"
overview(
    make_spiral=8,
    make_linear_beta_schedule=8,
    q_sample=10,
    forward_network=8,
    backward_network=14,
    train=12,
    p_sample=10,
    by_hand=30,
)
