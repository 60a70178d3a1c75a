"""A day on a JupyterHub set up as docs/hub.md says: a teacher and two students, real users, in Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.tests import hubs
from autograder.tests.hubs import Hub, as_user
from autograder.tests.test_nbgrader import CHROMIUM
from course_config import ASSIGNMENTS, ROOT, TEXT_STUB

pytestmark = [pytest.mark.long, pytest.mark.browser]

LAB = ASSIGNMENTS[0]
NOTEBOOK = f"{LAB}.ipynb"
ANN, BEN = hubs.STUDENTS
PATIENCE_MS = 100_000
ANSWER, COMMENT, MARK = "The noise hides the small turns first.", "Well seen.", 4
CLOSED = ["course", "course/source", "course/solutions", "course/autograder/checks", "course/gradebook.db"]
CLOSED += ["course/.course_secret", "course/submitted", "hub"]
PEEK = """
import importlib, os, sys
def tried(look, *names):
    try:
        look(*names)
    except Exception as error:
        return type(error).__name__
    return "read"
print(tried(importlib.import_module, "autograder.checks"))
sys.path.insert(0, f"{place}/course")
print(tried(importlib.import_module, "autograder.checks"))
for name in closed:
    path = f"{place}/{name}"
    print(tried(os.listdir if os.path.isdir(path) else open, path))
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    if why := hubs.lacking():
        pytest.skip(why)
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with hubs.machine() as place:
        yield place


@pytest.fixture(scope="module")
def hub(place) -> Iterator[Hub]:
    with hubs.running(place) as hub:
        yield hub


