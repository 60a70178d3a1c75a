"""Schedules and targets: properties that hold for every schedule, exact arithmetic, and diffusers' tables."""

import math
from decimal import Decimal, localcontext

import pytest
import torch
from diffusers import DDPMScheduler
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ddpm.schedules import KINDS, DDPMSchedules
from ddpm.targets import TARGETS, eps_errors, loss, target, to_eps, to_x_0

quick = settings(deadline=None, max_examples=60)
schedules = st.builds(
    DDPMSchedules,
    kind=st.sampled_from(KINDS),
    num_timesteps=st.integers(1, 2000),
    beta_start=st.floats(1e-6, 0.01),
    beta_end=st.floats(0.01, 0.5),
)
angles = st.floats(0.01, math.pi / 2 - 0.01)  # signal = cos, noise = sin: every level but the two ends
numbers = st.floats(-3, 3)


def exact_alpha_bars(num_timesteps: int = 1000, start: str = "0.0001", end: str = "0.02") -> list[Decimal]:
    """The linear schedule's running product with 40 digits."""
    with localcontext(prec=40):
        slope = (Decimal(end) - Decimal(start)) / (num_timesteps - 1)
        bars = [1 - Decimal(start)]
        for t in range(1, num_timesteps):
            bars.append(bars[-1] * (1 - Decimal(start) - slope * t))
        return bars


# ---- schedules


@quick
@given(schedules)
def test_every_schedule_goes_from_image_to_noise(made):
    assert all(
        table.dtype == torch.float64 and table.shape == (made.num_timesteps,)
        for table in (made.betas, made.alphas, made.alpha_bars, made.snr, made.posterior_variance)
    )
    assert ((made.betas > 0) & (made.betas < 1)).all()
    assert (made.alpha_bars > 0).all() and made.alpha_bars[0] == 1 - made.betas[0]
    assert (made.alpha_bars.diff() < 0).all()
    assert (made.snr.diff() < 0).all()
    assert (made.posterior_variance <= made.betas).all() and made.posterior_variance[0] == 0


@quick
@given(schedules)
def test_the_posterior_variance_is_what_bayes_says(made):
    """Two Gaussians of x_{t-1}: around x_t (precision alpha / beta) and around x_0 (1 / (1 - abar_{t-1}))."""
    precision = made.alphas[1:] / made.betas[1:] + 1 / (1 - made.alpha_bars[:-1])
    torch.testing.assert_close(made.posterior_variance[1:], 1 / precision, rtol=1e-9, atol=0)


@quick
@given(st.integers(25, 4000))
def test_rescaled_schedules_end_in_as_much_noise_whatever_their_length(num_timesteps):
    """The betas add up to 10.05, so that ln abar lies below -10.05; only their squares depend on T."""
    made = DDPMSchedules(num_timesteps=num_timesteps, rescale=True)
    assert made.betas.sum().item() == pytest.approx(1000 * (1e-4 + 0.02) / 2, rel=1e-9)
    assert made.alpha_bars[-1] < math.exp(-10.05)
    assert made.level(num_timesteps - 1)[1] == pytest.approx(1, abs=3e-5)


def test_without_rescale_a_short_schedule_keeps_much_of_the_image():
    assert DDPMSchedules(num_timesteps=200).level(199)[0] > 0.3


def test_linear_tables_are_exact():
    """Against 40 digits: 1000 products of float64 round by about 1000 x 1.1e-16."""
    exact = exact_alpha_bars()
    found = DDPMSchedules().alpha_bars.tolist()
    assert max(abs(Decimal(a) / b - 1) for a, b in zip(found, exact, strict=True)) < 2e-13


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_levels_are_exact_in_the_dtype_they_are_used_in(dtype):
    """Computed in float32, the noise level at t = 0 would be wrong in its fourth digit."""
    made = DDPMSchedules()
    signal, noise = made.levels(torch.arange(1000), torch.zeros(1, 1, 1, 1, dtype=dtype))
    exact = exact_alpha_bars()
    least = 1e-6 if dtype == torch.float32 else 1e-12
    for t in range(1000):
        assert signal[t].item() == pytest.approx(float(exact[t].sqrt()), rel=least)
        assert noise[t].item() == pytest.approx(float((1 - exact[t]).sqrt()), rel=least)


