"""Hidden checks of the mnist assignment.

No check leans on another TODO: what a function needs from elsewhere is a stand-in (autograder/instruments.py) whose
numbers the judge chose, so that what should come back can be computed here (mnist_expected.py). Random draws are
never predicted: they are recovered from what came back. Checks of randomness say how rarely they wrong a right
answer: in less than 1 of 1,000,000 cases each. Where one mistake would show in several checks, the later ones
forgive it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from autograder.checks import Undecided, close, expect, numbers, pair, points, standard_normal, todo, unrelated
from autograder.checks import mnist_expected as expected
from autograder.checks.mnist_expected import TABLES, State
from autograder.student import Handle, Student, StudentError

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


def is_close(a: Any, b: Any, atol: float = 1e-4, rtol: float = 1e-3) -> bool:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return a.shape == b.shape and np.allclose(a, b, atol=atol, rtol=rtol, equal_nan=True)


def dtype_of(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def on_the_gpu(student: Student, ask: Callable[[str], Iterable[torch.Tensor]]) -> None:
    """Ask the same on the CPU, where there must be an answer, and then on the GPU.

    There only a mix of devices, or a result on the wrong one, is charged. `student.gpu()` is the one line that
    decides which GPU this is: the simulated one, or a real one where there is one.
    """
    results: list[torch.Tensor] = []
    for place in ("cpu", "cuda:0"):
        if place != "cpu":
            student.gpu()
        student.swap("device", student.instrument("device", place))
        try:
            results = list(ask(place))
        except StudentError as error:
            if place == "cpu" or error.mix:
                raise
            raise Undecided(f"on the simulated GPU {str(error).splitlines()[0]}") from None
    for result in results:
        where = tensor(result, "the result").lies_on
        expect(where == "cuda:0", f"With its arguments on the GPU the result should lie there too, not on: {where}")


def expect_standard_normal(noise: torch.Tensor, what: str) -> None:
    """`noise` (B, C, H, W) is standard normal, and drawn for each element by itself.

    Neighbours along each axis, (0, 1), (2, 3), ..., must be `unrelated` (false alarm about 3e-12 for each axis;
    noise that is shared along an axis has correlation 1 there, 90 standard errors and more). The distribution is
    judged by `standard_normal` (1e-7; its docstring says what it finds). Needs about 20,000 numbers.
    """
    related = {}
    for axis, name in enumerate(("batch", "channel", "height", "width")):
        even = noise.double().narrow(axis, 0, noise.shape[axis] // 2 * 2).unflatten(axis, (-1, 2))
        first, second = (half.numpy() for half in even.unbind(axis + 1))
        try:
            unrelated(first, second, name)
        except AssertionError:
            related[name] = np.corrcoef(first.ravel(), second.ravel())[0, 1] if first.std() > 0 else 1.0
    shared = [name for name, strength in related.items() if strength > 0.9] or list(related)
    expect(not shared, f"{what} should be drawn for each element by itself, but numbers that are neighbours along "
           f"{' and '.join(shared)} are the same or go together")
    standard_normal(noise, what)


# --- TODO 1: noise_scheduler
# atol 1e-5: honest float32 and float64 routes differ by up to 3e-6 in sqrt(1 - alpha_bar) at t = 0, where alpha_bar
# is 0.9999 and its last bit is magnified, and by about 1e-6 elsewhere. A table may follow from the schedule or from
# the student's own table before it: wrong betas are charged at the betas alone.

SCHEDULES = ((1000, 0.0001, 0.02), (37, 0.01, 0.3), (12, 0.25, 0.04))


def table(scheduler: Handle, name: str, length: int) -> np.ndarray:
    try:
        value = getattr(scheduler, name)
    except StudentError as error:
        if error.kind == "AttributeError":
            raise AssertionError(f"The scheduler has no attribute {name}: is it set in __init__?") from None
        raise
    expect(isinstance(value, (torch.Tensor, np.ndarray)), f"{name} should be a tensor, but it is of type "
           f"{type(value).__name__}")
    shape = tuple(value.shape)
    expect(shape == (length,), f"{name} should have one entry a step, shape ({length},), not {shape}")
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
            wrong = {cause: mistake(own) for cause, mistake in mistakes.items()}
        close(actual, ideal, f"For {T} steps from {start:g} to {end:g}, {rule}", wrong)


@todo("noise_scheduler")
@points(2)
def test_betas_run_evenly_from_beta_start_to_beta_end(student):
    """atol 2e-7: linspace in float32 and float64 differ by less than 1e-7; a missing end is 2e-5 off at T = 1000."""
    for T, start, end in SCHEDULES:
        actual = table(student.NoiseScheduler(T, start, end), "betas", T)
        asked = f"NoiseScheduler({T}, {start:g}, {end:g})"
        rule = f"{asked} should have betas that run in equal steps from {start:g} to {end:g}, both included"
        wrong = expected.wrong_betas(T, start, end)
        close(actual, np.linspace(start, end, T), rule, wrong, atol=2e-7, rtol=1e-5)


@todo("noise_scheduler")
@points(1)
def test_without_arguments_there_are_1000_betas_up_to_a_fiftieth(student):
    """atol 3e-5 lets a line without its end pass: that is charged above."""
    scheduler = student.NoiseScheduler()
    expect(scheduler.num_timesteps == 1000, f"num_timesteps should be 1000, not {scheduler.num_timesteps}")
    ends = table(scheduler, "betas", 1000)[[0, -1]]
    close(np.sort(ends), np.array([0.0001, 0.02]), "Without arguments betas should run from 0.0001 to 0.02", atol=3e-5)


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
            expect(isinstance(values, torch.Tensor) and is_close(values, asked),
                   f"get_coefficients should find the numbers of {name} at t, shaped (B, 1, 1, 1)")
            yield torch.nan_to_num(values) if values.isnan().any() and place == "cpu" else values

    on_the_gpu(student, ask)


# --- TODO 2: add_noise
# The default atol 1e-5 and rtol 1e-4 leave room for float32; the mistakes are 1 % off and more.

TWO = "what add_noise returns"


def expect_mixture(answer: Any, x: torch.Tensor, t: torch.Tensor, tables: State, noise: torch.Tensor) -> None:
    x_t, used = pair(answer, TWO)
    wrong = expected.mixtures(x, t, tables, noise)
    right = wrong.pop("")
    if isinstance(used, torch.Tensor) and used.shape == x.shape:
        other = expected.mixtures(x, t, tables, used)[""]
        wrong["the noise that was passed in is ignored, and another one is drawn"] = other
    rule = "x_t should be sqrt(alpha_bar_t) * x_0 + sqrt(1 - alpha_bar_t) * noise, each image with its own t"
    close(tensor(x_t, "x_t"), right, f"For x_0 of shape {tuple(x.shape)}, {rule}", wrong)


@todo("add_noise")
@points(2)
def test_image_and_noise_are_mixed_by_the_schedule(student, rng):
    tables = draw_tables(rng, 23)
    x, noise, t = draw(rng, 6, 1, 8, 8), draw(rng, 6, 1, 8, 8), torch.tensor([3, 0, 22, 9, 14, 1])
    expect_mixture(student.add_noise(x, t, stand_in_schedule(student, tables), noise), x, t, tables, noise)


@todo("add_noise")
@points(2)
def test_every_image_has_its_own_t_whatever_the_shape(student, rng):
    """Shapes where a factor on a wrong axis would still fit: batch equal to channels, height or width, batch 1."""
    for shape in ((3, 3, 8, 4), (4, 2, 4, 8), (4, 1, 8, 4), (5, 5, 5, 5), (1, 3, 4, 8), (1, 1, 1, 1), (2, 1, 28, 28)):
        tables, x, noise = draw_tables(rng, 50), draw(rng, *shape), draw(rng, *shape)
        t = torch.from_numpy(rng.permutation(50)[: shape[0]])
        expect_mixture(student.add_noise(x, t, stand_in_schedule(student, tables), noise), x, t, tables, noise)


@todo("add_noise")
@points(1)
def test_a_given_noise_is_returned_unchanged(student, rng):
    tables, t = draw_tables(rng, 9), draw_t(rng, 9, 4)
    x, noise = draw(rng, 4, 1, 8, 8), draw(rng, 4, 1, 8, 8)
    first, returned = pair(student.add_noise(x, t, stand_in_schedule(student, tables), noise), TWO)
    scaled = expected.mixtures(torch.zeros_like(x), t, tables, noise)[""]
    wrong = {"the scaled noise is returned": scaled, "the clean image is returned": x}
    if isinstance(first, torch.Tensor) and is_close(first, noise):
        wrong["the two results are exchanged"] = numbers(returned, "the second result")
    close(returned, noise, "The second result should be the noise that was passed in, unchanged", wrong, atol=1e-7)


@todo("add_noise")
@points(2)
def test_fresh_noise_is_standard_normal_and_independent(student, rng):
    """A false alarm in less than 2e-7 of all cases: see expect_standard_normal, also for the power."""
    schedule, t, x = stand_in_schedule(student, draw_tables(rng, 9)), draw_t(rng, 9, 16), draw(rng, 16, 3, 20, 20)
    first, second = (tensor(pair(student.add_noise(x, t, schedule), TWO)[1], "the noise") for _ in range(2))
    shape = tuple(first.shape)
    expect(shape == x.shape, f"The noise should be shaped like x_0, {tuple(x.shape)}, not {shape}")
    expect(not torch.equal(first, second), "Each call should draw fresh noise, but two calls gave the same")
    expect_standard_normal(first, "The noise")
    first, second = first.double().numpy(), second.double().numpy()
    unrelated(first, second, "The noise of one call should have nothing to do with the noise of the next")
    unrelated(first, x.double().numpy(), "The noise should have nothing to do with the images")


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
    x, t = draw(rng, 3, 1, 8, 8).double(), draw_t(rng, 9, 3)
    _, noise = pair(student.add_noise(x, t, stand_in_schedule(student, draw_tables(rng, 9))), TWO)
    found = dtype_of(tensor(noise, "the noise"))
    expect(found == "float64", f"For float64 images the noise should be float64, not {found}")


@todo("add_noise")
@points(1)
def test_add_noise_stays_on_the_gpu(student, rng):
    tables, x, noise, t = draw_tables(rng, 9), draw(rng, 3, 1, 8, 8), draw(rng, 3, 1, 8, 8), draw_t(rng, 9, 3)

    def ask(place: str) -> Iterable[torch.Tensor]:
        schedule = stand_in_schedule(student, tables)
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
    t = moments(rng, 9)
    actual = numbers(student.TimeEmbedding(dim)(t), "the embedding")
    shape = actual.shape
    expect(shape == (9, dim), f"9 timesteps and dimension {dim} should give the shape (9, {dim}), not {shape}")
    wrong = expected.waves(t.numpy(), dim)
    right = wrong.pop("")
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

    Compared row by row with the student's own answer for that t alone: wrong waves are not charged again.
    """
    embedding = student.TimeEmbedding(8)
    for batch in (1, 4, 8, 13):
        t = moments(rng, batch)
        together = numbers(embedding(t), "the embedding")
        expect(together.shape[:1] == (batch,), f"{batch} timesteps should give {batch} rows, not {together.shape}")
        alone = np.vstack([numbers(embedding(t[i : i + 1]), "the embedding") for i in range(batch)])
        close(together, alone, "Each row should depend on its own t and on nothing else", atol=1e-3)
        expect(batch == 1 or np.ptp(together, axis=0).max() > 0.1, "Different timesteps should get different rows")


