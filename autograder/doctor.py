"""`course doctor`: what this machine gives the course, what it means where something is missing, and what mends it.

Nothing here changes anything, and nothing here raises: what cannot be found out is a line that says so.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autograder import container
from course_config import ASSIGNMENTS, COMPANIONS, LECTURES, LIMITS, ROOT

SUPPORTED = ((3, 11), (3, 13))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
GIB = 2**30
CHILD_SECONDS = 20
WITH_ANSWERS = ("source", "solutions", "autograder/checks", "autograder/bank")


class Finding(NamedTuple):
    """One line of the report. Where `ok` is false, `note` says what that means."""

    subject: str
    found: str
    ok: bool = True
    note: str = ""
    command: str = ""  # mends it, and the note goes on from there; where there is none, the course does without

    @property
    def mark(self) -> str:
        return "✓" if self.ok else "✗" if self.command else "–"


def report(root: Path = ROOT) -> list[Finding]:
    """Everything worth knowing about this machine, one finding a line."""
    sections: dict[str, Iterator[Finding]] = {
        "Python": _python(),
        "packages": _packages(root),
        "cores": _cores(),
        "devices": _devices(),
        "isolation": _isolation(),
        "worker users": _worker_users(),
        "data": _data(root),
        "programs": _programs(),
        "disk": _disk(root),
        "course files": _course_files(root),
        "answers": _answers(root),
        "marks": _marks(root),
        "exchange": _exchange(root),
        "marks by hand": _marks_by_hand(root),
        "dates": _dates(root),
    }
    findings: list[Finding] = []
    for subject, section in sections.items():  # generators: nothing is looked at before this
        try:
            for finding in section:
                findings.append(finding)
        except Exception as error:
            found = f"could not be found out ({_reason(error)})"
            findings.append(Finding(subject, found, False, "the rest of this report still holds"))
    return findings


def main(root: Path = ROOT) -> int:
    """Print the report; 1 where something has to be mended, else 0."""
    findings = report(root)
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print(f"{finding.mark} {finding.subject:<{width}}  {finding.found}")
        if not finding.ok:
            command = f"`{finding.command}` " if finding.command else ""
            print(f"  {'':<{width}}  {command}{finding.note}")
    if wrong := [finding.subject for finding in findings if finding.mark == "✗"]:
        print(f"\nThe course does not run yet: {', '.join(wrong)}. Give the command below each ✗ in {root}.")
        return 1
    print("\nThe course runs here; it does without what is marked –.")
    return 0


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _python() -> Iterator[Finding]:
    least, most = SUPPORTED
    yield Finding(
        "Python",
        platform.python_version(),
        least <= sys.version_info[:2] <= most,
        f"starts anew with one that the course is tried on: {least[0]}.{least[1]} to {most[0]}.{most[1]}",
        "rm -rf .venv && make build PYTHON=python3.12",
    )
    yield Finding(
        "system",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        hasattr(os, "fork"),
        "brings a Linux to Windows: the notebooks work without, and grading needs Linux or macOS",
        "wsl --install",
    )


def _packages(root: Path) -> Iterator[Finding]:
    python = shlex.quote(sys.executable.removeprefix(f"{root}/"))
    mend = "installs the versions that belong together", f"{python} -m pip install -r requirements.txt"
    # Imported, not only looked up: torch and torchvision of two different builds install, and then fail.
    for name in ("torch", "torchvision", "numpy"):
        try:
            yield Finding(name, str(importlib.import_module(name).__version__))
        except Exception as error:
            yield Finding(name, f"does not import ({_reason(error)})", False, *mend)
    for name in ("nbgrader", "jupyterlab"):
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "missing", False, *mend)


def _cores() -> Iterator[Finding]:
    seen = container.seen()
    cores = min(seen, container.cpus())
    found = f"{cores:g}, a container's share of {seen}" if cores < seen else str(seen)
    note = "course grade still works, but notebooks that train take about twice as long as they say"
    yield Finding("CPU cores", found, cores > 1, note)
    if cores < seen:
        threads = os.environ.get("OMP_NUM_THREADS")
        note = f"`export OMP_NUM_THREADS={max(1, int(cores))}` before training: torch starts more, which wait in turn"
        yield Finding("threads", f"OMP_NUM_THREADS is {threads or 'not set'}", bool(threads), note)
    memory = min(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), container.memory())
    note = (
        f"course grade still works, but a submission may take {LIMITS.memory_bytes / GIB:g} GiB beside what torch takes"
    )
    yield Finding("memory", f"{memory / GIB:.1f} GiB", memory >= LIMITS.memory_bytes + 2 * GIB, note)


def _devices() -> Iterator[Finding]:
    import torch

    cards = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    names = ", ".join(torch.cuda.get_device_name(card) for card in cards)
    note = "course grade still works: device checks use the simulated GPU, and training runs on the CPU"
    yield Finding("CUDA", names or "none", bool(cards), note)
    if platform.system() == "Darwin":
        mps = torch.backends.mps.is_available()
        yield Finding("MPS", "available" if mps else "none", mps, "course grade still works, on the CPU")


def _isolation() -> Iterator[Finding]:
    from autograder.judge.isolation import tried_here

    tried = tried_here()
    note = "course grade asks for --less-isolation here; the Dockerfile gives full isolation on any machine"
    yield Finding("isolation", tried["words"], not tried["missing"], note)


def _worker_users() -> Iterator[Finding]:
    """Where root grades, student code becomes one of a range of users, who should be nobody else."""
    if os.geteuid() != 0:
        return
    import pwd

    from autograder.student.sandbox import USERS

    people = ", ".join(sorted(user.pw_name for user in pwd.getpwall() if user.pw_uid in USERS))
    found = f"{USERS.start} to {USERS.stop - 1}" + (f", and among them {people}" if people else "")
    note = "course grade still works, but student code may run as one of them: grade as an ordinary user"
    yield Finding("worker users", found, not people, note)


def _data(root: Path) -> Iterator[Finding]:
    wrong = ", ".join(f"data/{name}" for name in damaged_files(root / "data"))
    found = f"missing or changed: {wrong}" if wrong else "6,000 + 1,000 digits, checksums right"
    note = "brings it back; notebooks are built, worked on and graded with it"
    yield Finding("MNIST subset", found, not wrong, note, "git checkout -- data")
    raw = root / "data" / "mnist_full" / "MNIST" / "raw"
    names = [Path(name).name for name in listed_files(root / "data") if name.endswith("-ubyte")]
    full = raw.is_dir() and all((raw / name).exists() for name in names)
    note = "course grade still works, as all else does, with the subset; `python data/fetch.py` fetches it"
    yield Finding("full MNIST", "in data/mnist_full" if full else "not fetched", full, note)


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
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _programs() -> Iterator[Finding]:
    browser = next((name for name in BROWSERS if shutil.which(name)), "")
    note = "course grade still works, but the browser tests are skipped"
    yield Finding("browser", browser or "no Chromium on PATH", bool(browser), note)
    ffmpeg = shutil.which("ffmpeg")
    note = "course grade still works, and animations are written as GIF"
    yield Finding("ffmpeg", "on PATH" if ffmpeg else "not on PATH", bool(ffmpeg), note)


def _disk(root: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(root).free / GIB
    note = "course grade still works for a small class, but a fresh .venv needs 6 GiB"
    yield Finding("free disk", f"{free:.1f} GiB", free >= 2, note)


def _course_files(root: Path) -> Iterator[Finding]:
    from autograder.keeping.version import of_course

    names = (*ASSIGNMENTS, *LECTURES)
    texts = [f"source/{name}.py" for name in names]
    missing = [text for text in texts if not (root / text).exists()]
    note = "brings them back; nothing can be built without them"
    found = f"missing: {', '.join(missing)}" if missing else ", ".join(texts)
    yield Finding("texts", found, not missing, note, "git checkout -- source")
    unbuilt = {file: name for name in names for file in _built(name, root) if not (root / file).exists()}
    slow = any(file.startswith("solutions") for file in unbuilt)
    note = f"makes what is missing{'; it executes a solution, which may take an hour' if slow else ''}"
    command = f"course build {' '.join(dict.fromkeys(unbuilt.values()))}"
    found = f"missing: {', '.join(unbuilt)}" if unbuilt else "all there"
    yield Finding("built notebooks", found, not unbuilt, note, command)
    changes = _changed_files(root)
    found = "not one" if changes is None else "clean" if changes == 0 else f"{changes} changed or new files"
    note = "course grade still works, but nothing says which version of the course this is"
    yield Finding("git checkout", found, changes is not None, note)
    yield Finding("version", of_course())


def _answers(root: Path) -> Iterator[Finding]:
    """Solutions and hidden checks, on a machine that students use as well."""
    open_ones = [name for name in WITH_ANSWERS if reached_by_others(root / name)]
    found = f"other users can read {', '.join(open_ones)}" if open_ones else "no other user can read them"
    note = f"where students use this machine, as on a hub, close the course: `chmod go= {root}` (docs/hub.md)"
    yield Finding("answers", found, not open_ones, note)


def reached_by_others(path: Path) -> bool:
    """Whether users of another group get there: one closed folder on the way closes all that lies in it."""
    if not path.exists():
        return False
    ways = all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
    return ways and bool(path.stat().st_mode & 0o004)


def _exchange(root: Path) -> Iterator[Finding]:
    """What nbgrader says in a server's log alone: where it looks for the course, and for what is handed in on a hub."""
    from nbgrader.exchange import ExchangeFactory

    from autograder.gradebook.settings import course

    coursedir, config = course(root)
    home = Path(coursedir.root)
    note = "no folder: CourseDirectory.root in an nbgrader_config.py names it; correct that line"
    yield Finding("course root", str(home), home.is_dir(), note)
    exchange = Path(ExchangeFactory(config=config).List(coursedir=coursedir, config=config).root)
    there = exchange.is_dir()
    note = "only a hub needs one: Exchange.root in an nbgrader_config.py names it, and docs/hub.md says how it is made"
    if "JUPYTER_CONFIG_PATH" not in os.environ:
        note += ". On a hub, JUPYTER_CONFIG_PATH says where that file is; this terminal has none: `export` it first"
    yield Finding("exchange", f"{exchange}{'' if there else ' is missing'}", there, note)
    if there:
        all_write = exchange.stat().st_mode & 0o777 == 0o777
        found = "all may write there" if all_write else f"not all may write in {exchange}"
        yield Finding("exchange's mode", found, all_write, f"`chmod 1777 {exchange}`: else nobody hands in")


