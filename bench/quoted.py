"""Numbers that the assignments' texts quote, each beside what it says there: `make quoted` takes two minutes.

`python bench/quoted.py --long` also guides with other seeds, and trains the MNIST network with 32 channels, and with
time in fewer of its blocks: half an hour more.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from miniature import load_sampler, notebook
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import MNIST

from course_config import DATA
from ddpm import data as digits_of

Quote = tuple[str, str]  # the measured number, and the sentence in which the text has it
T = 100


class Lab:
    """The spiral lab's own functions, points and tables, from a seed."""

    def __init__(self, seed: int) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self.own: dict[str, Any] = notebook("spiral")
        self.own["counted"] = lambda steps, _: steps
        self.own["rng"].bit_generator.state = np.random.default_rng(seed).bit_generator.state
        self.X = self.own["make_spiral"]()

    def tables(self, **options: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        made: tuple[np.ndarray, np.ndarray, np.ndarray] = self.own["make_linear_beta_schedule"](**options)
        return made

    def exact_samples(self, count: int, beta_end: float) -> np.ndarray:
        """Samples of the notebook's own loop with the best guess in the place of the network's."""
        tables = self.tables(T=T, beta_end=beta_end)

        def best(_: object, inputs: np.ndarray) -> tuple[np.ndarray, None]:
            return self.own["best_eps"](inputs[:, :2], self.X, tables[2][round(inputs[0, 2] * T) - 1]), None

        self.own["forward_network"] = best
        samples: np.ndarray = self.own["p_sample_loop"]({}, count, T, *tables)[0]
        return samples

    def last_losses(self, lr: float, **options: float) -> float:
        """The mean of the last 1,000 raw losses of the full run."""
        network = self.own["make_network"](**options)
        losses = self.own["train"](network, self.X, T, *self.tables(T=T, beta_end=0.1), lr=lr, smoothing=0.0)
        return float(losses[-1000:].mean())


def turns_of(points: np.ndarray) -> np.ndarray:
    """How many turns out a point of the solution's spiral lies: its radius grows evenly from 0.25 to 1.75 turns."""
    radius = np.hypot(*points.T)
    return 1.75 * radius / radius.max()


def apart(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - others, axis=-1)


def gap(points: np.ndarray) -> float:
    """From a point to the nearest one of another turn, at the median."""
    turns = turns_of(points)
    other_turn = np.abs(turns[:, None] - turns) > 0.5
    return float(np.median(np.where(other_turn, apart(points, points), np.inf).min(axis=1)))


def doubt(points: np.ndarray, alpha_bar: float) -> float:
    """The probability that a noised point came from another turn than it did, as who knows all points reckons it."""
    noise = np.random.default_rng(0).normal(size=points.shape)
    noisy = np.sqrt(alpha_bar) * points + np.sqrt(1 - alpha_bar) * noise
    weights = np.exp(-(apart(noisy, np.sqrt(alpha_bar) * points) ** 2) / (2 * (1 - alpha_bar)))
    turns = turns_of(points)
    other_turn = np.abs(turns[:, None] - turns) > 0.5
    return float(np.mean((weights * other_turn).sum(axis=1) / weights.sum(axis=1)))


def spiral() -> Iterator[Quote]:
    lab = Lab(42)
    a_bar = lab.tables(T=T, beta_end=0.1)[2]
    for length in (100, 400, 2000):
        left = np.sqrt(lab.tables(T=length)[2][-1])
        yield f"{left:.0%}", f"with T = {length} and the default betas so much of the signal is left at the end"
    yield f"{np.sqrt(1 / a_bar[19] - 1):.2f}", "near t = 20 the noise is ... of the data's own size"
    yield f"{gap(lab.X):.2f}", "the gap between two turns is about ..."
    for t in (20, 8):
        yield f"{doubt(lab.X, a_bar[t - 1]):.1%}", f"at t = {t} a point came from another turn, as the oracle reckons"
    fresh = lab.own["make_spiral"]()
    for name, points in (("the exact predictor's samples", lab.exact_samples(1000, 0.1)), ("a fresh spiral", fresh)):
        near = np.mean(apart(points, lab.X).min(axis=1) < 0.005)
        yield f"{near:.0%}", f"so many of {name} lie within 0.005 of a point of X"
    for end in (5e-3, 0.1):
        for seed in (1, 2):
            other = Lab(seed)
            edge = np.quantile(turns_of(other.X), 0.1)
            radius = np.hypot(*other.exact_samples(4000, end).T) * 1.75 / np.hypot(*other.X.T).max()
            share = 10 * np.mean(radius < edge) - 1
            yield f"{share:+.0%}", f"beta_end = {end}, seed {seed}: points too many in the innermost tenth"
    loss = Lab(42).last_losses(0.4, scale=0.1, momentum=0.9)
    yield f"{loss:.3f}", "the mean of the last 1,000 losses with the lab's values"
    yield f"{Lab(42).last_losses(0.05):.3f}", "the same with the defaults of the signatures"


def mnist() -> Iterator[Quote]:
    own = notebook("mnist")
    left = own["NoiseScheduler"]().alphas_cumprod.double()
    for share in (0.5, 0.01):
        yield (
            f"{int((left < share).nonzero()[0])}",
            f"the image's share of the variance falls below {share:.0%} at t = ...",
        )
    yield f"{left[499].sqrt():.2f}, {(1 - left[499]).sqrt():.2f}", "at t = 499, the image's amplitude and the noise's"
    signal, noise = left[500].sqrt(), (1 - left[500]).sqrt()
    yield f"{left[500]:.4f}, {signal:.3f}, {noise:.3f}", "by hand, at t = 500"
    yield f"{0.8 * signal - 0.5 * noise:.3f}", "what a pixel of 0.8 becomes with a noise of -0.5"
    yield f"{left[-1]:.2e}, {left[-1].sqrt():.4f}", "at the end, the image's share and its amplitude"
    yield f"{1 / left[-1].sqrt():.0f}", "at t = 999 the division multiplies every error of the guess by ..."
    yield f"{10 * 4096:,}, {10 * 60_000:,}", "training looks the two roots up so often, laptop and full"
    count = sum(weight.numel() for weight in own["SimpleUNet"]().parameters())
    yield f"{count:,}", "parameters"
    for size in (1.0, 100.0):
        at_once, later = adam_steps(size)
        yield (
            f"{at_once:.1f}, {later:.2f}",
            f"Adam's step at {size:.0f} times the usual gradient, and 50 updates later, in learning rates",
        )


def adam_steps(size: float, rate: float = 1e-3) -> tuple[float, float]:
    """The lengths of Adam's steps at one gradient of another size after a thousand usual ones, and 50 updates later."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([weight], lr=rate)
    steps = []
    for gradient in (*[1.0] * 1000, size, *[1.0] * 50):
        before = weight.item()
        weight.grad = torch.full((1,), gradient)
        optimizer.step()
        steps.append(abs(weight.item() - before) / rate)
    return steps[1000], steps[-1]


def sampling() -> Iterator[Quote]:
    own = notebook("sampling")
    load_sampler(own)
    table = own["schedule"]
    yield f"{table[500]:.2f}, {int((table < 0.01).nonzero()[0])}", "left half way, and below 0.01 from t = ..."
    yield f"{1 / table[-1].sqrt():,.0f}", "at t = 999 the division multiplies every error of the guess by ..."
    a, b = torch.randn(2, 400, 1, 28, 28, generator=own["seeded"](0))
    angle = torch.arccos((a * b).flatten(1).sum(1) / (a.flatten(1).norm(dim=1) * b.flatten(1).norm(dim=1)))
    on_the_sphere = (a + b) * (torch.sin(angle / 2) / torch.sin(angle))[:, None, None, None]
    labels = torch.arange(len(a)) % 10
    for place, x in {"at the ends": a, "half way on the sphere": on_the_sphere, "on the line": (a + b) / 2}.items():
        drawn = own["travel"](x, [*own["spread"](20), -1], labels).clamp(-1, 1)
        within = torch.stack([drawn[labels == label].var(dim=0).mean() for label in range(10)])
        yield f"{within.mean():.3f}", f"the variance of a pixel within a class of 400 digits, {place}"


def strengths() -> Iterator[Quote]:
    own = notebook("sampling")
    load_sampler(own)
    labels = torch.arange(200) % 10
    real = own["spread_within"](own["digits"]["features"].double(), own["digits"]["labels"])
    for w in (0.0, 0.5, 1.5, 4.0):
        for seed in (0, 1, 2):
            way, draws = own["guided"](own["unet"], labels, w), own["seeded"](seed)
            images = own["sample"](way, own["schedule"], (200, 1, 28, 28), own["spread"](6), own["kind"], 0.0, draws)
            features = own["features_of"](images)
            asked = own["classifier"](images.clamp(-1, 1)).argmax(dim=1) == labels
            looks = f"{own['distance'](features):.2f}, {asked.float().mean():.1%}"
            yield looks, f"distance and read as asked at w = {w} with seed {seed}"
            yield f"{own['spread_within'](features, labels) / real:.2f}", "and spread"


def digits(part: slice) -> TensorDataset:
    pixels = digits_of.to_floats(MNIST(DATA / "mnist_subset").data[part, None])
    return TensorDataset(pixels, torch.zeros(len(pixels)))


def laptop(**more: Any) -> dict[str, Any]:
    """The notebook's own functions with the laptop preset's digits, from seed 0."""
    torch.manual_seed(0)
    own = notebook("mnist")  # the functions' globals, so it is changed in place
    own["train_loader"] = DataLoader(digits(slice(4096)), batch_size=64, shuffle=True)
    own |= {"plot_convergence": lambda losses: None, "device": torch.device("cpu")} | more
    return own


def narrow() -> Iterator[Quote]:
    own = laptop(BASE_CHANNELS=32)
    yield f"{own['main']()[1][-1]:.4f}", "trained with 32 channels in the same way, the network reached a loss of ..."


class Still(torch.nn.Module):
    """In the place of a block's time_mlp: the scale is 1 at every t."""

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        return embedding.new_ones(1, 1)


def few_blocks() -> Iterator[Quote]:
    blocks = ("down_res1", "down_res2", "middle_res", "up_res2", "up_res1")
    for steered in (blocks, blocks[:1], ()):
        own = laptop()
        model = own["SimpleUNet"](1, 64)
        for name in set(blocks) - {*steered}:
            getattr(model, name).time_mlp = Still()
        optimizer = torch.optim.Adam([w for w in model.parameters() if w.requires_grad], lr=1e-3)
        schedule = own["NoiseScheduler"]()
        for _ in range(4):
            own["train_epoch"](model, optimizer, own["train_loader"], schedule, own["device"])
        torch.manual_seed(1)
        losses = own["losses_by_range"](model, schedule, digits(slice(5000, 5500)).tensors[0])
        early, late = losses[:, 0].mean(), losses[:, 9].mean()
        yield f"{losses.mean():.4f}", f"held-out loss after 4 epochs with time in {len(steered)} of the blocks"
        yield f"{early:.4f}, {late:.4f}", "of which below t = 100, and from t = 900 on"


def main() -> None:
    torch.set_num_threads(1)
    found: list[Callable[[], Iterator[Quote]]] = [
        spiral,
        mnist,
        sampling,
        *([strengths, narrow, few_blocks] if "--long" in sys.argv else []),
    ]
    for quotes in found:
        print(f"\n{quotes.__name__}")
        for number, sentence in quotes():
            print(f"{number:>16}  {sentence}", flush=True)


if __name__ == "__main__":
    main()
