"""`make lite`: an assignment as a site that runs in a browser, from a server that only hands out files.

    python docs/lite/build.py ASSIGNMENT SITE [--pyodide FOLDER]

Without a folder of pyodide's files the kernel comes from the public server that JupyterLite names.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

RELEASE = Path(__file__).resolve().parents[2] / "release"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
TO_THE_LAB = "await import('./config-utils.js');"  # in JupyterLite's first page


def build(assignment: str, site: Path, pyodide: Path | None = None) -> None:
    """Make the site of what is released of an assignment."""
    released = RELEASE / assignment
    if not (released / f"{assignment}.ipynb").is_file():
        sys.exit(f"There is no release/{assignment}/{assignment}.ipynb: `make build` comes first.")
    shutil.rmtree(site, ignore_errors=True)
    with TemporaryDirectory() as temporary:
        room = Path(temporary)
        if pyodide:
            shutil.copytree(pyodide, room / "static" / "pyodide")
            settings = {KERNEL: {"pyodideUrl": "./static/pyodide/pyodide.mjs"}}
            config = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": settings}}
            (room / "jupyter-lite.json").write_text(json.dumps(config), "utf-8")
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(room)]
        command += ["--contents", str(released), "--output-dir", str(site.resolve())]
        command += ["--no-sourcemaps", "--no-libarchive"]
        done = subprocess.run(command, cwd=room, capture_output=True, text=True)  # it leaves a file where it runs
    if done.returncode:
        sys.exit(f"JupyterLite could not build the site:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    if lost := sorted(files_in(released) - files_in(site / "files")):
        sys.exit(f"JupyterLite left out what students need: {', '.join(map(str, lost))}")
    open_on(site / "index.html", f"lab/index.html?path={assignment}.ipynb")


def files_in(folder: Path) -> set[Path]:
    """What lies in a folder, below it too. JupyterLite leaves out some names, `build` and `lib`, without a word."""
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def open_on(page: Path, address: str) -> None:
    """Let JupyterLite's first page lead to an address: its own setting for that takes no notebook."""
    text = page.read_text("utf-8")
    if TO_THE_LAB not in text:
        sys.exit("JupyterLite's first page has changed: docs/lite/build.py looks for the line that opens the lab.")
    page.write_text(text.replace(TO_THE_LAB, f"window.location.replace('{address}');"), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make a site of a released assignment.")
    parser.add_argument("assignment")
    parser.add_argument("site", type=Path)
    parser.add_argument("--pyodide", type=Path, help="a folder of pyodide's files, to lie in the site")
    given = parser.parse_args()
    build(given.assignment, given.site, given.pyodide)
