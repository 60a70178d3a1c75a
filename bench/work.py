"""How much arithmetic and memory a model asks for."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def training_flops(model: nn.Module) -> int:
    """Floating-point operations of one 28 x 28 image forward and back; only matrix products and convolutions count."""
    device = next(model.parameters()).device
    image, t = torch.randn(1, 1, 28, 28, device=device), torch.zeros(1, dtype=torch.long, device=device)
    with FlopCounterMode(display=False) as counter:
        model(image, t).sum().backward()
    model.zero_grad()
    return counter.get_total_flops()


def kept_for_backward(model: nn.Module, batch: int, amp: torch.dtype | None = None) -> int:
    """Bytes of activations that a batch of 28 x 28 images keeps for the way back, each block of memory once."""
    device = next(model.parameters()).device
    own, blocks = {parameter.data_ptr() for parameter in model.parameters()}, {}

    def note(x: Tensor) -> Tensor:
        if x.data_ptr() not in own:
            blocks[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    images, t = torch.randn(batch, 1, 28, 28, device=device), torch.zeros(batch, dtype=torch.long, device=device)
    with (
        torch.autocast(device.type, amp, enabled=amp is not None),
        torch.autograd.graph.saved_tensors_hooks(note, lambda x: x),
    ):
        kept = model.train()(images, t)  # the graph holds the blocks, so that no address serves twice
    del kept
    return sum(blocks.values())
