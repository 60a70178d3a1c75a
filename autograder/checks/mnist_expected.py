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
    steps, exchanged = np.arange(T), "beta_start and beta_end are exchanged"
    if start > end:
        exchanged = "the betas always rise, whatever the arguments are"
    line = np.linspace(start, end, T)
    rounded = {f"the betas were rounded to {digits} digits": np.round(line, digits) for digits in (2, 3, 4, 5)}
    return rounded | {
        "the last beta stops one step short of beta_end": start + (end - start) * steps / T,
        "the first beta is already one step away from beta_start": start + (end - start) * (steps + 1) / T,
        "both ends of the line are missing": start + (end - start) * (steps + 1) / (T + 1),
        "beta_end is ignored": np.linspace(start, 0.02, T),
        "beta_start is ignored": np.linspace(0.0001, end, T),
        "beta_start and beta_end are ignored": np.linspace(0.0001, 0.02, T),
        exchanged: np.linspace(end, start, T),
        "the betas are scaled by 1000 / T": line * 1000 / T,
        "the betas are scaled by 1000 / T, and cut off": (line * 1000 / T).clip(max=0.999),
        "the ends of the line are scaled by 1000 / T": np.linspace(start * 1000 / T, min(end * 1000 / T, 0.999), T),
        "betas holds 1 - beta: was it changed in place when the alphas were made": 1 - line,
        "the roots of the betas run on a line, not the betas": np.linspace(start**0.5, end**0.5, T) ** 2,
        "the squares of the betas run on a line, not the betas": np.linspace(start**2, end**2, T) ** 0.5,
        "the betas run on a geometric curve, not on a line": np.geomspace(start, end, T),
    }


def before_product(bar: np.ndarray) -> np.ndarray:
    """The factors of a running product."""
    return bar / np.concatenate([[1.0], bar[:-1]])


# For each table: the one that it follows from, the rule in words, the rule, and known mistakes.
RULES: dict[str, tuple[str, str, Callable, dict[str, Callable]]] = {
    "alphas": (
        "betas",
        "alphas should be 1 - beta",
        lambda beta: 1 - beta,
        {
            "the alphas are multiplied up already (in place, perhaps)": lambda beta: np.cumprod(1 - beta),
            "a root was taken": lambda beta: np.sqrt(1 - beta),
            "alphas holds the betas": lambda beta: beta,
            "the betas are added to 1, not taken from it": lambda beta: 1 + beta,
        },
    ),
    "alphas_cumprod": (
        "alphas",
        "alphas_cumprod[t] should be the product of alphas[0] up to and including alphas[t]",
        np.cumprod,
        {
            "the alphas are summed up, not multiplied": np.cumsum,
            "a mean of the alphas so far is taken, not their product": lambda alpha: (
                np.cumsum(alpha) / np.arange(1, len(alpha) + 1)
            ),
            "the alphas are summed up and divided by T": lambda alpha: np.cumsum(alpha) / len(alpha),
            "the betas are multiplied, not the alphas": lambda alpha: np.cumprod(1 - alpha),
            "1 minus the product of the betas was taken": lambda alpha: 1 - np.cumprod(1 - alpha),
            "the betas are summed up and taken from 1": lambda alpha: 1 - np.cumsum(1 - alpha),
            "the betas are summed up and taken from 1, cut off at 0": lambda alpha: (1 - np.cumsum(1 - alpha)).clip(0),
            "exp(-sum of the betas) is taken, which is only close to the product": lambda alpha: np.exp(
                -np.cumsum(1 - alpha)
            ),
            "the product stops one step too early": lambda alpha: np.cumprod(alpha) / alpha,
            "alphas[0] is never multiplied in": lambda alpha: np.cumprod(alpha) / alpha[0],
            "the product runs from the last step back to the first": lambda alpha: np.cumprod(alpha[::-1])[::-1],
            "the product is the right one, but in reverse order": lambda alpha: np.cumprod(alpha)[::-1],
            "it holds the square root of that product": lambda alpha: np.sqrt(np.cumprod(alpha)),
            "it holds the square of that product": lambda alpha: np.cumprod(alpha) ** 2,
            "nothing is multiplied up": lambda alpha: alpha,
            "each alpha is taken to the power t + 1": lambda alpha: alpha ** np.arange(1, len(alpha) + 1),
            "one product of all alphas stands everywhere": lambda alpha: np.full_like(alpha, alpha.prod()),
        },
    ),
    "sqrt_alphas_cumprod": (
        "alphas_cumprod",
        "sqrt_alphas_cumprod should be the square root of alphas_cumprod",
        np.sqrt,
        {
            "the root is missing": lambda bar: bar,
            "the root was taken twice": lambda bar: bar**0.25,
            "it is the root of 1 - alphas_cumprod, the other table": lambda bar: np.sqrt(1 - bar),
            "it is the root of the alphas, which are not multiplied up": lambda bar: np.sqrt(before_product(bar)),
            "it is 1 divided by the root": lambda bar: 1 / np.sqrt(bar),
            "the square was taken, not the root": np.square,
        },
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
            "it is the root of 1 - alpha, with alphas that are not multiplied up": lambda bar: np.sqrt(
                1 - before_product(bar)
            ),
            "it is 1 divided by the root": lambda bar: 1 / np.sqrt(1 - bar),
            "1 was added under the root, not subtracted from": lambda bar: np.sqrt(1 + bar),
        },
    ),
}


