"""What moves the weights: Adam, or Muon for the convolutions in the middle of a network and Adam for all else."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

SHARE = 20  # Muon's learning rate, of Adam's: its steps are as long as the matrix is wide, whatever the gradient
HIDDEN = 8  # channels at least on both sides; the convolutions from and to images have fewer, and Muon is not for them


class MuonAndAdam(torch.optim.Optimizer):
    """One optimizer to look at, two that work (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).

    Muon takes a step along the orthogonal matrix nearest to the averaged gradient. A convolution (out, in, k, k) is to
    it the matrix (out, in k k). Biases, norms, embeddings and linear layers have Adam at `lr`.

    Raises:
        ValueError: a torch without Muon.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float) -> None:
        if not hasattr(torch.optim, "Muon"):
            raise ValueError(
                f"muon needs torch 2.9 or newer, and this is {torch.__version__}: set training.optimizer=adam, "
                "and twice as many epochs."
            )
        super().__init__(params, {"lr": lr})
        weights = self.param_groups[0]["params"]
        self.hidden = [weight for weight in weights if weight.ndim == 4 and min(weight.shape[:2]) >= HIDDEN]
        self.matrices = [nn.Parameter(as_matrix(weight.detach(), weight)) for weight in self.hidden]
        taken = {id(weight) for weight in self.hidden}
        rest = [weight for weight in weights if id(weight) not in taken]
        self.parts: list[tuple[torch.optim.Optimizer, float]] = []
        if self.matrices:
            self.parts.append((torch.optim.Muon(self.matrices, lr, weight_decay=0.0), SHARE))
        if rest:
            self.parts.append((torch.optim.Adam(rest, lr), 1.0))

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for matrix, weight in zip(self.matrices, self.hidden, strict=True):
            matrix.grad = None if weight.grad is None else as_matrix(weight.grad, weight)
        for part, share in self.parts:
            part.param_groups[0]["lr"] = share * self.param_groups[0]["lr"]
            part.step()

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"parts": [part.state_dict() for part, _ in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        own = dict(state_dict)
        for (part, _), state in zip(self.parts, own.pop("parts"), strict=True):
            part.load_state_dict(state)
        super().load_state_dict(own)


def as_matrix(values: Tensor, weight: Tensor) -> Tensor:
    """Values like a convolution's weight (out, in, k, k) as (out, in k k): of the weight itself a view.

    In channels_last the columns stand in another order, which is the same to Muon.
    """
    return (values if weight.is_contiguous() else values.movedim(1, -1)).flatten(1)


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {"adam": torch.optim.Adam, "muon": MuonAndAdam}


def made_for(model: nn.Module, name: str, lr: float) -> torch.optim.Optimizer:
    """The optimizer of this name, for all of a model's parameters."""
    if name not in OPTIMIZERS:
        raise ValueError(f"There is no optimizer {name!r}; there are {', '.join(OPTIMIZERS)}.")
    return OPTIMIZERS[name](model.parameters(), lr=lr)
