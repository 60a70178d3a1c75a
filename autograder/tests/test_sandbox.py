"""The lock, tried from inside: on this machine as it is, and where the kernel refuses a part of it."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from autograder import processes, wire
from autograder.judge import forks
from autograder.judge.forks import Parent
from autograder.judge.isolation import tried_here
from autograder.student import sandbox
from course_config import LIMITS, ROOT

MISSING = tried_here()["missing"]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not here: {MISSING}")

UNSHARE = 272 if os.uname().machine == "x86_64" else 97
FULL, NO_NAMESPACES = "full", "no namespaces"


def refuse_namespaces() -> None:
    """What a container or a hardened machine does."""
    ctypes.CDLL(None).prctl(sandbox.NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    load = (sandbox.LOAD, 0, 0, sandbox.CALL)
    sandbox.install([load, *sandbox.refuse(sandbox.EQUAL, UNSHARE, errno.EPERM)])


def refuse_landlock() -> None:
    """What a kernel before 5.13 does."""
    ctypes.CDLL(None).prctl(sandbox.NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    load = (sandbox.LOAD, 0, 0, sandbox.CALL)
    sandbox.install([load, *sandbox.refuse(sandbox.EQUAL, sandbox.CREATE_RULESET, errno.ENOSYS)])


def become_ordinary() -> None:
    """No root and no capability: user 1000 of a namespace of our own, who may read what root may read here."""
    user, group = os.geteuid(), os.getegid()
    sandbox.unshare(sandbox.NEW_USER)
    for name, line in (("setgroups", "deny"), ("uid_map", f"1000 {user} 1"), ("gid_map", f"1000 {group} 1")):
        Path("/proc/self", name).write_text(line)


MACHINES = {
    FULL: lambda: None,
    "an ordinary user": become_ordinary,
    NO_NAMESPACES: refuse_namespaces,
    "no Landlock": refuse_landlock,
}


@pytest.fixture(scope="module", params=MACHINES)
def machine(request):
    """A warm parent on each kind of machine, and the name of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forks.subprocess, "Popen", partial(subprocess.Popen, preexec_fn=MACHINES[request.param]))
        parent = Parent()
    with parent:
        yield parent, request.param


@pytest.fixture
def inside(machine):
    """Run cells in a fresh worker: what they printed, and the error of the last."""
    workers = []

    def run(*sources: str, **limits) -> str:
        workers.append(machine[0].fork({}, replace(LIMITS, **{"cell_seconds": 60} | limits)))
        for source in sources:
            ran = workers[-1].run(source)
        text = "".join(str(output.get("text", "")) for output in ran["outputs"])
        return f"{text}{ran['error']['type']}: {ran['error']['message']}"

    run.workers = workers
    yield run
    for worker in workers:
        worker.close()


def closed(said: str) -> bool:
    words = ("Permission denied", "not permitted", "No such file", "Read-only", "not supported", "No such process")
    return any(word in said for word in words)


def test_the_verdict_says_which_isolation_is_in_force(machine, inside):
    inside("1")
    said = inside.workers[0].isolation
    if machine[1] == NO_NAMESPACES:
        assert said.startswith("less than full: ")
        assert "Landlock, seccomp; missing: no processes of its own (Operation not permitted)" in said
    else:
        assert said.startswith("full: namespaces, ")
        assert ("Landlock" in said) == (machine[1] != "no Landlock")


HERE = Path(sandbox.__file__)
OUTSIDE = (str(HERE), str(ROOT / "course_config.py"), str(ROOT / "source"))
OUTSIDE += ("/etc/passwd", "/proc/self/environ", "/proc/1/maps")


@pytest.mark.parametrize("path", OUTSIDE)
def test_files_outside_cannot_be_read(inside, path):
    assert closed(
        inside(f"import os\nprint(os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}).read())")
    )


@pytest.mark.parametrize("path", [ROOT / "x", Path(sys.prefix, "x"), Path("/usr/x"), HERE, Path("/var/tmp/x")])
def test_nothing_is_written_outside(machine, inside, path):
    before = path.exists() and path.read_text()
    said = inside(f"open({str(path)!r}, 'a').write('x')")
    assert closed(said) or machine[1] != NO_NAMESPACES  # a root in memory may take it, and is thrown away
    assert (path.exists() and path.read_text()) == before


def test_home_is_a_folder_that_is_thrown_away(inside):
    said = inside("import os; open('mine', 'w').write('kept'); print(os.getcwd(), open('mine').read())")
    folder = Path(said.split()[0])
    assert "kept" in said
    inside.workers.pop().close()
    assert not folder.exists()


@pytest.mark.parametrize(
    "family, kind", [("AF_INET", "SOCK_STREAM"), ("AF_INET", "SOCK_DGRAM"), ("AF_NETLINK", "SOCK_RAW")]
)
def test_there_is_no_network(inside, family, kind):
    assert "not supported" in inside(f"import socket\nsocket.socket(socket.{family}, socket.{kind})")


