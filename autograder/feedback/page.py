"""A student's page as one file of HTML: no script, no network, at most 2 MB."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from html import escape, unescape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from autograder.feedback.content import HEADING, LEFT_OPEN, MOST_CHARS, Page, Todo, is_answered
from autograder.feedback.contested import Contested, version_of
from autograder.feedback.formulas import laid_out
from autograder.feedback.pictures import fitting
from autograder.gradebook import filters
from autograder.gradebook.budget import Budget
from autograder.gradebook.pages import in_words

TEMPLATES = Path(__file__).with_name("templates")
MOST = 2_000_000  # bytes of a page
AROUND = 500  # of them, around a picture
LIGHT, DARK = "default", "github-dark"  # of Pygments; dark ones hold on a dark page
BACKTICKS = re.compile(r"`([^`]+)`")
LATE = "being late"  # beside the names of TODOs, what it took off
MARKS, MOST_HEAD = re.compile(r'<meta name="marks" content="([^"]*)">'), 10_000
OPEN = f"<p>{LEFT_OPEN}</p>"


@cache
def environment() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=False)
    made.filters |= {"points": points, "words": in_words, "said": said}
    return made


@cache
def style() -> str:
    """The page's own, and the colours of code by light and by dark."""
    own = (TEMPLATES / "page.css").read_text("utf-8")
    light, dark = (HtmlFormatter(style=name).get_style_defs(".highlight") for name in (LIGHT, DARK))
    return f"{own}{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n.highlight {{ background: none; }}"


def html(page: Page) -> str:
    """What a browser shows."""
    known = {"page": page, "style": style(), "version": version(page), "laid": laid_out_parts(page)}
    late = {LATE: -page.penalty} if page.penalty else {}
    known["marks"] = json.dumps({part.name: part.points for part in page.parts} | late)
    template = environment().get_template("page.html.j2")
    bare = template.render(known, pictures=[], left_out=0)
    shown, left_out = fitting(page.pictures, MOST - len(bare.encode()) - AROUND * len(page.pictures))
    return template.render(known, pictures=shown, left_out=left_out)


def laid_out_parts(page: Page) -> dict[str, str]:
    """All that somebody wrote, cleaned and laid out, by the name of its place. It shares one budget
    (gradebook/budget.py)."""
    resources = {"budget": Budget()}

    def text(source: str, cell: NotebookNode | None = None) -> str:
        with resources["budget"].spending():
            return laid_out(filters.markdown({"resources": resources, "cell": cell or {}}, source))

    laid = {}
    for todo in page.todos:
        laid[f"section {todo.name}"] = laid_out(escape(todo.section))
        laid[f"line {todo.name}"] = line(page, todo)
        if todo.findings and todo.code:
            if todo.task:
                laid[f"task {todo.name}"] = text(without_heading(todo.task.source))
            laid[f"code {todo.name}"] = filters.code({"resources": resources}, todo.code)
    for reflection in page.reflections:
        answer = reflection.answer
        laid[f"answer {reflection.name}"] = text(answer.source, answer) if is_answered(answer) else OPEN
        if reflection.question:
            laid[f"question {reflection.name}"] = text(without_heading(reflection.question.source))
        for number, item in enumerate(reflection.items):
            laid[f"item {reflection.name} {number}"] = text(item.criterion)
        if reflection.comment:
            laid[f"comment {reflection.name}"] = text(reflection.comment)
        if reflection.model:
            laid[f"model {reflection.name}"] = text(reflection.model)
    return laid


def section_html(todo: str, cells: Iterable[NotebookNode]) -> str:
    """Cells of a notebook of ours, one after the other."""
    context = {"resources": {"budget": Budget()}, "cell": {}}
    shown = [
        laid_out(filters.markdown(context, cell.source))
        if cell.cell_type == "markdown"
        else filters.code(context, cell.source)
        for cell in cells
    ]
    return environment().get_template("section.html.j2").render(todo=todo, cells=shown, style=style())


def said(sentence: str) -> Markup:
    """A sentence of the judge, with what stands in backticks as code."""
    return Markup(BACKTICKS.sub(r"<code>\1</code>", escape(sentence)))


def marks_on(page: Path) -> dict[str, float | None]:
    """The marks that a page was written with, by the names of TODOs and reflections; empty for an older page."""
    with page.open(encoding="utf-8", errors="replace") as file:
        found = MARKS.search(file.read(MOST_HEAD))
    return json.loads(unescape(found[1])) if found else {}


def points(number: float) -> str:
    return f"{round(number, 3):g}"


def without_heading(source: str) -> str:
    """From the last heading on: a cell may say more before it asks."""
    last = max((found.end() for found in HEADING.finditer(source[:MOST_CHARS])), default=0)
    return source[last:]


def version(page: Page) -> str:
    return version_of(page.verdict.get("fingerprint", ""))


def line(page: Page, todo: Todo) -> str:
    """What names a disputed mark: `course judge --contested` takes it."""
    check = todo.findings[0].checks[0].replace(" ", "_") if todo.findings else ""
    return Contested(page.assignment, todo.name, check, page.verdict["seed"], version(page)).line
