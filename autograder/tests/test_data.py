"""The bundled digits are real MNIST, whole, in proportion, and said to be what they are."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torchvision.datasets import MNIST

from autograder.doctor import damaged_files, listed_files

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
# How many of each digit full MNIST has.
FULL_COUNTS = {
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "t10k": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
}
SIZES = {"train": 6000, "t10k": 1000}


@pytest.fixture(scope="module")
def make_subset():
    sys.path.insert(0, str(DATA))
    try:
        import make_subset
    finally:
        sys.path.remove(str(DATA))
    return make_subset


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(DATA / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def test_every_file_has_its_checksum():
    assert damaged_files(DATA) == []
    folders = DATA.glob("mnist_[!f]*")  # not mnist_full, which is fetched
    there = [path.relative_to(DATA) for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert {path.as_posix() for path in there} == set(listed_files(DATA))


def test_a_changed_file_is_noticed(tmp_path):
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  one\n{'1' * 64}  two\n")
    (tmp_path / "one").write_text("changed")
    assert damaged_files(tmp_path) == ["one", "two"]


@pytest.mark.parametrize("split", ["train", "t10k"])
def test_torchvision_loads_it_with_the_classes_in_proportion(split):
    digits = MNIST(root=str(DATA / "mnist_subset"), train=split == "train", download=False)
    assert digits.data.shape == (SIZES[split], 28, 28)
    assert digits.data.dtype == torch.uint8
    exact = torch.tensor(FULL_COUNTS[split]) * SIZES[split] / sum(FULL_COUNTS[split])
    assert (torch.bincount(digits.targets, minlength=10) - exact).abs().max() < 1


def test_it_looks_like_full_mnist():
    pixels = MNIST(root=str(DATA / "mnist_subset"), train=True, download=False).data / 255
    assert pixels.mean().item() == pytest.approx(0.13066, abs=0.003)
    assert pixels.std().item() == pytest.approx(0.30811, abs=0.003)


def test_no_digit_is_there_twice():
    with (DATA / "mnist_subset" / "indices.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for split, size in SIZES.items():
        indices = [int(row["original_index"]) for row in rows if row["split"] == split]
        assert len(set(indices)) == size
        assert min(indices) >= 0 and max(indices) < sum(FULL_COUNTS[split])


def test_shares_go_to_the_largest_remainders(make_subset):
    assert make_subset.shares([5, 3, 2], 10) == [5, 3, 2]
    assert make_subset.shares([50, 26, 24], 10) == [5, 3, 2]
    assert make_subset.shares([1, 1, 1], 2) == [1, 1, 0]


def test_a_subset_is_not_made_from_something_else():
    result = run("make_subset.py", str(DATA / "mnist_subset" / "MNIST" / "raw"))
    assert result.returncode == 1
    assert "is not the original MNIST file" in result.stderr
    assert "Traceback" not in result.stderr


def test_full_mnist_makes_the_same_subset(make_subset, tmp_path):
    originals = DATA / "mnist_full" / "MNIST" / "raw"
    if not originals.exists():
        pytest.skip("full MNIST was not fetched")
    make_subset.make_subset(originals, tmp_path / "mnist_subset")
    assert make_subset.checksums(tmp_path / "mnist_subset") in (DATA / "SHA256SUMS").read_text()


def test_without_a_network_fetch_ends_in_one_sentence(tmp_path):
    nowhere = "http://127.0.0.1:9"
    result = run("fetch.py", "--root", str(tmp_path), http_proxy=nowhere, https_proxy=nowhere, no_proxy="")
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "goes on with the subset" in result.stderr


def test_fetch_does_not_take_half_a_file_for_a_whole_one(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images", "t10k-images"):
        (raw / f"{name}-idx3-ubyte").write_bytes(b"half")
    for name in ("train-labels", "t10k-labels"):
        (raw / f"{name}-idx1-ubyte").write_bytes(b"half")
    nowhere = "http://127.0.0.1:9"
    assert run("fetch.py", "--root", str(tmp_path), http_proxy=nowhere, https_proxy=nowhere).returncode == 1
    assert list(raw.iterdir()) == []


def test_the_readme_says_where_the_digits_come_from():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for word in ("LeCun", "Cortes", "Burges", "by-sa/3.0", "make_subset.py", "fetch.py"):
        assert word in text
