"""The judge's view of a student's process: ask it for things, call them, get plain data back.

A check writes `student.q_sample(x, 3, alpha_bars)`; the name is looked up and called on the student's side, and
what comes back is data or a `Handle` to an object that stays there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from autograder import wire
from autograder.judge.clock import Clock

TOO_MUCH = "TooMuch"  # the kind of an error
UNASKED = "This was not asked: the notebook took too long in all."
MAX_HANDLES = 100_000  # objects that stay on the student's side in one check: the solutions leave 77
MAX_CALLS = 100_000  # of the judge's functions in one check
MAX_VOLUME = 64 * 2**20  # bytes that come in one check, as wire.Channel counts them: the solutions' most is 6 MB
OPEN = re.compile(r"`[^`]+` is still open: your code goes where `raise NotImplementedError` stands\.")
LACKING = re.compile(
    r"Found no (NVIDIA) driver|No (CUDA) GPUs|re-initialize (CUDA)|(CUDA) error|not compiled with (CUDA|XPU)"
    r"|support for (mps) devices|from the '(CUDA|MPS|XPU)' backend"
)
TERMINAL_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class StudentError(AssertionError):
    """Student code raised, gave no answer, or answered with something that is not data: a sentence says which."""

    def __init__(self, sentence: str, kind: str = "", mix: bool = False) -> None:
        super().__init__(sentence)
        self.kind, self.mix = kind, mix


class Handle:
    """Something that stays on the student's side: `h.name`, `h(...)` and `h[...]` are asked for there."""

    def __init__(self, student: Student, reference: dict[str, Any]) -> None:
        self.__dict__ |= {"_student": student, "_reference": reference}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._student._ask("attr", of=self, name=name, asked=f".{name}")
        if isinstance(value, Handle):
            self._student._names.setdefault(value._reference["id"], f".{name}")
        return value

    def __getitem__(self, key: Any) -> Any:
        return self._student._ask("item", of=self, key=key, asked=f"[{key!r}]")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student.call(self, *args, **kwargs)

    def __repr__(self) -> str:
        return f"an object of type {self._reference.get('type')}"


def same_thing(one: Any, other: Any) -> bool:
    """Whether both are the same object on the student's side."""
    return isinstance(one, Handle) and isinstance(other, Handle) and count_of([one, other]) == 1


def count_of(things: list[Handle]) -> int:
    """How many different objects these are."""
    return len({thing._reference["id"] for thing in things})


def ended(error: wire.WireError) -> bool:
    """Whether the other side is no longer there, and not only slow, or talking nonsense."""
    return isinstance(error, wire.Gone) and "in time" not in str(error)


