"""What a browser would run: it stays where it was handed in, and is never copied to autograded/ or feedback/.

Formgrader serves what lies in autograded/ from its own address, where a student's page could do what its reader may do.
"""

from __future__ import annotations

import re
from mimetypes import guess_type
from pathlib import Path

TYPES = re.compile(r"html|svg|[/+]xml|javascript|ecmascript")  # in the name of a type that formgrader would give it
# By name as well: which types a machine knows differs, and formgrader may run on another one.
ENDS = re.compile(r"\.([dpsx]?html?|xht|xml|xsl|xslt|rdf|rss|atom|mml|svgz?|[cm]?js|mht|mhtml|swf)$", re.IGNORECASE)


def would_run(inside: Path) -> bool:
    """Whether a part of its path is called so: a folder called like a page would stand in that page's place."""
    return any(ENDS.search(part) or TYPES.search(type_of(part)) for part in inside.parts)


def type_of(name: str) -> str:
    """As formgrader finds it; without the slash `data:,x.html` would be taken for an address, and for text."""
    return guess_type(f"/{name}")[0] or ""
