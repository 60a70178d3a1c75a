# %% [markdown]
# # How a diffusion model works: a lecture in ten sections
#
# You have built a DDPM twice: in NumPy on a spiral, and in PyTorch on digits. This notebook takes the second
# one apart. It shows what each part does, how the whole is trained and sampled, and what all the choices
# cost, with numbers that are measured here.
#
# | section | question |
# |---|---|
# | 1 | What does the noise schedule hold, and where do people go wrong with it? |
# | 2 | What happens to a digit on its way into noise? |
# | 3 | How does the network learn what time it is? |
# | 4 | How does time steer the features? |
# | 5 | What shapes pass through the network, and where does the work go? |
# | 6 | What is one step of training, and what does the network learn? |
# | 7 | How does noise become a digit? |
# | 8 | What do loss curves say, of a DDPM and of a GAN? |
# | 9 | What do learning rate, batch size, number of timesteps and width do? |
# | 10 | Which tips for speed are true, and how do you check them? |
#
# **How to read it.** Most sections begin with a question. Answer it on paper before you look at the output.
# The code of the parts lies beside the notebook, in `diffusion_model.py`, `diffusion_training.py` and
# `gan.py`. They compute the same numbers as your assignment; a test holds them to that. What a larger project
# needs as well is in the package `ddpm`, and these modules borrow from it.
#
# **Time.** Here $t$ counts from 0, the least noise, to $T - 1$. Papers often count from 1.

# %% name="imports"
import functools
import inspect
import math
import os
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from diffusion_model import (
    NoiseScheduler,
    ResidualBlock,
    SimpleUNet,
    TimeEmbedding,
    add_noise,
    count_parameters,
    layer_shapes,
)
from diffusion_training import (
    DDPMSampler,
    DDPMTrainer,
    convergence,
    held_out_errors,
    mean_and_error,
    plot_training_curves,
    show_images,
)
from gan import GANTrainer
from IPython.display import Code
from torch import nn
from torch.utils.data import DataLoader, Subset
from torch.utils.flop_counter import FlopCounterMode
from torchvision import datasets, transforms

from ddpm.data import Images, batches, to_floats, to_pixels
from ddpm.features import classify, load_classifier
from ddpm.metrics import features, fid
from ddpm.sampler import evenly, step
from ddpm.schedules import DDPMSchedules
from ddpm.unet import UNetSmall

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

