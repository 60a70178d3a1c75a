"""The only data that cross between the judge and a student's process: JSON and raw array bytes, never code.

A frame is four bytes of length, a JSON head, then the raw bytes of its arrays. A value in the head is a JSON
scalar or an object with one key that names its kind: list, tuple, dict, float, array, scalar, tensor, handle.
Student code can reach the worker's end and write any bytes there: whatever is wrong with them is a WireError,
found before memory or time was spent on it.
"""

from __future__ import annotations

import array
import json
import math
import re
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

# Bounds on a frame, with the most that checking either solution takes.
MAX_HEAD = 32 * 2**20  # bytes of JSON: 0.4 MB; a cell may print 4 million characters of at most 6 bytes
MAX_BODY = 16 * 2**20  # bytes of arrays: 5.6 MB; as float64 they may take eight times as much
MAX_VALUES = 500_000  # commas and brackets in the head: 46,000
MAX_BUFFERS = 50_000  # arrays: 4,300, as a list of NumPy scalars
MAX_TEXT = 100_000  # characters of a text that is a value: 477
MAX_DEPTH = 20  # of lists in lists
MAX_DIMENSIONS = 32  # of an array
BYTES_OF_A_VALUE = 16  # beside its JSON: what makes a million numbers in a list as costly as an array of 20 MB
AT_ONCE = 2**16  # bytes that are read together, if they have come
SEND_SECONDS = 30  # for the other side to read what is sent: it has nothing else to do
DTYPES = {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
DTYPES |= {"float16", "float32", "float64", "complex64", "complex128"}
NAMES = {np.dtype(name): name for name in DTYPES}  # a dtype takes microseconds to say its name
DEVICES = {"cpu", "cuda:0"}  # the second is simulated
ERRORS = {error.__name__: error for error in (TypeError, ValueError, IndexError, KeyError, AttributeError)}
HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")  # what we send holds no escapes for characters beyond ASCII


class WireError(Exception):
    """What came is not a frame, or what should go cannot be expressed as plain data."""


class Gone(WireError):
    """The other side closed the connection, or its time ran out."""


class Deadline:
    """Until when something is waited for."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """For how many seconds to wait before this is asked again; none where it is over."""
        return self.end - time.monotonic()


class Channel:
    """Frames over a stream socket.

    Each frame says how many its sender has received; the answer to an earlier question is refused by that.
    `volume` says in bytes how much came so far, for whoever bounds it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.come = bytearray()  # and not yet read: a frame takes few system calls, however many arrays it has
        self.sent = self.received = self.volume = 0

    def send(self, message: Any, buffers: list[bytes] | None = None, fds: tuple[int, ...] = ()) -> None:
        """Send one frame; `fds` are file descriptors that travel beside it."""
        buffers = buffers or []
        frame = {"turn": self.received, "message": message, "sizes": [len(b) for b in buffers]}
        head = json.dumps(frame, ensure_ascii=False).encode(errors="replace")
        if len(head) > MAX_HEAD or sum(map(len, buffers)) > MAX_BODY:
            raise WireError("it is far larger than anything that was asked for")
        self.sent += 1
        whole = b"".join((struct.pack("!I", len(head)), head, *buffers))
        try:
            self.sock.settimeout(SEND_SECONDS)
            gone = socket.send_fds(self.sock, [whole], fds) if fds else 0
            self.sock.sendall(memoryview(whole)[gone:])
        except OSError as error:
            raise Gone(_why(error)) from error

    def receive(self, seconds: float | Deadline | None = None) -> tuple[Any, list[bytes], list[int]]:
        """Wait for one frame, for all of it at most so long; return its message, buffers and descriptors.

        Descriptors are taken only where the wait has no end: a worker waits so for its judge, and never the reverse.
        """
        deadline = Deadline(seconds) if isinstance(seconds, int | float) else seconds
        fds = [] if self.come else self._take(4, deadline, with_fds=deadline is None)
        (length,) = struct.unpack("!I", self._exactly(4, deadline))
        if length > MAX_HEAD:
            raise WireError("the head of the frame is too long")
        turn, message, sizes, values = _parts(self._exactly(length, deadline))
        if turn != self.sent:
            raise WireError("an answer out of turn")
        self.received += 1
        self.volume += length + sum(sizes) + BYTES_OF_A_VALUE * values
        return message, [self._exactly(n, deadline) for n in sizes], fds

    def close(self) -> None:
        self.sock.close()

    def _exactly(self, count: int, deadline: Deadline | None) -> bytes:
        while (missing := count - len(self.come)) > 0:  # grows with what has come, not with what was announced
            self._take(missing, deadline)
        taken = bytes(memoryview(self.come)[:count])
        del self.come[:count]
        return taken

    def _take(self, wanted: int, deadline: Deadline | None, with_fds: bool = False) -> list[int]:
        """Wait for more to come, and keep it; returns the descriptors that came along."""
        most = min(max(wanted, AT_ONCE), 2**20)
        while True:
            left = None if deadline is None else deadline.left()
            if left is not None and left <= 0:
                raise Gone("no answer in time")
            try:
                self.sock.settimeout(left)
                data, fds = socket.recv_fds(self.sock, most, 4)[:2] if with_fds else (self.sock.recv(most), [])
                break
            except TimeoutError:
                continue
            except OSError as error:
                raise Gone(_why(error)) from error
        if not data:
            raise Gone("the process ended")
        self.come += data
        return fds


def _why(error: OSError) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else "the connection was closed"


def _parts(head: bytes) -> tuple[Any, Any, list[int], int]:
    """The turn, message and buffer sizes of a head, which is judged by its bytes before anything is made of it; and
    about how many values it holds."""
    bare = head.replace(rb"\\", b"")  # each backslash left begins an escape
    if HALF_A_CHARACTER.search(bare):
        raise WireError("a text that is not Unicode")
    if (values := _separators(bare)) > MAX_VALUES:
        raise WireError("the frame holds too many values")
    try:
        parts = json.loads(head.decode())
        turn, message, sizes = parts["turn"], parts["message"], parts["sizes"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WireError("the head of the frame is not what was agreed") from error
    if type(sizes) is not list or len(sizes) > MAX_BUFFERS or not all(type(n) is int and n >= 0 for n in sizes):
        raise WireError("the sizes in the frame are not sizes")
    if sum(sizes) > MAX_BODY:
        raise WireError("the frame is too large")
    return turn, message, sizes, values


def _separators(bare: bytes) -> int:
    """How many commas and opening brackets a JSON text has; those inside its strings count only where few do."""
    if (count := sum(map(bare.count, (b",", b"[", b"{")))) <= MAX_VALUES:
        return count
    parts = bare.replace(rb"\"", b"").split(b'"', 4 * MAX_VALUES)  # more are more values than may be
    return sum(part.count(b",") + part.count(b"[") + part.count(b"{") for part in parts[::2])


def encode(
    value: Any,
    buffers: list[bytes],
    keep: Callable[[Any], dict[str, Any]],
    untag: Callable[[Any], tuple[Any, str]] = lambda tensor: (tensor.detach().cpu(), str(tensor.device)),
    depth: int = 0,
) -> Any:
    """Turn a value into JSON and append the bytes of its arrays to `buffers`.

    `keep` is asked for the reference of anything that is not plain data; `untag` gives a tensor's numbers on
    the CPU and the name of the device it lay on.
    """
    if depth > MAX_DEPTH:
        raise WireError("the value is nested too deeply")

    def inner(item: Any) -> Any:
        return encode(item, buffers, keep, untag, depth + 1)

    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        if not -(2**63) <= value < 2**64:
            raise WireError("an integer of more than 64 bits")
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is array.array:
        return {"list": [inner(item) for item in value]}
    if kind in (list, tuple):
        return {kind.__name__: [inner(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[inner(_key(k)), inner(v)] for k, v in value.items()]}
    if isinstance(value, (np.ndarray, np.generic)):
        return _array("array" if isinstance(value, np.ndarray) else "scalar", np.asarray(value), buffers)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        tensor, device = untag(value)
        name = str(tensor.dtype).removeprefix("torch.")
        numbers = tensor.float() if name == "bfloat16" else tensor  # NumPy has no bfloat16
        coded = _array("tensor", np.asarray(numbers.contiguous().numpy()), buffers)
        coded["tensor"] |= {"type": name, "device": device}
        return coded
    return {"handle": keep(value)}


def _key(key: Any) -> Any:
    """A dictionary's key, where nobody can choose many with the same hash to make dictionaries slow."""
    if isinstance(key, (tuple, complex, np.complexfloating)):
        raise WireError(f"a dictionary with a key of type {type(key).__name__}")
    return key


def _array(kind: str, array: np.ndarray, buffers: list[bytes]) -> dict[str, Any]:
    if array.dtype == np.longdouble:  # as long as a machine makes it: what we compare is float64
        array = array.astype(np.float64)
    if (name := NAMES.get(array.dtype) or array.dtype.name) not in DTYPES:
        raise WireError(f"an array of {name} instead of numbers")
    buffers.append(array.astype(name, copy=False).tobytes())
    return {kind: {"dtype": name, "shape": list(array.shape), "buffer": len(buffers) - 1}}


def decode(
    coded: Any,
    buffers: list[bytes],
    find: Callable[[dict[str, Any]], Any],
    tag: Callable[[Any, str], Any] = lambda tensor, device: tensor,
    depth: int = 0,
) -> Any:
    """The reverse of `encode`; `find` is asked for what a reference names. Raises WireError for all else."""

    def inner(item: Any) -> Any:
        return decode(item, buffers, find, tag, depth + 1)

    if depth > MAX_DEPTH:
        raise WireError("the value is nested too deeply")
    if coded is None or isinstance(coded, (bool, int, float, str)):
        return _plain(coded)
    if not isinstance(coded, dict) or len(coded) != 1:
        raise WireError("not a value")
    ((kind, content),) = coded.items()
    try:
        match kind, content:
            case "float", "nan" | "inf" | "-inf":
                return float(content)
            case "list", list():
                return [inner(item) for item in content]
            case "tuple", list():
                return tuple(inner(item) for item in content)
            case "dict", list():
                pairs = [(_key(inner(key)), inner(item)) for key, item in content]
                if len(value := dict(pairs)) == len(pairs):
                    return value
            case "array", dict():
                return _numbers(content, buffers)
            case "scalar", dict():
                return _numbers(content, buffers)[()]
            case "tensor", dict():
                return tag(_tensor(content, buffers), content["device"])
            case "handle", dict():
                return find(content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise WireError("not a value") from error
    raise WireError("not a value")


def _plain(value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise WireError("an integer of more than 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise WireError("not a value")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise WireError(f"a text of more than {MAX_TEXT} characters")
    return value


def _numbers(content: dict[str, Any], buffers: list[bytes]) -> np.ndarray:
    """An array, from bytes that it alone uses: else a short frame could ask for any number of large arrays."""
    shape, dtype, place = content["shape"], content["dtype"], content["buffer"]
    if dtype not in DTYPES or type(shape) is not list or len(shape) > MAX_DIMENSIONS:
        raise WireError("not an array")
    if not all(type(n) is int and 0 <= n <= MAX_BODY for n in shape) or math.prod(n or 1 for n in shape) > MAX_BODY:
        raise WireError("the shape of an array is none")
    if type(place) is not int or not 0 <= place < len(buffers):
        raise WireError("an array without bytes")
    buffer, buffers[place] = buffers[place], b""
    as_sent = np.frombuffer(buffer, "uint8" if dtype == "bool" else dtype)  # astype makes a 7 True
    return as_sent.reshape(shape).astype(dtype)


def _tensor(content: dict[str, Any], buffers: list[bytes]) -> Any:
    import torch

    numbers, kind = _numbers(content, buffers), content["type"]
    if content["device"] not in DEVICES or content["dtype"] != ("float32" if kind == "bfloat16" else kind):
        raise WireError("not a tensor")
    tensor = torch.from_numpy(numbers)
    return tensor.bfloat16() if kind == "bfloat16" else tensor
