"""train: at every step noise all of X, each point with a t of its own, and move the network by one update.

The student's train runs between stand-ins for the functions of the other TODOs; `Training` reads what they were asked.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Any

import numpy as np

from autograder.checks.size import expect_few
from autograder.checks.spiral.common import Array, Rng, nearest, same, schedule, shaped, taken_apart, unchanged
from autograder.checks.spiral.network import PARAMETERS, network, weights_of
from autograder.checks.spiral.tape import Call, Tape, rows_of
from autograder.checks.words import close, expect, points, standard_normal, unrelated
from autograder.judge.conversation import Student

MOST_PAIRS = 2**27  # that one run compares: a right one 10 million, with noise that is written out, wrongly, 81 million


class Training:
    """One run of the student's train between stand-ins, and what they wrote down.

    The stand-ins compute nothing of what the TODOs ask, so the student's other functions do not matter. What was
    drawn is recovered from what came back, whatever the order; also where q_sample was written out inside train.
    """

    def __init__(
        self,
        student: Student,
        rng: Rng,
        n: int = 60,
        T: int = 7,
        steps: int = 12,
        lr: float = 0.05,
        smoothing: float = 0.6,
        size: float = 0.5,
        spread: float = 1.0,
    ) -> None:
        self.X, self.T, self.n = rng.normal(size=(n, 2)).astype(np.float32), T, n
        self.tables = schedule(np.linspace(0.1, 0.4, T))
        net = network(rng, (3, 4, 2)) | {"momentum": 0.7}
        net["b3"] = spread * net["b3"]  # small noise is nearly predicted from the start
        net["velocities"] = {name: rng.normal(size=net[name].shape) for name in PARAMETERS}
        given, self.arguments = student.put(net), [student.put(array) for array in (self.X, *self.tables)]
        tape = Tape(np.random.default_rng(int(rng.integers(2**31))), size, spread)
        tape.put_in(student)
        for name, value in (("X", rng.normal(size=(5, 2))), ("T", T)):  # what train must take from its arguments
            student.swap(name, value)
        X, *tables = self.arguments
        pairs = "q_sample returns (x_t, eps), forward_network (out, cache), mse_loss a value and a gradient"
        with taken_apart(pairs):
            self.losses = student.train(given, X, T, *tables, steps=steps, lr=lr, smoothing=smoothing)
        self.noised, self.asked, self.updates = tape.noised, tape.asked, tape.updates
        self.pairs = 0  # that were compared
        self.noised_for: dict[int, list[Call]] = {}
        for call in self.noised:
            self.noised_for.setdefault(call["update"], []).append(call)
        self.networks = tape.networks  # that forward_network met
        self.before, self.after = net, student.get(given)
        self.moved = not np.array_equal(self.after["b3"], net["b3"])

    def passes(self) -> list[Call]:
        """What was asked, answered and drawn for each forward pass that led to an update."""
        expect(bool(self.asked), "train should ask forward_network at every step, but it was never called")
        expect(bool(self.updates), "train should call backward_network at every step, but it was never called")
        used: dict[int, Call] = {}
        for number, updated in enumerate(self.updates):
            if updated["asked"] in used:
                continue
            asked = self.asked[updated["asked"]]
            shape = asked["x"].shape  # whether these are all points is asked elsewhere
            wanted = "The network's input should be [x_t, t/T], of shape (N, 3)"
            expect(len(shape) == 2 and shape[1] == 3, f"{wanted}, but its shape is {shape}")
            used[updated["asked"]] = asked | updated | self.drawn(number, asked, updated["grad"])
        return list(used.values())

    def drawn(self, number: int, asked: Call, grad: Array) -> Call:
        """x0, t and eps of each row of the network's input; rows may come in any order.

        They are found by x_t in the input, or, where that is not in it, by the noise that the loss used.
        """
        rows = self.rows_since(number)
        if rows is None:
            return self.written_out(asked, grad)
        close_by, all_rows = 1e-4, {f"all_{k}": v for k, v in rows.items()}
        seen = [("x_t", asked["x"][:, :2])]
        if grad.shape == asked["out"].shape:
            seen += [("eps", asked["out"] - factor * grad) for factor in (len(grad) / 2, len(grad))]
        found: dict[str, Array] = {}
        for key, values in seen:
            distance, place = self.nearest(values, rows[key])
            matched = distance < close_by
            if not found or matched.all():
                found = {k: v[place] for k, v in rows.items()}
                found["matched"] = matched & (key == "x_t")
            if matched.all():
                break
        return found | all_rows

    def rows_since(self, number: int) -> dict[str, Array] | None:
        """Everything that q_sample handed out for this update (or, if nothing, at any time), row by row."""
        calls = self.noised_for.get(number)
        return rows_of(calls) if calls else self.rows

    @cached_property
    def rows(self) -> dict[str, Array] | None:
        """Everything that q_sample ever handed out."""
        return rows_of(self.noised) if self.noised else None

    def nearest(self, points: Array, rows: Array) -> tuple[Array, Array]:
        """For each point how far the nearest of these rows is, and which one that is."""
        self.pairs += len(points) * len(rows)
        expect(self.pairs < MOST_PAIRS, f"train works with far more points than the {self.n} that it was given")
        return nearest(points, rows)

    def written_out(self, asked: Call, grad: Array) -> Call:
        """The same where train computes x_t itself: t from the third column, x0 from the noise that the loss used.

        `shift` is by how many steps its entry of alpha_bars is off.
        """
        expect(grad.ndim < 3, f"The gradient that backward_network gets has shape {grad.shape}, but the points (N, 2)")
        x_t, third = asked["x"][:, :2], asked["x"][:, 2]
        times, factors = (third * self.T, third * self.T + 1, third), (len(grad) / 2, len(grad))
        first: tuple[Any, ...] | None = None
        for shift, t, factor in itertools.product((0, -1, 1), times, factors):
            t = np.clip(np.rint(t), 1, self.T)
            bars = self.tables[2][(t.astype(int) - 1 + shift) % self.T][:, None]
            x0 = (x_t - np.sqrt(1 - bars) * (asked["out"] - factor * grad)) / np.sqrt(bars)
            distance, place = self.nearest(x0, self.X)
            sure, x0 = bool(distance.mean() < 1e-3), self.X[place]
            first = first or (shift, t, bars, x0)
            if sure:
                break
        else:  # the loss used other noise, which is charged where the gradient is
            shift, t, bars, x0 = first or ()
            x0 = self.X if len(t) == self.n else x0
        eps = (x_t - np.sqrt(bars) * x0) / np.sqrt(1 - bars)
        found = {"x0": x0, "t": t, "eps": eps, "all_t": t, "all_x0": x0, "sure": sure, "shift": shift}
        return found | {"matched": np.full(len(t), True)}

    def noisy(self, step: Call) -> None:
        """The first two columns of the input are x_t."""
        x = step["x"]
        if not step["matched"].all():
            late = self.nearest(x[:, 1:], step["all_x_t"])[0].max() < 1e-4
            clean = self.nearest(x[:, :2], step["all_x0"])[0].max() < 1e-4
            cause = ". It looks as if t/T came first" if late else ", the noisy points, not the clean ones"
            raise AssertionError(
                f"The first two columns of the network's input should be x_t{cause if late or clean else ''}"
            )
        entry = {-1: "t - 2", 1: "t"}.get(step.get("shift", 0))
        expect(entry is None, f"x_t should be noised with alpha_bars[t - 1], but alpha_bars[{entry}] is used")


def other_draw(third: Array, t: Array, T: int) -> bool:
    """Whether the third column holds some t/T, t from 1 to T, that has nothing to do with these t."""
    k = third * T
    return same(k, np.rint(k)) and k.min() >= 1 and k.max() <= T and len(np.unique(np.rint(k - t))) > 3


def max_share(pairs: list[tuple[float, float]]) -> float:
    """The share of the most frequent pair."""
    _, counts = np.unique(np.array(pairs), axis=0, return_counts=True)
    return float(counts.max() / counts.sum())


def target_is_other_noise(step: Call) -> bool:
    """Whether the loss compared with numbers that look like noise and have nothing to do with what made x_t.

    120 numbers: a correlation of 0.4 is 4 standard errors.
    """
    target = (step["out"] - len(step["out"]) * step["grad"] / 2).ravel()
    related = max(abs(np.corrcoef(target, step[name].ravel())[0, 1]) for name in ("eps", "x0", "out"))
    return bool(0.7 < target.std() < 1.3 and related < 0.4)


def averaged(losses: Array, s: float, start: float | None = None) -> Array:
    """The exponential moving average, from the first loss or from `start`."""
    running, result = start, []
    for loss in losses:
        running = loss if running is None else s * running + (1 - s) * loss
        result.append(running)
    return np.array(result)


def wrong_thirds(x: Array, t: Array, n: int, T: int, bars: Array) -> dict[str, Array]:
    """The third column of the network's input x, for n points."""
    return {
        "t was not divided by T": t,
        "(t - 1)/T was used": (t - 1) / T,
        "(t - 1)/(T - 1) was used": (t - 1) / (T - 1),
        "(t + 1)/T was used": (t + 1) / T,
        "t was divided by the largest t of the step": t / t.max(),
        "t was divided by T - 1": t / (T - 1),
        "t was divided by T + 1": t / (T + 1),
        "t was divided by 100, not by the T that was passed in": t / 100,
        "t was divided by the number of points": t / n,
        "whole numbers were divided with //": t // T,
        "t/T was rounded to whole numbers": np.rint(t / T),
        "t/T was rounded to one digit": np.round(t / T, 1),
        "2 t/T - 1 was used": 2 * t / T - 1,
        "1 - t/T was used": 1 - t / T,
        "alpha_bar was used, not t/T": bars[t.astype(int).clip(1, T) - 1],
        "the t of another draw was used": x[:, 2] if other_draw(x[:, 2], t, T) else t,
    }


