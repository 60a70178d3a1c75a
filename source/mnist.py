# %% [markdown]
# # Train a small DDPM on MNIST
#
# You build a denoising diffusion probabilistic model ([DDPM](https://arxiv.org/abs/2006.11239)) from its parts, train it on handwritten digits,
# and let it draw digits of its own.
#
# **When you are done, you can**
#
# - write down a noise schedule and say what each of its tables is for;
# - jump from a clean image to any noise level in one line;
# - tell a network which noise level it is looking at;
# - follow a tensor through a U-Net and predict every shape on the way;
# - write a training step with a regression loss, and know what makes it correct;
# - read a loss curve honestly: what falls, what merely wobbles, and what the loss does not tell you.
#
# **How it works**
#
# - There are eight TODOs. Each one has an equation, a table of arguments, a cell for your code, a folded
#   block of hints, and a check.
# - Write your code where the cell says so. Leave the lines around it, the names and the signatures as they
#   are.
# - Run the check below it. It answers in words within a second. It is a quick look, not the whole grading:
#   the grader tries other sizes, other schedules and other devices, and judges each TODO on its own. The checks here
#   use what you wrote before: of several ✗, mend the first.
# - The docstring of a TODO says what must be true of the result. Only that is graded. Everything else is
#   yours: other routes to the same result are just as right.
# - Two reflections at the end are read by a person. Their rubrics are visible.
# - The grader has Python's own library, NumPy, Matplotlib, PyTorch, torchvision and tqdm. A `.py` file of your
#   own counts if you hand it in beside the notebook.
# - Stuck? Unfold the hints, then look at the *Debugging guide* and *Common mistakes* near the end.
#
# | TODO | you write | difficulty | minutes | points |
# |---|---|---|---|---|
# | [noise_scheduler] | `NoiseScheduler.__init__` | ●○○○○ | 25 | 8 |
# | [add_noise] | `add_noise` | ●●○○○ | 25 | 10 |
# | [time_embedding] | `TimeEmbedding.forward` | ●●●○○ | 20 | 10 |
# | [residual_block] | `ResidualBlock.forward` | ●●●○○ | 25 | 10 |
# | [simple_unet] | `SimpleUNet.forward` | ●●○○○ | 35 | 10 |
# | [train_step] | `train_step` | ●●●●○ | 40 | 16 |
# | [train_epoch] | `train_epoch` | ●○○○○ | 20 | 6 |
# | [main] | `main` | ●○○○○ | 15 | 10 |
# | | two reflections | ●●●○○ | 80 | 20 |
#
# The minutes are rough estimates that no class has timed yet (five for each line of our own solution, ten where you
# derive it first, ten for each row of a rubric).

# %% [markdown]
# ## Are you ready? Five minutes
#
# You need Python with classes, PyTorch tensors with a training loop that you have read once, convolutions (of GANs no
# more than the paragraph in Section 8 says), and the
# forward process $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$, which the spiral lab builds up slowly.
#
# Answer first, then unfold.
#
# <details><summary>1. <code>x</code> has shape (8, 16, 7, 7), <code>e</code> has shape (8, 16). How do you add
# <code>e</code> to every pixel of <code>x</code>?</summary>
#
# `x + e[:, :, None, None]`: shapes are compared from the right.
# </details>
# <details><summary>2. What does <code>optimizer.zero_grad()</code> do, and what happens without it?</summary>
#
# It forgets the gradients of the step before; without it they are added to the new ones.
# </details>
# <details><summary>3. A convolution 3x3 with stride 2 and padding 1 gets 28x28 pixels. How many come out?</summary>
#
# 14x14.
# </details>
# <details><summary>4. $x_0$ and $\epsilon$ are independent and have variance 1. Which variance has $x_t$?</summary>
#
# $\bar\alpha_t + (1 - \bar\alpha_t) = 1$.
# </details>
#
# Three or four right: begin. If only the last one is strange, do the spiral lab first.
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
# Here $t$ counts from 0: $t = 0, 1, \dots, T-1$ with $T = 1000$, so that $t$ is also the index into every table. Papers
# and the spiral lab count from 1: step $t$ there is step $t - 1$ here.

# %% [markdown]
# ## Section 1: Imports, device and preset

# %% given="needs"
# The least versions that this notebook was run with.
NEEDS = {"python": "3.10", "numpy": "1.26", "matplotlib": "3.8", "torch": "2.6", "torchvision": "0.21", "tqdm": "4.0"}

# %% given="start"


# %% given="imports"
import contextlib
import io
import linecache
import math
import os
import random
import re
import socket
import time
import traceback

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from IPython.display import display
from IPython.utils.capture import capture_output
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from tqdm import tqdm  # for a progress bar of yours, if you want one

if torch.cuda.is_available():
    device = torch.device("cuda")
elif torch.backends.mps.is_available():
    device = torch.device("mps")
else:
    device = torch.device("cpu")

torch.manual_seed(0)
plt.rcParams.update(
    {"figure.dpi": 110, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
)
# Colours of Okabe and Ito: readers with any kind of colour vision can tell them apart.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"

print(f"PyTorch {torch.__version__}, device: {device}, CPU threads: {torch.get_num_threads()}")

# %% [markdown]
# ### Choose a preset
#
# Ten epochs over all 60,000 digits take about two hours on two CPU cores. So there are two presets, and one
# constant chooses:
#
# | `PRESET` | training digits | base channels | 10 epochs |
# |---|---|---|---|
# | `"laptop"` | 4,096 | 64 | 5 to 10 minutes on two CPU cores |
# | `"full"` | 60,000 | 64 | about two hours on two CPU cores; meant for a GPU |
#
# The network is the same in both, 1,509,249 parameters, and so is everything that is graded. Start with
# `"laptop"`.

# %% name="preset"
PRESET = "laptop"  # "laptop" or "full"

TRAIN_IMAGES, BASE_CHANNELS = {"laptop": (4096, 64), "full": (60_000, 64)}[PRESET]
print(f"Preset {PRESET}: up to {TRAIN_IMAGES:,} training images, {BASE_CHANNELS} base channels")

# %% [markdown]
# ### Helpers
#
# Every check below runs inside `with check("..."):`. A check that fails shows one sentence instead of a
# long traceback. The next two helpers show how far a long run is, and keep what it has reached. You need not read
# these cells.


# %% given="check_helper"


# %% given="progress"


# %% given="keeper"
result = None  # what main() returns, later


class Keeper:
    """Keeps what a training has reached: weights and losses, in a file beside the notebook, after every epoch."""

    file = "training.pt"

    def __init__(self):
        self.model = None

    def watch(self, model, epoch_losses, num_epochs):
        """Called by main before its first epoch: these are kept from now on."""
        self.model, self.losses, self.begun, self.epochs = model, epoch_losses, 0, num_epochs

    def follow(self, batches):
        """One pass over train_loader: keep what the passes before it have reached, and show how far this one is."""
        if self.model is None or self.begun == self.epochs:
            yield from batches
            return
        if self.begun == 0:
            self.progress = Progress(self.epochs * len(train_loader), " batches")
        else:
            self.keep()
        self.begun += 1
        told = f"epoch {self.begun} of {self.epochs}"
        told += "".join(f", loss {loss:.4f}" for loss in self.losses[-1:] if isinstance(loss, float))
        for batch in batches:
            yield batch
            self.progress.step(told)

    def keep(self):
        """Write the file, whole or not at all; a training never stops because that failed."""
        try:
            save_weights(self.model, self.file, losses=[float(loss) for loss in self.losses], when=time.ctime())
        except Exception as error:
            print(f"{self.file} could not be written ({error}): nothing is kept of this training.")

    def __enter__(self):
        self.model = None

    def __exit__(self, kind, error, trace):
        """The training is over, or it was stopped."""
        if self.model is not None and (self.begun > 1 or self.losses):
            self.keep()
        self.model = None


keeper = Keeper()


class TrainLoader(DataLoader):
    """A DataLoader whose passes the keeper follows."""

    def __iter__(self):
        return keeper.follow(super().__iter__())


def save_weights(model, file, **record):
    """Write a network's parameters, in half precision, and a record of how they came to be."""
    own = getattr(model, "_orig_mod", model)  # of one that torch.compile made
    weights = {name: weight.detach().half().cpu() for name, weight in own.named_parameters()}
    torch.save({"weights": weights, **record}, file + ".new")
    os.replace(file + ".new", file)


def load_weights(file):
    """A SimpleUNet of yours with the weights in a file, and their record; None with a kind word where they do not fit."""
    try:
        kept = torch.load(file, map_location=device, weights_only=True)
        weights = kept.pop("weights")
        width = len(weights["init_conv.weight"])
    except Exception as error:
        print(f"{file} cannot be read ({type(error).__name__}): is it whole?")
        return None, {}
    model = SimpleUNet(image_channels=1, base_channels=width).to(device)
    own = {name: weight for name, weight in model.named_parameters() if weight.requires_grad or name in weights}
    unlike = [
        name
        for name in sorted(own.keys() | weights.keys())
        if name not in own or name not in weights or own[name].shape != weights[name].shape
    ]
    if unlike:
        print(f"The weights in {file} do not fit your SimpleUNet: {', '.join(unlike[:3])} differ.")
        print("Are the layers in TODO [simple_unet] and [residual_block] as they were given?")
        return None, kept
    with torch.no_grad():
        for name, weight in own.items():
            weight.copy_(weights[name])
    return model.eval(), kept


# %% [markdown]
# ## Section 2: Load MNIST
#
# MNIST holds 28x28 grey digits. `ToTensor` maps pixels to $[0, 1]$ and `Normalize((0.5,), (0.5,))` maps
# them on to $[-1, 1]$: black is $-1$, white is $+1$. The noise has mean 0, so data around 0 suits it.
#
# - The laptop preset reads real MNIST digits from the folder `mnist_subset` beside this notebook (6,000 for
#   training, 1,000 held out), or below `/kaggle/input`. No network is needed. Where there is no such folder, as in
#   Colab, the full MNIST is downloaded and the same digits are taken out of it.
# - The full preset downloads MNIST once into the folder `data`. Without a network it uses the subset and
#   says so.
#
# The held-out digits are never trained on. They tell you later whether the network learned digits or this
# list.

# %% given="data"
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])


class DataMissing(Exception):
    """No digits anywhere. Jupyter shows the sentence in place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {self}"]


def open_mnist(root: str, download: bool) -> tuple[datasets.MNIST, datasets.MNIST]:
    """The training and the held-out digits under `root`, without torchvision's progress bars."""
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(20)  # a dead network should not hold the notebook for minutes
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return (
                datasets.MNIST(root=root, train=True, download=download, transform=transform),
                datasets.MNIST(root=root, train=False, download=download, transform=transform),
            )
    finally:
        socket.setdefaulttimeout(patience)


def subset_folder() -> str:
    """Where mnist_subset lies: beside the notebook, or in an input folder of Kaggle's, at any depth."""
    inputs = os.walk(os.environ.get("KAGGLE_INPUT", "/kaggle/input"))
    found = sorted(os.path.join(folder, "mnist_subset") for folder, below, _ in inputs if "mnist_subset" in below)
    return next(filter(os.path.isdir, ["mnist_subset", *found]), "mnist_subset")


def keep_subset(full: tuple[datasets.MNIST, datasets.MNIST]) -> None:
    """Leave the digits of mnist_subset, in its order: of each class its share, drawn by Python's own numbers."""
    draw = random.Random(2026)
    for digits, size in zip(full, (6000, 1000), strict=True):
        labels = digits.targets.tolist()
        keys = [draw.random() for _ in labels]
        exact = [labels.count(digit) * size / len(labels) for digit in range(10)]
        left = [int(share) for share in exact]
        for digit in sorted(range(10), key=lambda k: left[k] - exact[k])[: size - sum(left)]:
            left[digit] += 1
        chosen = []
        for index in sorted(range(len(labels)), key=keys.__getitem__):
            if left[labels[index]]:
                left[labels[index]] -= 1
                chosen.append(index)
        digits.data, digits.targets = digits.data[chosen], digits.targets[chosen]


def load_mnist() -> tuple[datasets.MNIST, datasets.MNIST]:
    """The embedded subset or the full MNIST: the preset says which one comes first."""
    subset = subset_folder()
    places = [subset, "data"] if PRESET == "laptop" else ["data", subset]
    for root in places:
        if root == "data" and not os.path.exists("data/MNIST/raw/t10k-labels-idx1-ubyte"):
            print("Downloading the full MNIST into the folder data (about 11 MB) ...")
        try:
            train_digits, test_digits = open_mnist(root, download=root == "data")
        except Exception:  # no network, a broken download, no folder: the next place may do
            if root == "data" and os.path.isdir(subset):
                print("The full MNIST could not be downloaded, so the embedded subset is used.")
            continue
        if root == "data" and PRESET == "laptop" and len(train_digits) == 60_000:
            keep_subset((train_digits, test_digits))
        print(f"{len(train_digits):,} training and {len(test_digits):,} held-out digits in {root}.")
        return train_digits, test_digits
    raise DataMissing(
        "No digits found, and none could be downloaded. Put the folder mnist_subset (it came with this notebook) beside "
        "the notebook, on Kaggle into the input, or switch the network on, and run this cell again."
    )


train_digits, test_dataset = load_mnist()
chosen = torch.randperm(len(train_digits), generator=torch.Generator().manual_seed(0))[:TRAIN_IMAGES]
train_dataset = torch.utils.data.Subset(train_digits, chosen.tolist())
train_loader = TrainLoader(train_dataset, batch_size=64, shuffle=True, num_workers=0)
test_loader = DataLoader(test_dataset, batch_size=250, shuffle=False, num_workers=0)
print(f"This run trains on {len(train_dataset):,} digits: {len(train_loader)} batches an epoch.")

# %% name="show_digits"
# Figure: eight handwritten training digits, white on black, each with its label above.
fig, axes = plt.subplots(1, 8, figsize=(9, 1.5))
for axis, (image, label) in zip(axes, (train_dataset[i] for i in range(8)), strict=True):
    axis.imshow(image.squeeze(), cmap="gray", vmin=-1, vmax=1)
    axis.set_title(f"a {label}")
    axis.axis("off")
plt.tight_layout()
plt.show()

# %% [markdown]
# **Further, if you like** (not graded; so are all of these). What does the mean digit look like, and the standard deviation
# of each pixel? Which of the ten digits lies closest to the mean of all?

