"""The documents say what is so: commands are shown as they are, and run; numbers follow from their formulas."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.main import get_command

from autograder.tests import shown
from autograder.tests.archives import FILE, ON_TIME, WORKSHEET, archive, participant, sheet
from autograder.tests.test_classroom import NOT_COPIED
from course_config import ASSIGNMENTS, ROOT

SHOWN = list(shown.commands())
RAN = {words for page in shown.RUN for words in shown.to_run(page)}


@pytest.fixture(scope="module")
def written():
    """docs/commands.py, which is no package's."""
    sys.path.append(str(ROOT / "docs"))
    import commands

    yield commands
    sys.path.remove(str(ROOT / "docs"))


# ---- commands ---------------------------------------------------------------------------------------------


def test_the_page_of_commands_is_what_the_commands_say_now(written):
    assert written.page() == written.PAGE.read_text("utf-8"), "run: python docs/commands.py"


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: f"{one.page}: {one.words[:40]}")
def test_a_command_that_a_page_shows_is_one_and_runs_in_a_test_or_says_why_not(one, written):
    program, *words = shlex.split(one.words)
    if program in written.APPS:
        command = get_command(written.APPS[program]).commands[words[0]]
        command.make_context(words[0], words[1:])  # UsageError where there is no such option
    ways = (one.words in RAN and not one.why_not, bool(one.elsewhere), bool(one.why_not))
    assert sum(ways) == 1, one


@pytest.mark.parametrize("start", shown.ELSEWHERE)
def test_what_another_test_is_said_to_run_is_shown_and_there(start):
    file, words = shown.ELSEWHERE[start]
    assert words in (ROOT / file).read_text("utf-8") and start in {one.elsewhere for one in SHOWN}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A copy of the course, and what an instructor has on the first day: lists, sheets, an archive of one student's."""
    root = tmp_path_factory.mktemp("shown") / "course"
    ignored = shutil.ignore_patterns(*NOT_COPIED, "gradebook.db*", "lite", "site", "attacks", "bank")
    shutil.copytree(ROOT, root, ignore=ignored, symlinks=True)
    shutil.copytree(ROOT / "solutions/demo", root / "solutions/demo")  # not the demo that NOT_COPIED means
    (root / ".venv").symlink_to(sys.prefix)
    for name in ("participants.csv", "courseid_7_participants.csv"):
        sheet(root / name, "id,first_name,last_name,email,lms_user_id", "ann,Ann,Lee,ann@x.edu,501")
    canvas = (
        "Student,ID,SIS Login ID,Section,spiral (99)",
        "    Points Possible,,,,100",
        '"Lee, Ann",501,ann@x.edu,S1,',
    )
    sheet(root / "2026-11-05T0900_Grades-CS.csv", *canvas)
    sheet(root / "Grades-CS-Lab 1-4711.csv", WORKSHEET, participant(41, "Ann Lee", "ann@x.edu", ON_TIME, most="100.00"))
    answer = {f"Ann Lee_41{FILE}_/spiral.ipynb": (root / "solutions/spiral/spiral.ipynb").read_bytes()}
    for name in ("submissions.zip", "CS-Lab 1-4711.zip"):
        archive(root / name, answer)
    shutil.copy(root / "solutions/spiral/spiral.ipynb", root / "my.ipynb")
    return root


def meant(words: str, course: Path) -> str:
    """A command with something in the place of words that stand for any; one assignment is built, since others may be
    changed texts that wait for their execution."""
    places = {"FILE": "participants.csv", "ARCHIVE": "submissions.zip", "STUDENT": "ann"}
    words = re.sub("^course build$", "course build spiral", words)
    places["SHEET"] = "'Grades-CS-Lab 1-4711.csv'"
    words = re.sub(rf"\b({'|'.join(places)})\b", lambda found: places[found[1]], words)
    backups = sorted(course.glob("backups/*.tar.gz"))
    return re.sub(r"backups/\S+", lambda _: f"backups/{backups[-1].name} --force", words)  # into no fresh clone


@pytest.mark.long
@pytest.mark.parametrize("page", shown.RUN)
def test_the_commands_of_a_page_run_as_they_stand_there(page, course):
    environment = {"PATH": f"{course}/.venv/bin:/usr/bin:/bin", "HOME": str(course), "LANG": "C.UTF-8"}
    environment |= {"PYTHONPATH": str(course), "OMP_NUM_THREADS": "1"}
    for words in shown.to_run(page):
        line = ["bash", "-c", meant(words, course)]
        done = subprocess.run(line, cwd=course, env=environment, capture_output=True, text=True, timeout=600)
        said = f"{words}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        assert done.returncode == 0 and "Traceback" not in said, said


# ---- tables, numbers and names ----------------------------------------------------------------------------


def test_make_bench_finds_the_table_that_it_writes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "bench")
    from bank import END, PAGE, START

    (table,) = re.findall(f"{START}\n(.*?)\n{END}", PAGE.read_text("utf-8"), re.S)
    assert all(f"| `{name}` | " in table for name in ASSIGNMENTS) and "Made by `make bench`" in table


def test_the_errata_give_what_the_formulas_give():
    def left(last: float, steps: int) -> np.ndarray:
        return np.cumprod(1 - np.linspace(1e-4, last, steps))

    mnist, page = left(0.02, 1000), shown.PAGES["docs/errata.md"]
    last, middle, lab = mnist[999], mnist[500], left(5e-3, 100)[99]
    for number in (
        f"`abar[999]` = {last:.3g}, its root {last**0.5:.5f}".replace("e-0", "e-"),
        f"`abar[500]` = {middle:.4f}, its root {middle**0.5:.3f}; the noise's is {(1 - middle) ** 0.5:.3f}",
        f"`abar[99]` = {lab:.4f}: {lab**0.5:.0%}".replace("%", " %"),
        f"Up to 0.1 it is {left(0.1, 100)[99]:.4f}, up to 0.2 {left(0.2, 100)[99]:.2g}".replace("e-0", "e-"),
    ):
        assert number in page, number


def test_the_citation_has_what_the_format_asks_for_and_the_course_is():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(said)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (said["version"], said["license"]) == (project["version"], project["license"])
    page = shown.PAGES["docs/licence.md"]
    assert all(words in page for words in (said["title"], said["authors"][0]["name"], said["version"]))
    assert shown.PAGES["README.md"].startswith(f"# {said['title']}\n")
