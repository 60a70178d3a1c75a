"""What the MNIST notebook keeps of a training that is stopped, and what its later cells make of it."""

from __future__ import annotations

import contextlib

import pytest
import torch
from reference import solution
from torch.utils.data import TensorDataset


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """The solution with 64 digits of its own, 32 channels, a step that only counts, and a folder to write to."""
    own = solution("mnist", without={"given_data"})  # that cell opens the digits
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    own.device, own.BASE_CHANNELS, own.steps = torch.device("cpu"), 32, 0
    digits = TensorDataset(torch.zeros(64, 1, 28, 28), torch.zeros(64))
    own.train_loader = own.TrainLoader(digits, batch_size=16)
    own.plot_convergence = lambda losses: None

    def train_step(model, *_):
        own.steps += 1
        if own.steps == own.stop:
            raise KeyboardInterrupt
        with torch.no_grad():
            model.final_conv.bias += 1 / 16
        return 1 / own.steps

    own.train_step, own.stop = train_step, None
    return own


def trained(own, stop: int | None = None):
    """What the cell that runs main leaves in `result`, interrupted in this step."""
    own.stop, own.steps, result = stop, 0, None
    with contextlib.suppress(KeyboardInterrupt), own.keeper:
        result = own.main()
    return result


def test_an_interrupted_training_leaves_weights_and_losses_of_its_epochs(mnist, capsys):
    model = mnist.trained_model(trained(mnist, stop=11))  # four batches an epoch: in the third
    said = capsys.readouterr().out
    assert "These are the weights that training.pt kept" in said
    assert "Losses of its epochs: 0.5208, 0.1586.\n" in said
    kept = torch.load("training.pt", weights_only=True)
    assert kept["weights"]["final_conv.bias"] == model.final_conv.bias
    assert {value.dtype for value in kept["weights"].values()} == {torch.float16}


def test_a_killed_kernel_leaves_the_epochs_that_it_finished(mnist):
    """Nothing runs at its end: what is there was written while it trained."""
    kept_at = []
    keep = mnist.keeper.keep
    mnist.keeper.keep = lambda: (keep(), kept_at.append(mnist.steps))
    mnist.keeper.__enter__()
    mnist.stop = 11
    with pytest.raises(KeyboardInterrupt):
        mnist.main()
    assert kept_at == [4, 8]
    assert len(torch.load("training.pt", weights_only=True)["losses"]) == 2


def test_a_finished_training_is_what_main_returned(mnist, capsys):
    result = trained(mnist)
    assert mnist.trained_model(result) is result[0]
    assert "kept" not in capsys.readouterr().out
    assert len(torch.load("training.pt", weights_only=True)["losses"]) == 10


def test_a_main_that_returns_nothing_can_be_gone_on_from(mnist, capsys):
    trained(mnist)
    assert mnist.trained_model(None) is not None
    assert "main() has returned no model" in capsys.readouterr().out


def test_a_training_that_is_stopped_at_once_leaves_an_earlier_one_alone(mnist):
    trained(mnist, stop=11)
    with open("training.pt", "rb") as file:
        before = file.read()
    trained(mnist, stop=2)
    with open("training.pt", "rb") as file:
        assert file.read() == before


def test_where_nothing_is_kept_the_cells_say_so(mnist, capsys):
    mnist.keeper.watch = lambda *_: None  # a main without the given line
    result = trained(mnist)
    assert isinstance(result[0], torch.nn.Module) and len(result[1]) == 10  # it is right all the same
    assert mnist.trained_model(None) is None
    assert "Nothing was kept either" in capsys.readouterr().out


def test_a_main_with_a_loader_of_its_own_keeps_when_it_is_stopped(mnist):
    mnist.train_loader = torch.utils.data.DataLoader(mnist.train_loader.dataset, batch_size=16)
    trained(mnist, stop=11)
    assert len(torch.load("training.pt", weights_only=True)["losses"]) == 2


def test_a_folder_that_cannot_be_written_stops_no_training(mnist, capsys):
    mnist.keeper.file = "missing/training.pt"
    assert len(trained(mnist)[1]) == 10
    assert "missing/training.pt could not be written" in capsys.readouterr().out


def test_losses_that_are_no_numbers_stop_no_training(mnist, capsys):
    mnist.train_epoch = lambda model, optimizer, loader, *_: [None for _ in loader][:1]
    with contextlib.suppress(Exception):
        trained(mnist)
    assert "could not be written" in capsys.readouterr().out


def test_a_file_that_is_none_of_ours_is_told(mnist, capsys):
    with open("training.pt", "w") as file:
        file.write("half a fi")
    assert mnist.trained_model(None) is None
    assert "training.pt cannot be read" in capsys.readouterr().out


class Line:
    """In the place of a display: what it shows, one state after the other."""

    def __init__(self) -> None:
        self.shown = []

    def __call__(self, meter, raw, display_id):
        self.update(meter)
        return self

    def update(self, meter, raw=True):
        self.shown.append(meter["text/plain"])


def test_a_long_training_shows_epoch_batch_loss_and_time_left(mnist, monkeypatch):
    line, clock = Line(), iter(range(0, 10**6, 3))
    mnist.display = line
    monkeypatch.setattr(mnist, "time", type("Clock", (), {"monotonic": lambda: next(clock), "ctime": lambda: "now"}))
    trained(mnist)
    assert len(line.shown) == 40
    assert "epoch 1 of 10" in line.shown[0] and "loss" not in line.shown[0]
    assert "9/40" in line.shown[8] and "epoch 3 of 10, loss 0.1586" in line.shown[8]
    assert "about 1:33 min left" in line.shown[8]  # 31 batches of 3 s are left
    assert "40/40" in line.shown[-1]


def test_a_short_run_shows_nothing(mnist):
    mnist.display = line = Line()
    assert list(mnist.counted(range(1000), " updates")) == list(range(1000))
    assert line.shown == []
