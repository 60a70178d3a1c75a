"""forward_network: three linear layers, ReLU after the first two, and a cache of whatever backward_network needs.

Each check makes everything else do nothing: weights and inputs that are positive let ReLU through, biases are 0.
"""

from __future__ import annotations

import itertools

import numpy as np

from autograder.checks.size import expect_few
from autograder.checks.spiral.common import Array, Rng, expect_array, same, shaped
from autograder.checks.spiral.network import (
    BIASES,
    OTHER_ACTIVATIONS,
    PARAMETERS,
    Net,
    forward,
    mixed_case,
    network,
    output,
    positive_inputs,
    relu,
    sigmoid,
)
from autograder.checks.words import array, close, expect, points
from autograder.judge.conversation import Student, StudentError


def judged_forward(student: Student, net: Net, x: Array, statement: str, causes: dict[str, Array]) -> None:
    out = shaped(forward(student, net, x)[0], (len(x), net["b3"].size), "the network's output")
    others = {cause: output(net, x, relu=other) for cause, other in OTHER_ACTIVATIONS.items()}
    others["large outputs are cut off"] = output(net, x).clip(-np.abs(out).max(), np.abs(out).max())
    close(out, output(net, x), statement, causes | others)


def normalised(z: Array) -> Array:
    """Each row with mean 0 and standard deviation 1, and ReLU after it."""
    return relu((z - z.mean(axis=1, keepdims=True)) / np.maximum(z.std(axis=1, keepdims=True), 1e-9))


def wrong_chains(net: Net, x: Array, notebooks: Net, kept: Net) -> dict[str, Array]:
    """Outputs where ReLU does nothing and there are no biases."""
    first, out = x @ net["W1"], output(net, x)
    scaled = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    exp = np.exp(out - out.max(axis=1, keepdims=True))
    return {
        "the second layer is left out": first @ net["W3"],
        "the second layer is used twice": first @ net["W2"] @ net["W2"] @ net["W3"],
        "W2 is transposed": first @ net["W2"].T @ net["W3"],
        "the notebook's `network` is used, not the net passed in": output(notebooks, x),
        "the weights of an earlier network are used, not those passed in": output(kept, x),
        "the hidden layers are normalised": normalised(normalised(first) @ net["W2"]) @ net["W3"],
        "the input of the second layer is added to its output": (first + first @ net["W2"]) @ net["W3"],
        "the last column of x, t/T, is left out": output(net, x * (1, 1, 0)),
        "x is standardised first": output(net, scaled),
        "there is a tanh at the end": np.tanh(out),
        "there is a sigmoid at the end": sigmoid(out),
        "there is a softmax at the end": exp / exp.sum(axis=1, keepdims=True),
    }


def wrong_first_relu(net: Net, x: Array) -> dict[str, Array]:
    return {
        "there is no ReLU after the first layer": output(net, x, relus=(0, 1, 0)),
        "there is no ReLU between the layers": output(net, x, relus=(0, 0, 0)),
        "there is no ReLU between the layers, but one at the end": output(net, x, relus=(0, 0, 1)),
        "ReLU comes before the first layer": output(net, np.maximum(x, 0), relus=(0, 1, 0)),
        "the negative inputs are cut off before the first layer": output(net, np.maximum(x, 0)),
        "small positive numbers are cut off by a threshold above 0": output(net, x, relu=np.zeros_like),
    }


def wrong_biases(net: Net, x: Array) -> dict[str, Array]:
    used = {"1, 2 and 3": (0, 0, 0), "1 and 2": (0, 0, 1), "1 and 3": (0, 1, 0), "2 and 3": (1, 0, 0)}
    some = {f"the biases of layers {missing} are left out": output(net, x, biases=used[missing]) for missing in used}
    one = {f"b{k + 1} is left out": output(net, x, biases=tuple(int(i != k) for i in range(3))) for k in range(3)}
    means = {name: np.full_like(net[name], net[name].mean()) for name in BIASES}
    other = {
        "b1 is used in layer 2 as well": output(net | {"b2": net["b1"]}, x),
        "b2 is used in layer 1 as well": output(net | {"b1": net["b2"]}, x),
        "b1 and b2 changed places": output(net | {"b1": net["b2"], "b2": net["b1"]}, x),
        "the biases are subtracted": output(net, x, biases=(-1, -1, -1)),
        "the mean of each bias is added": output(net | means, x),
        "the mean of b3 is added to every output": output(net | {"b3": means["b3"]}, x),
    }
    return some | one | other


