"""Hidden checks of the mnist assignment.

No check leans on another TODO: what a function needs from elsewhere is a stand-in (autograder/instruments.py) whose
numbers the judge chose, so that what should come back can be computed here (mnist_expected.py). Random draws are
never predicted: they are recovered from what came back. Checks of randomness say how rarely they wrong a right
answer: in less than 1 of 1,000,000 cases each. Where one mistake would show in several checks, the later ones
forgive it.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

from autograder.checks.words import Undecided, close, expect, numbers, pair, points, standard_normal, unrelated
from autograder.checks import mnist_expected as expected
from autograder.checks.mnist_expected import TABLES, State
from autograder.judge.conversation import Handle, Student, StudentError

Rng = np.random.Generator

# --- what several TODOs need


def draw(rng: Rng, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


def draw_t(rng: Rng, T: int, count: int) -> torch.Tensor:
    return torch.from_numpy(rng.integers(0, T, count))


def draw_tables(rng: Rng, T: int) -> State:
    """The tables of an arbitrary schedule: alpha_bar falls, but along no line, and reaches neither 1 nor 0.

    A root near 0 would make it impossible to recover noise or image in float32.
    """
    bars = np.sort(rng.uniform(0.08, 0.92, T))[::-1]
    tables = expected.tables_of(1 - bars / np.concatenate([[1.0], bars[:-1]]))
    return {name: torch.from_numpy(table.astype(np.float32)) for name, table in tables.items()}


def stand_in_schedule(student: Student, tables: State) -> Handle:
    return student.instrument("Schedule", len(tables["betas"]), **tables)


def tensor(value: Any, what: str) -> torch.Tensor:
    """`value`, if it is a tensor of finite numbers."""
    if value is None:
        raise AssertionError(f"{what} is None: is a `return` missing?")
    expect(isinstance(value, torch.Tensor), f"{what} should be a tensor, but it is of type {type(value).__name__}")
    numbers(value, what)
    return value


AXES = ("images", "channels", "rows", "columns")


@contextlib.contextmanager
def sizes_explained(shape: tuple[int, ...]) -> Iterator[None]:
    """Where torch complains about sizes, say which axes of a batch of this shape met. Its sizes should all differ."""
    try:
        yield
    except StudentError as error:
        told, met = str(error), re.search(r"tensor a \((\d+)\) must match .* b \((\d+)\) .* dimension (\d)", str(error))
        if met and "64" in met.groups() and 64 not in shape:
            told += f" Is 64 written out? Here there are {shape[0]} images."
        elif met:
            left, right, axis = map(int, met.groups())
            other = right if shape[axis : axis + 1] == (left,) else left
            if axis < 4 and other in shape:
                told += f" Numbers for each of the {other} {AXES[shape.index(other)]} met the {AXES[axis]}."
        elif "is invalid for input of size" in told:
            told += " Are sizes written out that this input does not have?"
        raise StudentError(told, error.kind, error.mix) from None


def is_close(a: Any, b: Any, atol: float = 1e-4, rtol: float = 1e-3) -> bool:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return a.shape == b.shape and np.allclose(a, b, atol=atol, rtol=rtol, equal_nan=True)


def dtype_of(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def on_the_gpu(student: Student, ask: Callable[[str], Iterable[torch.Tensor]], device: str = "cpu") -> None:
    """Ask the same on the CPU, where there must be an answer, and then on the GPU.

    There only a mix of devices, or a result on the wrong one, is charged. `student.gpu()` is the one line that
    decides which GPU this is: the simulated one, or a real one where there is one. The notebook's `device` stays
    the CPU: a function goes by what it is given. Only main has nothing else to go by, and says so.
    """
    results: list[torch.Tensor] = []
    for place in ("cpu", "cuda:0"):
        if place != "cpu":
            student.gpu()
        student.swap("device", student.instrument("device", device if place != "cpu" else place))
        try:
            results = list(ask(place))
        except StudentError as error:
            if place == "cpu" or error.mix or "The line is `raise" in str(error):  # their own words
                raise
            raise Undecided(f"on the simulated GPU {str(error).splitlines()[0]}") from None
    for result in results:
        where = tensor(result, "the result").lies_on
        expect(where == "cuda:0", f"With its arguments on the GPU the result should lie there too, not on: {where}")


def expect_standard_normal(first: torch.Tensor, second: torch.Tensor, what: str) -> None:
    """`first` (16, 3, 20, 20) is standard normal, drawn for each element by itself; so is `second`, drawn later.

    n = 19,200 numbers. False alarms, together less than 1.1e-7:
    - relations: any two images (1,200 numbers), channels (6,400), rows or columns (960) must have a correlation
      below 7 standard errors (0.20, 0.09, 0.23): 503 pairs at 3e-12 each. Shared numbers are at 1, mirrored ones
      at -1: 31 standard errors and more.
    - repeats: in float32 about 6 of 19,200 normal numbers share their size with another by chance; 200 are allowed.
      A half that was copied from the other in any order repeats 9,600.
    - distribution: `standard_normal` (1e-7; its docstring says what it finds).
    - bounds: that no number goes beyond 3.2 has a probability of (1 - 0.00137)^19200 = 3e-12.
    - standardised: that the means of all 16 images lie within 1e-5 of 0 (a standard error of 0.029, so 3e-4 each),
      or the means of two calls within 1e-6 (a standard error of 0.0072, so 1.1e-4 each), has 2e-8 at most.
    """
    size, many = first.abs().flatten(), len(first.unique())
    expect(many > 100, f"{what} should be standard normal, but there are {many} different numbers in it")
    relations = []
    for axis, name in enumerate(("images of a batch", "channels", "rows", "columns")):
        lines = first.double().movedim(axis, 0).flatten(1).numpy()
        with np.errstate(all="ignore"):  # a constant line has no correlation
            related = np.nan_to_num(np.corrcoef(lines), nan=1.0) - np.eye(len(lines))
        strongest = related.flat[np.abs(related).argmax()]
        kind = "copies" if strongest > 0.99 else "mirror images" if strongest < -0.99 else "relatives"
        if abs(strongest) >= 7 / math.sqrt(lines.shape[1]):
            relations.append((abs(strongest), f"there are {name} that are {kind} of one another"))
    told = max(relations, default=(0, ""))[1]
    expect(not told, f"{what} should be drawn for each element by itself, but {told}")
    highest = size.max().item()
    if int((size > highest - 1e-4).sum()) > 5 and highest < 3.2:
        raise AssertionError(f"{what} should be standard normal, but it is cut off (clamped) at {highest:.2f}")
    repeats = size.numel() - len(size.unique())
    expect(
        repeats <= 200,
        f"{what} should be drawn for each element by itself, but {repeats} of {size.numel()} "
        "numbers occur again elsewhere (with either sign): is a part copied, or are digits lost?",
    )
    standard_normal(first, what)
    expect(highest > 3.2, f"{what} should be standard normal, but no number goes beyond {highest:.2f}: is it cut off?")
    each, whole = first.double().mean((1, 2, 3)).abs().max(), [noise.double().mean() for noise in (first, second)]
    free = each > 1e-5 and max(map(abs, whole)) > 1e-6
    expect(free, f"{what} has a mean of exactly 0: was it standardised? Then its numbers depend on one another")
    unrelated(
        first.double().numpy(),
        second.double().numpy(),
        f"{what} of one call should have nothing to do with the noise of the next",
    )


# --- TODO 1: noise_scheduler
# atol 1e-5: honest float32 and float64 routes differ by up to 3e-6 in sqrt(1 - alpha_bar) at t = 0, where alpha_bar
# is 0.9999 and its last bit is magnified, and by about 1e-6 elsewhere. A table may follow from the schedule or from
# the student's own table before it: wrong betas are charged at the betas alone.

SCHEDULES = ((1000, 0.0001, 0.02), (37, 0.01, 0.3), (12, 0.25, 0.04), (37, 0.2, 0.05))


def table(scheduler: Handle, name: str, length: int) -> np.ndarray:
    try:
        value = getattr(scheduler, name)
    except StudentError as error:
        if error.kind == "AttributeError":
            raise AssertionError(f"The scheduler has no attribute {name}: is it set in __init__?") from None
        raise
    expect(value is not None, f"{name} is None: it should be computed once, in the constructor")
    expect(
        isinstance(value, (torch.Tensor, np.ndarray)),
        f"{name} should be a tensor, but it is of type {type(value).__name__}",
    )
    shape = tuple(value.shape)
    hints = {(1000,): ": is num_timesteps ignored?", (): ": is it one number for the whole schedule?"}
    hints |= {(length + 1,): ": one entry too many", (length - 1,): ": one entry is missing"}
    told = f"{name} should have one entry a step, shape ({length},), not {shape}{hints.get(shape, '')}"
    expect(shape == (length,), told)
    return np.asarray(value, dtype=np.float64)


def expect_table(student: Student, name: str) -> None:
    before, rule, follow, mistakes = expected.RULES[name]
    for T, start, end in SCHEDULES:
        scheduler = student.NoiseScheduler(T, start, end)
        actual, own = table(scheduler, name, T), table(scheduler, before, T)
        with np.errstate(all="ignore"):
            ideal = expected.tables_of(np.linspace(start, end, T))[name]
            if is_close(actual, ideal, atol=1e-5, rtol=1e-4) or is_close(actual, follow(own), atol=1e-5, rtol=1e-4):
                continue
            expect(np.isfinite(actual).all(), f"{name} holds NaN or infinite numbers; {rule}")
            wrong = {cause: mistake(own) for cause, mistake in mistakes.items()} | expected.common(actual, ideal)
            if name.startswith("sqrt"):
                added = np.mean(actual**2 - ideal**2)
                wrong[f"{added:.2g} was added under the root"] = np.sqrt(ideal**2 + added)
        close(actual, ideal, f"For {T} steps from {start:g} to {end:g}, {rule}", wrong)


@todo("noise_scheduler")
@points(1)
def test_every_table_is_a_float32_tensor_with_one_entry_a_step(student):
    scheduler = student.NoiseScheduler(37, 0.01, 0.3)
    expect(scheduler.num_timesteps == 37, f"num_timesteps should be 37, not {scheduler.num_timesteps}")
    for name in TABLES:
        table(scheduler, name, 37)
        values = getattr(scheduler, name)
        expect(isinstance(values, torch.Tensor), f"{name} should be a tensor, not of type {type(values).__name__}")
        expect(values.dtype == torch.float32, f"{name} should be float32, not {dtype_of(values)}")


@todo("noise_scheduler")
@points(2)
def test_betas_run_evenly_from_beta_start_to_beta_end(student):
    """atol 2e-7: linspace in float32 and float64 differ by less than 1e-7; a missing end is 2e-5 off at T = 1000."""
    earlier: dict[int, np.ndarray] = {}
    for T, start, end in SCHEDULES:
        actual, right = table(student.NoiseScheduler(T, start, end), "betas", T), np.linspace(start, end, T)
        asked = f"NoiseScheduler({T}, {start:g}, {end:g})"
        rule = f"{asked} should have betas that run in equal steps from {start:g} to {end:g}, both included"
        wrong = {"these are the betas of an earlier schedule of this length": earlier[T]} if T in earlier else {}
        wrong |= expected.wrong_betas(T, start, end) | expected.common(actual, right)
        if np.abs(actual / right - 1).max() < 0.01:
            wrong["they were rounded, or computed with too few digits"] = actual
        if is_close(actual[[0, -1]], right[[0, -1]], atol=1e-6):
            wrong["both ends are right, but the steps between them are not equal"] = actual
        close(actual, right, rule, wrong, atol=2e-7, rtol=1e-5)
        earlier[T] = actual


@todo("noise_scheduler")
@points(1)
def test_without_arguments_there_are_1000_betas_up_to_a_fiftieth(student):
    """atol 3e-5 lets a line without its end pass: that is charged above."""
    scheduler = student.NoiseScheduler()
    expect(scheduler.num_timesteps == 1000, f"num_timesteps should be 1000, not {scheduler.num_timesteps}")
    low, high = np.sort(table(scheduler, "betas", 1000)[[0, -1]])
    told = f"Without arguments betas should run from 0.0001 to 0.02, but they run from {low:.3g} to {high:.3g}"
    expect(is_close([low, high], [0.0001, 0.02], atol=3e-5), told + ": were the default values changed?")


@todo("noise_scheduler")
@points(1)
def test_alphas_are_one_minus_beta(student):
    expect_table(student, "alphas")


@todo("noise_scheduler")
@points(1)
def test_alphas_cumprod_is_the_running_product(student):
    expect_table(student, "alphas_cumprod")


@todo("noise_scheduler")
@points(0.5)
def test_sqrt_alphas_cumprod_is_the_root(student):
    expect_table(student, "sqrt_alphas_cumprod")


@todo("noise_scheduler")
@points(0.5)
def test_sqrt_one_minus_alphas_cumprod_is_the_root_of_the_rest(student):
    expect_table(student, "sqrt_one_minus_alphas_cumprod")


@todo("noise_scheduler")
@points(1)
def test_get_coefficients_finds_the_tables_on_every_device(student, rng):
    t = draw_t(rng, 37, 5)

    def ask(place: str) -> Iterable[torch.Tensor]:
        scheduler = student.NoiseScheduler(37, 0.01, 0.3)
        found = pair(scheduler.get_coefficients(t), "what get_coefficients returns")
        for values, name in zip(found, TABLES[3:], strict=True):
            asked = table(scheduler, name, 37)[t.numpy()][:, None, None, None]
            expect(
                isinstance(values, torch.Tensor) and is_close(values, asked),
                f"get_coefficients should find the numbers of {name} at t, shaped (B, 1, 1, 1)",
            )
            yield torch.nan_to_num(values) if values.isnan().any() and place == "cpu" else values

    on_the_gpu(student, ask)


# --- TODO 2: add_noise
# The default atol 1e-5 and rtol 1e-4 leave room for float32; the mistakes are 1 % off and more.

TWO = "what add_noise returns"


def expect_mixture(
    answer: Any, x: torch.Tensor, t: torch.Tensor, tables: State, noise: torch.Tensor, before: State | None = None
) -> None:
    x_t, used = pair(answer, TWO)
    wrong = expected.mixtures(x, t, tables, noise)
    right = wrong.pop("")
    swapped = {"the two results are exchanged": noise} if is_close(used, right) else {"x_t is the bare noise": noise}
    wrong = swapped | wrong
    if isinstance(used, torch.Tensor) and used.shape == x.shape:
        other = expected.mixtures(x, t, tables, used)[""]
        wrong["the noise that was passed in is ignored, and another one is drawn"] = other
    if before:
        wrong["the schedule of an earlier call is used"] = expected.mixtures(x, t, before, noise)[""]
    x_t = tensor(x_t, "x_t")
    rule = "x_t should be sqrt(alpha_bar_t) * x_0 + sqrt(1 - alpha_bar_t) * noise, each image with its own t"
    wrong |= expected.common(x_t.double().numpy(), right.double().numpy())
    close(x_t, right, f"For x_0 of shape {tuple(x.shape)}, {rule}", wrong)


@todo("add_noise")
@points(2)
def test_image_and_noise_are_mixed_by_the_schedule(student, rng):
    tables, t = draw_tables(rng, 23), torch.tensor([3, 0, 22, 9, 14, 1])
    x, noise = draw(rng, 6, 2, 8, 10), draw(rng, 6, 2, 8, 10) * 1.5 + 0.3
    with sizes_explained(tuple(x.shape)):
        answer = student.add_noise(x, t, stand_in_schedule(student, tables), noise)
    expect_mixture(answer, x, t, tables, noise)


@todo("add_noise")
@points(2)
def test_every_image_has_its_own_t_whatever_the_shape(student, rng):
    """Shapes where a factor on a wrong axis would still fit: batch equal to channels, height or width, batch 1.

    And other schedules, one of more than 1000 steps among them.
    """
    shapes = ((3, 3, 8, 4), (4, 2, 4, 8), (4, 1, 8, 4), (5, 5, 5, 5), (1, 3, 4, 8), (1, 1, 1, 1), (2, 1, 28, 28))
    before = None
    for shape, T in (*((shape, 50) for shape in shapes), ((2, 1, 4, 4), 1500)):
        tables, x, noise = draw_tables(rng, T), draw(rng, *shape), draw(rng, *shape)
        t = torch.from_numpy(rng.permutation(50)[: shape[0]]) if T == 50 else torch.tensor([1003, 1499])
        answer = student.add_noise(x, t, stand_in_schedule(student, tables), noise)
        expect_mixture(answer, x, t, tables, noise, before if T == 50 else None)
        before = tables


@todo("add_noise")
@points(1)
def test_a_given_noise_is_returned_unchanged(student, rng):
    tables, t = draw_tables(rng, 9), draw_t(rng, 9, 4)
    schedule, x, noise = stand_in_schedule(student, tables), draw(rng, 4, 1, 8, 8), draw(rng, 4, 1, 8, 8)
    first, returned = pair(student.add_noise(x, t, schedule, noise), TWO)
    returned = numbers(returned, "the second result")
    rule = "The second result should be the noise that was passed in, unchanged"
    wrong = {"the scaled noise is returned": expected.mixtures(torch.zeros_like(x), t, tables, noise)[""]}
    wrong |= {"the clean image is returned": x, "x_t is returned twice": numbers(first, "x_t")}
    if isinstance(first, torch.Tensor) and is_close(first, noise):
        wrong["the two results are exchanged"] = returned
    wrong |= expected.common(returned, noise)
    if returned.shape == noise.shape and abs(np.corrcoef(returned.ravel(), noise.ravel())[0, 1]) < 0.5:
        wrong["another noise comes back"] = returned  # 256 unrelated numbers: 8 standard errors
    close(returned, noise, rule, wrong, atol=1e-7)
    _, zeros = pair(student.add_noise(x, t, schedule, torch.zeros_like(x)), TWO)
    close(zeros, torch.zeros_like(x), "A noise of zeros is a noise that was passed in, and should be used", atol=1e-7)


@todo("add_noise")
@points(2)
def test_fresh_noise_is_standard_normal_and_independent(student, rng):
    """False alarms: 1.1e-7, see expect_standard_normal, also for the power; the images add 3e-12."""
    schedule, t, x = stand_in_schedule(student, draw_tables(rng, 9)), draw_t(rng, 9, 16), draw(rng, 16, 3, 20, 20)
    first, second = (tensor(pair(student.add_noise(x, t, schedule), TWO)[1], "the noise") for _ in range(2))
    shape = tuple(first.shape)
    expect(shape == x.shape, f"The noise should be shaped like x_0, {tuple(x.shape)}, not {shape}")
    expect(not torch.equal(first, second), "Each call should draw fresh noise, but two calls gave the same")
    expect_standard_normal(first, second, "The noise")
    unrelated(first.double().numpy(), x.double().numpy(), "The noise should have nothing to do with the images")


@todo("add_noise")
@points(1)
def test_the_noise_that_comes_back_is_the_noise_in_x_t(student, rng):
    """Handing the noise back in gives the same x_t, also where the formula is wrong: that is charged above."""
    tables, t, x = draw_tables(rng, 9), draw_t(rng, 9, 4), draw(rng, 4, 1, 8, 8)
    schedule = stand_in_schedule(student, tables)
    x_t, noise = pair(student.add_noise(x, t, schedule), TWO)
    x_t, noise = tensor(x_t, "x_t"), tensor(noise, "the noise")
    if noise.shape == x.shape and is_close(expected.mixtures(x, t, tables, noise)[""], x_t):
        return
    again, _ = pair(student.add_noise(x, t, schedule, noise), TWO)
    close(x_t, again, "The noise that is returned should be the one that was mixed into x_t")


@todo("add_noise")
@points(0.5)
def test_images_and_noise_are_left_as_they_were(student, rng):
    x, noise, t = draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)
    schedule, x_there, noise_there = stand_in_schedule(student, draw_tables(rng, 9)), student.put(x), student.put(noise)
    student.hold(student.add_noise, x_there, t, schedule, noise_there)
    student.hold(student.add_noise, x_there, t, schedule)
    close(student.get(x_there), x, "add_noise should not change the x_0 that it was given", atol=0, rtol=0)
    close(student.get(noise_there), noise, "add_noise should not change the noise that it was given", atol=0, rtol=0)


@todo("add_noise")
@points(0.5)
def test_fresh_noise_has_the_dtype_of_the_images(student, rng):
    x, t, schedule = draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3), stand_in_schedule(student, draw_tables(rng, 9))
    for images in (x, x.double()):
        _, noise = pair(student.add_noise(images, t, schedule), TWO)
        found, dtype = dtype_of(tensor(noise, "the noise")), dtype_of(images)
        expect(found == dtype, f"For {dtype} images the noise should be {dtype}, not {found}")


@todo("add_noise")
@points(1)
def test_add_noise_stays_on_the_gpu(student, rng):
    """The tables are on the GPU and then, as in the notebook, on the CPU: get_coefficients copes with both."""
    tables, x, noise, t = draw_tables(rng, 9), draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)

    def ask(place: str) -> Iterable[torch.Tensor]:
        for tables_place in (place, "cpu"):
            there = {name: student.put(values, tables_place) for name, values in tables.items()}
            schedule = student.instrument("Schedule", 9, **there)
            for given in ((noise,), ()):
                yield from pair(student.add_noise(x, t, schedule, *given), TWO)

    on_the_gpu(student, ask)


# --- TODO 3: time_embedding
# atol 1e-3: at t near 1000 honest float32 routes to an angle differ by up to 1.1e-4; nine times that still tells all
# look-alikes apart.


def moments(rng: Rng, count: int) -> torch.Tensor:
    """Some timesteps from 0 to 999, none of them twice, with both ends and a 1 among them."""
    inner = rng.permutation(np.arange(2, 999))[: max(count - 3, 0)]
    return torch.from_numpy(np.concatenate([[999, 1, 0], inner])[:count])


def expect_waves(student: Student, rng: Rng, dim: int, rule: str, columns: slice) -> None:
    embedding, earlier, t = student.TimeEmbedding(dim), moments(rng, 9).flip(0), moments(rng, 9)
    with sizes_explained((9, dim // 2)):
        student.hold(embedding, earlier)
        actual = numbers(embedding(t), "the embedding")
    shape = actual.shape
    expect(shape == (9, dim), f"9 timesteps and dimension {dim} should give the shape (9, {dim}), not {shape}")
    wrong = expected.waves(t.numpy(), dim)
    right = wrong.pop("")
    wrong["the rows are those of an earlier call"] = expected.waves(earlier.numpy(), dim)[""]
    wrong |= expected.fitted_base(actual[1], t.numpy(), dim)
    if is_close(actual[1:3], right[1:3], atol=3e-3):
        wrong["t = 0 and t = 1 come out right and larger ones do not: do the frequencies have too few digits"] = actual
    told = {cause: other for cause, other in wrong.items() if is_close(actual, other, atol=1e-3)}
    close(actual[:, columns], right[:, columns], rule, {c: o[:, columns] for c, o in told.items()}, atol=1e-3)


@todo("time_embedding")
@points(2)
def test_the_first_half_is_the_sines(student, rng):
    expect_waves(student, rng, 128, "The first 64 of 128 columns should be the sines of t * freq_k", slice(0, 64))


@todo("time_embedding")
@points(2)
def test_the_second_half_is_the_cosines(student, rng):
    expect_waves(student, rng, 128, "The last 64 of 128 columns should be the cosines of t * freq_k", slice(64, 128))


@todo("time_embedding")
@points(2)
def test_other_dimensions_stretch_the_same_frequencies(student, rng):
    for dim in (4, 2, 6, 16, 256):
        rule = f"With dimension {dim} the columns should be the sines, then the cosines, of t * freq_k"
        expect_waves(student, rng, dim, rule, slice(None))


@todo("time_embedding")
@points(1)
def test_every_row_belongs_to_its_own_t_whatever_the_batch(student, rng):
    """Batches as long as half the dimension, or all of it, where a transposed table would still fit.

    Compared row by row with the student's own answer for that t alone: wrong waves are not charged again. Nor is a
    refusal of timesteps above 999, as by a table of 1000 rows; wrong numbers are.
    """
    embedding = student.TimeEmbedding(8)
    for batch in (1, 4, 8, 13):
        t = moments(rng, batch)
        together = numbers(embedding(t), "the embedding")
        rows = together.shape[:1] == (batch,) and together.ndim == 2
        expect(rows, f"A batch of {batch} should give {batch} rows, shape ({batch}, 8), not {together.shape}")
        alone = np.vstack([numbers(embedding(t[i : i + 1]), "the embedding") for i in range(batch)])
        rule = f"In a batch of {batch}, with 4 frequencies, each row should depend on its own t and on nothing else"
        close(together, alone, rule, atol=1e-3)
        expect(batch == 1 or np.ptp(together, axis=0).max() > 0.1, "Different timesteps should get different rows")
    late = np.array([1000, 1500, 1999])
    if is_close(together, expected.waves(t.numpy(), 8)[""], atol=1e-3):
        with contextlib.suppress(StudentError):
            wrong = expected.waves(late, 8)
            rule = "A longer schedule has timesteps above 999, which should follow the same formula"
            close(embedding(torch.from_numpy(late)), wrong.pop(""), rule, wrong, atol=1e-3)


@todo("time_embedding")
@points(1)
def test_any_integer_type_gives_the_same_numbers(student):
    embedding, t = student.TimeEmbedding(32), torch.tensor([0, 1, 100, 27])
    plain = numbers(embedding(t), "the embedding")
    for dtype in (torch.int32, torch.int16, torch.uint8):
        rule = f"{dtype_of(t.to(dtype))} timesteps should give the same numbers as int64"
        try:
            result = embedding(t.to(dtype))
        except StudentError as error:
            raise AssertionError(f"{rule}, but {error}") from None
        close(result, plain, rule, atol=1e-3)


@todo("time_embedding")
@points(1)
def test_the_embedding_is_float32(student):
    result = tensor(student.TimeEmbedding(16)(torch.tensor([5, 700])), "the embedding")
    expect(result.dtype == torch.float32, f"The embedding should be float32, not {dtype_of(result)}")


@todo("time_embedding")
@points(1)
def test_the_embedding_lies_where_the_timesteps_lie(student, rng):
    t = moments(rng, 5)
    on_the_gpu(student, lambda place: [student.TimeEmbedding(16).to(place)(t)])


# --- TODOs 4 and 5: the network
# atol 1e-4, rtol 1e-3: honest routes through two norms differ by about 1e-6; the mistakes move numbers by 0.01 and
# more. Weights are the judge's, drawn so that norms scale and shift and no two layers are alike.


def equip(rng: Rng, module: Handle, **fixed: torch.Tensor | float) -> State:
    """Give `module` weights of the judge's; `fixed` fills some of them (dots are written as __)."""
    state = {}
    for name, value in module.state_dict().items():
        fresh = draw(rng, *value.shape)
        if value.dim() > 1:
            fresh /= math.sqrt(value[0].numel())
        else:
            fresh = 0.4 * fresh + ("norm" in name and name.endswith("weight"))
        state[name] = fresh
    for name, value in fixed.items():
        state[name.replace("__", ".")] = torch.zeros_like(state[name.replace("__", ".")]) + value
    module.load_state_dict(state)
    return state


