"""Locks a worker in: a process that calls `lock_in` reaches only the files it was given.

Landlock (Linux 5.13 and later, no privilege needed; https://docs.kernel.org/userspace-api/landlock.html) refuses
all other files, TCP, and signals to processes outside. Where a machine has none, a worker is only a separate
process, and every verdict says so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every 64-bit Linux
NO_NEW_PRIVILEGES = 38
EXECUTE, WRITE, READ, READ_DIR, TRUNCATE, IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE | READ | TRUNCATE | IOCTL  # rights that may be given on a file; the rest is for folders

SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/sys/devices/system/cpu",
    "/proc/cpuinfo",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/shm")


def landlock_abi() -> int:
    """The version of Landlock that this kernel offers, 0 for none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(CREATE_RULESET, None, 0, 1))


def lock_in(readable: list[str], writable: list[str], file_bytes: int) -> str:
    """Restrict this process and all its children for good; say in words which isolation is in force.

    Call it in a process with one thread: Landlock binds the calling thread and what it starts.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    abi = landlock_abi()
    if abi == 0:
        return "a separate process only (this machine has no Landlock)"
    libc = ctypes.CDLL(None, use_errno=True)
    every_right = (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1
    tcp, scope = (3 if abi >= 4 else 0), (3 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = libc.syscall(CREATE_RULESET, struct.pack("QQQ", every_right, tcp, scope), size, 0)
    for path in (*SYSTEM, sys.prefix, sys.base_prefix, *readable):
        _allow(libc, ruleset, path, (EXECUTE | READ | READ_DIR) & every_right)
    for path in (*DEVICES, *writable):
        _allow(libc, ruleset, path, every_right)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    failed = libc.syscall(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    if failed:
        return "a separate process only (Landlock refused to lock it in)"
    return "Landlock: files" + (", TCP" if tcp else "") + (", signals" if scope else "")


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    if not Path(path).exists():
        return
    if not Path(path).is_dir():
        rights &= ON_FILES
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    libc.syscall(ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, handle), 0)
    os.close(handle)
