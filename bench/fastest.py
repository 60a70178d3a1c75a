"""The fastest way to draw the shipped model's digits that is as good as DDIM in 50 steps.

`make bench-quality` prints the table after its own. Every way starts from the same noise and the same labels, so that
ways are compared in pairs: as good is one for which the bootstrap's 95 % interval of FID less that of DDIM-50 ends
below MARGIN, while the share of confident samples and that of the rarest class are not lower by more than one in a
hundred. What a way's samples look like to the classifier is kept in KEPT, so that an interrupted run goes on.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import full_mnist
import torch
from torch import Tensor

from course_config import ROOT
from ddpm import data, generate, metrics
from ddpm.checkpoint import load_state, load_weights, save_state
from ddpm.config import overridden
from ddpm.features import classify, load_classifier

KEPT = ROOT / "bench" / "fastest"
N, RESAMPLES, SEED = 10_000, 200, 0
MARGIN, LESS = 0.05, 0.01
GUIDANCE = 0.5
DDIM_50 = "ddim 50 linspace"
WAYS = [
    DDIM_50,
    *(f"dpm2m {n} trailing" for n in (5, 6, 7, 8)),
    *(f"dpm2m {n} trailing bf16" for n in (5, 6, 7)),
    *(f"dpm2m {n} linspace" for n in (6, 8)),
    "heun 4 karras",
    "ddim 10 trailing",
    *(f"dpm2m 6 trailing {low}:{high}" for low, high in ((0.2, 20), (0.5, 20), (0.2, 5))),
]


def settings(way: str) -> list[str]:
    """A way, "method steps spacing [bf16] [from:to]", as settings of `ddpm sample`."""
    method, steps, spacing, *more = way.split()
    chosen = [f"sampling.method={method}", f"sampling.num_steps={steps}", f"sampling.spacing={spacing}"]
    for word in more:
        interval = word.split(":")
        chosen.append(f"sampling.guidance_interval=[{','.join(interval)}]" if interval[1:] else f"sampling.amp={word}")
    return [f"sampling.guidance={GUIDANCE}", *chosen]


def kept(way: str) -> Path:
    return KEPT / f"{way.replace(' ', '_').replace(':', '-')}_{N}_{SEED}.pt"


def look(way: str) -> None:
    """Keep what a way draws: features (N, 64) of the samples, what the classifier takes them for (N, 10), and how often
    an image went through the model."""
    if kept(way).exists():
        return
    model, config, _ = load_weights()
    asked = 0

    def count(_: object, given: tuple[Tensor, ...]) -> None:
        nonlocal asked
        asked += len(given[0])

    model.register_forward_pre_hook(count)
    samples = generate.images(model, overridden(config, settings(way)), N, SEED).clamp(-1, 1)
    network = load_classifier()
    found = {"seen": metrics.features(network, samples), "taken": classify(network, samples)}
    save_state(found | {"calls": asked / N}, kept(way))


def row(way: str, found: dict[str, Any], right: dict[str, Any], reference: Tensor) -> str:
    distance, width = metrics.fid(reference), reference.shape[1]

    def apart(pairs: Tensor) -> float:
        return distance(pairs[:, :width]) - distance(pairs[:, width:])

    pairs, draw = torch.cat([found["seen"], right["seen"]], dim=1), torch.Generator().manual_seed(SEED)
    less = metrics.bootstrapped("FID less that of DDIM-50", apart, [pairs] * 3, draw, RESAMPLES)
    (sure, rarest), (sure_before, rarest_before) = (shares(side["taken"]) for side in (found, right))
    good = less.high < MARGIN and sure > sure_before - LESS and rarest > rarest_before - LESS
    fids = f"{distance(found['seen']):.3f} | {less.value:+.3f} ({less.low:+.3f} to {less.high:+.3f})"
    numbers = f"{fids} | {sure:.1%} | {rarest:.1%}"
    return f"| {way} | {found['calls']:g} | {numbers} | {'yes' if good else 'no'} |"


def shares(taken: Tensor) -> tuple[float, float]:
    """Of samples that the classifier is sure of, and of the rarest class."""
    sure, digit = taken.max(dim=1)
    return (sure > metrics.CONFIDENT).double().mean().item(), digit.bincount(minlength=10).min().item() / len(taken)


def main() -> None:
    full_mnist.or_leave_out(WAYS)
    cores = os.cpu_count() or 1
    real = metrics.features(load_classifier(), data.to_floats(data.load("mnist").pixels))
    with ProcessPoolExecutor(cores, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        waiting = {way: pool.submit(look, way) for way in WAYS}
        for way, future in waiting.items():
            future.add_done_callback(lambda _, way=way: print(f"drawn: {way}", file=sys.stderr, flush=True))
        for future in waiting.values():
            future.result()
    found = {way: load_state(kept(way)) for way in WAYS}
    print(
        f"| sampler, steps, spacing, guided where noise / signal is | calls | FID, n = {N:,} | less that of DDIM-50 ",
        end="",
    )
    print(f"| confidence above 0.9 | rarest class | as good |\n|{'---|' * 7}")
    for way in WAYS:
        print(row(way, found[way], found[DDIM_50], real), flush=True)
    print(f"\nMade by `make bench-quality`: guidance {GUIDANCE}, seed {SEED}, torch {torch.__version__}.")


if __name__ == "__main__":
    main()
