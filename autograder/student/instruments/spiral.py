"""In the place of what the spiral notebook defines."""

from __future__ import annotations

from typing import Any

import numpy as np

PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")


class Cosine:
    """In the place of forward_network: a cosine of the input. Keeps what it is asked, and of which networks."""

    def __init__(self, size: float) -> None:
        self.size = size
        self.asked: list[Any] = []
        self.networks: list[Any] = []  # all parameters of each in one row, whenever they changed

    def __call__(self, net: dict[str, Any], x: Any, *_: Any, **__: Any) -> tuple[Any, dict[str, Any]]:
        x = np.array(x, dtype=np.float64)
        weights = np.concatenate([np.ravel(net[name]) for name in PARAMETERS])
        if not self.networks or not np.array_equal(weights, self.networks[-1]):
            self.networks.append(weights)
        self.asked.append(x)
        points = x[:, :2] if x.ndim == 2 and x.shape[1] >= 2 else np.resize(x, (len(np.atleast_1d(x)), 2))
        return self.size * np.cos(3 * points) + net["b3"], {}

    def rows(self) -> Any:
        return np.concatenate([np.atleast_2d(x) for x in self.asked]) if self.asked else np.zeros((0, 2))


class Update:
    """In the place of backward_network: the judge hears what it is given, and says where b3 and its velocity go."""

    def __init__(self, tell: Any) -> None:
        self.tell = tell

    def __call__(self, net: dict[str, Any], cache: Any, grad_out: Any, lr: float = 1e-3, *_: Any, **__: Any) -> None:
        if isinstance(grad_out, tuple):
            raise TypeError(
                "grad_out is a tuple, not an array: mse_loss returns two things, its value and its gradient"
            )
        net["b3"], net["velocities"]["b3"] = self.tell(net, cache, grad_out, lr)


Cosine.__call__.__qualname__ = "forward_network"  # as Python names them where an argument is missing
Update.__call__.__qualname__ = "backward_network"
