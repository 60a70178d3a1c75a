# %% [markdown]
# # Make a trained model draw: faster, steered, measured
#
# Nothing is trained here. A small network that has learned to take noise out of digits came with this notebook. You write
# what makes it draw, in ten steps where its training had a thousand; what makes it draw the digit that you ask for; and
# what measures how good the digits are.
#
# **When you are done, you can**
#
# - make the cosine schedule, and say which steps of the straight one are wasted;
# - read a network's answer whether it was trained to predict the noise, the image or v;
# - derive DDIM's step, and say what it shares with DDPM and what it leaves out;
# - draw in as many steps as you like, and go back from a digit to its noise;
# - steer by labels, and say what that buys and what it costs;
# - keep the moving average of weights from which diffusion models are drawn;
# - compute a Fréchet distance, and read it beside its floor.
#
# **How it works**
#
# - There are seven TODOs. Each one has an equation, a table of arguments, a cell for your code, a folded
#   block of hints, and a check.
# - Write your code where the cell says so. Leave the lines around it, the names and the signatures as they are.
# - Run the check below it. It answers in words within a second. It is a quick look, not the whole grading: the grader
#   tries other sizes, other numbers and other devices, and judges each TODO on its own. The pictures here use what you
#   wrote before: of several ✗, mend the first.
# - The docstring of a TODO says what must be true of the result. Only that is graded. Everything else is yours: other
#   routes to the same result are just as right.
# - Two reflections at the end are read by a person. Their rubrics are visible, and they ask for *your* numbers: run the
#   cells in between, and keep their output.
# - The grader has Python's own library, NumPy, Matplotlib and PyTorch. A `.py` file of your own counts if you hand it in
#   beside the notebook.
# - Stuck? Unfold the hints, then look at the *Debugging guide* and *Common mistakes* near the end.
#
# | TODO | you write | difficulty | minutes | points |
# |---|---|---|---|---|
# | [cosine_alpha_bars] | `cosine_alpha_bars` | ●●○○○ | 20 | 8 |
# | [to_x_0] | `to_x_0` | ●○○○○ | 20 | 10 |
# | [ddim_step] | `ddim_step` | ●●●●○ | 35 | 14 |
# | [sample] | `sample` | ●●●●○ | 70 | 16 |
# | [guided] | `guided` | ●●○○○ | 30 | 12 |
# | [ema_update] | `ema_update` | ●●○○○ | 40 | 8 |
# | [frechet_distance] | `frechet_distance` | ●●●○○ | 20 | 12 |
# | | two reflections | ●●●○○ | 80 | 20 |
#
# The minutes are rough estimates that no class has timed yet (five for each line of our own solution, ten for each row
# of a rubric). Who has done the other two labs will need far fewer: the formulas are short.

# %% [markdown]
# ## Are you ready? Five minutes
#
# You need PyTorch tensors, the forward process $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$, and to
# have sampled with DDPM once (the spiral lab or the MNIST lab).
#
# Answer first, then unfold.
#
# <details><summary>1. $\bar\alpha_t = 0.64$. Which amplitude has the image in $x_t$, and which the noise?</summary>
#
# $\sqrt{0.64} = 0.8$ and $\sqrt{0.36} = 0.6$.
# </details>
# <details><summary>2. $\epsilon$ and $z$ are independent, with mean 0 and variance 1. Which variance has
# $0.6\,\epsilon + 0.8\,z$?</summary>
#
# $0.36 + 0.64 = 1$. Variances add up, standard deviations do not.
# </details>
# <details><summary>3. What does <code>torch.no_grad()</code> do, and what does <code>model.eval()</code>?</summary>
#
# The first: no graph is kept for gradients. The second: dropout and batch normalisation behave as in use. Neither does
# the other's work.
# </details>
# <details><summary>4. Why does <code>torch.randn(3, generator=g)</code> give other numbers when you call it again?</summary>
#
# Each draw moves the state of `g` on. `g.manual_seed(0)` sets it back.
# </details>
#
# Three or four right: begin. If only the second is strange, do the spiral lab first.
#
# **One notation for all assignments.**
#
# | written | means |
# |---|---|
# | $x_0$, $x_t$ | a clean example, and the same at noise level $t$ |
# | $\beta_t$, $\alpha_t = 1-\beta_t$, $\bar\alpha_t$ | noise added in step $t$, signal kept in it, signal kept by all steps up to $t$ |
# | $\epsilon$, $\hat\epsilon$ or $\epsilon_\theta(x_t, t)$ | the noise that went in, and the network's guess at it |
# | $\theta$ (as an index) | all numbers that are learned |
# | $\mathcal N(\mu, \sigma^2 I)$ | independent Gaussian noise with this mean and variance |
#
# Two short names are new: $s_t = \sqrt{\bar\alpha_t}$, the **signal**, and $\sigma_t = \sqrt{1-\bar\alpha_t}$, the
# **sigma**. Together they are a **level**, $(s_t, \sigma_t)$, with $s_t^2 + \sigma_t^2 = 1$; the image itself is the level
# $(1, 0)$. So $x_t = s_t x_0 + \sigma_t \epsilon$. As in the MNIST lab $t$ counts from 0 to $T - 1$ and is the index into
# every table (papers and the spiral lab count from 1).

# %% [markdown]
# ## Section 1: Imports, and what came with this notebook

# %% given="needs"
# The least versions that this notebook was run with.
NEEDS = {"python": "3.10", "numpy": "1.26", "matplotlib": "3.8", "torch": "2.6"}

# %% given="start"


# %% given="imports"
import base64
import contextlib
import copy
import io
import linecache
import math
import os
import runpy
import tempfile
import time
import traceback

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
from IPython.display import HTML, display
from matplotlib.animation import FuncAnimation, PillowWriter

