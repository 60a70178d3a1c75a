"""`make consequences`: what it measures small, what it calls an effect, and that a second call goes on."""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder import variants
from course_config import ROOT

sys.path.append(str(ROOT / "bench"))  # no package
miniature, consequences = (importlib.import_module(name) for name in ("miniature", "consequences"))
Found, Floor, Job = miniature.Found, consequences.Floor, miniature.Job


# ---- what is an effect

FLOORS = {"loss": Floor(mean=0.4, deviation=0.02, gone=1.0), "beside": Floor(mean=0.1, deviation=0.0, gone=0.3)}


def runs(*numbers: tuple[float, float], error: str = "") -> list:
    return [Found("f", "k", 1, error, {"loss": loss, "beside": beside}) for loss, beside in numbers]


@pytest.mark.parametrize(
    ("both", "effect"),
    [
        ([(0.4, 0.1), (0.3, 0.05)], "none"),
        ([(0.49, 0.1), (0.47, 0.1)], "none"),  # 4 deviations: above 0.48, with both seeds
        ([(0.49, 0.1), (0.49, 0.1)], "major"),
        ([(0.4, 0.12), (0.4, 0.12)], "major"),  # where the floor is exact, a twentieth of the way
        ([(0.4, 0.105), (0.4, 0.105)], "none"),
        ([(0.95, 0.1), (0.5, 0.1)], "major"),
        ([(0.95, 0.1), (0.9, 0.1)], "fatal"),  # 0.8 of the way from 0.4 to 1
        ([(0.4, 0.29), (0.4, 0.4)], "fatal"),
        ([(0.95, 0.1), (0.4, 0.29)], "none"),  # each of two numbers with one seed alone
    ],
)
def test_both_seeds_must_see_an_effect_in_the_same_number(both, effect):
    assert consequences.effect_of("train", runs(*both), FLOORS) == effect


def test_the_loss_of_another_task_does_not_count():
    assert consequences.effect_of("make_spiral", runs((0.9, 0.1), (0.9, 0.1)), FLOORS) == "none"
    assert {todo for _, todo in variants.TODOS} >= consequences.OTHER_TASK | consequences.OTHER_NETWORK


def test_a_network_of_another_shape_may_only_start_slowly():
    assert consequences.effect_of("train_step", runs((1.0, 0.1), (1.0, 0.1)), FLOORS) == "fatal"
    assert consequences.effect_of("residual_block", runs((1.0, 0.1), (1.0, 0.1)), FLOORS) == "major"
    assert consequences.effect_of("residual_block", runs((1.0, 0.3), (1.0, 0.3)), FLOORS) == "fatal"


def test_what_stops_is_fatal_and_what_takes_too_long_says_nothing():
    stopped, late = runs((0, 0), error="ValueError: no"), runs((0, 0), error=miniature.TOO_LONG)
    assert consequences.effect_of("train", runs((0.4, 0.1)) + stopped, FLOORS) == "fatal"
    assert consequences.effect_of("train", late + stopped, FLOORS) == "unknown"


def test_the_floor_is_made_of_right_runs():
    right = [Found("", "k", seed, "", {"loss": loss}, {"loss": 1.0}) for seed, loss in enumerate((0.3, 0.5))]
    floor = consequences.floors_of(right)["loss"]
    assert (floor.mean, floor.gone) == (0.4, 1.0) and math.isclose(floor.deviation, 0.02**0.5)


def test_the_variants_of_known_effect_are_in_the_bank_as_many_right_as_wrong():
    assert all((variants.BANK / file).exists() for file in consequences.KNOWN)
    assert list(consequences.KNOWN.values()) == ["none"] * 15 + ["fatal"] * 15
    assert {file.split("/")[0] for file in consequences.KNOWN} == set(miniature.WAYS)
    for file, effect in consequences.KNOWN.items():
        assert Path(file).name.startswith("wheat" if effect == "none" else "chaff")


def test_what_a_head_calls_measured_stands_on_the_page_with_that_effect():
    sections = re.findall(r"^### (\w+/\w+)\n(.*?)(?=^##|\Z)", consequences.TABLE.read_text(), re.MULTILINE | re.DOTALL)
    row = re.compile(r"^\| (\w+) \| \w* \| (\w+) \|", re.MULTILINE)
    said = {f"{todo}/chaff_{name}.py": effect for todo, rows in sections for name, effect in row.findall(rows)}
    heads = {v.file: v.path.read_text() for v in variants.find(variants.BANK) if v.kind == "chaff"}
    measured = {
        file: found[1] for file, head in heads.items() if (found := re.search("severity: (\\w+), measured", head))
    }
    assert len(measured) > 100 and measured.items() <= said.items()


# ---- what is measured


@pytest.fixture(scope="module")
def scheduler():
    with contextlib.redirect_stdout(None):
        return miniature.notebook("mnist")["NoiseScheduler"](num_timesteps=1000)


