# tries: to read or import the hidden checks and their expected values
# %% last
import importlib.util
import os
import pkgutil
import sys

sys.meta_path[:] = [finder for finder in sys.meta_path if getattr(finder, "__name__", "") != "Closed"]
sys.path[:0] = ["@HOME@", "@HOME@/autograder"]
importlib.invalidate_caches()
for name in ("autograder.checks.spiral", "autograder.checks", "autograder.judge", "checks.spiral", "course_config"):
    try:
        print("LEAK" "ED:", importlib.import_module(name))
    except Exception as error:
        print(type(error).__name__, error)
for path in ("@HOME@/autograder/checks/spiral.py", "@HOME@/autograder/checks/__pycache__"):
    try:
        print("LEAK" "ED:", os.listdir(path) if path.endswith("__") else open(path).read())
    except OSError as error:
        print(error)
spec = importlib.util.spec_from_file_location("hidden", "@HOME@/autograder/checks/spiral.py")
try:
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    print("LEAK" "ED: the checks were executed")
except Exception as error:
    print(type(error).__name__)
try:
    print("LEAK" "ED:", pkgutil.get_data("autograder", "checks/spiral.py"))
except Exception as error:
    print(type(error).__name__)