def expect_biases_inside(student: Student, net: Net, x: Array) -> None:
    """The biases belong into the ReLU. Which ReLUs there are is charged above, so any of them will do here."""

    def relus_of(net: Net) -> list[tuple[int, ...]]:
        out = array(forward(student, net, x)[0], "the network's output")
        return [relus for relus in itertools.product((1, 0), repeat=3) if same(out, output(net, x, relus=relus))]

    without = net | {name: np.zeros_like(net[name]) for name in BIASES}
    expect(not relus_of(without) or bool(relus_of(net)), "Each layer should add its bias before ReLU, not after it")


@points(0.25)
def test_returns_an_output_for_each_row_and_a_cache(student: Student, rng: Rng) -> None:
    for n, sizes in ((5, (3, 9, 2)), (64, (3, 16, 2)), (1, (3, 4, 2))):
        net, x = network(rng, sizes), rng.normal(size=(n, sizes[0]))
        answer = student.hold(student.forward_network, net, x)
        out = forward(student, net, x)[0]
        expect_few(out, "The network's output")
        try:
            np.asarray(out, dtype=np.float64)
        except (TypeError, ValueError):
            raise AssertionError("forward_network should return (out, cache), the output first") from None
        shaped(out, (n, sizes[2]), "the network's output")
        try:
            student.part(answer, 2)
        except StudentError:
            continue
        raise AssertionError("forward_network should return two things, (out, cache), but there are more")


@points(0.25)
def test_the_next_call_finds_the_same_network(student: Student, rng: Rng) -> None:
    """Training asks the same net again and again: it stays on the student's side here, x is sent anew."""
    net, x = network(rng), rng.normal(size=(6, 3))
    there = student.put(net)
    outs = [array(forward(student, there, x)[0], "the network's output") for _ in range(2)]
    why = "are the weights written to, is anything random, such as dropout, or left over from the call before?"
    expect(
        outs[0].shape != outs[1].shape or same(*outs),
        f"Two calls with the same net and x gave different outputs: {why}",
    )
    first = student.part(student.hold(student.forward_network, there, x), 0)
    before = array(student.get(first), "the network's output")
    forward(student, there, rng.normal(size=x.shape))
    kept = same(array(student.get(first), "the network's output"), before)
    expect(kept, "A later call changed the output of an earlier one: return a new array each time")
    after = student.get(there)["velocities"]
    moved = [name for name in PARAMETERS if not same(array(after.get(name), name), net["velocities"][name])]
    why = "backward_network needs them as it left them"
    expect(not moved, f"forward_network changed the velocity of {', '.join(moved)} in the net: {why}")


@points(0.5)
def test_three_linear_layers_follow_one_another(student: Student, rng: Rng) -> None:
    """No biases, and everything positive: ReLU does nothing here. Several networks, so that none can be kept."""
    kept = network(rng, positive=(1, 2, 3), biases=False)
    forward(student, kept, positive_inputs(rng))
    for n in (6, 1):
        net, x = network(rng, positive=(1, 2, 3), biases=False), positive_inputs(rng, n)
        notebooks = network(rng, positive=(1, 2, 3), biases=False)
        student.swap("network", notebooks)  # a global that forward_network should not look at
        wrong = wrong_chains(net, x, notebooks, kept)
        asked = "Three linear layers should follow one another: x @ W1, then @ W2, then @ W3"
        judged_forward(student, net, x, asked, wrong)


@points(0.25)
def test_relu_follows_the_first_layer(student: Student, rng: Rng) -> None:
    """Small numbers too: ReLU has no scale of its own."""
    for scale in (1.0, 0.01):
        net, x = network(rng, positive=(2, 3), biases=False), scale * rng.normal(size=(6, 3))
        judged_forward(student, net, x, "ReLU should follow the first layer", wrong_first_relu(net, x))


@points(0.25)
def test_relu_follows_the_second_layer(student: Student, rng: Rng) -> None:
    for scale in (1.0, 0.01):
        net, x = network(rng, positive=(1, 3), biases=False), scale * positive_inputs(rng)
        wrong = {
            "there is no ReLU after the second layer": output(net, x, relus=(1, 0, 0)),
            "there is no ReLU after the second layer, but one at the end": output(net, x, relus=(1, 0, 1)),
        }
        judged_forward(student, net, x, "ReLU should follow the second layer", wrong)


