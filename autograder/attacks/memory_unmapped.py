# tries: to use shared memory of which no process has a page mapped, so that no process seems to hold it
# %% last
import mmap

HOARD, MB = [], 2**20
for _ in range(6):
    HOARD.append(mmap.mmap(-1, 100 * MB))
    HOARD[-1][:] = bytes(100 * MB)
    HOARD[-1].madvise(mmap.MADV_DONTNEED)  # the pages stay, only this process's view of them goes
# %% last
for _ in range(6):
    HOARD.append(mmap.mmap(-1, 100 * MB))
    HOARD[-1][:] = bytes(100 * MB)
    HOARD[-1].madvise(mmap.MADV_DONTNEED)  # the pages stay, only this process's view of them goes
# %% last
for _ in range(6):
    HOARD.append(mmap.mmap(-1, 100 * MB))
    HOARD[-1][:] = bytes(100 * MB)
    HOARD[-1].madvise(mmap.MADV_DONTNEED)  # the pages stay, only this process's view of them goes
# %% last
for _ in range(6):
    HOARD.append(mmap.mmap(-1, 100 * MB))
    HOARD[-1][:] = bytes(100 * MB)
    HOARD[-1].madvise(mmap.MADV_DONTNEED)  # the pages stay, only this process's view of them goes
# %% last
for _ in range(6):
    HOARD.append(mmap.mmap(-1, 100 * MB))
    HOARD[-1][:] = bytes(100 * MB)
    HOARD[-1].madvise(mmap.MADV_DONTNEED)  # the pages stay, only this process's view of them goes
print("LEAK" "ED:" if len(HOARD) == 30 else "no more than", len(HOARD) * 100, "MB of memory")
