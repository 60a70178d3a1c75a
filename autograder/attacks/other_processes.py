# tries: to look into other processes, and to learn from /proc what runs with which secrets
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
# %% last
import glob
import os

for path in glob.glob("/proc/[0-9]*/*"):
    if path.endswith(("environ", "cmdline")):
        try:
            text = open(path, "rb").read()
            if b"pytest" in text or b"nbgrader" in text or b"TOKEN" in text or b"autograder.judge" in text:
                print("LEAK" "ED:", path, text)
        except OSError as error:
            print(error)
print("LEAK" "ED:" if "COURSE_TOKEN" in os.environ else "no token", *os.environ)
# %% last
import glob
import os

for pattern in ("@USERHOME@/.*", "@USERHOME@/*", "/home/*/*", "/etc/shadow", "/etc/passwd", "@HOME@/.git/*"):
    for path in glob.glob(pattern):
        try:
            print("LEAK" "ED:", path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100))
        except OSError as error:
            print(error)
