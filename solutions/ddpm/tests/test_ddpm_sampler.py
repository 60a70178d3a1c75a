"""Samplers: one step, known mixtures through the exact noise, the class, the way there and back."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from waves import noise, seeded, wavy

from ddpm import sampler
from ddpm.sampler import SAMPLERS, SPACINGS, DDPMSampler, Way, believes, encode, evenly, spaced, step, walk
from ddpm.schedules import DDPMSchedules
from ddpm.targets import target
from ddpm.unet import UNetSmall

# ---- one step


levels = st.floats(0.02, math.pi / 2 - 0.02).map(lambda angle: (math.cos(angle), math.sin(angle)))


@settings(deadline=None, max_examples=60)
@given(levels, levels, st.floats(0, 1))
def test_a_step_lands_on_the_level_it_aims_at(one, other, eta):
    """With independent image and noise of variance 1, mean and new noise have the variances of the level reached."""
    here, there = sorted([one, other])  # from less signal to more
    pairs = torch.eye(2, dtype=torch.float64)  # rows: how x and x_0 depend on (x_0, eps)
    x, x_0 = here[0] * pairs[0] + here[1] * pairs[1], pairs[0]
    mean, deviation = step(x, x_0, here, there, eta)
    assert mean[0].item() == pytest.approx(there[0], abs=1e-9)
    assert mean[1].item() ** 2 + deviation**2 == pytest.approx(there[1] ** 2, abs=1e-9)


def test_at_eta_1_new_noise_has_the_posterior_variance():
    made = DDPMSchedules("cosine", 30)
    x = noise(1, 1, 2, 2)
    for t in range(30):
        _, deviation = step(x, x, made.level(t), made.level(t - 1), 1.0)
        assert deviation**2 == pytest.approx(made.posterior_variance[t].item(), rel=1e-9, abs=1e-15)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-12, 1e-3), st.floats(1e-12, 0.99), st.integers(1, 20), st.floats(0, 1))
def test_steps_of_extreme_schedules_are_finite(start, end, num_timesteps, eta):
    """The share of old noise is the root of a difference that rounding may not make negative."""
    made = DDPMSchedules(num_timesteps=num_timesteps, beta_start=start, beta_end=end)
    x = noise(1, 1, 2, 2)
    for point in walk(Way(believes(wavy, made, "eps"), made, x, range(num_timesteps - 1, -1, -1), seeded(0)), eta):
        assert point.x.isfinite().all()


# ---- the exact noise of a known distribution


class Mixture:
    """Three Gaussians in four dimensions, as images (n, 1, 2, 2), and the exact answer of every kind of model.

    The last coordinate is always a half: what a sampler leaves there is noise that it should have taken away.
    """

    means = torch.tensor([[-1.2, 0.4, 0, 0.5], [0.8, -0.9, 1, 0.5], [0.6, 1.1, -0.7, 0.5]], dtype=torch.float64)
    spread = torch.tensor([[0.3, 0.2, 0.4, 0], [0.5, 0.2, 0.2, 0], [0.2, 0.6, 0.3, 0]], dtype=torch.float64)
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)

    def __init__(self, made: DDPMSchedules, kind: str = "eps") -> None:
        self.made, self.kind = made, kind

    def draw(self, n: int, seed: int) -> Tensor:
        which = torch.multinomial(self.weights, n, replacement=True, generator=seeded(seed))
        return (self.means[which] + self.spread[which] * noise(n, 4, seed=seed + 10_000)).reshape(n, 1, 2, 2)

    def mean(self) -> Tensor:
        return self.weights @ self.means

    def covariance(self) -> Tensor:
        away = self.means - self.mean()
        return torch.einsum("k,ki,kj->ij", self.weights, away, away) + torch.diag(self.weights @ self.spread**2)

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """x_t given component k is Gaussian, and so is x_0 given both; weigh by how likely k made x_t."""
        signal, sigma = self.made.level(int(t[0]))
        away = x.reshape(-1, 1, 4) - signal * self.means
        variance = signal**2 * self.spread**2 + sigma**2
        likely = self.weights.log() - 0.5 * (away**2 / variance + variance.log()).sum(-1)
        image = self.means + signal * self.spread**2 / variance * away
        x_0 = (likely.softmax(1)[..., None] * image).sum(1).reshape(x.shape)
        return target(self.kind, x_0, (x - signal * x_0) / sigma, signal, sigma)


def distances(mixture: Mixture, images: Tensor, seed: int = 0) -> Tensor:
    """How far mean, covariance and sliced 2-Wasserstein distance lie from the mixture's."""
    rows = images.reshape(-1, 4)
    directions = torch.nn.functional.normalize(noise(4, 50), dim=0)
    real = mixture.draw(len(rows), seed).reshape(-1, 4)
    between = (rows @ directions).sort(0).values - (real @ directions).sort(0).values
    return torch.stack(
        [
            (rows.mean(0) - mixture.mean()).abs().max(),
            (rows.T.cov() - mixture.covariance()).abs().max(),
            between.square().mean().sqrt(),
        ]
    )


