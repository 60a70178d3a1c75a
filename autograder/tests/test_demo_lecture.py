"""The lecture demo computes the numbers of the MNIST assignment, and its notebook runs from top to bottom."""

from __future__ import annotations

import sys

import jupytext
import matplotlib
import pytest
import torch
from matplotlib import pyplot as plt
from nbclient import NotebookClient
from reference import solution
from torch import nn

from course_config import ROOT

FOLDER, TEXT = ROOT / "solutions" / "demo", ROOT / "source" / "demo.py"
sys.path.insert(0, str(FOLDER))  # the notebook runs there, and imports its modules as they are

import diffusion_model as demo  # noqa: E402
import diffusion_training as training  # noqa: E402
import gan  # noqa: E402

mnist = solution("mnist", without={"given_data"})  # that cell opens the digits, which nothing here needs
mnist.device = torch.device("cpu")


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with matplotlib.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


def both_models(width: int = 32) -> tuple[nn.Module, nn.Module]:
    """The lecture's network and the assignment's, with the same weights."""
    ours, theirs = demo.SimpleUNet(base_channels=width), mnist.SimpleUNet(base_channels=width)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


# --- the same numbers as the assignment. It keeps its tables in float32, the demo in float64: sqrt(1 - abar) differs by
# --- 8e-5 of itself at t = 0, and that is the only difference.


