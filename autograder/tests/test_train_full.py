"""`make train-full`: a training that is interrupted goes on as if it had not been."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from course_config import ROOT

sys.path.append(str(ROOT / "bench"))  # no package
full = importlib.import_module("train_full")
EPOCHS = 10  # main's


def toy_notebook(stops_in: int = 0) -> dict[str, Any]:
    """A train_epoch of random steps, and main's ten of them; one epoch is interrupted halfway."""
    begun: list[int] = []

    def train_epoch(model, optimizer, loader, scheduler, device):
        begun.append(1)
        losses = []
        for step in range(4):
            if len(begun) == stops_in and step == 2:
                raise KeyboardInterrupt
            optimizer.zero_grad()
            loss = (model(torch.randn(8, 3)) - torch.randn(8, 1)).square().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def main():
        model = nn.Linear(3, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        return model, [own["train_epoch"](model, optimizer, None, None, None) for _ in range(10)]

    own: dict[str, Any] = {"train_epoch": train_epoch, "main": main, "NoiseScheduler": lambda T: None, "begun": begun}
    return own


LOADER = torch.utils.data.DataLoader(torch.zeros(9, 1))


def after(training: Any) -> tuple[Any, ...]:
    kept = full.Kept.found(training.path, "9 digits in batches of 1, seed 0")
    assert len(kept.losses) == len(kept.seconds) == EPOCHS + full.LATER and kept.losses == training.kept.losses
    return kept.losses, kept.model["weight"], kept.average["module.weight"], kept.optimizer["param_groups"][0]["lr"]


@pytest.mark.parametrize("stops_in", [1, 4, 10, 11, EPOCHS + full.LATER])
def test_an_interrupted_training_ends_where_another_one_does(tmp_path: Path, stops_in: int):
    whole = full.train(toy_notebook(), tmp_path / "whole.pt", LOADER)
    with pytest.raises(KeyboardInterrupt):
        full.train(toy_notebook(stops_in), tmp_path / "parts.pt", LOADER)
    again = toy_notebook()
    parts = full.train(again, tmp_path / "parts.pt", LOADER)
    assert len(again["begun"]) == EPOCHS + full.LATER - (stops_in - 1)
    for one, other in zip(after(whole), after(parts), strict=True):
        assert torch.equal(torch.as_tensor(one), torch.as_tensor(other))
    for side in (whole, parts):
        assert not torch.equal(side.model.weight, side.average.module.weight)


def test_a_training_that_is_done_is_not_done_again(tmp_path: Path):
    first = full.train(toy_notebook(), tmp_path / "kept.pt", LOADER)
    again = toy_notebook()
    second = full.train(again, tmp_path / "kept.pt", LOADER)
    assert again["begun"] == [] and torch.equal(first.model.weight, second.model.weight)


def test_a_training_on_other_digits_is_not_gone_on_with(tmp_path: Path):
    full.train(toy_notebook(), tmp_path / "kept.pt", LOADER)
    with pytest.raises(SystemExit, match="begun with 9 digits .* not with 8 digits"):
        full.train(toy_notebook(), tmp_path / "kept.pt", torch.utils.data.DataLoader(torch.zeros(8, 1)))


def test_an_epoch_that_went_astray_leaves_what_was_kept(tmp_path: Path):
    full.train(toy_notebook(), path := tmp_path / "kept.pt", LOADER)
    before = path.read_bytes()
    own = toy_notebook()
    training = full.Training(own | {"train_epoch": lambda *_: 1e6}, path, "9 digits in batches of 1, seed 0")
    training.asked = EPOCHS + full.LATER
    model = nn.Linear(3, 1)
    with pytest.raises(SystemExit, match="went astray"):
        training(model, torch.optim.Adam(model.parameters()), None, None, None)
    assert path.read_bytes() == before


def test_in_bfloat16_each_call_looks_at_the_weights_as_they_are(monkeypatch: pytest.MonkeyPatch):
    """torch.autocast remembers its copies of the weights until its context ends."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    network = nn.Linear(3, 1)
    halved, given = full.Halved(network), torch.ones(1, 3)
    before = halved(given)
    with torch.no_grad():
        network.bias += 4
    assert (halved(given) - before).item() == pytest.approx(4, abs=0.1)
