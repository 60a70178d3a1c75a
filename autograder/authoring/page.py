"""A notebook of the course as a page: it asks no server, needs no script, and axe-core finds nothing in it.

nbconvert's own page loads MathJax and three more scripts, its colours of code are too faint on their ground, and it
leaves out what a cell says of its pictures.
"""

from __future__ import annotations

import re
from html import escape

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from autograder.feedback.formulas import laid_out

SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
NO_ALT = 'alt="No description has been provided for this image"'
DOTS = re.compile(r"(●+)(○*)")
STYLE = """<style>
:root { --jp-mirror-editor-number-color: #006400; --jp-mirror-editor-operator-color: #7a1fb8;
        --jp-mirror-editor-keyword-color: #006400; --jp-mirror-editor-comment-color: #2b5c5c;
        --jp-content-link-color: #0b57a4; }
.jp-RenderedHTMLCommon a:link, .jp-RenderedHTMLCommon a:visited { text-decoration: underline; }
.jp-RenderedHTMLCommon table { display: block; overflow-x: auto; }
math[display=block] { display: block math; overflow-x: auto; }
.jp-MarkdownOutput { overflow: visible !important; }
body { max-width: 60rem; margin: auto; }
</style></head>"""


def page(nb: NotebookNode) -> str:
    """HTML of a notebook, formulas as MathML; what may be wider than a phone scrolls, by keys as well."""
    exporter = HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True)
    html, _ = exporter.from_notebook_node(nb)
    html = DOTS.sub(read_out, laid_out(SCRIPT.sub("", described(html, nb))))
    html = html.replace("<table>", '<table tabindex="0">').replace('display="block"', 'display="block" tabindex="0"')
    return html.replace("</head>", STYLE, 1)


def described(html: str, nb: NotebookNode) -> str:
    """The pictures of outputs, in their order, with what their cells say of them."""
    drew = [(cell, output) for cell in nb.cells for output in cell.get("outputs", ())]
    words = (cell.metadata.get("alt", "") for cell, output in drew if "image/png" in output.get("data", {}))
    return re.sub(NO_ALT, lambda _: f'alt="{escape(next(words, ""))}"', html)


def read_out(dots: re.Match[str]) -> str:
    """A difficulty in words for who does not see the dots."""
    return f'<span role="img" aria-label="{len(dots[1])} of {len(dots[0])}">{dots[0]}</span>'
