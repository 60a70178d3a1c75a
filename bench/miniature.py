"""The notebooks' own way, gone small: data, schedule, training, samples and their measure, with a variant in a TODO's
place.

Each run has a process of its own, with limits. What came of it is kept in a file, so that no run is made twice.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import math
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets

from autograder import variants
from autograder.cells import grade_id, role_of
from course_config import DATA, ROOT

KEPT = ROOT / "bench" / "consequences.jsonl"

JOBS = 2
CPU_SECONDS, WALL_SECONDS, MEMORY = 10, 300, 8 * 2**30  # of one run
LEFT_OUT = ("given_data", "given_overview")  # of the given cells
TOO_LONG = f"no answer within {CPU_SECONDS} s of processor"

SETTINGS = {
    "spiral": "the lab's network and half its learning rate, 2,000 updates on 200 points, 500 samples in 100 steps",
    "mnist": "32 channels on 12x12 digits, main's ten epochs of 12 batches of 8, every learning rate three times as "
    "large, samples in 20 strides of 1,000 steps",
    "sampling": "60 digits in 5 steps of eta 0 and of eta 1, a third each from eps, x0 and v, guided by 0, 1 and 3, by "
    "the average of 60 noisy copies of the weights; ten digits encoded and decoded in 8 steps",
}
STEPS, POINTS, SPOTS = 2000, 200, 500
DRAWN, STOPS, TURNS, DECAY, COPIES, SCATTER = 20, 5, 8, 0.95, 60, 0.4
SIDE, CHANNELS, BATCH, EPOCH, HASTE, SAMPLES, STRIDES = 12, 32, 8, 12, 3, 32, 20

NUMBERS = {
    "loss": "squared error of the guessed noise on held-out data, through the solution's forward process",
    "beside": "mean distance from a sample of the plane to the nearest point of the data",
    "missed": "mean distance from a point of the data to the nearest sample",
    "tables": "sliced Wasserstein distance to digits of what the best linear network for the tables draws with them "
    "(after so short a training main's network draws noise, whoever wrote it)",
    "drawn": "logarithm of the Fréchet distance to real digits of those drawn with eta 0 (of eps, x0 and v the worst)",
    "stirred": "the same with eta 1",
    "misread": "share of both that the classifier does not read as the label that was asked for",
    "other": "mean difference of a pixel between digits of one and the same state of the generator",
    "alike": "share of pixels that are the same from another state, or in another digit of the same draw and label",
    "decoded": "mean difference of a pixel between digits and what comes back of them",
    "measured": "how far the logarithm of the variant's Fréchet distance of these digits is off",
}

Notebook = dict[str, Any]  # its globals
Numbers = dict[str, float]
Model = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


# ---- the notebooks


def notebook(assignment: str, todo: str = "", source: str = "") -> Notebook:
    """The globals after the provided and the TODO cells, with a variant in the place of one TODO's function.

    Checks, plots, training and the loading of digits are left out.
    """
    solution, made = variants.Solution(assignment, parent=None), {}
    cells = [cell for cell in solution.cells if role_of(cell) in ("given", "todo") and grade_id(cell) not in LEFT_OUT]
    for cell in [*cells, *(solution.cells_of(todo, source) if todo else [])]:
        exec(cell["source"], made)
    return made


def spiral(own: Notebook, right: Notebook, seed: int) -> tuple[Numbers, Numbers]:
    """The lab from the data to the samples."""
    own["rng"].bit_generator.state = np.random.default_rng(seed).bit_generator.state
    T = 100
    X = own["make_spiral"](POINTS)
    own["make_linear_beta_schedule"](T=T)  # the notebook shows this one, and noises to single steps
    tables = own["make_linear_beta_schedule"](T=T, beta_end=0.1)
    own |= {"X": X, "T": T} | dict(zip(("betas", "alphas", "alpha_bars"), tables, strict=True))
    own["q_sample"](X, T // 2, tables[-1])
    network = own["make_network"](scale=0.1, momentum=0.9)
    losses = own["train"](network, X, T, *tables, steps=STEPS, lr=0.2)
    assert len(losses) == STEPS, f"{len(losses)} losses of {STEPS} steps"
    samples, _ = own["p_sample_loop"](network, SPOTS, T, *tables)

    draw = right["rng"]
    draw.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    clean, t = right["make_spiral"](5000), draw.integers(1, T + 1, size=5000)
    noisy, noise = right["q_sample"](clean, t, right["make_linear_beta_schedule"](T=T, beta_end=0.1)[-1])
    guess, _ = own["forward_network"](network, np.column_stack([noisy, t / T]))
    data = np.asarray(own["make_spiral"](1000), dtype=float)
    blank = draw.standard_normal(samples.shape)
    numbers = {"loss": np.mean((guess - noise) ** 2), "beside": apart(samples, data), "missed": apart(data, samples)}
    return numbers, {"loss": 1.0, "beside": apart(blank, data), "missed": apart(data, data.mean(axis=0)[None])}


def apart(points: np.ndarray, others: np.ndarray) -> float:
    """Mean distance from each of the points to the nearest of the others."""
    return np.linalg.norm(points[:, None] - others, axis=-1).min(axis=1).mean()


def mnist(own: Notebook, right: Notebook, seed: int) -> tuple[Numbers, Numbers]:
    """main() on a few digits, then its model and a new schedule sample as the notebook does, in strides."""
    torch.manual_seed(seed)
    train, test = small_digits()[torch.randperm(6000)].split([5000, 1000])
    few = {"train": labelled(train), "test": labelled(test)}
    own |= {"train_digits": few["train"], "device": torch.device("cpu"), "BASE_CHANNELS": CHANNELS}
    own |= {f"{part}_dataset": digits for part, digits in few.items()}
    own |= {f"{part}_loader": DataLoader(digits, BATCH, shuffle=part == "train") for part, digits in few.items()}
    own["plot_convergence"] = lambda losses: (losses[0] - losses[-1]) / len(np.diff(losses))  # draws nothing
    own["scheduler"] = own["NoiseScheduler"]()
    own["add_noise"](train[:8], torch.arange(0, 1000, 125), own["scheduler"])  # the notebook shows a strip
    with in_haste():
        model = own["trained_model"](own["main"]())
    assert model is not None, "main returned no model"
    scheduler = own["NoiseScheduler"](num_timesteps=1000)
    assert in_strides(model, scheduler, SAMPLES).isfinite().all(), "samples are not finite"
    drawn = in_strides(linear_guess(scheduler, test), scheduler, 250)

    draw, real = torch.Generator().manual_seed(seed), test[:500]
    t, noise = torch.randint(1000, (len(real),), generator=draw), torch.randn(real.shape, generator=draw)
    with torch.no_grad():
        noisy, _ = right["add_noise"](real, t, right["NoiseScheduler"](), noise)
        guess = torch.cat([model(*some) for some in zip(noisy.split(250), t.split(250), strict=True)])
    blank = noise.clamp(-1, 1)
    numbers = {"loss": F.mse_loss(guess, noise).item(), "tables": sliced(drawn, test)}
    return numbers, {"loss": 1.0, "tables": sliced(blank, test)}


def sampling(own: Notebook, right: Notebook, seed: int) -> tuple[Numbers, Numbers]:
    """Averaged weights draw with labels, as each kind of answer, and what they drew is measured."""
    for names in (own, right):
        load_sampler(names)
    torch.manual_seed(seed)
    average, labels = averaged(own["ema_update"], right["unet"]), torch.arange(DRAWN) % 10
    strengths = {"eps": 0.0, "x0": 1.0, "v": 3.0}

    def drawn(kind: str, eta: float, state: int) -> torch.Tensor:
        way = own["guided"](answering(average, kind, right["schedule"]), labels, strengths[kind])
        shape, draws = (DRAWN, 1, 28, 28), torch.Generator().manual_seed(state)
        images = own["sample"](way, own["schedule"], shape, right["spread"](STOPS), kind, eta, draws)
        assert images.shape == shape, f"images have the shape {tuple(images.shape)}"
        return images

    plain, stirred = (torch.stack([drawn(kind, eta, seed) for kind in strengths]) for eta in (0.0, 1.0))
    first, again, elsewhere = stirred[-1], *(drawn("v", 1.0, state) for state in (seed, seed + 1))
    twins = plain.unflatten(1, (2, 10)).unbind(1)  # of each label
    real, ten, stops = right["digits"]["pixels"][:10, None] / 127.5 - 1, torch.arange(10), right["spread"](TURNS)
    decoded = mixed = (real - real.roll(1, dims=0)).abs().mean()
    with contextlib.suppress(Exception):  # who cannot go up draws all the same
        noise = own["travel"](right["schedule"][stops[-1]].sqrt().item() * real, stops[::-1], ten)
        back = (own["travel"](noise, [*stops, -1], ten) - real).abs().mean()
        decoded = back if back.isfinite() else mixed

    def far(images: torch.Tensor) -> float:
        """Of the worst kind."""
        return math.log(max(right["distance"](right["features_of"](some)) for some in images))

    features = right["features_of"](torch.cat([plain, stirred]).flatten(0, 1))
    distance, blank = right["distance"](features), far(torch.randn_like(plain))
    read = [right["classifier"](some.flatten(0, 1).clamp(-1, 1)).argmax(dim=1) for some in (plain, stirred)]
    numbers = {
        "drawn": far(plain),
        "stirred": far(stirred),
        "misread": (torch.cat(read) != labels.repeat(6)).float().mean(),
        "other": (first - again).abs().mean(),
        "alike": max((first == elsewhere).float().mean(), (twins[0] == twins[1]).float().mean()),
        "decoded": decoded,
        "measured": abs(math.log(own["distance"](features) / distance)),
    }
    gone = (blank, blank, 0.9, (first - elsewhere).abs().mean(), 1.0, mixed, blank - math.log(distance))
    return numbers, dict(zip(numbers, gone, strict=True))


def load_sampler(names: Notebook) -> None:
    """Give this notebook the trained network, and the schedule that it made."""
    names["FOLDER"], names["T"] = str(DATA / "mnist_sampler"), 1000
    names["unet"], names["kind"], names["classifier"], names["digits"] = names["load_sampler"]()
    names["schedule"] = names["cosine_alpha_bars"](names["T"])


@torch.no_grad()
def averaged(update: Callable[..., None], good: torch.nn.Module) -> torch.nn.Module:
    """What `update` makes of the first of these weights' copies with noise, by all that follow."""
    wandering = copy.deepcopy(good)

    def wander() -> None:
        for weight, own in zip(good.parameters(), wandering.parameters(), strict=True):
            own.copy_(weight + SCATTER * weight.std(correction=0) * torch.randn_like(weight))

    wander()
    average = copy.deepcopy(wandering)
    for _ in range(COPIES):
        wander()
        update(average, wandering, DECAY)
    return average