@todo("time_embedding")
@points(1)
def test_any_integer_type_gives_the_same_numbers(student):
    embedding, t = student.TimeEmbedding(32), torch.tensor([0, 1, 100, 27])
    plain = numbers(embedding(t), "the embedding")
    for dtype in (torch.int32, torch.int16, torch.uint8):
        short = t.to(dtype)
        close(embedding(short), plain, f"{dtype_of(short)} timesteps should give the same numbers as int64", atol=1e-3)


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


def expect_block(
    actual: Any, p: State, x: torch.Tensor, emb: torch.Tensor, rule: str, charged: Iterable[str],
    forgiven: Iterable[str] = (),
) -> None:
    actual = tensor(actual, BLOCK)
    if not any(is_close(actual, expected.residual(p, x, emb, cause)) for cause in forgiven):
        wrong = {cause: expected.residual(p, x, emb, cause) for cause in charged}
        close(actual, expected.residual(p, x, emb), rule, wrong, atol=1e-4, rtol=1e-3)


@todo("residual_block")
@points(3)
def test_the_path_runs_norm_silu_conv_twice(student, rng):
    """With s = 1 everywhere and a skip of zeros only the path is left; norm2 even undoes the 2 of 1 + s."""
    x, emb = draw(rng, 2, 64, 8, 8), draw(rng, 2, 16)
    block = student.ResidualBlock(64, 64, 16)
    p = equip(rng, block, time_mlp__2__weight=0.0, time_mlp__2__bias=1.0, skip__weight=0.0, skip__bias=0.0)
    rule = "With s = 1 and a skip of zeros the block should return conv2(SiLU(norm2(conv1(SiLU(norm1(x))))))"
    expect_block(block(x, emb), p, x, emb, rule, expected.PATH, forgiven=(*expected.SKIP, *expected.TIME))