# %% [markdown]
# ## Section 3: The noise schedule
#
# ### TODO [noise_scheduler]: `noise_scheduler` (`NoiseScheduler.__init__`)
#
# Difficulty ●○○○○ · Importance ●●●●○ · about 25 min
#
# The forward process destroys an image in $T$ small steps. Step $t$ keeps a share $\alpha_t = 1 - \beta_t$
# of the variance and adds Gaussian noise of variance $\beta_t$. The schedule is the list of the $\beta_t$.
# It is fixed: nothing in it is learned. Multiplying the shares up tells how much of the image is left after
# all steps so far:
#
# $$\beta_t \ \text{on a straight line from } \beta_{\text{start}} \text{ to } \beta_{\text{end}}, \qquad
# \alpha_t = 1 - \beta_t, \qquad \bar\alpha_t = \prod_{i=0}^{t} \alpha_i .$$
#
# Training asks for $\sqrt{\bar\alpha_t}$ and $\sqrt{1-\bar\alpha_t}$ for every image of every epoch (40,960 times
# with the laptop preset, 600,000 with the full one), so both are computed once. The line from 0.0001 to 0.02 is that of
# [Ho, Jain and Abbeel](https://arxiv.org/abs/2006.11239) (their section 4).
#
# | argument | type | meaning |
# |---|---|---|
# | `num_timesteps` | int | $T$, the length of every table |
# | `beta_start` | float | the first $\beta$, exactly |
# | `beta_end` | float | the last $\beta$, exactly |
#
# | attribute to set | shape | dtype |
# |---|---|---|
# | `betas`, `alphas`, `alphas_cumprod` | `(T,)` | float32 |
# | `sqrt_alphas_cumprod`, `sqrt_one_minus_alphas_cumprod` | `(T,)` | float32 |
#
# `get_coefficients` is provided. It looks both square roots up for a batch of timesteps and shapes them
# `(B, 1, 1, 1)`, so that they multiply images `(B, C, H, W)`. It works wherever the tables and the
# timesteps lie.


# %% todo="noise_scheduler"
# ✎ TODO [noise_scheduler]: this cell is yours.
class NoiseScheduler:
    """A fixed linear noise schedule with its tables."""

    def __init__(self, num_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        """TODO [noise_scheduler]: compute the five tables, once, here.

        What must be true afterwards (each table is a float32 tensor with num_timesteps entries):
        - betas runs in equal steps from beta_start to beta_end, both included, whatever the arguments are;
        - alphas holds 1 - beta for each step;
        - alphas_cumprod[t] is the product of alphas[0] up to and including alphas[t];
        - sqrt_alphas_cumprod and sqrt_one_minus_alphas_cumprod hold the square roots of alphas_cumprod
          and of 1 - alphas_cumprod.
        A line whose ends are equal is level. get_coefficients finds the tables' numbers, as it does now.
        Free: further attributes, buffers of an nn.Module, how you compute the product.
        """
        self.num_timesteps = num_timesteps
        ### BEGIN SOLUTION
        self.betas = torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float32)
        self.alphas = 1.0 - self.betas
        self.alphas_cumprod = torch.cumprod(self.alphas, dim=0)
        self.sqrt_alphas_cumprod = self.alphas_cumprod.sqrt()
        self.sqrt_one_minus_alphas_cumprod = (1.0 - self.alphas_cumprod).sqrt()
        ### END SOLUTION

    def get_coefficients(self, timesteps):
        """Both square roots at `timesteps` (B,), shaped (B, 1, 1, 1), on the timesteps' device (provided)."""
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            values = table[timesteps.to(table.device)].to(timesteps.device)
            found.append(values[:, None, None, None] if values.dim() == 1 else values)
        return tuple(found)


# %% [markdown] hint="noise_scheduler"
# <details>
# <summary>Hints for TODO [noise_scheduler], by symptom</summary>
#
# - **I do not know where to start.** Write the five names on the left-hand sides, in the order of the
#   docstring. Each one needs only the one before it.
# - **"betas should run in equal steps ...", the last one is not `beta_end`.** Stepping by `(beta_end - beta_start) / T` stops
#   one step short. PyTorch has a function for a line with both ends.
# - **The check says that the product is wrong.** You need a *running* product, one number for each step,
#   not the product of everything. And it runs over the alphas.
# - **I get: `'NoiseScheduler' object has no attribute ...`.** A table has another name, or lacks `self.`.
# - **I get NaN.** You took the square root of something negative: did you write `1 - alphas_cumprod` before
#   the root, or after it?
# - **Nearly there.** `torch.linspace`, then a subtraction, then `torch.cumprod` along dimension 0, then two
#   roots.
#
# </details>

# %% check="noise_scheduler"
with check("noise_scheduler"):  # a NameError? Run the notebook from its first cell on.
    tiny = NoiseScheduler(num_timesteps=3, beta_start=0.1, beta_end=0.3)
    by_hand = {
        "betas": ([0.1, 0.2, 0.3], "run in equal steps from beta_start to beta_end, both included"),
        "alphas": ([0.9, 0.8, 0.7], "be 1 - beta"),
        "alphas_cumprod": ([0.9, 0.72, 0.504], "multiply the alphas up, step by step"),
        "sqrt_alphas_cumprod": ([0.948683, 0.848528, 0.709930], "be the square root of alphas_cumprod"),
        "sqrt_one_minus_alphas_cumprod": (
            [0.316228, 0.529150, 0.704273],
            "be the root of 1 - alphas_cumprod",
        ),
    }
    for name, (numbers, rule) in by_hand.items():
        table = getattr(tiny, name, None)
        assert table is not None, f"the scheduler has no attribute {name} yet."
        assert isinstance(table, torch.Tensor), f"{name} should be a tensor, not {type(table).__name__}."
        assert table.shape == (3,), f"{name} should have shape (3,) here, not {tuple(table.shape)}."
        assert table.dtype == torch.float32, f"{name} should be float32, not {table.dtype}."
        assert np.allclose(table.tolist(), numbers, atol=1e-4), (
            f"{name} should {rule}. For 3 steps from 0.1 to 0.3 that is {numbers}, "
            f"but yours is {[round(value, 4) for value in table.tolist()]}."
        )
    for ends, numbers in (((0.3, 0.1), [0.3, 0.2, 0.1]), ((0.1, 0.1), [0.1, 0.1, 0.1])):
        betas = NoiseScheduler(3, *ends).betas.tolist()
        assert np.allclose(betas, numbers, atol=1e-4), (
            f"from {ends[0]} to {ends[1]} the betas should be {numbers}, "
            f"but yours are {[round(value, 4) for value in betas]}."
        )
    looked_up = tiny.get_coefficients(torch.tensor([2, 0], device=device))
    for values, numbers in zip(looked_up, ([0.709930, 0.948683], [0.704273, 0.316228]), strict=True):
        assert values.shape == (2, 1, 1, 1) and np.allclose(values.flatten().tolist(), numbers, atol=1e-4), (
            f"get_coefficients should find {numbers} at t = 2 and t = 0: is it as it was given?"
        )
    usual = NoiseScheduler()
    assert len(usual.betas) == usual.num_timesteps == 1000, "without arguments there should be 1000 steps."
    last, first = usual.alphas_cumprod[-1].item(), usual.sqrt_one_minus_alphas_cumprod[0].item()
    assert 3e-5 < last < 5e-5, f"after 1000 steps about 4e-5 of the variance should be left, not {last:.1e}."
    assert abs(first - 0.01) < 1e-4, f"at t = 0 the noise's amplitude should be 0.01, not {first:.4f}."

# %% [markdown]
# ### Predict before you run: the schedule
#
# The next cell draws the betas and both square roots. Decide first, on paper:
#
# 1. The betas form a straight line. Does $\sqrt{\bar\alpha_t}$?
# 2. After which $t$ is less than half of the image's *variance* left ($\bar\alpha_t < 0.5$): about 100,
#    250, 500 or 750?
# 3. How much of the image is left at the very end: nothing, 0.6 %, 6 % or 30 % of its amplitude?

# %% name="plot_schedule"
# Figure: two panels over timestep t. Left, beta: a straight line that rises from 0.0001 to 0.02. Right, the
# amplitudes: the image's falls from 1 to nearly 0, the noise's rises from 0 to nearly 1; they cross at t = 259.
scheduler = NoiseScheduler()
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
left.plot(scheduler.betas.cpu(), color=BLUE)
left.set(xlabel="timestep t", ylabel="beta", title="Noise added in step t")
right.plot(scheduler.sqrt_alphas_cumprod.cpu(), color=BLUE)
right.plot(scheduler.sqrt_one_minus_alphas_cumprod.cpu(), color=VERMILION, linestyle="--")
right.text(560, 0.26, r"image: $\sqrt{\bar\alpha_t}$", color=BLUE)
right.text(560, 0.88, r"noise: $\sqrt{1-\bar\alpha_t}$", color=VERMILION)
right.set(xlabel="timestep t", ylabel="amplitude", title="What x_t is made of")
plt.tight_layout()
plt.show()

for bound in (0.5, 0.01):
    below = (scheduler.alphas_cumprod < bound).nonzero()[0].item()
    print(f"alpha_bar first falls below {bound} at t = {below}")
print(f"at the last step the image's amplitude is {scheduler.sqrt_alphas_cumprod[-1]:.5f}")

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# The image's share bends down although the betas are straight, because shares multiply. $\bar\alpha_t$
# falls below one half at $t = 259$ and below 1 % at $t = 673$. At $t = 499$, half way, the image's
# amplitude is 0.28 and the noise's is 0.96. At the end $\bar\alpha_{999} = 4.04 \cdot 10^{-5}$, an
# amplitude of 0.0064. That is small enough to start sampling from pure noise.
#
# </details>
#
# **Further, if you like.** Make a scheduler with $T = 100$ and the same two betas. Which amplitude is left at its end? Find
# the `beta_end` with which 0.0064 is.

# %% [markdown]
# ## Section 4: Forward diffusion
#
# ### TODO [add_noise]: `add_noise`
#
# Difficulty ●●○○○ · Importance ●●●●● · about 25 min
#
# Adding noise step by step would be slow. Sums of Gaussians are Gaussian, so all steps up to $t$ collapse
# into one:
#
# $$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1-\bar\alpha_t}\, \varepsilon,
# \qquad \varepsilon \sim \mathcal N(0, I).$$
#
# (Equation 4 of [DDPM](https://arxiv.org/abs/2006.11239), which counts $t$ from 1.)
#
# The two squared factors add up to 1. So data of variance 1 keeps variance 1 at every $t$; our digits,
# whose variance lies below 1, drift towards 1. The function returns $\varepsilon$ too, since it is what the
# network must guess.
#
# **By hand, at $t = 500$.** The tables give $\bar\alpha_{500} = 0.0778$, whose roots are $\sqrt{0.0778} = 0.279$ and
# $\sqrt{1 - 0.0778} = 0.960$. A bright pixel, $x_0 = 0.8$, that meets the noise $\varepsilon = -0.5$ becomes
# $x_t = 0.279 \cdot 0.8 + 0.960 \cdot (-0.5) = 0.223 - 0.480 = -0.257$: dark. And from $x_t$ with the right noise the pixel
# comes back, $(-0.257 + 0.480) / 0.279 = 0.8$. That is why guessing the noise is as good as guessing the image.
#
# | argument | shape | dtype | meaning |
# |---|---|---|---|
# | `x_0` | `(B, C, H, W)` | float32 | clean images |
# | `timestep` | `(B,)` | integer | one $t$ for each image |
# | `scheduler` | | | has `get_coefficients(timestep)` and the tables of TODO [noise_scheduler] |
# | `noise` | like `x_0`, or `None` | float32 | the noise to use, if you want to choose it |
# | **returns** `x_t`, `noise` | both like `x_0` | float32 | the noisy images and the noise in them |
#
# Should images ever come in float64, their fresh noise is float64 too.


# %% todo="add_noise"
# ✎ TODO [add_noise]: this cell is yours.
def add_noise(x_0, timestep, scheduler, noise=None):
    """TODO [add_noise]: jump from clean images to noise level `timestep`.

    What must be true of the result (x_t, noise):
    - x_t = sqrt(alpha_bar_t) * x_0 + sqrt(1 - alpha_bar_t) * noise, each image with its own t;
    - a noise that was passed in is used and returned unchanged;
    - otherwise the noise is fresh at each call, standard normal, independent for each element, with the
      shape, dtype and device of x_0;
    - x_0 and noise are not modified, and float32 images give a float32 x_t.
    Free: through get_coefficients or the tables, the order of the arithmetic, how you draw the noise.
    On a GPU the tables may still lie on the CPU. get_coefficients copes with that. Where you index a
    table yourself, bring the index to the table's device, and what you found to x_0's.
    """
    ### BEGIN SOLUTION
    if noise is None:
        noise = torch.randn_like(x_0)
    signal_scale, noise_scale = scheduler.get_coefficients(timestep)
    x_t = signal_scale * x_0 + noise_scale * noise
    return x_t, noise
    ### END SOLUTION


# %% [markdown] hint="add_noise"
# <details>
# <summary>Hints for TODO [add_noise], by symptom</summary>
#
# - **I do not know where to start.** You need three things: a noise, two factors, one sum.
# - **I get: `The size of tensor a ... must match the size of tensor b`.** Factors of shape `(B,)` do not
#   line up with images `(B, C, H, W)`. `get_coefficients` returns them with three extra axes of length 1.
# - **I get: `unsupported operand type(s) for *: 'Tensor' and 'NoneType'`.** Nobody passed a noise, and you
#   have not drawn one.
# - **The check says that the given noise was not used.** Draw only in the case of `None`. Test with
#   `is None`; `if not noise` asks a whole tensor whether it is true.
# - **The check says that the noise is not normal.** `torch.rand` is uniform on $[0, 1)$. The normal one has
#   an n more.
# - **The check says that x_0 changed.** `+=` and `*=` write into the caller's tensor.
# - **Nearly there.** A function with `_like` in its name copies shape, dtype and device at once.
#
# </details>


# %% given="instruments"
@contextlib.contextmanager
def swapped(**stand_ins):
    """Put stand-ins in the place of functions of this notebook while a check runs."""
    before = {name: globals()[name] for name in stand_ins}
    globals().update(stand_ins)
    try:
        yield
    finally:
        globals().update(before)


def stand_in_schedule(signal: list[float], noise: list[float]) -> NoiseScheduler:
    """A scheduler whose tables hold plain numbers, so that a check can be done by hand."""
    schedule = NoiseScheduler.__new__(NoiseScheduler)
    schedule.num_timesteps = len(signal)
    schedule.sqrt_alphas_cumprod = torch.tensor(signal)
    schedule.sqrt_one_minus_alphas_cumprod = torch.tensor(noise)
    schedule.alphas_cumprod = torch.tensor([value * value for value in signal])
    return schedule


class Probe(nn.Module):
    """A network with two weights: it answers weight * x + bias and remembers what it was asked."""

    def __init__(self, weight: float, bias: float = 0.0):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.tensor(weight)), nn.Parameter(torch.tensor(bias))
        self.calls = []

    def forward(self, x, timestep):
        self.calls.append((x.detach().clone(), timestep.detach().clone(), self.training))
        return self.weight * x + self.bias


def filled(module):
    """The module with the same weights each time, no two alike, so that numbers can be compared."""
    with torch.no_grad():
        for place, weight in enumerate(module.parameters()):
            count = torch.arange(weight.numel(), device=weight.device, dtype=torch.float32)
            weight.copy_((count + place).cos().view_as(weight) / math.sqrt(weight[0].numel()))
    return module.to(device)


