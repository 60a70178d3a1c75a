"""What a check is worth: the parts of each TODO, what the court makes of them, and the contract that they charge."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from autograder import variants
from autograder.checks import checks_of, todos_of
from autograder.judge.court import Court
from autograder.verdict import KEEPS, WITHHELD, Check
from course_config import ASSIGNMENTS, ROOT

TODOS = [pytest.param(*pair, id="/".join(pair)) for pair in variants.TODOS]


def parts(assignment: str, todo: str) -> dict[str, list[float]]:
    """The points of a TODO's checks, part by part."""
    found: dict[str, list[float]] = {"whole": [], "facet": [], "form": [], "device": []}
    for check in checks_of(assignment).values():
        if check.todo == todo:
            found[check.part].append(check.points)
    return found


@pytest.mark.parametrize(("assignment", "todo"), TODOS)
def test_the_parts_of_a_todo_keep_every_mistake_within_its_bounds(assignment, todo):
    """Whatever fails the whole result is fatal enough, whatever is form alone is minor."""
    found = parts(assignment, todo)
    most = sum(map(sum, found.values()))
    (whole,) = found["whole"]
    assert (most - whole) / most <= KEEPS["fatal"][1]
    assert (most - sum(found["form"])) / most >= KEEPS["minor"][0]
    assert (most - sum(found["device"])) / most <= KEEPS["major"][1] or not found["device"]
    assert all(points * 8 % 1 == 0 for part in found.values() for points in part)  # sums are exact


def verdict_on(*failed: str, part: str = "facet") -> dict[str, tuple[bool, float, str]]:
    """What a court makes of checks of which some, and one of this part, fail."""
    checks = {
        "test_all": Check("f", 6, "whole", print),
        "test_that": Check("f", 2, part, print),
        "test_this": Check("f", 1, "facet", print),
        "test_list": Check("f", 1, "form", print),
        "test_g": Check("g", 5, "whole", print),
    }
    court = Court.__new__(Court)
    court.run = SimpleNamespace(lost={})
    court.checks, court.results = checks, {name: (name not in failed, "no" * (name in failed)) for name in checks}
    return {c["name"]: (c["passed"], c["points"], c["message"]) for t in court.todos().values() for c in t["checks"]}


def test_a_wrong_facet_withholds_the_whole_result_of_its_own_todo():
    got = verdict_on("test_this")
    assert got["all"] == (False, 0, f"{WITHHELD}: this.") and got["this"] == (False, 0, "no")
    assert got["that"] == (True, 2, "") and got["list"] == (True, 1, "") and got["g"] == (True, 5, "")


@pytest.mark.parametrize("failed", [("test_all", "test_that", "test_this"), ("test_that",)])
def test_where_most_is_wrong_the_form_of_it_does_not_count(failed):
    got = verdict_on(*failed)
    assert got["list"] == (False, 0, f"{WITHHELD}, and most of its parts are not.") and got["g"] == (True, 5, "")


@pytest.mark.parametrize("part", ["form", "device"])
def test_form_and_device_cost_only_themselves(part):
    got = verdict_on("test_that", part=part)
    assert got["all"] == (True, 6, "") and got["that"] == (False, 0, "no")


def test_a_whole_result_that_fails_keeps_its_own_sentence():
    assert verdict_on("test_all", part="facet")["all"] == (False, 0, "no")


# --- the contract


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_contract_has_an_entry_for_each_todo_in_the_order_of_the_text(assignment):
    text = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    entries = text.split(f"\n## {assignment}\n")[1].split("\n## ")[0]
    assert re.findall(r"^\*\*(\w+)", entries, re.M) == list(todos_of(assignment))
    for entry in re.split(r"^\*\*", entries, flags=re.M)[1:]:
        assert "Fixed: " in entry and re.search(r"Free:\s", entry), entry
