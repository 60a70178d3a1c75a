"""The MNIST notebook's solution against diffusers, restatements in float64, and the exact-eps oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler
from diffusers.models.embeddings import get_timestep_embedding
from reference import assert_drawn_from, assert_standard_normal, exact_eps, float64_ddpm, solution
from torch import nn

CPU = torch.device("cpu")
State = dict[str, torch.Tensor]

mnist = solution("mnist", without={"given_data"})  # that cell opens the digits, which nothing here needs
mnist.device = CPU


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


def float64_scheduler(betas: np.ndarray):
    """The notebook's scheduler with its tables in float64: the contract fixes float32, which would hide much."""
    scheduler, ddpm = mnist.NoiseScheduler(num_timesteps=len(betas)), float64_ddpm(betas)
    scheduler.betas, scheduler.alphas, scheduler.alphas_cumprod = ddpm.betas, ddpm.alphas, ddpm.alphas_cumprod
    scheduler.sqrt_alphas_cumprod = ddpm.alphas_cumprod.sqrt()
    scheduler.sqrt_one_minus_alphas_cumprod = (1 - ddpm.alphas_cumprod).sqrt()
    return scheduler


# --- schedule and forward process


@pytest.mark.parametrize(("T", "beta_start", "beta_end"), [(1000, 1e-4, 0.02), (37, 0.01, 0.2)])
def test_the_tables_are_those_of_diffusers(T, beta_start, beta_end):
    ours = mnist.NoiseScheduler(T, beta_start, beta_end)
    betas = np.linspace(beta_start, beta_end, T)
    bars = np.exp(np.cumsum(np.log1p(-betas)))
    exact = {
        "betas": betas,
        "alphas": 1 - betas,
        "alphas_cumprod": bars,
        "sqrt_alphas_cumprod": np.sqrt(bars),
        "sqrt_one_minus_alphas_cumprod": np.sqrt(1 - bars),
    }
    # float32 leaves 6e-8 in 1 - alpha_bar, and its root at t = 0 is 0.01: 3e-6. Betas have their own, smaller size.
    atol = {name: 1e-8 if name == "betas" else 1e-5 for name in exact}
    theirs = DDPMScheduler(T, beta_start, beta_end, beta_schedule="linear")
    for name, wanted in exact.items():
        table = getattr(ours, name)
        assert table.dtype == torch.float32 and table.shape == (T,)
        np.testing.assert_allclose(table, wanted, rtol=1e-6, atol=atol[name], err_msg=name)
        if hasattr(theirs, name):
            np.testing.assert_allclose(table, getattr(theirs, name), rtol=1e-6, atol=atol[name], err_msg=name)


def test_add_noise_is_that_of_diffusers():
    x_0, noise, t = torch.randn(6, 2, 8, 8), torch.randn(6, 2, 8, 8), torch.tensor([0, 1, 250, 500, 998, 999])
    before = x_0.clone(), noise.clone()
    x_t, returned = mnist.add_noise(x_0, t, mnist.NoiseScheduler(), noise)
    assert returned is noise and torch.equal(x_0, before[0]) and torch.equal(noise, before[1])
    theirs = DDPMScheduler(1000, 1e-4, 0.02, beta_schedule="linear").add_noise(x_0, noise, t)
    # Both take roots of float32 tables: some roundings of 6e-8, times numbers up to 4.
    np.testing.assert_allclose(x_t, theirs, rtol=0, atol=2e-6)

    betas = np.linspace(1e-4, 0.02, 1000)
    x_t, _ = mnist.add_noise(x_0.double(), t, float64_scheduler(betas), noise.double())
    theirs = float64_ddpm(betas).add_noise(x_0.double(), noise.double(), t)
    np.testing.assert_allclose(x_t, theirs, rtol=0, atol=1e-14)


def test_add_noise_draws_fresh_standard_normal_noise():
    x_0, scheduler = torch.zeros(20_000, 1, 1, 2), mnist.NoiseScheduler()
    draws = [mnist.add_noise(x_0, torch.full((20_000,), 5), scheduler)[1].flatten(1).double() for _ in range(2)]
    assert_standard_normal(torch.cat(draws, dim=1).numpy())