plt.rcParams.update({"figure.dpi": 110, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
# Colours of Okabe and Ito: readers with any kind of colour vision can tell them apart.
BLUE, VERMILION, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#999999"
started = time.perf_counter()
torch.manual_seed(0)
print(f"PyTorch {torch.__version__}, device: {device}, CPU threads: {torch.get_num_threads()}")

# %% [markdown]
# ### How long this takes
#
# The full setting is sized for two CPU cores and a quarter of an hour; the last cell says how long it took. So
# the network of Section 6 is trained only briefly, and Section 9 works on smaller pictures. A longer training
# gives better digits; the point here is to see how things work.
#
# With `DEMO_QUICK=1` in the environment everything shrinks until it runs in about a minute. That is for
# tests of this notebook: its numbers and pictures mean nothing.

# %% name="settings"
QUICK = os.environ.get("DEMO_QUICK") == "1"

DIGITS, EPOCHS, BATCH = (64, 2, 16) if QUICK else (3840, 10, 64)  # the training of Sections 6 and 8
HELD_OUT, JUDGED = (32, 20) if QUICK else (500, 200)
ABLATION_DIGITS = 64 if QUICK else 6000  # Section 9
BLOCK = 2 if QUICK else 10  # batches whose mean makes one point of a smoothed loss
SAMPLING_STEPS = 40 if QUICK else 1000
print(f"{'Quick' if QUICK else 'Full'} setting: {DIGITS:,} digits, {EPOCHS} epochs, batches of {BATCH}")

# %% [markdown]
# ### The digits
#
# Real MNIST digits from the repository, 6,000 for training and 1,000 held out. Pixels are mapped to
# $[-1, 1]$: black is $-1$, white is $+1$.

# %% name="digits"
here = Path.cwd()
root = next(
    (place / "data/mnist_subset" for place in (here, *here.parents) if (place / "data/mnist_subset").is_dir()), None
)
if root is None:
    raise FileNotFoundError("Start this notebook inside the repository: it looks for data/mnist_subset above itself.")

transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
train_digits = datasets.MNIST(root, train=True, transform=transform)
test_digits = datasets.MNIST(root, train=False, transform=transform)
train_loader = DataLoader(Subset(train_digits, range(DIGITS)), batch_size=BATCH, shuffle=True)
train_images = torch.stack([train_digits[i][0] for i in range(HELD_OUT)])
held_out = torch.stack([test_digits[i][0] for i in range(HELD_OUT)]).to(device)
print(f"{len(train_digits):,} training digits, of which {DIGITS:,} are used; {len(test_digits):,} held out")

# %% [markdown]
# ## Section 1: The schedule
#
# Step $t$ of the forward process keeps a share $\alpha_t = 1 - \beta_t$ of the variance and adds noise of
# variance $\beta_t$. Shares multiply:
#
# $$\beta_t = \beta_{\text{start}} + \frac{t}{T - 1}\,(\beta_{\text{end}} - \beta_{\text{start}}), \qquad
# \alpha_t = 1 - \beta_t, \qquad \bar\alpha_t = \prod_{s=0}^{t} \alpha_s .$$
#
# After all steps up to $t$ an image consists of two parts with amplitudes $\sqrt{\bar\alpha_t}$ (what is left
# of it) and $\sqrt{1 - \bar\alpha_t}$ (noise). A third table matters on the way back: the variance that
# $x_{t-1}$ has when both $x_t$ and the clean image are known, with $\bar\alpha_{-1} = 1$:
#
# $$\tilde\beta_t = \beta_t\, \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t} .$$
#
# **Predict.** Half way, at $t = 499$, how much of the image's amplitude is left: 50 %, 28 % or 10 %? And how
# much at the end?

# %% name="schedule_table"
scheduler = NoiseScheduler(num_timesteps=1000)

print("   t      beta    alpha_bar   image   noise   image/noise   posterior variance / beta")
for t in (0, 1, 100, 259, 499, 673, 999):
    bar, beta = scheduler.alphas_cumprod[t].item(), scheduler.betas[t].item()
    image, noise = scheduler.level(t)
    print(
        f"{t:4d}  {beta:.6f}  {bar:11.4e}  {image:.4f}  {noise:.4f}  {10 * math.log10(bar / (1 - bar)):8.1f} dB"
        f"   {scheduler.posterior_variance[t].item() / beta:12.4f}"
    )

# %% name="schedule_plots"
# Figure: four panels over timestep t. The betas rise on a straight line; the image's amplitude falls and the noise's
# rises, equal at t = 259; the signal-to-noise ratio in decibels falls from about 40 to -44, the cosine schedule's
# later; the ratio of the two variances for the way back rises from 0 towards 1, most of it within the first ten
# steps.
cosine = DDPMSchedules("cosine", 1000)
fig, axes = plt.subplots(2, 2, figsize=(9, 6))
axes[0, 0].plot(scheduler.betas, color=BLUE)
axes[0, 0].set(title="Noise added in step t", ylabel=r"$\beta_t$")
axes[0, 1].plot(scheduler.sqrt_alphas_cumprod, color=BLUE, label=r"image: $\sqrt{\bar\alpha_t}$")
axes[0, 1].plot(
    scheduler.sqrt_one_minus_alphas_cumprod, color=VERMILION, ls="--", label=r"noise: $\sqrt{1-\bar\alpha_t}$"
)
axes[0, 1].axvline(259, color=GREY, lw=1)
axes[0, 1].text(275, 0.03, "equal shares\nat t = 259", color="0.35", fontsize=9)
axes[0, 1].set(title="What $x_t$ is made of", ylabel="amplitude")
axes[0, 1].legend(frameon=False, loc="center right")
axes[1, 0].plot(10 * scheduler.snr.log10(), color=BLUE, label="linear")
axes[1, 0].plot(10 * cosine.snr.log10(), color=GREEN, ls=":", label="cosine, for comparison")
axes[1, 0].axhline(0, color=GREY, lw=1)
axes[1, 0].set(title=r"Image against noise, $\bar\alpha_t / (1 - \bar\alpha_t)$", ylabel="decibels", ylim=(-50, 45))
axes[1, 0].legend(frameon=False)
axes[1, 1].plot(np.arange(1, 1001), scheduler.posterior_variance / scheduler.betas, color=BLUE)
axes[1, 1].set(title="Two variances for the way back", ylabel=r"$\tilde\beta_t\ /\ \beta_t$", xscale="log")
for axis in axes.flat:
    axis.set_xlabel("timestep t")
axes[1, 1].set_xlabel("t + 1")
fig.tight_layout()
plt.show()

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# At $t = 499$ the image's amplitude is 0.28 and the noise's 0.96. An amplitude of 10 % comes only at $t = 673$.
# Equal shares of variance come early, at $t = 259$. At the end
# $\bar\alpha_{999} = 4.04 \cdot 10^{-5}$, an amplitude of 0.0064, so that sampling may start from pure noise.
#
# The two variances for the way back differ only in the first few dozen steps. At $t = 0$ the posterior's is
# 0: the last step adds nothing.
#
# The linear schedule goes down faster in the middle than the cosine one, and its last third is nearly pure
# noise. That is why [Nichol and Dhariwal](https://arxiv.org/abs/2102.09672) proposed the other (equation 17).
#
# </details>
#
# ### Three ways to get a schedule slightly wrong

# %% name="schedule_traps"
T, start, end = 1000, 1e-4, 0.02
by_steps = torch.tensor([start + t * (end - start) / T for t in range(T)])
print(f"1. dividing by T in place of T - 1: the last beta is {by_steps[-1]:.5f} and not {end}")

single = torch.cumprod(1 - torch.linspace(start, end, T), 0)  # float32 throughout
off = ((1 - single).sqrt() / scheduler.sqrt_one_minus_alphas_cumprod - 1).abs()
print(f"2. float32 throughout: sqrt(1 - alpha_bar) is off by {off[0]:.0e} of itself at t = 0, {off[500]:.0e} at 500")

print("3. fewer or more timesteps with the same betas do not end where they should:")
print("       T   image left at the end   with betas times 1000 / T")
for steps in (100, 200, 1000, 5000):
    same, scaled = NoiseScheduler(steps), NoiseScheduler(steps, 1000 / steps * start, 1000 / steps * end)
    print(f"   {steps:5d}   {same.level(steps - 1)[0]:21.2e}   {scaled.level(steps - 1)[0]:25.2e}")

# %% [markdown]
# The first is small. Still, it makes your network and somebody else's sampler disagree. The second is what the `mnist`
# assignment asks for, and what most code has: far below the errors that training leaves, and seen only by whoever
# compares digits, as the tests of this course do. The third is not small: with $T = 100$ and the usual betas more than half of the image's amplitude is there at the
# "end". Sampling would start from pure noise, which such a network has never seen. With $T = 5000$ and the
# same betas most steps do nothing but add noise to noise.

# %% [markdown]
# ## Section 2: Into the noise
#
# Sums of Gaussians are Gaussian, so all steps up to $t$ are one jump:
#
# $$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \varepsilon, \qquad \varepsilon \sim
# \mathcal N(0, I).$$
#
# (Equation 4 of [DDPM](https://arxiv.org/abs/2006.11239).)
#
# **Predict.** At which $t$ do you lose the digit? Is it the same for all three?

# %% name="forward_strips"
# Figure: three digits, a row each, at eight timesteps from 0 to 999: strokes drown in noise, and from t = 600 on
# nothing can be read.
times = torch.tensor([0, 100, 200, 259, 350, 450, 600, 999])
strips = [add_noise(train_images[[i]].expand(len(times), -1, -1, -1), times, scheduler)[0] for i in (0, 4, 7)]
above = [f"t = {t}\n{scheduler.level(t)[0]:.2f} image" for t in times.tolist()]
show_images(torch.cat(strips), "Three digits on their way", labels=above, span=1.5)
plt.show()

# %% [markdown]
# ### The jump and the walk arrive at the same place
#
# Do not take the formula on trust. The next cell walks: it adds a little noise 260 times, on 200 copies of
# one digit, and compares what comes out with the jump. How much of the image is left is the slope of $x_t$
# over $x_0$; the noise is what remains.

# %% name="walk_and_jump"
digit, copies = train_images[0], 20 if QUICK else 200
walked = digit.expand(copies, -1, -1, -1).clone()
for t in range(260):
    alpha, beta = scheduler.alphas[t].item(), scheduler.betas[t].item()
    walked = math.sqrt(alpha) * walked + math.sqrt(beta) * torch.randn_like(walked)

slope = (walked * digit).sum((1, 2, 3)) / digit.square().sum()
spread = (walked - walked.mean(0)).square().sum((1, 2, 3)) / (digit.numel() * (1 - 1 / copies))
for name, measured, formula in (
    ("image left", slope, scheduler.alphas_cumprod[259].sqrt()),
    ("variance of the noise", spread, 1 - scheduler.alphas_cumprod[259]),
):
    mean, error = mean_and_error(measured)
    print(f"{name:22} walked {mean:.4f} ± {error:.4f}   jump {formula:.4f}")

pixels = to_floats(train_digits.data)
print(f"\nvariance of all pixels of the digits: {pixels.var():.3f}; at the end of the schedule it is 1")

# %% [markdown]
# The jump makes training cheap: any noise level costs one line. The two squared amplitudes add up to 1, so
# data of variance 1 would keep it. Our digits have less, and drift up to 1.

# %% [markdown]
# ## Section 3: What time is it?
#
# The same network serves all noise levels, so it must be told which one it looks at. The number $t$ becomes
# 128 waves, $h = 64$ sines and as many cosines, as positions do in the
# [Transformer](https://arxiv.org/abs/1706.03762) (section 3.5):
#
# $$\omega_k = \exp\!\left(-\frac{\ln(10000)\,k}{h}\right), \qquad \mathrm{emb}(t) = [\sin(t\omega_0), \dots,
# \sin(t\omega_{h-1}), \cos(t\omega_0), \dots, \cos(t\omega_{h-1})].$$
#
# **Predict.** Which column flickers most, the first or the last of each half?

# %% name="embedding"
# Figure: left, a heat map of the embedding, a row for each timestep: fast waves at the left of both halves, slow ones
# at the right. Right, how alike timesteps are to t = 100, 500 and 900: a peak at each, lower the further away.
embedding = TimeEmbedding(128)(torch.arange(1000))
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), width_ratios=(3, 2))
heat = left.imshow(embedding, aspect="auto", cmap="cividis", vmin=-1, vmax=1, interpolation="nearest")
left.axvline(63.5, color="white", lw=2)
left.set(xlabel="column: 64 sines, then 64 cosines", ylabel="timestep t", title="The embedding of every timestep")
fig.colorbar(heat, ax=left, label="value", pad=0.02)
for anchor, colour, style in ((100, BLUE, "-"), (500, VERMILION, "--"), (900, GREEN, ":")):
    right.plot(embedding @ embedding[anchor] / 64, color=colour, ls=style, label=f"to t = {anchor}")
