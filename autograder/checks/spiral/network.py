"""A network of three layers in float64: its forward pass, its gradients, and the student's forward pass on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.spiral.common import Array, Rng
from autograder.checks.words import expect
from autograder.judge.conversation import Handle, Student

Net = dict[str, Any]
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")
BIASES = ("b1", "b2", "b3")


def network(
    rng: Rng,
    sizes: tuple[int, int, int] = (3, 5, 2),
    positive: tuple[int, ...] = (),
    biases: bool = True,
) -> Net:
    """A float64 network like make_network's, without momentum; layers in `positive` have positive weights only."""
    n_in, hidden, n_out = sizes
    net: Net = {}
    for layer, shape in enumerate(((n_in, hidden), (hidden, hidden), (hidden, n_out)), start=1):
        weights, bias = rng.normal(size=shape), rng.normal(size=shape[1]) * biases
        net[f"W{layer}"] = np.abs(weights) + 0.1 if layer in positive else weights
        net[f"b{layer}"] = np.abs(bias) if layer in positive else bias
    velocities = {name: np.zeros_like(value) for name, value in net.items()}
    return {**net, "momentum": 0.0, "velocities": velocities}


def weights_of(net: Net) -> Array:
    """All parameters in one row, as the stand-ins note them down."""
    return np.concatenate([np.ravel(net[name]) for name in PARAMETERS])


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def sigmoid(z: Array) -> Array:
    between_0_and_1: Array = 1 / (1 + np.exp(-z.clip(-500, 500)))
    return between_0_and_1


OTHER_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid is used in place of ReLU": sigmoid,
    "tanh is used in place of ReLU": np.tanh,
    "SiLU, z sigmoid(z), is used in place of ReLU": lambda z: z * sigmoid(z),
    "GELU is used in place of ReLU": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "softplus is used in place of ReLU": lambda z: np.logaddexp(0, z),
    "ELU is used in place of ReLU": lambda z: np.where(z > 0, z, np.expm1(z.clip(max=0))),
    "a leaky ReLU (0.01) is used": lambda z: np.where(z > 0, z, 0.01 * z),
    "a leaky ReLU (0.1) is used": lambda z: np.where(z > 0, z, 0.1 * z),
    "a leaky ReLU (0.2) is used": lambda z: np.where(z > 0, z, 0.2 * z),
    "the absolute value is used in place of ReLU": np.abs,
    "ReLU keeps the negative numbers": lambda z: np.minimum(z, 0),
    "ReLU's derivative, 0 or 1, is used in place of ReLU": lambda z: (z > 0) * 1.0,
    "numbers above 1 are cut off": lambda z: z.clip(0, 1),
    "numbers above 6 are cut off (ReLU6)": lambda z: z.clip(0, 6),
    "ReLU is squared": lambda z: np.maximum(z, 0) ** 2,
}


def layers(
    net: Net,
    x: Array,
    relus: tuple[int, ...] = (1, 1, 0),
    biases: tuple[int, ...] = (1, 1, 1),
    relu: Callable[[Array], Array] = relu,
) -> tuple[list[Array], list[Array]]:
    """What goes into each activation and what comes out of it, for a network with these ReLUs and biases."""
    before, after = [], [x]
    for layer in range(3):
        before.append(after[-1] @ net[f"W{layer + 1}"] + biases[layer] * net[f"b{layer + 1}"])
        after.append(relu(before[-1]) if relus[layer] else before[-1])
    return before, after


def output(net: Net, x: Array, **kind: Any) -> Array:
    return layers(net, x, **kind)[1][-1]


def forward(student: Student, net: Any, x: Any) -> tuple[Any, Handle]:
    """The student's output, and the cache, which stays there whatever it is."""
    answer = student.hold(student.forward_network, net, x)
    kind = answer._reference["type"]
    expect(kind != "NoneType", "forward_network returned None: is a `return` missing?")
    expect(kind != "ndarray", "forward_network should return two things, (out, cache), but it returned one array")
    out = student.part(answer, 0)
    expect(
        out._reference["type"] != "matrix",
        "The output is a np.matrix, whose * is another product: return an array",
    )
    return student.get(out), student.part(answer, 1)


def gradients(net: Net, x: Array, grad_out: Array, **kind: Any) -> dict[str, Array]:
    """Gradients that the textbook's backward pass gets from what a forward pass of this kind computed."""
    before, after = layers(net, x, **kind)
    found: dict[str, Array] = {}
    grad = grad_out
    for layer in (3, 2, 1):
        found |= {f"W{layer}": after[layer - 1].T @ grad, f"b{layer}": grad.sum(axis=0)}
        if layer > 1:
            grad = (grad @ net[f"W{layer}"].T) * (before[layer - 2] > 0)
    return found


def positive_inputs(rng: Rng, n: int = 6) -> Array:
    return rng.uniform(0.1, 1.0, size=(n, 3))


def rows_away_from_kinks(net: Net, rng: Rng, n: int) -> Array:
    """Inputs whose pre-activations are not near 0, where the derivative is anyone's choice."""
    x = rng.normal(size=(9 * n, 3))
    clear = np.min([np.abs(z).min(axis=1) for z in layers(net, x)[0][:2]], axis=0) > 0.02
    return np.concatenate([x[clear], x[~clear]])[:n]


def mixed_case(rng: Rng, sizes: tuple[int, int, int] = (3, 6, 2)) -> tuple[Net, Array, Array]:
    """Pre-activations of both signs in every layer, none near 0, where the derivative is anyone's choice."""
    while True:
        net, x = network(rng, sizes), rng.normal(size=(8, 3))
        before, _ = layers(net, x)
        signs = [np.mean(z > 0) for z in before]
        if min(np.abs(z).min() for z in before) > 0.02 and all(0.3 < s < 0.7 for s in signs):
            return net, x, rng.normal(size=(8, 2))
