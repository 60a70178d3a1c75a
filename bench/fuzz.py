"""Coverage-guided fuzzing of what the judge reads from a worker: `make fuzz`, or `python bench/fuzz.py RUNS`.

Each case is an answer to a question of the judge's: any bytes, any head in a frame of the right length, or a message
built of parts that nearly fit; it may end in a value, a StudentError or a WireError. All else is printed, and the
command fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["autograder.wire", "autograder.judge.conversation"]):
    from autograder import wire
    from autograder.judge import conversation  # noqa: F401 - first, so that no other import brings them in as they are
from autograder.tests.test_fuzz import BAD_FRAMES, frame, framed, honest, survives

MAX_BYTES = 4096  # of a case
KINDS = ("list", "tuple", "dict", "float", "array", "scalar", "tensor", "handle")
FIELDS = ("dtype", "shape", "buffer", "type", "device", "id", "value", "error", "message", "line", "where", "mix")
WORDS = (
    *sorted(wire.DTYPES),
    *KINDS,
    *FIELDS,
    "bfloat16",
    "object",
    "cuda:0",
    "cpu",
    "nan",
    "inf",
    "\ud800",
    "\x1b[2J",
)
ODD = (None, True, False, -1, 0, 1, 2**31, 2**62, 2**63, 2**64, 10**400, 1e308, float("nan"), float("inf"), "", [], {})


class Cases:
    """What was tried, and what went wrong."""

    def __init__(self, runs: int) -> None:
        self.runs, self.done, self.start = runs, 0, time.monotonic()
        self.seeds = tempfile.TemporaryDirectory()
        self.wrong: dict[str, bytes] = {}

    def __call__(self, data: bytes) -> None:
        self.done += 1
        try:
            survives(answer(data))
        except Exception:
            self.wrong.setdefault(traceback.format_exc(), data)
        if self.done >= self.runs:
            self.end()

    def end(self) -> None:
        """Say it and leave: libFuzzer would leave without asking."""
        self.seeds.cleanup()
        for trace, data in self.wrong.items():
            print(f"{data!r}\n{trace}")
        print(f"{self.done} cases in {time.monotonic() - self.start:.0f} s; wrong: {len(self.wrong)}", flush=True)
        os._exit(bool(self.wrong))


def answer(data: bytes) -> bytes:
    """The bytes of an answer: the first byte says how the others are read."""
    kind, rest = data[:1], data[1:]
    if kind == b"r":
        return rest
    if kind == b"h":
        return framed(rest)
    source = atheris.FuzzedDataProvider(rest)
    message = {"value": value(source, 0)} if source.ConsumeProbability() < 0.8 else {"error": anything(source, 0)}
    bodies = [
        source.ConsumeBytes(source.PickValueInList([0, 1, 8, 16, 64])) for _ in range(source.ConsumeIntInRange(0, 3))
    ]
    return frame(message, *bodies)


def value(source: atheris.FuzzedDataProvider, depth: int) -> Any:
    """A value as a worker would code it, but for a part here and there."""
    if depth > 4 or source.ConsumeProbability() < 0.15:
        return anything(source, depth)
    kind = source.PickValueInList(list(KINDS))
    several = range(source.ConsumeIntInRange(0, 3))
    if kind in ("list", "tuple"):
        return {kind: [value(source, depth + 1) for _ in several]}
    if kind == "dict":
        return {kind: [[value(source, depth + 2), value(source, depth + 1)] for _ in several]}
    if kind == "float":
        return {kind: source.PickValueInList(["nan", "inf", "-inf", "1", 1])}
    right = {
        "dtype": source.PickValueInList(sorted(wire.DTYPES)),
        "shape": [source.ConsumeIntInRange(0, 4) for _ in several],
        "buffer": source.ConsumeIntInRange(-1, 3),
        "type": source.PickValueInList([*sorted(wire.DTYPES), "bfloat16"]),
        "device": source.PickValueInList(["cpu", "cuda:0"]),
        "id": source.ConsumeIntInRange(-1, 5),
    }
    if source.ConsumeProbability() < 0.4:
        right[source.PickValueInList(list(FIELDS))] = anything(source, depth)
    return {kind: right}


def anything(source: atheris.FuzzedDataProvider, depth: int) -> Any:
    """Any JSON."""
    several = range(source.ConsumeIntInRange(0, 4))
    match source.ConsumeIntInRange(0, 5 if depth < 5 else 3):
        case 0:
            return source.PickValueInList(list(ODD))
        case 1:
            return source.PickValueInList(list(WORDS))
        case 2:
            return source.ConsumeInt(9)
        case 3:
            return source.ConsumeUnicode(20)
        case 4:
            return [anything(source, depth + 1) for _ in several]
    return {source.PickValueInList(list(WORDS)): anything(source, depth + 1) for _ in several}


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    cases = Cases(runs)
    for number, data in enumerate((*honest, *BAD_FRAMES.values())):
        if len(data) < MAX_BYTES:
            Path(cases.seeds.name, f"r{number}").write_bytes(b"r" + data)
            Path(cases.seeds.name, f"h{number}").write_bytes(b"h" + data[4:])
            Path(cases.seeds.name, f"v{number}").write_bytes(b"v" + data[::-1])  # any bytes will do
    atheris.Setup([sys.argv[0], f"-max_len={MAX_BYTES}", "-verbosity=0", cases.seeds.name], cases)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