def _marks(root: Path) -> Iterator[Finding]:
    from autograder.gradebook import private
    from autograder.gradebook.settings import course

    coursedir, _ = course(root)
    read = [os.path.relpath(path, coursedir.root) for path in private.left_open(coursedir)]
    found = f"other users can read {', '.join(read)}" if read else "no other user can read them"
    who = "o" if coursedir.groupshared else "go"
    yield Finding("marks", found, not read, f"course grade closes them, as does `chmod -R {who}= {' '.join(read)}`")


def _marks_by_hand(root: Path) -> Iterator[Finding]:
    from autograder.gradebook.by_hand import WHAT_TO_DO, marks_by_hand_below

    marks = marks_by_hand_below(root)
    for mark in marks:
        yield Finding("mark by hand", mark.words, False, WHAT_TO_DO)
    if not marks:
        yield Finding("marks by hand", "none where the judge gives them")


def _dates(root: Path) -> Iterator[Finding]:
    from autograder.policy.charge import resting_on_a_file

    found = resting_on_a_file(root)
    said = ", ".join(found) or "none that a student could have written decides"
    note = "say in a file of their own when they handed in: `course collect --sheet` reads the platform's dates"
    yield Finding("dates", said, not found, note)


def _built(name: str, root: Path) -> list[str]:
    """What the build makes of one text: its notebooks and, for an assignment, copies of data beside them."""
    if name in LECTURES:
        return [LECTURES[name]]
    data = [file for file in listed_files(root / "data") if file.split("/")[0] in COMPANIONS.get(name, ())]
    beside = [f"{side}/{name}/{file}" for side in ("source", "release") for file in (f"{name}.ipynb", *data)]
    return [*beside, f"solutions/{name}/{name}.ipynb"]


def _changed_files(root: Path) -> int | None:
    """How many files differ from the last commit; None where there is no checkout, or no git."""
    try:
        command = ["git", "-C", str(root), "status", "--porcelain"]
        status = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return len(status.stdout.splitlines()) if status.returncode == 0 else None
