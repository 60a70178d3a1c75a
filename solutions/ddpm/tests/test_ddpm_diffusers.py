"""Samplers beside diffusers' schedulers, step by step, in float64."""

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, HeunDiscreteScheduler
from torch import Tensor
from waves import noise, seeded, wavy

from ddpm.sampler import DDPMSampler, evenly
from ddpm.schedules import DDPMSchedules
from ddpm.targets import TARGETS

THEIR_NAMES = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}
STEPS = {
    "all": list(range(39, -1, -1)),
    "one": [39],
    "even": evenly(40, 7),
    "uneven": [38, 37, 20, 3, 0],
    "stops early": [39, 25, 11, 5],
}


def with_table(scheduler, alpha_bars: Tensor):
    """Their scheduler computes in float64 once its table is; no other table is read."""
    scheduler.alphas_cumprod = alpha_bars.clone()
    return scheduler


def their_ddpm(made: DDPMSchedules, steps: list[int], name: str, clip: bool, variance: str):
    theirs = DDPMScheduler(
        made.num_timesteps, prediction_type=THEIR_NAMES[name], clip_sample=clip, variance_type=f"fixed_{variance}"
    )
    theirs.set_timesteps(timesteps=steps)
    known = theirs._get_variance  # at a last step other than timestep 0 they draw noise that nothing takes away again
    theirs._get_variance = lambda t, **given: known(t, **given) if t != steps[-1] else torch.zeros(())
    return with_table(theirs, made.alpha_bars)


def their_ddim(made: DDPMSchedules, steps: list[int], name: str, clip: bool):
    """A list of steps is a schedule of its own, that of the levels at these steps: theirs take even steps only."""
    theirs = DDIMScheduler(len(steps), prediction_type=THEIR_NAMES[name], clip_sample=clip)
    theirs.set_timesteps(len(steps))
    return with_table(theirs, made.alpha_bars[steps[::-1]])


def their_points(stepping, steps: list[int], x: Tensor) -> list[Tensor]:
    points = []
    for place, t in enumerate(steps):
        x = stepping(wavy(x, torch.full((len(x),), t)), t, len(steps) - 1 - place, x)
        points.append(x)
    return points


def ours(made: DDPMSchedules, x: Tensor, steps: list[int], name: str, clip: bool, method: str, **settings) -> list:
    points = DDPMSampler(made, name, clip).trajectory(wavy, (), steps, method, x=x, generator=seeded(5), **settings)
    return list(points)


def close_all_the_way(ours: list, theirs: list[Tensor]) -> None:
    assert len(ours) == len(theirs)
    for point, x in zip(ours, theirs, strict=True):
        torch.testing.assert_close(point.x, x, rtol=1e-9, atol=1e-9, msg=lambda text, t=point.t: f"at {t}: {text}")


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("variance", ["small", "large"])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("which", STEPS)
def test_ddpm_is_that_of_diffusers_step_by_step(which, name, variance, clip, kind):
    """The same seed draws the same noise on both sides."""
    made, steps, x = DDPMSchedules(kind, 40), STEPS[which], noise(3, 2, 4, 4)
    theirs, generator = their_ddpm(made, steps, name, clip, variance), seeded(5)
    expected = their_points(lambda out, t, _, x: theirs.step(out, t, x, generator).prev_sample, steps, x)
    close_all_the_way(ours(made, x, steps, name, clip, "ddpm", variance=variance), expected)


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("which", STEPS)
def test_ddim_is_that_of_diffusers_step_by_step(which, name, eta, clip, kind):
    """Clipped, ours works the noise out again, which is their use_clipped_model_output."""
    made, steps, x = DDPMSchedules(kind, 40), STEPS[which], noise(3, 2, 4, 4)
    theirs, generator = their_ddim(made, steps, name, clip), seeded(5)
    expected = their_points(
        lambda out, _, place, x: theirs.step(out, place, x, eta, True, generator).prev_sample, steps, x
    )
    close_all_the_way(ours(made, x, steps, name, clip, "ddim", eta=eta), expected)