@pytest.mark.parametrize("arguments", [(), (37, 0.01, 0.2)])
def test_the_tables_are_the_assignments(arguments):
    ours, theirs = demo.NoiseScheduler(*arguments), mnist.NoiseScheduler(*arguments)
    names = ("betas", "alphas", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod")
    for name in names:
        torch.testing.assert_close(getattr(ours, name).float(), getattr(theirs, name), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(ours.alphas_cumprod_prev * ours.alphas, ours.alphas_cumprod)
    t = torch.tensor([0, 36, 5])
    for mine, yours in zip(ours.get_coefficients(t), theirs.get_coefficients(t), strict=True):
        assert mine.shape == (3, 1, 1, 1)
        torch.testing.assert_close(mine, yours, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("given", [True, False])
def test_noise_is_added_as_in_the_assignment(given):
    x_0, t = torch.rand(4, 1, 8, 8), torch.tensor([0, 100, 500, 999])
    noise = torch.randn_like(x_0) if given else None
    found = []
    for module in (demo, mnist):
        torch.manual_seed(1)
        found.append(module.add_noise(x_0, t, module.NoiseScheduler(), noise))
    torch.testing.assert_close(found[0], found[1], rtol=1e-5, atol=1e-5)
    assert not given or found[0][1] is noise


def test_time_is_embedded_as_in_the_assignment():
    t = torch.tensor([0, 1, 500, 999], dtype=torch.int32)
    torch.testing.assert_close(demo.TimeEmbedding()(t), mnist.TimeEmbedding()(t), rtol=0, atol=5e-4)


def test_a_block_is_the_assignments():
    ours, theirs = demo.ResidualBlock(32, 64), mnist.ResidualBlock(32, 64)
    ours.load_state_dict(theirs.state_dict())
    x, time = torch.randn(2, 32, 8, 8), torch.randn(2, 128)
    torch.testing.assert_close(ours(x, time), theirs(x, time), rtol=1e-5, atol=1e-5)


def test_the_network_is_the_assignments():
    ours, theirs = both_models(64)
    x, t = torch.randn(2, 1, 8, 12), torch.tensor([3, 997])
    torch.testing.assert_close(ours(x, t), theirs(x, t), rtol=1e-5, atol=1e-5)
    assert demo.count_parameters(ours) == 1_509_249


def test_a_training_step_is_the_assignments():
    """With plain gradient descent: Adam's first step is the gradient's sign, which rounding can turn over."""
    ours, theirs = both_models()
    with torch.no_grad():  # larger answers, so that the gradient is long and the clipping counts
        for model in (ours, theirs):
            model.final_conv.weight *= 30
    trainer, x_0 = training.DDPMTrainer(ours, demo.NoiseScheduler()), torch.rand(4, 1, 8, 8)
    assert trainer.optimizer.defaults["lr"] == 0.001 and isinstance(trainer.optimizer, torch.optim.Adam)
    trainer.optimizer = torch.optim.SGD(ours.parameters(), lr=1.0)
    before = [weight.detach().clone() for weight in ours.parameters()]
    torch.manual_seed(1)
    mine = trainer.train_step(x_0)
    torch.manual_seed(1)
    plain = torch.optim.SGD(theirs.parameters(), lr=1.0)
    yours = mnist.train_step(theirs, plain, x_0, mnist.NoiseScheduler(), mnist.device)
    assert isinstance(mine, float) and mine == pytest.approx(yours, rel=1e-4)
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, yours, rtol=1e-3, atol=1e-5)
    moved = torch.cat([(new - old).flatten() for new, old in zip(ours.parameters(), before, strict=True)]).norm()
    assert moved.item() == pytest.approx(1, abs=1e-3), "the gradient is longer than 1, and is clipped to it"


def test_an_epoch_is_the_assignments():
    ours, theirs = both_models()
    loader = [(torch.rand(4, 1, 8, 8), torch.zeros(4)) for _ in range(3)]
    trainer = training.DDPMTrainer(ours, demo.NoiseScheduler())
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.001)
    torch.manual_seed(1)
    mine = trainer.train_epoch(loader)
    torch.manual_seed(1)
    yours = mnist.train_epoch(theirs, optimizer, loader, mnist.NoiseScheduler(), mnist.device)
    assert mine == pytest.approx(yours, rel=1e-3)
    assert len(trainer.train_losses) == 3 and trainer.history["epoch_losses"] == [mine]


@pytest.mark.parametrize("clip", [True, False])
def test_the_way_back_is_the_assignments(clip):
    """Its sampler takes beta for the variance; the draws come in the same order from the same seed."""
    ours, theirs = both_models()
    schedule = 5, 0.05, 0.5
    sampler = training.DDPMSampler(ours, demo.NoiseScheduler(*schedule), clip=clip, variance="large")
    assert sampler.scheduler.num_timesteps == schedule[0]
    torch.manual_seed(1)
    mine = sampler.sample(num_samples=2)
    torch.manual_seed(1)
    yours, _ = mnist.sample_digits(theirs, mnist.NoiseScheduler(*schedule), count=2, clip=clip)
    torch.testing.assert_close(mine, yours, rtol=1e-3, atol=1e-4)


def test_a_step_back_is_the_formula_with_the_posterior_variance():
    """One step of the default sampler, by the other road: the mean through eps, and no clip."""
    scheduler, model = demo.NoiseScheduler(2, 0.1, 0.3), both_models()[0]
    torch.manual_seed(1)
    mine = training.DDPMSampler(model, scheduler, clip=False).sample(2, size=8)
    torch.manual_seed(1)
    x = torch.randn(2, 1, 8, 8)
    for t in (1, 0):
        with torch.no_grad():
            eps = model(x, torch.full((2,), t))
        alpha, bar, beta = scheduler.alphas[t], scheduler.alphas_cumprod[t], scheduler.betas[t]
        x = (x - beta / (1 - bar).sqrt() * eps) / alpha.sqrt()
        if t:
            x = x + scheduler.posterior_variance[t].sqrt() * torch.randn_like(x)
    torch.testing.assert_close(mine, x, rtol=1e-4, atol=1e-5)


# --- what the demo has beside the assignment


def test_the_calls_of_the_lecture_run_as_written():
    scheduler = demo.NoiseScheduler(num_timesteps=1000)
    t = torch.tensor([0, 100, 500, 999])
    sqrt_alpha, sqrt_one_minus_alpha = scheduler.get_coefficients(t)
    assert sqrt_alpha.shape == sqrt_one_minus_alpha.shape == (4, 1, 1, 1)
    assert len(scheduler.posterior_variance) == 1000

    train_loader = [(torch.rand(4, 1, 8, 8), torch.zeros(4))]
    model = demo.SimpleUNet(base_channels=32)
    trainer = training.DDPMTrainer(model, scheduler, learning_rate=0.001, device="cpu")
    assert isinstance(trainer.train_step(train_loader[0][0]), float)
    for _ in range(2):
        assert isinstance(trainer.train_epoch(train_loader), float)
    training.plot_training_curves({"train_losses": [0.5, 0.4, 0.45], "epoch_losses": [0.5, 0.4]})
    samples = training.DDPMSampler(model, demo.NoiseScheduler(num_timesteps=3)).sample(num_samples=2)
    assert samples.shape == (2, 1, 28, 28) and samples.isfinite().all()


def test_attention_is_an_option_that_starts_as_nothing():
    plain, attentive = demo.SimpleUNet(base_channels=32), demo.SimpleUNet(base_channels=32, attention=True)
    missing = attentive.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing and all(name.startswith("attention.") for name in missing)
    x, t = torch.randn(2, 1, 8, 8), torch.tensor([1, 2])
    torch.testing.assert_close(attentive(x, t), plain(x, t))
    nn.init.normal_(attentive.attention.out.weight)
    assert not torch.allclose(attentive(x, t), plain(x, t), atol=1e-3)


def test_shapes_come_from_the_layers_themselves():
    model = demo.SimpleUNet(base_channels=32)
    rows = demo.layer_shapes(model, torch.randn(1, 1, 28, 28), torch.tensor([5]))
    shapes = {name: shape for name, shape, _ in rows}
    assert shapes["middle_res"] == (1, 64, 7, 7) and shapes["final_conv"] == (1, 1, 28, 28)
    assert [name for name, *_ in rows][:3] == ["time_embedding", "init_conv", "down_res1"]
    assert sum(parameters for *_, parameters in rows) == demo.count_parameters(model)
    assert not any(part._forward_hooks for part in model.modules()), "the hooks are taken off again"


def test_held_out_questions_are_the_same_for_all_and_spread_over_time():
    images, scheduler = torch.rand(500, 1, 8, 8), demo.NoiseScheduler(num_timesteps=100)
    t, errors = training.held_out_errors(lambda x, t: torch.zeros_like(x), scheduler, images, batch_size=64)
    assert t.bincount(minlength=100).tolist() == [5] * 100
    mean, error = training.mean_and_error(errors)
    assert abs(mean - 1) < 5 * error, "answering 0 has the variance of the noise for its error"
    t_again, lazy = training.held_out_errors(lambda x, t: x, scheduler, images)
    assert torch.equal(t, t_again)
    _, lazy_again = training.held_out_errors(lambda x, t: x, scheduler, images)
    assert torch.equal(lazy, lazy_again)


def test_only_rises_count_against_a_smooth_run():
    falling = training.convergence([1 / (1 + step) for step in range(100)])
    assert (falling.rises, falling.clear_rises, falling.largest_rise) == (0, 0, 0)
    assert falling.first > falling.last
    jump = training.convergence([1.0, 1.1] * 10 + [2.0, 2.1] * 10 + [0.0, 0.1] * 10, block=20)
    assert jump.rises == jump.clear_rises == 0.5 and jump.largest_rise == pytest.approx(0.5)
    with pytest.raises(ValueError, match="two blocks"):
        training.convergence([1.0] * 19)


def test_scatter_around_a_level_rises_half_the_time_and_seldom_clearly():
    level = training.convergence(torch.randn(40_000).tolist())  # 3,999 changes: standard errors below 0.008 and 0.003
    assert level.rises == pytest.approx(0.5, abs=0.03)
    assert level.clear_rises == pytest.approx(0.03, abs=0.015)


def test_a_step_of_the_gan_is_two_verdicts_and_two_updates():
    trainer, images, labels = gan.GANTrainer(), torch.rand(8, 1, 28, 28), torch.arange(8)
    nets = trainer.discriminator, trainer.generator
    before = [[weight.detach().clone() for weight in net.parameters()] for net in nets]
    torch.manual_seed(1)
    with torch.no_grad():
        real = trainer.discriminator(images, labels)
        fake = trainer.discriminator(trainer.generator(trainer.noise(8), labels), labels)
    torch.manual_seed(1)
    losses = trainer.train_step(images, labels)
    wrong = -0.5 * (real.sigmoid().log().mean() + (1 - fake.sigmoid()).log().mean())
    assert losses[0] == pytest.approx(wrong.item(), rel=1e-4)
    assert [trainer.history["discriminator"], trainer.history["generator"]] == [[loss] for loss in losses]
    for net, old in zip(nets, before, strict=True):
        assert any(not torch.equal(weight, was) for weight, was in zip(net.parameters(), old, strict=True))


def test_the_discriminator_wins_against_a_generator_that_stands_still():
    trainer, images, labels = gan.GANTrainer(), torch.rand(8, 1, 28, 28), torch.arange(8)
    trainer.optimizers[1].param_groups[0]["lr"] = 0.0
    for _ in range(15):
        trainer.train_step(images, labels)
    lost, won = trainer.history["discriminator"], trainer.history["generator"]
    assert lost[-1] < 0.3 * lost[0] and won[-1] > won[0]


def test_sampling_leaves_the_gan_as_it_was():
    trainer = gan.GANTrainer()
    made = trainer.sample(torch.arange(8))
    assert made.shape == (8, 1, 28, 28) and made.abs().max() <= 1
    assert trainer.generator.training


def test_the_label_reaches_both_networks():
    trainer, noise, images = gan.GANTrainer(), torch.randn(2, gan.NOISE), torch.rand(2, 1, 28, 28)
    nn.init.normal_(trainer.discriminator.of_class.weight)
    ones, twos = torch.tensor([1, 1]), torch.tensor([2, 2])
    assert not torch.allclose(trainer.generator(noise, ones), trainer.generator(noise, twos))
    assert not torch.allclose(trainer.discriminator(images, ones), trainer.discriminator(images, twos))


def test_images_are_shown_in_rows_with_labels_above():
    figure = training.show_images(torch.zeros(5, 1, 8, 8), "five", columns=3, labels=["a", "b", "c"])
    assert [axis.get_title() for axis in figure.axes] == ["a", "b", "c", "", "", ""]
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 1, 1, 0]


# --- the notebook


def test_the_notebook_has_ten_sections_and_named_cells():
    cells = jupytext.reads(TEXT.read_text("utf-8"), fmt="py:percent").cells
    heads = [line for cell in cells if cell.cell_type == "markdown" for line in cell.source.split("\n")]
    numbers = [line.split(":")[0] for line in heads if line.startswith("## Section ")]
    assert numbers == [f"## Section {number}" for number in range(1, 11)]
    names = [cell.metadata.get("name") for cell in cells if cell.cell_type == "code"]
    assert all(names) and len(set(names)) == len(names)


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(monkeypatch):
    monkeypatch.setenv("DEMO_QUICK", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # on a busy machine threads mostly wait for each other
    nb = jupytext.reads(TEXT.read_text("utf-8"), fmt="py:percent")
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(nb, timeout=600, resources={"metadata": {"path": str(FOLDER)}}).execute()
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    errors = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not errors, "nothing should warn"
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 10
