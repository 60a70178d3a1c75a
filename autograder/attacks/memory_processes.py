# tries: to use all memory with many processes that each use little
# %% last
import os
import time

for _ in range(40):
    if os.fork() == 0:
        hoard = bytearray(150_000_000)
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(60)
        os._exit(0)
time.sleep(3)
print("LEAK" "ED: 6 GB of memory")
