"""Writes docs/commands.md, every command and option as `--help` has them: python docs/commands.py"""

from __future__ import annotations

import re
from pathlib import Path

from click import Context
from typer.cli import get_docs_for_click
from typer.main import get_command

from autograder import cli
from ddpm import commands

PAGE = Path(__file__).with_name("commands.md")
APPS = {"course": cli.app, "ddpm": commands.app}
HEAD = "# Commands\n\n<!-- docs/commands.py writes this page -->\n`COMMAND --help` says the same.\n"


def page() -> str:
    """Typer's own Markdown, each command a level below this page's title."""
    return "\n".join([HEAD, *(of(name) for name in APPS)]).rstrip() + "\n"


def of(name: str) -> str:
    command = get_command(APPS[name])
    text = get_docs_for_click(obj=command, ctx=Context(command, info_name=name), name=name)
    text = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n", "", text)  # cut off after half a sentence; they follow in full
    return re.sub(r"^#", "##", text, flags=re.M)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
