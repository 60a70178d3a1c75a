"""The report on a class: which mistakes cost what, who is like whom, and what stands on the page."""

from __future__ import annotations

import re

import pytest
from nbgrader.api import Gradebook

from autograder.feedback import class_page, similarity
from autograder.feedback.report import Report, success
from autograder.feedback.write import write_pages
from autograder.gradebook import settings
from autograder.sentences import NothingToGrade
from autograder.tests.test_feedback import FACET, WHOLE, check
from autograder.tests.test_nbgrader import course, fresh_course, grade, hand_in  # noqa: F401 - fixtures
from autograder.verdict import Verdict, refused, todo_result, verdict_of

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
LEFT_OPEN = "`double` is still open: your code goes where `raise NotImplementedError` stands."
ALONE = """eps = np.random.standard_normal(len(x))
for row in range(len(x)):
    x[row] += eps[row] * spread[row // 2]
    if eps[row] > 3 or not spread.any():
        print("far out", row, eps[row:].max(), file=sys.stderr)
"""
MODEL = """noise = rng.normal(size=x.shape)
mixed = np.sqrt(bar) * x + np.sqrt(1 - bar) * noise
return mixed, noise, bar
"""


def verdict(*checks) -> Verdict:
    return verdict_of("toy", {"double": todo_result([*checks])}, spent={"cells": 3.0, "checks": 1.0})


def report(**verdicts: Verdict) -> Report:
    return Report("toy", verdicts, {}, {}, [], {}, [], [], [])


def test_what_a_todo_lost_goes_to_the_cause_that_is_named_there():
    """Not to the whole result, which fails with everything, and whose numbers are drawn anew."""
    squared = [check("whole", 0, 4, WHOLE), check("facet", 0, 1, FACET), check("form", 1, 1)]
    found = report(
        ann=verdict(*squared),
        bob=verdict(check("whole", 1, 4, "For x = 7 it is wrong"), check("facet", 1, 1), check("form", 1, 1)),
        cem=verdict(*squared),
        dee=verdict(check("whole", 0, 6, LEFT_OPEN)),
        eve=refused("toy", {"double": 6}, "The file is empty."),
    )
    assert found.mistakes == [
        ("double", "It looks as if they are squared.", "", ("ann", "cem"), 10),
        ("double", "For x = 7 it is wrong", "whole", ("bob",), 3),
    ]
    assert found.success == [success("double", [(1, 6), (3, 6), (1, 6), (0, 6), (0, 6)])]
    assert (found.success[0].none, found.success[0].full, found.success[0].lost) == (2, 0, 25)
    assert found.seconds == (4.0, 4.0, {"cells": 0.75, "checks": 0.25})
    assert found.walls == {"no code was run": 5} and found.middle == (1.0, 1.0)


def test_sentences_about_files_are_counted_without_the_names_of_cells():
    ann, bob = verdict(), verdict()
    ann["mended"], bob["mended"] = ["Cells that were missing: a_b, c."], ["Cells that were missing: d."]
    ann["notes"] = ["toy (1).ipynb was graded: as toy.ipynb, by name."]
    assert report(ann=ann, bob=bob).mended == [
        ("Cells that were missing", ["ann", "bob"]),
        ("toy (1).ipynb was graded: as toy.ipynb, by name.", ["ann"]),
    ]


def test_copies_are_found_whatever_their_names_are_and_the_models_words_are_nobodys():
    renamed = ALONE.replace("eps", "noise").replace("row", "i").replace("spread", "s") + "# my own work"
    other = "x = x + (rng.random(x.shape) - 0.5) * 2 if t else np.zeros_like(x)\nreturn [x, t, {'a': x.sum(axis=0)}]\n"
    answers = {"ann": ALONE, "bob": renamed, "cem": other, "dee": MODEL, "eve": MODEL}
    (found,) = similarity.groups("double", answers, [MODEL], code=True)
    assert found == ("double", ["ann", "bob"], 1.0)
    words = {"ann": "Because the arm is bent twice, " * 9, "bob": "Since noise is gone by then we see the arm. " * 9}
    assert similarity.groups("why", words, ["Why?"], code=False) == []
    assert len(similarity.groups("why", words | {"cem": words["ann"]}, ["Why?"], code=False)) == 1


def test_three_copies_are_one_group():
    one, two = similarity.Alike("f", ["a", "b"], 1.0), similarity.Alike("f", ["c", "d"], 0.9)
    assert similarity.joined([one, two], similarity.Alike("f", ["b", "c"], 0.95)) == [("f", ["a", "b", "c", "d"], 0.9)]


def test_a_text_too_short_to_tell_apart_is_known():
    assert similarity.is_long_enough(ALONE, code=True) and not similarity.is_long_enough("return x", code=True)


def test_the_page_says_who_waits_and_links_to_pages_and_is_closed(course):  # noqa: F811
    with pytest.raises(NothingToGrade, match="run `course grade toy` first"):
        class_page.write("toy", course)
    for student in ("ann", "bob <i>"):
        hand_in(course, student, double="def double(x): HALF")
        grade(course, student)
    hand_in(course, "late")
    list(write_pages("toy", ["ann"], course))
    page = class_page.write("toy", course)
    text = page.read_text("utf-8")
    assert (
        page == course / "reports/toy.html" and page.stat().st_mode & 0o077 == page.parent.stat().st_mode & 0o077 == 0
    )
    assert '<a href="../feedback/ann/toy/toy.html">ann</a>' in text and "bob &lt;i&gt;" in text and "<i>" not in text
    told = "Not met: 2 * 2 is &lt;b&gt;4&lt;/b&gt;. One of them was told: It gives &lt;script&gt;5&lt;/script&gt;."
    assert f"<code>double</code>: {told}" in text
    assert "not graded yet: late" in text and re.search(r"2 of 2: <a.*?ann</a>, bob", text)
    assert text == class_page.write("toy", course).read_text("utf-8")


def test_marks_that_changed_since_a_page_was_written_are_a_list(course):  # noqa: F811
    hand_in(course, "ann", double="def double(x): HALF")
    grade(course, "ann")
    list(write_pages("toy", root=course))
    coursedir, _ = settings.course(course)
    assert class_page.gathered("toy", coursedir).changed == {}
    hand_in(course, "ann")
    grade(course, "ann")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        mark = gradebook.find_grade("reflection_1", "toy", "toy", "ann")
        mark.manual_score, mark.needs_manual_grade = 4.5, False
        gradebook.db.commit()
    assert class_page.gathered("toy", settings.course(course)[0]).changed == {
        "ann": ["double 3 to 6", "reflection_1 waiting to 4.5"]
    }
    assert "double 3 to 6; reflection_1 waiting to 4.5" in class_page.write("toy", course).read_text("utf-8")
