"""A JupyterHub as docs/hub.md describes it, in a folder of the test's own; its users come and go with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from course_config import ROOT

ENVIRONMENTS = ROOT / "hub"  # `make test-hub` makes them
TEACHER, STUDENTS = "teacher", ("ann", "ben")
PAGE = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")
PLACE = "/srv/diffusion"  # there
PROGRAMS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
START_SECONDS = 60


class Hub(NamedTuple):
    place: Path
    address: str


def lacking() -> str:
    """Why no hub can be set up here; nothing where one can."""
    if not (ENVIRONMENTS / ".installed").exists():
        return "JupyterHub is not installed: `make test-hub` does that"
    if os.geteuid() != 0:
        return "only root can make users, and start servers as them"
    if taken := [name for name in (TEACHER, *STUDENTS) if is_user(name)]:
        return f"{', '.join(taken)}: a user of this machine, where the test makes and removes one of that name"
    if closed := [path for path in (ROOT, *ROOT.parents) if not path.stat().st_mode & 0o001]:
        return f"other users cannot reach the environments in {ENVIRONMENTS}: {closed[-1]} is closed to them"
    return ""


def is_user(name: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def shell(commands: str) -> None:
    subprocess.run(["sh", "-ec", commands], check=True, timeout=120)


@contextlib.contextmanager
def users() -> Iterator[None]:
    """The teacher is made by the page's own commands."""
    try:
        for name in STUDENTS:
            shell(f"{re.search(f'^(useradd .*) {TEACHER} ', PAGE, re.M)[1]} {name}")
        yield
    finally:
        for name in (TEACHER, *STUDENTS):
            if is_user(name):
                shell(f"userdel --remove {name} 2>&1")


@contextlib.contextmanager
def machine() -> Iterator[Path]:
    """Users, folders and both files as on the page, the course cloned and installed; no hub runs yet."""
    place = Path(tempfile.mkdtemp(prefix="course-hub-"))
    try:
        with users():
            place.chmod(0o755)
            shell(re.search(r"^```sh\n(useradd.*?)^```", PAGE, re.S | re.M)[1].replace(PLACE, str(place)))
            for file, text in re.findall(rf"^`({PLACE}/\S+)`:\n\n```python\n(.*?)^```", PAGE, re.S | re.M):
                Path(file.replace(PLACE, str(place))).write_text(text.replace(PLACE, str(place)))
            clone(place / "course")
            (place / "students").symlink_to(ENVIRONMENTS / "students")
            yield place
    finally:
        shutil.rmtree(place)


def clone(course: Path) -> None:
    """What git would clone, uncommitted changes as well, owned by the teacher; its .venv is that of `make test-hub`."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, course / name)
    (course / ".venv").symlink_to(ENVIRONMENTS / "course")
    shell(f"chown -R {TEACHER}: {course}")
    install = "-m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e"
    shell(f"{course}/.venv/bin/python {install} {course}")


def command_of(place: Path, *options: str) -> dict:
    """How the hub is started, as arguments of subprocess; beside the page's words only ports are chosen."""
    programs = [ENVIRONMENTS / "hub" / "bin", ENVIRONMENTS / "proxy" / "node_modules" / ".bin", PROGRAMS]
    environment = {"PATH": ":".join(map(str, programs)), "LANG": "C.UTF-8", "HOME": str(place / "hub")}
    words = [str(ENVIRONMENTS / "hub" / "bin" / "jupyterhub"), *options]
    return {"args": words, "cwd": place / "hub", "env": environment}


@contextlib.contextmanager
def running(place: Path) -> Iterator[Hub]:
    address = f"http://127.0.0.1:{free_port()}"
    ports = [f"--JupyterHub.bind_url={address}", f"--JupyterHub.hub_port={free_port()}"]
    ports += [f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}"]
    log = place / "hub" / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(**command_of(place, *ports), stdout=output, stderr=output)
    try:
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/hub/login", timeout=5):
                break
            time.sleep(0.2)
        else:
            raise AssertionError(log.read_text())
        yield Hub(place, address)
    finally:
        process.terminate()  # and with it everybody's servers
        process.wait(30)


def as_user(name: str, *words: str) -> subprocess.CompletedProcess:
    """A command in a terminal that is not the hub's, as by SSH."""
    command = ["su", "--login", name, "--command", f"LANG=C.UTF-8 {shlex.join(words)}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)
