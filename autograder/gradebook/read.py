"""Reads a submitted file, in whatever state, as clean cells: plain texts, valid outputs, bearable sizes.

What cannot be read is refused with a sentence.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.gradebook import folder, harmless
from autograder.gradebook.folder import Taken, is_hidden
from course_config import LIMITS

CELLS = 5000
MIME_CHARS = 4 * 2**20  # of one picture or page
TEXT_CHARS = 100_000  # of one printed output
CELL_OUTPUTS = 200
PYTHON_CHARS = 4 * 2**20  # of a notebook as Python prints it, which takes much memory to read
OTHER = "The file holds something else, not a notebook. Hand in the .ipynb file itself."
DISGUISES = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
MERGE_MARKS = {"<<<<<<<": True, "|||||||": False, "=======": False, ">>>>>>>": True}  # is what follows kept?

# Control characters in strings and numbers of any length are taken, which Python's own decoder refuses.
DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_int=lambda digits: int(digits[:18]))
BLANK = "\0 \r\n\t"
BETWEEN = re.compile(r"[\s,]*")
STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'  # also one that breaks off
LINE = r'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)'
# nbgrader's settings of a cell, which name its type as well, are no cell.
CELL_START = re.compile(r'(?<!"nbgrader": )(?<!"nbgrader":)\{\s*(?:"attachments"|[^{}\[\]]*?"cell_type")')
SOURCE = re.compile(rf'"(?:source|input)"\s*:\s*(\[(?:[\s,]*+{STRING})*+|{STRING})', re.S)


class Refused(Exception):
    """The submission cannot be graded; the message is a sentence for the student."""


class Notes(defaultdict[str, list[str]]):
    """What was mended: a sentence, and the names of the cells that it is about."""

    def __init__(self) -> None:
        super().__init__(list)

    def sentences(self) -> list[str]:
        return [f"{said}: {', '.join(names)}." if names else f"{said}." for said, names in self.items()]


@dataclass(eq=False)
class Cell:
    """One cell of the submission, cleaned; `place` is the index of the released cell that it is, if any."""

    kind: str
    source: str
    outputs: list[dict[str, Any]]
    metadata: dict[str, Any]
    id: object
    count: int | None
    attachments: dict[str, Any]
    place: int | None = None


def find_submission(there: Taken, assignment: str) -> tuple[Path, list[str]]:
    """The notebook to grade in a submission, whatever its name, and what to say about the choice."""
    wanted = f"{assignment}.ipynb"
    files = own_files(there, r".*\.ipynb(\.\w+|~)?") or own_files(there, rf"{re.escape(assignment)}(\.json)?")
    if not files:
        raise Refused(f"No notebook was found in this submission; the file to hand in is {wanted}.")
    if there.folder / wanted in files:
        said = [f"There were {len(files)} notebooks; {wanted} was graded."]
        return there.folder / wanted, said if len(files) > 1 else []
    alike = [path for path in files if path.name.lower().startswith(assignment.lower())] or files
    names = [name_in(there, path) for path in alike[:5]]
    if len(alike) > 1:
        raise Refused(f"There were several notebooks and none is called {wanted}: {', '.join(names)}. Hand in one.")
    return alike[0], [f"{names[0]} was graded as {wanted}."]


def own_files(there: Taken, pattern: str) -> list[Path]:
    """The files of this name in a submission, none that are hidden."""
    files = [path for path in there.files if re.fullmatch(pattern, path.name, re.I | re.S)]
    return [path for path in files if not is_hidden(str(path.relative_to(there.folder)))]


def name_in(there: Taken, path: Path) -> str:
    return plain(path.relative_to(there.folder).as_posix()) or ""


def text_of(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def modules_beside(notebook: Path, text: str, files: Iterable[Path]) -> tuple[dict[str, str], list[str]]:
    """The .py files beside a notebook that its text names, and those that these name; what to say about them.

    Whether one may be imported is for the student's own process to find out: student/worker.py.
    """
    beside = [path for path in files if path.parent == notebook.parent and path.suffix == ".py"]
    modules = {path.stem: path for path in beside if path.stem.isidentifier()}
    found: dict[str, str] = {}
    left = LIMITS.module_bytes
    while named := modules.keys() & set(re.findall(r"\w+", "\n".join([text, *found.values()]))) - found.keys():
        for name in sorted(named):
            most = left if len(found) < LIMITS.module_files else -1  # of one file too many not a byte
            try:
                raw = folder.read(modules.pop(name), most)
            except folder.TooLarge:
                bound = f"{LIMITS.module_files} files and {LIMITS.module_bytes >> 20} MB"
                return {}, [f"The .py files beside the notebook were not read: they are more than {bound}."]
            except OSError:
                continue
            left -= len(raw)
            found[name] = raw.decode("utf-8", "replace")
    listed = ", ".join(f"{name}.py" for name in found)
    return found, [f"Read beside the notebook: {listed}."] if found else []


# ---- from bytes to plain data -----------------------------------------------------------------------------


def read_text(raw: bytes | Path, notes: Notes) -> str:
    """The file's text, in whatever encoding it was saved."""
    try:
        if isinstance(raw, Path):
            raw = folder.read(raw, LIMITS.notebook_bytes)
    except folder.TooLarge:
        raise Refused(f"The file is larger than {LIMITS.notebook_bytes >> 20} MB. Clear its outputs first.") from None
    except OSError as error:
        raise Refused(f"The file cannot be read: {error.strerror or error}.") from None
    if not raw.strip(b"\0 \r\n\t"):
        raise Refused("The file is empty.")
    for start, kind in DISGUISES.items():
        if raw.startswith(start):
            raise Refused(f"The file is {kind} under the name of a notebook. Hand in the notebook itself.")
    encoding: str = json.detect_encoding(raw)
    if encoding.startswith("utf-8"):
        try:
            return raw.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError as error:
            text, cut = raw.decode(encoding, "replace"), error.reason == "unexpected end of data"
        if cut or len(re.findall(r"[^\0-\x7f\ufffd]", text)) > text.count("\ufffd"):
            notes["Some characters of the file were damaged; a \ufffd stands for each"] = []
            return text
        encoding = "cp1252"
    notes[f"The file was saved as {encoding}, not as UTF-8; it was read as that"] = []
    return raw.decode(encoding, "replace")


