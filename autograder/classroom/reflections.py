"""Marks of the bundled class's reflections, given as the page of `course reflections` gives them."""

from __future__ import annotations

from pathlib import Path

from autograder.gradebook.settings import excluded
from autograder.reflections.room import open_store
from autograder.reflections.rubric import LEVELS, Rubric
from autograder.reflections.store import Mark
from autograder.sentences import NothingToGrade

GRADER = "demo"
# Of whom which item is less than full, and what is said; whoever is not named gets all.
LESS = {
    "otherwise": (-1, "half", "Nearly: the last point needs a number of your own run."),
    "nearly": (0, "half", "Say what the numbers mean, too."),
    "wrong": (0, "none", "The first point is missing."),
}


def mark_class(assignment: str, root: Path) -> str:
    """Mark every answer that waits; what was given, in a sentence."""
    try:
        store, coursedir = open_store(assignment, root)
    except NothingToGrade as nothing:
        return str(nothing)
    without = excluded(coursedir)
    found = [answer for answer in store.answers() if answer.student not in without]
    given = most = 0.0
    for answer in found:
        rubric = store.rubrics[answer.question]
        mark, comment = mark_of(answer.student, rubric)
        answer = store.set_mark(answer.id, answer.mark, mark, GRADER)
        store.set_comment(answer.id, answer.comment, comment, GRADER)
        given, most = given + (answer.score or 0.0), most + rubric.most
    return f"{len(found)} reflections of {assignment} marked as their page marks them: {given:g} of {most:g} points."


def mark_of(student: str, rubric: Rubric) -> tuple[Mark, str]:
    place, word, comment = LESS.get(student, (0, "full", ""))
    levels: list[float | None] = [1.0] * len(rubric.items)
    levels[place] = LEVELS[word]
    return Mark(tuple(levels)), comment
