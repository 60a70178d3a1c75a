"""Our part of nbgrader's pipeline: marks, messages, what stays the student's, and what must never stop a batch."""

from __future__ import annotations

import contextlib
import csv
import html
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from sqlalchemy.exc import OperationalError

from autograder.gradebook import intake, judge_process, marks, settings, step, submission
from autograder.sentences import NotBuilt
from autograder.tests import toy

HOME = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
STUB_JUDGE = """
import json, os, sys, time
NAMES = {"double": "2 * 2 is <b>4</b>", "counter": "n is 7"}
for line in sys.stdin:
    request = json.loads(line)
    cells = {cell["id"]: cell for cell in request["notebook"]["cells"]}
    todos = {}
    for todo, check in NAMES.items():
        source, most = cells[todo]["source"], float(cells["check_" + todo]["metadata"]["nbgrader"]["points"])
        if "DIE" in source:
            os._exit(1)
        if "HANG" in source:
            open(__file__ + ".hangs", "w").close()
            time.sleep(100)
        if "BABBLE" in source:
            print("no JSON")
        right = 0 if "NotImplemented" in source else 0.5 if "HALF" in source else 1
        extra = 1e-9 if "MORE" in source else 0
        passed = {"name": check, "passed": right == 1, "points": most * right, "max": most, "message": ""}
        passed["message"] = "" if right == 1 else "It gives <script>5</script>."
        todos[todo] = {"points": most * right + extra, "max": most, "checks": [passed]}
        if "NAN" in source:
            todos[todo]["points"] = float("nan")
    todos = {todo: todos[todo] for todo in request["only"] or todos}
    cells["plot"]["outputs"] += [{"output_type": "stream", "name": "stderr", "text": "100%|####|"}]
    verdict = {"assignment": request["assignment"], "todos": todos, "seed": request["seed"]}
    verdict["notes"] = ["A note.", *request["modules"]]
    verdict |= {"points": sum(t["points"] for t in todos.values()), "max": 10, "isolation": "stub", "seconds": 0}
    verdict["spent"] = {"cells": 1.0, "checks": 0.5}
    print(json.dumps({"verdict": verdict, "notebook": request["notebook"]}), flush=True)
"""


@pytest.fixture(scope="module")
def fresh_course(tmp_path_factory):
    """A course with the toy assignment released, and a judge that looks for words in the answers."""
    root = tmp_path_factory.mktemp("fresh")
    (root / "source" / "toy").mkdir(parents=True)
    nbformat.write(toy.notebook(toy.SOURCE), root / "source" / "toy" / "toy.ipynb")
    (root / "judge.py").write_text(STUB_JUDGE)
    coursedir, config = settings.course(root, assignment_id="toy", student_id=".")
    GenerateAssignment(coursedir=coursedir, config=config).start()
    return root