def read_json(text: str, notes: Notes) -> dict[str, Any]:
    """The notebook as plain data; of a damaged file, whatever can still be read."""
    try:
        data, end = DECODER.raw_decode(text.lstrip())
        rest = text.lstrip()[end:].strip(BLANK)
        if CELL_START.search(rest):
            raise ValueError
        if rest:
            notes["Something stood behind the end of the notebook; it was left out"] = []
    except (ValueError, RecursionError):
        data = repair(text, notes)
    if isinstance(data, list):
        data = {"cells": data}
    if not isinstance(data, dict):
        raise Refused(OTHER)
    return data


def repair(text: str, notes: Notes) -> object:
    """The data of a text that is not JSON: after a merge, edited by hand, printed by Python, or damaged."""
    merged = upper_side(text)
    if merged != text:
        notes["The file held the marks of a git merge; of two versions the upper one was graded"] = []
    for attempt in (without_extras, python_data):
        try:
            return attempt(merged)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
    cells, whole = salvage_cells(merged)
    if not cells:
        start = text.lstrip()[:9].lower()
        if start.startswith(("<!doctype", "<html")):
            raise Refused("The file is a web page, not a notebook. Use File > Download in Jupyter and hand that in.")
        if not start.startswith("{"):
            raise Refused(OTHER)
        raise Refused("The file cannot be read as a notebook: it is damaged from the start.")
    where = f"after cell {whole}" if text.lstrip().startswith("{") else "at its beginning"
    notes[f"The file is damaged {where}; what could be read was graded"] = []
    return {"cells": cells}


def upper_side(text: str) -> str:
    """A text with the conflicts of a git merge in it, as it was on the student's own side."""
    if text.count("<<<<<<<") != text.count(">>>>>>>"):
        return text
    kept, keep = [], True
    for line in text.split("\n"):
        if line[:7] in MERGE_MARKS:
            keep = MERGE_MARKS[line[:7]]
        elif keep:
            kept.append(line)
    return "\n".join(kept)


