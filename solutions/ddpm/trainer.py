"""Training: batches in, a model and the moving average of its weights out, and a record of how it went."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from ddpm import data, logs, metrics, precision, viz
from ddpm.checkpoint import CheckpointError, load_state, save_state, save_weights
from ddpm.config import Settings
from ddpm.optimizers import made_for
from ddpm.sampler import DDPMSampler, evaluating, every_class
from ddpm.schedules import DDPMSchedules
from ddpm.targets import eps_errors, loss

# What a training cannot change on its way.
SETTLED = ["learning_rate", "optimizer", "batch_size", "target", "ema_decay", "amp", "clip_norm", "warmup_steps"]
SETTLED += ["accumulation", "label_dropout", "augment", "seed"]
GRID = 70  # samples in rows of ten: each class, where there are ten, in a column
BINS = 10  # equal shares of the timesteps, for held-out errors
HELD_OUT_SEED = 1  # timesteps and noise of the held-out error, the same in every epoch and run


class DDPMTrainer:
    """Trains `model` to predict `target` under `schedules` (Ho et al. 2020, algorithm 1).

    Args:
        images: data.Images to train on; MNIST where none are given. `held_out` likewise, for the held-out error.
        optimizer: "adam", or "muon", which needs about half the steps on the way to digits (and takes SHARE times the
            learning rate; see `optimizers`).
        ema_decay: of the moving average of weights, which starts lower (2 / 11, 3 / 12, ...) and rises to it.
        amp: "off", "bf16", "fp16" (with loss scaling) or "auto"; see `precision`.
        clip_norm: largest norm of the gradient. warmup_steps: of the learning rate, which then falls as a cosine.
        accumulation: batches whose gradients make one step. label_dropout: share of labels replaced by "none".
        sample_every, evaluate_every: epochs between sample grids, and between metrics; 0 for never.
        out: folder for ckpts, logs and grids; None writes nothing. config: kept with the weights.

    Raises:
        ValueError: an unknown amp or optimizer, or labels of which none is ever left out: held-out errors ask without
            them.
    """

    def __init__(
        self,
        model: nn.Module,
        schedules: DDPMSchedules,
        learning_rate: float = 1e-3,
        device: str | torch.device = "cpu",
        *,
        images: data.Images | None = None,
        held_out: data.Images | None = None,
        epochs: int = 10,
        batch_size: int = 128,
        target: str = "eps",
        optimizer: str = "adam",
        ema_decay: float = 0.999,
        amp: str = "off",
        clip_norm: float = 1.0,
        warmup_steps: int = 0,
        accumulation: int = 1,
        label_dropout: float = 0.1,
        augment: bool = False,
        sample_every: int = 0,
        evaluate_every: int = 0,
        channels_last: bool = False,
        compile: bool = False,
        seed: int = 0,
        out: Path | str | None = None,
        config: Settings | None = None,
    ) -> None:
        numbers = {name: value for name, value in locals().items() if name in SETTLED}
        if getattr(model, "num_classes", None) and not label_dropout:
            raise ValueError("label_dropout should be above 0, so that the model learns to do without labels too.")
        self.device = torch.device(device)
        self.kind = numbers | {"schedules": schedules.settings, "device": self.device.type}
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.model = model.to(self.device).to(memory_format=self.layout)
        self.forward = torch.compile(self.model) if compile else self.model
        self.schedules, self.target, self.amp = schedules, target, precision.chosen(amp, self.device)
        self.epochs, self.batch_size, self.accumulation = epochs, batch_size, accumulation
        self.clip_norm, self.label_dropout, self.augment = clip_norm, label_dropout, augment
        self.sample_every, self.evaluate_every = sample_every, evaluate_every
        self.images, self.held_out = images and self.resident(images), held_out and self.resident(held_out)
        self.sampler = DDPMSampler(schedules, target, device=self.device)
        self.out = Path(out) if out else None
        training = (config or {}).get("training", {}) | {"target": target}
        self.config = (config or {}) | {"schedules": schedules.settings, "training": training}
        self.ema_decay = ema_decay
        self.ema = AveragedModel(self.model, multi_avg_fn=rising_average(self.decay_now))
        self.norms: deque[Tensor] = deque(maxlen=1000)  # of the gradients of an epoch's last steps, not yet clipped
        self.optimizer = made_for(self.model, optimizer, learning_rate)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=amp == "fp16")
        self.rate = LambdaLR(self.optimizer, lambda step: self.rate_at(step, warmup_steps))
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.epoch = self.batches_seen = 0
        self.history: viz.History = {"train_losses": [], "learning_rates": [], "epoch_losses": [], "epochs": []}

    # ---- one step

    def train_step(self, x_0: Tensor, labels: Tensor | None = None) -> Tensor:
        """Learn from one batch of images in [-1, 1]; returns its loss, which stays on the device."""
        x_0 = x_0.to(self.device, memory_format=self.layout)
        t, eps = self.draw(x_0)
        with precision.computing(self.amp, self.device):
            value = loss(self.forward, self.schedules, x_0, t, eps, self.some(labels), self.target)
        self.scaler.scale(value / self.accumulation).backward()
        self.batches_seen += 1
        if self.batches_seen % self.accumulation == 0:
            self.update()
        return value.detach()

    def draw(self, x_0: Tensor) -> tuple[Tensor, Tensor]:
        """A timestep for each image, and noise."""
        t = torch.randint(self.schedules.num_timesteps, (len(x_0),), generator=self.generator, device=self.device)
        eps = torch.randn(x_0.shape, generator=self.generator, device=self.device)
        return t, eps.contiguous(memory_format=self.layout)

    def some(self, labels: Tensor | None) -> Tensor | None:
        """The labels, with a share of them replaced by "none"; nothing where the model takes none."""
        classes = getattr(self.model, "num_classes", None)
        if labels is None or classes is None:
            return None
        dropped = torch.rand(labels.shape, generator=self.generator, device=self.device) < self.label_dropout
        return labels.to(self.device).masked_fill(dropped, classes)

    def update(self) -> None:
        """Move the weights along the gradient collected so far, and their average after them."""
        self.scaler.unscale_(self.optimizer)
        self.norms.append(nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm))
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        self.history["learning_rates"].append(self.rate.get_last_lr()[0])
        self.rate.step()
        self.ema.update_parameters(self.model)

    def decay_now(self) -> float:
        """Of the moving average: early on, when weights still move far, more of the new ones are taken."""
        updates = len(self.history["learning_rates"])
        return min(self.ema_decay, updates / (9 + updates))

    def rate_at(self, step: int, warmup: int) -> float:
        """Share of the learning rate: up in a straight line, then down as half a cosine if the end is known."""
        if step < warmup:
            return (step + 1) / warmup
        if self.images is None:
            return 1.0
        total = self.batches_in_all(self.images) // self.accumulation
        share = min(1.0, (step - warmup) / max(1, total - warmup))
        return 0.5 * (1 + math.cos(math.pi * share))

    def batches_in_all(self, images: data.Images) -> int:
        return self.epochs * math.ceil(len(images.pixels) / self.batch_size)

    # ---- epochs

    def train(self) -> viz.History:
        """Go on to the last epoch; returns the history: losses and learning rates by step, a row by epoch.

        Raises:
            ValueError: fewer batches than one step asks for, or a loss that is no number any more.
        """
        if self.images is None:
            self.images = self.resident(data.load("mnist"))
        if (total := self.batches_in_all(self.images)) < self.accumulation:
            raise ValueError(f"accumulation is {self.accumulation}, and there are {total} batches: no step is taken.")
        while self.epoch < self.epochs:
            started = time.perf_counter()
            average = self.train_epoch(data.batches(self.images, self.batch_size, self.generator, self.augment))
            if not math.isfinite(average):
                raise ValueError(
                    f"The loss of epoch {self.epoch} is {average}: lower the learning rate. Files stand as they were."
                )
            row = {"epoch": self.epoch, "loss": average, "seconds": time.perf_counter() - started}
            self.history["epochs"].append(row | self.sizes() | self.evaluate())
            if self.out:
                self.write(self.out)
                if self.sample_every and self.epoch % self.sample_every == 0:
                    self.write_samples(self.out, (GRID, *self.images.pixels.shape[1:]))
        return self.history

    def train_epoch(self, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
        """Learn from all batches (images, labels); returns the average loss of an image."""
        self.model.train()
        self.norms.clear()
        losses, sizes = [], []
        with tqdm(batches, f"epoch {self.epoch + 1}", leave=False) as bar:
            for x_0, labels in bar:
                losses.append(self.train_step(x_0, labels))
                sizes.append(len(x_0))
                if len(losses) % 50 == 0:  # reading a loss waits for the device
                    bar.set_postfix(loss=f"{torch.stack(losses[-50:]).mean():.4f}")
        values = torch.stack(losses).double().cpu()
        weights = torch.tensor(sizes, dtype=torch.float64)
        self.epoch += 1
        self.history["train_losses"] += values.tolist()
        self.history["epoch_losses"].append(((values * weights).sum() / weights.sum()).item())
        return self.history["epoch_losses"][-1]

    # ---- what is known of the model

    def sizes(self) -> dict[str, float]:
        """Of an epoch's gradients (their median) and of the weights after it; and how long their average remembers."""
        weights = nn.utils.get_total_norm(self.model.parameters()).item()
        row = {"parameter_norm": weights, "ema_decay": self.decay_now()}
        norms = torch.stack([*self.norms]).tolist() if self.norms else []
        finite = [norm for norm in norms if math.isfinite(norm)]  # a step that overflowed in half precision has none
        if finite:
            row["gradient_norm"] = median(finite)
        return row

    def evaluate(self) -> dict[str, float]:
        """Held-out errors of the noise: of the raw weights, of their average, and of that by timestep."""
        row = {"learning_rate": float(self.rate.get_last_lr()[0])}
        if self.held_out is None:
            return row
        (raw, _), (average, bins) = self.held_out_error(self.model), self.held_out_error(self.ema.module)
        row |= {"held_out": raw, "held_out_ema": average}
        row |= {f"held_out_bin_{number}": value for number, value in enumerate(bins) if value == value}  # nan: no image
        if self.evaluate_every and self.epoch % self.evaluate_every == 0:
            row |= metrics.quick(self.ema.module, self.sampler, self.held_out)
            row |= metrics.likeness(self.ema.module, self.sampler, self.held_out)
        return row

    @torch.no_grad()
    def held_out_error(self, model: nn.Module) -> tuple[float, list[float]]:
        """Mean squared error of the noise on held-out images, in all and by tenths of the timesteps."""
        assert self.held_out  # or nobody would ask
        generator, errors, ts = torch.Generator().manual_seed(HELD_OUT_SEED), [], []
        with evaluating(model):
            for start in range(0, len(self.held_out.pixels), 500):
                x_0 = data.to_floats(self.held_out.pixels[start : start + 500])
                t = torch.randint(self.schedules.num_timesteps, (len(x_0),), generator=generator)
                eps = torch.randn(x_0.shape, generator=generator).to(self.device)
                errors.append(eps_errors(model, self.schedules, x_0, t.to(self.device), eps, kind=self.target).cpu())
                ts.append(t)
        error, number = torch.cat(errors), torch.cat(ts) * BINS // self.schedules.num_timesteps
        return error.mean().item(), [error[number == n].mean().item() for n in range(BINS)]

    # ---- files

    def write(self, out: Path) -> None:
        """Checkpoints (latest, best, moving average) and logs."""
        row, state = self.history["epochs"][-1], self.state()
        logs.write(self.history, out / "logs")
        save_state(state, out / "ckpts" / "latest.pt")
        by = "held_out_ema" if "held_out_ema" in row else "loss"
        if row[by] == min(other[by] for other in self.history["epochs"]):
            save_state(state, out / "ckpts" / "best.pt")
        record = {"epochs": self.epoch, "torch": torch.__version__, "device": str(self.device), "last": row}
        save_weights(self.ema.module, out / "ckpts" / "ema.safetensors", self.config, record)

    def write_samples(self, out: Path, shape: Sequence[int]) -> None:
        """A grid of samples, from the same noise each time."""
        labels, generator = every_class(self.model, shape[0], self.device), torch.Generator().manual_seed(0)
        num_steps = min(50, self.schedules.num_timesteps)
        samples = self.sampler.ddim_sample(self.ema.module, shape, num_steps, labels=labels, generator=generator)
        viz.save_grid(samples, out / "grids" / f"epoch_{self.epoch:04}.png", 10)

    def state(self) -> dict[str, Any]:
        """All that the rest of the training depends on, and of which kind it is."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "ema", "optimizer", "rate", "scaler")}
        parts["gradients"] = {name: p.grad for name, p in self.model.named_parameters() if p.grad is not None}
        random = {"generator": self.generator.get_state(), "torch": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self.device)
        at = [self.epoch, self.batches_seen]
        return parts | {"kind": self.kind, "random": random, "history": self.history, "at": at}

    def resume(self, path: Path | str) -> None:
        """Go on where a checkpoint stands: what follows is what would have followed, bit for bit on one machine.

        Raises:
            CheckpointError: no file, a damaged one, or one of another model.
        """
        state = load_state(path)
        try:
            other = {name: value for name, value in state["kind"].items() if value != self.kind[name]}
            if other:
                raise ValueError(f"it was begun with {other}")
            for name in ("model", "ema", "optimizer", "rate", "scaler"):
                getattr(self, name).load_state_dict(state[name])
            waiting = state["gradients"]  # of batches that wait for the rest of their step
            for name, parameter in self.model.named_parameters():
                parameter.grad = waiting[name].to(parameter) if name in waiting else None
            self.history, (self.epoch, self.batches_seen) = state["history"], state["at"]
            self.generator.set_state(state["random"]["generator"])
            torch.set_rng_state(state["random"]["torch"])
            if self.device.type == "cuda":
                torch.cuda.set_rng_state(state["random"]["cuda"], self.device)
        except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            why = str(error).splitlines()[0]
            raise CheckpointError(
                f"{path} holds no state of this training ({why}). Go on with the settings it was begun with, "
                "or begin anew in another folder."
            ) from None

    def resident(self, images: data.Images) -> data.Images:
        """Images on the device that trains: a batch costs no copy then."""
        return data.Images(images.pixels.to(self.device), images.labels.to(self.device))


def rising_average(decay: Callable[[], float]) -> Callable[..., None]:
    """How AveragedModel mixes in new weights, by a decay that rises.

    Its own count of updates lies on the device, and reading it would wait for the device at each step.
    """

    @torch.no_grad()
    def mix(averages: list[Tensor], weights: list[Tensor], _: Tensor | int) -> None:
        torch._foreach_lerp_(averages, weights, 1 - decay())

    return mix
