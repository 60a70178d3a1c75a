"""Training and sampling as the lecture shows them, and what is needed to look at both.

`ddpm.trainer` does the same for a whole pipeline, with averaged weights, mixed precision and checkpoints. Here is the
bare loop, which makes the same numbers as the assignment's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from diffusion_model import NoiseScheduler, add_noise
from matplotlib.figure import Figure
from torch import Tensor, nn

import ddpm.sampler
from ddpm.sampler import evaluating
from ddpm.targets import eps_errors
from ddpm.viz import plot_training_curves

__all__ = [
    "DDPMSampler",
    "DDPMTrainer",
    "Convergence",
    "convergence",
    "held_out_errors",
    "mean_and_error",
    "plot_training_curves",
    "show_images",
]


class DDPMTrainer:
    """Teaches a model to guess the noise (Ho et al. 2020, algorithm 1), with Adam and one learning rate.

    `history` holds `train_losses`, one a batch, and `epoch_losses`, one an epoch.
    """

    def __init__(
        self,
        model: nn.Module,
        scheduler: NoiseScheduler,
        learning_rate: float = 0.001,
        device: str | torch.device = "cpu",
    ) -> None:
        self.model = model.to(device)
        self.scheduler, self.device = scheduler, torch.device(device)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
        self.history: dict[str, list[float]] = {"train_losses": [], "epoch_losses": []}

    @property
    def train_losses(self) -> list[float]:
        return self.history["train_losses"]

    def train_step(self, x_0: Tensor) -> float:
        """One update on images (batch, c, h, w) in [-1, 1]; returns the loss of the batch."""
        self.model.train()
        x_0 = x_0.to(self.device)
        loss = self.loss(x_0)

        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()

        self.train_losses.append(loss.item())
        return loss.item()

    def loss(self, x_0: Tensor) -> Tensor:
        """Mean squared error of the guessed noise, at one random timestep an image."""
        t = torch.randint(0, self.scheduler.num_timesteps, (len(x_0),), device=self.device)
        x_t, noise = add_noise(x_0, t, self.scheduler)
        return F.mse_loss(self.model(x_t, t), noise)

    def train_epoch(self, dataloader: Iterable[Sequence[Tensor]]) -> float:
        """One update for each batch (images, labels); returns the mean of the losses."""
        losses = [self.train_step(images) for images, _ in dataloader]
        self.history["epoch_losses"].append(math.fsum(losses) / len(losses))
        return self.history["epoch_losses"][-1]


class DDPMSampler(ddpm.sampler.DDPMSampler):
    """Samples of a model by all timesteps (Ho et al. 2020, algorithm 2); see `ddpm.sampler` for fewer steps.

    Args:
        clip: keep the image that each step believes in within [-1, 1].
        variance: of the noise that a step puts back: "small", the posterior's, or "large", beta.
    """

    def __init__(
        self,
        model: nn.Module,
        scheduler: NoiseScheduler,
        device: str | torch.device = "cpu",
        clip: bool = True,
        variance: str = "small",
    ) -> None:
        super().__init__(scheduler, clip=clip, model=model, device=device)
        self.scheduler, self.variance = scheduler, variance

    def sample(self, num_samples: int = 16, size: int = 28) -> Tensor:
        """Images (num_samples, c, size, size) in about [-1, 1], made from noise."""
        shape = (num_samples, self.model.final_conv.out_channels, size, size)
        return self.ddpm_sample(self.model, shape, self.variance)


# ---- how well a model does


@torch.no_grad()
def held_out_errors(
    model: Callable, scheduler: NoiseScheduler, images: Tensor, seed: int = 1, batch_size: int = 250
) -> tuple[Tensor, Tensor]:
    """(t, squared error of the noise), each (images,): timesteps spread evenly over 0 ... T - 1, and noise.

    Both depend on the seed and on the number of images alone, so that models are asked the same questions.
    """
    generator = torch.Generator().manual_seed(seed)
    strata = torch.randperm(len(images), generator=generator) + torch.rand(len(images), generator=generator)
    t = (strata / len(images) * scheduler.num_timesteps).long().clamp(max=scheduler.num_timesteps - 1)
    noise = torch.randn(images.shape, generator=generator)
    with evaluating(model):
        errors = [
            eps_errors(model, scheduler, x_0, at.to(x_0.device), eps.to(x_0.device))
            for x_0, at, eps in zip(*(part.split(batch_size) for part in (images, t, noise)), strict=True)
        ]
    return t, torch.cat(errors).cpu()


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """Mean of independent values (n,) and its standard error."""
    return values.mean().item(), values.std().item() / math.sqrt(len(values))


class Convergence(NamedTuple):
    """What a loss did from block to block of batches. Only rises speak against a smooth run."""

    first: float  # mean of the first block
    last: float
    rises: float  # share of the changes that are rises; a level curve with scatter has one half
    clear_rises: float  # share that are rises of more than two standard errors; a level curve has about 3 %
    largest_rise: float  # in units of the whole range of the block means


def convergence(losses: Sequence[float], block: int = 10) -> Convergence:
    """Smooth a loss by the means of blocks of batches that do not overlap, and count its rises.

    Raises:
        ValueError: fewer than two whole blocks, or blocks of one batch, whose scatter nobody knows.
    """
    if block < 2 or len(losses) < 2 * block:
        raise ValueError(f"{len(losses)} losses should be at least two blocks of two or more, and a block is {block}.")
    blocks = torch.tensor(losses[: len(losses) // block * block], dtype=torch.float64).reshape(-1, block)
    means, error = blocks.mean(1), blocks.std(1) / math.sqrt(block)
    changes, scatter = means.diff(), (error[1:] ** 2 + error[:-1] ** 2).sqrt()
    largest = changes.clamp(min=0).max() / (means.max() - means.min())
    return Convergence(
        means[0].item(),
        means[-1].item(),
        (changes > 0).double().mean().item(),
        (changes > 2 * scatter).double().mean().item(),
        largest.item(),
    )


# ---- pictures


def show_images(
    images: Tensor, title: str, columns: int = 8, labels: Sequence[str] | None = None, span: float = 1.0
) -> Figure:
    """Images (n, 1, h, w) in rows; black is -span, white +span. `labels` stand above the first row."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.05 * columns, 1.1 * rows + 0.6), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image in zip(axes.flat, images.cpu().numpy(), strict=False):
        axis.imshow(image.squeeze(0), cmap="gray", vmin=-span, vmax=span)
    for axis, label in zip(axes[0], labels or [], strict=False):
        axis.set_title(label, fontsize=9)
    fig.suptitle(title)
    fig.tight_layout()
    return fig