class Student:
    """One check's conversation with a fork of the student's namespace."""

    def __init__(self, channel: wire.Channel, seconds: float, clock: Clock) -> None:
        self._channel, self._seconds, self._clock = channel, seconds, clock
        self._names: dict[int, str] = {}
        self._device = "cpu"
        self._functions: list[Callable[..., Any]] = []  # of the judge's, that student code may call
        self._signatures: dict[int, inspect.Signature] = {}  # of those that were called
        self._calls = 0  # of them
        self._wait = clock.wait(seconds)  # for the answer at hand
        self._ended = False  # the other side, before we did

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._ask("look", name=name, asked=name)
        if isinstance(value, Handle):
            self._names[value._reference["id"]] = name
        return value

    def call(self, target: Handle, *args: Any, **kwargs: Any) -> Any:
        """Call `target` there; arrays and plain data come back as values, all else as handles."""
        return self._ask("call", target=target, args=args, kwargs=kwargs, asked=self._name(target))

    def hold(self, target: Handle, *args: Any, **kwargs: Any) -> Handle:
        """Call `target` there and keep whatever it returns there."""
        return self._kept("call", target=target, args=args, kwargs=kwargs, asked=self._name(target))

    def put(self, value: Any, device: str | None = None) -> Handle:
        """A copy of `value` that lives there, so that one can see later whether it was changed."""
        return self._kept("put", value=value, asked="put", device=device)

    def get(self, handle: Handle) -> Any:
        """The present value of what `handle` names."""
        return self._ask("get", value=handle, asked=self._name(handle))

    def part(self, handle: Handle, key: Any) -> Handle:
        """An item of what `handle` names, kept there."""
        return self._kept("item", of=handle, key=key, asked=f"[{key!r}]")

    def make(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call something of autograder/student/instruments/ there."""
        return self._ask("make", name=name, args=args, kwargs=kwargs, asked=name)

    def instrument(self, name: str, *args: Any, **kwargs: Any) -> Handle:
        """Like `make`, and keep the result there."""
        return self._kept("make", name=name, args=args, kwargs=kwargs, asked=name)

    def swap(self, name: str, value: Any, on: Handle | None = None) -> None:
        """Replace a global, or an attribute of `on`, for the rest of this check."""
        self._ask("swap", name=name, value=value, on=on, asked=f"replacing {name}")

    def gpu(self) -> None:
        """From here on there is a (simulated) GPU, and every tensor that the check sends lies on it."""
        self._ask("gpu", asked="gpu")
        self._device = "cuda:0"

    def close(self) -> bool:
        """Hang up; says whether the process had ended before."""
        self._channel.close()
        return self._ended

    def _name(self, target: Any) -> str:
        if not isinstance(target, Handle):
            return "it"
        kind = target._reference["type"]  # an object goes by its class: `TimeEmbedding` stopped with ...
        return self._names.get(target._reference["id"]) or (kind if kind[:1].isupper() else "it")

    def _kept(self, verb: str, **parts: Any) -> Handle:
        handle: Handle = self._ask(verb, hold=True, **parts)
        return handle

    def _ask(self, verb: str, asked: str, hold: bool = False, device: str | None = None, **parts: Any) -> Any:
        buffers: list[bytes] = []
        plain = {"name": parts.pop("name", None)}
        if parts.get("on", 0) is None:
            plain["on"] = parts.pop("on")
        coded = {key: self._code(value, buffers, device) for key, value in parts.items()}
        try:
            answer, received = self._exchange({"verb": verb, "hold": hold} | plain | coded, buffers)
            while isinstance(answer, dict) and "judge" in answer:
                answer, received = self._exchange(*self._told(answer, received))
        except wire.Gone as gone:
            if not ended(gone):
                sentence = f"`{asked}` {self._wait.limit}. A loop that never ends is one possible cause."
                raise StudentError(sentence, "TimeoutError") from None
            self._ended = True
            sentence = f"The Python process ended while `{asked}` ran: does the code leave Python, or crash it?"
            raise StudentError(sentence, "Gone") from None
        match answer:
            case {"error": dict(error)}:
                parts = {part: legible(error.get(part)) for part in ("type", "message", "line", "where")}
                is_open, mix = error.get("open") is True, error.get("mix") is True
                sentence = _sentence(asked, parts, is_open, on_cpu=self._device == "cpu")
                raise StudentError(sentence, parts["type"], mix)
            case {"value": coded}:
                value = wire.decode(coded, received, self._handle, _lying_on)
                if isinstance(value, Handle) or not hold:
                    return value
        raise wire.WireError("an answer that is none")

    def _exchange(self, message: dict[str, Any], buffers: list[bytes]) -> tuple[Any, list[bytes]]:
        if self._clock.is_over:
            raise StudentError(UNASKED)
        self._expect_little()
        with self._clock.waiting("questions"):
            self._wait = self._clock.wait(self._seconds)
            self._channel.send(message, buffers)
            answer, received, _ = self._channel.receive(self._wait)
        self._expect_little()
        return answer, received

    def _expect_little(self) -> None:
        """What came so far is looked at only while it is not much: whatever looks at it may take several times that."""
        if self._channel.volume > MAX_VOLUME:
            raise StudentError("This was not looked at: far more numbers came back than were asked for", TOO_MUCH)

    def _told(self, call: dict[str, Any], received: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """What one of the judge's functions answers to student code that called it."""
        self._calls += 1
        if self._calls > MAX_CALLS:
            raise StudentError("The functions that were put in the place of earlier ones are called without end")
        number = call["judge"]
        if type(number) is not int or not 0 <= number < len(self._functions):
            raise wire.WireError("a function that is none")
        function = self._functions[number]
        args, kwargs = (wire.decode(call.get(part), received, self._handle, _lying_on) for part in ("args", "kwargs"))
        if not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise wire.WireError("arguments that are none")
        buffers: list[bytes] = []
        try:
            try:
                if number not in self._signatures:
                    self._signatures[number] = inspect.signature(function)
                self._signatures[number].bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{function.__name__}(): {error}") from None
            return {"told": self._code(function(*args, **kwargs), buffers)}, buffers
        except tuple(wire.ERRORS.values()) as error:  # what a function of the student's own would raise there
            return {"wrong": str(error), "kind": type(error).__name__}, []

    def _code(self, value: Any, buffers: list[bytes], device: str | None = None) -> Any:
        lies_on = device or self._device
        return wire.encode(value, buffers, self._reference, lambda tensor: (tensor.detach(), lies_on))

    def _reference(self, thing: Any) -> dict[str, Any]:
        """What stays on its side, by number: an object of the student's, or a function of the judge's."""
        if isinstance(thing, Handle):
            return dict(thing._reference)
        self._functions.append(thing)
        return {"judge": len(self._functions) - 1, "name": thing.__name__}

    def _handle(self, reference: dict[str, Any]) -> Handle:
        number = reference["id"]
        if type(number) is not int or not 0 <= number < MAX_HANDLES:
            raise wire.WireError("too many objects, or none")
        return Handle(self, {"id": number, "type": legible(reference["type"], 100)})


def _lying_on(tensor: Any, device: str) -> Any:
    tensor.lies_on = device  # read it as `result.lies_on`
    return tensor


def legible(text: Any, limit: int = 500) -> str:
    """What a worker wrote as it may stand in a terminal or on a page: of bounded length, without control characters."""
    if not isinstance(text, str):
        return ""
    if len(text) <= limit and text.isprintable():
        return text
    shown = TERMINAL_ESCAPE.sub("", text[: 2 * limit])
    shown = "".join(c if c.isprintable() or c == "\n" else " " for c in shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _sentence(asked: str, error: dict[str, str], is_open: bool, on_cpu: bool) -> str:
    line = f" The line is `{error['line']}`." if error["line"] else ""
    message = error["message"]
    full_stop = "" if message.endswith((".", "!", "?")) else "."
    if is_open and error["where"] not in (asked, "__init__", "forward", ""):
        return f"`{asked}` needs `{error['where']}`, which is still open."
    if is_open:
        return f"`{asked}` is still open: your code goes where `raise NotImplementedError` stands."
    if device := on_cpu and _written_out(message):
        return (
            f"`{asked}` stopped: {device} is written out, and there is none here. Go by the device that is given.{line}"
        )
    match error["type"]:
        case "NameError" if message == asked:
            return f"`{asked}` is not defined: did the cell that defines it run without an error?"
        case "WireError":
            return f"What `{asked}` returned, or handed on, cannot be used as data: {message}."
        case "DeviceMix":
            return f"On a GPU `{asked}` would stop: {message}{full_stop}{line}"
        case "NotImplementedError" if 'required "forward"' in message:
            line = " Is `forward` misspelt, or does it stand outside the class?" + line
    return f"`{asked}` stopped with {error['type']}: {message}{full_stop}{line}"


def _written_out(message: str) -> str:
    """The kind of device that was asked for and that this machine does not have, from torch's words for it."""
    found = LACKING.search(message)
    return next(("cuda" if told == "NVIDIA" else told.lower() for told in found.groups() if told), "") if found else ""
