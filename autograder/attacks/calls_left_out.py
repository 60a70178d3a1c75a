# tries: to use the system calls that nobody thought of: other clocks, mounts, priorities, other kinds of sockets, terminals
# %% last
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
one = ctypes.byref(ctypes.c_int(1))
calls = {
    "setns": (308, 0, 0), "unshare time": (272, 0x80), "clone files": (56, 0x20011, 0, 0, 0, 0), "x32 ptrace": (0x40000000 + 521, 16, 1),
    "fspick": (433, -100, b"/tmp", 0), "chroot": (161, b"/tmp"), "settimeofday": (164, 0, one), "hostname": (170, b"x", 1),
    "real time": (144, 0, 1, one), "priority": (141, 0, 0, -5), "io priority": (251, 1, 0, 1 << 13), "syslog": (103, 3, 0, 0),
    "reboot": (169, 0, 0, 0, 0), "iopl": (172, 3), "swapon": (167, b"/dev/zero", 0), "acct": (163, b"/dev/null"), "kill": (62, -1, 9),
    "pidfd of the warden": (434, 0, 0), "userfaultfd": (323, 1), "memfd_secret": (447, 0), "handle": (304, -100, 0, 0), "mq": (240, b"x", 0o102, 0o600, 0),
    "vsock": (41, 40, 1, 0), "packet": (41, 17, 3, 0), "netlink": (41, 16, 3, 0), "alg": (41, 38, 5, 0), "xdp": (53, 44, 3, 0, one),
}
for name, (number, *arguments) in calls.items():
    print("LEAK" "ED:" if libc.syscall(number, *arguments) >= 0 else "refused", name, os.strerror(ctypes.get_errno()))
# %% last
import fcntl

for number in range(1000):
    try:
        fcntl.ioctl(number, 0x5412, b"x")
        print("LEAK" "ED: typed into terminal", number)
    except OSError:
        pass
# %% last
contexts = 0
while libc.syscall(206, 1000, ctypes.byref(ctypes.c_ulong(0))) >= 0:
    contexts += 1
if contexts > 60:
    print("LEAK" "ED: took all of the machine's asynchronous requests")
