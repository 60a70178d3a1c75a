"""An answer in words that stands beside its cell is left to a grader; of a cell without any answer nothing is said."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.gradebook import mend as mending
from autograder.gradebook.mend import mend
from autograder.tests import toy
from autograder.tests.test_mend import earlier_release, mended

WORDS = "It is so, because noise adds up, and variances with it."


def unanswered(**sources):
    """The submission with its reflection as it was handed out, and with other texts in some cells."""
    nb = toy.submission()
    for name, source in ({"reflection_1": toy.STUBS["reflection_1"]} | sources).items():
        toy.find(nb, name).source = source
    return nb


def with_own(cell, at):
    nb = unanswered()
    nb.cells.insert([c.id for c in nb.cells].index("reflection_1") + at, cell)
    return nb


def without_reflection(nb):
    nb.cells = [cell for cell in nb.cells if cell.id != "reflection_1"]
    return nb


@pytest.mark.parametrize(
    ("where", "nb"),
    [
        ("in a cell below", with_own(new_markdown_cell(WORDS), 1)),
        ("in a cell above", with_own(new_markdown_cell(WORDS), 0)),
        ("in a cell above", with_own(new_markdown_cell(WORDS), -1)),
        ("in a cell below", with_own(nbformat.v4.new_raw_cell(WORDS), 1)),
        ("in a cell below", with_own(new_markdown_cell("![](attachment:x.png)"), 1)),
        ("in a cell below", with_own(new_code_cell(f"# {WORDS}"), 1)),
        ("in a cell below", with_own(new_code_cell(f'answer = """{WORDS}\n{WORDS}"""'), 1)),
        ("in a cell below", with_own(new_code_cell(f"a = 1  # {WORDS[:24]}\n# {WORDS[24:]}"), 1)),
        ("in the question's cell", unanswered(question=f"Why?\n\n{WORDS}")),
        ("in the question's cell", unanswered(question="Because!")),
        ("in the question's cell", without_reflection(unanswered(question=f"Why?\n\n{WORDS}"))),
    ],
)
def test_an_answer_in_words_beside_its_cell_is_left_to_a_grader(where, nb):
    made, said = mended(nb)
    assert toy.find(made, "reflection_1").source == mending.WORDS_ELSEWHERE.format(where)
    assert said[-1] == f"{mending.MOVED_WORDS}: reflection_1."


@pytest.mark.parametrize(
    "nb",
    [
        unanswered(),
        unanswered(question="Why?  "),
        unanswered(end=WORDS, title=WORDS),
        with_own(new_markdown_cell(" \n"), 1),
        with_own(new_code_cell("plt.plot(losses)  # T = 200\nplt.title('losses of all the steps', c='#ff0000')"), 1),
        earlier_release(),
    ],
)
def test_an_unanswered_question_with_nothing_near_it_stays_as_handed_out(nb):
    made, said = mended(nb)
    assert toy.find(made, "reflection_1").source == toy.STUBS["reflection_1"]
    assert not any(sentence.startswith(mending.MOVED_WORDS) for sentence in said)


def test_a_comment_in_the_code_above_the_question_may_be_the_answer():
    release = toy.release()
    release.cells.insert(-3, release.cells.pop(5))
    nb = copy.deepcopy(release)
    toy.find(nb, "plot").source += f"\n# {WORDS}"
    nb.cells.append(new_markdown_cell(WORDS))
    made, said = mend(json.dumps(nb).encode(), release)
    wanted = mending.WORDS_ELSEWHERE.format("in a comment above the question")
    assert [cell.id for cell in made.cells[-5:-1]] == ["plot", "question", "reflection_1", "end"]
    assert toy.find(made, "reflection_1").source == wanted


def test_an_answer_in_its_cell_is_not_looked_for_elsewhere():
    nb = with_own(new_markdown_cell(WORDS), 1)
    toy.find(nb, "reflection_1").source = "No."
    assert toy.find(mended(nb)[0], "reflection_1").source == "No."
