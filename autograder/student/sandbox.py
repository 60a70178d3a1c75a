"""Locks a worker in: what a process that holds student code may reach, and how it is kept from the rest.

Three layers, each of which every Linux user may build without installing anything:

* namespaces: processes, network, IPC and a file system of its own, with nothing in it but what it was given;
* Landlock: of these files only its scratch folder can be written, whatever their permissions say
  (https://docs.kernel.org/userspace-api/landlock.html);
* seccomp: no system call that serves to look into other processes or to reach into the kernel
  (https://docs.kernel.org/userspace-api/seccomp_filter.html).

Where a machine refuses one of them the others still hold, and every verdict says what was missing. How much a
worker may use is limited here process by process, and over all of its processes in warden.py.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable
from errno import EAFNOSUPPORT, ENOSYS, EPERM
from functools import partial
from pathlib import Path

from course_config import LIMITS, Limits

LINUX = sys.platform.startswith("linux")
LIBC = ctypes.CDLL(None, use_errno=True)

SYSTEM: tuple[str, ...] = ("/usr", "/lib", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime")
SYSTEM += ("/sys/devices/system/cpu", "/proc/cpuinfo", sys.prefix, sys.base_prefix)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
SHARED_MEMORY = "/dev/shm"  # torch's DataLoader passes tensors through it
TEMPORARY = "/tmp"  # a path that people write out; open only where it is not everybody's


class Lock:
    """The walls around a process, and what is missing of full isolation."""

    def __init__(self) -> None:
        self.walls: list[str] = []
        self.missing: list[str] = []
        self.own_network = False  # and with it sockets that can be told from everybody's

    def build(self, wall: str, lack: str, step: Callable[[], None], needed: bool = True) -> bool:
        """Put up one wall, or part of one; where the machine refuses, note what is missing and why."""
        try:
            if not LINUX:
                raise OSError("this takes Linux")
            step()
        except (OSError, AttributeError) as error:
            if needed:
                self.missing.append(f"{lack} ({getattr(error, 'strerror', None) or error})")
            return False
        if wall:
            self.walls.append(wall)
        return True

    def __str__(self) -> str:
        """Which isolation is in force, in the words of a verdict."""
        walls = ", ".join(self.walls) or "a separate process only"
        return f"less than full: {walls}; missing: {'; '.join(self.missing)}" if self.missing else f"full: {walls}"


def fork_locked_in(home: str, scratch: str, readable: Iterable[str], limits: Limits) -> tuple[int, Lock]:
    """Fork a process that is locked in for good: it gets 0 and its lock, and the caller its pid.

    `home` is an empty folder for the process alone, `scratch` one in it that is made here and that it may write.
    Call it in a process with one thread, which can start no other child afterwards.
    """
    lock, number = Lock(), os.getpid()
    own_user = alone = lock.build("", "no processes of its own", own_processes)
    if alone:  # for the caller as well, who so can count the sockets of all that comes from it
        alone = lock.build("", "no network of its own", lambda: unshare(NEW_NETWORK | NEW_IPC | NEW_NAME))
        lock.own_network = alone
    pid = os.fork()
    if pid:
        return pid, lock
    os.setsid()
    readable = [*SYSTEM, *readable]
    limit_resources(limits, count_processes=own_user)
    if alone:
        files = partial(own_files, home, readable, limits.scratch_bytes)
        alone &= lock.build("namespaces", "no file system of its own", files)
    os.makedirs(scratch, exist_ok=True)
    if os.geteuid() == 0:
        lock.build("a user of its own", "no user of its own", partial(become_nobody, number, scratch, readable))
    lock.build("", "privileges were not dropped", drop_privileges)
    writable = [scratch, *DEVICES, SHARED_MEMORY, *([TEMPORARY] if alone else [])]
    # Behind namespaces Landlock is a second wall, which an older kernel may lack.
    lock.build("Landlock", "no Landlock", partial(landlock, readable, writable), needed=not alone)
    lock.build("seccomp", "no seccomp", partial(seccomp, sockets=alone))
    return 0, lock


def checked(result: int) -> int:
    """The result of a call to libc, or the error that it left."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# --- namespaces

NEW_FILES, NEW_NAME, NEW_IPC = 0x20000, 0x4000000, 0x8000000
NEW_USER, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
NEW_CGROUP = 0x2000000


def unshare(flags: int) -> None:
    checked(LIBC.unshare(flags))


def own_processes() -> None:
    """The next child sees its own children only, and none of them outlives it. Only root can do so as himself."""
    user, group = os.geteuid(), os.getegid()
    unshare(NEW_PROCESSES | (NEW_USER if user else 0))
    if user:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(line)


READ_ONLY, NO_SET_UID, NO_DEVICES, BIND, RECURSIVE, SLAVE = 1, 2, 4, 4096, 16384, 1 << 19
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
DETACH = 2


