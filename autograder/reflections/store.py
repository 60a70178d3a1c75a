"""Marks and comments of reflections, in nbgrader's gradebook as formgrader writes them, with a history to go back in.

Several graders may write at once, from one server or several, and in formgrader as well: each change says what it was
made from, and is refused where that stands there no more. So whoever comes second is told, and nothing is lost.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from nbgrader.api import Assignment, BaseCell, Comment, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from autograder.reflections.rubric import LEVELS, Rubric
from autograder.reflections.tables import CHANGES, CHOICES, Chosen, open_tables, read_items
from autograder.sentences import Sentence

Field = Literal["mark", "comment"]
GRADES, COMMENTS = Grade.__table__, Comment.__table__
SAID = BaseCell.__table__.alias()  # the cell that a comment hangs on: nbgrader has two of each reflection, by one name
MOST_COMMENT = 10_000  # letters
TYPING = {"comment": 30.0, "mark": 3.0}  # seconds in which keys in one field are one change, to go back over at once


class Mark(NamedTuple):
    """A level for each item of the rubric, None where it is open, or a number in the place of their sum."""

    levels: tuple[float | None, ...] = ()
    number: float | None = None

    def score(self, rubric: Rubric) -> float | None:
        return self.number if self.number is not None else rubric.score(self.levels)


class Answer(NamedTuple):
    """One answer, by nbgrader's id of its grade, which names nobody, and what was given for it."""

    id: str
    student: str
    question: str
    mark: Mark
    comment: str
    score: float | None
    elsewhere: bool  # the mark was given in formgrader, or by an earlier rubric
    again: bool  # it was graded anew since the mark was given
    extra: float  # credit that formgrader gives beyond the mark

    @property
    def waits(self) -> bool:
        return self.score is None or self.again


class Changed(Exception):
    """Somebody else was quicker; the answer is as they left it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("This answer was changed meanwhile, by another grader or in formgrader.")
        self.answer = answer


class NoAnswer(Sentence):
    """There is none of this id, or nothing to go back to."""


class NoMark(Sentence):
    """What was sent can be no mark or comment of this answer."""


class Store:
    """The answers of one assignment."""

    def __init__(self, engine: Engine, assignment: str, rubrics: Mapping[str, Rubric]) -> None:
        self.engine, self.assignment, self.rubrics = engine, assignment, rubrics
        open_tables(engine)

    # ---- reading

    def answers(self) -> list[Answer]:
        """All that a person marks: not the stubs that nobody touched, to which autograde gave 0."""
        with self.engine.connect() as connection:
            return [self.read(row) for row in connection.execute(self.rows()) if is_for_people(row)]

    def answer(self, name: str) -> Answer:
        with self.engine.connect() as connection:
            return self.find(connection, name)

    def is_of(self, name: str, grader: str) -> bool:
        """Whether an answer's mark and comment are as this grader, and nobody else since, left them."""
        with self.engine.connect() as connection:
            changes = select(CHANGES).where(CHANGES.c.grade == name).order_by(CHANGES.c.id.desc())
            found, answer = connection.execute(changes).all(), self.find(connection, name)
        last = {row.field: row for row in reversed(found)}
        mine = [row.grader == grader and not row.undone for row in last.values()]
        stands = [value_of(answer, row.field) == from_json(row.field, row.after) for row in last.values()]
        return bool(mine) and all(mine) and all(stands)

    def rows(self) -> Any:
        grade, comment = GRADES.c, COMMENTS.c
        columns = grade.id, grade.manual_score, grade.auto_score, grade.extra_credit, grade.needs_manual_grade
        added = comment.manual_comment, *CHOICES.c["rubric", "number", "score"]
        found = select(SubmittedAssignment.student_id, GradeCell.name.label("question"), *columns, *added)
        found = found.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        found = found.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        found = found.join(GRADES, grade.notebook_id == SubmittedNotebook.id)
        found = found.join(GradeCell, GradeCell.id == grade.cell_id)
        found = found.join(COMMENTS, comment.notebook_id == grade.notebook_id)
        found = found.join(SAID, (SAID.c.id == comment.cell_id) & (SAID.c.name == GradeCell.name))
        found = found.outerjoin(CHOICES, CHOICES.c.grade == grade.id)
        return found.where(Assignment.name == self.assignment, GradeCell.name.in_([*self.rubrics]))

    def find(self, connection: Connection, name: str) -> Answer:
        row = connection.execute(self.rows().where(GRADES.c.id == name)).first()
        if row is None:
            raise NoAnswer("There is no such answer any more: the gradebook has changed. Load the page again.")
        return self.read(row)

    def read(self, row: Row[Any]) -> Answer:
        rubric, given = self.rubrics[row.question], row.manual_score
        items = read_items(row.rubric) if row.rubric else []
        is_ours = [item[:2] for item in items] == [item[:2] for item in rubric.items] and row.score == given
        mark = Mark(tuple(item.level for item in items), row.number) if is_ours else self.blank(rubric, given)
        again = given is not None and bool(row.needs_manual_grade)
        elsewhere = given is not None and not is_ours
        told = row.id, row.student_id, row.question, mark, row.manual_comment or "", given
        return Answer(*told, elsewhere, again, row.extra_credit or 0.0)

    @staticmethod
    def blank(rubric: Rubric, number: float | None = None) -> Mark:
        return Mark((None,) * len(rubric.items), number)

    # ---- writing

    def set_mark(self, name: str, before: Mark, after: Mark, grader: str) -> Answer:
        """Put a mark in the place of the one that the grader saw.

        Raises:
            Changed: it is not there any more.
            NoMark: it is more than there is to have, or none at all.
        """

        def write(connection: Connection, answer: Answer) -> None:
            self.require_mark(answer, after)
            if answer.mark != before and answer.mark != after:
                raise Changed(answer)
            if answer.mark != after or answer.again:
                self.put_mark(connection, answer, after)
                note(connection, answer, "mark", after, grader)

        return self.change(name, write)

    def set_comment(self, name: str, before: str, after: str, grader: str) -> Answer:
        """The same for what is said to the student."""

        def write(connection: Connection, answer: Answer) -> None:
            if len(after) > MOST_COMMENT:
                raise NoMark(f"A comment has at most {MOST_COMMENT} letters.")
            if answer.comment not in (before, after):
                raise Changed(answer)
            if answer.comment != after:
                put_comment(connection, answer, after)
                note(connection, answer, "comment", after, grader)

        return self.change(name, write)

    def undo(self, grader: str) -> tuple[Answer, Field]:
        """Take back the last change of this grader's that was not taken back; what it was made to is said.

        Raises:
            NoAnswer: there is none.
            Changed: somebody changed that again since. It stays, and the next undo goes on before it.
        """
        with self.writing() as connection:
            mine = select(CHANGES).where(CHANGES.c.grader == grader, CHANGES.c.undone.is_(False))
            names = select(self.rows().subquery().c.id)
            last = connection.execute(mine.where(CHANGES.c.grade.in_(names)).order_by(CHANGES.c.id.desc())).first()
            if last is None:
                raise NoAnswer("There is nothing to undo: you changed nothing since.")
            connection.execute(update(CHANGES).where(CHANGES.c.id == last.id).values(undone=True))
            answer = self.lock(connection, last.grade)
            is_there = value_of(answer, last.field) == from_json(last.field, last.after)
            if is_there and last.field == "mark":
                self.put_mark(connection, answer, from_json("mark", last.before))
            elif is_there:
                put_comment(connection, answer, from_json("comment", last.before))
        now = self.answer(last.grade)
        if not is_there:
            raise Changed(now)
        return now, last.field

    def change(self, name: str, write: Callable[[Connection, Answer], None]) -> Answer:
        with self.writing() as connection:
            write(connection, self.lock(connection, name))
            return self.find(connection, name)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction in which nobody else changes what it has locked; SQLite locks the whole file."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def lock(self, connection: Connection, name: str) -> Answer:
        connection.execute(select(GRADES.c.id).where(GRADES.c.id == name).with_for_update())
        return self.find(connection, name)

    def require_mark(self, answer: Answer, mark: Mark) -> None:
        rubric = self.rubrics[answer.question]
        if len(mark.levels) != len(rubric.items) or not {*mark.levels} <= {None, *LEVELS.values()}:
            raise NoMark("The rubric of this question has changed: load the page again.")
        if mark.number is not None and not (math.isfinite(mark.number) and 0 <= mark.number <= rubric.most):
            raise NoMark(f"A mark here is a number from 0 to {rubric.most:g}.")

    def put_mark(self, connection: Connection, answer: Answer, mark: Mark) -> None:
        """As formgrader does, and beside it what the mark is made of."""
        rubric = self.rubrics[answer.question]
        score, here = mark.score(rubric), GRADES.c.id == answer.id
        waits = (GRADES.c.auto_score == None) if score is None else False  # noqa: E711
        connection.execute(update(GRADES).where(here).values(manual_score=score, needs_manual_grade=waits))
        pairs = zip(rubric.items, mark.levels, strict=True)
        chosen = json.dumps([Chosen(item.criterion, item.points, level) for item, level in pairs])
        connection.execute(delete(CHOICES).where(CHOICES.c.grade == answer.id))
        row = {"grade": answer.id, "rubric": chosen, "number": mark.number, "score": score}
        connection.execute(insert(CHOICES).values(row))