N = 3000
MIXED = DDPMSchedules(num_timesteps=250, rescale=True)
# Distance that steps of finite length leave, measured with n = 20,000: up to 0.019 of covariance with all 250 steps,
# 0.08 with 50 (the covariance's largest entry is 0.9), and 0.045 of sliced distance.
BIAS = {
    250: torch.tensor([0.01, 0.02, 0.01]),
    100: torch.tensor([0.02, 0.05, 0.03]),
    50: torch.tensor([0.02, 0.09, 0.05]),
}


@pytest.fixture(scope="module")
def floor() -> Tensor:
    """What as many real images show, at worst of 40 draws: near 0.04, 0.05 and 0.08."""
    mixture = Mixture(MIXED)
    return torch.stack([distances(mixture, mixture.draw(N, seed), seed + 100) for seed in range(1, 41)]).amax(0)


def sampled(steps, method: str = "ddim", kind: str = "eps", **settings: object) -> Tensor:
    way = DDPMSampler(MIXED, target=kind, clip=False)
    start = {"generator": seeded(3), "x": noise(N, 1, 2, 2)}
    return way.last(way.trajectory(Mixture(MIXED, kind), (), steps, method, **start, **settings))


def recovers(images: Tensor, floor: Tensor, bias: Tensor) -> bool:
    no_noise_left = (images[..., 1, 1] - 0.5).abs().max() < 1e-9
    return bool((distances(Mixture(MIXED), images) < floor + bias).all() and no_noise_left)


@pytest.mark.parametrize(
    ("num_steps", "method", "settings_", "kind"),
    [
        (250, "ddpm", {}, "eps"),
        (250, "ddpm", {"variance": "large"}, "v"),
        (50, "ddim", {}, "eps"),
        (50, "ddim", {}, "x0"),
        (50, "ddim", {"eta": 1.0}, "v"),
        (100, "ddim", {"eta": 0.5}, "eps"),
        (50, "dpm2m", {}, "v"),
        (50, "heun", {}, "x0"),
    ],
)
def test_samplers_recover_a_known_mixture(num_steps, method, settings_, kind, floor):
    assert recovers(sampled(evenly(250, num_steps), method, kind, **settings_), floor, BIAS[num_steps])


@pytest.mark.parametrize("method", SAMPLERS)
def test_every_sampler_recovers_a_known_mixture_by_its_defaults(method, floor):
    """In as many steps as it takes where a configuration says nothing."""
    num_steps = 50 if "num_steps" in SAMPLERS[method].settings else 250
    assert recovers(sampled(evenly(250, num_steps), method), floor, BIAS[num_steps])


