"""backward_network: gradients by the chain rule, then momentum, then a step of every parameter downhill.

Direction, mask, size and momentum are charged one by one: each is asked only of what is right in those before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.spiral.common import Array, Rng, same, unchanged
from autograder.checks.spiral.network import (
    BIASES,
    PARAMETERS,
    Net,
    forward,
    gradients,
    layers,
    mixed_case,
    network,
    output,
    positive_inputs,
    rows_away_from_kinks,
)
from autograder.checks.spiral.updates import (
    advance,
    along,
    cache_of,
    directions,
    factors,
    like,
    moved,
    put_out,
    right_gradients,
    update,
    usable_cache,
)
from autograder.checks.words import close, expect, points
from autograder.judge.conversation import Student, StudentError

Check = Callable[[Student, Rng], None]


def charged_once(check: Check) -> Check:
    """What fails beside a forward pass that is not the right one may still be right by itself, beside the usual caches
    of the right one: mistakes of forward_network are charged there."""

    @functools.wraps(check)
    def judged(student: Student, rng: Rng) -> None:
        # Asked before backward_network is called, which could change it; the check's own draws stay what they are.
        right = forward_is_right(student, rng.spawn(1)[0])
        try:
            check(student, rng)
        except AssertionError as error:
            if right or (isinstance(error, StudentError) and error.kind in ("TimeoutError", "Gone")):
                raise
            student.swap("forward_network", None)
            try:
                check(student, rng)
            except AssertionError:
                raise error from None

    return judged


def forward_is_right(student: Student, rng: Rng) -> bool:
    """On two networks, asked twice each, of which nothing changes; and it gives output and cache, no more."""
    for _ in range(2):
        net, x = network(rng), rng.normal(size=(6, 3))
        net["velocities"] = {name: rng.normal(size=net[name].shape) for name in PARAMETERS}
        there = student.put(net)
        outs = [put_out(student, there, x) for _ in range(2)]
        if not all(is_right_forward(out, net, x) for out in outs) or not unchanged(net, student.get(there)):
            return False
    things: int = student.make("size", student.hold(student.forward_network, there, x))
    return things == 2


def masked(net: Net, x: Array, grad_out: Array, mask1: Array | None, mask2: Array | None) -> dict[str, Array]:
    """The textbook's gradients with these as the ReLUs' derivatives; None is where the gradient is positive."""
    _, (_, h1, h2, _) = layers(net, x)
    two = grad_out @ net["W3"].T
    two = two * ((two > 0) if mask2 is None else mask2)
    one = two @ net["W2"].T
    one = one * ((one > 0) if mask1 is None else mask1)
    found = {"W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0), "W2": h1.T @ two, "b2": two.sum(axis=0)}
    return found | {"W1": x.T @ one, "b1": one.sum(axis=0)}


def wrong_gradients(net: Net, x: Array, grad_out: Array, steps: dict[str, Array]) -> dict[str, dict[str, Array]]:
    """Gradients in `linear_case`, each of the parameters that a mistake shows in; `steps` are the student's."""
    right = gradients(net, x, grad_out)
    (z1, z2, _), (_, h1, h2, _) = layers(net, x)
    new_W3 = net | {"W3": net["W3"] - right["W3"]}
    through_new_W3 = gradients(new_W3, x, grad_out)

    def through(changed: Net) -> dict[str, Array]:  # the masks are those of the forward pass, before any change
        found = masked(changed, x, grad_out, np.ones_like(z1), np.ones_like(z2))
        return {n: found[n] for n in ("W1", "b1")}

    relus = masked(net, x, grad_out, z1, z2)
    untransposed = grad_out @ net["W3"].T @ net["W2"]
    return {
        "the layer's output stands where its input should": {"W2": h2.T @ (grad_out @ net["W3"].T)},
        "h1, the output of layer 1, stands where h2 should": {"W3": h1.T @ grad_out},
        "its input is x, not the layer before": {"W2": np.resize(x.T @ grad_out, net["W2"].shape)},
        "grad_out was summed over the columns": {"b3": np.full(2, grad_out.sum())},
        "only the first row is used": gradients(net, x[:1], grad_out[:1]),
        "only the last row is used": gradients(net, x[-1:], grad_out[-1:]),
        "W3 was updated before the gradient went back through it": through_new_W3,
        "W2 was updated before the gradient went back through it": through(net | {"W2": net["W2"] - right["W2"]}),
        "W2 and W3 were updated before the gradient went back through them": through(
            new_W3 | {"W2": net["W2"] - through_new_W3["W2"]}
        ),
        "the gradient is transposed": {"W2": right["W2"].T},
        "the gradient was summed over the units, too": {n: np.full_like(net[n], right[n].sum()) for n in BIASES},
        "relu was used where its derivative should be": {n: relus[n] for n in ("W2", "b2", "W1", "b1")},
        "the sign of the gradient decides where it goes through, not that of the ReLU's input": masked(
            net, x, grad_out, None, None
        ),
        "large entries of the gradient are cut off": {
            n: right[n].clip(-np.abs(steps[n]).max(), np.abs(steps[n]).max()) for n in PARAMETERS
        },
        "W2 was not transposed on the way back": {"W1": x.T @ untransposed, "b1": untransposed.sum(axis=0)},
    }


