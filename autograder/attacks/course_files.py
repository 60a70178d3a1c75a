# tries: to read or import solutions, texts, hidden checks and their expected values, by every way to open a file
# %% last
import json
from pathlib import Path

places = [Path("@COURSE@/source"), Path("@HOME@/source"), Path("@HOME@/solutions"), Path("../../../source")]
for place in places:
    try:
        for cell in json.loads((place / "spiral/spiral.ipynb").read_text())["cells"]:
            if cell["cell_type"] == "code" and "def " in "".join(cell["source"]):
                exec("".join(cell["source"]))
        print("LEAK" "ED:", place)
    except OSError as error:
        print(error)
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
# %% last
import importlib.util
import os
import pkgutil
import sys

sys.meta_path[:] = [finder for finder in sys.meta_path if getattr(finder, "__name__", "") != "Closed"]
sys.path[:0] = ["@HOME@", "@HOME@/autograder"]
importlib.invalidate_caches()
for name in ("autograder.checks.spiral.q_sample", "autograder.checks", "autograder.judge", "checks.spiral", "course_config"):
    try:
        print("LEAK" "ED:", importlib.import_module(name))
    except Exception as error:
        print(type(error).__name__, error)
for path in ("@HOME@/autograder/checks/spiral/q_sample.py", "@HOME@/autograder/checks/spiral/__pycache__"):
    try:
        print("LEAK" "ED:", os.listdir(path) if path.endswith("__") else open(path).read())
    except OSError as error:
        print(error)
spec = importlib.util.spec_from_file_location("hidden", "@HOME@/autograder/checks/spiral/q_sample.py")
try:
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    print("LEAK" "ED: the checks were executed")
except Exception as error:
    print(type(error).__name__)
try:
    print("LEAK" "ED:" if pkgutil.get_data("autograder", "checks/spiral/q_sample.py") else "no data")
except Exception as error:
    print(type(error).__name__)
