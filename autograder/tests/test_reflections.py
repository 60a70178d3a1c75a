"""Reflections are marked by people: what they go by, where their marks go, and that none is lost."""

from __future__ import annotations

import csv
import io
import json
import shutil
import threading
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder import cli
from autograder.classroom.reflections import LESS, mark_class
from autograder.feedback.content import Picture
from autograder.feedback.write import write_pages
from autograder.gradebook import marks
from autograder.lms import tables
from autograder.reflections import hints, rubric, sheet
from autograder.reflections.answers import bytes_of, printed
from autograder.reflections.queue import queue, used_before
from autograder.reflections.room import Room, open_store
from autograder.reflections.store import Changed, Mark, NoAnswer, NoMark, Store
from autograder.reflections.tables import CHOICES
from autograder.sentences import NotBuilt, NothingToGrade, Sentence
from autograder.tests import marking, toy
from course_config import ASSIGNMENTS, ROOT, TEXT_STUB

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
OPEN = Mark((None, None, None))
FULL, HALF = Mark((1.0, 1.0, 1.0)), Mark((1.0, 0.5, 1.0))
STUDENTS = ("ann", "bob", "cid", "dan")
WORDS = (
    "Since the loss fell to 0.326, because of {0}: noise that {0} adds, step by step, until {0} is all there is to see."
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    marking.release(root)
    notebooks = {student: marking.answered(WORDS.format(student)) for student in STUDENTS}
    marking.hand_in(root, notebooks | {"eve": marking.answered(TEXT_STUB)})
    return root


@pytest.fixture
def course(made, tmp_path):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def store(course):
    return open_store("toy", course)[0]


def of(store: Store, student: str):
    return next(answer for answer in store.answers() if answer.student == student)


def in_gradebook(root: Path, student: str = "ann") -> tuple:
    """As formgrader reads it."""
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("reflection_1", "toy", "toy", student).to_dict()
        comment = gradebook.find_comment("reflection_1", "toy", "toy", student).to_dict()
    return grade["manual_score"], grade["needs_manual_grade"], comment["manual_comment"]


def in_formgrader(root: Path, student: str = "ann", **changes: object) -> None:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("reflection_1", "toy", "toy", student)
        for name, value in changes.items():
            setattr(grade, name, value)
        gradebook.db.commit()


# ---- rubrics -----------------------------------------------------------------------------------------------


def test_a_rubric_is_read_from_question_and_hidden_part(store):
    found = store.rubrics["reflection_1"]
    assert [item[:2] for item in found.items] == [("says *why*", 2), ("says how, with $x_t$", 2), ("says when", 1)]
    assert found.items[1].half == "the hint of one" and found.model == "Because $x_t$ is noise." and found.most == 5
    assert (found.score(HALF.levels), found.score(OPEN.levels), found.score((1.0, None, 1.0))) == (4, None, None)


def test_a_sum_beyond_the_points_of_the_cell_is_cut(store):
    assert store.rubrics["reflection_1"]._replace(most=3.0).score(FULL.levels) == 3


def test_a_question_without_a_table_has_one_item():
    cells = toy.notebook(toy.SOURCE)
    found = rubric.rubric(toy.find(cells, "question"), toy.find(cells, "reflection_1"))
    assert found.items == [rubric.Item(rubric.WHOLE, 5)]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_reflection_of_the_course_says_what_each_level_looks_like_and_no_student_sees_it(assignment):
    released = (ROOT / f"release/{assignment}/{assignment}.ipynb").read_text("utf-8")
    found = rubric.rubrics(assignment, ROOT)
    assert found
    for one in found.values():
        assert one.score([1.0] * len(one.items)) == one.most and "full" not in one.model.split("\n")[-1]
        for item in one.items:
            texts = (item.full, item.half, item.none)
            assert all(texts) and not any(json.dumps(text)[1:-1] in released for text in texts if len(text) > 30)
            assert json.dumps(item.criterion)[1:-1] in released


LINT = {
    "points": (lambda q, h: (q.replace("| 1 |", "| 2 |"), h), 2, "has 5 points, and this rubric 6"),
    "no levels": (lambda q, h: (q, "### BEGIN SOLUTION\nSo.\n### END SOLUTION"), None, "says of 0 what they look like"),
    "a row too few": (lambda q, h: (q, h.replace("| a date | a year | none |\n", "")), None, "says of 2 what they"),
    "a level left out": (lambda q, h: (q, h.replace("a year", "")), None, "row 3 of the table"),
}


@pytest.mark.parametrize("case", LINT)
def test_a_rubric_that_does_not_fit_stops_a_build(case):
    change, line, words = LINT[case]
    question, hidden = change(marking.QUESTION, marking.SOURCE["reflection_1"])
    ((at, said),) = rubric.problems("reflection_1", 5, question, hidden)
    assert words in said and at == line
    assert list(rubric.problems("reflection_1", 5, marking.QUESTION, marking.SOURCE["reflection_1"])) == []


# ---- marks in the gradebook --------------------------------------------------------------------------------


def test_a_mark_and_a_comment_stand_where_formgrader_has_them(course, store):
    ann = of(store, "ann")
    half = store.set_mark(ann.id, ann.mark, Mark((1.0, 0.5, None)), "g")
    assert half.waits and in_gradebook(course) == (None, True, None)  # kept, and no mark yet
    assert of(store, "ann").mark.levels == (1.0, 0.5, None)
    given = store.set_mark(ann.id, half.mark, HALF, "g")
    store.set_comment(ann.id, "", "Say how.", "g")
    assert not given.waits and in_gradebook(course) == (4.0, False, "Say how.")
    assert {row["student"]: row["written_score"] for row in marks.table("toy", course)}["ann"] == 4
    store.set_mark(ann.id, HALF, OPEN, "g")
    store.set_comment(ann.id, "Say how.", "", "g")
    assert in_gradebook(course) == (None, True, None)


def test_an_untouched_stub_is_not_shown(store):
    assert {answer.student for answer in store.answers()} == {*STUDENTS}


@pytest.mark.parametrize("number", [5.01, -0.5, float("nan"), float("inf")])
def test_no_mark_is_above_the_maximum_or_none_at_all(course, store, number):
    ann = of(store, "ann")
    with pytest.raises(NoMark, match="from 0 to 5"):
        store.set_mark(ann.id, ann.mark, Mark(ann.mark.levels, number), "g")
    with pytest.raises(NoMark, match="rubric of this question has changed"):
        store.set_mark(ann.id, ann.mark, Mark((2.0, 1.0, 1.0)), "g")
    assert in_gradebook(course) == (None, True, None)


def test_who_comes_second_is_told_and_nothing_is_lost(course, store):
    ann = of(store, "ann")
    store.set_mark(ann.id, OPEN, FULL, "first")
    with pytest.raises(Changed) as told:
        store.set_mark(ann.id, OPEN, HALF, "second")
    assert told.value.answer.mark == FULL and in_gradebook(course)[0] == 5
    store.set_comment(ann.id, "", "Well seen.", "second")  # another field is nobody's loss
    store.set_mark(ann.id, OPEN, FULL, "first")  # sent again, since the answer never came
    assert in_gradebook(course) == (5.0, False, "Well seen.")


def test_what_was_given_in_formgrader_is_seen_and_not_overwritten_silently(course, store):
    ann = of(store, "ann")
    in_formgrader(course, manual_score=2.5, needs_manual_grade=False, extra_credit=1)
    with pytest.raises(Changed):
        store.set_mark(ann.id, ann.mark, FULL, "g")
    there = of(store, "ann")
    assert (there.mark, there.score, there.elsewhere, there.extra) == (Mark(OPEN.levels, 2.5), 2.5, True, 1)
    store.set_mark(ann.id, there.mark, FULL, "g")
    assert in_gradebook(course)[0] == 5 and not of(store, "ann").elsewhere
    in_formgrader(course, manual_score=3)
    assert of(store, "ann").mark == Mark(OPEN.levels, 3)


def test_after_another_rubric_a_mark_stands_as_a_number(course, store):
    ann = of(store, "ann")
    store.set_mark(ann.id, OPEN, HALF, "g")
    items = store.rubrics["reflection_1"].items
    changed = store.rubrics["reflection_1"]._replace(items=[items[0], items[1]._replace(criterion="other"), items[2]])
    again = Store(store.engine, "toy", {"reflection_1": changed})
    assert of(again, "ann").mark == Mark(OPEN.levels, 4) and of(again, "ann").elsewhere


def test_graded_again_a_mark_is_kept_and_waits_to_be_looked_at(course, store):
    ann = of(store, "ann")
    store.set_mark(ann.id, OPEN, FULL, "g")
    in_formgrader(course, needs_manual_grade=True)  # as autograde does where there was a mark
    assert of(store, "ann").again and of(store, "ann").waits
    store.set_mark(ann.id, FULL, FULL, "g")
    assert not of(store, "ann").waits and in_gradebook(course) == (5.0, False, None)


def test_undo_goes_back_step_by_step_and_stops_at_what_others_changed(course, store):
    ann, bob = of(store, "ann"), of(store, "bob")
    store.set_mark(ann.id, OPEN, FULL, "g")
    store.set_mark(bob.id, OPEN, Mark(OPEN.levels, 1.0), "g")
    store.set_mark(bob.id, Mark(OPEN.levels, 1.0), Mark(OPEN.levels, 1.5), "g")  # typed on: one change
    for before, after in (("", "S"), ("S", "So"), ("So", "So.")):
        store.set_comment(ann.id, before, after, "g")
    store.set_mark(ann.id, FULL, HALF, "other")
    undone, field = store.undo("g")
    assert (undone.student, field, undone.comment, undone.mark) == ("ann", "comment", "", HALF)
    undone, field = store.undo("g")
    assert (undone.student, undone.mark) == ("bob", OPEN) and in_gradebook(course, "bob") == (None, True, None)
    with pytest.raises(Changed):  # ann's is another's now
        store.undo("g")
    assert in_gradebook(course)[0] == 4
    with pytest.raises(NoAnswer, match="nothing to undo"):
        store.undo("g")
    assert store.undo("other")[0].mark == FULL


def test_what_a_removed_student_left_goes_with_the_student(course, store):
    store.set_mark(of(store, "ann").id, OPEN, FULL, "g")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.remove_student("ann")
    again = open_store("toy", course)[0]
    with again.engine.connect() as connection:
        assert connection.execute(CHOICES.select()).all() == []
    with pytest.raises(NoAnswer):
        store.answer("nobody")


def grades_at_once(store: Store, grader: str, given: list[tuple[str, Mark]], lost: list[str]) -> None:
    """Every answer there is, read and marked, again and again; what was told to have gone wrong is tried anew."""
    for round_ in range(10):
        for name in [answer.id for answer in queue(store.answers(), "reflection_1", grader)]:
            mark = Mark(OPEN.levels, (round_ % 5) + (0.5 if grader == "a" else 0.0))
            while True:
                try:
                    before = store.answer(name).mark
                    if before != mark:
                        store.set_mark(name, before, mark, grader)
                        given.append((name, before, mark))
                    break
                except Changed:
                    lost.append(name)


def test_of_two_graders_at_once_every_mark_was_made_from_the_one_before(course):
    """The changes of one answer form a chain: no mark was written over unseen."""
    given, lost = {"a": [], "b": []}, []
    stores = [(grader, open_store("toy", course)[0]) for grader in given]
    both = [threading.Thread(target=grades_at_once, args=(one, who, given[who], lost)) for who, one in stores]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    steps = given["a"] + given["b"]
    for answer in stores[0][1].answers():
        left = [(before, after) for name, before, after in steps if name == answer.id]
        starts, ends = [b for b, _ in left] + [answer.mark], [OPEN] + [a for _, a in left]
        assert len(left) >= 10 and sorted(map(repr, starts)) == sorted(map(repr, ends))


# ---- who sees what -----------------------------------------------------------------------------------------


def test_a_grader_has_an_order_of_their_own_that_stays_and_some_are_left_out(store):
    orders = [[one.id for one in queue(store.answers(), "reflection_1", grader)] for grader in "abcdefabcdef"]
    assert orders[:6] == orders[6:] and len({*map(tuple, orders)}) > 1
    assert {one.student for one in queue(store.answers(), "reflection_1", "a", {"ann"})} == {"bob", "cid", "dan"}


def test_what_was_said_before_is_offered_again_the_most_frequent_first(store):
    for student, words in {"ann": "Why?\nHow?", "bob": "How?", "cid": "How?\n\nWhen?"}.items():
        store.set_comment(of(store, student).id, "", words, "g")
    assert used_before(store.answers(), "reflection_1") == ["How?", "When?", "Why?"]


def test_the_room_tells_no_name(course):
    room = Room("toy", course)
    ann = of(room.store, "ann").id
    told = json.dumps([room.questions(), room.question("reflection_1"), room.queue("reflection_1", "g")])
    told += json.dumps({**room.answer(ann), "html": ""})
    assert not any(student in told for student in STUDENTS)
    assert room.questions()["questions"] == [{"name": "reflection_1", "title": "reflection 1", "all": 4, "waiting": 4}]


def test_an_answer_is_cleaned_and_one_beside_its_cell_is_shown(course):
    nb = marking.answered(hints.ELSEWHERE + "in a cell below.*")
    own = nbformat.v4.new_markdown_cell("It was **me** <b onclick='x()'>b</b>.\n\n<script>alert(1)</script>", id="own")
    nb.cells.insert(nb.cells.index(toy.find(nb, "reflection_1")) + 1, own)
    nb.cells.append(
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", {"image/png": "AAAA"})])
    )
    marking.hand_in(course, {"ann": nb})
    room = Room("toy", course)
    told = room.answer(of(room.store, "ann").id)
    assert "<strong>me</strong>" in told["html"] and "<script" not in told["html"] and "onclick" not in told["html"]
    assert [one["address"] for one in told["pictures"]] == [f"/picture/{told['id']}/0"]
    assert room.picture(told["id"], 0).data == "AAAA" and room.picture(told["id"], 1) is None


@pytest.mark.parametrize("raw", [None, b"{", b'{"cells": []}', b'{"cells": [], "metadata": {}}'])
def test_a_graded_notebook_that_is_gone_is_said_without_a_name(course, raw):
    path = course / "autograded/ann/toy/toy.ipynb"
    path.unlink()
    if raw is not None:
        path.write_bytes(raw)
    room = Room("toy", course)
    with pytest.raises(Sentence, match="run `course grade toy` again") as said:
        room.answer(of(room.store, "ann").id)
    assert "ann" not in str(said.value)


def test_a_plot_that_is_no_picture_is_an_empty_one():
    assert bytes_of(Picture("", "image/png", "A")) == ("image/png", b"")
    assert bytes_of(Picture("", "image/png", "!" * 500_000)) == ("image/png", b"")


def test_what_is_missing_is_said_in_a_sentence(course):
    with pytest.raises(Sentence, match="There is no reflection 'x'. There are: reflection_1."):
        open_store("toy", course, "x")
    with pytest.raises(NotBuilt, match="source/other/other.ipynb is missing"):
        open_store("other", course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for student in (*STUDENTS, "eve"):
            gradebook.remove_student(student)
    with pytest.raises(NothingToGrade, match="run `course grade toy` first"):
        open_store("toy", course)
    (course / "gradebook.db").unlink()
    with pytest.raises(NotBuilt, match="There is no gradebook yet"):
        open_store("toy", course)
    assert not (course / "gradebook.db").exists()


# ---- hints -------------------------------------------------------------------------------------------------

PRINTED = "lab alpha_bar_T = 0.0056  root 0.075\nloss 0.326, floor 0.312, gap 0.013\nafter 1,000 steps 0.612"
NUMBERS = {
    "a power of ten": ("0.056 is left", [("0.056", "0.0056")]),
    "two changed places": ("the loss fell to 0.362 at last", [("0.362", "0.326")]),
    "of that name": ("the floor is 0.45", [("0.45", "0.312")]),
    "rounded": ("0.33, 0.31, 0.61 and 0.006", []),
    "cut": ("0.61 and 0.32", []),
    "in per cent": ("7.5 % or 32.6 %", []),
    "known to all": ("smoothing of 0.236", []),
    "of another run": ("losses of 0.648 and 0.646 then", []),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number_that_contradicts_the_output_is_named_with_the_outputs(case):
    words, found = NUMBERS[case]
    assert list(hints.contradictions(words, PRINTED, "smoothing=0.236")) == found


def test_short_answers_and_near_copies_are_hints_and_set_no_mark(store):
    (short,) = hints.of_answer("Because it is so.", "", "")
    assert short.words == "Very short: 4 words." and hints.of_answer(WORDS * 2, "0.326", "") == []
    own = (
        "the steps at large t decide where a point will end, and only the last ones how thin the arm becomes in the end"
    )
    words = {"a": f"I saw that {own}.", "b": f"We\nsaw that {own}!", "c": WORDS, "d": "Short."}
    found = hints.copies(words, store.rubrics["reflection_1"])
    assert {name: [hint.other for hint in told] for name, told in found.items()} == {"a": ["b"], "b": ["a"]}
    assert all(answer.waits for answer in store.answers())


def test_the_model_answers_themselves_contradict_nothing():
    nb = nbformat.read(ROOT / f"solutions/{ASSIGNMENTS[0]}/{ASSIGNMENTS[0]}.ipynb", 4)
    found = [one for one in rubric.rubrics(ASSIGNMENTS[0], ROOT).values() if one.name.startswith("reflection")]
    assert found and [hints.of_answer(one.model, printed(nb.cells), one.question) for one in found] == [[]] * len(found)


# ---- as a sheet --------------------------------------------------------------------------------------------


def edited(path: Path, **changes: dict[str, str]) -> None:
    """The sheet as a spreadsheet would save it, with cells changed by a word of the answer's text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = file.read()
    rows = list(csv.DictReader(io.StringIO(lines), delimiter=max(",;", key=lines.partition("\n")[0].count)))
    for row in rows:
        for word, cells in changes.items():
            if word in row["text"]:
                row |= cells
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, rows[0], delimiter=";")
        table.writeheader()
        table.writerows(rows)


def test_a_sheet_takes_marks_out_and_in(course, store):
    path = course / "sheet.csv"
    assert sheet.write(path, "toy", root=course).startswith("4 answers: ")
    assert path.stat().st_mode & 0o077 == 0 and not any(f",{who}" in path.read_text() for who in STUDENTS)
    items = {"item 1": "full", "item 2": "Half", "item 3": "full"}
    edited(
        path, ann=items | {"comment": "=1+1\nSay how."}, bob={"mark": "2,5"}, cid={"mark": "5.5"}, dan={"answer": "x"}
    )
    changed, *refused = sheet.take(path, "toy", course)
    assert changed == "2 answers changed." and len(refused) == 2
    assert any("A mark here is a number from 0 to 5" in said for said in refused)
    assert any("There is no such answer" in said for said in refused)
    assert in_gradebook(course) == (4.0, False, "=1+1\nSay how.") and in_gradebook(course, "bob")[0] == 2.5
    assert in_gradebook(course, "cid") == (None, True, None)
    edited(path, ann=items | {"item 2": "none"}, bob={"mark": "3"})  # the same file goes on
    store.set_mark(of(store, "bob").id, of(store, "bob").mark, Mark((None,) * 3, 1.0), "somebody else")
    changed, *refused = sheet.take(path, "toy", course)
    assert changed == "1 answer changed." and any("changed meanwhile" in said for said in refused)
    sheet.write(path, "toy", "reflection_1", course)
    assert "'=1+1" in path.read_text() and ",5: 2 + 2 + 1," in path.read_text()
    assert list(sheet.take(path, "toy", course)) == ["0 answers changed."]
    assert in_gradebook(course)[2] == "=1+1\nSay how."


def test_nothing_in_a_sheet_computes(course):
    marking.hand_in(
        course, {"ann": marking.answered('=HYPERLINK("http://x.invalid")'), "bob": marking.answered("@SUM(1)")}
    )
    sheet.write(course / "s.csv", "toy", root=course)
    with (course / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell.strip().startswith(tables.COMPUTES)] == [] and "'@SUM(1)" in cells


def test_a_row_that_was_marked_on_the_page_since_is_refused_by_its_number(course, store):
    path = course / "sheet.csv"
    sheet.write(path, "toy", root=course)
    store.set_mark(of(store, "ann").id, OPEN, FULL, "g")
    edited(path, ann={"mark": "1"}, bob={"item 1": "most"})
    changed, *refused = sheet.take(path, "toy", course)
    assert changed == "0 answers changed." and in_gradebook(course)[0] == 5
    assert sorted(said.partition(": ")[2] for said in refused) == [
        "'most' is not one of full, half, none.",
        "This answer was changed meanwhile, by another grader or in formgrader.",
    ]
    assert all(said.startswith("Refused row ") for said in refused)


def test_the_command_writes_and_takes_a_sheet_and_fails_where_a_row_was_refused(course, monkeypatch):
    monkeypatch.setattr(cli, "ROOT", course)
    monkeypatch.setattr(cli, "known", str)
    path = str(course / "s.csv")
    assert CliRunner().invoke(cli.app, ["reflections", "toy", "--out", path]).exit_code == 0
    edited(Path(path), ann={"mark": "2"}, bob={"mark": "6"})
    done = CliRunner().invoke(cli.app, ["reflections", "toy", "--in", path])
    assert done.exit_code == 1 and done.output.startswith("1 answer changed.\nRefused row ")
    assert in_gradebook(course)[0] == 2


def test_what_is_no_sheet_is_said(course):
    for raw, words in (
        (b"a,b\n1,2\n", "has no column answer, comment"),
        (b"\xff\xfe\x00", "cannot be read as a sheet"),
    ):
        (course / "s.csv").write_bytes(raw)
        with pytest.raises(Sentence, match=words):
            list(sheet.take(course / "s.csv", "toy", course))


# ---- what students see of it -------------------------------------------------------------------------------


def test_the_feedback_page_says_what_was_found_and_both_ways_to_write_it_agree(course, store):
    store.set_mark(of(store, "ann").id, OPEN, HALF, "g")
    store.set_mark(of(store, "bob").id, OPEN, Mark(OPEN.levels, 3.0), "g")
    ann, bob = (path.read_text("utf-8") for path in write_pages("toy", ["ann", "bob"], course))
    assert "What was found" in ann and '<span class="gain">1 of 2</span>' in ann and "<em>why</em>" in ann
    assert "What was found" not in bob and "3 of 5" in bob
    marks.feedback("toy", course)
    assert (course / "feedback/ann/toy/toy.html").read_text("utf-8") == ann


def test_the_bundled_class_is_marked_by_what_the_page_calls(course, monkeypatch):
    monkeypatch.setitem(LESS, "bob", (0, "none", "No."))
    said = "4 reflections of toy marked as their page marks them: 18 of 20 points."
    assert mark_class("toy", course) == said == mark_class("toy", course)
    assert in_gradebook(course, "bob") == (3.0, False, "No.") and in_gradebook(course)[0] == 5