def wrong_masks(net: Net, x: Array, grad_out: Array) -> dict[str, dict[str, Array]]:
    """Gradients in `mixed_case`, each of the parameters that a mistake shows in."""
    (z1, z2, _), _ = layers(net, x)
    full = np.ones_like(z1)
    masks: dict[str, tuple[Array | None, Array | None]] = {
        "there is no ReLU mask at all": (full, full),
        "the mask of layer 2 is missing": (z1 > 0, full),
        "the mask of layer 1 is missing": (full, z2 > 0),
        "the two masks changed places": (z2 > 0, z1 > 0),
        "the mask of layer 1 is used for both layers": (z1 > 0, z1 > 0),
        "the mask of layer 2 is used for both layers": (z2 > 0, z2 > 0),
        "the masks are turned round: they keep the negative side": (z1 < 0, z2 < 0),
        "relu was used where its derivative should be": (np.maximum(z1, 0), np.maximum(z2, 0)),
        "the sign of the gradient decides where it goes through, not that of the ReLU's input": (None, None),
    }
    for leak in (0.01, 0.1, 0.2):
        leaky = np.where(z1 > 0, 1, leak), np.where(z2 > 0, 1, leak)
        masks[f"the derivative is that of a leaky ReLU ({leak})"] = leaky
    back2 = grad_out @ net["W3"].T
    early = (back2 * (z2 > 0) * (z1 > 0)) @ net["W2"].T
    return {cause: masked(net, x, grad_out, *pair) for cause, pair in masks.items()} | {
        "z2, before ReLU, stands where h2 should": {"W3": z2.T @ grad_out},
        "z1, before ReLU, stands where h1 should": {"W2": z1.T @ (back2 * (z2 > 0))},
        "the mask comes before the product with the next weights": {"W1": x.T @ early, "b1": early.sum(axis=0)},
        "the gradient is summed before its ReLU's mask is applied": {"b2": back2.sum(axis=0)},
    }


def wrong_sizes(n: int, lr: float) -> dict[str, float]:
    """The step of a parameter in units of lr times its gradient, for n rows."""
    return {
        "the step goes uphill: the sign is wrong": -1.0,
        "the gradient is divided by N once more, though grad_out holds the 1/N": 1 / n,
        "the gradient is divided by N once more, and the sign is wrong": -1 / n,
        "the gradient is multiplied by N": float(n),
        "there is a 2 too many: grad_out holds it": 2.0,
        "a 2 was divided out": 0.5,
        "the gradient is divided by 2 N once more": 0.5 / n,
        "lr is ignored": 1 / lr,
        "lr is a fixed 1e-3": 1e-3 / lr,
        "lr is a fixed 0.05": 0.05 / lr,
        "lr is used twice": lr,
    }


def averaged(v: Array, g: Array, m: float) -> Array:
    """The velocity as it should be."""
    return m * v + (1 - m) * g


