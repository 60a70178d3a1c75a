# tries: to keep huge pages that it gave back, by one byte of each in a pipe
# %% last
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
HUGE, VMSPLICE, pipes, held = 2**21, 278, [], 0
start = (libc.mmap(None, 17 * HUGE, 3, 0x22, -1, 0) + HUGE - 1) // HUGE * HUGE
for _ in range(14):
    pipes.append(os.pipe())
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)
    for at in range(start, start + 16 * HUGE, HUGE):
        ctypes.memset(at, 1, 4096)
        held += libc.syscall(VMSPLICE, pipes[-1][1], (ctypes.c_size_t * 2)(at, 1), 1, 0) == 1
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 4)
# %% last
for _ in range(14):
    pipes.append(os.pipe())
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)
    for at in range(start, start + 16 * HUGE, HUGE):
        ctypes.memset(at, 1, 4096)
        held += libc.syscall(VMSPLICE, pipes[-1][1], (ctypes.c_size_t * 2)(at, 1), 1, 0) == 1
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 4)
# %% last
for _ in range(14):
    pipes.append(os.pipe())
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)
    for at in range(start, start + 16 * HUGE, HUGE):
        ctypes.memset(at, 1, 4096)
        held += libc.syscall(VMSPLICE, pipes[-1][1], (ctypes.c_size_t * 2)(at, 1), 1, 0) == 1
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 4)
# %% last
for _ in range(14):
    pipes.append(os.pipe())
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)
    for at in range(start, start + 16 * HUGE, HUGE):
        ctypes.memset(at, 1, 4096)
        held += libc.syscall(VMSPLICE, pipes[-1][1], (ctypes.c_size_t * 2)(at, 1), 1, 0) == 1
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 4)
# %% last
for _ in range(14):
    pipes.append(os.pipe())
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)
    for at in range(start, start + 16 * HUGE, HUGE):
        ctypes.memset(at, 1, 4096)
        held += libc.syscall(VMSPLICE, pipes[-1][1], (ctypes.c_size_t * 2)(at, 1), 1, 0) == 1
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 4)
# %% last
for _ in range(14):
    pipes.append(os.pipe())
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)
    for at in range(start, start + 16 * HUGE, HUGE):
        ctypes.memset(at, 1, 4096)
        held += libc.syscall(VMSPLICE, pipes[-1][1], (ctypes.c_size_t * 2)(at, 1), 1, 0) == 1
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 4)
print("LEAK" "ED:" if held > 1000 else "no more than", held * 2, "MB of memory")
