"""What makes samples better: architecture, sampler and number of steps, settings of training, size of the sample.

`make bench-quality` prints the tables of solutions/ddpm/README.md; it needs full MNIST (DDPM_DATA, or a network) and
about two hours of two cores. Every row is a job of its own; there are as many at a time as cores, with a thread each,
and what a job found is kept, so that an interrupted run goes on: after a change of a configuration delete
bench/quality.jsonl.
FID is the one on features of the shipped classifier, against 60,000 training digits; its floor is the same number of
test digits. Its interval is a bootstrap over samples: another training may differ by more, see the row "seed 1".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import full_mnist
import rows
import torch
from torch import Tensor, nn
from work import training_flops

from course_config import ROOT
from ddpm import DDPMSchedules, DDPMTrainer, UNetSmall, data, generate, load_config, metrics
from ddpm.checkpoint import load_weights
from ddpm.config import overridden

Row = list[str]
# Unless a row says otherwise: DDIM in 50 steps without guidance.
PLAIN = [f"sampling.{x}" for x in ("method=ddim", "num_steps=50", "spacing=linspace", "guidance=0", "amp=off")]
PLAIN += ["sampling.guidance_interval=null"]
SHARED = [*PLAIN, "training.target=eps", "training.batch_size=128", "training.ema_decay=0.995"]  # of both architectures
SHARED += ["training.optimizer=adam", "data.limit=null", "sampling.num_steps=20"]
BEFORE = ["training.optimizer=adam", "training.epochs=12"]  # what mnist-laptop was before Muon
KEPT = ROOT / "bench" / "quality.jsonl"
EPOCHS = 10  # of UNetSmall; the other one stops after as much arithmetic


def lecture_model() -> nn.Module:
    """The assignment's SimpleUNet."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "solutions" / "demo"))
    from diffusion_model import SimpleUNet

    return sized(SimpleUNet(1, 64))


def sized(model: nn.Module, side: int = 28) -> nn.Module:
    """A SimpleUNet that knows its image size, as generate asks for it."""
    model.in_channels, model.image_size = 1, side
    return model


def drawn(model: nn.Module, count: int, seed: int, side: int = 28) -> Tensor:
    """Images (count, 1, side, side) in [-1, 1] by the assignment's network and schedule, DDIM in 50 steps."""
    config = load_config("mnist-laptop", [*PLAIN, "training.target=eps", "schedules.kind=linear"])
    return generate.images(sized(model.eval(), side), config, count, seed).clamp(-1, 1)


def small_model() -> nn.Module:
    return UNetSmall(**load_config("mnist-laptop")["model"] | {"num_classes": None})


def trained(model: nn.Module, config: dict) -> tuple[nn.Module, float]:
    """The moving average after training, and its held-out eps-MSE on the 10,000 test digits."""
    images = data.load("mnist", limit=config["data"]["limit"])
    trainer = DDPMTrainer(model, DDPMSchedules(**config["schedules"]), images=images, **config["training"])
    trainer.train()
    trainer.held_out = data.load("mnist", train=False)
    return trainer.ema.module, trainer.held_out_error(trainer.ema.module)[0]