# %% check="add_noise"
with check("add_noise"):  # a NameError? Run the notebook from its first cell on.
    by_hand = stand_in_schedule(signal=[1.0, 0.8, 0.6], noise=[0.0, 0.6, 0.8])
    ones, moments = torch.ones(3, 1, 8, 8, device=device), torch.tensor([2, 0, 1], device=device)
    twos, zeros = 2 * ones, 0 * ones
    answer = add_noise(ones, moments, by_hand, noise=twos)
    assert answer is not None, "add_noise returns nothing: is a `return` missing?"
    assert isinstance(answer, (tuple, list)) and len(answer) == 2, (
        "add_noise should return x_t and the noise."
    )
    noisy, used = answer
    assert noisy.shape == ones.shape, f"x_t should be shaped like x_0, not {tuple(noisy.shape)}."
    assert noisy.dtype == torch.float32, f"for float32 images x_t should be float32, not {noisy.dtype}."
    assert bool((ones == 1).all() and (twos == 2).all()), "x_0 or noise changed: compute into new tensors."
    assert torch.equal(used, twos), "the noise that was passed in should be used and returned unchanged."
    expected, got = [2.2, 1.0, 2.0], [round(value, 4) for value in noisy[:, 0, 0, 0].tolist()]
    assert np.allclose(got, expected, atol=1e-4), (
        "with x_0 = 1, noise = 2 and the factor pairs (0.6, 0.8), (1, 0), (0.8, 0.6) "
        f"x_t should be {expected}, but yours is {got}."
    )
    assert not add_noise(ones, moments, by_hand, zeros)[1].any(), "a noise of zeros was passed in: use it."
    longer = stand_in_schedule(signal=[1.0] * 1000 + [0.6], noise=[0.0] * 1000 + [0.8])
    got = add_noise(ones[:1], torch.tensor([1000], device=device), longer, twos[:1])[0].mean().item()
    assert abs(got - 2.2) < 1e-4, f"another schedule, with 0.6 and 0.8 at t = 1000: 2.2 again, not {got:.4f}."

    fives = torch.full((32, 8, 32, 32), 5.0, device=device)
    noisy, first = add_noise(fives, moments[:1].expand(32), by_hand)
    _, second = add_noise(fives, moments[:1].expand(32), by_hand)
    assert first.shape == fives.shape, f"the noise should be shaped like x_0, not {tuple(first.shape)}."
    assert first.dtype == torch.float32, f"for float32 images the noise should be float32, not {first.dtype}."
    assert abs(first.mean()) < 0.1 and abs(first.std() - 1) < 0.1, (
        f"fresh noise should have mean 0 and deviation 1, not {first.mean():.2f} and {first.std():.2f}."
    )
    assert not torch.equal(first, second), "each call should draw fresh noise."
    assert first.abs().max() > 3, "no noise beyond 3: is it cut off, or not the normal one?"
    for axes, names in {
        (0,): "images",
        (1,): "channels",
        (2,): "rows",
        (3,): "columns",
        (2, 3): "the pixels of a channel",
    }.items():
        means = first.mean(axes)
        share = means.square().mean().item() * first.numel() / means.numel()  # 1, where nothing is shared
        assert abs(share - 1) < 7 * math.sqrt(2 / means.numel()), (
            f"each element should get noise of its own, but {names} share some of it."
        )
    assert first.mean((1, 2, 3)).abs().max() > 1e-5, "each image's noise has mean 0 exactly: standardised?"
    assert torch.allclose(noisy, 3 + 0.8 * first, atol=1e-4), "the noise you return is not the one in x_t."

# %% [markdown]
# ### Predict before you run: a digit drowns
#
# The next cell shows three digits at eight timesteps. Decide first: at which $t$ will *you* stop being able
# to read them? Before or after $t = 259$, where half of the image's variance is gone?

# %% name="plot_noising"
# Figure: three digits, a row each, at eight timesteps from 0 to 999. Strokes show through the noise up to about t =
# 350; from 600 on all is noise.
strip_times = torch.tensor([0, 100, 200, 259, 350, 450, 600, 999])
strips = []
for position in (0, 4, 7):
    digit = train_dataset[position][0].expand(len(strip_times), 1, 28, 28)
    strips.append(add_noise(digit, strip_times, scheduler)[0])

fig, axes = plt.subplots(3, len(strip_times), figsize=(9, 3.9))
for row, strip in enumerate(strips):
    for axis, picture, when in zip(axes[row], strip, strip_times.tolist(), strict=True):
        axis.imshow(picture.squeeze(), cmap="gray", vmin=-1.5, vmax=1.5)
        axis.axis("off")
        if row == 0:
            axis.set_title(f"t = {when}\n{scheduler.sqrt_alphas_cumprod[when]:.2f} image", fontsize=9)
plt.tight_layout()
plt.show()

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# At $t = 259$ the strokes still show, although half of the variance is gone: strokes are connected and
# noise is not. The network can use the same fact. By $t = 600$ there is nothing left for the eye. Where
# your own limit lies depends on the digit and on the size of the picture.
#
# </details>
#
# **Further, if you like.** Average the eight nearest pixels of a digit at $t = 259$ and look again. A network has to find
# something better than a blur: what does it know that an average does not?

# %% [markdown]
# ## Section 5: The network
#
# The network gets a noisy image $x_t$ and the number $t$. It answers with a guess of the noise. Three
# parts: an encoding of $t$ (TODO [time_embedding]), a block that uses it (TODO [residual_block]), and the path through all blocks (TODO
# [simple_unet]).
#
# ### TODO [time_embedding]: `time_embedding` (`TimeEmbedding.forward`)
#
# Difficulty ●●●○○ · Importance ●●●○○ · about 20 min
#
# A bare number between 0 and 999 is a poor input. We turn it into many waves, from fast to slow, much like
# the hands of a clock. With $m = $ `embedding_dim // 2` and $k = 0, \dots, m-1$:
#
# $$\omega_k = \exp\!\left(-\frac{\ln(10000)\, k}{m}\right), \qquad
# \mathrm{emb}(t) = \left[\,\sin(t\omega_0), \dots, \sin(t\omega_{m-1}),\ \cos(t\omega_0), \dots,
# \cos(t\omega_{m-1})\,\right].$$
#
# (After the position encoding of the [Transformer](https://arxiv.org/abs/1706.03762), its section 3.5.)
#
# Wave 0 is the *fastest*: one radian a step. The last one turns about $10^{-4}$ radians a step.
#
# You will meet other versions: $m - 1$ in the denominator, cosines first, sine and cosine interleaved. They
# work too. This notebook fixes the one above, because a network and its embedding must agree.
#
# | argument | shape | dtype |
# |---|---|---|
# | `timestep` | `(B,)` | any integer type |
# | **returns** | `(B, 2h)`, that is `(B, embedding_dim)` if even | float32, on the device of `timestep` |


# %% todo="time_embedding"
# ✎ TODO [time_embedding]: this cell is yours.
class TimeEmbedding(nn.Module):
    """Sinusoidal encoding of the timestep."""

    def __init__(self, embedding_dim=128):
        super().__init__()
        self.embedding_dim = embedding_dim

    def forward(self, timestep):
        """TODO [time_embedding]: encode a batch of timesteps.

        What must be true of the result:
        - shape (B, 2 * half_dim), float32, on the device of timestep, whatever integer type comes in;
        - column k is sin(t * freq_k), column half_dim + k is cos(t * freq_k), all sines first;
        - freq_k = exp(-ln(10000) * k / half_dim) for k = 0 .. half_dim - 1;
        - each row depends on its own timestep alone, and timesteps above 999 follow the same formula.
        Free: where you compute the frequencies, and where you turn integers into floats.
        """
        half_dim = self.embedding_dim // 2
        ### BEGIN SOLUTION
        k = torch.arange(half_dim, device=timestep.device, dtype=torch.float32)
        freqs = torch.exp(-math.log(10000.0) * k / half_dim)
        angles = timestep.float()[:, None] * freqs[None, :]
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
        ### END SOLUTION


# %% [markdown] hint="time_embedding"
# <details>
# <summary>Hints for TODO [time_embedding], by symptom</summary>
#
# - **I do not know where to start.** Make the row of $m$ frequencies first and print it for
#   `embedding_dim=4`: it should be 1 and 0.01.
# - **I get: `The size of tensor a (B) must match the size of tensor b (m)`.** You want a table of every $t$
#   times every frequency. Give one of them a column's shape and the other a row's.
# - **I get: `only one element tensors can be converted to Python scalars`, or
#   `argument 'input' must be Tensor, not float`.** `math.exp` and `math.log` are for numbers, `torch.exp`
#   is for tensors.
# - **I get: `Expected all tensors to be on the same device`.** `torch.arange` makes its tensor on the CPU
#   unless you pass the device; the one to use is where `timestep` lies.
# - **The check says half - 1.** The last frequency of this version is *not* exactly 1/10000.
# - **The check says interleaved.** Stacking pairs and flattening mixes them. Join two blocks instead.
# - **Nearly there.** Angles of shape `(B, h)`, then `torch.cat` of their sines and cosines along the last
#   axis.
#
# </details>

# %% check="time_embedding"
with check("time_embedding"):  # a NameError? Run the notebook from its first cell on.
    moments = torch.tensor([0, 1, 100], device=device)
    answer = TimeEmbedding(embedding_dim=4).to(device)(moments)
    assert answer is not None, "forward returns nothing: is a `return` missing?"
    assert isinstance(answer, torch.Tensor), f"forward should return a tensor, not {type(answer).__name__}."
    assert answer.shape == (3, 4), f"3 timesteps, dimension 4: shape (3, 4), not {tuple(answer.shape)}."
    assert answer.dtype == torch.float32, f"the embedding should be float32, not {answer.dtype}."
    at_one = answer[1].tolist()
    look_alikes = {
        "the cosines stand first; here the sines do": [0.5403, 1.0, 0.8415, 0.01],
        "sines and cosines are interleaved; here all sines stand first": [0.8415, 0.5403, 0.01, 1.0],
        "the denominator is half - 1; here it is half": [0.8415, 0.0001, 0.5403, 1.0],
        "the denominator is the whole dimension; here it is half of it": [0.8415, 0.0998, 0.5403, 0.995],
    }
    for cause, numbers in look_alikes.items():
        assert not np.allclose(at_one, numbers, atol=1e-3), f"{cause}."
    rounded = [round(value, 4) for value in at_one]
    assert np.allclose(at_one, [0.8415, 0.01, 0.5403, 1.0], atol=1e-3), (
        "with dimension 4 and t = 1 the angles are 1 and 0.01: "
        f"expected about [0.8415, 0.01, 0.5403, 1.0], got {rounded}."
    )
    assert np.allclose(answer[0].tolist(), [0, 0, 1, 1], atol=1e-4), "at t = 0 sines are 0, cosines 1."
    assert np.allclose(answer[2].tolist(), [-0.5064, 0.8415, 0.8623, 0.5403], atol=1e-3), "t = 100 is wrong."
    late = TimeEmbedding(4).to(device)(torch.tensor([999], device=device))
    assert late.shape == (1, 4), f"1 timestep, dimension 4: shape (1, 4), not {tuple(late.shape)}."
    assert np.allclose(late[0].tolist(), [-0.02646, -0.5356, 0.99965, -0.84447], atol=2e-4), (
        "t = 999 is wrong, and smaller ones are right: are there too few digits in t or in the frequencies?"
    )
    for kind in (torch.int32, torch.int16, torch.uint8):
        same = torch.allclose(TimeEmbedding(4).to(device)(moments.to(kind)), answer, atol=1e-4)
        assert same, f"{kind} timesteps should give the same numbers as {moments.dtype}."
    wider = TimeEmbedding(6).to(device)
    assert wider(moments).shape == (3, 6), f"dimension 6: shape (3, 6), not {tuple(wider(moments).shape)}."
    assert torch.allclose(wider(moments.flip(0)), wider(moments).flip(0), atol=1e-4), (
        "each row should depend on its own t alone, not on earlier calls or on other rows."
    )
    alone = torch.cat([wider(moment[None]) for moment in moments])
    assert torch.allclose(wider(moments), alone, atol=1e-4), "a row should be the same in any batch."
    assert TimeEmbedding().to(device)(moments).shape == (3, 128), (
        "without arguments the embedding has 128 columns."
    )
    with contextlib.suppress(IndexError, RuntimeError):  # a table may end at 999
        later = TimeEmbedding(4).to(device)(torch.tensor([1500], device=device))[0].tolist()
        assert np.allclose(later, [-0.9939, 0.65029, -0.11027, -0.75969], atol=1e-3), (
            "t = 1500 should follow the formula, too."
        )

# %% [markdown]
# ### Predict before you run: the embedding as a picture
#
# The next cell draws the embedding of all 1,000 timesteps, one row a timestep, one column a wave. Decide
# first: which columns flicker from row to row, and which hardly change at all? Where is the border between
# sines and cosines?

# %% name="plot_embedding"
# Figure: a heat map, a row for each timestep and a column for each wave. Columns at the left of both halves flicker
# from row to row, those at the right hardly change.
waves = TimeEmbedding()(torch.arange(1000))
fig, axis = plt.subplots(figsize=(9, 3.6))
heat = axis.imshow(waves.cpu(), aspect="auto", cmap="cividis", vmin=-1, vmax=1, interpolation="nearest")
axis.axvline(63.5, color="white", linewidth=2)
axis.set(xlabel="column: sines 0-63, then cosines 64-127", ylabel="timestep t", title="The time embedding")
fig.colorbar(heat, label="value", pad=0.02)
plt.tight_layout()
plt.show()

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# Both halves flicker on the left and are calm on the right. Column 0 turns by one radian a step, so it goes
# round about 159 times in 1,000 steps (the picture cannot even show that cleanly). Column 63 turns by
# $1.15 \cdot 10^{-4}$ radians a step, 0.115 in all: its sine rises from 0 to 0.115, and its cosine stays
# near 1. The fast waves tell neighbours apart, the slow ones tell early from late.
#
# </details>

# %% [markdown]
# ### TODO [residual_block]: `residual_block` (`ResidualBlock.forward`)
#
# Difficulty ●●●○○ · Importance ●●●●○ · about 25 min
#
# The block transforms features and lets the timestep steer them. With $s = $ `time_mlp(emb)`, one number
# for each channel:
#
# $$h = \mathrm{conv}_1(\mathrm{SiLU}(\mathrm{norm}_1(x))), \qquad h \leftarrow s \odot h, \qquad
# \text{out} = \mathrm{conv}_2(\mathrm{SiLU}(\mathrm{norm}_2(h))) + \mathrm{skip}(x).$$
#
# Steering channels by another input is called [FiLM](https://arxiv.org/abs/1709.07871), feature-wise linear modulation. Full FiLM scales *and*
# shifts; many networks write $(1 + s) \odot h + b$. **Here it is the scale alone**: no shift, no $1 +$, and
# before `norm2`.
#
# | argument | shape | dtype |
# |---|---|---|
# | `x` | `(B, in_channels, H, W)` | float32 |
# | `time_embedding` | `(B, embedding_dim)` | float32 |
# | **returns** | `(B, out_channels, H, W)` | float32 |