@pytest.mark.parametrize(
    ("method", "spacing", "kind"),
    [("dpm2m", "trailing", "linear"), ("dpm2m", "trailing", "cosine"), ("heun", "karras", "linear")],
)
def test_solvers_of_second_order_err_less_than_ddim_for_as_many_questions(method, spacing, kind):
    """From the same noise, against DDIM in 1,000 steps. Measured: at most 0.6 of the error of DDIM's 40 steps. (Under a
    cosine Heun's method starts elsewhere, since it fails where noise / signal lies in the thousands.)"""
    made = DDPMSchedules(kind, num_timesteps=1000)
    mixture, way, x = Mixture(made), DDPMSampler(made, clip=False), noise(500, 1, 2, 2)

    def end(method: str, steps: list[int]) -> Tensor:
        return way.last(way.trajectory(mixture, (), steps, method, x=x))

    def error(images: Tensor) -> float:
        return (images - right).square().mean().sqrt().item()

    right = end("ddim", evenly(1000, 1000))
    found = error(end(method, spaced(made, 20 if method == "heun" else 40, spacing)))
    assert found < 0.8 * error(end("ddim", evenly(1000, 40)))


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("num_steps", [1, 2, 10, 200])
def test_steps_by_noise_follow_their_rule(num_steps, kind):
    """Each within half of what lies between neighbouring timesteps."""
    made = DDPMSchedules(kind, num_timesteps=1000)
    steps = spaced(made, num_steps, "karras")
    assert steps == sorted(set(steps), reverse=True) and 1 <= len(steps) <= num_steps
    known = made.snr.rsqrt()
    high, low = min(80.0, known[-1].item()) ** (1 / 7), known[0].item() ** (1 / 7)
    for place in range(num_steps):
        wanted = (high + place / max(1, num_steps - 1) * (low - high)) ** 7
        assert min(abs(math.log(known[t] / wanted)) for t in steps) <= known.log().diff().max() / 2