def without_extras(text: str) -> object:
    """JSON with comments and commas too many, as editors leave it."""
    plainer = re.sub(rf"({STRING})|//[^\n]*|,(?=\s*[\]}}])", lambda found: found[1] or "", text, flags=re.S)
    return DECODER.decode(plainer)


def python_data(text: str) -> object:
    """What Python prints of a notebook, with its single quotes and None."""
    if len(text) > PYTHON_CHARS or not text.lstrip().startswith("{'"):
        raise ValueError
    return ast.literal_eval(text.strip())


def salvage_cells(text: str) -> tuple[list[Any], int]:
    """The cells of a damaged text, whole ones and what is left of others; how many stand before the damage."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    cells: list[Any] = []
    whole, position = None, start.end() if start else 0
    patience = 4 * len(text)  # else a file made of broken beginnings would be read for hours
    while position < len(text) and patience > 0 and len(cells) <= CELLS:
        position = BETWEEN.match(text, position).end()  # type: ignore[union-attr]  # it matches nothing, too
        try:
            cell, end = DECODER.raw_decode(text, position)
            cost = end - position
        except (ValueError, RecursionError) as error:
            cell, end, cost = None, position, getattr(error, "pos", len(text)) - position
        following = CELL_START.search(text, position + 1)
        border = following.start() if following else len(text)
        if not is_cell(cell) or border < end:  # a cell that holds another lost its end
            patience -= cost + len(text) // 100 + 1
            whole = len(cells) if whole is None else whole
            end, cell = border, broken_cell(text[position:border])
        cells += [cell] if is_cell(cell) else []
        position = end
    return cells, len(cells) if whole is None else whole


def is_cell(data: object) -> bool:
    return isinstance(data, dict) and "cell_type" in data


def broken_cell(piece: str) -> dict[str, Any] | None:
    """What can be read of a cell that is JSON no more: its type, id, metadata, pictures and lines of text."""
    kind, name = (re.search(rf'"{key}"\s*:\s*"([\w-]*)"', piece) for key in ("cell_type", "id"))
    source = SOURCE.search(piece)
    if not kind or not source:
        return None
    cell = {"cell_type": kind[1], "id": name and name[1]}
    for part in ("metadata", "attachments"):
        about = re.search(rf'"{part}"\s*:\s*', piece)
        with contextlib.suppress(ValueError, RecursionError):
            cell[part] = DECODER.raw_decode(piece, about.end())[0] if about else {}
    return cell | {"source": [unescape(line) for line in re.findall(LINE, source[1], re.S)]}


def unescape(inside: str) -> str:
    """What stands between the quotes of a JSON string, where that may break off or hold escapes that are none."""
    legal = r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\'
    return str(DECODER.decode('"' + re.sub(legal, lambda found: found[0] if found[1] else r"\\", inside) + '"'))


# ---- from plain data to clean cells -----------------------------------------------------------------------


def read_cells(data: dict[str, Any]) -> list[Cell]:
    """The cells of a notebook of any format version (nbformat 3 keeps them in worksheets)."""
    sheets = data.get("worksheets")
    sheets = [data, *(sheets if isinstance(sheets, list) else [])]
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    found = [list(cells.values()) if isinstance(cells, dict) else cells for cells in found]
    raw = [cell for cells in found if isinstance(cells, list) for cell in cells if isinstance(cell, dict)]
    if not 0 < len(raw) <= CELLS:
        raise Refused(f"The notebook has {len(raw)} cells, so it cannot be graded.")
    return [clean_cell(cell) for cell in raw]


def clean_cell(raw: dict[str, Any]) -> Cell:
    kind, metadata, count = raw.get("cell_type"), raw.get("metadata"), raw.get("execution_count")
    if kind not in ("code", "markdown", "raw"):
        kind = "code" if raw.keys() & {"outputs", "execution_count", "input"} else "markdown"
    return Cell(
        kind,
        source_text(raw.get("source", raw.get("input"))),
        tidy_outputs(raw.get("outputs")) if kind == "code" else [],
        metadata if isinstance(metadata, dict) else {},
        raw.get("id"),
        count if type(count) is int and 0 <= count < 2**31 else None,
        tidy_attachments(raw.get("attachments")),
    )


def plain(value: object) -> str | None:
    """A text that JSON keeps as a string or as a list of lines; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None  # no lone surrogates