right.set(xlabel="timestep t", ylabel="cosine of the angle", title="How alike two timesteps are", ylim=(0, 1.2))
right.legend(frameon=False, loc="upper center", ncols=3, columnspacing=1, handlelength=1.5)
fig.tight_layout()
plt.show()

omega = torch.exp(-math.log(10_000) * torch.arange(64) / 64)
print("  wave   radians a step   turns in 1,000 steps   value at t = 500   sin(500 omega)")
for k in (0, 1, 8, 32, 63):
    print(
        f"{k:6d}   {omega[k]:14.6f}   {1000 * omega[k] / (2 * math.pi):20.3f}   {embedding[500, k]:16.4f}"
        f"   {math.sin(500 * omega[k]):14.4f}"
    )

# %% [markdown]
# <details>
# <summary>What you should have seen</summary>
#
# Column 0 is the *fastest* wave, one radian a step. No frequency is above 1, so no argument is above $t$
# itself. The last wave turns by $1.15 \cdot 10^{-4}$ a step, and in 1,000 steps it does not finish a fiftieth of a
# turn: its sine hardly leaves 0, its cosine hardly leaves 1. Fast waves tell neighbours apart, slow ones tell early
# from late.
#
# On the right: every vector has the same length, and the likeness of two timesteps depends on their distance
# alone. It falls steeply over the first dozens of steps and then wobbles. It does not fall to 0, since the slow
# waves agree everywhere.
#
# </details>

# %% [markdown]
# ## Section 4: Steering with time
#
# Each residual block turns the embedding into one number $s_c$ for each channel and multiplies:

# %% name="film_source"
Code(inspect.getsource(ResidualBlock.forward), language="python")

# %% [markdown]
# This is [FiLM](https://arxiv.org/abs/1709.07871), feature-wise linear modulation, in its simplest form: a scale alone. Others do other things: DDPM, Stable
# Diffusion and the default block of diffusers *add* the embedding to the features; guided diffusion, and `ddpm.unet`
# here, take $(1 + s) \odot h + b$, *after* the norm. Multiplying channels is the same as a diagonal
# matrix acting on them, and that matrix depends on $t$.
#
# The place matters more than it seems. `norm2` comes right after the multiplication, and its business is to
# take the mean and the spread out of each group of channels. **Predict:** if every group holds a single
# channel, how much of a positive $s$ gets through the norm?

# %% name="film_and_norm"
# Figure: left, a heat map of an untrained block's scales by channel and timestep: vertical stripes that change little
# with t. Right, bars of how much of a scale gets through the norm, by channels from 32 to 256: nothing at 32, a
# quarter at 64, more beyond.
block = ResidualBlock(64, 64)
with torch.no_grad():
    scales = block.time_mlp(TimeEmbedding(128)(torch.arange(1000)))


def through_the_norm(channels: int) -> float:
    """How far scales between 0.5 and 2 change what GroupNorm(32) gives, relative to what it gives without."""
    features = torch.randn(8, channels, 28, 28)
    factors = torch.exp2(2 * torch.rand(8, channels, 1, 1) - 1)
    norm = nn.GroupNorm(32, channels)
    with torch.no_grad():
        return ((norm(factors * features) - norm(features)).norm() / norm(features).norm()).item()


widths = (32, 64, 128, 256)
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(3, 2))
heat = left.imshow(scales, aspect="auto", cmap="PuOr", vmin=-0.6, vmax=0.6, interpolation="nearest")
left.set(xlabel="channel", ylabel="timestep t", title="The scales of a block before any training")
fig.colorbar(heat, ax=left, label="$s_c(t)$", pad=0.02)
bars = right.bar([str(width) for width in widths], [through_the_norm(width) for width in widths], color=BLUE)
right.bar_label(bars, fmt="%.3f")
right.set(xlabel="channels, in 32 groups", ylabel="relative change", title="What gets through norm2")
fig.tight_layout()
plt.show()

# %% [markdown]
# With 32 channels the norm removes a positive scale (almost) exactly; only the sign of $s$ survives. With 64
# channels two share a group, and their *ratio* gets through. Remember this when you meet the width 32 in
# Section 9. FiLM after the norm does not have the problem.

# %% [markdown]
# ## Section 5: The network
#
# Down to a quarter of the size, through the middle, and up again. The table is not written by hand: hooks
# note what each part gives.

# %% name="architecture"
network = SimpleUNet(base_channels=64)
counter = FlopCounterMode(display=False)
with counter:
    rows = layer_shapes(network, torch.randn(1, 1, 28, 28), torch.tensor([500]))
