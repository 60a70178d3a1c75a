"""Denoising diffusion, whole: schedules, a small U-Net, training, DDPM and DDIM, metrics, pictures, a command."""

from ddpm.config import load_config
from ddpm.sampler import DDPMSampler
from ddpm.schedules import DDPMSchedules
from ddpm.trainer import DDPMTrainer
from ddpm.unet import UNetSmall
from ddpm.viz import plot_training_curves

__all__ = ["DDPMSampler", "DDPMSchedules", "DDPMTrainer", "UNetSmall", "load_config", "plot_training_curves"]
