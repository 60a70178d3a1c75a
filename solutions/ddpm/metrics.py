"""How good samples are, each number beside what real images and noise would get.

A distance to the real images says little alone: its scale depends on the features and on n. So every metric is taken
three times with the same n: for the samples, for held-out real images (the floor), and for uniform noise (the ceiling).
Likenesses of pairs are no distances, and what real images get is no best: there the two others are another real image
and noise, either of which knows nothing of the image.
Images are float tensors (n, channels, height, width) in [-1, 1].
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance, NoTrainInceptionV3
from torchmetrics.image.kid import poly_mmd
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

from ddpm.data import Images, patience, to_floats, to_pixels
from ddpm.features import DigitClassifier, classify, load_classifier
from ddpm.sampler import DDPMSampler, evenly, every_class, normal
from ddpm.schedules import DDPMSchedules
from ddpm.targets import Model

CONFIDENT = 0.9
BLOCKS = 10
T_975, Z_975 = 2.262157, 1.959964  # quantiles of Student's t with BLOCKS - 1 degrees of freedom, and of the normal
LPIPS_IMAGES = 500
SSIM_WINDOW = 11  # pixels
Distance = Callable[[Tensor, Tensor], Tensor]  # (n,), of n pairs
Sides = Sequence[Tensor]  # three: of samples, of held-out images, of noise; a row is an image, or a pair


class Missing(RuntimeError):
    """A network that a metric looks through cannot be had here; the message says why."""


@dataclass(frozen=True)
class Metric:
    """One number with its 95 % interval, what real images (floor) and noise (ceiling) get, and the n it rests on.

    `beside` says what these two are called. A metric that could not be taken has the value nan, and its note says why.
    """

    name: str
    value: float
    low: float
    high: float
    floor: float
    ceiling: float
    n: int
    note: str = ""
    beside: tuple[str, str] = ("floor", "ceiling")


OTHERS = ("another image", "noise")  # beside likenesses of pairs


def evaluate(
    samples: Tensor,
    real: Tensor,
    held_out: Tensor,
    extractor: str | nn.Module = "classifier",
    resamples: int = 200,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> list[Metric]:
    """Measure samples against the training images `real` and against `held_out` images that nobody trained on.

    Args:
        samples, held_out: n of each are drawn, as many as the shorter has.
        real: all training images; the memorisation check knows only copies of these.
        extractor: what FID, KID and diversity look through: "classifier", "inception", or a module from images to
            features (n, d), which looks on the device it lies on. Class shares need a DigitClassifier.
        resamples: of the bootstrap. With Inception's 2,048 features each costs FID many seconds: take few.
        device: where a named extractor looks.

    Raises:
        ValueError: images of different shapes or outside [-1, 1], fewer than 20 of a kind, or an unknown extractor.
    """
    check(samples, real, held_out)
    draw = Generator().manual_seed(seed)
    # Data sets are sorted in places (the first half of MNIST's test digits is the easier one), and so may samples be.
    samples, real, held_out = (x.cpu()[torch.randperm(len(x), generator=draw)] for x in (samples, real, held_out))
    n = min(len(samples), len(held_out))
    images = samples[:n], held_out[:n], torch.rand(samples[:n].shape, generator=draw) * 2 - 1
    return [
        *through(extractor, images, real, draw, resamples, device),
        *diversity("diversity, LPIPS", lpips, [side[:LPIPS_IMAGES] for side in images], draw, resamples),
        *memorisation(images, real, draw, resamples),
    ]


def check(*sets: Tensor) -> None:
    usable = all(len(x) >= 20 and x.abs().max() <= 1.001 for x in sets)  # nan is not
    if not usable or len({images.shape[1:] for images in sets}) > 1:
        raise ValueError(
            "Samples, real and held-out images should be 20 or more of each, of one shape, and in [-1, 1]: "
            "ddpm.data.to_floats makes such images of bytes."
        )


# ---- networks to look through


@torch.no_grad()
def features(network: nn.Module, images: Tensor, batch: int = 250) -> Tensor:
    """Features (n, d) of images, in float64 and on the CPU."""
    look = network.features if isinstance(network, DigitClassifier) else network
    device = next((weight.device for weight in network.parameters()), "cpu")
    return torch.cat([look(part.to(device)).cpu() for part in images.split(batch)]).double()


def obtained(name: str, make: Callable[[], nn.Module]) -> nn.Module:
    try:
        with patience():
            return make()
    except (ModuleNotFoundError, OSError) as error:
        why = str(error).strip(".\n").replace("\n", " ")
        raise Missing(f"left out: {name} cannot be had here ({why})") from error


class Inception(nn.Module):
    """Images -> the 2,048 features that FID was defined on (Heusel et al. 2017), as torch-fidelity ports them."""

    def __init__(self) -> None:
        super().__init__()
        self.network = obtained("Inception v3", lambda: NoTrainInceptionV3("inception-v3-compat", ["2048"]))

    def forward(self, x: Tensor) -> Tensor:
        return self.network(to_pixels(x).expand(-1, 3, -1, -1))


def through(
    extractor: str | nn.Module, images: Sides, real: Tensor, draw: Generator, resamples: int, device: str | torch.device
) -> list[Metric]:
    """The metrics that look through a network."""
    networks: dict[str, Callable[[], nn.Module]] = {"classifier": load_classifier, "inception": Inception}
    if not isinstance(extractor, nn.Module) and extractor not in networks:
        raise ValueError(f'The extractor is "classifier", "inception" or a module, not {extractor!r}.')
    try:
        network = extractor if isinstance(extractor, nn.Module) else networks[extractor]().to(device)
    except Missing as error:
        return [left_out("FID, KID, diversity", error)]
    reference, *seen = (features(network, side) for side in (real, *images))
    return [
        replace(bootstrapped("FID", fid(reference), seen, draw, resamples), note=f"from {len(real):,} real images"),
        kid(seen, reference),
        *diversity("diversity, features", nn.PairwiseDistance, seen, draw, resamples),
        *(coverage([classify(network, x) for x in images]) if isinstance(network, DigitClassifier) else []),
    ]


@cache
def lpips() -> Distance:
    """LPIPS (Zhang et al. 2018) of n pairs, (n,), through SqueezeNet, at the 64 x 64 pixels that it was fitted on."""
    network = obtained("SqueezeNet", lambda: LearnedPerceptualImagePatchSimilarity("squeeze", reduction="none"))

    def distance(a: Tensor, b: Tensor) -> Tensor:
        pair = (F.interpolate(x.cpu().expand(-1, 3, -1, -1), size=64, mode="bilinear").clamp(-1, 1) for x in (a, b))
        return network(*pair)

    return distance


# ---- metrics of samples


def bootstrapped(
    name: str, statistic: Callable[[Tensor], Any], sides: Sides, draw: Generator, resamples: int
) -> Metric:
    """A statistic of rows, with an interval by resampling the rows of the samples.

    Resampling raises FID by about as much as the finite n has raised it already. The interval is therefore centred on
    the value: it says where the value would lie with other samples and the same n, as the floor has.
    """
    value, floor, ceiling = (float(statistic(side)) for side in sides)
    n = len(sides[0])
    again = [float(statistic(sides[0][torch.randint(n, (n,), generator=draw)])) for _ in range(resamples)]
    low, high = (torch.tensor(again) - sum(again) / resamples + value).quantile(torch.tensor([0.025, 0.975])).tolist()
    return Metric(name, value, low, high, floor, ceiling, n)


def fid(reference: Tensor) -> Callable[[Tensor], float]:
    """Frechet distance of Gaussians fitted to features (n, d) and to the reference's (Heusel et al. 2017, equation 6).

    torchmetrics would take the network itself and run it again for each resample; it is given the features instead.
    """
    given: Any = nn.Identity()
    given.num_features = reference.shape[1]
    metric = FrechetInceptionDistance(given, reset_real_features=False)
    metric.update(reference, real=True)

    def distance(seen: Tensor) -> float:
        metric.reset()
        metric.update(seen, real=False)
        return metric.compute().item()

    return distance


def kid(sides: Sides, reference: Tensor) -> Metric:
    """Squared MMD of features with the kernel (x.y / d + 1)^3 (Binkowski et al. 2018): unbiased, so it can be negative.

    The mean over ten blocks that share no image; they are independent, so Student's t gives the interval.
    """
    size = min(len(sides[0]), len(reference)) // BLOCKS
    blocks = [[x[size * i : size * (i + 1)] for i in range(BLOCKS)] for x in (reference, *sides)]
    scores = [torch.stack([poly_mmd(*pair) for pair in zip(blocks[0], side, strict=True)]) for side in blocks[1:]]
    value, floor, ceiling = (score.mean().item() for score in scores)
    half = T_975 * scores[0].std().item() / math.sqrt(BLOCKS)
    return Metric("KID", value, value - half, value + half, floor, ceiling, BLOCKS * size)


def diversity(name: str, load: Callable[[], Distance], sides: Sides, draw: Generator, resamples: int) -> list[Metric]:
    """Mean distance within pairs of samples. No image is in two pairs, so pairs are independent."""
    try:
        distance, half = load(), len(sides[0]) // 2
    except Missing as error:
        return [left_out(name, error)]
    metric = bootstrapped(name, torch.mean, [distance(x[:half], x[half : 2 * half]) for x in sides], draw, resamples)
    return [replace(metric, note="n pairs; below the floor: too alike")]


def left_out(name: str, error: Missing) -> Metric:
    return Metric(name, math.nan, math.nan, math.nan, math.nan, math.nan, n=0, note=str(error))


def nearest(images: Tensor, training: Tensor) -> Tensor:
    """Root-mean-square difference (n,) of each image from the nearest training image, in [0, 2]."""
    flat = training.flatten(1)
    found = [torch.cdist(part, flat).amin(dim=1) for part in images.flatten(1).split(250)]
    return torch.cat(found) / math.sqrt(flat.shape[1])


def memorisation(images: Sides, training: Tensor, draw: Generator, resamples: int) -> list[Metric]:
    """How near samples come to training images, and how many come nearer than 99 % of held-out images do.

    Copies lie far below the floor. Smooth samples lie a little below it, and are no copies: look at them.
    """
    sides = [nearest(side, training) for side in images]
    half = len(sides[1]) // 2
    limit = sides[1][:half].quantile(0.01)
    hits = [distances <= limit for distances in (sides[0], sides[1][half:], sides[2])]
    distance = bootstrapped("nearest training image", torch.mean, sides, draw, resamples)
    return [
        replace(distance, note=f"RMS difference, of {len(training):,} images; far below the floor: copies"),
        share("nearer than 99 % of reals", hits, "share; far above the floor: copies"),
    ]


def share(name: str, hits: Sides, note: str = "") -> Metric:
    """The share of hits (n,), with Wilson's interval (1927), which holds near 0 and 1 too."""
    value, floor, ceiling = (side.double().mean().item() for side in hits)
    n = len(hits[0])
    centre, spread = value + Z_975**2 / (2 * n), Z_975 * math.sqrt(value * (1 - value) / n + Z_975**2 / (4 * n * n))
    low, high = ((centre + sign * spread) / (1 + Z_975**2 / n) for sign in (-1, 1))
    return Metric(name, value, round(max(0.0, low), 12), min(1.0, high), floor, ceiling, n, note)


