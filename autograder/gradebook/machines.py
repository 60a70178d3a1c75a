"""Judges on other machines, by Dask: submissions go to a scheduler, which gives them to whatever workers there are.

    dask scheduler                                    # on one machine, with this checkout
    dask worker ADDRESS --nthreads 1 --nworkers 4     # on others, with the same checkout and the course's secret
    course grade spiral --scheduler ADDRESS

What crosses is bytes: a mended notebook there, verdict and notebook back. A task is retried where its worker dies.
"""

from __future__ import annotations

import json
import socket
import threading
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import distributed

from autograder.gradebook.fingerprint import of_the_judge
from autograder.gradebook.judge_process import JudgeProcess
from autograder.gradebook.judges import Crew
from autograder.gradebook.machine import AGAIN
from autograder.judge.isolation import tried_here
from autograder.judge.secret import NAME
from autograder.sentences import Stopped
from course_config import ROOT

Client: Any = distributed.Client  # has no types
CONNECT_SECONDS = 20
MOST_THREADS = 200
here = threading.local()


class Machines(Crew):
    """The workers of a scheduler. `walls`: they must lock student code in fully."""

    def __init__(self, address: str, assignment: str, walls: bool = True) -> None:
        self.address = address
        self.terms = {"assignment": assignment, "judge": of_the_judge(assignment), "walls": walls}
        try:
            self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise Stopped(f"No Dask scheduler answers at {address}: {error}. Is `dask scheduler` running?") from None
        workers = self.client.nthreads()
        if not workers:
            self.client.close()
            raise Stopped(f"The scheduler at {address} has no workers: start some with `dask worker {address}`.")
        for unfit in filter(None, self.client.run(refusal, self.terms).values()):
            self.client.close()
            raise Stopped(unfit)
        super().__init__(min(sum(workers.values()), MOST_THREADS))

    def answer(self, request: dict[str, Any], seconds: float, alone: bool) -> dict[str, Any]:
        """`alone` is the scheduler's affair: a worker has one submission at a time, if it has one thread."""
        raw = json.dumps(request).encode()
        # A name of its own: by default Dask takes equal arguments for one task, and keeps its result.
        name = f"judge-{uuid.uuid4().hex}"
        try:
            task = self.client.submit(judged_there, raw, seconds, self.terms, key=name, pure=False)
            answer: dict[str, Any] = json.loads(task.result())
        except distributed.KilledWorker:  # each worker that had it died
            return {}
        except Exception as error:  # no task raises one, so it is Dask's: nobody's zero
            raise Stopped(f"The scheduler at {self.address} is gone ({error}). {AGAIN}") from None
        if sentence := answer.get("unfit"):
            raise Stopped(sentence)
        return answer

    def end(self) -> None:
        self.client.close()


# ---- on a worker ------------------------------------------------------------------------------------------


def judged_there(raw: bytes, seconds: float, terms: dict[str, Any]) -> bytes:
    """The judge's answer to a request, both as JSON. Nothing is raised: Dask shortens what errors say."""
    if sentence := refusal(terms):
        return json.dumps({"unfit": sentence}).encode()
    if not hasattr(here, "judge"):
        here.judge = JudgeProcess()  # of this thread
    try:
        return json.dumps(here.judge.ask(with_own_secret(json.loads(raw)), seconds)).encode()
    except Stopped as stopped:
        return json.dumps({"unfit": f"{stopped} (worker on {socket.gethostname()})"}).encode()


def with_own_secret(request: dict[str, Any]) -> dict[str, Any]:
    """The secret lies in this checkout where it does not lie where the course has it."""
    said = request["secret"]
    return request if Path(said["file"]).exists() else request | {"secret": said | {"file": str(ROOT / NAME)}}


def refusal(terms: dict[str, Any]) -> str:
    """Why this worker may not judge; empty where it may."""
    name = f"The worker on {socket.gethostname()}"
    if of_the_judge(terms["assignment"]) != terms["judge"]:
        return (
            f"{name} has other checks, or other versions, than this checkout: give it the same ones, and start it anew."
        )
    if terms["walls"] and (missing := walls_here()):
        return (
            f"{name} cannot lock student code in fully: {'; '.join(missing)}. Take it away, or trust: --less-isolation."
        )
    return ""


@cache
def walls_here() -> tuple[str, ...]:
    """What is missing of full isolation."""
    return tuple(tried_here()["missing"])
