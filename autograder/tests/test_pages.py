"""The pages that nbgrader writes of a notebook made to meddle with them: real ones, some in a real browser."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import doctor
from autograder.gradebook import by_hand, marks
from autograder.gradebook.settings import TEMPLATES
from autograder.tests import axe, test_nbgrader, toy
from autograder.tests.test_harmless import Tags
from autograder.tests.test_nbgrader import course, formgrader, fresh_course, grade, grades, hand_in, page, tab  # noqa: F401

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
MEDDLING = r"""<div id="check_double">mine</div> <label for="check_double">Press me</label>
<a href="#check_double">up</a> <a href="https://elsewhere.invalid/">out</a> <img src="https://elsewhere.invalid/seen.png">
<p style="background: url(https://elsewhere.invalid/seen.png)">p</p>

# notebook

Math stays: $\sqrt{\bar\alpha_t}$.
"""


@pytest.fixture
def meddled(course):  # noqa: F811
    """A course in which ann's notebook meddles with its page wherever it can. The reflection comes first, since
    formgrader takes the first element with the id of a score for its input."""
    release = course / "release/toy/toy.ipynb"
    nb = nbformat.read(release, 4)
    nb.cells.insert(0, nb.cells.pop(nb.cells.index(toy.find(nb, "reflection_1"))))
    nbformat.write(nb, release)
    for answer, source in (toy.ANSWERS | {"double": "def double(x): HALF", "reflection_1": MEDDLING}).items():
        toy.find(nb, answer).source = source
    shown = nbformat.v4.new_output("display_data", {"text/html": MEDDLING})
    nb.cells.append(nbformat.v4.new_code_cell("1", id="own", outputs=[shown], metadata={"rerun": False}))
    nb.cells.append(nbformat.v4.new_raw_cell(MEDDLING, id="raw"))
    hand_in(course, "ann", raw=nbformat.writes(nb).encode())
    grade(course)
    return course


def test_on_a_feedback_page_a_students_ids_are_apart_and_nothing_is_asked_for(meddled):
    text = page(meddled)
    seen = Tags(text)
    ids = [value for name, value in seen.attributes if name == "id"]
    others = {name for name in ids if not name.startswith("student:")}
    assert others == {"next", "all", "todo-double", "todo-counter", "answer-reflection_1"}
    assert ids.count("student:check_double") == 1
    links = {value for name, value in seen.attributes if name in ("src", "href", "srcset", "action", "poster")}
    assert {"#todo-double", "#student:check_double"} < links and all(re.match("#|data:image/", to) for to in links)
    assert seen.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "label", "input"})
    assert "default-src 'none'" in text and text.count("<msqrt>") == 1 and "$" not in text


def test_cleaning_too_much_is_said_on_the_page_and_in_the_verdict(course, monkeypatch):  # noqa: F811
    monkeypatch.setattr("autograder.gradebook.harmless.MOST_TAGS", 3)
    nb = nbformat.read(course / "release/toy/toy.ipynb", 4)
    table = nbformat.v4.new_output("display_data", {"text/html": "<b>1</b><i>2</i>", "text/plain": "1 2"})
    nb.cells.append(nbformat.v4.new_code_cell("1", outputs=[table]))
    hand_in(course, "ann", raw=nbformat.writes(nb).encode())
    assert "Outputs that hold too much HTML for a page are shown as plain text." in grade(course)["notes"]
    assert "too much HTML" in page(course)


def test_our_stand_ins_have_the_names_of_what_nbgraders_templates_take_in():
    assert {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")} == {
        "formgrade/mathjax.html.j2",
    }


# ---- marks by hand where the judge gives them --------------------------------------------------------------


@pytest.fixture
def overruled(course):  # noqa: F811
    """A class in which a person gave one check cell points, another extra ones, and graded a reflection."""
    for student in ("ann", "bob"):
        hand_in(course, student, double="def double(x): HALF")
        grade(course, student)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("check_double", "toy", "toy", "ann").manual_score = 6
        gradebook.find_grade("check_counter", "toy", "toy", "bob").extra_credit = 1.5
        gradebook.find_grade("reflection_1", "toy", "toy", "bob").manual_score = 5
        gradebook.db.commit()
    return course


SAID = [
    "ann, toy, check_double: 3 by the judge, 6 by hand",
    "bob, toy, check_counter: 4 by the judge, 1.5 extra by hand",
]


def test_they_are_found_and_reflections_are_not_among_them(overruled):
    assert [mark.words for mark in by_hand.marks_by_hand_below(overruled)] == SAID


def test_the_doctor_names_them_and_what_to_do(overruled):
    found = [finding for finding in doctor.report(overruled) if finding.subject == "mark by hand"]
    assert [finding.found for finding in found] == SAID
    assert all(finding.mark == "–" and "formgrader" in finding.note for finding in found)


def test_where_there_is_no_gradebook_the_doctor_makes_none(tmp_path):
    (found,) = doctor._marks_by_hand(tmp_path)
    assert found.ok and not list(tmp_path.iterdir())


def test_they_are_said_before_marks_are_exported(overruled, caplog):
    done = test_nbgrader.nbgrader(overruled, "export")
    assert done.returncode == 0 and all(words in done.stderr for words in SAID)
    assert done.stderr.index(SAID[0]) < done.stderr.index("Exporting grades")
    assert (overruled / "grades.csv").is_file()
    marks.export(overruled / "ours.csv", overruled)
    assert (overruled / "ours.csv").read_text() == (overruled / "grades.csv").read_text()


# ---- in a real browser -------------------------------------------------------------------------------------


@pytest.fixture
def asked(tab):  # noqa: F811
    """What the browser asked for, but for pictures in the page itself and what the page's policy stops."""
    found = []
    tab.on("request", lambda request: request.url.startswith("data:") or found.append(request.url))
    tab.on("requestfailed", lambda request: request.failure == "csp" and found.remove(request.url))
    return found


