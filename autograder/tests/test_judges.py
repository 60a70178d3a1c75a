"""Several judges at once give the verdicts that one gives, and no failure of one reaches another's submission."""

from __future__ import annotations

import json
import threading
import time

import pytest

from autograder.gradebook import grade as grading
from autograder.gradebook import intake, judge_process, judges
from autograder.tests.test_grade import three  # noqa: F401 - fixture
from autograder.tests.test_nbgrader import course, fresh_course, grades, hand_in  # noqa: F401 - fixtures


def verdicts(root) -> dict[str, dict]:
    found = (root / "autograded").glob("*/toy/verdict.json")
    return {path.parent.parent.name: json.loads(path.read_text()) for path in found}


def all_of(root, workers: int = 2, **more) -> dict[str, dict]:
    return by_student(grading.grade("toy", root=root, workers=workers, **more))


def by_student(lines) -> dict[str, dict]:
    """Each line, but for what it says of the verdict before."""
    return {line["student"]: {name: said for name, said in line.items() if name != "before"} for line in lines}


def test_two_judges_give_what_one_gives(three):  # noqa: F811
    hand_in(three, "bob", double="def double(x): HALF")
    hand_in(three, "lou", raw=b"")
    alone = all_of(three, 1)
    before, marks = verdicts(three), {who: grades(three, who) for who in alone}
    assert {who: line["skipped"] for who, line in all_of(three).items()} == dict.fromkeys(alone, grading.UNCHANGED)
    together = all_of(three, regrade=True)
    assert together == alone and verdicts(three) == before
    assert {who: grades(three, who) for who in together} == marks


def test_two_judges_work_at_once(three):  # noqa: F811
    """The second answers only once the first was asked, and the other way round."""
    judge = three / "judge.py"
    both = "    import glob\n    open(f'{__file__}.{os.getpid()}', 'w').close()\n"
    both += "    while len(glob.glob(f'{__file__}.*')) < 2: time.sleep(0.01)\n"
    judge.write_text(judge.read_text().replace("    todos = {}\n", both + "    todos = {}\n"))
    assert len(all_of(three)) == 3


def test_with_regrade_nothing_is_skipped(three):  # noqa: F811
    all_of(three, 1)
    assert not any(line["skipped"] for line in all_of(three, 1, regrade=True).values())


def test_a_judge_that_dies_costs_nobody_else(three):  # noqa: F811
    hand_in(three, "bob", double="def double(x): DIE")
    points = {who: line["verdict"]["points"] for who, line in all_of(three).items()}
    assert points == {"ann": 10, "bob": 0, "eve": 10}
    assert {who: bool(line["skipped"]) for who, line in all_of(three).items()} == {
        "ann": True,
        "bob": False,
        "eve": True,
    }


def test_a_judge_that_has_ended_says_nothing_at_once(three):  # noqa: F811
    """An idle one, which a thread asks that was reading a submission when the run was over."""
    one = judge_process.JudgeProcess()
    one.start()
    one.end()
    asked = threading.Thread(target=one.ask, args=({}, 60), daemon=True)
    asked.start()
    asked.join(5)
    assert not asked.is_alive() and one.process is None


def test_a_file_that_changes_once_it_was_read_is_judged_again(three, monkeypatch):  # noqa: F811
    """The verdict is that of the file that was read."""
    read, changed = intake.read_submission, []

    def read_and_change(folder, *more):
        notebook = read(folder, *more)
        if folder.parent.name == "bob" and not changed:
            hand_in(three, "bob", double="def double(x): HALF")
            changed.append(folder)
        return notebook

    monkeypatch.setattr(intake, "read_submission", read_and_change)
    assert all_of(three, 1)["bob"]["verdict"]["points"] == 10
    again = all_of(three, 1)
    assert [who for who, line in again.items() if not line["skipped"]] == ["bob"]
    assert again["bob"]["verdict"]["points"] == 7


def test_what_ends_a_run_leaves_nobody_with_a_zero(three, monkeypatch):  # noqa: F811
    """Two are with their judges when the third cannot be recorded."""
    judge = three / "judge.py"
    slow = "    if 'SLOW' in cells['double']['source']: time.sleep(60)\n"
    judge.write_text(judge.read_text().replace("    todos = {}\n", slow + "    todos = {}\n"))
    for student in ("bob", "eve"):
        hand_in(three, student, double="def double(x): SLOW")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(grading.submission, "put_in_place", full)
    start = time.monotonic()
    with pytest.raises(grading.Stopped, match="No space left"):
        all_of(three, 3)
    assert time.monotonic() - start < 30 and verdicts(three) == {}
    assert all(points is None for points in grading.marks.automatic_marks("toy", three).get("bob", {}).values())


def test_afterwards_this_process_has_its_one_judge_again_and_no_other_is_left(three, monkeypatch):  # noqa: F811
    made = []
    monkeypatch.setattr(judges, "JudgeProcess", lambda core: made.append(judge_process.JudgeProcess(core)) or made[-1])
    run = grading.grade("toy", root=three, workers=2)
    next(run)
    assert len(made) == 2 and isinstance(judges.in_charge, judges.Pool)
    run.close()
    assert judges.in_charge is judge_process.warm_judge and [judge.process for judge in made] == [None, None]