FIXED = (0.9, 0.999, 0.99, 0.95, 0.5)
# How a velocity and a step of lr = 1 follow from the velocity before, the gradient, m, and the number of the step.
RULES: dict[str, Callable[[Array, Array, float, int], tuple[Array, Array]]] = {
    "": lambda v, g, m, k: (averaged(v, g, m),) * 2,
    "the factor 1 - m of the gradient is missing (the undamped form)": lambda v, g, m, k: (m * v + g,) * 2,
    "m and 1 - m changed places": lambda v, g, m, k: ((1 - m) * v + m * g,) * 2,
    "the new velocity is not stored in the net": lambda v, g, m, k: (v, (1 - m) * g),
    "there is no momentum: the step is lr g": lambda v, g, m, k: (v, g),
    "the weights move by the old velocity, before it is updated": lambda v, g, m, k: (averaged(v, g, m), v),
    "the gradient is mixed in once more after the velocity (Nesterov's form)": lambda v, g, m, k: (
        averaged(v, g, m),
        averaged(averaged(v, g, m), g, m),
    ),
    "the velocity starts at the first gradient, not at 0": lambda v, g, m, k: (averaged(v, g, m) if k else g,) * 2,
    "the velocity is divided by 1 - m^k, as in Adam": lambda v, g, m, k: (
        averaged(v, g, m),
        averaged(v, g, m) / (1 - m ** (k + 1)),
    ),
    "1 - m is multiplied in twice": lambda v, g, m, k: (averaged(v, g, m), (1 - m) * averaged(v, g, m)),
    "the old velocity is not multiplied by m": lambda v, g, m, k: (v + (1 - m) * g,) * 2,
    "a momentum of 0 is replaced by 0.9": lambda v, g, m, k: (m * v + 10 * (1 - m) * g,) * 2,
    "momentum is a fixed 0.9, not the net's": lambda v, g, m, k: (averaged(v, g, 0.9),) * 2,
    "momentum is a fixed 0.999, not the net's": lambda v, g, m, k: (averaged(v, g, 0.999),) * 2,
    "momentum is a fixed 0.9": lambda v, g, m, k: (0.9 * v + g,) * 2,
    "momentum is a fixed 0.999": lambda v, g, m, k: (0.999 * v + g,) * 2,
    "the gradient is taken away from the velocity, and the velocity from the weights": lambda v, g, m, k: (
        (m * v - (1 - m) * g,) * 2
    ),
}


def linear_case(rng: Rng, n: int = 6) -> tuple[Net, Array, Array]:
    """Everything positive: the masks are all 1, and no ReLU, wherever it stands, changes anything. Nor does a bias."""
    return network(rng, positive=(1, 2, 3), biases=False), positive_inputs(rng, n), rng.normal(size=(n, 2))


def entry(name: str, index: tuple[Any, ...]) -> str:
    return f"{name}[{', '.join(map(str, index))}]"


def expect_directions(student: Student, rng: Rng, names: tuple[str, ...]) -> None:
    net, x, grad_out = linear_case(rng)
    found, steps = directions(student, net, x, grad_out)
    for name in names:
        if found[name]:
            continue
        asked = f"The step of {name} should follow the derivative of the loss with respect to {name}"
        nothing = not any(np.any(step) for step in steps.values())
        still = f"{asked}, but the net that was passed in did not move at all"
        expect(not nothing, f"{still}: is a copy updated, or nothing?")
        expect(bool(np.any(steps[name])), f"{asked}, but {name} did not move at all: is it left out of the update?")
        for cause, values in wrong_gradients(net, x, grad_out, steps).items():
            if name in values and along(steps[name], values[name]):
                raise AssertionError(f"{asked}. It looks as if {cause}.")
        right = gradients(net, x, grad_out)[name]
        most = np.unravel_index(np.abs(right).argmax(), right.shape)
        expect(steps[name][most] != 0, f"{asked}, but {entry(name, most)} does not move")
        wanted, found_there = right / right[most], steps[name] / steps[name][most]
        worst = np.unravel_index(np.abs(found_there - wanted).argmax(), right.shape)
        times = f"{wanted[worst]:.3f} times as far as {entry(name, most)}, not {found_there[worst]:.3f} times"
        raise AssertionError(f"{asked}; on a small net {entry(name, worst)} should move {times}")


def moved_by_nothing(student: Student, rng: Rng) -> bool:
    """Whether an update without gradient, velocity or momentum moves the weights."""
    net, x, grad_out = linear_case(rng)
    there = student.put(net)
    try:
        advance(student, there, net, x, 0 * grad_out, 1.0)
    except AssertionError:  # no forward pass, and so no cache: charged there
        return False
    # Weights of size 1 to 3 in float32 are rounded by 2e-7 at most; a weight decay of 1e-4 moves them by 1e-4.
    return any(np.abs(step).max() > 3e-6 for step in moved(student, net, there).values())


