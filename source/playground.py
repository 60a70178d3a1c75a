# %% [markdown]
# # Playground: schedules, samplers, and the way from noise to a digit
#
# A small model was trained on MNIST and lies in `weights/`. Here you turn the knobs around it: schedule, number of
# timesteps, sampler, steps, eta, seed. Each experiment shows a plot with its first settings; below it are widgets
# that draw it again. Where there are no widgets (on a web page, say), the plots are still there: change the numbers
# in the call of `play` and run the cell.
#
# Three questions to keep in mind:
#
# 1. Which schedule spends its steps where the picture is decided?
# 2. How few steps are enough, and what breaks first when there are too few?
# 3. What does the model believe in the middle of the way, and when does it stop changing its mind?

# %% name="imports"
# %matplotlib inline
import inspect

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import display

from ddpm import DDPMSampler, DDPMSchedules
from ddpm.checkpoint import load_weights
from ddpm.sampler import evenly
from ddpm.schedules import KINDS
from ddpm.targets import TARGETS, to_eps
from ddpm.viz import grid, plot_schedules

try:
    import ipywidgets as widgets
except ImportError:
    widgets = None  # plots without knobs

model, config, record = load_weights()
trained = DDPMSchedules(**config["schedules"])
target = config["training"]["target"]
print(f"{sum(p.numel() for p in model.parameters()):,} parameters; predicts {target}; {trained.kind} schedule,")
print(f"T = {trained.num_timesteps}, trained for {record['epochs']} epochs on {record['device']}")

# %% [markdown]
# `play(experiment, knob=choices, ...)` draws the experiment once with the defaults of its arguments and, where there
# are widgets, gives one for each knob: choices become a menu, a range or a pair of floats a slider.

# %% name="play"
def knob(choices, value):
    """A widget for these choices: a slider for a range or a pair of floats, else a menu."""
    quiet = {"value": value, "continuous_update": False}  # draw when the hand lets go
    if isinstance(choices, range):
        return widgets.IntSlider(min=choices.start, max=choices.stop - 1, step=choices.step, **quiet)
    if isinstance(choices[0], float):
        return widgets.FloatSlider(min=choices[0], max=choices[1], step=0.05, **quiet)
    return widgets.Dropdown(options=choices, value=value)


def play(experiment, **choices):
    """Draw an experiment with its defaults; below it, widgets that draw it again."""
    defaults = {name: p.default for name, p in inspect.signature(experiment).parameters.items()}
    display(experiment(**defaults))
    if widgets is None:
        return
    knobs = {name: knob(values, defaults[name]) for name, values in choices.items()}
    for name, one in knobs.items():
        one.description = name
    again = widgets.Output()

    def draw(_):
        with again:
            again.clear_output(wait=True)
            display(experiment(**{name: one.value for name, one in knobs.items()}))

    for one in knobs.values():
        one.observe(draw, "value")
    display(widgets.HBox([widgets.VBox(list(knobs.values()), layout={"flex": "none"}), again]))

# %% [markdown]
# ## 1. Schedules side by side
#
# Three schedules, the same T. Watch abar: the linear schedule has almost no image left after two thirds of the way,
# so its last steps move noise around. `rescale` multiplies the linear betas by 1000 / T. Without it a short linear
# schedule stops before the image is gone, and a sampler that starts from pure noise starts from something that the
# model has never seen.

# %% name="schedules"
# Figure: four panels over t / T with a line for each of three schedules: noise added, share of the image left, signal
# to noise, posterior variance by beta. The linear one has lost the image by two thirds of the way, the two others
# keep it for longer.
def schedules(T=1000, rescale=True):
    return plot_schedules([DDPMSchedules(kind, T, rescale=rescale) for kind in KINDS])


play(schedules, T=[50, 100, 250, 1000, 4000], rescale=[True, False])

# %% [markdown]
# ## 2. Sampling
#
# A model knows noise levels, not schedules: what it was asked in training is "this much signal, this much noise, what
# was the noise?". So steps that are even in one schedule can be walked by a model that was trained with another one,
# if each step is taken at the trained timestep of the same noise level. That is what `schedule` and `T` do here.
#
# `eta = 0` is [DDIM](https://arxiv.org/abs/2010.02502) (equations 12 and 16): noise in, image out, no dice on the way. `eta = 1` throws dice at each step, as DDPM does, and with
# all 1000 steps it is DDPM. Try 5, 10, 20 and 50 steps with each.
#
# `guidance` $w$ asks twice, with the label $c$ and without, and goes past the difference:
# $(1 + w)\, f(x, t, c) - w\, f(x, t)$. 0 is the model as it was trained. (This is the convention of
# [Ho and Salimans](https://arxiv.org/abs/2207.12598), equation 6; in
# diffusers `guidance_scale` is $1 + w$, so that 1 is plain there.) The label `none` asks without.