@todo("residual_block")
@points(2)
def test_the_time_multiplies_each_channel_before_norm2(student, rng):
    """A wide block, eight channels to a group: norm2 divides out what all channels of a group share."""
    x, emb = draw(rng, 3, 256, 4, 4), draw(rng, 3, 24)
    block = student.ResidualBlock(256, 256, 24)
    p = equip(rng, block, skip__weight=0.0, skip__bias=0.0)
    rule = "Each channel should be multiplied by its own number from time_mlp(time_embedding), between conv1 and norm2"
    expect_block(block(x, emb), p, x, emb, rule, expected.TIME, forgiven=(*expected.PATH, *expected.SKIP))


@todo("residual_block")
@points(2)
def test_skip_of_x_is_added(student, rng):
    """With conv2 all zeros only the skip is left."""
    for channels in (64, 32):
        x, emb = draw(rng, 2, 64, 8, 8), draw(rng, 2, 16)
        block = student.ResidualBlock(64, channels, 16)
        p = equip(rng, block, conv2__weight=0.0, conv2__bias=0.0)
        charged = [cause for cause in expected.SKIP if channels == 64 or cause != expected.IDENTITY]
        rule = f"With 64 channels in, {channels} out and a conv2 of zeros the block should return skip(x)"
        expect_block(block(x, emb), p, x, emb, rule, charged)