plt.rcParams.update(
    {"figure.dpi": 110, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
)
# Colours of Okabe and Ito: readers with any kind of colour vision can tell them apart.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"

print(f"PyTorch {torch.__version__}, NumPy {np.__version__}, CPU threads: {torch.get_num_threads()}")


# %% given="check_helper"


# %% given="progress"


# %% [markdown]
# The folder `mnist_sampler` came with this notebook. It holds
#
# - `network.py`: a U-Net with skips, 843,764 parameters, and a small classifier that reads digits;
# - `weights.pt`: their weights. The U-Net was trained for 16 epochs on the 60,000 digits of MNIST, with the cosine schedule
#   and $T = 1000$, to predict v (Section 3); labels were left out one time in ten, so that it can draw with a label and
#   without;
# - `digits.pt`: 200 digits that neither has seen in training, and what the classifier makes of 800 of them and of the 60,000.
#
# The notebook runs on the CPU: nothing here takes a GPU to be quick.

# %% given="companion"
FOLDER = "mnist_sampler"


def load_sampler():
    """The trained U-Net, what its answers mean, the classifier, and the numbers of digits.pt."""
    inputs = os.walk(os.environ.get("KAGGLE_INPUT", "/kaggle/input"))
    found = sorted(os.path.join(folder, FOLDER) for folder, below, _ in inputs if FOLDER in below)
    place = next(filter(os.path.isdir, [FOLDER, *found]), None)
    if place is None:
        raise NotReady(
            f"✗ The folder {FOLDER} is missing. It came with this notebook: put it beside the notebook (in Colab upload "
            "it, on Kaggle add it to the input), and run this cell again."
        )
    try:
        network = runpy.run_path(os.path.join(place, "network.py"))
        kept, digits = (torch.load(os.path.join(place, f"{name}.pt"), weights_only=True) for name in ("weights", "digits"))
        unet, classifier = network["UNetSmall"](**kept["settings"]), network["DigitClassifier"]()
        unet.load_state_dict(kept["model"])
        classifier.load_state_dict(kept["classifier"])
    except Exception as error:
        raise NotReady(
            f"✗ The folder {place} is not whole ({type(error).__name__}: {error}): copy it again from where the notebook "
            "came from."
        ) from None
    return unet.eval().requires_grad_(False), kept["kind"], classifier.eval().requires_grad_(False), digits


def show(rows, title="", above=(), left=()):
    """A grid of images: a row for each of `rows`, which hold images (1, 28, 28)."""
    fig, axes = plt.subplots(
        len(rows),
        len(rows[0]),
        figsize=(0.95 * len(rows[0]) + 0.9 * bool(left), 0.98 * len(rows) + 0.6),
        squeeze=False,
        layout="constrained",
    )
    for line, row in zip(axes, rows, strict=True):
        for axis, image in zip(line, row, strict=True):
            axis.imshow(image.squeeze(), cmap="gray", vmin=-1, vmax=1)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
    for axis, words in zip(axes[0], above, strict=False):
        axis.set_title(words, fontsize=9)
    for axis, words in zip(axes[:, 0], left, strict=False):
        axis.set_ylabel(words, rotation=0, ha="right", va="center", fontsize=9)
    fig.suptitle(title)
    plt.show()


# %% rerun=false name="load"
# Figure: ten held-out digits, one of each class from 0 to 9, white on black, in as many hands.
unet, kind, classifier, digits = load_sampler()
pixels = digits["pixels"][:, None] / 127.5 - 1  # 0 to 9 in turn
one_of_each = pixels[:10]
print(f"{sum(weight.numel() for weight in unet.parameters()):,} parameters; its answers are of the kind {kind!r}")
as_they_are = classifier(pixels).argmax(dim=1) == digits["labels"][: len(pixels)]
print(f"{as_they_are.float().mean():.1%} of {len(pixels)} held-out digits are read rightly")
show([one_of_each], "Real digits", above=range(10))

# %% [markdown]
# ## Section 2: A schedule that wastes less
#
# ### TODO [cosine_alpha_bars]: `cosine_alpha_bars`
#
# Difficulty ●●○○○ · Importance ●●●○○ · about 20 min
#
# The straight line of betas in the MNIST lab destroys digits early: its last third of steps works on what is noise already.
# [Nichol and Dhariwal (2021)](https://arxiv.org/abs/2102.09672) write down the curve of $\bar\alpha$ that they want, and
# take the betas from it (their equation 17, and the lines below it):
#
# $$ f(u) = \cos^2\!\Big(\frac{\pi}{2} \cdot \frac{u/T + s}{1 + s}\Big), \qquad
# \beta_t = \min\Big(1 - \frac{f(t+1)}{f(t)},\; 0.999\Big), \qquad
# \bar\alpha_t = \prod_{i=0}^{t} (1 - \beta_i) . $$
#
# Without the bound the product would telescope to $f(t+1)/f(0)$, the curve itself (their step $t$ is our $t - 1$). At the
# very end $f(T) = 0$, so that $\beta_{T-1}$ would be 1 and nothing of the image left: no step could come back from there. The
# bound 0.999 keeps a thousandth. The offset $s$ keeps the first betas from being too small: with it the first amount of
# noise is about that of a pixel's rounding.
#
# **By hand, for $T = 4$ and $s = 0$.** $f(0), \dots, f(4)$ are $\cos^2$ of 0°, 22.5°, 45°, 67.5° and 90°: 1, 0.8536, 0.5,
# 0.1464 and 0. Each $\bar\alpha_t$ is the next of them, 0.8536, 0.5, 0.1464, but the last: there $\beta$ is cut to
# 0.999, and $\bar\alpha_3 = 0.1464 \cdot 0.001 = 0.000146$.
#
# | argument | type | meaning |
# |---|---|---|
# | `T` | int | the number of steps |
# | `s` | float | the offset |
# | **returns** | float64 tensor `(T,)` | $\bar\alpha_0, \dots, \bar\alpha_{T-1}$ |
#
# Tables are in float64 here: where $\bar\alpha$ is close to 1, $\sqrt{1 - \bar\alpha}$ in float32 is wrong in its fourth
# digit.


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
# <details>
# <summary>Hints for TODO [cosine_alpha_bars], by symptom</summary>
#
# - **I do not know where to start.** Four lines: the numbers $u/T$, the curve $f$ at them, the betas from neighbours, the
#   running product.
# - **I have T - 1 numbers, or T + 1.** A ratio of neighbours has one number fewer than the curve. So the curve needs $T + 1$
#   points, 0 to $T$, both included.
# - **I get: `cos(): argument 'input' must be Tensor`.** `math.cos` takes one number, `torch.cos` a whole tensor.
# - **The last number is 0.** The bound on beta is missing, or it bounds another thing than beta.
# - **I get float32.** Say `dtype=torch.float64` where the first tensor is made; what is computed from it follows.
# - **Nearly there.** `torch.linspace` with `T + 1` points, a slice `[1:]` over a slice `[:-1]`, `clamp(max=...)`,
#   `torch.cumprod`.
#
# </details>


# %% given="instruments"
def near(got, wanted, least=1e-4):
    """Are these numbers the same, but for rounding in float32?"""
    got, wanted = (torch.as_tensor(numbers, dtype=torch.float64).detach() for numbers in (got, wanted))
    return got.shape == wanted.shape and bool(torch.allclose(got, wanted, rtol=1e-3, atol=least))


def perhaps(got, mistakes, least=1e-4):
    """The mistake that would give just these numbers, as a sentence; nothing where there is none."""
    return next((f" It looks as if {words}." for words, numbers in mistakes.items() if near(got, numbers, least)), "")


def said(numbers):
    """A few numbers, as a sentence shows them."""
    return ", ".join(f"{number:.4g}" for number in torch.as_tensor(numbers).flatten().tolist()[:8])


def is_tensor(thing, name):
    """Stop with a sentence where this is no tensor."""
    assert thing is not None, f"{name} returns nothing: is a `return` missing?"
    assert isinstance(thing, torch.Tensor), f"{name} should return a tensor, not {type(thing).__name__}."


class Recorder(nn.Module):
    """A network of one weight: it answers 0.5 * x, and remembers what it was asked and how."""

    def __init__(self, share=0.5):
        super().__init__()
        self.share, self.calls = nn.Parameter(torch.tensor(share)), []

    def forward(self, x, t):
        self.calls.append((x.detach().float().clone(), t, self.training))
        return self.share * x


# %% check="cosine_alpha_bars"
with check("cosine_alpha_bars"):  # a NameError? Run the notebook from its first cell on.
    four = cosine_alpha_bars(4, 0.0)
    is_tensor(four, "cosine_alpha_bars")
    assert four.shape == (4,), f"for T = 4 there should be four numbers, shape (4,), not {tuple(four.shape)}."
    assert four.dtype == torch.float64, f"the table should be float64, not {four.dtype}."
    by_hand = [0.853553, 0.5, 0.146447, 0.000146447]
    mistakes = {
        "the curve is taken at 0, ..., T - 1: alpha_bar_t ends with beta_t, at f(t + 1)": [1, 0.853553, 0.5, 0.146447],
        "beta is not bounded by 0.999": [0.853553, 0.5, 0.146447, 0],
        "the square of the cosine is missing": [0.92388, 0.707107, 0.382683, 0.000382683],
        "these are the betas": [0.146447, 0.414214, 0.707107, 0.999],
        "these are the alphas, not multiplied up": [0.853553, 0.585786, 0.292893, 0.001],
        "alpha_bar is bounded, and not beta": [0.853553, 0.5, 0.146447, 0.001],
        "beta is bounded by 0.99": [0.853553, 0.5, 0.146447, 0.00146447],
        "beta is bounded by 0.9999": [0.853553, 0.5, 0.146447, 0.0000146447],
        "these are the signals, the roots of alpha_bar": [0.92388, 0.707107, 0.382683, 0.0121015],
    }
    assert near(four, by_hand, 1e-6), (
        f"for T = 4 and s = 0 the numbers are {said(by_hand)}; yours are {said(four)}.{perhaps(four, mistakes, 1e-6)}"
    )
    with_offset = cosine_alpha_bars(4, 0.25)
    by_hand = [0.723607, 0.381966, 0.105573, 0.000105573]
    mistakes = {
        "s is not used": [0.853553, 0.5, 0.146447, 0.000146447],
        "the product does not begin with f(1) / f(0): it is f itself": [0.654508, 0.345492, 0.0954915, 0.0000954915],
        "0.008 stands in the place of s": [0.847012, 0.493844, 0.144272, 0.000144272],
    }
    assert near(with_offset, by_hand, 1e-6), (
        f"for T = 4 and s = 0.25 the numbers are {said(by_hand)}; yours are {said(with_offset)}."
        f"{perhaps(with_offset, mistakes, 1e-6)}"
    )
    usual = cosine_alpha_bars(1000)
    assert usual.shape == (1000,), f"for T = 1000 there should be 1000 numbers, not {tuple(usual.shape)}."
    some = usual[[0, 250, 500, 998, 999]]
    by_hand = [0.999959, 0.845888, 0.492285, 2.42877e-6, 2.42877e-9]
    assert abs(1 - usual[0].item() - 4.128e-5) < 1e-6, f"1 - alpha_bar_0 is 4.13e-05 there, not {1 - usual[0].item():.3g}."
    for number, wanted in zip(some.tolist(), by_hand, strict=True):
        assert math.isclose(number, wanted, rel_tol=3e-3), (
            f"for T = 1000 and the usual s the numbers at 0, 250, 500, 998 and 999 are {said(by_hand)}; "
            f"yours are {said(some)}."
        )

# %% [markdown]
# ### Predict before you run: two schedules
#
# The next cell lets a digit drown by the straight line of betas (0.0001 to 0.02) and by your schedule, at the same nine
# timesteps. Decide first:
#
# 1. Half way, at $t = 500$, the straight line has kept 8 % of the image's variance. How much keeps the cosine?
# 2. In which of the two rows can you read the digit for longer?
# 3. How many of the straight line's last timesteps could you leave out without seeing a difference?

# %% rerun=false name="plot_schedule"
# Figure: left, alpha_bar over timestep t: the straight line's falls steeply at first and is near 0 from t = 700 on, the
# cosine's falls evenly from 1 to 0. Right, a digit at nine timesteps, a row for each: in the upper row, that of the
# straight line, it can be read up to t = 375, in the lower one up to t = 500 and guessed at 625.
T = 1000
schedule = cosine_alpha_bars(T)
straight = torch.cumprod(1 - torch.linspace(0.0001, 0.02, T, dtype=torch.float64), dim=0)
moments = [0, 125, 250, 375, 500, 625, 750, 875, 999]
fig, axes = plt.subplot_mosaic(
    [["curve", "curve", "curve", *[f"{name}{t}" for t in moments]] for name in ("straight", "cosine")],
    figsize=(11, 2.3),
    layout="constrained",
)
for name, table, color, style in (("straight", straight, VERMILION, "--"), ("cosine", schedule, BLUE, "-")):
    axes["curve"].plot(table, color=color, linestyle=style, label=name)
    torch.manual_seed(0)
    for t in moments:
        noisy = table[t].sqrt() * one_of_each[3] + (1 - table[t]).sqrt() * torch.randn(1, 28, 28)
        axes[f"{name}{t}"].imshow(noisy.squeeze(), cmap="gray", vmin=-1.5, vmax=1.5)
        axes[f"{name}{t}"].set(xticks=[], yticks=[], ylabel=name if t == 0 else "")
        axes[f"{name}{t}"].set_title(f"t = {t}" if name == "straight" else "", fontsize=8)
axes["curve"].set(xlabel="timestep t", ylabel=r"$\bar\alpha_t$")
axes["curve"].legend(frameon=False)
plt.show()
for name, table in (("straight", straight), ("cosine", schedule)):
    print(f"{name:9} half way {table[500]:.3f}, below 0.01 from t = {(table < 0.01).nonzero()[0].item()} on, last {table[-1]:.1e}")

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# Half way the cosine keeps 49 % of the variance. The straight line is below 1 % from $t = 673$ on, the cosine from
# $t = 935$ on: so a third of the straight line's steps work on next to
# nothing. Nichol and Dhariwal found that a fifth
# of its steps can be left out with hardly a loss (their figure 4).
#
# </details>
#
# **Further, if you like** (not graded; so are all of these). The ratio $\bar\alpha_t / (1 - \bar\alpha_t)$ says how much
# stronger the image is than the noise. Draw its logarithm for both schedules. Which of the two is the straighter line?

# %% [markdown]
# ## Section 3: Three things that a network can predict
#
# ### TODO [to_x_0]: `to_x_0`
#
# Difficulty ●○○○○ · Importance ●●●●○ · about 20 min
#
# In $x_t = s_t x_0 + \sigma_t \epsilon$ the network may predict the noise $\epsilon$, as in both labs before, or the image
# $x_0$, or a mixture of the two,
#
# $$ v = s_t\, \epsilon - \sigma_t\, x_0 . $$
#
# [Salimans and Ho (2022)](https://arxiv.org/abs/2202.00512) define it (their section 4) and give the way back (their
# appendix D). It is a rotation: $(x_0, \epsilon) \mapsto (x_t, v)$ turns the plane by the angle whose cosine is $s_t$ and
# whose sine is $\sigma_t$. A rotation is undone by its transpose, so no division is needed. The three answers stand for
# these images:
#
# $$ x_0 = \frac{x_t - \sigma_t\,\epsilon}{s_t} \;\text{("eps")}, \qquad x_0 = x_0 \;\text{("x0")}, \qquad
# x_0 = s_t\, x_t - \sigma_t\, v \;\text{("v")} . $$
#
# Look at the first one where $t$ is late: $s_t$ is nearly 0, and every error of the guess is divided by it. At $t = 999$
# of the MNIST lab's schedule it grows 157 times, here 20,000 times. At early $t$ "x0" has that fault the other way round,
# on the way to $\epsilon$. v has it nowhere, which is why the network here was trained to predict it.
#
# | argument | shape | meaning |
# |---|---|---|
# | `kind` | `"eps"`, `"x0"`, `"v"` | what the output is; anything else raises `ValueError` |
# | `output`, `x` | `(B, C, H, W)` | the network's answer, and the $x_t$ that it was asked about |
# | `signal`, `sigma` | number, or tensor that broadcasts | the level of $x$ |
# | **returns** | like `x`, its dtype too | the image |
#
# Mind the dtype: a number, or a float64 tensor without a dimension, leaves float32 images float32. A float64 tensor
# `(B, 1, 1, 1)`, a level for each image, makes float64 of them.


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
    images = {"eps": (x - sigma * output) / signal, "x0": output, "v": signal * x - sigma * output}
    if kind not in images:
        raise ValueError(f'The kind is "eps", "x0" or "v", not {kind!r}.')
    return images[kind].to(x.dtype)
    ### END SOLUTION


# %% [markdown] hint="to_x_0"
# <details>
# <summary>Hints for TODO [to_x_0], by symptom</summary>
#
# - **I do not know where to start.** Three cases, and what is none of them. Each case is one of the three equations above.
# - **The check says that "v" has the wrong sign.** Put $x_t = s\,x_0 + \sigma\,\epsilon$ and $v = s\,\epsilon - \sigma\,x_0$ into
#   $s\,x_t - \sigma\,v$. What is left, since $s^2 + \sigma^2 = 1$?
# - **The check says that the result is float64.** A level for each image came as a float64 tensor. `.to(...)` at the end
#   brings the result back to the dtype of `x`.
# - **The check says that nothing was raised.** An `else` that takes what is left for "v" answers a misspelt kind with a wrong
#   picture. `raise ValueError("...")` instead.
# - **The check says that `x` changed.** `-=`, `*=` and functions that end in `_` write into the caller's tensor.
# - **Nearly there.** `if kind == "eps": ... elif ... else: raise ValueError(...)`, one line a case.
#
# </details>

# %% check="to_x_0"
with check("to_x_0"):  # a NameError? Run the notebook from its first cell on.
    x, output = torch.full((2, 1, 3, 3), 2.0), torch.full((2, 1, 3, 3), 0.5)
    by_hand = {"eps": 8 / 3, "x0": 0.5, "v": 0.8}
    mistakes = {
        "eps": {
            "the noise is subtracted without its factor sigma": 2.5,
            "the division by signal is missing": 1.6,
            "signal and sigma are exchanged": 2.125,
            "the noise is added, and not subtracted": 4.0,
            "alpha_bar stands in the place of its root": 1.68 / 0.36,
        },
        "x0": {"x0 is treated like eps": 8 / 3, "x0 is treated like v": 0.8},
        "v": {
            "v has the wrong sign": 1.6,
            "signal and sigma are exchanged": 1.3,
            "this is the noise, signal * v + sigma * x": 1.9,
            "v is treated like eps": 8 / 3,
        },
    }
    for kind_, wanted in by_hand.items():
        got = to_x_0(kind_, output, x, 0.6, 0.8)
        is_tensor(got, "to_x_0")
        assert got.shape == x.shape, f"the image should be shaped like x, not {tuple(got.shape)}."
        assert got.dtype == torch.float32, f"for float32 images the result should be float32, not {got.dtype}."
        number = got.mean().item()
        clipped = " Is it clipped? It should not be." if near(number, max(-1.0, min(1.0, wanted))) else ""
        assert near(got, torch.full_like(x, wanted)), (
            f"{kind_!r}, with x = 2, output = 0.5 and the level (0.6, 0.8), should give {wanted:.4g}, not {number:.4g}."
            f"{perhaps(number, mistakes[kind_]) or clipped}"
        )
    assert bool((x == 2).all() and (output == 0.5).all()), "x or output changed: compute into new tensors."
    levels = torch.tensor([[0.6, 0.8], [0.8, 0.6]], dtype=torch.float64)
    both = levels[:, 0].view(2, 1, 1, 1), levels[:, 1].view(2, 1, 1, 1)
    for kind_, wanted in {"eps": [8 / 3, 2.125], "x0": [0.5, 0.5], "v": [0.8, 1.3]}.items():
        got = to_x_0(kind_, output, x, *both)
        assert got.dtype == torch.float32, (
            f"{kind_!r} with float64 tensors (B, 1, 1, 1) for signal and sigma: the result should be float32, as x is, "
            f"not {got.dtype}."
        )
        assert got.shape == x.shape and near(got[:, 0, 0, 0], wanted), (
            f"{kind_!r} with a level for each image, (0.6, 0.8) and (0.8, 0.6), should give {said(wanted)}, not "
            f"{said(got[:, 0, 0, 0])}."
        )
        got = to_x_0(kind_, output, x, *levels[0])
        assert got.dtype == torch.float32 and near(got[0, 0, 0, 0], wanted[0]), (
            f"{kind_!r} with tensors without a dimension should give float32 and {wanted[0]:.4g}, not {got.dtype} and "
            f"{got.flatten()[0]:.4g}."
        )
        got = to_x_0(kind_, output.double(), x.double(), 0.6, 0.8)
        assert got.dtype == torch.float64, f"for float64 images the result should be float64, not {got.dtype}."
    for kind_ in ("V", "epsilon", "image", None):
        try:
            to_x_0(kind_, output, x, 0.6, 0.8)
        except ValueError:
            continue
        except NotImplementedError:
            raise
        except Exception as error:
            raise AssertionError(f"the kind {kind_!r} should raise ValueError, not {type(error).__name__}.") from None
        raise AssertionError(f"the kind {kind_!r} should raise ValueError: there is none of that name.")

# %% [markdown]
# ### Predict before you run: what the network believes
#
# The next cell noises three held-out digits, asks the network once at each timestep, and shows the image that its answer
# stands for. Decide first:
#
# 1. Up to which $t$ does it still see the digit that went in?
# 2. What does it believe at $t = 999$, where nothing but noise is left: noise, one clear digit, or something else?

# %% rerun=false name="plot_beliefs"
# Figure: two times three rows of digits at eight timesteps from 50 to 999: above, noisy digits, below, what the network
# takes them for. Its images are sharp up to about t = 500, then blurred and at last one and the same grey blot.
moments = [50, 200, 350, 500, 650, 800, 900, 999]
torch.manual_seed(0)
chosen, rows = one_of_each[[2, 4, 7]], {"seen": [], "believed": []}
for t in moments:
    level = schedule[t].sqrt().item(), (1 - schedule[t]).sqrt().item()
    noisy = level[0] * chosen + level[1] * torch.randn_like(chosen)
    rows["seen"].append(noisy)
    rows["believed"].append(to_x_0(kind, unet(noisy, torch.full((3,), t)), noisy, *level))
seen, believed = (torch.stack(images, dim=1) for images in rows.values())
show([*seen, *believed], above=[f"t = {t}" for t in moments], left=["seen"] * 3 + ["believed"] * 3)

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# Up to about $t = 500$ the network finds the digit, and sharpens it. Then its image gets soft: it is the *mean* of all
# images that could have led to this $x_t$, as any regression with squared error gives the mean. At $t = 999$ all
# images could have, and it believes in the mean of all digits, a grey blot, whatever went in. So one jump from noise to
# the image draws a blot: that is what the many steps are for. Each goes a little towards the mean of what is still
# possible, and by that rules some of it out.
#
# </details>
#
# **Further, if you like.** Give the label as a third argument, `unet(noisy, t, labels)`. What does the network believe at
# $t = 999$ now?

# %% [markdown]
# ## Section 4: One step of any length
#
# ### First, DDPM's step in five lines
#
# The spiral lab derives it. Given $x_t$ *and* $x_0$, the forward process says where $x_{t-1}$ was:
#
# 1. $q(x_{t-1} \mid x_t, x_0) \propto q(x_t \mid x_{t-1})\; q(x_{t-1} \mid x_0)$, by Bayes; both factors are Gaussian.
# 2. Their exponents are $-\tfrac12 \big(x_t - \sqrt{\alpha_t}\, x_{t-1}\big)^2 / \beta_t$ and
#    $-\tfrac12 \big(x_{t-1} - s_{t-1} x_0\big)^2 / \sigma_{t-1}^2$.
# 3. Collect $x_{t-1}^2$: one over the variance is $\alpha_t/\beta_t + 1/\sigma_{t-1}^2$, so the variance is
#    $\tilde\beta_t = \beta_t\, \sigma_{t-1}^2 / \sigma_t^2$.
# 4. Collect $x_{t-1}$: the mean is $\tilde\beta_t \big(\sqrt{\alpha_t}\, x_t/\beta_t + s_{t-1} x_0/\sigma_{t-1}^2\big)$
#    (equations 6 and 7 of [Ho et al. 2020](https://arxiv.org/abs/2006.11239)).
# 5. The network does not know $x_0$, so its guess stands in, and $\sqrt{\tilde\beta_t}\, z$ is added.
#
# This needs neighbours: $\beta_t$ is what *one* step adds. A thousand steps, a thousand calls of the network.
#
# ### Then, DDIM: the same marginals with less new noise
#
# [Song, Meng and Ermon (2021)](https://arxiv.org/abs/2010.02502) asked what the training really fixes. The loss looks at
# pairs $(x_0, x_t)$ with $x_t = s_t x_0 + \sigma_t \epsilon$, one level at a time. It never looks at how $x_t$ and $x_{t-1}$
# hang together. So any process with these **marginals** may use the same network.
#
# Let us make one. We stand at $x = s\,x_0 + \sigma\,\epsilon$ and want to get to the level $(s', \sigma')$, near or far:
#
# $$ x' = s'\, x_0 + (\text{noise of size } \sigma') . $$
#
# There are two sources of noise: the old one, $\epsilon = (x - s\,x_0)/\sigma$, which we can compute, and a new one, $z$.
# Take $a$ of the one and $n$ of the other. They are independent, so their variances add up:
#
# $$ x' = s'\, x_0 + a\,\epsilon + n\,z, \qquad a^2 + n^2 = \sigma'^2 . $$
#
# That is all that the marginal asks for. **How much of the noise is new is free**: any $n$ from 0 to $\sigma'$, and
# $a = \sqrt{\sigma'^2 - n^2}$. This is their equation 7, and with the network's $x_0$ and $\epsilon$ equation 12:
#
# $$ x' = s'\, x_0 + \sqrt{\sigma'^2 - n^2}\;\epsilon + n\,z, \qquad
# n = \eta\, \frac{\sigma'}{\sigma} \sqrt{1 - \frac{s^2}{s'^2}} $$
#
# (their equation 16 for $n$).
#
# - $\eta = 0$, **DDIM**: no new noise. The way is settled by where it starts. Nothing in it needs neighbours, so it may be
#   long; nothing in it needs $s' > s$, so it may go *up* to more noise as well.
# - $\eta = 1$ **between neighbours is DDPM's posterior.** There $s^2/s'^2 = \alpha_t$, so that
#   $n^2 = \beta_t \sigma_{t-1}^2/\sigma_t^2 = \tilde\beta_t$: line 3. And the mean? Put $\epsilon = (x_t - s_t x_0)/\sigma_t$
#   in; the factor of $x_t$ is $\sqrt{\sigma_{t-1}^2 - \tilde\beta_t}/\sigma_t$. Each step shrinks the old variance by $\alpha_t$ and
#   adds $\beta_t$, so $\sigma_t^2 - \beta_t = \alpha_t \sigma_{t-1}^2$. With that
#   $\sigma_{t-1}^2 - \tilde\beta_t = \sigma_{t-1}^2 (\sigma_t^2 - \beta_t)/\sigma_t^2 = \alpha_t \sigma_{t-1}^4/\sigma_t^2$, and the factor is
#   $\sqrt{\alpha_t}\,\sigma_{t-1}^2/\sigma_t^2$. It is that of line 4, $\tilde\beta_t \sqrt{\alpha_t}/\beta_t$. And two means that agree in their
#   factor of $x_t$ and lead to the same marginal agree in that of $x_0$.
# - $n = \sigma'$ would forget the old noise altogether: jump to $x_0$, noise it afresh.
#
# ### TODO [ddim_step]: `ddim_step`
#
# Difficulty ●●●●○ · Importance ●●●●● · about 35 min
#
# **By hand**, from the level $(0.6, 0.8)$ to $(0.8, 0.6)$ with $x_0 = 0.5$ and $x = 1.1$. The noise in $x$ is
# $\epsilon = (1.1 - 0.6 \cdot 0.5)/0.8 = 1$. With $\eta = 0$: $x' = 0.8 \cdot 0.5 + 0.6 \cdot 1 = 1.0$. With $\eta = 1$:
# $n = 0.6/0.8 \cdot \sqrt{1 - 0.36/0.64} = 0.496$, and $x' = 0.4 + \sqrt{0.36 - 0.246} \cdot 1 + 0.496\,z = 0.7375 + 0.496\,z$.
#
# | argument | type | meaning |
# |---|---|---|
# | `x`, `x_0` | `(B, C, H, W)` | where we stand, and the image that is believed in |
# | `here`, `there` | pairs (signal, sigma) | the level of `x`, and the one to go to: numbers, or tensors without a dimension |
# | `eta` | float | 0 is DDIM; 1 between neighbours is DDPM |
# | `generator` | `torch.Generator` or `None` | where noise is drawn, if any is |
# | **returns** | like `x` | $x'$ |
#
# With $\eta = 0$ no noise may be drawn, not even to be multiplied by 0: a draw moves the generator on, and the next image
# would be another one. Upwards, where $s' < s$, the root in $n$ is of something negative; with $\eta = 0$ it must not matter.


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
# <details>
# <summary>Hints for TODO [ddim_step], by symptom</summary>
#
# - **I do not know where to start.** Unpack both levels into four names. Then three lines: the noise in `x`, the size of the
#   new noise, the sum.
# - **I get: `math domain error`.** A root of something negative. Upwards $1 - s^2/s'^2$ is below 0: `max(0.0, ...)`, or do
#   not compute it where `eta` is 0.
# - **I get: `randn_like() got an unexpected keyword argument 'generator'`.** `torch.randn` takes one; it needs the shape,
#   and `dtype=` and `device=`, too.
# - **The check says that the noise is not as large as it should be.** The factor of $z$ is a standard deviation, $n$, not
#   $n^2$. And $\epsilon$ gets smaller as $n$ gets larger.
# - **The check says that something is drawn with eta = 0.** Draw only where `new` is above 0.
# - **The check says that the same state gave other numbers.** The draw must get `generator=generator`.
# - **I get: `TypeError: sqrt(): argument 'input' must be Tensor, not float`.** Levels are numbers or tensors. `math.sqrt` takes
#   both; so does `** 0.5`.
# - **Nearly there.** Compare with the numbers by hand above, one line at a time.
#
# </details>

# %% check="ddim_step"
with check("ddim_step"):  # a NameError? Run the notebook from its first cell on.
    x, image = torch.full((16, 4, 32, 32), 1.1), torch.full((16, 4, 32, 32), 0.5)
    low, high = (0.8, 0.6), (0.6, 0.8)
    state = torch.get_rng_state()
    got = ddim_step(x, image, high, low)
    is_tensor(got, "ddim_step")
    assert got.shape == x.shape, f"the result should be shaped like x, not {tuple(got.shape)}."
    assert got.dtype == torch.float32, f"for float32 images the result should be float32, not {got.dtype}."
    mistakes = {
        "the noise is left as large as it was": 1.2,
        "x itself stands in the place of the noise": 1.06,
        "the levels are exchanged": 1.3125,
        "x_0 gets the signal of `here`": 0.9,
        "the noise is computed without dividing by sigma": 0.88,
        "the noise has the wrong sign": -0.2,
        "nothing but x_0 is left": 0.4,
    }
    assert near(got, torch.full_like(x, 1.0)), (
        "from (0.6, 0.8) to (0.8, 0.6) with x = 1.1, x_0 = 0.5 and eta = 0 the result is 1, "
        f"not {got.mean():.4g}.{perhaps(got.mean().item(), mistakes)}"
    )
    draws = torch.Generator().manual_seed(3)
    before = draws.get_state()
    for start, target, wanted in ((high, low, 1.0), (low, high, 1.1), (low, (1.0, 0.0), 0.5)):
        given = torch.full_like(x, 1.1) if start == high else torch.full_like(x, 1.0)
        got = ddim_step(given, image, start, target, 0.0, draws)
        assert near(got, torch.full_like(x, wanted)), (
            f"from {start} to {target} with x = {given[0, 0, 0, 0]:.1f}, x_0 = 0.5 and eta = 0 the result is {wanted}, not "
            f"{got.mean():.4g}." + (" (This is the way up, to more noise.)" if target == high else "")
        )
        as_tensors = [torch.tensor(level, dtype=torch.float64) for level in (start, target)]
        got = ddim_step(given, image, *(tuple(level) for level in as_tensors))
        assert got.dtype == torch.float32 and near(got, torch.full_like(x, wanted)), (
            f"with levels of tensors without a dimension it should be {wanted} in float32, not {got.mean():.4g} in {got.dtype}."
        )
    assert torch.equal(state, torch.get_rng_state()) and torch.equal(before, draws.get_state()), (
        "with eta = 0 nothing should be drawn, from no generator."
    )
    got = ddim_step(x, image, low, (1.0, 0.0), 1.0)
    assert near(got, image), f"to (1, 0) the result is x_0 whatever eta is; here it should be 0.5, not {got.mean():.4g}."

    for eta_, start, target, mean, size in (
        (1.0, high, low, 0.7375, 0.496078),
        (0.5, high, low, 0.946330, 0.248039),
        (1.0, (0.28, 0.96), low, 0.531249, 0.585469),
    ):
        got = ddim_step(x, image, start, target, eta_)
        added = f"from {start} to {target} with eta = {eta_}, x = 1.1 and x_0 = 0.5"
        assert got.dtype == torch.float32, f"{added} the result should be float32, not {got.dtype}."
        new, old = got.std().item(), got.mean().item()
        mistakes = {
            "nothing is drawn": 0.0,
            "the variance of the noise stands in the place of its deviation": size**2,
            "eta is not used": {0.5: 0.496078}.get(eta_, -1),
            "eta is squared": {0.5: 0.124019}.get(eta_, -1),
            "the factor sigma_there / sigma_here is missing": {0.496078: 0.661438, 0.248039: 0.330719}.get(size, 0.93675),
            "sigma_here / sigma_there stands the wrong way round": {0.496078: 0.881917, 0.248039: 0.440959}.get(size, 1.4988),
            "the root of 1 - (signal / signal)^2 is missing": {0.496078: 0.75, 0.248039: 0.375}.get(size, 0.625),
            "signals are not squared": {0.496078: 0.375, 0.248039: 0.1875}.get(size, 0.503891),
            "all noise is new": 0.6 if eta_ < 1 else -1,
        }
        assert abs(new - size) < 0.01, (
            f"{added} the new noise has the deviation {size:.4f}; yours has {new:.4f}.{perhaps(new, mistakes, 0.008)}"
        )
        kept = " Is the old noise still as large as without new noise?" if old > mean + 0.05 else ""
        assert abs(old - mean) < 0.012, f"{added} the mean is {mean:.4f}; yours is {old:.4f}.{kept}"
        noise = (got - mean) / size
        assert noise.abs().max() > 3, "no noise beyond 3 deviations: is it cut off, or not the normal one?"
        for axes_, names in {(0,): "images", (1,): "channels", (2, 3): "the pixels of a channel", (2,): "rows", (3,): "columns"}.items():
            means = noise.mean(axes_)
            share = means.square().mean().item() * noise.numel() / means.numel()  # 1, where nothing is shared
            assert abs(share - 1) < 7 * math.sqrt(2 / means.numel()), (
                f"each element should get noise of its own, but {names} share some of it."
            )
    state = torch.get_rng_state()
    again = [ddim_step(x, image, high, low, 1.0, draws.manual_seed(seed)) for seed in (3, 3, 4)]
    assert torch.equal(again[0], again[1]), "the same state of the generator should give the same numbers."
    assert not torch.equal(again[0], again[2]), "another seed of the generator should give other numbers: is it used?"
    assert torch.equal(state, torch.get_rng_state()), "where a generator is given, all noise should come from it."
    fresh = [ddim_step(x, image, high, low, 1.0) for _ in range(2)]
    assert not torch.equal(*fresh), "each call should draw fresh noise."
    assert not torch.equal(again[0], ddim_step(x, image, high, low, 1.0, draws)), "a generator's next noise is new noise."
    got = ddim_step(x[:1].double(), image[:1].double(), high, low, 1.0)
    assert got.dtype == torch.float64, f"for float64 images the result should be float64, not {got.dtype}."
    assert bool((x == 1.1).all() and (image == 0.5).all()), "x or x_0 changed: compute into new tensors."

# %% [markdown]
# ### Predict before you run: the same marginals
#
# The next cell noises one number, $x_0 = 0.5$, a million times to the level of $t = 600$, and takes one step from there to
# the level of $t = 300$: no network, the true $x_0$. Decide first, for $\eta = 0$, $0.5$ and $1$: does the mean of $x'$
# change with $\eta$? Its deviation? How like is the noise of $x'$ to the noise that $x$ had?

# %% rerun=false name="marginals"
torch.manual_seed(0)
here, there = (((schedule[t]).sqrt().item(), (1 - schedule[t]).sqrt().item()) for t in (600, 300))
numbers = torch.full((1_000_000,), 0.5, dtype=torch.float64)
old_noise = torch.randn_like(numbers)
print(f"asked for: mean {there[0] * 0.5:.3f}, deviation {there[1]:.3f}")
for eta in (0.0, 0.5, 1.0):
    reached = ddim_step(here[0] * numbers + here[1] * old_noise, numbers, here, there, eta)
    alike = torch.corrcoef(torch.stack([old_noise, reached]))[0, 1]
    print(f"eta = {eta}: mean {reached.mean():.3f}, deviation {reached.std():.3f}, correlation with the old noise {alike:.2f}")

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# Mean and deviation are the same each time, and just those of the level: that is what "the same marginals" means. What
# changes is how much of the old noise is still there: all of it at $\eta = 0$, a correlation
# of 0.37 at $\eta = 1$.
#
# </details>
#
# **Further, if you like.** Let the step end at $t = 599$, the neighbour. How like is the noise now, at $\eta = 1$? What does that
# say about a thousand small steps?

# %% [markdown]
# ## Section 5: The whole way
#
# ### TODO [sample]: `sample`
#
# Difficulty ●●●●○ · Importance ●●●●● · about 70 min
#
# Put the steps together. Begin with noise. At each of the timesteps listed ask the network, turn its answer into an image
# (TODO [to_x_0]), and step (TODO [ddim_step]) to the level of the timestep listed *next*; from the last one step to the image,
# $(1, 0)$. With $\eta = 0$ this is DDIM (section 4.2 and appendix C of [Song et al. 2021](https://arxiv.org/abs/2010.02502)).
#
# For `timesteps = [900, 500, 100]` that is:
#
# | asked at | from level | to level |
# |---|---|---|
# | $t = 900$ | $(s_{900}, \sigma_{900})$ | $(s_{500}, \sigma_{500})$ |
# | $t = 500$ | $(s_{500}, \sigma_{500})$ | $(s_{100}, \sigma_{100})$ |
# | $t = 100$ | $(s_{100}, \sigma_{100})$ | $(1, 0)$ |
#
# Three calls of the network, and no level in between.
#
# | argument | type | meaning |
# |---|---|---|
# | `model` | `nn.Module` or a plain function | asked as `model(x, t)`; `t` is a tensor `(B,)` of whole numbers, all the same here |
# | `schedule` | float64 tensor `(T,)` | $\bar\alpha_t$, as TODO [cosine_alpha_bars] makes it |
# | `shape` | `(B, C, H, W)` | of the images |
# | `timesteps` | list of ints, falling | where the model is asked |
# | `kind`, `eta` | | as in TODO [to_x_0] and TODO [ddim_step] |
# | `generator` | `torch.Generator` or `None` | where **all** noise comes from, the first as well |
# | **returns** | float32 tensor of `shape` | images |
#
# Three things around the loop count as well. A model may be in train mode, with dropout that would disturb its answers: put
# it into eval mode, and leave it as it was. A plain function has no mode. And nothing here is to be differentiated: without
# `no_grad` a graph of all steps is kept, and memory runs out.


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
        for t, here, there in zip(timesteps, levels, levels[1:], strict=False):
            output = model(x, torch.full((shape[0],), t, device=schedule.device))
            x_0 = to_x_0(kind, output, x, *here)
            x = ddim_step(x, x_0, here, there, eta, generator)
    if was_training:
        model.train()
    return x
    ### END SOLUTION


# %% [markdown] hint="sample"
# <details>
# <summary>Hints for TODO [sample], by symptom</summary>
#
# - **I do not know where to start.** Leave modes and gradients for later. Make the list of levels, one for each timestep, and
#   put `(1.0, 0.0)` behind it. Then noise, and a loop over timesteps with the level here and the one after it.
# - **I get: `list index out of range`.** The last timestep has no next one. That is what the level $(1, 0)$ is for.
# - **The check says that the levels are wrong.** `schedule` holds $\bar\alpha$. The signal is its root, sigma the root of one
#   minus it. And the next level is that of the next timestep *listed*, not that of $t - 1$.
# - **The check says that t has the wrong shape, or is no whole number.** `torch.full((B,), t)` with an int `t`.
# - **I get: `'function' object has no attribute 'eval'`.** `model` may be a plain function. Is it an `nn.Module`, or has it a
#   `training`?
# - **The check says that the model's mode is another one afterwards.** Remember `model.training` before you change it. A model
#   that came in eval mode goes out in eval mode.
# - **The check says that the same state gave other images.** Two draws need the generator: the first noise, and the steps'.
# - **The pictures are noise.** Did `kind` get through to `to_x_0`? The default is "eps", and this network predicts v.
# - **Nearly there.** `zip(timesteps, levels, levels[1:])` gives the three things that each step needs.
#
# </details>

# %% check="sample"
with check("sample"):  # a NameError? Run the notebook from its first cell on.
    table = torch.tensor([0.9216, 0.64, 0.36, 0.0784], dtype=torch.float64)  # signals 0.96, 0.8, 0.6 and 0.28
    model, listed, shape = Recorder(), [3, 1], (5, 1, 8, 8)
    got = sample(model, table, shape, listed)
    is_tensor(got, "sample")
    assert listed == [3, 1], "the list of timesteps changed: leave it as it was."
    assert got.shape == shape, f"the images should have the shape {shape}, not {tuple(got.shape)}."
    assert got.dtype == torch.float32, f"the images should be float32, not {got.dtype}."
    assert not got.requires_grad, "the images should not be tracked by autograd: ask the model under torch.no_grad()."
    assert torch.is_grad_enabled(), "gradients should be switched on again afterwards."
    for x, t, _ in model.calls:
        assert isinstance(t, torch.Tensor) and t.shape == x.shape[:1], (
            "the model should be asked with t a tensor (B,), one number for each image, not "
            f"{tuple(t.shape) if isinstance(t, torch.Tensor) else type(t).__name__}."
        )
        assert not t.is_floating_point(), f"t should hold whole numbers, not {t.dtype}."
        assert x.shape == shape, f"all images should be asked about at once, {shape}, not {tuple(x.shape)}."
    asked = [t[0].item() for _, t, _ in model.calls]
    assert asked == listed and all(bool((t == t[0]).all()) for _, t, _ in model.calls), (
        f"for timesteps [3, 1] the model should be asked twice, at t = 3 and at t = 1; it was asked at {asked}."
    )
    mistakes = {
        "the last step to the image, (1, 0), is missing": {"eps": 1.785714, "x0": 0.9375, "v": 0.5},
        "alpha_bar stands in the place of its root": {"eps": 5.870217, "x0": 0.347656, "v": 0.072496},
        "each step goes to t - 1, and not to the timestep listed next": {"eps": 1.484, "x0": 0.772667, "v": 0.5776},
        "the kind is not used": {"eps": -1.0, "x0": 1.5625, "v": 1.5625},
    }
    for kind_, share in (("eps", 1.5625), ("x0", 0.46875), ("v", 0.25)):
        model = Recorder()
        got = sample(model, table, (2, 3, 8, 8), [3, 1], kind_)
        assert [len(t) for _, t, _ in model.calls] == [2, 2], "two images of three channels: t should have two numbers."
        start, on_the_way = model.calls[0][0], model.calls[1][0]
        yours = ((got * start).sum() / (start * start).sum()).item()
        half_way = ((on_the_way * start).sum() / (start * start).sum()).item()
        causes = {words: numbers[kind_] for words, numbers in mistakes.items()}
        assert torch.allclose(got, share * start, rtol=1e-3, atol=1e-3), (
            f"of a model that answers x / 2 for {kind_!r}, with signals 0.28 at t = 3 and 0.8 at t = 1, the images are {share} "
            f"times the first noise; yours are {yours:.4g} times that, and {half_way:.4g} times that half way, where "
            f"{dict(eps=1.785714, x0=0.9375, v=0.5)[kind_]:.4g} is right.{perhaps(yours, causes, 1e-3)}"
        )
    for listed, share in (([3, 2, 1, 0], 0.0), ([2], 1.0), ([2, 0], 0.0)):
        model = Recorder()
        got = sample(model, table, (1, 1, 4, 4), listed, "eps")
        asked = [t.tolist() for _, t, _ in model.calls]
        assert asked == [[t] for t in listed], f"for timesteps {listed} and one image the model was asked at {asked}."
        if share:
            assert torch.allclose(got, share * model.calls[0][0], atol=1e-4), (
                "for timesteps [2] alone the step goes from t = 2 straight to the image."
            )
    sample(lambda x, t: 0.5 * x, table, (1, 1, 4, 4), [2, 0])
    for training in (True, False):
        model = Recorder().train(training)
        sample(model, table, (1, 1, 4, 4), [2, 0])
        assert not any(mode for _, _, mode in model.calls), "while it is asked the model should be in eval mode."
        assert model.training == training, (
            f"the model came in {'train' if training else 'eval'} mode, and should be in it afterwards."
        )

    noughts, wide = Recorder(0.0), (32, 4, 16, 16)
    ways = {}
    for eta_, share, size in ((0.0, 0.625, 0.0), (1.0, 0.136718, 0.585469), (0.5, 0.546330, 0.292735)):
        noughts.calls.clear()
        draws, state = torch.Generator().manual_seed(5), torch.get_rng_state()
        sample(noughts, table, wide, [3, 1], "x0", eta_, draws)
        assert torch.equal(state, torch.get_rng_state()), "where a generator is given, all noise should come from it."
        start, after = (x for x, _, _ in noughts.calls)
        ways[eta_] = after
        assert abs(start.mean()) < 0.03 and abs(start.std() - 1) < 0.03 and start.abs().max() > 3, (
            f"it should begin with standard normal noise, not with mean {start.mean():.2f} and deviation {start.std():.2f}."
        )
        for axes_, names in {(0,): "images", (1,): "channels", (2, 3): "the pixels of a channel"}.items():
            means = start.mean(axes_)
            alike = means.square().mean().item() * start.numel() / means.numel()  # 1, where nothing is shared
            assert abs(alike - 1) < 7 * math.sqrt(2 / means.numel()), f"of the first noise {names} share some."
        kept = ((after * start).sum() / (start * start).sum()).item()
        new = (after - kept * start).std().item()
        if eta_ != 0.5:
            assert abs(kept - share) < 0.02 and abs(new - size) < 0.02, (
                f"with eta = {eta_} a step from t = 3 to t = 1 should keep {share:.3f} of the old noise and add {size:.3f} of "
                f"new noise; yours keeps {kept:.3f} and adds {new:.3f}. Does eta get through to the step?"
            )
        else:
            assert 0.25 < new < 0.34, f"with eta = 0.5 the step should add {size:.3f} of new noise, not {new:.3f}."
    for eta_ in (0.0, 1.0):
        three = [
            sample(Recorder(), table, (2, 1, 4, 4), [3, 1], "v", eta_, torch.Generator().manual_seed(seed))
            for seed in (5, 5, 6)
        ]
        assert torch.equal(three[0], three[1]), f"the same state should give the same images, with eta = {eta_} too."
        assert not torch.equal(three[0], three[2]), "another seed should give other images: is the generator used?"
    fresh = [sample(Recorder(), table, (2, 1, 4, 4), [3, 1], "v") for _ in range(2)]
    assert not torch.equal(*fresh), "without a generator each call should begin with fresh noise."
    draws = torch.Generator().manual_seed(5)
    running_on = [sample(Recorder(), table, (2, 1, 4, 4), [3, 1], "v", 0.0, draws) for _ in range(2)]
    assert not torch.equal(*running_on), "a generator that is used again should go on: do not set its seed."

# %% [markdown]
# ### Predict before you run: one seed, six step counts
#
# Which timesteps? The given `spread` divides $T$ evenly and begins at the top, at $t = 999$, so that the step to the image is
# as long as the others ("trailing" in [Lin et al. 2023](https://arxiv.org/abs/2305.08891), their table 2). The next cell draws
# the same four seeds, with the labels 3, 5, 6 and 8, in 1, 2, 4, 8, 16 and 50 steps. Decide first:
#
# 1. What does one step draw? (You have seen it in Section 3.)
# 2. Do more steps draw *another* digit from the same noise, or the same digit with more detail?
# 3. From which number on would you not see a difference?

# %% given="spread"
def spread(steps):
    """So many timesteps, evenly, from T - 1 down."""
    return [round(T * part / steps) - 1 for part in range(steps, 0, -1)]


def with_labels(labels):
    """The network, asked for these labels: a plain function of (x, t)."""
    return lambda x, t: unet(x, t, labels)


def seeded(seed):
    """A generator with this seed."""
    return torch.Generator().manual_seed(seed)


# %% rerun=false name="six_step_counts"
# Figure: four rows of digits, one seed each, asked to be 3, 5, 6 and 8, in six columns for 1, 2, 4, 8, 16 and 50 steps. One
# step draws a blurred mean of that digit, two a soft digit; from four on they are sharp and change less and less.
step_counts, four_labels = (1, 2, 4, 8, 16, 50), torch.tensor([3, 5, 6, 8])
columns = [
    sample(with_labels(four_labels), schedule, (4, 1, 28, 28), spread(steps), kind, 0.0, seeded(1)) for steps in step_counts
]
show(torch.stack(columns, dim=1), above=[f"{steps} step{'s' * (steps > 1)}" for steps in step_counts], left=[f"a {y}" for y in four_labels.tolist()])
for steps, column in zip(step_counts[:-1], columns, strict=False):
    print(f"{steps:2} steps: mean difference from 50 steps {(column - columns[-1]).abs().mean():.3f}")

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# One step draws the mean of all threes, fives, sixes and eights, a blur. From then on it is the *same* digit that gets
# sharper: with $\eta = 0$ the noise settles it, and few steps only follow the same path less closely. DDIM's step is Euler's
# method for a differential equation (equations 13 and 14 of [Song et al. 2021](https://arxiv.org/abs/2010.02502)): the error
# falls about as one over the number of steps. In our run the mean difference from 50 steps was 0.242, 0.119, 0.067, 0.031 and
# 0.013 with 1, 2, 4, 8 and 16 steps: halved by each doubling.
#
# </details>
#
# ### Predict before you run: eta from 0 to 1
#
# Same start, 25 steps, $\eta$ from 0 to 1. Does the digit change? Gradually, or at once? Are the digits at $\eta = 1$ worse,
# better, or just others?

# %% rerun=false name="eta_row"
# Figure: four rows of digits, one seed each, in five columns for eta from 0 to 1, in 25 steps. The digits asked for stay, the
# handwriting moves away from that of eta = 0 as eta grows; some strokes get fatter.
etas = (0.0, 0.25, 0.5, 0.75, 1.0)
columns = [
    sample(with_labels(four_labels), schedule, (4, 1, 28, 28), spread(25), kind, eta, seeded(1)) for eta in etas
]
show(torch.stack(columns, dim=1), above=[f"eta = {eta}" for eta in etas], left=[f"a {y}" for y in four_labels.tolist()])

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# Gradually: at $\eta = 0.25$ the handwriting is still near that of $\eta = 0$, at $\eta = 1$ it is another hand. The start no
# longer settles the digit, the noise on the way does so too. All are digits, since each $\eta$ has the same marginals; but in our
# run two of the four got fat strokes. With few steps new noise hurts, since too few are left to clean up after it (table 1 of
# [Song et al. 2021](https://arxiv.org/abs/2010.02502)). With many it may help, since it washes out the errors of earlier steps:
# with this network, 50 steps and no guidance $\eta = 1$ halves the distance of Section 8 (measured for the course's package
# `ddpm`).
#
# </details>
#
# ### From noise to digit
#
# `sample` takes any function. This one notes every $x$ that it is asked about, and by that films the way.

# %% rerun=false name="animate"
def film(frames, description):
    """An HTML image that plays (2, 5) digits, frame by frame, and rests on the last one."""
    fig, axis = plt.subplots(figsize=(2.8, 1.12))
    fig.subplots_adjust(left=0, right=1, bottom=0, top=1)
    axis.axis("off")
    tiled = [frame.view(2, 5, 28, 28).transpose(1, 2).reshape(56, 140).clamp(-1.5, 1.5) for frame in frames]
    picture = axis.imshow(tiled[0], cmap="gray", vmin=-1.2, vmax=1.2, interpolation="nearest")
    movie = FuncAnimation(fig, lambda n: picture.set_data(tiled[min(n, len(tiled) - 1)]), frames=len(tiled) + 10)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "film.gif")
        movie.save(path, writer=PillowWriter(fps=10), dpi=80)
        with open(path, "rb") as file:
            data = file.read()
    plt.close(fig)
    print(f"GIF: {len(data) / 1000:.0f} kB")
    return HTML(f'<img alt="{description}" width="560" src="data:image/gif;base64,{base64.b64encode(data).decode()}">')


