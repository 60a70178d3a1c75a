"""A small conditional GAN on digits, to hold beside the DDPM (Goodfellow et al. 2014; Mirza & Osindero 2014).

Layers follow DCGAN (Radford et al. 2016), at a size that two CPU cores can train. Images are (batch, 1, 28, 28) in
[-1, 1], labels (batch,) from 0 to 9.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES, NOISE = 10, 64


class Generator(nn.Module):
    """Noise (batch, 64) and labels -> images."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(NOISE + CLASSES, 2 * width * 7 * 7),
            nn.Unflatten(1, (2 * width, 7, 7)),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.ConvTranspose2d(width, 1, kernel_size=4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        return self.layers(torch.cat([noise, F.one_hot(labels, CLASSES)], dim=1))


class Discriminator(nn.Module):
    """Images and labels -> a logit (batch,): above 0 for "real, and of this class".

    The label asks its question of the features, as a vector multiplied with them (Miyato & Koyama 2018).
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, kernel_size=4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.real = nn.Linear(2 * width * 7 * 7, 1)
        self.of_class = nn.Embedding(CLASSES, 2 * width * 7 * 7)
        nn.init.zeros_(self.of_class.weight)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        seen = self.features(images)
        return self.real(seen).squeeze(1) + (self.of_class(labels) * seen).sum(1)


class GANTrainer:
    """Trains both networks in turn; `history` holds `discriminator` and `generator`, one loss a batch each."""

    def __init__(self, learning_rate: float = 5e-4, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)
        self.generator, self.discriminator = Generator().to(device), Discriminator().to(device)
        self.optimizers = [
            torch.optim.Adam(net.parameters(), lr=learning_rate, betas=(0.5, 0.999))
            for net in (self.discriminator, self.generator)
        ]
        self.history: dict[str, list[float]] = {"discriminator": [], "generator": []}

    def train_step(self, images: Tensor, labels: Tensor) -> tuple[float, float]:
        """One update of the discriminator, then one of the generator; returns both losses."""
        images, labels = images.to(self.device), labels.to(self.device)
        fakes = self.generator(self.noise(len(images)), labels)

        real, fake = self.discriminator(images, labels), self.discriminator(fakes.detach(), labels)
        d_loss = 0.5 * (verdict_loss(real, True) + verdict_loss(fake, False))
        self.update(0, d_loss)

        g_loss = verdict_loss(self.discriminator(fakes, labels), True)  # the form that does not saturate
        self.update(1, g_loss)

        self.history["discriminator"].append(d_loss.item())
        self.history["generator"].append(g_loss.item())
        return d_loss.item(), g_loss.item()

    def update(self, which: int, loss: Tensor) -> None:
        self.optimizers[which].zero_grad()
        loss.backward()
        self.optimizers[which].step()

    def train_epoch(self, dataloader: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, float]:
        """One pair of updates for each batch (images, labels); returns the means of both losses."""
        losses = torch.tensor([self.train_step(images, labels) for images, labels in dataloader])
        d_loss, g_loss = losses.mean(0).tolist()
        return d_loss, g_loss

    @torch.no_grad()
    def sample(self, labels: Tensor) -> Tensor:
        """One image for each label, (batch, 1, 28, 28)."""
        self.generator.eval()
        images = self.generator(self.noise(len(labels)), labels.to(self.device))
        self.generator.train()
        return images

    def noise(self, count: int) -> Tensor:
        return torch.randn(count, NOISE, device=self.device)


def verdict_loss(logits: Tensor, real: bool) -> Tensor:
    """Cross-entropy of the verdicts with "all of these are real", or "none is"."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))