# %% todo="residual_block"
# ✎ TODO [residual_block]: this cell is yours.
class ResidualBlock(nn.Module):
    """Two convolutions, steered by the timestep, around a skip connection."""

    def __init__(self, in_channels, out_channels, embedding_dim=128):
        super().__init__()
        self.norm1 = nn.GroupNorm(32, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.time_mlp = nn.Sequential(
            nn.Linear(embedding_dim, out_channels * 2),
            nn.SiLU(),
            nn.Linear(out_channels * 2, out_channels),
        )
        self.norm2 = nn.GroupNorm(32, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=1)

    def forward(self, x, time_embedding):
        """TODO [residual_block]: features in, steered features out.

        What must be true of the result, in this order:
        - norm1, SiLU, conv1;
        - every channel multiplied by its own number from time_mlp(time_embedding);
        - norm2, SiLU, conv2;
        - plus skip(x), where x is what came in;
        - the same in train mode and in eval mode, float32 for float32;
        - x, time_embedding, and the block's weights and mode are left as they were.
        Free: F.silu or x * sigmoid(x), how you reshape, the names in between.
        """
        ### BEGIN SOLUTION
        h = self.conv1(F.silu(self.norm1(x)))
        scale = self.time_mlp(time_embedding)[:, :, None, None]
        h = h * scale
        h = self.conv2(F.silu(self.norm2(h)))
        return h + self.skip(x)
        ### END SOLUTION


# %% [markdown] hint="residual_block"
# <details>
# <summary>Hints for TODO [residual_block], by symptom</summary>
#
# - **I do not know where to start.** Read the formula from the inside out and write one line for each
#   arrow.
# - **I get: `The size of tensor a (8) must match the size of tensor b (64)`.** `time_mlp` returns
#   `(B, channels)`, the features are `(B, channels, H, W)`. Broadcasting lines axes up from the right, so
#   two axes of length 1 are missing at the end.
# - **I get: `Expected weight to be a vector of size equal to the number of channels`, or
#   `expected input ... to have 32 channels`.** A norm or a convolution got the wrong tensor. `norm1` takes
#   what came in, `norm2` takes what came out of `conv1`.
# - **"you added s", or "1 + s".** Multiply by $s$ itself, nothing else, and before `norm2`.
# - **"These layers were never called: skip", or "skip should receive the x that came in".** `skip` must see the original
#   `x`. Do not overwrite it, and add what it returns at the end.
# - **"with another time embedding the result is the same".** $s$ is computed anew at each call, from the embedding of that
#   call.
# - **"no gradient reaches ..."** That layer is not used, or something is cut off by `detach` or `no_grad`. Where
#   `simple_unet`'s check says so of a layer inside a block, the block is to be mended.
# - **Nearly there.** Index the scale with two `None` after its two axes, multiply, and go on with the
#   second half.
#
# </details>


# %% check="residual_block"
with check("residual_block"):  # a NameError? Run the notebook from its first cell on.
    block, seen = filled(ResidualBlock(32, 64, embedding_dim=16)), {}
    for name, layer in block.named_children():
        layer.register_forward_hook(
            lambda _, took, gave, name=name: seen.update({name: (took[0].clone(), gave.clone())})
        )
    features, hands = torch.randn(2, 32, 8, 12, device=device), torch.randn(2, 16, device=device)
    with torch.no_grad():
        answer = block(features, hands)
    assert answer is not None, "forward returns nothing: is a `return` missing?"
    assert isinstance(answer, torch.Tensor), f"forward should return a tensor, not {type(answer).__name__}."
    assert answer.shape == (2, 64, 8, 12), f"the result should be (2, 64, 8, 12), not {tuple(answer.shape)}."
    assert answer.dtype == torch.float32, f"the result should be float32, not {answer.dtype}."
    unused = [name for name, _ in block.named_children() if name not in seen]
    if not unused:  # their weights may be used without a call; then the numbers below decide
        after_norm1, into_conv1 = seen["norm1"][1], seen["conv1"][0]
        assert torch.allclose(into_conv1, after_norm1 * after_norm1.sigmoid(), atol=1e-5), (
            "conv1 should receive SiLU of what norm1 returned."
        )
        assert torch.equal(seen["time_mlp"][0], hands), "time_mlp should receive the time embedding."
        steered, plain, factors = seen["norm2"][0], seen["conv1"][1], seen["time_mlp"][1]
        product = torch.einsum("bchw,bc->bchw", plain, factors)
        assert not torch.allclose(steered, plain, atol=1e-5), "norm2 gets conv1's output: where is the time?"
        assert not torch.allclose(steered, product + plain, atol=1e-5), (
            "you multiplied by 1 + s; here it is s alone."
        )
        added = plain + torch.einsum("bchw,bc->bchw", torch.ones_like(plain), factors)
        assert not torch.allclose(steered, added, atol=1e-5), (
            "you added s to the features; here s multiplies them."
        )
        assert torch.allclose(steered, product, atol=1e-5), (
            "norm2 should get conv1's output, each channel times its s."
        )
        after_norm2, into_conv2 = seen["norm2"][1], seen["conv2"][0]
        assert torch.allclose(into_conv2, after_norm2 * after_norm2.sigmoid(), atol=1e-5), (
            "conv2 should receive SiLU of what norm2 returned."
        )
        assert torch.equal(seen["skip"][0], features), "skip should receive the x that came into the block."
        assert torch.allclose(answer, seen["conv2"][1] + seen["skip"][1], atol=1e-5), (
            "the result should be conv2's output plus skip(x), and nothing after that."
        )
    called = f" These layers were never called: {', '.join(unused)}." if unused else ""
    with torch.no_grad():
        assert not torch.allclose(block(features, hands + 1), answer, atol=1e-5), (
            "with another time embedding the result is the same as before: is something kept from the first call, or "
            "is the time embedding not used?"
        )

    for channels, expected in {
        64: [1.0, 0.74, 1.09, 0.63, 0.86, 0.98],
        32: [1.15, 0.99, 0.96, 0.27, 1.22, 1.07],
    }.items():
        block = filled(ResidualBlock(channels, 64, embedding_dim=16))
        features = torch.arange(2 * channels * 128, device=device).sin().view(2, channels, 64, 2)
        hands, earlier = torch.arange(32, device=device).sin().view(2, 16), features.clone()
        for training in (True, False):
            block.train(training)
            block(features, -hands)
            answer = block(features, hands)
            got = answer.flatten()[::3271].tolist()
            assert np.allclose(got, expected, atol=0.02), (
                f"with {channels} channels in and 64 out, and weights that are given, the result does not follow "
                f"the formula{'' if training else ' in eval mode'}: is each layer used once, in its own place, with "
                f"its own weights and for this x and this time embedding alone?{called}"
            )
            assert torch.equal(features, earlier), "x changed: compute into new tensors."
            assert block.training is training, "forward should leave the block in the mode that it was in."
        assert answer.requires_grad, "no gradient passes the block: is it under no_grad, or detached?"
        answer.sum().backward()
        unlearned = [name for name, weight in block.named_parameters() if weight.grad is None]
        assert not unlearned, (
            f"no gradient reaches {', '.join(unlearned[:3])}: left out, detached or under no_grad?"
        )

# %% [markdown]
# ### TODO [simple_unet]: `simple_unet` (`SimpleUNet.forward`)
#
# Difficulty ●●○○○ · Importance ●●●●○ · about 35 min
#
# The image goes down to a quarter of its size, through a middle block, and up again. $C$ is
# `base_channels`:
#
# | step | layers | shape for a 28x28 digit |
# |---|---|---|
# | in | | `(B, 1, 28, 28)` |
# | start | `init_conv` | `(B, C, 28, 28)` |
# | down 1 | `down_res1`, then `down_conv1` | `(B, C, 28, 28)`, then `(B, C, 14, 14)` |
# | down 2 | `down_res2`, then `down_conv2` | `(B, 2C, 14, 14)`, then `(B, 2C, 7, 7)` |
# | middle | `middle_res` | `(B, 2C, 7, 7)` |
# | up 2 | `up_conv2`, then `up_res2` | `(B, C, 14, 14)` twice |
# | up 1 | `up_conv1`, then `up_res1` | `(B, C, 28, 28)` twice |
# | end | `final_norm`, SiLU, `final_conv` | `(B, 1, 28, 28)` |
#
# Every residual block gets the same time embedding. There is no activation after `final_conv`: noise takes
# any sign.
#
# | argument | shape | dtype |
# |---|---|---|
# | `x` | `(B, image_channels, H, W)`, with `H` and `W` divisible by 4 | float32 |
# | `timestep` | `(B,)` | integer |
# | **returns** | shaped like `x` | float32 |
#
# **What this network lacks.** A full [U-Net](https://arxiv.org/abs/1505.04597) also hands the features of each encoder
# level straight over to the decoder level of the same size. `SimpleUNet` has no such encoder-decoder skips, so where
# in the picture a detail lies has to be told on a grid of 7 by 7. It is the resolution that is short, not the count of
# numbers: `(2C, 7, 7)` are 6,272 for 784 pixels. The skips inside the residual blocks are something else. The class
# is called a U-Net for its shape: down and up again.


# %% todo="simple_unet"
# ✎ TODO [simple_unet]: this cell is yours.
class SimpleUNet(nn.Module):
    """Predicts the noise in x_t: down to a quarter of the size, and up again. No encoder-decoder skips."""

    def __init__(self, image_channels=1, base_channels=64):
        super().__init__()
        width, wide = base_channels, base_channels * 2
        self.time_embedding = TimeEmbedding(embedding_dim=128)
        self.init_conv = nn.Conv2d(image_channels, width, kernel_size=3, padding=1)

        self.down_res1 = ResidualBlock(width, width, embedding_dim=128)
        self.down_conv1 = nn.Conv2d(width, width, kernel_size=4, stride=2, padding=1)
        self.down_res2 = ResidualBlock(width, wide, embedding_dim=128)
        self.down_conv2 = nn.Conv2d(wide, wide, kernel_size=4, stride=2, padding=1)

        self.middle_res = ResidualBlock(wide, wide, embedding_dim=128)

        self.up_conv2 = nn.ConvTranspose2d(wide, width, kernel_size=4, stride=2, padding=1)
        self.up_res2 = ResidualBlock(width, width, embedding_dim=128)
        self.up_conv1 = nn.ConvTranspose2d(width, width, kernel_size=4, stride=2, padding=1)
        self.up_res1 = ResidualBlock(width, width, embedding_dim=128)

        self.final_norm = nn.GroupNorm(32, width)
        self.final_conv = nn.Conv2d(width, image_channels, kernel_size=3, padding=1)

    def forward(self, x, timestep):
        """TODO [simple_unet]: guess the noise in x at timestep.

        What must be true of the result:
        - shaped like x, for heights and widths divisible by 4;
        - the layers are passed in this order: init_conv, down_res1, down_conv1, down_res2, down_conv2,
          middle_res, up_conv2, up_res2, up_conv1, up_res1, final_norm, SiLU, final_conv;
        - the time embedding (given) is handed to all five residual blocks;
        - float32, as x is; x, timestep and the network's mode (train or eval) stay as they were.
        Free: the names in between, computing the embedding again.
        """
        time_emb = self.time_embedding(timestep)
        ### BEGIN SOLUTION
        h = self.init_conv(x)
        h = self.down_conv1(self.down_res1(h, time_emb))
        h = self.down_conv2(self.down_res2(h, time_emb))
        h = self.middle_res(h, time_emb)
        h = self.up_res2(self.up_conv2(h), time_emb)
        h = self.up_res1(self.up_conv1(h), time_emb)
        return self.final_conv(F.silu(self.final_norm(h)))
        ### END SOLUTION


# %% [markdown] hint="simple_unet"
# <details>
# <summary>Hints for TODO [simple_unet], by symptom</summary>
#
# - **I do not know where to start.** Walk down the table. Each layer takes what the layer before it
#   returned.
# - **I get: `forward() missing 1 required positional argument: 'time_embedding'`.** A residual block takes
#   two things.
# - **I get: `expected input ... to have 64 channels, but got 32 channels instead`.** The order is not the
#   table's: on the way *down* the block comes first, on the way *up* the convolution does.
# - **I get: `mat1 and mat2 must have the same dtype, but got Long and Float`.** A block got the raw
#   timesteps in place of their embedding.
# - **The check says that the size is wrong.** One of the four resizing convolutions is missing or was used
#   twice.
# - **The check says that SiLU is missing at the end.** The last norm's output passes an activation, the
#   last convolution's does not.
# - **Nearly there.** Thirteen steps, one variable that is overwritten at each.
#
# </details>

# %% check="simple_unet"
with check("simple_unet"):  # a NameError? Run the notebook from its first cell on.
    net, path, at = SimpleUNet(image_channels=2, base_channels=32), [], {}
    with torch.no_grad():
        net.final_conv.weight *= 50  # so that whatever squeezes the result shows

    def note(name, took, gave):
        path.append(name)
        at[name] = ([thing.detach().clone() for thing in took if torch.is_tensor(thing)], gave.detach().clone())
        return gave

    def noted(name, forward):
        """`forward`, with a note of the layer's name, of what it took and of what it gave."""
        return lambda *took, **named: note(name, (*took, *named.values()), forward(*took, **named))

    class Watch(torch.overrides.TorchFunctionMode):
        """Notes each use of a layer's weights, in whichever way the layer is called."""

        def __torch_function__(self, function, types, args=(), kwargs=None):
            named = kwargs or {}
            gave = function(*args, **named)
            used = [owners[id(thing)] for thing in (*args[1:], *named.values()) if id(thing) in owners]
            if used and torch.is_tensor(gave):
                note(used[0], [*args, *named.values()][:1], gave)
            return gave

    blocks = [name for name, layer in net.named_children() if isinstance(layer, ResidualBlock)]
    owners = {id(layer.weight): name for name, layer in net.named_children() if hasattr(layer, "weight")}
    for name in blocks:
        layer = getattr(net, name)
        layer.forward = noted(name, layer.forward)
    wanted = ["init_conv", "down_res1", "down_conv1", "down_res2", "down_conv2", "middle_res"]
    wanted += ["up_conv2", "up_res2", "up_conv1", "up_res1", "final_norm", "final_conv"]
    for count, mode, times in ((3, True, [0, 500, 999]), (3, False, [7, 70, 700]), (1, True, [400])):
        net.train(mode)
        images, steps = 2 * torch.randn(count, 2, 8, 12), torch.tensor(times)
        x, time_emb, shape = images.clone(), net.time_embedding(steps.clone()), (count, 2, 8, 12)
        path.clear()
        with Watch():
            answer = net(x, steps)
        assert isinstance(answer, torch.Tensor), f"forward should return a tensor, not {type(answer).__name__}."
        missing = [name for name in wanted if name not in path]
        assert not missing, f"these layers were never used: {', '.join(missing)}."
        assert len(path) == len(wanted), f"a layer was used twice. The path was: {', '.join(path)}."
        assert path == wanted, f"the order differs from the docstring's. The path was: {', '.join(path)}."
        for name in blocks:
            assert len(at[name][0]) == 2, f"{name} should get features and time embedding."
            assert torch.equal(at[name][0][1], time_emb), f"{name} should get the embedding of the timesteps."
        assert torch.allclose(at["init_conv"][0][0], images), "init_conv should get x as it came in."
        for before, name in zip(wanted, wanted[1:-1], strict=False):
            assert torch.allclose(at[name][0][0], at[before][1], atol=1e-5), (
                f"{name} should get what {before} returned, and nothing else."
            )
        normed, last_input = at["final_norm"][1], at["final_conv"][0][0]
        assert torch.allclose(last_input, normed * normed.sigmoid(), atol=1e-5), (
            "final_conv should receive SiLU of what final_norm returned."
        )
        assert answer.shape == shape, f"x has shape {shape}, the result {tuple(answer.shape)}."
        assert torch.allclose(answer.float(), at["final_conv"][1]), "the result should be what final_conv gives."
        assert answer.dtype == torch.float32, f"the result should be float32, as x is, not {answer.dtype}."
        kept = torch.equal(x, images) and steps.tolist() == times and net.training == mode
        assert kept, "forward should leave x, timestep and the network's mode as they are."
    answer.square().mean().backward()
    without = [name for name, weight in net.named_parameters() if weight.grad is None]
    assert not without, f"no gradient reaches {', '.join(without[:3])}: is something detached, or under no_grad?"

# %% [markdown]
# Now the whole network, with the sizes it will have in training. The next cell prints the shape after each
# layer. Compare it with the table above.

# %% name="show_shapes"
network, lines = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS), []
for name, layer in network.named_children():
    layer.register_forward_hook(lambda _, x, y, name=name: lines.append(f"{name:15} {tuple(y.shape)}"))
