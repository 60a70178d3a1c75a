"""The sampling notebook's solution against diffusers, torchmetrics, torch, the course's own sampler, and the oracle."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.training_utils import EMAModel
from reference import assert_drawn_from, assert_standard_normal, exact_eps, solution
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchmetrics.image.fid import FrechetInceptionDistance, _compute_fid

from ddpm import sampler as ours_in_ddpm

sampling = solution("sampling", without={"given_data"})
KINDS = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}
T = 50


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture
def float64():
    """Tensors made without a dtype are float64, as the sampler's are."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def ddim(bars: torch.Tensor, kind: str = "eps", steps: int | None = None) -> DDIMScheduler:
    """The scheduler of diffusers over these alpha_bars, in float64; it ends at the image."""
    scheduler = DDIMScheduler(
        len(bars), prediction_type=KINDS[kind], clip_sample=False, set_alpha_to_one=True, timestep_spacing="leading"
    )
    scheduler.alphas_cumprod, scheduler.final_alpha_cumprod = bars, torch.tensor(1.0, dtype=torch.float64)
    scheduler.set_timesteps(steps or len(bars))
    return scheduler


def level(bars: torch.Tensor, t: int) -> tuple[float, float]:
    return (bars[t].sqrt().item(), (1 - bars[t]).sqrt().item()) if t >= 0 else (1.0, 0.0)


