"""Hidden checks of simple_unet: the way through its layers, with stand-ins for blocks and embedding.

Tolerances are those of residual_block, for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F

from autograder.checks.mnist.common import draw_t, equip, expect_gradients
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
from autograder.judge.conversation import Handle, Student, StudentError, same_thing

BLOCKS = ("down_res1", "down_res2", "middle_res", "up_res2", "up_res1")
BODY: tuple[str, ...] = ("init_conv", "down_res1", "down_conv1", "down_res2", "down_conv2", "middle_res")
BODY += ("up_conv2", "up_res2", "up_conv1", "up_res1")
END = ("final_norm", "silu", "final_conv")
PATH = (*BODY, *END)
ACTS: dict[str, Callable[..., torch.Tensor]] = {
    "silu": F.silu,
    "relu": F.relu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def embedding_of(t: torch.Tensor, dim: int = 128) -> torch.Tensor:
    """What the stand-in for TimeEmbedding answers."""
    return ((7 * t[:, None] + 3 * torch.arange(dim)) % 11).double() / 11


def unet(p: State, x: torch.Tensor, embs: State, order: Iterable[str]) -> torch.Tensor:
    """The pass through the layers in `order`, with stand-in blocks, each with its own embedding."""
    p = {name: value.double() for name, value in p.items()}
    x = h = x.double()
    for name in order:
        weight, bias = (p.get(f"{name}.{part}", torch.empty(0)) for part in ("weight", "bias"))
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


def wrong_embeddings(t: torch.Tensor) -> Mistakes:
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


NETWORK = "what the network returns"


def nobody(block: Handle, emb: torch.Tensor) -> None:
    """Whom the blocks tell what they get where it does not matter."""


def build_unet(
    student: Student, image_channels: int, base: int, tell: Callable[[Handle, torch.Tensor], None] = nobody
) -> Handle:
    """The student's SimpleUNet over stand-ins for block and embedding, also where it kept the notebook's own.

    `tell` hears of each block and embedding.
    """
    block = student.instrument("told", "Block", tell)
    student.swap("TimeEmbedding", student.instrument("stand_in", "Waves"))
    student.swap("ResidualBlock", block)
    model: Handle = student.SimpleUNet(image_channels, base)
    for name, (inside, out) in zip(BLOCKS, ((1, 1), (1, 2), (2, 2), (1, 1), (1, 1)), strict=True):
        if not student.make("is_a", getattr(model, name), "Block"):
            student.swap(name, student.hold(block, base * inside, base * out), on=model)
    if not student.make("is_a", model.time_embedding, "Waves"):
        student.swap("time_embedding", student.instrument("Waves"), on=model)
    return model


class Embeddings:
    """What the blocks of a model got, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[Handle, torch.Tensor]] = []

    def hear(self, block: Handle, emb: torch.Tensor) -> None:
        self.all.append((block, emb))

    def of(self, block: Handle) -> list[torch.Tensor]:
        return [emb for other, emb in self.all if same_thing(block, other)]


def fork_of_the_path(traffic: list[dict[str, Any]], x: torch.Tensor) -> str:
    """Where the way through the body's layers leaves the docstring's, as far as the layers were called."""
    path = (*BODY, "final_norm", "final_conv")
    entered = [call["name"].removeprefix("enter ") for call in traffic if call["name"].startswith("enter")]
    entered = [name for name in entered if name in path]
    for place, (name, wanted) in enumerate(zip((*entered, "the end"), path, strict=False)):
        if name != wanted:
            after = f"After {entered[place - 1]}" if place else "At the start"
            return f"{after} should come {wanted}, but it is {name}"
    if len(entered) > len(path):
        return f"After final_conv should come nothing, but it is {entered[len(path)]}"
    calls = [call for call in traffic if call["name"] in path]
    for call, before in zip(calls, (None, *calls), strict=False):
        gave, giver = (before["output"], f"what {before['name']} returned") if before else (x, "the x that came in")
        got = call["inputs"][0] if call["inputs"] else torch.zeros(0)
        if call["name"] != "final_conv" and not is_close(got.double(), gave.double()):
            acts = {f"{act} stands between": function(gave) for act, function in ACTS.items()}
            acts["it gets 2 x - 1"] = 2 * gave - 1
            acts["a dropout stands between"] = got if is_dropout(got, gave) else torch.zeros(0)
            for layer in calls:
                if layer["output"].shape == gave.shape and layer is not before:
                    acts[f"what {layer['name']} returned is added (an encoder-decoder skip)"] = gave + layer["output"]
            causes = [words for words, other in acts.items() if is_close(got, other)]
            return f"{call['name']} should get {giver}, but {(causes or ['it gets something else'])[0]}"
    return ""