def in_sigmas(made: DDPMSchedules, steps: list[int]) -> Tensor:
    """Noise / signal at the steps, and 0 for the image."""
    levels = [made.level(t) for t in [*steps, -1]]
    return torch.tensor([sigma / signal for signal, sigma in levels], dtype=torch.float64)


def their_dpm2m(made: DDPMSchedules, steps: list[int], name: str, x: Tensor) -> list[Tensor]:
    """By their updates of first and second order: their step turns everything into float32."""
    theirs = DPMSolverMultistepScheduler(made.num_timesteps, prediction_type=THEIR_NAMES[name])
    theirs.sigmas, points, believed = in_sigmas(made, steps), [], []
    for theirs._step_index, t in enumerate(steps):
        believed.append(theirs.convert_model_output(wavy(x, torch.full((len(x),), t)), sample=x))
        if 0 < theirs._step_index < len(steps) - 1:
            x = theirs.multistep_dpm_solver_second_order_update(believed[-2:], sample=x)
        else:
            x = theirs.dpm_solver_first_order_update(believed[-1], sample=x)
        points.append(x)
    return points


def their_heun(made: DDPMSchedules, steps: list[int], name: str, clip: bool, x: Tensor) -> list[Tensor]:
    """Theirs holds x / signal, and takes a step in two calls."""
    theirs = HeunDiscreteScheduler(
        made.num_timesteps, prediction_type=THEIR_NAMES[name], clip_sample=clip, clip_sample_range=1.0
    )
    sigmas, signals = in_sigmas(made, steps), [made.level(t)[0] for t in [*steps, -1]]
    theirs.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
    theirs._step_index, theirs.prev_derivative, theirs.dt, points = 0, None, None, []
    there = x / signals[0]
    for place, t in enumerate(steps):
        for where, time in [(place, t), (place + 1, [*steps, -1][place + 1])][: 2 if place < len(steps) - 1 else 1]:
            out = wavy(signals[where] * there, torch.full((len(x),), time))
            there = theirs.step(out, time, there).prev_sample
        points.append(signals[place + 1] * there)
    return points


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("which", STEPS)
def test_dpm2m_is_that_of_diffusers_step_by_step(which, name, kind):
    made, steps, x = DDPMSchedules(kind, 40), STEPS[which], noise(3, 2, 4, 4)
    close_all_the_way(ours(made, x, steps, name, False, "dpm2m"), their_dpm2m(made, steps, name, x))


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("which", STEPS)
def test_heun_is_that_of_diffusers_step_by_step(which, name, clip, kind):
    """From where there is not more than 80 times as much noise as signal: before that, ours takes DDIM's steps."""
    made, x = DDPMSchedules(kind, 40), noise(3, 2, 4, 4)
    steps = [t for t in STEPS[which] if made.snr[t] > 80**-2] or [37]
    close_all_the_way(ours(made, x, steps, name, clip, "heun"), their_heun(made, steps, name, clip, x))


@pytest.mark.parametrize("num_steps", [2, 3, 6, 10, 50, 1000])
def test_trailing_steps_are_those_of_diffusers(num_steps):
    theirs = DDIMScheduler(1000, timestep_spacing="trailing")
    theirs.set_timesteps(num_steps)
    ours = torch.tensor(evenly(1000, num_steps, trailing=True))
    assert (ours - theirs.timesteps).abs().max() <= 1 and ours[0] == 999  # halves are rounded either way


@pytest.mark.parametrize("num_steps", [1, 2, 10, 50, 1000])
def test_even_steps_are_those_of_diffusers(num_steps):
    theirs = DDIMScheduler(1000, timestep_spacing="linspace")
    theirs.set_timesteps(num_steps)
    ours = evenly(1000, num_steps)
    assert (ours == theirs.timesteps.tolist()) if num_steps > 1 else (ours == [999])  # theirs would start at 0
