"""Dates, lateness and what it costs: a table worked out by hand, and nbgrader's own gradebook brought up to date."""

from __future__ import annotations

import csv
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment

from autograder.authoring.weigh import give
from autograder.checks import points_of
from autograder.feedback import class_page
from autograder.feedback.write import write_pages
from autograder.gradebook import grade as grading
from autograder.gradebook import marks
from autograder.gradebook.files import read_verdict
from autograder.gradebook.intake import refuse_older
from autograder.gradebook.report import moved_between
from autograder.gradebook.settings import course as course_of
from autograder.policy import settings
from autograder.policy.charge import charge, resting_on_a_file, said_of
from autograder.policy.lateness import charged, days_late, penalty
from autograder.policy.settings import Late
from autograder.policy.strangers import strangers
from autograder.policy.totals import totals
from autograder.policy.weights import counted, weigh, worth
from autograder.sentences import NotBuilt, Sentence
from autograder.tests import toy
from autograder.tests.test_feedback import check
from autograder.tests.test_nbgrader import course, fresh_course, grade, grades, hand_in  # noqa: F401 - fixtures
from autograder.tests.test_nbgrader import page as page_of
from autograder.verdict import todo_result, verdict_of
from course_config import ASSIGNMENTS, COURSE_ID, ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
DUE = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# ---- arithmetic --------------------------------------------------------------------------------------------

TEN = Late(rule="percent", percent=10)
POSSIBLE = Late(rule="percent", percent=10, of="possible")
GRACE = Late(rule="percent", percent=10, grace_minutes=15)
DAYS = Late(rule="days", days=2, percent=50)

BY_HAND = [  # rule, how late, points earned of 100: what is taken off
    (Late(), 30 * DAY, 80, 0),
    (TEN, -DAY, 80, 0),
    (TEN, 0 * DAY, 80, 0),
    (TEN, timedelta(seconds=1), 80, 8),
    (TEN, DAY, 80, 8),
    (TEN, DAY + timedelta(seconds=1), 80, 16),
    (TEN, 9 * DAY, 80, 72),
    (TEN, 10 * DAY, 80, 80),
    (TEN, 30 * DAY, 80, 80),
    (TEN, DAY, 0, 0),
    (POSSIBLE, DAY, 80, 10),
    (POSSIBLE, 3 * DAY, 80, 30),
    (POSSIBLE, 9 * DAY, 80, 80),
    (GRACE, timedelta(minutes=15), 80, 0),
    (GRACE, timedelta(minutes=16), 80, 8),
    (GRACE, DAY + timedelta(minutes=10), 80, 16),
    (Late(rule="zero"), timedelta(seconds=1), 80, 80),
    (Late(rule="zero"), -DAY, 80, 0),
    (DAYS, 2 * DAY, 80, 0),
    (DAYS, 2 * DAY + HOUR, 80, 40),
    (DAYS, 5 * DAY, 80, 80),
]


@pytest.mark.parametrize(("rule", "late", "earned", "taken"), BY_HAND)
def test_a_rule_takes_what_was_worked_out_by_hand(rule, late, earned, taken):
    days = days_late(DUE + late, DUE, rule.grace)
    (paid,) = charged([days], rule.days)
    assert penalty(rule, paid, earned, 100) == pytest.approx(taken)


def test_late_days_go_to_what_was_due_first():
    assert charged([1, 3, 0, 2], 3) == [0, 1, 0, 2]
    assert charged([], 3) == []


def test_what_has_no_date_is_not_late():
    assert days_late(None, DUE) == days_late(DUE, None) == 0


# ---- the file ----------------------------------------------------------------------------------------------


