"""The page of `course reflections`: who may open it, how fast it answers, and two graders at it in real browsers."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import statistics
import time
from contextlib import closing
from urllib.parse import urlsplit

import nbformat
import pytest
from tornado.httpserver import HTTPServer
from tornado.web import Application

from autograder.reflections import app
from autograder.reflections.room import open_store
from autograder.sentences import Sentence
from autograder.tests import marking
from autograder.tests.test_reflections import FULL, HALF, OPEN, WORDS, made  # noqa: F401 - a fixture
from course_config import ASSIGNMENTS, ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


# ---- over HTTP ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(made, tmp_path_factory):  # noqa: F811
    root = tmp_path_factory.mktemp("served") / "course"
    shutil.copytree(made, root)
    with marking.serving(root) as address:
        yield root, address


def asked(address: str, path: str, body: object = None, cookie: str | None = "key", **headers: str):
    """Status, headers and body; with the right cookie, Host and Origin where others are not named."""
    parts = urlsplit(address)
    if cookie == "key":
        cookie = f"reflections-{parts.port}={parts.query.removeprefix('token=')}"
    sent = {"Cookie": cookie, "Origin": f"http://{parts.netloc}"} | {
        name.title(): value for name, value in headers.items()
    }
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)) as connection:
        method, data = ("GET", None) if body is None else ("POST", body if isinstance(body, str) else json.dumps(body))
        connection.request(method, path, data, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")


def queued(address: str) -> list[str]:
    return [one["id"] for one in json.loads(asked(address, "/api/queue/reflection_1?grader=g")[2])["order"]]


def test_the_page_is_for_who_holds_the_key_and_asks_nothing_elsewhere(served):
    _, address = served
    status, headers, text = asked(address, f"/?{urlsplit(address).query}", cookie=None)
    assert status == 200 and "Reflections" in text and "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Strict" in headers["Set-Cookie"] and "http" not in text.replace("http-equiv", "")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'") and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and headers["Cache-Control"] == "no-store"
    for path in ("/", "/?token=x", "/page.js", "/api/questions", f"/api/answer/{queued(address)[0]}"):
        status, _, text = asked(address, path, cookie=None)
        assert status == 403 and "course reflections" in text, path
    assert asked(address, "/api/questions", host="evil.invalid:80")[0] == 403  # DNS that was bent to this machine


def test_a_page_from_elsewhere_cannot_act(served):
    root, address = served
    name = queued(address)[0]
    sent = {"id": name, "grader": "g", "before": OPEN, "after": FULL}
    assert asked(address, "/api/mark", sent, origin="http://evil.invalid")[0] == 403
    assert asked(address, "/api/mark", sent, origin="")[0] == 403
    assert asked(address, "/api/mark", sent, cookie="reflections=1")[0] == 403
    assert open_store("toy", root)[0].answer(name).waits


@pytest.mark.parametrize("host", ["127.0.0.1:9123", "localhost:9123"])
def test_through_a_tunnel_it_is_the_same_page_by_the_port_of_its_other_end(served, host):
    """As `ssh -L 9123:127.0.0.1:PORT` makes it: the browser names the port that it sees."""
    root, address = served
    token = urlsplit(address).query
    status, headers, _ = asked(address, f"/?{token}", cookie=None, host=host, origin="")
    assert status == 200 and headers["Set-Cookie"].startswith("reflections-9123=")
    name, cookie = queued(address)[3], f"reflections-9123={token.removeprefix('token=')}"
    sent = {"id": name, "grader": "g", "before": OPEN, "after": FULL}
    assert asked(address, "/api/mark", sent, cookie=cookie, host=host, origin=f"http://{host}")[0] == 200
    assert not open_store("toy", root)[0].answer(name).waits


def test_what_is_sent_is_answered_with_what_is_there(served):
    root, address = served
    name = queued(address)[1]
    sent = {"id": name, "grader": "g", "before": OPEN, "after": HALF}
    status, _, text = asked(address, "/api/mark", sent)
    assert status == 200 and json.loads(text)["answer"]["score"] == 4 and "student" not in text
    status, _, text = asked(address, "/api/mark", sent | {"after": FULL})
    assert status == 409 and json.loads(text)["answer"]["mark"] == [[1, 0.5, 1], None]
    above = {"before": HALF, "after": [HALF.levels, 6]}
    assert asked(address, "/api/mark", sent | above)[0] == 422
    assert asked(address, "/api/mark", sent | {"id": "x"})[0] == 404
    for bad in ("{", "[]", {**sent, "after": "x"}, {**sent, "after": [["x"], None]}, {**sent, "grader": ""}):
        assert asked(address, "/api/mark", bad)[0] == 400, bad
    assert asked(address, "/api/comment", {**sent, "before": "", "after": "So."})[0] == 200
    status, _, text = asked(address, "/api/undo", {"grader": "g"})
    assert status == 200 and json.loads(text)["field"] == "comment"
    for path in ("/api/answer/x", "/api/question/x", "/picture/x/0", f"/picture/{name}/7", "/../app.py", "/x"):
        assert asked(address, path)[0] == 404, path


def test_a_busy_gradebook_is_said_and_nothing_is_lost(served):
    root, address = served
    store = open_store("toy", root)[0]
    sent = {"id": queued(address)[2], "grader": "g", "before": OPEN, "after": FULL}
    with store.writing():
        status, _, text = asked(address, "/api/mark", sent)
    assert status == 503 and "kept here, and sent again" in text
    assert asked(address, "/api/mark", sent)[0] == 200


def test_a_port_that_is_taken_is_named_and_else_the_next_one_is_taken():
    async def taken() -> None:
        servers = [HTTPServer(Application()) for _ in range(3)]
        ports = [app.listen(server, 0) for server in servers[:2]]
        with pytest.raises(Sentence, match=f"Port {ports[0]} is taken: name another one with --port"):
            app.listen(servers[2], ports[0])
        assert ports[0] < ports[1]
        for server in servers[:2]:
            server.stop()

    asyncio.run(taken())


@pytest.mark.slow
def test_a_class_of_300_is_answered_within_a_tenth_of_a_second(made, tmp_path):  # noqa: F811
    """Notebooks as large as the course's own, read from the disk, while near-copies are looked for."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    nb = nbformat.read(ROOT / f"solutions/{ASSIGNMENTS[0]}/{ASSIGNMENTS[0]}.ipynb", 4)
    own = marking.answered(WORDS.format("me") * 5)
    own.cells += [cell for cell in nb.cells if not cell.metadata.get("nbgrader")]
    marking.hand_in(tmp_path, {f"s{number:03}": own for number in range(300)})
    taken: dict[str, list[float]] = {}
    with marking.serving(tmp_path) as address:
        names = queued(address)
        students = {answer.id: answer.student for answer in open_store("toy", tmp_path)[0].answers()}
        drew = [name for name in names if students[name].startswith("s")]  # who is in `made` drew nothing
        for name in drew[:60]:
            requests = {"answer": (f"/api/answer/{name}",), "picture": (f"/picture/{name}/0",)}
            requests["mark"] = "/api/mark", {"id": name, "grader": "g", "before": OPEN, "after": FULL}
            requests["queue"] = ("/api/queue/reflection_1?grader=g",)
            for what, request in requests.items():
                start = time.perf_counter()
                assert asked(address, *request)[0] == 200
                taken.setdefault(what, []).append(time.perf_counter() - start)
    assert len(names) > len(drew) == 300
    assert max(statistics.median(each) for each in taken.values()) < 0.1, taken
