"""What crosses between judge and worker comes back as it was sent, and nothing else is accepted."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import wire

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


def there_and_back(value):
    buffers: list[bytes] = []
    coded = wire.encode(value, buffers, keep=lambda item: {"id": 7, "type": type(item).__name__})
    return wire.decode(json.loads(json.dumps(coded)), buffers, find=lambda handle: handle)


def same(a, b) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


@given(plain)
@settings(max_examples=300, deadline=None)
def test_plain_data_come_back_as_they_were(value):
    assert same(there_and_back(value), value)


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES))
def test_arrays_keep_numbers_shape_and_dtype(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = there_and_back(array[:, ::-1])
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array[:, ::-1])
    assert there_and_back(array[0, 1]).dtype == array.dtype
    assert there_and_back(np.zeros((0, 3), dtype)).shape == (0, 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.bool])
def test_tensors_come_back_as_tensors(dtype):
    tensor = torch.arange(4).reshape(2, 2).to(dtype)
    back = there_and_back(tensor.T)
    assert back.dtype == dtype
    assert torch.equal(back, tensor.T)
    assert torch.equal(there_and_back(torch.ones(2, requires_grad=True)), torch.ones(2))


def test_what_is_not_data_stays_and_gets_a_number():
    assert there_and_back([object(), 1]) == [{"id": 7, "type": "object"}, 1]


@pytest.mark.parametrize("value", [2**64, np.array([object()]), np.array(["text"])])
def test_what_cannot_be_said_plainly_is_refused(value):
    with pytest.raises(wire.WireError):
        there_and_back(value)


def test_deep_nesting_is_refused_on_both_sides():
    deep = []
    for _ in range(50):
        deep = [deep]
    with pytest.raises(wire.WireError):
        wire.encode(deep, [], keep=dict)
    coded = None
    for _ in range(50):
        coded = {"list": [coded]}
    with pytest.raises(wire.WireError):
        wire.decode(coded, [], find=dict)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "list",
                    "tuple",
                    "dict",
                    "float",
                    "array",
                    "scalar",
                    "tensor",
                    "handle",
                    "dtype",
                    "shape",
                    "buffer",
                    "type",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=15,
)


@given(json_values, st.lists(st.binary(max_size=40), max_size=3))
@settings(max_examples=500, deadline=None)
def test_any_json_is_decoded_or_refused(coded, buffers):
    with contextlib.suppress(wire.WireError):
        wire.decode(coded, buffers, find=lambda handle: handle)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_frame_or_refused(data):
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    theirs.close()
    with pytest.raises(wire.WireError):
        while True:
            wire.Channel(ours).receive(1)
    ours.close()


def test_a_frame_that_never_ends_runs_out_of_time():
    ours, theirs = socket.socketpair()
    theirs.sendall(struct.pack("!I", 100) + b"{")
    with pytest.raises(wire.Gone, match="no answer in time"):
        wire.Channel(ours).receive(0.1)
