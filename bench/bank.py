"""The grader as a classifier: writes the table in README.md from what `course bank --json` printed (`make bench`).

Arguments: a file of lines with --all-todos, and one without, whose seconds are those of a variant's own TODO.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from pathlib import Path
from statistics import median

from autograder import container, variants
from course_config import ASSIGNMENTS, ROOT, SEED

START, END = "<!-- bench/bank.py writes this table -->", "<!-- end of the table -->"


def main() -> None:
    results, own = (read(Path(name)) for name in sys.argv[1:3])
    print(*variants.matrix(results), "", variants.rates(results), "", sep="\n")
    written, readme = table(results, own), ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(re.sub(f"{START}.*{END}", lambda _: f"{START}\n{written}\n{END}", text, flags=re.DOTALL))
    print(written)


def read(path: Path) -> list[variants.Result]:
    return [variants.Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def table(results: list[variants.Result], own: list[variants.Result]) -> str:
    """The README's table: rates by assignment, and the median seconds a variant takes."""
    lines = [
        "| assignment | right variants with full marks | wrong variants that lost marks | marks lost in other TODOs "
        "| message names the cause | median seconds, own TODO | all TODOs |",
        "|---|---|---|---|---|---|---|",
    ]
    for assignment in ASSIGNMENTS:
        here = [result for result in results if result.assignment == assignment]
        wheats = [result.full for result in here if result.kind == "wheat"]
        chaffs = [result for result in here if result.kind == "chaff"]
        caught = sum(not result.full for result in chaffs)
        causes = sum(variants.expected_words(variants.BANK / result.file)[0] == "cause" for result in chaffs)
        seconds = [median(r.seconds for r in some if r.assignment == assignment) for some in (own, results)]
        lines.append(
            f"| `{assignment}` | {sum(wheats)} of {len(wheats)} | {caught} of {len(chaffs)} "
            f"| {sum(result.elsewhere_lost for result in here):g} | {causes} of {len(chaffs)} "
            f"| {seconds[0]:.2f} | {seconds[1]:.1f} |"
        )
    where = f"{platform.machine()}, {container.cores()} cores and as many jobs, seed {SEED}"
    return "\n".join([*lines, "", f"Made by `make bench` ({where})."])


if __name__ == "__main__":
    main()