def momentum_is_fixed(student: Student, net: Net, x: Array, grad_out: Array, lr: float) -> bool:
    """Whether the first step is short, and the same for a momentum of 0 as for another."""
    first = {}
    for m in (0.0, 0.6):
        there = student.put(net | {"momentum": m})
        advance(student, there, net | {"momentum": m}, x, grad_out, lr)
        first[m] = moved(student, net, there)["W3"]
    size = along(first[0.0], gradients(net, x, grad_out)["W3"]) / lr
    return any(np.isclose(size, 1 - m, rtol=2e-3) for m in FIXED) and not same(first[0.6], 0.4 * first[0.0])


def rule_of(steps: Array, grads: Array, m: float, largest: float) -> str | None:
    """Which of RULES these steps follow; the right one is '', and None is none of them."""
    for cause, rule in RULES.items():
        velocity, expected = np.zeros_like(grads[0]), []
        for k, g in enumerate(grads):
            velocity, step = rule(velocity, g, m, k)
            expected.append(step)
        if np.allclose(steps, np.array(expected), rtol=1e-3, atol=1e-3 * largest):
            return cause
    return None


@points(0.5)
@charged_once
def test_the_gradient_of_W3_is_right(student: Student, rng: Rng) -> None:
    expect_directions(student, rng, ("W3",))


@points(0.5)
@charged_once
def test_the_gradient_of_W2_is_right(student: Student, rng: Rng) -> None:
    expect_directions(student, rng, ("W2",))


@points(0.5)
@charged_once
def test_the_gradient_of_W1_is_right(student: Student, rng: Rng) -> None:
    expect_directions(student, rng, ("W1",))


@points(0.75)
@charged_once
def test_the_gradients_of_the_biases_are_right(student: Student, rng: Rng) -> None:
    expect_directions(student, rng, ("b3", "b2", "b1"))


@points(0.75)
@charged_once
def test_each_relu_masks_the_gradient_of_its_own_layer(student: Student, rng: Rng) -> None:
    """Only parameters that are right where all masks are 1 are asked here; the others are charged above."""
    net, x, grad_out = mixed_case(rng)
    before = put_out(student, net, x)
    whole, _ = directions(student, *linear_case(rng))
    sound = tuple(name for name in PARAMETERS if whole[name])
    unseen = "since no gradient of the layers 1 and 2 is right even where the masks let everything through"
    asked = "Each ReLU should mask the gradient of its own layer"
    expect(bool({"W2", "b2", "W1", "b1"} & set(sound)), f"{asked}; it cannot be seen, {unseen}")
    found, steps = directions(student, net, x, grad_out)
    for name in sound:
        for cause, wrong in wrong_masks(net, x, grad_out).items():
            if not found[name] and name in wrong and along(steps[name], wrong[name]):
                partner = ("b" if name[0] == "W" else "W") + name[1]
                at = f" in the gradient of {name}" if found.get(partner) else ""
                raise AssertionError(f"Each ReLU should mask its own layer's gradient. It looks as if {cause}{at}.")
    if not is_right_forward(before, net, x):
        return  # where forward_network is wrong as well, only a known mistake is charged here
    asked = "A ReLU should let the gradient through where its own input is positive, and nowhere else"
    for name in sound:
        expect(bool(found[name]), f"{asked}; the gradient of {name} says otherwise")


