"""Two mistakes at once cost what they cost alone: in different TODOs each its own, in one TODO no more than both."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

import pytest

from autograder import variants
from autograder.judge.forks import Parent
from autograder.variants import BANK, Result, Solution, Variant
from autograder.verdict import TodoResult
from course_config import ASSIGNMENTS

CHAFFS = [variant for variant in variants.find(BANK) if variant.kind == "chaff"]
DOUBLES = variants.find(Path(__file__).parent / "doubles")
SUBMISSIONS = 60

# Doubles that lose less than the worse of their two mistakes does, for these hide each other: file -> why.
CANCEL: dict[str, str] = {}


@pytest.fixture(scope="module")
def solutions():
    with Parent() as parent:
        yield {assignment: Solution(assignment, parent) for assignment in ASSIGNMENTS}


@pytest.fixture(scope="module")
def alone(solutions):
    """What becomes of one variant by itself, judged once."""

    @cache
    def judged(variant: Variant) -> Result:
        return solutions[variant.assignment].judge(variant, all_todos=False)

    return judged


@pytest.fixture(scope="module")
def in_the_notebook(solutions):
    """What one variant keeps with the notebook's later cells run as well: what it remembers of them may show."""

    @cache
    def points(variant: Variant) -> float:
        solution, todo = solutions[variant.assignment], variant.todo
        cells = solution.cells_with({todo: variant.path.read_text()}, todo)
        return solution.judge_cells(cells, {todo})["todos"][todo]["points"]

    return points


def tenth(cases: list) -> list:
    """Every tenth case is run by `make test`, the others by `make test-long`."""
    marks = {True: pytest.mark.slow, False: pytest.mark.long}
    return [pytest.param(case, marks=marks[n % 10 == 0]) for n, case in enumerate(cases)]


def words(variant: Variant) -> str:
    _, expected = variants.expected_words(variant.path)
    return expected


def first_message(todo: TodoResult) -> str:
    return next((check["message"] for check in variants.failures(todo)), "")


# --- in different TODOs


def place(variant: Variant) -> str:
    """Its TODO; forward_network and backward_network are one, since a variant's file defines both."""
    return variant.todo.replace("backward_network", "forward_network")


def drawn(number: int) -> list[Variant]:
    """Two to four wrong variants of different TODOs, in the notebook's order."""
    draw = random.Random(number)
    assignment = ASSIGNMENTS[number % len(ASSIGNMENTS)]
    here = [chaff for chaff in CHAFFS if chaff.assignment == assignment]
    places = draw.sample(sorted({place(chaff) for chaff in here}), draw.randint(2, 4))
    chosen = [draw.choice([chaff for chaff in here if place(chaff) == where]) for where in places]
    return sorted(chosen, key=lambda chaff: variants.TODOS.index((assignment, chaff.todo)))


@pytest.mark.parametrize("number", tenth(list(range(SUBMISSIONS))))
def test_each_todo_loses_what_its_own_mistake_costs(number, solutions, in_the_notebook):
    chaffs = {chaff.todo: chaff for chaff in drawn(number)}
    solution = solutions[next(iter(chaffs.values())).assignment]
    sources = {todo: chaff.path.read_text() for todo, chaff in chaffs.items()}
    verdict = solution.judge_cells(solution.cells_with(sources, min(sources, key=[*todos(solution)].index)), None)
    for todo, result in verdict["todos"].items():
        wanted = in_the_notebook(chaffs[todo]) if todo in chaffs else result["max"]
        assert result["points"] == wanted, (todo, chaffs.get(todo), first_message(result))
        assert todo not in chaffs or words(chaffs[todo]) in first_message(result), (todo, first_message(result))


def todos(solution: Solution) -> list[str]:
    return [todo for assignment, todo in variants.TODOS if assignment == solution.assignment]


# --- in one TODO


def held_by(double: Variant) -> list[Variant]:
    """The two of the bank whose mistakes it holds, as its head says."""
    names = re.search(r"^# holds: (\w+), (\w+)$", double.path.read_text(), re.MULTILINE).groups()
    folder = f"{double.assignment}/{double.todo}"
    return [next(chaff for chaff in CHAFFS if chaff.file == f"{folder}/{name}.py") for name in names]


def test_there_are_six_doubles_of_six_todos_an_assignment():
    for assignment in ASSIGNMENTS:
        assert len({double.todo for double in DOUBLES if double.assignment == assignment}) == 6
    assert set(CANCEL) <= {double.file for double in DOUBLES}


@pytest.mark.parametrize("double", tenth(DOUBLES), ids=lambda double: double.file)
def test_two_mistakes_in_one_todo_lose_no_less_than_one_and_no_more_than_both(double, solutions, alone):
    result, single = alone(double), [alone(chaff) for chaff in held_by(double)]
    losses = [one.max - one.points for one in single]
    loss = result.max - result.points
    assert loss <= sum(losses), result.message
    assert loss >= max(losses) or double.file in CANCEL, result.message
    assert any(words(chaff) in result.message for chaff in held_by(double)), result.message
