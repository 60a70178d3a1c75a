"""Makes docs/picture.png from the outputs of the executed solution notebooks: python docs/picture.py"""

from __future__ import annotations

import base64
import io
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 900  # pixels
PARTS = (("spiral", "show_reverse"), ("mnist", "run_longer"))  # assignment, cell whose first figure is shown


def figure(assignment: str, cell_id: str) -> Image.Image:
    """The first PNG that a solution's cell put out."""
    notebook = nbformat.read(ROOT / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    png = next(output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {}))
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)


def main() -> None:
    figures = [figure(*part) for part in PARTS]
    sheet = Image.new("RGB", (WIDTH, sum(picture.height for picture in figures)), "white")
    top = 0
    for picture in figures:
        sheet.paste(picture, (0, top))
        top += picture.height
    sheet.save(ROOT / "docs" / "picture.png", optimize=True)


if __name__ == "__main__":
    main()