def expect_gradients(student: Student, model: Handle, inputs: tuple, what: str) -> None:
    """Only that there are some: their numbers follow from the forward pass, which other checks charge."""
    tensor(model(*inputs), what)
    found = student.make("gradients", model, *inputs)
    without = [name for name, gradient in found.items() if gradient is None or not numbers(gradient, name).any()]
    told = ", ".join(without[:3]) + (" and others" if len(without) > 3 else "")
    expect(not without, f"No gradient reaches {told}: is something left out, detached or under no_grad?")


BLOCK = "what the block returns"
EVERYTHING = expected.PATH | expected.TIME | expected.SKIP


def expect_block(
    student: Student,
    block: Handle,
    p: State,
    x: torch.Tensor,
    emb: torch.Tensor,
    rule: str,
    charged: Iterable[str],
    forgiven: Iterable[str] = (),
) -> None:
    """The block's answer is the right one, or one that another check charges; else say what it looks like."""
    traffic = student.instrument("traffic_of", block)
    with sizes_explained(tuple(x.shape)):
        actual = tensor(block(x, emb), BLOCK)
    right = expected.residual(p, x, emb)
    if is_close(actual, right):
        return

    def look_alikes(causes: Iterable[str]) -> Iterator[str]:
        for cause in causes:
            with contextlib.suppress(RuntimeError):  # a mistake that these sizes do not allow
                if is_close(actual, expected.residual(p, x, emb, **EVERYTHING[cause])):
                    yield cause

    if next(look_alikes(forgiven), None):
        return
    wrong = {cause: actual for cause in look_alikes(charged)} or expected.common(actual.numpy(), right.numpy())
    again = block(x, emb)
    if not is_close(again, actual):
        wrong["the same input gives another result each time: is there a dropout"] = actual
    try:
        close(actual, right, rule, wrong, atol=1e-4, rtol=1e-3)
    except AssertionError as error:
        told = "" if "looks as if" in str(error) else fork_of_the_block(student.get(traffic), actual, x, emb)
        raise AssertionError(str(error) + told) from None


