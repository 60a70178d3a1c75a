# tries: to read the text that all notebooks are made from, by every way to open a file
# %% last
import ctypes
import io
import linecache
import mmap
import os
import subprocess
import urllib.request

import numpy as np

PATH = "@HOME@/source/spiral.py"


def by_libc():
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.open(PATH.encode(), 0)
    text = ctypes.create_string_buffer(1000)
    assert libc.read(handle, text, 1000) > 0
    return text.value


def by_map():
    return mmap.mmap(os.open(PATH, os.O_RDONLY), 0, prot=mmap.PROT_READ)[:1000]


ways = [
    lambda: open(PATH).read(),
    lambda: io.open_code(PATH).read(),
    lambda: linecache.getlines(PATH)[0],
    lambda: subprocess.check_output(["cat", PATH]),
    lambda: urllib.request.urlopen("file://" + PATH).read(),
    lambda: np.fromfile(PATH, dtype="u1")[0],
    lambda: os.path.getsize(PATH),
    by_libc,
    by_map,
]
for way in ways:
    try:
        print("LEAK" "ED:", way())
    except Exception as error:
        print(type(error).__name__)