@points(0.75)
@charged_once
def test_the_step_is_lr_times_the_gradient_downhill(student: Student, rng: Rng) -> None:
    """The size and the sign of the step, for those parameters whose direction is right."""
    for n, lr in ((8, 0.25), (3, 0.04)):
        net, x, grad_out = linear_case(rng, n)
        before = put_out(student, net, x)
        one, two = (update(student, net, x, grad_out, lr) for _ in range(2))
        found = factors(student, net, x, grad_out, one, before)
        steady = all(same(one[name], two[name]) for name in PARAMETERS)
        again = "The same update of the same net gave another step the second time"
        expect(steady, f"{again}: does lr change from call to call, or is anything kept outside the net?")
        sizes = {name: c / lr for name, c in found.items() if c}
        astray = "The step should be lr times the gradient, but no parameter moves along its gradient"
        expect(bool(sizes), f"{astray}: are only the velocities updated, or a copy?")
        if momentum_is_fixed(student, net, x, grad_out, lr):  # charged where momentum is
            return
        small = factors(student, net, x, grad_out / 1e4, update(student, net, x, grad_out / 1e4, lr), before)
        large = factors(student, net, x, 50 * grad_out, update(student, net, x, 50 * grad_out, lr), before)
        clipped = [name for name in sizes if small[name] and abs(large[name]) < 0.99 * abs(small[name])]
        asked = "The step should be lr times the gradient, however large it is"
        scaled = [name for name in sizes if np.isclose(small[name], 1e4 * sizes[name] * lr, rtol=1e-2)]
        expect(not scaled, f"{asked}. It looks as if the gradient is divided by its own size")
        expect(not clipped, f"{asked}. It looks as if large gradients are clipped")
        for name, size in sizes.items():
            asked = f"With momentum 0 the step of {name} should be lr times its gradient"
            close(size, 1.0, asked, wrong_sizes(n, lr), rtol=2e-3)
    still = moved_by_nothing(student, rng)
    decay = "is there a weight decay, or anything else that is added to the gradient?"
    expect(not still, f"Where grad_out is 0 nothing should move: {decay}")


@points(0.75)
@charged_once
def test_momentum_follows_its_rule_over_several_steps(student: Student, rng: Rng) -> None:
    """Judged from the student's own gradients, read off by an update with momentum 0, sign and size included.

    Velocities are never looked at: their sign and scale are free, and start at 0 here.
    """
    m, lr, count = 0.93, 0.05, 5  # above 0.9, so that a bound there shows, and a number that nobody writes by hand
    net, x, _ = mixed_case(rng)
    net["momentum"] = m
    there = student.put(net)
    steps: dict[str, list[Array]] = {name: [] for name in PARAMETERS}
    grads: dict[str, list[Array]] = {name: [] for name in PARAMETERS}
    for _ in range(count):
        now = net | {name: like(net[name], student.get(there)[name], name) for name in PARAMETERS}
        grad_out = rng.normal(size=(8, 2))
        g = update(student, now | {"momentum": 0.0}, x, grad_out, lr)  # lr times the gradient
        advance(student, there, now, x, grad_out, lr)
        step = moved(student, now, there)
        for name in PARAMETERS:
            steps[name].append(step[name])
            grads[name].append(g[name])
    largest = max(np.abs(step).max() for step in steps.values())
    expect(largest > 1e-7, "The parameters should move by lr times the velocity, but none moved")
    rules = {name: rule_of(np.array(steps[name]), np.array(grads[name]), m, largest) for name in PARAMETERS}
    asked = "With momentum m the velocity should be m v + (1 - m) g, and the step lr v"
    wrong = {name: cause for name, cause in rules.items() if cause != ""}
    if wrong:
        causes = set(wrong.values())
        where = "" if len(wrong) == len(PARAMETERS) else f", for {', '.join(wrong)},"
        cause = causes.pop() if len(causes) == 1 else None
        if cause is None:
            reason = ": is another parameter's velocity used?" if where else ""
            raise AssertionError(f"{asked}, but the steps{where} follow another rule{reason}")
        raise AssertionError(f"{asked}. It looks as if{where} {cause}.")


