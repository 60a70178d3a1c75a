"""One update of a network by the student's two functions, and which gradient each of its parameters followed.

Nothing is asked of the cache, and a mistake in forward_network is charged there and not here again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from autograder.checks.spiral.common import Array, same, shaped
from autograder.checks.spiral.network import OTHER_ACTIVATIONS, PARAMETERS, Net, forward, gradients, layers, output
from autograder.checks.words import array
from autograder.judge.conversation import Handle, Student, StudentError


def put_out(student: Student, net: Any, x: Array) -> Array | None:
    """What the student's forward pass gives; None where that is no output, which is charged there."""
    try:
        return array(forward(student, net, x)[0], "the network's output")
    except AssertionError:
        return None


def right_gradients(
    student: Student, net: Net, x: Array, before: Array | None
) -> Iterator[Callable[[Net, Array, Array], dict[str, Array]]]:
    """What may count as right: the gradients of a net, for rows x and grad_out.

    First the textbook's backward pass for the right network; then over what the student's forward pass computed, where
    its output shows which network that was (a ReLU or a bias too many or too few, or another activation). Of any other
    forward pass no derivatives are taken: one whose gradient is a single number would do. Nor is one a measure that is
    another than `before`, when backward_network had not been called yet.
    """
    yield gradients
    out = put_out(student, net, x)
    if out is None or before is None or out.shape != before.shape or out.shape != output(net, x).shape:
        return
    if not same(out, before):
        return
    for relus, biases in itertools.product(itertools.product((1, 0), repeat=3), repeat=2):
        kind: dict[str, Any] = {"relus": (relus[0], relus[1], 1 - relus[2]), "biases": biases}
        if same(out, output(net, x, **kind)):
            yield partial(gradients, **kind)
    for other in OTHER_ACTIVATIONS.values():
        if same(out, output(net, x, relu=other)):
            yield partial(gradients, relu=other)


def usual_caches(net: Net, x: Array) -> list[Any]:
    """Stand-ins for the cache of a forward_network that gives none: the layouts that most people choose."""
    (z1, z2, out), (_, h1, h2, _) = layers(net, x)
    named = {"x": x, "z1": z1, "h1": h1, "a1": h1, "z2": z2, "h2": h2, "a2": h2, "out": out, "z3": out, "X": x}
    orders = ((x, z1, h1, z2, h2), (x, z1, h1, z2, h2, out), (x, h1, h2), (x, z1, z2, h1, h2), (x, z1, z2))
    return [*orders, named]


def advance(student: Student, there: Handle, net: Net, x: Array, grad_out: Array, lr: float) -> None:
    """Run the student's two functions once on `there`, which holds the network `net`."""
    student.hold(student.backward_network, there, usable_cache(student, there, net, x, grad_out), grad_out, lr)


def usable_cache(student: Student, there: Handle, net: Net, x: Array, grad_out: Array) -> Any:
    """The cache of a forward pass on `there`; where there is none, which is charged to forward_network, a stand-in."""
    try:
        return cache_of(student, there, x)
    except AssertionError as broken:
        return fitting_cache(student, net, x, grad_out, str(broken))


def cache_of(student: Student, net: Any, x: Array) -> Any:
    """The cache of a forward pass, also where it came before the output, which is charged to forward_network."""
    first, second = forward(student, net, x)
    try:
        array(first, "the network's output")
    except AssertionError:
        return first
    return second


def fitting_cache(student: Student, net: Net, x: Array, grad_out: Array, broken: str) -> Any:
    """The usual cache that the student's backward_network makes sense of."""
    for cache in usual_caches(net, x):
        scratch = student.put(net | {"momentum": 0.0})
        try:
            student.hold(student.backward_network, scratch, cache, grad_out, 1.0)
        except StudentError as error:
            if error.kind == "NotImplementedError":
                raise
            continue
        if along(moved(student, net, scratch)["W3"], gradients(net, x, grad_out)["W3"]):
            return cache
    raise AssertionError(
        f"backward_network reads the cache that forward_network makes, and there is none: {broken} None of the "
        "usual caches fits either."
    )


def update(student: Student, net: Net, x: Array, grad_out: Array, lr: float) -> dict[str, Array]:
    """How far one update without momentum moves each parameter downhill: before - after.

    Where nothing moves, momentum may be the reason: then half of it is tried, over two updates from the same weights.
    """
    for momentum, scale in ((0.0, 1.0), (0.5, 2.0)):
        given = net | {"momentum": momentum}
        there = student.put(given)
        for _ in range(2):
            advance(student, there, given, x, grad_out, lr)
            steps = moved(student, given, there)
            if any(np.any(step) for step in steps.values()):
                return {name: scale * step for name, step in steps.items()}
    return steps


def moved(student: Student, before: Net, there: Handle) -> dict[str, Array]:
    after = student.get(there)
    return {n: before[n] - like(before[n], after.get(n), f"net['{n}'] after the update") for n in PARAMETERS}


def like(before: Array, after: Any, what: str) -> Array:
    """`after` in the shape that it had, also where a bias has become a row: that changes no output."""
    values = array(after, what)
    return values.reshape(before.shape) if values.size == before.size else shaped(after, before.shape, what)


def velocities(student: Student, net: Net, x: Array, grad_out: Array) -> dict[str, Array]:
    """The velocities after one update: they still show the gradients of a net whose weights do not move."""
    there = student.put(net)
    advance(student, there, net, x, grad_out, 1.0)
    kept = student.get(there)["velocities"]
    return {n: like(net[n], kept.get(n), f"net['velocities']['{n}']") for n in PARAMETERS}


def along(step: Array, gradient: Array) -> float:
    """The factor c of step = c * gradient, 0 where the directions differ.

    1e-3 of the largest entry: above the rounding of float32 (1e-4), below any wrong term.
    """
    c = float(np.sum(step * gradient) / max(np.sum(gradient**2), 1e-30))
    off = np.abs(step - c * gradient).max()
    return c if abs(c) > 1e-9 and off <= 1e-3 * np.abs(c * gradient).max() else 0.0


def factors(
    student: Student, net: Net, x: Array, grad_out: Array, steps: dict[str, Array], before: Array | None
) -> dict[str, float]:
    """For each parameter the factor between its step and its gradient; 0 where the directions differ."""
    found = dict.fromkeys(PARAMETERS, 0.0)
    for gradients_of in right_gradients(student, net, x, before):
        right = gradients_of(net, x, grad_out)
        found = {name: found[name] or along(steps[name], right[name]) for name in PARAMETERS}
        if all(found[name] for name in PARAMETERS if np.any(steps[name])):
            break
    return found


def directions(student: Student, net: Net, x: Array, grad_out: Array) -> tuple[dict[str, float], dict[str, Array]]:
    """`factors` of one update and its steps, or those of the velocities: that nothing moves is charged on its own."""
    before = put_out(student, net, x)
    steps = update(student, net, x, grad_out, 1.0)
    if not any(np.any(step) for step in steps.values()):
        steps = velocities(student, net, x, grad_out)
    return factors(student, net, x, grad_out, steps, before), steps
