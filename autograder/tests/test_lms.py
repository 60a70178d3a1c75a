"""In: archives and lists of students of Moodle and Canvas, as `course collect`, `course roster`, nbgrader take them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.gradebook import handed_in
from autograder.lms import collect as collecting
from autograder.lms import dates, people, roster
from autograder.lms.people import Person
from autograder.sentences import NothingToGrade, Sentence
from autograder.tests.archives import FILE, LATE, LATER, WORKSHEET, answers, archive, participant, sheet, zipped
from autograder.tests.test_nbgrader import course, fresh_course, hand_in  # noqa: F401 - fixtures
from course_config import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
MIDNIGHT = datetime(2026, 11, 3, 23, 59, tzinfo=UTC)


def collect(course: Path, archive: Path, assignment: str = "toy", **how) -> str:  # noqa: F811
    return "\n".join(collecting.collect(archive, assignment, root=course, **how))


def place(course: Path, student: str) -> Path:  # noqa: F811
    return course / "submitted" / student / "toy"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def known(course: Path) -> dict[str, Person]:  # noqa: F811
    return {person.id: person for person in people.known(course)}


# ---- Moodle's archive -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Ada Byron_4711{file}/toy.ipynb", "Ada Byron_4711{file}_/toy (1).ipynb", "Ada Byron_4711{file}_my_toy.ipynb"],
)
def test_moodles_folders_old_and_new_and_its_flat_files(course, tmp_path, name):  # noqa: F811
    packed = archive(tmp_path / "a.zip", {name.format(file=FILE): answers(course)})
    said = collect(course, packed)
    assert files(place(course, "ada-byron")) == ["toy.ipynb"]
    assert "ada-byron (Ada Byron): collected" in said and "toy: 1 collected." in said
    assert handed_in.submissions("toy", None, course / "submitted").keys() == {"ada-byron"}


def test_what_lies_beside_the_notebook_goes_with_it_also_from_a_folder_or_a_zip(course, tmp_path):  # noqa: F811
    inner = zipped({"work/toy-final.ipynb": answers(course), "work/helper.py": b"x = 1", "__MACOSX/work/._a": b""})
    members = {f"Ada Byron_1{FILE}/work.zip": inner, f"Ada Byron_1{FILE}/notes.txt": b"n"}
    members |= {f"Bob_2{FILE}/sub/toy.ipynb": answers(course), f"Bob_2{FILE}/sub/p/plot.png": b"png"}
    said = collect(course, archive(tmp_path / "a.zip", members))
    assert files(place(course, "ada-byron")) == ["helper.py", "notes.txt", "toy.ipynb"]
    assert files(place(course, "bob")) == ["p/plot.png", "toy.ipynb"]
    assert "from 'work/work/toy-final.ipynb'" in said


def test_names_with_accents_blanks_and_signs_find_their_students(course, tmp_path):  # noqa: F811
    listed = sheet(
        tmp_path / "people.csv",
        "First name,Last name,Email address",
        "José María,García Ñúñez,jose@x.edu",
        "Seán,O'Brien,sean@x.edu",
        '"Ann, Jr.",Lee,ann@x.edu',
    )
    roster.take_in(listed, course)
    apart = unicodedata.normalize("NFD", "García Ñúñez José María")  # as macOS spells it, and the names turned round
    names = (f"{apart}_1", "Seán OBrien_2", "Ann, Jr. Lee_3")
    collect(course, archive(tmp_path / "a.zip", {f"{name}{FILE}/toy.ipynb": answers(course) for name in names}))
    assert {path.name for path in (course / "submitted").iterdir() if path.is_dir()} == {"jose", "sean", "ann"}


def test_two_students_of_one_name_are_told_apart_by_the_sheet_alone(course, tmp_path):  # noqa: F811
    listed = sheet(tmp_path / "p.csv", "First name,Last name,Email address", "Li,Wei,li1@x.edu", "Li,Wei,li2@x.edu")
    roster.take_in(listed, course)
    members = {f"Li Wei_{n}{FILE}/toy.ipynb": answers(course, double=f"def double(x): {n}") for n in (7, 8)}
    packed = archive(tmp_path / "a.zip", members)
    with pytest.raises(Sentence, match="Nothing was collected"):
        collect(course, packed)
    grades = sheet(
        tmp_path / "w.csv", WORKSHEET, participant(8, "Li Wei", "LI1@x.edu"), participant(7, "Li Wei", "li2@x.edu")
    )
    collect(course, packed, sheet=grades)
    assert "double(x): 8" in (place(course, "li1") / "toy.ipynb").read_text()
    assert "double(x): 7" in (place(course, "li2") / "toy.ipynb").read_text()


def test_of_two_students_of_one_name_one_alone_may_be_either(course, tmp_path):  # noqa: F811
    listed = sheet(tmp_path / "p.csv", "First name,Last name,Email address", "Li,Wei,li1@x.edu", "Li,Wei,li2@x.edu")
    roster.take_in(listed, course)
    members = {f"Li Wei_7{FILE}/toy.ipynb": answers(course), f"Ada_1{FILE}/toy.ipynb": answers(course)}
    said = collect(course, archive(tmp_path / "a.zip", members))
    assert "Li Wei (7): not collected. 2 students are called so" in said and not place(course, "li1").exists()


@pytest.mark.parametrize("order", [1, -1])
def test_an_id_that_two_could_have_is_neithers_whoever_comes_first(course, tmp_path, order):  # noqa: F811
    rows = ["Ann,Lee,lee@a.edu", "Bob,Lee,lee@b.edu"][::order]
    roster.take_in(sheet(tmp_path / "p.csv", "First name,Last name,Email address", *rows), course)
    assert known(course).keys() == {"lee@a.edu", "lee@b.edu"}


def test_two_of_one_name_without_any_list_are_left_with_a_sentence(course, tmp_path):  # noqa: F811
    members = {f"Li Wei_{n}{FILE}/toy.ipynb": answers(course) for n in (7, 8)} | {
        f"Ada_1{FILE}/toy.ipynb": answers(course)
    }
    said = collect(course, archive(tmp_path / "a.zip", members))
    assert "Li Wei (7): not collected. 2 in the archive would be 'li-wei'" in said and "--sheet" in said
    assert "1 collected, 2 not collected" in said


def test_a_groups_work_is_everybodys_in_it(course, tmp_path):  # noqa: F811
    head = WORKSHEET.replace("Status,", "Status,Group,")
    rows = [
        participant(n, name, f"{name}@x.edu").replace('grading"', f'grading","{team}"')
        for n, name, team in ((1, "Ada", "Team A"), (2, "Bob", "Team A"), (3, "Cyd", "Team B"))
    ]
    packed = archive(tmp_path / "a.zip", {f"Team A_3{FILE}/toy.ipynb": answers(course)})
    said = collect(course, packed, sheet=sheet(tmp_path / "w.csv", head, *rows))
    assert place(course, "Ada").exists() and place(course, "Bob").exists() and not place(course, "Cyd").exists()
    assert "2 collected" in said


def test_blind_marking_keeps_the_numbers(course, tmp_path):  # noqa: F811
    members = {f"Participant_{n}{FILE}/toy.ipynb": answers(course) for n in (41, 42)}
    collect(course, archive(tmp_path / "a.zip", members))
    assert place(course, "participant-41").exists() and place(course, "participant-42").exists()


# ---- Canvas's archive -------------------------------------------------------------------------------------


def test_canvass_names_find_the_students_of_its_gradebook(course, tmp_path):  # noqa: F811
    listed = sheet(
        tmp_path / "g.csv",
        "Student,ID,SIS User ID,SIS Login ID,Section,toy (99),Current Score",
        ",,,,,Manual Posting,",
        "    Points Possible,,,,,15,(read only)",
        '"Byron, Ada",501,u1,ada@x.edu,S1,,',
        '"Müller, Jörg",502,u2,jm12,S1,,',
        '"Student, Test",599,,abc,S1,,',
    )
    roster.take_in(listed, course)
    assert known(course).keys() == {"ada", "jm12"}
    assert known(course)["jm12"] == Person("jm12", "Jörg", "Müller", "", "502")
    members = {
        "byronada_LATE_501_9001_toy-2.ipynb": answers(course),
        "byronada_LATE_501_9000_notes.txt": b"n",
        "müllerjörg_502_9002_toy.ipynb": answers(course),
        "late_503_9003_1_2_toy.ipynb": answers(course),
        "textonly_504_text.html": b"<p>hello</p>",
    }
    said = collect(course, archive(tmp_path / "submissions.zip", members))
    assert files(place(course, "ada")) == ["notes.txt", "toy.ipynb"]
    assert place(course, "jm12").exists() and place(course, "503").exists()
    assert "ada (byronada): collected; from 'toy-2.ipynb'; Canvas calls it late." in said
    assert "503 (late): collected; from '1_2_toy.ipynb'; not in the roster." in said
    assert "textonly (504): not collected. No notebook was found among: text.html." in said


def test_who_was_collected_before_any_roster_keeps_the_place(course, tmp_path):  # noqa: F811
    packed = archive(tmp_path / "submissions.zip", {"byronada_501_9_toy.ipynb": answers(course)})
    collect(course, packed)
    assert place(course, "501").exists()
    head = "Student,ID,SIS User ID,SIS Login ID,Section"
    roster.take_in(sheet(tmp_path / "g.csv", head, '"Byron, Ada",501,,ada@x.edu,S'), course)
    assert known(course) == {"501": Person("501", "Ada", "Byron", "ada@x.edu", "501")}


# ---- which notebook ---------------------------------------------------------------------------------------


def test_of_several_notebooks_the_named_one_counts_or_the_one_that_fits_or_the_last(course, tmp_path):  # noqa: F811
    work, other = answers(course), b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    first, second = answers(course, double="def double(x): 1"), answers(course, double="def double(x): 2")
    members = {f"A_1{FILE}/{name}": data for name, data in {"toy.ipynb": work, "toy (1).ipynb": first}.items()}
    members |= {f"B_2{FILE}/{name}": data for name, data in {"x.ipynb": other, "y.ipynb": first}.items()}
    members |= {f"C_3{FILE}/{name}": data for name, data in {"x.ipynb": first, "y.ipynb": second}.items()}
    said = collect(course, archive(tmp_path / "a.zip", members))
    assert (place(course, "a") / "toy.ipynb").read_bytes() == work
    assert (place(course, "b") / "toy.ipynb").read_bytes() == first
    assert "toy.ipynb counts, one of 2 notebooks" in said and "from 'y.ipynb', one of 2 notebooks" in said
    assert "C (3): not collected. There were several notebooks" in said
    uploads = {"d_4_20_x.ipynb": first, "d_4_21_y.ipynb": second}
    collect(course, archive(tmp_path / "submissions.zip", uploads))
    assert (place(course, "4") / "toy.ipynb").read_bytes() == second


def test_the_notebooks_say_which_assignment_it_is(course, tmp_path):  # noqa: F811
    shutil.copytree(course / "release" / "toy", course / "release" / "game")
    (course / "release" / "game" / "toy.ipynb").rename(course / "release" / "game" / "game.ipynb")
    game = course / "release" / "game" / "game.ipynb"
    game.write_text(game.read_text().replace("check_double", "check_triple").replace('"double"', '"triple"'))
    wrong = game.read_bytes()
    members = {
        f"A_1{FILE}/hw.ipynb": answers(course),
        f"B_2{FILE}/b.ipynb": answers(course),
        f"C_3{FILE}/c.ipynb": wrong,
    }
    said = collect(course, archive(tmp_path / "a.zip", members), assignment="")
    assert place(course, "a").exists() and "C (3): not collected. c.ipynb answers game, not toy." in said
    nothing = archive(tmp_path / "b.zip", {f"A_1{FILE}/hw.ipynb": b"no notebook"})
    with pytest.raises(Sentence, match="Which assignment is b.zip.*--assignment"):
        collect(course, nothing, assignment="")


def test_a_damaged_notebook_is_collected_for_the_grader_to_mend(course, tmp_path):  # noqa: F811
    broken = answers(course)[:-200]
    collect(course, archive(tmp_path / "a.zip", {f"A_1{FILE}/toy.ipynb": broken}))
    assert (place(course, "a") / "toy.ipynb").read_bytes() == broken


def test_an_archive_without_any_submission_is_an_error_that_says_what_was_looked_for(course, tmp_path):  # noqa: F811
    packed = archive(tmp_path / "photos.zip", {"2026/beach.jpg": b""})
    with pytest.raises(Sentence, match="Nothing in photos.zip is a student's.*_assignsubmission_file.*lastfirst_12345"):
        collect(course, packed)
    (tmp_path / "c.zip").write_bytes(b"<html>Log in first</html>")
    with pytest.raises(Sentence, match="c.zip cannot be read as a zip archive"):
        collect(course, tmp_path / "c.zip")
    assert not list((course / "submitted").glob("*"))


def test_a_folder_that_a_browser_unpacked_does_as_well(course, tmp_path):  # noqa: F811
    there = tmp_path / "CS-toy-12" / f"Ada_1{FILE}" / "toy.ipynb"
    there.parent.mkdir(parents=True)
    there.write_bytes(answers(course))
    collect(course, tmp_path / "CS-toy-12")
    assert files(place(course, "ada")) == ["toy.ipynb"]


# ---- again ------------------------------------------------------------------------------------------------


def test_a_newer_attempt_takes_the_place_of_the_older_one_and_nothing_else_does(course, tmp_path):  # noqa: F811
    old, new = answers(course, double="def double(x): 1"), answers(course, double="def double(x): 2")
    first = archive(tmp_path / "1.zip", {f"Ada_1{FILE}/toy.ipynb": old, f"Ada_1{FILE}/old.txt": b""})
    second = archive(tmp_path / "2.zip", {f"Ada_1{FILE}/toy.ipynb": new}, LATER)
    collect(course, first)
    assert "unchanged" in collect(course, first)
    assert "collected in the place of the one before, which was older" in collect(course, second)
    assert files(place(course, "ada")) == ["toy.ipynb"] and (place(course, "ada") / "toy.ipynb").read_bytes() == new
    assert "not newer than what was collected before, which was kept" in collect(course, first)
    assert (place(course, "ada") / "toy.ipynb").read_bytes() == new
    assert "in the place of what lay there" in collect(course, first, replace=True)
    assert (place(course, "ada") / "toy.ipynb").read_bytes() == old


def test_canvass_uploads_are_newer_by_their_numbers(course, tmp_path):  # noqa: F811
    old, new = answers(course, double="def double(x): 1"), answers(course, double="def double(x): 2")
    collect(course, archive(tmp_path / "1.zip", {"a_5_99_toy.ipynb": old}, LATER))
    collect(course, archive(tmp_path / "2.zip", {"a_5_100_toy-1.ipynb": new}))
    assert (place(course, "5") / "toy.ipynb").read_bytes() == new


def test_what_other_hands_put_there_is_kept(course, tmp_path):  # noqa: F811
    hand_in(course, "ada", double="def double(x): 3")
    before = (place(course, "ada") / "toy.ipynb").read_bytes()
    said = collect(course, archive(tmp_path / "1.zip", {f"Ada_1{FILE}/toy.ipynb": answers(course)}))
    assert "no `course collect` put there what lies in submitted/" in said
    assert (place(course, "ada") / "toy.ipynb").read_bytes() == before


# ---- dates ------------------------------------------------------------------------------------------------


def test_dates_come_from_the_sheet_in_the_zone_that_is_named_and_from_nowhere_else(course, tmp_path):  # noqa: F811
    members = {f"{name}_{n}{FILE}/toy.ipynb": answers(course) for n, name in enumerate(("Ada", "Bob", "Cyd"), 1)}
    packed, submitted = archive(tmp_path / "a.zip", members), course / "submitted"
    collect(course, packed)
    assert dates.recorded(submitted, "toy") == {}  # the archive's own hours are no dates
    us = "Tuesday, November 3, 2026, 11:59 PM"
    rows = participant(1, "Ada", "ada@x.edu"), participant(2, "Bob", "bob@x.edu", us)
    worksheet = sheet(tmp_path / "w.csv", WORKSHEET, *rows, participant(3, "Cyd", "", "mardi 3 novembre 2026, 23:59"))
    said = collect(course, packed, sheet=worksheet)
    assert "w.csv: 2 dates of handing in, read as UTC" in said
    assert "Dates that cannot be read, so that none are kept: cyd (mardi 3 novembre 2026, 23:59)" in said
    assert dates.recorded(submitted, "toy") == {"ada": MIDNIGHT, "bob": MIDNIGHT}
    collect(course, packed, sheet=worksheet, timezone="America/New_York")
    assert dates.recorded(submitted, "toy")["ada"].isoformat() == "2026-11-04T04:59:00+00:00"
    (course / "policy.toml").write_text('timezone = "Asia/Tokyo"\n')
    collect(course, packed, sheet=worksheet)
    assert dates.recorded(submitted, "toy")["ada"].isoformat() == "2026-11-03T14:59:00+00:00"
    with pytest.raises(Sentence, match="--timezone Mars: no time zone"):
        collect(course, packed, sheet=worksheet, timezone="Mars")


def test_a_table_of_the_courses_own_may_say_dates_for_canvas(course, tmp_path):  # noqa: F811
    own = sheet(tmp_path / "own.csv", "id,submitted_at", "5,2026-11-04T00:59:00+01:00")
    collect(course, archive(tmp_path / "1.zip", {"a_5_99_toy.ipynb": answers(course)}), sheet=own)
    assert dates.recorded(course / "submitted", "toy") == {"5": MIDNIGHT}


def test_dates_stand_where_no_student_writes_and_others_do_not_read(course, tmp_path):  # noqa: F811
    members = {f"Ada_1{FILE}/.collected.json": b"{}", f"Ada_1{FILE}/toy.ipynb": answers(course)}
    worksheet = sheet(tmp_path / "w.csv", WORKSHEET, participant(1, "Ada", "ada@x.edu", LATE))
    collect(course, archive(tmp_path / "a.zip", members), sheet=worksheet)
    kept = course / "submitted" / ".collected.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and files(place(course, "ada")) == ["toy.ipynb"]
    kept.write_text("{")
    with pytest.raises(Sentence, match="is damaged"):
        dates.recorded(course / "submitted", "toy")


def test_a_later_date_tells_a_newer_attempt_whatever_the_archives_clock_says(course, tmp_path):  # noqa: F811
    old, new = answers(course, double="def double(x): 1"), answers(course, double="def double(x): 2")
    first, second = archive(tmp_path / "1.zip", {f"A_1{FILE}/toy.ipynb": old}, LATER), tmp_path / "2.zip"
    collect(course, first, sheet=sheet(tmp_path / "1.csv", WORKSHEET, participant(1, "A", "")))
    archive(second, {f"A_1{FILE}/toy.ipynb": new})
    collect(course, second, sheet=sheet(tmp_path / "2.csv", WORKSHEET, participant(1, "A", "", LATE)))
    assert (place(course, "a") / "toy.ipynb").read_bytes() == new
    assert dates.recorded(course / "submitted", "toy")["a"] > MIDNIGHT


# ---- rosters ----------------------------------------------------------------------------------------------


def test_a_roster_names_the_class_and_takes_in_who_joins_late(course, tmp_path):  # noqa: F811
    head = "First name;Surname;Username;ID number;Email address"
    first = ["Ada;Byron;ada;s1;ada@x.edu", "Bob;Lee;;s2;bob@x.edu"]
    roster.take_in(sheet(tmp_path / "1.csv", head, *first), course)
    assert known(course)["ada"] == Person("ada", "Ada", "Byron", "ada@x.edu", "s1")
    later = ["Ada;King;ada;s1;ada@x.edu", "Cyd;Lee;;s3;bob@y.edu"]
    said = "\n".join(roster.take_in(sheet(tmp_path / "2.csv", "\ufeff" + head, *later), course))
    assert (
        "1 new, 1 with new details" in said
        and "In the gradebook, and not in this list (left as they are): bob." in said
    )
    assert known(course)["ada"].last_name == "King" and known(course)["bob@y.edu"].first_name == "Cyd"


def test_a_list_of_the_courses_own_says_the_ids(course, tmp_path):  # noqa: F811
    own = sheet(
        tmp_path / "own.csv", "id,first_name,last_name,email", "ada,Ada,Byron,", "=1+1,Eve,X,e@x.edu", ".z,Z,Z,"
    )
    said = "\n".join(roster.take_in(own, course))
    assert known(course).keys() == {"ada"}
    assert "Eve X is left out: '=1+1' begins with a sign" in said and "Z Z is left out: '.z' begins with a dot" in said


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"PK\x03\x04", "is an Excel or OpenDocument file"),
        (b"Prenom,Nom\nAda,Byron\n", "Looked for were Student, ID and Section"),
        (b"id,first_name\n", "lists no student"),
        (b"id,first_name\nada,\xff\xfe\xff\n", "no UTF-8 text"),
        (b"", "is empty"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_roster_is_refused_in_a_sentence(course, tmp_path, raw, sentence):  # noqa: F811
    if raw is not None:
        (tmp_path / "x.csv").write_bytes(raw)
    with pytest.raises(Sentence, match=sentence):
        roster.take_in(tmp_path / "x.csv", course)


# ---- nbgrader's own command -------------------------------------------------------------------------------


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess:  # noqa: F811
    command = [sys.executable, "-m", "nbgrader", *arguments]
    there = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=course, env=there, capture_output=True, text=True, timeout=120)


@pytest.fixture
def own_course(course):  # noqa: F811
    settings = (
        (ROOT / "nbgrader_config.py").read_text().replace("str(Path(__file__).resolve().parent)", repr(str(ROOT)))
    )
    (course / "nbgrader_config.py").write_text(f"{settings}\nget_config().CourseDirectory.root = {str(course)!r}\n")
    (course / "downloaded" / "toy" / "archive").mkdir(parents=True)
    return course


@pytest.mark.slow
def test_nbgraders_zip_collect_takes_moodles_and_canvass_archives(own_course):
    there = own_course / "downloaded" / "toy" / "archive"
    archive(there / "m.zip", {f"Ada B_1{FILE}/my toy.ipynb": answers(own_course), f"Ada B_1{FILE}/a.py": b""})
    archive(there / "c.zip", {"leebob_502_7_toy-1.ipynb": answers(own_course)})
    done = nbgrader(own_course, "zip_collect", "toy")
    assert done.returncode == 0, done.stderr
    assert files(place(own_course, "ada-b")) == ["a.py", "toy.ipynb"] and files(place(own_course, "502")) == [
        "toy.ipynb"
    ]


@pytest.mark.slow
def test_a_pattern_of_the_instructors_own_still_rules(own_course):
    (own_course / "downloaded" / "toy" / "archive" / "ann-toy.ipynb").write_bytes(answers(own_course))
    with (own_course / "nbgrader_config.py").open("a") as settings:
        settings.write(
            "get_config().FileNameCollectorPlugin.named_regexp = r'.*/(?P<student_id>\\w+)-(?P<file_id>\\w+)'\n"
        )
    done = nbgrader(own_course, "zip_collect", "toy")
    assert done.returncode == 0, done.stderr
    assert files(place(own_course, "ann")) == ["toy.ipynb"]


@pytest.mark.slow
def test_nbgraders_zip_collect_fails_where_nothing_is_collected(own_course):
    archive(own_course / "downloaded" / "toy" / "archive" / "m.zip", {"beach.jpg": b""})
    done = nbgrader(own_course, "zip_collect", "toy")
    assert done.returncode == 1 and "Nothing was collected from" in done.stderr and "m.zip" in done.stderr


def test_grade_names_the_command_that_takes_archives_in(course):  # noqa: F811
    with pytest.raises(NothingToGrade, match="`course collect ARCHIVE` takes in what Moodle or Canvas"):
        handed_in.submissions("toy", None, course / "submitted")
