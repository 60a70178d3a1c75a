"""How often a right solution loses marks by bad luck: `make flakiness` judges each solution with 200 seeds, or
`python bench/flakiness.py ASSIGNMENT ...` those of some assignments.

Each seed gives new inputs to every check and new draws to the solution. One failure in 200 runs would be found for
a check that fails a right answer once in 100 runs with probability 0.87; the docstrings of the statistical checks
calculate their rates, which are far below what runs can show.
"""

from __future__ import annotations

import sys
from functools import partial

from autograder import container, variants
from autograder.checks import checks_of
from course_config import ASSIGNMENTS

SEEDS = 200


def main() -> int:
    failed, seeds = 0, range(1, SEEDS + 1)
    with variants.pool(container.cores()) as processes:
        for assignment in sys.argv[1:] or ASSIGNMENTS:
            found = variants.in_order(processes, partial(failures_of, assignment), seeds)
            for seed, failures in zip(seeds, found, strict=True):
                for name, message in failures:
                    failed += 1
                    print(f"seed {seed}: {assignment}/{name}: {message}", flush=True)
            print(f"{assignment}: {len(checks_of(assignment))} checks, {len(seeds)} seeds each", flush=True)
    print(f"failures: {failed}")
    return bool(failed)


def failures_of(assignment: str, seed: int) -> list[tuple[str, str]]:
    """Names and messages of the checks that the solution fails with this seed."""
    verdict = variants.solution_here(assignment).judge_cells([], None, seed)
    checks = [check for todo in verdict["todos"].values() for check in todo["checks"]]
    return [(check["name"], check["message"]) for check in checks if not check["passed"]]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped. What was printed is all that was found.")
