"""Hidden checks of residual_block: norm, SiLU and conv twice, steered by the time, around a skip.

atol 1e-4, rtol 1e-3: honest routes through two norms differ by about 1e-6; the mistakes move numbers by 0.01 and
more.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
import torch.nn.functional as F

from autograder.checks.mnist.common import equip, expect_gradients
from autograder.checks.size import size_of
from autograder.checks.tensors import (
    Mistakes,
    Rng,
    State,
    draw,
    dtype_of,
    is_close,
    on_the_gpu,
    sizes_explained,
    tensor,
    usual_mistakes,
)
from autograder.checks.words import close, expect, points
from autograder.judge.conversation import Handle, Student

Layer = Callable[..., torch.Tensor]


def same(h: torch.Tensor) -> torch.Tensor:
    return h


def residual(
    p: State,
    x: torch.Tensor,
    emb: torch.Tensor,
    acts: tuple[Layer, Layer] = (F.silu, F.silu),
    norms: tuple[str | None, str | None] = ("norm1", "norm2"),
    convs: tuple[str, str] = ("conv1", "conv2"),
    orders: tuple[str, str] = ("nac", "nac"),
    groups: int | None = 32,
    learned: bool = True,
    steer: Layer = lambda h, s: h * s,
    at: str = "c",
    embed: Layer = same,
    skip: str | None = "x",
    join: Layer = torch.add,
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


# Mistakes by cause, as what `residual` should do otherwise.
ACTIVATIONS: dict[str, Layer] = {
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


def twice(h: torch.Tensor) -> torch.Tensor:
    return F.silu(F.silu(h))


PATH: dict[str, dict[str, Any]] = {
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
PATH |= {
    f"{name} stands in the place of {place}": {"acts": acts}
    for name, act in ACTIVATIONS.items()
    for place, acts in (("the first SiLU", (act, F.silu)), ("the second SiLU", (F.silu, act)), ("SiLU", (act, act)))
}
TIME: dict[str, dict[str, Any]] = {
    "the time never reaches the features": {"at": ""},
    "the time is added, not multiplied": {"steer": lambda h, s: h + s},
    "the factor is 1 + s; here it is s alone": {"steer": lambda h, s: h * (1 + s)},
    "s is used both as factor and as shift": {"steer": lambda h, s: h * s + s},
    "the features are divided by s": {"steer": lambda h, s: h / s},
    "s passes through a sigmoid first": {"steer": lambda h, s: h * s.sigmoid()},
    "s passes through a tanh first": {"steer": lambda h, s: h * s.tanh()},
    "s passes through SiLU first": {"steer": lambda h, s: h * F.silu(s)},
    "s passes through a softmax first": {"steer": lambda h, s: h * s.softmax(1)},
    "s passes through exp first": {"steer": lambda h, s: h * s.exp()},
    "s multiplies the rows of the picture, not its channels": {"steer": lambda h, s: h * s.movedim(1, 2)},
    "s multiplies the columns of the picture, not its channels": {"steer": lambda h, s: h * s.movedim(1, 3)},
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
SKIP: dict[str, dict[str, Any]] = {
    "skip(x) is not added at the end": {"skip": None},
    "x itself is added, not skip(x)": {"skip": "identity"},
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

EVERYTHING = PATH | TIME | SKIP
BLOCK = "what the block returns"
MOST_PRODUCTS = 2**29  # of weights and pixels, in one pass of the judge's: with the notebook's layers 162 million


def expect_block(
    student: Student,
    block: Handle,
    p: State,
    x: torch.Tensor,
    emb: torch.Tensor,
    rule: str,
    charged: Iterable[str],
    forgiven: Iterable[str] = (),
) -> None:
    """The block's answer is the right one, or one that another check charges; else say what it looks like."""
    with sizes_explained(tuple(x.shape)):
        actual = tensor(block(x, emb), BLOCK)
    products = size_of(p) * x[:, 0].numel()
    expect(products < MOST_PRODUCTS, f"{rule}. Its layers are far larger than the notebook's: were they changed?")
    right = residual(p, x, emb)
    if is_close(actual, right):
        return

    def look_alikes(causes: Iterable[str]) -> Iterator[str]:
        for cause in causes:
            with contextlib.suppress(RuntimeError):  # a mistake that these sizes do not allow
                if is_close(actual, residual(p, x, emb, **EVERYTHING[cause])):
                    yield cause

    if next(look_alikes(forgiven), None):
        return
    wrong: Mistakes = {cause: actual for cause in look_alikes(charged)} or usual_mistakes(actual, right)
    traffic: list[dict[str, Any]] = []
    student.make("listen", block, traffic.append)
    again = block(x, emb)
    if not is_close(again, actual):
        wrong["the same input gives another result each time: is there a dropout"] = actual
    try:
        close(actual, right, rule, wrong, atol=1e-4, rtol=1e-3)
    except AssertionError as error:
        told = "" if "looks as if" in str(error) else fork_of_the_block(traffic, again, x, emb)
        raise AssertionError(str(error) + ("." if told and not str(error).endswith(".") else "") + told) from None


