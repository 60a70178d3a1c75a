"""What the assignment's own network becomes on all of MNIST: main() as the notebook has it, kept after every epoch.

`make train-full` needs full MNIST (DDPM_DATA, or a network) and, with one thread, about four hours. main() starts anew
at each call, so what trains here is a wrapper in the place of train_epoch: it answers the epochs that are done from
KEPT, and goes on after them. After main's ten epochs come others, in which the learning rate falls to nothing along a
cosine, in bfloat16 where the CPU multiplies it (1.8 times as fast). Beside the weights a moving average of them is
kept; that changes nothing in the training.
"""

from __future__ import annotations

import math
import platform
import sys
import time
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from miniature import Notebook, notebook
from quality import LOOKS, drawn, looked_at
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import MNIST
from torchvision.utils import save_image

from autograder import container
from course_config import DATA, ROOT
from ddpm import data, precision
from ddpm.checkpoint import load_state, save_state

sys.path.insert(0, str(DATA))
from make_subset import write_checksums

KEPT = ROOT / "bench" / "train_full.pt"
PICTURE = ROOT / "bench" / "train_full.png"
SHIPPED = DATA / "mnist_trained" / "weights.pt"  # what students get beside the notebook
LATER = 6  # epochs after main's, in which the learning rate falls
ASTRAY = 10  # times the last epoch's loss: what has come so far is not written over
DECAY = 0.999  # of the moving average: it looks back about one epoch
CPU = torch.device("cpu")
SEED, BATCH, SAMPLES, HELD_OUT = 0, 64, 1000, 1000
SEEDS_LOSSES = {1: 0.245, 10: 0.079}  # what the text says that the course was asked for from


@dataclass
class Kept:
    """A run as it stands after an epoch: all that it takes to go on, and what it took."""

    of: str = ""  # the digits that it was begun with
    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of processor time, an epoch
    model: dict[str, Any] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    average: dict[str, Any] = field(default_factory=dict)
    draws: Tensor = field(default_factory=torch.get_rng_state)

    @classmethod
    def found(cls, path: Path, of: str) -> Kept:
        kept = cls(**load_state(path)) if path.exists() else cls(of)
        if kept.of != of:
            sys.exit(f"{path} was begun with {kept.of}, not with {of}. Remove it to begin anew.")
        return kept


class Halved(nn.Module):
    """A network that computes in bfloat16 where the CPU multiplies it.

    The context is that of one call: torch.autocast keeps its copies of the weights until it ends, and one around an
    epoch has every step but the first look at weights that have moved on.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.kind = network, precision.chosen("auto", CPU)

    def forward(self, *given: Tensor) -> Tensor:
        with precision.computing(self.kind, CPU):
            answer: Tensor = self.network(*given)
        return answer.float()


class Training:
    """train_epoch with a memory: epochs that are done are answered, the others trained and kept."""

    def __init__(self, own: Notebook, path: Path, of: str) -> None:
        self.train_epoch, self.path = own["train_epoch"], path
        self.kept, self.asked = Kept.found(path, of), 0
        self.average: AveragedModel | None = None
        self.model: nn.Module | None = None

    def __call__(self, model: nn.Module, optimizer: Any, loader: DataLoader, scheduler: Any, device: Any) -> float:
        """In the place of the notebook's train_epoch."""
        if self.average is None:
            self.start(model, optimizer)
        self.asked += 1
        if self.asked > len(self.kept.losses):
            start = time.process_time()
            loss = self.train_epoch(model, optimizer, loader, scheduler, device)
            self.keep(loss, time.process_time() - start, optimizer)
        return self.kept.losses[self.asked - 1]

    def start(self, model: nn.Module, optimizer: Any) -> None:
        """Be where the run was after its last epoch, if it has one."""
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
        self.model, self.optimizer, self.average = model, optimizer, average
        if self.kept.losses:
            model.load_state_dict(self.kept.model)
            optimizer.load_state_dict(self.kept.optimizer)
            average.load_state_dict(self.kept.average)
            torch.set_rng_state(self.kept.draws)
        optimizer.register_step_post_hook(lambda *_: average.update_parameters(model))

    def keep(self, loss: float, seconds: float, optimizer: Any) -> None:
        if self.kept.losses and not loss < ASTRAY * self.kept.losses[-1]:
            sys.exit(
                f"Epoch {self.asked} went astray (loss {loss:.4f}): {self.path} stands as it was after the last one."
            )
        self.kept.losses.append(loss)
        self.kept.seconds.append(seconds)
        self.kept.model, self.kept.optimizer = self.model.state_dict(), optimizer.state_dict()
        self.kept.average, self.kept.draws = self.average.state_dict(), torch.get_rng_state()
        save_state(asdict(self.kept), self.path)
        print(f"epoch {len(self.kept.losses):2d}: {loss:.4f}, {seconds:.0f} s", file=sys.stderr, flush=True)