@pytest.fixture
def faults(tab):  # noqa: F811
    found = []
    tab.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.browser
def test_a_feedback_page_asks_nobody_for_anything(meddled, tab, asked, faults):  # noqa: F811
    page(meddled)
    address = (meddled / "feedback/ann/toy/toy.html").as_uri()
    tab.goto(address, wait_until="networkidle")
    assert asked == [address] and faults == []
    assert tab.get_by_text("2 * 2 is").first.is_visible()


@pytest.mark.browser
def test_a_feedback_page_reads_well_on_a_phone_by_light_and_in_the_dark(meddled, tab):  # noqa: F811
    page(meddled)
    path = meddled / "feedback/ann/toy/toy.html"
    assert list(axe.problems(tab, path)) == [] and 0 < axe.first_thing_ends(tab, path) < axe.PHONE["height"]


@pytest.mark.browser
def test_printed_a_feedback_page_holds_what_is_folded(meddled, tab):  # noqa: F811
    page(meddled)
    tab.goto((meddled / "feedback/ann/toy/toy.html").as_uri())
    folded = tab.get_by_text("n is 7 (4 of 4)")
    before = folded.is_visible()
    tab.emulate_media(media="print")
    assert not before and folded.bounding_box()["height"] > 5


@pytest.mark.browser
def test_in_formgrader_a_students_label_reaches_no_score(meddled, formgrader, tab, asked, faults):  # noqa: F811
    with Gradebook(f"sqlite:///{meddled}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("toy", "toy", "ann").id
    before = grades(meddled)
    for path in ("manage_assignments", "gradebook/toy/toy", "manage_submissions/toy", f"submissions/{notebook}/"):
        tab.goto(f"{formgrader}/{path}", wait_until="networkidle")
    assert faults == [] and [url for url in asked if not url.startswith(formgrader.removesuffix("/formgrader"))] == []
    for word in ("Press me", "up", "out", "mine"):
        for place in tab.get_by_text(word, exact=False).all():
            place.click()
            assert tab.evaluate("document.activeElement.className") != "score tabbable"
    assert tab.url.startswith(formgrader)
    reflection = tab.locator(".nbgrader_cell", has_text="Press me")
    reflection.get_by_text("Full credit").click()
    tab.wait_for_timeout(1000)
    after = grades(meddled)
    assert after.pop("reflection_1")[1] == 5 and after.items() <= before.items()
