"""What each wrong variant of the bank does to the course's own result: `make consequences`, or for some assignments
alone, `python bench/consequences.py ASSIGNMENT ...`.

The notebook's own way is gone small (miniature.py) with the variant in the place of the solution's function. Numbers
say what came of it, the smaller the better; the same numbers of right runs with other seeds are the floor that an
effect must stand above. It begins with variants of known effect: where the numbers do not tell right from wrong, it
stops. A second call goes on where the first one ended. The tables go to the assignment's part of
autograder/bank/consequences.md.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean, stdev

import numpy as np
import torch
from miniature import JOBS, NUMBERS, SETTINGS, TOO_LONG, WAYS, Found, Job, measure_all

from autograder import variants

TABLE = variants.BANK / "consequences.md"

SEEDS = (1, 2)
RIGHT_SEEDS = range(101, 113)  # of the solution, for the floor

# A run is visibly worse where a number lies this many standard deviations of the right runs above their mean, and this
# share of the way from there to what "nothing learnt" scores; the result is gone where most of that way is. Both seeds
# must say so. Against twelve right runs a right one goes beyond four deviations once in 700 (Student's t), with both
# seeds once in half a million.
DEVIATIONS, VISIBLE, GONE = 4, 0.05, 0.8
GRADES = ("none", "major", "fatal")

# Where the data or the schedule are the variant's, the loss is one of another task: samples alone count.
OTHER_TASK = {"make_spiral", "make_linear_beta_schedule", "noise_scheduler"}
# Digits that cannot be drawn again, or no digit that can be encoded: what is drawn is there all the same.
MAJOR_AT_MOST = ("other", "decoded")
# Where the network has another shape, a loss like that of nothing learnt may be a slow start: by the loss it is major.
OTHER_NETWORK = {"time_embedding", "residual_block", "simple_unet"}
# Some right data are harder to learn than the solution's: there the floor is made of the bank's right ones.
OTHER_DATA = "spiral/make_spiral"

# Right ones of the bank, and wrong ones that must end as said here: they train uphill, towards what cannot be guessed,
# or not what they return; their tables mix or sample something else; they draw noise, or the same image each time; what
# they measure is another number; or they stop.
KNOWN = dict.fromkeys(
    [
        "spiral/make_spiral/wheat_classic.py",
        "spiral/make_linear_beta_schedule/wheat_float32.py",
        "spiral/q_sample/wheat_np_random.py",
        "spiral/backward_network/wheat_flat_velocity.py",
        "spiral/p_sample/wheat_posterior_without_if.py",
        "mnist/noise_scheduler/wheat_log_space.py",
        "mnist/add_noise/wheat_numpy_noise.py",
        "mnist/simple_unet/wheat_encode_decode.py",
        "mnist/train_step/wheat_own_clip.py",
        "mnist/main/wheat_comprehension.py",
        "sampling/cosine_alpha_bars/wheat_logarithms.py",
        "sampling/to_x_0/wheat_v_through_eps.py",
        "sampling/ddim_step/wheat_two_factors.py",
        "sampling/sample/wheat_recursion.py",
        "sampling/frechet_distance/wheat_svd.py",
    ],
    "none",
) | dict.fromkeys(
    [
        "spiral/backward_network/chaff_uphill.py",
        "spiral/train/chaff_copy_trained.py",
        "spiral/train/chaff_target_other_eps.py",
        "spiral/p_sample/chaff_sigma_bar.py",
        "mnist/noise_scheduler/chaff_cumprod_of_betas.py",
        "mnist/noise_scheduler/chaff_aliased_alphas.py",
        "mnist/add_noise/chaff_second_draw_returned.py",
        "mnist/train_step/chaff_second_noise.py",
        "mnist/train_epoch/chaff_pair_passed.py",
        "mnist/main/chaff_fresh_returned.py",
        "sampling/cosine_alpha_bars/chaff_product_of_betas.py",
        "sampling/to_x_0/chaff_v_gives_noise.py",
        "sampling/ddim_step/chaff_stays_here.py",
        "sampling/sample/chaff_starts_from_zeros.py",
        "sampling/frechet_distance/chaff_no_root.py",
    ],
    "fatal",
)

WHERE = (
    f"{platform.machine()}, {JOBS} runs at a time with a thread each, torch {torch.__version__}, NumPy {np.__version__}"
)
HEAD = """# What the wrong variants do

Made by `make consequences` (bench/consequences.py says how). Each variant stands in the place of its TODO's function
while the notebook's own way is gone small, with the seeds {seeds}. The smaller a number, the better.

