"""In the place of what the spiral notebook defines."""

from __future__ import annotations

from typing import Any

import numpy as np

PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")


def weights_of(net: dict[str, Any]) -> Any:
    """All parameters of a network in one row."""
    return np.concatenate([np.ravel(net[name]) for name in PARAMETERS])


class Tape:
    """Stand-ins for q_sample, forward_network and backward_network that write down what they were given.

    The noisy points are 0.25 x0 - 1.5 eps whatever t is, the prediction is a cosine of the input plus net["b3"],
    and an update moves net["b3"] alone, by about a tenth against the sign of the gradient.
    """

    def __init__(self, seed: int, size: float = 0.5, spread: float = 1.0) -> None:
        self.draw, self.size, self.spread = np.random.default_rng(seed), size, spread
        self.noised: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.networks: list[Any] = []  # the parameters of each network that forward_network met, whenever they changed

    def q_sample(self, x0: Any, t: Any, alpha_bars: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        x0 = np.array(x0, dtype=np.float64)
        eps = self.spread * self.draw.normal(size=x0.shape)
        x_t = 0.25 * x0 - 1.5 * eps
        bars = None if alpha_bars is None else np.array(alpha_bars)
        seen = {"x0": x0, "t": np.array(t), "eps": eps, "x_t": x_t, "bars": bars, "update": len(self.updates)}
        self.noised.append(seen)
        return x_t.copy(), eps.copy()

    def forward_network(self, net: dict[str, Any], x: Any, *_: Any, **__: Any) -> tuple[Any, dict[str, Any]]:
        x = np.array(x, dtype=np.float64)
        points = x[:, :2] if x.ndim == 2 and x.shape[1] >= 2 else np.resize(x, (len(np.atleast_1d(x)), 2))
        out = self.size * np.cos(3 * points) + net["b3"]
        weights = weights_of(net)
        if not self.networks or not np.array_equal(weights, self.networks[-1]):
            self.networks.append(weights)
        self.asked.append({"x": x, "out": out, "network": len(self.networks) - 1})
        return out.copy(), {"asked": len(self.asked) - 1}

    def rows(self, of: str) -> Any:
        """All rows that forward_network was asked ("x") or answered ("out"), in order."""
        return np.concatenate([np.atleast_2d(asked[of]) for asked in self.asked]) if self.asked else np.zeros((0, 2))

    def backward_network(
        self, net: dict[str, Any], cache: Any, grad_out: Any, lr: float = 1e-3, *_: Any, **__: Any
    ) -> None:
        if isinstance(grad_out, tuple):
            raise TypeError(
                "grad_out is a tuple, not an array: mse_loss returns two things, its value and its gradient"
            )
        asked = cache.get("asked", -1) if isinstance(cache, dict) else -1
        seen = {"asked": asked, "grad": np.array(grad_out, dtype=np.float64), "lr": float(lr)}
        seen |= {"momentum": float(net["momentum"]), "velocity": bool(np.any(net["velocities"]["b3"]))}
        seen |= {"before": weights_of(net)}
        self.updates.append(seen)
        net["velocities"]["b3"] = np.ones(2)  # a mark that should still be there at the next update
        net["b3"] = net["b3"] - 0.1 * 0.99 ** len(self.updates) * np.sign(np.sum(grad_out))
        seen["after"] = weights_of(net)
