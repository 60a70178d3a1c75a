"""How late a submission is, and what that costs: arithmetic alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from autograder.policy.settings import Late

DAY = timedelta(days=1)


def days_late(when: datetime | None, due: datetime | None, grace: timedelta = timedelta(0)) -> int:
    """Days begun since it was due. What comes within the grace is not late; what comes after it is late from the due
    date on. Without a date, of one kind or the other, nothing is late."""
    if when is None or due is None or when <= due + grace:
        return 0
    return math.ceil((when - due) / DAY)


def charged(late: Sequence[int], free: int) -> list[int]:
    """Days that are left to pay for, of assignments in the order in which they were due; free days go to the first."""
    left, found = free, []
    for days in late:
        taken = min(days, left)
        left -= taken
        found.append(days - taken)
    return found


def penalty(rule: Late, days: int, earned: float, possible: float) -> float:
    """Points that so many days cost, never more than were earned. Of the rule "days" they are those beyond the free."""
    match rule.rule:
        case "none":
            return 0.0
        case "zero":
            return earned if days else 0.0
    base = earned if rule.of == "earned" else possible
    return max(0.0, min(earned, base * days * rule.percent / 100))
