"""What formgrader serves of a submission: its own files, and none that a browser would run.

Nbgrader's own handler follows `..%2f` to any file of the course, submitted/ with its pages included.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.server_extensions.formgrader.handlers import SubmissionFilesHandler
from tornado.web import HTTPError

from autograder.gradebook.runnable import would_run

place_of = SubmissionFilesHandler.parse_url_path


def keep_to_its_own() -> None:
    SubmissionFilesHandler.parse_url_path = place


def place(handler: SubmissionFilesHandler, address: str) -> str:
    """Where the file lies that is asked for as SUBMISSION/PATH."""
    inside = Path(address.lstrip("/").partition("/")[2])
    if inside.is_absolute() or ".." in inside.parts or would_run(inside):
        raise HTTPError(404)
    found: str = place_of(handler, address)
    return found
