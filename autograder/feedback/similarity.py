"""Whose code or words are alike beyond what everybody was given: a hint for a person to look at, never a mark.

copydetect compares fingerprints (Schleimer, Wilkerson & Aiken 2003). What also stands in the notebook that was handed
out, or in the model solution, is taken out first: right answers to a narrow task are alike by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from itertools import combinations
from typing import NamedTuple

import numpy as np
from copydetect import CodeFingerprint, compare_files

NOISE, WINDOW = 15, 1  # characters of the shortest copy that counts; of every so many fingerprints one is kept
LEAST = 80  # characters, names and comments taken out, below which answers are too short to be told apart
SHARED = 0.2  # of the fingerprints of the shorter one, below which two are not compared: alike ones share far more
ALIKE = 0.8  # share of what is left of both that stands in the other; independent right answers of the bank stay below


class Alike(NamedTuple):
    """Students whose answers are alike, each to another of them, where, and how much at least."""

    where: str
    students: list[str]
    share: float


def is_long_enough(model: str, code: bool) -> bool:
    """copydetect calls exact copies of very short texts different, and says nothing: those are left out by name."""
    return len(fingerprint(model, code).filtered_code) >= LEAST


def groups(where: str, answers: Mapping[str, str], given: Iterable[str], code: bool) -> list[Alike]:
    """Whose answers are alike, the most alike first. `given` is what all have seen, or would write: the cell as it was
    handed out, the model solution."""
    found: list[Alike] = []
    for one, other, share in pairs(answers, given, code):
        found = joined(found, Alike(where, [one, other], share))
    return sorted(found, key=lambda alike: -alike.share)


def pairs(answers: Mapping[str, str], given: Iterable[str], code: bool) -> Iterator[tuple[str, str, float]]:
    """Two whose answers are alike, and how much at least."""
    known = {number for text in given for number in fingerprint(text, code).hashes}
    common = np.array(sorted(known), dtype=np.int64)
    prints = {who: fingerprint(text, code, common) for who, text in answers.items()}
    left = {who: one for who, one in prints.items() if one.token_coverage >= LEAST}
    for one, other in combinations(sorted(left), 2):
        hashes = left[one].hashes, left[other].hashes
        if len(hashes[0] & hashes[1]) < SHARED * min(map(len, hashes)):  # of most; to compare them takes long
            continue
        _, shares, _ = compare_files(left[one], left[other])
        if min(shares) >= ALIKE:
            yield one, other, float(min(shares))


def joined(found: list[Alike], new: Alike) -> list[Alike]:
    """With a pair more: groups that have a student of it become one."""
    touched = [alike for alike in found if {*alike.students} & {*new.students}]
    students = sorted({student for alike in (*touched, new) for student in alike.students})
    share = min(alike.share for alike in (*touched, new))
    return [*(alike for alike in found if alike not in touched), Alike(new.where, students, share)]


def fingerprint(text: str, code: bool, common: np.ndarray | None = None) -> CodeFingerprint:
    name, language = ("answer.py", "python") if code else ("answer.txt", None)
    taken_out = np.array([], dtype=np.int64) if common is None else common
    return CodeFingerprint(name, NOISE, WINDOW, taken_out, filter=code, language=language, fp=StringIO(text))
