"""Images per second in training: our trainer beside a plain loop, lucidrains' Trainer and a diffusers loop.

`make bench-training` installs denoising-diffusion-pytorch and prints the table. All four train the same U-Net with the
same batch, learning rate and float type, from the 6,000 digits of data/mnist_subset, on the best device there is. They
take turns for ROUNDS rounds, so that a busy moment of the machine hits all; the median round counts. On a GPU our
trainer runs a second time as it would be used there: bf16, channels_last, compiled.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler
from timing import medians, seconds
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode
from torchvision import datasets, transforms
from torchvision.transforms.functional import to_pil_image

from course_config import DATA
from ddpm import DDPMSchedules, DDPMTrainer, UNetSmall, data, load_config

BATCH, STEPS, ROUNDS = 128, 40, 5
SUBSET = DATA / "mnist_subset"
Run = Callable[[], None]  # trains for STEPS batches


def model(device: str) -> UNetSmall:
    torch.manual_seed(0)
    return UNetSmall(**load_config("mnist-laptop")["model"] | {"num_classes": None}).to(device)


def ours(device: str, **options: object) -> Run:
    images = data.load("mnist", SUBSET)
    trainer = DDPMTrainer(model(device), DDPMSchedules(), device=device, images=images, batch_size=BATCH, **options)

    def run() -> None:
        batches = data.batches(trainer.images, BATCH, trainer.generator)
        trainer.train_epoch(batch for batch, _ in zip(batches, range(STEPS), strict=False))

    return run


def loader() -> DataLoader:
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    digits = datasets.MNIST(SUBSET, transform=steps)
    return DataLoader(digits, BATCH, shuffle=True, drop_last=True)


def plain(device: str, add_noise: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Run:
    """As the lecture and diffusers' tutorials show it: a DataLoader, and a loss read at each step."""
    net, batches = model(device), loader()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)

    def run() -> None:
        for (x_0, _), _ in zip(batches, range(STEPS), strict=False):
            x_0, noise = x_0.to(device), torch.randn(x_0.shape, device=device)
            t = torch.randint(1000, (len(x_0),), device=device)
            loss = F.mse_loss(net(add_noise(x_0, t, noise), t), noise)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            loss.item()

    return run


class ForLucidrains(UNetSmall):
    """What GaussianDiffusion asks of a model."""

    channels = out_dim = 1
    self_condition = random_or_learned_sinusoidal_cond = False

    def forward(self, x: Tensor, t: Tensor, *_: object) -> Tensor:
        return super().forward(x, t)


def lucidrains(device: str, folder: Path) -> Run:
    """denoising-diffusion-pytorch's own Trainer, which reads images from files and places itself."""
    from denoising_diffusion_pytorch import GaussianDiffusion, Trainer

    for number, pixels in enumerate(data.load("mnist", SUBSET).pixels):
        to_pil_image(pixels).save(folder / f"{number}.png")
    net = ForLucidrains(**load_config("mnist-laptop")["model"] | {"num_classes": None})
    diffusion = GaussianDiffusion(net, image_size=28, timesteps=1000, objective="pred_noise", beta_schedule="linear")
    off = {"calculate_fid": False, "save_and_sample_every": 10**9, "augment_horizontal_flip": False}
    trainer = Trainer(diffusion, folder, train_batch_size=BATCH, train_lr=1e-3, train_num_steps=0, **off)

    def run() -> None:
        trainer.train_num_steps += STEPS
        with contextlib.redirect_stdout(io.StringIO()):
            trainer.train()

    return run


def peak(device: str, kind: torch.dtype) -> float:
    """Floating-point operations a second of a large matrix product, the most that this machine does."""
    size = 8192 if device == "cuda" else 2048
    a = torch.randn(size, size, device=device, dtype=kind)
    a @ a
    return 10 * 2 * size**3 / seconds(lambda: [a @ a for _ in range(10)], device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    device = parser.parse_args().device
    with tempfile.TemporaryDirectory() as folder:
        theirs = DDPMScheduler(1000)
        runs = {
            "plain loop": plain(device, DDPMSchedules().add_noise),
            "diffusers loop": plain(device, lambda x_0, t, noise: theirs.add_noise(x_0, noise, t)),
        }
        try:
            runs["lucidrains' Trainer"] = lucidrains(device, Path(folder))
        except ImportError as error:
            print(f"lucidrains' Trainer is left out: {error}", file=sys.stderr)
        runs["ddpm"] = ours(device, channels_last=True)
        if device == "cuda":
            runs["ddpm, bf16, compiled"] = ours(device, channels_last=True, amp="bf16", compile=True)
        spent = medians(runs, ROUNDS, device)
    with FlopCounterMode(display=False) as counter:
        net, x = model(device), torch.randn(1, 1, 28, 28, device=device)
        net(x, torch.zeros(1, dtype=torch.long, device=device)).sum().backward()
    most = {name: peak(device, torch.bfloat16 if "bf16" in name else torch.float32) for name in runs}
    rates = {name: BATCH * STEPS / median for name, median in spent.items()}
    print(
        f"{torch.cuda.get_device_name() if device == 'cuda' else 'CPU'}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, batch {BATCH}, median of {ROUNDS} rounds of {STEPS} batches"
    )
    print(f"{'':24}{'images/s':>10}{'/ plain':>9}{'/ matrix-product peak':>23}")
    for name, rate in rates.items():
        share = rate * counter.get_total_flops() / most[name]
        print(f"{name:24}{rate:10.0f}{rate / rates['plain loop']:9.2f}{share:23.0%}")


if __name__ == "__main__":
    main()