def coverage(probabilities: Sides) -> list[Metric]:
    """How many samples the classifier is sure of, and the share of each class, from probabilities (n, classes)."""
    confidence, guesses = zip(*(side.max(dim=1) for side in probabilities), strict=True)
    sure = share(f"confidence above {CONFIDENT:g}", [side > CONFIDENT for side in confidence], "share of samples")
    classes = range(probabilities[0].shape[1])
    return [sure] + [share(f"class {number}", [side == number for side in guesses]) for number in classes]


# ---- metrics of reconstructions


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal-to-noise ratio (n,) of n pairs in decibels; the peak is 2, from -1 to 1."""
    return peak_signal_noise_ratio(a, b, data_range=2.0, dim=(1, 2, 3), reduction="none")


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (n,) of n pairs (Wang et al. 2004), taken in [0, 1] as usual: it depends on the zero."""
    found = structural_similarity_index_measure((a + 1) / 2, (b + 1) / 2, data_range=1.0, reduction="none")
    return cast(Tensor, found)  # a pair only where more is asked for


def reconstruction(
    model: Model,
    schedules: DDPMSchedules,
    images: Tensor,
    ts: Sequence[int] = (100, 250, 500, 750),
    num_steps: int = 20,
    resamples: int = 200,
    seed: int = 0,
    target: str = "eps",
    **options: Any,
) -> list[Metric]:
    """PSNR, SSIM and LPIPS of held-out images (n, c, h, w) that were noised to each t and brought back by DDIM.

    They go through the model at once, on its device; options are those of `DDPMSampler.ddim_sample`. Beside each stands
    what another real image and what noise get: what knows nothing of the image. PSNR and SSIM rise with quality, LPIPS
    falls.

    Raises:
        ValueError: a t that the schedule does not have.
    """
    if not all(0 <= t < schedules.num_timesteps for t in ts):
        raise ValueError(f"Every t must lie between 0 and {schedules.num_timesteps - 1}, and they are {list(ts)}.")
    kinds, metrics, draw = dict[str, Distance](PSNR=psnr, SSIM=ssim), list[Metric](), Generator().manual_seed(seed)
    try:
        kinds["LPIPS"] = lpips()
    except Missing as error:
        metrics.append(replace(left_out("LPIPS of reconstructions", error), beside=OTHERS))
    sampler, noise = DDPMSampler(schedules, target), torch.rand(images.shape, generator=draw).to(images) * 2 - 1
    for t in ts:
        back = brought_back(model, sampler, images, t, num_steps, draw, **options)
        for name, kind in kinds.items():
            sides = [kind(other, images).cpu() for other in (back, images.roll(1, 0), noise)]
            found = bootstrapped(f"{name} from t = {t}", torch.mean, sides, draw, resamples)
            metrics.append(replace(found, beside=OTHERS))
    return metrics