def common(actual: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    """Mistakes that can happen to any array, fitted to `actual`; a fit counts only if every number agrees with it."""
    actual, right = np.asarray(actual, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if actual.shape != right.shape or right.size < 3 or not np.isfinite(actual).all() or np.ptp(right) == 0:
        return {}
    low, high = actual.min(), actual.max()
    factor, shift = float((actual * right).sum() / (right * right).sum()), float((actual - right).mean())
    fits = {"the sign is wrong": -right, "everything is 0": np.zeros_like(right)}
    if low < high:
        fits[f"the numbers are cut off (clamped) at {low:.3g}"] = right.clip(low)
        fits[f"the numbers are cut off (clamped) at {high:.3g}"] = right.clip(None, high)
        fits[f"the numbers are cut off (clamped) at {low:.3g} and {high:.3g}"] = right.clip(low, high)
        fits[f"everything is multiplied by {factor:.3g}"] = factor * right
    fits[f"a constant, {shift:.3g}, is added everywhere"] = right + shift
    return fits


# --- add_noise


def mixtures(x: torch.Tensor, t: torch.Tensor, tables: State, noise: torch.Tensor) -> State:
    """x_t by cause."""

    def column(name: str, at: torch.Tensor = t) -> torch.Tensor:
        return tables[name].double()[at][:, None, None, None]

    T = len(tables["betas"])
    bar, a, b = column("alphas_cumprod"), column("sqrt_alphas_cumprod"), column("sqrt_one_minus_alphas_cumprod")
    mean, spread = noise.mean(), noise.std()
    mixed = {
        "": a * x + b * noise,
        "both factors lack the square root": bar * x + (1 - bar) * noise,
        "the image is scaled by alpha_bar, without the square root": bar * x + b * noise,
        "the noise is scaled by 1 - alpha_bar, without the square root": a * x + (1 - bar) * noise,
        "the square roots were taken twice": a.sqrt() * x + b.sqrt() * noise,
        "the image's square root was taken twice": a.sqrt() * x + b * noise,
        "the noise's square root was taken twice": a * x + b.sqrt() * noise,
        "the noise is scaled by 1 - sqrt(alpha_bar)": a * x + (1 - a) * noise,
        "the two factors are exchanged": b * x + a * noise,
        "both are scaled by the image's factor": a * (x + noise),
        "both are scaled by the noise's factor": b * (x + noise),
        "the noise is subtracted": a * x - b * noise,
        "the image is not scaled": x + b * noise,
        "the noise is not scaled": a * x + noise,
        "neither image nor noise is scaled": x + noise,
        "the noise is scaled by sqrt(beta), not by sqrt(1 - alpha_bar)": a * x + column("betas").sqrt() * noise,
        "no noise is added": a * x,
        "the image is lost": b * noise,
        "the noise is multiplied by the image": a * x + b * noise * x,
        "the image comes back as it was": x,
        "every image gets the t of the first": a[:1] * x + b[:1] * noise,
        "every image gets the t of the last": a[-1:] * x + b[-1:] * noise,
        "at t = 0 the clean image comes back, without its bit of noise": torch.where(
            (t == 0)[:, None, None, None], x, a * x + b * noise
        ),
        "the noise was standardised before it was used": a * x + b * (noise - mean) / spread,
        "one step of the schedule is taken (alpha in the place of alpha_bar)": column("alphas").sqrt() * x
        + column("betas").sqrt() * noise,
    }
    others = {
        "the factors are those of t - 1": (t - 1) % T,
        "the factors are those of t + 1": (t + 1).clamp(max=T - 1),
        "t = 0 is taken for t = 1": t.clamp(min=1),
        "the timesteps are sorted, so that images get each other's t": t.sort().values,
        "timesteps from 1000 on wrap round to 0": t % 1000,
        "timesteps above 999 are taken for 999": t.clamp(max=999),
        "the schedule is read from its end": T - 1 - t,
    }
    for name, at in others.items():
        mixed[name] = column("sqrt_alphas_cumprod", at) * x + column("sqrt_one_minus_alphas_cumprod", at) * noise
    for length in {1000, T}:
        own = torch.linspace(0.0001, 0.02, length, dtype=torch.float64)
        if int(t.max()) < length:
            level = (1 - own).cumprod(0)[t][:, None, None, None]
            name = f"a schedule of its own, of {length} steps, is used and not the one that was passed in"
            mixed[name] = level.sqrt() * x + (1 - level).sqrt() * noise
    return mixed


# --- time_embedding


def waves(t: np.ndarray, dim: int) -> dict[str, np.ndarray]:
    """The embedding (B, dim) by cause."""
    half = dim // 2
    t, k = np.asarray(t, dtype=np.float64)[:, None], np.arange(half)
    rounded = torch.from_numpy(t).bfloat16().double().numpy()
    freqs = 10000.0 ** (-k / half)
    right = t * freqs
    angles = {
        "": right,
        "the denominator is half - 1": t * 10000.0 ** (-k / max(half - 1, 0.5)),
        "the denominator is the whole dimension": t * 10000.0 ** (-k / dim),
        "the denominator is half + 1": t * 10000.0 ** (-k / (half + 1)),
        "k steps by two (0, 2, 4, ...) over half": t * 10000.0 ** (-2 * k / half),
        "k starts at 1": t * 10000.0 ** (-(k + 1) / half),
        "the frequencies run backwards, from slow to fast": right[:, ::-1],
        "the frequencies lie on a straight line from 1 to 1/10000": t * np.linspace(1, 1e-4, half),
        "all frequencies are 1 (a division of whole numbers, perhaps)": t * np.ones(half),
        "the logarithm has base 10": t * np.exp(-4.0 * k / half),
        "the logarithm has base 2": t * np.exp(-math.log2(10000) * k / half),
        "the base is 10001 (log1p)": t * 10001.0 ** (-k / half),
        "the frequencies were cut to whole numbers": t * np.floor(freqs),
        "the angles were cut to whole numbers": np.floor(right),
        "the angles are taken as degrees": np.radians(right),
        "the angles are multiplied by 2 pi": 2 * np.pi * right,
        "the angles are multiplied by pi": np.pi * right,
        "t is divided by 1000 first": right / 1000,
        "t is divided by the frequencies": t / freqs,
        "t is off by one": (t + 1) * freqs,
        "timesteps above 255 wrap round, as in a uint8": (t % 256) * freqs,
        "timesteps above 127 wrap round, as in an int8": ((t + 128) % 256 - 128) * freqs,
        "the timesteps pass through bfloat16, which knows eight bits": rounded * freqs,
        "every row belongs to the first t": np.repeat(right[:1], len(t), axis=0),
        "the table of angles is reshaped where it should be transposed": right.T.reshape(len(t), half),
        "timesteps above 999 are taken for 999": t.clip(max=999) * freqs,
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
        "the cosines are taken of the sines, not of the angles": np.hstack([sin, np.cos(sin)]),
        "the angles themselves are returned, without sine and cosine": np.hstack([right, right]),
        "the sign of the sines is wrong": np.hstack([-sin, cos]),
        "sines and cosines are divided by a root": np.hstack([sin, cos]) / math.sqrt(half),
    }


def fitted_base(at_one: np.ndarray, t: np.ndarray, dim: int) -> dict[str, np.ndarray]:
    """What the row of t = 1 tells about the frequencies: the base, if they fall geometrically from 1."""
    half = dim // 2
    freqs = np.arcsin(np.clip(at_one[:half], -1, 1))
    if half < 3 or (freqs <= 0).any() or abs(freqs[0] - 1) > 1e-3:
        return {}
    base = math.exp(-np.polyfit(np.arange(half), np.log(freqs), 1)[0] * half)
    angles = np.asarray(t, dtype=np.float64)[:, None] * base ** (-np.arange(half) / half)
    told = f"the frequencies fall with base {base:.5g}, not 10000"
    return {told: np.hstack([np.sin(angles), np.cos(angles)])}


# --- residual_block
# Mistakes by cause, as what `residual` should do otherwise.

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "ReLU": F.relu,
    "GELU": F.gelu,
    "GELU (its tanh form)": lambda h: F.gelu(h, approximate="tanh"),
    "leaky ReLU": F.leaky_relu,
    "ELU": F.elu,
    "Mish": F.mish,
    "hard swish": F.hardswish,
    "tanh": torch.tanh,
    "the sigmoid alone": torch.sigmoid,
    "softplus": F.softplus,
}


def same(h: torch.Tensor) -> torch.Tensor:
    return h


def twice(h: torch.Tensor) -> torch.Tensor:
    return F.silu(F.silu(h))


PATH: dict[str, dict] = {
    "the first SiLU is missing": {"acts": (same, F.silu)},
    "the second SiLU is missing": {"acts": (F.silu, same)},
    "both SiLUs are missing": {"acts": (same, same)},
    "norm1 is left out": {"norms": (None, "norm2")},
    "norm2 is left out": {"norms": ("norm1", None)},
    "both norms are left out": {"norms": (None, None)},
    "norm1 is used in the place of norm2": {"norms": ("norm1", "norm1")},
    "norm2 is used in the place of norm1": {"norms": ("norm2", "norm2")},
    "norm1 and norm2 are exchanged": {"norms": ("norm2", "norm1")},
    "conv1 is used in the place of conv2": {"convs": ("conv1", "conv1")},
    "conv2 is used in the place of conv1": {"convs": ("conv2", "conv2")},
    "conv1 and conv2 are exchanged": {"convs": ("conv2", "conv1")},
    "SiLU comes before the norm, in both halves": {"orders": ("anc", "anc")},
    "SiLU comes before norm1": {"orders": ("anc", "nac")},
    "SiLU comes before norm2": {"orders": ("nac", "anc")},
    "conv comes before norm and SiLU, in both halves": {"orders": ("cna", "cna")},
    "conv1 comes before norm1 and SiLU": {"orders": ("cna", "nac")},
    "conv2 comes before norm2 and SiLU": {"orders": ("nac", "cna")},
    "a norm works without its learned weight and bias": {"learned": False},
    "each channel is a group of its own in the norms": {"groups": None},
    "the first SiLU is applied twice": {"acts": (twice, F.silu)},
    "the second SiLU is applied twice": {"acts": (F.silu, twice)},
}
for _name, _act in ACTIVATIONS.items():
    PATH[f"{_name} stands in the place of the first SiLU"] = {"acts": (_act, F.silu)}
    PATH[f"{_name} stands in the place of the second SiLU"] = {"acts": (F.silu, _act)}
    PATH[f"{_name} stands in the place of SiLU"] = {"acts": (_act, _act)}

IDENTITY = "x itself is added, not skip(x)"
TIME: dict[str, dict] = {
    "the time never reaches the features": {"at": ""},
    "the time is added, not multiplied": {"steer": lambda h, s: h + s},
    "the factor is 1 + s; here it is s alone": {"steer": lambda h, s: h * (1 + s)},
    "s is used both as factor and as shift": {"steer": lambda h, s: h * s + s},
    "the features are divided by s": {"steer": lambda h, s: h / s},
    "s passes through a sigmoid first": {"steer": lambda h, s: h * s.sigmoid()},
    "s passes through a tanh first": {"steer": lambda h, s: h * s.tanh()},
    "s passes through SiLU first": {"steer": lambda h, s: h * F.silu(s)},
    "s passes through exp first": {"steer": lambda h, s: h * s.exp()},
    "s is averaged over the batch": {"steer": lambda h, s: h * s.mean(0, keepdim=True)},
    "s is averaged over the channels": {"steer": lambda h, s: h * s.mean(1, keepdim=True)},
    "the whole batch gets the s of the first image": {"steer": lambda h, s: h * s[:1]},
    "only the first half of the channels is multiplied": {
        "steer": lambda h, s: torch.cat([h[:, : h.shape[1] // 2] * s[:, : h.shape[1] // 2], h[:, h.shape[1] // 2 :]], 1)
    },
    "s is reshaped so that its numbers change places": {
        "steer": lambda h, s: h * s.reshape(s.shape[1], s.shape[0]).T[:, :, None, None]
    },
    "the embedding passes through SiLU before time_mlp": {"embed": F.silu},
    "the factor comes after norm2; here it comes before": {"at": "n"},
    "the factor comes before norm2 and once more after it": {"at": "cn"},
    "the factor comes after the second SiLU; here it comes before norm2": {"at": "a"},
    "the factor comes at the end, after conv2; here it comes before norm2": {"at": "2"},
    "the factor multiplies the sum, skip included; here it comes before norm2": {"at": "+"},
    "the factor multiplies x, before norm1": {"at": "x"},
    "the factor comes before conv1; here it comes after it": {"at": "1"},
}
SKIP: dict[str, dict] = {
    "skip(x) is not added at the end": {"skip": None},
    IDENTITY: {"skip": "identity"},
    "skip gets the normed features, not the x that came in": {"skip": "normed"},
    "skip gets SiLU(norm1(x)), not the x that came in: was x overwritten": {"skip": "activated"},
    "skip gets SiLU(x), not the x that came in": {"skip": "silu"},
    "skip gets what conv1 returned, not the x that came in": {"skip": "conv1"},
    "skip gets what enters conv2, not the x that came in": {"skip": "last"},
    "skip(x) is multiplied, not added": {"join": lambda h, skip: h * skip},
    "skip(x) is subtracted": {"join": lambda h, skip: h - skip},
    "skip(x) is added twice": {"join": lambda h, skip: h + 2 * skip},
    "x is added on top of skip(x)": {"skip": "both"},
    "skip(x) is added before norm2": {"skip": "early"},
    "the sum is divided by the root of 2": {"join": lambda h, skip: (h + skip) / math.sqrt(2)},
    "the sum is halved": {"join": lambda h, skip: (h + skip) / 2},
    "an activation (SiLU) stands after the sum": {"join": lambda h, skip: F.silu(h + skip)},
    "an activation (ReLU) stands after the sum": {"join": lambda h, skip: F.relu(h + skip)},
    "an activation (GELU) stands after the sum": {"join": lambda h, skip: F.gelu(h + skip)},
    "an activation (tanh) stands after the sum": {"join": lambda h, skip: torch.tanh(h + skip)},
}


def residual(
    p: State,
    x: torch.Tensor,
    emb: torch.Tensor,
    acts: tuple = (F.silu, F.silu),
    norms: tuple = ("norm1", "norm2"),
    convs: tuple = ("conv1", "conv2"),
    orders: tuple = ("nac", "nac"),
    groups: int | None = 32,
    learned: bool = True,
    steer: Callable = lambda h, s: h * s,
    at: str = "c",
    embed: Callable = same,
    skip: str | None = "x",
    join: Callable = torch.add,
) -> torch.Tensor:
    """What the block returns with the parameters p; the other arguments make a known mistake of it.

    `orders` are those of norm (n), activation (a) and conv (c) in both halves; `at` says after which of the second
    half's layers the factor comes, c meaning before them all.
    """
    p = {name: value.double() for name, value in p.items()}
    x, emb = x.double(), embed(emb.double())
    s = F.silu(F.linear(emb, p["time_mlp.0.weight"], p["time_mlp.0.bias"]))
    s = F.linear(s, p["time_mlp.2.weight"], p["time_mlp.2.bias"])[:, :, None, None]
    seen = {"x": x, "identity": x, "silu": F.silu(x), "early": x}
    h = steer(x, s) if at == "x" else x
    for half in (0, 1):
        for layer in orders[half]:
            if layer == "n" and norms[half]:
                scale, shift = (p[f"{norms[half]}.{name}"] if learned else None for name in ("weight", "bias"))
                h = F.group_norm(h, groups or h.shape[1], scale, shift)
                seen.setdefault("normed", h)
            elif layer == "a":
                h = acts[half](h)
                seen["last"] = h
                if not half:
                    seen["activated"] = h
                    h = steer(h, s) if at == "1" else h
            elif layer == "c":
                h = F.conv2d(h, p[f"{convs[half]}.weight"], p[f"{convs[half]}.bias"], padding=1)
                seen.setdefault("conv1", h)
            if half and layer in at:
                h = steer(h, s) if layer != "c" else h
        if not half:
            h = steer(h, s) if "c" in at else h
            h = h + F.conv2d(x, p["skip.weight"], p["skip.bias"]) if skip == "early" else h
    h = steer(h, s) if at == "2" else h
    if skip in (None, "early"):
        return h
    if skip == "identity":
        return join(h, x)
    way = F.conv2d(seen.get(skip, x), p["skip.weight"], p["skip.bias"])
    out = join(h, way + x if skip == "both" else way)
    return steer(out, s) if at == "+" else out


# --- simple_unet

BLOCKS = ("down_res1", "down_res2", "middle_res", "up_res2", "up_res1")
END = ("final_norm", "silu", "final_conv")
BODY = ("init_conv", "down_res1", "down_conv1", "down_res2", "down_conv2", "middle_res")
BODY += ("up_conv2", "up_res2", "up_conv1", "up_res1")
WRONG_ENDS = {
    "the SiLU before final_conv is missing": ("final_norm", "final_conv"),
    "final_norm is left out": ("silu", "final_conv"),
    "final_norm and its SiLU are left out": ("final_conv",),
    "ReLU stands before final_conv, not SiLU": ("final_norm", "relu", "final_conv"),
    "GELU stands before final_conv, not SiLU": ("final_norm", "gelu", "final_conv"),
    "tanh stands before final_conv, not SiLU": ("final_norm", "tanh", "final_conv"),
    "the SiLU comes before final_norm": ("silu", "final_norm", "final_conv"),
    "SiLU stands before final_norm and after it": ("silu", *END),
    "SiLU is applied twice before final_conv": ("final_norm", "silu", "silu", "final_conv"),
    "an activation (SiLU) stands after final_conv": (*END, "silu"),
    "an activation (ReLU) stands after final_conv": (*END, "relu"),
    "a sigmoid stands after final_conv": (*END, "sigmoid"),
    "a tanh stands after final_conv": (*END, "tanh"),
    "the input is added at the end": (*END, "plus_input"),
    "the result is taken from the input": (*END, "from_input"),
    "final_conv is left out": ("final_norm", "silu"),
}
ACTS = {"silu": F.silu, "relu": F.relu, "gelu": F.gelu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def embedding_of(t: torch.Tensor, dim: int = 128) -> torch.Tensor:
    """What the stand-in for TimeEmbedding answers."""
    return ((7 * t[:, None] + 3 * torch.arange(dim)) % 11).double() / 11


def wrong_embeddings(t: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a block may get in the place of embedding_of(t)."""
    right = embedding_of(t)
    return {
        "it gets only zeros": torch.zeros_like(right),
        "every image gets the embedding of the first": right[:1].expand_as(right),
        "the embeddings are averaged over the batch": right.mean(0, keepdim=True).expand_as(right),
        "the embeddings change places in the batch": right.flip(0),
        "the embedding passes through SiLU first": F.silu(right),
        "it gets SiLU of SiLU of the embedding": F.silu(F.silu(right)),
        "the embedding is doubled": 2 * right,
        "the embedding is taken four times": 4 * right,
        "it gets the embedding of t + 1": embedding_of(t + 1),
        "it gets the embedding of t - 1": embedding_of(t - 1),
        "it gets the embedding of t // 2": embedding_of(t // 2),
        "it gets the embedding of t / 1000": embedding_of(t / 1000),
        "it gets the embedding of 0, whatever t is": embedding_of(0 * t),
        "it gets the bare timesteps, not their embedding": t.double()[:, None].expand_as(right),
    }


def unet(p: State, x: torch.Tensor, embs: State, order: Iterable[str]) -> torch.Tensor:
    """The pass through the layers in `order`, with stand-in blocks, each with its own embedding."""
    p = {name: value.double() for name, value in p.items()}
    x = h = x.double()
    for name in order:
        weight, bias = p.get(f"{name}.weight"), p.get(f"{name}.bias")
        if name in BLOCKS:
            mixed = F.conv2d(h, p[f"{name}.mix.weight"], p[f"{name}.mix.bias"]).tanh()
            steered = F.linear(embs[name].double(), p[f"{name}.embed.weight"], p[f"{name}.embed.bias"])
            h = mixed + steered[:, :, None, None]
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
        elif name == "from_input":
            h = x - h
        else:
            h = ACTS[name](h)
    return h


# --- train_step: loss by cause, of (guess, noise, x_0, x_t)

Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
LOSSES: dict[str, Loss] = {
    "": lambda guess, noise, x_0, x_t: (guess - noise).square().mean(),
    "the squares are summed; take their mean": lambda guess, noise, x_0, x_t: (guess - noise).square().sum(),
    "the squares of each image are summed": lambda guess, noise, x_0, x_t: (guess - noise).square().sum() / len(x_0),
    "the sum is divided by the pixels of one image only": lambda guess, noise, x_0, x_t: (
        (guess - noise).square().sum() / x_0[0].numel()
    ),
    "the guess is compared with the clean images": lambda guess, noise, x_0, x_t: (guess - x_0).square().mean(),
    "the guess is compared with x_t": lambda guess, noise, x_0, x_t: (guess - x_t).square().mean(),
    "the guess is compared with x_t - x_0": lambda guess, noise, x_0, x_t: (guess - x_t + x_0).square().mean(),
    "the guess is compared with zeros": lambda guess, noise, x_0, x_t: guess.square().mean(),
    "absolute differences are taken, not squares": lambda guess, noise, x_0, x_t: (guess - noise).abs().mean(),
    "the square root of the mean is taken": lambda guess, noise, x_0, x_t: (guess - noise).square().mean().sqrt(),
    "the mean difference is squared, not each one": lambda guess, noise, x_0, x_t: (guess - noise).mean().square(),
    "the differences are not squared": lambda guess, noise, x_0, x_t: (guess - noise).mean(),
    "the loss is halved": lambda guess, noise, x_0, x_t: (guess - noise).square().mean() / 2,
    "the guess is added to the noise": lambda guess, noise, x_0, x_t: (guess + noise).square().mean(),
    "the Huber loss (smooth L1) is taken": lambda guess, noise, x_0, x_t: F.smooth_l1_loss(guess, noise),
    "only the first image counts": lambda guess, noise, x_0, x_t: (guess - noise)[:1].square().mean(),
    "only the first half of the batch counts": lambda guess, noise, x_0, x_t: (
        (guess - noise)[: len(x_0) // 2].square().mean()
    ),
    "only the first channel counts": lambda guess, noise, x_0, x_t: (guess - noise)[:, :1].square().mean(),
}


# --- train_epoch


def wrong_means(losses: np.ndarray, batch_size: int) -> dict[str, float]:
    total, count, running, halving = losses.sum(), len(losses), 0.0, 0.0
    for loss in losses:
        running, halving = (running + loss) / count, (halving + loss) / 2
    wrong = {
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
        "it is the largest loss": losses.max(),
        "it is the mean of the first and the last loss": (losses[0] + losses[-1]) / 2,
        "the first loss is left out": losses[1:].mean() if count > 1 else 0.0,
        "the last loss is left out": losses[:-1].mean() if count > 1 else 0.0,
        "the first loss is left out, but counted": losses[1:].sum() / count,
        "the last loss is left out, but counted": losses[:-1].sum() / count,
        "the sum so far is divided again at each batch": running,
        "each new loss gets half of the weight": halving,
        "it is the root of the mean square": np.sqrt(np.square(losses).mean()),
        "it is the geometric mean": np.exp(np.log(losses).mean()),
        "the mean was cut to a whole number": np.floor(losses.mean()),
    }
    for keep in (0.9, 0.95, 0.99):
        for start in (losses[0], 0.0):
            average = start
            for loss in losses:
                average = keep * average + (1 - keep) * loss
            wrong[f"it is an exponential moving average ({keep} of the old, from {start:.3g})"] = average
    for digits in range(5):
        wrong[f"the mean was rounded to {digits} digits"] = np.round(losses.mean(), digits)
    return wrong


# --- main


def wrong_histories(losses: np.ndarray) -> dict[str, np.ndarray]:
    return (
        {
            "the losses are in reverse order": losses[::-1],
            "the losses were sorted": np.sort(losses),
            "the losses were sorted, large ones first": np.sort(losses)[::-1],
            "the last loss is missing": losses[:-1],
            "the first loss is missing": losses[1:],
            "the losses were added up": losses.cumsum(),
            "only the last loss was kept": losses[-1:],
            "the last loss stands in every epoch": np.full_like(losses, losses[-1]),
            "only every second loss was kept": losses[1::2],
            "each loss was kept twice": losses.repeat(2),
            "the best loss so far was kept, not each loss": np.minimum.accumulate(losses),
            "the mean of the losses so far was kept, not each loss": losses.cumsum() / np.arange(1, len(losses) + 1),
            "the first loss stands in every epoch": np.full_like(losses, losses[0]),
            "the losses were divided by their number": losses / len(losses),
        }
        | {f"the losses were rounded to {digits} digits": losses.round(digits) for digits in range(4)}
        | {
            f"the losses were scaled to {words}": losses / scale
            for words, scale in (("a largest of 1", losses.max()), ("a first of 1", losses[0]))
        }
    )