def test_the_linear_network_draws_as_digits_are_with_right_tables_and_not_with_wrong_ones(scheduler):
    torch.manual_seed(0)
    digits = miniature.small_digits()[:1000]

    def how_far() -> float:
        return miniature.sliced(miniature.in_strides(miniature.linear_guess(scheduler, digits), scheduler, 200), digits)

    assert how_far() < 0.15
    scheduler.alphas_cumprod = scheduler.alphas
    assert how_far() > 0.3


def test_distances_are_nothing_between_equals_and_see_a_shift():
    digits = miniature.small_digits()[:100]
    points = np.random.default_rng(0).normal(size=(50, 2))
    assert miniature.sliced(digits, digits) == miniature.apart(points, points) == 0
    assert miniature.sliced(digits + 1, digits) > 0.1
    assert math.isclose(miniature.apart(points[:1] + 1e-4, points), 2**0.5 * 1e-4, rel_tol=1e-6)


def test_every_optimizer_that_is_made_in_haste_learns_three_times_as_fast():
    weights = [torch.zeros(1, requires_grad=True)]
    with miniature.in_haste():
        hurried = torch.optim.AdamW(weights, lr=0.1)
    groups = hurried.param_groups + torch.optim.Adam(weights, lr=0.1).param_groups
    assert [group["lr"] for group in groups] == pytest.approx([0.3, 0.1])


def test_a_variant_stands_in_the_place_of_the_solutions_function():
    with contextlib.redirect_stdout(None):
        own = miniature.notebook("spiral", "forward_network", "def forward_network(net, x):\n    return 7, None\n")
    assert own["summed_loss"](None, np.zeros((1, 2)), 7) == 0  # a provided function, which calls it


def test_a_sampler_of_any_kind_stands_for_the_same_image_and_an_average_is_nearer_than_a_copy():
    with contextlib.redirect_stdout(None):
        right = miniature.notebook("sampling")
    miniature.load_sampler(right)
    good, schedule, t = right["unet"], right["schedule"], 400
    torch.manual_seed(0)
    x, level = torch.randn(2, 1, 28, 28), (schedule[t].sqrt().item(), (1 - schedule[t]).sqrt().item())
    answers = {kind: miniature.answering(good, kind, schedule)(x, torch.full((2,), t)) for kind in ("eps", "x0", "v")}
    images = [right["to_x_0"](kind, answer, x, *level) for kind, answer in answers.items()]
    assert torch.allclose(images[0], images[1], atol=1e-5) and torch.allclose(images[2], images[1], atol=1e-5)

    def off(network: torch.nn.Module) -> float:
        pairs = zip(good.parameters(), network.parameters(), strict=True)
        return sum((a - b).square().sum().item() for a, b in pairs)

    copied, average = (miniature.averaged(update, good) for update in (lambda *_: None, right["ema_update"]))
    assert off(average) < 0.1 * off(copied)  # (1 - d) / (1 + d) of it, and what is left of the first: 0.03


# ---- what is kept


def test_the_head_of_a_variant_may_change_but_its_code_not(tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "BANK", tmp_path)
    job, keys = Job("spiral", 1, "train", "chaff.py"), []
    for text in ("# wrong: a\n1\n", "# wrong: b\n# severity: fatal, measured\n1\n", "# wrong: a\n2\n"):
        (tmp_path / "chaff.py").write_text(text)
        keys.append(job.place)
    assert keys[0] == keys[1] != keys[2]


def test_a_second_call_runs_what_is_new_and_what_took_too_long(tmp_path, monkeypatch):
    asked = []

    def here(_, function, jobs):
        asked.append([job.seed for job in jobs])
        return [Found(*job.place, error=miniature.TOO_LONG * (job.seed == 2)) for job in jobs]

    monkeypatch.setattr(variants, "pool", lambda jobs: contextlib.nullcontext())
    monkeypatch.setattr(variants, "in_order", here)
    kept = tmp_path / "kept.jsonl"
    for seeds in ((1, 2), (1, 2, 3)):
        found = miniature.measure_all([Job("spiral", seed) for seed in seeds], kept)
        assert [one.seed for one in found] == list(seeds)
    assert asked == [[1, 2], [2, 3]]
    assert [json.loads(line)["seed"] for line in kept.read_text().splitlines()] == [1, 2, 2, 3]


def test_the_page_says_every_variant_with_its_effect_and_keeps_what_it_says_of_others():
    file = next(file for file, effect in consequences.KNOWN.items() if effect == "none")
    variant = next(variant for variant in variants.find(variants.BANK) if variant.file == file)
    verdict = consequences.Verdict(variant, runs((0.4, 0.1), (0.5, 0.2)), "none")
    part = "\n".join(consequences.part_of(variant.assignment, {variant.assignment: FLOORS}, [verdict], [verdict]))
    assert f"### {variant.assignment}/{variant.todo}\n" in part
    assert "| none | 0.400, 0.500 | 0.100, 0.200 |" in part and "| not said | 1 | 0 | 0 | 0 |" in part
    before = consequences.TABLE.read_text()
    text = consequences.page({variant.assignment: part}, before)
    others = [name for name in miniature.WAYS if name != variant.assignment]
    assert part in text and consequences.page({}, text) == text and consequences.page({}, before) == before
    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == [variant.assignment, *others]