@todo("residual_block")
@points(1)
def test_any_size_and_batch_will_do(student, rng):
    """Among them sizes where a factor on the wrong axes would still fit: width = channels, batch = channels."""
    same = {expected.IDENTITY, expected.ONE_NORM}
    for inside, out, size, batch, height, width in (
        (64, 64, 16, 1, 4, 4),
        (32, 64, 8, 4, 4, 64),
        (32, 64, 8, 64, 2, 2),
        (64, 32, 128, 3, 12, 8),
    ):
        x, emb = draw(rng, batch, inside, height, width), draw(rng, batch, size)
        block = student.ResidualBlock(inside, out, size)
        p = equip(rng, block)
        causes = (*expected.SKIP, *expected.TIME, *expected.PATH)
        charged = [cause for cause in causes if inside == out or cause not in same]
        expect_block(block(x, emb), p, x, emb, f"With x of shape {tuple(x.shape)} the block should follow its formula",
                     charged)


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


@todo("simple_unet")
@points(3)
def test_the_image_passes_all_layers_in_order(student, rng):
    """Judged with the embeddings that the blocks got, and whatever comes after up_res1: those are charged below."""
    model = build_unet(student, 1, 32)
    p, x, t = equip(rng, model), draw(rng, 3, 1, 8, 8), torch.tensor([4, 0, 998])
    path = student.instrument("path_of", model)
    result = tensor(model(x, t), NETWORK)
    right, embs = expected.embedding_of(t), {}
    for name in expected.BLOCKS:
        got = getattr(model, name).got
        embs[name] = got[0] if got and got[0].shape == right.shape else right
    for end in expected.WRONG_ENDS.values():
        if is_close(result, expected.unet(p, x, embs, (*expected.BODY, *end))):
            return
    names = [name for name in student.get(path) if name in (*expected.BODY, *expected.END)]
    told = "" if names == [*expected.BODY, "final_norm", "final_conv"] else f" (yours passes {', '.join(names)})"
    orders = {cause: (*body, *expected.END) for cause, body in expected.wrong_orders().items()}
    wrong = {cause: expected.unet(p, x, embs, order) for cause, order in orders.items()}
    close(result, expected.unet(p, x, embs, (*expected.BODY, *expected.END)),
          f"The image should pass the layers in the docstring's order{told}", wrong, atol=1e-4, rtol=1e-3)


