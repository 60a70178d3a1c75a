"""What students wrote, as it may stand on a page or in a terminal: it looks as they meant it, and does nothing.

A page of feedback is opened by its student; formgrader's page by an instructor, in the browser that is logged in to
the server where marks are given.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

import bleach
from jinja2 import pass_context
from mistune import HTMLRenderer
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
MOST_HTML = 4 * 2**20  # characters of a page
MOST_PICTURES = 16 * 2**20  # characters of all pictures in a text
MATH_OPENS = re.compile(r"\$|\\\\?[(\[]|\\begin")
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")  # SVG runs nothing here
ADDRESS = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+")
# Elements that are left out with all that stands in them, and what is said in the place of those that show something.
LEFT_OUT = {"video": "[a video stood here]", "audio": "[a sound stood here]", "iframe": "[another page stood here]"}
LEFT_OUT |= {"svg": "[a drawing stood here]"} | dict.fromkeys(("script", "style", "button", "form"), "")
ELEMENT = re.compile(rf"<({'|'.join(LEFT_OUT)})\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
ANIMATION = re.compile(r'<img id="_anim_img\w+">')  # Matplotlib's to_jshtml; its frames stand in a script
IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
SOURCE = re.compile(r"""\ssrc\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
PLAIN_ATTRIBUTES = ("id", "alt", "title", "colspan", "rowspan", "width", "height", "open", "start")
ACTIVE_MATH = re.compile(r"\\(href|require|class|cssId|style|bbox)(?![A-Za-z])")  # what MathJax makes of these acts
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def page(html: str, pictures: Mapping[str, str] | None = None) -> str:
    """HTML without what acts or reaches outside the page; tags that are not allowed are shown as text."""
    html = without_players(html)
    return cleaned(with_pictures(html, pictures or {})) if is_bearable(html) else escape(html)


def output(html: str) -> str:
    """HTML that code made: tags that are not allowed are dropped. Empty where that leaves nothing to see, or where it
    is too much, since an output says in plain text as well what it is."""
    html = without_players(html)
    shown = cleaned(with_pictures(html, {}), strip=True) if is_bearable(html) else ""
    return shown if "<img" in shown or re.sub(r"<[^<>]*>|\s", "", shown) else ""


def drawing(svg: str) -> str:
    """SVG as the address of a picture, in which a browser runs no script and loads nothing."""
    return f'<img src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


def is_bearable(html: str) -> bool:
    return len(html) <= MOST_HTML and html.count("<") + html.count("=") <= MOST_TAGS


def cleaned(html: str, strip: bool = False) -> str:
    protocols = {"http", "https", "mailto", "data"}
    return str(bleach.clean(html, tags=TAGS, attributes=_may_stand, protocols=protocols, strip=strip))


def without_players(html: str) -> str:
    """Without what plays, runs or only styles the rest. An element that does not end stays, to be shown as text."""
    html = ELEMENT.sub(lambda found: LEFT_OUT[found[1].lower()] if found[2] else found[0], html)
    return ANIMATION.sub("[an animation stood here]", html)


def with_pictures(html: str, pictures: Mapping[str, str]) -> str:
    """Each picture in its place, or a word where it is not there: `pictures` are addresses by the names of files."""
    left = MOST_PICTURES

    def placed(found: re.Match[str]) -> str:
        nonlocal left
        tag, source = found[0], SOURCE.search(found[0])
        wanted = unescape(source[1].strip("'\"")) if source else ""
        name = unquote(wanted.removeprefix("attachment:"))
        address = wanted if PICTURE.fullmatch(wanted) else _picture(name, pictures)
        left -= len(address)
        if not source or not address or left < 0:
            return escape(f"[picture missing: {name[:80]}]")
        return f'{tag[: source.start()]} src="{address}"{tag[source.end() :]}'

    return IMAGE.sub(placed, html)


def _picture(name: str, pictures: Mapping[str, str]) -> str:
    """The picture of this name, else one of a file that is called so in another folder; empty if there is none."""

    def alone(path: str) -> str:
        return re.split(r"[/\\]", path)[-1]

    return pictures.get(name) or next((pictures[path] for path in pictures if alone(path) == alone(name)), "")


def _may_stand(tag: str, name: str, value: str) -> bool:
    match tag, name:
        case "img", "src":
            return bool(PICTURE.fullmatch(value))
        case "a", "href":
            return bool(LINK.match(value))
        case _, "class":  # of highlighted code; others could lay a link over the whole page
            return bool(re.fullmatch(r"highlight|hl-\w+|language-\w+|[a-z]\w?", value))
    return name in PLAIN_ATTRIBUTES


class Renderer(IPythonRenderer):
    """Leaves a picture's address as it stands: nbconvert's own stops at the name of one that is not there."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return str(HTMLRenderer.image(self, text, url, title))


@pass_context
def markdown(context: Any, source: str) -> str:
    """Stands in for nbconvert's filter of the name markdown2html, on feedback pages and in formgrader."""
    pictures = attached(context.get("cell", {}).get("attachments", {}))

    def named(found: re.Match[str]) -> str:
        name = f"inline-picture-{len(pictures)}"
        pictures[name] = found[0]
        return name

    source = ADDRESS.sub(named, source)  # Colab's pasted pictures: addresses are no text, and take long to read as such
    if len(source) > MOST_CHARS or len(MATH_OPENS.findall(source)) > MOST_MATH:
        return as_text(source)
    renderer = Renderer(escape=False, exclude_anchor_links=True)
    source = re.sub(r"[ \t]{40,}", " " * 40, ACTIVE_MATH.sub(r"\\text{\1}", source))
    try:
        return page(MarkdownWithMath(renderer=renderer).render(source), pictures)
    except Exception:  # of the libraries, at a text that nobody thought of: the rest of the page is still to be shown
        return as_text(source)


def attached(attachments: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The addresses of the pictures in a cell, by their names."""
    found = {name: f"data:{mime};base64,{text}" for name, data in attachments.items() for mime, text in data.items()}
    return {name: address for name, address in found.items() if PICTURE.fullmatch(address)}


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
