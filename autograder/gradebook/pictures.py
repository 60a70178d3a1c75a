"""Pictures handed in beside a notebook are pasted into the answers that name them, so that they stand on its page."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

from nbformat import NotebookNode

from autograder.gradebook.folder import Taken, read
from autograder.gradebook.read import MIME_CHARS, name_in, own_files

STARTS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
STARTS |= {b"<svg": "image/svg+xml", b"<?xml": "image/svg+xml"}
MOST_CHARS = 20 * 2**20  # in base64, of all pictures of a submission


def paste_pictures(notebook: NotebookNode, there: Taken) -> None:
    """Attach each picture of a submission to the cells in words that name it."""
    left = MOST_CHARS
    for path in own_files(there, r".*\.(png|jpe?g|gif|webp|svg)"):
        naming = [cell for cell in notebook.cells if cell.cell_type == "markdown" and names(cell.source, path.name)]
        picture = read_picture(path, min(left, MIME_CHARS) * 3 // 4) if naming else {}
        left -= sum(map(len, picture.values()))
        for cell in naming if picture else ():
            attached = cell.setdefault("attachments", NotebookNode())
            attached.setdefault(name_in(there, path), picture)


def read_picture(path: Path, most: int) -> dict[str, str]:
    """A picture as attachments hold it; empty where the file is none, or cannot be read, or is too large."""
    try:
        raw = read(path, most)
    except OSError:
        return {}
    return next(({STARTS[start]: b64encode(raw).decode()} for start in STARTS if raw.startswith(start)), {})


def names(text: str, file: str) -> bool:
    return file in text or quote(file, errors="surrogateescape") in text
