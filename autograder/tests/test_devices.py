"""The simulated GPU lets right code through, with the CPU's own numbers, and charges a mix of devices."""

from __future__ import annotations

import copy
import multiprocessing
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder.checks.tensors import is_beyond_simulation
from autograder.judge.conversation import StudentError
from autograder.student.devices import DeviceMix, SimulatedGPU, plain, tag, where
from autograder.tests.devices_net import batch, embed
from autograder.tests.devices_right import OPTIMIZERS, RIGHT, losses
from autograder.tests.devices_wrong import WRONG


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def run(piece: Callable, device: str) -> Any:
    torch.manual_seed(7)
    if device == "cpu":
        return piece("cpu")
    with SimulatedGPU():
        return piece(device)


@pytest.mark.parametrize("piece", RIGHT, ids=lambda piece: piece.__name__)
def test_right_code_passes_with_the_cpus_own_numbers(piece):
    expected, actual = run(piece, "cpu"), run(piece, "cuda")
    assert where(expected) == "cpu" and where(actual) == "cuda:0"
    assert torch.equal(plain(actual), expected), "not the CPU's numbers, bit for bit"


def test_there_are_enough_right_pieces():
    assert len(RIGHT) >= 30


@pytest.mark.parametrize(("piece", "sentence"), WRONG)
def test_wrong_code_passes_on_the_cpu_and_is_charged_on_the_gpu(piece, sentence):
    run(piece, "cpu")
    with pytest.raises(DeviceMix, match=f"(?i){sentence}") as caught:
        run(piece, "cuda")
    assert "GPU" in str(caught.value) and "CPU" in str(caught.value)


def test_a_result_left_on_the_cpu_is_seen():
    with SimulatedGPU():
        _, t = batch("cuda")
        assert where(torch.zeros(len(t), 8)) == "cpu"
        assert where(embed(t).cpu()) == "cpu"
        assert where(embed(t)) == "cuda:0"


@pytest.mark.parametrize("spelling", ["cuda", "cuda:0", 0, torch.device("cuda"), torch.device("cuda", 0)], ids=str)
def test_every_spelling_of_the_device(spelling):
    with SimulatedGPU():
        x, w = torch.zeros(3), nn.Linear(1, 1)
        moved = [
            x.to(spelling),
            x.to(device=spelling),
            x.cuda(spelling),
            w.to(spelling).weight,
            tag(x + 1, spelling),
            torch.zeros(1, device=spelling),
        ]
        assert {where(t) for t in moved} == {"cuda:0"} and where(x) == "cpu"
        assert moved[0].device == torch.device("cuda:0") and moved[0].is_cuda and moved[0].get_device() == 0
        assert moved[0].to("cuda") is moved[0] and x.cpu() is x


def test_types_carry_the_device():
    with SimulatedGPU():
        x = torch.zeros(3).cuda()
        assert x.type() == "torch.cuda.FloatTensor" and x.cpu().type() == "torch.FloatTensor"
        assert where(torch.zeros(3).type("torch.cuda.DoubleTensor")) == "cuda:0"
        assert where(x.type(torch.FloatTensor)) == "cpu" and where(x.type(torch.float64)) == "cuda:0"
        assert where(torch.as_tensor(x)) == "cuda:0" and where(torch.tensor([x[0], x[1]])) == "cpu"
        assert where(torch.as_tensor(np.zeros(2))) == "cpu" and where(torch.as_tensor(x, device="cpu")) == "cpu"


def test_what_follows_the_first_tensor():
    with SimulatedGPU():
        x, n = torch.ones(3, device="cuda"), torch.tensor(2, device="cuda")
        assert where(x.new_tensor([1.0])) == where(torch.full_like(x, n)) == "cuda:0"
        assert where(torch.zeros(1).expand(n)) == where(torch.ones_like(x, device="cpu")) == "cpu"
        table, net, copied = copy.deepcopy((torch.ones(3), nn.Linear(1, 1).cuda(), x))
        assert where(table) == "cpu" and where(net.weight) == where(copied) == "cuda:0"
        assert [where(t) for t in torch.atleast_1d(torch.tensor(1.0), x)] == ["cpu", "cuda:0"]