with torch.no_grad():
    network(torch.randn(4, 1, 28, 28), torch.tensor([0, 250, 500, 999]))
print("\n".join(lines))
print(f"parameters: {sum(weight.numel() for weight in network.parameters()):,}")

# %% [markdown]
# **A fine point about norms and channels.** [`GroupNorm(32, ...)`](https://arxiv.org/abs/1803.08494) makes 32 groups of channels and takes the
# mean and the spread out of each group. With 64 channels a group has two members, and what differs inside a
# group gets through: the brightness of a feature map, and the scale $s$ that came right before `norm2`.
# With 32 channels each group is a single channel. Then its brightness is gone, and of $s$ little more than
# the sign survives. We tried (in the course's repository `python bench/quoted.py --long` repeats it): trained with 32 channels in the same way, the network reached a loss of 0.044
# and drew strokes on backgrounds of random brightness. That is why even the laptop preset has 64 channels.
# Many networks modulate *after* the norm, and do not have the second half of this problem.
#
# **Further, if you like.** From how far away can one output pixel of the network see? Set the input to zero but for a single
# pixel, take the gradient of one output pixel with respect to the input, and draw its size.

# %% [markdown]
# ## Section 6: One training step
#
# ### TODO [train_step]: `train_step`
#
# Difficulty ●●●●○ · Importance ●●●●● · about 40 min
#
# Draw a noise level and a noise, mix them into the image, let the network guess the noise, and make the
# guess a little better:
#
# $$L = \mathrm{mean}\left[\left(\varepsilon_\theta(x_t, t) - \varepsilon\right)^2\right], \qquad
# t \sim \mathrm{Uniform}\{0, \dots, T-1\}, \qquad \varepsilon \sim \mathcal N(0, I).$$
#
# (Equation 14 of [DDPM](https://arxiv.org/abs/2006.11239), with a mean in the place of its sum.)
#
# The mean runs over everything: images, channels and pixels. The target is known exactly, so this is plain
# regression. One number to remember: a network that always answers 0 has an expected loss of exactly 1,
# since the noise has variance 1.
#
# Before the step, the gradient is **clipped**: if the norm of all gradients together exceeds 1.0, they are
# scaled down to norm 1.0. One huge gradient makes Adam's next steps small for a long time, and clipping prevents that.
#
# <details><summary>In numbers</summary>
#
# Adam divides by a running size of the gradients, so one that is 100 times the usual does not throw the weights far
# away: its step is 2.7 learning rates where 1.0 is usual. But Adam *remembers* that size: 50 updates later each step is
# only 0.27 of the usual. A clipped gradient leaves no such memory.
# </details>
#
# | argument | shape | dtype | meaning |
# |---|---|---|---|
# | `model` | | | called as `model(x_t, timesteps)` |
# | `optimizer` | | | over the model's parameters |
# | `x_0` | `(B, C, H, W)` | float32 | clean images, on any device |
# | `scheduler` | | | has `num_timesteps`, is passed on to `add_noise` |
# | `device` | | | where the work happens |
# | **returns** | | Python float | the loss of this batch |


# %% todo="train_step"
# ✎ TODO [train_step]: this cell is yours.
def train_step(model, optimizer, x_0, scheduler, device):
    """TODO [train_step]: one update of the model on one batch; returns the loss as a Python float.

    What must be true:
    - the model is in train mode and the images are on the device (given);
    - each image gets a timestep of its own, fresh at each call, uniform over 0 .. num_timesteps - 1, also in a
      batch of one;
    - the noise is fresh, standard normal, independent for each element;
    - the loss is the mean, over all elements, of (prediction - noise) squared;
    - the gradients come from this batch alone: whatever was stored before does not count;
    - their total norm is clipped to 1.0 after backward and before the step;
    - the optimizer that was given takes exactly one step, with the learning rate that it came with;
    - x_0 is not modified.
    Free: where the old gradients are cleared as long as they do not count, the order of the draws,
    add_noise or your own mixing.
    """
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    ### BEGIN SOLUTION
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    loss = F.mse_loss(model(x_t, timesteps), noise)

    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% [markdown] hint="train_step"
# <details>
# <summary>Hints for TODO [train_step], by symptom</summary>
#
# - **I do not know where to start.** Two halves. First get a loss: timesteps, noisy images, guess, mean
#   squared difference. Then use it: clear, backward, clip, step.
# - **I get: `index 1000 is out of bounds`.** The upper end of `torch.randint` is already excluded. Which
#   ends do you need?
# - **I get: `tensors used as indices must be long, ...`.** Timesteps are integers. `torch.rand` makes
#   floats.
# - **I get: `Expected all tensors to be on the same device`.** Draw the timesteps where the images are:
#   pass the device.
# - **The check says that some timesteps never come.** Look at the lower end, the upper end, and at any
#   minus one.
# - **"the loss is not the mean squared difference ..."** Either the noise is another one: what the network must guess is
#   the noise that went *into this* `x_t`, the one that `add_noise` returns; a second draw is another noise. Or the loss
#   is: the mean, over all elements, of *squares*, not of absolute values or of something in between.
# - **"should not change the images"** is about train_step, or about `add_noise`, if that writes into what it gets.
# - **"should be equally likely"** Rounding gives the two ends half as much as the others. Draw whole numbers.
# - **"the weights did not move"** Is there a step of the optimizer at *every* call, after backward?
# - **"Do old gradients count?"** PyTorch adds gradients up until somebody clears them.
# - **"the step has length ..."** `torch.nn.utils` has a function that clips the norm in place. It only helps between
#   backward and step, and to the norm that the docstring names.
# - **I get: `Found no NVIDIA driver`.** Something is moved to "cuda". Use the `device` that you are given.
# - **The check says tensor, not float.** A tensor of one number has a method that gives the bare number.
# - **Nearly there.** Nine calls in all: `randint`, `add_noise`, the model, `F.mse_loss`, `zero_grad`,
#   `backward`, `clip_grad_norm_`, `step`, `item`.
#
# </details>

# %% check="train_step"
with check("train_step"):  # a NameError? Run the notebook from its first cell on.
    signal, spread = torch.tensor([0.96, 0.8, 0.6, 0.28]), torch.tensor([0.28, 0.6, 0.8, 0.96])
    levels = stand_in_schedule(signal=signal.tolist(), noise=spread.tolist())
    draws = []
    for weight, bias in ((5.0, 1.0), (0.7, 0.1)):  # a huge gradient, and one far below norm 1
        probe, images = Probe(weight, bias).to(device).eval(), torch.rand(256, 1, 8, 8)
        plain = optim.SGD([{"params": [probe.weight]}, {"params": [probe.bias]}], lr=0.1)
        for kept in probe.parameters():
            kept.grad = torch.full_like(kept, -1000.0)  # left over from somewhere: must not count
        for _ in range(6):
            probe.calls.clear()
            given, start = images.clone(), [kept.item() for kept in probe.parameters()]
            value = train_step(probe, plain, given, levels, device)
            assert isinstance(value, float), f"the loss should be a Python float, not {type(value).__name__}."
            assert torch.equal(given, images), "train_step should not change the images that it was given."
            assert probe.calls, "the model was never called."
            x_t, steps, training = (
                torch.cat([call[0] for call in probe.calls]).cpu(),
                torch.cat([call[1] for call in probe.calls]).cpu(),
                all(call[2] for call in probe.calls),
            )
            assert training, "the model should be in train mode when it is called."
            assert x_t.shape == images.shape, (
                f"the model should see the batch once, {tuple(images.shape)}, not {tuple(x_t.shape)}."
            )
            assert steps.shape == (256,), f"256 images need 256 timesteps, not shape {tuple(steps.shape)}."
            assert bool((steps == steps.long()).all()), "the timesteps should be whole numbers."
            low, high = int(steps.min()), int(steps.max())
            assert low >= 0 and high < 4, f"with 4 timesteps they should lie in 0 .. 3, not in {low} .. {high}."
            assert low < high, "all images of the batch got the same timestep; each should get its own."
            at = steps.long()
            mixed_in = (x_t - signal[at, None, None, None] * images) / spread[at, None, None, None]
            assert abs(mixed_in.mean()) < 0.05 and abs(mixed_in.std() - 1) < 0.04, (
                "going by the timesteps that the model was told, what was mixed into the images is not standard "
                "normal noise. Does the model see the x_t of add_noise, and the same timesteps?"
            )
            together = 64 * mixed_in.mean((1, 2, 3)).square().mean()
            assert together < 1.7, "the noise of an image's pixels, or of the images, goes together."
            assert not torch.allclose(mixed_in[0], mixed_in[1], atol=1e-4), "each image needs noise of its own."
            errors = start[0] * x_t + start[1] - mixed_in
            assert math.isclose(value, errors.square().mean().item(), rel_tol=1e-4), (
                "the loss is not the mean squared difference between the model's answer and the noise in x_t."
            )
            gradient = 2 * torch.stack([(errors * x_t).mean(), errors.mean()])
            moved = (torch.tensor(start) - torch.stack([*probe.parameters()]).detach().cpu()) / 0.1
            length, norm = moved.norm().item(), gradient.norm().item()
            assert length > 0, "the weights did not move: it takes backward and then one optimizer step."
            assert norm < 1 or length < 1.01, (
                f"the step has length {length:.3g} times the learning rate: clip the gradient norm to 1.0 between "
                "backward and step. If it has the wrong direction, too, old gradients count."
            )
            assert torch.allclose(moved, gradient / max(1.0, norm), atol=2e-3), (
                f"the gradient has norm {norm:.3g}, but the weights moved in another direction, or by another length "
                f"({length:.3g} times the learning rate). Do old gradients count? Is the norm of all gradients "
                "together clipped, and only where it exceeds 1? Is there one step of the optimizer that was given?"
            )
            draws.append(steps)
    assert not torch.equal(draws[0], draws[1]), "two calls drew the same timesteps: is there a seed inside?"
    every = torch.stack(draws).float()
    shares = [(every == step).float().mean().item() for step in range(4)]
    assert max(abs(share - 0.25) for share in shares) < 0.0625, (
        f"0, 1, 2, 3 should be equally likely, but their shares are {[round(share, 2) for share in shares]}."
    )
    places = torch.arange(256.0).repeat(12)
    related = torch.corrcoef(torch.stack([every.flatten(), places]))[0, 1]
    assert abs(related) < 0.15, "a timestep should not depend on the image's place in the batch: are they sorted?"

# %% [markdown]
# **Further, if you like.** Print the gradient's norm before clipping for a hundred steps of a fresh network. How often is it
# above 1 in the first ten, how often in the last ten?

# %% [markdown]
# ## Section 7: One epoch
#
# ### TODO [train_epoch]: `train_epoch`
#
# Difficulty ●○○○○ · Importance ●●●○○ · about 20 min
#
# One epoch shows every training image once. Its loss is the mean over the batches:
#
# $$\bar L = \frac{1}{\#\text{batches}} \sum_{\text{batches}} L_{\text{batch}} .$$
#
# | argument | type | meaning |
# |---|---|---|
# | `model`, `optimizer` | | passed on to `train_step` |
# | `train_loader` | iterable | yields `(images, labels)`; the labels are not needed |
# | `scheduler`, `device` | | passed on to `train_step` |
# | **returns** | Python float | mean loss of the epoch |


# %% todo="train_epoch"
# ✎ TODO [train_epoch]: this cell is yours.
def train_epoch(model, optimizer, train_loader, scheduler, device):
    """TODO [train_epoch]: one pass over train_loader; returns the mean of the batch losses as a Python float.

    What must be true:
    - train_step is called once for each batch, in the loader's order, with that batch's images;
    - labels are ignored, and nothing else is done to the model (weights, what is trained), the optimizer
      (settings, state) or the gradient mode;
    - the model is in train mode (given) and stays there, and train_step gets what train_epoch got, the
      device included;
    - the result is the mean of this epoch's batch losses, a Python float. Where the last batch is smaller,
      each may count the same or by its size.
    Free: a progress bar (tqdm) or none, how you take the mean.
    """
    model.train()
    total_loss = 0.0
    num_batches = 0
    ### BEGIN SOLUTION
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
    ### END SOLUTION


# %% [markdown] hint="train_epoch"
# <details>
# <summary>Hints for TODO [train_epoch], by symptom</summary>
#
# - **I do not know where to start.** A `for` loop over the loader, with two counters that are already
#   there.
# - **I get: `'list' object has no attribute 'to'`.** The loader yields pairs. Unpack them and pass the
#   images alone.
# - **I get: `unsupported operand type(s) for +=: 'float' and 'NoneType'`.** `train_step` returns nothing:
#   see TODO [train_step].
# - **I get: `division by zero`.** The number of batches was never counted up.
# - **"3 batches need as many calls of train_step, not 1"** A `return` inside the loop ends it after the first round.
# - **"the sum of the batch losses"** Divide at the end.
# - **"is not the mean of the losses"** Divide by what you counted: batches, if each loss counts once; images, if each loss
#   counts as often as its batch has images.
# - **"leave ... to train_step"** The loop trains and adds up. It freezes nothing, resets nothing, and steps nowhere itself.
# - **Nearly there.** Name what you do not need `_`, add what `train_step` returns, count, divide after the
#   loop.
#
# </details>