def test_a_policy_is_read_as_it_is_written(tmp_path):
    policy(
        tmp_path,
        'timezone = "Europe/Berlin"\ndropped = ["bob"]\n[due]\ntoy = 2026-12-01T23:59:00\n'
        '[late]\nrule = "days"\ndays = 3\n'
        "[extensions.toy]\nada = 2026-12-08T12:00:00Z\neve = 2\n[weights.toy]\ndouble = 20\n",
    )
    found = settings.read(tmp_path)
    assert found.moment(found.due["toy"]) == datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
    assert found.late == Late(rule="days", days=3)
    due = found.moment(found.due["toy"])
    assert found.extended("toy", "ada", due) == datetime(2026, 12, 8, 12, tzinfo=UTC)
    assert found.extended("toy", "eve", due) == due + 2 * DAY
    assert found.extended("toy", "ann", due) is None
    assert found.dropped == {"bob"} and found.weights == {"toy": {"double": 20}}
    assert settings.read(tmp_path / "nowhere") == settings.Policy()


def test_the_example_can_be_taken_as_it_stands(tmp_path):
    example = (ROOT / "policy.example.toml").read_text("utf-8")
    policy(tmp_path, re.sub(r'^# (?=\[|[\w".]+ = )', "", example, flags=re.MULTILINE))
    found = settings.read(tmp_path)
    assert all(getattr(found, name) != field.default for name, field in settings.Policy.model_fields.items())
    assert (
        found.late
        and found.late.rule == "percent"
        and found.extended(ASSIGNMENTS[0], "ada.lovelace", DUE) == DUE + 2 * DAY
    )


def test_a_day_more_is_a_day_by_the_clock_on_the_wall(tmp_path):
    policy(tmp_path, 'timezone = "Europe/Berlin"\n[due]\ntoy = 2026-10-24T23:59:00\n[extensions.toy]\nada = 1\n')
    found = settings.read(tmp_path)
    due = found.moment(found.due["toy"])  # summer time ends in the night
    assert found.extended("toy", "ada", due) == due + 25 * HOUR


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("[late]\nrule = 'prozent'", "policy.toml, late.rule: input should be 'none', 'zero', 'percent' or 'days'."),
        ("[late]\npercent = 120", "policy.toml, late.percent: input should be less than or equal to 100."),
        ("timezone = 'Berlin'", "policy.toml, timezone: no time zone is called so; Europe/Berlin is one"),
        ("dropt = ['bob']", "policy.toml, dropt: there is no such setting."),
        ("[due]\ntoy = 'tomorrow'", "policy.toml, due.toy: input should be a valid datetime"),
        (
            "[extensions.toy]\nada.l = 2",
            "policy.toml, extensions.toy.ada: a date, or days from 1 on. A name with a dot",
        ),
        ("[due\n", "policy.toml cannot be read as TOML: "),
    ],
)
def test_what_is_wrong_in_a_policy_is_said_in_a_sentence(tmp_path, written, sentence):
    policy(tmp_path, written)
    with pytest.raises(Sentence) as said:
        settings.read(tmp_path)
    assert str(said.value).startswith(sentence)


# ---- a class -----------------------------------------------------------------------------------------------


def policy(root: Path, text: str) -> None:
    (root / settings.FILE).write_text(text, "utf-8")


def dated(root: Path, student: str, when: str, **answers: str) -> None:
    hand_in(root, student, **answers)
    (root / "submitted" / student / "toy" / "timestamp.txt").write_text(when, "utf-8")


def taken(root: Path) -> dict[str, float]:
    charge(root)
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        return {one.student.id: one.late_submission_penalty for one in gradebook.assignment_submissions("toy")}