def wrong_gradients(step: dict[str, Any], grad: Array, bars: Array) -> dict[str, Array]:
    """n times the gradient, for n points; `grad` is the student's."""
    diff, n = step["out"] - step["eps"], len(step["out"])
    weights = n * grad[:, :1] / (2 * diff[:, :1])
    bars = bars[step["t"].astype(int).clip(1, len(bars)) - 1][:, None]
    most = n * np.abs(grad).max()
    return {
        "the target is x0, not the noise": 2 * (step["out"] - step["x0"]),
        "the target is x_t, not the noise": 2 * (step["out"] - step["x"][:, :2]),
        "the target is minus the noise": 2 * (step["out"] + step["eps"]),
        "the noise is multiplied by its factor in x_t": 2 * (step["out"] - step["eps"] * np.sqrt(1 - bars)),
        "large entries of the gradient are cut off": (2 * diff).clip(-most, most),
        "the target is other noise than that in x_t": n * grad if target_is_other_noise(step) else 0 * grad,
        "prediction and target changed places": -2 * diff,
        "prediction and target changed places, with a factor of one half": -diff,
        "the gradient was divided by N once more": 2 * diff / n,
        "the gradient was divided by N and by the 2 coordinates once more": diff / n,
        "the gradient was not divided by N": 2 * n * diff,
        "the difference itself was handed on": n * diff,
        "the network's prediction was handed on": n * step["out"],
        "the loss's value was handed on": np.full((n, 2), n * np.mean(diff**2)),
        "the points have weights": 2 * weights * diff,
    }