# %% check="train_epoch"
with check("train_epoch"):  # a NameError? Run the notebook from its first cell on.
    script = [0.5, 2.25, 6.0, 0.25, 1.5]
    probe, given, place = Probe(1.0), object(), device
    adam, asked, answered = optim.Adam(probe.parameters(), lr=0.01), [], []
    adam.state["note"] = "to be kept"

    def untouched():
        """Whether all is as it was that only train_step may change, or nothing may."""
        group, weights = adam.param_groups[0], [weight.item() for weight in probe.parameters()]
        settings = (group["lr"], group["betas"], group["eps"], group["weight_decay"]) == (0.01, (0.9, 0.999), 1e-8, 0)
        trained = all(weight.requires_grad for weight in probe.parameters())
        return settings and trained and weights == [1.0, 0.0] and adam.state.get("note") == "to be kept"

    def scripted_step(model, optimizer, x_0, scheduler, device):
        """In the place of train_step: notes the batch, and answers with the next loss of the script."""
        assert isinstance(x_0, torch.Tensor), "train_step should get the images alone, without the labels."
        same = model is probe and optimizer is adam and scheduler is given and torch.device(device) == place
        assert same, "train_step should get the model, optimizer, scheduler and device that train_epoch got."
        assert torch.is_grad_enabled(), "train_step cannot go backward under no_grad."
        assert model.training, "the model should be in train mode."
        assert untouched(), "leave the model's weights and the optimizer's settings and state to train_step."
        for weight in model.parameters():
            weight.grad = torch.ones(())
        asked.append(x_0.cpu())
        answered.append(script[(2 * len(asked)) % 5] + len(asked) / 64)
        return answered[-1]

    loaders = []
    for count, size in ((10, 4), (12, 4), (130, 1)):  # the last batch of the first loader is smaller
        labelled = torch.utils.data.TensorDataset(torch.rand(count, 1, 8, 8), torch.arange(count) % 3)
        loaders.append(DataLoader(labelled, batch_size=size))
    for loader in (*loaders, loaders[0]):
        batches = [images for images, _ in loader]
        with swapped(train_step=scripted_step):
            value = train_epoch(probe.eval(), adam, loader, given, place)
        assert asked, "train_step was never called."
        assert len(asked) == len(batches), f"{len(batches)} batches need as many calls of train_step, not {len(asked)}."
        assert all(map(torch.equal, asked, batches)), "each batch should be used once, as it is, in the loader's order."
        assert value is not None, "train_epoch returned nothing."
        assert isinstance(value, float), f"the result should be a Python float, not {type(value).__name__}."
        losses, sizes = np.array(answered), np.array([len(batch) for batch in batches])
        assert not math.isclose(value, losses.sum()), (
            "this is the sum of the batch losses; divide it by the number of batches."
        )
        assert not math.isclose(value, losses[-1]), (
            "this is the loss of the last batch; take the mean over all batches."
        )
        means = losses.mean(), np.average(losses, weights=sizes)
        assert any(math.isclose(value, mean, rel_tol=1e-6) for mean in means), (
            f"train_step returned {', '.join(f'{loss:.4g}' for loss in losses[:3])}{', ...' if len(losses) > 3 else ''} for "
            f"batches of {', '.join(map(str, sizes[:3]))}{', ...' if len(sizes) > 3 else ''} images. The mean is "
            f"{means[0]:.4g}, or {means[1]:.4g} if each counts by its size; yours is {value:.4g}."
        )
        assert all(weight.requires_grad for weight in probe.parameters()), "the epoch froze weights of the model."
        assert [weight.item() for weight in probe.parameters()] == [1.0, 0.0], "the epoch changed weights by itself."
        assert untouched(), "the epoch changed the optimizer's settings or state: leave them to train_step."
        assert probe.training, "the model should stay in train mode after the epoch."
        assert torch.is_grad_enabled(), "gradients should stay switched on."
        asked.clear()
        answered.clear()

# %% [markdown]
# ## Section 8: The whole training
#
# The provided function below draws what `main` found. The left panel shows the loss. The right panel shows
# its change from each epoch to the next. **Only rises speak against a smooth run**: a large fall is
# progress. The first fall is usually the largest change of all, and a test that counts it as a jump would
# call healthy runs rough.


# %% given="plot_convergence"
def plot_convergence(epoch_losses: list[float]) -> None:
    """Draw the loss by epoch and its changes, and say how smooth the run was: only rises count against it."""
    epochs = range(1, len(epoch_losses) + 1)
    changes = np.diff(epoch_losses)
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    left.plot(epochs, epoch_losses, marker="o", color=BLUE)
    left.set(xlabel="epoch", ylabel="mean training loss", title="Loss by epoch", ylim=(0, None))
    right.bar(epochs[1:], np.minimum(changes, 0), color=BLUE, label="fall")
    right.bar(epochs[1:], np.maximum(changes, 0), color=VERMILION, hatch="//", label="rise")
    right.axhline(0, color="black", linewidth=0.8)
    right.set_yscale("symlog", linthresh=1e-3)
    right.set(xlabel="epoch", ylabel="change from the epoch before", title="Changes: only rises are a worry")
    right.legend(frameon=False, loc="lower right")
    for axis in (left, right):
        axis.set_xticks(epochs)
    plt.tight_layout()
    plt.show()

    first, last = epoch_losses[0], epoch_losses[-1]
    rises = changes[changes > 0]
    share = (100 * changes / epoch_losses[:-1]).max(initial=0.0)  # against the loss that it rose from
    print(f"rises: {len(rises)} of {len(changes)}, the largest by {share:.1f} % of the loss before it")
    print(f"rule of thumb, no rise above 10 % of the loss before it: {'smooth' if share <= 10 else 'not smooth'}")


# %% [markdown]
# ### TODO [main]: `main`
#
# Difficulty ●○○○○ · Importance ●●●●○ · about 15 min
#
# Everything comes together. The lines that build model, schedule and optimizer are given, and so are the
# plots. You write the loop over the epochs.
#
# | name | what it is |
# |---|---|
# | `train_epoch`, `train_loader`, `device` | TODO [train_epoch], and the globals of Sections 1 and 2 |
# | `model`, `scheduler`, `optimizer` | given: `SimpleUNet`, 1,000 timesteps, Adam with learning rate 0.001 |
# | `num_epochs`, `epoch_losses` | given: 10, and an empty list for you to fill |
# | **returns** `model, epoch_losses` | given; the cells below use them |


# %% todo="main"
# ✎ TODO [main]: this cell is yours.
def main():
    """TODO [main]: train for ten epochs; returns the trained model and the list of epoch losses.

    What must be true:
    - train_epoch is called ten times, each time with the same model, optimizer and schedule, on train_loader
      (or a loader of your own over no fewer digits) and device;
    - all parameters are trained, by Adam with learning rate 0.001 and its usual settings, and nothing else
      changes them; the model that comes back is the one that was trained;
    - epoch_losses holds one loss an epoch, in order; each call of main starts anew;
    - each epoch's loss is printed when the epoch ends, before the next one starts (by print or whatever
      else shows below the cell: a progress bar, display, a logger).
    Free: the wording of the printed lines, the kind of loop.
    """
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    keeper.watch(model, epoch_losses, num_epochs)  # so nothing is lost where this run stops early
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    ### BEGIN SOLUTION
    for epoch in range(1, num_epochs + 1):
        epoch_losses.append(train_epoch(model, optimizer, train_loader, scheduler, device))
        print(f"epoch {epoch:2d} of {num_epochs}: mean loss {epoch_losses[-1]:.4f}")
    ### END SOLUTION
    plot_convergence(epoch_losses)
    return model, epoch_losses


# %% [markdown] hint="main"
# <details>
# <summary>Hints for TODO [main], by symptom</summary>
#
# - **I do not know where to start.** Three things for each epoch: train, keep, print.
# - **I get: `missing 1 required positional argument`.** `train_epoch` takes five arguments. Their order
#   stands in TODO [train_epoch].
# - **I get: `IndexError: list index out of range` in `plot_convergence`.** `epoch_losses` is still empty:
#   keep each loss.
# - **The check says a new model in each epoch.** Build once, before the loop. The given lines do that
#   already.
# - **The check says fewer calls.** `range(num_epochs)` has ten members; `range(1, num_epochs)` has nine.
# - **Nearly there.** `append` what `train_epoch` returns, then print the epoch's number and its loss.
#
# </details>

# %% check="main"
with check("main"):  # a NameError? Run the notebook from its first cell on.
    script = [0.9173, 0.5026, 0.4091, 0.4538, 0.3047, 0.2519, 0.2084, 0.1562, 0.1015, 0.1237]
    calls, plotted, left = [], [], []

    def so_far():
        """What shows below the cell: printed, on either stream, and displayed."""
        return screen.stdout, screen.stderr, " ".join(str(output.data) for output in screen.outputs)

    def scripted_epoch(model, optimizer, train_loader, scheduler, device):
        """In the place of train_epoch: notes its arguments, trains a little, answers with the next loss."""
        assert isinstance(model, nn.Module), f"the first argument is the model, not {type(model).__name__}."
        assert isinstance(optimizer, optim.Adam), f"the second is Adam, not {type(optimizer).__name__}."
        assert not isinstance(optimizer, optim.AdamW), "AdamW is another optimizer than Adam."
        calls.append((model, optimizer, train_loader, scheduler, device, so_far()))
        weights = list(model.parameters())
        held = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        assert held == {id(weight) for weight in weights}, "the optimizer should hold this model's weights."
        assert all(weight.requires_grad for weight in weights), "all weights should be trained: some are frozen."
        usual = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False}
        for name, setting in usual.items():
            for group in optimizer.param_groups:
                assert group[name] == setting, f"Adam's {name} should be {setting}, not {group[name]}."
        same = weights[0].device.type == torch.device(device).type
        assert same, f"train_epoch gets the device {device}, but the model lies on {weights[0].device}."
        if len(calls) > 1:
            told = "between two epochs main should change neither the model nor the optimizer, and make no new ones."
            assert model is calls[0][0] and optimizer is calls[0][1] and torch.equal(weights[0], left[-1]), told
            assert optimizer.state.get("epoch") == len(calls) - 1, told
        optimizer.state["epoch"] = len(calls)
        with torch.no_grad():
            for weight in weights:
                weight += 0.01
                weight.grad = torch.ones_like(weight)
        left.append(weights[0].detach().clone())
        return script[min(len(calls), 10) - 1] / rounds

    for rounds in (1, 4):  # main should start anew when it is called again
        calls.clear()
        plotted.clear()
        left.clear()
        stand_ins = {"train_epoch": scripted_epoch, "plot_convergence": lambda losses: plotted.append([*losses])}
        with capture_output() as screen, swapped(**stand_ins, BASE_CHANNELS=32):
            answer = main()
        assert calls, "train_epoch was never called."
        assert len(calls) == 10, f"ten epochs need ten calls of train_epoch, not {len(calls)}."
        model, schedule = calls[0][0], NoiseScheduler(num_timesteps=1000)
        for _, _, loader, scheduler, place, _ in calls:
            digits = getattr(getattr(loader, "iterable", loader), "dataset", ())
            assert len(digits) >= len(train_dataset), "the third argument is train_loader, with all its digits."
            assert isinstance(scheduler, NoiseScheduler), "the fourth is the scheduler."
            assert scheduler is calls[0][3], "all epochs should share one scheduler."
            same = len(scheduler.betas) == 1000 and torch.allclose(scheduler.betas.cpu(), schedule.betas.cpu())
            assert same, "the schedule should have 1000 steps, with the usual first and last beta."
            assert torch.device(place).type == device.type, f"the fifth is the device, {device}, not {place}."
        assert torch.equal(next(model.parameters()), left[-1]), "the model should stay as the last epoch left it."
        assert answer is not None, "main should end with the given line that returns the model and the losses."
        returned = answer if isinstance(answer, tuple) else (answer,)
        networks = [thing for thing in returned if isinstance(thing, nn.Module)]
        assert not networks or networks[0] is model, "main should return the model that was trained."
        history = [loss / rounds for loss in script]
        shown = [call[5] for call in calls] + [so_far()]
        for number, loss in enumerate(history, 1):
            new = " ".join(now[len(then) :] for then, now in zip(shown[number - 1], shown[number], strict=True))
            printed = [(float(whole), len(digits)) for whole, digits in re.findall(r"(\d+\.(\d+))", new)]
            assert any(abs(value - loss) <= 0.51 * 0.1**digits for value, digits in printed), (
                f"epoch {number} should show its loss when it ends, before the next one starts."
            )
        lists = [thing for thing in returned if isinstance(thing, (list, np.ndarray))]
        for losses in (*plotted, *lists[:1]):  # plotted is empty where main draws its own plots
            assert len(losses) > 0, "epoch_losses is empty at the end: keep what train_epoch returns."
            assert np.shape(losses) == (10,) and np.allclose(losses, history, atol=1e-6), (
                "epoch_losses should hold what train_epoch returned, one a call, in order."
            )

# %% [markdown]
# ### Predict before you run: the loss curve
#
# Decide first, on paper:
#
# (What we saw stands under *Expected outputs*.)
#
# 1. Roughly where does the *first* epoch's mean loss lie? Remember what a network that always answers 0
#    gets.
# 2. Which epoch brings the largest change?
# 3. Will the loss fall in every single epoch? What could make it rise although nothing is wrong?
#
# **Before the long run.** More threads are not always faster: those of a busy machine wait for each other. The next
# cell lets your network take a few steps with several numbers of threads, keeps the quickest, and says how long the
# training will take.

# %% rerun=false name="choose_threads"
def seconds_a_step(threads: int, steps: int = 4) -> float:
    """How long a step on 64 digits takes with so many threads: the fastest of a few."""
    torch.set_num_threads(threads)
    model, times = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device), []
    digits, moments = torch.randn(64, 1, 28, 28, device=device), torch.arange(64, device=device)
    for _ in range(steps):
        started = time.perf_counter()
        model(digits, moments).square().mean().backward()
        times.append(time.perf_counter() - started)
    return min(times)


if device.type == "cpu":
    most = torch.get_num_threads()
    tried = {threads: seconds_a_step(threads) for threads in sorted({1, 2, 4, 8, most}) if threads <= most}
    enough = [threads for threads in tried if tried[threads] < 1.1 * min(tried.values())]
    torch.set_num_threads(enough[0])
    said = ", ".join(f"{seconds:.2f} with {threads}" for threads, seconds in tried.items())
    print(f"Seconds a step, by the number of threads: {said}.")
    minutes = 10 * len(train_loader) * tried[enough[0]] / 60
    print(f"Threads: {enough[0]}. Ten epochs of {len(train_loader)} batches will take about {minutes:.0f} minutes.")

# %% [markdown]
# Now train. It is a long run: the grader reads the output that you saved and does not run it again. You may stop it
# at any time (*Kernel → Interrupt*), close the tab or lose the kernel. After each epoch the keeper writes weights and
# losses to `training.pt`, and the cells below go on from there. After a restart, run the cells up to the check of
# `main`, leave out this one, and go on below it.

# %% rerun=false name="run_main"
# Figure: left, mean loss by epoch: a steep fall after the first, then a slow one. Right, the change from epoch to
# epoch: nearly all bars point down, a rise is hatched.
torch.manual_seed(0)
result = None
with keeper:
    result = main()

# %% [markdown]
# ### How to read this curve
#
# Nothing *guarantees* that the loss falls from epoch to epoch. Each batch draws new timesteps and new
# noise, so batch losses scatter, and the mean over an epoch scatters a little too. What you can expect is
# the trend: the target of this regression is fixed, and the steps go downhill on average. Besides, an
# epoch's mean is taken while the weights are still changing, so it lags behind the model that you have at
# the end.
#
# **And a GAN?** A GAN has two losses, one for each of two networks that work against each other. When one
# gets better, the other one's loss goes up, so neither curve measures progress the way a regression loss
# does. The lecture demo (`solutions/demo` in the course's repository) shows the curves of a real GAN, trained on these
# digits, next to a real DDPM's. Compare yours with them there; we print no invented curve here. Keep one thing in mind: a smooth loss is
# pleasant, but it is not yet a good sample.
#
# **Further, if you like.** Draw the loss of every batch of an epoch beside the mean of that epoch. How many batches would you
# have to average to see a fall of 2 %?