def test_a_moved_deadline_an_extension_and_a_rule_count_without_judging_again(course):  # noqa: F811
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "percent"\npercent = 10\n')
    dated(course, "ann", "2026-12-02 11:00:00 UTC")
    dated(course, "bob", "2026-12-01 11:00:00 UTC")
    assert [line["skipped"] for line in grading.grade("toy", root=course)] == ["", ""]
    assert taken(course) == {"ann": 1.0, "bob": 0.0}
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "zero"\n')
    moved, late = said_of("toy", charge(course))
    assert moved.startswith("ann, toy: off for being late 10, before 1. Due 2026-12-01 12:00 UTC")
    assert late == "Off for being late: ann 10. `course report toy` says why."
    assert taken(course) == {"ann": 10.0, "bob": 0.0}
    with Gradebook(
        f"sqlite:///{course}/gradebook.db"
    ) as gradebook:  # marks by hand after the penalty: all is lost, still
        answer = gradebook.find_grade("reflection_1", "toy", "toy", "ann")
        answer.manual_score, answer.needs_manual_grade = 5.0, False
        gradebook.db.commit()
    assert taken(course)["ann"] == 15.0
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "zero"\n[extensions.toy]\nann = 1\n')
    assert taken(course)["ann"] == 0.0
    policy(course, '[due]\ntoy = 2026-12-03T12:00:00Z\n[late]\nrule = "zero"\n')
    assert taken(course)["ann"] == 0.0
    assert all(line["skipped"] for line in grading.grade("toy", root=course))


def test_names_in_a_policy_that_nobody_has_are_told(course):  # noqa: F811
    hand_in(course, "ann")
    grade(course)
    policy(course, 'dropped = ["zoe"]\n[due]\ntoi = 2026-12-01T12:00:00Z\n[extensions.toy]\nanne = 2\nann = 1\n')
    assert list(strangers(course)) == [
        "policy.toml names toi, and there is no such assignment in the gradebook. Is toy meant?",
        "policy.toml names anne, and there is no such student in the gradebook. Is ann meant?",
        "policy.toml names zoe, and there is no such student in the gradebook.",
    ]


