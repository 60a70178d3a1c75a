#!/usr/bin/env bash
# nbgrader 0.9.6: two notebooks cannot be autograded at once in one process.
#
# Guess first: `nbgrader.utils.setenv`, with which the autograder sets NBGRADER_EXECUTION around a notebook, puts the
# earlier value back, as its name and its use as a context manager suggest, so that nested or overlapping uses are safe.
#
# Seen: it deletes the variable at the end, whoever had set it. A value that was there before is lost, and of two uses
# that overlap the one that ends last raises KeyError, after the notebook was graded and before it is recorded as done.
# Whoever grades in threads has to set the variable again before each end, or to grade in processes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check nbgrader==0.9.6 2>/dev/null
"$place/venv/bin/python" - <<'PYTHON'
import os
from importlib.metadata import version

from nbgrader.utils import setenv

print("nbgrader", version("nbgrader"))
os.environ["NBGRADER_EXECUTION"] = "mine"
with setenv(NBGRADER_EXECUTION="autograde"):
    inside = os.environ["NBGRADER_EXECUTION"]
after = os.environ.get("NBGRADER_EXECUTION")
print(f"before: mine; inside: {inside}; after: {after}")
assert (inside, after) == ("autograde", None), "the earlier value is put back now"

first, second = setenv(NBGRADER_EXECUTION="autograde"), setenv(NBGRADER_EXECUTION="autograde")
first.__enter__()
second.__enter__()
first.__exit__(None, None, None)
try:
    second.__exit__(None, None, None)
except KeyError as error:
    print("of two that overlap the last one ends with KeyError:", error)
else:
    raise SystemExit("overlapping uses are safe now")
PYTHON