@pytest.fixture
def course(fresh_course, tmp_path, monkeypatch):
    shutil.copytree(fresh_course, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(judge_process, "COMMAND", [sys.executable, str(tmp_path / "judge.py")])
    monkeypatch.setattr(judge_process.warm_judge, "process", None)
    yield tmp_path
    if judge_process.warm_judge.process:
        judge_process.warm_judge.stop()


def hand_in(course: Path, student: str, name: str = "toy.ipynb", raw: bytes | None = None, **answers: str) -> None:
    nb = nbformat.read(course / "release" / "toy" / "toy.ipynb", 4)
    for answer, source in (toy.ANSWERS | answers).items():
        toy.find(nb, answer).source = source
    path = course / "submitted" / student / "toy" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(nbformat.writes(nb).encode() if raw is None else raw)


def grade(course: Path, student: str = "ann") -> dict:
    return submission.grade_submission(student, "toy", course)


def graded(course: Path, student: str = "ann"):
    return nbformat.read(course / "autograded" / student / "toy" / "toy.ipynb", 4)


def grades(course: Path, student: str = "ann") -> dict[str, tuple]:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        found = gradebook.find_submission("toy", student).notebooks[0].grades
        return {g.name: (g.auto_score, g.manual_score, bool(g.needs_manual_grade)) for g in found}


def page(course: Path, student: str = "ann") -> str:
    marks.feedback("toy", course)
    return (course / "feedback" / student / "toy" / "toy.html").read_text(encoding="utf-8")


def test_marks_reach_the_gradebook_and_the_verdict_stands_beside(course):
    hand_in(course, "ann", double="def double(x): HALF")
    verdict = grade(course)
    assert grades(course) == {
        "check_double": (3.0, None, False),
        "check_counter": (4.0, None, False),
        "reflection_1": (None, None, True),
    }
    assert verdict == json.loads((course / "autograded/ann/toy/verdict.json").read_text())
    assert verdict["points"] == 7 and verdict["mended"] == []
    assert marks.table("toy", course) == [
        {"student": "ann", "code_score": 7.0, "max_code_score": 10.0, "written_score": 0.0, "max_written_score": 5.0}
        | {"score": 7.0, "max_score": 15.0, "needs_manual_grade": True}
    ]


@pytest.mark.parametrize(("word", "mark"), [("MORE", 6.0), ("NAN", 0.0)])
def test_a_mark_is_a_plain_number_within_its_limits(course, word, mark):
    hand_in(course, "ann", double=f"def double(x): {word}")
    grade(course)
    assert grades(course)["check_double"][0] == mark


def test_what_colab_and_kaggle_note_in_a_notebook_is_kept_and_costs_nothing(course):
    nb = nbformat.read(course / "release" / "toy" / "toy.ipynb", 4)
    ours = {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU", "kaggle": {"accelerator": "none"}}
    noted = {"id": "Xy_1", "outputId": "0a", "colab": {"base_uri": "https://localhost"}}
    nb.metadata |= ours
    for cell in nb.cells:
        cell.metadata |= noted | {"executionInfo": {"user": {"displayName": "Ann"}}}
    nb.metadata["kaggle_more"], nb.cells[0].metadata["colab"] = "x", "x" * 2001
    for answer, source in toy.ANSWERS.items():
        toy.find(nb, answer).source = source
    hand_in(course, "ann", raw=nbformat.writes(nb).encode())
    hand_in(course, "ben")
    assert grade(course)["points"] == grade(course, "ben")["points"] == 10
    made = graded(course)
    assert made.metadata | ours == made.metadata
    kept = [cell for cell in made.cells if cell.metadata | noted == cell.metadata]
    assert [cell.metadata.get("nbgrader") for cell in kept] == [cell.metadata.get("nbgrader") for cell in nb.cells[1:]]
    assert "executionInfo" not in str(made) and "kaggle_more" not in str(made) and "colab" not in made.cells[0].metadata


def test_an_untouched_reflection_is_zero_and_waits_for_nobody(course):
    hand_in(course, "ann", reflection_1="YOUR ANSWER HERE")
    grade(course)
    assert grades(course)["reflection_1"] == (0.0, None, False)


def test_a_reflection_answered_in_another_cell_waits_for_a_grader_and_the_page_says_so(course):
    hand_in(course, "ann", reflection_1="YOUR ANSWER HERE", question="Why?\n\nBecause.")
    (said,) = grade(course)["mended"]
    assert grades(course)["reflection_1"] == (None, None, True)
    assert f"<li>{said}</li>" in page(course) and "in the question&#x27;s cell" in html.escape(page(course))


def test_outputs_of_this_run_are_kept_and_stderr_costs_nothing(course):
    hand_in(course, "ann")
    grade(course)
    assert toy.find(graded(course), "plot").outputs[0].text == "100%|####|"
    assert grades(course)["check_counter"][0] == 4.0


def test_feedback_shows_each_message_escaped_and_the_notes(course):
    hand_in(course, "ann", "toy <b>.ipynb", double="def double(x): HALF")
    grade(course)
    text = page(course)
    assert '2 * 2 is &lt;b&gt;4&lt;/b&gt; <span class="gain">−3</span>' in text
    assert "It gives &lt;script&gt;5&lt;/script&gt;." in text
    assert "<li>n is 7 (4 of 4)</li>" in text
    assert "<li>toy &lt;b&gt;.ipynb was graded as toy.ipynb.</li><li>A note.</li>" in text


def test_a_picture_beside_the_notebook_is_on_the_page_and_a_missing_one_stops_nothing(course):
    hand_in(course, "ann", reflection_1="**So:** ![a](a.png) ![b](attachment:b%20c.png)")
    (course / "submitted/ann/toy/a.png").write_bytes(b"\x89PNG...")
    grade(course)
    text = page(course)
    assert 'src="data:image/png;base64,iVBORy4uLg=="' in text and "[picture missing: b c.png]" in text


def test_a_manual_mark_and_a_comment_reach_feedback_and_survive_grading_again(course):
    hand_in(course, "ann")
    grade(course)
    page(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("reflection_1", "toy", "toy", "ann").manual_score = 4.5
        gradebook.find_comment("reflection_1", "toy", "toy", "ann").manual_comment = "Well seen."
        gradebook.db.commit()
    for _ in range(2):
        text = page(course)
        assert "Well seen." in text and "4.5 of 5" in text and "<b>14.5</b> of 15 points" in text
        grade(course)
    assert grades(course)["reflection_1"][1] == 4.5


def test_a_mark_by_hand_waits_to_be_looked_at_again_only_where_the_answer_has_changed(course):
    hand_in(course, "ann")
    grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        mark = gradebook.find_grade("reflection_1", "toy", "toy", "ann")
        mark.manual_score, mark.needs_manual_grade = 4.5, False
        gradebook.db.commit()
    hand_in(course, "ann", double="def double(x): HALF")
    grade(course)
    assert (
        grades(course)["reflection_1"] == (None, 4.5, False) and not marks.table("toy", course)[0]["needs_manual_grade"]
    )
    hand_in(course, "ann", reflection_1="I think otherwise.")
    for _ in range(2):  # still to be looked at, though it is the same since
        grade(course)
        assert grades(course)["reflection_1"] == (None, 4.5, True)


@pytest.mark.parametrize("raw", [b"", b"<html>", b'{"cells": [1]}', b'{"cells": [{"cell_type": "code"}]}'])
def test_a_refused_submission_is_zero_with_a_sentence(course, raw):
    hand_in(course, "ann", raw=raw)
    verdict = grade(course)
    assert verdict["points"] == 0 and verdict["max"] == 10 and verdict["mended"][0].endswith((".", "?"))
    assert grades(course) == {name: (0.0, None, False) for name in ("check_double", "check_counter", "reflection_1")}
    assert html.escape(verdict["mended"][0]) in page(course)


def test_python_files_beside_the_notebook_reach_the_judge(course):
    hand_in(course, "ann", double="import helper\ndef double(x): return helper.twice(x)")
    hand_in(course, "ann", "helper.py", raw=b"def twice(x): return 2 * x")
    hand_in(course, "ann", "unnamed.py", raw=b"1 / 0")
    verdict = grade(course)
    assert verdict["mended"] == ["Read beside the notebook: helper.py."] and verdict["notes"] == ["A note.", "helper"]
    assert "Read beside the notebook: helper.py." in page(course)
    assert "twice" not in (course / "autograded/ann/toy/toy.ipynb").read_text().replace("helper.twice", "")


def test_a_folder_without_a_notebook_is_zero_with_a_sentence(course):
    hand_in(course, "ann", "notes.txt")
    assert "No notebook was found" in grade(course)["mended"][0]
    assert "No notebook was found" in page(course)


def test_where_nbgrader_itself_fails_it_is_zero_with_a_sentence(course, monkeypatch):
    def fails(*_):
        raise IsADirectoryError

    hand_in(course, "ann")
    monkeypatch.setattr(submission.Autograde, "init_assignment", fails)
    verdict = grade(course)
    assert verdict["mended"] == [intake.UNREADABLE]
    assert intake.UNREADABLE in page(course)
    assert grades(course)["check_double"] == (0, None, False)


def test_a_folder_named_like_a_file_of_the_course_is_not_in_its_way(course):
    (course / "source/toy/notes.txt").touch()
    hand_in(course, "ann")
    hand_in(course, "ann", "notes.txt/x", raw=b"")
    assert grade(course)["points"] == 10
    assert (course / "autograded/ann/toy/notes.txt/x").is_file()


@pytest.mark.parametrize("name", ["verdict.json", "verdict.json/x", "verdict.json.part/x"])
def test_a_verdict_that_a_student_hands_in_does_not_count(course, name):
    hand_in(course, "ann", double="def double(x): raise NotImplementedError")
    hand_in(course, "ann", name, raw=b'{"points": 99}')
    assert grade(course)["points"] == 4


def test_data_sets_verdicts_and_what_lies_in_source_are_not_copied_for_every_student(course):
    for folder in ("source/toy", "submitted/ann/toy"):
        (course / folder / "mnist_subset").mkdir(parents=True)
        (course / folder / "mnist_subset" / "images").write_text("large")
        (course / folder / "notes.txt").write_text(folder)
    (course / "source/toy/toy.py").write_text("the solutions, in a text that is paired with the notebook")
    hand_in(course, "ann")
    grade(course)
    page(course)
    assert sorted(os.listdir(course / "autograded/ann/toy")) == ["notes.txt", "toy.ipynb", "verdict.json"]
    assert sorted(os.listdir(course / "feedback/ann/toy")) == ["notes.txt", "toy.html"]
    assert (course / "feedback/ann/toy/notes.txt").read_text() == "submitted/ann/toy"


def test_a_notebook_cannot_bring_its_own_refusal_or_marks(course):
    nb = nbformat.read(course / "release/toy/toy.ipynb", 4)
    nb.metadata["autograder"] = {"mended": ["Full marks."]}
    toy.find(nb, "check_double").outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "6.0"})]
    hand_in(course, "ann", raw=nbformat.writes(nb).encode())
    verdict = grade(course)
    assert verdict["mended"] == [] and grades(course)["check_double"][0] == 0


