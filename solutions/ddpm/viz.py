"""Pictures: grids of images, ways from noise to image, curves of training and of schedules."""

import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image
from torch import Tensor
from torchvision.utils import make_grid

from ddpm.checkpoint import in_one_step
from ddpm.data import to_pixels
from ddpm.sampler import Point
from ddpm.schedules import DDPMSchedules

ZOOM = 3  # screen pixels to a pixel of a digit
History = dict[str, list[Any]]  # of a training: numbers by step, rows by epoch
Item = TypeVar("Item")


# ---- images


def grid(images: Tensor, columns: int | None = None) -> Image.Image:
    """Images (n, c, h, w) in [-1, 1] side by side, as square as can be; enlarged without smoothing."""
    columns = columns or int(np.ceil(np.sqrt(len(images))))
    tiled = make_grid(to_pixels(images.cpu()), columns, padding=2, pad_value=128)
    picture = Image.fromarray(tiled.permute(1, 2, 0).numpy())
    return picture.resize((ZOOM * picture.width, ZOOM * picture.height), Image.Resampling.NEAREST)


def save_grid(images: Tensor, path: Path | str, columns: int | None = None) -> None:
    """Write a grid as PNG; folders are made."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    grid(images, columns).save(path)


def trajectory_grid(points: Sequence[Point], frames: int = 10) -> Image.Image:
    """Each image's way in a row: noisy images above, images that the model believed in below."""
    chosen = evenly_chosen(points, frames)
    columns = [point.x for point in chosen], [point.x_0 for point in chosen]
    rows = [torch.stack([image[n] for image in column]) for n in range(len(points[0].x)) for column in columns]
    return grid(torch.cat(rows), columns=len(chosen))


