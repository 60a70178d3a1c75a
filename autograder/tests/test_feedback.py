"""What stands on a student's page: the parts of a message, formulas, pictures within a bound, and who writes it."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from autograder.cells import marks_in
from autograder.feedback import alone, pictures
from autograder.feedback.content import FENCED, Page, content, finding, headings
from autograder.feedback.contested import Contested, version_of
from autograder.feedback.formulas import FORMULA, laid_out, mathml
from autograder.feedback.page import MOST, html
from autograder.feedback.pictures import fitting
from autograder.feedback.write import write_pages
from autograder.gradebook.fingerprint import fingerprint
from autograder.sentences import NothingToGrade, Sentence
from autograder.tests import toy
from autograder.tests.test_nbgrader import course, fresh_course, grade, hand_in  # noqa: F401 - fixtures
from autograder.tests.test_nbgrader import page as page_of
from autograder.verdict import WITHHELD, CheckResult, todo_result, verdict_of
from course_config import ASSIGNMENTS, ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
WHOLE = "The numbers should be doubled."
FACET = "Each should be doubled. It looks as if they are squared. For x = 3 it should be 6, but yours is 9."


def check(name: str, points: float, most: float, message: str = "") -> CheckResult:
    return CheckResult(name=f"test_{name}", passed=points == most, points=points, max=most, message=message)


def made(double=(), notebook=None, **about: object) -> Page:
    checks = list(double) or [check("all_is_doubled", 6, 6)]
    counter = [check("n_is_7", 1, 4, "n should be 7, but it is 1")]
    verdict = verdict_of("toy", {"double": todo_result(checks), "counter": todo_result(counter)}, seed=3)
    return content(
        notebook or toy.submission(), verdict, {"assignment": "toy", "student": "ann", "late_penalty": 0} | about
    )


# ---- what is said ------------------------------------------------------------------------------------------


def test_a_message_falls_into_statement_cause_and_smallest_example():
    found = finding(FACET, [check("a_b", 0, 2)])
    assert (found.asked, found.cause) == ("Each should be doubled.", "It looks as if they are squared.")
    assert found.example == "For x = 3 it should be 6, but yours is 9." and found.checks == ["a b"]
    assert finding("f is still open: your code goes here.", []).asked == "f is still open: your code goes here."


def test_a_todo_is_led_by_its_cause_and_what_is_next_by_points():
    double = [check("whole", 0, 3, WHOLE), check("facet", 0, 1, FACET), check("form", 0, 1, WHOLE)]
    double.append(check("type", 0, 1, f"{WITHHELD}: all is doubled"))
    page = made(double, notebook=marked(5.0))
    assert [(todo.name, todo.lost) for todo in page.next] == [("double", 6), ("counter", 3)]
    todo = page.todos[0]
    assert [one.checks for one in todo.findings] == [["facet"], ["whole", "form"], ["type"]]
    assert (todo.findings[1].asked, todo.findings[1].lost, todo.findings[2].is_withheld) == (WHOLE, 4, True)
    assert todo.first == "It looks as if they are squared." and page.todos[1].first.startswith("n should be 7")
    text = html(page)
    assert "They come back with a result that is right: type." in text and WITHHELD not in text
    assert "Not met: whole" in text and "For the same reason not met: form." in text


def marked(score: float | None, words: str = "I think so.", **about: object) -> NotebookNode:
    """With a person's mark of the reflection; None where it waits for one."""
    nb = toy.submission()
    answer = toy.find(nb, "reflection_1")
    answer.source = words
    marks_in(answer.metadata).update({"waits": True} if score is None else {"score": score}, **about)
    return nb


@pytest.mark.parametrize(
    ("notebook", "line"),
    [
        (marked(0.0, "YOUR ANSWER HERE"), "+5</span> You left this one open.</li>"),
        (marked(1.0, comment="Say how."), "+4</span> What a grader found stands there.</li>"),
        (marked(3.5), "+1.5</span></li>"),
        (marked(5.0), ""),
        (marked(None), ""),
    ],
)
def test_what_a_person_marks_is_among_what_to_do_next(notebook, line):
    text = html(made(notebook=notebook))
    found = re.findall(r'<li><a href="#answer-reflection_1">reflection 1</a> <span class="gain">(.*)', text)
    assert found == ([line] if line else [])
    counter = text.index('<li><a href="#todo-counter">')
    assert not line or (text.index('<li><a href="#answer-') < counter) == (float(line[1:2]) > 3)


def test_a_cell_stands_under_all_its_headings_but_the_title():
    texts = ["# Lab\n\n## 1. Data", "```\n# no heading\n```", "### TODO 1: `f`", "## 2. Noise"]
    found = list(headings([new_markdown_cell(text) for text in texts]))
    assert found == ["1. Data", "1. Data", "1. Data, TODO 1: f", "2. Noise"]


