"""From the text that people edit to all that is made of it: source, release and solution notebooks.

Everything is made in a scratch folder, searched there for leaks, and only then put in place file by file.
"""

import ast
import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from subprocess import DEVNULL

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import find_all_files

from autograder.authoring.expand import shared_cells, whole, with_numbers
from autograder.authoring.lint import MARKERS, problems, secrets, squeeze
from autograder.authoring.needs import REQUIREMENTS, requirements
from autograder.authoring.text import content_digest, digest, numbered, to_notebook
from autograder.authoring.weigh import moved, weighed
from autograder.cells import grade_id, is_check, is_given, is_reflection, is_todo, points_of
from autograder.gradebook import private
from autograder.gradebook.address import name_of
from autograder.gradebook.settings import course, nbgrader_config
from autograder.sentences import BuildError
from course_config import ASSIGNMENTS, COMPANIONS, LECTURES, LIMITS, ROOT

Points = Mapping[str, float]


def build(
    assignments: Sequence[str] = ASSIGNMENTS,
    root: Path = ROOT,
    execute: str = "changed",
    points: Points | None = None,
) -> list[str]:
    """Make source/, release/ and solutions/ of each assignment, or a lecture; returns what was done, in sentences.

    `execute`, for solutions: "changed" code only, "all" or "never". `points` by TODO, else from the checks.
    """
    done = []
    for assignment in assignments:
        if assignment in LECTURES:
            text, nb = _read_lecture(assignment, root)
            done.append(_solve(assignment, text, nb, (root / LECTURES[assignment]).parent, root, execute))
            continue
        text, nb = _read(assignment, root, points)
        _refuse_edited(assignment, root)
        with _staged(assignment, nb, root) as stage:
            _generate(assignment, stage, root, record=False)
            _stop_at(_leaks(assignment, text, stage) + _strays(assignment, stage, root))
            _generate(assignment, stage, root, record=True)
            name = Path("release", assignment, f"{assignment}.ipynb")
            done += moved(assignment, load(root / name), load(stage / name)) if (root / name).exists() else []
            written = [name for name in _files(stage) if write(root / name, (stage / name).read_bytes())]
            done += [f"{name}: written." for name in written] or [f"{assignment}: already up to date."]
            done.append(_solve(assignment, text, nb, stage / "source" / assignment, root, execute))
    return done


def check(assignments: Sequence[str] = ASSIGNMENTS, root: Path = ROOT, points: Points | None = None) -> list[str]:
    """What is not as a build would make it, in sentences; none when all is well. Changes nothing."""
    found = []
    for assignment in assignments:
        try:
            if assignment in LECTURES:
                found += _stale_solution(assignment, _read_lecture(assignment, root)[1], root)
                continue
            text, nb = _read(assignment, root, points)
            found += _leaks(assignment, text, root)
            with _staged(assignment, nb, root) as stage:
                _generate(assignment, stage, root, record=False)
                found += _leaks(assignment, text, stage) + _strays(assignment, stage, root)
                found += [_stale(name) for name in _files(stage) if not _same(stage / name, root / name)]
            found += _stale_solution(assignment, nb, root)
            _refuse_edited(assignment, root)
        except BuildError as error:
            found += str(error).split("\n")
    return list(dict.fromkeys(found))


# -- reading


def _read(assignment: str, root: Path, points: Points | None) -> tuple[str, NotebookNode]:
    """The text with its numbers, line by line as it is edited, and the source notebook."""
    text, points = _text_of(assignment, root), points_of_checks(assignment) if points is None else points
    shared = shared_cells(root)
    _stop_at(problems(text, f"source/{assignment}.py", points, shared))
    return with_numbers(text), to_notebook(whole(text, shared), points)


def _read_lecture(name: str, root: Path) -> tuple[str, NotebookNode]:
    text = _text_of(name, root)
    return text, to_notebook(text, {})


def _text_of(name: str, root: Path) -> str:
    path = root / "source" / f"{name}.py"
    if not path.is_file():
        raise BuildError(f"source/{name}.py does not exist.")
    return path.read_text("utf-8")


def points_of_checks(assignment: str) -> Points:
    """The points of the hidden checks, by TODO: the only place where points of checks are kept."""
    from autograder import checks

    try:
        return checks.points_of(assignment) | dict.fromkeys(checks.strays(assignment), 0.0)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(f"autograder.checks.{assignment}"):
            raise
        missing = (error.name or "").replace(".", "/")
        raise BuildError(f"{missing}.py does not exist; points come from it.") from None


def _refuse_edited(assignment: str, root: Path) -> None:
    name = source_name(assignment)
    if (root / name).exists():
        nb = load(root / name)
        if nb.metadata.get("course", {}).get("content") != content_digest(nb):
            raise BuildError(
                f"{name} was edited by hand since it was built, and nothing was overwritten. "
                f"Bring the edit into the text with `course import {name}`, or delete it; then build."
            )


def load(path: Path) -> NotebookNode:
    try:
        nb: NotebookNode = nbformat.read(path, as_version=4)
        return nb
    except Exception as error:  # nbformat raises many kinds, from JSON, schema and file system
        raise BuildError(f"{path.name} cannot be read as a notebook: {error}") from None


