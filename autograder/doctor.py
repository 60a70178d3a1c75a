"""`course doctor`: what this machine gives the course, and what it means where something is missing.

Nothing here changes anything, and nothing here raises: what cannot be found out is a line that says so.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 13))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
GIB = 2**30
CHILD_SECONDS = 20


class Finding(NamedTuple):
    """One line of the report: `note` says what it means where `ok` is false."""

    subject: str
    found: str
    ok: bool = True
    note: str = ""
    needed: bool = False  # without it the course does not run at all


def report(root: Path = ROOT) -> list[Finding]:
    """Everything worth knowing about this machine, one finding a line."""
    sections: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("Python", _python),
        ("packages", _packages),
        ("devices", _devices),
        ("isolation", _isolation),
        ("data", lambda: _data(root)),
        ("programs", _programs),
        ("disk", lambda: _disk(root)),
        ("course files", lambda: _course_files(root)),
    ]
    findings: list[Finding] = []
    for subject, look in sections:
        try:
            for finding in look():
                findings.append(finding)
        except Exception as error:
            found = f"could not be found out ({_reason(error)})"
            findings.append(Finding(subject, found, False, "the rest of this report still holds"))
    return findings


def main() -> int:
    """Print the report; 1 where something that the course needs is missing, else 0."""
    findings = report()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print(f"{'✓' if finding.ok else '✗'} {finding.subject:<{width}}  {finding.found}")
        if not finding.ok:
            print(f"  {'':<{width}}  {finding.note}")
    missing = [finding.subject for finding in findings if finding.needed and not finding.ok]
    print(f"\nThe course does not run yet: {', '.join(missing)}." if missing else "\nThe course runs here.")
    return 1 if missing else 0


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _python() -> Iterator[Finding]:
    least, most = SUPPORTED
    yield Finding(
        "Python",
        platform.python_version(),
        least <= sys.version_info[:2] <= most,
        f"the course is tried on {least[0]}.{least[1]} to {most[0]}.{most[1]}: "
        "make .venv again with one of these, `make test PYTHON=python3.12`",
        needed=True,
    )
    yield Finding(
        "system",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        hasattr(os, "fork"),
        "the notebooks work, but grading needs Linux or macOS (on Windows: WSL)",
    )


def _packages() -> Iterator[Finding]:
    # Imported, not only looked up: torch and torchvision of two different builds install, and then fail.
    for name in ("torch", "torchvision", "numpy"):
        try:
            yield Finding(name, str(importlib.import_module(name).__version__))
        except Exception as error:
            note = "run `make test`, which installs the versions in requirements.txt"
            yield Finding(name, f"does not import ({_reason(error)})", False, note, needed=True)
    for name in ("nbgrader", "jupyterlab"):
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            note = "run `make test`, which installs the versions in requirements.txt"
            yield Finding(name, "missing", False, note, needed=name == "nbgrader")


def _devices() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding(
        "CPU cores",
        str(cores),
        cores > 1,
        "course grade still works, but notebooks that train take about twice as long as they say",
    )
    import torch

    cards = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    yield Finding(
        "CUDA",
        ", ".join(torch.cuda.get_device_name(card) for card in cards) or "none",
        bool(cards),
        "course grade still works: device checks use the simulated GPU, and training runs on the CPU",
    )
    if platform.system() == "Darwin":
        mps = torch.backends.mps.is_available()
        yield Finding("MPS", "available" if mps else "none", mps, "course grade still works, on the CPU")


def _isolation() -> Iterator[Finding]:
    from autograder.judge.isolation import tried_here

    tried = tried_here()
    yield Finding(
        "isolation",
        tried["words"],
        not tried["missing"],
        "course grade asks for --less-isolation here; the Dockerfile gives full isolation on any machine",
    )


def _data(root: Path) -> Iterator[Finding]:
    wrong = damaged_files(root / "data")
    yield Finding(
        "MNIST subset",
        "6,000 + 1,000 digits, checksums right" if not wrong else f"missing or changed: {', '.join(wrong)}",
        not wrong,
        "bring it back with `git checkout -- data`; the MNIST notebook and its grading need it",
        needed=True,
    )
    raw = root / "data" / "mnist_full" / "MNIST" / "raw"
    names = [Path(name).name for name in listed_files(root / "data") if name.endswith("-ubyte")]
    full = raw.is_dir() and all((raw / name).exists() for name in names)
    yield Finding(
        "full MNIST",
        "in data/mnist_full" if full else "not fetched",
        full,
        "course grade still works, as all else does, with the subset; `python data/fetch.py` fetches it",
    )


def listed_files(data: Path) -> dict[str, str]:
    """The paths in data/SHA256SUMS, each with its checksum; none where there is no such file."""
    sums = data / "SHA256SUMS"
    if not sums.exists():
        return {}
    lines = (line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name: digest for digest, name in lines}


def damaged_files(data: Path) -> list[str]:
    """The data files that are missing or not what data/SHA256SUMS says."""
    expected = listed_files(data)
    if not expected:
        return ["SHA256SUMS"]
    return [name for name, digest in expected.items() if _sha256(data / name) != digest]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _programs() -> Iterator[Finding]:
    browser = next((name for name in BROWSERS if shutil.which(name)), None)
    yield Finding(
        "browser",
        browser or "no Chromium on PATH",
        browser is not None,
        "course grade still works, but the browser tests are skipped",
    )
    ffmpeg = shutil.which("ffmpeg")
    yield Finding(
        "ffmpeg",
        "on PATH" if ffmpeg else "not on PATH",
        bool(ffmpeg),
        "course grade still works, and animations are written as GIF",
    )


def _disk(root: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(root).free / GIB
    yield Finding(
        "free disk",
        f"{free:.1f} GiB",
        free >= 2,
        "course grade still works for a small class, but a fresh .venv needs 6 GiB",
    )


def _course_files(root: Path) -> Iterator[Finding]:
    texts = sorted((root / "source").glob("*.py"))
    yield Finding(
        "assignments",
        ", ".join(text.stem for text in texts) or "none",
        bool(texts),
        "source/*.py is missing: this is not a whole checkout, and nothing can be built or graded",
        needed=True,
    )
    missing = [
        f"{folder}/{text.stem}"
        for text in texts
        for folder in ("source", "release", "solutions")
        if not (root / folder / text.stem / f"{text.stem}.ipynb").exists()
    ]
    yield Finding(
        "built notebooks",
        "all there" if not missing else f"missing: {', '.join(missing)}",
        not missing,
        "`make build` makes them from source/*.py",
    )
    changes = _changed_files(root)
    yield Finding(
        "git checkout",
        "not one" if changes is None else "clean" if changes == 0 else f"{changes} changed or new files",
        changes is not None,
        "course grade still works, but nothing says which version of the course this is",
    )


def _changed_files(root: Path) -> int | None:
    """How many files differ from the last commit; None where there is no checkout, or no git."""
    try:
        status = subprocess.run(
            ["git", "-C", str(root), "status", "--porcelain"],
            capture_output=True,
            text=True,
            timeout=CHILD_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return len(status.stdout.splitlines()) if status.returncode == 0 else None
