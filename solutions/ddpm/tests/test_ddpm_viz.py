"""Pictures hold what they are said to: pixels in their places, lines with the numbers of a history."""

from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

from ddpm import viz
from ddpm.sampler import Point
from ddpm.schedules import KINDS, DDPMSchedules


def flat(*greys: float, size: int = 4, channels: int = 1) -> torch.Tensor:
    """An image of one grey each, in [-1, 1]."""
    return torch.stack([torch.full((channels, size, size), grey) for grey in greys])


def cells(picture: Image.Image, columns: int, rows: int) -> np.ndarray:
    """The middle pixel of each image in a grid, (rows, columns, 3)."""
    width, height = picture.width / columns, picture.height / rows
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    middles = [[pixels[int((r + 0.5) * height), int((c + 0.5) * width)] for c in range(columns)] for r in range(rows)]
    return np.array(middles)


def test_a_grid_fills_its_rows_from_the_left_and_goes_from_black_to_white():
    picture = viz.grid(flat(-1, -0.2, 0.2, 1, 3, -3), columns=3)
    assert cells(picture, 3, 2)[..., 0].tolist() == [[0, 102, 153], [255, 255, 0]]
    assert picture.size == tuple(viz.ZOOM * side for side in (3 * 4 + 4 * 2, 2 * 4 + 3 * 2))


def test_a_grid_keeps_colours_in_their_channels():
    image = torch.stack([torch.full((4, 4), grey) for grey in (1.0, -1.0, 0.0)])[None]
    assert cells(viz.grid(image), 1, 1)[0, 0].tolist() == [255, 0, 128]


def way(steps: int, images: int) -> list[Point]:
    """Noisy images that get lighter from step to step, and beliefs that get darker; each image a little lighter."""
    shade = torch.linspace(-1, 0.8, steps)
    return [
        Point(steps - 2 - n, *(flat(*(sign * float(shade[n]) + 0.1 * i for i in range(images))) for sign in (1, -1)))
        for n in range(steps)
    ]


def test_a_trajectory_has_two_rows_an_image_and_goes_from_the_first_step_to_the_last():
    seen = cells(viz.trajectory_grid(way(21, 2), frames=5), 5, 4)[..., 0]
    assert (np.diff(seen[[0, 2]]) > 0).all() and (np.diff(seen[[1, 3]]) < 0).all()
    assert seen[0, 0] == 0 and seen[1, -1] == round((1 - 0.8) * 127.5) and (seen[2] > seen[0]).all()


def test_an_animation_shows_every_so_many_steps_and_holds_the_last(tmp_path: Path):
    viz.animate(way(21, 1), tmp_path / "way.gif", every=5, hold=3)
    with Image.open(tmp_path / "way.gif") as file:
        frames = [(cells(frame, 1, 1)[0, 0, 0], frame.info["duration"]) for frame in ImageSequence.Iterator(file)]
    greys, last = [grey for grey, _ in frames], round(1.8 * 127.5)
    assert greys == sorted(greys) and greys[0] == 0 and greys[-1] == pytest.approx(last, abs=1)
    assert sum(duration for _, duration in frames) == 50 * (4 + 3)  # frames 0, 5, 10, 15, and the last three times


def history(epochs: int = 3) -> viz.History:
    rows = [
        {
            "epoch": n,
            "loss": 1 / n,
            "seconds": 1.0,
            "held_out": 2 / n,
            "held_out_ema": 1.5 / n,
            "parameter_norm": 5.0 * n,
        }
        | {f"held_out_bin_{b}": (b + 1) / n for b in range(10)}
        for n in range(1, epochs + 1)
    ]
    steps = 10 * epochs
    return {
        "train_losses": [1.0 / (n + 1) for n in range(steps)],
        "learning_rates": [0.1 * n for n in range(steps)],
        "epoch_losses": [row["loss"] for row in rows],
        "epochs": rows,
    }


def lines(figure: Figure) -> dict[str, list[list[float]]]:
    """The heights of the lines of each panel, by its title."""
    return {
        axis.get_title(): [list(line.get_ydata()) for line in axis.lines] for axis in figure.axes if axis.get_title()
    }


def test_curves_draw_the_numbers_of_the_history_and_name_their_axes():
    figure, known = viz.plot_training_curves(history()), history()
    drawn = lines(figure)
    assert drawn["Training loss by step"][0] == known["train_losses"]
    assert drawn["Training loss by epoch"] == [known["epoch_losses"]]
    assert drawn["Learning rate"] == [known["learning_rates"]]
    assert drawn["Held-out error by epoch"] == [[2, 1, 2 / 3], [1.5, 0.75, 0.5]]
    assert drawn["Held-out error (later epochs darker)"] == [[(b + 1) / n for b in range(10)] for n in (1, 2, 3)]
    assert drawn["parameter norm"] == [[5, 10, 15]]
    assert all(axis.get_xlabel() for axis in figure.axes if axis.get_title())


def test_samples_by_epoch_show_the_first_row_of_each_grid(tmp_path: Path):
    for epoch, grey in ((2, -1.0), (4, 1.0)):
        viz.save_grid(flat(*[grey] * 10, *[-grey] * 10), tmp_path / f"epoch_{epoch:04}.png", 10)
    figure = viz.plot_samples(tmp_path)
    shown = {axis.get_ylabel(): np.asarray(axis.images[0].get_array()) for axis in figure.axes}
    assert list(shown) == ["2", "4"]
    for epoch, grey in (("2", 0), ("4", 255)):
        assert shown[epoch][shown[epoch].shape[0] // 2, shown[epoch].shape[1] // 20].tolist() == [grey] * 3
    assert viz.plot_samples(tmp_path / "none") is None


def test_schedules_are_drawn_from_their_tables():
    made = [DDPMSchedules(kind, 50, rescale=True) for kind in KINDS]
    beta, bar, ratio, variance = viz.plot_schedules(made).axes
    for number, one in enumerate(made):
        for axis, table in ((beta, one.betas), (bar, one.alpha_bars), (ratio, one.snr)):
            np.testing.assert_array_equal(axis.lines[number].get_ydata(), table)
        np.testing.assert_array_equal(variance.lines[number].get_ydata(), one.posterior_variance / one.betas)
    assert all(axis.get_xlabel() and axis.get_ylabel() for axis in (beta, bar, ratio, variance))
    assert [text.get_text().split(",")[0] for text in beta.get_legend().get_texts()] == list(KINDS)
