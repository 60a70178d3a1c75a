"""What can be wrong with a course text: options, markers, ids, TODOs without checks; with file and line."""

import ast
import difflib
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import pairwise, zip_longest
from types import MappingProxyType

import jupytext
from nbformat import NotebookNode

from autograder.authoring import needs
from autograder.authoring.expand import GIVEN, NUMBER, Shared, as_edited, code, whole
from autograder.authoring.text import JUPYTEXT, OPTIONS, numbered, role_id, role_of, to_notebook, to_text
from autograder.cells import ROLES
from autograder.checks import todos_in
from autograder.reflections import rubric

REGIONS = {"SOLUTION": ("todo", "reflection"), "HIDDEN TESTS": ("check",)}  # and where each may stand
MARKERS = [f"### {verb} {region}" for region in REGIONS for verb in ("BEGIN", "END")]

BY_HAND = re.compile(r"\bTODO(?: |\n# )(\d+)|^# \| TODO \|.*\n.*\n(?:# \| \[.*\n)*# \| (\d+) \|", re.M)
REFLECTION = re.compile(r'^# %% \[markdown\] reflection="([\w-]+)" points=([\d.]+)', re.M)
ROW = re.compile(r"^# \| (?:\[(\w+)\] )?\|.*\| (\d[\d.]*) \|$", re.M)  # of a TODO, or of what has none; its points
WORTH = re.compile(r"^(    (\w+)=)(\d[\d.]*),$", re.M)  # of a TODO, or by_hand, in the notebook's last table
FORMULA = 6  # names, numbers and operations make a formula: what is shorter anyone writes

Found = list[tuple[int, str]]  # a line number and a sentence


def problems(text: str, where: str, points: Mapping[str, float], shared: Shared = MappingProxyType({})) -> list[str]:
    """Every problem, each with file and line; `points` are those of the hidden checks, by TODO."""
    again = jupytext.writes(jupytext.reads(text, fmt="py:percent"), fmt="py:percent")
    if again != text:
        return [_first_difference(text, again, where)]
    cells = numbered(text)
    found = [(line, words) for line, cell in cells for words in _option_problems(cell)]
    if not found:
        found += [(line + 1 + n, words) for line, cell in cells for n, words in scan(cell)[1]]
        found += [(line, words) for line, cell in cells for words in _stub_problems(cell)]
        found += _id_problems(cells) + _pair_problems(cells, points) + _formula_problems(cells)
        found += [*_number_problems(text), *_shared_problems(text, shared), *_points_problems(text, points)]
        found += [*_rubric_problems(cells), *needs.problems(_code(cells, shared))]
    if not found and (again := _there_and_back(text, shared)) != text:
        return [_first_difference(text, again, where)]
    return [f"{where}:{line}: {words}" for line, words in sorted(found)]


def _there_and_back(text: str, shared: Shared) -> str:
    return as_edited(to_text(to_notebook(whole(text, shared), {})), text, shared)


def _first_difference(text: str, again: str, where: str) -> str:
    pairs = zip_longest(text.split("\n"), again.split("\n"), fillvalue="the end of the file")
    n, (now, then) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    return f"{where}:{n}: a notebook would give this line back changed. It is {now!r}; write {then!r}."


def _option_problems(cell: NotebookNode) -> Iterator[str]:
    options = {key: value for key, value in cell.metadata.items() if key not in JUPYTEXT}
    roles = [role for role in ROLES if role in options]
    for key, value in options.items():
        if key in ("title", "incorrectly_encoded_metadata"):  # jupytext's names for what it cannot read
            yield f"{value!r} is not a cell option; options are written as key=value, texts in double quotes."
        elif key not in OPTIONS:
            yield f"unknown cell option {key}." + _near(key, OPTIONS)
        elif key in (*ROLES, "name") and not re.fullmatch(r"[\w-]{1,50}", str(value), re.A):
            yield f"{key} must be a short id of letters, digits, _ and -, not {value!r}."
    if "rerun" in options and (cell.cell_type != "code" or not isinstance(options["rerun"], bool)):
        yield "rerun is true or false, and stands on code cells only."
    if len(roles) > 1:
        yield f"a cell has one role, not {' and '.join(roles)}."
    if roles and (kind := ROLES[roles[0]].cell_type) not in (None, cell.cell_type):
        yield f"{roles[0]} must stand on a {kind} cell, not on {cell.cell_type}."
    if "points" in options and roles != ["reflection"]:
        yield "points stand on reflections only; those of a check cell are the sum of its hidden checks."
    if roles == ["reflection"] and not _positive(options.get("points")):
        yield f"a reflection needs points, a number above 0 as in points=6; here: {options.get('points')!r}."


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _stub_problems(cell: NotebookNode) -> Iterator[str]:
    if role_of(cell) in REGIONS["SOLUTION"] and MARKERS[0] not in map(str.strip, cell.source.split("\n")):
        yield f"a {role_of(cell)} cell without {MARKERS[0]!r}: nbgrader would replace the whole cell by a stub."


