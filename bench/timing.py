"""How long runs take that take turns, so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch


def seconds(run: Callable[[], object], device: str) -> float:
    """Wall time of one run, with all that it gave the device to do."""
    start = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def medians(runs: Mapping[str, Callable[[], object]], rounds: int, device: str) -> dict[str, float]:
    """Median seconds of each run; a first round warms up and does not count."""
    times = [{name: seconds(run, device) for name, run in runs.items()} for _ in range(rounds + 1)][1:]
    return {name: statistics.median(round[name] for round in times) for name in runs}