def test_sockets_of_other_programs_are_out_of_reach(inside, tmp_path):
    listening = tmp_path / "socket"
    with forks.socket.socket(forks.socket.AF_UNIX) as server:
        server.bind(str(listening))
        server.listen()
        listening.chmod(0o777)
        assert closed(inside(f"import socket\nsocket.socket(socket.AF_UNIX).connect({str(listening)!r})"))


def test_other_processes_cannot_be_signalled(inside):
    assert closed(inside(f"import os\nos.kill({os.getpid()}, 0)"))
    said = inside("import os, signal\ntry:\n    os.kill(-1, signal.SIGTERM)\nexcept OSError as e:\n    print(e)")
    assert os.getppid() and "Exit" not in said


@pytest.mark.parametrize(
    "call", ["ptrace(16, 1, 0, 0)", "unshare(0x10000000)", "mount(b'a', b'/tmp', b'tmpfs', 0, b'')", "setns(0, 0)"]
)
def test_calls_that_no_exercise_needs_are_refused(inside, call):
    said = inside(f"import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.{call}, ctypes.get_errno())")
    assert "-1 1" in said


def test_the_warden_cannot_be_sent_away(inside):
    said = inside(
        "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.prctl(1, 0, 0, 0, 0), ctypes.get_errno())"
    )
    assert "-1 1" in said


def test_root_is_left_behind(machine, inside):
    said = inside("import os\nprint(os.getuid(), os.geteuid())\nos.setuid(0)")
    assert machine[1] == NO_NAMESPACES or ("Error" in said and not said.startswith("0"))


# Given away already, first and last: https://systemd.io/UIDS-GIDS, and what useradd hands to containers.
OTHERS_USERS = {
    "people": (1_000, 60_000),
    "homes of systemd-homed": (60_001, 60_513),
    "people in containers": (60_514, 60_577),
    "greeters": (60_578, 60_705),
    "services, for a while": (61_184, 65_519),
    "nobody and -1": (65_534, 65_535),
    "subordinate users": (100_000, 600_100_000),
    "containers of systemd-nspawn": (524_288, 1_879_048_191),
}


def test_workers_are_users_that_no_system_gives_away():
    for first, last in OTHERS_USERS.values():
        assert last < sandbox.USERS.start or sandbox.USERS.stop <= first
    assert len(sandbox.USERS) > 10 * os.cpu_count()  # two that run at a time are two


@pytest.mark.parametrize("name", ["autograder", "autograder.checks.spiral.q_sample", "course_config", "ddpm"])
def test_the_grader_cannot_be_imported(inside, name):
    assert "No module named" in inside(f"import {name}")


def test_nor_when_its_finder_is_taken_away(inside):
    said = inside("import sys\nsys.meta_path.pop(0)\nsys.path_importer_cache.clear()\nimport autograder.checks")
    assert "Error" in said


def test_the_environment_holds_nothing_of_ours(inside):
    said = inside("import os; print(sorted(os.environ))")
    assert "PYTEST" not in said and "TOKEN" not in said


def test_data_loaders_may_have_workers(machine, inside):
    """Where other programs' sockets are in reach, connecting is refused; there a loader must do with one process."""
    if machine[1] == NO_NAMESPACES:
        pytest.skip("not without namespaces")
    said = inside(
        "import torch\nfrom torch.utils.data import DataLoader\n"
        "print(sum(len(batch) for batch in DataLoader(torch.ones(64, 3), batch_size=8, num_workers=2)))"
    )
    assert said.startswith("64")


# ---- how much it may use ----------------------------------------------------------------------------------


def test_too_large_an_array_is_a_memory_error_in_its_cell(inside):
    said = inside("import numpy as np\ntry:\n    np.ones(2**29)\nexcept MemoryError:\n    print('refused')")
    assert said.startswith("refused")


def ended(inside, source: str, **limits) -> str:
    """The warden's sentence about a worker that runs this."""
    with pytest.raises(wire.Gone):
        inside(source, **limits)
    return inside.workers.pop().close().reason


FORKS = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        {child}
        time.sleep(60)
time.sleep(60)
"""


def test_memory_of_all_processes_together_is_limited(inside):
    small = 500 * 2**20
    source = FORKS.format(child=f"x = bytearray({small // 4})")
    assert ended(inside, source, memory_bytes=small) == "It used more than 0.49 GB of memory."


def test_memory_of_processes_that_hide_what_they_hold_is_limited(inside):
    """An ordinary user's processes may close /proc's details about them to their own user."""
    small = 500 * 2**20
    hidden = f"ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); x = bytearray({small // 4})"
    source = "import ctypes\n" + FORKS.format(child=hidden)
    assert ended(inside, source, memory_bytes=small) == "It used more than 0.49 GB of memory."


def test_computing_time_of_all_processes_together_is_limited(inside):
    source = FORKS.format(child="while True: pass")
    assert ended(inside, source, cpu_seconds=2) == "It used more than 2 s of computing time."


def test_time_is_limited(inside):
    assert ended(inside, "import time; time.sleep(60)", judging_seconds=1) == "It took longer than 1 s in all."


def test_fork_bombs_go_out(inside):
    bomb = """
