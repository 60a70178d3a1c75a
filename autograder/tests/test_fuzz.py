"""The judge against a worker that writes what it likes: each answer is a value, a sentence or a WireError."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from autograder import wire
from autograder.judge.clock import Clock
from autograder.judge.conversation import Handle, Student, StudentError

fuzz = settings(max_examples=250, deadline=None)


def frame(message, /, *buffers: bytes, **replaced) -> bytes:
    """A frame as an honest worker makes it, with parts of its head replaced."""
    head = {"turn": 1, "message": message, "sizes": [len(b) for b in buffers]} | replaced
    return framed(json.dumps(head, ensure_ascii=False).encode(errors="surrogatepass")) + b"".join(buffers)


def framed(head: bytes) -> bytes:
    return struct.pack("!I", len(head)) + head


def hear(data: bytes, hold: bool = False):
    """What the judge makes of these bytes as the answer to its first question."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        student = Student(wire.Channel(ours), 5, Clock(60))
        return student.instrument("it") if hold else student.make("it")


def survives(data: bytes) -> None:
    """Nothing but the two errors that a check may meet; and what is said, and what is a value, can be shown."""
    for hold in (False, True):
        try:
            said = repr(hear(data, hold))
        except (wire.WireError, StudentError) as error:
            said = str(error)
            assert len(said) < 3000
        said.encode()


def array(**replaced) -> dict:
    return {"value": {"array": {"dtype": "float64", "shape": [2], "buffer": 0} | replaced}}


def tensor(**replaced) -> dict:
    content = {"dtype": "float32", "shape": [2], "buffer": 0, "type": "float32", "device": "cpu"}
    return {"value": {"tensor": content | replaced}}


# --- anything

numbers = st.integers() | st.floats() | st.sampled_from([-1, 2**31, 2**62, 2**63, 2**64, 10**400, 1e308])
words = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["nan", "bool", "bfloat16", "object", "cuda:0", "\ud800"]
)
kinds = st.sampled_from(["list", "tuple", "dict", "float", "array", "scalar", "tensor", "handle"])
parts = st.sampled_from(
    ["dtype", "shape", "buffer", "type", "device", "id", "value", "error", "message", "line", "mix"]
)
anything = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(kinds | parts | words, inner, max_size=4),
    max_leaves=15,
)
dtypes = st.sampled_from(sorted(wire.DTYPES))
shapes = st.lists(st.integers(0, 4), max_size=4)
nearly_array = st.fixed_dictionaries(
    {"dtype": dtypes | anything, "shape": shapes | anything, "buffer": st.integers(-2, 3) | anything},
    optional={"type": dtypes | anything, "device": st.sampled_from(["cpu", "cuda:0", "cuda:99"]) | anything},
)
nearly_handle = st.fixed_dictionaries({"id": st.integers(-1, 2) | anything, "type": words | anything})
nearly_value = st.recursive(
    anything
    | st.tuples(st.sampled_from(["array", "scalar", "tensor"]), nearly_array).map(lambda pair: dict([pair]))
    | nearly_handle.map(lambda handle: {"handle": handle}),
    lambda inner: (
        st.tuples(st.sampled_from(["list", "tuple", "float"]), st.lists(inner, max_size=3)).map(lambda p: dict([p]))
        | st.lists(st.lists(inner, min_size=2, max_size=2), max_size=3).map(lambda pairs: {"dict": pairs})
    ),
    max_leaves=6,
)
errors = st.dictionaries(parts | st.just("where"), words | anything, max_size=6)
messages = nearly_value.map(lambda value: {"value": value}) | errors.map(lambda error: {"error": error}) | anything
bodies = st.lists(st.binary(max_size=40) | st.integers(0, 9).map(lambda n: bytes(8 * n)), max_size=3)


@given(messages, bodies)
@fuzz
def test_any_message_is_read_or_refused(message, buffers):
    survives(frame(message, *buffers))


@given(st.dictionaries(st.sampled_from(["turn", "message", "sizes"]), anything, max_size=3), bodies)
@fuzz
def test_any_head_is_read_or_refused(replaced, buffers):
    survives(frame({"value": 1}, *buffers, **replaced))