@points(0.5)
@charged_once
def test_the_net_that_was_passed_in_is_the_one_that_changes(student: Student, rng: Rng) -> None:
    """float32 networks of two sizes, as the lab makes them."""
    for n, sizes in ((5, (3, 4, 2)), (40, (3, 32, 2))):
        net, x = network(rng, sizes, positive=(1, 2, 3)), positive_inputs(rng, n).astype(np.float32)
        net = {k: v.astype(np.float32) if isinstance(v, np.ndarray) else v for k, v in net.items()}
        net["velocities"] = {k: v.astype(np.float32) for k, v in net["velocities"].items()}
        grad_out = rng.normal(size=(n, 2)).astype(np.float32)
        other = student.put(net)
        student.swap("network", other)
        steps = update(student, net, x, grad_out, 0.5)
        if np.any([np.any(step) for step in moved(student, net, other).values()]):
            raise AssertionError("backward_network should update the net passed in, not the global `network`")
        as_before = "backward_network should update the net that was passed in, but its weights are as before"
        moves = any(np.any(step) for step in steps.values())
        expect(moves, f"{as_before}: is a copy updated, or are only the velocities?")
    try:
        forward(student, net, x)
    except AssertionError:  # no forward pass, charged there
        return
    found = []
    for between in (False, True):
        there = student.put(net)
        cache = cache_of(student, there, x)
        if between:
            forward(student, there, 2 * x[::-1] + 1)
        student.hold(student.backward_network, there, cache, grad_out, 0.5)
        found.append(np.concatenate([np.ravel(step) for step in moved(student, net, there).values()]))
    changed = "a forward pass on other rows in between changed its result: is something kept outside the cache?"
    expect(same(*found), f"backward_network should use the cache that it gets, but {changed}")


def is_right_forward(out: Array | None, net: Net, x: Array) -> bool:
    right = output(net, x)
    return out is not None and out.shape == right.shape and same(out, right)


@points(8, "whole")
@charged_once
def test_several_updates_are_right_in_all_six_parameters(student: Student, rng: Rng) -> None:
    """A net with biases and momentum, other rows at every update, and grad_out of the size that mse_loss gives.

    Each step is compared with the one from where the student's net stood before it. Weights in float32 are rounded by
    2e-7 at most, 1e-4 of a step.
    """
    m, lr = 0.93, 0.07
    net = network(rng, (3, 6, 2)) | {"momentum": m}
    there, now, cases, steps = student.put(net), net, [], []
    first = rows_away_from_kinks(net, rng, 8)
    before = put_out(student, net, first)
    for n in (8, 40, 3, 25):
        x = rows_away_from_kinks(now, rng, n)
        grad_out = 2 / n * rng.normal(size=(n, 2))
        advance(student, there, now, x, grad_out, lr)
        cases.append((now, x, grad_out))
        steps.append(moved(student, now, there))
        now = now | {name: now[name] - steps[-1][name] for name in PARAMETERS}
    forward_is_right = all(is_right_forward(put_out(student, *case[:2]), *case[:2]) for case in cases)
    as_it_should_be = is_right_forward(before, net, first) and forward_is_right
    for gradients_of in [gradients] if as_it_should_be else right_gradients(student, net, first, before):
        velocities = {name: np.zeros_like(net[name]) for name in PARAMETERS}
        wrong = ""
        for k, (case, step) in enumerate(zip(cases, steps, strict=True), start=1):
            found = gradients_of(*case)
            velocities = {name: averaged(velocities[name], found[name], m) for name in PARAMETERS}
            largest = max(np.abs(lr * v).max() for v in velocities.values())
            off = {name: np.abs(step[name] - lr * velocities[name]) for name in PARAMETERS}
            worst = max(off, key=lambda name: float(off[name].max()))
            if off[worst].max() > 1e-3 * largest:
                at = np.unravel_index(off[worst].argmax(), off[worst].shape)
                right, yours = lr * velocities[worst][at], step[worst][at]
                wrong = (
                    f"{entry(worst, at)} should go down by {right:.3g} at update {k} of a fresh net, not {yours:.3g}"
                )
                break
        if not wrong:
            return
    raise AssertionError(wrong)


@points(0.5, "form")
@charged_once
def test_one_row_is_enough(student: Student, rng: Rng) -> None:
    """Only of what is right with more rows; what is not is charged above."""
    with_more, _ = directions(student, *linear_case(rng))
    found, _ = directions(student, *linear_case(rng, 1))
    for name in PARAMETERS:
        right = found[name] or not with_more[name]
        expect(bool(right), f"With one row the step of {name} should follow its gradient, as it does with more rows")


@points(0.5, "form")
@charged_once
def test_grad_out_stays_as_it_is(student: Student, rng: Rng) -> None:
    net, x, grad_out = linear_case(rng)
    there, given = student.put(net), student.put(grad_out)
    cache = usable_cache(student, there, net, x, grad_out)
    student.hold(student.backward_network, there, cache, given, 0.5)
    expect(unchanged(grad_out, student.get(given)), "backward_network should not change grad_out")