# %% [markdown]
# ## Section 9: Digits that the network has never seen
#
# A training loss says how well the network does on what it was shown. To see whether it learned more than
# that, we measure the same loss on held-out digits. The loss depends on the draws of $t$ and $\varepsilon$,
# so we draw several times: the range of $t$ is cut into ten equal parts, and every image gets one random
# $t$ from each part, with fresh noise. The mean over all is an unbiased estimate of the loss of TODO [train_step].
# Beside it stands its standard error, the spread of the image means divided by
# $\sqrt{\text{number of images}}$.


# %% given="held_out"
def trained_model(result) -> nn.Module | None:
    """The network in what main() returned, or else what its keeper wrote; None with a kind word when there is none."""
    parts = result if isinstance(result, tuple | list) else [result]
    for part in parts:
        if isinstance(part, nn.Module):
            return part.eval()
    print("main() has returned no model: it was stopped, has not run, or lacks its given last line.")
    if not os.path.exists(keeper.file):
        print("Nothing was kept either (its given line with keeper.watch does that, over train_loader). Run main again.")
        return None
    model, kept = load_weights(keeper.file)
    if model is not None:
        losses = ", ".join(f"{loss:.4f}" for loss in kept["losses"]) or "not noted"
        print(f"These are the weights that {keeper.file} kept, {kept['when']}. Losses of its epochs: {losses}.")
    return model


def first_images(dataset, count: int = 500) -> torch.Tensor:
    """The first `count` images of a data set, (count, 1, 28, 28)."""
    return torch.stack([dataset[i][0] for i in range(min(count, len(dataset)))])


@torch.no_grad()
def losses_by_range(guess, scheduler: NoiseScheduler, images: torch.Tensor, parts: int = 10) -> torch.Tensor:
    """Squared error of guess(x_t, t), (images, parts): for each image one t from each part of 0..T-1."""
    width, columns = scheduler.num_timesteps // parts, []
    for start in range(0, parts * width, width):
        errors = []
        for some in images.to(device).split(250):
            when = torch.randint(start, start + width, (len(some),), device=device)
            noisy, mixed_in = add_noise(some, when, scheduler)
            errors.append((guess(noisy, when) - mixed_in).square().mean(dim=(1, 2, 3)).cpu())
        columns.append(torch.cat(errors))
    return torch.stack(columns, dim=1)


def mean_and_error(losses: torch.Tensor) -> tuple[float, float]:
    """Mean over images and draws, and its standard error over images."""
    per_image = losses.mean(dim=1)
    return per_image.mean().item(), per_image.std().item() / math.sqrt(len(per_image))


# %% [markdown]
# **Predict before you run.** Early timesteps hold little noise, late ones are almost nothing but noise. In
# which range is the loss largest? And how good is the laziest answer of all, handing back $x_t$ itself as
# the guess? (The cell takes about a minute on two CPU cores.)

# %% rerun=false name="run_held_out"
# Figure: loss over timestep t, on a logarithmic axis. Trained-on and held-out digits share a line that falls from
# 0.13 to 0.003; the guess x_t itself starts far above it, and ends below it from about t = 700 on.
held_out_model = trained_model(result)
if held_out_model is not None:
    schedule = NoiseScheduler(num_timesteps=1000)
    seen_losses = losses_by_range(held_out_model, schedule, first_images(train_dataset))
    new_losses = losses_by_range(held_out_model, schedule, first_images(test_dataset))
    lazy_losses = losses_by_range(lambda noisy, when: noisy, schedule, first_images(test_dataset))

    table = {"trained on": seen_losses, "held out": new_losses, "held out, guess x_t": lazy_losses}
    for name, losses in table.items():
        mean, error = mean_and_error(losses)
        print(f"{name:20} loss {mean:.4f} ± {error:.4f}   ({len(losses):,} digits, 10 draws each)")

    print("\n t from .. to   trained on   held out            guess x_t")
    for part in range(new_losses.shape[1]):
        seen, lazy = seen_losses[:, part].mean(), lazy_losses[:, part].mean()
        new, error = mean_and_error(new_losses[:, part : part + 1])
        print(
            f"{100 * part:5d} .. {100 * part + 99:3d}   {seen:10.4f}   {new:.4f} ± {error:.4f}   {lazy:10.4f}"
        )

    middles = np.arange(10) * 100 + 50
    fig, axis = plt.subplots(figsize=(7, 3.6))
    axis.plot(middles, lazy_losses.mean(dim=0), "s--", color=VERMILION, label="guess $x_t$ itself")
    axis.plot(middles, seen_losses.mean(dim=0), "^:", color=GREEN, label="model, trained on")
    axis.plot(middles, new_losses.mean(dim=0), "o-", color=BLUE, label="model, held out")
    axis.set(xlabel="timestep t", ylabel="loss", yscale="log", title="Where the loss comes from")
    axis.legend(frameon=False)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# The loss is largest where the noise is *smallest*. When $x_t$ is nearly the clean image, faint noise hides
# among the strokes and there is little to tell it by. At the end of the schedule $x_t$ is nearly the noise
# itself, and handing it back is almost perfect. So the mean loss is mostly made by the early timesteps, and
# a low loss at late ones is no achievement: look at the lazy guess. In our run 500 digits of each kind gave
# 0.0372 ± 0.0004 (held out) and 0.0369 ± 0.0004 (trained on): no difference to be seen. Beyond $t = 700$
# the lazy guess even beat the network.
#
# </details>
#
# **Further, if you like.** Give the network a digit that it was not trained for: your own, drawn with the mouse and brought
# down to 28 by 28 pixels. Is its loss at $t = 100$ above that of the held-out digits? And that of a picture of a shoe?

# %% [markdown]
# ## Section 10: Draw digits
#
# Sampling runs the process backwards. Start from pure noise $x_{T-1} \sim \mathcal N(0, I)$ and repeat, for
# $t = T-1, \dots, 0$ (algorithm 2 of [DDPM](https://arxiv.org/abs/2006.11239); the spiral lab derives it):
#
# $$x_{t-1} = \frac{1}{\sqrt{\alpha_t}}
# \left( x_t - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\, \varepsilon_\theta(x_t, t) \right) + \sigma_t z,
# \qquad z \sim \mathcal N(0, I), \quad \sigma_t^2 = \beta_t .$$
#
# The bracket takes a little of the guessed noise out, the factor in front undoes the shrinking of that one
# step, and $\sigma_t z$ puts fresh noise back in. The last step, at $t = 0$, adds none. The other usual
# choice of variance is $\sigma_t^2 = \beta_t (1-\bar\alpha_{t-1})/(1-\bar\alpha_t)$.
#
# The code takes the same step by another route, through the clean image that the guess implies (with
# $\bar\alpha_{-1} = 1$; equations 15 and 7 of [DDPM](https://arxiv.org/abs/2006.11239)):
#
# $$\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\, \varepsilon_\theta(x_t, t)}{\sqrt{\bar\alpha_t}}, \qquad
# x_{t-1} = \frac{\sqrt{\bar\alpha_{t-1}}\, \beta_t}{1-\bar\alpha_t}\, \hat x_0 +
# \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\, x_t + \sigma_t z .$$
#
# Put $\hat x_0$ into the second formula and you get the first one back. The detour has a reason. Pixels lie
# in $[-1, 1]$, so $\hat x_0$ may be clipped to that range. At $t = 999$ the division by
# $\sqrt{\bar\alpha_t}$ multiplies every error of the guess by 157. Without the clip such errors pile up
# over a thousand steps, and a briefly trained network drifts to pictures that are far too bright or too
# dark. Try `clip=False`.
#
# Every number comes from *your* tables. Sampling asks the network 1,000 times, one call after the other, so
# it is slow: 16 digits take about 45 seconds on two CPU cores.


# %% given="sampling"
@torch.no_grad()
def sample_digits(
    model: nn.Module,
    scheduler: NoiseScheduler,
    count: int = 16,
    keep: tuple[int, ...] = (),
    clip: bool = True,
) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
    """The full DDPM reverse process: `count` images, and the states just before the steps in `keep`."""
    model.eval()
    x, kept = torch.randn(count, 1, 28, 28, device=device), {}
    for t in reversed(range(scheduler.num_timesteps)):
        if t in keep:
            kept[t] = x.cpu()
        beta, left = scheduler.betas[t].item(), scheduler.alphas_cumprod[t].item()
        left_before = scheduler.alphas_cumprod[t - 1].item() if t > 0 else 1.0
        eps = model(x, torch.full((count,), t, device=device))
        clean = (x - math.sqrt(1 - left) * eps) / math.sqrt(left)
        if clip:
            clean = clean.clamp(-1, 1)
        x = (math.sqrt(left_before) * beta * clean + math.sqrt(1 - beta) * (1 - left_before) * x) / (1 - left)
        if t > 0:
            x = x + math.sqrt(beta) * torch.randn_like(x)
    return x.cpu(), kept