def fork_of_the_block(traffic: list[dict[str, Any]], actual: torch.Tensor, x: torch.Tensor, emb: torch.Tensor) -> str:
    """Where the way through the block's layers leaves the right one, if they were called one by one."""
    calls = [call for call in traffic if not call["name"].startswith("enter")]
    layers = ("norm1", "conv1", "time_mlp", "norm2", "conv2", "skip")
    calls = calls[: len(set(layers))]
    seen = {call["name"]: call for call in calls}
    if sorted(call["name"] for call in calls) != sorted(layers):
        missing = [name for name in layers if name not in seen]
        return f" These layers are not called: {', '.join(missing)}." if missing and len(missing) < 4 else ""
    out = {name: call["output"] for name, call in seen.items()}
    takes = {
        "norm1": (x, "x"),
        "conv1": (F.silu(out["norm1"]), "SiLU of what norm1 returned"),
        "time_mlp": (emb, "the time embedding"),
        "norm2": (out["conv1"] * out["time_mlp"][:, :, None, None], "what conv1 returned, each channel times its s"),
        "conv2": (F.silu(out["norm2"]), "SiLU of what norm2 returned"),
        "skip": (x, "the x that came in"),
    }
    for name, (right, words) in takes.items():
        if not (seen[name]["inputs"] and is_close(seen[name]["inputs"][0], right)):
            return f" It goes wrong at {name}, which should get {words}, but gets something else."
    if is_close(actual, out["conv2"] + out["skip"]):
        return ""
    return " It goes wrong at the end, which should be conv2's answer plus skip's, and nothing else."


@points(0.25)
def test_the_path_runs_norm_silu_conv_twice(student: Student, rng: Rng) -> None:
    """With s = 1 and a skip of 1 everywhere only the path is left; norm2 even undoes the 2 of 1 + s.

    A skip of zeros would make all that multiplies by it look like no path at all.
    """
    x, emb = draw(rng, 2, 64, 8, 10), draw(rng, 2, 16)
    block = student.ResidualBlock(64, 64, 16)
    p = equip(rng, block, time_mlp__2__weight=0.0, time_mlp__2__bias=1.0, skip__weight=0.0, skip__bias=1.0)
    rule = "With s = 1 and a skip of 1 the block should return conv2(SiLU(norm2(conv1(SiLU(norm1(x)))))) + 1"
    expect_block(student, block, p, x, emb, rule, PATH, forgiven=(*SKIP, *TIME))


@points(0.25)
def test_the_time_multiplies_each_channel_before_norm2(student: Student, rng: Rng) -> None:
    """A wide block, eight channels to a group: norm2 divides out what all channels of a group share.

    In train mode and in eval mode, and after a call with another embedding.
    """
    x, emb, earlier = draw(rng, 3, 256, 4, 5), draw(rng, 3, 24), draw(rng, 3, 24)
    block = student.ResidualBlock(256, 256, 24)
    p = equip(rng, block, skip__weight=0.0, skip__bias=1.0)
    rule = "Each channel should be multiplied by its own number from time_mlp(time_embedding), between conv1 and norm2"
    for mode, told in (("train", rule), ("eval", f"In eval mode, too: {rule}")):
        student.hold(getattr(block, mode))
        with sizes_explained(tuple(x.shape)):
            student.hold(block, x, earlier)
            actual = block(x, emb)
        old = is_close(actual, residual(p, x, earlier))
        expect(not old, f"{rule}. It looks as if the numbers of an earlier call are used.")
        expect_block(student, block, p, x, emb, told, TIME, forgiven=(*PATH, *SKIP))


