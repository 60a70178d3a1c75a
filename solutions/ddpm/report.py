"""One page that shows a model: samples, ways from noise, metrics, curves, configuration, environment."""

import base64
import io
import platform
from datetime import date
from html import escape
from pathlib import Path

import torch
import yaml
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from ddpm import data, generate, logs, viz
from ddpm.checkpoint import Record
from ddpm.config import Settings
from ddpm.metrics import Metric, evaluate, reconstruction, table
from ddpm.schedules import DDPMSchedules
from ddpm.unet import UNetSmall

STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
img { max-width: 100%; image-rendering: pixelated } .smooth { image-rendering: auto }
pre { background: #f4f4f4; padding: 1rem; overflow-x: auto; font-size: 13px }"""


def measure(model: UNetSmall, config: Settings, num_samples: int, seed: int) -> tuple[list[Metric], Tensor]:
    """Every metric that fits the data, and the samples that were measured."""
    name, root = config["data"]["name"], config["data"]["root"]
    real, held_out = (data.to_floats(data.load(name, root, train).pixels) for train in (True, False))
    samples = generate.images(model, config, num_samples, seed).clamp(-1, 1)
    extractor, resamples = ("classifier", 200) if name == "mnist" else ("inception", 20)
    device = next(model.parameters()).device
    found = evaluate(samples, real, held_out, extractor, resamples, seed, device)
    schedules, some = DDPMSchedules(**config["schedules"]), held_out[:200].to(device)
    ts = [schedules.num_timesteps * share // 100 for share in (10, 25, 50, 75)]
    return found + reconstruction(model, schedules, some, ts, target=config["training"]["target"]), samples


def write(
    model: UNetSmall, config: Settings, record: Record, log_dir: Path | None, num_samples: int, seed: int, out: Path
) -> None:
    """Write the page; it needs no other file and no network. Curves appear where there are logs."""
    found, samples = measure(model, config, num_samples, seed)
    points = generate.path(model, config, 6, seed)
    parts = [
        section("Samples", f"The first 100 of {num_samples}, seed {seed}.", picture(viz.grid(samples[:100]))),
        section("From noise to image", WAY, picture(viz.trajectory_grid(points))),
        section("Metrics", "", f"<pre>{escape(table(found))}</pre>"),
        section("Schedule", "", figure(viz.plot_schedules([DDPMSchedules(**config["schedules"])]))),
        section("Training", "", curves(log_dir)),
        section("Configuration", "", f"<pre>{escape(yaml.safe_dump(config, sort_keys=False))}</pre>"),
        section("Environment", "", f"<pre>{escape(environment(record))}</pre>"),
    ]
    title = f"DDPM on {config['data']['name']}"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    out.write_text(f"{head}<h1>{title}</h1><p>{date.today()}</p>{''.join(parts)}</html>", encoding="utf-8")


WAY = "Each image in two rows: above as it is at that step, below the image that the model believed in."


def section(title: str, words: str, content: str) -> str:
    return f"<h2>{title}</h2><p>{words}</p>{content}"


def picture(image: Image.Image) -> str:
    """An image as HTML that holds it."""
    image.save(file := io.BytesIO(), "png")
    return embedded(file)


def figure(drawn: Figure) -> str:
    drawn.savefig(file := io.BytesIO(), dpi=90)
    return embedded(file, 'class="smooth"')


def embedded(png: io.BytesIO, attributes: str = "") -> str:
    return f'<img alt="" {attributes} src="data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}">'


def curves(log_dir: Path | None) -> str:
    if log_dir is None:
        return "<p>No curves: they belong to a model of your own, given with --weights.</p>"
    try:
        drawn = [viz.plot_training_curves(logs.read(log_dir)), viz.plot_samples(log_dir.parent / "grids")]
    except ValueError as error:
        return f"<p>No curves: {escape(str(error))}</p>"
    return "".join(figure(one) for one in drawn if one)


def environment(record: Record) -> str:
    """What made the samples, and what made the model."""
    here = {"torch": str(torch.__version__), "Python": platform.python_version(), "machine": platform.machine()}
    return yaml.safe_dump({"this page": here | {"threads": torch.get_num_threads()}, "training": record})