def own_files(home: str, shown: Iterable[str], size: int) -> None:
    """Make a root in memory that shows these paths, read-only, and nothing else of the machine; enter it."""
    unshare(NEW_FILES)
    mount("none", "/", flags=RECURSIVE | SLAVE)
    mount("tmpfs", home, "tmpfs", NO_SET_UID | NO_DEVICES, f"size={size},nr_inodes=100k,mode=755")
    for path in sorted([*shown, *DEVICES]):  # a folder before what lies in it
        if os.path.exists(path) and not os.path.exists(home + path):
            show(os.path.realpath(path), home + path)
    for folder in (SHARED_MEMORY, TEMPORARY):
        os.makedirs(home + folder, exist_ok=True)
        os.chmod(home + folder, 0o1777)
    os.chdir(home)
    checked(LIBC.pivot_root(b".", b"."))
    checked(LIBC.umount2(b".", DETACH))
    os.chdir("/")


def show(path: str, at: str) -> None:
    if os.path.isdir(path):
        os.makedirs(at)
    else:
        os.makedirs(os.path.dirname(at), exist_ok=True)
        Path(at).touch()
    mount(path, at, flags=BIND | RECURSIVE)
    attributes = struct.pack("QQQQ", READ_ONLY | NO_SET_UID, 0, 0, 0)
    checked(LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, at.encode(), AT_RECURSIVE, attributes, len(attributes)))


def mount(source: str, at: str, kind: str = "none", flags: int = 0, options: str = "") -> None:
    checked(LIBC.mount(source.encode(), at.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()))


# --- user, privileges, resources

NO_NEW_PRIVILEGES, DIE_WITH_PARENT, SECCOMP = 38, 1, 22
CAPABILITIES_V3 = 0x20080522
USERS = range(60_706, 61_184)  # that no distribution gives away: https://systemd.io/UIDS-GIDS


def become_nobody(number: int, scratch: str, readable: Iterable[str]) -> None:
    """From root to a user that owns nothing but the scratch folder; each number another, who shares no limits."""
    nobody = USERS.start + number % len(USERS)
    needed = [path for path in readable if os.path.isdir(path)]
    os.setegid(nobody)
    os.seteuid(nobody)
    try:
        for path in needed:
            os.listdir(path)
    finally:
        os.seteuid(0)
        os.setegid(0)
    os.chown(scratch, nobody, nobody)
    os.setgroups([])
    os.setresgid(nobody, nobody, nobody)
    os.setresuid(nobody, nobody, nobody)


def drop_privileges() -> None:
    """No capability is left, none can be gained, and the process dies with the one that watches it."""
    header, none = struct.pack("Ii", CAPABILITIES_V3, 0), bytes(24)
    checked(LIBC.capset(header, none))
    checked(LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    checked(LIBC.prctl(DIE_WITH_PARENT, 9, 0, 0, 0))


def limit_resources(limits: Limits, count_processes: bool) -> None:
    """What each process may use. Memory counts from here on: torch alone takes a gigabyte of addresses."""
    most = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
    }
    if LINUX:
        taken = Path("/proc/self/status").read_text().split("VmData:")[1].split()[0]
        most[resource.RLIMIT_DATA] = int(taken) * 1024 + limits.memory_bytes
    if count_processes:  # elsewhere the limit would count everything that the user runs
        most[resource.RLIMIT_NPROC] = 2 * limits.processes  # the warden sees it before, and says so
    for kind, value in most.items():
        resource.setrlimit(kind, (value, value))


# --- Landlock

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every 64-bit Linux
EXECUTE, WRITE, READ, READ_DIR, TRUNCATE, IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE | READ | TRUNCATE | IOCTL  # rights that may be given on a file; the rest is for folders