* fatal: with both seeds the result is gone (as near to what nothing learnt scores as the floor's table says), or it
  raises; major: with both seeds the same number stands above the floor; none: no effect to be seen at this size;
  unknown: it took too long.
* A variant's severity is the worse of this effect and of what the mistake does to the docstring's equation.
* The data or the schedule of {other} are the variant's own: there the loss is one of another task, and does not count.
  A network of another shape ({network}) may only start slowly: by its loss it is major at most.
  Right data differ in how hard they are to learn, so the floor of make_spiral is made of the bank's right ones.
  By {most} an effect is major at most.
"""


# ---- what it says


@dataclass(frozen=True)
class Floor:
    """What right runs score in one number, and what nothing learnt scores."""

    mean: float
    deviation: float
    gone: float

    @property
    def major(self) -> float:
        return max(self.mean + DEVIATIONS * self.deviation, self.mean + VISIBLE * (self.gone - self.mean))

    @property
    def fatal(self) -> float:
        return max(self.major, self.mean + GONE * (self.gone - self.mean))

    def grade(self, number: float) -> str:
        return GRADES[(number > self.major) + (number > self.fatal)]


Floors = dict[str, Floor]  # by number


def floors_of(right: list[Found]) -> Floors:
    """By number, from right runs."""
    floors = {}
    for name in right[0].numbers:
        numbers = [found.numbers[name] for found in right]
        floors[name] = Floor(mean(numbers), stdev(numbers), mean(found.gone[name] for found in right))
    return floors


def effect_of(todo: str, runs: list[Found], floors: Floors) -> str:
    """What both seeds say, by the number that says the worst; "unknown" where a run took too long to say."""
    if any(found.error == TOO_LONG for found in runs):
        return "unknown"
    if any(found.error for found in runs):
        return "fatal"
    said = {
        name: min((floor.grade(found.numbers[name]) for found in runs), key=GRADES.index)
        for name, floor in floors.items()
        if not (name == "loss" and todo in OTHER_TASK)
    }
    for name in said.keys() & {*MAJOR_AT_MOST, *(["loss"] if todo in OTHER_NETWORK else [])}:
        said[name] = min(said[name], "major", key=GRADES.index)
    return max(said.values(), key=GRADES.index)


def job_of(variant: variants.Variant, seed: int) -> Job:
    return Job(variant.assignment, seed, variant.todo, str(variant.path.relative_to(variants.BANK)))


@dataclass(frozen=True)
class Verdict:
    variant: variants.Variant
    runs: list[Found]  # with each of the seeds
    effect: str

    @property
    def label(self) -> str:
        """The severity that the variant's head says."""
        return variants.severity_in(self.variant.path.read_text(encoding="utf-8")) or ""


def judged(some: list[variants.Variant], floors: dict[str, Floors]) -> list[Verdict]:
    found = measure_all([job_of(variant, seed) for seed in SEEDS for variant in some])
    runs = [found[number :: len(some)] for number in range(len(some))]
    return [
        Verdict(variant, those, effect_of(variant.todo, those, floor_of(variant.assignment, variant.todo, floors)))
        for variant, those in zip(some, runs, strict=True)
    ]


def floor_of(assignment: str, todo: str, floors: dict[str, Floors]) -> Floors:
    return floors.get(f"{assignment}/{todo}", floors[assignment])


# ---- the page


def part_of(assignment: str, floors: dict[str, Floors], known: list[Verdict], verdicts: list[Verdict]) -> Iterator[str]:
    """An assignment's part of the page: its setting, its numbers and their floor, and what its variants did."""
    yield from (f"## {assignment}", "", f"With {SETTINGS[assignment]} ({WHERE}).", "")
    yield from (f"* `{name}`: {words}" for name, words in NUMBERS.items() if name in floors[assignment])
    yield from ("", "### The floor", "", *floor_table(floors))
    yield from ("", "### Variants of known effect", "", *known_table(known))
    yield from ("", "### How many", "", *counts(verdicts))
    for todo in (todo for of, todo in variants.TODOS if of == assignment):
        here = [verdict for verdict in verdicts if verdict.variant.todo == todo]
        yield from ("", f"### {assignment}/{todo}", "", *table(floor_of(assignment, todo, floors), here))


def page(new: dict[str, str], before: str) -> str:
    """The page of before, with these parts in the place of what it says of their assignments."""
    found = re.finditer(r"^## (\w+)$.*?(?=^## |\Z)", before, re.MULTILINE | re.DOTALL)
    parts = {part[1]: part[0].rstrip() for part in found} | new
    others = {"other": ", ".join(sorted(OTHER_TASK)), "network": ", ".join(sorted(OTHER_NETWORK))}
    head = HEAD.format(seeds=" and ".join(map(str, SEEDS)), most=" and ".join(MAJOR_AT_MOST), **others)
    return "\n\n".join([head.rstrip(), *(parts[name] for name in WAYS if name in parts)]) + "\n"


def floor_table(floors: dict[str, Floors]) -> Iterator[str]:
    yield "| of | number | mean of right runs | deviation | nothing learnt | major above | fatal above |"
    yield "|---|---|---|---|---|---|---|"
    for place, by_number in floors.items():
        for name, floor in by_number.items():
            bounds = (floor.mean, floor.deviation, floor.gone, floor.major, floor.fatal)
            yield f"| {place} | {name} | {' | '.join(f'{bound:.3f}' for bound in bounds)} |"


def known_table(known: list[Verdict]) -> Iterator[str]:
    yield "| variant | known | measured | numbers with both seeds |"
    yield "|---|---|---|---|"
    for verdict in known:
        numbers = (", ".join(f"{name} {x:.3f}" for name, x in found.numbers.items()) for found in verdict.runs)
        said = "; ".join(found.error or these for found, these in zip(verdict.runs, numbers, strict=True))
        yield f"| {verdict.variant.file} | {KNOWN[verdict.variant.file]} | {verdict.effect} | {said} |"


def counts(verdicts: list[Verdict]) -> Iterator[str]:
    """How many variants of each label have which effect."""
    effects = [*GRADES, "unknown"]
    yield f"| severity in the head | {' | '.join(effects)} |"
    yield f"|---|{'---|' * len(effects)}"
    for label in (*variants.KEEPS, ""):
        here = [verdict.effect for verdict in verdicts if verdict.label == label]
        yield f"| {label or 'not said'} | {' | '.join(str(here.count(effect)) for effect in effects)} |"


def table(floors: Floors, verdicts: list[Verdict]) -> Iterator[str]:
    """One TODO's variants, with the numbers of both seeds."""
    yield f"| variant | severity in the head | effect | {' | '.join(floors)} |"
    yield f"|---|---|---|{'---|' * len(floors)}"
    for verdict in verdicts:
        errors = "; ".join(dict.fromkeys(found.error for found in verdict.runs if found.error)).replace("|", "/")
        said = [", ".join(f"{found.numbers[name]:.3f}" for found in verdict.runs) for name in floors if not errors]
        cells = [errors] + [""] * (len(floors) - 1) if errors else said
        name = verdict.variant.path.stem.removeprefix("chaff_")
        yield f"| {name} | {verdict.label} | {verdict.effect} | {' | '.join(cells)} |"


def measured(assignment: str) -> list[str] | None:
    """The lines of its part; None where variants of known effect do not do what they must."""
    bank = [variant for variant in variants.find(variants.BANK) if variant.assignment == assignment]
    floors = {assignment: floors_of(measure_all([Job(assignment, seed) for seed in RIGHT_SEEDS]))}
    if data := [v for v in bank if f"{assignment}/{v.todo}" == OTHER_DATA and v.kind == "wheat"]:
        floors[OTHER_DATA] = floors_of(measure_all([job_of(variant, seed) for variant in data for seed in SEEDS]))
    known = judged([variant for variant in bank if variant.file in KNOWN], floors)
    print(*floor_table(floors), *known_table(known), sep="\n")
    effects = {verdict.variant.file: verdict.effect for verdict in known}
    wanted = {file: effect for file, effect in KNOWN.items() if file.startswith(f"{assignment}/")}
    mistaken = [file for file, effect in wanted.items() if effects.get(file) != effect]
    if mistaken:
        print(f"Here this setting does not tell right from wrong: {mistaken}. Change it.", file=sys.stderr)
        return None
    verdicts = judged([variant for variant in bank if variant.kind == "chaff"], floors)
    print(*counts(verdicts), sep="\n")
    return list(part_of(assignment, floors, known, verdicts))


def main() -> int:
    for assignment in sys.argv[1:] or WAYS:
        lines = measured(assignment)
        if lines is None:
            return 1
        text = page({assignment: "\n".join(lines)}, TABLE.read_text(encoding="utf-8"))
        TABLE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped. What was measured is kept, and a second call goes on from there.")