@todo("simple_unet")
@points(1.5)
def test_all_five_blocks_get_the_time_embedding(student, rng):
    model, t = build_unet(student, 1, 32), torch.tensor([4, 0, 998])
    tensor(model(draw(rng, 3, 1, 8, 8), t), NETWORK)
    for name in expected.BLOCKS:
        got = getattr(model, name).got
        expect(len(got) > 0, f"{name} is never called, so the time does not reach it")
        for emb in got:
            close(emb, expected.embedding_of(t), f"{name} should get the embedding of the timesteps",
                  {"it gets only zeros": torch.zeros(3, 128)})


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
    """The last blocks answer a constant for each channel here, so that nothing but the end is judged."""
    model = build_unet(student, 2, 64)
    features = equip(rng, model.up_res1, mix__weight=0.0, embed__weight=0.0, embed__bias=0.0)
    model.up_res2.load_state_dict(features)  # should the two be exchanged, the order is charged and not the end
    p = {f"final_norm.{name}": value for name, value in equip(rng, model.final_norm).items()}
    p |= {f"final_conv.{name}": value for name, value in equip(rng, model.final_conv).items()}
    x, t = draw(rng, 2, 2, 8, 8), torch.tensor([4, 998])
    start = features["mix.bias"].tanh()[None, :, None, None].expand(2, 64, 8, 8)
    right = expected.unet(p, start, {}, expected.END)
    wrong = {"the input is added at the end": right + x}
    ends = [(cause, end) for cause, end in expected.WRONG_ENDS.items() if cause not in wrong]
    wrong |= {cause: expected.unet(p, start, {}, end) for cause, end in ends}
    rule = "After up_res1 should come final_norm, SiLU and final_conv, and nothing else"
    close(tensor(model(x, t), NETWORK), right, rule, wrong, atol=1e-4, rtol=1e-3)


@todo("simple_unet")
@points(1)
def test_other_sizes_come_back_as_they_went_in(student, rng):
    for channels, base, batch, height, width in ((1, 32, 1, 8, 12), (3, 64, 2, 4, 4), (2, 32, 5, 16, 4)):
        x, t = draw(rng, batch, channels, height, width), draw_t(rng, 1000, batch)
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
        self, student: Student, rng: Rng, shape: tuple[int, ...], T: int = 7,
        start: tuple[float, float, float] = (1.0, 0.5, 0.2), scale: float = 1.0, lr: float = 0.01, stale: float = 0.0,
        place: str = "cpu",
    ) -> None:
        self.student, self.scale = student, scale
        self.images, self.tables = 0.5 * draw(rng, *shape) + 0.3, draw_tables(rng, T)
        self.device = student.instrument("device", place)
        self.model = student.instrument("Probe", *start, scale).to(place)
        self.optimizer = student.instrument("LoggingSGD", self.model, lr, stale)
        self.noising = student.instrument("Noising", [draw(rng, *shape) for _ in range(3)])
        self.schedule = stand_in_schedule(student, self.tables)
        self.calls_before = 0

    def step(self, images: Handle | None = None) -> Any:
        self.student.swap("add_noise", self.noising)
        self.calls_before = len(self.model.calls)
        images = self.images if images is None else images
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

    def outcomes(self) -> dict[str, tuple[float, np.ndarray]]:
        """Loss and gradient of the last call by cause: the right ones under the empty name."""
        seen, outcomes = self.seen(), {}
        t, x, noise = seen["t"].double().reshape(-1, 1, 1, 1), seen["x"].double(), seen["noise"].double()
        for cause, loss in expected.LOSSES.items():
            parameters = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in seen["numbers"]]
            gain, slope, shift = parameters
            value = loss(self.scale * (gain * x + slope * t / 8 + shift), noise, self.images.double(), x)
            gradient = torch.autograd.grad(value, parameters, allow_unused=True)
            outcomes[cause] = value.item(), np.array([0.0 if g is None else g.item() for g in gradient])
        return outcomes

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
        expect(len(steps) > 0, "The optimizer never takes a step")
        return np.array(steps[-1])


def timesteps(t: torch.Tensor, batch: int, T: int) -> torch.Tensor:
    """The timesteps that the model was asked for, as indices."""
    expect(t.shape == (batch,), f"{batch} images need {batch} timesteps, shape ({batch},), not {tuple(t.shape)}")
    expect(bool((t == t.long()).all()), "Timesteps should be whole numbers")
    low, high = int(t.min()), int(t.max())
    hint = ": do you count from 1?" if high == T else ""
    told = f"With num_timesteps = {T} timesteps should lie in 0 .. {T - 1}, not in {low} .. {high}{hint}"
    expect(low >= 0 and high < T, told)
    return t.long()


