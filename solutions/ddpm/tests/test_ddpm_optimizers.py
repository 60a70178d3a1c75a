"""What Muon moves and how far, and what Adam moves."""

import pytest
import torch
from torch import nn
from trainers import trainer

from ddpm.optimizers import HIDDEN, SHARE, MuonAndAdam

LR = 1e-3
BETWEEN = {"1.weight", "2.weight", "3.weight"}  # the convolutions of network() that Muon moves


def network() -> nn.Sequential:
    """From an image to an image, with a tall, a square and a wide convolution between."""
    torch.manual_seed(0)
    widths = [(1, 16, 3), (16, 32, 1), (32, 32, 3), (32, 16, 3), (16, 1, 3)]
    return nn.Sequential(*(nn.Conv2d(before, after, k, padding=k // 2) for before, after, k in widths))


def moved(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """How far each weight goes in a step, in learning rates."""
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    optimizer.zero_grad()
    (model(x) - x).square().mean().backward()
    optimizer.step()
    return {name: (before[name] - weight.detach()) / LR for name, weight in model.named_parameters()}


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_hidden_convolutions_move_as_far_in_most_directions(layout):
    """Singular values of the step: five Newton-Schulz steps bring all but the smallest to between 0.7 and 1.2.

    Those of the gradient itself lie a factor of ten and more apart.
    """
    model = network().to(memory_format=layout)
    steps = moved(model, MuonAndAdam(model.parameters(), LR))
    for name in BETWEEN:
        matrix = steps[name].flatten(1)
        values = torch.linalg.svdvals(matrix) / (SHARE * max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5)
        assert values.median() > 0.6 and values.max() < 1.3, name


def test_all_else_moves_as_with_adam():
    ours, theirs = network(), network()
    found = moved(ours, MuonAndAdam(ours.parameters(), LR))
    expected = moved(theirs, torch.optim.Adam(theirs.parameters(), LR))
    alike = {name for name in found if torch.allclose(found[name], expected[name], rtol=1e-3, atol=1e-3)}
    assert alike == {*found} - BETWEEN


def test_both_follow_the_learning_rate():
    model = network()
    optimizer = MuonAndAdam(model.parameters(), LR)
    optimizer.param_groups[0]["lr"] = 0.0
    assert not any(step.any() for step in moved(model, optimizer).values())


def test_a_network_without_hidden_convolutions_has_adam_alone():
    model = nn.Sequential(nn.Conv2d(1, HIDDEN, 3, padding=1), nn.Conv2d(HIDDEN, 1, 3, padding=1))
    assert all(step.abs().max() < 1.1 for step in moved(model, MuonAndAdam(model.parameters(), LR)).values())


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch 2.9 brought it")
def test_steps_are_those_of_torch():
    """Which computes in bfloat16, and differs by 0.008 for it; three Newton-Schulz steps for five differ by 0.036."""
    draw = torch.Generator().manual_seed(0)
    weight = nn.Parameter(torch.randn(32, 16, 3, 3, generator=draw))
    theirs = nn.Parameter(weight.detach().flatten(1).clone())
    optimizers = MuonAndAdam([weight], LR), torch.optim.Muon([theirs], SHARE * LR, weight_decay=0.0)
    start = theirs.detach().clone()
    for _ in range(12):
        weight.grad = torch.randn(weight.shape, generator=draw)
        theirs.grad = weight.grad.flatten(1).clone()
        for optimizer in optimizers:
            optimizer.step()
    ours, gone = weight.detach().flatten(1) - start, theirs.detach() - start
    assert (ours - gone).norm() < 0.02 * gone.norm()


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_loss_falls(channels_last):
    made = trainer(optimizer="muon", channels_last=channels_last, epochs=30, label_dropout=0.0)
    losses = made.train()["epoch_losses"]
    assert losses[-1] < 0.6 * losses[0]
