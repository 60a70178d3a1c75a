"""`course demo`: builds the assignments, then grades the bundled class in a small course of its own, demo/."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder import container
from autograder.authoring import build
from autograder.classroom import make_classroom, no_class
from autograder.classroom.reflections import mark_class
from autograder.feedback import class_page
from autograder.feedback.write import write_pages
from autograder.gradebook import grade, marks, report
from autograder.lms import sheets
from course_config import ASSIGNMENTS, ROOT


def main(assignments: Sequence[str] = ASSIGNMENTS, root: Path = ROOT) -> int:
    """Build, grade, write pages and print the table; 0 where every submission got the marks that it was made for."""
    start = time.perf_counter()
    for line in build.build(assignments, root):
        print(line)
    course, surprises = small_course(assignments, root), []
    for sentence in filter(None, map(no_class, assignments)):
        print(f"\n{sentence}")
    classes = [assignment for assignment in assignments if not no_class(assignment)]
    for assignment in classes:
        print(f"\nGrading the bundled class: {assignment}")
        expected = make_classroom(assignment, course / "submitted")
        for result in grade.grade(assignment, root=course, workers=container.cores()):
            print(report.line(result))
            student, verdict = result["student"], result["verdict"]
            surprises += [f"{student}, {assignment}: {problem}" for problem in expected[student].problems(verdict)]
    graded = time.perf_counter()
    print()
    for assignment in classes:
        print(mark_class(assignment, course))
        list(write_pages(assignment, root=course))
        class_page.write(assignment, course)
    marks.export(course / "grades.csv", course)
    print(f"\n{report.table(rows(classes, course), head(classes))}")
    print("\n'by hand': reflections, which a person marks on the page that `course reflections ASSIGNMENT` opens.")
    print("Feedback pages: demo/feedback/STUDENT/ASSIGNMENT/; reports on the class: demo/reports/ASSIGNMENT.html;")
    print("all marks: demo/grades.csv; verdicts: demo/autograded/.")
    for platform in ("canvas", "moodle"):
        sheet = course / "reports" / f"{platform}.csv"
        said = sheets.export(platform, out=sheet, root=course)
        print(
            f"\nA sheet for {platform.capitalize()}, demo/reports/{sheet.name}:\n{sheet.read_text('utf-8-sig').strip()}"
        )
        print("\n".join(said[1:]))
    rest = time.perf_counter() - graded
    print(f"\nBuilt and graded in {graded - start:.0f} s; reflections, pages, reports and sheets took {rest:.0f} s.\n")
    print("\n".join(surprises) or "Every submission got the marks that it was made for.")
    return 1 if surprises else 0


def small_course(assignments: Sequence[str], root: Path) -> Path:
    """A course root beside the real one, so that a demo never touches a real class; built from the same texts."""
    course = root / "demo"
    (course / "source").mkdir(parents=True, exist_ok=True)
    for text in (*assignments, "shared"):
        shutil.copy2(root / "source" / f"{text}.py", course / "source")
    for assignment in assignments:
        shutil.rmtree(course / "source" / assignment, ignore_errors=True)
    if not (course / "data").exists():
        (course / "data").symlink_to(root / "data")
    build.build(assignments, course, execute="never")
    return course


def head(classes: Sequence[str]) -> list[str]:
    return ["student", *(f"{name} {kind}" for name in classes for kind in ("automatic", "of", "by hand"))]


def rows(classes: Sequence[str], course: Path) -> list[list[object]]:
    """One row a student: automatic points of each assignment, and those for reflections."""
    graded = {name: {row["student"]: row for row in marks.table(name, course)} for name in classes}
    students = sorted(set().union(*graded.values()))
    return [[who, *(cell for rows in graded.values() for cell in part(rows.get(who)))] for who in students]


def part(row: dict[str, Any] | None) -> list[object]:
    if row is None:
        return ["", "", ""]
    by_hand = "waits" if row["needs_manual_grade"] else f"{row['written_score']:g} of {row['max_written_score']:g}"
    return [f"{row['code_score']:g}", f"{row['max_code_score']:g}", by_hand]
