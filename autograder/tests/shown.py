"""The commands that the pages show in their ```sh blocks, and which of them a test of their own runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from course_config import ROOT

PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "solutions/ddpm/README.md")
}
RUN = ("docs/instructor.md", "docs/class.md", "docs/lms.md", "docs/alone.md", "docs/names.md")  # in this order
DDPM = "solutions/ddpm/tests/test_ddpm_cli.py"
# A command's beginning, and the file that runs it with a model, a scheduler or a time of its own, by these words.
ELSEWHERE = {
    "make demo": ("autograder/tests/test_classroom.py", "demo.main("),
    "make setup": (".ci/run", "make test"),
    "make test": (".ci/run", "make test"),
    "course reflections spiral": ("autograder/tests/test_reflections_page.py", "app.listen("),
    "course grade spiral --scheduler": ("autograder/tests/test_machines.py", "scheduler_address"),
    "python3 -m venv .venv": ("bench/start.py", '"venv", venv'),
    "pip install -r requirements.txt": ("bench/start.py", '"-r", "requirements.txt"'),
    "useradd": ("autograder/tests/hubs.py", "useradd"),
    "install -d": ("autograder/tests/hubs.py", "PAGE"),
    "echo": ("autograder/tests/hubs.py", "PAGE"),
    "ddpm sample": (DDPM, '"sample"'),
    "ddpm train": (DDPM, '"train"'),
    "ddpm eval": (DDPM, '"eval"'),
    "ddpm curves": (DDPM, '"curves"'),
    "ddpm export": ("solutions/ddpm/tests/test_ddpm_export.py", '"export"'),
    "ddpm report": (DDPM, '"report"'),
}


class Shown(NamedTuple):
    page: str
    words: str
    told: str

    @property
    def elsewhere(self) -> str:
        """The beginning by which it is found in ELSEWHERE; else empty."""
        return max((start for start in ELSEWHERE if f"{self.words} ".startswith(f"{start} ")), key=len, default="")

    @property
    def why_not(self) -> str:
        return self.told.partition("no test: ")[2]


def commands() -> Iterator[Shown]:
    for page, text in PAGES.items():
        for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.M | re.S):
            for line in filter(None, map(str.strip, block.splitlines())):
                words, _, told = line.partition("# ")
                if words:
                    yield Shown(page, words.strip(), told)


def to_run(page: str) -> list[str]:
    return [one.words for one in commands() if one.page == page and not one.elsewhere and not one.why_not]
