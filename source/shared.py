# %% [markdown]
# Cells that more than one assignment gives. An assignment takes one by an empty cell of its name, and imports what it
# needs in a cell of its own.

# %%
import contextlib
import io
import linecache
import math
import time
import traceback

from IPython.display import display


# %% given="start"
import importlib
import re
import sys


class NotReady(Exception):
    """Something is missing here. Jupyter shows the sentence and no traceback."""

    def _render_traceback_(self):
        return [str(self)]


def is_older(version, least):
    found, needed = (re.findall(r"\d+", text)[:2] for text in (version, least))
    return [int(number) for number in found] < [int(number) for number in needed]


def what_is_missing(python, **packages):
    """One sentence: what this notebook needs, what is here in its place, what to run. Empty where all is there."""
    here, lacking = sys.version.split()[0], {}
    if is_older(here, python):
        return f"✗ This notebook needs Python {python} or newer, and this is {here}: install one, and start Jupyter with it."
    for name, least in packages.items():
        try:
            version = importlib.import_module(name).__version__
        except ModuleNotFoundError as error:
            lacking[name] = "is not installed" if error.name == name else f"lacks {error.name}"
        except Exception as error:  # a package may fail in any way where its parts do not fit together
            lacking[name] = f"cannot be loaded ({(str(error) or type(error).__name__).splitlines()[0]})"
        else:
            if is_older(version, least):
                lacking[name] = f"is {version}"
    if not lacking:
        return ""
    told = ", ".join(f"{name} {packages[name]} or newer ({name} {state} here)" for name, state in lacking.items())
    wanted = " ".join(f'"{name}>={packages[name]}"' for name in lacking)
    return f"✗ This notebook needs {told}: run `%pip install --upgrade {wanted}` in a cell, then restart the kernel."


missing = "" if sys.platform == "emscripten" else what_is_missing(**NEEDS)  # a browser loads a package at its import
if missing:
    raise NotReady(missing)


# %% given="check_helper"
class CheckFailed(Exception):
    """A check that did not pass. Jupyter shows its sentence and no traceback."""

    def _render_traceback_(self):
        return [str(self)]


class check:
    """`with check("name"):` runs asserts, prints ✓, or says in one sentence what is wrong."""

    passed = {}  # what the last run of each check said

    def __init__(self, todo):
        self.todo = todo

    def __enter__(self):
        self.quiet = contextlib.redirect_stderr(io.StringIO())  # a warning is not a mistake
        self.quiet.__enter__()
        return self

    def __exit__(self, kind, error, trace):
        self.quiet.__exit__(None, None, None)
        self.passed[self.todo] = error is None
        before = list(self.passed)[: list(self.passed).index(self.todo)]
        wrong = next((todo for todo in before if not self.passed[todo]), "")
        if error is None:
            print(f"✓ {self.todo}: the visible checks pass")
        elif isinstance(error, Exception):
            is_open = isinstance(error, NotImplementedError)
            perhaps = f" (First mend {wrong}, which may be why.)" if wrong and not is_open else ""
            raise CheckFailed(f"✗ {self.todo}: {self.explain(error, trace)}{perhaps}") from None

    def explain(self, error, trace):
        """One sentence about the error, with the line of the TODO's cell, or of this check, where it arose."""
        if isinstance(error, AssertionError) and str(error):
            return str(error)
        every = list(traceback.walk_tb(trace))
        frames = [(f.f_code, n) for f, n in every if f.f_globals is globals()]  # those of the notebook
        is_raised_here = every[-1][0].f_globals is globals()  # or else in a library
        text, inmost, here = str(error), self.name_of(frames[-1][0]), frames[0][0].co_filename
        theirs = [code.co_filename for code, _ in frames if self.is_todo(self.name_of(code))]
        if isinstance(error, NotImplementedError) and is_raised_here and text in ("", "This TODO is still open."):
            name = "this TODO" if self.is_todo(inmost) or inmost == "<module>" else inmost
            return f"{name} is still open. Fill in its cell and run it, then run this check again."
        if isinstance(error, NotImplementedError) and '"forward"' in text:
            text += ": is forward misspelt, or indented too far or too little? Or is it a ModuleList that you call?"
        if type(error) is NameError and not theirs:
            return f"{error.name} is not there yet: run the cell that makes it, or all from the first cell on."
        if type(error) is NameError:
            text += ": is it misspelt, or was the cell that makes it not run?"
        cell = theirs[0] if theirs else here
        code, number = [place for place in frames if place[0].co_filename == cell][-1]
        place = f"in {self.name_of(code)}, line {number} of its cell" if theirs else "in this check"
        inside = "" if frames[-1][0].co_filename in (cell, here) else f", inside {inmost}"
        line = linecache.getline(cell, number).strip()
        return f"{type(error).__name__}: {text} ({place}{inside}{': ' + line if line else ''})"

    def name_of(self, code):
        return getattr(code, "co_qualname", code.co_name).split(".<locals>")[0]

    def is_todo(self, name):
        """Is this the TODO's function, or a method of its class?"""
        return name.split(".")[0].replace("_", "").lower() == self.todo.replace("_", "")