def test_a_page_has_the_marks_first_then_what_to_do_next_then_each_todo():
    text = html(made([check("whole", 0, 6, FACET)]))
    body = text[text.index("<body>") :]
    in_order = ("<b>1</b> of 15", "What to do next", "they are squared", "All TODOs", "Your code")
    places = [body.index(words) for words in in_order]
    assert places == sorted(places)
    assert "assert double(2) == 4" not in text  # the visible check
    assert "def double(x)" in re.sub("<[^>]*>", "", text)


def test_who_contests_a_mark_copies_a_line_that_course_judge_reads():
    text = html(made([check("all_is_doubled", 0, 6, WHOLE)]))
    line = re.search(r"Send this line: <code>(.*?)</code>", text)[1]
    assert Contested.read(line) == ("toy", "double", "all_is_doubled", 3, "none")
    verdict = verdict_of("toy", {"double": todo_result([check("all_is_doubled", 6, 6)])})
    assert Contested.read(line).answer(verdict) == "double today, seed 3: 6/6\n✓ all is doubled (6 of 6)"
    with pytest.raises(Sentence, match="takes the line of a feedback page"):
        Contested.read("it is wrong")
    with pytest.raises(Sentence, match="judged by another version"):
        Contested.read(line.replace("all_is", "some_are")).answer(verdict)


def test_a_line_of_a_page_says_whether_anything_changed_since(tmp_path):
    notebook = tmp_path / "submitted/ada/toy/toy.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text("{}", "utf-8")
    line = Contested("toy", "double", "", 3, version_of(fingerprint("toy", notebook.parent, tmp_path)))
    assert line.since(notebook, tmp_path).startswith("Nothing that this verdict hangs on")
    notebook.write_text("{ }", "utf-8")
    assert "today's is" in line.since(notebook, tmp_path)
    assert "no version" in line._replace(version="none").since(notebook, tmp_path)


def test_who_learns_alone_sees_a_model_answer_once_there_is_an_answer_and_nothing_waits():
    models = {"reflection_1": "Because it is so."}
    assert "Because it is so." in html(made(models=models))
    nb = toy.submission()
    toy.find(nb, "reflection_1").source = "YOUR ANSWER HERE"
    page = made(notebook=nb, models=models)
    assert "Because it is so." not in html(page) and "You left this one open" in html(page)
    assert (page.points, page.most, page.waiting) == (7, 10, 0)


# ---- formulas ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tex", [r"\sqrt{\bar\alpha_t}", r"x_t = \sqrt{1-b}\,\epsilon", r"\mathcal N(0, I)", r"\frac{a}{b}", "T<5"]
)
def test_a_formula_is_drawn_by_the_browser_itself(tex):
    found = ElementTree.fromstring(mathml(tex))
    assert found.tag.endswith("math") and "\\" not in "".join(found.itertext())


@pytest.mark.parametrize("tex", [r"\href{javascript:alert(1)}{x}", r"\class{a}{x}", r"\style{color:red}{x}"])
def test_of_a_formula_that_does_more_its_letters_stay(tex):
    found = ElementTree.fromstring(mathml(tex))
    assert (
        "".join(found.itertext()) == "x"
        and {*found.attrib} == {"display"}
        and not any(one.attrib for one in found[0].iter())
    )


@pytest.mark.parametrize("tex", [r"\nosuchcommand{x}", r"\frac{a}", "x" * 1000])
def test_what_cannot_be_read_for_sure_stays_as_it_was_written(tex):
    assert mathml(tex) == "" and laid_out(f"<p>${tex}$</p>") == f"<p>${tex}$</p>"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_formula_of_the_course_is_drawn(assignment):
    texts = [cell.source for cell in alone.solution(assignment) if cell.cell_type == "markdown"]
    plain = re.sub(r"`[^`]*`", "", FENCED.sub("", "\n\n".join(texts)))
    found = [next(filter(None, match.groups())).strip() for match in FORMULA.finditer(plain)]
    assert len(found) > 20 and [tex for tex in found if not mathml(tex)] == []


def test_formulas_stand_in_text_alone():
    html = "<p>From $a$ to <code>$b$</code></p><pre>$c$</pre><p>$5 and 6 dollars</p><p>$$d &lt; 1$$</p>"
    found = laid_out(html)
    assert found.count("<math") == 2 and "<code>$b$</code>" in found and "<pre>$c$</pre>" in found
    assert 'display="block"' in found and "&lt;" in found and "<p>$5 and 6 dollars</p>" in found


# ---- pictures ----------------------------------------------------------------------------------------------


def png(width: int, height: int) -> str:
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def with_plots(*plots: str):
    nb = toy.submission()
    for plot in plots:
        nb.cells.append(new_code_cell("plot()", outputs=[new_output("display_data", {"image/png": plot})]))
    return nb


