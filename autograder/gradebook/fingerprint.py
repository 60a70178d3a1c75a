"""What a verdict hangs on, in one number: the submission, the released notebook, and all that judges it.

Outside it is what only decides about marks afterwards: dates, penalties, the pages and the gradebook.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from modulefinder import ModuleFinder
from pathlib import Path

from autograder.gradebook.folder import is_plain, taken
from autograder.judge.secret import of_course, stamp
from course_config import ASSIGNMENTS, COMPANIONS, LIMITS, ROOT, SEED

ENTRIES = ("autograder.judge.__main__", "autograder.student.__main__")  # the two processes of ours that judge
BY_NAME = "import_module("  # in a package's __init__.py: it finds what lies in its folder


def fingerprint(assignment: str, folder: Path, root: Path) -> str:
    """Changes when the submission in `folder`, the released notebook or anything that judges it changes."""
    released = contents(root, [root / "release" / assignment / f"{assignment}.ipynb"])
    submitted = [path for path in taken(folder, assignment).files if is_plain(path, LIMITS.submitted_bytes)]
    parts = of_the_judge(assignment), released, contents(folder, submitted), stamp(of_course(root))
    return hashlib.sha256("".join(parts).encode()).hexdigest()


@cache
def of_the_judge(assignment: str) -> str:
    """The part that a whole class shares. course_config counts by the values that judging reads, not by its text."""
    values = SEED, LIMITS, COMPANIONS.get(assignment, ()), version("torch"), version("numpy")
    return f"{values}{contents(ROOT, code_of(assignment, ROOT))}"


def code_of(assignment: str, home: Path) -> list[Path]:
    """Every file below `home` that the judge or a worker imports, inside functions too, but for course_config.py.

    Of a package that imports by name it is all in its folder, less what bears another assignment's name.
    """
    finder = ModuleFinder([str(home), str(home / "solutions")])
    others = set(ASSIGNMENTS) - {assignment}
    wanted = set(ENTRIES)
    while new := wanted - finder.modules.keys():
        for name in sorted(new):
            finder.import_hook(name)
        files = (getattr(module, "__file__", None) for module in finder.modules.values())  # none of what is built in
        found = {Path(file) for file in files if file}
        folders = [path.parent for path in found if path.name == "__init__.py" and BY_NAME in path.read_text("utf-8")]
        inside = {path.relative_to(home).with_suffix("") for folder in folders for path in folder.rglob("*.py")}
        wanted = {".".join(path.parts) for path in inside if others.isdisjoint(path.parts)}
    return sorted(found - {home / "course_config.py"})


def contents(folder: Path, files: Iterable[Path]) -> str:
    """Of files in a folder, their names included; one that is not there, or may not be read, counts for nothing."""
    digest = hashlib.sha256()
    for path in files:
        with suppress(OSError), path.open("rb") as file:
            inside = hashlib.file_digest(file, "sha256").digest()
            digest.update(os.fsencode(path.relative_to(folder)) + b"\0" + inside)
    return digest.hexdigest()