@points(0.25)
def test_skip_of_x_is_added(student: Student, rng: Rng) -> None:
    """With conv2 all zeros only the skip is left."""
    for channels in (64, 32):
        x, emb = draw(rng, 2, 64, 8, 10), draw(rng, 2, 16)
        block = student.ResidualBlock(64, channels, 16)
        p = equip(rng, block, conv2__weight=0.0, conv2__bias=0.0)
        rule = f"With 64 channels in, {channels} out and a conv2 of zeros the block should return skip(x)"
        expect_block(student, block, p, x, emb, rule, SKIP)


@points(0.125)
def test_any_size_and_batch_will_do(student: Student, rng: Rng) -> None:
    """Among them sizes where a factor on wrong axes would still fit: as many columns, rows or images as channels."""
    for inside, out, size, batch, height, width in (
        (64, 64, 16, 1, 4, 4),
        (32, 64, 8, 4, 4, 64),
        (32, 64, 8, 2, 64, 2),
        (32, 64, 8, 64, 2, 2),
        (64, 32, 128, 3, 12, 8),
    ):
        expect_formula(student, rng, inside, out, size, (batch, inside, height, width))


def expect_formula(
    student: Student, rng: Rng, inside: int, out: int, size: int, shape: tuple[int, ...], modes: Iterable[str] = ()
) -> None:
    x, emb = draw(rng, *shape), draw(rng, shape[0], size)
    block = student.ResidualBlock(inside, out, size)
    p = equip(rng, block)
    for mode in ("train", *modes):
        student.hold(getattr(block, mode))
        rule = f"With x of shape {shape} the block should follow its formula"
        expect_block(student, block, p, x, emb, rule, EVERYTHING)


@points(0.125)
def test_gradients_reach_every_layer_of_the_block(student: Student, rng: Rng) -> None:
    block = student.ResidualBlock(64, 64, 16)
    equip(rng, block)
    expect_gradients(student, block, (draw(rng, 2, 64, 4, 4), draw(rng, 2, 16)), BLOCK)


@points(5.5, "whole")
def test_the_block_is_right_as_a_whole(student: Student, rng: Rng) -> None:
    """Channels that differ, and that agree, wide and narrow; sizes, weights and modes drawn afresh."""
    for inside, out in ((32, 64), (64, 64), (128, 32), (32, 32)):
        batch, height, width, size = (int(number) for number in rng.integers(2, 9, 4))
        expect_formula(student, rng, inside, out, 2 * size, (batch, inside, height, width), modes=["eval"])
    for side in (28, 14, 7):  # the notebook's
        expect_formula(student, rng, 64, 64, 128, (2, 64, side, side))


@points(0.25, "form")
def test_the_block_returns_float32(student: Student, rng: Rng) -> None:
    result = tensor(student.ResidualBlock(32, 32, 8)(draw(rng, 2, 32, 4, 4), draw(rng, 2, 8)), BLOCK)
    expect(result.dtype == torch.float32, f"The block should return float32 for float32, not {dtype_of(result)}")


@points(0.25, "form")
def test_what_the_block_is_given_is_left_as_it_was(student: Student, rng: Rng) -> None:
    block, x, emb = student.ResidualBlock(32, 32, 8), draw(rng, 2, 32, 4, 4), draw(rng, 2, 8)
    state, x_there, emb_there = equip(rng, block), student.put(x), student.put(emb)
    for training in (True, False):
        student.hold(block.train, training)
        student.hold(block, x_there, emb_there)
        for name, there, before in (("x", x_there, x), ("time_embedding", emb_there, emb)):
            close(student.get(there), before, f"forward should not change the {name} that it is given", atol=0, rtol=0)
        after, mode = block.state_dict(), "train" if training else "eval"
        changed = [name for name, before in state.items() if not torch.equal(before, after[name])]
        expect(not changed, f"forward should not change the weights, but {', '.join(changed)} changed")
        expect(not x_there.requires_grad, "forward should not ask for gradients of the x that it is given")
        expect(block.training is training, f"A block in {mode} mode should be in it after forward, too")


@points(3, "device")
def test_the_block_runs_on_the_gpu(student: Student, rng: Rng) -> None:
    x, emb = draw(rng, 2, 64, 4, 4), draw(rng, 2, 16)
    on_the_gpu(student, lambda place: [student.ResidualBlock(64, 64, 16).to(place)(x, emb)])