frames = []


def filmed(x, t):
    frames.append(x)
    return unet(x, t, torch.arange(10))


frames.append(sample(filmed, schedule, (10, 1, 28, 28), spread(30), kind, 0.0, seeded(2)))
film(frames, "Noise turns into the digits from 0 to 9")

# %% [markdown]
# ### Between two seeds, and there and back
#
# With $\eta = 0$ the way is a function of its start, and it can be walked both ways. The given `travel` walks through any
# levels, up or down; its steps are yours.
#
# *Interpolation* (section 5.3 of [Song et al. 2021](https://arxiv.org/abs/2010.02502)). Half way between two noises $a$ and $b$
# lies $(a + b)/2$, whose deviation is $\sqrt{1/2}$: too little noise for the level. On a sphere the size stays:
#
# $$ \frac{\sin((1-u)\,\theta)}{\sin\theta}\, a + \frac{\sin(u\,\theta)}{\sin\theta}\, b, \qquad
# \cos\theta = \frac{a \cdot b}{|a|\,|b|} $$
#
# ([Shoemake 1985](https://doi.org/10.1145/325334.325242)). *Encoding* (their section 5.4): from a digit up to $t = 999$; what
# comes out is a noise from which DDIM comes back to this digit. **Predict:** does a digit survive the way up and down in 10 steps
# each? And what comes down if you encode a 3 as a 3, and decode it as an 8?

