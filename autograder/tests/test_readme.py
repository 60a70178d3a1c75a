"""The README says what is there: its commands exist, its map names every room, its links lead somewhere."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from autograder import cli
from course_config import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = README.split("## Map")[1].split("\n## ")[0]


def test_every_course_command_stands_in_the_readme_and_has_help():
    for command in cli.app.registered_commands:
        name = command.name or command.callback.__name__
        if name != "demo":  # `make demo` is how people meet it
            assert f"`course {name}" in README or f"\ncourse {name}" in README, name
        shown = CliRunner().invoke(cli.app, [name, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0 and command.callback.__doc__.split("\n")[0] in shown.output


def test_every_course_and_make_command_named_in_the_readme_exists():
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert set(re.findall(r"(?:`|\n|&& )course ([a-z]+)", README)) <= commands
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|\n|&& )make ([a-z-]+)", README)) <= targets


def test_the_nbgrader_commands_in_the_readme_are_the_ones_that_are_tested():
    tested = "".join(path.read_text() for path in (ROOT / "autograder" / "tests").glob("test_*.py"))
    for command in set(re.findall(r"nbgrader ([a-z_]+)", README)):
        assert f'"{command}"' in tested, f"no test runs nbgrader {command}"


def places() -> list[str]:
    """The paths in the map's first column; a bare name lies beside the one before it."""
    found = []
    for line in re.findall(r"^\| (`.*?) \|", MAP, re.M):
        folder = ""
        for name in re.findall(r"`([^`]+)`", line):
            folder = name.rsplit("/", 1)[0] + "/" if "/" in name.rstrip("/") else folder
            found.append(name if "/" in name.rstrip("/") or not folder else folder + name)
    return found


@pytest.mark.parametrize("place", places())
def test_the_map_names_places_that_exist(place):
    assert (ROOT / place).exists()


def test_the_map_names_every_room():
    rooms = {path.name for path in (ROOT / "autograder").glob("*.py")} - {"__init__.py"}
    assert {room for room in rooms if room not in MAP} == set()
    folders = {"source", "release", "solutions", "data", "docs", "bench", "autograder"}
    tracked = folders | {"course_config.py", "nbgrader_config.py"}
    assert {name for name in tracked if name not in MAP} == set()


def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target
