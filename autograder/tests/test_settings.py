"""What people write into nbgrader_config.py reaches `course` as it reaches nbgrader."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import grade as grading
from autograder.gradebook import marks, settings
from autograder.sentences import NothingToGrade, Sentence
from autograder.tests.test_nbgrader import course, fresh_course, hand_in  # noqa: F401 - fixtures

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


def write(root: Path, *lines: str) -> None:
    (root / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines, ""]))


def test_addresses_reach_grading_feedback_and_the_table(course):  # noqa: F811
    hand_in(course, "ann")
    hand_in(course, "gone")
    (course / "submitted").rename(course / "collected")
    (course / "gradebook.db").rename(course / "marks.db")
    write(
        course,
        f"c.CourseDirectory.db_url = 'sqlite:///{course}/marks.db'",
        "c.CourseDirectory.submitted_directory = 'collected'",
        "c.CourseDirectory.autograded_directory = 'judged'",
        "c.CourseDirectory.feedback_directory = 'pages'",
        "c.CourseDirectory.student_id_exclude = 'gone'",
    )
    assert [bool(line["skipped"]) for line in grading.grade("toy", root=course)] == [False]
    assert [bool(line["skipped"]) for line in grading.grade("toy", root=course)] == [True]
    marks.feedback("toy", course)
    marks.export(course / "grades.csv", course)
    assert (course / "judged/ann/toy/verdict.json").is_file() and (course / "pages/ann/toy/toy.html").is_file()
    assert not (course / "autograded").exists() and not (course / "gradebook.db").exists()
    with (course / "grades.csv").open() as table:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)} == {"ann": 10.0}


def test_the_users_own_file_counts_for_this_course_and_for_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    write(tmp_path, "c.CourseDirectory.db_url = 'sqlite:////elsewhere/marks.db'")
    assert settings.course()[0].db_url == "sqlite:////elsewhere/marks.db"
    assert settings.course(tmp_path / "demo")[0].db_url == f"sqlite:///{tmp_path}/demo/gradebook.db"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("c.CourseDirectory.db_url = 3", "nbgrader refuses a setting in nbgrader_config.py: The 'db_url' trait"),
        ("c.CourseDirectory.release_directory = 'out'", "which is fixed in this course: delete that line."),
        ("c.CourseDirectory.db_ulr = get_name()", "cannot be read: NameError: name 'get_name' is not defined"),
        ("c.CourseDirectory.course_id = (", "cannot be read: SyntaxError: "),
        ("c.Autograde.permissions = 'open'", "nbgrader refuses a setting in nbgrader_config.py: The 'permissions'"),
        ("c.AssignLatePenalties.plugin_class = 'no.such'", "but 'no.such' could not be imported"),
    ],
)
def test_a_setting_that_is_wrong_costs_nobody_anything(course, line, sentence):  # noqa: F811
    hand_in(course, "ann")
    write(course, line)
    with pytest.raises(Sentence) as told:
        list(grading.grade("toy", root=course))
    assert sentence in str(told.value)
    assert not list(course.glob("autograded/*/toy"))


def test_where_settings_let_nobody_in_strangers_are_named_before_anybody_is_graded(course):  # noqa: F811
    hand_in(course, "ann")
    write(course, "c.Autograde.create_student = False")
    with pytest.raises(NothingToGrade, match="^The gradebook does not know ann"):
        list(grading.grade("toy", root=course))
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.students == []
        gradebook.add_student("ann")
    assert [line["verdict"]["points"] for line in grading.grade("toy", root=course)] == [10]
