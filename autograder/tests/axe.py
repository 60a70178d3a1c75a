"""Pages as people look at them, in a real browser: axe-core finds nothing, and a phone shows what matters first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# Of what is well only a node is told, which takes half the time. Between light and dark colours alone differ.
WORTH = {"resultTypes": ["violations", "incomplete"]}
SCHEMES = {"light": WORTH, "dark": WORTH | {"runOnly": ["color-contrast", "link-in-text-block"]}}
PHONE = {"width": 390, "height": 844}
# The box of code that goes on in the next line, or that is wider than the page and scrolls.
WRAPPED = "could not be determined because it partially overlaps"
# axe does not say of one sign whether it is text: formulas' and a difficulty's have the colour of the text around them,
# and code has longer words of each colour.
UNDECIDED = ("Element content is too short to determine", "Element content contains only non-text characters")


def problems(tab: Any, page: Path | str) -> Iterator[str]:
    """What axe finds in a file or at an address, or cannot decide, by light and by dark; what is wider than a phone."""
    tab.set_viewport_size(PHONE)
    for scheme, options in SCHEMES.items():
        tab.emulate_media(color_scheme=scheme)
        if isinstance(page, Path):
            tab.goto(page.as_uri())
        else:
            tab.goto(page, wait_until="networkidle")
        tab.evaluate(AXE.read_text("utf-8"))
        found = tab.evaluate("(options) => axe.run(document, options)", options)
        for rule in (*found["violations"], *found["incomplete"]):
            nodes = [node for node in rule["nodes"] if not is_undecided(node)]
            yield from (f"{page}, {scheme}: {rule['id']}: {node['html'][:200]}" for node in nodes)
        if tab.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            yield f"{page} is wider than a phone"


def is_undecided(node: dict[str, Any]) -> bool:
    told = node.get("failureSummary", "")
    if node["html"].startswith(("<code>", '<code tabindex="0">')) and WRAPPED in told:
        return True
    return node["html"].startswith(("<m", '<span role="img"', '<span class="')) and any(
        words in told for words in UNDECIDED
    )


def first_thing_ends(tab: Any, page: Path) -> float:
    """Where, from the top of the page on a phone, the first thing to do next ends; 0 where there is none."""
    tab.set_viewport_size(PHONE)
    tab.goto(page.as_uri())
    where: float = tab.evaluate("(document.querySelector('.next li')?.getBoundingClientRect().bottom) ?? 0")
    return where