def is_dropout(got: torch.Tensor, gave: torch.Tensor) -> bool:
    """Some numbers are 0, and all others the same multiple of what was given."""
    if got.shape != gave.shape or not (kept := got != 0).any() or kept.all():
        return False
    ratio = (got / gave)[kept]
    return bool((ratio - ratio.median()).abs().max() < 1e-3)


@points(0.5)
def test_the_image_passes_all_layers_in_order(student: Student, rng: Rng) -> None:
    """Judged with the embeddings that the blocks got, and whatever comes after up_res1: those are charged below."""
    embeddings = Embeddings()
    traffic: list[dict[str, Any]] = []
    model = build_unet(student, 1, 32, embeddings.hear)
    p, x, t = equip(rng, model), draw(rng, 3, 1, 8, 12), torch.tensor([4, 0, 998])
    student.make("listen", model, traffic.append)
    rule = "The image should pass the layers in the docstring's order. "
    try:
        result = tensor(model(x, t), NETWORK)
    except StudentError as error:
        told = "" if error.kind in ("TimeoutError", "Gone", "NotImplementedError") else fork_of_the_path(traffic, x)
        raise StudentError(f"{rule}{told}. {error}" if told else str(error), error.kind, error.mix) from None
    right, embs = embedding_of(t), {}
    for name in BLOCKS:
        got = embeddings.of(getattr(model, name))
        embs[name] = got[0] if got and got[0].shape == right.shape else right
    ideal = unet(p, x, embs, PATH)
    ends = (unet(p, x, embs, (*BODY, *end)) for end in WRONG_ENDS.values())
    if is_close(result, ideal) or any(is_close(result, end) for end in ends):
        return
    told = fork_of_the_path(traffic, x)
    if not told and is_close(at_the_end(traffic), unet(p, x, embs, BODY)):
        return  # the body is right
    if told:
        raise AssertionError(f"{rule}{told}.")
    close(result, ideal, rule[:-2], atol=1e-4, rtol=1e-3)


def at_the_end(traffic: list[dict[str, Any]]) -> torch.Tensor:
    """What up_res1, the last layer of the body, returned."""
    return next((call["output"] for call in traffic[::-1] if call["name"] == "up_res1"), torch.zeros(0))


