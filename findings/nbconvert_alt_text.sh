#!/bin/sh
# What a notebook says of a picture, for who does not see it, on nbconvert's page.
#
# nbconvert 7.17.2 turns a notebook with one PNG output into HTML. The description stands where nbconvert's templates
# look for it: as "alt" in the output's metadata for image/png, or as "alt" in the cell's metadata.
#
# Expected: either reaches the picture's alt attribute, on the page that `jupyter nbconvert --to html` makes.
# Seen: only with the older look, `--template classic`. The default template, lab, reads neither place, and afterwards
# the exporter writes alt="No description has been provided for this image" over the gap and warns that the text is
# missing, though it is there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nbconvert==7.17.2 nbformat==5.11.1
"$folder/venv/bin/python" - <<'PY'
import base64
import struct
import zlib

from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
dot = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
SAID, DEFAULT = "A single dark dot", "No description has been provided"


def page(template, in_output, in_cell):
    data = {"image/png": base64.b64encode(dot).decode()}
    metadata = {"image/png": {"alt": SAID}} if in_output else {}
    output = new_output("display_data", data, metadata=metadata)
    cell = new_code_cell("", outputs=[output], metadata={"alt": SAID} if in_cell else {})
    html, _ = HTMLExporter(template_name=template).from_notebook_node(new_notebook(cells=[cell]))
    return f'alt="{SAID}"' in html, DEFAULT in html


for template in ("classic", "lab"):
    for where, places in {"output": (True, False), "cell": (False, True)}.items():
        said, default = page(template, *places)
        print(f"{template}, alt in the {where}'s metadata: {'shown' if said else 'left out'}; default text: {default}")
        assert (said, default) == (template == "classic", template == "lab")
PY