def _id_problems(cells: list[tuple[int, NotebookNode]]) -> Found:
    first: dict[str, int] = {}
    found = []
    for line, cell in cells:
        for name in filter(None, {role_id(cell), cell.metadata.get("name")}):
            if name in first:
                found.append((line, f"the id {name} is taken already, by the cell of line {first[name]}."))
            first.setdefault(name, line)
    return found


def _pair_problems(cells: list[tuple[int, NotebookNode]], points: Mapping[str, float]) -> Found:
    """A TODO has a visible check and hidden ones; each of these, and a hint, has its TODO."""
    lines = {role: {c.metadata[role]: line for line, c in cells if role in c.metadata} for role in ROLES}
    todos, found = lines["todo"], []
    for todo, line in todos.items():
        if todo not in lines["check"]:
            found.append((line, f'the TODO {todo} has no visible check: add a cell `# %% check="{todo}"`.'))
        if todo not in points:
            found.append((line, f"the TODO {todo} has no hidden checks." + _near(todo, points)))
    for role in ("check", "hint"):
        lost = {name: line for name, line in lines[role].items() if name not in todos}
        found += [(n, f"the {role} {name} belongs to no TODO." + _near(name, todos)) for name, n in lost.items()]
    orphans = [name for name in points if name not in todos]
    return found + [(1, f"{name} has hidden checks, but no TODO here." + _near(name, todos)) for name in orphans]


def _formula_problems(cells: list[tuple[int, NotebookNode]]) -> Found:
    """A visible check that computes what a TODO asks for gives the answer away, whatever it calls the variables."""
    solved: dict[str, int] = {}
    for line, cell in cells:
        if role_of(cell) == "todo":
            for formula, (n, _) in _formulas(_part(cell, in_region=True)).items():
                solved.setdefault(formula, line + n)
    found: dict[int, str] = {}
    for line, cell in cells:
        if role_of(cell) == "check":
            for formula, (n, written) in _formulas(_part(cell, in_region=False)).items():
                if formula in solved:
                    words = f"the check holds the formula of a solution, that of line {solved[formula]}: {written}"
                    found.setdefault(line + n, words)
    return list(found.items())


def _part(cell: NotebookNode, in_region: bool) -> str:
    """A cell's code inside its regions or outside, the other lines empty."""
    inside = dict(scan(cell)[0])
    lines = enumerate(cell.source.split("\n"))
    return "\n".join(line if (n in inside) == in_region else "" for n, line in lines)


def _formulas(code: str) -> dict[str, tuple[int, str]]:
    """Each formula with its line and its words; `a * b` and `c * d` are one."""
    try:
        tree = ast.parse(textwrap.dedent(code))
    except SyntaxError:
        return {}
    found: dict[str, tuple[int, str]] = {}
    for node in ast.walk(tree):
        size = sum(isinstance(part, ast.expr) for part in ast.walk(node))
        is_call_of_ours = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if isinstance(node, ast.expr) and size >= FORMULA and not is_call_of_ours:
            alike, names = deepcopy(node), dict[str, str]()
            for part in ast.walk(alike):
                if isinstance(part, ast.Name):
                    part.id = names.setdefault(part.id, f"v{len(names)}")
            found.setdefault(ast.unparse(alike), (node.lineno, ast.unparse(node)))
    return found


def _number_problems(text: str) -> Iterator[tuple[int, str]]:
    todos = todos_in(text)
    for found in NUMBER.finditer(text):
        if found[2] not in todos:
            yield _line(text, found.end()), f"there is no TODO {found[2]}." + _near(found[2], todos)
    for found in BY_HAND.finditer(text):
        number = found[1] or found[2]
        todo = dict(enumerate(todos, 1)).get(int(number), "its id")
        yield _line(text, found.end()), f"the build numbers TODOs: write [{todo}] in the place of {number}."


