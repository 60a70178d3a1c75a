"""In the place of what the spiral notebook defines."""

from __future__ import annotations

from typing import Any

import numpy as np


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
        self.asked.append({"x": x, "out": out})
        return out.copy(), {"asked": len(self.asked) - 1}

    def answers(self) -> Any:
        """All rows that forward_network answered, in order."""
        return np.concatenate([asked["out"] for asked in self.asked]) if self.asked else np.zeros((0, 2))

    def backward_network(
        self, net: dict[str, Any], cache: Any, grad_out: Any, lr: float = 1e-3, *_: Any, **__: Any
    ) -> None:
        asked = cache.get("asked", -1) if isinstance(cache, dict) else -1
        seen = {"asked": asked, "grad": np.array(grad_out, dtype=np.float64), "lr": float(lr)}
        seen |= {"momentum": float(net["momentum"]), "velocity": bool(np.any(net["velocities"]["b3"]))}
        self.updates.append(seen)
        net["velocities"]["b3"] = np.ones(2)  # a mark that should still be there at the next update
        net["b3"] = net["b3"] - 0.1 * 0.99 ** len(self.updates) * np.sign(np.sum(grad_out))