@pytest.mark.parametrize("word", ["DIE", "HANG", "BABBLE"])
def test_a_judge_that_fails_costs_one_submission(course, word, monkeypatch):
    limits = step.LIMITS
    monkeypatch.setattr(step, "LIMITS", type(limits)(judging_seconds=2))
    hand_in(course, "ann", double=f"def double(x): {word}")
    hand_in(course, "bob")
    start = time.monotonic()
    assert grade(course, "ann")["mended"] == [step.NO_ANSWER]
    assert grade(course, "bob")["points"] == 10
    assert time.monotonic() - start < 15


def test_a_judge_that_died_between_two_submissions_is_started_again(course):
    hand_in(course, "ann")
    grade(course)
    judge_process.warm_judge.process.kill()
    judge_process.warm_judge.process.wait()
    assert grade(course)["points"] == 10


def test_without_a_release_the_instructor_is_told_and_nobody_gets_zero(course):
    hand_in(course, "ann")
    with pytest.raises(NotBuilt, match="course build"):
        submission.grade_submission("ann", "other", course)
    (course / "release/toy/toy.ipynb").unlink()
    with pytest.raises(NotBuilt, match="course build"):
        grade(course)
    assert marks.table("toy", course) == []


def test_a_locked_gradebook_gives_nobody_zero(course, monkeypatch):
    def locked(*_):
        raise OperationalError("UPDATE grade", {}, Exception("database is locked"))

    hand_in(course, "ann")
    monkeypatch.setattr(submission.Autograde, "init_assignment", locked)
    with pytest.raises(OperationalError):
        grade(course)
    assert marks.table("toy", course) == []


