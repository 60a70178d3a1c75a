"""Which answers a grader sees, and in which order: each grader's own, always the same, and none that tells a name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256

from autograder.reflections.store import Answer


def queue(answers: Iterable[Answer], question: str, grader: str, without: Collection[str] = ()) -> list[Answer]:
    """Shuffled otherwise for each grader, so that two of them seldom open the same answer at once."""
    mine = [answer for answer in answers if answer.question == question and answer.student not in without]
    return sorted(mine, key=lambda answer: sha256(f"{grader} {answer.id}".encode()).digest())


def used_before(answers: Iterable[Answer], question: str, most: int = 7) -> list[str]:
    """What was said to students about this question, line by line, to be said again; the most frequent first."""
    count: dict[str, int] = {}
    for answer in answers:
        if answer.question == question:
            for line in dict.fromkeys(map(str.strip, answer.comment.splitlines())):
                count[line] = count.get(line, 0) + bool(line)
    return sorted((line for line in count if line), key=lambda line: (-count[line], line))[:most]