def test_a_move_is_a_copy_and_a_view_is_not():
    with SimulatedGPU():
        x = torch.zeros(3)
        y = x.cuda()
        y[:2] += 1
        assert x.tolist() == [0, 0, 0] and y.tolist() == [1, 1, 0]
        assert where(y[1:]) == where(y.view(3, 1)) == where(y.detach()) == where(y.data) == "cuda:0"
        a, _ = torch.broadcast_tensors(torch.tensor(1.0), y)
        assert where(a) == "cpu", "a broadcast CPU number stays on the CPU"


def test_plain_works_inside_and_outside():
    with SimulatedGPU():
        x = torch.ones(3, device="cuda", requires_grad=True)
        inside = plain(x)
        assert inside.numpy().tolist() == [1, 1, 1] and where(inside) == "cpu" and not inside.requires_grad
    assert plain(x).numpy().tolist() == [1, 1, 1] and where(x) == "cuda:0"


def test_what_is_not_simulated_is_never_called_a_mix():
    attempts = [
        lambda: torch.Generator("cuda"),
        lambda: torch.cuda.synchronize(),
        lambda: torch.cuda.Stream(),
        lambda: torch.zeros(3, device="cuda:1"),
        lambda: torch.zeros(3, device="cuda") @ torch.zeros(4, device="cuda"),
        lambda: torch.zeros(3, device="cuda")[torch.tensor([7], device="cuda")],
    ]
    with SimulatedGPU():
        for attempt in attempts:
            try:
                attempt()
            except Exception as error:
                assert not isinstance(error, DeviceMix)


BEYOND = {  # what a simulation cannot decide, and is not charged; in the words of the judge's sentence
    "a generator": lambda: torch.Generator("cuda"),
    "to wait": lambda: torch.cuda.synchronize(),
    "a stream": lambda: torch.cuda.Stream(),
    "a graph": lambda: torch.cuda.CUDAGraph(),
    "memory": lambda: torch.cuda.mem_get_info(),
    "sparse": lambda: torch.zeros(2, 2, device="cuda").to_sparse(),
    "a second GPU": lambda: torch.zeros(3, device="cuda:1"),
}


@pytest.mark.parametrize("attempt", BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_the_simulation_is_known_by_what_torch_says(attempt):
    with SimulatedGPU(), pytest.raises(Exception) as caught:
        attempt()
    said = f"`f` stopped with {type(caught.value).__name__}: {caught.value}"
    assert is_beyond_simulation(StudentError(said + " The line is `torch.cuda.something()`."))
    assert not is_beyond_simulation(StudentError(said + " The line is `raise RuntimeError('CUDA error')`."))
    assert not is_beyond_simulation(StudentError("`f` stopped with TypeError: object of type 'NoneType' has no len()."))


def test_the_gpu_is_there_only_inside():
    before = torch.cuda.is_available()
    with SimulatedGPU():
        assert torch.cuda.is_available()
        with SimulatedGPU():
            assert where(torch.zeros(1, device="cuda")) == "cuda:0"
        assert torch.cuda.is_available()
    assert torch.cuda.is_available() == before


def _in_a_fork(connection) -> None:
    SimulatedGPU().__enter__()
    torch.set_num_threads(1)
    connection.send(plain(losses("cuda", OPTIMIZERS["adam"])).tolist())


def test_a_fork_gives_the_same_numbers():
    expected = losses("cpu", OPTIMIZERS["adam"]).tolist()
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    child = context.Process(target=_in_a_fork, args=(theirs,))
    child.start()
    assert mine.poll(20), "the fork hangs"
    assert mine.recv() == expected
    child.join(5)