def test_plots_are_scaled_down_until_a_page_has_room_for_them():
    nb = with_plots(png(1600, 900), png(100, 50), png(1500, 900))
    text = html(made(notebook=nb))
    assert 500_000 < len(text.encode()) <= MOST and text.count("<figure>") == 3
    assert text.count("data:image/png") == 1 and text.count("data:image/jpeg") == 2


BROKEN = ["iVBORw0KGgo" + "A" * MOST, "!" * MOST, base64.b64encode(b"GIF89a" + bytes(MOST)).decode()]


@pytest.mark.parametrize("bad", BROKEN, ids=["cut", "no base64", "a GIF"])
def test_a_picture_that_cannot_be_scaled_is_left_out_and_the_page_says_so(bad):
    text = html(made(notebook=with_plots(png(100, 50), bad)))
    assert text.count("<figure>") == 1 and "1 plot was left out" in text and len(text) < MOST


def test_a_picture_of_too_many_pixels_is_not_opened(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 100)
    (picture,) = made(notebook=with_plots(png(300, 300))).pictures
    assert fitting([picture], 1000) == ([], 1)


# ---- who writes pages --------------------------------------------------------------------------------------


def test_course_feedback_writes_what_nbgrader_does_closed_to_others(course):  # noqa: F811
    for student in ("ann", "bob"):
        hand_in(course, student, double="def double(x): HALF")
        grade(course, student)
    by_nbgrader = page_of(course)
    marks_file = course / "feedback/ann/toy/toy.html"
    marks_file.unlink()
    written = list(write_pages("toy", root=course, workers=2))
    assert [path.parent.parent.name for path in written] == ["ann", "bob"]
    assert marks_file.read_text("utf-8") == by_nbgrader and marks_file.stat().st_mode & 0o077 == 0
    assert list(write_pages("toy", ["bob"], course)) == [course / "feedback/bob/toy/toy.html"]


def test_course_feedback_brings_along_whose_handing_in_a_page_answers(course):  # noqa: F811
    submitted, written = (course / place / "ann" / "toy" for place in ("submitted", "feedback"))
    for secret in ("the first", "the second", ""):
        hand_in(course, "ann")
        for name in ("timestamp.txt", "submission_secret.txt"):  # as `nbgrader submit` leaves them
            (submitted / name).write_text(secret) if secret else (submitted / name).unlink()
        grade(course)
        list(write_pages("toy", root=course))
        found = {path.name: path.read_text() for path in written.glob("*.txt")}
        assert found == ({"timestamp.txt": secret, "submission_secret.txt": secret} if secret else {})
        assert not [path for path in written.iterdir() if path.stat().st_mode & 0o077]


def test_who_was_not_graded_is_named(course):  # noqa: F811
    with pytest.raises(NothingToGrade, match="run `course grade toy` first"):
        list(write_pages("toy", root=course))
    hand_in(course, "ann")
    grade(course)
    with pytest.raises(NothingToGrade, match="no page: ghost"):
        list(write_pages("toy", ["ann", "ghost"], course))


def test_a_penalty_is_taken_off_and_said():
    text = html(made(late_penalty=2.5))
    assert "<b>4.5</b> of 15 points" in text and "2.5 were taken off for being late" in text


# ---- alone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "assignment"), [("spiral (1).ipynb", "spiral"), ("homework.ipynb", "mnist")])
def test_a_notebook_says_itself_which_assignment_it_answers(tmp_path, name, assignment):
    notebook = tmp_path / name
    notebook.write_bytes((ROOT / f"release/{assignment}/{assignment}.ipynb").read_bytes())
    assert alone.assignment_of(notebook) == assignment


def test_a_notebook_of_another_course_is_told(tmp_path):
    notebook = tmp_path / "homework.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1"), new_markdown_cell("# Mine")]), notebook)
    with pytest.raises(Sentence, match="holds no cell of spiral or mnist"):
        alone.assignment_of(notebook)


def test_the_solution_of_a_todo_is_its_section_text_and_code(tmp_path):
    page = alone.write_solution(tmp_path / "spiral.ipynb", "spiral", "q_sample")
    text = re.sub("<[^>]*>", "", page.read_text("utf-8"))
    assert page.name == "spiral.q_sample.html" and "The forward process" in text and "return np.sqrt(alpha_bar)" in text
    assert "BEGIN SOLUTION" not in text and "def p_sample" not in text
    with pytest.raises(Sentence, match="There are: make_spiral, "):
        alone.write_solution(tmp_path / "spiral.ipynb", "spiral", "sample")


def test_marks_put_into_cells_by_hand_count(course):  # noqa: F811
    hand_in(course, "ann")
    grade(course)
    nb = toy.submission()
    marks_in(toy.find(nb, "check_double").metadata)["score"] = 2.0
    assert made(notebook=nb).todos[0].points == 2.0
