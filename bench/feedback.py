"""What the feedback of a class costs: `course feedback`, our pages through nbgrader, and nbgrader's own.

`make bench-feedback` prints the table; about ten minutes of two cores. All sides write the pages of the same autograded
notebooks, the bundled class's, copied until there are SIZE students, each side in a process of its own. nbgrader's own
has its template and its exporter, and none of our settings.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook

from autograder import container
from autograder.classroom import CLASSES, demo, make_classroom
from autograder.gradebook import grade
from autograder.gradebook.report import table
from course_config import ROOT

SIZE = 300
OURS = """
import sys
from pathlib import Path
from autograder.feedback.write import write_pages
if __name__ == "__main__":
    assert len(list(write_pages(sys.argv[1], root=Path(sys.argv[2]), workers=int(sys.argv[3])))) == int(sys.argv[4])
"""
THROUGH = """
import sys
from pathlib import Path
from autograder.gradebook import marks
marks.feedback(sys.argv[1], Path(sys.argv[2]))
"""
THEIRS = """
import sys
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
config = Config()
config.CourseDirectory.root, config.CourseDirectory.assignment_id = sys.argv[2], sys.argv[1]
config.CourseDirectory.db_url, config.GenerateFeedback.force = f"sqlite:///{sys.argv[2]}/gradebook.db", True
GenerateFeedback(coursedir=CourseDirectory(config=config), config=config).start()
"""


def crowd(assignment: str, root: Path) -> Path:
    """Grade the bundled class, then copy its students until there are SIZE; returns where the course is."""
    course = demo.small_course([assignment], root)
    make_classroom(assignment, course / "submitted")
    first = [line["student"] for line in grade.grade(assignment, root=course, workers=container.cores())]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for number in range(SIZE - len(first)):
            student, of = f"{first[number % len(first)]}_{number}", first[number % len(first)]
            shutil.copytree(course / "autograded" / of / assignment, course / "autograded" / student / assignment)
            gradebook.update_or_create_student(student)
            theirs = gradebook.find_submission(assignment, of).notebooks[0]
            ours = gradebook.update_or_create_submission(assignment, student).notebooks[0]
            for copied, given in zip(ours.grades, theirs.grades, strict=True):
                copied.auto_score, copied.needs_manual_grade = given.auto_score, given.needs_manual_grade
        gradebook.db.commit()
    return course


def took(script: str, *words: object) -> float:
    """Seconds of a side, its start included."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(script)
        file.flush()
        start = time.perf_counter()
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, file.name, *map(str, words)]
        subprocess.run(command, check=True, env=environment, cwd=ROOT, capture_output=True)
        return time.perf_counter() - start


def main() -> None:
    rows, cores = [], container.cores()
    for assignment in CLASSES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            shutil.copytree(ROOT / "source", root / "source", ignore=shutil.ignore_patterns("*.ipynb"))
            (root / "data").symlink_to(ROOT / "data")
            course = crowd(assignment, root)
            seconds = {
                f"course feedback, {cores} processes": took(OURS, assignment, course, cores, SIZE),
                "our pages, nbgrader generate_feedback": took(THROUGH, assignment, course),
                "nbgrader's own": took(THEIRS, assignment, course),
            }
            sizes = [path.stat().st_size for path in (course / "feedback").rglob("*.html")]
        own = seconds["nbgrader's own"]
        rows += [[assignment, side, f"{taken:.1f}", f"{own / taken:.1f}"] for side, taken in seconds.items()]
        assert len(sizes) == SIZE
    print(table(rows, ["assignment", "pages by", f"s for {SIZE}", "times as fast"]))
    print(f"Made by `make bench-feedback`: {platform.machine()}, {cores} cores.")


if __name__ == "__main__":
    main()
