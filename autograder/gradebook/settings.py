"""What nbgrader is told: our pipeline in its lists, so that its own commands and formgrader grade as we do."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.apps import NbGrader
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from nbgrader.server_extensions.formgrader import handlers
from sqlalchemy.exc import SAWarning
from traitlets import TraitError
from traitlets.config import Application, Config

from autograder.gradebook.bounds import keep_bounds
from autograder.gradebook.served import keep_to_its_own
from autograder.policy.settings import left_out
from autograder.sentences import Sentence
from course_config import CODE_STUB, COURSE_ID, GRADEBOOK, LIMITS, ROOT, TEXT_STUB

OURS, NBGRADERS = "autograder.gradebook.", "nbgrader.preprocessors."
RELEASE = "autograder.authoring.release."
FILE = "nbgrader_config"  # .py or .json
FIXED = ("directory_structure", "source_directory", "release_directory")
TEMPLATES = Path(__file__).with_name("templates")


def nbgrader_config() -> Config:
    """What `nbgrader_config.py` hands to nbgrader, and what the build and the judge use through its API."""
    c = Config()
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(ROOT)
    if GRADEBOOK:
        c.CourseDirectory.db_url = GRADEBOOK
    c.CourseDirectory.student_id_exclude = ",".join(sorted(left_out(ROOT)))
    # Names that generate_assignment must never copy from source/<assignment>/ to students; no verdict goes in or out.
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "*.gif", "*.part"]
    c.CourseDirectory.ignore += ["verdict.json*"]
    # Release is made anew each time; without this nbgrader skips an assignment that was ever released.
    c.GenerateAssignment.force = True
    c.GenerateAssignment.exporter_class = "autograder.authoring.release.ReleasingExporter"
    c.GenerateAssignment.preprocessors = [
        RELEASE + "KeepCells" if step is SaveCells else step
        for step in GenerateAssignment.class_traits()["preprocessors"].default()
    ] + [RELEASE + "EaseWork"]
    c.ClearSolutions.code_stub = {"python": CODE_STUB}
    c.ClearSolutions.text_stub = TEXT_STUB
    # `nbgrader validate` runs its fixed list with this limit a cell; 30 seconds would stop any training.
    c.Execute.timeout = LIMITS.validate_cell_seconds
    c.Autograde.exporter_class = OURS + "intake.MendingExporter"
    # Not here: ClearOutput (students keep the outputs of long runs), DeduplicateIds (nothing is left for it).
    c.Autograde.sanitize_preprocessors = [NBGRADERS + "OverwriteCells", NBGRADERS + "CheckCellMetadata"]
    c.Autograde.autograde_preprocessors = [OURS + "step.AskJudge", OURS + "keep_marks.KeepMarks"]
    c.Autograde.autograde_preprocessors += ["autograder.policy.charge.ChargeLate", NBGRADERS + "CheckCellMetadata"]
    c.GenerateFeedback.exporter_class = "autograder.feedback.exporter.FeedbackPages"
    c.GenerateFeedback.preprocessors = ["autograder.feedback.grades.PutGrades"]
    filters = {"markdown2html": "markdown", "highlight_code": "code", "ansi2html": "printed", "clean_html": "raw"}
    c.HTMLExporter.filters = {name: f"{OURS}filters.{ours}" for name, ours in filters.items()}
    # Ours first: a file there stands in for the one of its name that a template of nbgrader's takes in.
    c.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), handlers.template_path]
    c.ZipCollectApp.extractor_plugin = "autograder.lms.zip_collect.PlatformExtractor"
    c.ZipCollectApp.collector_plugin = "autograder.lms.zip_collect.PlatformCollector"
    c.ExportApp.plugin_class = OURS + "by_hand.TellingExport"
    c.GenerateFeedback.force = True  # without it a comment written after the first feedback never arrives
    c.ExchangeFactory.release_feedback = OURS + "private.ReleasedPages"
    make_quiet()
    keep_bounds()
    keep_to_its_own()
    return c


def make_quiet() -> None:
    """What nbgrader says of itself, and where it finds what it starts."""
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # its own, and harmless
    logging.getLogger("tornado").addHandler(logging.NullHandler())  # nbgrader's tracebacks: its errors reach us
    beside_python = str(Path(sys.executable).parent)  # where `alembic` is, which nbgrader starts by name
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside_python + os.pathsep + os.environ.get("PATH", "")


def course(root: Path | None = None, **names: str) -> tuple[CourseDirectory, Config]:
    """The course below `root` as nbgrader sees it, and its settings: ours, and over them those that people wrote."""
    root = root or ROOT
    config = nbgrader_config()
    if root != ROOT:
        for name in ("db_url", "student_id_exclude"):
            config.CourseDirectory.pop(name, None)
    config.merge(written(root))
    if root != ROOT:
        config.CourseDirectory.root = str(root)
    home, named = Path(config.CourseDirectory.root), config.CourseDirectory.get("student_id_exclude", "")
    config.CourseDirectory.student_id_exclude = ",".join(sorted(left_out(home, named)))
    try:
        coursedir = CourseDirectory(config=config, **names)
    except TraitError as error:
        raise refused(error) from None
    for name in FIXED:
        if getattr(coursedir, name) != CourseDirectory.class_traits()[name].default_value:
            raise Sentence(f"{FILE}.py sets CourseDirectory.{name}, which is fixed in this course: delete that line.")
    return coursedir, config


def written(root: Path) -> Config:
    """What nbgrader reads: the files of the machine and of the user, then the course's own.

    Another course than this one (the demo's) hangs on its own alone, so that it never meets a real gradebook.
    """
    reader = NbGrader(raise_config_file_errors=True, log_level=logging.CRITICAL)
    reader.load_cwd_config = False  # from whichever folder `course` was started
    try:
        if root == ROOT:
            reader.load_config_file()
        Application.load_config_file(reader, FILE, [str(root)])
    except Exception as error:  # whatever their Python raises
        raise Sentence(f"{FILE}.py cannot be read: {type(error).__name__}: {error}") from None
    config: Config = reader.config
    return config


def refused(error: Exception) -> Sentence:
    """For the person who wrote a setting that nbgrader cannot use."""
    return Sentence(f"nbgrader refuses a setting in {FILE}.py: {error}")


def excluded(coursedir: CourseDirectory) -> set[str]:
    """Students that nothing is done for; `course` put those that the policy drops among nbgrader's own."""
    return set(coursedir.student_id_exclude.split(","))


def folder(coursedir: CourseDirectory, step: str) -> Path:
    """Where one step of nbgrader's ("submitted") keeps its files, whatever the settings call it."""
    return Path(coursedir.root, getattr(coursedir, f"{step}_directory"))