def source_text(value: object) -> str:
    """A cell's text; of a list with other things in it, the lines that are texts."""
    lines = [line for line in value if isinstance(line, str)] if isinstance(value, list) else value
    return re.sub(r"\r\n?", "\n", plain(lines) or "")  # else a search for lines would find one


def tidy_outputs(outputs: object) -> list[dict[str, Any]]:
    """Valid outputs of a bearable size, printed ones joined: thousands of small ones take minutes to show."""
    tidy: list[dict[str, Any]] = []
    for output in outputs if isinstance(outputs, list) else []:
        output = tidy_output(output) if isinstance(output, dict) else None
        last = tidy[-1] if tidy else {}
        if output and output["output_type"] == "stream" and last.get("name") == output["name"]:
            if len(last["text"]) <= TEXT_CHARS:
                last["text"] = shorten(last["text"] + output["text"])
        elif output and len(tidy) < CELL_OUTPUTS:
            tidy.append(output)
    return tidy


def tidy_output(raw: dict[str, Any]) -> dict[str, Any] | None:
    kind, data, lines = raw.get("output_type"), raw.get("data"), raw.get("traceback")
    if kind == "stream":
        name = "stderr" if raw.get("name", raw.get("stream")) == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": shorten(plain(raw.get("text")) or "")}
    if kind == "error":
        lines = [shorten(plain(line) or "") for line in lines[:100]] if isinstance(lines, list) else []
        name, value = (shorten(plain(raw.get(key)) or "") for key in ("ename", "evalue"))
        return {"output_type": kind, "ename": name, "evalue": value, "traceback": lines}
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        result = {"output_type": kind, "data": tidy_mimes(data), "metadata": {}}
        return result | ({"execution_count": None} if kind == "execute_result" else {})
    return None


def tidy_mimes(data: dict[str, Any]) -> dict[str, Any]:
    """Texts and pictures that a page can show, if not too long; HTML waits until it is cleaned (outputs.py)."""
    texts = {mime: plain(text) for mime, text in data.items() if mime in SHOWN}
    shown = {mime: SHOWN[mime](text) for mime, text in texts.items() if text is not None}
    kept = {mime: text for mime, text in shown.items() if text and len(text) <= MIME_CHARS}
    if HTML in kept:
        kept[WAITING] = kept.pop(HTML)
    return kept or dict(LOST)


def picture(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9+/=\s]*", text) else ""


def tidy_attachments(raw: object) -> dict[str, Any]:
    """Pictures pasted into a markdown cell."""
    pairs = raw.items() if isinstance(raw, dict) else ()
    found = {plain(name) or "": tidy_pictures(data) for name, data in pairs if isinstance(data, dict)}
    return {name: pictures for name, pictures in found.items() if pictures}


def tidy_pictures(data: dict[str, Any]) -> dict[str, str]:
    texts = {mime: picture(plain(data[mime]) or "") for mime in ATTACHED if mime in data}
    return {mime: text for mime, text in texts.items() if text and len(text) <= MIME_CHARS}


def shorten(text: str) -> str:
    return text if len(text) <= TEXT_CHARS else text[:TEXT_CHARS] + "\n[further output was left out]"


PICTURES = ("image/png", "image/jpeg", "image/gif")
SVG, HTML = "image/svg+xml", "text/html"
WAITING = "text/x-html-to-clean"  # which no page shows
LOST = {"text/plain": "[this output could not be kept]"}
ATTACHED = (*PICTURES, "image/webp", SVG)  # in base64
SHOWN: dict[str, Callable[[str], str]] = {"text/plain": shorten, "text/markdown": str, SVG: str, WAITING: str}
SHOWN |= dict.fromkeys(PICTURES, picture) | {HTML: harmless.without_players}