@todo("train_step")
@points(2.5)
def test_the_loss_is_the_mean_squared_error_to_the_noise(student, rng):
    bench = Bench(student, rng, (6, 2, 4, 8))
    returned = numbers(bench.step(), "what train_step returns")
    wrong = {cause: value for cause, (value, _) in bench.outcomes().items()}
    rule = "The loss should be the mean of (guess - noise) squared, over all elements, with the noise that is in x_t"
    close(returned.reshape(()), wrong.pop(""), rule, wrong, rtol=1e-3)


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
    """How often each of 7 values occurs in n = 3,600 draws: Bernstein's bound gives P(|share - 1/7| > 0.036) < 8e-8
    for each, 6e-7 for all. A timestep that never comes is off by 0.143; ends with half their share (rounding in the
    place of cutting) are off by 0.06 and found with probability above 0.9999. Two equal batches of 600: 7^-600.
    """
    bench = Bench(student, rng, (600, 1, 1, 2))
    batches = []
    for _ in range(6):
        bench.step()
        batches.append(timesteps(bench.seen()["t"], 600, 7))
    fresh = not torch.equal(batches[0], batches[1])
    expect(fresh, "Two calls drew the same timesteps; they should be fresh at each call")
    share = torch.bincount(torch.cat(batches), minlength=7).double() / 3600
    never = [str(t) for t, part in enumerate(share.tolist()) if part == 0]
    expect(not never, f"With 7 timesteps and 3,600 draws {', '.join(never)} never came; all of 0 .. 6 should")
    worst = int((share - 1 / 7).abs().argmax())
    told = f"t = {worst} came in {share[worst]:.1%} of the draws, not in about 14.3%"
    expect(abs(share[worst].item() - 1 / 7) <= 0.036, f"All timesteps should be equally likely, but {told}")


@todo("train_step")
@points(1.5)
def test_the_model_sees_the_noisy_images_and_their_timesteps(student, rng):
    """Mixed inline, only a right x_t leaves noise of deviation 1 when the images are taken out; that 384 normal
    numbers have a deviation outside 1 +- 0.25 has a probability below 1e-9.
    """
    bench = Bench(student, rng, (6, 1, 8, 8))
    bench.step()
    seen = bench.seen()
    x, mixing = seen["x"], seen["mixing"]
    expect(not is_close(x, bench.images), "The model is fed the clean images; it should see x_t")
    if mixing is None:
        rule = "Taking the images out of x_t, by the schedule's tables, should leave noise of deviation 1"
        return close(seen["noise"].std().item(), 1.0, rule, atol=0.25)
    told = "the bare noise" if is_close(x, mixing["noise"]) else "something else"
    expect(seen["fed"], f"The model should be fed the x_t that add_noise returned, but it is fed {told}")
    close(mixing["x_0"], bench.images, "add_noise should get the images of the batch")
    t = mixing["t"].double()
    wrong = {"they are one higher": t + 1, "they are one lower": t - 1, "they are scaled to 0 .. 1": t / 7}
    return close(seen["t"], t, "The model should get the timesteps that add_noise got", wrong)