def _points_problems(text: str, points: Mapping[str, float]) -> Iterator[tuple[int, str]]:
    """A table of TODOs, and the call of overview, say the points that there are."""
    by_hand = {name: float(worth) for name, worth in REFLECTION.findall(text)}
    rows = [(row.start(), row[1], row[2]) for row in ROW.finditer(text)]
    rows += [(row.start(), None if row[2] == "by_hand" else row[2], row[3]) for row in WORTH.finditer(text)]
    for place, name, said in rows:
        right = points.get(name) if name else sum(by_hand.values())
        if right not in (None, float(said)):
            yield _line(text, place), f"{name or 'the reflections'}: write {right:g} points, not {said}."


def _rubric_problems(cells: list[tuple[int, NotebookNode]]) -> Iterator[tuple[int, str]]:
    """A rubric says the points that its reflection has, and to graders what each criterion looks like."""
    for (above, question), (line, cell) in pairwise(cells):
        if role_of(cell) == "reflection" and question.cell_type == "markdown":
            named = cell.metadata["reflection"], float(cell.metadata["points"])
            for at, words in rubric.problems(*named, question.source, cell.source):
                yield line if at is None else above + 1 + at, words


def _shared_problems(text: str, shared: Shared) -> Iterator[tuple[int, str]]:
    for given in GIVEN.finditer(text):
        name, line = given[2], _line(text, given.start())
        if name in shared and code(given):
            yield line, f"the given cell {name} is shared: leave it empty here, its code is in source/shared.py."
        if name not in shared and not code(given):
            yield line, f"the given cell {name} is empty, and not in source/shared.py." + _near(name, shared)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _code(cells: list[tuple[int, NotebookNode]], shared: Shared) -> list[tuple[int, str]]:
    """The code of all cells, that of shared ones too, with the lines where they begin."""
    code = [(line, cell) for line, cell in cells if cell.cell_type == "code"]
    return [(line, cell.source or shared.get(cell.metadata.get("given", ""), "")) for line, cell in code]


def _near(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1)
    return f" Did you mean {near[0]}?" if near else ""


# -- regions


def scan(cell: NotebookNode) -> tuple[Found, Found]:
    """Lines inside regions, and what is wrong with the markers; both count lines in the cell from 0."""
    inside, wrong, opened = [], [], None
    for n, line in enumerate(cell.source.split("\n")):
        if line.strip() in MARKERS:
            verb, region = line.strip()[4:].split(" ", 1)
            wrong += [(n, words) for words in _misplaced(verb, region, opened and opened[1], role_of(cell))]
            opened = (n, region) if verb == "BEGIN" else None
        elif meant := _meant(line, cell.cell_type):
            wrong.append((n, f"{line.strip()!r} looks like a marker: write {meant!r} on a line of its own."))
        elif opened:
            inside.append((n, line))
    if opened:
        wrong.append((opened[0], f"BEGIN {opened[1]} is never ended."))
    return inside, wrong


def _misplaced(verb: str, region: str, opened: str | None, role: str | None) -> Iterator[str]:
    if verb == "BEGIN" and opened:
        yield f"BEGIN {region} stands inside a region of {opened}: end that first."
    if verb == "END" and opened != region:
        yield f"END {region} has no BEGIN {region} before it."
    if role not in REGIONS[region]:
        yield f"a region of {region} may only stand in a cell with the option {' or '.join(REGIONS[region])}."


def _meant(line: str, cell_type: str) -> str | None:
    """The marker that a line was probably meant to be. nbgrader itself looks for the bare words anywhere."""
    for marker in MARKERS:
        if marker[4:] in line:
            return marker
    if cell_type == "code" and not line.lstrip().startswith("#"):
        return None
    plain = {re.sub(r"[^A-Z]", "", marker): marker for marker in MARKERS}
    letters = re.sub(r"[^A-Z]", "", line.upper()[:60])
    if re.fullmatch(r"SOLUTIONS?|HIDDENTESTS?", letters):
        return None  # a heading of its own, not a marker
    return next((plain[m] for m in difflib.get_close_matches(letters, plain, 1, 0.8)), None)


def secrets(text: str) -> dict[str, int]:
    """Lines of solutions and hidden tests, squeezed, with their line number in the text."""
    found: dict[str, int] = {}
    for line, cell in numbered(text):
        for n, words in scan(cell)[0]:
            if len(words.strip()) >= 12 and re.search(r"\w", words):  # the rule of a table gives nothing away
                found.setdefault(squeeze(words), line + 1 + n)
    return found


def squeeze(line: str) -> str:
    """A line without the spaces that do not matter."""
    return " ".join(line.split())
