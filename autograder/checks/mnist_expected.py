"""What the functions of the mnist notebook should give, and what known mistakes make of it.

Pure arithmetic on the judge's side, in float64. A dictionary of mistakes maps a cause, in words for the student, to
the numbers that it would give; where the right numbers stand among them their name is empty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F

State = dict[str, torch.Tensor]

# --- noise_scheduler

TABLES = ("betas", "alphas", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod")


def tables_of(betas: np.ndarray) -> dict[str, np.ndarray]:
    """All five tables of a schedule."""
    bars = np.cumprod(1 - betas)
    return dict(zip(TABLES, (betas, 1 - betas, bars, np.sqrt(bars), np.sqrt(1 - bars)), strict=True))


def wrong_betas(T: int, start: float, end: float) -> dict[str, np.ndarray]:
    steps = np.arange(T)
    return {
        "the last beta stops one step short of beta_end": start + (end - start) * steps / T,
        "the first beta is already one step away from beta_start": start + (end - start) * (steps + 1) / T,
        "beta_end is ignored": np.linspace(start, 0.02, T),
        "beta_start is ignored": np.linspace(0.0001, end, T),
        "beta_start and beta_end are ignored": np.linspace(0.0001, 0.02, T),
        "beta_start and beta_end are exchanged": np.linspace(end, start, T),
        "the roots of the betas run on a line, not the betas": np.linspace(start**0.5, end**0.5, T) ** 2,
        "the betas run on a geometric curve, not on a line": np.geomspace(start, end, T),
    }


# For each table: the one that it follows from, the rule in words, the rule, and known mistakes.
RULES: dict[str, tuple[str, str, Callable, dict[str, Callable]]] = {
    "alphas": (
        "betas",
        "alphas should be 1 - beta",
        lambda beta: 1 - beta,
        {
            "the alphas are multiplied up already": lambda beta: np.cumprod(1 - beta),
            "a root was taken": lambda beta: np.sqrt(1 - beta),
        },
    ),
    "alphas_cumprod": (
        "alphas",
        "alphas_cumprod[t] should be the product of alphas[0] up to and including alphas[t]",
        np.cumprod,
        {
            "the alphas are summed up, not multiplied": np.cumsum,
            "the betas are multiplied, not the alphas": lambda alpha: np.cumprod(1 - alpha),
            "1 minus the product of the betas was taken": lambda alpha: 1 - np.cumprod(1 - alpha),
            "the product stops one step too early": lambda alpha: np.cumprod(alpha) / alpha,
            "nothing is multiplied up": lambda alpha: alpha,
            "one product of all alphas stands everywhere": lambda alpha: np.full_like(alpha, alpha.prod()),
        },
    ),
    "sqrt_alphas_cumprod": (
        "alphas_cumprod",
        "sqrt_alphas_cumprod should be the square root of alphas_cumprod",
        np.sqrt,
        {"the root is missing": lambda bar: bar, "the root was taken twice": lambda bar: bar**0.25},
    ),
    "sqrt_one_minus_alphas_cumprod": (
        "alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod should be the square root of 1 - alphas_cumprod",
        lambda bar: np.sqrt(1 - bar),
        {
            "the root is missing": lambda bar: 1 - bar,
            "the root was taken first, and then subtracted from 1": lambda bar: 1 - np.sqrt(bar),
            "the root was taken twice": lambda bar: (1 - bar) ** 0.25,
            "it is the root of alphas_cumprod itself": np.sqrt,
            "it is the root of 1 minus the root": lambda bar: np.sqrt(1 - np.sqrt(bar)),
        },
    ),
}


# --- add_noise


def mixtures(x: torch.Tensor, t: torch.Tensor, tables: State, noise: torch.Tensor) -> State:
    """x_t by cause."""

    def column(name: str, at: torch.Tensor = t) -> torch.Tensor:
        return tables[name].double()[at][:, None, None, None]

    T = len(tables["betas"])
    bar, a, b = column("alphas_cumprod"), column("sqrt_alphas_cumprod"), column("sqrt_one_minus_alphas_cumprod")
    mixed = {
        "": a * x + b * noise,
        "both factors lack the square root": bar * x + (1 - bar) * noise,
        "the image is scaled by alpha_bar, without the square root": bar * x + b * noise,
        "the noise is scaled by 1 - alpha_bar, without the square root": a * x + (1 - bar) * noise,
        "the square roots were taken twice": a.sqrt() * x + b.sqrt() * noise,
        "the noise is scaled by 1 - sqrt(alpha_bar)": a * x + (1 - a) * noise,
        "the two factors are exchanged": b * x + a * noise,
        "the noise is subtracted": a * x - b * noise,
        "the image is not scaled": x + b * noise,
        "the noise is not scaled": a * x + noise,
        "no noise is added": a * x,
        "every image gets the t of the first": a[:1] * x + b[:1] * noise,
        "one step of the schedule is taken (alpha in the place of alpha_bar)": column("alphas").sqrt() * x
        + column("betas").sqrt() * noise,
    }
    for name, at in (("t - 1", (t - 1) % T), ("t + 1", (t + 1).clamp(max=T - 1))):
        of_a, of_b = column("sqrt_alphas_cumprod", at), column("sqrt_one_minus_alphas_cumprod", at)
        mixed[f"the factors are those of {name}"] = of_a * x + of_b * noise
    return mixed


# --- time_embedding


def waves(t: np.ndarray, dim: int) -> dict[str, np.ndarray]:
    """The embedding (B, dim) by cause."""
    half = dim // 2
    t, k = np.asarray(t, dtype=np.float64)[:, None], np.arange(half)
    right = t * 10000.0 ** (-k / half)
    angles = {
        "": right,
        "the denominator is half - 1": t * 10000.0 ** (-k / max(half - 1, 0.5)),
        "the denominator is the whole dimension": t * 10000.0 ** (-k / dim),
        "k steps by two (0, 2, 4, ...) over half": t * 10000.0 ** (-2 * k / half),
        "k starts at 1": t * 10000.0 ** (-(k + 1) / half),
        "the frequencies run backwards, from slow to fast": right[:, ::-1],
        "the base is 1000": t * 1000.0 ** (-k / half),
        "the base is 100": t * 100.0 ** (-k / half),
        "the logarithm has base 10": t * np.exp(-4.0 * k / half),
        "the logarithm has base 2": t * np.exp(-math.log2(10000) * k / half),
        "the frequencies were cut to whole numbers": t * np.floor(10000.0 ** (-k / half)),
        "the angles were cut to whole numbers": np.floor(right),
        "the angles are taken as degrees": np.radians(right),
        "the angles are multiplied by 2 pi": 2 * np.pi * right,
        "t is divided by 1000 first": right / 1000,
        "t is off by one": (t + 1) * 10000.0 ** (-k / half),
        "every row belongs to the first t": np.repeat(right[:1], len(t), axis=0),
    }
    # Here float32 decides every digit, so the float64 twin would not look like it.
    rising = torch.from_numpy(t).float() * torch.exp(math.log(10000.0) * torch.arange(half) / half)
    angles["the minus in the exponent is missing"] = rising.double().numpy()
    embedded = {cause: np.hstack([np.sin(angle), np.cos(angle)]) for cause, angle in angles.items()}
    sin, cos = np.sin(right), np.cos(right)
    return embedded | {
        "the cosines stand first": np.hstack([cos, sin]),
        "sines and cosines are interleaved": np.stack([sin, cos], -1).reshape(len(t), dim),
        "the sine fills both halves": np.hstack([sin, sin]),
        "the cosine fills both halves": np.hstack([cos, cos]),
        "the angles themselves are returned, without sine and cosine": np.hstack([right, right]),
    }


# --- residual_block

FIRST, SECOND = "the first SiLU is missing", "the second SiLU is missing"
RELU = "another activation stands where SiLU should"
NORM1, NORM2 = "norm1 is left out", "norm2 is left out"
ONE_NORM = "norm1 is used in the place of norm2"
PATH = (FIRST, SECOND, RELU, NORM1, NORM2, ONE_NORM)
ADDED, ONE_PLUS = "the time is added, not multiplied", "the factor is 1 + s; here it is s alone"
AFTER, AT_END = "the factor comes after norm2; here it comes before", "the factor comes after conv2"
LATE = "the factor comes after the second SiLU; here it comes before norm2"
NO_TIME = "the time never reaches the features"
TIME = (NO_TIME, ADDED, ONE_PLUS, AFTER, LATE, AT_END)
NO_SKIP, IDENTITY = "the skip is dropped", "x itself is added, not skip(x)"
ACTIVATED = "an activation stands after the sum"
SKIP_NORMED = "skip gets the normed features, not the x that came in"
SKIP = (NO_SKIP, IDENTITY, ACTIVATED, SKIP_NORMED)


def residual(p: State, x: torch.Tensor, emb: torch.Tensor, wrong: str = "") -> torch.Tensor:
    """What the block returns with the parameters p, or what one known mistake makes of it."""
    p = {name: value.double() for name, value in p.items()}
    x, emb = x.double(), emb.double()

    def norm(name: str, h: torch.Tensor) -> torch.Tensor:
        return F.group_norm(h, 32, p[f"{name}.weight"], p[f"{name}.bias"])

    def act(h: torch.Tensor, missing: str) -> torch.Tensor:
        return h if wrong == missing else F.relu(h) if wrong == RELU else F.silu(h)

    s = F.silu(F.linear(emb, p["time_mlp.0.weight"], p["time_mlp.0.bias"]))
    s = F.linear(s, p["time_mlp.2.weight"], p["time_mlp.2.bias"])[:, :, None, None]

    h = x if wrong == NORM1 else norm("norm1", x)
    h = F.conv2d(act(h, FIRST), p["conv1.weight"], p["conv1.bias"], padding=1)
    if wrong == ADDED:
        h = h + s
    elif wrong not in TIME:
        h = h * s
    elif wrong == ONE_PLUS:
        h = h * (1 + s)
    if wrong != NORM2:
        h = norm("norm1" if wrong == ONE_NORM else "norm2", h)
    if wrong == AFTER:
        h = h * s
    h = act(h, SECOND)
    if wrong == LATE:
        h = h * s
    h = F.conv2d(h, p["conv2.weight"], p["conv2.bias"], padding=1)
    if wrong == AT_END:
        h = h * s
    if wrong == NO_SKIP:
        return h
    if wrong == IDENTITY:
        return h + x
    out = h + F.conv2d(norm("norm1", x) if wrong == SKIP_NORMED else x, p["skip.weight"], p["skip.bias"])
    return F.silu(out) if wrong == ACTIVATED else out


# --- simple_unet

BLOCKS = ("down_res1", "down_res2", "middle_res", "up_res2", "up_res1")
END = ("final_norm", "silu", "final_conv")
BODY = ("init_conv", "down_res1", "down_conv1", "down_res2", "down_conv2", "middle_res")
BODY += ("up_conv2", "up_res2", "up_conv1", "up_res1")
WRONG_ENDS = {
    "the SiLU before final_conv is missing": ("final_norm", "final_conv"),
    "final_norm is left out": ("silu", "final_conv"),
    "final_norm and its SiLU are left out": ("final_conv",),
    "another activation stands before final_conv": ("final_norm", "relu", "final_conv"),
    "the SiLU comes before final_norm": ("silu", "final_norm", "final_conv"),
    "an activation stands after final_conv": (*END, "silu"),
    "a tanh stands after final_conv": (*END, "tanh"),
    "the input is added at the end": (*END, "plus_input"),
}


def embedding_of(t: torch.Tensor, dim: int = 128) -> torch.Tensor:
    """What the stand-in for TimeEmbedding answers."""
    return ((7 * t[:, None] + 3 * torch.arange(dim)) % 11).double() / 11


def unet(p: State, x: torch.Tensor, embs: State, order: Iterable[str]) -> torch.Tensor:
    """The pass through the layers in `order`, with stand-in blocks, each with its own embedding."""
    p = {name: value.double() for name, value in p.items()}
    x = h = x.double()
    levels = []
    for name in order:
        weight, bias = p.get(f"{name}.weight"), p.get(f"{name}.bias")
        if name in BLOCKS:
            mixed = F.conv2d(h, p[f"{name}.mix.weight"], p[f"{name}.mix.bias"]).tanh()
            steered = F.linear(embs[name].double(), p[f"{name}.embed.weight"], p[f"{name}.embed.bias"])
            h = mixed + steered[:, :, None, None]
            levels += [h] if name.startswith("down") else []
        elif name.startswith("down_conv"):
            h = F.conv2d(h, weight, bias, stride=2, padding=1)
        elif name.startswith("up_conv"):
            h = F.conv_transpose2d(h, weight, bias, stride=2, padding=1)
        elif name.endswith("_conv"):
            h = F.conv2d(h, weight, bias, padding=1)
        elif name == "final_norm":
            h = F.group_norm(h, 32, weight, bias)
        elif name == "plus_input":
            h = h + x
        elif name == "plus_encoder":
            h = h + next(level for level in levels if level.shape == h.shape)
        else:
            h = {"silu": F.silu, "relu": F.relu, "tanh": torch.tanh}[name](h)
    return h


def wrong_orders() -> dict[str, tuple[str, ...]]:
    """The ways through the body that go wrong without a complaint about channels."""
    orders = {
        f"{name} is left out": tuple(other for other in BODY if other != name)
        for name in ("down_res1", "middle_res", "up_res2", "up_res1")
    }
    for first, second in (("up_res1", "up_res2"), ("down_res1", "down_conv1"), ("up_conv1", "up_res1")):
        other = {first: second, second: first}
        orders[f"{first} and {second} are exchanged"] = tuple(other.get(name, name) for name in BODY)
    at = BODY.index("up_res1")
    orders["features of the encoder are added in the decoder"] = (*BODY[:at], "plus_encoder", *BODY[at:])
    orders["middle_res is passed twice"] = tuple(n for name in BODY for n in [name] * (1 + (name == "middle_res")))
    return orders


# --- train_step: loss by cause, of (guess, noise, x_0, x_t)

LOSSES: dict[str, Callable[..., torch.Tensor]] = {
    "": lambda guess, noise, x_0, x_t: (guess - noise).square().mean(),
    "the squares are summed; take their mean": lambda guess, noise, x_0, x_t: (guess - noise).square().sum(),
    "the squares of each image are summed": lambda guess, noise, x_0, x_t: (guess - noise).square().sum() / len(x_0),
    "the guess is compared with the clean images": lambda guess, noise, x_0, x_t: (guess - x_0).square().mean(),
    "the guess is compared with x_t": lambda guess, noise, x_0, x_t: (guess - x_t).square().mean(),
    "absolute differences are taken, not squares": lambda guess, noise, x_0, x_t: (guess - noise).abs().mean(),
    "the square root of the mean is taken": lambda guess, noise, x_0, x_t: (guess - noise).square().mean().sqrt(),
    "the loss is halved": lambda guess, noise, x_0, x_t: (guess - noise).square().mean() / 2,
    "the guess is added to the noise": lambda guess, noise, x_0, x_t: (guess + noise).square().mean(),
    "the Huber loss is taken": lambda guess, noise, x_0, x_t: F.smooth_l1_loss(guess, noise),
    "only the first image counts": lambda guess, noise, x_0, x_t: (guess - noise)[:1].square().mean(),
}


# --- train_epoch


def wrong_means(losses: np.ndarray, batch_size: int) -> dict[str, float]:
    total, count = losses.sum(), len(losses)
    return {
        "it is the sum; divide by the number of batches": total,
        "it is the loss of the last batch": losses[-1],
        "it is the loss of the first batch": losses[0],
        "the sum is divided by one batch too few": total / max(count - 1, 1),
        "the sum is divided by one batch too many": total / (count + 1),
        "the sum is divided by the number of images": total / (batch_size * count),
        "the sum is divided by the size of a batch": total / batch_size,
        "the last loss is divided by the number of batches": losses[-1] / count,
        "it is the median": np.median(losses),
        "it is the smallest loss": losses.min(),
        "the first loss is left out": losses[1:].sum() / max(count - 1, 1),
        "the last loss is left out": losses[:-1].sum() / max(count - 1, 1),
    }


# --- main


def wrong_histories(losses: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "the losses are in reverse order": losses[::-1],
        "the losses were sorted": np.sort(losses),
        "the losses were sorted, large ones first": np.sort(losses)[::-1],
        "the last loss is missing": losses[:-1],
        "the first loss is missing": losses[1:],
        "the losses were added up": losses.cumsum(),
        "only the last loss was kept": losses[-1:],
        "the last loss stands in every epoch": np.full_like(losses, losses[-1]),
        "only every second loss was kept": losses[1::2],
    }