def wrong_averages(losses: Array, s: float, earlier: float | None) -> dict[str, Array]:
    """The losses averaged with smoothing s; `earlier` is the last average of the call before."""
    count, from_0 = len(losses), averaged(losses, s, 0.0)
    corrected = "the average is divided by 1 - s^k, as in Adam"
    correction = 1 - s ** np.arange(1, count + 1)
    return {
        "the smoothing is fixed at 0.999": averaged(losses, 0.999),
        "the raw losses were returned, without the average": losses,
        "smoothing and 1 - smoothing changed places": averaged(losses, 1 - s),
        "the average starts at 0, not at the first loss": from_0,
        "the average starts at 0, and smoothing and 1 - smoothing changed places": averaged(losses, 1 - s, 0.0),
        "the average starts at 1, not at the first loss": averaged(losses, s, 1.0),
        "the first loss counts twice": averaged(np.append(losses[0], losses), s)[:count],
        "the plain mean of all losses so far was taken": np.cumsum(losses) / np.arange(1, count + 1),
        "the average of the last two losses only was taken": np.append(
            losses[0], s * losses[:-1] + (1 - s) * losses[1:]
        ),
        corrected: from_0 / correction,
        f"{corrected}, on top of a start at the first loss": averaged(losses, s) / correction,
        "the roots of the losses were averaged and squared": averaged(np.sqrt(losses), s) ** 2,
        "the average starts at 0 after the first loss": np.append(losses[0], averaged(losses[1:], s, 0.0)),
        "an average of the call before is carried on": averaged(losses, s, earlier),
        "the loss is summed over the coordinates, not averaged": averaged(2 * losses, s),
        "the root of the loss was taken": averaged(np.sqrt(losses), s),
        "every entry is the last average": np.full(count, averaged(losses, s)[-1]),
    }


