"""Training: every number that can be worked out by hand."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from trainers import TINY, equal, images, parts, trainer, weights

from ddpm import (
    DDPMSampler,
    DDPMSchedules,
    DDPMTrainer,
    UNetSmall,
    load_config,
    metrics,
    plot_training_curves,
)
from ddpm.checkpoint import load_weights
from ddpm.data import Images, to_floats


def at_each_step(made: DDPMTrainer, look) -> list:
    """What `look()` gives right before each step of the optimizer."""
    seen = []
    made.optimizer.register_step_pre_hook(lambda *_: seen.append(look()))
    return seen


# ---- one step


class Scaled(nn.Module):
    """Answers w x: loss and gradient are numbers that can be worked out by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(0.5))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.w * x


def fixed(made: DDPMTrainer, n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Images, timesteps and noise, which the trainer then draws in this order."""
    generator = torch.Generator().manual_seed(3)
    x_0, eps = torch.randn(2, n, 1, 8, 8, generator=generator)
    t = torch.randint(20, (n,), generator=generator)
    rows = iter(range(n))

    def draw(x: Tensor) -> tuple[Tensor, Tensor]:
        which = [next(rows) for _ in range(len(x))]
        return t[which], eps[which]

    made.draw = draw
    return x_0, t, eps


@pytest.mark.parametrize("accumulation", [1, 2, 4])
def test_a_step_has_the_loss_and_gradient_of_all_its_batches_together(accumulation):
    """By hand: mean (w x_t - eps)^2, and its slope mean 2 (w x_t - eps) x_t. No plain model need know of labels."""
    made = trainer(Scaled(), accumulation=accumulation, clip_norm=1e9)
    x_0, t, eps = fixed(made, 8)
    seen = at_each_step(made, lambda: made.model.w.grad.item())
    losses = [made.train_step(part) for part in x_0.chunk(accumulation)]
    x = made.schedules.add_noise(x_0, t, eps)
    assert sum(losses).item() / accumulation == pytest.approx((0.5 * x - eps).square().mean().item(), rel=1e-5)
    assert seen == pytest.approx([(2 * (0.5 * x - eps) * x).mean().item()], rel=1e-4)


def test_accumulated_batches_move_a_real_model_as_one_large_batch_does():
    """Looked at before Adam divides by the gradient's size: where that is near 0, rounding would decide."""
    found = []
    for accumulation in (1, 4):
        made = trainer(accumulation=accumulation)
        x_0, *_ = fixed(made, 16)
        seen = at_each_step(made, lambda made=made: torch.cat([p.grad.flatten() for p in made.model.parameters()]))
        for part in x_0.chunk(accumulation):
            made.train_step(part)
        found.append(seen)
    (one,), (many,) = found
    torch.testing.assert_close(one, many, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("clip_norm", [0.01, 1e6])
def test_clipping_holds_the_norm_and_no_more(clip_norm):
    made = trainer(clip_norm=clip_norm)
    seen = at_each_step(made, lambda: math.hypot(*(p.grad.norm().item() for p in made.model.parameters())))
    for _ in range(3):
        made.train_step(to_floats(images(8).pixels))
    if clip_norm < 1:
        assert seen == pytest.approx([clip_norm] * 3, rel=1e-3)  # the share of 1e-6 that torch adds to the norm
    else:
        assert min(seen) > 0.01


def test_timesteps_are_drawn_from_all_and_noise_is_normal():
    made = trainer()
    t, eps = made.draw(torch.zeros(4000, 1, 4, 4))
    counts = t.bincount(minlength=20)
    assert counts.shape == (20,) and (counts - 200).abs().max() < 5 * 200**0.5  # five standard deviations
    assert eps.std().item() == pytest.approx(1, abs=5 / (2 * 64_000) ** 0.5)


def test_a_share_of_labels_becomes_none():
    made = trainer(sizes={"num_classes": 3}, label_dropout=0.25)
    labels = made.some(torch.zeros(4000, dtype=torch.long))
    assert set(labels.tolist()) == {0, 3}
    assert (labels == 3).float().mean().item() == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 4000) ** 0.5)
    assert trainer().some(torch.zeros(5).long()) is None  # a model without classes


# ---- over many steps


def test_the_average_of_weights_is_the_formula_bit_for_bit():
    """The first one is a copy; update k keeps min(decay, (1 + k) / (10 + k)) of the average."""
    made = trainer(ema_decay=0.3, learning_rate=0.1)
    average = None
    for k in range(8):
        made.train_step(to_floats(images(4).pixels))
        now = weights(made.model)
        keep = min(0.3, (1 + k) / (10 + k))
        average = now if average is None else torch.lerp(average, now, 1 - keep)
        assert torch.equal(weights(made.ema.module), average)
    assert not torch.equal(average, now)


