"""Code that a real GPU refuses, and the CPU does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from autograder.student.instruments.sampling import generator
from autograder.tests.devices_net import Net, T, Tables, batch

WRONG: list[Any] = []


def wrong(sentence: str) -> Callable:
    """A piece that passes on the CPU, and that a real GPU refuses with the reason in `sentence`."""

    def note(piece: Callable) -> Callable:
        WRONG.append(pytest.param(piece, sentence, id=piece.__name__))
        return piece

    return note


@wrong("table .* lies on the CPU, the index .* lies on the GPU; index with timesteps.to")
def seed_001_get_coefficients(device):
    _, t = batch(device)
    return Tables().root[t][:, None, None, None]


@wrong(r"`\*` mixes devices: the second tensor \(shape 1x4\) lies on the CPU, the first tensor .* on the GPU")
def arange_without_a_device(device):
    _, t = batch(device)
    return t[:, None] * torch.exp(-torch.arange(4) / 4)[None]


@wrong("`embedding` mixes devices: the index .* lies on the CPU, the table .* lies on the GPU")
def timesteps_left_on_the_cpu_for_an_embedding(device):
    return nn.Embedding(T, 4).to(device)(torch.randint(0, T, (4,)))


@wrong("`gather` mixes devices: the index .* lies on the CPU, the table")
def gather_with_timesteps_left_on_the_cpu(device):
    return Tables(device).root.gather(0, torch.tensor([1, 2]))


@wrong("`linear` mixes devices: the input .* lies on the CPU, the weight .* lies on the GPU")
def timesteps_left_on_the_cpu_for_a_model(device):
    return Net().to(device)(batch(device)[0], torch.randint(0, T, (4,)))


@wrong(r"`\*` mixes devices")
def noise_drawn_on_the_cpu(device):
    x, t = batch(device)
    return Tables().get_coefficients(t)[0] * torch.randn(x.shape)


@wrong("`conv2d` mixes devices: .* move the data")
def images_not_moved(device):
    _, t = batch(device)
    return Net().to(device)(torch.rand(4, 1, 8, 8), t)


@wrong("`conv2d` mixes devices: the weight .* lies on the CPU, the input")
def a_model_left_on_the_cpu(device):
    return Net()(*batch(device))


@wrong("the target .* lies on the CPU, the prediction .* lies on the GPU")
def a_target_left_on_the_cpu(device):
    x, t = batch(device)
    return F.mse_loss(Net().to(device)(x, t), torch.zeros(4, 1, 8, 8))


@wrong("`group_norm` mixes devices")
def one_layer_left_behind(device):
    norm = [nn.GroupNorm(1, 1)]  # a plain list hides the layer from .to
    return norm[0](batch(device)[0])


@wrong("numpy")
def numpy_without_cpu(device):
    return batch(device)[0].numpy()


@wrong("numpy")
def asarray_without_cpu(device):
    return np.asarray(batch(device)[0].mean())


@wrong("numpy")
def numpy_of_a_list_of_losses(device):
    return np.mean([x.mean() for x in batch(device)[0]])


@wrong("`cat` mixes devices")
def cat_of_two_places(device):
    x, _ = batch(device)
    return torch.cat([x, torch.zeros(4, 1, 8, 8)], dim=1)


@wrong("`stack` mixes devices")
def stack_of_single_numbers(device):
    x, _ = batch(device)
    return torch.stack([x.mean(), torch.tensor(0.0)])


@wrong(r"`\+` mixes devices")
def a_running_total_on_the_cpu(device):
    total = torch.tensor(0.0)
    total += batch(device)[0].mean()
    return total


@wrong(r"`\+` mixes devices")
def a_gpu_number_does_not_join_the_cpu(device):
    return torch.zeros(3) + batch(device)[0].mean()


@wrong(r"`\*` mixes devices: the third tensor")
def out_on_the_wrong_side(device):
    x, _ = batch(device)
    return torch.mul(x, x, out=torch.empty(4, 1, 8, 8))


@wrong("generator lies on the CPU")
def a_cpu_generator_for_the_gpu(device):
    return torch.randn(3, device=device, generator=torch.Generator().manual_seed(0))


@wrong("draws on the CPU, but its generator lies on the GPU")
def a_gpu_generator_for_the_cpu(device):
    return torch.randn(3, generator=generator(0, device)).to(device)


@wrong("the table .* lies on the CPU, the mask .* lies on the GPU")
def a_gpu_mask_for_a_cpu_tensor(device):
    _, t = batch(device)
    return torch.arange(4)[t > 3]


@wrong("table.index. = value` mixes devices: the value .* lies on the CPU")
def masked_values_from_the_other_side(device):
    x, t = batch(device)
    x[t > 3] = torch.zeros(2, 1, 8, 8)


@wrong("mixes devices")
def a_tensor_that_was_no_buffer(device):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.ones(8)

    return Block().to(device).scale * batch(device)[0]


@wrong("the gradient .* lies on the CPU, the parameter .* lies on the GPU")
def a_gradient_from_the_other_side(device):
    p = nn.Parameter(torch.zeros(3, device=device))
    p.grad = torch.zeros(3)


@wrong("mixes devices")
def einsum_of_two_places(device):
    return torch.einsum("b,k->bk", batch(device)[1].float(), torch.ones(4))


@wrong("mixes devices")
def mapped_with_numbers_of_another_place(device):
    return torch.vmap(lambda image: image * torch.ones(8))(batch(device)[0])