BROKEN = {
    "noise kept at the last step": lambda x, x_0, here, there, eta: (
        step(x, x_0, here, there, eta)[0],
        step(x, x_0, here, there, eta)[1] or math.sqrt(1 - (here[0] / there[0]) ** 2),
    ),
    "variance for deviation": lambda x, x_0, here, there, eta: (
        step(x, x_0, here, there, eta)[0],
        step(x, x_0, here, there, eta)[1] ** 2,
    ),
    "the noise it saw forgotten": lambda x, x_0, here, there, eta: (
        there[0] * x_0,
        step(x, x_0, here, there, eta)[1],
    ),
    "half the new noise": lambda x, x_0, here, there, eta: (
        step(x, x_0, here, there, eta)[0],
        step(x, x_0, here, there, eta)[1] / 2,
    ),
    "no room made for new noise": lambda x, x_0, here, there, eta: (
        step(x, x_0, here, there, 0.0)[0],
        step(x, x_0, here, there, eta)[1],
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_half_broken_sampler_does_not(fault, floor, monkeypatch):
    """So the bars above can be missed; 50 steps are enough to miss them."""
    monkeypatch.setattr(sampler, "step", BROKEN[fault])
    assert not recovers(sampled(evenly(250, 50), eta=1.0), floor, BIAS[50])


@pytest.mark.parametrize("method", SAMPLERS)
@pytest.mark.parametrize("interval", [None, (0.3, 30)])
def test_where_no_signal_is_left_at_all_there_are_images_all_the_same(method, interval):
    made = DDPMSchedules("linear", 4000, beta_end=0.5)
    assert made.level(3999)[0] == 0
    steps = list(range(3999, -1, -1)) if method == "ddpm" else spaced(made, 10)
    points = DDPMSampler(made, "v").trajectory(wavy, (2, 1, 4, 4), steps, method, guidance_interval=interval)
    assert DDPMSampler.last(points).isfinite().all()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_heun_ends_near_ddim_whatever_the_spacing(kind, spacing):
    """Its error in 20 steps was at most 0.1, where images are 1 wide; without a limit of noise it was above 10."""
    made = DDPMSchedules(kind, num_timesteps=1000)
    way, x = DDPMSampler(made, clip=False), noise(500, 1, 2, 2)
    found, right = (
        way.last(way.trajectory(Mixture(made), (), steps, method, x=x))
        for method, steps in (("heun", spaced(made, 20, spacing)), ("ddim", evenly(1000, 1000)))
    )
    assert (found - right).square().mean().sqrt() < 0.2


# ---- the class


SIZES = {"image_size": 8, "model_channels": 8, "attention_resolutions": (4,), "num_heads": 2}


def unet(**more: object) -> UNetSmall:
    """A small one that does not answer 0 to everything."""
    torch.manual_seed(0)
    model = UNetSmall(**SIZES | more)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.1)
    return model


@pytest.mark.parametrize("variance", ["small", "large"])
def test_ddpm_sample_takes_every_timestep_and_its_own_variance(variance):
    made, model = DDPMSchedules(num_timesteps=12), unet()
    x = torch.randn(2, 1, 8, 8, generator=seeded(0))
    found = DDPMSampler(made, clip=False).ddpm_sample(model, x.shape, variance, x=x, generator=seeded(1))
    way = Way(believes(model, made, "eps"), made, x, range(11, -1, -1), seeded(1))
    *_, expected = walk(way, 1.0, variance == "large")
    assert torch.equal(found, expected.x)
    other = DDPMSampler(made, clip=False).ddpm_sample(model, x.shape, "large", x=x, generator=seeded(1))
    assert torch.equal(found, other) == (variance == "large")


def test_ddim_sample_asks_the_model_at_the_steps_it_was_given():
    asked = []

    def model(x, t):
        asked.append(t.tolist())
        return wavy(x, t)

    way = DDPMSampler(DDPMSchedules(num_timesteps=100))
    images = way.ddim_sample(model, (2, 3, 4, 4), num_steps=3)
    assert images.shape == (2, 3, 4, 4) and asked == [[99, 99], [50, 50], [0, 0]]
    asked.clear()
    way.ddim_sample(model, (1, 1, 4, 4), steps=torch.tensor([80, 7]))
    assert asked == [[80], [7]]
    asked.clear()
    way.ddim_sample(model, (1, 1, 4, 4))
    assert len(asked) == 50


def test_a_seed_fixes_the_images_and_without_new_noise_the_start_does():
    way, model = DDPMSampler(DDPMSchedules(num_timesteps=20), model=unet()), unet()
    first, again, other = (way.sample(2, generator=seeded(seed)) for seed in (1, 1, 2))
    assert first.shape == (2, 1, 8, 8) and torch.equal(first, again) and not torch.equal(first, other)
    start = torch.randn(2, 1, 8, 8, generator=seeded(0))
    left, right = (way.ddim_sample(model, (), num_steps=5, x=start, generator=seeded(seed)) for seed in (1, 2))
    assert torch.equal(left, right)


def test_clipped_images_stay_within_black_and_white():
    made, model = DDPMSchedules(num_timesteps=20), unet()
    kept, free = (DDPMSampler(made, clip=clip).ddim_sample(model, (4, 1, 8, 8), 5) for clip in (True, False))
    assert kept.abs().max() <= 1 < free.abs().max()


def test_a_trajectory_tells_every_point_and_ends_in_the_image_believed_in():
    way = DDPMSampler(DDPMSchedules(num_timesteps=20))
    points = list(way.trajectory(unet(), (2, 1, 8, 8), [19, 8, 3], eta=1.0))
    assert [point.t for point in points] == [8, 3, -1]
    assert torch.equal(points[-1].x, points[-1].x_0) and not torch.equal(points[0].x, points[0].x_0)


def test_guidance_goes_from_no_label_past_the_label():
    model, x, t, labels = unet(num_classes=3), torch.randn(2, 1, 8, 8), torch.tensor([5, 5]), torch.tensor([0, 2])
    with_label, without = model(x, t, labels), model(x, t)
    for guidance in (-1.0, 0.0, 2.0):
        expected = (1 + guidance) * with_label - guidance * without
        torch.testing.assert_close(sampler.guided(model, labels, guidance)(x, t), expected)
        plain = sampler.guided(lambda *given: model(*given), labels, guidance)  # which counts no classes
        torch.testing.assert_close(plain(x, t), expected)
    assert not torch.allclose(with_label, without)
    way = DDPMSampler(DDPMSchedules(num_timesteps=5))
    start = torch.randn(2, 1, 8, 8)
    none, label, past = (way.ddim_sample(model, (), 5, x=start, labels=labels, guidance=more) for more in (-1, 0, 2))
    torch.testing.assert_close(none, way.ddim_sample(model, (), 5, x=start))
    assert not torch.allclose(none, label) and not torch.allclose(label, past)


def test_guidance_keeps_to_its_interval_of_noise_over_signal():
    """Above its lower end and up to its upper one; elsewhere the model is asked with labels alone, once."""
    made, model, asked = DDPMSchedules(num_timesteps=20), unet(num_classes=3), {}
    model.register_forward_pre_hook(lambda _, given: asked.update({int(given[1][0]): len(given[0])}))
    ratio = {t: made.level(t)[1] / made.level(t)[0] for t in range(20)}
    options = {"labels": torch.tensor([0, 2]), "x": torch.randn(2, 1, 8, 8, generator=seeded(0)), "num_steps": 20}
    guided = DDPMSampler(made).ddim_sample(model, (), guidance=1.0, guidance_interval=(ratio[4], ratio[9]), **options)
    assert asked == {t: 4 if 4 < t <= 9 else 2 for t in range(20)}
    for interval, same_as in (((0, math.inf), 1.0), ((0, ratio[0] / 2), 0.0)):
        found = DDPMSampler(made).ddim_sample(model, (), guidance=1.0, guidance_interval=interval, **options)
        torch.testing.assert_close(found, DDPMSampler(made).ddim_sample(model, (), guidance=same_as, **options))
        assert not torch.allclose(found, guided)


@pytest.mark.parametrize("stops", [False, True])
def test_sampling_is_without_dropout_and_gradients_and_leaves_the_model_as_it_was(stops):
    model = unet(dropout=0.9).train()
    seen = []
    model.register_forward_hook(lambda module, _, out: seen.append((module.training, out.requires_grad)))
    points = DDPMSampler(DDPMSchedules(num_timesteps=5)).trajectory(model, (1, 1, 8, 8), [4, 2, 0])
    assert not next(points).x.requires_grad
    points.close() if stops else list(points)
    assert set(seen) == {(False, False)} and model.training
    assert model(torch.zeros(1, 1, 8, 8), torch.zeros(1).long()).requires_grad


def test_a_model_in_float64_is_sampled_in_float64():
    way = DDPMSampler(DDPMSchedules(num_timesteps=5))
    assert way.ddim_sample(unet().double(), (1, 1, 8, 8), 2).dtype == torch.float64


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda way: way.ddpm_sample(wavy, (1, 1, 4, 4), "medium"), 'variance is "small" or "large", not \'medium\''),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), 21), "should be 1 to 20, and is 21"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), 0), "should be 1 to 20, and is 0"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), 5, eta=1.5), "eta should lie between 0 and 1, and is 1.5"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), steps=[0, 10]), "Steps should fall within 19 to 0"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), steps=[20, 10]), "Steps should fall within 19 to 0"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), steps=[5, 5]), "Steps should fall within 19 to 0"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), steps=[5, -1]), "Steps should fall within 19 to 0"),
        (lambda way: way.ddim_sample(wavy, (1, 1, 4, 4), steps=[]), "Steps should fall within 19 to 0"),
        (lambda way: list(way.trajectory(wavy, (1, 1, 4, 4), [5], "heum")), "no sampler 'heum'; there are ddpm, ddim"),
        (lambda way: way.sample(4), "sample.. needs a model"),
        (lambda way: encode(wavy, way.schedules, noise(1, 1, 4, 4), [3, 5]), "Steps should fall within 19 to 0"),
    ],
)
def test_bad_calls_are_refused_with_a_sentence(call, says):
    with pytest.raises(ValueError, match=says):
        call(DDPMSampler(DDPMSchedules(num_timesteps=20)))


# ---- there and back


def test_encoding_is_without_dropout_too():
    model, made = unet(dropout=0.9).train(), DDPMSchedules(num_timesteps=20)
    images = torch.randn(1, 1, 8, 8)
    assert torch.equal(*(encode(model, made, images, [19, 9, 0]) for _ in range(2))) and model.training


def test_ddim_encodes_images_and_comes_back_and_more_steps_come_closer():
    """Euler's steps err in proportion to their length: ten times the steps, about a tenth of the error."""
    made = DDPMSchedules(num_timesteps=1000)
    mixture = Mixture(made)
    images, way = mixture.draw(200, 1), DDPMSampler(made, clip=False)

    def error(num_steps: int) -> float:
        steps = evenly(1000, num_steps)
        back = way.last(way.trajectory(mixture, (), steps, x=encode(mixture, made, images, steps)))
        return (back - images).square().mean().sqrt().item()

    few, some, many = error(10), error(100), error(1000)
    assert few > 4 * some > 16 * many and many < 0.01