@pytest.mark.parametrize(("kind", "theirs"), [("linear", "linear"), ("cosine", "squaredcos_cap_v2")])
@pytest.mark.parametrize("num_timesteps", [10, 100, 1000])
def test_betas_are_those_of_diffusers(kind, theirs, num_timesteps):
    """Theirs are kept in float32, where half a unit in the last place is 6e-8; we multiply them up in float64."""
    made = DDPMSchedules(kind, num_timesteps)
    betas = DDPMScheduler(num_timesteps, beta_schedule=theirs).betas.double()
    torch.testing.assert_close(made.betas, betas, rtol=1.2e-7, atol=0)
    torch.testing.assert_close(made.alpha_bars[:-1], (1 - betas).cumprod(0)[:-1], rtol=1e-4, atol=0)


@pytest.mark.parametrize("num_timesteps", [10, 100, 1000])
def test_the_sigmoid_schedule_falls_evenly_about_its_middle(num_timesteps):
    """The curve of abar is symmetric about a half (Jabri et al. 2022, figure 3): u and 1 - u add up to 1."""
    bars = torch.cat([torch.ones(1, dtype=torch.float64), DDPMSchedules("sigmoid", num_timesteps).alpha_bars])
    torch.testing.assert_close((bars + bars.flip(0))[1:-1], torch.ones(num_timesteps - 1, dtype=torch.float64))
    sigmoid = 1 / (1 + math.exp(1.5))  # a quarter of the way, between the sigmoid of -3 (1) and of 3 (0)
    low, high = 1 / (1 + math.exp(3)), 1 / (1 + math.exp(-3))
    if num_timesteps % 4 == 0:
        assert bars[num_timesteps // 4].item() == pytest.approx((high - sigmoid) / (high - low), rel=1e-12)


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ({"kind": "linaer"}, "'linaer'.*linear, cosine, sigmoid"),
        ({"num_timesteps": 0}, "num_timesteps should be 1 or more"),
        ({"beta_start": 0.0}, "between 0 and 1; here they go from 0 to"),
        ({"beta_end": 1.5}, "between 0 and 1.*1.5"),
        ({"beta_end": math.nan}, "between 0 and 1"),
        ({"num_timesteps": 10, "rescale": True}, "multiplied by 100"),
    ],
)
def test_bad_schedules_are_refused_with_a_sentence(settings_, says):
    with pytest.raises(ValueError, match=says):
        DDPMSchedules(**settings_)


def test_levels_multiply_images_of_any_shape_and_the_clean_image_is_level_minus_one():
    made = DDPMSchedules("cosine", 50)
    t = torch.tensor([0, 49, 7])
    for shape in [(3, 1, 4, 4), (3, 5), (3,)]:
        signal, noise = made.levels(t, torch.zeros(shape))
        assert signal.shape == noise.shape == (3, *[1] * (len(shape) - 1))
    assert made.level(7) == pytest.approx((signal[2].item(), noise[2].item()), rel=1e-6)
    assert made.level(-1) == (1.0, 0.0)


def test_noised_images_have_the_signal_and_the_noise_of_their_own_timestep():
    made, t = DDPMSchedules(), torch.tensor([0, 300, 999])
    image, noise = torch.full((3, 1, 2, 2), 0.5, dtype=torch.float64), torch.ones(3, 1, 2, 2, dtype=torch.float64)
    found = made.add_noise(image, t, noise)
    for row, bar in zip(found, made.alpha_bars[t], strict=True):
        torch.testing.assert_close(row, torch.full_like(row, 0.5 * bar.sqrt() + (1 - bar).sqrt()))


# ---- targets


