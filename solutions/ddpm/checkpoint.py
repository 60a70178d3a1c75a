"""Files that hold models: weights to share (safetensors, with their configuration), and states to go on from."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ddpm.config import Settings
from ddpm.unet import UNetSmall

SHIPPED = Path(__file__).parent / "weights" / "mnist.safetensors"
Record = dict[str, Any]  # of a training


class CheckpointError(ValueError):
    """A file that holds no model, or not the one that was asked for; the sentence says what to do."""


@contextmanager
def in_one_step(path: Path | str) -> Iterator[Path]:
    """Where to write what becomes `path` when all of it is there; a stop in between leaves the old file alone."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def save_weights(model: nn.Module, path: Path | str, config: Settings, record: Record) -> None:
    """Write a model with what is needed to make it again, and how it was trained.

    A configuration without a section `model` gets the settings that a UNetSmall knows of itself.
    """
    save_halves(model, path, config={"model": getattr(model, "settings", {})} | config, record=record)


def halves(model: nn.Module) -> dict[str, Tensor]:
    """Weights in half precision, half the size; what is rounded off is far less than a training is unsure of."""
    state = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def save_halves(model: nn.Module, path: Path | str, **about: dict[str, Any]) -> None:
    """Write weights in half precision, and words about them."""
    with in_one_step(path) as part:
        part.write_bytes(save(halves(model), {name: json.dumps(words) for name, words in about.items()}))


def read(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights that save_halves wrote, and the words about them."""
    with safe_open(path, "pt") as file:
        about = {name: json.loads(words) for name, words in (file.metadata() or {}).items()}
        return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118 (no dict)


def load_weights(path: Path | str = SHIPPED, device: str = "cpu") -> tuple[UNetSmall, Settings, Record]:
    """The model, its configuration and its training record.

    Raises:
        CheckpointError: no such file, or one that save_weights did not write.
    """
    if not Path(path).is_file():
        raise CheckpointError(f"There is no {path}. Train a model with `ddpm train`, or leave --weights out.")
    try:
        state, about = read(path)
        config, record = about["config"], about["record"]
        model = UNetSmall(**config["model"])
        model.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        why = (str(error).splitlines() or [""])[0]
        raise CheckpointError(f"{path} holds no model; `ddpm train` writes ckpts/ema.safetensors ({why}).") from None
    return model.to(device).eval(), config, record


def save_state(state: dict[str, Any], path: Path | str) -> None:
    """Write what a training goes on from."""
    with in_one_step(path) as part:
        torch.save(state, part)


def load_state(path: Path | str) -> dict[str, Any]:
    """What save_state wrote; tensors and plain data only, so that a file can do no harm."""
    if not Path(path).is_file():
        raise CheckpointError(f"There is no {path} to go on from. Start anew, or give the folder of that training.")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds
        why = type(error).__name__
        raise CheckpointError(f"{path} cannot be read ({why}). Is it whole, and did `ddpm train` write it?") from None