# ---- plain nbgrader ---------------------------------------------------------------------------------------

CONFIG = """
import sys
sys.path.insert(0, {home!r})
from autograder.gradebook import judge_process
from autograder.gradebook.settings import nbgrader_config
judge_process.COMMAND = [sys.executable, {judge!r}]
c = nbgrader_config()
c.CourseDirectory.root = {root!r}
get_config().merge(c)
"""


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}  # none of our settings


def write_config(course: Path) -> None:
    text = CONFIG.format(home=str(HOME), judge=str(course / "judge.py"), root=str(course))
    (course / "nbgrader_config.py").write_text(text)


def nbgrader(course: Path, *words: str) -> subprocess.CompletedProcess:
    """nbgrader as an instructor types it."""
    write_config(course)
    command = [sys.executable, "-m", "nbgrader", *words]
    return subprocess.run(command, cwd=course, env=ENVIRONMENT, capture_output=True, text=True, timeout=240)


def damaged(course: Path) -> dict[str, float]:
    """Submissions that plain nbgrader stumbles over, one a student, and the automatic points of each."""
    hand_in(course, "a_empty", raw=b"")
    hand_in(course, "b_named", "Toy (1).ipynb")
    hand_in(course, "c_nested", "work/toy.ipynb")
    hand_in(course, "d_nothing", "notes.txt")
    hand_in(course, "e_dies", double="def double(x): DIE")
    for student, change in {
        "f_copied": lambda nb: nb.cells.append(toy.duplicate(nb, "check_double")),
        "g_old": lambda nb: toy.find(nb, "double").metadata.nbgrader.update(schema_version=1),
        "h_new": lambda nb: toy.find(nb, "check_double").metadata.nbgrader.update(schema_version=99),
        "i_renamed": lambda nb: toy.find(nb, "check_double").metadata.nbgrader.update(grade_id="x", points=99),
        "j_deleted": lambda nb: nb.cells.remove(toy.find(nb, "check_double")),
        "k_kernel": lambda nb: nb.metadata.update(kernelspec={"name": "julia", "display_name": "J"}),
        "l_turned": lambda nb: nb.cells.reverse(),
    }.items():
        hand_in(course, student)
        path = course / "submitted" / student / "toy" / "toy.ipynb"
        nb = nbformat.read(path, 4)
        change(nb)
        path.write_text(nbformat.writes(nb))
    hand_in(course, "z_sound")
    zero = {"a_empty", "d_nothing", "e_dies"}
    return {folder.name: 0.0 if folder.name in zero else 10.0 for folder in (course / "submitted").iterdir()}


