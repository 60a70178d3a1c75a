"""What is taken from a student's folder, whatever lies in it: plain files, and no more of them than we set out to read.

Limits are lowered here, so that a few small files are too many.
"""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.gradebook import bounds, folder, handed_in
from autograder.gradebook.fingerprint import fingerprint
from autograder.gradebook.folder import Taken, TooLarge, beside, read, taken
from autograder.sentences import NotBuilt, NothingToGrade

BYTES = os.fsdecode(b"\xff\xfe")  # no UTF-8


@pytest.fixture
def ann(tmp_path, monkeypatch) -> Path:
    """Her folder, with a notebook and a file beside it; few more may be there."""
    small = {"submitted_files": 8, "submitted_bytes": 10_000_000, "submitted_depth": 3, "submitted_path": 40}
    monkeypatch.setattr(folder, "LIMITS", replace(folder.LIMITS, **small, copied_bytes=100))
    ann = tmp_path / "submitted" / "ann" / "toy"
    (ann / "more").mkdir(parents=True)
    (ann / "toy.ipynb").write_text("{}")
    (ann / "more" / "notes.txt").write_text("notes")
    return ann


def names(there: Taken) -> list[str]:
    return [path.relative_to(there.folder).as_posix() for path in there.files]


def many(place: Path) -> None:
    """Many small files, which are too many for the lowered limit."""
    for number in range(9):
        (place / f"{number}.txt").touch()


def large(place: Path) -> None:
    with (place / "large.bin").open("wb") as file:
        file.truncate(10_000_001)  # no byte of it is on the disk


HANDED_IN = ["timestamp.txt", "submission_secret.txt"]
TOO_MUCH = {
    "8 files and folders": many,
    "9 MB": large,
    "3 folders in each other": lambda place: (place / "1/2/3/4").mkdir(parents=True),
    "paths of 40 letters": lambda place: (place / ("x" * 41)).touch(),
}


@pytest.mark.parametrize("bound", TOO_MUCH)
def test_of_too_much_only_the_notebook_and_what_the_exchange_wrote_are_read(ann, bound):
    assert taken(ann, "toy") == Taken(ann, [ann / "more" / "notes.txt", ann / "toy.ipynb"], [])
    (ann / "timestamp.txt").write_text("2026-01-01")
    (ann / "submission_secret.txt").write_text("ab12")
    TOO_MUCH[bound](ann)
    there = taken(ann, "toy")
    assert names(there) == ["toy.ipynb", *HANDED_IN]
    assert there.said == [f"Nothing but toy.ipynb was looked for: the folder holds more than {bound}."]
    assert beside(there, ["*.ipynb"]) == {Path("timestamp.txt"): b"2026-01-01", Path("submission_secret.txt"): b"ab12"}


def test_a_folder_many_is_not_read_to_its_end(ann, monkeypatch):
    seen, kept = [], folder.keep_bounds
    monkeypatch.setattr(folder, "keep_bounds", lambda *of: (seen.append(of), kept(*of)))
    for number in range(300):
        (ann / f"{number}.txt").touch()
    assert len(taken(ann, "toy").files) == 1 and len(seen) == 9


