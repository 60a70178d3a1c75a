"""What a grader may want to look at in an answer. Hints set no mark.

A number contradicts the student's own output where nothing printed has it, and something printed differs by a power of
ten, by one digit of four, or by two that changed places; or where answer and output have one number each of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from autograder import ends
from autograder.feedback import similarity
from autograder.reflections.answers import ELSEWHERE, words_by_question
from autograder.reflections.rubric import Rubric

SHORT = 25  # words
NUMBER = re.compile(r"(?<![\w.,])\d+\.\d+(?:e[-+]?\d+)?(?![\w]|[.,]\d)", re.I)
ANY = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.I)
FILLERS = re.compile(r"(?:\b(?:is|was|are|were|of|at|about|only|roughly|around|nearly|to|a|the)\b|[\W\d])+$", re.I)
LABEL = re.compile(r"([A-Za-z_]\w{3,})$")


class Hint(NamedTuple):
    """A sentence, and the answer that it is about as well, if it is about two."""

    words: str
    other: str = ""


def of_answer(words: str, printed: str, known: str) -> list[Hint]:
    """Of one answer by itself. `known` is what everybody was told: numbers in it are nobody's slip."""
    count = len(re.findall(r"\w+", words))
    found = [Hint(f"Very short: {count} words.")] if count < SHORT and not words.startswith(ELSEWHERE) else []
    said = ", ".join(f"{number} where the output says {own}" for number, own in contradictions(words, printed, known))
    return found + ([Hint(f"Not as in the student's own output: {said}.")] if said else [])


def contradictions(words: str, printed: str, known: str) -> Iterator[tuple[str, str]]:
    """Each number of an answer that its outputs contradict, with theirs."""
    own, named, said = dict.fromkeys(ANY.findall(printed)), labelled(printed), labelled(words)
    for found in NUMBER.finditer(words):
        number = found[0]
        if any(agree(number, other) for other in (*own, *ANY.findall(known))):
            continue
        label = label_before(words, found.start())
        called = named.get(label, []) if len(said.get(label, [])) == len(named.get(label, [])) == 1 else []
        if slips := [*called, *(other for other in own if is_slip(number, other))]:
            yield number, slips[0]


def agree(said: str, printed: str) -> bool:
    """Whether one is the other, rounded or cut, as it is or in per cent."""
    last = 10.0 ** -len(said.partition(".")[2].lower().partition("e")[0]) * 10 ** exponent(said)
    return any(abs(float(said) - float(printed) * factor) <= 1.001 * last for factor in (1, 100, 0.01))


def exponent(number: str) -> int:
    return int(number.lower().partition("e")[2] or 0)


def digits(number: str) -> str:
    return re.sub(r"\D", "", number.lower().partition("e")[0]).strip("0")


def is_slip(said: str, printed: str) -> bool:
    mine, theirs = digits(said), digits(printed)
    if len(mine) < 2 or "." not in printed:
        return False
    if mine == theirs:
        return True  # and they do not agree: a power of ten
    if len(mine) < 3 or len(mine) != len(theirs) or exponent(said) != exponent(printed):
        return False
    wrong = [place for place in range(len(mine)) if mine[place] != theirs[place]]
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and mine[wrong[0]] == theirs[wrong[1]]
    same_size = len(said.partition(".")[0]) == len(printed.partition(".")[0])
    return same_size and (len(wrong) == 1 < len(mine) - 2 or swapped and mine[wrong[1]] == theirs[wrong[0]])


def labelled(text: str) -> dict[str, list[str]]:
    """The numbers that a text has a name for, each once."""
    found: dict[str, list[str]] = {}
    for number in ANY.finditer(text):
        label = label_before(text, number.start())
        if label and number[0] not in found.setdefault(label, []):
            found[label].append(number[0])
    return found


def label_before(text: str, at: int) -> str:
    """The word that names the number at this place; empty where none does."""
    line = text[max(0, at - 60) : at].rpartition("\n")[2]
    found = LABEL.search(FILLERS.sub("", line))
    return found[1].lower() if found else ""


# ---- two answers that are alike, found in a process of its own: it takes seconds, and the page shall not wait


def copies(words: Mapping[str, str], rubric: Rubric) -> dict[str, list[Hint]]:
    """For each answer to one question that stands in others, by id: the nearest of these, and how many there are."""
    found: dict[str, list[tuple[float, str]]] = {}
    texts = {name: " ".join(text.split()) for name, text in words.items()}
    given = (" ".join(text.split()) for text in (rubric.question, rubric.model))
    for one, other, share in similarity.pairs(texts, given, code=False):
        found.setdefault(one, []).append((share, other))
        found.setdefault(other, []).append((share, one))
    return {name: [hint_of(sorted(alike, reverse=True))] for name, alike in found.items()}


def hint_of(alike: list[tuple[float, str]]) -> Hint:
    (share, other), *more = alike
    also = f"; {len(more)} more are alike" if more else ""
    return Hint(f"{share:.0%} of this, beside what all were given, stands in another answer{also}.", other)


def look_for_copies(paths: Mapping[str, tuple[Path, str]], rubrics: Iterable[Rubric], to: Connection) -> None:
    """`paths`: by an answer's id, its notebook and question. Sends the hints of a question when it has them."""
    ends.end_with_pool(to)
    words: dict[str, dict[str, str]] = {}
    for name, (path, question) in paths.items():
        words.setdefault(question, {})[name] = words_by_question(path).get(question, "")
    for rubric in rubrics:
        to.send(copies(words.get(rubric.name, {}), rubric))
