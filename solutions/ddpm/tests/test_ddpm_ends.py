"""A signal ends every command: a sentence, the shell's exit code, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SUBSET = Path(__file__).resolve().parents[3] / "data" / "mnist_subset"
COMMANDS = ("train", "sample", "animate", "eval", "curves", "schedules", "report", "train-features")
IMPORT = "open('ready', 'w').close(); import time; time.sleep(600)"
# A call of C that no signal interrupts: a lock that its own thread holds already.
STUCK = "open('ready', 'w').close(); import ctypes; c, lock = ctypes.CDLL(None), ctypes.create_string_buffer(64)"
STUCK += "; [c.pthread_mutex_lock(lock) for _ in range(2)]"
FFMPEG = "#!/bin/sh\nfor last; do :; done; : > $last; : > ready; exec sleep 600"  # the last argument is the file
TRAIN = ["train", "--config", "mnist-laptop", f"data.root={SUBSET}", "data.limit=200", "model.model_channels=8"]
TRAIN += ["model.channel_mults=[1]", "model.attention_resolutions=[]", "training.epochs=1000"]


class Case(NamedTuple):
    words: list[str]
    signals: tuple[signal.Signals, ...] = (signal.SIGINT,)
    torch: str = ""  # what stands in for torch, whose import takes seconds
    ready: str = "ready"  # the file that says that the command may be interrupted
    says: str = "ddpm: stopped."
    long: bool = False


INT, TERM, HUP = (signal.SIGINT,), (signal.SIGTERM,), (signal.SIGHUP,)
LATEST, RESUME = "outputs/ckpts/latest.pt", "epochs; the same command with --resume goes on from there."
CASES = {f"{name}, as torch is imported": Case([name], INT, IMPORT, long=name != "sample") for name in COMMANDS}
CASES |= {
    "python -m ddpm": Case(["-m", "ddpm", "schedules"], INT + TERM + HUP, IMPORT),
    "in a long call of C": Case(["eval"], TERM, STUCK),
    "a training": Case(TRAIN, TERM, ready=LATEST, says=RESUME),
    "a training, by others": Case(TRAIN, INT + HUP, ready=LATEST, says=RESUME, long=True),
    "ffmpeg at work": Case(["animate", "--num-samples", "1", "--out", "way.mp4", "sampling.num_steps=1"], TERM),
    "a download": Case(["train-features"], HUP, ready="scratch/tmp*", long=True),
}


@pytest.fixture
def silent() -> Iterator[str]:
    """A proxy that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(name, number, id=f"{name}, {number.name}", marks=[pytest.mark.long] * case.long)
        for name, case in CASES.items()
        for number in case.signals
    ],
)
def test_a_signal_ends_a_command_and_leaves_nothing(name, number, silent, tmp_path):
    case = CASES[name]
    for folder in ("scratch", "bin", "imports"):
        (tmp_path / folder).mkdir()
    if case.torch:
        (tmp_path / "imports" / "torch.py").write_text(case.torch)
    (tmp_path / "bin" / "ffmpeg").write_text(FFMPEG)
    (tmp_path / "bin" / "ffmpeg").chmod(0o755)
    places = {"TMPDIR": tmp_path / "scratch", "PYTHONPATH": tmp_path / "imports", "https_proxy": silent}
    places |= {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TORCHINDUCTOR_CACHE_DIR": tmp_path / "cache"}
    started = [sys.executable, *([] if case.words[0] == "-m" else ["-m", "ddpm.cli"]), *case.words]
    command = subprocess.Popen(
        started,
        cwd=tmp_path,
        env=os.environ | {key: str(value) for key, value in places.items()},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(lambda: list(tmp_path.glob(case.ready)) or command.poll() is not None, 120)
        command.send_signal(number)
        since = time.monotonic()
        _, said = command.communicate(timeout=20)
        assert time.monotonic() - since < 5
    finally:
        left = session(command.pid)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert (command.returncode, left) == (128 + number, []), said
    assert case.says in said and "Traceback" not in said
    assert not [*(tmp_path / "scratch").iterdir(), *tmp_path.rglob("*.part"), *tmp_path.glob("way.mp4")]


def wait_for(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def session(leader: int) -> list[int]:
    """The processes of a session that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, number = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it has just ended
            continue
        if int(number) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return found
