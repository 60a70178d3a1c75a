"""What moves the weights: Adam, or Muon for the convolutions in the middle of a network and Adam for all else.

torch.optim.Muon (torch 2.9) takes no convolutions, and always computes in bfloat16: where a CPU does not multiply it, a
step of mnist-laptop's network takes a thread 250 ms in place of 18. So Muon is written out here, in float32.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

SHARE = 20  # Muon's learning rate, of Adam's: its directions have length 1 in every singular vector
MOMENTUM = 0.95
HIDDEN = 8  # channels at least on both sides; the convolutions from and to images have fewer, and Muon is not for them


class MuonAndAdam(torch.optim.Optimizer):
    """Muon for hidden convolutions, with Nesterov's momentum; biases, norms, embeddings and linear layers have Adam.

    A convolution (out, in, k, k) is to Muon the matrix (out, in k k), and its step the orthogonal matrix nearest to the
    averaged gradient (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(params, {"lr": lr})
        weights = self.param_groups[0]["params"]
        hidden = {weight: weight.ndim == 4 and min(weight.shape[:2]) >= HIDDEN for weight in weights}
        self.hidden = [weight for weight in weights if hidden[weight]]
        rest = [weight for weight in weights if not hidden[weight]]
        self.adam = torch.optim.Adam([{"params": rest}], lr, fused=True)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        lr = self.adam.param_groups[0]["lr"] = self.param_groups[0]["lr"]
        self.adam.step()
        for weight in self.hidden:
            if weight.grad is None:
                continue
            state = self.state[weight]
            if not state:
                state["average"] = torch.zeros_like(weight)
            average = state["average"]
            average.lerp_(weight.grad, 1 - MOMENTUM)
            direction = orthogonal(weight.grad.lerp(average, MOMENTUM).flatten(1))
            longer = max(1.0, direction.shape[0] / direction.shape[1]) ** 0.5
            weight.sub_(direction.reshape(weight.shape), alpha=SHARE * lr * longer)

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"adam": self.adam.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.adam.load_state_dict(state_dict["adam"])
        super().load_state_dict({name: state_dict[name] for name in ("state", "param_groups")})


def orthogonal(matrix: Tensor) -> Tensor:
    """The orthogonal matrix nearest to this one, nearly: most singular values lie between 0.7 and 1.2.

    Five Newton-Schulz steps with the coefficients of Jordan et al. 2024, which raise small singular values fast. Each
    is a factor from the left, made of x x^T alone: the factors are gathered, and the long side is multiplied once.
    """
    x = matrix / matrix.norm().clamp(min=1e-7)
    if tall := x.shape[0] > x.shape[1]:
        x = x.T
    square, one = x @ x.T, torch.eye(len(x)).to(x)
    factors = one
    for _ in range(5):
        factor = 3.4445 * one - 4.7750 * square + 2.0315 * square @ square
        factors, square = factor @ factors, factor @ square @ factor
    x = factors @ x
    return x.T if tall else x


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {"adam": torch.optim.Adam, "muon": MuonAndAdam}


def made_for(model: nn.Module, name: str, lr: float) -> torch.optim.Optimizer:
    """The optimizer of this name, for all of a model's parameters."""
    if name not in OPTIMIZERS:
        raise ValueError(f"There is no optimizer {name!r}; there are {', '.join(OPTIMIZERS)}.")
    return OPTIMIZERS[name](model.parameters(), lr=lr)