def real_digits(count: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """What samples are held against: all training digits, and so many test digits, for the floor."""
    real, held_out = (data.to_floats(data.load("mnist", train=train).pixels) for train in (True, False))
    return real, held_out[torch.randperm(len(held_out), generator=draw)[:count]]


def looked_at(samples: Tensor) -> Row:
    """FID with its interval, its floor, the share that the classifier is sure of, and the rarest class."""
    draw = torch.Generator().manual_seed(0)
    real, held_out = real_digits(len(samples), draw)
    noise = torch.rand(samples.shape, generator=draw) * 2 - 1
    found = {m.name: m for m in metrics.through("classifier", (samples, held_out, noise), real, draw, 200, "cpu")}
    fid, sure = found["FID"], found["confidence above 0.9"]
    rarest = min(metric.value for name, metric in found.items() if name.startswith("class "))
    return [
        f"{fid.value:.2f} ({fid.low:.2f} to {fid.high:.2f})",
        f"{fid.floor:.2f}",
        f"{sure.value:.1%}",
        f"{rarest:.1%}",
    ]


# ---- jobs


def architecture(make: Callable[[], nn.Module]) -> list[Row]:
    """Train with as much arithmetic as UNetSmall takes for EPOCHS epochs."""
    torch.manual_seed(0)
    model = make()
    work = training_flops(model)
    epochs = round(EPOCHS * training_flops(small_model()) / work)
    config = load_config("mnist-laptop", [*SHARED, f"training.epochs={epochs}"])
    average, error = trained(model, config)
    samples = generate.images(average, config, 10_000, seed=0).clamp(-1, 1)
    numbers = sum(parameter.numel() for parameter in model.parameters())
    arithmetic = [f"{numbers:,}", f"{work / 1e9:.2f}", str(epochs), f"{epochs * 60_000 * work / 1e12:.0f}"]
    return [[type(model).__name__, *arithmetic, f"{error:.4f}", *looked_at(samples)]]


def setting(words: str, counts: list[int], *overrides: str) -> list[Row]:
    """The laptop's training with one setting changed; a row for each number of samples."""
    config = load_config("mnist-laptop", [*PLAIN, *overrides])
    torch.manual_seed(config["training"]["seed"])
    model, error = trained(UNetSmall(**config["model"]), config)
    samples = generate.images(model, config, counts[-1], seed=0).clamp(-1, 1)
    return [[words, f"{count:,}", f"{error:.4f}", *looked_at(samples[:count])] for count in counts]


def sampling(words: str, counts: list[int], *overrides: str) -> list[Row]:
    """The shipped model, sampled in one way; a row for each number of samples."""
    model, config, _ = load_weights()
    samples = generate.images(model, overridden(config, [*PLAIN, *overrides]), counts[-1], seed=0).clamp(-1, 1)
    return [[words, f"{count:,}", *looked_at(samples[:count])] for count in counts]


LOOKS = ["FID", "floor", "confidence above 0.9", "rarest class"]
ARITHMETIC = ["parameters", "GFLOP an image", "epochs", "TFLOP", "eps-MSE"]
TABLES: dict[str, tuple[Row, list[partial[list[Row]]]]] = {
    "Architectures": (
        ["model", *ARITHMETIC, *LOOKS],
        [partial(architecture, lecture_model), partial(architecture, small_model)],
    ),
    "Samplers of the shipped model": (
        ["sampler", "n", *LOOKS],
        [
            partial(sampling, "DDPM, 1000 steps", [500], "sampling.method=ddpm"),
            partial(sampling, "DDIM, 50 steps", [250, 500, 1000, 2000, 5000, 10_000]),
            *(partial(sampling, f"DDIM, {n} steps", [2000], f"sampling.num_steps={n}") for n in (5, 10, 20, 100)),
            partial(sampling, "DDIM, 50 steps, eta 1", [2000], "sampling.eta=1"),
            partial(sampling, "DDIM, 50 steps, guidance 0.5", [1000], "sampling.guidance=0.5"),
            partial(sampling, "DDIM, 50 steps, guidance 0.5, eta 1", [1000], "sampling.guidance=0.5", "sampling.eta=1"),
            partial(sampling, "DDIM, 50 steps, guidance 1", [2000], "sampling.guidance=1"),
        ],
    ),
    "Settings of `ddpm train --config mnist-laptop`": (
        ["changed", "n", "eps-MSE", *LOOKS],
        [
            partial(setting, "nothing", [500, 1000]),
            partial(setting, "seed 1", [1000], "training.seed=1"),
            partial(setting, "Adam", [1000], "training.optimizer=adam"),
            partial(setting, "Adam, 12 epochs", [1000], *BEFORE),
            partial(setting, "Adam, 12 epochs, seed 1", [1000], *BEFORE, "training.seed=1"),
            partial(setting, "linear schedule", [1000], "schedules.kind=linear"),
            partial(setting, "target eps", [1000], "training.target=eps"),
            partial(setting, "sampled by DDPM, 1000 steps", [500], "sampling.method=ddpm"),
            partial(setting, "T = 100, by DDPM", [500, 1000], "schedules.num_timesteps=100", "sampling.method=ddpm"),
        ],
    ),
}


def name_of(job: partial[list[Row]]) -> str:
    """What a job is, in words that no other has: its function and its arguments."""
    return " ".join([job.func.__name__, *(getattr(word, "__name__", str(word)) for word in job.args)])


def main() -> None:
    jobs = {name_of(job): job for _, table in TABLES.values() for job in table}
    full_mnist.or_leave_out(jobs)
    cores, done = os.cpu_count() or 1, rows.kept(KEPT)
    with ProcessPoolExecutor(cores, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        waiting = {name: pool.submit(job) for name, job in jobs.items() if name not in done}
        for name, future in waiting.items():
            future.add_done_callback(
                lambda found, name=name: found.exception() or rows.keep(KEPT, name, found.result())
            )
    done |= {name: future.result() for name, future in waiting.items()}
    for title, (head, table) in TABLES.items():
        lines = [row for job in table for row in done[name_of(job)]]
        print(f"{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
        print("\n".join(f"| {' | '.join(row)} |" for row in lines), end="\n\n")
    print(f"Made by `make bench-quality`: CPU, {cores} cores with a job each, torch {torch.__version__}, seed 0.")


if __name__ == "__main__":
    main()
