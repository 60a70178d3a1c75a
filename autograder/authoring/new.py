"""`course new NAME`: an assignment to begin with, of one TODO. template/ holds its files; NAME stands for its name."""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path

from autograder.sentences import BuildError
from course_config import ASSIGNMENTS, LECTURES, ROOT

TEMPLATE = Path(__file__).parent / "template"
PLACES = ("source", "autograder/checks", "autograder/bank", "autograder/classroom")  # in the order of editing
OTHERS = ("release", "solutions", "autograder/student/instruments")  # where a name must be free as well
CONTRACTS = "docs/contracts.md"
NEXT = """What is there builds, grades and passes its bank as it stands:
  course build NAME
  course judge solutions/NAME/NAME.ipynb --assignment NAME
  course bank autograder/bank/NAME"""


def make(name: str, root: Path = ROOT) -> list[str]:
    """Write the files, all or none; returns what was written, in the order of editing, and what comes next."""
    refuse(name, root)
    edited = {root / file: edit((root / file).read_text("utf-8"), name) for file, edit in EDITS.items()}
    templates = [path for place in PLACES for path in sorted((TEMPLATE / place).rglob("*.py"))]
    made = {root / _named(str(path.relative_to(TEMPLATE)), name): path for path in templates}
    parts = {path.with_suffix(".part"): path for path in edited}
    try:
        for path, template in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_named(template.read_text("utf-8"), name), "utf-8")
        for path, whole in parts.items():
            path.write_text(edited[whole], "utf-8")
        for part, whole in parts.items():
            part.replace(whole)
    except OSError as error:
        for place in filter(Path.exists, (*_places(name, root), *parts)):
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        raise BuildError(f"Nothing was made, for want of {path.relative_to(root)}: {error.strerror}.") from None
    written = [f"{path.relative_to(root)}: written." for path in made]
    named = [
        "course_config.py: ASSIGNMENTS names it.",
        f"{CONTRACTS}: an entry to be filled; the docstring says the same.",
    ]
    return [*named, *written, _named(NEXT, name)]


def refuse(name: str, root: Path = ROOT) -> None:
    """Stop at a name that Python or nbgrader would not take, or that something here has already."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or keyword.iskeyword(name):
        raise BuildError(
            f"'{name}' cannot name an assignment: take up to 40 lower-case letters, digits and _, "
            "beginning with a letter, and no word of Python's own."
        )
    taken = [str(place.relative_to(root)) for place in _places(name, root) if place.exists()]
    taken += ["course_config.py"] * (name in (*ASSIGNMENTS, *LECTURES))
    if taken:
        raise BuildError(f"The name '{name}' is taken: see {taken[0]}. Nothing was made.")


def _places(name: str, root: Path) -> list[Path]:
    """Where the name must be free: for the template, for what is made of it, and of modules in its way."""
    return [root / folder / file for folder in (*PLACES, *OTHERS) for file in (f"{name}.py", name)]


def _enrolled(config: str, name: str) -> str:
    """course_config.py with one assignment more."""
    names = str((*ASSIGNMENTS, name)).replace("'", '"')
    text, found = re.subn(r"^ASSIGNMENTS = \([^)]*\)", f"ASSIGNMENTS = {names}", config, flags=re.M)
    if not found:
        raise BuildError("Nothing was made: course_config.py has no line `ASSIGNMENTS = (...)` to put the name into.")
    return text


def _named(text: str, name: str) -> str:
    return text.replace("NAME", name)


def _contracted(contracts: str, name: str) -> str:
    """docs/contracts.md with the entries of one assignment more."""
    return contracts.rstrip("\n") + "\n\n" + _named((TEMPLATE / CONTRACTS).read_text("utf-8"), name)


EDITS = {"course_config.py": _enrolled, CONTRACTS: _contracted}