# -- making


@contextmanager
def _staged(assignment: str, nb: NotebookNode, root: Path) -> Iterator[Path]:
    """A scratch course with nothing but this assignment's generated source folder, and the README."""
    with tempfile.TemporaryDirectory(prefix="course-build-") as scratch:
        stage = Path(scratch)
        for name in COMPANIONS.get(assignment, ()):
            if not (root / "data" / name).is_dir():
                raise BuildError(f"data/{name} is missing, and {assignment} gives it to students.")
            ignore = shutil.ignore_patterns(*nbgrader_config().CourseDirectory.ignore)
            shutil.copytree(root / "data" / name, stage / "source" / assignment / name, ignore=ignore)
        if needed := requirements(assignment, nb):
            write(stage / "source" / assignment / REQUIREMENTS, needed.encode())
        source = weighed(assignment, _text_of(assignment, root), nb, root)  # the README says what it is without weights
        write(stage / source_name(assignment), bytes_of(source))
        if (root / "README.md").is_file():
            write(stage / "README.md", _readme((root / "README.md").read_text("utf-8"), assignment, nb).encode())
        yield stage


def _readme(text: str, assignment: str, nb: NotebookNode) -> str:
    """With the points and the numbers of cells that this assignment has, in its row."""
    by_checks, by_hand = (sum(map(points_of, filter(kind, nb.cells))) for kind in (is_check, is_reflection))
    reflections = [cell for cell in nb.cells if is_reflection(cell) and grade_id(cell).startswith("reflection")]
    numbers = {"TODO": sum(map(is_todo, nb.cells)), "reflection": len(reflections)}

    def filled(row: re.Match[str]) -> str:
        words = re.sub(r"\d+ (TODO|reflection)", lambda found: f"{numbers[found[1]]} {found[1]}", row[1])
        return f"{words}| {by_checks:g} | {by_hand:g} |"

    return re.sub(rf"^(\| `{assignment}` \|.*\d TODO.*)\| [\d.]+ \| [\d.]+ \|$", filled, text, flags=re.M)


def _generate(assignment: str, stage: Path, root: Path, record: bool) -> None:
    """nbgrader generate_assignment in the scratch course, by the real one's settings, and into its gradebook."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.utils import capture_log

    coursedir, config = course(root)
    if Path(coursedir.root).resolve() != root.resolve():
        raise BuildError(f"Your settings for nbgrader put the course into {coursedir.root}: build it there.")
    config.CourseDirectory.root = str(stage)
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.db_url = coursedir.db_url
    config.GenerateAssignment.no_database = not record
    config.SaveCells.enabled = record
    ends = config.IncludeHeaderFooter  # whose paths are the course's, not the stage's
    ends.update({end: str(root / ends[end]) for end in ("header", "footer") if ends.get(end)})
    result = capture_log(GenerateAssignment(coursedir=CourseDirectory(config=config), config=config))
    if not result["success"]:
        log = result.get("log", "") + result["error"]
        reason = re.findall(r"^\s*[\w.]+(?:Error|Exception|Entry): (.*)$", log, re.M) or [log]
        mend = f" To begin with a new class, move {name_of(coursedir)} away." if "submissions" in reason[0] else ""
        raise BuildError(f"nbgrader generate_assignment {assignment} stopped: {reason[0].strip()}.{mend}")
    if record:
        private.close(coursedir)


def _solve(assignment: str, text: str, nb: NotebookNode, folder: Path, root: Path, execute: str) -> str:
    """Write the solution notebook, executed in a folder; where no code has changed, the old outputs are kept."""
    name, wanted = _solution_name(assignment), _solution(nb)
    old = load(root / name) if (root / name).exists() else None
    if execute != "all" and old and _executed(old) == _executed(wanted):
        for cell, before in zip(_code_cells(wanted), _code_cells(old), strict=True):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        done = "written; no code has changed, so its outputs are kept"
        return f"{name}: {done if write(root / name, bytes_of(wanted)) else 'up to date'}."
    if execute == "never":
        return f"{name}: left alone, though the code has changed; build with execution when there is time."
    _run(wanted, assignment, text, folder)
    write(root / name, bytes_of(wanted))
    return f"{name}: executed and written."


def _solution(nb: NotebookNode) -> NotebookNode:
    solution = deepcopy(nb)
    for cell in solution.cells:
        cell.source = "\n".join(s for s in cell.source.split("\n") if s.strip() not in MARKERS)
    solution.metadata["course"] = {"executed": digest(json.dumps(_executed(solution)[1]))}
    return solution


def _executed(solution: NotebookNode) -> tuple[str, list[str]]:
    """The note of what was executed, and the code that stands there now: both must be what is wanted."""
    note = solution.metadata.get("course", {}).get("executed", "")
    return note, [_meaning(cell.source) for cell in _code_cells(solution)]


def _meaning(source: str) -> str:
    """Code without docstrings and lines of comment: words there are no reason to train again."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # IPython's magics
        return source
    lines = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            words, end = node.body[0], node.body[0].end_lineno or 0
            lines[words.lineno - 1 : end] = [""] * (end - words.lineno + 1)
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def _code_cells(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]


