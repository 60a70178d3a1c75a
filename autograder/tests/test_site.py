"""The pages as a site: axe finds nothing on any, links within lead somewhere, and nobody else is asked for anything."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from autograder.tests import axe
from autograder.tests.test_nbgrader import tab  # noqa: F401 - a fixture
from course_config import ROOT

pytestmark = [pytest.mark.long, pytest.mark.browser]

MKDOCS = ROOT / "site" / "venv" / "bin" / "mkdocs"  # `make test-site` makes it
CONFIG = ROOT / "docs" / "site" / "mkdocs.yml"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    if not MKDOCS.exists():
        pytest.skip("mkdocs is not installed: `make test-site` does that")
    made = tmp_path_factory.mktemp("site")
    command = [MKDOCS, "build", "--quiet", "--strict", "--config-file", CONFIG, "--site-dir", made]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return made


class Seen(HTMLParser):
    """What a page is, and asks for: its ids, where its links lead, what it loads."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        self.ids |= {said["id"]} if "id" in said else set()
        self.links += [said["href"]] if "href" in said else []
        self.loaded += [said[name] for name in ("src", "srcset", "poster") if name in said]
        self.loaded += [said["href"]] if tag == "link" and "href" in said else []


def pages(site: Path) -> dict[Path, Seen]:
    return {page: Seen(page) for page in site.rglob("*.html") if page.name != "404.html"}


def test_every_link_within_the_site_leads_somewhere(site):
    seen = pages(site)
    lost = []
    for page, found in seen.items():
        for link in {*found.links, *found.loaded}:
            if not re.match(r"https?:|data:", link):
                path, anchor = urldefrag(link)
                to = (page.parent / unquote(path)).resolve() if path else page
                to = to / "index.html" if to.is_dir() else to
                if not to.is_file() or anchor and to in seen and unquote(anchor) not in seen[to].ids:
                    lost.append(f"{page.name}: {link}")
    assert len(seen) > 20 and lost == []


def test_no_page_and_no_style_loads_anything_from_elsewhere(site):
    assert [link for found in pages(site).values() for link in found.loaded if re.match(r"(https?:)?//", link)] == []
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )\s*[\"']?(?:https?:)?//[^)\s]*", styles) == []


@pytest.fixture
def address(site) -> Iterator[str]:
    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_axe_finds_nothing_on_any_page_by_light_and_in_the_dark_on_a_phone_and_nobody_else_is_asked(
    site,
    address,
    tab,  # noqa: F811
):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    found = [problem for page in sorted(pages(site)) for problem in axe.problems(tab, f"{address}/{page.name}")]
    assert found == []
    assert [url for url in asked if not url.startswith((f"{address}/", "data:"))] == []


def test_the_search_finds_a_command(address, tab):  # noqa: F811
    tab.goto(f"{address}/index.html", wait_until="networkidle")
    tab.keyboard.press("/")
    tab.keyboard.type("zip_collect")
    tab.locator(".md-search-result__link", has_text="Moodle").first.wait_for(timeout=10_000)