def fork_of_the_block(traffic: list[dict], actual: torch.Tensor, x: torch.Tensor, emb: torch.Tensor) -> str:
    """Where the way through the block's layers leaves the right one, if they were called one by one."""
    calls = [call for call in traffic if not call["name"].startswith("enter")]
    layers = ("norm1", "conv1", "time_mlp", "norm2", "conv2", "skip")
    calls = calls[: len(set(layers))]
    seen = {call["name"]: call for call in calls}
    if sorted(call["name"] for call in calls) != sorted(layers):
        missing = [name for name in layers if name not in seen]
        return f" These layers are not called: {', '.join(missing)}." if missing and len(missing) < 4 else ""
    out = {name: call["output"] for name, call in seen.items()}
    silu = torch.nn.functional.silu
    takes = {
        "norm1": (x, "x"),
        "conv1": (silu(out["norm1"]), "SiLU of what norm1 returned"),
        "time_mlp": (emb, "the time embedding"),
        "norm2": (out["conv1"] * out["time_mlp"][:, :, None, None], "what conv1 returned, each channel times its s"),
        "conv2": (silu(out["norm2"]), "SiLU of what norm2 returned"),
        "skip": (x, "the x that came in"),
    }
    for name, (right, words) in takes.items():
        if not (seen[name]["inputs"] and is_close(seen[name]["inputs"][0], right)):
            return f" It goes wrong at {name}, which should get {words}, but gets something else."
    same = is_close(actual, out["conv2"] + out["skip"])
    return "" if same else " It goes wrong at the end, which should be conv2's answer plus skip's, and nothing else."