# --- network


@pytest.mark.parametrize("dim", [2, 4, 128])
@pytest.mark.parametrize("dtype", [torch.int64, torch.int16])
def test_the_time_embedding_is_that_of_diffusers(dim, dtype):
    t = torch.arange(1000, dtype=dtype)
    ours = mnist.TimeEmbedding(dim)(t)
    assert ours.dtype == torch.float32 and ours.shape == (1000, dim)
    angles = np.arange(1000)[:, None] * 10_000.0 ** (-np.arange(dim // 2) / (dim // 2))
    # Angles near 1000 in float32 are off by up to 1.1e-4 between honest routes.
    np.testing.assert_allclose(ours, np.hstack([np.sin(angles), np.cos(angles)]), rtol=0, atol=5e-4)
    theirs = get_timestep_embedding(t, dim, flip_sin_to_cos=False, downscale_freq_shift=0)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=5e-4)


def shaken(module: nn.Module) -> nn.Module:
    """In float64, with every parameter moved: fresh norms have weights 1 and biases 0, which hide much."""
    module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    return module


def part(state: State, name: str) -> State:
    return {key.removeprefix(name + "."): value for key, value in state.items() if key.startswith(name + ".")}


def silu(h: torch.Tensor) -> torch.Tensor:
    return h / (1 + torch.exp(-h))


def conv(p: State, name: str, h: torch.Tensor, **options) -> torch.Tensor:
    return F.conv2d(h, p[f"{name}.weight"], p[f"{name}.bias"], **options)


def norm(p: State, name: str, h: torch.Tensor) -> torch.Tensor:
    """GroupNorm(32) by its definition."""
    groups = h.reshape(len(h), 32, -1)
    centred = groups - groups.mean(dim=2, keepdim=True)
    h = (centred / (centred.square().mean(dim=2, keepdim=True) + 1e-5).sqrt()).reshape(h.shape)
    return h * p[f"{name}.weight"].reshape(1, -1, 1, 1) + p[f"{name}.bias"].reshape(1, -1, 1, 1)


def residual_block(p: State, x: torch.Tensor, emb: torch.Tensor) -> torch.Tensor:
    hidden = silu(emb @ p["time_mlp.0.weight"].T + p["time_mlp.0.bias"])
    s = hidden @ p["time_mlp.2.weight"].T + p["time_mlp.2.bias"]
    h = conv(p, "conv1", silu(norm(p, "norm1", x)), padding=1)
    h = torch.einsum("bchw,bc->bchw", h, s)
    return conv(p, "conv2", silu(norm(p, "norm2", h)), padding=1) + conv(p, "skip", x)


def unet(p: State, x: torch.Tensor, emb: torch.Tensor) -> torch.Tensor:
    def up(name: str, h: torch.Tensor) -> torch.Tensor:
        return F.conv_transpose2d(h, p[f"{name}.weight"], p[f"{name}.bias"], stride=2, padding=1)

    h = conv(p, "init_conv", x, padding=1)
    h = residual_block(part(p, "down_res1"), h, emb)
    h = conv(p, "down_conv1", h, stride=2, padding=1)
    h = residual_block(part(p, "down_res2"), h, emb)
    h = conv(p, "down_conv2", h, stride=2, padding=1)
    h = residual_block(part(p, "middle_res"), h, emb)
    h = residual_block(part(p, "up_res2"), up("up_conv2", h), emb)
    h = residual_block(part(p, "up_res1"), up("up_conv1", h), emb)
    return conv(p, "final_conv", silu(norm(p, "final_norm", h)), padding=1)


@pytest.mark.parametrize(("channels_in", "channels_out"), [(32, 64), (64, 64)])
def test_the_residual_block_is_what_its_contract_says(channels_in, channels_out):
    block = shaken(mnist.ResidualBlock(channels_in, channels_out, embedding_dim=16))
    x, emb = torch.randn(3, channels_in, 8, 6).double(), torch.randn(3, 16).double()
    before = x.clone()
    with torch.no_grad():
        answer = block(x, emb)
    assert torch.equal(x, before)
    # Sums of some thousand products of numbers around 1: 1e-13 of their size, which stays below 100.
    torch.testing.assert_close(answer, residual_block(block.state_dict(), x, emb), rtol=0, atol=1e-9)


def test_the_unet_is_what_its_contract_says():
    net = shaken(mnist.SimpleUNet(image_channels=2, base_channels=64))
    # The embedding is float32 by its contract and has a test of its own; the rest is compared in float64.
    net.time_embedding.register_forward_hook(lambda module, took, gave: gave.double())
    x, t = torch.randn(3, 2, 8, 12).double(), torch.tensor([0, 500, 999])
    with torch.no_grad():
        answer = net(x, t)
    wanted = unet(net.state_dict(), x, mnist.TimeEmbedding(128)(t).double())
    torch.testing.assert_close(answer, wanted, rtol=1e-9, atol=1e-9)  # rounding is 1e-12 after 13 layers


# --- training


def guess(p: State, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """A small network, as a function of its parameters."""
    hidden = torch.tanh(F.conv2d(x, p["first"], padding=1) + p["time"] * t[:, None, None, None] / 10)
    return F.conv2d(hidden, p["last"], padding=1)


class Net(nn.Module):
    """`guess` as a module that notes what it was asked."""

    def __init__(self):
        super().__init__()
        for name, shape in {"first": (4, 1, 3, 3), "time": (4, 1, 1), "last": (1, 4, 3, 3)}.items():
            self.register_parameter(name, nn.Parameter(0.1 * torch.randn(shape).double()))
        self.calls = []

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        self.calls.append((x.detach().clone(), t.clone(), self.training))
        return guess(dict(self.named_parameters()), x, t)


LR = 0.03


def sgd(gradients: list[torch.Tensor]) -> torch.Tensor:
    return LR * gradients[-1]


def adam(gradients: list[torch.Tensor]) -> torch.Tensor:
    """The step after these gradients. A mean of k gradients, the last one with weight 1, the one before with b, ..."""

    def mean(b: float, values: list[torch.Tensor]) -> torch.Tensor:
        weights = [b**age for age in reversed(range(len(values)))]
        return sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)

    return LR * mean(0.9, gradients) / (mean(0.999, [g.square() for g in gradients]).sqrt() + 1e-8)


@pytest.mark.parametrize(("optimizer", "step"), [(torch.optim.SGD, sgd), (torch.optim.Adam, adam)])
def test_train_step_makes_the_update_of_its_contract(optimizer, step):
    scheduler = float64_scheduler(np.linspace(0.01, 0.3, 10))
    net = Net().eval()
    p = {name: value.detach().clone().requires_grad_() for name, value in net.named_parameters()}
    opt = optimizer(net.parameters(), lr=LR)
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 1000.0)  # left over from somewhere: must not count
    history: dict[str, list[torch.Tensor]] = {name: [] for name in p}
    norms = []
    for size in (0.3, 100.0, 0.1, 0.3, 100.0):  # of the images; the large ones make gradients that are clipped
        x_0 = size * torch.randn(16, 1, 8, 8).double()
        loss = mnist.train_step(net, opt, x_0, scheduler, CPU)
        x_t, t, training = net.calls[-1]
        assert training and isinstance(loss, float)
        signal = scheduler.alphas_cumprod[t].reshape(-1, 1, 1, 1)
        noise = (x_t - signal.sqrt() * x_0) / (1 - signal).sqrt()  # whatever was drawn, and in whatever order
        assert abs(noise.square().mean() - 1) < 5 * math.sqrt(2 / noise.numel())  # variance of a square: 2
        wanted = (guess(p, x_t, t) - noise).square().mean()
        gradients = torch.autograd.grad(wanted, list(p.values()))
        norms.append(torch.cat([g.flatten() for g in gradients]).norm().item())
        for name, g in zip(p, gradients, strict=True):
            history[name].append(g / max(1.0, norms[-1]))
            p[name] = (p[name] - step(history[name])).detach().requires_grad_()
        # torch adds 1e-6 to the norm before it divides: 1e-6 of an update of 0.03. Rounding is far below.
        assert math.isclose(loss, wanted.item(), rel_tol=1e-6)
        for name, value in net.named_parameters():
            torch.testing.assert_close(value, p[name], rtol=0, atol=5e-7)
    assert len(net.calls) == len(norms) and min(norms) < 0.9 and max(norms) > 1.1  # clipped and unclipped steps


