"""`course collect ARCHIVE`: each student's notebook to submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb, with what lies
beside it, and a sentence on each student."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
from nbgrader.coursedir import CourseDirectory

from autograder.cells import grade_id
from autograder.gradebook import harmless
from autograder.gradebook.private import closed_mode
from autograder.gradebook.settings import course, folder
from autograder.lms import moodle, plain
from autograder.lms.archive import Unpacked, opened
from autograder.lms.dates import Date
from autograder.lms.names import few
from autograder.lms.owners import LOOKED_FOR, Owners, Part, Unknown, parts_of
from autograder.lms.people import Person
from autograder.lms.roster import Sheet
from autograder.lms.roster import read as read_sheet
from autograder.lms.shelf import Outcome, Shelf
from autograder.lms.submission import Left, answered, arrange, choose, notebooks_of
from autograder.policy.settings import known_zone
from autograder.policy.settings import read as read_policy
from autograder.sentences import Sentence
from course_config import ROOT

STAGE = ".collecting-"  # in submitted/, so that a finished folder takes its place in one step
DATED = {moodle.PLATFORM: moodle.date, "": plain.date}  # Canvas's sheets hold none


class Ready:
    """One part of an archive, unpacked."""

    def __init__(self, part: Part, folder: Path) -> None:
        self.part, self.unpacked, self.arranged = part, Unpacked(folder / "unpacked"), folder / "arranged"
        self.unpacked.folder.mkdir(parents=True)
        self.unpacked.take(part.items)


def collect(
    archive: Path,
    assignment: str = "",
    sheet: Path | None = None,
    root: Path = ROOT,
    timezone: str = "",
    replace: bool = False,
) -> Iterator[str]:
    """Take an archive in; yield what to say, student by student. With `replace` it counts whatever lies there.

    Raises:
        Sentence: nothing in the archive is a platform's, or nothing of it could be taken.
    """
    zone = zone_of(timezone or read_policy(root).timezone)
    coursedir, _ = course(root)
    submitted, told = folder(coursedir, "submitted"), read_sheet(sheet) if sheet else None
    submitted.mkdir(parents=True, exist_ok=True)
    with opened(archive) as contents, tempfile.TemporaryDirectory(dir=submitted, prefix=STAGE) as scratch:
        parts, foreign = parts_of(contents.items)
        if not parts:
            raise Sentence(f"Nothing in {archive.name} is a student's submission. {LOOKED_FOR}")
        ready, releases = unpack(parts, Path(scratch)), released(coursedir)
        assignment = assignment or which(archive, ready, releases)
        owners = Owners(told, root)
        dates, said = dates_of(told, owners, zone)
        shelf = Shelf(submitted, assignment, closed_mode(coursedir), replace)
        people, outcomes = owners.of_all(parts), Counter[Outcome | None]()
        for one in ready:
            for line, outcome in take(one, people[one.part.owner], shelf, releases, dates, owners):
                outcomes[outcome] += 1
                yield harmless.line(line)
    if not dates:
        said.append(
            "No file said when these were handed in, so nobody is late by it, but for dates that were read before: "
            "--sheet takes one (docs/lms.md)."
        )
    said += owners.said
    said += [f"Left out of {archive.name}: {few(names)}." for names in (contents.left_out, foreign) if names]
    yield from map(harmless.line, [*said, counted(assignment, outcomes)])
    if not outcomes.total() - outcomes[None]:
        raise Sentence(f"Nothing was collected from {archive.name}.")


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(known_zone(name))
    except ValueError as why:
        raise Sentence(f"--timezone {name}: {why}.") from None


def unpack(parts: list[Part], scratch: Path) -> list[Ready]:
    return [Ready(part, scratch / str(number)) for number, part in enumerate(parts)]


def released(coursedir: CourseDirectory) -> dict[str, set[str]]:
    """The assignments that were released, each with the names of its cells."""
    paths = folder(coursedir, "release").glob("*/*.ipynb")
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in paths if path.stem == path.parent.name}
    return {name: {grade_id(cell) for cell in notebook.cells} - {""} for name, notebook in notebooks.items()}


def which(archive: Path, ready: Iterable[Ready], releases: Mapping[str, set[str]]) -> str:
    """The assignment that most of the notebooks answer; a student's mistake decides nothing.

    Raises:
        Sentence: no one assignment has most of them.
    """
    notebooks = [path for one in ready for path in notebooks_of(one.unpacked)]
    votes = Counter(name for path in notebooks if (name := answered(path, releases)))
    if not votes or 2 * votes.most_common(1)[0][1] <= votes.total():
        found = ", ".join(f"{count} answer {name}" for name, count in votes.most_common()) or "none says it"
        raise Sentence(
            f"Which assignment is {archive.name}? Of its {len(notebooks)} notebooks {found}. Name it: "
            f"course collect {archive.name} --assignment {'|'.join(releases) or 'ASSIGNMENT'}"
        )
    return votes.most_common(1)[0][0]


def dates_of(sheet: Sheet | None, owners: Owners, zone: ZoneInfo) -> tuple[dict[str, datetime], list[str]]:
    """When the sheet's students handed in, and what to say of dates that cannot be read."""
    if not sheet or sheet.platform not in DATED:
        return {}, []
    texts = {one.id: row.handed_in for row, one in owners.pairs if row.handed_in not in ("", moodle.NEVER)}
    read = {student: DATED[sheet.platform](text, zone) for student, text in texts.items()}
    found = {student: date for student, date in read.items() if date}
    unread = [f"{student} ({texts[student]})" for student in texts.keys() - found.keys()]
    said = [f"{sheet.table.name}: {len(found)} dates of handing in, read as {zone} (--timezone, else policy.toml's)."]
    if unread:
        said.append(
            f"Dates that cannot be read, so that none are kept: {few(sorted(unread))}. Moodle writes them in the "
            "language of who downloads: set yours to English, and download the sheet again."
        )
    return found, said


def take(
    one: Ready,
    people: list[Person] | Unknown,
    shelf: Shelf,
    releases: Mapping[str, set[str]],
    dates: Mapping[str, datetime],
    owners: Owners,
) -> Iterator[tuple[str, Outcome | None]]:
    """What to say of one part, a line a student, and what became of it."""
    owner, unpacked = one.part.owner, one.unpacked
    try:
        if isinstance(people, Unknown):
            raise Left(people.why)
        notebook, said = choose(unpacked, shelf.assignment, releases)
    except Left as why:
        yield f"{owner}: not collected. {why}", None
        return
    left = unpacked.left_out + arrange(unpacked, notebook, shelf.assignment, one.arranged)
    late = f"{owner.platform} calls it late" if one.part.late else ""
    notes = [said, late, f"left out: {few(left)}" if left else ""]
    for person in people:
        outcome = shelf.put(person.id, one.arranged, Date(dates.get(person.id), one.part.order))
        stranger = "not in the roster" if owners.has_roster and person.id not in owners.known else ""
        told = "; ".join(filter(None, [outcome.value, *notes, stranger]))
        yield f"{person.id} ({owner.name}): {told}.", outcome


def counted(assignment: str, outcomes: Mapping[Outcome | None, int]) -> str:
    words = {
        "collected": sum(count for outcome, count in outcomes.items() if outcome and outcome.is_put),
        "unchanged": outcomes[Outcome.SAME],
        "kept as before": outcomes[Outcome.OLDER] + outcomes[Outcome.FOREIGN],
        "not collected": outcomes[None],
    }
    return f"{assignment}: {', '.join(f'{count} {word}' for word, count in words.items() if count)}."
