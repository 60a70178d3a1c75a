"""What a browser would run is left where it was handed in, whatever its name, and named in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tornado.web import HTTPError

from autograder.gradebook import runnable, served
from autograder.gradebook.folder import beside, taken

PAGES = ("a.html", "a.HTM", "a.xhtml", "a.xht", "a.shtml", "toy.html/x", "data:,x.html", ".b.htm")
FED = ("a.svg", "a.svgz", "a.xml", "a.xsl", "a.rss", "a.js", "a.mjs", "a.mht")
STAY = (
    "html",
    "a.html.txt",
    "a.html~",
    "a.docx",
    "a.odt",
    "a.pdf",
    "a.png",
    "a.py",
    "a.css",
    "a.json",
    "a.ps",
    "html.d/x",
)


def test_what_a_browser_would_run_is_named_and_not_copied_on(tmp_path):
    for name in ("toy.ipynb", "a.py", ".hidden/a.html", *PAGES[5:], *FED[:3]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    there = taken(tmp_path, "toy")
    assert set(beside(there, ["*.ipynb"])) == {Path("a.py")}
    assert there.said == [
        "Not copied on with the notebook, since a browser would run it: a.svg, a.svgz, a.xml, data:,x.html, toy.html/x."
    ]


@pytest.mark.parametrize("known", ["as here", "nothing"])
def test_it_is_known_by_its_name_whatever_this_machine_knows(monkeypatch, known):
    if known == "nothing":
        monkeypatch.setattr(runnable, "guess_type", lambda name: (None, None))
    assert [name for name in (*PAGES, *FED) if not runnable.would_run(Path(name))] == []
    assert [name for name in STAY if runnable.would_run(Path(name))] == []


@pytest.mark.parametrize("named", ["text/html", "application/any+xml", "text/xml", "text/javascript", "image/svg+xml"])
def test_it_is_known_by_the_type_that_formgrader_would_give_it(monkeypatch, named):
    monkeypatch.setattr(runnable, "guess_type", lambda name: (named if name == "/a.any" else "text/plain", None))
    assert runnable.would_run(Path("a.any")) and not runnable.would_run(Path("b.any"))


def test_formgrader_is_asked_for_a_submissions_own_files_alone(monkeypatch):
    monkeypatch.setattr(served, "place_of", lambda handler, address: f"found {address}")
    for address in ("7/notes.txt", "/7/more/a..b.txt"):
        assert served.place(None, address) == f"found {address}"
    for address in ("7/page.html", "7/../../gradebook.db", "7//course/gradebook.db", "7/more/../../notes.txt"):
        with pytest.raises(HTTPError, match="404"):
            served.place(None, address)
