# tries: to use memory that belongs to no process: shared maps, memfd, /dev/shm, System V segments
# %% last
import ctypes
import mmap
import os

HOARD, MB = [], 2**20
try:
    identity = ctypes.CDLL(None, use_errno=True).shmget(0, 4660001, 0o1600)
    print("System V segment", identity)
except Exception as error:
    print(error)
for make in (
    lambda n: os.memfd_create(f"hoard-{n}"),
    lambda n: os.open(f"/dev/shm/attack-was-here-{n}", os.O_CREAT | os.O_RDWR),
    lambda n: os.open(f"hoard-{n}", os.O_CREAT | os.O_RDWR),
):
    try:
        for number in range(20):
            HOARD.append(make(number))
            for _ in range(40):
                os.write(HOARD[-1], b"x" * MB)
    except OSError as error:
        print(error)
for _ in range(60):
    HOARD.append(mmap.mmap(-1, 100 * MB))
    for at in range(0, 100 * MB, 4096):
        HOARD[-1][at] = 1
print("LEAK" "ED: 6 GB of memory")
