"""The student's side: a warm parent, one locked-in process a submission, one fork of that a check.

Started by __main__.py. It holds no check, no expected value and no solution; it runs cells, looks things up, calls
them, and answers with plain data (wire.py).
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import itertools
import os
import random
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from autograder import wire
from autograder.student import instruments, sandbox, warden
from autograder.student.shell import Shell, describe
from course_config import Limits

DEVICES: Any = sys.modules.get("autograder.student.devices")  # where the assignment uses torch: see warm.py
MOST_FILES = 2000  # in scratch, that are looked at between two checks


def hide_autograder() -> None:
    """Student code cannot import the package; with Landlock it could not read its files either."""
    ours = ("autograder", "ddpm", "course_config")
    for name in [name for name in sys.modules if name.split(".")[0] in ours]:
        del sys.modules[name]

    class Closed:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name.split(".")[0] in ours:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Closed)


def keep_one_thread() -> None:
    """torch must stay at one thread in a fork, whatever student code asks for: more would hang."""
    torch: Any = sys.modules.get("torch")
    if torch:
        torch.set_num_threads(1)
        torch.set_num_threads = torch.set_num_interop_threads = lambda nthreads: None


def serve_parent(channel: wire.Channel) -> None:
    """The warm parent: forks a warden and its submission's process when asked, ends them when asked."""
    wardens: dict[int, tuple[int, Limits]] = {}  # by pid: while our end of its pipe is open, a warden goes on
    while True:
        try:
            request, _, fds = channel.receive()
        except wire.Gone:
            break
        if "kill" in request:
            pid = request["kill"]
            pipe, limits = wardens.pop(pid)
            os.close(pipe)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            channel.send({"end": warden.how_it_ended(status, limits)})
            continue
        ends, ours = os.pipe()
        limits = Limits(**request["limits"])
        pid = os.fork()
        if pid == 0:
            channel.close()
            for pipe in (*(pipe for pipe, _ in wardens.values()), ours):
                os.close(pipe)
            status = 0
            try:
                status = serve_guarded(fds[0], ends, request, limits)
            except BaseException:  # never back into the parent's loop
                traceback.print_exc()
            os._exit(status)
        for descriptor in (*fds, ends):
            os.close(descriptor)
        wardens[pid] = ours, limits
        channel.send({"pid": pid})
    for pid, (pipe, _) in wardens.items():
        os.close(pipe)
        os.waitpid(pid, 0)


def serve_guarded(descriptor: int, pipe: int, settings: dict[str, Any], limits: Limits) -> int:
    """The warden's process: fork the submission's, and watch it until it ends. Returns the reason of its end."""
    warden.adopt_orphans()
    place = settings["home"], settings["scratch"], settings["public"].values()
    worker, lock = sandbox.fork_locked_in(*place, limits)
    if worker == 0:
        os.close(pipe)
        serve_in_fork(descriptor, lambda own: Submission(own, settings, str(lock)).serve())
    os.close(descriptor)
    return warden.guard(worker, pipe, limits, settings["scratch"], lock.own_network)


def serve_in_fork(descriptor: int, serve: Callable[[wire.Channel], None]) -> None:
    """Be a submission's process, and nothing afterwards."""
    with contextlib.suppress(wire.WireError):
        serve(wire.Channel(socket.socket(fileno=descriptor)))
    os._exit(0)


