"""The page of `course reflections`, for browsers on this machine alone: tornado, which Jupyter brings along.

Who opens it shows the token that was printed, once; from then on a cookie does. A page from elsewhere can neither read
it nor act in a grader's name: Host and Origin are compared, the cookie is kept from others, and nothing of a student's
runs in the page.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import OperationalError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from autograder.reflections.answers import bytes_of
from autograder.reflections.room import Room
from autograder.reflections.store import Answer, Changed, Mark, NoAnswer
from autograder.sentences import Sentence, Stopped

HERE = "127.0.0.1"
PORT, TRIES = 8989, 20  # the first that is looked at, and how many
PAGE = Path(__file__).with_name("page")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
POLICY += "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NO_KEY = "Open the address that `course reflections` printed: it holds the key to this page."
BUSY = "The gradebook is busy or away; what you gave is kept here, and sent again."
TOLD = {403: NO_KEY, 404: "There is no such thing here; load the page again.", 400: "That cannot be read.", 503: BUSY}
WRONG = "That cannot be answered; the terminal of `course reflections` says why."
STATUS = {Changed: 409, NoAnswer: 404, Sentence: 422, OperationalError: 503, ValidationError: 400}
MOST_SENT = 100_000  # bytes of a request


class Hand(BaseModel):
    """Who acts: a browser, by the name that it gave itself."""

    grader: str = Field(min_length=1, max_length=64)


class Sent(Hand):
    """A value for one answer, with the one that it was made from."""

    id: str = Field(max_length=64)


class MarkSent(Sent):
    before: Mark
    after: Mark


class CommentSent(Sent):
    before: str
    after: str


class Handler(RequestHandler):
    def initialize(self, room: Room, token: str) -> None:
        self.room, self.token = room, token

    def prepare(self) -> None:
        host = self.request.host
        port = host.rpartition(":")[2]
        if host not in (f"{HERE}:{port}", f"localhost:{port}"):
            raise HTTPError(403)
        if self.request.method == "POST" and self.request.headers.get("Origin") != f"http://{host}":
            raise HTTPError(403)
        shown = self.get_cookie(self.cookie, "") or ""
        asked = self.get_query_argument("token", "") if self.request.path == "/" else ""
        if self.is_key(asked):
            self.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict")
        elif not self.is_key(shown):
            raise HTTPError(403, reason="Forbidden")

    @property
    def cookie(self) -> str:
        """Cookies are shared by all ports of a machine."""
        return f"reflections-{self.request.host.rpartition(':')[2]}"

    def is_key(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode(), self.token.encode())

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **about: Any) -> None:
        """A sentence of ours, or one that says what to do; no traceback."""
        error = about.get("exc_info", (None, None, None))[1]
        self.set_status(next((status for kind, status in STATUS.items() if isinstance(error, kind)), status_code))
        is_ours = isinstance(error, Sentence | Changed)
        told: dict[str, Any] = {"sentence": str(error) if is_ours else TOLD.get(self.get_status(), WRONG)}
        self.finish(told | ({"answer": self.room.state(error.answer)} if isinstance(error, Changed) else {}))

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        if not isinstance(value, (*STATUS, HTTPError)):
            super().log_exception(kind, value, trace)


class File(Handler):
    """The page itself."""

    def get(self, name: str) -> None:
        path = PAGE / (name or "page.html")
        self.set_header("Content-Type", f"{TYPES[path.suffix]}; charset=utf-8")
        self.finish(path.read_bytes())


class Questions(Handler):
    def get(self) -> None:
        self.finish(self.room.questions())


class Question(Handler):
    def get(self, name: str) -> None:
        if name not in self.room.store.rubrics:
            raise HTTPError(404)
        self.finish(self.room.question(name))


class Queue(Handler):
    def get(self, name: str) -> None:
        self.finish(self.room.queue(name, self.get_query_argument("grader")))


class OneAnswer(Handler):
    def get(self, name: str) -> None:
        self.finish(self.room.answer(name))


class OnePicture(Handler):
    def get(self, name: str, number: str) -> None:
        picture = self.room.picture(name, int(number))
        if picture is None:
            raise HTTPError(404)
        mime, data = bytes_of(picture)
        self.set_header("Content-Type", mime)
        self.set_header("Cache-Control", "private, max-age=3600")
        self.finish(data)


class GiveMark(Handler):
    def post(self) -> None:
        sent = MarkSent.model_validate_json(self.request.body)
        self.tell(self.room.store.set_mark(sent.id, sent.before, sent.after, sent.grader))

    def tell(self, answer: Answer) -> None:
        self.finish({"answer": self.room.state(answer)})


class GiveComment(GiveMark):
    def post(self) -> None:
        sent = CommentSent.model_validate_json(self.request.body)
        self.tell(self.room.store.set_comment(sent.id, sent.before, sent.after, sent.grader))


class Undo(Handler):
    def post(self) -> None:
        answer, field = self.room.store.undo(Hand.model_validate_json(self.request.body).grader)
        self.finish({"answer": self.room.state(answer), "field": field})


def application(room: Room, token: str) -> Application:
    name = r"([\w-]+)"
    routes: list[tuple[str, type[Handler]]] = [
        (r"/(|page\.css|page\.js|outbox\.js)", File),
        (r"/api/questions", Questions),
        (rf"/api/question/{name}", Question),
        (rf"/api/queue/{name}", Queue),
        (rf"/api/answer/{name}", OneAnswer),
        (rf"/picture/{name}/(\d{{1,4}})", OnePicture),
        (r"/api/mark", GiveMark),
        (r"/api/comment", GiveComment),
        (r"/api/undo", Undo),
    ]
    return Application([(path, handler, {"room": room, "token": token}) for path, handler in routes])


def listen(server: HTTPServer, port: int) -> int:
    """Take the port that is asked for, else the first free one; 0 asks for none.

    Raises:
        Sentence: it is taken.
    """
    for number in (port,) if port else range(PORT, PORT + TRIES):
        with suppress(OSError):
            server.add_sockets(bind_sockets(number, HERE))
            return number
    raise Sentence(f"Port {port or PORT} is taken: name another one with --port.")


async def serve(room: Room, port: int, browser: bool) -> None:
    token = secrets.token_urlsafe(32)
    server = HTTPServer(application(room, token), max_buffer_size=MOST_SENT)
    address = f"http://{HERE}:{listen(server, port)}/?token={token}{f'#{room.first}' if room.first else ''}"
    print(f"Reflections of {room.assignment}: {address}\nCtrl-C ends it; every mark is in the gradebook.", flush=True)
    if browser:
        webbrowser.open(address)
    await asyncio.Event().wait()


def run(room: Room, port: int = 0, browser: bool = False) -> None:
    """Serve the page until somebody ends it."""
    try:
        asyncio.run(serve(room, port, browser))
    except KeyboardInterrupt:
        raise Stopped("Stopped. Every mark that was given is in the gradebook.") from None