flops = {name: sum(counter.get_flop_counts().get(f"SimpleUNet.{name}", {}).values()) for name, *_ in rows}
total = sum(flops.values())

print("part               output             parameters   share of the arithmetic")
for name, shape, parameters in rows:
    print(f"{name:16}   {str(shape):16}   {parameters:10,}   {100 * flops[name] / total:6.1f} %")
print(f"\n{count_parameters(network):,} parameters, {total / 1e9:.2f} GFLOP for one image forward, ", end="")
print("and about three times that for a training step")

# %% name="architecture_plot"
# Figure: bars of the arithmetic of each layer for one image: the two residual blocks at 28 by 28 have half of it.
names = [name for name in flops if flops[name] > 0.002 * total]
colours = [GREY if "conv" in name else BLUE for name in names]
fig, axis = plt.subplots(figsize=(9, 2.9))
bars = axis.bar(names, [flops[name] / 1e6 for name in names], color=colours)
axis.bar_label(bars, [f"{dict((n, s) for n, s, _ in rows)[name][-1]}²" for name in names], fontsize=9)
axis.set(ylabel="MFLOP for one image", title="Where the work goes (blue: residual blocks; above: size of the output)")
axis.tick_params(axis="x", rotation=30)
fig.tight_layout()
plt.show()

# %% name="architecture_variants"
variants = {
    "SimpleUNet(base_channels=64)": network,
    "the same with attention in the middle": SimpleUNet(base_channels=64, attention=True),
    "ddpm's UNetSmall(), with encoder-decoder skips": UNetSmall(),
}
for name, model in variants.items():
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.randn(1, 1, 28, 28), torch.tensor([500]))
    print(f"{name:48} {count_parameters(model):9,} parameters  {counter.get_total_flops() / 1e9:.2f} GFLOP")

# %% [markdown]
# Half of the arithmetic is done in the first and the last block, at full size, with a seventh of the parameters. A
# convolution costs pixels times channels squared, and its parameters know nothing of the pixels.
#
# **What this network lacks.** The [U-Net of Ronneberger and others](https://arxiv.org/abs/1505.04597) hands the features of each encoder level
# straight over to the decoder level of the same size. `SimpleUNet` does not, so it cannot simply keep fine
# detail: all of it has to pass the 7 by 7 grid in the middle, folded into 128 channels. (The skips *inside*
# the residual blocks are something else.) In `ddpm` you find a network that has the skips, full FiLM after the
# norm, and attention, and a comparison of both.

# %% [markdown]
# ## Section 6: Training
#
# One step: draw a timestep and a noise for each image, mix, guess the noise, compare, and follow the gradient
# a little. The gradient's norm is clipped between `backward` and `step`.

# %% name="training_source"
Code(inspect.getsource(DDPMTrainer.loss) + "\n" + inspect.getsource(DDPMTrainer.train_step), language="python")

# %% [markdown]
# Two numbers to hold the loss against. A network that always answers 0 has loss 1, the variance of the noise.
# The laziest useful answer hands back $x_t$ itself: late in the schedule that nearly *is* the noise.
#
# After each epoch we ask the network about digits that it was never shown, always with the same timesteps and
# the same noise. So this held-out loss does not scatter from draw to draw, and what moves is the network.
#
# **Predict.** Which epoch brings the largest change? Will each one bring a fall?

# %% name="training"
torch.manual_seed(0)
trainer = DDPMTrainer(SimpleUNet(base_channels=64), scheduler, learning_rate=0.001, device=device)
held_out_losses, train_seconds = [], 0.0
for epoch in range(1, EPOCHS + 1):
    before = time.perf_counter()
    loss = trainer.train_epoch(train_loader)
    train_seconds += time.perf_counter() - before
    t_asked, errors = held_out_errors(trainer.model, scheduler, held_out)
    unseen, error = mean_and_error(errors)
    held_out_losses.append(unseen)
    print(f"epoch {epoch:2d}: training {loss:.4f}   held out {unseen:.4f} ± {error:.4f}")

step_seconds = train_seconds / len(trainer.train_losses)
lazy_t, lazy_errors = held_out_errors(lambda x, t: x, scheduler, held_out)
print(f"\nhanding back x_t: {lazy_errors.mean():.4f}; answering 0: 1")
print(f"{len(trainer.train_losses)} steps of {BATCH} images, {step_seconds:.2f} s a step on {device}")

# %% name="training_by_time"
# Figure: left, the error by timestep, on a logarithmic axis: the network's falls with t, and beyond t = 700 the lazy
# guess is better. Right, a heat map of the trained scales of the last block by channel and timestep: stripes that are
# nearly the same at every t.
edges = torch.linspace(0, 1000, 11)
middles = (edges[1:] + edges[:-1]) / 2
part = torch.bucketize(t_asked, edges[1:-1], right=True)


def by_part(errors: torch.Tensor) -> list[float]:
    """Mean error in each tenth of the timesteps."""
    return [errors[part == number].mean().item() for number in range(10)]


model = trainer.model.eval()
with torch.no_grad():
    emb = model.time_embedding(torch.arange(1000, device=device))
    trained_scales = model.up_res1.time_mlp(emb).cpu()
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
left.plot(middles, by_part(lazy_errors), "s--", color=VERMILION, label="guess $x_t$ itself")
left.plot(middles, by_part(errors), "o-", color=BLUE, label="the network, held out")
left.set(xlabel="timestep t", ylabel="error of the noise", yscale="log", title="Where the loss comes from")
left.legend(frameon=False)
limit = trained_scales.abs().quantile(0.99).item()
heat = right.imshow(trained_scales, aspect="auto", cmap="PuOr", vmin=-limit, vmax=limit, interpolation="nearest")
right.set(xlabel="channel", ylabel="timestep t", title="The scales of the last block, trained")
fig.colorbar(heat, ax=right, label="$s_c(t)$", pad=0.02)
fig.tight_layout()
plt.show()

# %% [markdown]
# The mean loss is mostly made by the *early* timesteps. There the noise is faint and hides among the strokes.
# Late, the noise can be read off the input, and even handing $x_t$ back does well; look where the two curves
# cross. So a single number for the loss says little about how a network does at a given noise level, and
# sampling has to pass through all of them.
#
# On the right, compare with the picture of Section 4. A vertical stripe is a channel that is turned up or down at
# *every* $t$; what changes along a stripe is what the block makes of the time. Which of the two is more of the picture?

