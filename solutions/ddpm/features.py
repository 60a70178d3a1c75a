"""A small digit classifier: the eyes with which metrics look at MNIST samples, in place of Inception."""

import math
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics.functional.classification import multiclass_calibration_error

from ddpm.checkpoint import read, save_halves
from ddpm.data import Images, batches, to_floats

WEIGHTS = Path(__file__).parent / "weights" / "classifier.safetensors"
BATCH_SIZE = 128


def block(width_in: int, width_out: int, padding: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(width_in, width_out, 3, padding=padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width_out), nn.ReLU())


class DigitClassifier(nn.Module):
    """77,434 numbers that read digits (n, 1, 28, 28) in [-1, 1]; `record` says how they were trained, how well.

    The features are standardised and not yet rectified: FID fits a Gaussian to them, which suits them better so.
    """

    num_features = 64

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *(block(1, 16), nn.MaxPool2d(2), block(16, 32), nn.MaxPool2d(2)),
            *(block(32, 64), block(64, 64, padding=0), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(256, self.num_features, bias=False), nn.BatchNorm1d(self.num_features, affine=False)),
        )
        self.head = nn.Linear(self.num_features, 10)
        self.record: dict[str, Any] = {}

    def features(self, x: Tensor) -> Tensor:
        """Features (n, 64) of images (n, 1, 28, 28) in [-1, 1]; ValueError for images of another shape."""
        if x.shape[1:] != (1, 28, 28):
            raise ValueError(f"The digit classifier reads images of shape (n, 1, 28, 28), these are {tuple(x.shape)}.")
        return self.trunk(x)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 10) of images (n, 1, 28, 28) in [-1, 1]."""
        return self.head(F.relu(self.features(x)))


def augmented(x: Tensor, draw: torch.Generator) -> Tensor:
    """Each image turned by up to 12 degrees, scaled by up to 12 %, sheared, and shifted by up to two pixels.

    No noise is added: features that had learned to overlook noise would overlook it in samples too.
    """
    turn, scale, shear, right, down = torch.rand(5, len(x), generator=draw).mul(2).sub(1)
    cos, sin = ((1 + 0.12 * scale) * wave(math.radians(12) * turn) for wave in (torch.cos, torch.sin))
    maps = torch.stack([cos, 0.15 * shear - sin, 0.14 * right, sin, cos, 0.14 * down], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(maps.to(x.device), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def train_classifier(
    pixels: Tensor, labels: Tensor, epochs: int = 8, seed: int = 0, device: str | torch.device = "cpu"
) -> DigitClassifier:
    """Train on uint8 digits (n, 1, 28, 28) and labels (n,); a seed gives the same weights again on the same machine."""
    draw, digits = torch.Generator().manual_seed(seed), Images(pixels.to(device), labels.to(device))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = DigitClassifier().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.02)
    steps = epochs * math.ceil(len(labels) / BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    for _ in range(epochs):
        for images, answers in batches(digits, BATCH_SIZE, draw):
            loss = F.cross_entropy(model(augmented(images, draw)), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def classify(model: DigitClassifier, images: Tensor, batch: int = 250) -> Tensor:
    """Class probabilities (n, 10), on the CPU, of images (n, 1, 28, 28) in [-1, 1], on the classifier's own device."""
    device = model.head.weight.device
    return torch.cat([model(part.to(device)).softmax(dim=1).cpu() for part in images.split(batch)])


def measure(model: DigitClassifier, pixels: Tensor, labels: Tensor) -> dict[str, float]:
    """Accuracy, expected calibration error (15 bins) and share of answers surer than 0.9, on uint8 test digits."""
    probabilities = classify(model, to_floats(pixels))
    confidence, answers = probabilities.max(dim=1)
    return {
        "accuracy": (answers == labels).double().mean().item(),
        "calibration_error": multiclass_calibration_error(probabilities, labels, num_classes=10).item(),
        "confident": (confidence > 0.9).double().mean().item(),
    }


def save_classifier(model: DigitClassifier, path: Path, **record: object) -> Path:
    """Write the weights as float16 safetensors, with `record` (what it was trained on, its accuracy) as metadata."""
    save_halves(model, path, record=record)
    return path


def load_classifier(path: Path = WEIGHTS) -> DigitClassifier:
    """The shipped classifier, or the one at `path`; FileNotFoundError, with what to do, when it is not there."""
    if not path.is_file():
        raise FileNotFoundError(
            f"There are no classifier weights at {path}: `ddpm train-features --out {path}` makes them."
        )
    model = DigitClassifier()
    state, about = read(path)
    model.load_state_dict(state)
    model.record = about["record"]
    return model.eval().requires_grad_(False)
