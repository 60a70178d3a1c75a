"""What students wrote, as it may stand on a page or in a terminal: it looks as they meant it, and does nothing.

A page of feedback is opened by its student; formgrader's page by an instructor, in the browser that is logged in to
the server where marks are given.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner

from autograder.gradebook.folder import CONTROL

TAGS = {"a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3"}
TAGS |= {"h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary"}
TAGS |= {"sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"}
# bleach's time grows with the square of what hostile texts hold many of; these bounds keep a text below about 0.2 s.
MOST_TAGS = 2000  # and attributes
MOST_ENTITIES = 20_000
MOST_HTML = 4 * 2**20  # characters of a page
MOST_PICTURES = 16 * 2**20  # characters of all pictures in a text
OWN = "student:"  # begins every id of a student's: no id of a page has a colon, since nbgrader refuses it in a cell's
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")  # SVG runs nothing here
# Elements that are left out with all that stands in them, and what is said in the place of those that show something.
LEFT_OUT = {"video": "[a video stood here]", "audio": "[a sound stood here]", "iframe": "[another page stood here]"}
LEFT_OUT |= {"svg": "[a drawing stood here]"} | dict.fromkeys(("script", "style", "button", "form"), "")
ELEMENT = re.compile(rf"<({'|'.join(LEFT_OUT)})\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
ANIMATION = re.compile(r'<img id="_anim_img\w+">')  # Matplotlib's to_jshtml; its frames stand in a script
IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
SOURCE = re.compile(r"""\ssrc\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
PLAIN_ATTRIBUTES = ("id", "alt", "title", "colspan", "rowspan", "width", "height", "open", "start")


def page(html: str, pictures: Mapping[str, str] | None = None) -> str | None:
    """HTML without what acts or reaches outside the page; tags that are not allowed are shown as text. None where it is
    too much to be cleaned."""
    html = without_players(html)
    return cleaned(with_pictures(html, pictures or {})) if is_bearable(html) else None


def output(html: str) -> str | None:
    """HTML that code made: tags that are not allowed are dropped. Empty where that leaves nothing to see, None where it
    is too much to be cleaned."""
    html = without_players(html)
    if not is_bearable(html):
        return None
    shown = cleaned(with_pictures(html, {}), strip=True)
    return shown if "<img" in shown or re.sub(r"<[^<>]*>|\s", "", shown) else ""


def drawing(svg: str) -> str:
    """SVG as the address of a picture, in which a browser runs no script and loads nothing."""
    return f'<img src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


def is_bearable(html: str) -> bool:
    few_tags = html.count("<") + html.count("=") <= MOST_TAGS
    return len(html) <= MOST_HTML and few_tags and html.count("&") <= MOST_ENTITIES


def cleaned(html: str, strip: bool = False) -> str:
    protocols = {"http", "https", "mailto", "data"}
    return str(Cleaner(TAGS, _may_stand, protocols, strip, filters=[Apart]).clean(html))


class Apart(Filter):
    """Keeps a student's HTML and the page around it apart: formgrader finds its inputs by their ids, and a link that
    leads to its own server acts there in the grader's name."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        address = text = ""  # of the link that is open, if it leads out
        for token in super().__iter__():
            if token["type"] in ("StartTag", "EmptyTag"):
                if outside := self.keep_in(token["data"]):
                    address, text = unescape(outside).removeprefix("mailto:"), ""
            elif token["type"] == "Characters":
                text += token["data"] if address else ""
            elif address and token["type"] == "EndTag" and token["name"] == "a":
                yield {"type": "Characters", "data": "" if address in text else f" [{address}]"}
                address = ""
            yield token

    def keep_in(self, attributes: dict[tuple[None, str], str]) -> str:
        """Ids and what refers to them get a name of their own; an address outside is taken out, and returned."""
        name, address = attributes.get((None, "id")), attributes.pop((None, "href"), "")
        if name is not None:
            attributes[None, "id"] = OWN + name
        if address.startswith("#"):
            attributes[None, "href"] = f"#{OWN}{address[1:]}"
            return ""
        return address


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


def line(text: str) -> str:
    """One line without control characters, which a terminal would obey."""
    return re.sub(f"[{CONTROL}]", " ", text)
