"""The grader as a classifier: writes the table in docs/judge.md from what `course bank --json` printed (`make bench`).

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
from autograder.verdict import KEEPS
from course_config import ASSIGNMENTS, ROOT, SEED

PAGE = ROOT / "docs" / "judge.md"
START, END = "<!-- bench/bank.py writes this table -->", "<!-- end of the table -->"


def main() -> None:
    results, own = (read(Path(name)) for name in sys.argv[1:3])
    print(*variants.matrix(results), "", variants.rates(results), "", sep="\n")
    written = table(results, own)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{START}.*{END}", lambda _: f"{START}\n{written}\n{END}", text, flags=re.DOTALL))
    print(written)


def read(path: Path) -> list[variants.Result]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [variants.Result(**{key: value for key, value in line.items() if key != "kept"}) for line in lines]


def table(results: list[variants.Result], own: list[variants.Result]) -> str:
    """The page's tables: rates and median seconds by assignment, and what mistakes leave of the points."""
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
    lines += [
        "",
        "| mistake | should keep | wrong variants | keep, median | range | outside, with a reason |",
        "|---|---|---|---|---|---|",
        *(kept(results, severity) for severity in KEEPS),
    ]
    where = f"{platform.machine()}, {container.cores()} cores and as many jobs, seed {SEED}"
    return "\n".join([*lines, "", f"Made by `make bench` ({where})."])


def kept(results: list[variants.Result], severity: str) -> str:
    """A row: what mistakes of one severity leave of their TODO's points."""
    here = [result for result in results if result.severity == severity]
    least, most = KEEPS[severity]
    shares, outside = [result.kept for result in here], [r.file for r in here if not least <= r.kept <= most]
    bound = f"at least {least:.0%}" if least else f"at most {most:.0%}"
    spread = f"{median(shares):.0%} | {min(shares):.0%} to {max(shares):.0%}"
    return f"| {severity} | {bound} | {len(here)} | {spread} | {', '.join(outside) or 'none'} |"


if __name__ == "__main__":
    main()