@quick
@given(st.sampled_from(TARGETS), st.sampled_from(TARGETS), angles, numbers, numbers)
def test_every_target_gives_back_image_and_noise_and_every_other_target(kind, other, angle, x_0, eps):
    signal, sigma = math.cos(angle), math.sin(angle)
    x = signal * x_0 + sigma * eps
    answer = target(kind, x_0, eps, signal, sigma)
    image, noise = (way(kind, answer, x, signal, sigma) for way in (to_x_0, to_eps))
    assert (image, noise) == pytest.approx((x_0, eps), abs=1e-11)  # dividing by 0.01 costs two of 16 digits
    assert target(other, image, noise, signal, sigma) == pytest.approx(
        target(other, x_0, eps, signal, sigma), abs=1e-11
    )


@pytest.mark.parametrize("t", [0, 300, 999])
def test_an_answer_that_is_the_image_or_the_noise_is_handed_on_bit_for_bit(t):
    made, (x_0, eps, x) = DDPMSchedules(), torch.randn(3, 2, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    for signal, sigma in (made.level(t), made.levels(torch.tensor([t, t]), x)):
        assert torch.equal(target("eps", x_0, eps, signal, sigma), eps)
        assert torch.equal(target("x0", x_0, eps, signal, sigma), x_0)
        assert torch.equal(to_eps("eps", eps, x, signal, sigma), eps)
        assert torch.equal(to_x_0("x0", x_0, x, signal, sigma), x_0)


@quick
@given(angles, numbers, numbers)
def test_v_is_the_pair_of_noise_and_image_turned_by_the_angle(angle, x_0, eps):
    """With x = cos x_0 + sin eps, v is its derivative by the angle (Salimans & Ho 2022, appendix D)."""
    assume(abs(x_0) + abs(eps) > 1e-3)
    v = target("v", x_0, eps, math.cos(angle), math.sin(angle))
    step = 1e-6
    after, before = (math.cos(angle + h) * x_0 + math.sin(angle + h) * eps for h in (step, -step))
    assert v == pytest.approx((after - before) / (2 * step), abs=1e-8)


def believes(kind: str, made: DDPMSchedules):
    """A model that answers in this kind, with the same guess about the noise whatever the kind."""

    def model(x, t, labels=None):
        signal, sigma = made.levels(t, x)
        noise = (3 * x).sin() + (0 if labels is None else labels[:, None, None, None])
        return target(kind, (x - sigma * noise) / signal, noise, signal, sigma)

    return model


@pytest.mark.parametrize("labels", [None, torch.tensor([0, 1, 2, 3])])
@pytest.mark.parametrize("kind", TARGETS)
def test_losses_and_noise_errors_of_all_kinds_compare(kind, labels):
    """d x_0 = -(sigma / signal) d eps and d v = d eps / signal, so that losses differ by these weights only."""
    made, generator = DDPMSchedules(num_timesteps=100), torch.Generator().manual_seed(1)
    x_0, eps = torch.randn(2, 4, 1, 8, 8, generator=generator, dtype=torch.float64)
    for level in (3, 60, 99):
        t = torch.full((4,), level)
        signal, sigma = made.level(level)
        x = signal * x_0 + sigma * eps
        noise = (3 * x).sin() + (0 if labels is None else labels[:, None, None, None])
        expected = (noise - eps).square().mean(dim=(1, 2, 3))
        model = believes(kind, made)
        torch.testing.assert_close(eps_errors(model, made, x_0, t, eps, labels, kind), expected)
        weight = {"eps": 1, "x0": (sigma / signal) ** 2, "v": signal**-2}[kind]
        torch.testing.assert_close(loss(model, made, x_0, t, eps, labels, kind), weight * expected.mean())


@pytest.mark.parametrize("way", [target, to_x_0, to_eps])
def test_an_unknown_target_is_refused_with_a_sentence(way):
    one = torch.ones(1)
    with pytest.raises(ValueError, match="no target 'noise'; there are eps, x0, v"):
        way("noise", one, one, one, one)