# %% given="travel"
@torch.no_grad()
def travel(x, stops, labels):
    """Follow DDIM from stop to stop, up or down. Stops are timesteps; -1, at the end, is the image."""
    levels = [(1.0, 0.0) if t < 0 else (schedule[t].sqrt().item(), (1 - schedule[t]).sqrt().item()) for t in stops]
    for stop in range(len(stops) - 1):
        answer = unet(x, torch.full_like(labels, stops[stop]), labels)
        x = ddim_step(x, to_x_0(kind, answer, x, *levels[stop]), levels[stop], levels[stop + 1])
    return x


def between(a, b, share):
    """On the sphere, this share of the way from noise a to noise b."""
    angle = torch.arccos((a * b).sum() / (a.norm() * b.norm()))
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


# %% rerun=false name="interpolate"
# Figure: two rows of nine images between two noises, asked to be 7, whose hand changes gradually from the left to the
# right. Above, on the sphere, some are broken; below, on the straight line, those in the middle are plain and clean.
a, b = torch.randn(2, 1, 28, 28, generator=seeded(3))
shares = torch.linspace(0, 1, 9)
ways = [torch.stack([between(a, b, share) for share in shares]), torch.stack([(1 - u) * a + u * b for u in shares])]
sevens = torch.full((18,), 7)
rows = travel(torch.cat(ways), [*spread(20), -1], sevens).unflatten(0, (2, 9))
show(rows, "From one seed to another", above=[f"{share:.2f}" for share in shares], left=["sphere", "line"])

