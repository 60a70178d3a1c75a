"""policy.toml at the root of a course, read and checked. Nothing in it is part of a verdict but the weights."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from autograder.sentences import Sentence

FILE = "policy.toml"
Rule = Literal["none", "zero", "percent", "days"]
Share = Annotated[float, Field(ge=0, le=100)]
Points = Annotated[float, Field(ge=0, le=1000)]


def known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, not a name, a folder of names
        raise ValueError("no time zone is called so; Europe/Berlin is one, UTC another") from None
    return name


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Late(Plain):
    """What a submission that came late loses. A day counts when it has begun.

    none: nothing; zero: all; percent: so much a day; days: nothing while the student has late days left, of which there
    are `days` for all assignments together, after them so much a day.
    """

    rule: Rule = "none"
    percent: Share = 10.0
    of: Literal["earned", "possible"] = "earned"
    days: Annotated[int, Field(ge=0)] = 0
    grace_minutes: Annotated[float, Field(ge=0)] = 0.0

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_minutes)


class Policy(Plain):
    """All of a course. Dates without an offset are meant in `timezone`; an extension is a date, or days."""

    timezone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    dropped: frozenset[str] = frozenset()
    due: dict[str, datetime] = {}
    late: Late | None = None  # None: what nbgrader's settings say
    extensions: dict[str, dict[str, datetime | Annotated[int, Field(gt=0)]]] = {}
    weights: dict[str, dict[str, Points]] = {}
    extra_credit: dict[str, frozenset[str]] = {}

    @cached_property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)

    @property
    def assignments(self) -> set[str]:
        """Those that are named somewhere."""
        return {*self.due, *self.extensions, *self.weights, *self.extra_credit}

    def moment(self, date: datetime) -> datetime:
        """A date as somebody wrote it, in UTC."""
        return (date if date.tzinfo else date.replace(tzinfo=self.zone)).astimezone(UTC)

    def extended(self, assignment: str, student: str, due: datetime | None) -> datetime | None:
        """The day that a student's extension ends; None without one."""
        match self.extensions.get(assignment, {}).get(student):
            case datetime() as date:
                return self.moment(date)
            case int() as days if due:  # by the clock on the wall, also where it was changed in between
                return self.moment((due.astimezone(self.zone) + timedelta(days=days)).replace(tzinfo=None))
        return None

    def shown(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M} {self.timezone}"


def read(root: Path) -> Policy:
    """The policy of the course below `root`; one that says nothing where there is no file.

    Raises:
        Sentence: it is no TOML, or says what there is no such thing of.
    """
    try:
        return Policy.model_validate(tomllib.loads((root / FILE).read_text("utf-8")))
    except FileNotFoundError:
        return Policy()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Sentence(f"{FILE} cannot be read as TOML: {error}.") from None
    except ValidationError as error:
        said = dict.fromkeys(in_words(one["loc"], one["msg"], one["type"]) for one in error.errors())
        raise Sentence("\n".join(said)) from None


def left_out(root: Path, by_nbgrader: str = "") -> set[str]:
    """Students that nothing is done for: dropped ones, and those that nbgrader's student_id_exclude names."""
    return {*by_nbgrader.split(","), *read(root).dropped} - {""}


def in_words(place: tuple[int | str, ...], said: str, kind: str) -> str:
    if place[0] == "extensions" and len(place) > 2:  # said once for each kind that it could be
        meant = 'a date, or days from 1 on. A name with a dot or a blank in it needs quotes: "ada.lovelace" = 2'
        return f"{FILE}, {'.'.join(map(str, place[:3]))}: {meant}."
    where = ".".join(map(str, place))
    said = "there is no such setting" if kind == "extra_forbidden" else said.removeprefix("Value error, ")
    return f"{FILE}, {where}: {said[0].lower()}{said[1:]}."
