# tries: to write a gigabyte past Python, to the descriptors themselves
# %% last
import os

block = b"y" * 10**6
for _ in range(1000):
    os.write(1, block)
    os.write(2, block)