# %% [markdown]
# ## Section 7: Out of the noise
#
# Sampling starts from $x_{T-1} \sim \mathcal N(0, I)$ and goes down through all timesteps (algorithm 2 of
# [DDPM](https://arxiv.org/abs/2006.11239)):
#
# $$x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( x_t - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\,
# \varepsilon_\theta(x_t, t) \right) + \sigma_t z, \qquad z \sim \mathcal N(0, I),$$
#
# with nothing added at $t = 0$. Both $\sigma_t^2 = \beta_t$ and $\sigma_t^2 = \tilde\beta_t$ are in use; Section
# 1 showed that they differ only near the end. Here it is $\tilde\beta_t$.
#
# The code takes another road to the same mean. It works out the clean image that the guess stands for, clips it
# to $[-1, 1]$, and then goes one step towards it:
#
# $$\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\varepsilon_\theta}{\sqrt{\bar\alpha_t}}, \qquad
# \text{mean} = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,\hat x_0 +
# \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t .$$
#
# Without the clip both are the same number, as the next cell checks in float64. The clip is there since at
# $t = 999$ the division multiplies every error of the guess by 157.

# %% name="two_roads"
x_t, eps = torch.randn(2, 4, 1, 28, 28, dtype=torch.float64)
for t in (999, 500, 1):
    image, noise = scheduler.level(t)
    short = (x_t - scheduler.betas[t] / noise * eps) / scheduler.alphas[t].sqrt()
    mean, deviation = step(x_t, (x_t - noise * eps) / image, (image, noise), scheduler.level(t - 1), eta=1.0)
    print(
        f"t = {t:3d}: the means differ by {(short - mean).abs().max():.0e}, "
        f"variances by {abs(deviation**2 - scheduler.posterior_variance[t].item()):.0e}"
    )

# %% [markdown]
# Now watch it. The upper row of each pair is $x_t$, the state; the lower one is $\hat x_0$, the digit that the
# network believes in at that moment.
#
# **Predict.** When can *you* tell which digit it will be? Does the belief settle before the state shows
# anything?

# %% name="reverse"
# Figure: two digits on their way, two rows each: the noisy state, in which strokes come out late, and what the
# network believes in, which is speckles at first, then strokes.
torch.manual_seed(1)
sampler = DDPMSampler(trainer.model, scheduler, device)
steps = evenly(1000, SAMPLING_STEPS)
shown = {steps[round(share * (len(steps) - 1))] for share in (0.1, 0.3, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)}
before, states, count = time.perf_counter(), [], 2 if QUICK else 8
for point in sampler.trajectory(trainer.model, (count, 1, 28, 28), steps, eta=1.0):
    if point.t in shown or point.t < 0:
        states.append(point)
ddpm_seconds = time.perf_counter() - before
samples = point.x.cpu()

pairs = [row for i in range(2) for row in ([p.x[i] for p in states], [p.x_0[i] for p in states])]
above = [f"t = {p.t}" if p.t >= 0 else "end" for p in states]
show_images(
    torch.stack([image.cpu() for row in pairs for image in row]),
    "Two digits: the state $x_t$ (rows 1, 3) and what the network believes in (rows 2, 4)",
    columns=len(states),
    labels=above,
    span=1.3,
)
plt.show()

# %% name="samples"
# Figure: three rows of digits: samples of DDPM, samples of DDIM in 25 steps, and real digits.
before = time.perf_counter()
fast = DDPMSampler(trainer.model, scheduler, device).ddim_sample(trainer.model, (count, 1, 28, 28), num_steps=25).cpu()
ddim_seconds = time.perf_counter() - before
show_images(
    torch.cat([samples, fast, train_images[:count]]),
    f"{len(steps)} steps of DDPM, 25 steps of DDIM, and real digits",
    columns=count,
)
plt.show()
print(f"{count} images: DDPM {ddpm_seconds:.1f} s, DDIM {ddim_seconds:.1f} s")

# %% [markdown]
# The belief comes first. The best one of all would start as a blurred average of all digits. This network's starts as
# black and white speckle: at $t = 999$ every error of its guess is multiplied by 157, and cut off where pixels end.
# It gets smooth, and then sharp, as the state leaves it fewer choices. What goes wrong is usually the whole, not the
# texture: strokes are bright on black, but they need not make a digit. This network was trained briefly and has no
# skips.
#
# [DDIM](https://arxiv.org/abs/2010.02502) (Song and others, 2020) asks the *same* network 25 times in place of 1,000. It is in `ddpm.sampler`, as the
# same function with another number, `eta`: 1 puts the posterior's noise back at each step, 0 puts back none.

# %% [markdown]
# ## Section 8: What loss curves say
#
# You will read that a DDPM's loss falls smoothly and a GAN's oscillates. Let us look at real ones. The next cell
# trains a small conditional [GAN](https://arxiv.org/abs/1406.2661) on the same digits, in batches of the same size. Its discriminator learns to tell real
# digits from made ones, given the label; its generator learns to be taken for real. Each network is part of the
# other's loss. A step of it costs a fraction of a step of the DDPM, so it gets twice as many epochs. Samples are kept
# on the way, for later.