def test_plain_nbgrader_commands_grade_a_damaged_class_to_its_end(course):
    expected = damaged(course)
    (course / "gradebook.db").unlink()  # the first command makes it anew, for which it needs alembic
    for words in (("generate_assignment", "toy"), ("autograde", "toy"), ("generate_feedback", "toy"), ("export",)):
        done = nbgrader(course, *words)
        assert done.returncode == 0, done.stderr
    with (course / "grades.csv").open() as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)} == expected
    for student in expected:
        assert (course / "feedback" / student / "toy" / "toy.html").is_file()
        assert (course / "autograded" / student / "toy" / "verdict.json").is_file()
    assert "The file is empty." in (course / "feedback/a_empty/toy/toy.html").read_text()


# ---- formgrader, in a real browser ------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def formgrader(course):
    """A Jupyter server in the course's folder, as an instructor starts it; yields formgrader's address."""
    write_config(course)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    jupyter = {name: str(course / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ip=127.0.0.1"]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    with (course / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=course, env=ENVIRONMENT | jupyter, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/formgrader"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=20):
                break
            assert server.poll() is None, (course / "server.log").read_text()
            time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def tab():
    """A page of Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed, so formgrader was not tried in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1200, "height": 900})
        browser.close()


@pytest.mark.slow
def test_formgrader_serves_a_submissions_own_files_and_none_that_a_browser_would_run(course, formgrader):
    hand_in(course, "ann")
    (course / "submitted/ann/toy/notes.txt").write_text("mine")
    grade(course)
    for place in ("submitted", "autograded"):  # there by an earlier version of ours, say
        (course / place / "ann/toy/page.html").write_text("<p>mine</p>")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        files = f"{formgrader}/submissions/{gradebook.find_submission_notebook('toy', 'toy', 'ann').id}"
    assert urllib.request.urlopen(f"{files}/notes.txt", timeout=20).read() == b"mine"
    for name in ("page.html", "..%2f..%2f..%2fsubmitted%2fann%2ftoy%2fpage.html", "..%2f..%2f..%2fgradebook.db"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{files}/{name}", timeout=20)


@pytest.mark.browser
def test_formgraders_button_gives_the_same_marks_and_a_graded_reflection_reaches_feedback(course, formgrader, tab):
    hand_in(course, "ann", "toy (1).ipynb", double="def double(x): HALF")
    expected = {"check_double": (3.0, None, False), "check_counter": (4.0, None, False)}

    tab.goto(f"{formgrader}/manage_submissions/toy", wait_until="networkidle")
    tab.locator("td.autograde a").click()
    tab.get_by_text("Successfully autograded").wait_for(timeout=60_000)
    assert grades(course) == expected | {"reflection_1": (None, None, True)}

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("toy", "toy", "ann").id
    tab.goto(f"{formgrader}/submissions/{notebook}/", wait_until="networkidle")
    assert tab.get_by_text("✗ 2 * 2 is").first.is_visible()
    score = tab.locator("input.score").last
    score.fill("4")
    score.press("Tab")
    tab.locator("textarea.comment").last.fill("Well seen.")
    tab.locator("textarea.comment").last.press("Tab")
    tab.wait_for_timeout(1000)
    assert grades(course)["reflection_1"] == (None, 4.0, False)
    assert "Well seen." in page(course) and "<b>11</b> of 15 points" in page(course)
