"""Formulas of a cleaned text as MathML, which browsers draw by themselves, without a script and without a network."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert

MATHML = "http://www.w3.org/1998/Math/MathML"
PARTS = re.compile(r"(<[^>]*>)")
LITERAL = re.compile(r"<(/?)(pre|code)\b", re.IGNORECASE)
FORMULA = re.compile(r"\$\$(?P<display>[^$]+)\$\$|\\\[(?P<bracket>.+?)\\\]|\$(?P<inline>[^$\n]+)\$", re.DOTALL)
TEXT = re.compile(r"\\text\w*\{[^{}]*\}")
MOST_CHARS = 600  # of one formula; the course's longest has 130
TAGS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot"}
TAGS |= {"mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom"}
KEPT = {"display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "fence", "form", "accent", "linethickness"}
KEPT |= {"columnalign", "width", "minsize", "maxsize", "movablelimits", "separator", "lspace", "rspace"}
PARTS_OF = {"mfrac": 2, "msup": 2, "msub": 2, "mroot": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
ElementTree.register_namespace("", MATHML)
VALUE = re.compile(r"[\w.% +-]{1,40}")


def laid_out(html: str) -> str:
    """The same HTML with a formula in the place of each that stands in its text; what cannot be read stays as written.

    The text is cleaned already, and MathML is made of its characters alone, so nothing unclean comes back in.
    """
    literal, parts = 0, []
    for part in PARTS.split(html):
        if part.startswith("<"):
            if found := LITERAL.match(part):
                literal += -1 if found[1] else 1
        elif not literal and ("$" in part or "\\[" in part):
            part = FORMULA.sub(lambda found: formula(found), part)
        parts.append(part)
    return "".join(parts)


def formula(found: re.Match[str]) -> str:
    """MathML of a match, or the match itself."""
    display = found["display"] or found["bracket"]
    tex = unescape(display or found["inline"]).strip()
    return mathml(tex, bool(display)) or found[0]


def mathml(tex: str, display: bool = False) -> str:
    """MathML for a formula in TeX; empty where that is not sure to be right.

    latex2mathml hardly ever refuses: what it does not know comes out as text with its backslash.
    """
    if len(tex) > MOST_CHARS:
        return ""
    plain = TEXT.sub(lambda found: found[0].replace("\\_", "_"), tex)  # which it would show as it stands
    try:
        root = ElementTree.fromstring(convert(plain, display="block" if display else "inline"))
    except Exception:  # it raises whatever its tables and recursion raise
        return ""
    for element in root.iter():
        name = element.tag.removeprefix(f"{{{MATHML}}}")
        whole = PARTS_OF.get(name, len(element)) == len(element)  # it takes half a fraction for one
        if name not in TAGS or not whole or "\\" in (element.text or ""):
            return ""
        element.attrib = {key: value for key, value in element.attrib.items() if key in KEPT and VALUE.fullmatch(value)}
    return ElementTree.tostring(root, encoding="unicode")
