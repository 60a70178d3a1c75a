"""What nbgrader's tables have no column for, in the same database: which items were chosen, and who changed what.

A mark and a comment stand where formgrader writes them. Rows here hang on a grade, and go with it: `open_tables` clears
away what a removed student left.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from nbgrader.api import Grade, Gradebook
from sqlalchemy import Boolean, Column, Engine, Float, Integer, MetaData, String, Table, Text, delete, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from autograder.gradebook.marks import rows_of

METADATA = MetaData()
CHOICES = Table(
    "reflection_choice",
    METADATA,
    Column("grade", String(32), primary_key=True),
    Column("rubric", Text, nullable=False),  # JSON: criterion, points and level of each
    Column("number", Float),  # a mark in the place of the items' sum
    Column("score", Float),  # what went to the gradebook with it: another one there was given elsewhere
)
CHANGES = Table(
    "reflection_change",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("grade", String(32), nullable=False),
    Column("grader", String(64), nullable=False),
    Column("field", String(8), nullable=False),  # "mark" or "comment"
    Column("before", Text, nullable=False),  # JSON, as `after`
    Column("after", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("undone", Boolean, nullable=False, default=False),
)


class Chosen(NamedTuple):
    """One item of a rubric, as a grader decided it."""

    criterion: str
    points: float
    level: float | None

    @property
    def given(self) -> float:
        return self.points * (self.level or 0.0)


def open_tables(engine: Engine) -> None:
    """Make them where they are not there yet, and clear away what belongs to no grade any more."""
    try:
        METADATA.create_all(engine)
    except SQLAlchemyError:  # two graders began at once: the other one's are there now
        METADATA.create_all(engine)
    with engine.begin() as connection:
        for table in (CHOICES, CHANGES):
            connection.execute(delete(table).where(table.c.grade.not_in(select(Grade.__table__.c.id))))


def read_items(text: str) -> list[Chosen]:
    return [Chosen(*item) for item in json.loads(text)]


def chosen(gradebook: Gradebook, assignment: str) -> dict[tuple[str, str], list[Chosen]]:
    """The items that make a mark, by student and reflection; only of marks that are their sum still."""
    if not inspect(gradebook.engine).has_table(CHOICES.name):
        return {}
    rows: Any = rows_of(gradebook, assignment, Grade, CHOICES.c.rubric)
    rows = rows.join(CHOICES, CHOICES.c.grade == Grade.id)
    rows = rows.filter(CHOICES.c.number == None, CHOICES.c.score == Grade.manual_score)  # noqa: E711
    return {(student, cell): read_items(text) for student, cell, text in rows}
