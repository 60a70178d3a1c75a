"""What `make site` asks of mkdocs beside docs/*.md: pages that lie elsewhere in the repository, links as they are
written for who reads the files, and figures out of the executed notebooks, of which no copies are kept.

    <!-- figure NOTEBOOK CELL: what it shows -->              the cell's first figure
    <!-- figure NOTEBOOK CELL, still OTHER: ... -->           a moving one, and one for who asked for less motion
"""

from __future__ import annotations

import base64
import functools
import json
import re
from os.path import normpath
from pathlib import Path
from typing import Any, NamedTuple

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "solutions/ddpm/README.md": "ddpm.md",
    "autograder/bank/consequences.md": "consequences.md",
    "data/README.md": "data.md",
}
WHERE = {page: path for path, page in ELSEWHERE.items()}
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)\s#]+)(#[^)\s]*)?\)")
FIGURE = re.compile(r"<!-- figure (\S+) (\w+)(?:, still (\w+))?: (.+?) -->")
KINDS = {"image/png": "png", "image/gif": "gif"}


class Figure(NamedTuple):
    name: str
    alt: str
    content: bytes


@functools.cache
def cells(notebook: str) -> dict[str, dict[str, Any]]:
    return {cell["id"]: cell for cell in json.loads((ROOT / notebook).read_text("utf-8"))["cells"]}


def figure(notebook: str, name: str, told: str) -> Figure:
    """The first one that a cell put out: a PNG, or an image within HTML."""
    cell = cells(notebook)[name]
    for data in (output.get("data", {}) for output in cell["outputs"]):
        within = re.search(r'<img alt="([^"]*)" src="data:([\w/]+);base64,([^"]+)"', "".join(data.get("text/html", "")))
        alt, kind, content = within.groups() if within else ("", "image/png", "".join(data.get("image/png", "")))
        if content:
            where = f"figures/{Path(notebook).stem}-{name}.{KINDS[kind]}"
            return Figure(where, cell["metadata"].get("alt") or alt or told, base64.b64decode(content))
    raise ValueError(f"{notebook} holds no figure in its cell {name}")


def on_files(files: Files, config: MkDocsConfig) -> None:
    for path, page in ELSEWHERE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    for page in files.documentation_pages():
        for notebook, name, still, told in FIGURE.findall(page.content_string):
            for one in (figure(notebook, each, told) for each in (name, still) if each):
                if not files.get_file_from_path(one.name):
                    files.append(File.generated(config, one.name, content=one.content))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    here = Path(WHERE.get(page.file.src_uri, f"docs/{page.file.src_uri}")).parent

    def link(found: re.Match[str]) -> str:
        """To a page of the site; of what is no page, where it lies."""
        picture, words, target, anchor = found.groups(default="")
        path = normpath(here / target)
        inside = ELSEWHERE.get(path) or path.removeprefix("docs/")
        if files.get_file_from_path(inside) or not (ROOT / path).exists():
            return f"{picture}[{words}]({inside}{anchor})"
        return f"`{path}`" if words == path else f"{words} (`{path}`)"

    def shown(found: re.Match[str]) -> str:
        notebook, name, still, told = found.groups()
        one = figure(notebook, name, told)
        text = f"![{one.alt}]({one.name})"
        if still:
            calm = f'<source media="(prefers-reduced-motion: reduce)" srcset="{figure(notebook, still, told).name}">'
            text = f'<picture>{calm}<img alt="{one.alt}" src="{one.name}"></picture>'
        return f"{text}\n\n*{told}*"

    return FIGURE.sub(shown, LINK.sub(link, markdown))