@todo("train_step")
@points(1.5)
def test_the_noise_is_standard_normal_independent_and_fresh(student, rng):
    """A false alarm in less than 2e-7 of all cases, see expect_standard_normal. Noise that add_noise drew is its own
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
    expect_standard_normal(noises[0], "The noise")
    unrelated(*(noise.double().numpy() for noise in noises), "Two calls should draw noises that are unrelated")


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
            "the gradients were cleared between backward and step": np.zeros(3),
            "a gradient below norm 1 was stretched to norm 1": gradient / norm,
        }
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
        "there is no gradient at all": np.zeros(3),
    }
    norm = np.linalg.norm(gradient)
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
    close(moved, 0.1 * bench.last_step(), "The parameters should move by one step of the optimizer, and no further",
          rtol=1e-3)


@todo("train_step")
@points(0.5)
def test_the_loss_falls_where_it_must(student, rng):
    """A probe that starts far off takes 60 short steps towards a problem that it can solve.

    Measured over 200 seeds: the mean of the last 5 losses is at most 0.001 of the first with the stand-in's noise
    (first loss 14 to 20) and at most 0.17 of it with noise mixed inline (2.3 to 3.5). The bar is 0.6.
    """
    bench = Bench(student, rng, (32, 1, 4, 4), start=(2.0, 0.0, 1.0), lr=0.1)
    losses = []
    for count in range(60):
        bench.step()
        if count == 0 or count >= 55:
            losses.append(bench.outcomes()[""][0])
    first, last = losses[0], float(np.mean(losses[1:]))
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
    """train_epoch over a loader whose images carry the number of their batch, with a scripted train_step."""

    def __init__(self, student: Student, rng: Rng, batches: int) -> None:
        losses = [round(float(loss), 3) for loss in rng.uniform(0.1, 3.0, batches)]
        model = student.instrument("Probe", 1.0, 0.5, 0.2, 1.0)
        mine = {"model": model, "optimizer": student.instrument("LoggingSGD", model, 0.1, 0.0)}
        mine |= {"scheduler": student.instrument("Schedule", 7), "device": student.instrument("device", "cpu")}
        step = student.instrument("ScriptedStep", losses, **mine)
        student.swap("train_step", step)
        images = torch.arange(float(batches)).repeat_interleave(4)[:, None, None, None].expand(-1, 1, 2, 2)
        loader = student.instrument("loader", images, 100 + torch.arange(4 * batches), 4)
        self.returned = student.train_epoch(model, mine["optimizer"], loader, mine["scheduler"], mine["device"])
        self.calls = step.calls
        expect(len(self.calls) > 0, "train_step is never called")
        self.answered = np.array([losses[i % batches] for i in range(len(self.calls))])


@todo("train_epoch")
@points(2)
def test_every_batch_is_used_once_and_in_order(student, rng):
    for count in (5, 1, 8):
        images = [call["images"] for call in Epoch(student, rng, count).calls]
        alone = all(isinstance(some, torch.Tensor) for some in images)
        expect(alone, "train_step should get the images alone, without the labels")
        used, right = [int(some.flatten()[0]) for some in images], list(range(count))
        cause = f"the batches were {used[:12]}" + (" and more" if len(used) > 12 else "")
        if used == right[:1]:
            cause = "only the first was: does a `return` stand inside the loop?"
        elif used == right[:-1]:
            cause = "the last was left out"
        elif used == right[1:]:
            cause = "the first was left out"
        elif used == sorted(right * 2):
            cause = "each was used twice"
        elif min(used) >= 100:
            cause = "the labels were passed in the place of the images"
        expect(used == right, f"Each of {count} batches should go through train_step once, in order, but {cause}")


@todo("train_epoch")
@points(2)
def test_the_mean_of_the_batch_losses_comes_back(student, rng):
    for count in (6, 3, 8):
        epoch = Epoch(student, rng, count)
        returned = numbers(epoch.returned, "what train_epoch returns").reshape(())
        wrong = expected.wrong_means(epoch.answered, batch_size=4)
        rule = "train_epoch should return the mean of the batch losses"
        close(returned, epoch.answered.mean(), rule, wrong, atol=1e-6)


@todo("train_epoch")
@points(1)
def test_the_mean_is_a_python_float(student, rng):
    returned = Epoch(student, rng, 4).returned
    expect(returned is not None, "train_epoch returns nothing: is a `return` missing?")
    expect(isinstance(returned, float), f"The mean should be a Python float, not of type {type(returned).__name__}")


@todo("train_epoch")
@points(0.5)
def test_train_step_gets_what_train_epoch_got(student, rng):
    for call in Epoch(student, rng, 3).calls:
        strange = ", ".join(call["strange"])
        expect(not strange, f"train_step should get what train_epoch was given, but it got another: {strange}")


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
        falling = np.sort(rng.uniform(0.2, 0.8, 12)).cumsum()[::-1] - 0.1  # any two differ by 0.2 or more
        self.losses = [round(float(loss), 4) for loss in falling]
        self.losses[3], self.losses[4] = self.losses[4], self.losses[3]  # a rise, which sorting would hide
        loader = student.instrument("loader", torch.zeros(2, 1, 28, 28), torch.zeros(2), 2)
        epoch = student.instrument("ScriptedEpoch", self.losses, loader)
        student.swap("train_epoch", epoch)
        student.swap("train_loader", loader)
        student.swap("device", student.instrument("device", place))
        student.swap("SimpleUNet", student.instrument("stand_in", "Net"))
        student.swap("NoiseScheduler", student.instrument("stand_in", "Schedule"))
        self.screen, self.error = student.instrument("Screen"), None
        main = student.main
        try:
            student.hold(main)
        except StudentError as error:
            if error.kind in ("TimeoutError", "Gone") or error.mix:
                raise
            self.error = error
        self.calls = epoch.calls
        if not self.calls and self.error:
            raise self.error
        expect(len(self.calls) > 0, "train_epoch is never called")
        self.answered = np.array([self.losses[i % 12] for i in range(len(self.calls))])


@todo("main")
@points(1.5)
def test_there_are_ten_epochs(student, rng):
    calls = len(Training(student, rng).calls)
    expect(calls == 10, f"main should call train_epoch ten times; calls seen: {calls}")


@todo("main")
@points(1.5)
def test_one_model_one_optimizer_and_one_schedule_last_for_all_epochs(student, rng):
    calls = Training(student, rng).calls
    for name in ("model", "optimizer", "scheduler"):
        count = len({call[name] for call in calls})
        expect(count == 1, f"All epochs should share one {name}, but there were {count}: is it made inside the loop?")


@todo("main")
@points(2)
def test_adam_with_lr_one_thousandth_holds_the_parameters_of_the_model(student, rng):
    for call in Training(student, rng).calls:
        adam = "Adam" in call["kinds"] and "AdamW" not in call["kinds"]
        expect(adam, f"The optimizer should be Adam, not {call['kinds'][0]}")
        expect(call["covers"], "The optimizer should hold the parameters of the model that is trained, all of them")
        rates = sorted({round(rate, 8) for rate in call["lr"]})
        expect(rates == [0.001], f"The learning rate should be 0.001, not {', '.join(map(str, rates))}")


@todo("main")
@points(1)
def test_the_schedule_has_1000_steps(student, rng):
    for call in Training(student, rng).calls:
        T = call["timesteps"]
        expect(T == 1000, f"train_epoch should get a schedule of 1000 steps, but its num_timesteps is {T}")


@todo("main")
@points(1)
def test_training_runs_on_train_loader_and_device(student, rng):
    for call in Training(student, rng).calls:
        loader = call["given_loader"] or call["own_loader"]
        expect(loader, "train_epoch should get train_loader, or a DataLoader that main made, as its third argument")
        device = call["device"]
        expect(device == "cpu", f"train_epoch should get the device (here: cpu) as its fifth argument, not {device}")


@todo("main")
@points(1.5)
def test_one_loss_an_epoch_is_kept_in_order_and_plotted(student, rng):
    training = Training(student, rng)
    if training.error:
        raise training.error
    curves = student.make("figures")

    def shown(losses: np.ndarray) -> bool:
        return any(is_close(curve, losses, atol=1e-6, rtol=1e-5) for curve in curves)

    expect(len(curves) > 0, "main should plot the losses, but no figure holds a curve")
    causes = [cause for cause, losses in expected.wrong_histories(training.answered).items() if shown(losses)]
    told = f" It looks as if {causes[0]}." if causes else ""
    rule = "A curve should show what train_epoch returned, one loss an epoch, in order."
    expect(shown(training.answered), rule + told)


@todo("main")
@points(1)
def test_each_loss_is_printed(student, rng):
    """Any number with a decimal point counts as a loss that it could be a rounding of."""
    training = Training(student, rng)
    found, count = 0, len(training.answered)
    for number, digits, exponent in re.findall(r"(\d+\.(\d+))(?:e([+-]?\d+))?", training.screen.getvalue()):
        unit = 10.0 ** int(exponent or 0)
        half = 0.51 * unit * 10.0 ** -len(digits)
        if found < count and abs(float(number) * unit - training.answered[found]) <= half:
            found += 1
    told = f"losses found on the screen: {found} of {count}"
    expect(found == count, f"Each epoch's loss should be printed when the epoch ends, in order; {told}")


@todo("main")
@points(0.5)
def test_on_a_gpu_the_model_is_there(student, rng):
    def ask(place: str) -> list[torch.Tensor]:
        for call in Training(student, rng, place).calls:
            places = set(call["lies_on"])
            told = ", ".join(places)
            expect(places == {place}, f"The model should lie on the device, {place}, but it lies on {told}")
        return []

    on_the_gpu(student, ask)