def answering(model: torch.nn.Module, kind: str, schedule: torch.Tensor) -> Callable[..., torch.Tensor]:
    """This model, which predicts v, as one that predicts what is asked for."""

    def answer(x: torch.Tensor, t: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        v, signal = model(x, t, labels), schedule[t[0]].sqrt().item()
        sigma = math.sqrt(1 - signal**2)
        return {"eps": sigma * x + signal * v, "x0": signal * x - sigma * v, "v": v}[kind]

    return answer


@contextlib.contextmanager
def in_haste() -> Iterator[None]:
    """Optimizers that are made in here learn faster: at main's rate so few steps do not tell a slow start from none."""
    plain = torch.optim.Optimizer.__init__

    def faster(self: torch.optim.Optimizer, params: Any, defaults: dict[str, Any]) -> None:
        plain(self, params, defaults | {"lr": HASTE * defaults["lr"]})

    torch.optim.Optimizer.__init__ = faster
    try:
        yield
    finally:
        torch.optim.Optimizer.__init__ = plain


def labelled(digits: torch.Tensor) -> TensorDataset:
    """As many as an epoch takes, with labels that mean nothing."""
    return TensorDataset(digits[: EPOCH * BATCH], torch.arange(EPOCH * BATCH) % 10)


@cache
def solution(assignment: str) -> Notebook:
    return notebook(assignment)


@cache
def small_digits() -> torch.Tensor:
    """The digits that the course ships, (6000, 1, SIDE, SIDE), from -1 to 1."""
    pixels = datasets.MNIST(DATA / "mnist_subset").data[:, None].float()
    return F.adaptive_avg_pool2d(pixels, SIDE) / 127.5 - 1


def linear_guess(scheduler: Any, digits: torch.Tensor) -> Model:
    """The best of all linear networks after training with these tables: digits are taken for normally distributed."""
    pixels = digits.flatten(1).double()
    mean, cov = pixels.mean(dim=0), pixels.T.cov()

    def guess(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        signal, noise = (factor.item() for factor in scheduler.get_coefficients(t[:1]))
        spread = signal**2 * cov + noise**2 * torch.eye(len(cov))
        return (noise * torch.linalg.solve(spread, (x.flatten(1) - signal * mean).T).T).view_as(x).float()

    return guess


@torch.no_grad()
def in_strides(model: Model, scheduler: Any, count: int) -> torch.Tensor:
    """The notebook's sample_digits in longer steps: the product of 1 - beta is what one leaves."""
    x, last = torch.randn(count, 1, SIDE, SIDE), scheduler.num_timesteps - 1
    stops = [-1, *(round(last * n / (STRIDES - 1)) for n in range(STRIDES))]
    for before, t in reversed(list(pairwise(stops))):
        beta, left = 1 - (1 - scheduler.betas[before + 1 : t + 1]).prod().item(), scheduler.alphas_cumprod[t].item()
        left_before = scheduler.alphas_cumprod[before].item() if t > 0 else 1.0
        clean = (x - math.sqrt(1 - left) * model(x, torch.full((count,), t))) / math.sqrt(left)
        mean_0, mean_t = math.sqrt(left_before) * beta, math.sqrt(1 - beta) * (1 - left_before)
        x = (mean_0 * clean.clamp(-1, 1) + mean_t * x) / (1 - left)
        if t > 0:
            x = x + math.sqrt(beta) * torch.randn_like(x)
    return x


def sliced(samples: torch.Tensor, digits: torch.Tensor) -> float:
    """Sliced Wasserstein distance: how far quantiles lie apart on a line, on average over 128 lines."""
    lines = torch.randn(SIDE**2, 128, generator=torch.Generator().manual_seed(0))
    levels = torch.linspace(0, 1, 101)
    seen = [torch.quantile(some.flatten(1) @ F.normalize(lines, dim=0), levels, dim=0) for some in (samples, digits)]
    return (seen[0] - seen[1]).abs().mean().item()


# ---- one run, in a process of its own

WAYS: dict[str, Callable[[Notebook, Notebook, int], tuple[Numbers, Numbers]]] = {
    "spiral": spiral,
    "mnist": mnist,
    "sampling": sampling,
}


@dataclass(frozen=True)
class Job:
    assignment: str
    seed: int
    todo: str = ""  # the solution has none
    file: str = ""

    @property
    def source(self) -> str:
        return (variants.BANK / self.file).read_text(encoding="utf-8") if self.file else ""

    @property
    def place(self) -> tuple[str, str, int]:
        """What is run, whatever a variant's head says of it, in which setting and with which seed."""
        code = "\n".join(line for line in self.source.split("\n") if not line.startswith("# "))
        key = hashlib.sha256(repr((code, SETTINGS[self.assignment])).encode()).hexdigest()[:12]
        return self.file or self.assignment, key, self.seed


@dataclass(frozen=True)
class Found:
    """What came of one run: its numbers, and what they are where nothing was learnt, or why there are none."""

    file: str
    key: str
    seed: int
    error: str = ""
    numbers: Numbers = field(default_factory=dict)
    gone: Numbers = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def place(self) -> tuple[str, str, int]:
        return self.file, self.key, self.seed


def measured(job: Job) -> Found:
    """Run it in a fork of this process, which has all imported, with limits."""
    small_digits()
    with contextlib.redirect_stdout(None):  # what the imports cell says
        solution(job.assignment)
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(job, theirs))
    process.start()
    theirs.close()
    said = {"error": TOO_LONG}
    with contextlib.suppress(EOFError):
        said = ours.recv() if ours.poll(WALL_SECONDS) else said
    process.kill()
    process.join()
    return Found(*job.place, **said)


def run(job: Job, pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    random.seed(job.seed)
    np.random.seed(job.seed)
    start, said = time.process_time(), {}
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        try:
            own = notebook(job.assignment, job.todo, job.source)
            numbers, gone = WAYS[job.assignment](own, solution(job.assignment), job.seed)
            said = {"numbers": rounded(numbers), "gone": rounded(gone)}
            if not all(map(math.isfinite, numbers.values())):
                said = {"error": "not finite"}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}".split("\n")[0][:80]}
    pipe.send(said | {"seconds": round(time.process_time() - start, 1)})


def rounded(numbers: Numbers) -> Numbers:
    return {name: round(float(value), 4) for name, value in numbers.items()}


def measure_all(jobs: list[Job], kept: Path = KEPT) -> list[Found]:
    """Each job's finding, in order; those that are not in the file yet are run, and written there as they come."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    found = {one.place: one for one in (Found(**json.loads(line)) for line in lines) if one.error != TOO_LONG}
    open_ones = [job for job in jobs if job.place not in found]
    with variants.pool(JOBS) as processes, kept.open("a", encoding="utf-8") as file:
        for number, new in enumerate(variants.in_order(processes, measured, open_ones), start=1):
            found[new.place] = new
            print(json.dumps(asdict(new)), file=file, flush=True)
            print(f"{number} of {len(open_ones)}: {new.file} {new.error or new.numbers}", file=sys.stderr, flush=True)
    return [found[job.place] for job in jobs]
