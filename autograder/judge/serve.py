"""`python -m autograder.judge` answers JSON lines, one submission a line, for callers such as nbgrader that must not
fork or run pytest in their own process.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack

from autograder.judge.court import judge
from autograder.judge.forks import Parent
from autograder.judge.secret import of_request
from autograder.sentences import Stopped
from course_config import SEED


def serve() -> None:
    """Answer JSON lines {"assignment", "notebook", "seed", "modules", "secret", "only"} with {"verdict", "notebook"},
    or with {"refused"}, a sentence, where this judge has not the course's secret.

    Whoever asks keeps the pipe open until the answer is there: when it closes, the judge ends at once.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    parents: dict[str, Parent] = {}
    with ExitStack() as ends:
        for line in sys.stdin:
            request = json.loads(line)
            notebook, assignment = request["notebook"], request["assignment"]
            if assignment not in parents:
                parents[assignment] = ends.enter_context(Parent(assignment))
            parent = parents[assignment]
            seed, modules = request.get("seed") or SEED, request.get("modules")
            only = set(request["only"]) if request.get("only") else None
            try:
                secret = of_request(request.get("secret"))
            except Stopped as stopped:
                print(json.dumps({"refused": str(stopped)}), file=answers, flush=True)
                continue
            try:
                verdict = judge(notebook, assignment, parent, seed, only, modules, secret)
            except MemoryError:
                sys.exit("The judge took too much memory for one submission, which is not graded.")
            if parent.process.poll() is not None:  # its workers died with it: what failed for that is nobody's zero
                sys.exit("The judge's warm parent died.")
            print(json.dumps({"verdict": verdict, "notebook": notebook}), file=answers, flush=True)