def test_nbgraders_own_due_date_and_rule_count_where_the_policy_is_silent(course):  # noqa: F811
    dated(course, "ann", "2026-12-02 11:00:00 UTC")
    grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment("toy", duedate="2026-12-01 12:00:00 UTC")
    assert taken(course) == {"ann": 0.0}
    (course / "nbgrader_config.py").write_text("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    assert taken(course) == {"ann": 10.0}
    policy(course, '[late]\nrule = "percent"\npercent = 50\n')
    assert taken(course) == {"ann": 5.0}


def test_a_plugin_of_the_instructors_is_asked_anew_each_time(course):  # noqa: F811
    (course / "halving.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n\n\nclass Half(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return score / 2\n"
    )
    lines = f"import sys\nsys.path.insert(0, {str(course)!r})\nc.AssignLatePenalties.plugin_class = 'halving.Half'\n"
    (course / "nbgrader_config.py").write_text(lines)
    policy(course, "[due]\ntoy = 2026-12-01T12:00:00Z\n")
    dated(course, "ann", "2026-12-02 11:00:00 UTC")
    grade(course)
    assert taken(course) == {"ann": 5.0}


def test_the_best_witness_says_when_something_was_handed_in(course, tmp_path_factory):  # noqa: F811
    exchange = tmp_path_factory.mktemp("exchange")
    (course / "nbgrader_config.py").write_text(f"c.Exchange.root = {str(exchange)!r}\n")
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "percent"\n')
    for student in ("ann", "bob", "eve"):
        dated(course, student, "2026-12-02 11:00:00.000000 UTC")
        grade(course, student)
    (exchange / COURSE_ID / "inbound" / "bob+toy+2026-12-02 11:00:00.000000 UTC+x7").mkdir(parents=True)
    (course / "submitted" / "eve" / "toy" / "timestamp.txt").unlink()
    found = {one.student: one for one in charge(course)}
    assert "so says a file in the student's folder" in found["ann"].why and found["ann"].rests_on_a_file
    assert "so says the exchange" in found["bob"].why and not found["bob"].rests_on_a_file
    assert found["eve"].penalty == 0 and not found["eve"].why


# ---- who counts --------------------------------------------------------------------------------------------


def test_totals_tell_nothing_handed_in_from_a_zero_and_leave_out_who_was_dropped(course):  # noqa: F811
    policy(course, 'dropped = ["bob"]\n[extra_credit]\ntoy = ["counter"]\n')
    hand_in(course, "ann")
    hand_in(course, "bob")
    for student in ("ann", "bob"):
        grade(course, student)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("eve", first_name="Eve", email="eve@example.org")
    ann, eve = totals("toy", course)
    assert (ann.student, ann.handed_in, ann.waits, ann.points, ann.most) == ("ann", True, True, 10.0, 11.0)
    assert (eve.first_name, eve.email, eve.handed_in, eve.counts) == ("Eve", "eve@example.org", False, 0.0)
    with pytest.raises(NotBuilt, match="course build"):
        totals("other", course)


def test_a_dropped_student_keeps_marks_and_is_passed_over(course):  # noqa: F811
    for student in ("ann", "bob"):
        hand_in(course, student)
        grade(course, student)
    policy(course, 'dropped = ["bob"]\n')
    assert [line["student"] for line in grading.grade("toy", root=course, regrade=True)] == ["ann"]
    assert taken(course).keys() == {"ann", "bob"}  # the gradebook still has all of both
    assert [page.parts[-3] for page in write_pages("toy", root=course)] == ["ann"]
    assert class_page.gathered("toy", course_of(course)[0]).verdicts.keys() == {"ann"}


def test_pages_and_report_say_who_came_late_and_what_is_extra(course):  # noqa: F811
    policy(
        course,
        '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "percent"\npercent = 20\n[extra_credit]\ntoy = ["double"]\n',
    )
    dated(course, "ann", "2026-12-02 11:00:00 UTC")
    grade(course)
    (written,) = write_pages("toy", root=course)
    by_us = written.read_text("utf-8")
    assert "<b>8</b> of 9 points" in by_us and "2 were taken off for being late" in by_us
    assert "handed in 2026-12-02 11:00 UTC (so says a file in the student" in by_us
    assert by_us.count("(extra credit)") == 1
    assert page_of(course) == by_us  # nbgrader generate_feedback
    report = class_page.write("toy", course).read_text("utf-8")
    assert "Who came late" in report and "anyone could have written it" in report


def test_what_a_page_does_not_know_yet_stands_in_the_report(course):  # noqa: F811
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "percent"\npercent = 20\n')
    dated(course, "ann", "2026-12-02 11:00:00 UTC")
    grade(course)
    list(write_pages("toy", root=course))
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "percent"\n[extensions.toy]\nann = 2\n')
    report = class_page.gathered("toy", course_of(course)[0])
    assert report.changed == {"ann": ["being late -2 to no mark"]} and report.counts == {"ann": 10.0}
    (one,) = charge(course)
    assert one.why == (
        "Due 2026-12-03 12:00 UTC, which is an extension, handed in 2026-12-02 11:00 UTC "
        "(so says a file in the student's folder): in time."
    )


def test_300_students_are_charged_anew_in_a_moment(course):  # noqa: F811
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for number in range(300):
            gradebook.add_student(f"s{number:03}")
            gradebook.add_submission("toy", f"s{number:03}", timestamp="2026-12-02 11:00:00 UTC")
    policy(course, '[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "days"\ndays = 1\n')
    start = time.process_time()
    assert len(charge(course)) == 300
    assert time.process_time() - start < 5


# ---- weights -----------------------------------------------------------------------------------------------


def test_a_verdict_is_scaled_and_a_given_todo_is_none():
    checks = [check("whole", 6, 6), check("form", 0, 2)]
    verdict = weigh(
        verdict_of("toy", {"a": todo_result(checks), "b": todo_result([check("b", 3, 3)])}), {"a": 20, "b": 0}
    )
    assert (verdict["points"], verdict["max"]) == (15, 20)
    assert [(one["points"], one["max"]) for one in verdict["todos"]["a"]["checks"]] == [(15, 15), (0, 5)]
    assert verdict["todos"].keys() == {"a"}
    thirds = weigh(verdict_of("toy", {"a": todo_result([check("c", 7 / 3, 7 / 3)] * 3)}), {"a": 1})
    assert thirds["todos"]["a"]["points"] == 1  # all that was right is all, whatever the parts sum up to


def test_a_release_of_other_weights_is_built_anew_first():
    assignment = ASSIGNMENTS[0]
    points, released = points_of(assignment), nbformat.read(ROOT / f"release/{assignment}/{assignment}.ipynb", 4)
    todo = next(iter(points))
    refuse_older(released, assignment, counted(points, {}))
    for weight in (0, points[todo] + 1):
        with pytest.raises(NotBuilt, match="older than the checks, or than the weights in policy.toml"):
            refuse_older(released, assignment, counted(points, {todo: weight}))


def test_a_mark_that_comes_or_goes_with_a_weight_is_one_that_moved():
    assert moved_between({"a": 6, "b": 4}, {"a": 6}) == ["b 4 to no mark"]
    assert moved_between({"a": 6}, {"a": 5, "b": None}) == ["a 6 to 5", "b no mark to waiting"]
    assert moved_between({}, {"a": 5}) == []  # a page of an earlier version, which does not say


def test_a_weight_of_what_there_is_not_is_named():
    with pytest.raises(Sentence, match="policy.toml, weights: there is no TODO sampel. There are: a, b."):
        worth({"a": 1, "b": 2}, {"sampel": 3})


def test_weights_reach_release_gradebook_marks_and_pages_and_may_come_and_go_in_mid_term(course):  # noqa: F811
    """On the toy's notebooks as authoring makes them: from 6 and 4 points to 9, and `counter` is given."""
    hand_in(course, "ann", double="def double(x): HALF", counter="class Counter: NotImplemented")
    grade(course)
    policy(course, "[weights.toy]\ndouble = 9\ncounter = 0\n")
    source = course / "source/toy/toy.ipynb"
    nb = nbformat.read(source, 4)
    for name, points in (("check_double", 9), ("check_counter", 0)):
        toy.find(nb, name).metadata.nbgrader["points"] = points
    nbformat.write(give(nb, {"counter"}, "text"), source)
    generate(course)
    release = nbformat.read(course / "release/toy/toy.ipynb", 4)
    assert "self.n = 7" in toy.find(release, "given_counter").source and "counter" not in toy.graded_ids(release)
    verdict, before = grade(course), read_verdict(course / "autograded/ann/toy/verdict.json")
    assert verdict["max"] == 9 and before == verdict
    assert "Given since this notebook was handed out, so it counts no more: counter." in verdict["notes"]
    assert grades(course) == {
        "check_double": (4.5, None, False),
        "check_counter": (0.0, None, False),
        "reflection_1": (None, None, True),
    }
    (written,) = write_pages("toy", root=course)
    assert "<b>4.5</b> of 14 points" in written.read_text("utf-8") and "todo-counter" not in written.read_text("utf-8")
    policy(course, "")
    nbformat.write(toy.notebook(toy.SOURCE), source)
    generate(course)
    assert (grade(course)["points"], grade(course)["max"]) == (3, 10)


def generate(root: Path) -> None:
    coursedir, config = course_of(root, assignment_id="toy", student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()


def test_nbgraders_table_is_charged_anew_and_leaves_out_who_was_dropped(course, tmp_path):  # noqa: F811
    for student in ("ann", "bob"):
        dated(course, student, "2026-12-02 11:00:00 UTC")
        grade(course, student)
    policy(course, 'dropped = ["bob"]\n[due]\ntoy = 2026-12-01T12:00:00Z\n[late]\nrule = "zero"\n')
    marks.export(tmp_path / "grades.csv", course)
    with (tmp_path / "grades.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["student_id"], row["late_submission_penalty"], row["score"]) == ("ann", "10.0", "0.0")
    assert resting_on_a_file(course) == ["ann (toy)"]
