"""`course grade` grades again what is judged otherwise now, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.gradebook import fingerprint
from autograder.gradebook.fingerprint import code_of, contents
from course_config import ASSIGNMENTS, ROOT

FOUND = {name: [str(path.relative_to(ROOT)) for path in code_of(name, ROOT)] for name in ASSIGNMENTS}
IMPORTED = """
import sys
import autograder.ends, autograder.judge.serve, autograder.student.warm
autograder.student.warm.up([sys.argv[1]])
import autograder.student.worker
from autograder.checks import modules_of
modules_of(sys.argv[1])
print(*{file for module in sys.modules.values() if (file := getattr(module, "__file__", None))}, sep="\\n")
"""
PRINT = "import sys; from autograder.gradebook import fingerprint; print(fingerprint.of_the_judge(sys.argv[1]))"


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The repository's code, to be changed; the data, the texts and what is measured on stay where they are."""
    home = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "course_config.py", home)
    left_out = shutil.ignore_patterns("tests", "bank", "attacks", "__pycache__")
    shutil.copytree(ROOT / "autograder", home / "autograder", ignore=left_out)
    return home


def anew(program: str, assignment: str, home: Path) -> str:
    """What a program prints in a process of its own, which imports from `home`."""
    command = [sys.executable, "-c", program, assignment]
    return subprocess.run(command, cwd=home, env=os.environ | {"PYTHONPATH": str(home)}, capture_output=True, text=True,
                          check=True).stdout  # fmt: skip


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_it_finds_all_that_the_judge_and_a_worker_import(assignment):
    ours = {Path(line) for line in anew(IMPORTED, assignment, ROOT).splitlines()}
    ours = {str(path.relative_to(ROOT)) for path in ours if path.is_relative_to(ROOT / "autograder")}
    others = {name for name in ASSIGNMENTS if name != assignment}
    imported = {path for path in ours if others.isdisjoint(Path(path).with_suffix("").parts)}
    entries = {f"autograder/{side}/__main__.py" for side in ("judge", "student")}  # run, not imported
    beside = set(FOUND[assignment]) - entries - imported
    assert imported <= set(FOUND[assignment])
    torchs = ("checks/tensors", "student/devices", "student/instruments/networks")
    assert beside <= {f"autograder/{name}.py" for name in torchs}


def test_it_finds_what_a_verdict_is_known_to_hang_on():
    for assignment, found in FOUND.items():
        beside = ("wire", "cells", "verdict", "judge/court", "judge/run", "judge/conversation", "student/devices")
        beside += ("student/warden", "student/shell", "student/instruments/shared", "checks/words", "checks/__init__")
        assert {f"autograder/{name}.py" for name in (*beside, f"checks/{assignment}/common")} <= set(found)
        assert not [path for path in found if "gradebook" in path or path.endswith("doctor.py")]


@pytest.mark.parametrize("path", sorted({path for found in FOUND.values() for path in found}))
def test_one_changed_line_in_a_covered_file_changes_it(path, copied, monkeypatch):
    assignment = next(name for name, found in FOUND.items() if path in found)
    monkeypatch.setattr(fingerprint, "ROOT", copied)
    of_the_judge = fingerprint.of_the_judge.__wrapped__  # without its cache
    before, text = of_the_judge(assignment), (copied / path).read_bytes()
    (copied / path).write_bytes(text + b"# changed\n")
    try:
        assert of_the_judge(assignment) != before
    finally:
        (copied / path).write_bytes(text)
    assert of_the_judge(assignment) == before


def test_an_import_in_a_function_and_a_relative_one_are_found(tmp_path):
    files = {
        "autograder/judge/__main__.py": "def late():\n    from .rules import strict\n",
        "autograder/judge/rules/__init__.py": "",
        "autograder/judge/rules/strict.py": "import numbers_of_ours",
        "autograder/student/__main__.py": "import json",
        "numbers_of_ours.py": "",
        "unused.py": "",
    }
    for name in (*files, "autograder/__init__.py", "autograder/judge/__init__.py", "autograder/student/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(files.get(name, ""))
    found = {str(path.relative_to(tmp_path)) for path in code_of("toy", tmp_path)}
    assert set(files) - {"unused.py"} < found and "unused.py" not in found


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        (r"\A", "# A new comment.\n", False),
        (r"\Z", '\nDUE = {"spiral": "2030-02-01", "mnist": "2030-03-01"}\nPENALTY_A_DAY = 0.1\n', False),
        (r"COURSE_ID = .*", 'COURSE_ID = "another"', False),
        (r"SEED = \d+", "SEED = 1", True),
        (r"\bcheck_seconds: int = \d+", "check_seconds: int = 9", True),
        (r'"mnist_subset", "mnist_trained"', '"mnist_subset", "more"', True),
    ],
)
def test_course_config_counts_by_what_judging_reads_of_it(old, new, counts, copied):
    before, config = anew(PRINT, "mnist", copied), copied / "course_config.py"
    text = config.read_text()
    changed = re.sub(old, lambda _: new, text, count=1)
    assert changed != text
    config.write_text(changed)
    try:
        assert (anew(PRINT, "mnist", copied) != before) is counts
    finally:
        config.write_text(text)


@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_another_version_of_a_library_changes_it(library, monkeypatch):
    of_the_judge, version = fingerprint.of_the_judge.__wrapped__, fingerprint.version
    before = of_the_judge("mnist")
    monkeypatch.setattr(fingerprint, "version", lambda name: "9.9" if name == library else version(name))
    assert of_the_judge("mnist") != before


def test_a_class_reads_the_code_once(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(fingerprint, "code_of", lambda *of: read.append(of) or [])
    fingerprint.of_the_judge.cache_clear()
    for _ in range(300):
        fingerprint.fingerprint("mnist", tmp_path, tmp_path)
    fingerprint.of_the_judge.cache_clear()
    assert len(read) == 1


def test_the_released_notebook_and_what_was_handed_in_change_it(tmp_path):
    release, handed_in = tmp_path / "release" / "toy" / "toy.ipynb", tmp_path / "submitted"
    numbers = [fingerprint.fingerprint("toy", handed_in, tmp_path)]
    for path in (release, handed_in / "toy.ipynb", handed_in / "more" / "notes.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        for text in ("one", "two"):
            path.write_text(text)
            numbers.append(fingerprint.fingerprint("toy", handed_in, tmp_path))
    (handed_in / "more" / "notes.txt").rename(handed_in / "more" / "words.txt")
    numbers.append(fingerprint.fingerprint("toy", handed_in, tmp_path))
    assert len(set(numbers)) == len(numbers) == 8
    (handed_in / "link").symlink_to(release)
    assert fingerprint.fingerprint("toy", handed_in, tmp_path) == numbers[-1]


def test_where_one_file_ends_and_the_next_begins_is_no_matter_of_chance(tmp_path):
    (tmp_path / "a").write_text("xy")
    (tmp_path / "b").write_text("z")
    before = contents(tmp_path, [tmp_path / "a", tmp_path / "b"])
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("yz")
    assert contents(tmp_path, [tmp_path / "a", tmp_path / "b"]) != before