@todo("residual_block")
@points(3)
def test_the_path_runs_norm_silu_conv_twice(student, rng):
    """With s = 1 everywhere and a skip of zeros only the path is left; norm2 even undoes the 2 of 1 + s."""
    x, emb = draw(rng, 2, 64, 8, 10), draw(rng, 2, 16)
    block = student.ResidualBlock(64, 64, 16)
    p = equip(rng, block, time_mlp__2__weight=0.0, time_mlp__2__bias=1.0, skip__weight=0.0, skip__bias=0.0)
    rule = "With s = 1 and a skip of zeros the block should return conv2(SiLU(norm2(conv1(SiLU(norm1(x))))))"
    expect_block(student, block, p, x, emb, rule, expected.PATH, forgiven=(*expected.SKIP, *expected.TIME))


@todo("residual_block")
@points(2)
def test_the_time_multiplies_each_channel_before_norm2(student, rng):
    """A wide block, eight channels to a group: norm2 divides out what all channels of a group share.

    In train mode and in eval mode, and after a call with another embedding.
    """
    x, emb, earlier = draw(rng, 3, 256, 4, 5), draw(rng, 3, 24), draw(rng, 3, 24)
    block = student.ResidualBlock(256, 256, 24)
    p = equip(rng, block, skip__weight=0.0, skip__bias=0.0)
    rule = "Each channel should be multiplied by its own number from time_mlp(time_embedding), between conv1 and norm2"
    for mode in ("train", "eval"):
        student.hold(getattr(block, mode))
        with sizes_explained(tuple(x.shape)):
            student.hold(block, x, earlier)
            actual = block(x, emb)
        old = is_close(actual, expected.residual(p, x, earlier))
        expect(not old, f"{rule}. It looks as if the numbers of an earlier call are used.")
        expect_block(
            student,
            block,
            p,
            x,
            emb,
            rule if mode == "train" else f"In eval mode, too: {rule}",
            expected.TIME,
            forgiven=(*expected.PATH, *expected.SKIP),
        )


@todo("residual_block")
@points(2)
def test_skip_of_x_is_added(student, rng):
    """With conv2 all zeros only the skip is left."""
    for channels in (64, 32):
        x, emb = draw(rng, 2, 64, 8, 10), draw(rng, 2, 16)
        block = student.ResidualBlock(64, channels, 16)
        p = equip(rng, block, conv2__weight=0.0, conv2__bias=0.0)
        rule = f"With 64 channels in, {channels} out and a conv2 of zeros the block should return skip(x)"
        expect_block(student, block, p, x, emb, rule, expected.SKIP)


@todo("residual_block")
@points(1)
def test_any_size_and_batch_will_do(student, rng):
    """Among them sizes where a factor on wrong axes would still fit: as many columns, rows or images as channels."""
    for inside, out, size, batch, height, width in (
        (64, 64, 16, 1, 4, 4),
        (32, 64, 8, 4, 4, 64),
        (32, 64, 8, 2, 64, 2),
        (32, 64, 8, 64, 2, 2),
        (64, 32, 128, 3, 12, 8),
    ):
        x, emb = draw(rng, batch, inside, height, width), draw(rng, batch, size)
        block = student.ResidualBlock(inside, out, size)
        p = equip(rng, block)
        rule = f"With x of shape {tuple(x.shape)} the block should follow its formula"
        expect_block(student, block, p, x, emb, rule, EVERYTHING)


@todo("residual_block")
@points(1)
def test_gradients_reach_every_layer_of_the_block(student, rng):
    block = student.ResidualBlock(64, 64, 16)
    equip(rng, block)
    expect_gradients(student, block, (draw(rng, 2, 64, 4, 4), draw(rng, 2, 16)), BLOCK)


@todo("residual_block")
@points(1)
def test_the_block_runs_on_the_gpu(student, rng):
    x, emb = draw(rng, 2, 64, 4, 4), draw(rng, 2, 16)
    on_the_gpu(student, lambda place: [student.ResidualBlock(64, 64, 16).to(place)(x, emb)])


# --- TODO 5: simple_unet

NETWORK = "what the network returns"


def build_unet(student: Student, image_channels: int, base: int) -> Handle:
    """The student's SimpleUNet over stand-ins for block and embedding, also where it kept the notebook's own."""
    student.swap("TimeEmbedding", student.instrument("stand_in", "Waves"))
    student.swap("ResidualBlock", student.instrument("stand_in", "Block"))
    model = student.SimpleUNet(image_channels, base)
    for name, (inside, out) in zip(expected.BLOCKS, ((1, 1), (1, 2), (2, 2), (1, 1), (1, 1)), strict=True):
        if "object of type Block" not in repr(getattr(model, name)):
            student.swap(name, student.instrument("Block", base * inside, base * out), on=model)
    if "object of type Waves" not in repr(model.time_embedding):
        student.swap("time_embedding", student.instrument("Waves"), on=model)
    return model


def fork_of_the_path(traffic: list[dict], x: torch.Tensor) -> str:
    """Where the way through the body's layers leaves the docstring's, as far as the layers were called."""
    path = (*expected.BODY, "final_norm", "final_conv")
    entered = [call["name"].removeprefix("enter ") for call in traffic if call["name"].startswith("enter")]
    entered = [name for name in entered if name in path]
    for place, (name, wanted) in enumerate(zip((*entered, "the end"), path, strict=False)):
        if name != wanted:
            after = f"After {entered[place - 1]}" if place else "At the start"
            return f"{after} should come {wanted}, but it is {name}"
    if len(entered) > len(path):
        return f"After final_conv should come nothing, but it is {entered[len(path)]}"
    calls = [call for call in traffic if call["name"] in path]
    for call, before in zip(calls, (None, *calls), strict=False):
        gave, giver = (before["output"], f"what {before['name']} returned") if before else (x, "the x that came in")
        got = call["inputs"][0] if call["inputs"] else torch.zeros(0)
        if call["name"] != "final_conv" and not is_close(got, gave):
            acts = {f"{act} stands between": function(gave) for act, function in expected.ACTS.items()}
            acts["it gets 2 x - 1"] = 2 * gave - 1
            acts["a dropout stands between"] = got if is_dropout(got, gave) else torch.zeros(0)
            for layer in calls:
                if layer["output"].shape == gave.shape and layer is not before:
                    acts[f"what {layer['name']} returned is added (an encoder-decoder skip)"] = gave + layer["output"]
            causes = [words for words, other in acts.items() if is_close(got, other)]
            return f"{call['name']} should get {giver}, but {(causes or ['it gets something else'])[0]}"
    return ""


def is_dropout(got: torch.Tensor, gave: torch.Tensor) -> bool:
    """Some numbers are 0, and all others the same multiple of what was given."""
    if got.shape != gave.shape or not (kept := got != 0).any() or kept.all():
        return False
    ratio = (got / gave)[kept]
    return bool((ratio - ratio.median()).abs().max() < 1e-3)


@todo("simple_unet")
@points(3)
def test_the_image_passes_all_layers_in_order(student, rng):
    """Judged with the embeddings that the blocks got, and whatever comes after up_res1: those are charged below."""
    model = build_unet(student, 1, 32)
    p, x, t = equip(rng, model), draw(rng, 3, 1, 8, 12), torch.tensor([4, 0, 998])
    traffic = student.instrument("traffic_of", model)
    rule = "The image should pass the layers in the docstring's order. "
    try:
        result = tensor(model(x, t), NETWORK)
    except StudentError as error:
        told = "" if error.kind in ("TimeoutError", "Gone") else fork_of_the_path(student.get(traffic), x)
        raise StudentError(f"{rule}{told}. {error}" if told else str(error), error.kind, error.mix) from None
    right, embs = expected.embedding_of(t), {}
    for name in expected.BLOCKS:
        got = getattr(model, name).got
        embs[name] = got[0] if got and got[0].shape == right.shape else right
    ideal = expected.unet(p, x, embs, (*expected.BODY, *expected.END))
    ends = (expected.unet(p, x, embs, (*expected.BODY, *end)) for end in expected.WRONG_ENDS.values())
    if is_close(result, ideal) or any(is_close(result, end) for end in ends):
        return
    told = fork_of_the_path(student.get(traffic), x)
    if not told and is_close(at_the_end(student.get(traffic)), expected.unet(p, x, embs, expected.BODY)):
        return  # the body is right
    if told:
        raise AssertionError(f"{rule}{told}.")
    close(result, ideal, rule[:-2], atol=1e-4, rtol=1e-3)


