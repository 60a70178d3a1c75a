"""What nbgrader is told: our pipeline in its lists, so that its own commands and formgrader grade as we do."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.gradebook.bounds import keep_bounds
from course_config import CODE_STUB, COURSE_ID, LIMITS, ROOT, TEXT_STUB

OURS, NBGRADERS = "autograder.gradebook.", "nbgrader.preprocessors."


def nbgrader_config() -> Config:
    """What `nbgrader_config.py` hands to nbgrader, and what the build and the judge use through its API."""
    c = Config()
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(ROOT)
    # Names that generate_assignment must never copy from source/<assignment>/ to students; no verdict goes in or out.
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "*.gif", "*.part"]
    c.CourseDirectory.ignore += ["verdict.json*"]
    # Release is made anew each time; without this nbgrader skips an assignment that was ever released.
    c.GenerateAssignment.force = True
    c.ClearSolutions.code_stub = {"python": CODE_STUB}
    c.ClearSolutions.text_stub = TEXT_STUB
    # `nbgrader validate` runs its fixed list with this limit a cell; 30 seconds would stop any training.
    c.Execute.timeout = LIMITS.validate_cell_seconds
    c.Autograde.exporter_class = OURS + "intake.MendingExporter"
    # Not here: ClearOutput (students keep the outputs of long runs), DeduplicateIds (nothing is left for it).
    c.Autograde.sanitize_preprocessors = [NBGRADERS + "OverwriteCells", NBGRADERS + "CheckCellMetadata"]
    c.Autograde.autograde_preprocessors = [OURS + "step.AskJudge"] + [
        NBGRADERS + step for step in ("SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata")
    ]
    c.HTMLExporter.filters = {"markdown2html": OURS + "harmless.markdown", "highlight_code": OURS + "harmless.code"}
    c.GenerateFeedback.force = True  # without it a comment written after the first feedback never arrives
    make_quiet()
    keep_bounds()
    return c


def make_quiet() -> None:
    """What nbgrader says of itself, and where it finds what it starts."""
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # its own, and harmless
    logging.getLogger("tornado").addHandler(logging.NullHandler())  # nbgrader's tracebacks: its errors reach us
    beside_python = str(Path(sys.executable).parent)  # where `alembic` is, which nbgrader starts by name
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside_python + os.pathsep + os.environ.get("PATH", "")


def course(root: Path | None = None, **names: str) -> tuple[CourseDirectory, Config]:
    """nbgrader's view of the course below `root`, and its settings."""
    config = nbgrader_config()
    if root is not None:
        config.CourseDirectory.root = str(root)
    return CourseDirectory(config=config, **names), config
