"""The command `course`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograder import container, ends
from autograder.sentences import Sentence, Stopped
from course_config import ASSIGNMENTS, LECTURES, ROOT, SEED

if TYPE_CHECKING:
    from autograder.gradebook.judges import Crew

app = typer.Typer(
    help="Build the notebooks of the course, and grade what students hand in.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Assignment = Annotated[str, typer.Argument(help=f"One of: {', '.join(ASSIGNMENTS)}.")]
Platform = Literal["canvas", "moodle", "csv"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def known(assignment: str, names: Iterable[str] = ASSIGNMENTS) -> str:
    """The assignment's name, or a sentence that names the ones there are."""
    if assignment not in names:
        raise Sentence(f"There is no assignment '{assignment}'. There are: {', '.join(names)}.")
    return assignment


@app.command()
def build(
    assignments: Annotated[list[str] | None, typer.Argument(help="Which ones; all where none is named.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Build in a scratch folder and compare.")] = False,
    execute: Annotated[bool, typer.Option("--execute", help="Execute the solutions again, changed or not.")] = False,
) -> None:
    """Make source, release and solution notebooks, and those of the lecture, from source/*.py."""
    from autograder.authoring import build as builder

    everything = (*ASSIGNMENTS, *LECTURES)
    names = [known(name, everything) for name in assignments or everything]
    if check:
        if problems := builder.check(names):
            raise Sentence("\n".join(problems))
        typer.echo("Everything generated is what source/*.py gives, and nothing leaks.")
    else:
        for line in builder.build(names, execute="all" if execute else "changed"):
            typer.echo(line)


@app.command()
def new(name: Annotated[str, typer.Argument(help="Lower-case letters, digits and _; no name that is taken.")]) -> None:
    """Make an assignment to begin with: one TODO with its text, checks, variants and answers of the class."""
    from autograder.authoring import new as beginning

    typer.echo("\n".join(beginning.make(name)))


@app.command()
def solutions(
    assignment: Assignment,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to.")] = Path("explained"),
    answers: Annotated[bool, typer.Option("--answers", help="Model answers of the reflections as well.")] = False,
    early: Annotated[bool, typer.Option("--early", help="Though somebody may still hand in.")] = False,
) -> None:
    """Write the explained solution for students, once an assignment is due."""
    from autograder.authoring import explained

    typer.echo(f"For students: {explained.release(known(assignment), out, answers, early)}")


@app.command("import")
def import_(
    notebook: Annotated[Path, typer.Argument(help="A source notebook that was edited in Jupyter.")],
) -> None:
    """Bring edits made in Jupyter back into source/*.py."""
    from autograder.authoring.from_notebook import import_notebook

    for line in import_notebook(notebook):
        typer.echo(line)


@app.command()
def judge(
    notebook: Annotated[Path, typer.Argument(help="A notebook, handed in or not.")],
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Which one it answers; else it says so.")] = "",
    seed: Annotated[int, typer.Option(help="Where random inputs start; a verdict names its seed.")] = SEED,
    contested: Annotated[str, typer.Option(help="The line of a feedback page, in quotes: that check alone.")] = "",
    as_json: AsJson = False,
) -> None:
    """Judge one notebook, without a gradebook."""
    from autograder.checks import require_todo
    from autograder.feedback import alone
    from autograder.feedback.contested import Contested
    from autograder.gradebook import report

    line = Contested.read(contested) if contested else None
    assignment = known(line.assignment if line else assignment or alone.assignment_of(notebook))
    if line:
        require_todo(assignment, line.todo)
    found = alone.judged(notebook, assignment, line.seed if line else seed)
    told = f"{report.text(found.verdict)}\nsecret: {found.secret}"
    if line:
        told = f"{line.answer(found.verdict)}\n{line.since(notebook, ROOT)}"
    typer.echo(json.dumps(found.verdict, indent=2) if as_json else told)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook.")],
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Which one it answers; else it says so.")] = "",
    solution: Annotated[str, typer.Option(metavar="TODO", help="Show the solution of this TODO; judge nothing.")] = "",
) -> None:
    """Judge your own notebook, and write its feedback page beside it."""
    from autograder.feedback import alone
    from autograder.gradebook import report

    assignment = known(assignment or alone.assignment_of(notebook))
    if solution:
        typer.echo(f"The solution of {solution}: {alone.write_solution(notebook, assignment, solution)}")
        return
    verdict, page = alone.check(notebook, assignment)
    typer.echo(f"{report.text(verdict)}\nFeedback: {page}")