@points(0.25)
def test_nothing_follows_the_third_layer(student: Student, rng: Rng) -> None:
    net, x = network(rng, positive=(1, 2), biases=False), positive_inputs(rng)
    net["W3"][:, 0] = -np.abs(net["W3"][:, 0])  # some of the outputs are negative, whatever was drawn
    out = output(net, x)
    wrong = {
        "there is a ReLU at the end": np.maximum(out, 0),
        "there is a tanh at the end": np.tanh(out),
        "there is a sigmoid at the end": sigmoid(out),
        "the absolute value is taken at the end": np.abs(out),
    }
    nothing = "Nothing should follow the third layer: noise is negative half of the time"
    judged_forward(student, net, x, nothing, wrong)


@points(0.5)
def test_every_layer_adds_its_bias(student: Student, rng: Rng) -> None:
    """As many rows as hidden units, too: there a bias that is added along the wrong axis has a shape that fits."""
    for n in (6, 5, 2):
        net, x = network(rng, positive=(1, 2, 3)), positive_inputs(rng, n)
        axis = " (along the columns, one number for each unit)" if n < 6 else ""
        judged_forward(student, net, x, f"Each layer should add its bias{axis}, x @ W + b", wrong_biases(net, x))
    expect_biases_inside(student, *mixed_case(rng)[:2])


@points(4.5, "whole")
def test_the_output_is_right_on_whole_networks(student: Student, rng: Rng) -> None:
    """Sizes as the lab's and smaller, weights and inputs small and large, in float64 and, as in the lab, float32."""
    for sizes, n, scale, kind in (
        ((1, 2, 1), 2, 1.0, np.float64),
        ((3, 5, 2), 5, 1.0, np.float64),
        ((3, 5, 2), 5, 1.0, np.float64),
        ((3, 16, 2), 16, 5.0, np.float64),
        ((4, 7, 3), 1, 0.3, np.float64),
        ((3, 128, 2), 64, 0.2, np.float32),
    ):
        drawn = network(rng, sizes)
        weights = {name: (scale * drawn[name]).astype(kind) for name in PARAMETERS}
        net, x = drawn | weights, (rng.choice((1, 10), size=(n, 1)) * rng.normal(size=(n, sizes[0]))).astype(kind)
        out = shaped(forward(student, net, x)[0], (n, sizes[2]), "the network's output")
        right = output(net, x)
        k, d = np.unravel_index(np.abs(out - right).argmax(), right.shape)
        case = f"For a network {sizes[0]}-{sizes[1]}-{sizes[1]}-{sizes[2]} with biases and x = {x[k].round(3).tolist()}"
        off = f"{case} output {d} should be {right[k, d]:.5g}, not {out[k, d]:.5g}"
        expect(abs(out[k, d] - right[k, d]) < 1e-4 * (1 + np.abs(right).max()), off)


@points(0.75, "form")
def test_neither_net_nor_x_is_changed(student: Student, rng: Rng) -> None:
    for dtype in (np.float64, np.float32):
        net = network(rng)
        net |= {name: net[name].astype(dtype) for name in PARAMETERS}
        net["velocities"] = {name: value.astype(dtype) for name, value in net["velocities"].items()}
        expect_nothing_changed(student, net, rng.normal(size=(6, 3)).astype(dtype))


def expect_nothing_changed(student: Student, net: Net, x: Array) -> None:
    there, inputs = student.put(net), student.put(x)
    forward(student, there, inputs)
    expect(np.array_equal(student.get(inputs), x), "forward_network changed its input x: make a new array")
    after = student.get(there)
    added = sorted(set(after) - set(net))
    expect(not added, f"forward_network put {', '.join(added)} into the net: what backward needs goes into the cache")
    for name in PARAMETERS:
        kept = np.array_equal(array(after.get(name), name), net[name])
        expect(kept, f"forward_network changed net['{name}']: make a new array")
        kind, right = getattr(after[name], "dtype", None), net[name].dtype
        expect(kind == right, f"forward_network made {kind} of net['{name}'], which was {right}: make a new array")
        still = np.array_equal(array(after["velocities"].get(name), f"the velocity of {name}"), net["velocities"][name])
        expect(
            still and after["momentum"] == net["momentum"], "forward_network changed velocities or momentum of the net"
        )


@points(0.5, "form")
def test_the_output_is_an_array(student: Student, rng: Rng) -> None:
    out = forward(student, network(rng), rng.normal(size=(4, 3)))[0]
    array(out, "the network's output")
    expect_array(out, "The network's output")
