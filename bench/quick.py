"""The spiral lab's full and quick training: how far apart samples and data lie, and both as a picture.

    python bench/quick.py [PICTURE]

Trains as the cell of the notebook does, read from its text, with the solution's functions.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time

import matplotlib.pyplot as plt
import numpy as np
from quoted import Lab, T

from course_config import ROOT

SEEDS = (42, 43, 44, 45, 46)
CELL = re.compile(r'name="train_the_network"\n(.*?)\n\n\n# %%', re.S)


def train(seed: int, quick: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Data, samples, and the seconds that the training took."""
    lab = Lab(seed)
    own, tables = lab.own, lab.tables(T=T, beta_end=0.1)
    own |= {"X": lab.X, "T": T} | dict(zip(("betas", "alphas", "alpha_bars"), tables, strict=True))
    cell = CELL.search((ROOT / "source" / "spiral.py").read_text("utf-8"))
    assert cell, "the cell train_the_network is not where it was"
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        exec(re.sub(r"^QUICK = .*", f"QUICK = {quick}", cell[1], flags=re.M), own)
    seconds = time.perf_counter() - started
    samples, _ = own["p_sample_loop"](own["network"], 1000, T, *tables)
    return lab.X, samples, seconds


def main() -> None:
    _, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    print("| training | seed | sample to nearest data point | data point to nearest sample | seconds |")
    print("|---|---|---|---|---|")
    for ax, (name, quick) in zip(axes, (("full", False), ("quick", True)), strict=True):
        for seed in SEEDS:
            data, samples, seconds = train(seed, quick)
            apart = np.linalg.norm(samples[:, None] - data[None], axis=-1)
            there, back = apart.min(axis=1).mean(), apart.min(axis=0).mean()
            print(f"| {name} | {seed} | {there:.3f} | {back:.3f} | {seconds:.1f} |", flush=True)
        ax.scatter(*samples.T, s=4)
        ax.set(title=f"{name}, seed {seed}", xlabel="x", ylabel="y", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    plt.savefig(sys.argv[1] if len(sys.argv) > 1 else "lite/quick.png", dpi=110)


if __name__ == "__main__":
    main()