# %% rerun=false name="encode"
# Figure: five rows of ten images. Real digits from 0 to 9; the noise that 50 steps up make of each; what comes back in 50
# steps, hardly to be told from the originals; what comes back from 10 steps up and down, like them but for details;
# and the same noises decoded with the next label, other digits in a like hand.
names, rows = ["digits", "encoded (50)", "back (50)", "back (10)", "next label"], [one_of_each]
own, following = torch.arange(10), (torch.arange(10) + 1) % 10
for steps in (50, 10):
    stops = spread(steps)
    start = schedule[stops[-1]].sqrt().item() * one_of_each  # the lowest level; none of its noise is known
    noise = travel(start, stops[::-1], own)
    back = travel(noise, [*stops, -1], own)
    rows += [noise, back] if steps == 50 else [back]
    error = (back - one_of_each).abs().mean()
    print(f"{steps} steps up and down: mean error of a pixel {error:.3f}; noise has mean {noise.mean():.2f}, deviation {noise.std():.2f}")
    if steps == 50:
        turned = travel(noise, [*stops, -1], following)
show([*rows, turned], left=names, above=own.tolist())

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# On the sphere the hand changes gradually, and is now and then as odd as those at the ends. On the straight line those in the
# middle are not worse, but *plainer*: over 400 pairs the pixels of a class vary by 0.152 there, and by 0.187 on the sphere and
# at the ends. Noise that is too small leads to more ordinary digits. That looks well, and is no longer a sample of the model (with
# GANs it is known as truncation).
#
# A real digit comes back from 50 steps up and down with hardly a change; from 10 with thinner or broken strokes, since a step's
# answer stands for the whole stretch, and on the way up for its other end than on the way down. In our run the mean error of a
# pixel was 0.010 and 0.045, of a range of 2. The same noise with another label draws another digit in a like slant and weight:
# the noise holds what the label leaves open. And look at the noise itself: where digits are always black it is flat. Any
# noise leads to black there, and the way back chooses the middle of all. So its deviation is 0.42, not 1: encoded digits
# are no samples of $\mathcal N(0, I)$.
#
# </details>
#
# **Further, if you like.** Average the noises of two encoded digits on the sphere. Encode a digit *without* a label and decode it
# with one. Does it still come back?

# %% [markdown]
# ## Section 6: Steered
#
# ### TODO [guided]: `guided`
#
# Difficulty ●●○○○ · Importance ●●●●● · about 30 min
#
# The network can be asked with labels, $m = \epsilon_\theta(x_t, t, y)$, and without, $n = \epsilon_\theta(x_t, t)$. Their
# difference, $m - n$, is what the label adds. **Classifier-free guidance** goes further that way (equation 6 of
# [Ho and Salimans 2022](https://arxiv.org/abs/2207.12598)):
#
# $$ (1 + w)\, m - w\, n \;=\; m + w\,(m - n) . $$
#
# Why that direction? By Bayes $\log p(y \mid x) = \log p(x \mid y) - \log p(x) + \text{const}$, and $\epsilon$ is a score, but for a
# negative factor (end of the spiral lab). So $m - n$ stands for the gradient of $\log p(y \mid x)$, a classifier's that nobody
# trained, and guidance samples from something like $p(x \mid y)\, p(y \mid x)^w$. $x_0$ and v are linear in $\epsilon$ for a fixed
# $x_t$, so the same sum is right for all three kinds.
#
# **Two definitions.** Here $w = 0$ is the network with its labels, as in the paper. The library diffusers (and Imagen) has a
# `guidance_scale` $g$ that multiplies the difference from the *unlabelled* answer, $n + g\,(m - n)$. That is the same with
# $g = 1 + w$: its 1 is our 0, its 7.5 our 6.5. Say which you mean whenever you give a number.
#
# | argument | type | meaning |
# |---|---|---|
# | `model` | `nn.Module` or function | asked as `model(x, t, labels)`, or as `model(x, t)` for no label |
# | `labels` | tensor `(B,)` or `None` | one for each image; `None`: the model as it is |
# | `w` | float | strength; may be below 0 |
# | **returns** | a function of `(x, t)` | what `sample` takes |
#
# It returns a *function*: nothing is asked before that function is called, and each call asks anew.


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
        if labels is None:
            return model(x, t)
        with_label, without = model(x, t, labels), model(x, t)
        return with_label + w * (with_label - without)

    return answer
    ### END SOLUTION


# %% [markdown] hint="guided"
# <details>
# <summary>Hints for TODO [guided], by symptom</summary>
#
# - **I do not know where to start.** Define a function of `x` and `t` inside `guided`, and return *it*: `return answer`, not
#   `return answer(...)`.
# - **I get: `name 'x' is not defined`.** You ask the model in `guided` itself. There is no `x` yet: ask inside the inner function.
# - **I get: `Boolean value of Tensor with more than one value is ambiguous`.** `if labels:` asks a tensor whether it is true.
#   And the label 0 is not "no label". `labels is None`.
# - **The check says that w = 0 is not the model with its labels.** You have diffusers' definition, whose 1 is our 0.
# - **The check says 5 where 7 is right.** The difference is added to $n$; it goes on top of $m$.
# - **Nearly there.** Both answers, then one line.
#
# </details>

