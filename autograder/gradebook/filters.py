"""What stands in for nbconvert's filters of the same names on feedback pages and in formgrader (settings.py): whatever
a notebook holds goes through one of these, and all of a page share one budget."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from jinja2 import pass_context
from mistune import HTMLRenderer
from nbconvert.filters.ansi import ansi2html, strip_ansi
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.gradebook import harmless
from autograder.gradebook.budget import Budget

# The time of mistune and Pygments grows with the square of what hostile texts hold many of; these bounds keep a cell
# below about 0.2 s. The course's own cells have up to 2,700 characters and 34 dollar signs.
MOST_CHARS = 10_000  # of a text in markdown
MOST_CODE = 4_000
MOST_MATH = 300  # openings of formulas
MATH_OPENS = re.compile(r"\$|\\\\?[(\[]|\\begin")
ADDRESS = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+")
WRITTEN = "<p>[This text is shown as it was written: it, or the notebook, is too long to be laid out.]</p>"


def budget_of(context: Any) -> Budget:
    """The budget of the notebook whose page is being made."""
    budget: Budget = context.get("resources", {}).setdefault("budget", Budget())
    return budget


@pass_context
def markdown(context: Any, source: str) -> str:
    """In the place of markdown2html."""
    pictures = attached(context.get("cell", {}).get("attachments", {}))

    def named(found: re.Match[str]) -> str:
        name = f"inline-picture-{len(pictures)}"
        pictures[name] = found[0]
        return name

    source = ADDRESS.sub(named, source)  # Colab's pasted pictures: addresses are no text, and take long to read as such
    budget = budget_of(context)
    source = budget.room_for(source)
    with budget.spending():
        laid_out = None if budget.is_spent or is_too_long(source) else lay_out(source, pictures)
    return WRITTEN + as_text(source) if laid_out is None else laid_out


def is_too_long(source: str) -> bool:
    return len(source) > MOST_CHARS or len(MATH_OPENS.findall(source)) > MOST_MATH


def lay_out(source: str, pictures: Mapping[str, str]) -> str | None:
    """Markdown as HTML; None where that is too much, or the libraries stumble over a text that nobody thought of."""
    renderer = Renderer(escape=False, exclude_anchor_links=True)
    source = re.sub(r"[ \t]{40,}", " " * 40, source)
    try:
        return harmless.page(MarkdownWithMath(renderer=renderer).render(source), pictures)
    except Exception:  # the rest of the page is still to be shown
        return None


class Renderer(IPythonRenderer):
    """Leaves a picture's address as it stands: nbconvert's own stops at the name of one that is not there. A task is
    ticked by a character, since a student's inputs do not stand on a page."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return str(HTMLRenderer.image(self, text, url, title))

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"


def attached(attachments: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The addresses of the pictures in a cell, by their names."""
    found = {name: f"data:{mime};base64,{text}" for name, data in attachments.items() for mime, text in data.items()}
    return {name: address for name, address in found.items() if harmless.PICTURE.fullmatch(address)}


@pass_context
def code(context: Any, source: str, **_: Any) -> str:
    """In the place of highlight_code."""
    budget = budget_of(context)
    source = budget.room_for(source)
    if budget.is_spent or len(source) > MOST_CODE:
        return as_text(source)
    source = re.sub(r"\s*\n\s*\n\s*\n", "\n\n\n", re.sub(r"[ \t]+\n", "\n", source))
    with budget.spending():
        return str(Highlight2HTML()(source))


@pass_context
def printed(context: Any, text: str) -> str:
    """In the place of ansi2html: what a cell printed, in colours."""
    budget = budget_of(context)
    text = budget.room_for(text)
    if budget.is_spent:
        return escape(strip_ansi(text))
    with budget.spending():
        return str(ansi2html(text))


@pass_context
def raw(context: Any, source: str) -> str:
    """In the place of clean_html, which lets a raw cell's ids and classes through."""
    return as_text(budget_of(context).room_for(source))


def as_text(source: str) -> str:
    return f"<pre>{escape(source)}</pre>"
