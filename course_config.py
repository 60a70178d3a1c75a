"""The one list: assignments, paths, limits, seeds, and what nbgrader needs to know of them."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
COURSE_ID = "diffusion"
ASSIGNMENTS = ("spiral", "mnist", "sampling")
# Notebooks to read and run, not to grade: texts in source/ as well.
LECTURES = {"demo": "solutions/demo/demo_notebook.ipynb", "playground": "solutions/ddpm/playground.ipynb"}

# Where marks are kept: nbgrader's db_url, for a class that several people grade at once, such as
# "postgresql+psycopg://grader@localhost/diffusion" (a password belongs into ~/.pgpass). Empty: gradebook.db, here.
GRADEBOOK = ""

RELEASE = ROOT / "release"
DATA = ROOT / "data"

# What students get beside the notebook: folders of data/ that the build copies into source/<assignment>/.
COMPANIONS: dict[str, tuple[str, ...]] = {
    "mnist": ("mnist_subset", "mnist_trained"),
    "sampling": ("mnist_sampler",),
}

# Random inputs of the hidden checks come from this number; a verdict repeats it.
SEED = 20240607


@dataclass(frozen=True)
class Limits:
    """How long and how much. A submission's seconds are computing time: it is waited for `patience` times as long."""

    solution_cell_seconds: int = 3600  # executing the solution notebooks; mnist's main() is the longest
    validate_cell_seconds: int = 1800  # `nbgrader validate` on a student's machine, main() included
    cell_seconds: int = 20  # one cell of a submission, inside the judge
    cells_seconds: int = 60  # all cells of a submission together
    check_seconds: int = 10  # one hidden check
    submission_seconds: int = 300  # all that one submission computes while it is waited for
    patience: int = 4
    judging_seconds: int = 1500  # the judge's own work with it: a backstop, several times as long
    work_seconds: int = 30  # computing time of the judge itself for one hidden check: the longest takes 3
    judge_bytes: int = 800 * 2**20  # that it may take for a submission, beyond what it has: a right one takes 0.22 GB
    cpu_seconds: int = 300  # of all processes of a submission together
    memory_bytes: int = 2 * 2**30  # of all of them together, beyond what Python and torch take
    processes: int = 100  # threads count as well
    open_files: int = 256
    sockets: int = 250  # of all of them together: each may keep 0.2 MB that count nowhere
    file_bytes: int = 200 * 2**20  # of one file that a submission writes
    scratch_bytes: int = 500 * 2**20  # of all of them; they lie in memory
    module_files: int = 20  # beside the notebook, that it imports
    module_bytes: int = 2**20  # of all of them together
    notebook_bytes: int = 100 * 2**20  # a larger submission is refused unread
    submitted_files: int = 1000  # in a student's folder, folders counted; of more only the notebook is read
    submitted_bytes: int = 300 * 2**20  # of all of them together, as they claim to be large
    submitted_depth: int = 20  # folders in folders
    submitted_path: int = 1000  # bytes of a path in that folder
    copied_bytes: int = 20 * 2**20  # beside the notebook that go on to autograded/ and feedback/; of more none do
    date_bytes: int = 200  # of the file that says when it was handed in


LIMITS = Limits()

STILL_OPEN = "This TODO is still open."
CODE_STUB = f'# YOUR CODE HERE\nraise NotImplementedError("{STILL_OPEN}")'
TEXT_STUB = "YOUR ANSWER HERE"
