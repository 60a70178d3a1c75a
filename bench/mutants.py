"""Mutation testing of the checks: `make mutants`.

mutmut changes the solution's own lines one small piece at a time (a number, an operator, an argument, a name); each
mutant stands in the place of its TODO's function and is judged like a variant of the bank. Survivors that
autograder/bank/survivors.md does not argue to be equivalent are printed, and the command fails.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from difflib import ndiff
from pathlib import Path

from mutmut.mutation.file_mutation import create_mutations, deep_replace

from autograder import container, variants
from autograder.cells import grade_id, is_todo
from course_config import ASSIGNMENTS

ARGUED = variants.BANK / "survivors.md"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        changes = dict(write_mutants(Path(folder)))
        results = list(variants.judge_all(variants.find(Path(folder)), container.cores()))
        print(f"{len(results)} mutants; {variants.rates(results)}")
        argued = ARGUED.read_text(encoding="utf-8")
        survivors = [result for result in results if result.verdict == "missed"]
        open_ones = [f"* {result.todo}: {changes[result.file]}" for result in survivors]
        open_ones = [line for line in open_ones if line not in argued]
    print(f"survivors: {len(survivors)}, of which not argued in {ARGUED.name}: {len(open_ones)}")
    print("\n".join(open_ones))
    return bool(open_ones)


def write_mutants(folder: Path) -> Iterator[tuple[str, str]]:
    """Write every mutant of every TODO's solution as a variant file; yield its place and what was changed."""
    for place, source in solutions():
        (folder / place).mkdir(parents=True)
        for number, mutant in enumerate(mutants(source)):
            file = f"{place}/chaff_{number:03d}.py"
            (folder / file).write_text(mutant, encoding="utf-8")
            yield file, change(source, mutant)


def solutions() -> Iterator[tuple[str, str]]:
    """The solution's cell of each TODO, with the folder of its variants."""
    for assignment in ASSIGNMENTS:
        for cell in filter(is_todo, variants.solution_cells(assignment)):
            yield f"{assignment}/{grade_id(cell)}", cell["source"]


def mutants(source: str) -> Iterator[str]:
    """`source` with one change each, inside the solution's lines only."""
    covered, inside = set(), False
    for number, line in enumerate(source.split("\n"), start=1):
        inside = "BEGIN SOLUTION" in line or inside and "END SOLUTION" not in line
        covered |= {number} if inside else set()
    module, mutations, *_ = create_mutations("solution.py", source, covered)
    for mutation in mutations:
        yield deep_replace(module, mutation.original_node, mutation.mutated_node).code


def change(source: str, mutant: str) -> str:
    """The lines that differ, as `old` -> `new`."""
    lines = [line for line in ndiff(source.split("\n"), mutant.split("\n")) if line[0] in "-+"]
    old, new = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return f"`{old}` -> `{new}`"


if __name__ == "__main__":
    sys.exit(main())
