"""Images per second in training: our trainer beside a plain loop, lucidrains' Trainer and a diffusers loop.

`make bench-training` installs denoising-diffusion-pytorch and prints the table. All train the same U-Net with the same
batch, learning rate and float type, from the 6,000 digits of data/mnist_subset, on the best device there is, each in a
process of its own. They take turns for ROUNDS rounds; the median round counts. Ours runs again with what it has to
offer beyond that: compiled, in bf16, with Muon, with gradient checkpointing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler
from timing import Run, medians_apart, seconds
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.transforms.functional import to_pil_image
from work import kept_for_backward, training_flops

from course_config import DATA
from ddpm import DDPMSchedules, DDPMTrainer, UNetSmall, data, load_config
from ddpm.cli import keep_memory

BATCH, STEPS, ROUNDS = 128, 20, 5
SUBSET = DATA / "mnist_subset"


def settings(**changed: object) -> dict:
    return load_config("mnist-laptop")["model"] | {"num_classes": None} | changed


def model(device: str, **changed: object) -> UNetSmall:
    torch.manual_seed(0)
    return UNetSmall(**settings(**changed)).to(device)


def ours(device: str, checkpointing: bool = False, **options: object) -> Run:
    """As `ddpm train` does it."""
    keep_memory()
    net, images = model(device, gradient_checkpointing=checkpointing), data.load("mnist", SUBSET)
    options = {"channels_last": True} | options
    trainer = DDPMTrainer(net, DDPMSchedules(), device=device, images=images, batch_size=BATCH, **options)

    def run() -> None:
        batches = data.batches(trainer.images, BATCH, trainer.generator)
        with contextlib.redirect_stderr(io.StringIO()):  # the progress bar
            trainer.train_epoch(batch for batch, _ in zip(batches, range(STEPS), strict=False))

    return run


def loader() -> DataLoader:
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    digits = datasets.MNIST(SUBSET, transform=steps)
    return DataLoader(digits, BATCH, shuffle=True, drop_last=True)


def plain(device: str, make_add_noise: Callable[[], Callable[[Tensor, Tensor, Tensor], Tensor]]) -> Run:
    """As the lecture and diffusers' tutorials show it: a DataLoader, and a loss read at each step."""
    net, batches, add_noise = model(device), loader(), make_add_noise()
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


def lecture_noise() -> Callable:
    return DDPMSchedules().add_noise


def diffusers_noise() -> Callable:
    theirs = DDPMScheduler(1000)
    return lambda x_0, t, noise: theirs.add_noise(x_0, noise, t)


class ForLucidrains(UNetSmall):
    """What GaussianDiffusion asks of a model."""

    channels = out_dim = 1
    self_condition = random_or_learned_sinusoidal_cond = False

    def forward(self, x: Tensor, t: Tensor, *_: object) -> Tensor:
        return super().forward(x, t)


def lucidrains(folder: Path, device: str) -> Run:
    """denoising-diffusion-pytorch's own Trainer, which reads images from files and chooses the device itself."""
    from denoising_diffusion_pytorch import GaussianDiffusion, Trainer

    for number, pixels in enumerate(data.load("mnist", SUBSET).pixels):
        to_pil_image(pixels).save(folder / f"{number}.png")
    diffusion = GaussianDiffusion(
        ForLucidrains(**settings()), image_size=28, timesteps=1000, objective="pred_noise", beta_schedule="linear"
    )
    off = {"calculate_fid": False, "save_and_sample_every": 10**9, "augment_horizontal_flip": False}
    results = {"results_folder": str(folder / "results")}
    trainer = Trainer(diffusion, folder, train_batch_size=BATCH, train_lr=1e-3, train_num_steps=0, **off, **results)

    def run() -> None:
        trainer.train_num_steps += STEPS
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            trainer.train()

    return run


def peak(device: str, kind: torch.dtype) -> float:
    """The most floating-point operations a second that a matrix product reaches here, bare or as a convolution.

    On a CPU the two come from different libraries (MKL, oneDNN), and which of them is the faster depends on its maker.
    """
    size, count = (8192, 256) if device == "cuda" else (2048, 8)
    a = torch.randn(size, size, device=device, dtype=kind)
    x = torch.randn(count, 256, 32, 32, device=device, dtype=kind).contiguous(memory_format=torch.channels_last)
    w = torch.randn(256, 256, 3, 3, device=device, dtype=kind).contiguous(memory_format=torch.channels_last)
    runs = {lambda: a @ a: 2 * size**3, lambda: F.conv2d(x, w, padding=1): 2 * count * 32**2 * 9 * 256**2}
    return max(work / min(seconds(run, device) for _ in range(10)) for run, work in runs.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    device = parser.parse_args().device
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "plain loop": partial(plain, make_add_noise=lecture_noise),
            "diffusers loop": partial(plain, make_add_noise=diffusers_noise),
            "lucidrains' Trainer": partial(lucidrains, Path(folder)),
            "ddpm": ours,
            "ddpm, compiled": partial(ours, compile=True, channels_last=device == "cuda"),
            "ddpm, bf16": partial(ours, amp="bf16", channels_last=device == "cuda"),
            "ddpm, bf16, Muon": partial(ours, amp="bf16", optimizer="muon", channels_last=device == "cuda"),
            "ddpm, bf16, compiled": partial(ours, amp="bf16", compile=True, channels_last=device == "cuda"),
            "ddpm, checkpointing": partial(ours, checkpointing=True),
        }
        if not find_spec("denoising_diffusion_pytorch"):
            del sides["lucidrains' Trainer"]
            print("lucidrains' Trainer is left out: denoising-diffusion-pytorch is not installed.", file=sys.stderr)
        spent = medians_apart(sides, ROUNDS, device)
    work, rates = training_flops(model(device)), {name: BATCH * STEPS / median for name, median in spent.items()}
    most = {kind: peak(device, kind) for kind in (torch.float32, torch.bfloat16)}
    print(
        f"{torch.cuda.get_device_name() if device == 'cuda' else 'CPU'}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, batch {BATCH}, median of {ROUNDS} rounds of {STEPS} batches"
    )
    print(f"{'':24}{'images/s':>10}{'/ plain':>9}{'/ matrix-product peak':>23}")
    for name, rate in rates.items():
        share = rate * work / most[torch.bfloat16 if "bf16" in name else torch.float32]
        print(f"{name:24}{rate:10.0f}{rate / rates['plain loop']:9.2f}{share:23.0%}")
    checkpointed = model(device, gradient_checkpointing=True)
    kept = {
        "float32": kept_for_backward(model(device), BATCH),
        "bf16": kept_for_backward(model(device), BATCH, torch.bfloat16),
        "checkpointing": kept_for_backward(checkpointed, BATCH),
    }
    amounts = ", ".join(f"{name} {amount / 1e6:.0f}" for name, amount in kept.items())
    print(f"Activations kept for the way back, MB a batch: {amounts}")


if __name__ == "__main__":
    main()
