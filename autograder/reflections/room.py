"""What the page is told: the questions of an assignment, the answers to one, and one answer with all about it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograder import ends
from autograder.feedback.content import Picture
from autograder.gradebook.address import file_of
from autograder.gradebook.pages import in_words
from autograder.gradebook.settings import course, excluded, folder
from autograder.reflections import answers, hints
from autograder.reflections.queue import queue, used_before
from autograder.reflections.rubric import Rubric, rubrics
from autograder.reflections.store import Answer, Store
from autograder.sentences import NotBuilt, NothingToGrade, Sentence


def open_store(assignment: str, root: Path | None = None, question: str = "") -> tuple[Store, CourseDirectory]:
    """The answers in the gradebook of the course below `root`.

    Raises:
        NotBuilt: there is no gradebook, or no rubric.
        NothingToGrade: nobody's answer is there.
        Sentence: there is no such question.
    """
    coursedir, _ = course(root)
    found = rubrics(assignment, Path(coursedir.root))
    if question and question not in found:
        raise Sentence(f"There is no reflection '{question}'. There are: {', '.join(found)}.")
    if (file := file_of(coursedir)) and not file.exists():
        raise NotBuilt(f"There is no gradebook yet: run `course build {assignment}` first.")
    store = Store(Gradebook(coursedir.db_url, coursedir.course_id).engine, assignment, found)
    if not store.answers():
        raise NothingToGrade(f"No reflection of {assignment} is there to mark: run `course grade {assignment}` first.")
    return store, coursedir


class Room:
    """One assignment, opened for graders; no name of a student leaves it."""

    def __init__(self, assignment: str, root: Path | None = None, question: str = "") -> None:
        self.store, self.coursedir = open_store(assignment, root, question)
        self.assignment, self.first = assignment, question
        self.copies: dict[str, list[hints.Hint]] = {}
        self.looking = self.look_for_copies()

    # ---- what is where

    @cached_property
    def without(self) -> set[str]:
        return excluded(self.coursedir)

    def notebook(self, student: str) -> Path:
        return folder(self.coursedir, "autograded") / student / self.assignment / f"{self.assignment}.ipynb"

    def shown(self, answer: Answer) -> answers.Shown:
        path = self.notebook(answer.student)
        released = folder(self.coursedir, "release") / self.assignment / path.name
        written = path.stat().st_mtime if path.is_file() else 0.0
        return answers.shown(path, written, answer.question, released)

    def picture(self, name: str, number: int) -> Picture | None:
        drawn = self.shown(self.store.answer(name)).pictures
        return drawn[number] if number < len(drawn) else None

    # ---- what the page asks for

    def questions(self) -> dict[str, Any]:
        every = self.store.answers()
        told = [
            {"name": name, "title": in_words(name), **self.count(queue(every, name, "", self.without))}
            for name in self.store.rubrics
        ]
        return {"assignment": self.assignment, "questions": [one for one in told if one["all"]]}

    @staticmethod
    def count(found: Iterable[Answer]) -> dict[str, int]:
        waiting = [answer.waits for answer in found]
        return {"all": len(waiting), "waiting": sum(waiting)}

    def question(self, name: str) -> dict[str, Any]:
        rubric = self.store.rubrics[name]
        return {"name": name, "title": in_words(name), "most": rubric.most, **self.texts(rubric)}

    @staticmethod
    def texts(rubric: Rubric) -> dict[str, Any]:
        """The words of a rubric, laid out."""
        said = ("criterion", "full", "half", "none")
        items = [
            {"points": item.points, **{name: answers.text_html(getattr(item, name)) for name in said}}
            for item in rubric.items
        ]
        texts = {"question": answers.text_html(rubric.question), "model": answers.text_html(rubric.model)}
        return {"items": items, **texts}

    def queue(self, name: str, grader: str) -> dict[str, Any]:
        """Which answers there are, and what was said about them before."""
        every = self.store.answers()
        found = queue(every, name, grader, self.without)
        order = [{"id": answer.id, "waits": answer.waits} for answer in found]
        return {"order": order, "comments": used_before(found, name), **self.count(found)}

    def answer(self, name: str) -> dict[str, Any]:
        answer = self.store.answer(name)
        shown, rubric = self.shown(answer), self.store.rubrics[answer.question]
        about = hints.of_answer(shown.words, shown.printed, rubric.question) + self.copies_of(name)
        drawn = [
            {"address": f"/picture/{name}/{number}", "section": picture.section}
            for number, picture in enumerate(shown.pictures)
        ]
        told = {"html": shown.html, "pictures": drawn, "hints": [hint._asdict() for hint in about]}
        return {**told, **self.state(answer)}

    @staticmethod
    def state(answer: Answer) -> dict[str, Any]:
        """What was given for an answer, without whose it is."""
        told = answer._asdict()
        del told["student"]
        return told | {"waits": answer.waits}

    # ---- near-copies, which take seconds to find

    def look_for_copies(self) -> Any:
        places = {one.id: (self.notebook(one.student), one.question) for one in self.store.answers()}
        context = get_context("spawn")
        here, there = context.Pipe()
        with ends.out_of_earshot():
            to_tell = (places, [*self.store.rubrics.values()], there)
            context.Process(target=hints.look_for_copies, args=to_tell, daemon=True).start()
        there.close()
        return here

    def copies_of(self, name: str) -> list[hints.Hint]:
        with suppress(EOFError, OSError):
            while self.looking.poll():
                self.copies |= self.looking.recv()
        return self.copies.get(name, [])