def expect_gradient(run: Training, step: Call) -> None:
    """mse_loss gives 2/N times the difference; its true derivative, 1/N times, is right too."""
    diff, n = step["out"] - step["eps"], len(step["out"])
    grad = shaped(step["grad"], (n, 2), "The gradient that backward_network gets")
    if not same(grad, diff / n):
        asked = "backward_network should get mse_loss's gradient for prediction and eps"
        close(n * grad, 2 * diff, asked, wrong_gradients(step, grad, run.tables[2]), atol=1e-4)


def expect_average(run: Training, steps: int, s: float, earlier: float | None = None) -> None:
    """The losses follow from the student's own gradients, so that a wrong target is not charged again."""
    got, passes = shaped(run.losses, (steps,), "the array that train returns"), run.passes()
    exact = np.array([np.mean((p["out"] - p["eps"]) ** 2) for p in passes])
    own = [np.array([np.mean((f * len(p["grad"]) * p["grad"]) ** 2) for p in passes]) for f in (0.5, 1.0)]
    once = f"{steps} step{'s' * (steps > 1)} should give as many losses, from as many forward passes"
    expect(len(passes) == steps, f"{once}, not {len(passes)}")
    if not any(same(got, averaged(raw, s)) for raw in own):
        asked = f"With smoothing {s} the average should be {s} of the old average and {1 - s:.2g} of the new loss"
        close(got, averaged(exact, s), asked, wrong_averages(exact, s, earlier))