def test_what_is_no_plain_file_is_named_and_neither_followed_nor_opened(ann, tmp_path, monkeypatch):
    monkeypatch.chdir(ann)
    os.mkfifo("pipe.txt")
    Path("link").symlink_to(tmp_path, target_is_directory=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
    there = taken(ann, "toy")
    assert names(there) == ["more/notes.txt", "toy.ipynb"]
    assert there.said == ["Only plain files in open folders count; left out: door, link, pipe.txt."]
    for name in ("door", "link", "pipe.txt", "more"):
        with pytest.raises(OSError, match="it is no plain file"):
            read(ann / name, 100)


def test_a_link_in_the_place_of_a_folder_is_not_followed(ann):
    bob, cid = ann.parents[1] / "bob", ann.parents[1] / "cid"
    bob.mkdir()
    (bob / "toy").symlink_to(ann)
    cid.symlink_to(ann.parent)
    for place in (bob / "toy", cid / "toy"):
        there = taken(place, "toy")
        assert there.files == [] and there.said == ["This submission is a link to another folder."]
        assert beside(there, []) == {}


def test_what_vanishes_while_it_is_listed_or_read_is_not_missed(ann, monkeypatch):
    entries = folder.entries

    def vanishing(place):
        for path, about in entries(place):
            if path.name == "notes.txt":
                path.unlink()
            yield path, about

    monkeypatch.setattr(folder, "entries", vanishing)
    there = taken(ann, "toy")
    assert names(there) == ["more/notes.txt", "toy.ipynb"]
    assert beside(there, []) == {Path("toy.ipynb"): b"{}"}
    (ann / "more" / "notes.txt").touch()
    assert len(fingerprint("toy", ann, ann.parents[2])) == 64
    monkeypatch.undo()
    assert list(folder.entries(ann / "gone")) == []


def test_a_closed_folder_is_named(ann, monkeypatch):
    monkeypatch.setattr(folder, "is_open", lambda place: place.name != "more")  # to root none is closed
    there = taken(ann, "toy")
    assert names(there) == ["toy.ipynb"] and there.said == ["Only plain files in open folders count; left out: more."]
    monkeypatch.setattr(folder, "is_open", lambda place: False)
    assert taken(ann, "toy") == Taken(ann, [], ["The folder of this submission cannot be opened."])


def test_files_of_any_name_are_read_and_only_those_with_a_name_that_can_be_shown_are_copied(ann):
    for name in ("a\nb", "\x1b[2J", BYTES, " blank "):
        (ann / name).write_text("x")
    (ann / "toy.ipynb").unlink()
    there = taken(ann, "toy")
    assert len(there.files) == 5
    assert beside(there, []) == {Path(" blank "): b"x", Path("more/notes.txt"): b"notes"}
    before = fingerprint("toy", ann, ann.parents[2])
    (ann / BYTES).rename(ann / (BYTES + "2"))
    assert fingerprint("toy", ann, ann.parents[2]) != before


def test_what_is_copied_on_is_small_and_not_ignored(ann):
    (ann / "verdict.json").mkdir()
    (ann / "verdict.json" / "x").touch()
    assert set(beside(taken(ann, "toy"), ["verdict.json*", "*.ipynb"])) == {Path("more/notes.txt")}
    (ann / "more" / "notes.txt").write_text("x" * 101)
    for name in HANDED_IN:
        (ann / name).write_text("2026-01-01")
    assert set(beside(taken(ann, "toy"), ["*.ipynb"])) == {Path("timestamp.txt"), Path("submission_secret.txt")}


def test_a_file_is_read_whole_or_not_at_all(ann):
    assert read(ann / "toy.ipynb", 2) == b"{}"
    with pytest.raises(TooLarge, match="larger than 1 bytes"):
        read(ann / "toy.ipynb", 1)
    with pytest.raises(FileNotFoundError):
        read(ann / "gone", 1)


# ---- the date ---------------------------------------------------------------------------------------------


def test_a_date_is_read_from_a_small_plain_file_alone(ann, caplog):
    date, course = ann / "timestamp.txt", CourseDirectory(root=str(ann.parents[2]))
    bounds.keep_bounds()
    assert course.get_existing_timestamp(str(ann)) is None and not caplog.records
    date.write_text("2026-01-02 03:04:05 UTC\n")
    assert course.get_existing_timestamp(str(ann)).isoformat() == "2026-01-02T03:04:05"
    for text in (b"", b"soon", b"\xff", b"2026-01-02" + b" " * 300, b"9" * 150, b"1 2 3"):
        date.write_bytes(text)
        assert course.get_existing_timestamp(str(ann)) is None
    date.unlink()
    for make in (os.mkfifo, Path.mkdir, lambda path: path.symlink_to(ann / "toy.ipynb")):
        make(date)
        assert course.get_existing_timestamp(str(ann)) is None
        date.rmdir() if date.is_dir() else date.unlink()
    assert len(caplog.records) == 9 and all("holds no date" in said.getMessage() for said in caplog.records)


# ---- whose folder it is -----------------------------------------------------------------------------------

STRANGE = (" ann", "ann ", ".lock", ".grading", "a\nb", "\x1b[2J", BYTES, "a\u202eb", "*", "a?", "ann [b]", "=1", "-rf")
PLAIN = ("ann", "Zoë Müller", "o'brien", "a-b", "1+1", "{x}", "$HOME", "李", "a.b@c")


@pytest.fixture
def class_of_names(tmp_path) -> Path:
    for name in (*STRANGE, *PLAIN, *handed_in.LITTER):
        (tmp_path / "submitted" / name / "toy").mkdir(parents=True)
    (tmp_path / "submitted" / "notes.txt").touch()
    (tmp_path / "submitted" / ".nothing of it").mkdir()
    return tmp_path


def test_a_folder_with_a_strange_name_is_passed_over_in_a_sentence(class_of_names):
    assert sorted(handed_in.submissions("toy", None, class_of_names / "submitted")) == sorted(PLAIN)
    said = handed_in.passed_over("toy", class_of_names / "submitted")
    assert len(said) == len(STRANGE)
    for name, sentence in zip(sorted(STRANGE), said, strict=True):
        assert sentence.startswith(f"The folder {name!r} in submitted/ was passed over: its name ")
        assert sentence.isprintable() and sentence.endswith(". Rename it.")
    with pytest.raises(NothingToGrade, match=": .lock"):
        handed_in.submissions("toy", [".lock"], class_of_names / "submitted")


@pytest.mark.parametrize("near", ["Toy", "toy ", "toy", "toy.ipynb", "TOY.ipynb"])
def test_what_was_handed_in_beside_its_place_is_named(class_of_names, near):
    dan = class_of_names / "submitted" / "dan"
    dan.mkdir()
    (dan / "toys").mkdir()
    (dan / near).mkdir() if near in ("Toy", "toy ") else (dan / near).touch()
    (class_of_names / "submitted" / "eve" / "other").mkdir(parents=True)  # nothing of hers is near
    said = handed_in.passed_over("toy", class_of_names / "submitted")
    assert [sentence for sentence in said if "'dan'" in sentence or "'eve'" in sentence] == [
        f"The folder 'dan' in submitted/ was passed over: it holds {near!r} and no folder toy/; "
        "its notebook belongs at toy/toy.ipynb."
    ]
    assert "dan" not in handed_in.submissions("toy", None, class_of_names / "submitted")


def test_a_students_folder_that_is_closed_is_named(class_of_names, monkeypatch):
    monkeypatch.setattr(handed_in, "is_open", lambda place: place.name != "ann")
    assert handed_in.passed_over("toy", class_of_names / "submitted")[0] == (
        "The folder 'ann' in submitted/ cannot be opened, so it was passed over."
    )


def test_before_anything_is_built_one_sentence_comes_at_once_and_no_gradebook_is_made(tmp_path):
    with pytest.raises(NotBuilt, match="^There is no gradebook yet: run `course build toy` first.$"):
        handed_in.require_built("toy", tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c.CourseDirectory.db_url = 'elsewhere'")
    handed_in.require_built("toy", tmp_path)
    (tmp_path / "nbgrader_config.py").unlink()
    (tmp_path / "gradebook.db").touch()
    handed_in.require_built("toy", tmp_path)