@pytest.mark.parametrize("count", [2, 50, 1000, 4000])
def test_the_cosine_schedule_is_that_of_diffusers(count):
    ours = sampling.cosine_alpha_bars(count)
    assert ours.dtype == torch.float64 and ours.shape == (count,)
    theirs = DDPMScheduler(count, beta_schedule="squaredcos_cap_v2")
    # Their betas are float32: 6e-8 of each 1 - beta_t, and 6e-5 of the last, which is 1e-3.
    np.testing.assert_allclose(ours, theirs.alphas_cumprod.double(), rtol=6e-8 * count + 1e-4)
    # In float64, restated with Python's cosine and product: 1e-16 a step, over cosines that are small near the end.
    f = [np.cos(np.pi / 2 * (u / count + 0.008) / 1.008) ** 2 for u in range(count + 1)]
    exact = np.cumprod([1 - min(1 - after / before, 0.999) for before, after in zip(f, f[1:], strict=False)])
    np.testing.assert_allclose(ours, exact, rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_to_x_0_is_the_image_of_diffusers(kind):
    bars = sampling.cosine_alpha_bars(T)
    x, output = torch.randn(3, 1, 4, 4).double(), torch.randn(3, 1, 4, 4).double()
    for t in (0, 20, T - 2):
        theirs = ddim(bars, kind).step(output, t, x).pred_original_sample
        # One subtraction and one quotient; a signal of 1e-3 makes numbers of 1e3 of them.
        torch.testing.assert_close(sampling.to_x_0(kind, output, x, *level(bars, t)), theirs, rtol=1e-12, atol=1e-12)
    many = bars[[3, 20, 40]].reshape(-1, 1, 1, 1)
    each = [sampling.to_x_0(kind, output[i : i + 1], x[i : i + 1], *level(bars, t)) for i, t in enumerate((3, 20, 40))]
    together = sampling.to_x_0(kind, output.float(), x.float(), many.sqrt(), (1 - many).sqrt())
    assert together.dtype == torch.float32
    torch.testing.assert_close(together, torch.cat(each).float(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("steps", [T, 10])
def test_ddim_step_is_that_of_diffusers(eta, steps):
    bars = sampling.cosine_alpha_bars(T)
    scheduler = ddim(bars, steps=steps)
    x, eps = torch.randn(3, 1, 4, 4).double(), torch.randn(3, 1, 4, 4).double()
    for t, after in zip(scheduler.timesteps.tolist(), [*scheduler.timesteps.tolist()[1:], -1], strict=True):
        drawn = [torch.Generator().manual_seed(5) for _ in range(2)]
        theirs = scheduler.step(eps, t, x, eta=eta, generator=drawn[0]).prev_sample
        x_0 = sampling.to_x_0("eps", eps, x, *level(bars, t))
        step = sampling.ddim_step(x, x_0, level(bars, t), level(bars, after), eta, drawn[1])
        # The image is up to 5e4 at the last timestep, whose signal is 5e-5; eps made of it again loses 1e-16 of that.
        torch.testing.assert_close(step, theirs, rtol=1e-9, atol=1e-9)


def test_eta_1_between_neighbours_is_the_posterior_of_ddpm():
    """Mean and variance of q(x_{t-1} | x_t, x_0), Ho et al. equation 7, in float64."""
    bars, x, x_0 = (
        sampling.cosine_alpha_bars(T),
        torch.randn(20_000, 1, 1, 2).double(),
        torch.randn(20_000, 1, 1, 2).double(),
    )
    for t in (1, 25, T - 2):
        alpha, before = bars[t] / bars[t - 1], bars[t - 1]
        mean = (before.sqrt() * (1 - alpha) * x_0 + alpha.sqrt() * (1 - before) * x) / (1 - bars[t])
        deviation = ((1 - before) / (1 - bars[t]) * (1 - alpha)).sqrt()
        step = sampling.ddim_step(x, x_0, level(bars, t), level(bars, t - 1), eta=1.0)
        assert_standard_normal(((step - mean) / deviation).flatten(1).numpy())


@pytest.mark.parametrize(
    ("kind", "eta", "steps"), [("eps", 0.0, 10), ("v", 0.0, 25), ("x0", 0.0, 5), ("eps", 1.0, T), ("v", 0.5, 10)]
)
def test_sample_walks_as_diffusers_does(float64, kind, eta, steps):
    """Twice, since a scheduler may keep something from its first walk."""
    bars = sampling.cosine_alpha_bars(T)[:-1]  # the last one leaves a signal of 5e-5, which only swells rounding
    model = Wave().train()
    for _ in range(2):
        scheduler = ddim(bars, kind, steps if steps < T else T - 1)
        timesteps = scheduler.timesteps.tolist()
        drawn = [torch.Generator().manual_seed(3) for _ in range(2)]
        images = sampling.sample(model, bars, (4, 1, 6, 6), timesteps, kind, eta, drawn[0])
        x = torch.randn((4, 1, 6, 6), generator=drawn[1])
        with torch.no_grad():
            for t in timesteps:
                x = scheduler.step(model(x, torch.full((4,), t)), t, x, eta=eta, generator=drawn[1]).prev_sample
        assert model.training and not images.requires_grad
        # x_0 swells rounding by 1 / signal, up to 30 at the noisy end, and the wave by its slope, step by step.
        torch.testing.assert_close(images, x, rtol=1e-7, atol=1e-7)


class Wave(nn.Module):
    """A model without training: a bounded function of x and t."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(0.5))

    def forward(self, x: torch.Tensor, t: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        shift = 0.0 if labels is None else 0.1 * labels.reshape(-1, 1, 1, 1)
        return torch.tanh(self.gain * x + t.reshape(-1, 1, 1, 1) / T) + shift


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_a_step_is_that_of_the_courses_own_sampler(eta):
    bars, x, x_0 = sampling.cosine_alpha_bars(T), torch.randn(2, 1, 4, 4).double(), torch.randn(2, 1, 4, 4).double()
    for t, after in ((48, 30), (30, 3), (3, -1)):
        here, there = level(bars, t), level(bars, after)
        mean, deviation = ours_in_ddpm.step(x, x_0, here, there, eta)
        drawn = torch.Generator().manual_seed(1)
        noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=x.dtype)
        ours = sampling.ddim_step(x, x_0, here, there, eta, drawn)
        torch.testing.assert_close(ours, mean + deviation * noise, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_sampling_with_the_exact_guess_gives_the_data(float64, eta):
    bars, shares = sampling.cosine_alpha_bars(100)[:-1], np.array([0.2, 0.3, 0.5])
    # Three images that differ in few pixels, so that which one it will be is decided over many steps.
    images = np.repeat(np.random.default_rng(9).uniform(-1, 1, (1, 8 * 8)), 3, axis=0)
    images[:, :3] = 2 * np.eye(3) - 1

    def best_guess(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(exact_eps(x.flatten(1).numpy(), bars[t[0]].item(), images, shares)).reshape(x.shape)

    drawn = sampling.sample(best_guess, bars, (200, 1, 8, 8), list(range(98, -1, -1)), eta=eta)
    assert_drawn_from(drawn.flatten(1).numpy(), images, shares)


@pytest.mark.parametrize("w", [-0.5, 0.0, 2.0])
def test_guidance_is_that_of_diffusers_pipelines(w):
    """They write n + scale (m - n), with scale = 1 + w."""
    model, labels = Wave().double(), torch.tensor([1, 4, 2])
    x, t = torch.randn(3, 1, 4, 4).double(), torch.tensor([5, 30, 49])
    m, n = model(x, t, labels), model(x, t)
    torch.testing.assert_close(sampling.guided(model, labels, w)(x, t), n + (1 + w) * (m - n), rtol=1e-14, atol=1e-14)
    torch.testing.assert_close(sampling.guided(model, None, w)(x, t), n, rtol=0, atol=0)


def test_the_moving_average_is_that_of_diffusers_and_torch():
    """On floating-point weights alone: torch's leaves whole numbers in buffers as they were, diffusers' knows none."""
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    average = copy.deepcopy(model)
    theirs = EMAModel(model.parameters(), decay=0.9, use_ema_warmup=False, min_decay=0.9)
    torchs = AveragedModel(copy.deepcopy(model), multi_avg_fn=get_ema_multi_avg_fn(0.9))
    torchs.n_averaged += 1  # else its first update copies
    for _ in range(5):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += torch.randn_like(parameter)
        sampling.ema_update(average, model, 0.9)
        theirs.optimization_step = 10**9  # its decay rises with the number of steps
        theirs.step(model.parameters())
        torchs.update_parameters(model)
    for own, other, third in zip(average.parameters(), theirs.shadow_params, torchs.module.parameters(), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-13, atol=1e-13, check_stride=False)
        torch.testing.assert_close(own, third, rtol=1e-13, atol=1e-13)


def test_the_frechet_distance_is_that_of_torchmetrics():
    """In float64; both roots of a singular product leave 1e-8 of each dimension."""
    draw = np.random.default_rng(4)
    for D, rows in ((3, 200), (30, 200), (30, 12)):
        sets = [
            torch.from_numpy(draw.normal(size=(rows, D)) @ draw.normal(size=(D, D)) + draw.normal(size=D))
            for _ in range(2)
        ]
        (mean_a, cov_a), (mean_b, cov_b) = ((features.mean(0), features.T.cov()) for features in sets)
        ours = sampling.frechet_distance(mean_a, cov_a, mean_b, cov_b)
        theirs = float(_compute_fid(mean_a, cov_a, mean_b, cov_b))
        assert isinstance(ours, float)
        np.testing.assert_allclose(ours, theirs, rtol=1e-7)


def test_the_frechet_distance_of_features_is_torchmetrics_fid():
    """Through its own sums over images, with pixels for features."""
    features = nn.Flatten()
    features.num_features = 16
    metric = FrechetInceptionDistance(feature=features, normalize=True, input_img_size=(1, 4, 4)).set_dtype(
        torch.float64
    )
    real, fake = torch.rand(300, 1, 4, 4), torch.rand(200, 1, 4, 4) ** 2
    metric.update(real, real=True)
    metric.update(fake, real=False)
    sides = [images.double().flatten(1) for images in (real, fake)]
    (mean_a, cov_a), (mean_b, cov_b) = ((side.mean(0), side.T.cov()) for side in sides)
    ours = sampling.frechet_distance(mean_a, cov_a, mean_b, cov_b)
    # Its covariances are differences of sums: 1e-16 of 300 squares, where the distance is 0.5.
    np.testing.assert_allclose(ours, float(metric.compute()), rtol=1e-6)