def test_train_step_draws_each_timestep_and_each_noise_anew():
    T, n = 10, 20_000
    scheduler, net, x_0 = float64_scheduler(np.linspace(0.01, 0.3, T)), Net(), torch.zeros(n, 1, 1, 2).double()
    for _ in range(2):
        mnist.train_step(net, torch.optim.SGD(net.parameters(), lr=0.0), x_0, scheduler, CPU)
    (first_x, first_t, _), (second_x, second_t, _) = net.calls
    for t in (first_t, second_t, (first_t + second_t) % T):  # the sum is uniform too where the draws are independent
        counts = np.bincount(t, minlength=T)
        assert len(counts) == T
        assert np.abs(counts - n / T).max() < 5 * math.sqrt(n / T * (1 - 1 / T))  # binomial
    noises = [
        (x / scheduler.sqrt_one_minus_alphas_cumprod[t].reshape(-1, 1, 1, 1)).flatten(1)
        for x, t in ((first_x, first_t), (second_x, second_t))
    ]
    assert_standard_normal(torch.cat(noises, dim=1).numpy())


# --- reverse process


class Oracle(nn.Module):
    """A function of x_t and t as a network."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        assert (t == t[0]).all() and len(t) == len(x)
        return self.function(x, t[0].item())


@pytest.mark.parametrize("clip", [True, False])
def test_the_sampler_takes_the_steps_of_diffusers(float64, clip):
    betas, count = np.linspace(1e-4, 0.3, 20), 3
    oracle = Oracle(lambda x, t: torch.sin(2 * x) + t / 20)  # implies clean images far outside [-1, 1]
    torch.manual_seed(8)
    digits, kept = mnist.sample_digits(oracle, float64_scheduler(betas), count, keep=(19, 7), clip=clip)
    assert not oracle.training

    torch.manual_seed(8)  # both draw the start, and then one noise a step
    ddpm, x, theirs = float64_ddpm(betas, clip), torch.randn(count, 1, 28, 28), {}
    for t in reversed(range(20)):
        theirs[t] = x
        x = ddpm.step(oracle.function(x, t), t, x).prev_sample
    assert x.dtype == torch.float64 and set(kept) == {19, 7}
    # Diffusers recovers beta_t from a quotient and loses 1e-16 / beta_0 = 1e-12 of it, which a sine amplifies by at
    # most 2 * beta_t / sqrt(1 - alpha_bar_t) a step.
    torch.testing.assert_close(digits, x, rtol=1e-9, atol=1e-9)
    for t in kept:
        torch.testing.assert_close(kept[t], theirs[t], rtol=1e-9, atol=1e-9)


def test_the_sampler_with_the_exact_guess_gives_the_data(float64):
    T, count = 100, 200
    scheduler, shares = float64_scheduler(np.linspace(1e-4, 0.2, T)), np.array([0.2, 0.3, 0.5])
    # Three images that differ in few pixels, so that which one it will be is decided over many steps.
    images = np.repeat(np.random.default_rng(9).uniform(-1, 1, (1, 28 * 28)), 3, axis=0)
    images[:, :3] = 2 * np.eye(3) - 1

    def best_guess(x: torch.Tensor, t: int) -> torch.Tensor:
        left = scheduler.alphas_cumprod[t].item()
        return torch.from_numpy(exact_eps(x.flatten(1).numpy(), left, images, shares)).reshape(x.shape)

    samples, _ = mnist.sample_digits(Oracle(best_guess), scheduler, count)
    assert_drawn_from(samples.flatten(1).numpy(), images, shares)
