"""In the place of what the mnist notebook defines, and models of a few numbers that keep what they see."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from autograder.student import devices
from autograder.student.instruments.networks import expect_beside

TABLES = ("betas", "alphas", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod")


class Schedule:
    """In the place of NoiseScheduler: the judge's own tables, and the notebook's way to look them up."""

    sqrt_alphas_cumprod: torch.Tensor
    sqrt_one_minus_alphas_cumprod: torch.Tensor

    def __init__(self, num_timesteps: int = 1000, beta_start: Any = None, beta_end: Any = None, **tables: Any) -> None:
        self.num_timesteps, self.ends = num_timesteps, [beta_start, beta_end]
        self.__dict__ |= dict.fromkeys(TABLES, torch.zeros(int(num_timesteps))) | tables

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'NoiseScheduler' object has no attribute {name!r}")  # the name that the student knows

    def to(self, *_: Any, **__: Any) -> Schedule:
        """A student's own may be an nn.Module, and moved; these tables stay."""
        return self

    def get_coefficients(self, timesteps: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = []
        for table in (self.sqrt_alphas_cumprod, self.sqrt_one_minus_alphas_cumprod):
            found.append(table[timesteps.to(table.device)].to(timesteps.device)[:, None, None, None])
        return tuple(found)


class Noising:
    """In the place of add_noise: 0.25 x_0 - 1.5 noise whatever t is; where no noise comes, the one that `draw` gives.

    `tell` hears of each call.
    """

    def __init__(self, draw: Any, tell: Any) -> None:
        self.draw, self.tell = draw, tell

    def __call__(self, x_0: Any, timestep: Any, scheduler: Any, noise: Any = None) -> tuple[torch.Tensor, torch.Tensor]:
        own = noise is not None
        noise = noise if own else self.draw(len(x_0))
        expect_beside(timestep, x_0)
        x_t = 0.25 * x_0 - 1.5 * noise
        seen = {"x_0": x_0, "t": torch.as_tensor(timestep), "noise": noise}
        self.tell(seen | {"own": own, "scheduler": scheduler})
        return x_t, noise


class Waves(nn.Module):
    """In the place of TimeEmbedding: column k of timestep t is ((7 t + 3 k) mod 11) / 11."""

    def __init__(self, embedding_dim: int = 128, **_: Any) -> None:
        super().__init__()
        self.dim = embedding_dim

    def forward(self, timestep: torch.Tensor) -> torch.Tensor:
        k = torch.arange(self.dim, device=timestep.device)
        return ((7 * timestep[:, None] + 3 * k) % 11).float() / 11


class Block(nn.Module):
    """In the place of ResidualBlock: tanh of a 1x1 convolution, plus a linear map of the embedding."""

    tell: Any = staticmethod(lambda *_: None)  # of each call: the block, and the embedding that it got

    def __init__(self, in_channels: int, out_channels: int, *size: int, **named: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(in_channels, out_channels, 1)
        self.embed = nn.Linear((*size, *named.values(), 128)[0], out_channels)

    def forward(self, x: torch.Tensor, time_embedding: torch.Tensor) -> torch.Tensor:
        self.tell(self, torch.as_tensor(time_embedding))
        return self.mix(x).tanh() + self.embed(time_embedding)[:, :, None, None]


class Net(nn.Module):
    """In the place of SimpleUNet where nothing is asked of it but to be there, with layers of the same names."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()
        for name in ("init_conv", "down_res1", "down_conv1", "down_res2", "down_conv2", "middle_res", "up_conv2"):
            self.add_module(name, nn.Conv2d(1, 1, 1))
        for name in ("up_res2", "up_conv1", "up_res1", "final_norm", "final_conv"):
            self.add_module(name, nn.Conv2d(1, 1, 1))

    def forward(self, x: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        return self.final_conv(x)  # type: ignore[operator]  # a layer: torch says a tensor or one


class Probe(nn.Module):
    """A model of three numbers, scale (gain x + slope t / 8 + shift). Starts in eval mode; tells what it sees."""

    def __init__(self, gain: float, slope: float, shift: float, scale: float, tell: Any) -> None:
        super().__init__()
        self.gain, self.slope, self.shift = (nn.Parameter(torch.tensor(start)) for start in (gain, slope, shift))
        self.scale, self.tell = scale, tell
        self.eval()

    def forward(self, x: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        if not isinstance(x, torch.Tensor):
            kind = type(x).__name__
            raise TypeError(f"the model takes images, but it is given a {kind}: add_noise returns x_t and the noise")
        t = torch.as_tensor(timestep)
        expect_beside(timestep, x)
        self.tell({"x": x, "t": t, "training": self.training, "numbers": self.numbers()})
        return self.scale * (self.gain * x + self.slope * t.float().reshape(-1, 1, 1, 1) / 8 + self.shift)

    def numbers(self) -> list[float]:
        return [parameter.item() for parameter in self.parameters()]


class Ordinary(nn.Module):
    """A small network as anyone builds them: a convolution, what it is told of t, and another convolution."""

    def __init__(self, channels: int, width: int, T: int, tell: Any) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(channels, width, 3, padding=1), nn.Conv2d(width, channels, 3, padding=1)
        self.time = nn.Embedding(T, width)
        self.tell = tell

    def forward(self, x: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        self.tell({"x": x, "t": torch.as_tensor(timestep)})
        return self.last(torch.tanh(self.first(x) + self.time(timestep.long())[:, :, None, None]))


def plain_sgd(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=lr)


class LoggingSGD(torch.optim.SGD):
    """Plain SGD that tells the gradients of each step, and finds `stale` ones stored when it is made.

    Its parameters come in two groups: the model's first one, and the others.
    """

    def __init__(self, model: nn.Module, lr: float, stale: float, tell: Any) -> None:
        first, *others = model.parameters()
        super().__init__([{"params": [first]}, {"params": others}], lr=lr)
        self.tell = tell
        for parameter in model.parameters():
            self.state[parameter]["seen"] = 1  # something to lose
            parameter.grad = torch.full_like(parameter, stale)

    def step(self, closure: Any = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        self.tell([0.0 if p.grad is None else p.grad.item() for p in parameters])
        super().step()
        return loss


def about_a_step(model: Any, device: Any, given: Any, own: Probe, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Whether the model is in train mode, None where it has none; whether the device is the one that was given; and the
    state of the check's own model and optimizer."""
    about = {"training": getattr(model, "training", None), "given_device": str(device) == str(given)}
    return about | {"state": training_state(own, optimizer)}


def training_state(model: Probe, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """What only a step should change, and what nothing should, in plain data."""
    groups = [{name: group.get(name) for name in optimizer.defaults} for group in optimizer.param_groups]
    return {
        "recording": torch.is_grad_enabled(),
        "weights": model.numbers(),
        "trained": [weight.requires_grad for weight in model.parameters()],
        "learning rate": [float(group.pop("lr") or 0) for group in groups],
        "settings": str(groups),
        "memory": [optimizer.state[weight].get("seen", 0) for weight in model.parameters()],
    }


ADAM = ("betas", "eps", "weight_decay", "amsgrad", "maximize")
Adam, AdamW = torch.optim.Adam, torch.optim.AdamW  # what they are before student code runs


def about_an_epoch(
    model: Any, optimizer: Any, loader: Any, scheduler: Any, device: Any, given: Any, screen: Any, epoch: int
) -> dict[str, Any]:
    """What train_epoch was handed, in plain data; `given` is the notebook's train_loader. On the screen the epoch's
    number parts what was printed before it from what comes after."""
    screen.write(f"\n<epoch {epoch}>\n")
    groups = getattr(optimizer, "param_groups", [])
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    batches = getattr(loader, "iterable", loader)  # tqdm(train_loader) is train_loader
    return {
        "is_network": isinstance(model, nn.Module),
        "optimizer_is": type(optimizer).__name__,
        "adam": isinstance(optimizer, Adam) and not isinstance(optimizer, AdamW),
        "lr": [float(group["lr"]) for group in groups],
        "covers": {id(p) for p in weights} == {id(p) for group in groups for p in group["params"]},
        "given_loader": batches is given or getattr(batches, "dataset", None) is given.dataset,
        "images": len(batches.dataset) if isinstance(batches, DataLoader) else 0,  # type: ignore[arg-type]  # ours has a length
        "settings": {name: [group.get(name) for group in groups] for name in ADAM},
        "frozen": sum(not weight.requires_grad for weight in weights),
        "timesteps": getattr(scheduler, "num_timesteps", None),
        "ends": getattr(scheduler, "ends", None),
        "device": str(device),
        "lies_on": [devices.where(p) for p in weights],
        "weights": weights_of(model),
        "memory": getattr(optimizer, "state", {}).get("epochs"),
    }


def weights_of(model: Any) -> torch.Tensor:
    """A network's weights in one row, in order, copied; of anything else none."""
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    return torch.cat([torch.zeros(0, device="cpu"), *(weight.detach().cpu().flatten() for weight in weights)])


def leave(model: nn.Module, optimizer: Any, weights: torch.Tensor, epoch: int) -> torch.Tensor:
    """Leave what training leaves: other weights, gradients, and a note in the optimizer's state.
    Returns the weights, as they are in the model's own precision."""
    sizes = [weight.numel() for weight in model.parameters()]
    with torch.no_grad():
        for weight, left in zip(model.parameters(), weights.split(sizes), strict=True):
            weight.copy_(left.reshape(weight.shape))
            weight.grad = torch.full_like(weight, 0.1)
    if isinstance(optimizer, torch.optim.Optimizer):
        optimizer.state["epochs"] = epoch  # type: ignore[index]  # torch keeps keys that are no tensors
    return weights_of(model)


def networks_in(returned: Any) -> list[nn.Module]:
    """The networks in what main returned."""
    parts = returned if isinstance(returned, (tuple, list)) else [returned]
    return [part for part in parts if isinstance(part, nn.Module)]


def losses_in(returned: Any) -> list[list[float]]:
    """Whatever in what main returned is, or holds, several numbers."""
    found = []
    for part in (returned, *(returned if isinstance(returned, (tuple, list)) else ())):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            found.append(np.asarray(part, dtype=float).ravel().tolist())
    return [some for some in found if len(some) > 1]


# As Python names them where an argument is missing.
Noising.__call__.__qualname__ = "add_noise"


def silent(*_: Any, **__: Any) -> None:
    """In the place of plot_convergence where only main's own words count."""
