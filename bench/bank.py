"""The grader as a classifier: `make bench` judges the whole bank and writes the table in README.md anew."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from statistics import median

from autograder import variants
from course_config import ASSIGNMENTS, ROOT, SEED

START, END = "<!-- bench/bank.py writes this table -->", "<!-- end of the table -->"


def main() -> int:
    jobs = os.cpu_count() or 1
    results = []
    for result in variants.judge_all(variants.find(variants.BANK), jobs, all_todos=True):
        results.append(result)
        if result.verdict != "ok":
            print(variants.line(result))
    print(*variants.matrix(results), "", sep="\n")
    own = list(variants.judge_all(variants.find(variants.BANK), jobs))
    written = table(results, own, jobs)
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(re.sub(f"{START}.*{END}", lambda _: f"{START}\n{written}\n{END}", text, flags=re.DOTALL))
    print(written)
    return any(result.verdict != "ok" for result in (*results, *own))


def table(results: list[variants.Result], own: list[variants.Result], jobs: int) -> str:
    """The README's table: rates by assignment, and the median seconds a variant takes."""
    lines = [
        "| assignment | right variants with full marks | wrong variants that lost marks | marks lost in other TODOs "
        "| message names the cause | median seconds, own TODO | all TODOs |",
        "|---|---|---|---|---|---|---|",
    ]
    for assignment in ASSIGNMENTS:
        here = [result for result in results if result.assignment == assignment]
        wheats = [result.points == result.max for result in here if result.kind == "wheat"]
        chaffs = [result for result in here if result.kind == "chaff"]
        caught = sum(result.points < result.max for result in chaffs)
        causes = sum(variants.expected_words(Path(result.file))[0] == "cause" for result in chaffs)
        seconds = [median(r.seconds for r in some if r.assignment == assignment) for some in (own, results)]
        lines.append(
            f"| `{assignment}` | {sum(wheats)} of {len(wheats)} | {caught} of {len(chaffs)} "
            f"| {sum(result.elsewhere_lost for result in here):g} | {causes} of {len(chaffs)} "
            f"| {seconds[0]:.2f} | {seconds[1]:.1f} |"
        )
    where = f"{platform.machine()}, {os.cpu_count()} cores, {jobs} jobs, seed {SEED}"
    return "\n".join([*lines, "", f"Made by `make bench` ({where})."])


if __name__ == "__main__":
    sys.exit(main())