# %% check="guided"
with check("guided"):  # a NameError? Run the notebook from its first cell on.
    asked = []

    def stand_in(x, t, labels=None):
        """Answers with x + t, and 2 + labels more where there are labels."""
        asked.append(labels is not None)
        assert labels is None or isinstance(labels, torch.Tensor), f"labels should be passed on, not {labels!r}."
        told = 0 if labels is None else (2.0 + labels).view(-1, 1, 1, 1)
        return x + t.view(-1, 1, 1, 1) + told

    x, t, digits_ = torch.ones(2, 1, 3, 3), torch.zeros(2, dtype=torch.long), torch.tensor([0, 1])
    steered = guided(stand_in, digits_, 2.0)
    assert steered is not None, "guided returns nothing: is a `return` missing?"
    assert callable(steered), f"guided should return a function of (x, t), not {type(steered).__name__}."
    assert not asked, "guided asked the model before its function was called: ask inside the function."
    mistakes = {
        "the difference goes on top of n, as in diffusers, whose guidance_scale is 1 + w": [5.0, 7.0],
        "the difference is the wrong way round": [-1.0, -2.0],
        "m and n are exchanged": [-3.0, -5.0],
        "only the model with labels is asked": [3.0, 4.0],
        "w is not used": [5.0, 7.0],
        "the labels are not passed on": [1.0, 1.0],
        "m is weighted with w, and not with 1 + w": [4.0, 6.0],
        "w * m is added, without -w * n": [9.0, 12.0],
        "n is subtracted once, not w times": [8.0, 11.0],
    }
    for w_, wanted in ((2.0, [7.0, 10.0]), (0.5, [4.0, 5.5]), (0.0, [3.0, 4.0]), (-1.0, [1.0, 1.0]), (7.5, [18.0, 26.5])):
        got = guided(stand_in, digits_, w_)(x, t)
        is_tensor(got, "the function that guided returns")
        assert got.shape == x.shape, f"the answer should be shaped like x, not {tuple(got.shape)}."
        numbers = got[:, 0, 0, 0]
        is_usual = " w = 0 should be the model with its labels." if w_ == 0 else ""
        assert near(numbers, wanted), (
            f"with m = 3 and 4, n = 1 and w = {w_} the answer is {said(wanted)}, not {said(numbers)}."
            f"{is_usual}{perhaps(numbers, mistakes) if w_ == 2 else ''}"
        )
    again = steered(3 * x, t + 4)
    assert near(again[:, 0, 0, 0], [13.0, 16.0]), (
        f"at another x = 3 and t = 4 the answer is 13, 16, not {said(again[:, 0, 0, 0])}: x and t are those of the call."
    )
    first = steered(x, t)
    assert near(first[:, 0, 0, 0], [7.0, 10.0]), "asked again at x = 1 and t = 0 the answer should be as before."
    for zeros in (torch.zeros(1, dtype=torch.long), torch.zeros(2, dtype=torch.long)):
        got = guided(stand_in, zeros, 2.0)(x[: len(zeros)], t[: len(zeros)])
        assert near(got[:, 0, 0, 0], [7.0] * len(zeros)), "the label 0 is a label: ask `labels is None`."
    for w_ in (0.0, 2.0):
        got = guided(stand_in, None, w_)(x, t)
        assert near(got[:, 0, 0, 0], [1.0, 1.0]), (
            f"with labels None it should be model(x, t) whatever w is: 1 here, not {said(got[:, 0, 0, 0])}."
        )
    assert bool((x == 1).all() and (t == 0).all()) and digits_.tolist() == [0, 1], "x, t or the labels changed."
    guided(lambda x, t, labels=None: 3 * x if labels is None else x, digits_, 2.0)(x, t)
    assert bool((x == 1).all()), "of a model that hands x back as its answer x changed: compute into new tensors."

# %% [markdown]
# ### Predict before you run: guidance by class
#
# Ten seeds, the labels 0 to 9, six strengths; all of a column starts from the same noise. Decide first:
#
# 1. What does $w = -1$ draw?
# 2. Where does guidance help: in the shape of the digit, or in the texture of its strokes?
# 3. What goes wrong at $w = 8$?

# %% rerun=false name="guidance_grid"
# Figure: a grid of digits, a column for each label from 0 to 9, a row for each strength w from -1 to 8. At -1 they are any
# digits, some broken; at 0 nearly all are those asked for; from 0.5 on all are, cleaner; at 8 strokes are thick, and
# shapes the most typical ones.
strengths, every = (-1.0, 0.0, 0.5, 2.0, 4.0, 8.0), torch.arange(10)
rows = [
    sample(guided(unet, every, w), schedule, (10, 1, 28, 28), spread(12), kind, 0.0, seeded(4)) for w in strengths
]
show(rows, above=range(10), left=[f"w = {w:g}" for w in strengths])

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# At $w = -1$ the labels cancel, $m - (m - n) = n$: digits of any class, some of none. At $w = 0$ nearly all are what was asked
# for, a few are doubtful. Guidance mends the shape: what a digit shares with other classes goes, and so do
# unusual hands. At $w = 8$ strokes are fat, and pixels are driven beyond $[-1, 1]$, which the picture cuts off. Section 8 puts
# numbers to it.
#
# </details>
#
# **Further, if you like.** Let guidance work only in the middle of the way, at noise / signal between 0.5 and 20
# ([Kynkäänniemi et al. 2024](https://arxiv.org/abs/2404.07724)): a function that looks at `t` and calls one of two models.

# %% [markdown]
# ## Section 7: The weights that draw
#
# ### TODO [ema_update]: `ema_update`
#
# Difficulty ●●○○○ · Importance ●●●○○ · about 40 min
#
# The weights that you draw with are not those that the last training step left. Each step goes downhill on its own batch, so
# weights end up wandering around a good place. Their **exponential moving average** sits nearer to it
# (appendix B of [Ho et al. 2020](https://arxiv.org/abs/2006.11239), decay $d = 0.9999$; the network here was averaged with
# 0.999). After every step of the training
#
# $$ \bar\theta \leftarrow d\,\bar\theta + (1 - d)\,\theta . $$
#
# What a step brought in fades as $d^k$ after $k$ more: the average looks back about $1/(1 - d)$ steps.
#
# Two models with the same layers hold $\theta$ and $\bar\theta$. Weights are averaged. **Buffers** (running means of batch
# normalisation, counters) are no weights: they are copied, and so is all that holds integers, which has no mean.
#
# | argument | type | meaning |
# |---|---|---|
# | `average` | `nn.Module` | holds $\bar\theta$; is changed, in place |
# | `model` | `nn.Module` with the same layers | holds $\theta$; is not changed |
# | `decay` | float from 0 to 1 | $d$ |


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
# <details>
# <summary>Hints for TODO [ema_update], by symptom</summary>
#
# - **I do not know where to start.** Two loops: one over both models' parameters, one over both models' buffers. `zip` pairs
#   them.
# - **I get: `a leaf Variable that requires grad is being used in an in-place operation`.** Put all of it under
#   `torch.no_grad()`.
# - **The check says that the average did not change.** `own = decay * own + ...` gives the name `own` to a new tensor. To change
#   the tensor itself: `own.copy_(...)`, `own.mul_(...)`, `own.add_(...)`, `own.lerp_(...)`.
# - **The check says that decay and 1 - decay are exchanged.** With decay 0.9 nine tenths are the *old* average.
# - **The check says that the model changed.** Methods that end in `_` change what stands before the dot.
# - **I get an error about `Long`.** A counter, such as `num_batches_tracked`: copy it.
# - **Nearly there.** `own.lerp_(new, weight)` goes the share `weight` of the way from `own` to `new`. Which weight?
#
# </details>

# %% check="ema_update"
with check("ema_update"):  # a NameError? Run the notebook from its first cell on.

    class Small(nn.Module):
        """A layer, a batch normalisation with its buffers, a parameter of integers, a frozen one."""

        def __init__(self, value):
            super().__init__()
            self.layer, self.norm = nn.Linear(2, 2), nn.BatchNorm1d(2)
            self.whole = nn.Parameter(torch.zeros(2, dtype=torch.long), requires_grad=False)
            self.frozen = nn.Parameter(torch.zeros(2), requires_grad=False)
            self.register_buffer("table", torch.zeros(2, dtype=torch.float64))
            for tensor in (*self.parameters(), *self.buffers()):
                tensor.data.fill_(value)

    for decay_, wanted in ((0.9, 2.8), (0.0, 10.0), (1.0, 2.0), (0.5, 6.0)):
        own, model = Small(2), Small(10)
        same, asks = {}, {}
        for name, tensor in own.state_dict(keep_vars=True).items():
            same[name] = tensor, tensor.data_ptr()
            asks[name] = tensor.requires_grad
        ema_update(own, model, decay_)
        swapped = "decay and 1 - decay are exchanged"
        mistakes = {swapped: 12 - wanted, "1 - decay is missing": decay_ * 2 + 10, "nothing is written into the average": 2.0}
        for name, tensor in own.state_dict(keep_vars=True).items():
            is_buffer = name not in dict(own.named_parameters())
            is_copied = is_buffer or not tensor.is_floating_point()
            right, number = (10.0 if is_copied else wanted), tensor.detach().double().mean().item()
            what = "buffer" if is_buffer else "parameter of integers" if is_copied else "parameter"
            rule = "is copied" if is_copied else f"with decay {decay_}, from 2 towards 10, becomes {wanted}"
            cause = perhaps(number, mistakes) if not is_copied and decay_ == 0.9 else ""
            assert near(tensor, torch.full(tensor.shape, right)), f"the {what} {name} {rule}; yours is {number:.4g}.{cause}"
            assert tensor is same[name][0] and tensor.data_ptr() == same[name][1], (
                f"{name} of the average is another tensor now: write into the one that is there."
            )
            assert tensor.grad_fn is None, f"{name} of the average is tracked by autograd: use torch.no_grad()."
            assert tensor.requires_grad == asks[name], f"requires_grad of {name} of the average changed."
        for name, tensor in model.state_dict(keep_vars=True).items():
            assert near(tensor, torch.full(tensor.shape, 10.0)), f"{name} of the model changed: it should stay as it is."
            asked_for = name.startswith(("layer.", "norm.weight", "norm.bias"))
            assert tensor.requires_grad == asked_for, f"requires_grad of {name} of the model changed."
        assert torch.is_grad_enabled(), "gradients should be switched on again afterwards."
    ema_update(own, model, 0.5)
    assert near(own.layer.weight, torch.full((2, 2), 8.0)), (
        f"a second update with decay 0.5 goes on from 6 to 8; yours gives {own.layer.weight.detach().mean():.4g}."
    )
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data.fill_(-5)
    assert near(own.table, [10.0, 10.0]) and near(own.whole, [10.0, 10.0]), (
        "when the model's tensors change later, the average's change too: copy numbers, do not share tensors."
    )

# %% [markdown]
# ### Predict before you run: weights that wander
#
# Nothing is trained here, so the next cell plays the end of a training: in each of 200 steps the weights are the good ones plus
# noise, 40 % of each tensor's deviation. An average with decay 0.98 follows them. Decide first: how do digits of the *last* of
# these weights look? And how much smaller is the error of the average? (The variance of the average of independent noises is
# $(1 - d)/(1 + d)$ of theirs.)

# %% rerun=false name="wandering"
# Figure: two rows of ten digits from one seed: above, drawn with the weights of the last noisy step, grainy and frayed;
# below, with the moving average, clean.
torch.manual_seed(0)
wandering = copy.deepcopy(unet)
average = copy.deepcopy(unet)


def wander():
    """The good weights and noise: 40 % of each tensor's deviation."""
    for good, own in zip(unet.parameters(), wandering.parameters(), strict=True):
        own.copy_(good + 0.4 * good.std(correction=0) * torch.randn_like(good))


def off(network):
    """How far its weights are from the good ones, as a share of their size."""
    pairs = list(zip(unet.parameters(), network.parameters(), strict=True))
    return math.sqrt(sum((a - b).square().sum().item() for a, b in pairs) / sum(a.square().sum().item() for a, _ in pairs))


wander()
average.load_state_dict(wandering.state_dict())
for _ in range(200):
    wander()
    ema_update(average, wandering, 0.98)
print(f"off by {off(wandering):.1%} after the last step, by {off(average):.1%} on average")
rows = [
    sample(guided(network, every, 0.5), schedule, (10, 1, 28, 28), spread(10), kind, 0.0, seeded(4))
    for network in (wandering, average)
]
show(rows, left=["last step", "average"])

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# The last weights draw frayed digits on a grainy ground; the average draws clean ones. Its error is 3.5 % where theirs is
# 34 %, a tenth, as $\sqrt{0.02/1.98} = 0.10$ says. Real steps are not independent, so in a training the gain is smaller, and a
# decay nearer to 1 is needed. And a decay that is too near to 1 for a short training still remembers the untrained start:
# $0.9999^{5000} = 0.61$.
#
# </details>
#
# **Further, if you like.** Begin the average at the network's *untrained* weights (`type(unet)(**unet.settings)`). After how many
# steps does it draw? What does $d_k = \min(d, (1 + k)/(10 + k))$ change, which many libraries use?