@pytest.fixture(scope="module")
def enter(hub):
    """Log a user in, in a browser of his own, and return a page of it, with JupyterLab open."""
    from playwright.sync_api import sync_playwright

    def entered(name: str):
        say_no_to_news(name)
        page = browser.new_context(viewport={"width": 1300, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{hub.address}/hub/login?next=/hub/spawn/{name}")
        page.fill("#username_input", name)
        page.fill("#password_input", "any")
        page.click("#login_submit")
        page.get_by_role("menuitem", name="Nbgrader").wait_for()
        return page

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield entered
        browser.close()


def say_no_to_news(name: str) -> None:
    """JupyterLab's question about news lies over formgrader's last columns until it is answered."""
    home = Path(f"~{name}").expanduser()
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"fetchNews": "false"}')
    subprocess.run(["chown", "-R", f"{name}:", home / ".jupyter"], check=True)


# ---- what people do ---------------------------------------------------------------------------------------


def menu(page, *names: str) -> None:
    page.goto(re.match(".*/user/[^/]+", page.url)[0] + "/lab?reset")
    for name in names:
        page.get_by_role("menuitem", name=name, exact=True).click()


def formgrader(page, place: str = ""):
    """Formgrader in its tab, which is a frame; then one of its places in it."""
    menu(page, "Nbgrader", "Formgrader")
    page.frame_locator("#formgrader-iframe iframe").locator("tr", has_text=LAB).wait_for()
    frame = page.frame(url="**/formgrader/**")
    if place:
        frame.goto(frame.url.partition("/formgrader/")[0] + f"/formgrader/{place}", wait_until="networkidle")
    return frame


def press(page, column: str, says: str) -> None:
    """One of formgrader's buttons for the assignment."""
    frame = formgrader(page)
    frame.locator("tr", has_text=LAB).locator(f"td.{column} a").click()
    frame.locator(".modal-body").wait_for()
    assert says in frame.locator(".modal-body").inner_text()


def in_terminal(page, command: str, said: Path) -> str:
    """What a command says in a terminal that JupyterLab opens."""
    menu(page)
    page.locator(".jp-LauncherCard", has_text="Terminal").click()
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    page.locator(".jp-Terminal").click()
    page.keyboard.type(f"{command} > ~/said.part 2>&1; mv ~/said.part ~/{said.name}\n")
    until = time.monotonic() + PATIENCE_MS / 1000
    while not said.exists() and time.monotonic() < until:
        page.wait_for_timeout(200)
    return said.read_text()


def assignments(page) -> None:
    menu(page, "Nbgrader", "Assignment List")
    page.locator("#fetched_assignments_list_loading").wait_for(state="hidden")


def fetch(page) -> None:
    assignments(page)
    page.get_by_role("button", name="Fetch", exact=True).click()
    page.get_by_role("button", name="Submit", exact=True).wait_for()


def submit(page) -> None:
    assignments(page)
    page.get_by_role("button", name="Submit", exact=True).click()
    page.locator("#submitted_assignments_list .list_item").first.wait_for()


def open_notebook(page, name: str) -> None:
    page.goto(f"{page.url.partition('/lab')[0]}/lab/tree/{name}?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")


def fill_in(page, cell: str, source: str) -> None:
    """Go down to the cell that holds these words, and write into it."""
    for _ in range(200):
        if cell in page.locator(".jp-Notebook .jp-mod-active").inner_text():
            break
        page.keyboard.press("j")
    for key in ("Enter", "Control+a"):
        page.keyboard.press(key)
    page.keyboard.insert_text(source)
    page.keyboard.press("Escape")


def validate(page) -> str:
    page.get_by_role("button", name="Validate").click()
    page.get_by_text("Validation Results").wait_for()
    said = page.locator(".jp-Dialog").inner_text()
    page.get_by_role("button", name="Ok", exact=True).click()
    return said


def solved() -> tuple[str, str, str]:
    """The first TODO: its name, a line of its cell as it is handed out, and its solution."""
    released, solution = (nbformat.read(ROOT / top / LAB / NOTEBOOK, 4) for top in ("release", "solutions"))
    todo = next(cell for cell in released.cells if cell.metadata.get("nbgrader", {}).get("solution"))
    answer = next(cell for cell in solution.cells if cell.id == todo.id)
    return todo.id, next(line for line in todo.source.splitlines() if line.startswith("def ")), answer.source


def give(path: Path, name: str) -> None:
    shutil.chown(path, name, name)


def peek(page, home: Path, name: str, place: Path) -> list[str]:
    """What a user's kernel gets when it looks where it should not."""
    source = f"place, closed = {str(place)!r}, {CLOSED!r}\n{PEEK}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, home / "peek.ipynb")
    give(home / "peek.ipynb", name)
    open_notebook(page, "peek.ipynb")
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-OutputArea-output").wait_for()
    return page.locator(".jp-OutputArea-output").inner_text().split()


# ---- and what comes of it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["course", "exchange"])
def test_a_hub_without_course_or_exchange_does_not_start_and_names_it(place, folder):
    (place / folder).rename(place / "away")
    done = subprocess.run(**hubs.command_of(place), capture_output=True, text=True, timeout=60)
    (place / "away").rename(place / folder)
    assert done.returncode and f"The hub does not start: {place / folder}, " in done.stderr
    assert "Traceback" not in done.stderr


def test_from_release_to_the_feedback_that_a_student_reads(hub, enter):
    teacher, ann, ben = (enter(name) for name in (hubs.TEACHER, ANN, BEN))
    press(teacher, "assign", "Successfully created the student version")
    press(teacher, "release", "Successfully released")

    fetch(ann)
    open_notebook(ann, f"{LAB}/{NOTEBOOK}")
    done, todo, answer = solved()
    fill_in(ann, todo, answer)
    fill_in(ann, TEXT_STUB, ANSWER)
    ann.keyboard.press("Control+s")
    said = validate(ann)
    assert "still open" in said and f'check("{done}")' not in said
    submit(ann)

    fetch(ben)
    folder = Path(f"~{BEN}").expanduser() / LAB
    shutil.copy(ROOT / "solutions" / LAB / NOTEBOOK, folder / NOTEBOOK)
    give(folder / NOTEBOOK, BEN)
    (folder / ".ipynb_checkpoints").mkdir(exist_ok=True)
    with (folder / ".ipynb_checkpoints" / "run.pt").open("wb") as large:
        large.truncate(200_000_000)  # twice what nbgrader takes unasked
    submit(ben)

    press(teacher, "collect", "Successfully collected")
    submissions = formgrader(teacher, f"manage_submissions/{LAB}")
    submissions.locator("tr", has_text=ANN).locator("td.autograde a").click()
    submissions.get_by_text("Successfully autograded").wait_for()
    graded = as_user(hubs.TEACHER, "course", "grade", LAB)
    assert graded.returncode == 0, graded.stderr
    verdicts = {name: json.loads(verdict(hub, name).read_text()) for name in (ANN, BEN)}
    assert [todo for todo, of in verdicts[ANN]["todos"].items() if of["points"]] == [done]
    assert verdicts[BEN]["points"] == verdicts[BEN]["max"] > 0

    mark_by_hand(teacher, hub)
    press(teacher, "generate-feedback", "Successfully generated feedback")
    press(teacher, "release-feedback", "Successfully released feedback")

    assignments(ann)
    ann.get_by_role("button", name="Fetch Feedback").click()
    ann.get_by_text("view feedback").wait_for()
    (page,) = (Path(f"~{ANN}").expanduser() / LAB / "feedback").rglob("*.html")
    ann.goto(f"{hub.address}/user/{ANN}/files/{quote(str(page.relative_to(page.parents[3])))}")
    assert COMMENT in ann.inner_text("body")
    assert f"{verdicts[ANN]['points'] + MARK:g} of" in ann.inner_text("body")

    again = as_user(hubs.TEACHER, "nbgrader", "release_assignment", LAB, "--force")  # a corrected text, say
    assert again.returncode == 0, again.stderr
    home = Path(f"~{ANN}").expanduser()
    (home / LAB).rename(home / "before")
    fetch(ann)
    assert (home / LAB / NOTEBOOK).read_bytes() == (hub.place / "course" / "release" / LAB / NOTEBOOK).read_bytes()


def mark_by_hand(page, hub: Hub) -> None:
    with Gradebook(f"sqlite:///{hub.place}/course/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook(LAB, LAB, ANN).id
    answer = formgrader(page, f"submissions/{notebook}/").locator(".nbgrader_cell", has_text=ANSWER)
    for place, words in (("input.score", str(MARK)), ("textarea.comment", COMMENT)):
        answer.locator(place).fill(words)
        with page.expect_response(lambda got: "/api/" in got.url and got.request.method == "PUT"):
            answer.locator(place).press("Tab")


def verdict(hub: Hub, name: str) -> Path:
    return hub.place / "course" / "autograded" / name / LAB / "verdict.json"


def test_the_menu_opens_formgrader_in_its_tab(enter):
    assert formgrader(enter(hubs.TEACHER)).locator("tr", has_text=LAB).locator("td.assign a").is_visible()


def test_the_terminal_on_the_hub_and_any_other_find_course_and_exchange(hub, enter):
    said = in_terminal(enter(hubs.TEACHER), "course doctor", Path(f"~{hubs.TEACHER}").expanduser() / "said.txt")
    for report in (said, as_user(hubs.TEACHER, "course", "doctor").stdout):
        found = dict(re.findall(r"^[✓✗–] (course root|exchange|exchange's mode) +(.+)$", report, re.M))
        assert found == {
            "course root": f"{hub.place}/course",
            "exchange": f"{hub.place}/exchange",
            "exchange's mode": "all may write there",
        }


def test_a_students_kernel_has_no_checks_and_reads_neither_solutions_nor_marks(hub, enter):
    home = Path(f"~{ANN}").expanduser()
    assert peek(enter(ANN), home, ANN, hub.place) == ["ModuleNotFoundError"] * 2 + ["PermissionError"] * len(CLOSED)
    seen = peek(enter(hubs.TEACHER), hub.place / "course", hubs.TEACHER, hub.place)
    assert seen == ["read"] * (len(seen) - 1) + ["PermissionError"]
