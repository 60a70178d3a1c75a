"""What `ddpm` can do: train, sample, animate, eval, curves, schedules, report, export, train-features."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option, Typer

from ddpm.ends import Ended

if TYPE_CHECKING:
    from ddpm.config import Settings
    from ddpm.unet import UNetSmall

app = Typer(
    help="Denoising diffusion on MNIST and CIFAR-10.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

OUT = Path("outputs")
Device = Annotated[str, Option(help="auto, cpu, cuda, cuda:1, mps.")]
Seed = Annotated[int, Option(min=0, max=2**63 - 1, help="Of everything random.")]
Weights = Annotated[Path | None, Option(help="A .safetensors file of `ddpm train`; the shipped model if left out.")]
Overrides = Annotated[list[str] | None, Argument(help="Settings that replace the file's: sampling.num_steps=20")]


@app.command()
def train(
    config: Annotated[str, Option(help="mnist, mnist-laptop, cifar10, or the path of a YAML file.")] = "mnist",
    overrides: Overrides = None,
    device: Device = "auto",
    seed: Annotated[int | None, Option(help="Replaces training.seed.")] = None,
    out: Annotated[Path, Option(help="Folder for ckpts, logs and grids.")] = OUT,
    resume: Annotated[bool, Option(help="Go on from the checkpoint in the folder.")] = False,
) -> None:
    """Train a model; checkpoints, logs and grids of samples go into the folder."""
    import torch

    from ddpm import data, load_config
    from ddpm.schedules import DDPMSchedules
    from ddpm.trainer import DDPMTrainer
    from ddpm.unet import UNetSmall

    extra = [] if seed is None else [f"training.seed={seed}"]
    settings = load_config(config, [*(overrides or []), *extra])
    latest = out / "ckpts" / "latest.pt"
    writable(latest)
    if latest.exists() and not resume:
        raise ValueError(f"{latest} is of an earlier training. --resume goes on from it, another --out leaves it be.")
    source = settings["data"]
    images = data.load(source["name"], source["root"], limit=source["limit"])
    held_out = data.load(source["name"], source["root"], train=False, limit=2000)
    torch.manual_seed(settings["training"]["seed"])
    trainer = DDPMTrainer(
        UNetSmall(**settings["model"]),
        DDPMSchedules(**settings["schedules"]),
        device=chosen(device),
        images=images,
        held_out=held_out,
        augment=source["augment"],
        out=out,
        config=settings,
        **settings["training"],
    )
    if resume:
        trainer.resume(latest)
    try:
        trainer.train()
    except Ended as end:
        end.sentence = f"Stopped after {trainer.epoch} epochs; the same command with --resume goes on from there."
        raise
    print(f"Trained for {trainer.epoch} epochs. Weights: {out / 'ckpts' / 'ema.safetensors'}; logs: {out / 'logs'}.")


@app.command()
def sample(
    weights: Weights = None,
    overrides: Overrides = None,
    num_samples: Annotated[int, Option(min=1)] = 64,
    label: Annotated[int | None, Option(help="A class, for a model trained with labels.")] = None,
    device: Device = "auto",
    seed: Seed = 0,
    out: Annotated[Path, Option(help="A PNG file.")] = OUT / "grids" / "samples.png",
) -> None:
    """Draw images from noise, as a grid."""
    from ddpm import generate, viz

    writable(out, ".png")
    model, config, _ = loaded(weights, overrides, device)
    viz.save_grid(generate.images(model, config, num_samples, seed, label), out)
    print(f"{num_samples} samples: {out}")


@app.command()
def animate(
    weights: Weights = None,
    overrides: Overrides = None,
    num_samples: Annotated[int, Option(min=1)] = 16,
    label: Annotated[int | None, Option(help="A class, for a model trained with labels.")] = None,
    device: Device = "auto",
    seed: Seed = 0,
    out: Annotated[Path, Option(help="A .gif file, or .mp4 where ffmpeg is.")] = OUT / "animations" / "way.gif",
) -> None:
    """Show the way from noise to images as an animation."""
    from ddpm import generate, viz

    writable(out, ".gif", ".mp4")
    model, config, _ = loaded(weights, overrides, device)
    points = generate.path(model, config, num_samples, seed, label)
    viz.animate(points, out, every=max(1, len(points) // 60))
    print(f"{len(points)} steps: {out}")


@app.command("eval")
def evaluate(
    weights: Weights = None,
    overrides: Overrides = None,
    num_samples: Annotated[int, Option(min=100)] = 1000,
    device: Device = "auto",
    seed: Seed = 0,
    out: Annotated[Path, Option(help="A JSON file.")] = OUT / "logs" / "metrics.json",
) -> None:
    """Measure samples and reconstructions; every metric with its floor, its ceiling and an interval."""
    from ddpm import metrics, report

    writable(out, ".json")
    model, config, _ = loaded(weights, overrides, device)
    found, _ = report.measure(model, config, num_samples, seed)
    known = [{k: v for k, v in asdict(metric).items() if v == v} for metric in found]  # JSON knows no nan
    out.write_text(json.dumps(known, indent=1))
    print(f"{metrics.table(found)}\nWritten to {out}.")


@app.command()
def curves(
    log_dir: Annotated[Path, Option(help="Where `ddpm train` wrote its logs.")] = OUT / "logs",
    out: Annotated[Path, Option(help="A PNG file.")] = OUT / "curves" / "training.png",
) -> None:
    """Draw how a training went: losses, held-out errors, learning rate, metrics, and samples after it."""
    from ddpm import logs, viz

    writable(out, ".png")
    viz.save_figure(viz.plot_training_curves(logs.read(log_dir)), out)
    print(f"Curves: {out}")
    if grids := viz.plot_samples(log_dir.parent / "grids"):
        samples = out.with_name(f"{out.stem}_samples.png")
        viz.save_figure(grids, samples)
        print(f"Samples by epoch: {samples}")


@app.command()
def schedules(
    num_timesteps: Annotated[int, Option(min=21, help="T of all schedules.")] = 1000,
    out: Annotated[Path, Option(help="A PNG file.")] = OUT / "curves" / "schedules.png",
) -> None:
    """Draw the three schedules beside each other."""
    from ddpm import viz
    from ddpm.schedules import KINDS, DDPMSchedules

    writable(out, ".png")
    viz.save_figure(viz.plot_schedules([DDPMSchedules(kind, num_timesteps, rescale=True) for kind in KINDS]), out)
    print(f"Schedules: {out}")


@app.command()
def report(
    weights: Weights = None,
    overrides: Overrides = None,
    num_samples: Annotated[int, Option(min=100, help="For the metrics.")] = 1000,
    log_dir: Annotated[Path | None, Option(help="For the curves; beside the folder of --weights if left out.")] = None,
    device: Device = "auto",
    seed: Seed = 0,
    out: Annotated[Path, Option(help="An HTML file.")] = OUT / "reports" / "report.html",
) -> None:
    """Write one page with samples, curves, ways from noise, metrics, configuration and environment."""
    from ddpm import report as page

    writable(out, ".html")
    model, config, record = loaded(weights, overrides, device)
    log_dir = log_dir or (weights and weights.parent.parent / "logs")
    page.write(model, config, record, log_dir, num_samples, seed, out)
    print(f"Report: {out}")


@app.command()
def export(
    weights: Weights = None,
    out: Annotated[Path, Option(help="An .onnx file.")] = OUT / "onnx" / "model.onnx",
) -> None:
    """Write the model as ONNX, for any number of images, and hold its answers against torch's."""
    import torch

    from ddpm.export import to_onnx

    writable(out, ".onnx")
    apart, faster = to_onnx(loaded(weights, None, "cpu")[0], out)
    print(f"{out}: at most {apart:.1e} from torch's answers; onnxruntime is {faster:.2f} times as fast here, with")
    print(f"{torch.get_num_threads()} threads each. Inputs: x (n, c, h, w), t (n,), and y (n,) where there are labels.")


