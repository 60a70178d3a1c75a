"""Denoising diffusion, whole: schedules, a small U-Net, training, DDPM and DDIM, metrics, pictures, a command."""

from importlib import import_module
from typing import Any

HOMES = {"DDPMSampler": "sampler", "DDPMSchedules": "schedules", "DDPMTrainer": "trainer", "UNetSmall": "unet"}
HOMES |= {"load_config": "config", "plot_training_curves": "viz"}
__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    """Modules come when they are asked for a name, so that the command hears Ctrl-C while torch is on its way."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
