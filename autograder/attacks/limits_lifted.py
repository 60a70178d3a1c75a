# tries: to lift its own limits, and to leave its namespaces and its lock
# %% last
import ctypes
import os
import resource

libc = ctypes.CDLL(None, use_errno=True)
for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
    before = resource.getrlimit(kind)
    try:
        resource.setrlimit(kind, (before[1] + 1, before[1] + 1))
        print("LEAK" "ED: lifted", kind)
    except (OSError, ValueError) as error:
        print(error)
for name, result in {
    "unshare user": libc.unshare(0x10000000),
    "unshare files": libc.unshare(0x20000),
    "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, b""),
    "chroot": libc.chroot(b"."),
    "setuid": libc.setuid(0) if os.getuid() else -1,
    "io_uring": libc.syscall(425, 1, 0),
    "bpf": libc.syscall(321, 0, 0, 0),
    "keyctl": libc.syscall(250, 0, -3, 1),
    "perf": libc.syscall(298, 0, 0, -1, -1, 0),
}.items():
    print("LEAK" "ED:" if result >= 0 else "refused", name)