# %% [markdown]
# ## Section 8: How good are they?
#
# ### TODO [frechet_distance]: `frechet_distance`
#
# Difficulty ●●●○○ · Importance ●●●●○ · about 20 min
#
# Samples have no right answer to compare with, so one compares *distributions*: look at many samples and many real digits through
# the features of a network that knows the data, fit a Gaussian to each cloud of features, and take the distance of the two
# Gaussians ([Heusel et al. 2017](https://arxiv.org/abs/1706.08500), equation 6):
#
# $$ d^2 = |\mu_a - \mu_b|^2 + \operatorname{tr}\!\big(C_a + C_b - 2\,(C_a C_b)^{1/2}\big) . $$
#
# In one dimension that is $(\mu_a - \mu_b)^2 + (\sigma_a - \sigma_b)^2$: how far the centres are apart, and how unlike the
# spreads are. The same for covariances that commute, axis by axis.
#
# **The root.** $C_a C_b$ is not symmetric, so `eigh` does not apply to it. Three ways out, all right:
#
# - $C_a C_b$ and $C_a^{1/2} C_b\, C_a^{1/2}$ have the same eigenvalues, and the second one is symmetric. The trace of the
#   root is the sum of the roots of the eigenvalues.
# - the eigenvalues of $C_a C_b$ itself are real and not negative, but for rounding: `torch.linalg.eigvals` gives complex numbers,
#   of which the real parts count.
# - it is the sum of the singular values of $C_a^{1/2} C_b^{1/2}$.
#
# Rounding makes an eigenvalue that should be 0 a little negative, $-10^{-17}$, say, and its root NaN. Covariances of few
# samples, or of features that never change, have many such. They are to be taken as 0.
#
# **By hand.** $C_a = \begin{pmatrix}2&1\\1&2\end{pmatrix}$, $C_b = \begin{pmatrix}1&0\\0&4\end{pmatrix}$, equal means. For two by
# two matrices $\operatorname{tr} M^{1/2} = \sqrt{\operatorname{tr} M + 2\sqrt{\det M}}$. Here $\operatorname{tr}(C_aC_b) = 10$ and
# $\det(C_aC_b) = 12$, so the trace of the root is $\sqrt{10 + 2\sqrt{12}} = 4.114$ and $d^2 = 4 + 5 - 2 \cdot 4.114 = 0.771$.
#
# | argument | type | meaning |
# |---|---|---|
# | `mean_a`, `mean_b` | float64 `(D,)` | means of the features |
# | `cov_a`, `cov_b` | float64 `(D, D)` | their covariances, symmetric, perhaps singular |
# | **returns** | float | $d^2$, not its root |
#
# The name FID belongs to this distance in features of the network Inception, trained on photographs. We look through a
# digit classifier. **So our numbers compare with each other, and with none in a paper.**


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
# <details>
# <summary>Hints for TODO [frechet_distance], by symptom</summary>
#
# - **I do not know where to start.** Only the trace of the root is hard. Choose one of the three ways above. The first needs a
#   symmetric root: eigenvectors, roots of the eigenvalues, eigenvectors transposed.
# - **I get NaN.** `clamp(min=0)` before the root of eigenvalues.
# - **It is right for diagonal covariances only.** `.sqrt()` takes the root of each *entry*. The root of a matrix is the matrix
#   whose product with itself, by `@`, gives it.
# - **It is not the same with a and b exchanged.** `eigh` and `eigvalsh` read one triangle of a matrix and believe that it is
#   symmetric. $C_a C_b$ is not.
# - **I get a tensor, or a complex number.** `.item()` at the end; `.real` for what `eigvals` gave.
# - **Nearly there.** `torch.linalg.eigh` gives eigenvalues and eigenvectors of `cov_a`; its root is made of them by two `@`, with
#   the roots of the clamped eigenvalues on a diagonal between. `torch.linalg.eigvalsh` for the product of three.
#
# </details>