def show_grid(images: torch.Tensor, title: str, columns: int = 8) -> None:
    """Show images (N, 1, 28, 28) in rows of `columns`."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(columns, 1.05 * rows + 0.4), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image in zip(axes.flat, images, strict=False):
        axis.imshow(image.squeeze().clamp(-1, 1), cmap="gray", vmin=-1, vmax=1)
    fig.suptitle(title)
    plt.tight_layout()
    plt.show()


# %% [markdown]
# **Predict before you run.** At which $t$ will you first make out a digit on the way from noise: 700, 400
# or 100? What will go wrong more often: the texture of the strokes, or the shape of the whole digit? (What we saw:
# strokes come out between 400 and 300; strokes look right where whole digits often do not.)

# %% rerun=false name="run_sampling"
# Figure: three grids. 16 samples of your network, bright strokes on black; 16 training digits; and four samples on
# their way, of which strokes show from about t = 300 on.
sampling_model = trained_model(result)
if sampling_model is not None:
    digits, on_the_way = sample_digits(
        sampling_model, NoiseScheduler(num_timesteps=1000), keep=(999, 800, 600, 400, 300, 200, 100)
    )
    show_grid(digits, "16 sampled digits")
    show_grid(first_images(train_dataset, 16), "16 training digits, for comparison")
    story = torch.stack([*(state[:4] for state in on_the_way.values()), digits[:4]], dim=1).flatten(0, 1)
    show_grid(story, "From noise to digit: t = " + ", ".join(map(str, on_the_way)) + ", end")

# %% [markdown]
# ## Section 11: Your code, weights of a longer training
#
# How good do digits of *your* code get, if it trains for longer than ten minutes? The folder `mnist_trained` came with
# this notebook. It holds the weights of this very network, trained with the solution's functions on all 60,000 digits
# (see *Expected outputs* for how). The next cell puts them into your `SimpleUNet`. Your embedding, your blocks and
# your path through them decide what the numbers mean, and your tables are what it samples with.
#
# First it measures the loss on held-out digits. Your network is the one that the weights were trained in only if it
# gets the loss that stands in their record.
#
# **Predict before you run.** The loss of your ten epochs stands in Section 9. By how much will the loss of the longer
# training be lower: a tenth, a third, a half? And the digits? (About 45 seconds on two CPU cores.)


# %% given="longer_training"
LONGER = "mnist_trained/weights.pt"


def marks_of(model: nn.Module, pixels: torch.Tensor) -> dict[str, float]:
    """What tells a network with these weights from others: its losses and its gradient, always for the same noise."""
    draws, digits = torch.Generator().manual_seed(0), pixels[:, None] / 127.5 - 1
    when, noise = torch.randint(1000, (len(digits),), generator=draws), torch.randn(digits.shape, generator=draws)
    noisy, _ = add_noise(digits, when, NoiseScheduler(num_timesteps=1000), noise=noise)
    noisy, when, noise = noisy.to(device), when.to(device), noise.to(device)
    with torch.no_grad():
        loss = F.mse_loss(model.eval()(noisy, when), noise)
    in_training = F.mse_loss(model.train()(noisy[:16], when[:16]), noise[:16])
    learned = [weight for weight in model.parameters() if weight.requires_grad]
    slopes = torch.autograd.grad(in_training, learned, allow_unused=True)
    length = sum(slope.square().sum().item() for slope in slopes if slope is not None) ** 0.5
    return {"loss": loss.item(), "loss in train mode": in_training.item(), "gradient": length}


def longer_trained() -> nn.Module | None:
    """Your SimpleUNet with the weights of the longer training; None with a kind word where they do not fit."""
    if not os.path.exists(LONGER):
        print(f"{LONGER} is missing. Put the folder mnist_trained (it came with this notebook) beside the notebook.")
        return None
    model, record = load_weights(LONGER)
    if model is None:
        return None
    marks, near = marks_of(model, record["pixels"]), 5e-4 if device.type == "cpu" else 0.01
    print(f"{record['epochs']} epochs of {record['digits']:,} digits; loss on 100 held-out digits {marks['loss']:.4f}")
    for name, mark in marks.items():
        if not math.isclose(mark, record["marks"][name], rel_tol=near):
            print(f"The {name} is {mark:.5f} where {record['marks'][name]:.5f} is right: these weights belong to another network.")
            print("Is every check of TODO [time_embedding], TODO [residual_block] and TODO [simple_unet] green?")
            break
    return model.eval()


# %% rerun=false name="run_longer"
# Figure: two times 16 digits: above, samples of your ten epochs, below, of your code with the weights of the longer
# training, more of which can be read.
longer_model = longer_trained()
if longer_model is not None:
    longer_digits, _ = sample_digits(longer_model, NoiseScheduler(num_timesteps=1000))
    if sampling_model is not None:
        rows = torch.cat([digits, longer_digits])
        show_grid(rows, "Above: your ten epochs. Below: your code, these weights")
    else:
        show_grid(longer_digits, "Your code, these weights")

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# The weights are those of sixteen epochs of 60,000 digits, a moving average over about the last one. Their loss on 100
# held-out digits is 0.0260, about a third below that of the ten short epochs in Section 9. Strokes hang together, and about
# half of the samples are digits that anyone would name; the others are not. All that a digit is must pass through a grid of
# 7 by 7, and at late timesteps, where the whole of a digit is settled, even the lazy guess does better than this network
# (Section 9). The course's package `ddpm` has a network with encoder-decoder skips: in the course's repository
# `ddpm sample --out grid.png` draws its digits. Compare.
#
# </details>
#
# **Further, if you like.** Start twice from the same noise, once with your ten epochs and once with these weights
# (`torch.manual_seed` before each). Do both draw the same digit? At which $t$ do they part?

# %% [markdown]
# ## Section 12: Reflections
#
# Answer in your own words, in the cells below the questions. Half a page each is enough. Use the numbers of
# *your* run.
#
# ### Reflection 1: convergence
#
# Describe how your training converged, and compare it with what you know of a GAN's training.
#
# | points | your answer ... |
# |---|---|
# | 3 | reads your own run: first and last loss, where most of it fell, rises if any, held-out loss |
# | 3 | explains why the loss tends to fall, and why nothing guarantees that it falls in every epoch |
# | 2 | says what is different in a GAN: two networks, two losses, and what their curves do and do not tell |
# | 2 | says why a low loss is not the same as good samples, with something you saw in Sections 9 or 10 |

# %% [markdown] reflection="reflection_convergence" points=10
# ### BEGIN SOLUTION
# My loss went from 0.450 in the first epoch to 0.036 in the last. Nearly all of the fall came between epochs 1 and
# 2; later changes were below 0.02, and one of them was a small rise (0.0402 to 0.0411). Held-out and
# training loss agree within their standard errors, so the network did not just memorise the list.
#
# The loss tends to fall because this is a regression with a fixed, known target and each step goes downhill
# on its own batch. But every batch has other images, timesteps and noise, so the gradient is an estimate
# and the epoch mean scatters. A small rise is within that scatter. No theorem promises a fall in each
# epoch.
#
# In a GAN, generator and discriminator have a loss each, and each network is part of the other's loss. A
# rising generator loss may mean a better discriminator, not worse pictures. Neither curve alone measures
# progress.
#
# A low loss is not yet a good sample. The mean is dominated by early timesteps, but sampling has to get
# through all of them, and at late ones the lazy guess beats the network. My samples have clean strokes on
# black but few are whole digits, although the loss had long been flat.
#
# | full | half | none |
# |---|---|---|
# | first and last loss, where most of the fall came, rises (or that there was none), held-out loss: numbers of this student's run | some numbers of the run, with one or two of the four left out; or all of them, not said in words | no number, or numbers that are not of this run |
# | a fall is to be expected: regression on a fixed target, each step downhill on its batch; no guarantee: batches, timesteps and noise are drawn, so an epoch's mean scatters | one of the two sides with its reason; or both as claims without a reason | says that MSE must fall in every epoch, or gives no reason at all |
# | two networks, each part of the other's loss, so no common quantity goes down; their curves do not measure the quality of samples | names two networks and two losses, but not what their curves tell or fail to tell | "GANs are unstable" and no more; or nothing on GANs |
# | the mean loss is ruled by the timesteps that are hard, sampling needs all of them (or errors add up): with something seen in Sections 9 or 10 | the reason without an own observation; or an observation without a reason | says that a low loss means good samples, or nothing |
# ### END SOLUTION

# %% [markdown]
# ### Reflection 2: the schedule
#
# Somebody wants faster sampling and suggests to keep `beta_start=0.0001` and `beta_end=0.02` but to use
# only $T = 200$ steps. Use your `NoiseScheduler` to look at it (a scratch cell is fine), and judge the
# idea.
#
# | points | your answer ... |
# |---|---|
# | 3 | gives the end values of $\bar\alpha$ for $T = 1000$ and $T = 200$ and the amplitude left |
# | 3 | explains what goes wrong in *sampling* when the image is not gone at the last step |
# | 2 | proposes a better schedule for $T = 200$ and gives a number that supports it |
# | 2 | says, with your table of Section 9, which timesteps are hard for the network and why |

# %% [markdown] reflection="reflection_schedule" points=10
# ### BEGIN SOLUTION
# For T = 1000 the last alpha_bar is 4.04e-5, an amplitude of 0.0064. For T = 200 with the same betas it is
# 0.132, an amplitude of 0.364: more than a third of the image is still there.
#
# In training, the network then never sees pure noise. At its last step it always finds a faint digit, with
# the dark mean of the data. Sampling starts from N(0, I), which has no digit and another mean. So the first
# input has a distribution that the network was not trained on, and the error is carried through all later
# steps.
#
# With fewer steps each must add more noise. Scaling both ends by 1000/200 = 5 gives betas from 0.0005 to
# 0.1 and a last alpha_bar of 3.0e-5, an amplitude of 0.0055, about that of the long schedule. The price is
# coarser reverse steps.
#
# In my table the largest losses are at t below 100 (0.13) and the smallest near the end (0.003). With
# little noise in x_t, the noise hides among the strokes and can hardly be told from them. With much noise,
# x_t nearly is the noise. But a small loss at late t is no merit: there the lazy guess does better still.
#
# | full | half | none |
# |---|---|---|
# | both ends of $\bar\alpha$ (4.0e-5 and 0.132) and the amplitude, its root (0.006 and 0.36) | both $\bar\alpha$ without the root; or one schedule complete; or a slip of a power of ten with the right way to it | no numbers, or betas in the place of $\bar\alpha$ |
# | training never shows pure noise at the last step, sampling starts from it: another distribution (a faint digit, another mean), and the error is carried on | says that the start does not fit, but not what the network saw in training; or not what comes of it | "quality gets worse" without a mechanism; or blames training time |
# | a schedule for $T = 200$ (betas times 5, cosine, another `beta_end`) with the $\bar\alpha$ that it reaches | a sound proposal without a number; or a number that does not belong to it | more steps again, or no proposal |
# | reads the own table: hardest at small $t$, easy late; because little noise hides among the strokes, while $x_t$ at late $t$ nearly is the noise (or: there the lazy guess does as well) | which timesteps, without why; or why, without the table | the wrong way round, or not answered |
# ### END SOLUTION

# %% [markdown]
# ## Expected outputs
#
# All eight checks print a line that starts with ✓. The numbers below are measured: laptop preset, seed 0,
# PyTorch 2.15 on two CPU cores (AVX-512). Yours will differ a little.
#
# | epoch | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 |
# |---|---|---|---|---|---|---|---|---|---|---|
# | mean loss | 0.4499 | 0.0578 | 0.0452 | 0.0422 | 0.0402 | 0.0411 | 0.0388 | 0.0378 | 0.0370 | 0.0355 |
#
# - **Held out:** 0.0372 ± 0.0004, trained on 0.0369 ± 0.0004; handing back $x_t$ as the guess scores 0.3675.
# - **Parameters:** 1,509,249.
# - **Curve:** a steep fall in the first two epochs, then a slow one with small ups and downs. The rise in
#   epoch 6 is 2.2 % of the loss before it. It means nothing.
# - **Time:** training takes seven to eight minutes, and the whole notebook took ten and a half, on two idle CPU cores. With
#   four other programs on them a single epoch took up to eight minutes: if training crawls, close what else runs.
# - **The longer training** (Section 11): ten epochs by `main`'s own functions on 60,000 digits in batches of 64, losses
#   0.0684, 0.0343, 0.0316, 0.0304, 0.0294, 0.0286, 0.0286, 0.0278, 0.0273 and 0.0270; then six in which the learning rate
#   falls to nothing, losses 0.0267, 0.0261, 0.0258, 0.0250, 0.0244 and 0.0239. The ten took about 1,050 processor seconds
#   each on one core, the six half of that, in bfloat16. What you got is the moving average of the weights (0.999 a step),
#   in half precision.
# - **Samples:** bright strokes on a black ground. Those of the ten epochs are pieces of digits more often than whole ones;
#   of those with the longer training about half are digits that anyone would name. The network is small, and has no
#   skips from encoder to decoder.

# %% [markdown]
# ## Debugging guide
#
# First of all: is every check green? Of several that are not, mend the first. Then look for your symptom.
#
# ### The loss stays near 1
#
# A network that always answers 0 has loss 1. So it has learned nothing yet, or it cannot.
#
# 1. Print one weight before and after a step: `next(model.parameters()).flatten()[:3]`. If it does not
#    move, the optimizer never steps, or it was built for another model.
# 2. Is the noise that you compare with the noise inside `x_t`? Noise from a second draw cannot be guessed,
#    and the best answer to it is 0.
# 3. Is the learning rate near 0.001?
#
# ### The loss is NaN, or it explodes
#
# 1. Is the gradient clipped after backward and before the step?
# 2. Is the learning rate far above 0.001?
# 3. Do the scheduler's tables hold NaN? Print `scheduler.sqrt_one_minus_alphas_cumprod.isnan().any()`.
#
# ### The loss is suspiciously low
#
# Does every image get a $t$ of its own, over the whole range? At late timesteps the noise can simply be
# read off the input (see the table of Section 9), so a loss over late timesteps alone is tiny.
#
# ### The machine runs out of memory
#
# Use a smaller batch. Leave the 64 base channels as they are: `GroupNorm(32, ...)` needs a multiple of 32, and with 32
# the network loses its steering by time (end of Section 5). To keep the batch of 64 and still save memory, split it in parts, divide each part's loss by the
# number of parts, call backward on each, and only then clip and step *once*. Do not build that from
# `train_step`: it has already stepped when it returns.
#
# ### The samples are pure noise
#
# 1. Is the loss far below 1? If not, see above.
# 2. Does `main()` return the model that was trained, and not a fresh one?
# 3. Are all five tables right? Sampling uses `betas` and `alphas_cumprod`, training the two roots. A wrong
#    table may train well and still sample badly.

# %% [markdown]
# ## Common mistakes
#
# **1. Numbers for each channel meet images.** `time_mlp` answers with shape `(B, channels)`. Features have
# four axes. Broadcasting compares shapes from the right, so it would match channels with columns of pixels.
# Usually that is an error. When the sizes happen to agree, it is a silent bug, which is worse. Give the
# numbers two more axes.
#
# **2. Tensors on different devices.** A model on the GPU, images on the CPU: PyTorch refuses. Everything
# made inside a function (timesteps, noise, frequencies) must be made where its partner lies.
# `torch.randint`, `torch.arange` and their friends take a `device`; the `_like` functions copy it.
#
# **3. A block without its time.** Each of the five blocks takes the features *and* the embedding. A block
# that gets the bare timesteps fails, because `time_mlp` expects 128 numbers for each image.
#
# **4. Evaluation mode during training.** Call `model.train()` before training and `model.eval()` before
# measuring. This network has neither dropout nor batch normalisation, so here the mode changes nothing. In
# the next network it will.
#
# **5. Two noises.** Drawing noise, and then calling `add_noise` without passing it, makes two noises. The
# network sees one and is asked for the other.
#
# **6. Old gradients.** PyTorch adds each gradient to what is stored. Clear it once for each step.
#
# **7. Clipping in the wrong place.** Before backward there is nothing to clip. After the step it is too
# late.
#
# **8. Keeping the loss as a tensor.** A list of loss tensors keeps more alive than you want. `.item()`
# gives the bare number.

# %% [markdown]
# ## Questions and answers
#
# **Why are my losses not exactly those above?** Another device, another number of threads or another
# PyTorch adds numbers in another order, and training amplifies the difference. Expect small differences in
# each epoch. The shape of the curve should be the same.
#
# **How long does it take?** See *Expected outputs* for what we measured. The full preset needs about 870
# TFLOP of arithmetic; at 0.8 s a step on two idle CPU cores that is about 2.1 hours. Use a GPU for it.
#
# **Can I train for longer?** Yes. `main` stays at ten epochs, since that is what is graded. Afterwards,
# take the model from `result` and call `train_epoch` on it as often as you like, with an optimizer of its
# own. Watch the held-out loss while you do.
#
# **Do there have to be a thousand timesteps?** Not if the last of them is still nearly pure noise. In the package `ddpm`, under the
# cosine schedule, a network with 100 timesteps drew as well as one with 1,000 (FID 3.0 for both, each asked at all of its steps).
#
# **Why does the loss not go to 0?** From $x_t$ alone nobody can tell exactly which noise went in: different
# pairs of image and noise give the same $x_t$. Even a perfect network keeps that part of the loss.
#
# **Why guess the noise, and not the image?** Either determines the other once $x_t$ and $t$ are known, and
# both are used in practice. The noise has the same scale at every $t$, which makes for a plain loss.
#
# **Would smaller digits or smaller batches draw better in the same time?** We tried, and measured 1,000 samples by FID, a
# distance from real digits (`make bench-presets` in the course's repository). This preset reaches 31.0, with another seed
# 36.9; the others were trained once each. In batches of 16 it was 38.1. Digits of 16 by 16 pixels gave 29.1 in half the time,
# of which the shrinking alone, done to real digits, makes 8.1; in batches of 8 they gave 41.6. What helps is more digits for
# longer: the weights of Section 11 reach 9.1.
#
# **Does every block have to know the time?** It helps, but less than is often said. We trained three networks for four epochs,
# one run each: with the time in all five blocks the held-out loss was 0.0410, in the first block alone 0.0427, in none
# 0.0443. How noisy $x_t$ is can be seen in $x_t$ itself. In proportion, late timesteps suffer most: from $t = 900$ on it was
# 0.0044, 0.0059 and 0.0067.
#
# **My shapes do not match.** Print `x.shape` after each line, and hold it against the table of TODO [simple_unet].
#
# **Is a learning rate of 0.001 special?** It is Adam's default and works here. We make no claim about
# others.

# %% [markdown]
# ## Summary and further steps
#
# You have built all parts of a DDPM:
#
# - a **fixed schedule**, in which nothing is learned, and its tables;
# - the **jump** from a clean image to any noise level;
# - an **embedding** that tells the network how late it is;
# - **blocks** that time can steer, and a path that goes down and up again, though without encoder-decoder
#   skips;
# - a **training step**: a regression whose target is known exactly. Its loss usually falls; nothing
#   guarantees it;
# - an **honest look**: held-out loss with its error, loss by timestep, samples.
#
# ### Further steps
#
# 1. **Train on.** Ten more epochs, then twenty, then fifty. Does the held-out loss still fall? Do the samples get
#    better at the same pace?
# 2. **Add the skips.** Concatenate the features of the way down to those of the way up. How much does the
#    loss fall? Mind the number of parameters in the comparison.
# 3. **Modulate after the norm** (as [Nichol and Dhariwal](https://arxiv.org/abs/2102.09672) do), with $(1 + s) \odot h + b$, and compare at 32 channels.
# 4. **Another schedule.** Try the cosine schedule of [Nichol and Dhariwal (2021)](https://arxiv.org/abs/2102.09672),
#    equation 17. Look at the noising strip first. A sigmoid of $t$ is another one that people use.
# 5. **Digits on demand.** Add a label embedding to the time embedding and sample a given digit. With the label left out
#    now and then in training, [classifier-free guidance](https://arxiv.org/abs/2207.12598) makes the label count for more.
# 6. **Fewer steps.** Implement [DDIM](https://arxiv.org/abs/2010.02502) (Song et al., 2020; equation 12) and sample in 50 steps from the same network.
# 7. **Average the weights.** Keep an exponential moving average of the weights and sample from that.

# %% [markdown]
# ## Before you hand in
#
# The table below says what the checks in sight said when they ran last. The grader runs more of them, and gives
# parts of the points too.
#
# **What:** this notebook, with its name `mnist.ipynb` and its outputs, and any `.py` file of your own beside it; not
# the digits, not `training.pt`. **To whom:** your instructor, in the way that the course named (*Submit* in nbgrader's
# list of assignments, or an upload). Nothing leaves your machine by itself.

# %% given="overview_helper"


# %% given="overview"
overview(
    noise_scheduler=8,
    add_noise=10,
    time_embedding=10,
    residual_block=10,
    simple_unet=10,
    train_step=16,
    train_epoch=6,
    main=10,
    by_hand=20,
)