def at_the_end(traffic: list[dict]) -> torch.Tensor:
    """What up_res1, the last layer of the body, returned."""
    return next((call["output"] for call in traffic[::-1] if call["name"] == "up_res1"), torch.zeros(0))


@todo("simple_unet")
@points(1.5)
def test_all_five_blocks_get_the_time_embedding(student, rng):
    model, earlier, t = build_unet(student, 1, 32), torch.tensor([17, 356, 2]), torch.tensor([4, 0, 998])
    x = draw(rng, 3, 1, 8, 8)
    tensor(model(x, earlier), NETWORK)
    tensor(model(x, t), NETWORK)
    wrong = expected.wrong_embeddings(t) | {"it is the embedding of an earlier call": expected.embedding_of(earlier)}
    for name in expected.BLOCKS:
        got = getattr(model, name).got
        expect(len(got) > 0, f"{name} is never called, so the time does not reach it")
        for emb in got[len(got) // 2 :]:
            close(emb, expected.embedding_of(t), f"{name} should get the embedding of the timesteps", wrong)


@todo("simple_unet")
@points(0.5)
def test_the_time_embedding_is_computed_once(student, rng):
    model = build_unet(student, 1, 32)
    tensor(model(draw(rng, 3, 1, 8, 8), torch.tensor([4, 0, 998])), NETWORK)
    calls = model.time_embedding.calls
    expect(calls == 1, f"The time embedding should be computed once and handed to all blocks, not {calls} times")


@todo("simple_unet")
@points(2)
def test_the_end_is_norm_silu_and_conv(student, rng):
    """The last blocks answer a constant for each channel here, so that nothing but the end is judged.

    final_conv is loud, eight times as much as elsewhere, so that whatever squeezes the result shows.
    """
    model = build_unet(student, 2, 64)
    features = equip(rng, model.up_res1, mix__weight=0.0, embed__weight=0.0, embed__bias=0.0)
    model.up_res2.load_state_dict(features)  # should the two be exchanged, the order is charged and not the end
    p = {f"final_norm.{name}": value for name, value in equip(rng, model.final_norm).items()}
    conv = {name: 8 * value for name, value in equip(rng, model.final_conv).items()}
    model.final_conv.load_state_dict(conv)
    p |= {f"final_conv.{name}": value for name, value in conv.items()}
    x, t = draw(rng, 2, 2, 8, 8), torch.tensor([4, 998])
    start = features["mix.bias"].tanh()[None, :, None, None].expand(2, 64, 8, 8)
    right, actual = expected.unet(p, start, {}, expected.END), tensor(model(x, t), NETWORK)
    wrong = {"the input is added at the end": right + x, "the result is taken from the input": x - right}
    ends = [(cause, end) for cause, end in expected.WRONG_ENDS.items() if cause not in wrong]
    wrong |= {cause: expected.unet(p, start, {}, end) for cause, end in ends}
    wrong |= expected.common(actual.numpy(), right.numpy())
    rule = "After up_res1 should come final_norm, SiLU and final_conv, and nothing else"
    close(actual, right, rule, wrong, atol=1e-4, rtol=1e-3)


@todo("simple_unet")
@points(1)
def test_other_sizes_come_back_as_they_went_in(student, rng):
    for channels, base, batch, height, width in ((1, 32, 1, 8, 12), (3, 64, 2, 4, 4), (2, 32, 5, 16, 4)):
        x, t = draw(rng, batch, channels, height, width), draw_t(rng, 1000, batch)
        with sizes_explained(tuple(x.shape)):
            shape = tuple(tensor(build_unet(student, channels, base)(x, t), NETWORK).shape)
        expect(shape == x.shape, f"An input of shape {tuple(x.shape)} should come back in that shape, not as {shape}")


@todo("simple_unet")
@points(1)
def test_gradients_reach_every_layer_of_the_network(student, rng):
    model = build_unet(student, 1, 64)
    equip(rng, model)
    expect_gradients(student, model, (draw(rng, 2, 1, 8, 8), torch.tensor([4, 998])), NETWORK)


@todo("simple_unet")
@points(1)
def test_the_network_runs_on_the_gpu(student, rng):
    x, t = draw(rng, 2, 1, 8, 8), draw_t(rng, 1000, 2)
    on_the_gpu(student, lambda place: [build_unet(student, 1, 32).to(place)(x, t)])


# --- TODO 6: train_step
# The model is a probe of three numbers, the optimizer plain SGD, add_noise a stand-in. From what they saw, loss,
# gradient and step are known exactly, however train_step draws. rtol 1e-3 leaves room for float32 sums over
# thousands of numbers (1e-6) and for noise recovered from an x_t that was mixed inline (1e-5).


class Bench:
    """One train_step after another on a probe, with stand-ins around it, and what they saw."""

    def __init__(
        self,
        student: Student,
        rng: Rng,
        shape: tuple[int, ...],
        T: int = 7,
        start: tuple[float, float, float] = (1.0, 0.5, 0.2),
        scale: float = 1.0,
        lr: float = 0.01,
        stale: float = 0.0,
        place: str = "cpu",
    ) -> None:
        self.student, self.scale = student, scale
        self.images, self.tables = 0.5 * draw(rng, *shape) + 0.3, draw_tables(rng, T)
        self.device = student.instrument("device", place)
        self.model = student.instrument("Probe", *start, scale).to(place)
        self.optimizer = student.instrument("LoggingSGD", self.model, lr, stale)
        # The tables stay on the CPU, as the notebook's do.
        there = {name: student.put(values, "cpu") for name, values in self.tables.items()}
        self.schedule = student.instrument("Schedule", T, **there)
        self.noising = student.instrument("Noising", [draw(rng, *shape) for _ in range(3)], self.schedule)
        self.calls_before = 0

    def step(self, images: Handle | None = None) -> Any:
        self.student.swap("add_noise", self.noising)
        self.calls_before = len(self.model.calls)
        images = self.images if images is None else images
        with sizes_explained(tuple(self.images.shape)):
            return self.student.train_step(self.model, self.optimizer, images, self.schedule, self.device)

    def seen(self) -> dict[str, Any]:
        """What the model saw in the last step, and the noise in it: told by add_noise, or found with the tables where
        it was mixed inline. `mixing` is the call of add_noise, if any; `fed` says whether the model got its x_t.
        """
        calls = self.model.calls[self.calls_before :]
        expect(len(calls) > 0, "The model is never called")
        seen, mixing = calls[0], self.noising.calls
        for call in mixing[::-1]:
            if is_close(call["x_t"], seen["x"]):
                return seen | {"noise": call["noise"], "mixing": call, "fed": True}
        if mixing:
            return seen | {"noise": mixing[-1]["noise"], "mixing": mixing[-1], "fed": False}
        x, t = seen["x"], timesteps(seen["t"], len(self.images), len(self.tables["betas"]))
        shape = tuple(self.images.shape)
        expect(x.shape == shape, f"The model should see images of shape {shape}, not {tuple(x.shape)}")
        a, b = (self.tables[name][t][:, None, None, None] for name in TABLES[3:])
        return seen | {"noise": (x - a * self.images) / b, "mixing": None, "fed": False}

    def guess(self, numbers: list[torch.Tensor]) -> torch.Tensor:
        """What the probe answers with these numbers to what it saw."""
        seen = self.seen()
        (gain, slope, shift), t = numbers, seen["t"].double().reshape(-1, 1, 1, 1)
        return self.scale * (gain * seen["x"].double() + slope * t / 8 + shift)

    def outcomes(self) -> dict[str, tuple[float, np.ndarray]]:
        """Loss and gradient of the last call by cause: the right ones under the empty name."""
        seen, outcomes = self.seen(), {}
        for cause, loss in expected.LOSSES.items():
            parameters = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in seen["numbers"]]
            guess = self.guess(parameters)
            value = loss(guess, seen["noise"].double(), self.images.double(), seen["x"].double())
            gradient = torch.autograd.grad(value, parameters, allow_unused=True)
            outcomes[cause] = value.item(), np.array([0.0 if g is None else g.item() for g in gradient])
        return outcomes

    def wrong_losses(self, value: float) -> dict[str, float]:
        """The loss by cause, also for mistakes that depend on what came back."""
        outcomes, seen = self.outcomes(), self.seen()
        right, gradient = outcomes.pop("")
        wrong = {cause: loss for cause, (loss, _) in outcomes.items()}
        after, noise = self.guess([torch.tensor(n) for n in self.model.numbers()]), seen["noise"].double()
        wrong["the loss after the step comes back, not the one before it"] = (after - noise).square().mean().item()
        wrong["the gradient's norm comes back, not the loss"] = np.linalg.norm(gradient)
        wrong |= {f"it was rounded to {digits} digits": round(right, digits) for digits in range(5)}
        wrong["the loss itself is cut off (clamped) at 1"] = min(right, 1.0)
        square = self.guess([torch.tensor(n) for n in seen["numbers"]]).square()
        error = math.sqrt((2 + 4 * square.mean().item()) / square.numel())
        if abs(value - square.mean().item() - 1) < 4 * error:  # what noise that is not in x_t leads to
            wrong["the guess is compared with another noise than the one in x_t"] = value
        shares = [value / right, right / value, 64 * value / right] if value > 0 and right > 0 else []
        if any(round(share) and abs(share / round(share) - 1) < 1e-4 for share in shares):
            wrong[f"it is {value / right:.4g} times the mean: the sum is divided by another number"] = value
        return wrong

    def gradient(self, returned: Any) -> np.ndarray | None:
        """The gradient of the loss that came back, so that a wrong loss is charged where losses are.

        None where that loss is unknown; where none came back at all, the gradient of the right one.
        """
        outcomes = self.outcomes()
        try:
            value = numbers(returned, "the loss").reshape(())
        except (AssertionError, ValueError):
            return outcomes[""][1]
        return next((gradient for loss, gradient in outcomes.values() if np.isclose(value, loss, rtol=1e-3)), None)

    def last_step(self) -> np.ndarray:
        steps = self.optimizer.steps
        moved = not is_close(self.model.numbers(), self.seen()["numbers"], atol=1e-7)
        told = ": the parameters move without it. Is there another one?" if moved else ""
        expect(len(steps) > 0, "The optimizer that was given never takes a step" + told)
        return np.array(steps[-1])