# %% check="frechet_distance"
with check("frechet_distance"):  # a NameError? Run the notebook from its first cell on.

    def of(*rows):
        return torch.tensor(rows, dtype=torch.float64)

    line, zero = of(1.0, 2.0), of(0.0, 0.0)
    wide, round_, skew, stretched = of([4.0, 0], [0, 9]), of([1.0, 0], [0, 4]), of([2.0, 1], [1, 2]), of([1.0, 0], [0, 4])
    thin, flat, nothing = of([1.0, 1], [1, 1]), of([1.0, 0], [0, 0]), of([0.0, 0], [0, 0])
    cases = {
        "means (1, 2) and (0, 0), covariances diag(4, 9) and diag(1, 4)": (
            (line, wide, zero, round_),
            7.0,
            {
                "this is the root of the distance": 2.645751,
                "the means are left out": 2.0,
                "the difference of the means is not squared": 5.0,
                "the norm of the difference is not squared": 4.236068,
                "the root's trace is subtracted once, not twice": 15.0,
                "the root is missing": -57.0,
                "the covariances' traces are left out": -11.0,
                "the root's trace is added": 39.0,
                "the mean of the squares stands in the place of their sum": 4.5,
            },
        ),
        "means (1, 2) and (3, -1), the same covariances": (
            (line, wide, of(3.0, -1.0), round_),
            15.0,
            {"the difference of the means' squares stands in the place of the square of their difference": -3.0},
        ),
        "equal means, covariances [[2, 1], [1, 2]] and diag(1, 4)": (
            (line, skew, line, stretched),
            0.7712207,
            {
                "the root is taken of each entry, and not of the matrix": 0.514719,
                "eigvalsh reads one triangle of cov_a @ cov_b, which is not symmetric": 0.574808,
                "this is the root of the distance": 0.878192,
            },
        ),
        "the same with both Gaussians exchanged": (
            (line, stretched, line, skew),
            0.7712207,
            {"eigvalsh reads one triangle of cov_a @ cov_b, which is not symmetric": 2.675445},
        ),
        "equal Gaussians": ((line, skew, line, skew), 0.0, {}),
        "singular covariances [[1, 1], [1, 1]] and diag(1, 0)": ((zero, thin, zero, flat), 1.0, {}),
        "these exchanged": ((zero, flat, zero, thin), 1.0, {}),
        "equal singular covariances": ((zero, thin, zero, thin), 0.0, {}),
        "a covariance of zeros": ((line, nothing, zero, skew), 9.0, {}),
        "two covariances of zeros": ((line, nothing, zero, nothing), 5.0, {}),
    }
    for what, (arguments, wanted, mistakes) in cases.items():
        before = [tensor.clone() for tensor in arguments]
        got = frechet_distance(*arguments)
        assert got is not None, "frechet_distance returns nothing: is a `return` missing?"
        assert not isinstance(got, torch.Tensor), "the distance should be a float: end with .item()."
        assert not isinstance(got, complex), "the distance should be real: of complex eigenvalues take .real."
        assert isinstance(got, float), f"the distance should be a float, not {type(got).__name__}."
        assert math.isfinite(got), f"{what}: the distance is {wanted:.4g}, not {got}. A root of an eigenvalue just below 0?"
        assert near(got, wanted), f"{what}: the distance is {wanted:.4g}, not {got:.4g}.{perhaps(got, mistakes)}"
        assert all(torch.equal(a, b) for a, b in zip(arguments, before, strict=True)), "an argument changed."
    cloud = torch.randn(20, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    few = cloud.T.cov()  # of rank 19
    got = frechet_distance(cloud.mean(dim=0), few, cloud.mean(dim=0), few)
    assert math.isfinite(got) and abs(got) < 1e-3, (
        f"40 features of 20 samples, compared with themselves: the distance is 0, not {got:.4g}. Such a covariance is singular."
    )
    plane = few[:10, :10] + torch.eye(10, dtype=torch.float64)
    other = torch.diag(torch.arange(1.0, 11.0, dtype=torch.float64))
    there, back = (frechet_distance(few[0, :10], a, few[1, :10], b) for a, b in ((plane, other), (other, plane)))
    assert near(there, back), f"exchanging the Gaussians changed the distance from {there:.4g} to {back:.4g}."

# %% [markdown]
# ### Predict before you run: distance against steps, and against seconds
#
# A distance alone says nothing. Three things belong to it: the **features**, the **number** of samples $n$ (few samples make it
# larger, since a covariance of few is off), and the **floor**: what as many *real* digits get that are not those of the
# reference. Below the floor nothing can be told apart.
#
# The next cell draws 400 digits, 40 of each class, in 1, 2, 4, 8 and 16 steps. Decide first:
#
# 1. Where does the curve flatten: at 2, 4, 8 or 16 steps?
# 2. Does it reach the floor?
# 3. Against *seconds*: how much longer do 16 steps take than 4?
#
# (It takes half a minute on two CPU cores, and longer where they do other work.)

# %% given="measures"
@torch.no_grad()
def features_of(images):
    """What the classifier makes of images, (n, 64) in float64."""
    return torch.cat([classifier.features(part.clamp(-1, 1)) for part in images.split(250)]).double()


def distance(features):
    """From the features of all 60,000 training digits."""
    return frechet_distance(features.mean(dim=0), features.T.cov(), digits["mean"], digits["cov"])


def floor(n):
    """What n real digits get that are not in the reference: the mean over as many parts of the 800 as there are."""
    parts = [part for part in digits["features"].double().split(n) if len(part) == n]
    return sum(map(distance, parts)) / len(parts)


def spread_within(features, labels):
    """The deviation of features within their class: the mean over classes, as one number."""
    inner = [features[labels == digit].var(dim=0).sum() for digit in range(10)]
    return torch.stack(inner).mean().sqrt().item()


# %% rerun=false name="distance_by_steps"
# Figure: the Frechet distance of 400 digits, twice: left over the number of steps, right over the milliseconds for an image, on a
# logarithmic scale. From one step to four it falls from 34 to 1, then it is flat, at about four times the dashed floor.
numbers, labels_400 = {}, torch.arange(400) % 10
for steps in counted((1, 2, 4, 8, 16), " step counts"):
    started = time.perf_counter()
    images = sample(with_labels(labels_400), schedule, (400, 1, 28, 28), spread(steps), kind, 0.0, seeded(0))
    seconds = (time.perf_counter() - started) / 400
    numbers[steps] = distance(features_of(images)), seconds
    print(f"{steps:2} steps: distance {numbers[steps][0]:6.2f}, {1000 * seconds:6.1f} ms an image")
print(f"floor, 400 held-out digits: {floor(400):.2f}")

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
distances, times = [found for found, _ in numbers.values()], [1000 * seconds for _, seconds in numbers.values()]
left.plot(list(numbers), distances, "o-", color=BLUE, label="400 samples")
right.plot(times, distances, "o-", color=BLUE)
for steps, place in zip(numbers, zip(times, distances, strict=True), strict=True):
    right.annotate(str(steps), place, textcoords="offset points", xytext=(4, 5), fontsize=8)
for axis in (left, right):
    axis.axhline(floor(400), color=VERMILION, linestyle="--", label="floor: 400 real digits")
    axis.set(yscale="log")
left.set(xscale="log", xlabel="steps", ylabel="Fréchet distance", xticks=list(numbers), xticklabels=list(numbers))
left.minorticks_off()
right.set(xlabel="milliseconds an image (numbers: steps)", xlim=(0, None))
left.legend(frameon=False)
plt.show()

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# From one step to four the distance falls from 34 to 1.0; 8 and 16 steps had 0.89 and 0.94: no difference to be seen at this
# $n$. The floor is 0.23, and no number of steps reaches it. What is left between 0.9 and 0.23 is not the sampler's: the network
# itself, a small one, draws some digits that are none. Sixteen steps take about four times as long as four, as
# calls of the network are nearly all of the time. (The curve against seconds is the same with its axis stretched, and bends where the
# machine does something else.)
#
# </details>
#
# ### Predict before you run: what guidance does to numbers
#
# 200 digits, 20 of each class, in 6 steps, at four strengths. Three numbers: the distance; the share that the classifier reads as the
# digit that was asked for; and the **spread** of features within a class, beside that of real digits (1 means as diverse). Decide
# first, for each of the three: does it rise with $w$, fall, or have a best place?

# %% rerun=false name="guidance_by_numbers"
# Figure: three panels over the strength of guidance w. The distance is least at w = 0.5 and five times that at w = 4;
# the share that is read as asked rises to 100 % at once; the spread within a class falls from 1.06 to 0.58.
real_spread = spread_within(digits["features"].double(), digits["labels"])
strengths, labels_200, measured = (0.0, 0.5, 1.5, 4.0), torch.arange(200) % 10, []
for w in counted(strengths, " strengths"):
    model = guided(unet, labels_200, w) if w else with_labels(labels_200)
    images = sample(model, schedule, (200, 1, 28, 28), spread(6), kind, 0.0, seeded(0))
    features = features_of(images)
    as_asked = (classifier(images.clamp(-1, 1)).argmax(dim=1) == labels_200).float().mean().item()
    measured.append((distance(features), as_asked, spread_within(features, labels_200) / real_spread))
    print("w = {}: distance {:5.2f}, read as asked {:6.1%}, spread {:.2f} of the real one".format(w, *measured[-1]))
print(f"floor, 200 held-out digits: {floor(200):.2f}")

fig, axes = plt.subplots(1, 3, figsize=(9.4, 2.8), layout="constrained")
for axis, values, name, real in zip(
    axes,
    zip(*measured, strict=True),
    ("Fréchet distance", "read as asked", "spread within a class"),
    (floor(200), None, 1.0),
    strict=True,
):
    axis.plot(strengths, values, "o-", color=BLUE)
    if real is not None:
        axis.axhline(real, color=VERMILION, linestyle="--", label="real digits")
        axis.legend(frameon=False)
    axis.set(xlabel="guidance w", title=name, ylim=(0.8, 1.01) if real is None else (0, None))
plt.show()

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# In our run the distance was 1.24, 0.58, 1.57 and 3.06 at $w = 0$, 0.5, 1.5 and 4 (floor 0.46): it has a best place. Two other
# seeds gave 1.02, 0.77, 1.80, 3.24 and 1.05, 0.59, 1.62, 3.08: the numbers scatter, their order does not. The share read
# as asked went from 96 % to 100 % at once, and stayed. The spread fell all the way, from 1.06 of the real one to 0.85, 0.70 and
# 0.58. At $w = 0$ it lies *above* 1: digits that are none scatter, too. A little guidance takes those away, and that is nearly all
# gain; more takes away rare hands, and is loss.
#
# </details>
#
# **Further, if you like.** Draw with $\eta = 1$ in 32 steps and measure. Or take 200 samples for the reference, in
# the place of all training digits: which number do the *real* digits get against it?

# %% [markdown]
# ## Section 9: Stretch goals (not graded)
#
# **Second-order steps.** DDIM takes the image believed at the start of a step for all of it. The belief moves, and you know how
# it moved in the step before. In $\lambda = \log(s/\sigma)$ a step has the length $h = \lambda' - \lambda$, the one before had
# $h_0$. Put into `ddim_step`, in the place of $x_0$, the extrapolation
#
# $$ x_0 + \frac{h}{2\,h_0}\,\big(x_0 - x_0^{\text{before}}\big), $$
#
# with plain steps at the beginning and to the image, and you have DPM-Solver++ 2M
# ([Lu et al. 2022](https://arxiv.org/abs/2211.01095), algorithm 2): no further call of the network. Compare with DDIM at 4, 6 and 8
# steps, by the mean difference from 50 steps.
#
# **Flow matching as a change of a dozen lines.** Take the levels $(1 - u, u)$ in the place of $(s, \sigma)$: a straight line from the
# image to the noise ([Lipman et al. 2023](https://arxiv.org/abs/2210.02747); [Liu et al. 2023](https://arxiv.org/abs/2209.03003)).
# The network is trained to predict the velocity, $\epsilon - x_0$. Show that then $x_0 = x - u \cdot \text{output}$ (a fourth kind
# for `to_x_0`), and that your `ddim_step` with $\eta = 0$ from $(1-u, u)$ to $(1-u', u')$ is Euler's step,
# $x' = x + (u' - u) \cdot \text{output}$. `ddim_step` needs no change at all: it never used $s^2 + \sigma^2 = 1$. What has to change
# in `sample`? You can even try it with this network: a level counts by its ratio $\sigma/s$ alone, so
# $x/\sqrt{(1-u)^2 + u^2}$ is an $x_t$ that it knows, at the $t$ with the same ratio.
#
# **Inpainting.** Keep the left half of a real digit and let the network draw the right one: before each call put the known half,
# noised to the level of that step, into $x$. A function around the model does it, as in the film above: it may change the `x` that it
# is asked about in place. Why do the two halves fit badly where steps are few? ([Lugmayr et al. 2022](https://arxiv.org/abs/2201.09865)
# go back up and down again.)

# %% rerun=false name="stretch"
# Your experiments. Add as many cells as you like below this one.

# %% [markdown]
# ## Section 10: Reflections
#
# Answer in your own words, in the cells below the questions. Half a page each is enough. Use the numbers of
# *your* run.
#
# ### Reflection 1: what fewer steps cost, and why not more
#
# Somebody wants the fastest sampler that is good enough, another one wants a thousand steps to be safe. Advise both.
#
# | points | your answer ... |
# |---|---|
# | 3 | reads your own curve: distance at few and at many steps, the floor and $n$, where it flattens, seconds an image |
# | 3 | explains what goes wrong when steps are few, by what the network predicts and what a step does with it |
# | 2 | explains why DDIM may leave timesteps out without training anew, and why steps of DDPM's kind may not |
# | 2 | says what a thousand steps would bring, and what the distance cannot tell about it |

# %% [markdown] reflection="reflection_steps" points=10
# ### BEGIN SOLUTION
# My curve (400 digits, 40 of each class): 34.1 in 1 step, 2.58 in 2, 0.99 in 4, 0.89 in 8, 0.94 in 16; floor 0.23 for as many real
# digits. It flattens at 4 steps; 8 and 16 do not differ by more than such a number scatters. An image took 4 ms in 4 steps and 15 ms
# in 16. To the first I say 4 to 8 steps, to the second as well: the gap that is left, 0.9 against 0.23, is the network's.
#
# The network predicts a mean: the mean of all images that could have led to this x_t. At large t that is a blur, and one
# step goes all the way to it. With many steps each goes only part of the way to the mean, then asks again, and what is still
# possible has become less. A step treats the belief at its start as if it were right for all of its length. The way is
# curved, and a long step leaves it: Euler's error. The difference from 50 steps halved when steps were doubled (0.067, 0.031,
# 0.013).
#
# The loss asks for x_0 at one level at a time, so only the marginals are learned. DDIM needs marginals alone: it computes x_0 and
# the noise, and mixes them anew for any level. DDPM's step is the posterior between neighbours, with beta of one step
# and fresh noise of that size; over a long stretch its Gaussian is not right any more, and the fresh noise must be cleaned up
# by steps that are not there.
#
# A thousand steps would cost 60 times as many seconds as 16, and would follow the path exactly, but the path ends where
# the network's errors lead. The distance could not show a gain: it scatters more than that at n = 400. It sees only two
# moments of the classifier's features, no fine grain that those overlook, and not whether a single digit is good.
#
# | full | half | none |
# |---|---|---|
# | distances of the own run at few and at many steps, the floor with its n, where it flattens, seconds an image | some of these with one or two left out; or a curve described without numbers | no number, or numbers that are not of this run |
# | the network gives the mean of what is possible, a blur at large t; a long step takes that belief for its whole length and leaves the curved way (Euler) | one of the two: blur of the mean, or error of long steps, without the other | "less steps, less quality" and no mechanism |
# | training fixes the marginals only, DDIM needs no more and computes the noise; a DDPM step is the posterior of neighbours (one beta) and adds noise that later steps must clean | one side with its reason | says that the network has to be trained for each number of steps, or gives no reason |
# | what is left is the network's error and not the sampler's, so no gain that this n could show; the distance sees two moments of some features, or scatters, or misses single images | one of the two | says that more steps are always better, or nothing on the distance |
# ### END SOLUTION

# %% [markdown]
# ### Reflection 2: what guidance buys, and what it takes away
#
# Which $w$ would you use to make a thousand digits for training a classifier, and which for a poster? Use your grid and your
# table.
#
# | points | your answer ... |
# |---|---|
# | 3 | gives your own numbers at $w = 0$, at your best $w$ and at the largest: distance, share read as asked, spread |
# | 3 | explains by the formula why labels count for more and variety for less, and what becomes of pixels at large $w$ |
# | 2 | chooses a $w$ for each of the two uses, with a reason from the numbers |
# | 2 | says what it costs in calls of the network, and which `guidance_scale` of diffusers your choice is |

# %% [markdown] reflection="reflection_guidance" points=10
# ### BEGIN SOLUTION
# My numbers (200 digits, 6 steps): w = 0 has the distance 1.24, 96.0 % read as asked, spread 1.06; w = 0.5 has 0.58, 100 %, 0.85; w = 4
# has 3.06, 100 %, 0.58. The floor is 0.46.
#
# Guidance adds w (m - n), and m - n is what the label changes. It stands for the gradient of log p(y | x): samples come from
# something like p(x | y) p(y | x)^w, which is high where a digit can be taken for nothing else and low where it is doubtful. So
# doubtful ones go, that is the gain, and rare hands that another class also has go with them, that is the loss of spread. At large w
# the sum is an answer that the network never gave and that no image has: pixels leave [-1, 1], strokes get fat and hard. In my
# grid the 0 and the 2 at w = 8 are twice as thick as at w = 0.
#
# For training data I take w = 0.5: the least distance, labels that are right in 100 % of 200, and still 0.85 of the spread; a
# classifier that saw only typical digits would fail on the others. For a poster I take w = 2 to 4: each digit is clear and typical,
# and nobody minds that they are alike.
#
# Each step asks the network twice, so an image costs twice as much (or one call with twice as many images). w = 0.5 is guidance_scale
# 1.5 in diffusers, w = 2 is 3.
#
# | full | half | none |
# |---|---|---|
# | all three numbers of the own run at w = 0, at the best w and at the largest | some of them; or a trend without numbers | no number, or numbers that are not of this run |
# | m - n is the label's part (a classifier's gradient), so doubtful and rare digits go alike; at large w the answer leaves what images can be: beyond [-1, 1], fat strokes | variety or pixels explained, not both; or both seen and not explained | repeats that "labels count for more" |
# | a w for each use, and each with a reason from the numbers: spread and right labels for training, clearness for a poster | one use with its reason; or both without | no choice, or one that the own numbers contradict |
# | two calls a step; guidance_scale = 1 + w, with the own number | one of the two | neither, or takes w for guidance_scale |
# ### END SOLUTION

# %% [markdown]
# ## Expected outputs
#
# All seven checks print a line that starts with ✓. The numbers below are measured: PyTorch 2.15 on two CPU cores (Intel Xeon, AVX-512) that
# did nothing else. Yours will differ a little in the last digits, and seconds by more.
#
# | steps (400 digits) | 1 | 2 | 4 | 8 | 16 | floor |
# |---|---|---|---|---|---|---|
# | Fréchet distance | 34.09 | 2.58 | 0.99 | 0.89 | 0.94 | 0.23 |
# | ms an image | 1.4 | 1.8 | 4.0 | 7.6 | 15 | |
#
# | guidance w (200 digits, 6 steps) | 0 | 0.5 | 1.5 | 4 | real |
# |---|---|---|---|---|---|
# | Fréchet distance | 1.24 | 0.58 | 1.57 | 3.06 | 0.46 |
# | read as asked | 96.0 % | 100 % | 100 % | 100 % | |
# | spread within a class | 1.06 | 0.85 | 0.70 | 0.58 | 1 |
#
# - **Time:** the whole notebook took 40 to 80 seconds, three minutes while the machine did other work. The curve of Section 8 takes a third of
#   it; every other cell takes some seconds.
# - **The network:** 843,764 parameters, attention at 7 by 7, patches of 2 by 2. It was trained in 16 epochs of 60,000 digits on
#   two CPU cores; the moving average (0.999) of its weights is what you got, in half precision.

# %% [markdown]
# ## Debugging guide
#
# First of all: is every check green? Of several that are not, mend the first. Then look for your symptom.
#
# ### `name 'schedule' is not defined`
#
# The picture below TODO [cosine_alpha_bars] makes `schedule`, and all pictures after it need it. Write that TODO first; after a
# restart run all cells from the first one on.
#
# ### The pictures are noise
#
# 1. Does `sample` get `kind`, which is "v" here? An answer of one kind that is read as another is noise after a few steps.
# 2. Is `schedule` the cosine one? The network knows no other: with the straight line it is told the wrong $t$ for the noise it sees.
# 3. Print `x.std()` after each step. It should stay between 0.5 and 1.1. If it grows from step to step, a level is mixed up.
#
# ### The pictures are grey blots, or blurred
#
# 1. How many steps? One and two steps are blurred.
# 2. Is the step to the level of the timestep listed *next*? One that only goes to $t - 1$ hardly moves.
# 3. Does the noise go back in? $x' = s' x_0$ alone is a fading mean.
#
# ### The pictures are grainy
#
# 1. Is the last step to $(1, 0)$?
# 2. With $\eta > 0$: does $\epsilon$ get $\sqrt{\sigma'^2 - n^2}$, or still $\sigma'$? Then there is more noise than the network
#    expects, at each step.
#
# ### All digits are of any class
#
# Are the labels passed on? `sample` asks `model(x, t)`: the labels are inside what `with_labels` or `guided` returns.
#
# ### The distance is NaN, or below 0
#
# NaN: see the hints. A little below 0 (by $10^{-8}$) is rounding. By more: was the root taken of each entry?
#
# ### The machine runs out of memory
#
# `sample` without `torch.no_grad()` keeps a graph of all steps.

# %% [markdown]
# ## Common mistakes
#
# **1. $\bar\alpha$ in the place of its root.** Tables hold $\bar\alpha$, a variance. Levels hold amplitudes.
#
# **2. The next timestep is not $t - 1$.** It is the one listed next.
#
# **3. New noise on top of the old.** New noise comes *in the place of* old noise: $n^2$ is taken out of $\sigma'^2$.
#
# **4. Noise after the last step.** At $(1, 0)$ there is no noise, whatever $\eta$ is. The formula says so by itself.
#
# **5. A generator for half of the noise.** Then the same seed gives other images, and nobody can repeat yours.
#
# **6. Two definitions of guidance.** $w$ here, $1 + w$ in diffusers.
#
# **7. An average that is a copy.** `average = model` is one model under two names, and is equal to itself. `copy.deepcopy` makes
# two.
#
# **8. A distance without its floor and its $n$.** The same samples get another number when fewer of them are counted.

# %% [markdown]
# ## Questions and answers
#
# **Why not clip the image to $[-1, 1]$ at each step?** Many samplers do, and with "eps" at large $t$ they must. With v nothing
# explodes, and without the clip all formulas hold as they stand.
#
# **Which number of steps do real systems use?** With DDIM 20 to 50, with solvers of second or third order 10 to 20, with
# networks that were distilled for it 1 to 4.
#
# **Is $\eta = 1$ DDPM?** Between neighbours it is exactly DDPM with the posterior's variance. With steps left out it is a process of
# the same marginals that DDPM itself has no name for.
#
# **Why is the distance of samples below that of real digits sometimes?** Guided samples can be more alike than real ones, and the
# floor is itself a draw of a few hundred digits. Within its scatter there is no better and worse.
#
# **May I use a GPU?** Yes: bring `unet`, `classifier` and the tables there. Nothing here needs one.

# %% [markdown]
# ## Summary and further steps
#
# You have built what stands between a trained network and its pictures:
#
# - a **schedule** that spends its steps where something happens;
# - the **image** that an answer stands for, of whatever kind;
# - a **step of any length**: the same marginals, with as much new noise as you like;
# - the **way** from noise to digit, from digit to noise, and between two noises;
# - **guidance**: more of what the label adds, less of all else;
# - the **average** from which one draws;
# - a **distance** that means something beside its floor.
#
# **Read on.** The course's package `ddpm` (`solutions/ddpm` in its repository) trains this network and holds these functions under
# these names, with solvers of second order and more metrics: `schedules.py`, `targets.py`, `sampler.py`, `metrics.py`. Karras et
# al., [*Elucidating the Design Space of Diffusion-Based Generative Models*](https://arxiv.org/abs/2206.00364) (2022), take apart
# what is chosen here piece by piece. Song et al., [*Score-Based Generative Modeling through Stochastic Differential
# Equations*](https://arxiv.org/abs/2011.13456) (2021), is the theory in which DDPM and DDIM are two ends of one family.

# %% [markdown]
# ## Before you hand in
#
# The table below says what the checks in sight said when they ran last. The grader runs more of them, and gives
# parts of the points too.
#
# **What:** this notebook, with its name `sampling.ipynb` and its outputs, and any `.py` file of your own beside it; not the
# folder `mnist_sampler`. **To whom:** your instructor, in the way that the course named (*Submit* in nbgrader's list of
# assignments, or an upload). Nothing leaves your machine by itself. Before that: *Kernel → Restart Kernel and Run All Cells*.

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
    by_hand=20,
)