@points(0.75)
def test_every_step_is_one_update_of_the_network_with_lr(student: Student, rng: Rng) -> None:
    """In the last run the loss is near 0 from the start, which is no reason to stop."""
    small = {"size": 0.02, "spread": 0.02}
    long = int(rng.integers(150, 250)), 0.05, {"n": 10}
    for steps, lr, kind in ((2, 0.05, {}), (8, 0.013, {"n": 300}), long, (9, 0.03, small)):
        run = Training(student, rng, steps=steps, lr=lr, **kind)
        run.passes()
        count = len(run.updates)
        many = count >= 2 * steps and kind.get("n") and all(len(asked["x"]) < 300 for asked in run.asked)
        asked = f"{steps} steps should make {steps} updates"
        expect(not many, f"{asked} on all of X, but there were {count}: are batches taken within a step?")
        early = "spread" in kind and count < steps
        expect(not early, f"{asked}, but there were {count}: is training stopped once the loss is small?")
        more = f"backward_network ran {count} time{'s' * (count != 1)}"
        expect(count == steps, f"With steps={steps} there should be as many updates, but {more}")
        asked = "train should train the network that was passed in"
        expect(
            run.moved, f"{asked}, but that one is as before: was it copied, or are those of an earlier step put back?"
        )
        rates = [u["lr"] for u in run.updates]
        wrong = {
            "lr was not handed on: the default 1e-3 was used": np.full(count, 1e-3),
            "a fixed 0.05 was handed on": np.full(count, 0.05),
            "lr was divided by the number of points": np.full(count, lr / run.n),
            "lr grows or shrinks from step to step": rates if len(set(rates)) > 1 else np.zeros(count),
        }
        close(np.array(rates), np.full(count, lr), "backward_network should get train's lr", wrong)
        order = [u["asked"] for u in run.updates]
        expect(len(set(order)) == count and -1 not in order, "Each update should get the cache of its own forward pass")


@points(0.5)
def test_only_backward_network_changes_the_network(student: Student, rng: Rng) -> None:
    run = Training(student, rng, steps=6)
    run.passes()
    if not run.moved:  # a copy is trained: charged above
        return
    momenta = [*(update["momentum"] for update in run.updates), run.after["momentum"]]
    expect(set(momenta) == {0.7}, "train should leave the network's momentum as it is")
    kept = "train should leave the network's velocities to backward_network, but they were set back"
    later = all(update["velocity"] for update in run.updates[1:]) and np.any(run.after["velocities"]["b3"])
    expect(bool(later), f"{kept} between two steps")
    expect(run.updates[0]["velocity"], f"{kept} before the first step")
    asked = "Only backward_network should change the weights"
    left = [weights_of(run.before), *(update["after"] for update in run.updates)]
    found = [*(update["before"] for update in run.updates), weights_of(run.after)]
    met = [run.networks[run.asked[update["asked"]]["network"]] for update in run.updates]
    expect(same(found[0], left[0]), f"{asked}, but they are others before the first step: are they drawn anew?")
    between = same(found[1:-1], left[1:-1]) and same(met, left[:-1])
    expect(between, f"{asked}, but they change between two updates: is there a weight decay, or a second network?")
    earlier = any(same(found[-1], weights) for weights in left[:-1])
    cause = "are those of an earlier step put back?" if earlier else "is an average of them put in?"
    expect(same(found[-1], left[-1]), f"{asked}; at the end they are not those of the last update: {cause}")


@points(0.5)
def test_every_step_uses_all_of_X(student: Student, rng: Rng) -> None:
    for n in (60, 23, 1100):
        run = Training(student, rng, n=n, steps=4 if n < 100 else 2)
        for step in run.passes():
            given = step["x0"] if step["matched"].all() else step["all_x0"]  # a wrong input is charged elsewhere
            asked = f"Every step should noise each of the {n} points of X once"
            expect(given.size >= run.X.size, f"{asked}, but it takes {len(given)}: are batches or a part of X used?")
            wanted, found = np.sort(run.X, axis=None), np.sort(given, axis=None)
            if found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-3):
                continue
            known = run.nearest(given, run.X)[0].max() < 1e-3
            if not known:
                raise AssertionError(f"{asked}, but it takes other points: is X changed, or the notebook's X used?")
            expect(len(given) == n, f"{asked}, but there are {len(given)}")
            twice = "some points come twice and others never: are they drawn with replacement?"
            raise AssertionError(f"{asked}, but {twice}")
        for call in run.noised:
            expect(call["bars"] is not None, "q_sample should get alpha_bars, but it got None")
            betas, alphas, bars = run.tables
            wrong = {"alphas is handed over": alphas, "betas is handed over": betas}
            wrong |= {"its root is handed over": np.sqrt(bars)}
            close(call["bars"], bars, "q_sample should get alpha_bars", wrong)


