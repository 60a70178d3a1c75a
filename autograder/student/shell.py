"""Runs notebook cells with IPython, without a kernel, and keeps their rich output as nbformat dictionaries."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

Data = dict[str, Any]  # an output, or its parts by their kinds
CELL_BYTES = 4 * 2**20  # of output kept for one cell


class CellTimeout(Exception):
    """A cell ran longer than it may."""


class Outputs(list[Data]):
    """The outputs of one cell, in nbformat's form, up to a limit in bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes_left = CELL_BYTES
        self.clear_on_next = False

    def add(self, output: Data, size: int) -> None:
        if self.clear_on_next:
            self.clear()
            self.clear_on_next = False
        if size > self.bytes_left:
            if self.bytes_left >= 0:
                self.append(_stream("stdout", "\n[further output was left out]\n"))
            self.bytes_left = -1
            return
        self.bytes_left -= size
        if output["output_type"] == "stream" and self and self[-1].get("name") == output["name"]:
            self[-1]["text"] += output["text"]
        else:
            self.append(output)

    def write(self, name: str, text: str) -> None:
        if self.bytes_left > 0:
            part = text[: self.bytes_left]
            self.add(_stream(name, part), len(part))
        if text and self.bytes_left == 0:
            self.add(_stream(name, ""), 1)


def _stream(name: str, text: str) -> Data:
    return {"output_type": "stream", "name": name, "text": text}


