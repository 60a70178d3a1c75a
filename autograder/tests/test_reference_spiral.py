"""The spiral lab's solution against finite differences, autograd, diffusers, and the exact-eps oracle."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler
from reference import assert_drawn_from, assert_standard_normal, exact_eps, float64_ddpm, solution

NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")
Net = dict[str, np.ndarray]

spiral = solution("spiral")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    spiral.rng = np.random.default_rng(0)  # the notebook's generator, which every test finds fresh


# --- network


def problem(seed: int, momentum: float) -> tuple[Net, np.ndarray, np.ndarray]:
    """A float64 network with biases that are not 0, inputs and targets."""
    rng = np.random.default_rng(seed)
    shapes = ((3, 6), (6,), (6, 6), (6,), (6, 2), (2,))
    weights = {name: rng.normal(0.0, 0.7, shape) for name, shape in zip(NAMES, shapes, strict=True)}
    velocities = {name: np.zeros_like(weight) for name, weight in weights.items()}
    return (
        weights | {"momentum": momentum, "velocities": velocities},
        rng.normal(size=(9, 3)),
        rng.normal(size=(9, 2)),
    )


def signs(net: Net, x: np.ndarray) -> np.ndarray:
    """Which pre-activations are positive. Between two nets with the same signs that differ in one number, the loss is
    a parabola of that number."""
    z1 = x @ net["W1"] + net["b1"]
    z2 = np.maximum(z1, 0) @ net["W2"] + net["b2"]
    return np.stack([z1, z2]) > 0


def autograd(net: Net, x: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, Net]:
    """Output and gradients by torch, of the loss that is summed over coordinates and averaged over rows."""
    p = {name: torch.tensor(net[name], requires_grad=True) for name in NAMES}
    h1 = torch.relu(torch.from_numpy(x) @ p["W1"] + p["b1"])
    h2 = torch.relu(h1 @ p["W2"] + p["b2"])
    out = h2 @ p["W3"] + p["b3"]
    loss = (out - torch.from_numpy(target)).square().sum(dim=1).mean()
    grads = torch.autograd.grad(loss, list(p.values()))
    return out.detach().numpy(), {name: grad.numpy() for name, grad in zip(NAMES, grads, strict=True)}


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_those_of_finite_differences(seed):
    net, x, target = problem(seed, momentum=0.0)
    h = 1e-4

    def loss(index: tuple[int, ...], name: str, shift: float) -> float:
        shifted = net | {name: net[name].copy()}
        shifted[name][index] += shift
        assert (signs(shifted, x) == signs(net, x)).all(), "a kink is too near: take another seed"
        return spiral.mse_loss(spiral.forward_network(shifted, x)[0], target)[0]

    updated = copy.deepcopy(net)
    out, cache = spiral.forward_network(updated, x)
    spiral.backward_network(updated, cache, spiral.mse_loss(out, target)[1], lr=1.0)
    for name in NAMES:
        slope = np.zeros_like(net[name])
        for index in np.ndindex(slope.shape):
            slope[index] = (loss(index, name, h) - loss(index, name, -h)) / (2 * h)
        # mse_loss gives the gradient of a sum over two coordinates and the value of a mean over them. The loss is a
        # parabola here, so differences are exact but for rounding: 2e-16 * loss / h, below 1e-11.
        np.testing.assert_allclose(net[name] - updated[name], 2 * slope, rtol=0, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("momentum", [0.0, 0.9, 0.999])
def test_several_updates_follow_the_damped_momentum_rule(momentum):
    net, x, target = problem(seed=5, momentum=momentum)
    start, grads, lr = copy.deepcopy(net), [], 0.05
    for _ in range(6):
        wanted, grad = autograd(net, x, target)
        out, cache = spiral.forward_network(net, x)
        spiral.backward_network(net, cache, spiral.mse_loss(out, target)[1], lr=lr)
        np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-12)
        grads.append(grad)
    for name in NAMES:
        # v <- m v + (1 - m) g, summed up: the gradient of j updates ago has entered with weight 1 - m^j.
        moved = sum((1 - momentum**age) * grad[name] for age, grad in zip(range(6, 0, -1), grads, strict=True))
        # Rounding of numbers around 1 is left, 1e-16. Even at 0.999 the weights have moved by 1e-3 of a gradient.
        np.testing.assert_allclose(net[name], start[name] - lr * moved, rtol=0, atol=1e-12, err_msg=name)


def test_training_uses_the_noise_it_mixed_in_and_averages_its_losses(monkeypatch):
    X = np.random.default_rng(1).normal(size=(2000, 2)).astype(np.float32)
    T, steps, smoothing, lr = 5, 4, 0.8, 0.1
    table = spiral.make_linear_beta_schedule(T, 0.3, 0.6)
    net = spiral.make_network(hidden=16, rng=np.random.default_rng(2), scale=0.3, momentum=0.5)
    replay, drawn, q_sample = copy.deepcopy(net), [], spiral.q_sample

    def recording(x0, t, alpha_bars):
        drawn.append((t, *q_sample(x0, t, alpha_bars)))
        return drawn[-1][1:]

    monkeypatch.setattr(spiral, "q_sample", recording)
    curve = spiral.train(net, X, T, *table, steps=steps, lr=lr, smoothing=smoothing)
    losses = []
    for t, x_t, eps in drawn:
        guess, cache = spiral.forward_network(replay, np.column_stack([x_t, t / T]))
        losses.append(np.mean((guess - eps) ** 2))
        spiral.backward_network(replay, cache, 2 * (guess - eps) / len(X), lr=lr)
    assert len(losses) == steps
    weights = [smoothing ** (steps - 1), *((1 - smoothing) * smoothing**age for age in range(steps - 2, -1, -1))]
    # Inputs are float32 in train and float64 here: 1e-7 of each loss and weight. An update moves weights by 1e-3.
    np.testing.assert_allclose(curve[0], losses[0], rtol=1e-5)
    np.testing.assert_allclose(curve[-1], np.dot(weights, losses), rtol=1e-5)
    for name in NAMES:
        np.testing.assert_allclose(net[name], replay[name], rtol=0, atol=2e-6, err_msg=name)
    counts = np.bincount(np.concatenate([t for t, *_ in drawn]), minlength=T + 1)
    n, share = len(X) * steps, 1 / T
    assert counts[0] == 0 and len(counts) == T + 1
    assert np.abs(counts[1:] - n * share).max() < 5 * np.sqrt(n * share * (1 - share))  # binomial


# --- schedule and forward process


@pytest.mark.parametrize(("T", "beta_start", "beta_end"), [(10, 0.1, 0.3), (100, 1e-4, 0.1), (1000, 1e-4, 0.02)])
def test_the_schedule_is_that_of_diffusers(T, beta_start, beta_end):
    betas, alphas, alpha_bars = spiral.make_linear_beta_schedule(T, beta_start, beta_end)
    line = [beta_start + k * (beta_end - beta_start) / (T - 1) for k in range(T)]
    np.testing.assert_allclose(betas, line, rtol=1e-13)
    np.testing.assert_allclose(alphas, 1 - betas, rtol=1e-15)
    # Products by way of sums of logarithms, and by diffusers: T roundings of 1e-16 each.
    np.testing.assert_allclose(alpha_bars, np.exp(np.cumsum(np.log1p(-np.array(line)))), rtol=1e-12)
    np.testing.assert_allclose(alpha_bars, float64_ddpm(line).alphas_cumprod, rtol=1e-12)
    # The line of diffusers itself is float32: 6e-8 for each beta and for each of the T factors of alpha_bar.
    theirs = DDPMScheduler(T, beta_start, beta_end, beta_schedule="linear")
    np.testing.assert_allclose(betas, theirs.betas, rtol=1e-6)
    np.testing.assert_allclose(alpha_bars, theirs.alphas_cumprod, rtol=1e-6 + T * 6e-8)


@pytest.mark.parametrize("t", [1, np.int64(20), np.arange(1, 21)], ids=["first", "last", "each"])
def test_q_sample_adds_noise_as_diffusers_does(t):
    betas, _, alpha_bars = spiral.make_linear_beta_schedule(20, 1e-4, 0.3)
    x0 = np.random.default_rng(3).normal(size=(20, 2))
    x_t, eps = spiral.q_sample(x0, t, alpha_bars)
    steps = torch.from_numpy(np.broadcast_to(t, 20) - 1)  # theirs count from 0
    wanted = float64_ddpm(betas).add_noise(torch.from_numpy(x0), torch.from_numpy(eps), steps)
    np.testing.assert_allclose(x_t, wanted, rtol=0, atol=1e-14)  # some roundings of numbers around 1


def test_q_sample_draws_fresh_standard_normal_noise():
    x0, alpha_bars = np.zeros((20_000, 2)), np.array([0.5])
    draws = [spiral.q_sample(x0, 1, alpha_bars)[1] for _ in range(2)]
    assert_standard_normal(np.hstack(draws))  # four columns: both calls are independent of each other as well


# --- reverse process


def test_a_reverse_step_is_that_of_diffusers(monkeypatch):
    T, n = 20, 8
    betas, alphas, alpha_bars = table = spiral.make_linear_beta_schedule(T, 1e-4, 0.3)
    ddpm, x_t = float64_ddpm(betas), np.random.default_rng(4).normal(size=(n, 2))
    asked = []

    def network(net, inputs):
        asked.append(inputs)
        return np.sin(3 * inputs[:, :2]) + inputs[:, 2:], None

    monkeypatch.setattr(spiral, "forward_network", network)
    for t in range(1, T + 1):
        z = torch.randn((n, 2), generator=torch.Generator().manual_seed(t), dtype=torch.float64)
        monkeypatch.setattr(spiral, "rng", SimpleNamespace(standard_normal=lambda size, z=z: z.numpy().reshape(size)))
        got = spiral.p_sample(None, x_t, t, *table)
        np.testing.assert_array_equal(asked[-1], np.column_stack([x_t, np.full(n, t / T)]))
        eps, same_z = torch.from_numpy(network(None, asked[-1])[0]), torch.Generator().manual_seed(t)
        wanted = ddpm.step(eps, t - 1, torch.from_numpy(x_t), generator=same_z).prev_sample
        # Theirs recovers beta_t from a quotient of products and loses 1e-16 / beta_1 = 1e-12 of it.
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11, err_msg=f"t = {t}")


POINTS = np.array([[-2.0, -1.0], [0.0, 1.5], [2.0, 0.5], [0.5, -2.0]])
SHARES = np.array([0.1, 0.2, 0.3, 0.4])


def test_the_sampler_with_the_exact_guess_gives_the_data(monkeypatch):
    T = 200
    betas, alphas, alpha_bars = spiral.make_linear_beta_schedule(T, 1e-4, 0.1)  # what is left at T: 3e-5

    def oracle(net, inputs):
        assert np.ptp(inputs[:, 2]) == 0
        return exact_eps(inputs[:, :2], alpha_bars[round(inputs[0, 2] * T) - 1], POINTS, SHARES), None

    monkeypatch.setattr(spiral, "forward_network", oracle)
    samples, snapshots = spiral.p_sample_loop(None, 10_000, T, betas, alphas, alpha_bars, ts_to_save=(T, 1))
    # Measured with 200,000 samples, the T steps bend each share by less than 0.3 of the errors of 10,000.
    assert_drawn_from(samples, POINTS, SHARES)
    assert set(snapshots) == {T, 1, 0} and snapshots[0] is samples
    assert_standard_normal(snapshots[T])
    # The last step draws nothing, so it can be taken again from the snapshot before it.
    np.testing.assert_array_equal(spiral.p_sample(None, snapshots[1], 1, betas, alphas, alpha_bars), samples)


def test_the_notebooks_own_oracle_is_the_exact_one():
    data, x_t = np.random.default_rng(6).normal(size=(50, 2)), np.random.default_rng(7).normal(size=(40, 2))
    for alpha_bar in (0.9999, 0.5, 0.01):
        wanted = exact_eps(x_t, alpha_bar, data, np.full(50, 1 / 50))
        # best_eps expands the square and so loses 1e-15 / (1 - alpha_bar) in a weight's exponent, 1e-11 at most;
        # dividing by sqrt(1 - alpha_bar) makes that 1e-9.
        np.testing.assert_allclose(spiral.best_eps(x_t, data, alpha_bar), wanted, rtol=0, atol=1e-8)


# --- what the text derives


@pytest.mark.parametrize("t", [2, 7, 50, 100])
def test_the_reverse_mean_is_that_of_bayes_rule(t):
    """The product of the two Gaussians, summed on a line, against the text's mean and variance."""
    betas, alphas, alpha_bars = spiral.make_linear_beta_schedule(T=100, beta_end=0.1)
    alpha, before, now = alphas[t - 1], alpha_bars[t - 2], alpha_bars[t - 1]
    x_0, x_t = 0.8, -0.3
    line = np.linspace(-8, 8, 400_001)
    exponent = (x_t - np.sqrt(alpha) * line) ** 2 / betas[t - 1] + (line - np.sqrt(before) * x_0) ** 2 / (1 - before)
    density = np.exp(-(exponent - exponent.min()) / 2)
    density /= density.sum()
    mean = density @ line
    variance = density @ (line - mean) ** 2

    assert np.isclose(variance, betas[t - 1] * (1 - before) / (1 - now), rtol=1e-6)
    by_x_0 = (np.sqrt(alpha) * (1 - before) * x_t + np.sqrt(before) * betas[t - 1] * x_0) / (1 - now)
    eps = (x_t - np.sqrt(now) * x_0) / np.sqrt(1 - now)
    by_eps = (x_t - betas[t - 1] / np.sqrt(1 - now) * eps) / np.sqrt(alpha)
    assert np.allclose([by_x_0, by_eps], mean, atol=1e-7)


@pytest.mark.parametrize("t", [2, 20, 50])
def test_the_best_guess_points_against_the_score(t):
    """The score by finite differences of the mixture's log density, against the text's function and its oracle."""
    data = spiral.make_spiral(40).astype(float)
    alpha_bar = spiral.make_linear_beta_schedule(T=100, beta_end=0.1)[2][t - 1]
    x = spiral.q_sample(data, t, np.full(100, alpha_bar))[0]

    def log_density(points):
        squared = ((points[:, None] - np.sqrt(alpha_bar) * data) ** 2).sum(axis=-1)
        return np.logaddexp.reduce(-squared / (2 * (1 - alpha_bar)), axis=1)

    step = 1e-5 * np.eye(2)
    slopes = np.stack([(log_density(x + h) - log_density(x - h)) / 2e-5 for h in step], axis=1)
    score = spiral.exact_score(x, data, alpha_bar)
    np.testing.assert_allclose(score, slopes, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(spiral.best_eps(x, data, alpha_bar), -np.sqrt(1 - alpha_bar) * score, atol=1e-9)
