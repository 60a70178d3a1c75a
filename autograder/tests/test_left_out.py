"""What `make` leaves out is asked for in a sentence, where somebody uses what needs it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from autograder.gradebook.machine import LEFT_OUT
from course_config import ROOT

WITHOUT = """
import sys

class Refuses:
    def find_spec(self, name, *_):
        if name == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuses())
"""
COMMAND = "from autograder import cli, ends\ndef fails(): import {package}\ncli.app = fails\ncli.main()"


@pytest.mark.parametrize("package", LEFT_OUT)
def test_a_command_that_needs_a_package_names_it(package):
    code = (WITHOUT + COMMAND).format(package=package)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    told = f"This takes the package {package}, which most courses do without: pip install {LEFT_OUT[package]}\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_training_is_recorded_without_tensorboard(tmp_path):
    code = WITHOUT.format(package="tensorboard") + (
        "from pathlib import Path\nfrom ddpm import logs\n"
        "logs.write({'epochs': [{'epoch': 1, 'loss': 0.5}], 'epoch_losses': [0.5]}, Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"epochs.csv", "history.json"}


def test_no_package_stands_in_both_lists():
    lists = [(ROOT / name).read_text() for name in ("requirements.txt", "requirements-tools.txt")]
    installed, tools = (set(re.findall(r"^([\w.-]+)", text, re.M)) for text in lists)
    assert len(installed) > 50 and len(tools) > 20 and not installed & tools
