"""Runs notebook cells with IPython, without a kernel, and keeps their rich output as nbformat dictionaries."""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.student.definitions import Definitions, names_bound
from course_config import STILL_OPEN

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
        self.lost_imports: set[str] = set()  # names that imports would have brought which failed here
        self.definitions = Definitions(self.user_ns)

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

    def run(self, source: str, seconds: float, longest: float, only_definitions: bool, kind: str, todo: str) -> Data:
        """Execute a cell for so many seconds of computing time, and `longest` in all; return its outputs and, where it
        failed, the error in plain words' parts.

        Where a statement fails or takes too long, the definitions behind it still count; an import that this machine
        lacks stops nothing. `kind` and `todo` say whose cell it is, for what is judged later (definitions.py).
        """
        self.outputs = Outputs()
        self.display_ids = {}
        start = os.lseek(self.raw, 0, os.SEEK_END)
        rest = code = self.code_of(source)
        self.errors: list[BaseException] = []
        stopped: BaseException | None = None
        if not only_definitions:
            stopped = CellTimeout()
            with _time_limit(seconds, longest, stopped):
                rest, stopped = self.run_past_lost_imports(source)
        if only_definitions or stopped:
            with _time_limit(seconds, seconds, CellTimeout()):
                self.define(rest, behind=_line_of(stopped))
        raw = os.pread(self.raw, CELL_BYTES, start).decode("utf-8", "replace")
        if raw:
            self.outputs.write("stdout", raw)
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = _without_overwritten(output["text"])
        error = self.errors[0] if self.errors else stopped
        return {
            "outputs": list(self.outputs),
            "error": error and describe(error),
            "lost": sorted(names_bound(code) - self.user_ns.keys()),
            "anew": self.definitions.note(kind, todo, code, whole=not stopped and not only_definitions),
            "count": self.execution_count - 1,
        }

    def code_of(self, source: str) -> str:
        """The Python of a cell, its magics made calls."""
        try:
            code: str = self.transform_cell(source)
        except Exception:  # no Python
            code = source
        return code

    def run_past_lost_imports(self, source: str) -> tuple[str, BaseException | None]:
        """Run a cell, and where it stops for want of a module go on behind the statement.

        Returns the error that nothing goes on behind, and the code in which it stands.
        """
        while True:
            code = self.code_of(source)
            result = self.run_cell(source, store_history=True)
            error = result.error_before_exec or result.error_in_exec
            statement = error and _statement_at(code, _line_of(error))
            if not statement or not self.wants_a_module(statement, error):
                return code, error
            self.errors.append(error)
            source = "".join(code.splitlines(keepends=True)[statement.end_lineno :])

    def wants_a_module(self, statement: ast.stmt, error: BaseException) -> bool:
        """Whether this is an import that failed, or a use of what such an import would have brought."""
        if isinstance(error, ImportError) and isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                one = ast.Import([alias]) if isinstance(statement, ast.Import) else copy.copy(statement)
                one.names = [alias]  # the others of the line may be there
                if not self.define_one(ast.copy_location(one, statement)):
                    self.lost_imports.add((alias.asname or alias.name).split(".")[0])
            return True
        return isinstance(error, NameError) and error.name in self.lost_imports

    def define(self, code: str, behind: int) -> None:
        """The imports, definitions and constants of a cell behind a line of it, each by itself."""
        with contextlib.suppress(SyntaxError):
            name = self.compile.cache(code, self.execution_count)
            for statement in ast.parse(code).body:
                first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
                if first > behind and _defines(statement):
                    self.define_one(statement, name)

    def define_one(self, statement: ast.stmt, name: str = "<cell>") -> bool:
        try:
            exec(compile(ast.Module([statement], []), name, "exec", dont_inherit=True), self.user_ns)
        except CellTimeout:
            raise
        except BaseException:  # an exit, too
            return False
        return True


def _defines(statement: ast.stmt) -> bool:
    """Whether it is a definition, an import, or an assignment to names that calls nothing and changes no object."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        parts = list(ast.walk(statement))
        calls = any(isinstance(part, ast.Call | ast.Await) for part in parts)
        places = [part for part in parts if isinstance(part, ast.Attribute | ast.Subscript)]
        return not calls and not any(isinstance(place.ctx, ast.Store) for place in places)
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _line_of(error: BaseException | None) -> int:
    """The line of a cell's top level at which an error arose; 0 where that is unknown."""
    for frame, line in traceback.walk_tb(error.__traceback__ if error else None):
        if frame.f_code.co_name == "<module>" and _cell_lines(frame.f_code.co_filename):
            return line
    return 0


def _statement_at(code: str, line: int) -> ast.stmt | None:
    statements = ast.parse(code).body if line else []
    return next(
        (statement for statement in statements if statement.lineno <= line <= (statement.end_lineno or 0)), None
    )


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


def describe(error: BaseException) -> Data:
    """What a judge needs to make a sentence of an exception: type, message, and the student's own line."""
    about: Data = {"type": type(error).__name__, "message": _text(error)[:400], "line": "", "where": ""}
    if isinstance(error, SyntaxError):
        return about | {"line": _text(error.text).strip()[:200], "message": _text(error.msg)}
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines = _cell_lines(code.co_filename)
        if lines and 0 < trace.tb_lineno <= len(lines):
            about |= {"line": lines[trace.tb_lineno - 1].strip()[:200], "where": code.co_name}
        trace = trace.tb_next
    stub = about["message"] == STILL_OPEN or about["line"].startswith("raise NotImplementedError")
    return about | {"open": isinstance(error, NotImplementedError) and stub}


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
def _time_limit(seconds: float, longest: float, error: CellTimeout) -> Iterator[None]:
    """Raise the error where this process has computed for so many seconds, or the longest time has passed."""
    limits = {
        signal.SIGPROF: (signal.ITIMER_PROF, seconds, f"this cell computed for more than {seconds:g} s"),
        signal.SIGALRM: (signal.ITIMER_REAL, longest, f"this cell took longer than {longest:g} s"),
    }

    def stop(number: int, _: object) -> None:
        error.args = (f"{limits[signal.Signals(number)][2]} and was stopped",)
        raise error

    before = {number: signal.signal(number, stop) for number in limits}
    for timer, limit, _ in limits.values():
        signal.setitimer(timer, limit, 1.0)  # again each second: the first may be swallowed
    try:
        yield
    except CellTimeout:  # it struck while IPython was tidying up
        pass
    finally:
        for timer, *_ in limits.values():
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