@points(0.75)
def test_the_network_sees_x_t_and_t_over_T(student: Student, rng: Rng) -> None:
    """With 5 points and T = 8 the largest t of a step is often below 8, so dividing by it shows."""
    for n, steps in ((60, 6), (5, 12)):
        run = Training(student, rng, n=n, T=8, steps=steps)
        for step in run.passes():
            x, t, T = step["x"], step["t"], run.T
            run.noisy(step)
            third = "The third column of the network's input should be t/T"
            close(x[:, 2], t / T, third, wrong_thirds(x, t, n, T, run.tables[2]), atol=1e-4)


@points(0.75)
def test_every_point_gets_a_fresh_uniform_t_at_every_step(student: Student, rng: Rng) -> None:
    """1740 draws of 30 values, by 29 points, so that a t that comes from the number of a point cannot reach 30.

    A share is off by more than 0.03 at most once in 2e6 (Bernstein, two-sided, 30 values); its standard error is
    0.0043. A pair of neighbouring points, or of neighbouring steps, has one of 900 values, each 1.9 times in 1680;
    more than 1 % of all pairs come with probability below exp(-15) for all values together (Chernoff), and half of
    the points alike give 1.7 %. The variance of the mean t of a step lies beyond 0.25 and 2.6 times that of independent
    t with probability 1e-8; mirrored t give a thirtieth of it.
    """
    run = Training(student, rng, n=29, T=30, steps=60)
    passes = run.passes()
    t = [step["all_t"] for step in passes]
    expect_few(t, "The steps of all points together")
    every = np.concatenate(t)
    asked = "t should be drawn from 1 to T for each point and step"
    low, high = every.min(), every.max()
    expect(low >= 1 and high <= 30, f"{asked}; with T=30 yours runs from {low:g} to {high:g}")
    one_each = all(len(set(row)) == 1 for row in t)
    expect(not one_each, f"{asked}, but all points of a step share one t")
    alike = [np.array_equal(a, b) for a, b in itertools.pairwise(t)]
    expect(bool(np.mean(alike) < 0.5), f"{asked}, but the same t is used at every step: draw inside the loop")
    shares = np.array([(every == value).mean() for value in range(1, 31)])
    expect(shares[-1] > 0, f"{asked}, but t = T never comes: rng.integers leaves its upper end out")
    expect(shares.min() > 0, f"{asked}, but t = {shares.argmin() + 1} never comes")
    worst = np.abs(shares - 1 / 30).argmax()
    even = f"{asked}, uniformly; with T=30 every t has a share of 0.033, but t = {worst + 1} has {shares[worst]:.3f}"
    expect(abs(shares[worst] - 1 / 30) < 0.03, even)
    along_points = [pair for row in t for pair in itertools.pairwise(row)]
    along_steps = [pair for a, b in itertools.pairwise(t) if len(a) == len(b) for pair in zip(a, b, strict=True)]
    for pairs, what in ((along_points, "points"), (along_steps, "steps")):
        share = max_share(pairs)
        together = f"{asked}, each for itself, but the t of neighbouring {what} go together"
        together += ": are they sorted, repeated or counted up?"
        expect(share < 0.01, together)
        one, next_one = zip(*pairs, strict=True)
        unrelated(one, next_one, together)
    rows = np.array([row.mean() for row in t if len(row) == 29])
    balance = rows.var() / (899 / 12 / 29) if len(rows) == 60 else 1.0
    paired = f"{asked}, each for itself, but within a step they "
    expect(balance > 0.25, f"{paired}make up for each other: are they mirrored, or dealt out without replacement?")
    expect(balance < 2.6, f"{paired}go together: do some points share one?")
    expect_long_schedules(student, rng)
    noise = [step["eps"] for step in passes]
    if all(eps.shape == (29, 2) for eps in noise):
        unrelated(noise[1:], noise[:-1], "Every step should draw fresh noise, but two steps in a row use the same")
    if run.noised:
        return
    for step in Training(student, rng, n=1500, steps=2).passes():  # q_sample is written out, and so is its noise
        if step["sure"]:
            x, y = step["eps"].T
            unrelated(x, y, "The noise should be drawn for each coordinate, but both get the same")
            unrelated(step["eps"][1:], step["eps"][:-1], "The noise should be drawn for each point, but they share it")
            standard_normal(step["eps"], "The noise in x_t")


