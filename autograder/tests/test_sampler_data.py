"""What students draw with is what the package has: network, weights, features of real digits."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys

import pytest
import torch
from reference import solution
from torchvision.datasets import MNIST

from course_config import COMPANIONS, DATA
from ddpm.checkpoint import load_weights
from ddpm.data import to_floats
from ddpm.features import load_classifier
from ddpm.schedules import DDPMSchedules

FOLDER = DATA / "mnist_sampler"
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def own():
    """The notebook's given cells and solutions."""
    return solution("sampling")


@pytest.fixture
def loaded(own, monkeypatch):
    monkeypatch.chdir(DATA)
    return own.load_sampler()


@pytest.fixture(scope="module")
def make_sampler():
    sys.path.insert(0, str(DATA))
    try:
        import make_sampler
    finally:
        sys.path.remove(str(DATA))
    return make_sampler


def test_the_folder_is_what_students_get():
    assert FOLDER.name in COMPANIONS["sampling"]
    assert {path.name for path in FOLDER.iterdir()} - {"__pycache__"} == {"network.py", "weights.pt", "digits.pt"}


def test_the_networks_file_is_what_the_package_gives(make_sampler):
    said = "run `python data/make_sampler.py FOLDER` again"
    assert (FOLDER / "network.py").read_text("utf-8") == make_sampler.network(), said


def test_the_networks_file_needs_torch_alone():
    tree = ast.parse((FOLDER / "network.py").read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} - {"torch"} <= set(sys.stdlib_module_names)
    said = subprocess.run(
        [sys.executable, "-I", str(FOLDER / "network.py")], capture_output=True, text=True, timeout=60
    )
    assert (said.returncode, said.stderr) == (0, "")


def test_both_networks_answer_as_the_packages_own(loaded):
    unet, kind, classifier, _ = loaded
    package, config, _ = load_weights()
    draws = torch.Generator().manual_seed(0)
    x, t, labels = torch.randn(2, 1, 28, 28, generator=draws), torch.tensor([3, 900]), torch.tensor([7, 0])
    with torch.no_grad():
        assert torch.equal(unet(x, t, labels), package(x, t, labels)) and torch.equal(unet(x, t), package(x, t))
        assert torch.equal(classifier.features(x), load_classifier().features(x))
    assert (kind, unet.training, classifier.training) == (config["training"]["target"], False, False)
    weights = torch.load(FOLDER / "weights.pt", weights_only=True)["model"]
    assert {value.dtype for value in weights.values()} == {torch.half}


def test_the_notebooks_schedule_is_the_one_of_the_training(own):
    kept = torch.load(FOLDER / "weights.pt", weights_only=True)["schedule"]
    table = DDPMSchedules(**kept).alpha_bars
    torch.testing.assert_close(own.cosine_alpha_bars(len(table)), table, rtol=1e-12, atol=0)


def test_the_held_out_digits_are_test_digits_of_the_subset_in_turn(loaded):
    digits, held_out = loaded[3], MNIST(DATA / "mnist_subset", train=False)
    assert digits["labels"].tolist() == [*range(10)] * 80 and len(digits["pixels"]) == 200
    for digit in range(10):
        own = held_out.data[held_out.targets == digit]
        assert torch.equal(digits["pixels"][digit::10], own[:20])
        with torch.no_grad():
            seen = load_classifier().features(to_floats(own[:80, None]))
        torch.testing.assert_close(digits["features"][digit::10], seen, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_the_reference_is_that_of_all_training_digits(make_sampler, loaded):
    originals = DATA / "mnist_full" / "MNIST" / "raw"
    if not originals.exists():
        pytest.skip("full MNIST was not fetched")
    made, kept = make_sampler.digits(originals), loaded[3]
    assert made.keys() == kept.keys() and made["record"] == kept["record"]
    for name in made.keys() - {"record"}:
        torch.testing.assert_close(kept[name], made[name], atol=1e-4, rtol=1e-4)


def test_real_digits_are_near_the_reference_and_others_are_not(own, loaded):
    own.digits = loaded[3]
    noise = torch.randn(800, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert own.floor(800) < own.floor(400) < own.floor(200) < 0.6 and own.distance(noise) > 20


def test_a_missing_folder_is_said_in_a_sentence(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAGGLE_INPUT", str(tmp_path / "input"))
    with pytest.raises(own.NotReady, match="The folder mnist_sampler is missing. It came with this notebook"):
        own.load_sampler()
    place = tmp_path / "input" / "some" / "mnist_sampler"
    place.parent.mkdir(parents=True)
    place.symlink_to(FOLDER)
    assert own.load_sampler()[1] == "v"


def test_a_folder_that_is_not_whole_is_said_in_a_sentence(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist_sampler").mkdir()
    for name, size in (("network.py", None), ("weights.pt", 1000), ("digits.pt", None)):
        (tmp_path / "mnist_sampler" / name).write_bytes((FOLDER / name).read_bytes()[:size])
    with pytest.raises(own.NotReady, match="The folder mnist_sampler is not whole"):
        own.load_sampler()


def test_the_network_may_be_loaded_where_nothing_may_be_written():
    """No .pyc appears beside it, in a release that others read as well."""
    runpy.run_path(str(FOLDER / "network.py"))
    assert not (FOLDER / "__pycache__").exists()
