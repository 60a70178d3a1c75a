"""Names in a policy that nobody has: a slip of the pen there costs a student an extension, without a word."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.gradebook import harmless
from autograder.gradebook.settings import course
from autograder.policy.settings import FILE, read


def strangers(root: Path | None = None) -> Iterator[str]:
    """A sentence for each assignment and student that the policy names and the gradebook does not know."""
    coursedir, _ = course(root)
    policy = read(Path(coursedir.root))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        assignments = [assignment.name for assignment in gradebook.assignments]
        students = [student.id for student in gradebook.students]
    extended = {student for by_student in policy.extensions.values() for student in by_student}
    for named, known, what in (
        (policy.assignments, assignments, "assignment"),
        (policy.dropped | extended, students, "student"),
    ):
        for name in sorted(named - set(known)):
            near = get_close_matches(name, known, 1)
            meant = f" Is {near[0]} meant?" if near else ""
            yield harmless.line(f"{FILE} names {name}, and there is no such {what} in the gradebook.{meant}")
