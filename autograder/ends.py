"""How `course` ends when it is told to, and how what it started ends with it.

A signal becomes a KeyboardInterrupt, so that each `with` and `finally` on the way out tidies up. What runs in another
process is not told: it ends when the pipe from whoever started it closes, be that one stopped or killed.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS = 4  # for tidying up
told = 0  # the signal that came


def listen() -> None:
    """From here on a signal ends this command; one that is ignored stays so, as nohup wants it."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: object) -> None:
    global told
    if told:  # nothing disturbs what tidies up
        return
    told = number
    sys.unraisablehook = lambda _: None  # a destructor that it strikes would print a traceback
    late = threading.Timer(SECONDS, os._exit, [128 + number])
    late.daemon = True
    late.start()
    raise KeyboardInterrupt


def leave(sentence: object) -> NoReturn:
    """Say it and go, without taking the interpreter apart: that takes torch seconds."""
    print(sentence, file=sys.stderr, flush=True)
    sys.stdout.flush()
    atexit._run_exitfuncs()
    os._exit(128 + told)


def end_with(pipe: int | Connection) -> None:
    """End this process, whatever it does, when the other end of a pipe closes."""
    hangs_up = select.poll()
    hangs_up.register(pipe, 0)

    def wait() -> None:
        hangs_up.poll()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


# --- a pool's processes, which a terminal takes for the command itself

OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP)


@contextmanager
def out_of_earshot() -> Iterator[None]:
    """What is started in here hears nothing of a terminal before it calls `end_with_pool`, if it does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, OF_A_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_pool(pipe: Connection) -> None:
    """Begin so in a pool's process: Ctrl-C is for the one that started it, and ends this one through the pipe."""
    for number in OF_A_TERMINAL:
        signal.signal(number, lambda *_: None)  # not ignored: what is started here would ignore it, too
    signal.pthread_sigmask(signal.SIG_UNBLOCK, OF_A_TERMINAL)
    end_with(pipe)
