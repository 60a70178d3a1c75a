"""What the MNIST notebook's laptop preset could be: its own main() over few digits, in many sizes, and its samples.

`make bench-presets` needs full MNIST for the FID (DDPM_DATA, or a network); about an hour and a half of one core. Each
row is kept as it comes, so that an interrupted run goes on. Ten epochs and Adam at 0.001 are the same in all, since
docs/contracts.md fixes them. Samples of smaller digits are scaled to 28x28 and held against the same real digits.
"""

from __future__ import annotations

import platform
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import full_mnist
import rows
import torch
import torch.nn.functional as F
from miniature import notebook
from quality import LOOKS, drawn, looked_at, real_digits
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import MNIST

from autograder import container
from course_config import DATA, ROOT
from ddpm import data, generate

KEPT = ROOT / "bench" / "presets.jsonl"
SAMPLES = 1000


@dataclass(frozen=True)
class Preset:
    """What the notebook may choose: how many digits, how large, how many at a time, how wide a network."""

    digits: int
    side: int
    batch: int
    channels: int = 64
    seed: int = 0


PRESETS = [
    Preset(4096, 28, 64),  # today's
    Preset(4096, 28, 64, seed=1),
    Preset(4096, 28, 16),
    Preset(6000, 16, 16),
    Preset(6000, 16, 8),
]


def measured(preset: Preset) -> dict[str, Any]:
    """Train and draw; the last epoch's loss, processor seconds of the training, and what the samples look like."""
    pixels = data.to_floats(MNIST(DATA / "mnist_subset").data[:, None])
    chosen = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))[: preset.digits]
    digits = scaled(pixels[chosen], preset.side)
    loader = DataLoader(TensorDataset(digits, torch.zeros(len(digits))), batch_size=preset.batch, shuffle=True)
    own = notebook("mnist")
    own |= {"train_loader": loader, "device": torch.device("cpu"), "BASE_CHANNELS": preset.channels}
    own["plot_convergence"] = lambda losses: None
    torch.manual_seed(preset.seed)  # here, since the notebook's cells set seeds of their own
    start = time.process_time()
    model, losses = own["main"]()
    seconds = time.process_time() - start
    samples = scaled(drawn(model, SAMPLES, preset.seed, preset.side), 28).clamp(-1, 1)
    return {"loss": losses[-1], "seconds": seconds, "looks": looked_at(samples)}


def longer() -> dict[str, Any]:
    """What the samples of the longer training look like, whose weights students get."""
    own = notebook("mnist")
    own["device"] = torch.device("cpu")
    model, _ = own["load_weights"](str(DATA / "mnist_trained" / "weights.pt"))
    return {"looks": looked_at(drawn(model, SAMPLES, 0))}


def shrunk(side: int) -> dict[str, Any]:
    """What real digits look like that were scaled down and up again: no samples of smaller digits can be better."""
    _, digits = real_digits(SAMPLES, torch.Generator().manual_seed(1))
    return {"looks": looked_at(scaled(scaled(digits, side), 28).clamp(-1, 1))}


def scaled(images: torch.Tensor, side: int) -> torch.Tensor:
    if images.shape[-1] == side:
        return images
    return F.interpolate(images, (side, side), mode="bilinear", antialias=True, align_corners=False)


def main() -> None:
    torch.set_num_threads(1)
    generate.BATCH = 50  # more digits at a time fall out of the cache
    presets = {str(preset): preset for preset in PRESETS}
    jobs: dict[str, partial[dict[str, Any]]] = {name: partial(measured, preset) for name, preset in presets.items()}
    jobs |= {"Longer training, 28x28": partial(longer), "Real digits at 16x16": partial(shrunk, 16)}
    full_mnist.or_leave_out(jobs)
    done = rows.kept(KEPT)
    for name, job in jobs.items():
        if name not in done:
            done[name] = job()
            rows.keep(KEPT, name, done[name])
    head = ["digits", "size", "batch", "channels", "seed", "last loss", "processor s", *LOOKS]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for name in jobs:
        row, first = done[name], [name, *[""] * 6]
        if preset := presets.get(name):
            first = [*map(str, asdict(preset).values()), f"{row['loss']:.4f}", f"{row['seconds']:.0f}"]
        print(f"| {' | '.join([*first, *row['looks']])} |")
    print(f"\nMade by `make bench-presets`: {platform.machine()}, one thread of {container.cores()} cores,", end=" ")
    print(f"torch {torch.__version__}, n = {SAMPLES:,}, DDIM in 50 steps.")


if __name__ == "__main__":
    main()
