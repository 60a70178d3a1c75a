"""Images per second in sampling: our samplers beside diffusers' schedulers and the plain loop of the lecture.

`make bench-sampling` prints the table. All use the shipped model on the best device there is, and take turns for ROUNDS
rounds; the median counts. Each round is kept, so that an interrupted run goes on. "Guided" rows ask with labels and
without, in one pass of twice as many images; "default" ones, as `ddpm sample`, only in an interval of noise levels; the
others ask without labels. DDPM is timed over the first 50 of its 1000
steps, which all cost the same. "bf16" rows are for CPUs that multiply it (`ddpm/precision.py`).
"""

from __future__ import annotations

import statistics
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import rows
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from timing import Run, seconds
from torch import Tensor

from course_config import ROOT
from ddpm import DDPMSampler, DDPMSchedules, precision
from ddpm.checkpoint import load_weights
from ddpm.sampler import evenly, every_class

COUNT, STEPS, FEW, ROUNDS = 64, 50, 6, 5
GUIDANCE, INTERVAL = 0.5, (0.5, 20.0)  # the shipped model's own
KEPT = ROOT / "bench" / "sampling.jsonl"
KIND = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}


class Timed(NamedTuple):
    """A run of at most STEPS steps, and how many a whole sampling takes."""

    run: Run
    steps: int


def ours(model, sampler: DDPMSampler, x: Tensor, steps: list[int], method: str = "ddim", **options: Any) -> Tensor:
    return sampler.last(islice(sampler.trajectory(model, x.shape, steps, method, x=x, **options), STEPS))


@torch.no_grad()
def theirs(model, make: Any, count: int, x: Tensor) -> Tensor:
    scheduler = make()  # a solver of several steps remembers the ones before
    scheduler.set_timesteps(count)
    for t in scheduler.timesteps[:STEPS]:
        output = model(x, t.to(x.device).expand(len(x)))
        x = scheduler.step(output, t, x).prev_sample
    return x


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
    sampler, halved = (DDPMSampler(schedules, target, amp=amp) for amp in ("off", "bf16"))
    total = schedules.num_timesteps
    x = torch.randn(COUNT, 1, 28, 28, device=device)
    every, fifty, few = evenly(total, total), evenly(total, STEPS), evenly(total, FEW, trailing=True)
    guided = {"labels": every_class(model, COUNT, device), "guidance": GUIDANCE}
    within = guided | {"guidance_interval": INTERVAL}
    made = {"num_train_timesteps": total, "beta_schedule": "squaredcos_cap_v2", "prediction_type": KIND[target]}
    multistep = partial(DPMSolverMultistepScheduler, timestep_spacing="trailing", final_sigmas_type="zero", **made)
    mine, mine_halved = (partial(ours, model, how, x) for how in (sampler, halved))
    runs = {
        "DDIM, ddpm": Timed(partial(mine, fifty), STEPS),
        "DDIM, diffusers": Timed(partial(theirs, model, partial(DDIMScheduler, **made), STEPS, x), STEPS),
        "DPM++ 2M, ddpm": Timed(partial(mine, few, "dpm2m"), FEW),
        "DPM++ 2M, bf16, ddpm": Timed(partial(mine_halved, few, "dpm2m"), FEW),
        "DPM++ 2M, diffusers": Timed(partial(theirs, model, multistep, FEW, x), FEW),
        "DDIM, guided, ddpm": Timed(partial(mine, fifty, **guided), STEPS),
        "DPM++ 2M, guided, ddpm": Timed(partial(mine, few, "dpm2m", **guided), FEW),
        "DPM++ 2M, guided, bf16, ddpm": Timed(partial(mine_halved, few, "dpm2m", **guided), FEW),
        "default without bf16, ddpm": Timed(partial(mine, few, "dpm2m", **within), FEW),
        "default, bf16, ddpm": Timed(partial(mine_halved, few, "dpm2m", **within), FEW),
        "DDPM, ddpm": Timed(partial(mine, every, eta=1.0), total),
        "DDPM, diffusers": Timed(partial(theirs, model, partial(DDPMScheduler, **made), total, x), total),
        "DDPM, plain loop": Timed(partial(plain, model, schedules, target, x), total),
    }
    if device == "cpu" and not precision.chosen("auto", x.device):
        runs = {name: run for name, run in runs.items() if "bf16" not in name}
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    of = f"{where}, torch {torch.__version__}, {COUNT} images, round"
    done = {name: found for name, found in rows.kept(KEPT).items() if name.startswith(of)}
    for number in range(ROUNDS + 1):  # the first warms up and does not count
        if (name := f"{of} {number}") not in done:
            done[name] = {run: seconds(timed.run, device) for run, timed in runs.items()}
            rows.keep(KEPT, name, done[name])
    print(f"{of}s {ROUNDS}, their median")
    print(f"{'':30}{'steps':>7}{'images/s':>10}")
    for run, (_, steps) in runs.items():
        spent = statistics.median(done[f"{of} {number}"][run] for number in range(1, ROUNDS + 1))
        print(f"{run:30}{steps:7}{COUNT * min(STEPS, steps) / steps / spent:10.2f}")
    KEPT.unlink()  # the next run measures anew


if __name__ == "__main__":
    main()
