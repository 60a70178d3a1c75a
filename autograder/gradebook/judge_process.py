"""The judge as a process of its own, and how it is asked: nbgrader may call from inside Jupyter's server."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from autograder.sentences import Stopped

log = logging.getLogger(__name__)
COMMAND = [sys.executable, "-m", "autograder.judge"]


class JudgeProcess:
    """Kept warm between submissions and started again when it died.

    With a `core` it stays there with all that it starts. Judge and submission only ever wait for each other, and one
    that is woken on another core costs both an interrupt: a tenth of the processor time in all.
    """

    def __init__(self, core: int | None = None) -> None:
        self.core = core
        self.process: subprocess.Popen[str] | None = None
        self.lock = threading.Lock()
        self.has_ended = False

    def ask(self, request: dict[str, Any], seconds: float, alone: bool = False) -> dict[str, Any]:
        """The judge's answer; empty where it was too slow, or twice died or made no sense. It is always alone."""
        end = time.monotonic() + seconds
        with self.lock:
            answer = self.ask_once(request, seconds)
            left = end - time.monotonic()
            return answer or (self.ask_once(request, left) if left > 0 else {})  # nothing is known of who killed it

    def ask_once(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        if self.has_ended:
            return {}
        if self.process is None or self.process.poll() is not None:
            self.start()
        assert self.process and self.process.stdin and self.process.stdout
        alarm = threading.Timer(seconds, kill, [self.process])
        alarm.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
            if isinstance(refusal := answer.get("refused"), str):
                raise Stopped(refusal)
            return answer if isinstance(answer["verdict"]["todos"], dict) else {}
        except (OSError, ValueError, LookupError, TypeError) as error:
            log.error("The judge gave no answer: %r", error)
            self.stop()
            return {}
        except BaseException:  # Ctrl-C: what it says now must never be taken for the next submission's answer
            self.stop()
            raise
        finally:
            alarm.cancel()

    def start(self) -> None:
        home = Path(__file__).resolve().parents[2]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            COMMAND, cwd=home, start_new_session=True, stdin=pipe, stdout=pipe, encoding="utf-8"
        )
        if self.core is not None:
            os.sched_setaffinity(self.process.pid, {self.core})
        if self.has_ended:
            kill(self.process)

    def end(self) -> None:
        """For good, and from any thread: whoever waits for its answer gets none."""
        self.has_ended = True
        if process := self.process:
            kill(process)
            if self.lock.acquire(blocking=False):  # nobody waits, and would see to it
                self.stop()
                self.lock.release()  # whoever asks later hears at once that it has ended

    def stop(self) -> None:
        process, self.process = self.process, None
        if process:
            with process:  # closes its pipes and waits for it
                kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


warm_judge = JudgeProcess()  # one a process: nbgrader makes a new preprocessor for every notebook and pass