class OwnLoop(asyncio.SelectorEventLoop):
    """A loop in which nbclient sets no handlers of signals in the place of ours, and what ends it ends in silence."""

    def add_signal_handler(self, *_: object) -> None:
        raise RuntimeError("which nbclient expects")

    def call_exception_handler(self, context: dict[str, object]) -> None:
        pass


def _run(nb: NotebookNode, assignment: str, text: str, folder: Path) -> None:
    """Execute in place, with a folder to be in."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from nbconvert.filters import strip_ansi

    metadata, started = deepcopy(nb.metadata), [0]
    client = NotebookClient(nb, timeout=LIMITS.solution_cell_seconds, record_timing=False, shutdown_kernel="immediate")
    client.resources = {"metadata": {"path": str(folder)}}
    client.on_cell_execute = lambda cell, cell_index: started.append(cell_index)
    try:
        with asyncio.Runner(loop_factory=OwnLoop) as runner:  # which ends the kernel, too, where it is interrupted
            runner.run(client.async_execute(stderr=DEVNULL))  # where the kernel chats, and complains of its end
    except (CellControlSignal, DeadKernelError) as error:
        line, last = numbered(text)[started[-1]][0], strip_ansi(str(error)).strip().split("\n")[-1]
        raise BuildError(f"source/{assignment}.py:{line}: the solution stops in this cell: {last}") from None
    nb.metadata = metadata
    clean = json.dumps(nb.cells).replace(str(folder), ".").replace(sys.prefix, ".venv")
    nb.cells = [nbformat.from_dict(cell) for cell in json.loads(clean)]


# -- comparing


def _stop_at(found: list[str]) -> None:
    if found:
        raise BuildError("\n".join(found))


def _leaks(assignment: str, text: str, root: Path) -> list[str]:
    """Lines of solutions or hidden tests in what students get, except in given cells and hints."""
    hidden, release, found = secrets(text), root / "release" / assignment, []
    for path in release.rglob("*"):
        for where, words in _readable(path) if path.is_file() else ():
            for line in {squeeze(line) for line in words.split("\n")} & hidden.keys():
                name = f"release/{assignment}/{path.relative_to(release)}{where}"
                start = f"source/{assignment}.py:{hidden[line]}: this line of a solution or hidden test"
                found.append(f"{start} is in {name}: {line}")
    return sorted(found)


def _strays(assignment: str, stage: Path, root: Path) -> list[str]:
    """What lies in release/ and was not made for it: a build leaves it there, and students would get it."""
    ignored = course(root)[0].ignore
    made, there = (
        {Path(path).relative_to(home) for path in find_all_files(str(home / "release" / assignment), ignored)}
        for home in (stage, root)
    )
    wrong = "is none of what students should get (COMPANIONS in course_config.py names that): delete it."
    return [f"{name} {wrong}" for name in sorted(there - made)]


def _readable(path: Path) -> Iterator[tuple[str, str]]:
    """Every text in a file, with the cell it stands in."""
    if path.suffix == ".ipynb":
        nb = load(path)
        for cell in nb.cells:
            if not is_given(cell) and "hint" not in cell.metadata:
                yield from ((f", cell {cell.get('id')}", words) for words in _strings(cell))
        yield from (("", words) for words in _strings(nb.metadata))
    else:
        try:
            yield "", path.read_text("utf-8")
        except UnicodeDecodeError:
            return  # data, not words


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _strings(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in _strings(part))


def _stale(name: str | Path) -> str:
    return f"{name} is missing or not what its text says: run `course build`."


def _stale_solution(assignment: str, nb: NotebookNode, root: Path) -> list[str]:
    """Everything but the outputs must be as the text says."""
    name, wanted = _solution_name(assignment), _solution(nb)
    is_there = (root / name).exists() and _without_outputs(load(root / name)) == _without_outputs(wanted)
    return [] if is_there else [_stale(name)]


def _without_outputs(nb: NotebookNode) -> tuple[object, ...]:
    return nb.metadata, [(cell.get("id"), cell.cell_type, cell.source, cell.metadata) for cell in nb.cells]


# -- files


def source_name(assignment: str) -> str:
    return f"source/{assignment}/{assignment}.ipynb"


def _solution_name(assignment: str) -> str:
    return LECTURES.get(assignment, f"solutions/{assignment}/{assignment}.ipynb")


def _files(stage: Path) -> list[Path]:
    """What a build makes for source and release, and the README, relative to the course."""
    found = (path for folder in ("source", "release") for path in (stage / folder).rglob("*"))
    return sorted(path.relative_to(stage) for path in (stage / "README.md", *found) if path.is_file())


def _same(made: Path, kept: Path) -> bool:
    return kept.is_file() and made.read_bytes() == kept.read_bytes()


def bytes_of(nb: NotebookNode) -> bytes:
    return f"{nbformat.writes(nb)}\n".encode()


def write(path: Path, content: bytes) -> bool:
    """Put a file in place in one step, unless it holds this already; says whether it was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return True
