# tries: to hang the grader, and formgrader's list of submissions, at a date that never comes
# %% file
import os

os.mkfifo(folder / "timestamp.txt")
