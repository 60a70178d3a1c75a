"""Who is in the class, and which of them a file name or a row of a sheet means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from nbgrader.api import Gradebook

from autograder.gradebook.address import file_of
from autograder.gradebook.handed_in import MOST_LETTERS, wrong_with
from autograder.gradebook.settings import course
from autograder.lms.names import Row, key


class Person(NamedTuple):
    """A student as nbgrader's gradebook has one."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def is_other(self, row: Row) -> bool:
        """Whether a row says of anything that is known that it is otherwise."""
        both = ((self.email, row.email), (self.lms_user_id, row.lms_user_id), (key(self.name), key(row.name)))
        return any(mine and others and mine != others for mine, others in both)

    def over(self, before: Person) -> Person:
        """With what was known before where this says nothing."""
        return Person(*(new or old for new, old in zip(self, before, strict=True)))

    @property
    def is_bare(self) -> bool:
        """Nothing but the id is known, as of one who was graded before any roster came."""
        return not any(self[1:])


def known(root: Path | None = None) -> list[Person]:
    """Everybody in the gradebook; nobody where there is none, which opening one would make."""
    coursedir, _ = course(root)
    if (file := file_of(coursedir)) and not file.exists():
        return []
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return [person_of(student) for student in gradebook.students]


def person_of(student: Any) -> Person:
    """Of nbgrader's row, or of another that has these parts."""
    return Person(student.id, *(getattr(student, part) or "" for part in Person._fields[1:]))


class People:
    """A class, to find someone in."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.by: dict[str, dict[Hashable, list[Person]]] = {"number": {}, "email": {}, "id": {}, "name": {}}
        for one in people:
            said = {"number": one.lms_user_id, "email": one.email.casefold(), "id": one.id, "name": key(one.name)}
            for what, value in said.items():
                self.by[what].setdefault(value, []).append(one)

    def alike(self, *, lms_user_id: str = "", email: str = "", id: str = "", name: str = "") -> list[Person]:
        """Whom the first of these means that means anyone."""
        ways = (("number", lms_user_id), ("email", email.casefold()), ("id", id), ("name", key(name)))
        return next((found for what, value in ways if value and (found := self.by[what].get(value, []))), [])

    def of_row(self, row: Row) -> list[Person]:
        """Whom a row of a sheet means. An id or a name alone tells nobody from one with another address or number."""
        if row.own_id:
            return self.alike(id=row.own_id)
        sure = self.alike(lms_user_id=row.lms_user_id, email=row.email)
        like = [*(one for name in row.ids for one in self.alike(id=name)), *self.alike(name=row.name)]
        return sure or list(dict.fromkeys(one for one in like if not one.is_other(row)))


def with_ids(
    rows: list[Row], people: Iterable[Person], folders: Iterable[str] = ()
) -> tuple[list[tuple[Row, Person]], list[str]]:
    """Rows and their students, each under the id that is theirs already, or else the best that no other has; and a
    sentence for each who can have none.

    An id that was graded or collected under before any roster came is its student's: `folders` are those in submitted/.
    """
    known = {person.id: person for person in people}
    bare = {name for name, person in known.items() if person.is_bare} | (set(folders) - known.keys())
    others, taken = People(person for person in known.values() if not person.is_bare), known.keys() - bare
    shared = {name for name, times in Counter(name for row in rows for name in set(row.ids)).items() if times > 1}
    found: dict[str, tuple[Row, Person]] = {}
    said: list[str] = []
    for row in rows:
        free = [name for name in row.ids if name not in taken | found.keys() | shared and not wrong_with(name)]
        ids = [*same(row, others), *(name for name in free if name in bare), *free]
        if not ids or ids[0] in found:
            said.append(f"{row.name or row.email or 'A row without a name'} is left out: {why_none(row)}.")
            continue
        details = (row.first_name, row.last_name, row.email, row.lms_user_id)
        told = Person(ids[0], *(part[:MOST_LETTERS] for part in details))
        found[ids[0]] = row, told.over(known.get(ids[0], told))
    return list(found.values()), said


def same(row: Row, people: People) -> list[str]:
    """The id of the one whom a row means; none for who is new."""
    if row.own_id:
        return [] if wrong_with(row.own_id) else [row.own_id]
    found = people.of_row(row)
    return [found[0].id] if len(found) == 1 else []


def why_none(row: Row) -> str:
    wrong = [f"{name!r} {why}" for name in row.ids if (why := wrong_with(name))]
    used = [f"{name!r} is another row's as well, or another's in the gradebook" for name in row.ids]
    return ", ".join(wrong or used[:1]) or "nothing in the row could be an id"
