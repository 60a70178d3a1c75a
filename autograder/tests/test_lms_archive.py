"""Archives that were packed to do harm: nothing leaves its folder, is followed, or fills memory and disk."""

from __future__ import annotations

import io
import os
import random
import resource
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from autograder.lms import archive, canvas, moodle
from autograder.lms.archive import Unpacked, contents, opened
from autograder.lms.names import Named
from autograder.tests.archives import zipped
from course_config import LIMITS


def unpack(raw: bytes, folder: Path) -> Unpacked:
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        found = contents(file)
        unpacked = Unpacked(folder)
        unpacked.take(found.items)
    unpacked.left_out += found.left_out
    return unpacked


def there(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def made(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for info, data in entries:
            packed.writestr(info, data)
    return file.getvalue()


def entry(name: str, mode: int = 0, system: int = 3) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = system, mode << 16
    return info


@pytest.mark.parametrize(
    "name",
    ["../out", "a/../../out", "/out", "..\\out", "x\ny", "x\u202ey", "n" * 300, "a/..", "\x1b[2J"],
)
def test_no_path_leads_out_or_cannot_be_shown(tmp_path, name):
    unpacked = unpack(made((entry("fine.txt"), b"1"), (entry(name), b"2")), tmp_path / "a")
    assert there(tmp_path) == {"a/fine.txt": b"1"} and len(unpacked.left_out) == 1


def test_links_devices_and_locked_files_are_left_out(tmp_path):
    kinds = {"link": stat.S_IFLNK, "pipe": stat.S_IFIFO, "disk": stat.S_IFBLK, "file": stat.S_IFREG}
    raw = made(*((entry(name, mode | 0o777), b"/etc/passwd") for name, mode in kinds.items()))
    assert there(unpack(raw, tmp_path / "a").folder) == {"file": b"/etc/passwd"}
    assert not (tmp_path / "a" / "file").stat().st_mode & 0o111
    locked = bytearray(made((entry("x"), b"secret")))
    for start in (locked.index(b"PK\x03\x04") + 6, locked.index(b"PK\x01\x02") + 8):
        locked[start] |= 1
    assert "locked with a password" in unpack(bytes(locked), tmp_path / "b").left_out[0]


def test_no_file_takes_the_place_of_another(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = made((entry("a.ipynb"), b"1"), (entry("a.ipynb"), b"2"), (entry("d"), b"3"), (entry("d/e"), b"4"))
    unpacked = unpack(raw, tmp_path / "a")
    assert there(unpacked.folder) == {"a.ipynb": b"1", "d": b"3"}
    assert [said.partition(":")[0] for said in unpacked.left_out] == ["a.ipynb", "d/e"]


def test_a_bomb_costs_what_it_claims_and_a_claim_above_the_limit_costs_nothing(tmp_path, monkeypatch):
    raw = bytearray(zipped({"bomb.bin": bytes(10_000_000), "toy.ipynb": b"{}"}))
    assert len(raw) < 20_000
    small = bytes(raw)
    for start, offset in ((raw.index(b"PK\x03\x04"), 22), (raw.index(b"PK\x01\x02"), 24)):
        raw[start + offset : start + offset + 4] = struct.pack("<I", 100)  # claims to be small: ends there
    unpacked = unpack(bytes(raw), tmp_path / "a")
    assert there(unpacked.folder) == {"toy.ipynb": b"{}"} and "bomb.bin: it is damaged" in unpacked.left_out[0]
    monkeypatch.setattr(archive, "keep_bounds", bounded(1_000_000))
    unpacked = unpack(small, tmp_path / "b")
    assert there(unpacked.folder) == {"toy.ipynb": b"{}"} and "more than" in unpacked.left_out[0]


def bounded(most: int):
    def keep(count: int, size: int, inside: Path) -> None:
        if size > most:
            raise archive.TooMuch(f"{most} bytes")

    return keep


def test_of_too_many_files_the_notebooks_come_first(tmp_path):
    members = {f"{number}.txt": b"" for number in range(LIMITS.submitted_files + 5)} | {"z/toy.ipynb": b"{}"}
    unpacked = unpack(zipped(members), tmp_path / "a")
    assert (unpacked.folder / "z" / "toy.ipynb").exists() and len(unpacked.order) == LIMITS.submitted_files
    assert len(unpacked.left_out) == 6


def test_a_zip_in_a_zip_is_opened_once_and_one_with_an_endless_list_never(tmp_path, monkeypatch):
    twice = zipped({"more.zip": zipped({"x.txt": b"x"}), "toy.ipynb": b"{}"})
    unpacked = unpack(zipped({"work.zip": twice, "bad.zip": b"PK no zip"}), tmp_path / "a")
    assert there(unpacked.folder).keys() == {"work/more.zip", "work/toy.ipynb", "bad.zip"}
    assert unpacked.order.keys() == {unpacked.folder / name for name in there(unpacked.folder)}
    monkeypatch.setattr(archive, "MOST_ENTRIES", 10)
    many = unpack(zipped({"many.zip": zipped({f"{n}": b"" for n in range(11)})}), tmp_path / "b")
    assert "many.zip: it holds more than 10 files" in many.left_out


def test_a_zip_whose_place_is_taken_stays_where_it_is(tmp_path):
    unpacked = unpack(zipped({"work.zip": zipped({"x.txt": b"x"}), "work": b"a file"}), tmp_path / "a")
    assert there(unpacked.folder)["work"] == b"a file"
    assert unpacked.order.keys() == {unpacked.folder / name for name in there(unpacked.folder)}


def test_a_folder_in_an_archives_place_may_hold_links(tmp_path):
    (tmp_path / "secret").write_text("s")
    place = tmp_path / "folder"
    place.mkdir()
    os.symlink(tmp_path / "secret", place / "link")
    os.symlink(tmp_path, place / "up")
    os.mkfifo(place / "pipe")
    (place / "file").write_text("f")
    with opened(place) as found:
        assert [str(item.path) for item in found.items] == ["file"]


def test_old_letters_are_read_as_what_packers_write_today(tmp_path):
    raw = zipped({"Jörg_1_assignsubmission_file/toy.ipynb": b"{}"})
    silent = bytearray(raw)  # UTF-8, and no flag that says so
    for start in (silent.index(b"PK\x03\x04") + 7, silent.index(b"PK\x01\x02") + 9):
        silent[start] &= ~0x08 & 0xFF
    assert there(unpack(bytes(silent), tmp_path / "a").folder) == {"Jörg_1_assignsubmission_file/toy.ipynb": b"{}"}


def test_a_thousand_damaged_archives_leave_a_sentence_each_and_nothing_outside(tmp_path):
    whole = zipped({"a/toy.ipynb": b"{}" * 50, "b.zip": zipped({"c.txt": b"c" * 99}), "d.txt": b"d"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(1000):
        draw, raw = random.Random(seed), bytearray(whole)
        for _ in range(draw.randint(1, 12)):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        place = tmp_path / str(seed) / "inside"
        place.parent.mkdir()
        try:
            unpacked = unpack(bytes(raw), place)
        except archive.DAMAGED:
            continue  # what `opened` says in a sentence
        assert unpacked.order.keys() == {path for path in place.rglob("*") if path.is_file()}
        assert [path.name for path in place.parent.iterdir()] == ["inside"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


@pytest.mark.parametrize(
    ("part", "name", "number", "file"),
    [
        ("Ada Byron_47_assignsubmission_file", "Ada Byron", "47", ""),
        ("Ada Byron_47_assignsubmission_file_", "Ada Byron", "47", ""),
        ("Ada Byron_47_assignsubmission_file_x_1.ipynb", "Ada Byron", "47", "x_1.ipynb"),
        ("BAE,WOOJIN-2018_61_assignsubmission_onlinetext", "BAE,WOOJIN-2018", "61", ""),
        ("Default group_assignsubmission_file", "Default group", "", ""),
    ],
)
def test_moodles_names(part, name, number, file):
    assert moodle.named(part) == Named(("Moodle", name, number), file)


@pytest.mark.parametrize(
    ("part", "name", "number", "file", "upload", "late"),
    [
        ("byronada_501_77_toy.ipynb", "byronada", "501", "toy.ipynb", 77, False),
        ("byronada_late_501_77_my_toy-1.ipynb", "byronada", "501", "my_toy-1.ipynb", 77, True),
        ("garcía_ñúñez_LATE_501_77_2_x.ipynb", "garcía_ñúñez", "501", "2_x.ipynb", 77, True),
        ("byronada_501_text.html", "byronada", "501", "text.html", 0, False),
        ("anon_xY9z_77_toy.ipynb", "anon", "anon-xY9z", "toy.ipynb", 77, False),
    ],
)
def test_canvass_names(part, name, number, file, upload, late):
    assert canvas.named(part) == Named(("Canvas", name, number), file, upload, late)


@pytest.mark.parametrize("part", ["toy.ipynb", "2026_report.pdf", "data_1.csv", "__MACOSX", "", "_1_2_", "a_b_c_d"])
def test_names_that_are_no_platforms(part):
    assert moodle.named(part) is None and canvas.named(part) is None
