"""In the place of what the spiral notebook defines."""

from __future__ import annotations

from typing import Any


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


Update.__call__.__qualname__ = "backward_network"  # as Python names it where an argument is missing