def train(own: Notebook, path: Path, loader: DataLoader) -> Training:
    """main(), and after it epochs in which the learning rate falls."""
    training = Training(own, path, f"{len(loader.dataset):,} digits in batches of {loader.batch_size}, seed {SEED}")
    own |= {"train_epoch": training, "train_loader": loader, "device": CPU, "BASE_CHANNELS": 64}
    own["plot_convergence"] = lambda losses: None
    torch.manual_seed(SEED)
    own["main"]()
    for done in range(LATER):
        for group in training.optimizer.param_groups:
            group["lr"] = 0.001 * (1 + math.cos(math.pi * (done + 0.5) / LATER)) / 2
        training(Halved(training.model), training.optimizer, loader, own["NoiseScheduler"](1000), CPU)
    return training


def digits(train: bool) -> Tensor:
    """(n, 1, 28, 28) in [-1, 1], as ToTensor and Normalize make them."""
    return data.to_floats(data.load("mnist", train=train).pixels)


def judged(own: Notebook, model: nn.Module) -> list[str]:
    """Held-out loss, and what 1,000 samples of DDIM in 50 steps are worth."""
    model.eval()
    torch.manual_seed(SEED)
    loss = own["losses_by_range"](model, own["NoiseScheduler"](1000), digits(train=False)[:HELD_OUT])
    mean, error = own["mean_and_error"](loss)
    return [f"{mean:.4f} ± {error:.4f}", *looked_at(drawn(model, SAMPLES, SEED))]


def ship(own: Notebook, model: nn.Module, kept: Kept, trained_on: int) -> None:
    """Write the weights as the notebook's load_weights reads them, with what they reach there in half precision."""
    own["device"] = CPU
    record = {"epochs": len(kept.losses), "digits": trained_on, "losses": kept.losses, "seconds": kept.seconds}
    record["pixels"] = MNIST(DATA / "mnist_subset", train=False).data[:100]
    SHIPPED.parent.mkdir(exist_ok=True)
    rounded = deepcopy(model).half().float()  # as the notebook will have them
    own["save_weights"](rounded, str(SHIPPED), **record, marks=own["marks_of"](rounded, record["pixels"]))
    write_checksums()


def main() -> None:
    torch.set_num_threads(1)
    pixels = digits(train=True)
    own = notebook("mnist")
    loader = DataLoader(TensorDataset(pixels, torch.zeros(len(pixels))), batch_size=BATCH, shuffle=True)
    training = train(own, KEPT, loader)
    kept = training.kept

    print("| epoch | mean loss | the seed's | processor s |\n|---|---|---|---|")
    for number, (loss, seconds) in enumerate(zip(kept.losses, kept.seconds, strict=True), 1):
        print(f"| {number} | {loss:.4f} | {SEEDS_LOSSES.get(number, '')} | {seconds:.0f} |")
    print(f"\n| weights | held-out loss | {' | '.join(LOOKS)} |\n|{'---|' * (2 + len(LOOKS))}")
    for name, model in (("as trained", training.model), ("moving average", training.average.module)):
        print(f"| {name} | {' | '.join(judged(own, model))} |")
    torch.manual_seed(SEED)
    samples, _ = own["sample_digits"](training.average.module, own["NoiseScheduler"](1000), count=64)
    ship(own, training.average.module, kept, len(pixels))
    save_image(samples.clamp(-1, 1), PICTURE, nrow=16, padding=1, normalize=True, value_range=(-1, 1))
    print(f"\n64 samples by the notebook's own sampler: {PICTURE.relative_to(ROOT)}")
    where = f"{platform.machine()}, one thread of {container.cores()} cores, torch {torch.__version__}, seed {SEED}"
    print(f"Made by `make train-full`: {where}; {len(pixels):,} training digits.")


if __name__ == "__main__":
    main()