@points(0.25)
def test_all_five_blocks_get_the_time_embedding(student: Student, rng: Rng) -> None:
    embeddings, earlier, t = Embeddings(), torch.tensor([17, 356, 2]), torch.tensor([4, 0, 998])
    model = build_unet(student, 1, 32, embeddings.hear)
    x = draw(rng, 3, 1, 8, 8)
    tensor(model(x, earlier), NETWORK)
    tensor(model(x, t), NETWORK)
    wrong = wrong_embeddings(t) | {"it is the embedding of an earlier call": embedding_of(earlier)}
    for name in BLOCKS:
        got = embeddings.of(getattr(model, name))
        expect(len(got) > 0, f"{name} is never called, so the time does not reach it")
        for emb in got[len(got) // 2 :]:
            close(emb, embedding_of(t), f"{name} should get the embedding of the timesteps", wrong)


@points(0.125)
def test_the_end_is_norm_silu_and_conv(student: Student, rng: Rng) -> None:
    """The last blocks answer a constant for each channel here, so that nothing but the end is judged.

    final_conv is loud, eight times as much as elsewhere, so that whatever squeezes the result shows.
    """
    model = build_unet(student, 2, 64)
    features = equip(rng, model.up_res1, mix__weight=0.0, embed__weight=0.0, embed__bias=0.0)
    model.up_res2.load_state_dict(features)  # should the two be exchanged, the order is charged and not the end
    p = {f"final_norm.{name}": value for name, value in equip(rng, model.final_norm).items()}
    conv = {name: 8 * value for name, value in equip(rng, model.final_conv).items()}
    model.final_conv.load_state_dict(conv)
    p |= {f"final_conv.{name}": value for name, value in conv.items()}
    x, t = draw(rng, 2, 2, 8, 8), torch.tensor([4, 998])
    start = features["mix.bias"].tanh()[None, :, None, None].expand(2, 64, 8, 8)
    right, actual = unet(p, start, {}, END), tensor(model(x, t), NETWORK)
    wrong: Mistakes = {"the input is added at the end": right + x, "the result is taken from the input": x - right}
    ends = [(cause, end) for cause, end in WRONG_ENDS.items() if cause not in wrong]
    wrong |= {cause: unet(p, start, {}, end) for cause, end in ends}
    wrong |= usual_mistakes(actual, right)
    rule = "After up_res1 should come final_norm, SiLU and final_conv, and nothing else"
    close(actual, right, rule, wrong, atol=1e-4, rtol=1e-3)


@points(0.125)
def test_other_sizes_come_back_as_they_went_in(student: Student, rng: Rng) -> None:
    for channels, base, batch, height, width in ((1, 32, 2, 8, 12), (3, 64, 2, 4, 4), (2, 32, 5, 16, 4)):
        expect_its_own_shape(student, base, draw(rng, batch, channels, height, width), draw_t(rng, 1000, batch))


def expect_its_own_shape(student: Student, base: int, x: torch.Tensor, t: torch.Tensor) -> None:
    with sizes_explained(tuple(x.shape)):
        shape = tuple(tensor(build_unet(student, x.shape[1], base)(x, t), NETWORK).shape)
    expect(shape == x.shape, f"An input of shape {tuple(x.shape)} should come back in that shape, not as {shape}")


@points(0.25)
def test_gradients_reach_every_layer_of_the_network(student: Student, rng: Rng) -> None:
    model = build_unet(student, 1, 64)
    equip(rng, model)
    expect_gradients(student, model, (draw(rng, 2, 1, 8, 8), torch.tensor([4, 998])), NETWORK)


@points(5.5, "whole")
def test_the_network_gives_what_all_its_layers_make_of_the_images(student: Student, rng: Rng) -> None:
    """In train mode and in eval mode; loud images and a loud final_conv, so that whatever squeezes numbers shows."""
    for channels, base, batch, height, width in ((1, 32, 4, 28, 28), (2, 64, 3, 8, 12)):
        model = build_unet(student, channels, base)
        p = equip(rng, model)
        p |= {name: 8 * value for name, value in p.items() if name.startswith("final_conv")}
        model.load_state_dict(p)
        for mode in ("train", "eval"):
            student.hold(getattr(model, mode))
            x, t = 2 * draw(rng, batch, channels, height, width), draw_t(rng, 1000, batch)
            actual, right = tensor(model(x, t), NETWORK), unet(p, x, dict.fromkeys(BLOCKS, embedding_of(t)), PATH)
            rule = f"In {mode} mode the result should be what the layers, one after the other, make of x and timestep"
            close(actual, right, rule, usual_mistakes(actual, right), atol=1e-4, rtol=1e-3)


@points(0.125, "form")
def test_a_single_image_comes_back_in_its_shape(student: Student, rng: Rng) -> None:
    expect_its_own_shape(student, 32, draw(rng, 1, 1, 8, 12), torch.tensor([500]))


@points(0.125, "form")
def test_float32_comes_back_and_nothing_else_changes(student: Student, rng: Rng) -> None:
    model, x, t = build_unet(student, 1, 32), draw(rng, 3, 1, 8, 8), torch.tensor([4, 0, 998])
    there, when = student.put(x), student.put(t)
    for mode in ("eval", "train"):
        student.hold(getattr(model, mode))
        dtype = dtype_of(tensor(model(there, when), NETWORK))
        expect(dtype == "float32", f"The result should be float32, as x is, not {dtype}")
        for name, now, before in (("x", student.get(there), x), ("timesteps", student.get(when), t)):
            expect(is_close(now, before), f"forward should not change the {name} that it was given")
        for name, trains in student.make("modes", model).items():
            now, whose = "train" if trains else "eval", f"{name}'s" if name else "the network's"
            told = f"forward should leave {whose} mode alone: it came in {mode} mode, now it is in {now}"
            expect(now == mode, told)


@points(3, "device")
def test_the_network_runs_on_the_gpu(student: Student, rng: Rng) -> None:
    x, t = draw(rng, 2, 1, 8, 8), draw_t(rng, 1000, 2)
    on_the_gpu(student, lambda place: [build_unet(student, 1, 32).to(place)(x, t)])