import os, time
while True:
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        time.sleep(0.01)
"""
    assert ended(inside, bomb) == f"It started more than {LIMITS.processes} processes or threads."


def test_the_disk_cannot_be_filled(machine, inside):
    fill = "for n in range(9):\n    with open(f'{n}', 'wb') as f:\n        f.write(b'x' * 15 * 2**20)"
    if machine[1] == NO_NAMESPACES:
        pytest.skip("without a file system of its own only each file is limited")
    assert "No space left" in inside(fill, scratch_bytes=50 * 2**20)


def test_a_file_cannot_grow_without_end(inside):
    assert "File too large" in inside("open('x', 'wb').write(b'x' * 2**20 * 9)", file_bytes=2**20)


def test_open_files_are_limited(inside):
    assert "Too many open files" in inside("keep = [open('x', 'w') for _ in range(5000)]")


def test_shared_memory_outside_files_is_refused(inside):
    assert "not permitted" in inside("import os; os.memfd_create('x')")


def test_buffers_of_sockets_stay_as_large_as_they_are(inside):
    """What lies in them is the kernel's memory, which no limit counts."""
    larger = "import socket\nsocket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.{0}, 2**20)"
    for size in ("SO_SNDBUF", "SO_RCVBUF"):
        assert "not permitted" in inside(larger.format(size))
    other = "import socket\nsocket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1); print('fine')"
    assert inside(other).startswith("fine")


def test_sockets_of_all_processes_together_are_limited(machine, inside):
    if machine[1] == NO_NAMESPACES:
        pytest.skip("without a network of its own nothing tells its sockets from everybody's")
    few, many = (FORKS.format(child=f"s = [socket.socketpair() for _ in range({each})]") for each in (4, 8))
    few = few.rpartition("time")[0] + "time.sleep(0.5); print('fine')"
    assert inside("import socket\n" + few, sockets=100).startswith("fine")
    assert ended(inside, "import socket\n" + many, sockets=100) == "It opened more than 100 sockets."


def test_sockets_that_were_sent_and_not_received_are_counted(machine, inside):
    if machine[1] == NO_NAMESPACES:
        pytest.skip("without a network of its own nothing tells its sockets from everybody's")
    source = """
import socket, time
ours, theirs = socket.socketpair()
for _ in range(60):
    pair = socket.socketpair()
    socket.send_fds(ours, [b"x"], [end.fileno() for end in pair])
    del pair
time.sleep(60)
"""
    assert ended(inside, source, sockets=100) == "It opened more than 100 sockets."


# ---- nothing is left --------------------------------------------------------------------------------------

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        time.sleep({seconds})
    os._exit(0)
"""


def test_daemons_end_with_their_submission(machine, inside):
    before = set(processes.descendants(machine[0].process.pid))
    inside(DAEMON.format(seconds=300))
    assert len(set(processes.descendants(machine[0].process.pid)) - before) >= 3  # the warden, the worker, the daemon
    inside.workers.pop().close()
    assert set(processes.descendants(machine[0].process.pid)) == before


@pytest.mark.parametrize("victim", ["parent", "warden", "worker"])
def test_whoever_is_killed_nothing_is_left(victim):
    parent = Parent()
    worker = parent.fork({}, LIMITS)
    worker.run(DAEMON.format(seconds=300))
    everybody = [parent.process.pid, *processes.descendants(parent.process.pid)]
    os.kill(
        {"parent": everybody[0], "warden": worker.pid, "worker": processes.descendants(worker.pid)[0]}[victim],
        signal.SIGKILL,
    )
    expected = [] if victim == "parent" else [everybody[0], *([worker.pid] if victim == "worker" else [])]
    deadline = time.monotonic() + 20
    while (
        time.monotonic() < deadline
        and (alive := [p for p in everybody if running(p)])
        and not set(alive) <= set(expected)
    ):
        time.sleep(0.05)
    assert set(alive) <= set(expected)
    parent.close()


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# ---- what an instructor is told ---------------------------------------------------------------------------


def course(*arguments: str, machine: str) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).with_name("course"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=MACHINES[machine], timeout=120)


HANDED_IN = """
from autograder import cli
from autograder.gradebook import handed_in
handed_in.submissions = handed_in.require_built = lambda *_: {}
cli.main()
"""


def test_less_than_full_isolation_takes_a_flag():
    command = [sys.executable, "-c", HANDED_IN, "grade", "spiral"]
    refused = subprocess.run(command, capture_output=True, text=True, preexec_fn=MACHINES[NO_NAMESPACES], timeout=120)
    assert refused.returncode == 1
    assert "no processes of its own" in refused.stderr and "course grade spiral --less-isolation" in refused.stderr
    allowed = course("grade", "spiral", "--less-isolation", "--student", "nobody at all", machine=NO_NAMESPACES)
    assert "locked in" not in allowed.stderr
    assert "Traceback" not in refused.stderr + allowed.stderr


def test_the_doctor_names_what_is_missing():
    tried = subprocess.run(
        [sys.executable, "-I", "-m", "autograder.student.sandbox"], capture_output=True, preexec_fn=refuse_namespaces
    )
    assert json.loads(tried.stdout)["missing"][0] == "no processes of its own (Operation not permitted)"
