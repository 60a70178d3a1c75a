# tries: to look into other processes and to take their files
# %% last
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
ATTACH, SEIZE = 16, 0x4206
others = {@PID@, os.getppid(), 1} - {os.getpid()}
for pid in others:
    for name, request in (("attach", ATTACH), ("seize", SEIZE)):
        print("LEAK" "ED:" if libc.ptrace(request, pid, 0, 0) == 0 else "refused", name, pid)
    try:
        descriptor = os.pidfd_open(pid)
        for number in range(30):
            if libc.syscall(438, descriptor, number, 0) >= 0:
                print("LEAK" "ED: a file of", pid)
    except OSError as error:
        print(error)
    for name in ("environ", "mem", "maps", "fd", "root/etc/passwd"):
        try:
            path = f"/proc/{pid}/{name}"
            print("LEAK" "ED:", os.listdir(path) if name == "fd" else open(path, "rb").read(100))
        except (OSError, ValueError) as error:
            print(error)
