"""Code that runs on any device."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from autograder.student.devices import where
from autograder.tests.devices_net import Buffers, Net, T, Tables, batch, embed, train_step, weights

RIGHT: list[Callable] = []


def right(piece: Callable) -> Callable:
    """A piece of code that runs on any device; it takes the device and returns what should lie there."""
    RIGHT.append(piece)
    return piece


# ---- schedules and adding noise


@right
def coefficients_from_tables_moved_at_use(device):
    x, t = batch(device)
    a, b = Tables().get_coefficients(t)
    return a * x + b * torch.randn_like(x)


@right
def coefficients_by_an_index_moved_to_the_table(device):
    x, t = batch(device)
    s = Tables()
    return s.root[t.to(s.root.device)].to(x.device).view(-1, 1, 1, 1) * x


@right
def coefficients_by_a_cpu_index(device):
    x, t = batch(device)
    return Tables().root[t.cpu()].to(x).reshape(-1, 1, 1, 1) * x


@right
def tables_moved_once_and_kept(device):
    x, t = batch(device)
    s = Tables()
    if s.root.device != x.device:
        s.root = s.root.to(x.device)
    return s.root[t][:, None, None, None] * x


@right
def tables_made_on_the_device(device):
    x, t = batch(device)
    s = Tables(device)
    a = s.root.gather(0, t).reshape(len(t), *([1] * (x.dim() - 1)))
    return a.expand_as(x) * x + s.other.index_select(0, t).view(-1, 1, 1, 1) * torch.randn(x.shape, device=x.device)


@right
def a_gpu_table_read_by_a_cpu_index(device):
    s = Tables(device)
    return s.root[torch.tensor([1, 2, 3])] + s.root[[4, 5, 6]] + s.root[7] + s.root[torch.tensor(8)]


@right
def a_cpu_table_read_by_one_number_of_the_gpu(device):
    x, t = batch(device)
    s = Tables()
    return torch.stack([s.root[n].to(x.device) for n in t]) + s.root[t[0]]


@right
def a_coefficient_as_python_float(device):
    x, t = batch(device)
    s = Tables()
    return torch.stack([s.root[i].item() * x[n] for n, i in enumerate(t.tolist())])


@right
def a_cpu_number_joins_elementwise(device):
    x, _ = batch(device)
    a = Tables().root[3]
    return torch.where(x > a, a * x, a).clamp(max=a) + (1 - a).sqrt() - torch.tensor(0.5)


@right
def buffers_that_travel_with_the_module(device):
    x, t = batch(device)
    s = Buffers().to(device)
    return s.root[t].view(-1, 1, 1, 1) * x + s.other[t].view(-1, 1, 1, 1) * torch.randn_like(x)


@right
def buffers_from_a_state_dict(device):
    _, t = batch(device)
    s = Buffers().to(device=device)
    s.load_state_dict({k: v.cpu() * 2 for k, v in Buffers().state_dict().items()})
    return s.root[t]


@right
def tables_as_an_embedding(device):
    _, t = batch(device)
    return F.embedding(t, Tables(device).root[:, None]) + nn.Embedding.from_pretrained(torch.eye(T)).to(device)(t)


@right
def noise_drawn_with_a_generator_and_moved(device):
    x, _ = batch(device)
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(3)).to(x.device) + x


@right
def noise_in_four_ways(device):
    x, _ = batch(device)
    return (
        torch.randn(*x.shape, device=x.device, dtype=x.dtype)
        + torch.empty_like(x).normal_()
        + x.new_empty(x.shape).normal_()
        + torch.normal(torch.zeros_like(x), torch.ones_like(x))
        + torch.normal(0.0, 1.0, x.shape, device=device)
    )


@right
def noise_from_a_distribution(device):
    x, _ = batch(device)
    return torch.distributions.Normal(torch.zeros_like(x), 1.0).sample()


# ---- time embeddings


@right
def embedding_with_device_in_arange(device):
    return embed(batch(device)[1])


@right
def embedding_moved_afterwards(device):
    _, t = batch(device)
    freqs = torch.exp(-math.log(10000) * torch.arange(0, 4).float() / 4).to(t.device)
    return torch.cat((torch.sin(t[:, None] * freqs), torch.cos(t[:, None] * freqs)), -1)


@right
def embedding_from_numpy_frequencies(device):
    _, t = batch(device)
    freqs = torch.from_numpy(np.exp(-np.log(10000) * np.arange(4) / 4)).to(t.device, torch.float32)
    return torch.einsum("b,k->bk", t.float(), freqs)


@right
def embedding_by_outer_and_as_tensor(device):
    _, t = batch(device)
    freqs = torch.as_tensor([10000 ** (-k / 4) for k in range(4)], device=t.device)
    return torch.outer(t.to(torch.float32), freqs) + torch.tensor(np.arange(4.0), device=device)


@right
def embedding_with_a_buffer(device):
    class Embedding(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("freqs", torch.logspace(0, -4, 4), persistent=False)

        def forward(self, t):
            out = torch.zeros(len(t), 8, device=t.device)
            out[:, 0::2] = torch.sin(t.unsqueeze(-1) * self.freqs)
            out[:, 1::2] = torch.cos(t.unsqueeze(-1) * self.freqs)
            return out

    return Embedding().to(device)(batch(device)[1])


@right
def embedding_written_into_out(device):
    _, t = batch(device)
    out = torch.empty(4, device=device)
    return torch.mul(t, t.new_full((4,), 2), out=out) + t.type_as(out)


# ---- models


@right
def a_model_moved_in_four_ways(device):
    x, t = batch(device)
    net = Net()
    before = list(net.parameters())
    moved = net.to(torch.device(device)).to(device=device).to(x) if str(device) == "cpu" else net.cuda().to("cuda:0")
    assert all(a is b for a, b in zip(before, moved.parameters(), strict=True)), "parameters keep their identity"
    assert all(p.device == x.device for p in moved.parameters())
    return moved(x, t)


@right
def a_model_made_there(device):
    layer = nn.Linear(4, 2, device=device)
    with torch.device(device):
        other = nn.Linear(2, 3)
    return other(layer(torch.ones(5, 4, device=device)))


@right
def a_default_device(device):
    torch.set_default_device(device)
    try:
        x = torch.ones(3, 1, 8, 8)
        return Net()(x, torch.arange(3)) + torch.zeros_like(x) + torch.tensor([1.0])
    finally:
        torch.set_default_device(None)


@right
def a_model_there_and_back(device):
    x, t = batch(device)
    net = Net().to(device)
    copied = copy.deepcopy(net)
    back = net.cpu()(x.cpu(), t.cpu())
    assert where(back) == "cpu"
    return back.to(device) + copied(x, t)


@right
def a_film_block_with_dropout_and_batch_norm(device):
    x, t = batch(device)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.2), nn.SiLU()).to(device)
    scale, shift = nn.Linear(8, 8, device=device)(embed(t))[..., None, None].chunk(2, dim=1)
    return net(x) * (1 + scale) + shift


@right
def attention(device):
    net = nn.MultiheadAttention(8, 2, batch_first=True).to(device)
    x = torch.randn(2, 5, 8, device=device)
    return net(x, x, x)[0] + F.scaled_dot_product_attention(x, x, x)


@right
def upsampling_with_skips(device):
    x, _ = batch(device)
    up = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="nearest")
    return torch.cat([up, F.pad(x, (1, 1, 1, 1))[:, :, 1:-1, 1:-1]], dim=1).flip(-1)


# ---- training


def losses(device: Any, make: Callable, steps: int = 4) -> torch.Tensor:
    torch.manual_seed(1)
    net = Net().to(device)
    optimizer, s = make(net.parameters()), Tables()
    values = [train_step(net, optimizer, torch.rand(4, 1, 8, 8), s, device) for _ in range(steps)]
    return torch.cat([torch.tensor(values, device=device), weights(net)])


OPTIMIZERS = {
    "adam": lambda p: optim.Adam(p, lr=1e-2),
    "adam_foreach": lambda p: optim.Adam(p, lr=1e-2, foreach=True, amsgrad=True),
    "adam_for_loop": lambda p: optim.Adam(p, lr=1e-2, foreach=False, weight_decay=0.1),
    "adam_fused": lambda p: optim.Adam(p, lr=1e-2, fused=True),
    "adamw": lambda p: optim.AdamW(p, lr=1e-2),
    "adamw_for_loop": lambda p: optim.AdamW(p, lr=1e-2, foreach=False),
    "sgd": lambda p: optim.SGD(p, lr=1e-2),
    "sgd_momentum": lambda p: optim.SGD(p, lr=1e-2, momentum=0.9, nesterov=True, foreach=True),
    "sgd_for_loop": lambda p: optim.SGD(p, lr=1e-2, momentum=0.9, foreach=False),
    "rmsprop": lambda p: optim.RMSprop(p, lr=1e-3, momentum=0.5, centered=True),
    "rmsprop_for_loop": lambda p: optim.RMSprop(p, lr=1e-3, foreach=False),
    "adagrad": lambda p: optim.Adagrad(p, lr=1e-2),
    # By default these take their foreach path on a GPU only, and it rounds differently.
    "nadam": lambda p: optim.NAdam(p, lr=1e-2, foreach=True),
    "radam": lambda p: optim.RAdam(p, lr=1e-2, foreach=True),
}


def _training_with(make: Callable) -> Callable:
    return lambda device: losses(device, make)


for _name, _make in OPTIMIZERS.items():
    _piece = _training_with(_make)
    _piece.__name__ = f"training_with_{_name}"
    right(_piece)


@right
def training_in_a_closure(device):
    x, t = batch(device)
    net = Net().to(device)
    for optimizer in (optim.SGD(net.parameters(), lr=0.1), optim.LBFGS(net.parameters(), max_iter=3)):

        def closure(optimizer=optimizer):
            optimizer.zero_grad(set_to_none=False)
            loss = (net(x, t) - x).pow(2).mean()
            loss.backward()
            return loss

        optimizer.step(closure)
    return weights(net)


@right
def clipping_in_every_way(device):
    x, t = batch(device)
    net = Net().to(device)
    for clip in (
        lambda: nn.utils.clip_grad_norm_(net.parameters(), 1.0, foreach=True),
        lambda: nn.utils.clip_grad_norm_(net.parameters(), 1.0, foreach=False, norm_type=math.inf),
        lambda: nn.utils.clip_grad_value_(net.parameters(), 1e-3),
    ):
        net.zero_grad()
        F.l1_loss(net(x, t), torch.zeros(1, device=x.device).expand_as(x)).backward()
        norm = clip()
        assert norm is None or where(norm) == where(x)
    total = torch.sqrt(sum((p.grad**2).sum() for p in net.parameters()))
    for p in net.parameters():
        assert p.grad.device == p.device
        p.grad.mul_(min(1.0, 1.0 / (total.item() + 1e-6)))
        p.data -= 0.1 * p.grad
        p.grad = None
    return weights(net)


@right
def an_update_by_hand(device):
    x, t = batch(device)
    net = Net().to(device)
    gradients = torch.autograd.grad(F.huber_loss(net(x, t), x), list(net.parameters()), create_graph=True)
    sum(g.square().sum() for g in gradients).backward()
    with torch.no_grad():
        for p, g in zip(net.parameters(), gradients, strict=True):
            p.sub_(0.1 * g + 0.01 * p.grad)
    return weights(net)


@right
def an_epoch_over_a_loader_on_the_cpu(device):
    net, s = Net().to(device), Tables()
    optimizer, total = optim.Adam(net.parameters(), lr=0.001), 0.0
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 3)
    loader = DataLoader(TensorDataset(torch.rand(12, 1, 8, 8), torch.arange(12)), batch_size=4, shuffle=True)
    for x, _ in loader:
        total += train_step(net, optimizer, x, s, device)
        schedule.step()
    return torch.full((1,), total / len(loader), device=device)


@right
def losses_summed_on_the_device(device):
    x, t = batch(device)
    net, total, seen = Net().to(device), torch.zeros((), device=device), 0
    for _ in range(2):
        total += F.mse_loss(net(x, t), torch.ones_like(x)).detach() * x.size(0)
        seen += x.size(0)
    history = [
        float(total),
        total.cpu().numpy().item(),
        np.asarray(total.cpu()).item(),
        total.tolist(),
        int(total),
    ]
    assert np.isclose(history[:4], history[0]).all()
    return total / seen + torch.tensor([v.item() for v in net.last.bias], device=device).sum()


@right
def a_running_mean_of_weights(device):
    net = Net().to(device)
    mean = copy.deepcopy(net).requires_grad_(False)
    average = optim.swa_utils.AveragedModel(net, multi_avg_fn=optim.swa_utils.get_ema_multi_avg_fn(0.9))
    losses_of = optim.Adam(net.parameters())
    for _ in range(2):
        train_step(net, losses_of, torch.rand(4, 1, 8, 8), Tables(), device)
        average.update_parameters(net)
        for m, p in zip(mean.parameters(), net.parameters(), strict=True):
            m.lerp_(p.detach(), 0.1)
    return weights(mean) + weights(average.module)


@right
def an_optimizer_that_is_resumed(device):
    net = Net().to(device)
    first = optim.Adam(net.parameters())
    train_step(net, first, torch.rand(2, 1, 8, 8), Tables(), device)
    second = optim.Adam(net.parameters())
    second.load_state_dict(first.state_dict())
    train_step(net, second, torch.rand(2, 1, 8, 8), Tables(), device)
    return weights(net)


@right
def gradients_cross_the_border(device):
    w = torch.ones(3, requires_grad=True)
    (w.to(device) * torch.arange(3, device=device)).sum().cpu().backward()
    assert w.grad.tolist() == [0, 1, 2] and w.grad.device == w.device == torch.device("cpu")
    return w.grad.to(device)


@right
def sampling_step_by_step(device):
    net, s = Net().to(device).eval(), Tables()
    x = torch.randn(2, 1, 8, 8, device=device)
    frames = []
    with torch.no_grad():
        for i in reversed(range(3)):
            t = torch.full((2,), i, device=device, dtype=torch.long)
            x = (x - s.betas[i] * net(x, t)) / (1 - s.betas[i]).sqrt()
            x += s.betas[i].sqrt() * torch.randn_like(x) if i > 0 else 0
            frames.append(x.cpu().numpy())
    assert np.stack(frames).shape == (3, 2, 1, 8, 8)
    return x.clamp_(-1, 1)


@right
def small_conveniences(device):
    x, t = batch(device)
    x = x.pin_memory() if x.device.type == "cpu" and torch.cuda.is_available() else x
    y = torch.zeros(4, 1, 8, 8, device=device)
    y[:2] = x[:2].cpu()  # a slice is copied across, a mask is not
    y[t > 3] = x[t > 3]
    y[t.cpu() > 5] = torch.tensor(2.0)
    y.copy_(torch.ones(8, 8)).masked_fill_(x > 0, 0.5)
    scalars = torch.arange(int(t.max()), device=device).sum() + x.new_tensor([1.0, 2.0])[0]
    assert len(repr(x)) and f"{scalars:.1f}" and bool(scalars > 0) and x.numpy(force=True).shape == x.shape
    return (
        nn.utils.parameters_to_vector([y, x.to(torch.float64).float(), x.type(torch.FloatTensor).to(device)]) + scalars
    )


@right
def mapped_over_the_batch(device):
    x, t = batch(device)
    return torch.vmap(lambda image, moment: image * moment.float().sin())(x, t)