def timesteps(t: torch.Tensor, batch: int, T: int) -> torch.Tensor:
    """The timesteps that the model was asked for, as indices."""
    expect(t.shape == (batch,), f"{batch} images need {batch} timesteps, shape ({batch},), not {tuple(t.shape)}")
    hint = ": were they scaled to 0 .. 1?" if float(t.max()) <= 1 else ""
    expect(bool((t == t.long()).all()), "Timesteps should be whole numbers" + hint)
    low, high = int(t.min()), int(t.max())
    hint = ": do you count from 1?" if high == T else ": is 1000 written out?" if high > T else ""
    told = f"With num_timesteps = {T} timesteps should lie in 0 .. {T - 1}, not in {low} .. {high}{hint}"
    expect(low >= 0 and high < T, told)
    return t.long()


@todo("train_step")
@points(2.5)
def test_the_loss_is_the_mean_squared_error_to_the_noise(student, rng):
    """Three probes: a rough guess, a good one and a lazy one, so that a loss rounded to two digits is no luck.

    rtol 1e-4: float32 sums over 12,288 numbers differ by 1e-6, noise recovered from an inline x_t by 1e-5. The learning
    rate of 1 moves the probe so far that the loss after the step is another one.
    """
    for start in ((1.0, 0.5, 0.2), (-0.6, 0.0, 0.05), (0.1, 0.05, -0.2)):
        bench = Bench(student, rng, (6, 2, 32, 32), start=start, lr=1.0)
        returned = numbers(bench.step(), "what train_step returns")
        expect(returned.size == 1, f"train_step should return one number, the loss, not {returned.size} of them")
        right = bench.outcomes()[""][0]
        wrong = bench.wrong_losses(float(returned.reshape(())))
        rule = "The loss should be the mean of (guess - noise) squared, over all elements, with the noise in x_t"
        close(returned.reshape(()), right, rule, wrong)


@todo("train_step")
@points(1)
def test_the_loss_comes_back_as_a_python_float(student, rng):
    returned = Bench(student, rng, (6, 1, 4, 8)).step()
    expect(returned is not None, "train_step returns nothing: is a `return` missing?")
    kept = " A tensor may keep its whole graph alive." if isinstance(returned, torch.Tensor) else ""
    kind = type(returned).__name__
    expect(isinstance(returned, float), f"The loss should be a Python float, not of type {kind}.{kept}")


@todo("train_step")
@points(0.5)
def test_the_model_is_in_train_mode(student, rng):
    bench = Bench(student, rng, (6, 1, 4, 8))
    bench.step()
    expect(bench.seen()["training"], "The model should be in train mode when it is called, but it was in eval mode")


@todo("train_step")
@points(1.5)
def test_each_image_gets_a_timestep_of_its_own(student, rng):
    """64 draws from 1000: that fewer than 32 differ has a probability below 1e-30."""
    bench = Bench(student, rng, (64, 1, 2, 2), T=1000)
    bench.step()
    t = bench.seen()["t"]
    expect(t.shape == (64,), f"64 images need 64 timesteps, shape (64,), not {tuple(t.shape)}")
    different = len(t.unique())
    expect(different > 1, "All images of the batch got the same timestep; each should get its own")
    expect(different >= 32, f"64 images got only {different} different timesteps of 1000; each should get its own")


@todo("train_step")
@points(2)
def test_timesteps_are_uniform_from_zero_to_the_last_and_fresh(student, rng):
    """How often each of 7 values occurs in n = 7,200 draws: the standard error of a share of 1/7 is 0.0041, the bar of
    0.036 is 8.7 of them (Bernstein's bound: 2e-14, for all seven 2e-13). Pairs t and T - 1 - t, which are right too,
    double the variance: 0.0058, 6.2 standard errors, Bernstein 3e-8. A timestep that never comes is off by 0.143, 35
    standard errors; ends with half their share (rounding in the place of cutting) by 0.06, 15 and so 6 beyond the bar.
    Two equal batches of 600: 7^-600.
    """
    bench = Bench(student, rng, (600, 1, 1, 2))
    batches = []
    for _ in range(12):
        bench.step()
        batches.append(timesteps(bench.seen()["t"], 600, 7))
    fresh = not torch.equal(batches[0], batches[1])
    expect(fresh, "Two calls drew the same timesteps; they should be fresh at each call")
    share = torch.bincount(torch.cat(batches), minlength=7).double() / 7200
    never = [str(t) for t, part in enumerate(share.tolist()) if part == 0]
    expect(not never, f"With 7 timesteps and 7,200 draws {', '.join(never)} never came; all of 0 .. 6 should")
    worst = int((share - 1 / 7).abs().argmax())
    told = f"t = {worst} came in {share[worst]:.1%} of the draws, not in about 14.3%"
    if float(share[[0, 6]].max()) < 0.107 < float(share[1:6].min()):
        told += ". Both ends come about half as often: were the timesteps rounded, where they should be cut?"
    expect(abs(share[worst].item() - 1 / 7) <= 0.036, f"All timesteps should be equally likely, but {told}")


@todo("train_step")
@points(1.5)
def test_the_model_sees_the_noisy_images_and_their_timesteps(student, rng):
    """Mixed inline, only a right x_t leaves noise of deviation 1 when the images are taken out; that 384 normal
    numbers have a deviation outside 1 +- 0.25 has a probability below 1e-9.
    """
    bench = Bench(student, rng, (6, 1, 8, 8))
    images_there = student.put(bench.images)
    bench.step(images_there)
    close(student.get(images_there), bench.images, "train_step should not change the images that it was given")
    seen = bench.seen()
    x, mixing = seen["x"], seen["mixing"]
    expect(not is_close(x, bench.images), "The model is fed the clean images; it should see x_t")
    if mixing is None:
        rule = "Taking the images out of x_t, by the schedule's tables, should leave noise of deviation 1"
        return close(seen["noise"].std().item(), 1.0, rule, atol=0.25)
    feeds = {"the bare noise": mixing["noise"], "the images that were scaled, without noise": 0.25 * bench.images}
    told = next((words for words, other in feeds.items() if is_close(x, other)), "something else")
    expect(seen["fed"], f"The model should be fed the x_t that add_noise returned, but it is fed {told}")
    expect(mixing["schedule"], "add_noise should get the scheduler that train_step was given, not another one")
    wrong = {
        "they were mapped by 2 x - 1 again": 2 * bench.images - 1,
        "they were mapped by (x + 1) / 2": (bench.images + 1) / 2,
    }
    wrong |= expected.common(mixing["x_0"].numpy(), bench.images.numpy())
    close(mixing["x_0"], bench.images, "add_noise should get the images of the batch", wrong)
    t = mixing["t"].double()
    wrong = {"they are one higher": t + 1, "they are one lower": t - 1, "they are scaled to 0 .. 1": t / 7}
    wrong |= {"they are scaled to 0 .. 1 ": t / 6, "others were drawn for it": seen["t"]}
    return close(seen["t"], t, "The model should get the timesteps that add_noise got", wrong)


@todo("train_step")
@points(1.5)
def test_the_noise_is_standard_normal_independent_and_fresh(student, rng):
    """False alarms: 1.1e-7, see expect_standard_normal, also for the power. Noise that add_noise drew is its own
    affair, charged there.
    """
    bench = Bench(student, rng, (16, 3, 20, 20))
    noises = []
    for _ in range(2):
        bench.step()
        seen = bench.seen()
        if seen["mixing"] is not None and not seen["mixing"]["own"]:
            return
        noises.append(seen["noise"])
    shape = tuple(noises[0].shape)
    expect(shape == bench.images.shape, f"The noise should be shaped like the images, but its shape is {shape}")
    expect(not torch.equal(*noises), "Two calls drew the same noise; it should be fresh at each call")
    expect_standard_normal(*noises, "The noise")


@todo("train_step")
@points(1.5)
def test_old_gradients_do_not_count(student, rng):
    """Two steps with a faint probe (scale 0.05), whose gradient is far below the clipping bar."""
    bench = Bench(student, rng, (16, 1, 8, 8), scale=0.05, stale=0.2)
    old = np.full(3, 0.2)
    for _ in range(2):
        student.make("reseed", 5)
        gradient = bench.gradient(bench.step())
        stepped = bench.last_step()
        if gradient is None:  # an unknown loss: then it should at least not matter what was stored before
            gradient = gradient_without_a_past(student, bench)
        norm = np.linalg.norm(gradient)
        rule = "At the optimizer's step the gradients should be those of this batch alone"
        if norm > 0.9:  # a sum in the place of the mean, say: clipping may come in, so only directions count
            close(stepped / np.linalg.norm(stepped), gradient / norm, rule, atol=1e-3, rtol=1e-3)
            continue
        wrong = {
            "gradients that were stored before the call were added": gradient + old,
            "the step was taken with the old gradients": old,
            "the gradients were cleared between backward and step, or never reached the weights": np.zeros(3),
            "a gradient below norm 1 was stretched to norm 1": gradient / norm,
        }
        left = (stepped - gradient) / old
        if is_close(left, np.round(left), atol=1e-2) and set(np.round(left)) == {0.0, 1.0}:
            wrong["old gradients of some of the parameters were added"] = stepped
        wrong[f"{left.mean():.2g} times the old gradients were added"] = gradient + left.mean() * old
        factor = stepped @ gradient / norm**2
        wrong[f"they are {factor:.3g} times those of the loss that came back"] = factor * gradient
        close(stepped, gradient, rule, wrong, atol=1e-4, rtol=1e-3)
        old = stepped


