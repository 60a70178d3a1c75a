"""What the warm parent pays once for all submissions: the imports, and first times of everything.

Only what an assignment's own text imports is there before the student's code: every fork copies what a library takes,
and torch takes eight times as much as all others together. Whoever imports more waits for it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import sys
from collections.abc import Iterable
from importlib import import_module

from autograder.student import instruments, pages
from course_config import ROOT

IMPORTED = re.compile(r"^(?:import|from) ([\w.]+)", re.M)


def up(assignments: Iterable[str]) -> None:
    """Import all that these assignments need, and start what starts slowly.

    What is there by then is frozen, here and before each check: a `gc.collect()` in student code would walk half a
    million objects each time.
    """
    texts = [ROOT / "source" / f"{name}.py" for name in assignments]
    for text in (path.read_text("utf-8") for path in texts if path.exists()):
        for library in IMPORTED.findall(text):
            with contextlib.suppress(ImportError):  # the student's cell will say so
                import_module(library)
    first_figure()
    first_bar()
    if "torch" in sys.modules:
        first_steps()
    instruments.load(assignments)
    gc.collect()
    gc.freeze()
    pages.gather()


def first_figure() -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    import matplotlib_inline.backend_inline  # noqa: F401 - imported for every fork

    plt.plot([0, 1])
    plt.savefig(os.devnull, format="png")
    plt.close("all")


def first_bar() -> None:
    import tqdm.auto
    import tqdm.std

    tqdm.std.tqdm.monitor_interval = 0  # no monitor thread: forks must start from a single thread


def first_steps() -> None:
    """torch at one thread, its first optimizer, its compiler; and the GPU that is simulated with it."""
    import torch

    from autograder.student import devices  # noqa: F401 - for worker.py

    torch.set_num_threads(1)
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    torch.compile(torch.nn.Identity())