# %% name="gan_training"
torch.manual_seed(0)
gan, asked = GANTrainer(device=device), torch.arange(JUDGED) % 10
kept, gan_seconds = {}, 0.0
for epoch in range(1, 2 * EPOCHS + 1):
    before = time.perf_counter()
    d_loss, g_loss = gan.train_epoch(train_loader)
    gan_seconds += time.perf_counter() - before
    if epoch % (EPOCHS // 2) == 0:
        kept[epoch] = (g_loss, gan.sample(asked.to(device)).cpu())
        print(f"epoch {epoch:2d}: discriminator {d_loss:.3f}, generator {g_loss:.3f}")
sizes = (f"{count_parameters(net):,}" for net in (gan.generator, gan.discriminator))
print(f"\nparameters of generator and discriminator: {', '.join(sizes)}")
print(f"{gan_seconds:.0f} s for {2 * EPOCHS} epochs of the GAN, {train_seconds:.0f} s for {EPOCHS} of the DDPM")

# %% name="ddpm_curves"
# Figure: the DDPM's training loss, by step on the left and by epoch on the right: a steep fall at first, then a slow
# one.
plot_training_curves(trainer.history)

# %% name="curves"
# Figure: three panels of losses over steps, with means and marks where a mean rises: the DDPM's falls with small
# rises, discriminator and generator of the GAN go up and down.
curves = {
    "DDPM: error of the noise": (trainer.train_losses, BLUE),
    "GAN: discriminator": (gan.history["discriminator"], VERMILION),
    "GAN: generator": (gan.history["generator"], PURPLE),
}
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4))
for axis, (name, (losses, colour)) in zip(axes, curves.items(), strict=True):
    means = np.array(losses[: len(losses) // BLOCK * BLOCK]).reshape(-1, BLOCK).mean(1)
    middle = np.arange(len(means)) * BLOCK + BLOCK / 2
    rises = np.flatnonzero(np.diff(means) > 0) + 1
    axis.plot(losses, color=colour, alpha=0.25, lw=0.8, label="a batch")
    axis.plot(middle, means, color=colour, lw=1.8, label=f"mean of {BLOCK}")
    axis.plot(middle[rises], means[rises], "k^", ms=4, label="a rise")
    axis.set(xlabel="step", ylabel="loss", title=name, yscale="log")
axes[0].legend(frameon=False)
fig.tight_layout()
plt.show()

# %% [markdown]
# ### Counting rises, alike for both
#
# A fall is what we want, so only rises count against a smooth run. And they need a measure of scatter: each
# batch draws other digits, timesteps and noise, and a loss that has stopped changing rises in *half* of all
# steps. So we take the means of blocks of batches, and count two things: the share of changes that are rises at
# all, and the share that are *clear* rises, of more than two standard errors of the difference. Pure scatter
# around a level would show about 50 % of the first kind and 3 % of the second.

# %% name="convergence"
print("loss                         first block   last block    rises   clear rises   largest rise / range")
for name, (losses, _) in curves.items():
    for part_of_run, some in ((name, losses), ("    its second half", losses[len(losses) // 2 :])):
        first, last, *shares = convergence(some, BLOCK)
        rises, clear, largest = (f"{100 * share:.0f} %" for share in shares)
        print(f"{part_of_run:27} {first:12.3f}   {last:10.3f}   {rises:>6}   {clear:>11}   {largest:>20}")
changes = np.diff(held_out_losses)
print(f"\nDDPM by epoch, held out: {(changes > 0).sum()} rises in {len(changes)} changes, ", end="")
print(f"the largest {changes.max(initial=0):.4f}")

# %% [markdown]
# <details>
# <summary>How to read the table</summary>
#
# Compare the columns *rises* and *clear rises* with what pure scatter gives, 50 % and 3 %. A DDPM's loss has
# one target that does not move, so there is a trend, and once it flattens there is scatter. Many small rises in
# the second half are what a healthy run looks like; nothing guarantees a fall, not even from epoch to epoch.
#
# The GAN's losses have no such trend to fall along. If the generator gets better, the discriminator's task gets
# harder and its loss goes up: a *rise that is good news*. If the discriminator gets better, the generator's loss
# goes up though its pictures are no worse. So counting rises for a GAN tells how the two are balanced, not how
# well things go. This was one run of one small GAN at one learning rate; others are calmer or wilder.
#
# </details>
#
# ### Asking somebody else
#
# To see how well things go, look at the samples, or let somebody look who does not know either loss. The next cell
# shows 200 samples of each model to the small digit classifier of `ddpm`, and takes two numbers:
#
# - how often the classifier is *sure* of some digit (above 0.9);
# - the *distance* between the features that it finds in the samples and in 6,000 real digits: a Gaussian is fitted to
#   each, and the Fréchet distance between both is taken. (With the features of a large network it is known as
#   [FID](https://arxiv.org/abs/1706.08500).)
#   Its scale means nothing by itself, and it depends on the number of samples. So read it against the first row, real
#   held-out digits, and the last one, noise.
#
# The DDPM draws by 25 steps of DDIM here, since all 1,000 would take forty times as long. So its row speaks of the
# network and of that sampler, and both models had short trainings: it is no verdict on either kind.
#
# **Predict.** How sure will the classifier be of pure noise?

# %% name="judged"
torch.manual_seed(2)
judge = load_classifier()
distance = fid(features(judge, to_floats(train_digits.data[:, None])))
by_ddim = sampler.ddim_sample(trainer.model, (JUDGED, 1, 28, 28), num_steps=25).cpu()
made = {
    "real, held out": ("", held_out[:JUDGED].cpu()),
    "DDPM (DDIM, 25 steps)": (f"{held_out_losses[-1]:.3f}", by_ddim),
    **{f"GAN, {epoch} epochs": (f"{loss:.3f}", images) for epoch, (loss, images) in kept.items()},
    "noise": ("", torch.randn(JUDGED, 1, 28, 28).clamp(-1, 1)),
}
print(f"{f'{JUDGED} images of each':24}   its loss   sure of a digit   distance")
for name, (loss, images) in made.items():
    mean, error = mean_and_error((classify(judge, images).max(1).values > 0.9).float())
    sure, away = f"{100 * mean:.0f} ± {100 * error:.0f} %", distance(features(judge, images))
    print(f"{name:24} {loss:>10}   {sure:>15}   {away:8.1f}")
gan_samples = kept[2 * EPOCHS][1]
matches = (classify(judge, gan_samples).argmax(1) == asked).float().mean()
print(f"\nthe GAN was asked for a class, and the classifier sees that one in {100 * matches:.0f} %")
print(f"on real test digits the classifier is right in {100 * judge.record['accuracy']:.1f} %")

# %% name="both_samples"
# Figure: four rows of ten digits: two of the DDPM, two of the GAN.
show_images(torch.cat([by_ddim[:20], gan_samples[:20]]), "DDPM (rows 1, 2) and GAN (rows 3, 4)", columns=10)
plt.show()

# %% [markdown]
# Two things to find in the table.
#
# 1. Go down the rows of the GAN. Wherever the generator's loss rises while the distance falls, a rise was progress.
# 2. Look at the last row. The classifier has learned digits, not doubt, and is as sure of noise as of anything. A
#    number without its floor and its ceiling can say anything you like.
#
# **What a loss curve can say:** that the run is alive (no NaN, no explosion), that it learns at all (far below the
# lazy answers), that it has flattened, and, with a held-out curve beside it, that it learns digits and not a list.
#
# **What it cannot say:** whether samples are good. The DDPM's loss is dominated by faint noise, which hardly matters
# for the shape of a digit. A GAN's losses are relative to an opponent. This was one small model of each kind, trained
# briefly: it does not tell which *kind* is better. `ddpm eval` measures more, each number with floor and ceiling.

# %% [markdown]
# ## Section 9: What the knobs do
#
# Opinions on hyperparameters are cheap, so let us measure. One knob at a time moves away from a common centre:
# learning rate 0.001, batches of 64, $T = 1000$, 64 channels.
#
# **The terms.** Digits are cut to their middle and shrunk to 12 by 12 pixels, since the full size would take too
# long. Every run sees 6,000 digits **exactly once**: *equal images*, not equal steps and not equal time; both are in
# the table. The number is the error of the noise on 500 held-out digits, always the same timesteps (as shares of
# $T$) and the same noise. Its standard error is given, but when two runs are compared much of it cancels. What
# matters more is luck in training, so the centre is trained with three seeds. **A difference smaller than theirs
# says nothing.**
#
# A single pass is the beginning of a training. What wins here need not win in the end.
#
# When $T$ changes, the betas are multiplied by $1000/T$ (Section 1). Otherwise the runs would have different
# problems to solve, and their losses could not be compared: with $T = 5000$ and the usual betas most timesteps are
# pure noise, where a low loss is no merit.
#
# **Predict** before you run: order the three values of each knob.

# %% name="ablation"
CENTRE = {"learning_rate": 1e-3, "batch_size": 64, "num_timesteps": 1000, "base_channels": 64}
KNOBS = {
    "learning_rate": (0.1, 1e-3, 1e-5),
    "batch_size": (8, 64, 512),
    "num_timesteps": (100, 1000, 5000),
    "base_channels": (32, 64, 128),
}


def small(digits: datasets.MNIST, count: int) -> Images:
    """The first digits as 12 by 12 pixels: the margin of 2 cut off, then means of 2 by 2."""
    middle = to_floats(digits.data[:count, None, 2:26, 2:26])
    return Images(to_pixels(F.avg_pool2d(middle, 2)), digits.targets[:count])


small_digits, small_held_out = small(train_digits, ABLATION_DIGITS), small(test_digits, HELD_OUT)


class Trial(NamedTuple):
    losses: list[float]  # one a step
    seconds: float
    held_out: float
    error: float


@functools.cache
def trial(learning_rate: float, batch_size: int, num_timesteps: int, base_channels: int, seed: int = 0) -> Trial:
    """Train once over the small digits, and ask about the held-out ones."""
    torch.manual_seed(seed)
    scale = 1000 / num_timesteps
    schedule = NoiseScheduler(num_timesteps, scale * 1e-4, scale * 0.02)
    student = DDPMTrainer(SimpleUNet(base_channels=base_channels), schedule, learning_rate, device)
    before = time.perf_counter()
    student.train_epoch(batches(small_digits, batch_size, torch.Generator().manual_seed(seed)))
    seconds = time.perf_counter() - before
    _, errors = held_out_errors(student.model, schedule, to_floats(small_held_out.pixels).to(device))
    return Trial(student.train_losses, seconds, *mean_and_error(errors))


seeds = [trial(**CENTRE, seed=seed).held_out for seed in (1, 2)] + [trial(**CENTRE).held_out]
_, lazy = held_out_errors(lambda x, t: x, scheduler, to_floats(small_held_out.pixels))
print(f"the centre, three seeds: {', '.join(f'{value:.4f}' for value in sorted(seeds))}")
print(f"handing back x_t: {lazy.mean():.4f}; answering 0: 1\n")
print("knob             value   steps   seconds   held-out error")
for knob, values in KNOBS.items():
    for value in values:
        found = trial(**CENTRE | {knob: value})
        run = f"{knob:15} {value:6g}   {len(found.losses):5d}   {found.seconds:7.1f}"
        print(f"{run}   {found.held_out:.4f} ± {found.error:.4f}")

# %% name="ablation_plot"
# Figure: four panels, one a setting, each with training loss over digits seen for three values: the middle values
# fall to about 0.1; a learning rate of 0.1 stays above 1, one of 1e-5 and a batch of 512 stay near it, 32 channels
# fall slowly.
fig, axes = plt.subplots(2, 2, figsize=(10, 6.4), sharey=True)
for axis, (knob, values) in zip(axes.flat, KNOBS.items(), strict=True):
    for value, colour, style in zip(values, (VERMILION, BLUE, GREEN), ("--", "-", "-."), strict=True):
        found = trial(**CENTRE | {knob: value})
        group = max(1, len(found.losses) // 24)
        losses = np.array(found.losses[: len(found.losses) // group * group]).reshape(-1, group).mean(1)
        seen = (np.arange(len(losses)) + 0.5) * group * ABLATION_DIGITS / len(found.losses)
        label = f"{value:g}: {found.held_out:.3g}"
        axis.plot(seen, np.clip(losses, 0, 20), color=colour, ls=style, marker=".", label=label)
    axis.axhline(1, color=GREY, lw=1)
    axis.set(title=knob.replace("_", " "), xlabel="digits seen", ylabel="training loss", yscale="log")
    axis.legend(frameon=False, title="value: held-out error", fontsize=9, title_fontsize=9)
fig.tight_layout()
plt.show()

# %% [markdown]
# ### Reading it
#
# **Learning rate.** Adam divides each gradient by its own size, so each weight moves by about the learning rate at
# every step, *whatever* the gradient's norm. Clipping cannot tame a rate of 0.1: it shrinks a number that Adam then
# divides out. Such a run need not end in infinity. When we tried it, the loss shot above 10 and came back to 1: the
# network had found the one answer that is never far off, zero. At $10^{-5}$ nothing breaks; there is just not enough
# movement in so few steps.
#
# **Batch size.** At equal images a batch of 8 gets 64 times as many updates as one of 512. With a dozen updates
# nobody learns much, and that is all that the large batch shows here: it would need more passes, or a higher rate.
# It cannot *overfit* in this table: each digit was seen once. Compare the seconds too: small batches pay for each
# step's overhead.
#
# **Timesteps.** A training step costs the same for any $T$: one timestep is drawn for each image. What $T$ costs is
# DDPM sampling, one call of the network for each timestep, five times as many for 5,000 as for 1,000. Is the
# difference in the error larger than that of the three seeds? Whether *samples* get better with $T$ this table
# does not say.
#
# **Width.** Twice the channels are about four times the arithmetic, so equal images are far from equal time.
# And 32 channels differ in more than size: with 32 groups of one channel, `norm2` removes most of the steering
# (Section 4), so this row shows two effects at once.

# %% [markdown]
# ## Section 10: Tips for speed that you can trust
#
# A tip is worth what its check is worth. Each of the three below comes with one.
#
# ### Gradient accumulation
#
# A large batch that does not fit into memory can be split: call `backward` on each part, let PyTorch add the
# gradients up, then clip and step **once**. Each part's loss is weighted by its share of the images. For a network
# without batch normalisation the result is the gradient of the whole batch, up to rounding.
#
# Do not build this from `train_step`. That function clears the gradients, has already stepped when it returns, and
# returns a plain float, on which nobody can call `backward`.

# %% name="accumulation"
torch.manual_seed(0)
big = to_floats(small_digits.pixels[:64]).to(device)
t = torch.randint(0, 1000, (64,), device=device)
x_t, noise = add_noise(big, t, scheduler)
net = SimpleUNet().to(device)


def gradient(parts: int) -> torch.Tensor:
    """The gradient of the same 64 images, in one go or in parts."""
    net.zero_grad()
    for x, at, eps in zip(*(whole.tensor_split(parts) for whole in (x_t, t, noise)), strict=True):
        loss = F.mse_loss(net(x, at), eps)
        (loss * len(x) / 64).backward()
    return torch.cat([weight.grad.flatten() for weight in net.parameters()])


whole = gradient(1)
for parts in (4, 5):
    off = (gradient(parts) - whole).norm() / whole.norm()
    assert off < 1e-4, "the parts should add up to the whole"
    print(f"{parts} parts of {[len(x) for x in t.tensor_split(parts)]}: relative difference {off:.0e}")

# %% [markdown]
# ### Mixed precision
#
# Half precision saves time and memory where the hardware is built for it. `float16` has so short a range that small
# gradients would become 0. So a scaler multiplies the loss, and with it all gradients, by a large number. Three things
# follow, in this order:
#
# 1. `scaler.unscale_(optimizer)` **before clipping**. Otherwise you clip numbers that are tens of thousands of times
#    too large.
# 2. `scaler.step(optimizer)`, which leaves a step out if a gradient overflowed.
# 3. `scaler.update()`, which then chooses a smaller number (and now and then tries a larger one). Without it the
#    second step fails.
#
# Only the forward pass stands under `autocast`. `bfloat16` has the range of `float32` and needs no scaler; here it
# has one so that you can watch it at work on any machine.

# %% name="amp"
half_type = torch.float16 if device.type == "cuda" else torch.bfloat16


def amp_step(trainer: DDPMTrainer, x_0: torch.Tensor, scaler: torch.amp.GradScaler) -> tuple[float, float, float]:
    """One step in mixed precision; returns the loss, and the gradient's norm before and after unscale_."""
    trainer.optimizer.zero_grad()
    with torch.autocast(device.type, half_type):
        loss = trainer.loss(x_0)
    scaler.scale(loss).backward()
    scaled = nn.utils.get_total_norm([p.grad for p in trainer.model.parameters()])
    scaler.unscale_(trainer.optimizer)
    norm = nn.utils.clip_grad_norm_(trainer.model.parameters(), 1.0)
    scaler.step(trainer.optimizer)
    scaler.update()
    return loss.item(), scaled.item(), norm.item()


torch.manual_seed(0)
mixed = DDPMTrainer(SimpleUNet(), scheduler, device=device)
torch.manual_seed(1)
full_loss = mixed.loss(big)
full_loss.backward()
full_norm = nn.utils.get_total_norm([p.grad for p in mixed.model.parameters()]).item()
scaler = torch.amp.GradScaler(device.type)
torch.manual_seed(1)  # the same timesteps and noise
mixed_loss, scaled, norm = amp_step(mixed, big, scaler)
print(f"loss: {full_loss.item():.4f} in float32, {mixed_loss:.4f} in {half_type}")
print(f"gradient's norm: {full_norm:.4f} in float32, {norm:.4f} mixed; before unscale_ it was {scaled:.0f}")
assert abs(norm - full_norm) < 0.05 * full_norm, "half precision should change the gradient by a few per cent at most"

scaler.scale(mixed.loss(big)).backward()
scaler.step(mixed.optimizer)
try:
    scaler.step(mixed.optimizer)
except RuntimeError as error:
    print(f"without update(): {error}")


# %% name="amp_time"
def seconds_a_step(call, repeats: int = 2 if QUICK else 5) -> float:
    """Mean time of a call, after one to warm up."""
    call()
    before = time.perf_counter()
    for _ in range(repeats):
        call()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - before) / repeats


plain, scaler = DDPMTrainer(SimpleUNet(), scheduler, device=device), torch.amp.GradScaler(device.type)
single, mixed_time = seconds_a_step(lambda: plain.train_step(big)), seconds_a_step(lambda: amp_step(plain, big, scaler))
print(f"a step of 64 small digits on {device}: {single:.3f} s in float32, {mixed_time:.3f} s mixed: ", end="")
print(f"{single / mixed_time:.2f} times as fast")

# %% [markdown]
# Whether it pays depends on the hardware. A processor without instructions for half precision has to convert back
# and forth. So measure on *your* machine, and do not expect a fixed factor.
#
# ### Data in memory
#
# `DataLoader` opens, converts and normalises each picture anew in every epoch. All of MNIST is 55 MB of bytes:
# convert a batch at a time from one tensor, and there is nothing to wait for. Whether that matters depends on how
# long a training step takes.

# %% name="caching"
resident = Images(train_digits.data[:DIGITS, None], train_digits.targets[:DIGITS])
number = len(train_loader)
from_loader = seconds_a_step(lambda: sum(1 for _ in train_loader), 2) / number
from_memory = seconds_a_step(lambda: sum(1 for _ in batches(resident, BATCH)), 2) / number

ordered = torch.stack([train_digits[i][0] for i in range(64)])
assert torch.allclose(ordered, to_floats(train_digits.data[:64, None]), atol=1e-6), "both roads give the same pixels"
print(f"a batch of {BATCH}: {1e3 * from_loader:.2f} ms from the DataLoader, {1e3 * from_memory:.2f} ms from memory")
print(f"a training step of Section 6 took {1e3 * step_seconds:.0f} ms on {device}, so reading was ", end="")
print(f"{100 * from_loader / step_seconds:.1f} % of it")

# %% [markdown]
# The factor between the two is large, but look at the last line before you rewrite your code: what counts is the
# share of the whole. Where a step takes as little time as reading its batch, as it may on a fast accelerator, half
# of the time can be won.

# %% [markdown]
# ## Summary
#
# - **The schedule** is fixed, and is three tables. Check its end: it should reach noise.
# - **The forward process** is one line, for any noise level.
# - **Time** comes in as waves, the fastest first, and steers each channel by a factor. Where the norm stands decides
#   how much of that factor gets through.
# - **The network** here is the simplest that works. It has no encoder-decoder skips.
# - **Training** is a regression with a known target. Its loss usually falls, scatters, and flattens; nothing
#   guarantees more.
# - **Sampling** believes in an image, goes a small step towards it, and puts a little noise back.
# - **Loss curves** tell whether a run is alive. Whether its samples are good, somebody has to look.
# - **Knobs and tips**: measure. Say what was held equal, and how much luck was in it.
#
# From here, `ddpm` is the same idea grown up: averaged weights, other schedules and targets, labels, metrics with
# floors, and a command line.

# %% name="clock"
print(f"The whole notebook took {(time.perf_counter() - started) / 60:.1f} minutes on {device}.")
