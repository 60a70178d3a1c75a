"""The pages for people say what is there: commands exist, the map names every room, links and paths lead somewhere."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.tests.shown import PAGES
from course_config import ROOT

MAP = PAGES["docs/map.md"]
ALL = "".join(text for page, text in PAGES.items() if page not in ("docs/commands.md", "CHANGELOG.md"))


def test_every_course_command_stands_in_a_page_beside_its_help_and_has_help():
    for command in cli.app.registered_commands:
        name = command.name or command.callback.__name__
        if name != "demo":  # `make demo` is how people meet it
            assert f"`course {name}" in ALL or f"\ncourse {name}" in ALL, name
        shown = CliRunner().invoke(cli.app, [name, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0 and command.callback.__doc__.split("\n")[0] in shown.output


@pytest.mark.parametrize("page", PAGES)
def test_every_course_and_make_command_that_a_page_names_exists(page):
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert set(re.findall(r"(?:`|\n|&& )course ([a-z]+)", PAGES[page])) <= commands
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|\n|&& )make ([a-z-]+)", PAGES[page])) <= targets


def test_the_nbgrader_commands_in_the_pages_are_the_ones_that_are_tested():
    tested = "".join(path.read_text() for path in (ROOT / "autograder" / "tests").glob("test_*.py"))
    for command in set(re.findall(r"(?:`|\n)nbgrader ([a-z_]+)", ALL)) - {"db"}:  # which nobody here has to run
        assert f'"{command}"' in tested, f"no test runs nbgrader {command}"


def places() -> list[str]:
    """The paths in the map's first column; a bare name lies beside the one before it."""
    found = []
    for line in re.findall(r"^\| (`.*?) \|", MAP, re.M):
        folder = ""
        for name in re.findall(r"`([^`]+)`", line):
            folder = name.rstrip("/").rsplit("/", 1)[0] + "/" if "/" in name.rstrip("/") else folder
            found.append(name if "/" in name.rstrip("/") or not folder else folder + name)
    return found


@pytest.mark.parametrize("place", places())
def test_the_map_names_places_that_exist(place):
    assert (ROOT / place).exists()


def test_the_map_names_every_room():
    files = {path.name for path in (ROOT / "autograder").glob("*.py")} - {"__init__.py"}
    folders = {f"{path.parent.name}/" for path in (ROOT / "autograder").glob("*/*.*")} - {"__pycache__/"}
    assert {room for room in files | folders if room not in MAP} == set()
    folders = {"source", "release", "solutions", "data", "docs", "bench", "autograder"}
    tracked = folders | {"course_config.py", "nbgrader_config.py"}
    assert {name for name in tracked if name not in MAP} == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_and_paths_lead_somewhere(page):
    """In a path, a word in capitals stands for any name."""
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", PAGES[page]) if not target.startswith("http")]
    paths = re.findall(r"`((?:autograder|bench|data|docs|solutions|source)/[\w./*-]*)`", PAGES[page])
    beside = (ROOT / page).parent
    for path in links:
        assert (beside / path).exists(), path
    for path in paths:
        pattern = re.sub(r"\b(ASSIGNMENT|NAME|TODO|PAGE|my_function)\b", "*", path)
        assert list(ROOT.glob(pattern)), path


def test_the_readme_is_one_screen():
    assert PAGES["README.md"].count("\n") <= 50
