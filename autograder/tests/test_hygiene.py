"""Marks and secrets get into no commit and no image, and the container that the Dockerfile names is bounded."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch

import pytest

from autograder.judge import secret
from course_config import LIMITS, ROOT

OURS_ALONE = [
    "gradebook.db",
    "gradebook.db-journal",
    "gradebook.db.2026-11-29.bak",
    "grades.csv",
    secret.NAME,
    ".nbgrader.log",
    "formgrader.log",
    *(f"{folder}/ann/spiral/spiral.ipynb" for folder in ("submitted", "downloaded", "autograded", "feedback")),
    "demo/grades.csv",
    "policy.toml",
    "reports/spiral.html",
    "backups/diffusion-2026-11-30-101500.tar.gz",
]


@pytest.mark.parametrize("name", OURS_ALONE)
def test_git_leaves_it_alone(name):
    ignored = subprocess.run(["git", "-C", str(ROOT), "check-ignore", "--no-index", "--quiet", name])
    if ignored.returncode == 128:
        pytest.skip("this is no checkout")
    assert ignored.returncode == 0


@pytest.mark.parametrize("name", OURS_ALONE)
def test_an_image_does_not_hold_it(name):
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    assert any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in patterns)


def test_the_container_has_no_network_and_limits_in_which_a_submission_fits():
    said = re.sub(r"\\\n#", "", (ROOT / "Dockerfile").read_text("utf-8"))
    (command,) = re.findall(r"docker run .*", said)
    options = dict(re.findall(r"--([a-z-]+) (\S+)", command))
    assert options["network"] == "none"
    assert int(options["pids-limit"]) > 2 * LIMITS.processes + 100  # what a submission may have, and the grader's own
    room = LIMITS.memory_bytes + LIMITS.scratch_bytes + 3 * 2**30  # and what torch and the judge take
    assert int(options["memory"].removesuffix("g")) * 2**30 >= room
    assert options["memory-swap"] == options["memory"]
