"""What the measurements do without full MNIST, and what they make of samples."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from course_config import ROOT
from ddpm import data


@pytest.mark.parametrize("script", ["quality.py", "fastest.py", "frontier.py", "presets.py"])
def test_without_full_mnist_the_rows_are_named_and_nothing_fails(script, tmp_path):
    """The download is refused by a proxy that is not there."""
    if (ROOT / "data" / "mnist_full").exists():
        pytest.skip("full MNIST was fetched here")
    nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy")} | {"OMP_NUM_THREADS": "1"}
    environment = {name: value for name, value in os.environ.items() if name != "DDPM_DATA"} | nowhere
    command = [sys.executable, ROOT / "bench" / script]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Left out, since FID is measured against all 60,000 training digits:\n* ")
    assert "Only a subset of 6,000 training and 1,000 test digits is used" in ran.stdout


@pytest.mark.filterwarnings("ignore:Only a subset")
def test_real_digits_look_better_than_noise(monkeypatch):
    """FID, its floor, the share that the classifier is sure of, and the rarest class, as all tables show them."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    from quality import LOOKS, looked_at

    real = data.to_floats(data.load("mnist", train=False, limit=500).pixels)
    digits, noise = looked_at(real), looked_at(torch.rand(real.shape) * 2 - 1)
    assert len(digits) == len(LOOKS)
    assert float(digits[0].split()[0]) < float(noise[0].split()[0]) / 10
    assert float(digits[3].rstrip("%")) > 5
