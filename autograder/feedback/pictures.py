"""Pictures within a bound: scaled down where there are too many bytes of them, left out where that does not help."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable
from dataclasses import replace

from PIL import Image

from autograder.feedback.content import Picture

MOST_PIXELS = 40_000_000  # of a picture that is opened at all
WIDTHS = (1200, 800, 500)  # tried one after the other


def fitting(pictures: Iterable[Picture], most: int) -> tuple[list[Picture], int]:
    """As many as have room in `most` characters, in order, and how many were left out."""
    wanted = list(pictures)
    if sum(len(picture.data) for picture in wanted) <= most:
        return wanted, 0
    share, kept, left = most // max(1, len(wanted)), [], most
    for picture in wanted:
        small = picture if len(picture.data) <= share else scaled(picture, share)
        if small is not None and len(small.data) <= left:
            kept.append(small)
            left -= len(small.data)
    return kept, len(wanted) - len(kept)


def scaled(picture: Picture, most: int) -> Picture | None:
    """As a JPEG of at most so many characters, the widest of WIDTHS; None where that cannot be."""
    try:
        opened = Image.open(io.BytesIO(base64.b64decode(picture.data)), formats=["PNG", "JPEG"])
        if opened.width * opened.height > MOST_PIXELS:
            return None
        flat = Image.new("RGB", opened.size, "white")
        drawn = opened.convert("RGBA")
        flat.paste(drawn, mask=drawn.getchannel("A"))
    except (OSError, ValueError, SyntaxError, binascii.Error, Image.DecompressionBombError):
        return None
    for width in WIDTHS:
        small = flat.copy()
        small.thumbnail((width, 4 * width))
        written = io.BytesIO()
        small.save(written, "JPEG", quality=85, optimize=True)
        data = base64.b64encode(written.getvalue()).decode()
        if len(data) <= most:
            return replace(picture, mime="image/jpeg", data=data)
    return None