def is_for_people(row: Row[Any]) -> bool:
    return row.manual_score is not None or row.auto_score is None


def put_comment(connection: Connection, answer: Answer, text: str) -> None:
    notebook = select(GRADES.c.notebook_id).where(GRADES.c.id == answer.id).scalar_subquery()
    cells = select(SAID.c.id).where(SAID.c.name == answer.question)
    here = (COMMENTS.c.notebook_id == notebook) & COMMENTS.c.cell_id.in_(cells)
    connection.execute(update(COMMENTS).where(here).values(manual_comment=text or None))


# ---- the history


def note(connection: Connection, answer: Answer, field: Field, after: Any, grader: str) -> None:
    """Write down a change; keys that follow each other in one field are one."""
    before, now = value_of(answer, field), time.time()
    mine = select(CHANGES).where(CHANGES.c.grader == grader).order_by(CHANGES.c.id.desc())
    last = connection.execute(mine.limit(1)).first()
    here = answer.id, field, json.dumps(before), False
    goes_on = last is not None and (last.grade, last.field, last.after, last.undone) == here
    if last is not None and goes_on and now - last.at < TYPING[field] and is_typed(before, after):
        going_on = update(CHANGES).where(CHANGES.c.id == last.id)
        connection.execute(going_on.values(after=json.dumps(after), at=now))
        return
    row = {"grade": answer.id, "grader": grader, "field": field, "at": now, "undone": False}
    connection.execute(insert(CHANGES).values(row | {"before": json.dumps(before), "after": json.dumps(after)}))


def is_typed(before: Any, after: Any) -> bool:
    """Whether a value goes on from the one before it key by key: words, or a number that was begun."""
    return isinstance(after, str) or None not in (before.number, after.number)


def value_of(answer: Answer, field: str) -> Any:
    return answer.mark if field == "mark" else answer.comment


def from_json(field: str, text: str) -> Any:
    found = json.loads(text)
    return Mark(tuple(found[0]), found[1]) if field == "mark" else found
