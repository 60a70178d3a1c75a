"""The weights that students get: they fit every right network of the bank, and tell most wrong ones."""

from __future__ import annotations

import contextlib
import io

import pytest
import torch
from reference import solution
from torchvision.datasets import MNIST

from autograder.variants import BANK
from course_config import DATA

WEIGHTS = str(DATA / "mnist_trained" / "weights.pt")
NETWORK = ("time_embedding", "residual_block", "simple_unet")
RIGHT = [path for todo in NETWORK for path in sorted((BANK / "mnist" / todo).glob("wheat_*.py"))]
WRONG = sorted((BANK / "mnist" / "simple_unet").glob("chaff_*.py"))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


def told(source: str = "") -> str:
    """What the notebook prints of the shipped weights, with a variant of one TODO: one line where all is right."""
    own = solution("mnist", without={"given_data"})
    own.device, own.LONGER = torch.device("cpu"), WEIGHTS
    exec(source, own.__dict__)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        own.longer_trained()
    return said.getvalue()


def test_the_record_holds_what_the_notebook_measures():
    own = solution("mnist", without={"given_data"})
    own.device = torch.device("cpu")
    model, record = own.load_weights(WEIGHTS)
    marks, said = own.marks_of(model, record["pixels"]), told()
    assert marks == pytest.approx(record["marks"], rel=1e-4)
    assert said.count("\n") == 1 and f"{marks['loss']:.4f}" in said
    weights = torch.load(WEIGHTS, weights_only=True)["weights"]
    assert {value.dtype for value in weights.values()} == {torch.float16}
    assert len(record["losses"]) == record["epochs"]
    held_out = MNIST(DATA / "mnist_subset", train=False).data[:100]
    assert torch.equal(record["pixels"], held_out)


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_right_network_reaches_the_same_loss(path):
    """Within 0.05 %, or a second sentence would say so."""
    said = told(path.read_text())
    assert said.count("\n") == 1, said


def test_most_wrong_networks_are_told():
    """By a sentence, or by an error at once."""
    unseen = []
    for path in WRONG:
        try:
            said = told(path.read_text())
        except Exception:
            continue
        if said.count("\n") == 1:
            unseen.append(path.stem)
    assert len(unseen) <= 0.2 * len(WRONG), unseen