@app.command("train-features")
def train_features(
    root: Annotated[Path | None, Option(help="Where MNIST lies; found or fetched if left out.")] = None,
    epochs: Annotated[int, Option(min=1)] = 8,
    device: Device = "auto",
    seed: Seed = 0,
    out: Annotated[Path, Option(help="A .safetensors file.")] = OUT / "ckpts" / "classifier.safetensors",
) -> None:
    """Train the digit classifier whose features the FID-proxy uses."""
    from ddpm import data, features

    writable(out, ".safetensors")
    images, test = data.load("mnist", root), data.load("mnist", root, train=False)
    model = features.train_classifier(*images, epochs, seed, chosen(device)).cpu()
    record = features.measure(model, *test)
    features.save_classifier(model, out, trained_on=len(images.labels), epochs=epochs, seed=seed, **record)
    print(f"{out}: accuracy {record['accuracy']:.2%} on {len(test.labels)} test digits.")


def chosen(device: str) -> str:
    """The device asked for; "auto" takes the best there is."""
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError):
        raise ValueError(f"This machine has no device {device!r}; --device cpu always works.") from None
    return device


def writable(out: Path, *endings: str) -> None:
    """Before the work begins: the name ends as it should, and its folder is there."""
    if endings and out.suffix not in endings:
        raise ValueError(f"{out} should end in {' or '.join(endings)}.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ValueError(f"{out.parent} cannot be a folder: there is a file of that name.") from None


def loaded(
    weights: Path | None, overrides: list[str] | None, device: str
) -> tuple[UNetSmall, Settings, dict[str, Any]]:
    """The model, its configuration with the overrides in place, and its training record.

    Raises:
        ValueError: an override of what the training has settled.
    """
    from ddpm.checkpoint import SHIPPED, load_weights
    from ddpm.config import overridden

    model, config, record = load_weights(weights or SHIPPED, chosen(device))
    settled, wished = overridden(config), overridden(config, overrides or [])
    for section in ("model", "schedules", "training"):
        if wished[section] != settled[section]:
            raise ValueError(f"The weights were trained with settings of their own; {section} cannot change any more.")
    return model, wished, record
