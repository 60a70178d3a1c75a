"""How long runs take that take turns, so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

import torch

Run = Callable[[], object]


def seconds(run: Run, device: str) -> float:
    """Wall time of one run, with all that it gave the device to do."""
    start = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def medians_apart(sides: Mapping[str, Callable[[str], Run]], rounds: int, device: str) -> dict[str, float]:
    """Median seconds of each side's run; a first round warms up and does not count. Each side has a process, in which
    side(device) makes the run: what one does to its process helps no other."""
    with ExitStack() as processes:
        return taking_turns(
            {name: processes.enter_context(apart(side, device)) for name, side in sides.items()}, rounds
        )


def taking_turns(clocks: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    times = [{name: clock() for name, clock in clocks.items()} for _ in range(rounds + 1)][1:]
    return {name: statistics.median(round[name] for round in times) for name in clocks}


@contextmanager
def apart(side: Callable[[str], Run], device: str) -> Iterator[Callable[[], float]]:
    """What takes the time of a run in a process of its own."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(side, device, there))
    process.start()
    there.close()

    def clock() -> float:
        here.send(None)
        return here.recv()

    yield clock
    here.close()
    process.join()


def serve(side: Callable[[str], Run], device: str, pipe: Connection) -> None:
    run = side(device)
    while True:
        try:
            pipe.recv()
        except EOFError:  # nobody asks any more
            return
        pipe.send(seconds(run, device))