def evenly_chosen(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, from the first to the last."""
    return [items[i] for i in np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)]


def animate(points: Iterable[Point], path: Path | str, every: int = 1, hold: int = 20) -> None:
    """Write the way from noise to image as GIF or MP4, by the ending of `path`; the last frame stays for a while.

    Raises:
        ValueError: MP4 without ffmpeg on this machine, or another ending.
    """
    path, frames = Path(path), [grid(point.x) for point in points]
    frames = [*frames[:-1:every], *[frames[-1]] * hold]
    with in_one_step(path) as part:
        match path.suffix:
            case ".gif":
                frames[0].save(part, "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0)
            case ".mp4":
                write_mp4(frames, part)
            case _:
                raise ValueError(f"{path} should end in .gif or .mp4.")


def write_mp4(frames: Sequence[Image.Image], path: Path) -> None:
    if not shutil.which("ffmpeg"):
        raise ValueError("MP4 needs ffmpeg, which is not on this machine. Install it, or write a .gif.")
    size = f"{frames[0].width}x{frames[0].height}"
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "20", "-i", "-")
    even = ("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-f", "mp4")  # what players expect
    command = ["ffmpeg", "-y", "-loglevel", "error", *raw, *even, str(path)]
    try:
        subprocess.run(command, input=b"".join(frame.tobytes() for frame in frames), check=True)
    except subprocess.CalledProcessError:
        raise ValueError("ffmpeg could not write the MP4; what it said stands above. A .gif needs no ffmpeg.") from None


# ---- curves


def plot_training_curves(history: History) -> Figure:
    """Loss by step and by epoch, and what else a history holds: held-out errors, by timestep too, learning rate,
    metrics of samples."""
    rows = history.get("epochs", [])
    known = {name for row in rows for name in row}
    bins = sorted(name for name in known if name.startswith("held_out_bin_"))
    metrics = sorted(known - {"epoch", "loss", "seconds", "learning_rate", "held_out", "held_out_ema", *bins})
    panels: list[Callable[[Axes, History], None]] = [loss_by_step, loss_by_epoch]
    panels += [learning_rate] if history.get("learning_rates") else []
    panels += [held_out_by_epoch, held_out_by_time] if bins else []
    panels += [partial(line, name=name) for name in metrics]
    columns = min(len(panels), 3)
    rows_needed = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.4 * rows_needed), layout="constrained")
    axes = list(figure.subplots(rows_needed, columns, squeeze=False).flat)
    for axis, panel in zip(axes, panels, strict=False):
        panel(axis, history)
    for axis in axes[len(panels) :]:
        axis.axis("off")
    return figure


def loss_by_step(axis: Axes, history: History) -> None:
    losses = np.array(history["train_losses"])
    window = max(1, len(losses) // 50)
    smooth = np.convolve(losses, np.ones(window) / window, "valid")
    axis.plot(losses, linewidth=0.5, alpha=0.4, label="a batch")
    axis.plot(np.arange(len(smooth)) + window - 1, smooth, label=f"mean of {window}")
    axis.set(title="Training loss by step", xlabel="batch", ylabel="loss", yscale="log")
    axis.legend()


def loss_by_epoch(axis: Axes, history: History) -> None:
    epochs = range(1, len(history["epoch_losses"]) + 1)
    axis.plot(epochs, history["epoch_losses"], marker="o", markersize=3)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.set(title="Training loss by epoch", xlabel="epoch", ylabel="loss")


def held_out_by_epoch(axis: Axes, history: History) -> None:
    """The error of the noise, asked for without labels: models of all kinds compare by it. It is not the loss."""
    line(axis, history, "held_out", "raw weights")
    line(axis, history, "held_out_ema", "moving average")
    axis.set(title="Held-out error by epoch", ylabel="eps-MSE")
    axis.legend()


def learning_rate(axis: Axes, history: History) -> None:
    axis.plot(history["learning_rates"])
    axis.set(title="Learning rate", xlabel="step", ylabel="learning rate", ylim=(0, None))


def held_out_by_time(axis: Axes, history: History) -> None:
    for number, row in enumerate(history["epochs"]):
        values = [row.get(f"held_out_bin_{n}", np.nan) for n in range(10)]
        shade = min(1, 0.2 + 0.8 * (number + 1) / len(history["epochs"]))
        axis.plot(np.arange(10) / 10 + 0.05, values, color="C0", alpha=shade)
    axis.set(title="Held-out error (later epochs darker)", xlabel="t / T", ylabel="eps-MSE", yscale="log")


def plot_samples(folder: Path | str, most: int = 8) -> Figure | None:
    """How samples change: the first row of the grids that a training wrote, at most so many, evenly chosen."""
    chosen = evenly_chosen(sorted(Path(folder).glob("epoch_*.png")), most)
    if not chosen:
        return None
    figure = Figure(figsize=(9, 0.95 * len(chosen)), layout="constrained")
    for axis, path in zip(figure.subplots(len(chosen), squeeze=False).flat, chosen, strict=True):
        pixels = np.asarray(Image.open(path))
        axis.imshow(pixels[: pixels.shape[1] // 10])  # a row of ten
        axis.set(xticks=[], yticks=[], ylabel=int(path.stem.removeprefix("epoch_")))
    figure.supylabel("epoch")
    return figure


def line(axis: Axes, history: History, name: str, label: str | None = None) -> None:
    """One column of the epochs' table, where it has values."""
    points = [(row["epoch"], row[name]) for row in history["epochs"] if name in row]
    if points:
        axis.plot(*zip(*points, strict=True), marker="o", markersize=3, label=label)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.set(title=name.replace("_", " "), xlabel="epoch", ylabel=name.replace("_", " "))


def plot_schedules(schedules: Sequence[DDPMSchedules]) -> Figure:
    """Betas, abar, signal-to-noise ratio and posterior variance of several schedules, side by side."""
    figure = Figure(figsize=(15, 3.4), layout="constrained")
    beta, bar, ratio, variance = figure.subplots(1, 4)
    for one in schedules:
        share = np.arange(1, one.num_timesteps + 1) / one.num_timesteps
        label = f"{one.kind}, T = {one.num_timesteps}"
        beta.plot(share, one.betas, label=label)
        bar.plot(share, one.alpha_bars)
        ratio.plot(share, one.snr)
        variance.plot(share, one.posterior_variance / one.betas)
    beta.set(title="noise added at t", yscale="log", xlabel="t / T", ylabel="beta")
    bar.set(title="share of the image left", xlabel="t / T", ylabel="abar")
    ratio.set(title="signal to noise", yscale="log", xlabel="t / T", ylabel="abar / (1 - abar)")
    variance.set(title="noise put back at t", xlabel="t / T", ylabel="posterior variance / beta", xscale="log")
    beta.legend()
    return figure


def save_figure(figure: Figure, path: Path | str) -> None:
    """Write a figure as PNG; folders are made."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
