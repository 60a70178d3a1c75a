"""An archive by whom its files belong to: what its names say, and which students of the class these are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from autograder.gradebook.handed_in import wrong_with
from autograder.lms import canvas, moodle
from autograder.lms.archive import Item
from autograder.lms.names import Owner, id_of, key
from autograder.lms.people import People, Person, known
from autograder.lms.roster import Sheet, people_of

LOOKED_FOR = (
    f"Looked for were {moodle.PLATFORM}'s names, {moodle.PATTERN} (Download all submissions), and {canvas.PLATFORM}'s, "
    f"{canvas.PATTERN} (Download Submissions)."
)
APART = "The platform's sheet tells who is who: --sheet FILE."
READERS = (moodle.named, canvas.named)


class Part(NamedTuple):
    """What one student, or group, handed in."""

    owner: Owner
    items: list[Item]  # by their paths in the submission
    late: bool  # as the platform took it; no date

    @property
    def order(self) -> str:
        return max(item.order for item in self.items)


def parts_of(items: Iterable[Item]) -> tuple[list[Part], list[str]]:
    """The parts of an archive, and the paths in it that are nobody's."""
    found: dict[Owner, Part] = {}
    foreign = []
    for item in items:
        if not (read := read_path(item.path)):
            foreign.append(str(item.path))
            continue
        owner, path, upload, late = read
        before = found.get(owner, Part(owner, [], False))
        item = item._replace(path=path, order=f"{upload:020} {item.order}")
        found[owner] = Part(owner, [*before.items, item], before.late or late)
    return list(found.values()), foreign


def read_path(path: PurePosixPath) -> tuple[Owner, PurePosixPath, int, bool] | None:
    """By the first part of it that is a platform's, since unpacking and packing again puts a folder around."""
    for place, part in enumerate(path.parts):
        for reader in READERS:
            if said := reader(part):
                inside = PurePosixPath(*([said.file] if said.file else []), *path.parts[place + 1 :])
                return said.owner, inside, said.upload, said.late
    return None


class Unknown(NamedTuple):
    """Nobody can be named as the owner."""

    why: str


class Owners:
    """The class, with what a sheet says of this assignment."""

    def __init__(self, sheet: Sheet | None, root: Path) -> None:
        self.pairs, self.said = people_of(sheet, root) if sheet else ([], [])
        told = {person.id: person for person in known(root)}
        self.has_roster = any(not person.is_bare for person in told.values())
        told |= {person.id: person for _, person in self.pairs}
        self.known, self.people = told.keys(), People(told.values())

    def of_all(self, parts: list[Part]) -> dict[Owner, list[Person] | Unknown]:
        """Each part's students; where two parts would be one student's, neither is."""
        found = {part.owner: self.of_one(part.owner) for part in parts}
        times = Counter(one.id for people in found.values() if isinstance(people, list) for one in people)
        for owner, people in found.items():
            if isinstance(people, list) and (shared := [one.id for one in people if times[one.id] > 1]):
                found[owner] = Unknown(f"{times[shared[0]]} in the archive would be {shared[0]!r}. {APART}")
        return found

    def of_one(self, owner: Owner) -> list[Person] | Unknown:
        if members := self.members(owner):
            return members
        people = self.on_sheet(owner) or self.in_class(owner) or [Person(new_id(owner))]
        if len(people) > 1:
            return Unknown(f"{len(people)} students are called so. {APART}")
        wrong = wrong_with(people[0].id) if people[0].id else "is empty"
        return Unknown(f"the name {people[0].id!r} {wrong}") if wrong else people

    def members(self, owner: Owner) -> list[Person]:
        """Of a group that handed in together, which the sheet alone knows."""
        return [one for row, one in self.pairs if row.group and key(row.group) == key(owner.name)]

    def on_sheet(self, owner: Owner) -> list[Person]:
        return [one for row, one in self.pairs if row.number and row.number == owner.number]

    def in_class(self, owner: Owner) -> list[Person]:
        if owner.platform == canvas.PLATFORM:
            return self.people.alike(lms_user_id=owner.number, id=new_id(owner))
        return self.people.alike(name=owner.name) or self.people.alike(id=new_id(owner))


def new_id(owner: Owner) -> str:
    """What a student is called of whom nothing but a file's name is known."""
    if owner.platform == canvas.PLATFORM:
        return owner.number
    return moodle.hidden_id(owner.number) if moodle.is_hidden(owner.name) else id_of(owner.name)