class Submission:
    """Holds one student's namespace: runs the cells, then forks for each check."""

    def __init__(self, channel: wire.Channel, settings: dict[str, Any], isolation: str) -> None:
        self.channel, self.isolation = channel, isolation
        self.move(settings["scratch"], settings["public"])
        self.write(settings["modules"])
        hide_autograder()
        keep_one_thread()
        self.shell = Shell(settings["scratch"])
        self.left: set[str] | None = None  # in scratch, by the cells
        channel.send({"isolation": isolation})

    def move(self, scratch: str, public: dict[str, str]) -> None:
        """Make `scratch` home, and show the public files there."""
        self.scratch = scratch
        os.makedirs(scratch, exist_ok=True)
        for name, path in public.items():
            os.symlink(path, os.path.join(scratch, name))
        os.environ |= {"HOME": scratch, "TMPDIR": scratch, "IPYTHONDIR": scratch, "MPLCONFIGDIR": scratch}
        tempfile.tempdir = scratch  # Python had found one before
        os.chdir(scratch)
        sys.path[:] = [entry for entry in sys.path if "site-packages" in entry or entry.startswith(sys.base_prefix)]
        sys.path.insert(0, scratch)

    def write(self, modules: dict[str, str]) -> None:
        """The student's own modules, but for those whose names mean something here already."""
        taken = {name for name in modules if name in sys.modules or importlib.util.find_spec(name)}
        for name in modules.keys() - taken:
            with open(f"{name}.py", "w", encoding="utf-8") as file:
                file.write(modules[name])

    def serve(self) -> None:
        while True:
            request, _, fds = self.channel.receive()
            if "run" in request:
                wanted = (request[part] for part in ("run", "seconds", "longest", "only_definitions", "kind", "todo"))
                answer = {"ran": self.shell.run(*wanted)}
            elif "seed" in request:
                self.tidy()
                answer = self.fork(fds[0], partial(self.be_asked, seed=request["seed"], todo=request["todo"]))
            elif "scratch" in request:
                answer = self.fork(fds[0], partial(self.go_on, settings=request))
            else:
                answer = self.end(request["kill"])
            self.channel.send(answer)

    def tidy(self) -> None:
        """Each check finds the files that the cells left: what an earlier check wrote beside them is gone.

        Where there are thousands, looking at all of them for each check would cost the submission its time.
        """
        here = set(itertools.islice(below(self.scratch), MOST_FILES))
        self.left = here if self.left is None else self.left
        if len(here) == MOST_FILES:
            return
        for path in sorted(here - self.left, reverse=True):  # what is in a folder comes before it
            with contextlib.suppress(OSError):
                (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)

    def fork(self, descriptor: int, serve: Callable[[wire.Channel], None]) -> dict[str, Any]:
        """A fork of this process that serves on a channel of its own, and leads a group of its own."""
        pid = os.fork()
        if pid == 0:
            self.channel.close()
            os.setsid()
            serve_in_fork(descriptor, serve)
        os.close(descriptor)
        return {"pid": pid}

    def be_asked(self, channel: wire.Channel, seed: int, todo: str) -> None:
        """For one check of a TODO: answer with what this namespace holds."""
        gc.freeze()
        keep_one_thread()
        self.shell.definitions.put_back(todo)
        seed_everything(seed, self.shell.user_ns)
        mute_figures()
        Session(channel, self.shell.user_ns).serve()

    def go_on(self, channel: wire.Channel, settings: dict[str, Any]) -> None:
        """Be a submission of one's own that starts with this namespace."""
        self.channel = channel
        self.move(settings["scratch"], settings["public"])
        channel.send({"isolation": self.isolation})
        self.serve()

    def end(self, pid: int) -> dict[str, Any]:
        """End a fork and its group: its own forks, and the programs that it started."""
        for kill in (os.kill, os.killpg):
            with contextlib.suppress(OSError):
                kill(pid, signal.SIGKILL)
        status = 0
        with contextlib.suppress(OSError):
            status = os.waitpid(pid, 0)[1]
        return {"end": {"reason": "", "killed": status == signal.SIGKILL}}