@app.command()
def roster(
    file: Annotated[
        Path, typer.Argument(help="Canvas's gradebook, Moodle's participants, or id,first_name,... as CSV.")
    ],
) -> None:
    """Take a list of students into the gradebook; again for who joins late."""
    from autograder.lms import roster as taking

    typer.echo("\n".join(taking.take_in(file)))


@app.command()
def collect(
    archive: Annotated[Path, typer.Argument(help="What Moodle or Canvas downloads: a zip, or the folder it was in.")],
    assignment: Annotated[
        str, typer.Option("--assignment", "-a", help="Which one it is; else the notebooks say.")
    ] = "",
    sheet: Annotated[
        Path | None, typer.Option(help="The platform's sheet: says who is who, and when each handed in.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Of the sheet's dates; else policy.toml's.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Take the archive's, whatever lies there.")] = False,
) -> None:
    """Put what an archive holds at submitted/STUDENT/ASSIGNMENT/; a newer attempt takes an older one's place."""
    from autograder.lms import collect as collecting

    assignment = known(assignment) if assignment else ""
    for line in collecting.collect(archive, assignment, sheet, ROOT, timezone, replace):
        typer.echo(line)


@app.command()
def grade(
    assignment: Assignment,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    less_isolation: Annotated[
        bool, typer.Option("--less-isolation", help="Grade where student code cannot be locked in fully.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, show_default="one a core", help="How many are judged at once.")
    ] = container.cores(),
    scheduler: Annotated[str, typer.Option(help="Judge on the workers of this Dask scheduler (tcp://HOST:PORT).")] = "",
    regrade: Annotated[bool, typer.Option("--regrade", help="Judge again what is graded and unchanged, too.")] = False,
    todo: Annotated[list[str] | None, typer.Option(help="With --regrade: only this TODO; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Grade submitted/*/ASSIGNMENT into the gradebook; go on where it was stopped."""
    from autograder.checks import require_todo
    from autograder.gradebook import handed_in
    from autograder.judge.isolation import tried_here
    from autograder.policy.settings import read

    known(assignment)
    submitted, left_out = handed_in.place(ROOT), read(ROOT).dropped
    for sentence in handed_in.passed_over(assignment, submitted):
        typer.echo(sentence, err=True)
    found = handed_in.submissions(assignment, student, submitted, left_out)
    absent = [name for name in student or () if name not in found]
    if todo and not regrade:
        raise Sentence("--todo goes with --regrade: what was never judged is judged as a whole.")
    for name in todo or ():
        require_todo(assignment, name)
    handed_in.require_built(assignment, ROOT)
    if not less_isolation and not scheduler and (missing := tried_here()["missing"]):
        raise Sentence(
            f"Student code cannot be locked in fully on this machine: {'; '.join(missing)}. "
            "The Dockerfile gives full isolation (docs/judge.md says how). To grade here all the same, trusting your "
            f"students with what is missing: course grade {assignment} --less-isolation"
        )
    from tqdm import tqdm

    from autograder.gradebook import grade as grading
    from autograder.gradebook import report, step
    from autograder.policy.charge import charge, said_of
    from autograder.policy.strangers import strangers

    def crew() -> Crew:
        from autograder.gradebook.machines import Machines

        return Machines(scheduler, assignment, walls=not less_isolation)

    start, judged, failed = time.monotonic(), [], 0
    with tqdm(total=len(found), desc=assignment, unit="submission", disable=None) as bar:
        several, by = min(workers, len(found)), crew if scheduler else None
        for line in grading.grade(assignment, student or None, ROOT, several, regrade, by, todo or ()):
            with bar.external_write_mode():
                typer.echo(json.dumps(line) if as_json else report.line(line))
            judged += [] if line["skipped"] else [line["verdict"]]
            failed += not step.is_settled(line["verdict"])
            bar.set_postfix(failed=failed, refresh=False)
            bar.update()
    if said := report.time_spent(judged, time.monotonic() - start):
        typer.echo(said, err=True)
    for said in (*said_of(assignment, charge(ROOT)), *strangers(ROOT)):
        typer.echo(said, err=True)
    if absent:
        raise Sentence(handed_in.nothing_of(absent, assignment))


@app.command()
def feedback(
    assignment: Assignment,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    workers: Annotated[
        int, typer.Option(min=1, show_default="one a core", help="How many processes write.")
    ] = container.cores(),
) -> None:
    """Write the page of every graded submission into feedback/, as `nbgrader generate_feedback` does, many at once."""
    from autograder.feedback.write import write_pages

    pages = list(write_pages(known(assignment), student, ROOT, workers))
    where = pages[0].parents[2]
    typer.echo(f"{len(pages)} {'page' if len(pages) == 1 else 'pages'}: {where}/STUDENT/{assignment}/{assignment}.html")


@app.command()
def reflections(
    assignment: Assignment,
    question: Annotated[str, typer.Option(help="Begin with this reflection, or write this one alone.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; else the first that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write answers into a sheet instead.")] = None,
    in_: Annotated[Path | None, typer.Option("--in", metavar="FILE.csv", help="Take marks from such a sheet.")] = None,
) -> None:
    """Open the page on which reflections are marked, question by question across the class."""
    from autograder.reflections import app as page
    from autograder.reflections import sheet
    from autograder.reflections.room import Room

    known(assignment)
    if not in_ and not out:
        page.run(Room(assignment, ROOT, question), port, browser)
    told = [*sheet.take(in_, assignment, ROOT)] if in_ else []
    told += [sheet.write(out, assignment, question, ROOT)] if out else []
    typer.echo("\n".join(told))
    raise typer.Exit(any(line.startswith(sheet.REFUSED) for line in told))


@app.command()
def report(assignment: Assignment) -> None:
    """Write one page on a graded class: marks, mistakes, what was mended, who is like whom, who waits for a person."""
    from autograder.feedback import class_page

    typer.echo(f"Report: {class_page.write(known(assignment), ROOT)}")


@app.command()
def export(
    assignments: Annotated[list[str] | None, typer.Argument(help="Which ones; all where none is named.")] = None,
    to: Annotated[Platform, typer.Option(help="Whose columns.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="The file to write; else one in reports/.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="The platform's own sheet, to fill: it stays as it is.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="ASSIGNMENT=TITLE", help="Canvas's column; may be repeated.")
    ] = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Also marks that a person has yet to end.")] = False,
) -> None:
    """Write what counts, one row a student, for Canvas or Moodle to import, or as a plain table."""
    from autograder.lms import sheets

    names = [known(name) for name in assignments or ()]
    columns = {known(name): title for name, title in map(sheets.column_said, column or ())}
    typer.echo("\n".join(sheets.export(to, names, out, sheet, columns, unfinished)))


@app.command()
def bank(
    directory: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Default: autograder/bank.")] = None,
    todo: Annotated[
        list[str] | None, typer.Option(help="Only variants of this TODO, or ASSIGNMENT/TODO; may be repeated.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, show_default="one a core", help="How many processes work at it.")
    ] = container.cores(),
    all_todos: Annotated[bool, typer.Option("--all-todos", help="Ask for marks lost in other TODOs, too.")] = False,
    seed: Annotated[int, typer.Option(help="Where random inputs start.")] = SEED,
    as_json: AsJson = False,
) -> None:
    """Judge the grader: right and wrong variants of each TODO, each in the place of the solution's function."""
    from autograder import variants

    found = variants.find(directory or variants.BANK, todo or ())
    results = []
    with closing(variants.judge_all(found, jobs, all_todos, seed)) as judged:
        for result in judged:
            results.append(result)
            if as_json:
                typer.echo(variants.as_json(result))
            elif result.verdict != "ok":
                typer.echo(variants.line(result))
    if not as_json:
        typer.echo("\n".join([*variants.matrix(results), "", variants.rates(results)]))
    raise typer.Exit(any(result.verdict != "ok" for result in results))


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Its name ends in .tar.gz; default: in backups/, by date.")
    ] = None,
) -> None:
    """Write gradebook, submissions, feedback, reports, settings and secret into one file, which you alone may read."""
    from autograder.gradebook import harmless
    from autograder.keeping import backup as keeping

    made = keeping.back_up(file)
    typer.echo(f"Backup: {made.path}\n{keeping.words(made.manifest.counts)}, {len(made.manifest.files)} files")
    for name in made.left_out:
        typer.echo(harmless.line(f"Left out, since it is no plain file or open folder: {name}"), err=True)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `course backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Put it in the place of what is here, which is kept.")] = False,
) -> None:
    """Make the course what it was when a backup was made: wholly, or not at all."""
    from autograder.keeping import backup as keeping
    from autograder.keeping.version import of_course

    manifest, aside = keeping.restore(file, force=force)
    typer.echo(f"Restored, as it was at {manifest.made}: {keeping.words(manifest.counts)}, {len(manifest.files)} files")
    if aside:
        typer.echo(f"What was here before: {aside}")
    if manifest.version != (now := of_course()):
        typer.echo(
            f"It was made by version {manifest.version}; this is {now}. `course grade` judges what that changed."
        )
    typer.echo("A formgrader that was open has to be started again.")


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="As in submitted/STUDENT.")],
    yes: Annotated[bool, typer.Option("--yes", help="Remove it, and do not only list it.")] = False,
) -> None:
    """List all that the course holds of a student; with --yes remove it."""
    from autograder.gradebook import harmless
    from autograder.keeping import forget as forgetting

    found = forgetting.forget(student) if yes else forgetting.traces(student)
    for line in found.lines(ROOT):
        typer.echo(harmless.line(f"{'Removed' if yes else 'Found'}: {line}"))
    for line in found.left:
        typer.echo(harmless.line(f"Not removed: {line}"))
    if not yes:
        typer.echo("Nothing was removed; --yes removes what was found.")


@app.command()
def doctor() -> None:
    """Say what this machine gives the course."""
    from autograder import doctor as doctoring

    raise typer.Exit(doctoring.main())


@app.command()
def demo(
    assignments: Annotated[
        list[str] | None, typer.Option("--assignment", "-a", help="Which one; again for another. All without it.")
    ] = None,
) -> None:
    """Build the assignments, grade the bundled class in demo/, write feedback, print the table of marks."""
    from autograder.classroom import demo as showing

    raise typer.Exit(showing.main([known(name) for name in assignments or ASSIGNMENTS]))


def main() -> None:
    """The one place where a sentence for the person at the keyboard is printed."""
    ends.listen()
    try:
        app()
    except BaseException as end:
        if ends.told:
            ends.leave(end if isinstance(end, Stopped) else "Stopped.")
        if not (told := str(end) if isinstance(end, Sentence) else _of_the_machine(end)):
            raise
        typer.echo(told, err=True)
        sys.exit(1)


def _of_the_machine(end: BaseException) -> str:
    """A full disk, a gradebook that cannot be used, a folder that may not be written: what to do; else empty."""
    from autograder.gradebook.machine import sentence_of

    return sentence_of(end, ROOT) if isinstance(end, Exception) else ""
