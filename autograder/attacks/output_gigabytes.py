# tries: to print a gigabyte, through Python and past it
# %% last
line = "x" * 10**6
for _ in range(1000):
    print(line)
# %% last
import os

block = b"y" * 10**6
for _ in range(1000):
    os.write(1, block)
    os.write(2, block)
