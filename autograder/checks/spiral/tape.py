"""Stand-ins for the functions of other TODOs, which write down on the judge's side what they were given."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.size import MOST, size_of
from autograder.checks.spiral.common import Array, Rng
from autograder.checks.spiral.network import weights_of
from autograder.checks.words import array, expect
from autograder.judge.conversation import Student

Call = dict[str, Any]  # a call of a stand-in, and what was recovered of it


def cosine(x: Array, size: float) -> Array:
    """The prediction for rows of input, whatever their shape is, before b3 is added."""
    points = x[:, :2] if x.ndim == 2 and x.shape[1] >= 2 else np.resize(x, (len(np.atleast_1d(x)), 2))
    predicted: Array = size * np.cos(3 * points)
    return predicted


class Tape:
    """In the place of q_sample, forward_network and backward_network.

    The noisy points are 0.25 x0 - 1.5 eps whatever t is, the prediction is a cosine of the input plus net["b3"],
    and an update moves net["b3"] alone, by about a tenth against the sign of the gradient.
    """

    def __init__(self, draw: Rng, size: float = 0.5, spread: float = 1.0) -> None:
        self.draw, self.size, self.spread = draw, size, spread
        self.noised: list[Call] = []
        self.asked: list[Call] = []
        self.updates: list[Call] = []
        self.networks: list[Array] = []  # the parameters of each network that forward_network met, when they changed
        self.taken = 0  # numbers that were handed over

    def put_in(self, student: Student) -> None:
        student.swap("q_sample", self.q_sample)
        student.swap("forward_network", self.forward_network)
        student.swap("backward_network", student.instrument("Update", self.update))

    def take(self, value: Any) -> Array:
        """A copy of what was handed over; in all it is no more than any check has use for."""
        self.taken += size_of(value)
        expect(self.taken <= MOST, "The functions of other TODOs are handed far more numbers than there are points for")
        return np.array(value, dtype=np.float64)

    def q_sample(self, x0: Any, t: Any, alpha_bars: Any, *_: Any, **__: Any) -> tuple[Array, Array]:
        x0 = self.take(x0)
        eps = self.spread * self.draw.normal(size=x0.shape)
        x_t = 0.25 * x0 - 1.5 * eps
        bars = None if alpha_bars is None else self.take(alpha_bars)
        seen = {"x0": x0, "t": self.take(t), "eps": eps, "x_t": x_t, "bars": bars, "update": len(self.updates)}
        self.noised.append(seen)
        return x_t, eps

    def forward_network(self, net: dict[str, Any], x: Any, *_: Any, **__: Any) -> tuple[Array, dict[str, Any]]:
        x, weights = self.take(x), self.take(weights_of(net))
        out = cosine(x, self.size) + np.reshape(net["b3"], 2)
        if not self.networks or not np.array_equal(weights, self.networks[-1]):
            self.networks.append(weights)
        self.asked.append({"x": x, "out": out, "network": len(self.networks) - 1})
        return out, {"asked": len(self.asked) - 1}

    def update(self, net: dict[str, Any], cache: Any, grad_out: Any, lr: Any) -> tuple[Array, Array]:
        """What becomes of b3 and its velocity: that is a mark that should still be there at the next update."""
        asked = cache.get("asked", -1) if isinstance(cache, dict) else -1
        before, velocity = self.take(weights_of(net)), net["velocities"]["b3"]
        seen = {"asked": asked, "grad": self.take(grad_out), "lr": float(lr)}
        seen |= {"momentum": float(net["momentum"]), "velocity": bool(np.any(velocity)), "before": before}
        self.updates.append(seen)
        b3 = net["b3"] - 0.1 * 0.99 ** len(self.updates) * np.sign(np.sum(grad_out))
        seen["after"] = weights_of(net | {"b3": b3})
        return b3, np.ones(2)

    def rows(self, of: str) -> Array:
        """All rows that forward_network was asked ("x") or answered ("out"), in order."""
        return np.concatenate([np.atleast_2d(asked[of]) for asked in self.asked]) if self.asked else np.zeros((0, 2))


def rows_of(calls: list[Call]) -> dict[str, Array]:
    """What q_sample handed out in these calls, row by row."""
    rows = {k: np.concatenate([np.reshape(call[k], (-1, 2)) for call in calls]) for k in ("x0", "x_t", "eps")}
    spread = [np.broadcast_to(np.ravel(call["t"]), np.size(call["x0"]) // 2) for call in calls]
    return rows | {"t": np.concatenate(spread).astype(np.float64)}


class Asked:
    """In the place of forward_network for thousands of points, which some ask one by one: too many calls to tell.

    What was asked is kept on the student's side. What was answered follows from it here, so a question that was written
    in there, and never put, has to be answered as well.
    """

    def __init__(self, student: Student, size: float) -> None:
        self.size, self.forward_network = size, student.instrument("Cosine", size)

    @property
    def networks(self) -> list[Array]:
        return list(self.forward_network.networks)

    def rows(self, of: str) -> Array:
        """All rows that it was asked ("x") or answered ("out"), in order."""
        x = array(self.forward_network.rows(), "the network's input")
        return x if of == "x" else cosine(x, self.size)