def chars(data: Data) -> int:
    """The size of an output's texts and pictures."""
    return sum(len(str(part)) for part in data.values())


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell."""

    encoding = "utf-8"

    def __init__(self, shell: Shell, name: str, number: int) -> None:
        self.shell, self.label, self.number = shell, name, number

    def write(self, text: str) -> int:
        self.shell.outputs.write(self.label, str(text))
        return len(text)

    def fileno(self) -> int:
        return self.number

    def writable(self) -> bool:
        return True


class Publisher(DisplayPublisher):
    shell: Shell

    def publish(self, data: Data, metadata: Data | None = None, *_: Any, update: bool = False, **more: Any) -> None:
        outputs, mark = self.shell.outputs, (more.get("transient") or {}).get("display_id")
        output = {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata or {})}
        if not update:
            outputs.add(output, chars(data))
            self.shell.display_ids[id(output)] = mark
            return
        for old in [o for o in outputs if mark is not None and self.shell.display_ids.get(id(o)) == mark]:
            grows = chars(data) - chars(old["data"])
            if grows <= outputs.bytes_left:
                outputs.bytes_left -= grows
                old.update(output)

    def clear_output(self, wait: bool = False) -> None:
        if wait:
            self.shell.outputs.clear_on_next = True
        else:
            self.shell.outputs.clear()


class ResultHook(DisplayHook):
    shell: Shell

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Data, md_dict: Data | None = None) -> None:
        output: Data = {"output_type": "execute_result", "data": format_dict, "metadata": md_dict or {}}
        output["execution_count"] = self.shell.execution_count
        self.shell.outputs.add(output, chars(format_dict))

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):
    """IPython with its outputs collected; `run` executes one cell."""

    def __init__(self, scratch: str) -> None:
        self.outputs = Outputs()
        self.display_ids: dict[int, Any] = {}
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.xmode = "Context"
        config.InlineBackend.figure_formats = {"png"}
        super().__init__(config=config, ipython_dir=scratch, displayhook_class=ResultHook, display_pub_class=Publisher)
        type(self)._instance = InteractiveShell._instance = self  # type: ignore[assignment]  # get_ipython() finds it
        self.system = self.system_raw  # type: ignore[method-assign]  # `!command` writes to the redirected descriptors
        self.builtin_trap.activate()
        self.run_line_magic("matplotlib", "inline")
        show_figures_as_pictures()
        self.raw = os.open(os.path.join(scratch, ".output"), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(self.raw, number)
        sys.stdout, sys.stderr = Stream(self, "stdout", 1), Stream(self, "stderr", 2)
        sys.stdin = open(os.devnull)  # noqa: SIM115 - stays open as long as the process
        self.user_ns["input"] = _nobody_to_ask

    def enable_gui(self, gui: str | None = None) -> None:
        pass

    def _showtraceback(self, etype: type[BaseException], evalue: object, stb: list[str]) -> None:
        error = {
            "output_type": "error",
            "ename": etype.__name__,
            "evalue": _text(evalue),
            "traceback": list(stb),
        }
        self.outputs.add(error, sum(map(len, stb)))

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """IPython keeps a second copy of what is printed, for a history that nobody reads, and without a limit."""
        yield

    def run(self, source: str, seconds: float, only_definitions: bool = False) -> Data:
        """Execute a cell; return its outputs and, where it failed, the error in plain words' parts.

        Where a statement fails or takes too long, the definitions of the same cell still count.
        """
        self.outputs = Outputs()
        self.display_ids = {}
        start = os.lseek(self.raw, 0, os.SEEK_END)
        error: BaseException | None = None
        if not only_definitions:
            error = CellTimeout(f"this cell took longer than {seconds:g} s and was stopped")
            with _time_limit(seconds, error):
                result = self.run_cell(source, store_history=True)
                error = result.error_before_exec or result.error_in_exec
        if only_definitions or (error is not None and not isinstance(error, SyntaxError)):
            kept = self.outputs
            self.outputs = Outputs()
            with _time_limit(seconds, CellTimeout()):
                self.run_cell(definitions(self.transform_cell(source)))
            self.outputs = kept
        raw = os.pread(self.raw, CELL_BYTES, start).decode("utf-8", "replace")
        if raw:
            self.outputs.write("stdout", raw)
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = _without_overwritten(output["text"])
        return {
            "outputs": list(self.outputs),
            "error": error and describe(error),
            "count": self.execution_count - 1,
        }


def show_figures_as_pictures() -> None:
    """As PNG or JPEG, whatever a cell asks for: a page shows no PDF, and an SVG of many points is large."""
    from IPython.core import pylabtools
    from matplotlib_inline import backend_inline

    select = pylabtools.select_figure_formats

    def select_pictures(shell: InteractiveShell, formats: Iterable[str], **options: Any) -> None:
        wanted = {formats} if isinstance(formats, str) else set(formats)
        select(shell, wanted - {"svg", "pdf"} or {"png"}, **options)

    for module in (pylabtools, backend_inline):
        vars(module)["select_figure_formats"] = select_pictures


def _without_overwritten(text: str) -> str:
    """What stays on the screen where a progress bar returned to the start of its line."""
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def definitions(source: str) -> str:
    """The functions, classes and imports of a cell, every other line blank so that line numbers stay."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    lines = source.split("\n")
    kept: set[int] = set()
    wanted = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    for node in tree.body:
        if isinstance(node, wanted):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            kept.update(range(first - 1, node.end_lineno or first))
    return "\n".join(line if number in kept else "" for number, line in enumerate(lines))


def describe(error: BaseException) -> Data:
    """What a judge needs to make a sentence of an exception: type, message, and the student's own line."""
    about = {"type": type(error).__name__, "message": _text(error)[:400], "line": "", "where": ""}
    if isinstance(error, SyntaxError):
        return about | {"line": _text(error.text).strip()[:200], "message": _text(error.msg)}
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines = _cell_lines(code.co_filename)
        if lines and 0 < trace.tb_lineno <= len(lines):
            about |= {"line": lines[trace.tb_lineno - 1].strip()[:200], "where": code.co_name}
        trace = trace.tb_next
    return about


def _cell_lines(filename: str) -> list[str]:
    import linecache

    if not filename.startswith("<ipython-input"):
        return []
    return linecache.getlines(filename)


def _text(value: object) -> str:
    try:
        return "" if value is None else str(value)
    except Exception:
        return "(its message cannot be shown)"


def _nobody_to_ask(prompt: str = "") -> str:
    raise EOFError("input() has nobody to ask here: set the value in a line of its own")


@contextlib.contextmanager
def _time_limit(seconds: float, error: CellTimeout) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again each second: the first may be swallowed
    try:
        yield
    except CellTimeout:  # it struck while IPython was tidying up
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
