"""A course's secret. What a check gives the student's side to draw from is an HMAC of it, so that code which is judged
cannot tell from its generators which check is asking, though the seed of every verdict is public.

It never leaves this side: a request names the file and a hash, and each judge reads a copy of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from autograder.sentences import Stopped

NAME = ".course_secret"  # beside the gradebook, for its owner alone
PUBLIC = b"diffusion from scratch: not secret"  # of `course judge`, the bank and the tests
BYTES = 32


def of_course(root: Path) -> bytes:
    """The secret of the course at `root`, made where there is none yet."""
    path = root / NAME
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(BYTES))
    return read(path)


def of_place(root: Path) -> tuple[bytes, str]:
    """The secret of the course at `root`, or where none was graded yet the public one; and which it is, in words."""
    if (root / NAME).exists():
        return read(root / NAME), f"the course's ({NAME})"
    return PUBLIC, "the public one, since no class was graded here"


def read(path: Path) -> bytes:
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        secret = b""
    if len(secret) != BYTES:
        raise Stopped(
            f"{path.name} cannot be read, or is no secret of this course: copy it from where the course was graded "
            "before, or delete it, and the next `course grade` makes a new one and judges the class again."
        )
    return secret


def stamp(secret: bytes) -> str:
    """What may be known of it: whether two judges have the same."""
    return hashlib.sha256(b"stamp of " + secret).hexdigest()[:16]


def named(root: Path) -> dict[str, str]:
    """What a request says of it."""
    return {"file": str(root / NAME), "stamp": stamp(of_course(root))}


def of_request(said: dict[str, str] | None) -> bytes:
    """The secret that a request means, from this machine's copy; the public one where it means none."""
    if said is None:
        return PUBLIC
    if stamp(secret := read(Path(said["file"]))) != said["stamp"]:
        raise Stopped(f"This judge has another copy of {NAME} than the course: copy the course's file here.")
    return secret


def start_of_draws(secret: bytes, seed: int, assignment: str, check: str) -> int:
    """Where the student's generators start in one check, of 56 bits."""
    return int.from_bytes(hmac.digest(secret, f"{seed}/{assignment}/{check}".encode(), "sha256")[:7])