def landlock(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Refuse all other files, and as far as this kernel can TCP and signals to processes outside."""
    abi = checked(LIBC.syscall(CREATE_RULESET, None, 0, 1))
    every_right = (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1
    tcp, scope = (3 if abi >= 4 else 0), (3 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = checked(LIBC.syscall(CREATE_RULESET, struct.pack("QQQ", every_right, tcp, scope), size, 0))
    for paths, rights in ((readable, EXECUTE | READ | READ_DIR), (writable, every_right)):
        for path in paths:
            if os.path.exists(path):
                allow(ruleset, path, rights if os.path.isdir(path) else rights & ON_FILES & every_right)
    checked(LIBC.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def allow(ruleset: int, path: str, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    checked(LIBC.syscall(ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, handle), 0))
    os.close(handle)


# --- seccomp: a short program that the kernel runs at every system call

# Calls that no exercise needs, by their numbers on each kind of machine.
X86 = {
    "looking into other processes": (101, 310, 311, 312, 438),  # ptrace, process_vm_*, kcmp, pidfd_getfd
    "memory that no limit counts": (29, 64, 68, 240, 319, 447, 278, 206),  # shm, sem, msg, mq, memfd, vmsplice, aio
    "other namespaces and mounts": (155, 161, 165, 166, 272, 308, 428, 429, 430, 442),  # pivot_root to mount_setattr
    "doors into the kernel": (248, 249, 250, 298, 304, 321, 323, 425, 426, 427),  # keys, perf, bpf, io_uring, ...
}
ARM = {
    "looking into other processes": (117, 270, 271, 272, 438),
    "memory that no limit counts": (194, 190, 186, 180, 279, 447, 75, 0),
    "other namespaces and mounts": (41, 51, 40, 39, 97, 268, 428, 429, 430, 442),
    "doors into the kernel": (217, 218, 219, 241, 265, 280, 282, 425, 426, 427),
}
# The code by which the kernel names a machine; the numbers of clone, prctl, mmap, socket, connect and setsockopt there.
MACHINES = {
    "x86_64": (0xC000003E, X86, 56, 157, 9, 41, 42, 54),
    "aarch64": (0xC00000B7, ARM, 220, 167, 222, 198, 203, 208),
}
CLONE3 = 435  # its flags lie behind a pointer; told that there is no such call, libc takes clone

LOAD, EQUAL, AT_LEAST, ANY_OF, KEEP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
CALL, MACHINE, FIRST, THIRD, FOURTH = 0, 4, 16, 32, 40  # where a call's number, its machine, some arguments lie
ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050000, 0x80000000
NEW_ANYTHING = NEW_FILES | NEW_NAME | NEW_IPC | NEW_USER | NEW_PROCESSES | NEW_NETWORK | NEW_CGROUP
UNIX_SOCKETS = 1
BUFFER_SIZES = (7, 8, 32, 33)  # of setsockopt: SO_SNDBUF, SO_RCVBUF, and what passes by the machine's limits on them
SHARED, ANONYMOUS = 0x1, 0x20  # of mmap: memory of no file, which stays taken when no process holds a page of it


def seccomp(sockets: bool) -> None:
    """Refuse what no exercise needs. `sockets`: those of other programs lie out of reach, so connecting is harmless."""
    if platform.machine() not in MACHINES:
        raise OSError(f"not written for {platform.machine()}")
    code, forbidden, clone, prctl, mmap, socket, connect, setsockopt = MACHINES[platform.machine()]
    program = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, code), (RETURN, 0, 0, KILLED), (LOAD, 0, 0, CALL)]
    program += refuse(AT_LEAST, 0x40000000, EPERM) if code == 0xC000003E else []  # the same calls by other numbers
    for number in sum(forbidden.values(), () if sockets else (connect,)):
        program += refuse(EQUAL, number, EPERM)
    program += refuse(EQUAL, CLONE3, ENOSYS)
    program += refuse_argument(clone, ANY_OF, NEW_ANYTHING, EPERM)
    program += refuse_argument(prctl, EQUAL, DIE_WITH_PARENT, EPERM)
    program += refuse_argument(mmap, EQUAL, SHARED | ANONYMOUS, EPERM, at=FOURTH, bits=SHARED | ANONYMOUS)
    program += refuse_argument(socket, EQUAL, UNIX_SOCKETS, EAFNOSUPPORT, unless=True)
    for size in BUFFER_SIZES:
        program += refuse_argument(setsockopt, EQUAL, size, EPERM, at=THIRD)
    install(program)


def install(program: list[tuple[int, int, int, int]]) -> None:
    """Have the kernel run this program, which allows what it does not refuse."""
    program = [*program, (RETURN, 0, 0, ALLOWED)]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filters = struct.pack("HxxxxxxP", len(program), ctypes.addressof(packed))
    checked(LIBC.prctl(SECCOMP, 2, filters, 0, 0))


def refuse(test: int, value: int, error: int) -> list[tuple[int, int, int, int]]:
    return [(test, 0, 1, value), (RETURN, 0, 0, REFUSED | error)]


def refuse_argument(
    call: int, test: int, value: int, error: int, unless: bool = False, at: int = FIRST, bits: int = 0xFFFFFFFF
) -> list[tuple[int, int, int, int]]:
    """Refuse a call by these bits of one argument: where the test holds, or unless it does."""
    hit, miss = (1, 0) if unless else (0, 1)
    return [
        (EQUAL, 0, 5, call),
        (LOAD, 0, 0, at),
        (KEEP_BITS, 0, 0, bits),
        (test, hit, miss, value),
        (RETURN, 0, 0, REFUSED | error),
        (LOAD, 0, 0, CALL),  # again, for the tests that follow
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        worker, lock = fork_locked_in(folder, folder + "/scratch", (), LIMITS)
        if worker == 0:
            print(json.dumps({"words": str(lock), "missing": lock.missing}), flush=True)
            os._exit(0)
        os.waitpid(worker, 0)