def brought_back(
    model: Model, sampler: DDPMSampler, images: Tensor, t: int, num_steps: int, draw: Generator, **options: Any
) -> Tensor:
    """Images noised to t, and what DDIM makes of them."""
    steps, at = evenly(t + 1, min(num_steps, t + 1)), torch.full((len(images),), t, device=images.device)
    x = sampler.schedules.add_noise(images, at, normal(images.shape, images, draw))
    return sampler.ddim_sample(model, images.shape, steps=steps, x=x, generator=draw, **options).clamp(-1, 1)


# ---- in short


def quick(model: Model, sampler: DDPMSampler, held_out: Images, n: int = 500) -> dict[str, float]:
    """To follow a training by: FID of n samples of DDIM-20, its floor, and the share that the classifier is sure of.

    Nothing for images that are no digits, nor with fewer than 2 * n held-out ones.
    """
    if held_out.pixels.shape[1:] != (1, 28, 28) or len(held_out.pixels) < 2 * n:
        return {}
    network, draw = load_classifier(), Generator().manual_seed(0)
    order = torch.randperm(len(held_out.pixels), generator=draw)
    real = to_floats(held_out.pixels.cpu()[order])
    labels = every_class(model, n, sampler.device)
    steps = min(20, sampler.schedules.num_timesteps)
    samples = sampler.ddim_sample(model, (n, 1, 28, 28), steps, labels=labels, generator=draw).cpu().clamp(-1, 1)
    reference, seen, floor = (features(network, x) for x in (real[n:], samples, real[:n]))
    sure = (classify(network, samples).amax(dim=1) > CONFIDENT).double().mean().item()
    distance = fid(reference)
    return {"fid": distance(seen), "fid_floor": distance(floor), "confident": sure}


