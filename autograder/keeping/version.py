"""Which version of the course this is, in words that a verdict carries. No mark and no fingerprint hangs on them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from autograder.gradebook.fingerprint import of_the_judge
from course_config import ROOT

SECONDS = 20  # for git
DESCRIBE = ("describe", "--always", "--exclude=*", "--abbrev=8", "--dirty= with changes")


def of_course(root: Path = ROOT) -> str:
    """Its number, and where it is a checkout its commit, such as "0.1.0, commit 1a2b3c4d with changes"."""
    number = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return f"{number}, commit {commit}" if (commit := commit_of(root)) else str(number)


@cache
def commit_of(root: Path) -> str:
    """The commit that is checked out at `root`; empty where it is no checkout of its own, or there is no git."""
    limits = {"GIT_CEILING_DIRECTORIES": str(root.parent), "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(root), *DESCRIBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=os.environ | limits)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def of_judge(assignment: str) -> str:
    """The course's version, and a stamp of all that judges the assignment: it tells versions apart that have no commit,
    and says that two commits judge alike."""
    return f"{of_course()}, judge {hashlib.sha256(of_the_judge(assignment).encode()).hexdigest()[:8]}"


def in_part(assignment: str, only: Sequence[str], before: str) -> str:
    """Of a verdict in which some TODOs were judged anew, and the others were not."""
    now = of_judge(assignment)
    return now if now == before else f"{now} ({', '.join(only)} alone); the rest by {before or 'an unnamed one'}"
