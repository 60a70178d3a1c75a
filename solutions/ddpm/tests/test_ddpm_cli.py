"""Every command of `ddpm` runs: `--help`, a tiny run as people type it, and a sentence for what is wrong."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from ddpm import cli, ends
from ddpm.checkpoint import SHIPPED, load_weights, save_weights
from ddpm.config import load_config
from ddpm.trainer import DDPMTrainer
from ddpm.unet import UNetSmall

SUBSET = Path(__file__).resolve().parents[3] / "data" / "mnist_subset"
COMMANDS = ("train", "sample", "animate", "eval", "curves", "schedules", "report", "export", "train-features")
TINY = ["model.model_channels=8", "model.channel_mults=[1]", "model.num_classes=null", "model.attention_resolutions=[]"]
TINY += ["training.epochs=2", "training.sample_every=1", "data.limit=200", f"data.root={SUBSET}"]
TINY += ["sampling.guidance=0"]
FEW = ["sampling.num_steps=2"]


@pytest.fixture
def ddpm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., str]:
    """The command in an empty folder; returns what it printed. It must not fail."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ends, "listen", lambda: None)  # signals are the tests' own
    monkeypatch.setattr(cli, "keep_memory", lambda: None)  # glibc would never give up what later tests bound

    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["ddpm", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert (end.value.code or 0) == code, printed.err
        assert "Traceback" not in printed.err
        return printed.out + printed.err

    return run


def test_a_training_that_is_stopped_says_how_to_go_on(ddpm, monkeypatch):
    def stop(*_: object) -> None:
        raise ends.Ended(128 + signal.SIGINT)

    monkeypatch.setattr(DDPMTrainer, "train_epoch", stop)
    assert "after 0 epochs; the same command with --resume" in ddpm(
        "train", "--config", "mnist-laptop", *TINY, code=130
    )


FAULTS = """
import resource, torch
from ddpm.cli import keep_memory
{call}
for _ in range(20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_freed_memory_is_kept():
    """64 MiB have 16,384 pages of 4 KiB, or 32 of 2 MiB; a kept block needs none of them anew."""
    found = {}
    for call in ("", "keep_memory()"):
        printed = subprocess.run([sys.executable, "-c", FAULTS.format(call=call)], capture_output=True, text=True)
        found[call] = int(printed.stdout)
    assert found[""] >= 32 > found["keep_memory()"]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A model that has learned nothing, as `ddpm train` would have written it."""
    config = load_config("mnist-laptop", TINY)
    torch.manual_seed(0)
    save_weights(UNetSmall(**config["model"]), tmp_path / "tiny.safetensors", config, {"epochs": 0, "device": "cpu"})
    return tmp_path / "tiny.safetensors"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does(ddpm, command):
    assert f"ddpm {command}" in ddpm(command, "--help")


@pytest.mark.parametrize("command", [["ddpm"], [sys.executable, "-m", "ddpm"], [sys.executable, "-m", "ddpm.cli"]])
def test_the_command_is_installed(command):
    ddpm = shutil.which(command[0], path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    printed = subprocess.run([ddpm, *command[1:], "--help"], capture_output=True, text=True, check=True).stdout
    assert all(command in printed for command in COMMANDS)


def test_training_writes_what_the_other_commands_need(ddpm, tmp_path):
    ddpm("train", "--config", "mnist-laptop", *TINY, "--device", "cpu", "--seed", 3)
    out = tmp_path / "outputs"
    assert {path.name for path in (out / "ckpts").iterdir()} == {"latest.pt", "best.pt", "ema.safetensors"}
    assert {path.name for path in (out / "grids").iterdir()} == {"epoch_0001.png", "epoch_0002.png"}
    assert {"epochs.csv", "history.json"} < {path.name for path in (out / "logs").iterdir()}
    config = load_weights(out / "ckpts" / "ema.safetensors")[1]
    assert config["training"]["seed"] == 3 and config["model"]["model_channels"] == 8
    assert "training.png" in ddpm("curves")
    assert Image.open(out / "curves" / "training.png").width > 800
    assert Image.open(out / "curves" / "training_samples.png").width > 800
    assert "--resume goes on from it" in ddpm("train", "--config", "mnist-laptop", *TINY, code=2)
    ddpm("train", "--config", "mnist-laptop", *TINY, "training.epochs=3", "--seed", 3, "--resume")
    history = json.loads((out / "logs" / "history.json").read_text())
    assert [row["epoch"] for row in history["epochs"]] == [1, 2, 3]


def test_a_grid_of_samples(ddpm, weights, tmp_path):
    ddpm("sample", "--weights", weights, "--num-samples", 9, "--out", "a/grid.png", *FEW)
    first = Image.open(tmp_path / "a" / "grid.png").tobytes()
    ddpm("sample", "--weights", weights, "--num-samples", 9, "--out", "b.png", *FEW)
    ddpm("sample", "--weights", weights, "--num-samples", 9, "--out", "c.png", "--seed", 1, *FEW)
    assert Image.open(tmp_path / "b.png").tobytes() == first != Image.open(tmp_path / "c.png").tobytes()


def test_an_animation(ddpm, weights, tmp_path):
    ddpm("animate", "--weights", weights, "--num-samples", 4, "--out", "way.gif", "sampling.num_steps=5")
    assert Image.open(tmp_path / "way.gif").n_frames == 5
    assert "should end in .gif or .mp4" in ddpm("animate", "--weights", weights, "--out", "way.avi", *FEW, code=2)


def test_an_animation_as_mp4(ddpm, weights, tmp_path):
    if not shutil.which("ffmpeg"):
        assert "Install it, or write a .gif" in ddpm("animate", "--weights", weights, "--out", "way.mp4", *FEW, code=2)
        pytest.skip("MP4 itself needs ffmpeg")
    ddpm("animate", "--weights", weights, "--out", "way.mp4", *FEW)
    assert (tmp_path / "way.mp4").stat().st_size > 1000


def test_the_schedules(ddpm, tmp_path):
    ddpm("schedules", "--num-timesteps", 50, "--out", "s.png")
    assert Image.open(tmp_path / "s.png").width > 1000


def test_metrics_and_a_report(ddpm, weights, tmp_path):
    printed = ddpm("eval", "--weights", weights, "--num-samples", 100, *FEW)
    assert "FID" in printed and "floor" in printed
    metrics = json.loads((tmp_path / "outputs" / "logs" / "metrics.json").read_text())
    assert {"FID", "KID"} <= {metric["name"] for metric in metrics}
    ddpm("report", "--weights", weights, "--num-samples", 100, "--out", "page.html", *FEW)
    page = (tmp_path / "page.html").read_text()
    assert all(f"<h2>{title}" in page for title in ("Samples", "From noise", "Metrics", "Training", "Configuration"))
    assert "No curves: There is no" in page
    assert 'src="http' not in page and "<script" not in page


def test_a_classifier(ddpm, tmp_path):
    printed = ddpm("train-features", "--root", SUBSET, "--epochs", 1, "--out", "eyes.safetensors")
    assert "accuracy" in printed and (tmp_path / "eyes.safetensors").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("train", "--config", "mnits"), "did you mean mnist"),
        (("train", "training.epoch=3"), "did you mean training.epochs?"),
        (("train", "training.epochs=ten"), "training.epochs should be a whole number"),
        (("train", "--resume", "--config", "mnist-laptop", f"data.root={SUBSET}"), "to go on from"),
        (("sample", "--weights", "nothing.safetensors"), "There is no nothing.safetensors"),
        (("sample", "--device", "quantum"), "--device cpu always works"),
        (("sample", "--label", "12"), "labels from 0 to 9"),
        (("curves", "--log-dir", "nowhere"), "Train first"),
        (("eval", "sampling.steps=3"), "sampling.num_steps"),
        (("sample", "training.target=eps"), "training cannot change any more"),
        (("sample", "model={num_classes: 10, dropout: 0.5}"), "model cannot change any more"),
        (("sample", "--out", "grid.jpg"), "grid.jpg should end in .png"),
        (("sample", "--out", "file/grid.png"), "file cannot be a folder"),
        (("train", "--out", "file"), "cannot be a folder"),
        (("sample", "--seed", "99999999999999999999"), "seed"),
        (("schedules", "--num-timesteps", "20"), "21"),
        (
            ("train", "--config", "mnist-laptop", f"data.root={SUBSET}", "model.model_channels=8000000"),
            "not enough memory",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_is_said_in_a_sentence(ddpm, words, sentence):
    Path("file").touch()
    assert sentence in ddpm(*words, code=2)


def test_a_file_that_is_no_model_gets_a_sentence(ddpm, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"nonsense")
    assert "holds no model" in ddpm("sample", "--weights", "x.safetensors", code=2)


def test_the_shipped_model_makes_digits_of_each_class(ddpm, tmp_path):
    """The classifier takes 8 of 10 samples for what they should be; it gets 1 of 10 right for noise."""
    if not SHIPPED.is_file():
        pytest.fail("weights/mnist.safetensors is missing")
    from ddpm import generate
    from ddpm.features import classify, load_classifier

    model, config, _ = load_weights()
    config["sampling"]["num_steps"] = 20
    images = generate.images(model, config, 40, seed=0)
    seen = classify(load_classifier(), images.clamp(-1, 1)).argmax(dim=1)
    assert (seen == torch.arange(40) % 10).float().mean() > 0.8
