"""Reads a submitted file, in whatever state, as clean cells: plain texts, valid outputs, bearable sizes.

What cannot be read is refused with a sentence.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from course_config import LIMITS

CELLS = 5000
MIME_CHARS = 4 * 2**20  # of one picture or page
TEXT_CHARS = 100_000  # of one printed output
CELL_OUTPUTS = 200


class Refused(Exception):
    """The submission cannot be graded; the message is a sentence for the student."""


class Notes(defaultdict):
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
    outputs: list
    metadata: dict
    id: object
    count: int | None
    attachments: dict
    place: int | None = None


def find_submission(folder: Path, assignment: str) -> tuple[Path, list[str]]:
    """The notebook to grade in a submission's folder, whatever its name, and what to say about the choice."""
    home, wanted = folder.resolve(), f"{assignment}.ipynb"
    files = [path for path in sorted(folder.rglob("*")) if re.search(r"\.ipynb(\.\w+)?$", path.name, re.I)]
    files = [path for path in files if path.is_file() and path.resolve().is_relative_to(home)]  # no links out
    files = [path for path in files if not re.search(r"(^|/)\.", path.relative_to(folder).as_posix())]
    if not files:
        raise Refused(f"No notebook was found in this submission; the file to hand in is {wanted}.")
    if folder / wanted in files:
        said = [f"There were {len(files)} notebooks; {wanted} was graded."]
        return folder / wanted, said if len(files) > 1 else []
    alike = [path for path in files if path.name.lower().startswith(assignment.lower())] or files
    if len(alike) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in alike[:5])
        raise Refused(f"There were several notebooks and none is called {wanted}: {names}. Hand in one.")
    return alike[0], [f"{alike[0].relative_to(folder)} was graded as {wanted}."]


def read_text(raw: bytes | Path, notes: Notes) -> str:
    """The file's text, in whatever encoding it was saved."""
    try:
        if isinstance(raw, Path):
            most = LIMITS.notebook_bytes
            if raw.stat().st_size > most:
                raise Refused(f"The file is larger than {most >> 20} MB. Clear its outputs first.")
            raw = raw.read_bytes()
    except OSError as error:
        raise Refused(f"The file cannot be read: {error.strerror}.") from None
    if not raw.strip(b"\0 \r\n\t"):
        raise Refused("The file is empty.")
    encoding = json.detect_encoding(raw)
    if encoding.startswith("utf-8"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            encoding = "latin-1"
    notes[f"The file was saved as {encoding}, not as UTF-8; it was read as that"] = []
    return raw.decode(encoding, "replace")


def read_json(text: str, notes: Notes) -> dict:
    """The notebook as plain data; of a file that breaks off, the cells before the break."""
    try:
        data = json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        data = {"cells": salvage_cells(text)}
        if not data["cells"]:
            raise Refused("The file cannot be read as a notebook: it is damaged from the start.") from None
        notes[f"The file is damaged after cell {len(data['cells'])}; what stands before was graded"] = []
    if not isinstance(data, dict):
        raise Refused("The file is not a notebook.")
    return data


def salvage_cells(text: str) -> list:
    start = re.search(r'"cells"\s*:\s*\[', text)
    between, decoder = re.compile(r"[\s,]*"), json.JSONDecoder(strict=False)
    cells, position = [], start.end() if start else len(text)
    while True:
        try:
            cell, position = decoder.raw_decode(text, between.match(text, position).end())
        except (ValueError, RecursionError):
            return cells
        cells.append(cell)


def read_cells(data: dict) -> list[Cell]:
    """The cells of a notebook of any format version (nbformat 3 keeps them in worksheets)."""
    sheets = data.get("worksheets")
    sheets = [data, *(sheets if isinstance(sheets, list) else [])]
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    raw = [cell for cells in found if isinstance(cells, list) for cell in cells if isinstance(cell, dict)]
    if not 0 < len(raw) <= CELLS:
        raise Refused(f"The notebook has {len(raw)} cells, so it cannot be graded.")
    return [clean_cell(cell) for cell in raw]


def clean_cell(raw: dict) -> Cell:
    kind, metadata, count = raw.get("cell_type"), raw.get("metadata"), raw.get("execution_count")
    kind = kind if kind in ("code", "markdown", "raw") else "markdown"
    return Cell(
        kind,
        plain(raw.get("source", raw.get("input"))) or "",
        tidy_outputs(raw.get("outputs")) if kind == "code" else [],
        metadata if isinstance(metadata, dict) else {},
        raw.get("id"),
        count if type(count) is int and 0 <= count < 2**31 else None,
        tidy_attachments(raw.get("attachments")) if kind == "markdown" else {},
    )


def plain(value: object) -> str | None:
    """A text that JSON keeps as a string or as a list of lines; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None  # no lone surrogates


def tidy_outputs(outputs: object) -> list[dict]:
    """Valid outputs of a bearable size, printed ones joined: thousands of small ones take minutes to show."""
    tidy: list[dict] = []
    for output in outputs if isinstance(outputs, list) else []:
        output = tidy_output(output) if isinstance(output, dict) else None
        last = tidy[-1] if tidy else {}
        if output and output["output_type"] == "stream" and last.get("name") == output["name"]:
            if len(last["text"]) <= TEXT_CHARS:
                last["text"] = shorten(last["text"] + output["text"])
        elif output and len(tidy) < CELL_OUTPUTS:
            tidy.append(output)
    return tidy


def tidy_output(raw: dict) -> dict | None:
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


def tidy_mimes(data: dict) -> dict:
    """The texts of an output, if not too long; other JSON (the state of widgets) cannot be shown anyway."""
    texts = {plain(mime): plain(text) for mime, text in data.items()}
    if "text/plain" in texts:
        texts["text/plain"] = shorten(texts["text/plain"] or "")
    kept = {mime: text for mime, text in texts.items() if text is not None and len(text) <= MIME_CHARS}
    return kept or {"text/plain": "[this output could not be kept]"}


def tidy_attachments(raw: object) -> dict:
    """Pictures pasted into a markdown cell."""
    pairs = raw.items() if isinstance(raw, dict) else ()
    return {plain(name): tidy_mimes(data) for name, data in pairs if isinstance(data, dict)}


def shorten(text: str) -> str:
    return text if len(text) <= TEXT_CHARS else text[:TEXT_CHARS] + "\n[further output was left out]"