@pytest.mark.parametrize("accumulation", [1, 2])
def test_the_learning_rate_rises_in_a_line_and_falls_as_a_cosine(accumulation):
    made = trainer(images=images(32), epochs=5, warmup_steps=4, accumulation=accumulation, learning_rate=0.02)
    used = at_each_step(made, lambda: made.optimizer.param_groups[0]["lr"])
    history = made.train()
    steps = 20 // accumulation
    expected = [0.02 * (k + 1) / 4 for k in range(4)]
    expected += [0.01 * (1 + math.cos(math.pi * (k - 4) / (steps - 4))) for k in range(4, steps)]
    assert used == pytest.approx(expected, rel=1e-9) and history["learning_rates"] == used


def test_one_image_is_learned_by_heart():
    """Its noise is a function of x_t alone, so that the loss, 1 at first, can fall as far as the net is able."""
    made = trainer(sizes={"model_channels": 16}, learning_rate=3e-3, images=None, ema_decay=0.9)
    x_0 = to_floats(images(1).pixels).expand(16, -1, -1, -1)
    losses = torch.stack([made.train_step(x_0) for _ in range(60)])
    assert losses[0] == pytest.approx(1, abs=0.15) and losses[-10:].mean() < 0.15


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
def test_mixed_precision_on_the_cpu_stays_close_to_float32(target):
    """bfloat16 keeps 8 bits, 0.4 %. After 9 steps of 0.01 losses had parted by 0.4 % (eps), 1.7 % (x0), 0.3 % (v)."""
    made = {amp: trainer(amp=amp, target=target, epochs=3, learning_rate=0.01) for amp in ("off", "bf16")}
    plain, mixed = (torch.tensor(made[amp].train()["train_losses"]) for amp in ("off", "bf16"))
    assert (mixed / plain - 1).abs().max() < 0.05 and not torch.equal(plain, mixed)
    assert {parameter.dtype for parameter in made["bf16"].model.parameters()} == {torch.float32}


def test_the_epoch_loss_is_the_average_of_an_image_not_of_a_batch():
    history = trainer(images=images(20), epochs=1).train()  # batches of 8, 8 and 4
    a, b, c = history["train_losses"]
    assert history["epoch_losses"] == [pytest.approx((8 * a + 8 * b + 4 * c) / 20, rel=1e-12)]


# ---- held-out errors


def test_held_out_errors_do_not_depend_on_random_numbers_of_the_training():
    model = UNetSmall(**TINY | {"dropout": 0.5})
    one, other = (trainer(model, held_out=images(40, seed=9), seed=seed) for seed in (1, 2))
    nn.init.normal_(model.last[-1].weight)
    model.train()
    other.generator.manual_seed(99)
    before, global_ = other.generator.get_state(), torch.get_rng_state()
    assert one.held_out_error(model) == other.held_out_error(model)
    assert torch.equal(other.generator.get_state(), before) and torch.equal(torch.get_rng_state(), global_)
    assert model.training


def test_held_out_errors_are_of_noise_in_all_and_by_tenths_of_the_timesteps():
    """A model that answers 0 errs by eps^2: 1 within five standard deviations, sqrt(2 / numbers)."""
    made = trainer(held_out=images(600, seed=9))
    whole, bins = made.held_out_error(made.model)
    assert whole == pytest.approx(1, abs=5 * (2 / (600 * 64)) ** 0.5)
    assert len(bins) == 10 and bins == pytest.approx([1] * 10, abs=5 * (2 / (40 * 64)) ** 0.5)

    class Knows(nn.Module):
        def forward(self, x, t, y=None):
            return torch.where(t[:, None, None, None] < 10, math.nan, torch.zeros_like(x))

    _, bins = made.held_out_error(Knows())
    assert [math.isnan(value) for value in bins] == [True] * 5 + [False] * 5


def test_a_training_that_diverges_ends_in_a_sentence(tmp_path):
    made = trainer(learning_rate=1e30, out=tmp_path)
    with pytest.raises(ValueError, match="lower the learning rate"):
        made.train()
    assert not list(tmp_path.iterdir())


def test_labels_of_which_none_is_left_out_end_in_a_sentence():
    with pytest.raises(ValueError, match="label_dropout should be above 0"):
        trainer(sizes={"num_classes": 3}, label_dropout=0.0)


def test_a_training_without_a_step_ends_in_a_sentence():
    with pytest.raises(ValueError, match="accumulation is 7, and there are 6 batches"):
        trainer(accumulation=7).train()


def test_metrics_on_the_way_need_no_more_timesteps_than_there_are():
    digits = Images(torch.randint(256, (40, 1, 28, 28), dtype=torch.uint8), torch.arange(40) % 10)
    sampler = DDPMSampler(DDPMSchedules("cosine", 5))
    assert metrics.quick(UNetSmall(model_channels=8), sampler, digits, n=20).keys() == {"fid", "fid_floor", "confident"}
    assert metrics.likeness(UNetSmall(model_channels=8), sampler, digits).keys() == {"psnr", "ssim"}


def test_images_too_small_for_ssim_get_none():
    sampler, model = DDPMSampler(DDPMSchedules("cosine", 5)), UNetSmall(**TINY)
    assert metrics.likeness(model, sampler, images(4)) == {}


