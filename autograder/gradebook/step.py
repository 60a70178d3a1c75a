"""The step of nbgrader's autograde that asks the judge, in the place of its Execute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List, Unicode

from autograder.cells import ROLES, is_check, name_of, points_of
from autograder.gradebook import judges
from autograder.gradebook.files import read_verdict, write_verdict
from autograder.gradebook.intake import UNREADABLE, points_by_todo, refuse_older
from autograder.gradebook.mend import tidy_cells
from autograder.gradebook.outputs import clean_outputs
from autograder.gradebook.pages import note_cell, outputs_of
from autograder.judge import secret
from autograder.judge.clock import HURRIED
from autograder.keeping import version
from autograder.policy.weights import Weights, to_judge, weigh, weights_of
from autograder.verdict import Verdict, of_todos, refused, todo_result
from course_config import LIMITS, SEED

NO_ANSWER = "The grader stopped at this notebook. Nothing was graded; please tell your instructor."
NOT_SETTLED = ([NO_ANSWER], [UNREADABLE])  # `course grade` grades these again when it runs next


class AskJudge(NbGraderPreprocessor):
    """Takes the place of Execute: puts marks and messages where SaveAutoGrades finds them."""

    only = List(Unicode(), help="TODOs that are judged anew; all where none is named").tag(config=True)
    before = Unicode(help="the verdict that says what the others keep").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        student, assignment = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
        about = nb.metadata.pop("autograder", {})
        before = read_verdict(Path(self.before)) if self.only else None
        only = self.only if before else []
        verdict = judge_notebook(nb, assignment, about, Path(self.parent.parent.coursedir.root), only, before)
        verdict["notes"] += clean_outputs(nb.cells)
        for cell in nb.cells:
            if is_check(cell) and points_of(cell):
                todo = verdict["todos"].get(name_of(cell, "check"), todo_result([]))
                cell.outputs = outputs_of(todo, points_of(cell))
        if said := [*verdict["mended"], *verdict["notes"]]:
            nb.cells.insert(0, note_cell(said))
        is_whole = not before or before.get("fingerprint") == about.get("fingerprint")
        verdict["course"] = (
            version.in_part(assignment, only, before.get("course", "")) if before else version.of_judge(assignment)
        )
        if "fingerprint" in about and is_settled(verdict) and is_whole:
            verdict["fingerprint"] = about["fingerprint"]
        write_verdict(Path(self.parent.parent._format_dest(assignment, student)), verdict)
        return nb, resources


def is_settled(verdict: Verdict) -> bool:
    """Whether it is a judge's, or a refusal, and no failure of the grader itself."""
    return verdict["mended"] not in NOT_SETTLED


def with_others_of(before: Verdict, verdict: Verdict) -> Verdict:
    """A verdict on some TODOs, with what the others had before."""
    return of_todos(verdict, {name: verdict["todos"].get(name, todo) for name, todo in before["todos"].items()})


def judge_notebook(
    nb: NotebookNode,
    assignment: str,
    about: dict[str, Any],
    root: Path,
    only: Sequence[str] = (),
    before: Verdict | None = None,
) -> Verdict:
    """The judge's verdict, or one that says why there is none; the run's outputs go into the notebook."""
    if "refused" in about:
        return no_verdict(nb, assignment, about["refused"])
    request = {"assignment": assignment, "notebook": nb, "seed": SEED, "modules": about.get("modules", {})}
    weights = weights_of(assignment, root)
    request |= {"secret": secret.named(root), "only": list(only) or to_judge(nb, weights)}
    most = 1.2 * LIMITS.judging_seconds  # the judge itself stops before that
    answer = judges.in_charge.ask(request, most)
    if answer and HURRIED in answer["verdict"]["notes"]:  # before it costs anything it is asked again, alone
        answer = judges.in_charge.ask(request, most, alone=True)
    if not answer:
        return no_verdict(nb, assignment, NO_ANSWER)
    verdict: Verdict = weigh(answer["verdict"], weights) | {"mended": about.get("mended", [])}
    verdict["notes"] += given_since(verdict["mended"], weights)
    if before:
        verdict = with_others_of(before, verdict)
    refuse_older(nb, assignment, {name: todo["max"] for name, todo in verdict["todos"].items()})
    tidy_cells(nb, answer.get("notebook", {}))
    return verdict


def given_since(mended: Sequence[str], weights: Weights) -> list[str]:
    """For who has a notebook of before: what is given now counts no more."""
    todos = [todo for todo, points in weights.items() if not points]
    given = [todo for todo in todos if any(ROLES["given"].prefix + todo in sentence for sentence in mended)]
    return [f"Given since this notebook was handed out, so it counts no more: {todo}." for todo in given]


def no_verdict(nb: NotebookNode, assignment: str, sentence: str) -> Verdict:
    """0 points in every TODO that the notebook has a check of."""
    return refused(assignment, points_by_todo(nb), sentence)