def below(folder: str) -> Iterator[str]:
    """The paths of all that lies in a folder, however deep; links are not followed."""
    waiting = [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry.path
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def seed_everything(seed: int, namespace: dict[str, Any]) -> None:
    """Start every generator that student code is likely to use from the verdict's seed."""
    import numpy as np

    random.seed(seed)
    np.random.seed([seed % 2**32, (seed >> 32) % 2**32])
    if torch := sys.modules.get("torch"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed tells GPUs first, which takes a fork 5 ms
    for value in list(namespace.values()):
        if type(value) is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            value.bit_generator.state = np.random.PCG64(seed).state


def mute_figures() -> None:
    """Figures stay open, so that a check can read the lines that were plotted. Nobody sees them: none is drawn."""
    import matplotlib.pyplot as plt
    from matplotlib import layout_engine
    from matplotlib.figure import Figure

    def nothing(*_: object, **__: object) -> None:
        """Takes whatever these take."""

    plt.show = plt.close = nothing
    vars(layout_engine)["get_tight_layout_figure"] = nothing
    Figure.draw = nothing  # type: ignore[method-assign]


class Remote:
    """A function of the judge's, for student code to call; it has the name of the notebook's that it stands for."""

    def __init__(self, ask: Callable[..., Any], name: str) -> None:
        self.__ask, self.__name__ = ask, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__ask(args, kwargs)


class Session:
    """Answers the requests of one check. What is not plain data stays here; the judge gets a number for it."""

    def __init__(self, channel: wire.Channel, namespace: dict[str, Any]) -> None:
        self.channel, self.namespace = channel, namespace
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}  # by id: so that the judge knows an object again

    def serve(self) -> None:
        while True:
            self.respond(*self.channel.receive()[:2])

    def respond(self, request: dict[str, Any], buffers: list[bytes]) -> None:
        """Do what the judge asks for, and send what came of it."""
        answers: list[bytes] = []
        try:
            value = self.answer(request, lambda coded: self.decode(coded, buffers))
            if request.get("hold"):
                coded = {"handle": self.keep(value)}
            else:
                coded = wire.encode(value, answers, self.keep, untag)
            message = {"value": coded}
        except BaseException as error:  # whatever student code raises is an answer
            answers = []
            message = {"error": describe(error) | {"mix": bool(DEVICES and isinstance(error, DEVICES.DeviceMix))}}
        try:
            self.channel.send(message, answers)
        except wire.Gone:
            raise
        except wire.WireError as error:  # too large
            self.channel.send({"error": describe(error) | {"mix": False}})

    def ask(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the judge's function answers; until it does, the judge may ask back."""
        buffers: list[bytes] = []
        coded = {
            name: wire.encode(value, buffers, self.keep, untag) for name, value in (("args", args), ("kwargs", kwargs))
        }
        self.channel.send({"judge": number} | coded, buffers)
        while True:
            request, received, _ = self.channel.receive()
            if "told" in request:
                return self.decode(request["told"], received)
            if "wrong" in request:
                raise wire.ERRORS.get(request["kind"], TypeError)(request["wrong"])
            self.respond(request, received)

    def answer(self, request: dict[str, Any], decode: Any) -> Any:
        match request["verb"]:
            case "look":
                if request["name"] not in self.namespace:
                    raise NameError(request["name"])
                return self.namespace[request["name"]]
            case "attr":
                return getattr(decode(request["of"]), request["name"])
            case "item":
                return decode(request["of"])[decode(request["key"])]
            case "call":
                return decode(request["target"])(*decode(request["args"]), **decode(request["kwargs"]))
            case "make":
                return instruments.INSTRUMENTS[request["name"]](*decode(request["args"]), **decode(request["kwargs"]))
            case "put" | "get":
                return decode(request["value"])
            case "swap":
                value = decode(request["value"])
                if request["on"] is None:
                    self.namespace[request["name"]] = value
                else:
                    setattr(decode(request["on"]), request["name"], value)
            case "gpu":
                DEVICES.SimulatedGPU().__enter__()  # for the rest of this process

    def keep(self, value: Any) -> dict[str, Any]:
        if (number := self.numbers.get(id(value))) is None:
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)  # kept alive, so that its id is nobody else's
        return {"id": number, "type": type(value).__name__}

    def decode(self, coded: Any, buffers: list[bytes]) -> Any:
        return wire.decode(coded, buffers, self.find, tag)

    def find(self, reference: dict[str, Any]) -> Any:
        if "judge" in reference:
            return Remote(partial(self.ask, reference["judge"]), reference["name"])
        return self.objects[reference["id"]]


def untag(tensor: Any) -> tuple[Any, str]:
    return (DEVICES.plain(tensor), DEVICES.where(tensor)) if DEVICES else (tensor.detach().cpu(), "cpu")


def tag(tensor: Any, device: str) -> Any:
    return tensor if device == "cpu" else DEVICES.tag(tensor, device)
