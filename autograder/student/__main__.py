"""`python -I -m autograder.student DESCRIPTOR ASSIGNMENT...`: the warm parent of their submissions, which ends when its
judge does, told or not.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import sys
import threading
from collections.abc import Iterator

TICK = 0.1  # seconds between two looks for the judge


@contextlib.contextmanager
def looking_for(judge: socket.socket) -> Iterator[None]:
    """A thread looks whether the judge is there while nobody reads its channel; it has ended before the first fork."""
    hangs_up, read = select.poll(), threading.Event()
    hangs_up.register(judge, 0)

    def look() -> None:
        while not read.wait(TICK):
            if hangs_up.poll(0):
                leave()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        read.set()
        looking.join()


def leave() -> None:
    shutil.rmtree(os.environ["HOME"], ignore_errors=True)  # the judge does so, too, unless it was killed
    os._exit(0)


def main() -> None:
    judge = socket.socket(fileno=int(sys.argv[1]))
    with looking_for(judge):
        from autograder.student import warm

        warm.up(sys.argv[2:])
        from autograder import wire
        from autograder.student.worker import serve_parent
    serve_parent(wire.Channel(judge))
    leave()


main()
