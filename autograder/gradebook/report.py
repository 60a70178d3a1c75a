"""Verdicts as text for people: one notebook, one line a submission, the table of a class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.gradebook import harmless
from autograder.verdict import Graded, TodoResult, Verdict


def text(verdict: Verdict) -> str:
    """A verdict in words: marks by TODO, and a sentence for each check that failed or was not decided."""
    lines = [f"{verdict['assignment']}: {mark(verdict)} automatic points"]
    lines += [f"  mended: {sentence}" for sentence in verdict["mended"]]
    lines += [f"  note: {sentence}" for sentence in verdict["notes"]]
    for name, todo in verdict["todos"].items():
        lines.append(f"{'✓' if todo['points'] == todo['max'] else '✗'} {name}  {mark(todo)}")
        lines += [f"    {sentence}" for sentence in sentences(todo)]
    lines.append(f"seed {verdict['seed']}, {verdict['seconds']:.1f} s, isolation: {verdict['isolation']}")
    lines += [f"course: {verdict['course']}"] if "course" in verdict else []
    return "\n".join(map(harmless.line, lines))


def mark(part: Verdict | TodoResult) -> str:
    return f"{part['points']:g}/{part['max']:g}"


def sentences(todo: TodoResult) -> list[str]:
    """What the checks of one TODO say, each sentence once."""
    return list(dict.fromkeys(check["message"] for check in todo["checks"] if check["message"]))


def line(result: Graded) -> str:
    """One graded submission: who, how many points, what became of it, and what another judging changed."""
    verdict = result["verdict"]
    lost = [name for name, todo in verdict["todos"].items() if todo["points"] < todo["max"]]
    said = result["skipped"] or "; ".join([*verdict["mended"], *verdict["notes"]])
    parts = [f"{result['student']:<20} {mark(verdict):>7}", changes(result.get("before"), verdict)]
    parts += [f"loses {', '.join(lost)}" if lost else "", said]
    return harmless.line("  ".join(part for part in parts if part))


def changes(before: Verdict | None, verdict: Verdict) -> str:
    """The points before, in all and by TODO, where they were others."""
    then, now = ({name: todo["points"] for name, todo in one["todos"].items()} for one in (before or verdict, verdict))
    moved = moved_between(then, now)
    return f"before: {mark(before)} ({', '.join(moved)})" if before and moved else ""


def moved_between(before: Mapping[str, float | None], after: Mapping[str, float | None]) -> list[str]:
    """Each mark that is another one now; None is one that is yet to be given. What is on one side alone is a TODO that
    was, or is, given."""

    def words(marks: Mapping[str, float | None], name: str) -> str:
        mark = marks.get(name)
        return "no mark" if name not in marks else "waiting" if mark is None else f"{mark:g}"

    names = dict.fromkeys([*before, *after]) if before and after else {}
    pairs = [(name, words(before, name), words(after, name)) for name in names]
    return [f"{name} {then} to {now}" for name, then, now in pairs if then != now]


def time_spent(verdicts: Iterable[Verdict], wall: float) -> str:
    """Where the time of judging went; empty where nothing was judged."""
    spent: dict[str, float] = {}
    judged = [verdict["spent"] for verdict in verdicts if verdict["spent"]]
    for one in judged:
        for what, seconds in one.items():
            spent[what] = spent.get(what, 0.0) + seconds
    total = sum(spent.values())
    if not total:
        return ""
    parts = ", ".join(f"{what} {seconds / total:.0%}" for what, seconds in sorted(spent.items(), key=lambda p: -p[1]))
    return f"Judged {len(judged)} in {wall:.0f} s; {total / len(judged):.1f} s each, of which {parts}."


def table(rows: Iterable[Iterable[object]], head: Iterable[str]) -> str:
    """A plain table, its first column left, the others right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]

    def show(row: list[str]) -> str:
        right = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        return "  ".join([row[0].ljust(widths[0]), *right[1:]])

    return "\n".join([show(cells[0]), "  ".join("-" * width for width in widths), *map(show, cells[1:])])