def expect_long_schedules(student: Student, rng: Rng) -> None:
    """The lab's T and a longer one. The mean of 1,200 draws has a standard error of 0.0083: the bar is 7 of them."""
    for T in (100, 400):
        run = Training(student, rng, n=300, T=T, steps=4)
        third = np.concatenate([asked["x"][:, 2] for asked in run.asked])
        told = f"With T = {T} the third column, t/T, should lie above 0 and at most at 1, not in {third.min():.3g} .. "
        expect(third.min() > 0 and third.max() <= 1, f"{told}{third.max():.3g}")
        even = f"With T = {T} every t should be equally likely, but the mean of t/T is {third.mean():.2f}"
        expect(abs(third.mean() - (T + 1) / (2 * T)) < 0.06, even)


@points(0.5)
def test_the_gradient_is_that_of_the_squared_error_against_eps(student: Student, rng: Rng) -> None:
    run = Training(student, rng, steps=5)
    for step in run.passes():
        expect_gradient(run, step)


@points(0.5)
def test_the_losses_are_a_moving_average_that_starts_at_the_first(student: Student, rng: Rng) -> None:
    earlier: float | None = None
    for s in (0.8, 0.3):
        run = Training(student, rng, steps=8, smoothing=s)
        expect_average(run, 8, s, earlier)
        earlier = float(run.losses[-1])


@points(7, "whole")
def test_a_few_steps_are_right_from_beginning_to_end(student: Student, rng: Rng) -> None:
    """What each step noises, asks and hands on, the losses, and the weights that are left."""
    n, T, steps, lr, s = 40, 11, 10, 0.02, 0.85
    run = Training(student, rng, n=n, T=T, steps=steps, lr=lr, smoothing=s)
    for k, step in enumerate(run.passes(), start=1):
        run.noisy(step)
        points_of_X = np.sort(step["x0"], axis=None)
        close(points_of_X, np.sort(run.X, axis=None), f"Step {k} should noise each of the {n} points once", atol=1e-3)
        close(step["x"][:, 2], step["t"] / T, f"At step {k} the third column should be t/T", atol=1e-4)
        expect_gradient(run, step)
        close(step["lr"], lr, f"At step {k} backward_network should get lr")
    expect_average(run, steps, s)
    close(weights_of(run.after), run.updates[-1]["after"], "The net should end with the weights of the last update")


@points(0.25, "form")
def test_returns_an_array(student: Student, rng: Rng) -> None:
    losses = Training(student, rng, steps=9).losses
    expect(losses is not None, "train returned None: is a `return` missing?")
    kind = type(losses).__name__
    expect(isinstance(losses, np.ndarray), f"train should return a NumPy array, but it returned a {kind}")


@points(0.25, "form")
def test_one_step_one_point_or_no_smoothing_will_do(student: Student, rng: Rng) -> None:
    expect_average(Training(student, rng, steps=1), 1, 0.6)
    expect_average(Training(student, rng, n=1, steps=4), 4, 0.6)
    expect_average(Training(student, rng, steps=4, smoothing=0.0), 4, 0.0)


@points(0.25, "form")
def test_points_and_tables_stay_as_they_are(student: Student, rng: Rng) -> None:
    run = Training(student, rng, steps=5)
    names = ("X", "betas", "alphas", "alpha_bars")
    for name, before, after in zip(names, (run.X, *run.tables), run.arguments, strict=True):
        expect(unchanged(before, student.get(after)), f"train should not change {name}")
