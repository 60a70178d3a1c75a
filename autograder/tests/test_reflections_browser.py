"""The page of `course reflections` in real browsers: marking by keys, two graders at once, pages that die."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.feedback.write import write_pages
from autograder.reflections.room import open_store
from autograder.reflections.store import Mark
from autograder.tests import axe, marking, toy
from autograder.tests.test_nbgrader import CHROMIUM, tab  # noqa: F401 - a fixture
from autograder.tests.test_postgres import HOME, fresh_database, server  # noqa: F401 - a fixture
from autograder.tests.test_reflections import made  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
]
WORDS = "The noise of {} hides it, <b onclick='boom()'>so</b> <img src=x onerror='boom()'> $x_t$ is all there is."
MARKS = 200  # of each of two graders
SENT = "() => !Object.keys(localStorage).some((key) => key.startsWith('outbox '))"


def handed_in(root: Path, many: int) -> None:
    marking.hand_in(root, {f"s{number:03}": marking.answered(WORDS.format(number)) for number in range(many)})


@pytest.fixture
def course(made, tmp_path):  # noqa: F811
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    handed_in(tmp_path, 40)
    return tmp_path


def given(root: Path) -> dict[str, float | None]:
    """The marks in the gradebook, by answer."""
    return {answer.id: answer.score for answer in open_store("toy", root)[0].answers()}


def shown(page) -> str:
    """The id of the answer that a page shows."""
    return page.url.rpartition("/")[2]


def opened(page, address: str) -> None:
    page.goto(address, wait_until="networkidle")
    page.wait_for_function("location.hash.includes('/')")


def press(page, *keys: str) -> None:
    """Keys, and where the last one is Enter, wait for the next answer."""
    before = shown(page)
    for key in keys:
        page.keyboard.press(key)
    if keys[-1] == "Enter":
        page.wait_for_function("(id) => !location.hash.endsWith(id)", arg=before)
        page.wait_for_function("() => document.getElementById('answer').ariaBusy === 'false'")


def undo(page) -> str | None:
    """The field that `u` sets back, None where there is nothing more."""
    with page.expect_response("**/api/undo") as answer:
        press(page, "u")
    page.wait_for_function("() => document.getElementById('answer').ariaBusy === 'false'")
    if not answer.value.ok:
        return None
    field = answer.value.json()["field"]
    assert page.inner_text("#told") == f"Undone: the {field} of this answer"
    return field


# ---- one grader --------------------------------------------------------------------------------------------


def test_forty_answers_take_two_keys_each_and_one_page(course, tab):  # noqa: F811
    asked, faults = [], []
    tab.on("request", lambda request: request.resource_type == "document" and asked.append(request.url))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: message.type == "error" and faults.append(message.text))
    ways = {("Enter",): 5, ("q", "Enter"): 4, ("d", "Enter"): 4, ("3", "Enter"): 3, ("0", "Enter"): 0}
    expected = {}
    with marking.serving(course) as address:
        opened(tab, address)
        assert "token" not in tab.url
        for number in range(40):
            keys, mark = [*ways.items()][number % len(ways)]
            expected[shown(tab)] = mark
            press(tab, *keys)
        tab.wait_for_function(SENT)
        assert tab.inner_text("#progress") == "reflection 1: 40 of 44 marked"
    assert len(expected) == 40 and expected.items() <= given(course).items()
    assert len(asked) == 1 and faults == []


def with_second_question(nb: NotebookNode) -> NotebookNode:
    for name in ("question", "reflection_1"):
        nb.cells.append(toy.duplicate(nb, name))
    nb.cells[-1].id = nb.cells[-1].metadata.nbgrader.grade_id = "reflection_2"
    return nb


def test_behind_the_last_answer_of_a_question_enter_goes_to_the_next(tmp_path, tab):  # noqa: F811
    marking.release(tmp_path, source=with_second_question(toy.notebook(marking.SOURCE)))
    answers = {student: with_second_question(marking.answered(WORDS.format(student))) for student in ("ann", "bob")}
    marking.hand_in(tmp_path, answers)
    with marking.serving(tmp_path) as address:
        opened(tab, address)
        assert tab.locator("#questions option").all_inner_texts() == ["reflection 1 (0 of 2)", "reflection 2 (0 of 2)"]
        press(tab, "Enter")
        last = tab.url
        tab.keyboard.press("Enter")
        tab.get_by_text("reflection 1: all marked. Next: reflection 2 (0 of 2)").wait_for()
        tab.wait_for_function("() => document.getElementById('answer').ariaBusy === 'false'")
        assert tab.url == last and tab.locator("#questions option").first.inner_text() == "reflection 1 (2 of 2)"
        press(tab, "Enter")
        assert "#reflection_2/" in tab.url and tab.inner_text("#progress") == "reflection 2: 0 of 2 marked"
        press(tab, "3", "Enter")
        tab.keyboard.press("3")
        assert tab.inner_text("#progress") == "reflection 2: all marked, as all questions are"
        tab.wait_for_function(SENT)
    assert sorted(given(tmp_path).values()) == [3, 3, 5, 5]


def test_items_comments_numbers_and_undo_by_mouse_and_by_key(course, tab):  # noqa: F811
    with marking.serving(course) as address:
        opened(tab, address)
        first = shown(tab)
        tab.get_by_role("group", name="says why").get_by_label("half").check()
        assert tab.inner_text("#score") == "2 of 3 open"
        tab.get_by_label("Comment to the student").fill("Say how.")
        press(tab, "Escape", "Enter")
        tab.wait_for_function(SENT)
        assert given(course)[first] == 4
        tab.get_by_role("button", name="Say how.").click()
        press(tab, "9")
        assert "a number from 0 to 5" in tab.inner_text("#number-wrong")
        tab.keyboard.press("Backspace")
        press(tab, "2", ".", "5", "Escape", "q")
        tab.wait_for_function(SENT)
        assert "a mark of its own" in tab.inner_text("#told") and tab.inner_text("#score") == "2.5 of 5"
        second = shown(tab)
        assert given(course)[second] == 2.5
        said = {answer.id: answer.comment for answer in open_store("toy", course)[0].answers() if answer.comment}
        assert said == {first: "Say how.", second: "Say how."}
        undone = iter(lambda: undo(tab), None)
        fields = [field for field, _ in itertools.groupby(undone)]  # of slow keys each is undone by itself
        assert fields == ["mark", "comment", "mark", "comment", "mark"]
        assert "There is nothing to undo" in tab.inner_text("#told") and shown(tab) == first
    found = open_store("toy", course)[0].answers()
    assert not any(answer.score or answer.comment for answer in found)


def test_a_comment_still_on_its_way_is_offered_at_the_next_answer(course, tab):  # noqa: F811
    held = []
    tab.route("**/api/comment", lambda route: held.append(route))
    with marking.serving(course) as address:
        opened(tab, address)
        tab.get_by_label("Comment to the student").fill("Say how.")
        press(tab, "Escape", "Enter")
        assert tab.get_by_role("button", name="Say how.").count() == 1
        held.pop().continue_()
        tab.wait_for_function(SENT)


def test_the_page_reads_well_on_a_phone_by_light_and_in_the_dark(course, tab):  # noqa: F811
    nb = marking.answered("Short, <b>0.362</b>.")
    nb.cells.append(marking.drawn())
    marking.hand_in(course, {student: nb for student in ("ann", "bob", "cid", "dan")})
    with marking.serving(course) as address:
        opened(tab, address)
        store = open_store("toy", course)[0]
        ann = next(answer for answer in store.answers() if answer.student == "ann")
        store.set_comment(ann.id, "", "So.", "g")
        assert list(axe.problems(tab, f"{address}#reflection_1/{ann.id}")) == []
        assert tab.get_by_text("Very short").is_visible() and tab.locator("#pictures img").count() == 1
        store.set_mark(ann.id, ann.mark, Mark((1.0, 0.5, 0.0)), "g")
        assert [problem for page in write_pages("toy", ["ann"], course) for problem in axe.problems(tab, page)] == []


# ---- pages and servers that die ----------------------------------------------------------------------------


def kill(folder: Path) -> int:
    """kill -9 of the browser that keeps its things in this folder, which we started; of how many processes."""
    killed = 0
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in place.read_bytes():
                os.kill(int(place.parent.name), signal.SIGKILL)
                killed += 1
    return killed


def test_a_killed_page_loses_at_most_the_key_that_was_down(course, tmp_path_factory):
    """At the speed of a fast typist, ten keys a second: what is typed before an answer came waits for that."""
    from playwright.sync_api import Error, sync_playwright

    folder, words = tmp_path_factory.mktemp("profile"), "Say why the last step adds no noise, and which plot shows it"
    with marking.serving(course) as address, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=["--no-sandbox"])
        page = context.pages[0]
        opened(page, address)
        first = shown(page)
        press(page, "w", "Enter")
        second = shown(page)
        press(page, "d", "i")
        page.keyboard.type(words, delay=100)
        assert kill(folder)
        with pytest.raises(Error):
            page.wait_for_timeout(5000)
        found = {answer.id: answer for answer in open_store("toy", course)[0].answers()}
    assert found[first].score == 4 and found[second].mark == Mark((None, None, 0.0))
    assert words.startswith(found[second].comment) and len(found[second].comment) >= len(words) - 1


def test_what_is_given_offline_is_kept_and_sent_to_the_next_server(course, tab):  # noqa: F811
    context = tab.context.browser.new_context()
    page = context.new_page()
    with marking.serving(course) as address:
        opened(page, address)
        first = shown(page)
        press(page, "3")
        page.wait_for_function(SENT)
    press(page, "Escape", "Backspace", "s", "i")
    page.keyboard.type("Kept.")
    page.get_by_text("not sent yet: kept here").wait_for()
    assert given(course)[first] == 3
    page.close()  # and what was not sent waits for the next page at this address
    again = context.new_page()
    with marking.serving(course) as address:
        opened(again, address)
        again.wait_for_function(SENT)
    (answer,) = [answer for answer in open_store("toy", course)[0].answers() if answer.id == first]
    assert (answer.mark, answer.comment) == (Mark((None, 0.0, None)), "Kept.")


# ---- two graders -------------------------------------------------------------------------------------------


@pytest.fixture
def graders() -> Iterator[list]:
    """Pages of two browsers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        both = [playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) for _ in range(2)]
        yield [browser.new_page(viewport={"width": 1200, "height": 900}) for browser in both]
        for browser in both:
            browser.close()