# %% name="sampling"
# Figure: four rows of ten digits, drawn with the settings of the knobs.
def matched(kind, T, steps):
    """Trained timesteps with the noise levels of evenly spaced steps in another schedule."""
    other = DDPMSchedules(kind, T, rescale=True)
    wanted = other.snr[evenly(T, min(steps, T))].log()
    nearest = (trained.snr.log()[None] - wanted[:, None]).abs().argmin(dim=1)
    return sorted(set(nearest.tolist()), reverse=True)


def way(kind, T, steps, eta, seed, label, guidance, count):
    """All points from noise to `count` images; label "all" takes 0, 1, 2, ... in turn, "none" asks without labels."""
    labels = None if label == "none" else torch.arange(count) % 10 if label == "all" else torch.full((count,), label)
    generator = torch.Generator().manual_seed(seed)
    sampler = DDPMSampler(trained, target)
    options = {"eta": eta, "labels": labels, "guidance": guidance, "generator": generator}
    return list(sampler.trajectory(model, (count, 1, 28, 28), matched(kind, T, steps), **options))


def samples(schedule="cosine", T=1000, steps=50, eta=0.0, label="all", guidance=0.0, seed=0):
    return grid(way(schedule, T, steps, eta, seed, label, guidance, 40)[-1].x, columns=10)


digits = ["all", "none", *range(10)]
play(
    samples,
    schedule=KINDS,
    T=[50, 100, 250, 1000],
    steps=[2, 5, 10, 20, 50, 100, 250, 1000],
    eta=(0.0, 1.0),
    label=digits,
    guidance=(0.0, 4.0),
    seed=range(0, 100),
)

# %% [markdown]
# ## 3. Step by step
#
# Four columns for one image: the noisy image after a step; the image that the model believed in; what it would have
# answered as noise; and as v. One answer gives all of them: with $x = \alpha x_0 + \sigma \epsilon$ and
# $v = \alpha \epsilon - \sigma x_0$, each follows from any other. The row below shows `target` at ten steps.
#
# Move `step` slowly through the first third. Without a label the believed image changes its mind about which digit it
# is; later it only sharpens. With a label it hardly ever does: choose one, and see how early the digit stands.

# %% name="step_by_step"
# Figure: above, one step as noisy image, believed image, noise and v; below, the belief at ten steps on the way.
def step_by_step(step=15, steps=30, target="x0", eta=0.0, label="none", seed=3):
    points = way("cosine", 1000, steps, eta, seed, label, 0.0, 1)
    chosen = np.linspace(0, len(points) - 2, 10).round().astype(int)
    figure = plt.figure(figsize=(11, 4.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[3, 2])
    now = points[min(step, len(points) - 2)]
    for axis, (name, image) in zip(above.subplots(1, 4), seen(now).items(), strict=True):
        show(axis, image, name)
    for axis, number in zip(below.subplots(1, 10), chosen, strict=True):
        show(axis, seen(points[number])[target], f"t = {points[number].t}")
    below.suptitle(f"{target} on the way")
    plt.close(figure)
    return figure


def seen(point):
    """The noisy image at a point, and what the model last believed: as image, and as noise and v to match."""
    signal, sigma = trained.level(point.t)
    x_0 = point.x_0
    eps = to_eps("x0", x_0, point.x, signal, sigma)
    return {"x": point.x, "x0": x_0, "eps": eps, "v": signal * eps - sigma * x_0}


def show(axis, image, title):
    axis.imshow(image[0, 0], cmap="gray", vmin=-1, vmax=1)
    axis.set_title(title, fontsize=9)
    axis.axis("off")


play(
    step_by_step,
    step=range(0, 29),
    steps=[10, 30, 100],
    target=TARGETS,
    eta=(0.0, 1.0),
    label=digits,
    seed=range(0, 100),
)

# %% [markdown]
# ## 4. The same noise, fewer steps
#
# With eta = 0 an image is a function of its noise. Here the same noise goes through fewer and fewer steps. What stays
# the same, and what goes first?

# %% name="fewer_steps"
# Figure: the same ten digits in 250, 100, 50, 20, 10 and 5 steps, a row each: they hardly change down to 10.
def fewer_steps(schedule="cosine", eta=0.0, seed=0):
    figure, axes = plt.subplots(6, 1, figsize=(7, 5.6), layout="constrained")
    for axis, steps in zip(axes, (250, 100, 50, 20, 10, 5), strict=True):
        row = way(schedule, 1000, steps, eta, seed, "all", 0.0, 10)[-1].x
        axis.imshow(grid(row, columns=10))
        axis.set_title(f"{steps} steps", fontsize=9)
        axis.axis("off")
    plt.close(figure)
    return figure


play(fewer_steps, schedule=KINDS, eta=(0.0, 1.0), seed=range(0, 100))
