"""The record of a training as files: CSV for a table, JSON for everything, TensorBoard for looking while it runs."""

import csv
import json
from pathlib import Path

from ddpm.viz import History

try:
    from torch.utils.tensorboard import SummaryWriter
except ModuleNotFoundError:  # it takes `pip install tensorboard`; CSV and JSON hold the same without it
    SummaryWriter = None  # type: ignore[assignment,misc]


def write(history: History, folder: Path) -> None:
    """Write epochs.csv and history.json anew, and the last epoch to TensorBoard where it is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = history["epochs"]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(folder / "epochs.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    (folder / "history.json").write_text(json.dumps(history))
    if SummaryWriter is None:
        return
    with SummaryWriter(str(folder), purge_step=rows[-1]["epoch"]) as board:
        for name in rows[-1].keys() - {"epoch"}:
            board.add_scalar(name, rows[-1][name], rows[-1]["epoch"])


def read(folder: Path) -> History:
    """The history in a folder that `write` filled.

    Raises:
        ValueError: there is none, or a damaged one.
    """
    path = Path(folder) / "history.json"
    if not path.is_file():
        raise ValueError(f"There is no {path}. Train first (`ddpm train`), or name the folder with --log-dir.")
    try:
        history: History = json.loads(path.read_text())
        if not 0 < len(history["epochs"]) == len(history["epoch_losses"]):
            raise ValueError("no epochs")
        return history
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{path} is damaged. `ddpm train --resume` writes it anew after its next epoch.") from None
