"""How a command is ended from outside: Ctrl-C, a kill and a closed terminal take the same way out.

The first signal raises Ended where the command is, so that all it had begun is put away: part files, scratch folders,
processes. Python raises between two steps of its own, and one step may be a minute of torch; so a thread hears the
signal too, and ends the process if GRACE seconds later it is still there.
"""

import os
import signal
import threading
import time
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 3  # seconds


class Ended(SystemExit):
    """A signal came. The exit code is the shell's for it: 130 for Ctrl-C, 143 for a kill, 129 for a closed terminal."""

    sentence = "ddpm: stopped."


def listen() -> None:
    """From now on SIGNALS end the command as Ended. Those that are ignored, as under nohup, stay so."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    threading.Thread(target=insist, args=[heard], daemon=True).start()


def end(number: int, _: object) -> NoReturn:
    """The way out is taken once: a second Ctrl-C does not break it off."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Ended(128 + number)


def insist(heard: int) -> NoReturn:
    """Wait for a signal, which writes its number into the pipe whatever the main thread does."""
    while (number := os.read(heard, 1)[0]) not in SIGNALS:
        pass
    time.sleep(GRACE)
    try:
        os.write(2, f"{Ended.sentence}\n".encode())
    finally:
        os._exit(128 + number)
