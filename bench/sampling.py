"""Images per second in sampling: our sampler beside diffusers' schedulers and the plain loop of the lecture.

`make bench-sampling` prints the table. All use the shipped model on the best device there is, without labels, and take
turns for ROUNDS rounds; the median counts. DDIM takes 50 steps; DDPM is timed over the first 50 of its 1000, which all
cost the same.
"""

from __future__ import annotations

from itertools import islice

import torch
from diffusers import DDIMScheduler, DDPMScheduler
from timing import medians
from torch import Tensor

from ddpm import DDPMSampler, DDPMSchedules
from ddpm.checkpoint import load_weights
from ddpm.sampler import evenly

COUNT, STEPS, ROUNDS = 64, 50, 5
KIND = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}


def ours(model, schedules: DDPMSchedules, target: str, x: Tensor, steps: list[int], eta: float) -> None:
    points = DDPMSampler(schedules, target).trajectory(model, x.shape, steps, eta=eta, x=x)
    for _ in islice(points, STEPS):
        pass


@torch.no_grad()
def theirs(model, scheduler, x: Tensor) -> None:
    for t in scheduler.timesteps[:STEPS]:
        output = model(x, t.to(x.device).expand(len(x)))
        x = scheduler.step(output, t, x).prev_sample


@torch.no_grad()
def plain(model, schedules: DDPMSchedules, target: str, x: Tensor) -> None:
    """The reverse loop as the lecture writes it, for a model that predicts noise; ours predicts v, so v is turned."""
    betas, bars = schedules.betas.float().to(x.device), schedules.alpha_bars.float().to(x.device)
    for t in range(schedules.num_timesteps - 1, schedules.num_timesteps - 1 - STEPS, -1):
        eps = model(x, torch.full((len(x),), t, device=x.device))
        if target == "v":
            eps = bars[t].sqrt() * eps + (1 - bars[t]).sqrt() * x
        x = (x - betas[t] / (1 - bars[t]).sqrt() * eps) / (1 - betas[t]).sqrt()
        x = x + betas[t].sqrt() * torch.randn_like(x)


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, config, _ = load_weights(device=device)
    target, schedules = config["training"]["target"], DDPMSchedules(**config["schedules"])
    total = schedules.num_timesteps
    options = {"beta_schedule": "squaredcos_cap_v2", "prediction_type": KIND[target]}
    ddim, ddpm = DDIMScheduler(total, **options), DDPMScheduler(total, **options)
    ddim.set_timesteps(STEPS)
    ddpm.set_timesteps(total)
    x, every = torch.randn(COUNT, 1, 28, 28, device=device), list(range(total - 1, -1, -1))
    runs = {
        "DDIM-50, ddpm": lambda: ours(model, schedules, target, x, evenly(total, STEPS), 0.0),
        "DDIM-50, diffusers": lambda: theirs(model, ddim, x),
        "DDPM, ddpm": lambda: ours(model, schedules, target, x, every, 1.0),
        "DDPM, diffusers": lambda: theirs(model, ddpm, x),
        "DDPM, plain loop": lambda: plain(model, schedules, target, x),
    }
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{where}, torch {torch.__version__}, {COUNT} images, median of {ROUNDS} rounds")
    print(f"{'':20}{'steps':>7}{'images/s':>10}")
    for name, spent in medians(runs, ROUNDS, device).items():
        steps = STEPS if "DDIM" in name else total
        print(f"{name:20}{steps:7}{COUNT * STEPS / steps / spent:10.2f}")


if __name__ == "__main__":
    main()
