"""Back from the source notebook, edited in JupyterLab, to the text: `course import`."""

from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.build import Points, bytes_of, load, points_of_checks, source_name, write
from autograder.authoring.expand import Shared, as_edited, shared_cells, shared_edits, whole
from autograder.authoring.lint import problems
from autograder.authoring.text import digest, stamp, to_notebook, to_text, worth_keeping
from autograder.cells import grade_id, is_graded_copy, is_restored, points_of
from autograder.policy.settings import FILE, read
from autograder.sentences import BuildError
from course_config import ASSIGNMENTS, ROOT


def import_notebook(path: Path | str, root: Path = ROOT, points: Points | None = None) -> list[str]:
    """Bring the edits in a source notebook back into source/<assignment>.py; returns what was done."""
    path = Path(path).resolve()
    nb, assignment = load(path), path.stem
    _refuse_other_kinds(path, nb)
    _refuse_weighed(assignment, root)
    try:
        new = to_text(nb)
    except BuildError as error:
        raise BuildError(f"{path.name}: {error}") from None
    target, shared = root / "source" / f"{assignment}.py", shared_cells(root)
    old = target.read_text("utf-8") if target.exists() else ""
    if old and (now := whole(old, shared)) != new and digest(now) != nb.metadata.get("course", {}).get("text"):
        aside = target.with_suffix(".imported.py")
        write(aside, new.encode())
        raise BuildError(
            f"source/{target.name} is not the text that this notebook was built from, and was left alone. "
            f"The notebook as text is in source/{aside.name}: merge the two, delete that file and "
            f"source/{assignment}/{path.name}, and build."
        )
    text = as_edited(new, old, shared)
    write(target, text.encode())
    said = [f"source/{target.name}: {'unchanged' if text == old else 'written'}.", *_write_shared(new, shared, root)]
    if path == (root / source_name(assignment)).resolve():
        write(path, bytes_of(stamp(nb, whole(text, shared_cells(root)))))
    points = points_of_checks(assignment) if points is None else points
    return [*said, *_points_edited(nb, new, points), *problems(text, f"source/{target.name}", points, shared)]


def _write_shared(new: str, shared: Shared, root: Path) -> Iterator[str]:
    path = root / "source" / "shared.py"
    for name, code in shared_edits(new, shared).items():
        write(path, path.read_text("utf-8").replace(shared[name], code).encode())
        yield f"source/shared.py: {name} written, for every assignment that takes it. Build them all."


def _refuse_other_kinds(path: Path, nb: NotebookNode) -> None:
    if path.stem not in ASSIGNMENTS:
        raise BuildError(f"{path.name}: there is no such assignment; there are {', '.join(ASSIGNMENTS)}.")
    if any(map(is_graded_copy, nb.cells)):
        raise BuildError(f"{path.name} is a release or a submission: without solutions it is not the text.")


def _refuse_weighed(assignment: str, root: Path) -> None:
    if read(root).weights.get(assignment):
        raise BuildError(
            f"{FILE} weighs TODOs of {assignment}, so its source notebook is not the text: edit "
            f"source/{assignment}.py, or take the weights out, build, edit, import, and put them back."
        )


def _points_edited(nb: NotebookNode, text: str, points: Points) -> Iterator[str]:
    for edited, built in zip(worth_keeping(nb), to_notebook(text, points).cells, strict=True):
        is_, wanted = points_of(edited), points_of(built)
        if is_ != wanted and is_restored(built):
            yield (
                f"{grade_id(built)} has {is_} points in the notebook, its hidden checks have "
                f"{wanted}. Those count: to change them, edit the @points in autograder/checks."
            )
