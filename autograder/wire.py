"""The only data that cross between the judge and a student's process: JSON and raw array bytes, never code.

A frame is four bytes of length, a JSON head, then the raw bytes of its arrays. A value in the head is a JSON
scalar or an object with one key that names its kind: list, tuple, dict, float, array, scalar, tensor, handle.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_HEAD = 64 * 2**20  # bytes of JSON in a frame: a cell's pictures travel in it
MAX_BODY = 256 * 2**20  # bytes of arrays in a frame
MAX_DEPTH = 20
DTYPES = {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
DTYPES |= {"float16", "float32", "float64", "complex64", "complex128"}


class WireError(Exception):
    """What came is not a frame, or what should go cannot be expressed as plain data."""


class Gone(WireError):
    """The other side closed the connection, or its time ran out."""


class Channel:
    """Frames over a stream socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, message: Any, buffers: list[bytes] | None = None, fds: tuple[int, ...] = ()) -> None:
        """Send one frame; `fds` are file descriptors that travel beside it."""
        buffers = buffers or []
        head = json.dumps({"message": message, "sizes": [len(b) for b in buffers]}).encode()
        if len(head) > MAX_HEAD or sum(map(len, buffers)) > MAX_BODY:
            raise WireError("this answer is too large to send")
        try:
            first = struct.pack("!I", len(head))
            socket.send_fds(self.sock, [first], fds) if fds else self.sock.sendall(first)
            self.sock.sendall(head)
            for buffer in buffers:
                self.sock.sendall(buffer)
        except OSError as error:
            raise Gone("the connection was closed") from error

    def receive(self, seconds: float | None = None) -> tuple[Any, list[bytes], list[int]]:
        """Wait for one frame, for all of it at most `seconds`; return its message, buffers and descriptors."""
        deadline = None if seconds is None else time.monotonic() + seconds
        first, fds = self._first(deadline)
        (length,) = struct.unpack("!I", first)
        if length > MAX_HEAD:
            raise WireError("the head of the frame is too long")
        try:
            head = json.loads(self._exactly(length, deadline))
            sizes = head["sizes"]
            message = head["message"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WireError("the head of the frame is not what was agreed") from error
        if not isinstance(sizes, list) or not all(type(n) is int and n >= 0 for n in sizes):
            raise WireError("the sizes in the frame are not sizes")
        if sum(sizes) > MAX_BODY:
            raise WireError("the frame is too large")
        return message, [self._exactly(n, deadline) for n in sizes], fds

    def close(self) -> None:
        self.sock.close()

    def _first(self, deadline: float | None) -> tuple[bytes, list[int]]:
        self._until(deadline)
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 4, 4)
        except OSError as error:
            raise Gone("no answer in time" if isinstance(error, TimeoutError) else "closed") from error
        if not data:
            raise Gone("the process ended")
        return data + self._exactly(4 - len(data), deadline), fds

    def _exactly(self, count: int, deadline: float | None) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            self._until(deadline)
            try:
                part = self.sock.recv(min(count - len(parts), 1 << 20))
            except OSError as error:
                raise Gone("no answer in time" if isinstance(error, TimeoutError) else "closed") from error
            if not part:
                raise Gone("the process ended")
            parts += part
        return bytes(parts)

    def _until(self, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise Gone("no answer in time")
        self.sock.settimeout(left)


def encode(
    value: Any,
    buffers: list[bytes],
    keep: Callable[[Any], dict],
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
    if kind in (list, tuple):
        return {kind.__name__: [inner(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[inner(k), inner(v)] for k, v in value.items()]}
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


def _array(kind: str, array: np.ndarray, buffers: list[bytes]) -> dict:
    if array.dtype.name not in DTYPES:
        raise WireError(f"an array of {array.dtype.name} instead of numbers")
    buffers.append(np.ascontiguousarray(array).tobytes())
    return {kind: {"dtype": array.dtype.name, "shape": list(array.shape), "buffer": len(buffers) - 1}}


def decode(
    coded: Any,
    buffers: list[bytes],
    find: Callable[[dict], Any],
    tag: Callable[[Any, str], Any] = lambda tensor, device: tensor,
    depth: int = 0,
) -> Any:
    """The reverse of `encode`; `find` is asked for what a reference names. Raises WireError for all else."""

    def inner(item: Any) -> Any:
        return decode(item, buffers, find, tag, depth + 1)

    if depth > MAX_DEPTH:
        raise WireError("the value is nested too deeply")
    if coded is None or isinstance(coded, (bool, int, float, str)):
        return coded
    if not isinstance(coded, dict) or len(coded) != 1:
        raise WireError("not a value")
    ((kind, content),) = coded.items()
    try:
        match kind:
            case "float":
                return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[content]
            case "list":
                return [inner(item) for item in content]
            case "tuple":
                return tuple(inner(item) for item in content)
            case "dict":
                return {inner(key): inner(item) for key, item in content}
            case "array":
                return _numbers(content, buffers)
            case "scalar":
                return _numbers(content, buffers)[()]
            case "tensor":
                import torch

                tensor = torch.from_numpy(_numbers(content, buffers))
                if content["type"] == "bfloat16":
                    tensor = tensor.bfloat16()
                return tag(tensor, str(content["device"]))
            case "handle":
                return find(content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise WireError("not a value") from error
    raise WireError("a value of an unknown kind")


def _numbers(content: dict, buffers: list[bytes]) -> np.ndarray:
    shape, dtype, buffer = content["shape"], content["dtype"], buffers[content["buffer"]]
    if dtype not in DTYPES or len(shape) > 32 or not all(type(n) is int and n >= 0 for n in shape):
        raise WireError("not an array")
    return np.frombuffer(buffer, dtype=dtype).reshape(shape).copy()