def likeness(model: Model, sampler: DDPMSampler, held_out: Images, n: int = 100) -> dict[str, float]:
    """To follow a training by: PSNR and SSIM of n held-out images, noised to T / 4 and brought back by 10 steps.

    LPIPS looks through a network that may have to be fetched, for which no training waits: `ddpm eval` takes it.
    Images smaller than the window through which SSIM looks get nothing.
    """
    if min(held_out.pixels.shape[-2:]) < SSIM_WINDOW:
        return {}
    images, t = to_floats(held_out.pixels[:n]).to(sampler.device), sampler.schedules.num_timesteps // 4
    back = brought_back(model, sampler, images, t, 10, Generator().manual_seed(0))
    return {"psnr": psnr(back, images).mean().item(), "ssim": ssim(back, images).mean().item()}


def table(metrics: Sequence[Metric]) -> str:
    """The metrics as lines of plain text, a block for each pair of things that they stand beside."""
    blocks = [block(list(some)) for _, some in groupby(metrics, key=lambda metric: metric.beside)]
    return "\n\n".join([*blocks, "floor: what real images get, the best there is; ceiling, noise: uniform noise."])


def block(metrics: Sequence[Metric]) -> str:
    rows = [("metric", "value", "95 % interval", *metrics[0].beside, "n", "")]
    for m in metrics:
        value, low, high, floor, ceiling = (f"{x:.4g}" for x in (m.value, m.low, m.high, m.floor, m.ceiling))
        taken = (value, f"{low} to {high}", floor, ceiling, str(m.n))
        rows.append((m.name, *("-----" if math.isnan(m.value) else taken), m.note))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