def gradient_without_a_past(student: Student, bench: Bench) -> np.ndarray:
    """The gradient at the step of an equal probe that has never stored one, with the same draws."""
    before = bench.seen()["numbers"]
    model = student.instrument("Probe", *before, bench.scale)
    optimizer = student.instrument("LoggingSGD", model, 0.01, 0.0)
    bench.noising.calls.clear()
    student.make("reseed", 5)
    student.train_step(model, optimizer, bench.images, bench.schedule, bench.device)
    return np.array(optimizer.steps[-1])


@todo("train_step")
@points(1.5)
def test_a_large_gradient_is_clipped_to_norm_one_before_the_step(student, rng):
    """A loud probe (scale 20). Where the loss is an unknown one, the norm alone is judged."""
    bench = Bench(student, rng, (16, 1, 8, 8), scale=20.0, lr=1e-4)
    gradient, stepped = bench.gradient(bench.step()), bench.last_step()
    length = np.linalg.norm(stepped)
    if gradient is None:
        return close(length, 1.0, "A large gradient should be scaled down to norm 1 before the step", atol=1e-3)
    wrong = {
        "the gradient is not clipped, or not between backward and step": gradient,
        "the numbers are clipped one by one, not the norm of all together": np.clip(gradient, -1, 1),
        "the largest entry is clipped, not the norm": gradient / np.abs(gradient).max(),
        "the sum of absolute values is clipped, not the norm": gradient / np.abs(gradient).sum(),
    }
    if not length:
        wrong["there is no gradient at all"] = stepped
    norm = np.linalg.norm(gradient)
    first = np.arange(3) < 1  # the optimizer's first group; the second one holds the other two numbers
    for words, some in (("first", first), ("second", ~first)):
        clipped = np.where(some, gradient / np.linalg.norm(gradient[some]), gradient)
        wrong[f"only the optimizer's {words} parameter group is clipped"] = clipped
    wrong["the gradient is divided by the square of its norm"] = gradient / norm**2
    wrong[f"it is brought to norm {length:.3g}, not to 1"] = length * gradient / norm
    rule = f"A gradient of norm {norm:.3g} should be scaled down to norm 1 before the step (here it has {length:.3g})"
    return close(stepped, gradient / norm, rule, wrong, atol=1e-3, rtol=1e-3)


@todo("train_step")
@points(1)
def test_the_optimizer_takes_exactly_one_step(student, rng):
    bench = Bench(student, rng, (6, 1, 4, 8), lr=0.1)
    bench.step()
    steps = len(bench.optimizer.steps)
    expect(steps == 1, f"One call should take one optimizer step, not {steps}")
    moved = np.array(bench.model.calls[0]["numbers"]) - np.array(bench.model.numbers())
    factor = moved @ bench.last_step() / (bench.last_step() @ bench.last_step())
    wrong = {f"the learning rate is {factor:.3g}, where the optimizer came with 0.1": factor * bench.last_step()}
    rule = "The parameters should move by one step of the optimizer, and no further"
    close(moved, 0.1 * bench.last_step(), rule, wrong, rtol=1e-3)


@todo("train_step")
@points(0.5)
def test_the_loss_falls_where_it_must(student, rng):
    """A probe that starts far off takes 60 short steps towards a problem that it can solve.

    Measured over 200 seeds: the mean of the last 5 losses is at most 0.001 of the first with the stand-in's noise
    (first loss 14 to 20) and at most 0.17 of it with noise mixed inline (2.3 to 3.5). One loss is a mean over 512
    elements and scatters by 6 % around that. The bar is 0.6.
    """
    bench = Bench(student, rng, (32, 1, 4, 4), start=(2.0, 0.0, 1.0), lr=0.1)
    bench.step()
    first = bench.outcomes()[""][0]
    for _ in range(58):  # at which nobody looks
        student.train_step(bench.model, bench.optimizer, bench.images, bench.schedule, bench.device)
    bench.step()
    last = bench.outcomes()[""][0]
    told = f"but it went from {first:.3g} to {last:.3g}"
    expect(last < 0.6 * first, f"60 steps on an easy problem should bring the loss down, {told}")


@todo("train_step")
@points(0.5)
def test_everything_happens_on_the_gpu(student, rng):
    def ask(place: str) -> list[torch.Tensor]:
        bench = Bench(student, rng, (4, 1, 4, 4), place=place)
        bench.step()
        return [bench.seen()["x"]]

    on_the_gpu(student, ask)


@todo("train_step")
@points(0.5)
def test_images_that_a_loader_left_on_the_cpu_are_moved(student, rng):
    def ask(place: str) -> list[torch.Tensor]:
        bench = Bench(student, rng, (4, 1, 4, 4), place=place)
        bench.step(student.put(bench.images, "cpu"))
        return [bench.seen()["x"]]

    on_the_gpu(student, ask)


# --- TODO 7: train_epoch


class Epoch:
    """train_epoch over a loader whose images carry the number of their batch, with a scripted train_step.

    Before it comes another epoch with other losses, whose images and answers must not matter.
    """

    def __init__(self, student: Student, rng: Rng, batches: int, last: int = 4, place: str = "cpu") -> None:
        spread = np.geomspace(0.2, 2.9, 2 * batches) * rng.uniform(0.95, 1.05, 2 * batches)
        losses = [round(float(loss), 6) for loss in rng.permutation(spread)]
        model = student.instrument("Probe", 1.0, 0.5, 0.2, 1.0).to(place)
        mine = {"model": model, "optimizer": student.instrument("LoggingSGD", model, 0.1, 0.0)}
        mine |= {"scheduler": student.instrument("Schedule", 7), "device": student.instrument("device", place)}
        step = student.instrument("ScriptedStep", losses, **mine)
        student.swap("train_step", step)
        self.images = torch.arange(float(batches)).repeat_interleave(4)[: 4 * batches - 4 + last, None, None, None]
        self.images = self.images + torch.linspace(0, 0.5, 4).reshape(1, 1, 2, 2)
        labels = 100 * (torch.arange(len(self.images)) % 3)
        loader = student.instrument("loader", student.put(self.images, "cpu"), student.put(labels, "cpu"), 4)
        arguments = (model, mine["optimizer"], loader, mine["scheduler"], mine["device"])
        self.before = student.train_epoch(*arguments)
        self.calls_before = len(step.calls)
        student.hold(model.eval)
        self.returned = student.train_epoch(*arguments)
        self.calls, self.steps = step.calls[self.calls_before :], mine["optimizer"].steps
        expect(self.calls_before > 0, "train_step is never called")
        expect(len(self.calls) > 0, "A second epoch does not call train_step: is the first one's result kept?")
        count = 2 * batches
        self.answered = np.array([losses[(self.calls_before + i) % count] for i in range(len(self.calls))])
        self.answered_before = np.array([losses[i % count] for i in range(self.calls_before)])


@todo("train_epoch")
@points(1)
def test_the_mean_is_a_python_float(student, rng):
    returned = Epoch(student, rng, 4).returned
    expect(returned is not None, "train_epoch returns nothing: is a `return` missing?")
    expect(isinstance(returned, float), f"The mean should be a Python float, not of type {type(returned).__name__}")


@todo("train_epoch")
@points(2)
def test_every_batch_is_used_once_and_in_order(student, rng):
    """With few batches and many, and a last one that is smaller."""
    for count, last in ((5, 4), (1, 4), (8, 2), (130, 4)):
        epoch, right = Epoch(student, rng, count, last), list(range(count))
        images = [call["images"] for call in epoch.calls]
        alone = all(isinstance(some, torch.Tensor) for some in images)
        expect(alone, "train_step should get the images alone, without the labels")
        expect(all(some.numel() for some in images), "train_step should get all images of a batch, but it got none")
        labels = min(some.dim() for some in images) == 1 and set(torch.cat(images).tolist()) <= {0, 100, 200}
        expect(not labels, "train_step should get the images, but the labels were passed in their place")
        mapped = is_close(images[-1], 2 * epoch.images.split(4)[-1] - 1)
        expect(not mapped, "train_step should get the images as they are, but they were mapped by 2 x - 1 again")
        used = [int(some.flatten()[0].floor()) for some in images]
        cause = f"the batches were {used[:12]}" + (" and more" if len(used) > 12 else "")
        if used == right[:1]:
            cause = "only the first was: does a `return` stand inside the loop?"
        elif used == right[:-1]:
            cause = "the last was left out" if last == 4 else "the last, which is smaller, was left out"
        elif used == right[1:]:
            cause = "the first was left out"
        elif used == right[: len(used)]:
            cause = f"it stopped after {len(used)}"
        elif used == right[::-1]:
            cause = "they came in reverse order"
        elif used == sorted(right * 2):
            cause = "each was used twice"
        elif used == right * 2:
            cause = "the loader was gone through twice"
        elif set(used) == {0}:
            cause = "the first was used again and again"
        elif set(used) == {-1}:
            cause = "other images were used: is it the notebook's own train_loader?"
        expect(used == right, f"Each of {count} batches should go through train_step once, in order, but {cause}")
        for some, whole in zip(images, epoch.images.split(4), strict=True):
            shape = f"train_step should get a batch of shape {tuple(whole.shape)}, but it got {tuple(some.shape)}"
            expect(some.shape == whole.shape, shape)
            close(some, whole, "train_step should get the images as the loader gave them")


