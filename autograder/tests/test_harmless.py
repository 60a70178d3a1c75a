"""What students wrote is shown as they meant it, and does nothing."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest

from autograder.gradebook import harmless


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<img src=x onerror=x()>",
        "<a href='javascript:x()'>a</a>",
        "<a href=' &#106;avascript:x()'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<iframe srcdoc='x'></iframe>",
        "<svg onload=x()></svg>",
        "<details ontoggle=x() open>a</details>",
        "<p style='position:fixed'>a</p>",
        "<img src='https://elsewhere.org/seen.png'>",
        "<a class='modal-backdrop' href='https://elsewhere.org'>a</a>",
    ],
)
def test_nothing_acts_or_reaches_outside(html):
    for page in (harmless.page(html), harmless.markdown({}, html)):
        seen = Tags(page)
        assert seen.tags <= harmless.TAGS
        assert {name for name, _ in seen.attributes} <= {"href", "id", "open", "alt"}
        for name, value in seen.attributes:
            assert name != "href" or value.startswith(("https://", "#"))


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def test_what_students_write_looks_as_they_meant_it():
    page = harmless.markdown({}, "# A\n\n**b** `c` $a<b$\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n")
    for part in ("<h1", "<strong>b</strong>", "<code>c</code>", "$a&lt;b$", "<td>1</td>", 'class="n"'):
        assert part in page
    picture = '<img alt="a" src="data:image/gif;base64,R0lGODlhAQ==">'
    assert harmless.page(picture) == picture
    assert 'class="k"' in harmless.code("def f(): pass", metadata={})


def test_long_texts_are_shown_as_text():
    assert harmless.markdown({}, "<b>" * 10_000).startswith("<pre>&lt;b&gt;")
    assert harmless.code("<" * 10_000).startswith("<pre>&lt;")
    assert harmless.page("<b>" * 10_000).startswith("&lt;b&gt;")


@pytest.mark.parametrize(
    "piece", ["<b>", "<a b='", "a ", " ", "`", "[", "*a ", "> ", "\\(", "$", "\n ", "a.", "...", "b='' "]
)
def test_no_text_takes_long(piece):
    """Each takes less than 1 s here, on busy cores; without the bounds some take minutes."""
    source = "a" + piece * (200_000 // len(piece)) + "b"
    for text in (source, source[: harmless.MOST_CHARS - 1], source[: harmless.MOST_CODE - 1]):
        start = time.process_time()
        harmless.page(text), harmless.markdown({}, text), harmless.code(text)
        assert time.process_time() - start < 3


def test_a_line_holds_nothing_that_a_terminal_obeys():
    assert harmless.line("a\x1b[2Jb\r\nc\x9bd\u202ee") == "a [2Jb  c d e"
