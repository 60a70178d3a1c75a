# tries: to use memory in the kernel's tables of terabytes of addresses, none of which holds anything
# %% last
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
SIZE, STEP, READ, PRIVATE_ANONYMOUS_NORESERVE, NO_HUGE_PAGES = 1 << 38, 1 << 21, 1, 0x4022, 15
DONE = []
# %% last
start = libc.mmap(None, SIZE, READ, PRIVATE_ANONYMOUS_NORESERVE, -1, 0)
libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(SIZE), NO_HUGE_PAGES)
for at in range(start, start + SIZE, STEP):
    ctypes.c_char.from_address(at).value
DONE.append(start)
# %% last
start = libc.mmap(None, SIZE, READ, PRIVATE_ANONYMOUS_NORESERVE, -1, 0)
libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(SIZE), NO_HUGE_PAGES)
for at in range(start, start + SIZE, STEP):
    ctypes.c_char.from_address(at).value
DONE.append(start)
# %% last
start = libc.mmap(None, SIZE, READ, PRIVATE_ANONYMOUS_NORESERVE, -1, 0)
libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(SIZE), NO_HUGE_PAGES)
for at in range(start, start + SIZE, STEP):
    ctypes.c_char.from_address(at).value
DONE.append(start)
# %% last
start = libc.mmap(None, SIZE, READ, PRIVATE_ANONYMOUS_NORESERVE, -1, 0)
libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(SIZE), NO_HUGE_PAGES)
for at in range(start, start + SIZE, STEP):
    ctypes.c_char.from_address(at).value
DONE.append(start)
# %% last
start = libc.mmap(None, SIZE, READ, PRIVATE_ANONYMOUS_NORESERVE, -1, 0)
libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(SIZE), NO_HUGE_PAGES)
for at in range(start, start + SIZE, STEP):
    ctypes.c_char.from_address(at).value
DONE.append(start)
print("LEAK" "ED:" if len(DONE) == 5 else "no more than", len(DONE) / 2, "GB of page tables")