honest = [
    frame({"value": 1}),
    frame({"error": {"type": "ValueError", "message": "no", "line": "x = 1", "where": "f", "mix": False}}),
    frame(array(), bytes(16)),
    frame(tensor(), bytes(8)),
    frame({"value": {"dict": [["a", {"list": [1.5, {"float": "nan"}, {"handle": {"id": 0, "type": "Net"}}]}]]}}),
]


@given(st.sampled_from(honest), st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=3)), max_size=4), st.data())
@fuzz
def test_a_damaged_frame_is_read_or_refused(data, changes, draw):
    damaged = bytearray(data)
    for place, new in changes:
        damaged[place : place + draw.draw(st.integers(0, 3))] = new
    survives(bytes(damaged))
    survives(framed(bytes(damaged[4:])))  # the same, with a length that fits


@given(st.binary(max_size=80))
@fuzz
def test_any_bytes_are_read_or_refused(data):
    survives(data)
    survives(framed(data))


# --- what is legal comes back

plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20)
arrays = nps.arrays(dtypes, nps.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
orders = st.sampled_from([np.copy, np.asfortranarray, np.transpose, lambda a: a.astype(a.dtype.newbyteorder(">"))])
values = st.recursive(
    plain | st.builds(lambda a, order: order(a), arrays, orders) | arrays.map(lambda a: a.ravel()[:1].sum()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=8,
)


def same(a, b) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, (np.ndarray, np.generic)):
        return (a.dtype.name, a.shape, a.tobytes()) == (b.dtype.name, b.shape, b.astype(a.dtype).tobytes())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return repr(a) == repr(b)


@given(values)
@fuzz
def test_every_legal_value_comes_back_through_a_frame(value):
    buffers: list[bytes] = []
    coded = wire.encode(value, buffers, keep=dict)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.Channel(theirs).send({"value": coded}, buffers)
        message, received, _ = wire.Channel(ours).receive(5)
    assert same(wire.decode(message["value"], received, find=dict), value)


# --- what an attacker would send

LONG = "x" * (wire.MAX_TEXT + 1)
DEEP = "[" * 5000 + "]" * 5000
BAD_FRAMES = {
    "no answer": frame(None),
    "an empty answer": frame({}),
    "an error in a word": frame({"error": "x"}),
    "a head that is a list": framed(b"[]"),
    "a deep head": framed(DEEP.encode()),
    "a long integer": framed(b'{"turn": 1, "sizes": [], "message": ' + b"9" * 5000 + b"}"),
    "UTF-16": framed(json.dumps({"turn": 1, "message": {"value": 1}, "sizes": []}).encode("utf-16")),
    "not UTF-8": framed(b'{"turn": 1, "sizes": [], "message": {"value": "\xff"}}'),
    "half a character": framed(b'{"turn": 1, "sizes": [], "message": {"value": "\\ud800"}}'),
    "half a character, raw": frame({"value": "\ud800"}),
    "an announced gigabyte": struct.pack("!I", 2**30),
    "an announced body": frame({"value": 1}, sizes=[2**62]),
    "a negative size": frame({"value": 1}, sizes=[-1, 1]),
    "sizes that are no list": frame({"value": 1}, sizes={"0": 1}),
    "a true size": frame({"value": 1}, b"x", sizes=[True]),
    "too many sizes": frame({"value": 1}, sizes=[0] * (wire.MAX_BUFFERS + 1)),
    "no turn": frame({"value": 1}, turn=None),
    "the turn before": frame({"value": 1}, turn=0),
    "the turn after": frame({"value": 1}, turn=2),
    "infinity": framed(b'{"turn": 1, "sizes": [], "message": {"value": 1e999}}'),
    "NaN": framed(b'{"turn": 1, "sizes": [], "message": {"value": NaN}}'),
    "65 bits": frame({"value": 2**64}),
    "a long text": frame({"value": LONG}),
    "a text as a list": frame({"value": {"list": "abc"}}),
    "two of a key": frame({"value": {"dict": [["a", 1], ["a", 2]]}}),
    "1 and True": frame({"value": {"dict": [[1, 1], [True, 2]]}}),
    "a list as a key": frame({"value": {"dict": [[{"list": []}, 1]]}}),
    "a tuple as a key": frame({"value": {"dict": [[{"tuple": []}, 1]]}}),
    "too large a shape": frame(array(shape=[2**62, 4]), bytes(16)),
    "an overflowing shape": frame(array(shape=[2**70]), bytes(16)),
    "none of 2**62": frame(array(shape=[0, 2**62])),
    "none of 2**60 bytes": frame(array(shape=[0, 2**60], dtype="int8"), b""),
    "none of much": frame(array(shape=[0, 2**20, 2**20]), b""),
    "more dimensions": frame(array(shape=[1] * 33), bytes(8)),
    "a negative dimension": frame(array(shape=[-1]), bytes(16)),
    "a true dimension": frame(array(shape=[True]), bytes(8)),
    "a shape in a word": frame(array(shape="2"), bytes(16)),
    "another shape": frame(array(shape=[3]), bytes(16)),
    "half a number": frame(array(shape=[1]), bytes(9)),
    "objects": frame(array(dtype="object"), bytes(16)),
    "texts": frame(array(dtype="U2"), bytes(16)),
    "a list of dtypes": frame(array(dtype=["float64"]), bytes(16)),
    "the last buffer": frame(array(buffer=-1), bytes(16)),
    "a true buffer": frame(array(buffer=True), b"", bytes(16)),
    "buffer 1.0": frame(array(buffer=1.0), b"", bytes(16)),
    "no such buffer": frame(array(buffer=2**70), bytes(16)),
    "a buffer twice": frame({"value": {"list": [array()["value"], array()["value"]]}}, bytes(16)),
    "a strange type": frame(tensor(type="float8"), bytes(8)),
    "another type": frame(tensor(type="int32"), bytes(8)),
    "bfloat16 of integers": frame(tensor(type="bfloat16", dtype="int32"), bytes(8)),
    "a strange device": frame(tensor(device="cuda:99"), bytes(8)),
    "a device with a tail": frame(tensor(device=["cpu"]), bytes(8)),
    "an object -1": frame({"value": {"handle": {"id": -1, "type": "x"}}}),
    "an object of too many": frame({"value": {"handle": {"id": 10**6, "type": "x"}}}),
    "an object without end": framed(
        b'{"turn": 1, "sizes": [], "message": {"value": {"handle": {"id": 1e999, "type": ""}}}}'
    ),
    "an object in a word": frame({"value": {"handle": {"id": "1", "type": "x"}}}),
    "object True": frame({"value": {"handle": {"id": True, "type": "x"}}}),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_what_is_wrong_is_refused(name):
    with pytest.raises(wire.WireError) as refused:
        hear(BAD_FRAMES[name])
    assert not isinstance(refused.value, wire.Gone)


def test_a_value_is_not_taken_for_an_object_that_was_asked_for():
    with pytest.raises(wire.WireError):
        hear(frame({"value": 1}), hold=True)
    assert isinstance(hear(frame({"value": {"handle": {"id": 0, "type": "Net"}}}), hold=True), Handle)


def test_odd_but_legal_numbers_are_made_plain():
    flags = hear(frame(array(dtype="bool", shape=[2]), b"\x07\x00"))
    assert flags.tobytes() == b"\x01\x00"  # a 7 in a byte would be neither True nor False
    back = hear(frame(array(), struct.pack("<2d", math.nan, 5e-324)))
    assert math.isnan(back[0]) and back[1] == 5e-324 and back.flags.writeable
    assert hear(frame(tensor(type="bfloat16"), bytes(8))).dtype == torch.bfloat16


BOMBS = {
    "empty lists": b"[]," * (wire.MAX_HEAD // 3 - 99),
    "empty dictionaries": b"{}," * (wire.MAX_HEAD // 3 - 99),
    "zeros": b"0," * (wire.MAX_HEAD // 2 - 99),
    "empty texts": b'"",' * (wire.MAX_HEAD // 3 - 99),
    "quotes": b'"' * (wire.MAX_HEAD - 99),
    "escaped quotes": b'"\\\\",' * (wire.MAX_HEAD // 5 - 99),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_head_of_millions_of_values_is_refused_before_they_are_made(name):
    head = b'{"turn": 1, "sizes": [], "message": [' + BOMBS[name] + b"0]}"
    assert len(head) <= wire.MAX_HEAD
    tracemalloc.start()
    with pytest.raises(wire.WireError):
        wire._parts(head)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6  # such lists would take 1 GB, such dictionaries 1.5 GB


def test_a_long_text_of_commas_and_brackets_is_no_bomb():
    text = '"[1, {\\],' * 400_000
    message = {"outputs": [{"text": text, "more": "\\"}]}
    assert wire._parts(frame(message)[4:])[:3] == (1, message, [])


def test_a_text_with_half_a_character_is_sent_as_a_question_mark_and_an_escape_in_words_stays():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.Channel(theirs).send(["\ud800", "\\ud800", "😀"])
        assert wire.Channel(ours).receive(5)[0] == ["?", "\\ud800", "😀"]


# --- time, turns, descriptors


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_second_answer_is_not_taken_for_the_next_one(pair):
    judge, worker = map(wire.Channel, pair)
    judge.send("first")
    worker.receive()
    worker.send("an answer")
    worker.send("one more")
    assert judge.receive(5)[0] == "an answer"
    judge.send("second")
    with pytest.raises(wire.WireError, match="out of turn"):
        judge.receive(5)


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(pair):
    judge, worker = map(wire.Channel, pair)
    judge.send("first")
    with pytest.raises(wire.Gone):
        judge.receive(0.05)
    worker.receive()
    worker.send("late")
    judge.send("second")
    with pytest.raises(wire.WireError, match="out of turn"):
        judge.receive(5)


def test_questions_and_answers_take_turns_with_a_greeting_before(pair):
    judge, worker = map(wire.Channel, pair)
    worker.send("hello")
    for _ in range(3):
        judge.receive(5)
        judge.send("question")
        worker.receive()
        worker.send("answer")


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="nothing says which descriptors are open")
def test_descriptors_from_a_worker_are_never_taken(pair):
    ours, theirs = pair
    answer = frame({"value": 1})
    before = set(os.listdir("/dev/fd"))
    socket.send_fds(theirs, [answer[:4]], [theirs.fileno()] * 4)
    socket.send_fds(theirs, [answer[4:]], [theirs.fileno()] * 4)
    assert Student(wire.Channel(ours), 5, Clock(60)).make("it") == 1
    assert set(os.listdir("/dev/fd")) == before


def test_a_time_that_is_over_is_over_though_bytes_are_there(pair):
    pair[1].sendall(frame({"value": 1}))
    with pytest.raises(wire.Gone, match="in time"):
        wire.Channel(pair[0]).receive(0)


def test_trickling_bytes_run_out_of_time(pair):
    ours, theirs = pair

    def trickle() -> None:
        with contextlib.suppress(OSError):
            for byte in struct.pack("!I", 1000) + b"{" * 1000:
                theirs.send(bytes([byte]))
                time.sleep(0.02)

    threading.Thread(target=trickle, daemon=True).start()
    start = time.monotonic()
    with pytest.raises(StudentError, match="took longer than"):
        Student(wire.Channel(ours), 0.3, Clock(60)).make("it")
    assert time.monotonic() - start < 5


def test_a_worker_that_does_not_read_runs_out_of_time(pair, monkeypatch):
    monkeypatch.setattr(wire, "SEND_SECONDS", 0.1)
    with pytest.raises(StudentError, match="took longer than"):
        Student(wire.Channel(pair[0]), 1, Clock(60)).put(np.zeros(2**20))


# --- what students read


@given(errors)
@fuzz
def test_any_error_makes_a_sentence(error):
    try:
        with pytest.raises(StudentError) as said:
            hear(frame({"error": error}))
    except wire.WireError:  # half a character in it
        return
    sentence = str(said.value)
    assert sentence.replace("\n", "").isprintable()
    assert "it" in sentence


def test_an_error_of_megabytes_makes_a_short_sentence_without_control_characters():
    error = dict.fromkeys(("type", "message", "line", "where"), "\x1b[31mred\x1b]0;title\x07\u202e\0\r" + "x" * 30_000)
    with pytest.raises(StudentError) as said:
        hear(frame({"error": error | {"mix": "True"}}))
    assert len(str(said.value)) < 2000
    assert not set("\x1b\x07\u202e\0\r") & set(str(said.value)) and "[31m" not in str(said.value)
    assert not said.value.mix


def test_the_name_of_a_type_is_short_in_a_sentence():
    assert len(repr(hear(frame({"value": {"handle": {"id": 0, "type": "N\x1b[2J" * 10_000}}})))) < 200
