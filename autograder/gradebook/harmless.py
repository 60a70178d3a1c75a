"""What students wrote, as it may stand on a page or in a terminal: it looks as they meant it, and does nothing.

A page of feedback is opened by its student; formgrader's page by an instructor, in the browser that is logged in to
the server where marks are given.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

import bleach
from jinja2 import pass_context
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = {"a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3"}
TAGS |= {"h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary"}
TAGS |= {"sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"}
# The time of bleach, mistune and Pygments grows with the square of what hostile texts hold many of; these bounds keep a
# cell below about 0.2 s. The course's own cells have up to 2,700 characters and 34 dollar signs.
MOST_TAGS = 2000  # and attributes
MOST_CHARS = 10_000  # of a text in markdown
MOST_CODE = 4_000
MOST_MATH = 300  # openings of formulas
MATH_OPENS = re.compile(r"\$|\\\\?[(\[]|\\begin")
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")
LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
PLAIN_ATTRIBUTES = ("id", "alt", "title", "colspan", "rowspan", "width", "height", "open", "start")
ACTIVE_MATH = re.compile(r"\\(href|require|class|cssId|style|bbox)(?![A-Za-z])")  # what MathJax makes of these acts
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def page(html: str) -> str:
    """HTML without what acts or reaches outside the page; tags that are not allowed are shown as text."""
    if html.count("<") + html.count("=") > MOST_TAGS:
        return escape(html)
    protocols = {"http", "https", "mailto", "data"}
    return str(bleach.clean(html, tags=TAGS, attributes=_may_stand, protocols=protocols))


def _may_stand(tag: str, name: str, value: str) -> bool:
    match tag, name:
        case "img", "src":
            return bool(PICTURE.fullmatch(value))
        case "a", "href":
            return bool(LINK.match(value))
        case _, "class":  # of highlighted code; others could lay a link over the whole page
            return bool(re.fullmatch(r"highlight|hl-\w+|language-\w+|[a-z]\w?", value))
    return name in PLAIN_ATTRIBUTES


@pass_context
def markdown(context: Any, source: str) -> str:
    """Stands in for nbconvert's filter of the name markdown2html, on feedback pages and in formgrader."""
    if len(source) > MOST_CHARS or len(MATH_OPENS.findall(source)) > MOST_MATH:
        return as_text(source)
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    source = re.sub(r"[ \t]{40,}", " " * 40, ACTIVE_MATH.sub(r"\\text{\1}", source))
    return page(MarkdownWithMath(renderer=renderer).render(source))


def code(source: str, **_: Any) -> str:
    """Stands in for nbconvert's filter of the name highlight_code."""
    if len(source) > MOST_CODE:
        return as_text(source)
    source = re.sub(r"\s*\n\s*\n\s*\n", "\n\n\n", re.sub(r"[ \t]+\n", "\n", source))
    return str(Highlight2HTML()(source))


def as_text(source: str) -> str:
    return f"<pre>{escape(source)}</pre>"


def line(text: str) -> str:
    """One line without control characters, which a terminal would obey."""
    return CONTROL.sub(" ", text)
