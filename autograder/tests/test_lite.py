"""The lab as a site: built with a pyodide from npm, served by a server of files, opened and run in Chromium."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.tests.test_nbgrader import tab  # noqa: F401 - a fixture
from course_config import RELEASE, ROOT

pytestmark = [pytest.mark.long, pytest.mark.browser]

PYTHON = ROOT / "lite" / "venv" / "bin" / "python"  # `make test-lite` makes it
LAB = "spiral"
ICON = "/favicon.ico"  # a browser asks for it on the first page, which leads on to the lab
START_MS, RUN_MS = 120_000, 30_000


def tool(name: str, *arguments: str | Path) -> None:
    done = subprocess.run([PYTHON, ROOT / "docs" / "lite" / name, *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{name}: {done.stderr[-2000:]}")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    if not PYTHON.exists():
        pytest.skip("JupyterLite is not installed: `make test-lite` does that")
    if not shutil.which("npm"):
        pytest.skip("npm is not installed, from which the kernel comes")
    room = tmp_path_factory.mktemp("lite")
    tool("local_pyodide.py", room / "pyodide")
    tool("build.py", LAB, room / "site", "--pyodide", room / "pyodide")
    return room / "site"


class Answers(http.server.SimpleHTTPRequestHandler):
    """A server of files that keeps what it does not have."""

    lost: list[str] = []  # of the one page that is opened

    def log_message(self, *_):
        pass

    def send_error(self, code, *rest):
        self.lost.append(self.path.partition("?")[0])
        super().send_error(code, *rest)


@pytest.fixture
def address(site) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Answers, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_site_holds_all_that_is_released(site):
    released, held = RELEASE / LAB, site / "files"
    for path in released.rglob("*"):
        assert not path.is_file() or (held / path.relative_to(released)).read_bytes() == path.read_bytes()


def run_cell(page, source: str) -> str:
    """Put a cell below the one that is chosen, run it, and return what it shows."""
    for key in ("Escape", "b", "Enter"):
        page.keyboard.press(key)
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    ran = page.locator(".jp-CodeCell.jp-mod-active")
    ran.locator(".jp-InputArea-prompt", has_text=re.compile(r"\[\d+\]")).wait_for(timeout=RUN_MS)
    return ran.locator(".jp-Cell-outputArea").inner_text()


def given_cell(name: str) -> str:
    notebook = nbformat.read(RELEASE / LAB / f"{LAB}.ipynb", 4)
    return next(cell.source for cell in notebook.cells if cell.cell_type == "code" and name in cell.source)


def without_numpy(source: str) -> str:
    """The imports of a cell, but for those that no registry has for the browser."""
    kept = re.findall(r"^(?:import|from) (?!numpy|matplotlib).*$", source, re.M)
    return "\n".join(kept)


def test_the_notebook_opens_its_kernel_starts_and_runs_what_needs_no_numpy(site, address, tab, tmp_path):  # noqa: F811
    elsewhere = []
    tab.context.on("request", lambda asked: asked.url.startswith(("http:", "https:")) and elsewhere.append(asked.url))
    tab.goto(address)
    title = tab.get_by_role("heading", name="A diffusion model from scratch: the spiral lab")
    title.click(timeout=START_MS)
    tab.get_by_text("Python (Pyodide) | Idle").wait_for(timeout=START_MS)
    assert run_cell(tab, "print(1 + 1)").strip() == "2"
    assert "emscripten" in run_cell(tab, "import sys; print(sys.platform)")
    run_cell(tab, without_numpy(given_cell("import numpy")))
    run_cell(tab, given_cell("class Progress"))
    run_cell(tab, given_cell("class check:"))
    assert "✓" in run_cell(tab, 'with check("made_up"): assert True')
    assert "✗ made_up: said so" in run_cell(tab, 'with check("made_up"): assert False, "said so"')
    assert run_cell(tab, 'print(sum(counted(range(5), " updates")))').strip() == "10"
    tab.screenshot(path=tmp_path / "lab.png")
    assert set(Answers.lost) <= {ICON}
    assert "No module named 'numpy'" in run_cell(tab, "import numpy")
    asked = set(Answers.lost) - {ICON}
    assert len(asked) == 1 and re.fullmatch(r"/static/pyodide/numpy-.*_wasm32\.whl", asked.pop())
    assert [url for url in elsewhere if not url.startswith(address)] == []