def test_on_the_same_answer_the_second_is_told_and_chooses(course, graders):
    mine, other = graders
    with marking.serving(course) as address:
        opened(mine, address)
        name = shown(mine)
        opened(other, f"{address}#reflection_1/{name}")
        press(mine, "4")
        mine.wait_for_function(SENT)
        press(other, "1")
        other.get_by_text("There: 4. Yours: 1.").wait_for()
        assert given(course)[name] == 4
        other.get_by_role("button", name="Put mine in its place").click()
        other.wait_for_function(SENT)
        assert given(course)[name] == 1
        press(mine, "Escape", "Backspace")
        mine.get_by_text("There: 1. Yours: open, open, open.").wait_for()
        mine.get_by_role("button", name="Keep what is there").click()
        assert mine.locator("#conflict").is_hidden() and mine.inner_text("#score") == "1 of 5"
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            gradebook.find_grade_by_id(name).manual_score = 2.5
            gradebook.db.commit()
        press(other, "3")
        other.get_by_text("There: 2.5. Yours: 3.").wait_for()
    assert given(course)[name] == 2.5


@pytest.mark.long
@pytest.mark.parametrize("backend", ["SQLite", "PostgreSQL"])
def test_two_graders_give_200_marks_each_and_none_is_lost(backend, made, tmp_path, graders, request):  # noqa: F811
    """A server each; both write to one gradebook at once."""
    if backend == "PostgreSQL":
        if HOME is None:
            pytest.skip("PostgreSQL is not installed")
        address = fresh_database(request.getfixturevalue("server"))
        (tmp_path / "nbgrader_config.py").write_text(f"get_config().CourseDirectory.db_url = {address!r}\n")
        marking.release(tmp_path)
    else:
        shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    handed_in(tmp_path, 2 * MARKS + 20)
    before = given(tmp_path)
    mine: list[dict[str, float]] = [{}, {}]
    told = 0
    with marking.serving(tmp_path) as one, marking.serving(tmp_path) as two:
        for page, address in zip(graders, (one, two), strict=True):
            opened(page, address)
        for number in range(MARKS):
            digit = [str(number % 3 * 2 + who) for who in range(2)]  # never the same of both
            for who, page in enumerate(graders):
                mine[who][shown(page)] = float(digit[who])
                page.keyboard.press(digit[who])
            for page in graders:
                press(page, "Enter")
        for page in graders:
            page.wait_for_function(SENT)
            while page.locator("#conflict").is_visible():
                told += 1
                page.locator("#keep").click()
        after = given(tmp_path)
        both = mine[0].keys() & mine[1].keys()
        assert len(mine[0]) == len(mine[1]) == MARKS and len(both) == told
        assert after.keys() == before.keys() and max(filter(None, after.values())) <= 5
        for name, mark in after.items():
            assert mark in ([who[name] for who in mine if name in who] or [None])
        assert sum(mark is not None for mark in after.values()) == 2 * MARKS - told
        last = [[name for name in who if after[name] == who[name]][-1:-4:-1] for who in mine]
        for page, names in zip(graders, last, strict=True):
            for name in names:
                assert undo(page) == "mark"
                assert shown(page) == name
    undone = {name for names in last for name in names}
    assert {name for name, mark in given(tmp_path).items() if mark != after[name]} == undone
