"""FID against seconds: the samplers of ddpm and those of diffusers, on the shipped model, guided.

`make bench-quality` prints the table after its own and draws docs/fid_seconds.png; twenty minutes of two cores. The
first five should have nothing else to do: TIMED batches are those whose median counts as seconds, and come first.
All ways draw the same numbers of digits with the same labels. They take turns, a batch each, from the same noise, so
that a busy moment of the machine hits all of them. Each batch is kept, so that an interrupted run goes on. The floor is
what as many test digits get. The shipped model's own way, guided in an interval of noise levels, is a line of its own,
and on a CPU that multiplies bfloat16 one in it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import full_mnist
import rows
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler
from matplotlib import pyplot as plt
from quality import real_digits
from timing import seconds
from torch import Tensor, nn

from course_config import ROOT
from ddpm import DDPMSampler, DDPMSchedules, metrics, precision
from ddpm.checkpoint import load_weights
from ddpm.features import load_classifier
from ddpm.sampler import guided, spaced
from sampling import GUIDANCE, INTERVAL, KIND, ours, theirs

KEPT = ROOT / "bench" / "frontier.jsonl"
PICTURE = ROOT / "docs" / "fid_seconds.png"
BATCH, BATCHES, TIMED = 50, 20, 5
Way = Callable[[Tensor], Tensor]


def ways(labels: Tensor) -> dict[str, dict[int, Way]]:
    """Samplers by name, each with the numbers of steps that are tried."""
    model, config, _ = load_weights()
    schedules, target = DDPMSchedules(**config["schedules"]), config["training"]["target"]
    made = {"num_train_timesteps": schedules.num_timesteps, "beta_schedule": "squaredcos_cap_v2"}
    made |= {"prediction_type": KIND[target], "timestep_spacing": "trailing"}

    def mine(method: str, spacing: str, amp: str, steps: int, interval: tuple[float, float] | None = None) -> Way:
        sampler, places = DDPMSampler(schedules, target, amp=amp), spaced(schedules, steps, spacing)
        how: dict[str, Any] = {"labels": labels, "guidance": GUIDANCE, "guidance_interval": interval}
        return lambda x: ours(model, sampler, x, places, method, **how)

    def of_diffusers(kind: Any, more: dict[str, Any], steps: int) -> Way:
        return partial(theirs, guided(model, labels, GUIDANCE), partial(kind, **made, **more), steps)

    zero = {"final_sigmas_type": "zero"}
    unclipped = {"clip_sample": False}  # clipped, it keeps the noise of before, and more steps are worse
    found = {
        "ddpm: DDIM": {n: mine("ddim", "trailing", "off", n) for n in (5, 10, 20, 50)},
        "ddpm: Heun": {n: mine("heun", "karras", "off", n) for n in (5, 8)},
        "ddpm: DPM++ 2M": {n: mine("dpm2m", "trailing", "off", n) for n in (4, 5, 6, 8, 10)},
        "ddpm: DPM++ 2M, in an interval": {n: mine("dpm2m", "trailing", "off", n, INTERVAL) for n in (4, 5, 6, 8, 10)},
        "ddpm: the same, bf16": {n: mine("dpm2m", "trailing", "bf16", n, INTERVAL) for n in (4, 5, 6, 8, 10)},
        "diffusers: DDIM": {n: of_diffusers(DDIMScheduler, unclipped, n) for n in (5, 10, 20, 50)},
        "diffusers: DPM++ 2M": {n: of_diffusers(DPMSolverMultistepScheduler, zero, n) for n in (4, 5, 6, 8, 10)},
        "diffusers: UniPC": {n: of_diffusers(UniPCMultistepScheduler, zero, n) for n in (4, 5, 6, 8, 10)},
    }
    if not precision.chosen("auto", labels.device):
        del found["ddpm: the same, bf16"]
    return found


def measured(way: Way, x: Tensor, network: nn.Module) -> dict[str, Any]:
    """Seconds that it takes to draw a batch, and what the classifier sees in it."""
    drawn = []
    spent = seconds(lambda: drawn.append(way(x).clamp(-1, 1)), "cpu")
    return {"seconds": spent, "seen": metrics.features(network, drawn[0]).tolist()}


def report(found: dict[str, dict[int, Way]], done: dict[str, dict[str, Any]], network: nn.Module) -> None:
    """Print the table and draw the figure."""
    count = BATCH * BATCHES
    real, held_out = real_digits(count, torch.Generator().manual_seed(0))
    distance = metrics.fid(metrics.features(network, real))
    floor = distance(metrics.features(network, held_out))
    print(f"| sampler | steps | digits a second | FID, n = {count:,}; floor {floor:.2f} |\n|---|---|---|---|")
    lines: dict[str, list[tuple[int, float, float]]] = {}
    for name, by_steps in found.items():
        lines[name] = []
        for steps in by_steps:
            batches = [done[f"{name} {steps} {batch}"] for batch in range(BATCHES)]
            spent = statistics.median(batch["seconds"] for batch in batches[:TIMED]) / BATCH
            fid = distance(torch.tensor([seen for batch in batches for seen in batch["seen"]], dtype=torch.float64))
            lines[name].append((steps, 1000 * spent, fid))
            print(f"| {name} | {steps} | {1 / spent:.1f} | {fid:.3f} |")
    draw(lines, floor)
    where = f"{torch.get_num_threads()} threads of a CPU, torch {torch.__version__}"
    print(f"\nMade by `make bench-quality`: {where}, guidance {GUIDANCE}; drawn: {PICTURE.relative_to(ROOT)}")


def draw(points: dict[str, list[tuple[int, float, float]]], floor: float) -> None:
    """The figure: a line for each sampler, its steps beside the points."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for name, line in points.items():
        x, y = [spent for _, spent, _ in line], [fid for _, _, fid in line]
        style = {"linestyle": "--", "marker": "o", "fillstyle": "none"} if "diffusers" in name else {"marker": "o"}
        axes.plot(x, y, label=name, **style)
        for steps, *at in line:
            axes.annotate(str(steps), at, xytext=(3, 4), textcoords="offset points", fontsize=7)
    axes.axhline(floor, color="grey", linewidth=1, label="floor: test digits")
    axes.set(xscale="log", yscale="log", xlabel="seconds for 1,000 digits", ylabel=f"FID (n = {BATCH * BATCHES:,})")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(lambda y, _: f"{y:.1g}" if round(y * 10) in (2, 3, 4, 6, 20) else "")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3, which="both")
    figure.savefig(PICTURE, dpi=110)


def main() -> None:
    labels, network = torch.arange(BATCH) % 10, load_classifier()
    found, done = ways(labels), rows.kept(KEPT)
    full_mnist.or_leave_out(f"{name}, {steps} steps" for name, by_steps in found.items() for steps in by_steps)
    for batch in range(BATCHES):
        x = torch.randn(BATCH, 1, 28, 28, generator=torch.Generator().manual_seed(batch))
        for name, by_steps in found.items():
            for steps, way in by_steps.items():
                if (row := f"{name} {steps} {batch}") not in done:
                    if not batch:
                        way(x)  # warm up
                    done[row] = measured(way, x, network)
                    rows.keep(KEPT, row, done[row])
    report(found, done, network)


if __name__ == "__main__":
    main()