def test_a_step_that_overflowed_does_not_count_among_the_norms():
    made = trainer()
    made.norms.extend(map(torch.tensor, (float("nan"), 3.0, float("inf"), 1.0, 2.0)))
    assert made.sizes()["gradient_norm"] == 2.0
    made.norms.clear()
    assert "gradient_norm" not in made.sizes()


def test_an_epoch_tells_how_large_gradients_and_weights_are_and_how_far_the_average_looks_back():
    made = trainer(ema_decay=0.9)
    norms = []
    clip = nn.utils.clip_grad_norm_

    def noted(*given: object) -> Tensor:
        norms.append(clip(*given))
        return norms[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.utils, "clip_grad_norm_", noted)
        first, second = made.train()["epochs"]
    assert len(norms) == 6 and second["gradient_norm"] == torch.stack(norms[3:]).median()
    assert second["parameter_norm"] == pytest.approx(weights(made.model).norm().item())
    assert (first["ema_decay"], second["ema_decay"]) == (3 / 12, 6 / 15)


# ---- the seeds' calls, as they are written there


def test_the_calls_of_seed_004(tmp_path):
    config = load_config("configs/mnist.yaml")
    config["model"] |= TINY | {"in_channels": 3, "channel_mults": [1, 2], "num_res_blocks": 1}
    config["schedules"]["num_timesteps"] = 60
    model = UNetSmall(**config["model"])
    schedules = DDPMSchedules(**config["schedules"])
    three = Images(images().pixels.expand(-1, 3, -1, -1), images().labels)
    trainer = DDPMTrainer(model, schedules, images=three, epochs=1, out=tmp_path)
    trainer.train()
    sampler = DDPMSampler(schedules)
    samples = sampler.ddpm_sample(model, shape=(16, 3, 8, 8))
    assert samples.shape == (16, 3, 8, 8) and samples.isfinite().all()
    samples = sampler.ddim_sample(model, samples.shape, num_steps=50, eta=0.0)
    assert samples.shape == (16, 3, 8, 8) and samples.isfinite().all()


def test_the_calls_of_seed_002():
    torch.manual_seed(0)
    model, scheduler = UNetSmall(**TINY), DDPMSchedules(num_timesteps=20, rescale=False)
    trainer = DDPMTrainer(model, scheduler, 0.001, "cpu")
    dataloader = DataLoader(TensorDataset(to_floats(images().pixels), images().labels), batch_size=8, shuffle=True)
    total_loss = 0.0
    for batch, _ in dataloader:
        loss = trainer.train_step(batch)
        total_loss += loss
    assert 0 < total_loss / len(dataloader) < 2
    for epoch in range(2):
        epoch_loss = trainer.train_epoch(dataloader)
        print(f"Epoch {epoch} | Loss: {epoch_loss:.6f}")
    history = trainer.history
    assert len(history["train_losses"]) == 6 and history["epoch_losses"][-1] == epoch_loss
    plot_training_curves(history)
    assert DDPMSampler(scheduler, model=model).sample(num_samples=4).shape == (4, 1, 8, 8)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"amp": "fp8"}, "amp should be one of off, bf16, fp16, auto, and is 'fp8'"),
        ({"target": "noise"}, "no target 'noise'"),
        ({"optimizer": "sgd"}, "no optimizer 'sgd'; there are adam, muon"),
    ],
)
def test_bad_settings_are_refused_with_a_sentence(more, says):
    with pytest.raises(ValueError, match=says):
        trainer(**more).train_step(torch.zeros(1, 1, 8, 8))


# ---- on a card


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize(
    "more",
    [
        {"amp": "fp16"},
        {"amp": "bf16"},
        {"channels_last": True},
        {"compile": True},
        {"amp": "bf16", "channels_last": True, "compile": True},
    ],
)
def test_on_a_card_every_way_learns_as_plain_float32_does(more, tmp_path):
    """The same seed draws the same numbers on the card, so that losses differ by rounding alone."""
    settings = {"epochs": 4, "learning_rate": 1e-3, "held_out": images(40)}
    plain = trainer(device="cuda", **settings).train()["train_losses"]
    made = trainer(device="cuda", out=tmp_path, **settings, **more)
    assert made.train()["train_losses"] == pytest.approx(plain, rel=0.03)
    resumed = trainer(device="cuda", **settings, **more)
    resumed.resume(tmp_path / "ckpts" / "latest.pt")
    assert equal(parts(resumed), parts(made))
    model, *_ = load_weights(tmp_path / "ckpts" / "ema.safetensors", "cuda")
    images_ = DDPMSampler(made.schedules).ddim_sample(
        model, (2, 1, 8, 8), 5, generator=torch.Generator().manual_seed(0)
    )
    assert images_.device.type == "cuda" and images_.isfinite().all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_loss_scaling_skips_a_step_that_overflowed():
    made = trainer(device="cuda", amp="fp16")
    made.train_step(to_floats(images(8).pixels))
    before, scale = weights(made.model), made.scaler.get_scale()
    made.train_step(torch.full((8, 1, 8, 8), 1e30))
    assert torch.equal(weights(made.model), before) and made.scaler.get_scale() < scale