# %% given="progress"
class Progress:
    """One line below the cell: how far a long run is, and how long it still takes. A short run shows none."""

    def __init__(self, total, unit):
        self.total, self.unit, self.done, self.line = total, unit, 0, None
        self.started = self.shown = time.monotonic()

    def step(self, told=""):
        """One more is done."""
        self.done += 1
        now = time.monotonic()
        if now - self.shown < 1 and not (self.line and self.done == self.total):
            return
        self.shown = now
        minutes, seconds = divmod(round((now - self.started) * (self.total / self.done - 1)), 60)
        left = f"about {minutes}:{seconds:02} min left" if self.done < self.total else "done"
        meter = f"{self.done}/{self.total}{self.unit}, {left}{told and f', {told}'}"
        if self.line:
            self.line.update({"text/plain": meter}, raw=True)
        else:
            self.line = display({"text/plain": meter}, raw=True, display_id=True)


def counted(things, unit):
    """The things one by one, and below the cell how many are done."""
    progress = Progress(len(things), unit)
    for thing in things:
        yield thing
        progress.step()


# %% given="overview_helper"
def overview(*, by_hand=0, **points):
    """What each TODO is worth, what its check said last, and a picture: a dot a point, which a passed check puts in its
    place."""
    for todo, worth in points.items():
        mark, said = {True: "✓ passes", False: "✗ does not pass", None: "· not run"}[check.passed.get(todo)].split(" ", 1)
        print(f"{mark} {todo:26} {worth:3g} points   {said if worth else 'given'}")
    total, seen = sum(points.values()), sum(worth for todo, worth in points.items() if check.passed.get(todo))
    more = f" {by_hand:g} more are for your answers, which a person reads." if by_hand else ""
    print(f"\nIn sight: {seen:g} of {total:g} points.{more}")
    dots = []
    for number in range(round(total)):
        if in_place := number < seen:
            radius = math.sqrt((number + 1) / total)  # so that neighbours are equally far apart
            x, y = radius * math.cos(4 * math.pi * radius), radius * math.sin(4 * math.pi * radius)
        else:  # noise: the golden angle scatters them
            x, y = 0.95 * math.sin(7.3 * number), 0.95 * math.sin(2.4 * number * number)
        look = 'fill="#0072B2"' if in_place else 'fill="none" stroke="#7F7F7F" stroke-width="1.5"'
        dots.append(f'<circle cx="{100 + 90 * x:.1f}" cy="{100 + 90 * y:.1f}" r="4" {look}/>')
    size = 'xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="0 0 200 200"'
    title = f"{seen:g} of {total:g} dots lie on a spiral, the others are scattered"
    picture = f'<svg {size} role="img"><title>{title}</title>{"".join(dots)}</svg>'
    display({"image/svg+xml": picture, "text/plain": title}, raw=True)