@todo("train_epoch")
@points(2)
def test_the_mean_of_the_batch_losses_comes_back(student, rng):
    for count in (6, 3, 8):
        epoch = Epoch(student, rng, count)
        returned = numbers(epoch.returned, "what train_epoch returns")
        expect(returned.size == 1, f"train_epoch should return one number, the mean, not {returned.size} of them")
        returned, answered = float(returned.reshape(())), epoch.answered
        wrong = expected.wrong_means(answered, batch_size=4)
        both = np.concatenate([epoch.answered_before, answered])
        wrong |= {"losses of earlier epochs are counted, too": both.mean()}
        wrong |= {"losses of earlier epochs are added, too": both.sum() / len(answered)}
        wrong |= {"the first epoch's mean comes back again": epoch.answered_before.mean()}
        if len(answered) <= 8:
            wrong |= left_out(returned, answered)
        if returned > 0 and abs(answered.sum() / returned - round(answered.sum() / returned)) < 1e-4:
            wrong[f"the sum of {count} losses is divided by {answered.sum() / returned:.0f}"] = returned
        rule = "train_epoch should return the mean of the batch losses"
        close(returned, answered.mean(), rule, wrong, atol=1e-6, rtol=1e-6)


def left_out(returned: float, losses: np.ndarray) -> dict[str, float]:
    """The set of losses whose mean came back, if it is not all of them. There are 255, and six digits to tell them."""
    for chosen in range(1, 2 ** len(losses) - 1):
        some = losses[[bool(chosen >> place & 1) for place in range(len(losses))]]
        for mean in (some.mean(), some.sum() / len(losses)):
            if abs(mean - returned) < 2e-7 and len(some) > 1:
                return {"some losses are left out": returned}
    return {}


@todo("train_epoch")
@points(0.5)
def test_train_step_gets_what_train_epoch_got(student, rng):
    epoch = Epoch(student, rng, 3)
    for call in epoch.calls:
        strange = ", ".join(call["strange"])
        expect(not strange, f"train_step should get what train_epoch was given, but it got another: {strange}")
    steps = len(epoch.steps)
    expect(steps == 0, f"Only train_step should step the optimizer, but train_epoch took {steps} steps of its own")

    def ask(place: str) -> list[torch.Tensor]:
        for call in Epoch(student, rng, 3, place=place).calls:
            told = f"train_step should get the device that train_epoch was given, {place}, but it got another"
            expect("device" not in call["strange"], told)
        return []

    on_the_gpu(student, ask)


@todo("train_epoch")
@points(0.5)
def test_an_epoch_runs_in_train_mode(student, rng):
    calls = Epoch(student, rng, 3).calls
    expect(all(call["training"] for call in calls), "The model should be in train mode, but it was in eval mode")


# --- TODO 8: main


class Training:
    """main() with a scripted train_epoch, a tiny network and two images, and what it did with them.

    An error after training (in the plots, say) is kept for the check of the losses; the others look at the calls.
    """

    def __init__(self, student: Student, rng: Rng, place: str = "cpu") -> None:
        falling = 3.0 * 0.5 ** np.arange(10) * rng.uniform(0.95, 1.05, 10)  # from 3 to 0.006
        falling[[3, 4]] = falling[[4, 3]]  # a rise, which sorting would hide
        self.losses = [round(float(loss), 4) for loss in np.concatenate([falling, 1 + falling, falling, falling])]
        loader = student.instrument("loader", torch.zeros(2, 1, 28, 28), torch.zeros(2), 2)
        self.screen, self.error = student.instrument("Screen"), None
        self.epoch = student.instrument("ScriptedEpoch", self.losses, loader, self.screen)
        student.swap("train_epoch", self.epoch)
        student.swap("train_loader", loader)
        student.swap("device", student.instrument("device", place))
        student.swap("SimpleUNet", student.instrument("stand_in", "Net"))
        student.swap("NoiseScheduler", student.instrument("stand_in", "Schedule"))
        main = student.main
        try:
            self.returned = student.hold(main)
        except StudentError as error:
            if error.kind in ("TimeoutError", "Gone") or error.mix:
                raise
            self.error, self.returned = error, None
        self.calls = self.epoch.calls
        if not self.calls and self.error:
            raise StudentError(f"train_epoch is never called. {self.error}", self.error.kind)
        expect(len(self.calls) > 0, "train_epoch is never called")
        self.answered = np.array(self.losses[: len(self.calls)])


@todo("main")
@points(1.5)
def test_there_are_ten_epochs(student, rng):
    calls = len(Training(student, rng).calls)
    expect(calls == 10, f"main should call train_epoch ten times; calls seen: {calls}")


@todo("main")
@points(1.5)
def test_one_model_one_optimizer_and_one_schedule_last_for_all_epochs(student, rng):
    training = Training(student, rng)
    for name in ("model", "optimizer", "scheduler"):
        count = len({call[name] for call in training.calls})
        expect(count == 1, f"All epochs should share one {name}, but there were {count}: is it made inside the loop?")
    if training.returned:
        told = "The model that main returns should be the one that was trained, but it is another one"
        expect(training.epoch.trained(training.returned), told)


@todo("main")
@points(2)
def test_adam_with_lr_one_thousandth_holds_the_parameters_of_the_model(student, rng):
    for call in Training(student, rng).calls:
        adam = "Adam" in call["kinds"] and "AdamW" not in call["kinds"]
        expect(adam, f"The optimizer should be Adam, not {call['kinds'][0]}")
        expect(call["covers"], "The optimizer should hold the parameters of the model that is trained, all of them")
        frozen = call["frozen"]
        expect(not frozen, f"All parameters should be trained, but {frozen} are frozen (requires_grad is False)")
        rates = sorted({round(rate, 8) for rate in call["lr"]})
        expect(rates == [0.001], f"The learning rate should be 0.001, not {', '.join(map(str, rates))}")


@todo("main")
@points(1)
def test_the_schedule_has_1000_steps(student, rng):
    for call in Training(student, rng).calls:
        T, ends = call["timesteps"], call["ends"]
        expect(T is not None, "train_epoch should get the schedule as its fourth argument, but it gets something else")
        expect(T == 1000, f"train_epoch should get a schedule of 1000 steps, but its num_timesteps is {T}")
        for name, end, right in zip(("beta_start", "beta_end"), ends or (), (0.0001, 0.02), strict=False):
            expect(end is None or is_close(end, right), f"The schedule's {name} should be {right:g}, not {end}")


@todo("main")
@points(1)
def test_training_runs_on_train_loader_and_device(student, rng):
    """A loader that main made itself should hold no fewer images than the notebook trains on: not the held-out ones."""
    digits = student.make("size", student.train_dataset)
    for call in Training(student, rng).calls:
        loader = call["given_loader"] or call["images"]
        expect(loader, "train_epoch should get train_loader, or a DataLoader that main made, as its third argument")
        fewer = f"train_epoch gets a loader of {call['images']} images, where there are {digits} to train on"
        expect(call["given_loader"] or call["images"] >= digits, fewer + ": is it train_loader?")
        device = call["device"]
        expect(device == "cpu", f"train_epoch should get the device (here: cpu) as its fifth argument, not {device}")


@todo("main")
@points(1.5)
def test_one_loss_an_epoch_is_kept_in_order_and_plotted(student, rng):
    training = Training(student, rng)
    if training.error:
        raise training.error
    curves, answered = student.make("figures"), training.answered

    def shown(losses: np.ndarray) -> bool:
        return any(is_close(curve, losses, atol=1e-6, rtol=1e-5) for curve in curves)

    expect(len(curves) > 0, "main should plot the losses, but no figure holds a curve")
    causes = [cause for cause, losses in expected.wrong_histories(answered).items() if shown(losses)]
    if len(answered) > 1:
        causes += ["the list is one epoch behind" for curve in curves if is_close(curve[1:], answered[:-1])]
    causes += ["there is one more number after the losses" for curve in curves if is_close(curve[:-1], answered)]
    causes += ["there is one more number before the losses" for curve in curves if is_close(curve[1:], answered)]
    told = f" It looks as if {causes[0]}." if causes else ""
    rule = "A curve should show what train_epoch returned, one loss an epoch, in order."
    expect(shown(answered), rule + told)
    student.hold(student.main)
    curves = student.make("figures")[len(curves) :]
    again = np.array(training.losses[len(answered) : len(training.epoch.calls)])
    expect(shown(again), "When main is called again, it should start with an empty list and train anew")


@todo("main")
@points(1)
def test_each_loss_is_printed(student, rng):
    """Any number with a decimal point counts as a loss that it could be a rounding of, between its epoch and the next.

    plot_convergence, which prints losses, too, keeps silent here.
    """
    student.swap("plot_convergence", student.instrument("stand_in", "silent"))
    training = Training(student, rng)
    _, *parts = re.split(r"\n<epoch \d+>\n", training.screen.getvalue())

    def printed(loss: float, words: str) -> bool:
        for number, digits, exponent in re.findall(r"(\d+\.(\d+))(?:e([+-]?\d+))?", words):
            unit = 10.0 ** int(exponent or 0)
            if abs(float(number) * unit - loss) <= 0.51 * unit * 10.0 ** -len(digits):
                return True
        return False

    answered = training.answered
    found = sum(printed(loss, words) for loss, words in zip(answered, parts, strict=False))
    told = f"losses found in time: {found} of {len(answered)}"
    if found < len(answered) and all(printed(loss, parts[-1]) for loss in answered):
        told = "all of them come at the very end"
    elif all(printed(loss, words) for loss, words in zip(answered[:-1], parts, strict=False)) and found:
        told = "the last one is not: is each printed before its epoch, and not after it?"
    expect(found == len(answered), f"Each epoch's loss should be printed when the epoch ends; {told}")


@todo("main")
@points(0.5)
def test_on_a_gpu_the_model_is_there(student, rng):
    def ask(place: str) -> list[torch.Tensor]:
        for call in Training(student, rng, place).calls:
            places = set(call["lies_on"])
            told = ", ".join(places)
            expect(places == {place}, f"The model should lie on the device, {place}, but it lies on {told}")
            device = call["device"]
            told = f"train_epoch should get the device, {place}, but it gets {device}"
            expect(device.split(":")[0] == place.split(":")[0], told)
        return []

    on_the_gpu(student, ask, device="cuda:0")
