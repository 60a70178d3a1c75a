"""Judges on a real Dask scheduler's workers, all on loopback: the verdicts of one judge, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time

import distributed
import pytest

from autograder.gradebook import grade as grading
from autograder.gradebook import machines
from autograder.tests.test_grade import three  # noqa: F401 - fixture
from autograder.tests.test_judges import by_student, verdicts
from autograder.tests.test_nbgrader import course, fresh_course, grades, hand_in  # noqa: F401 - fixtures

PRELOAD = """
from autograder.gradebook import judge_process, machines
judge_process.COMMAND = {command!r}
machines.tried_here = lambda: {{"missing": {missing!r}}}
"""


@pytest.fixture
def cluster(three, request, tmp_path_factory):  # noqa: F811
    """Two worker processes, each with a nanny; they have the toy judge, and walls or not."""
    missing = getattr(request, "param", [])
    preload = tmp_path_factory.mktemp("preload") / "toy.py"
    preload.write_text(PRELOAD.format(command=["python", str(three / "judge.py")], missing=missing))
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, preload=str(preload), silence_logs=50) as cluster:
        yield cluster


def grade(root, cluster, walls: bool = True, **more) -> dict[str, dict]:
    def crew() -> machines.Machines:
        return machines.Machines(cluster.scheduler_address, "toy", walls)

    return by_student(grading.grade("toy", root=root, crew=crew, **more))


def test_workers_give_what_one_judge_here_gives(three, cluster):  # noqa: F811
    hand_in(three, "bob", double="def double(x): HALF")
    alone = by_student(grading.grade("toy", root=three))
    before, marks = verdicts(three), {who: grades(three, who) for who in alone}
    assert grade(three, cluster, regrade=True) == alone and verdicts(three) == before
    assert {who: grades(three, who) for who in alone} == marks
    assert all(line["skipped"] for line in grade(three, cluster).values())


def test_a_worker_killed_midway_loses_and_doubles_nothing(three, cluster):  # noqa: F811
    students = [f"s{n}" for n in range(8)]
    for student in students:
        hand_in(three, student)
    judge = three / "judge.py"
    judge.write_text(judge.read_text().replace("    todos = {}\n", "    time.sleep(0.5)\n    todos = {}\n"))
    with machines.Client(cluster.scheduler_address, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
    killer = threading.Timer(2, os.kill, [victim, signal.SIGKILL])
    killer.start()
    points = {who: line["verdict"]["points"] for who, line in grade(three, cluster).items()}
    killer.join()
    assert points == dict.fromkeys(["ann", "bob", "eve", *students], 10)
    assert all(line["skipped"] for line in grade(three, cluster).values())


def test_what_is_asked_again_is_judged_anew(three, cluster):  # noqa: F811
    """Dask keeps results by their names: a plain map would give the old one again."""
    judge = three / "judge.py"
    changed = '0.5 if os.path.exists(__file__ + ".strict") or "HALF" in source'
    judge.write_text(judge.read_text().replace('0.5 if "HALF" in source', changed))
    assert {line["verdict"]["points"] for line in grade(three, cluster).values()} == {10}
    (three / "judge.py.strict").touch()
    assert {line["verdict"]["points"] for line in grade(three, cluster, regrade=True).values()} == {5}


@pytest.mark.parametrize("cluster", [["no Landlock"]], indirect=True)
def test_a_worker_with_fewer_walls_is_refused(three, cluster):  # noqa: F811
    with pytest.raises(grading.Stopped, match=r"^The worker on .* cannot lock student code in fully: no Landlock\. "):
        grade(three, cluster)
    assert verdicts(three) == {}
    assert len(grade(three, cluster, walls=False)) == 3


def test_a_worker_with_other_checks_is_refused(three, cluster, monkeypatch):  # noqa: F811
    monkeypatch.setattr(machines, "of_the_judge", lambda assignment: "of another checkout")
    with pytest.raises(grading.Stopped, match=r"has other checks, or other versions, than this checkout"):
        grade(three, cluster)


def test_a_worker_with_another_secret_is_refused(three, cluster):  # noqa: F811
    judge = three / "judge.py"
    other = '    print(json.dumps({"refused": "This judge has another copy"}), flush=True); continue\n'
    judge.write_text(judge.read_text().replace("    todos = {}\n", f"{other}    todos = {{}}\n"))
    with pytest.raises(grading.Stopped, match=r"^This judge has another copy \(worker on "):
        grade(three, cluster)
    assert verdicts(three) == {}


def test_no_scheduler_and_no_workers_get_a_sentence(three, monkeypatch):  # noqa: F811
    monkeypatch.setattr(machines, "CONNECT_SECONDS", 1)
    with pytest.raises(grading.Stopped, match=r"^No Dask scheduler answers at tcp://127.0.0.1:1: "):
        machines.Machines("tcp://127.0.0.1:1", "toy")
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster,
        pytest.raises(grading.Stopped, match=r"has no workers: start some with `dask worker tcp://"),
    ):
        machines.Machines(cluster.scheduler_address, "toy")


def test_a_scheduler_that_goes_stops_the_run_and_nobody_gets_a_zero(three, cluster):  # noqa: F811
    judge = three / "judge.py"
    judge.write_text(judge.read_text().replace("    todos = {}\n", "    time.sleep(30)\n    todos = {}\n"))
    closer = threading.Timer(3, cluster.close)
    closer.start()
    start = time.monotonic()
    with pytest.raises(grading.Stopped, match="gone"):
        grade(three, cluster)
    closer.join()
    assert time.monotonic() - start < 60 and verdicts(three) == {}
