"""Fetch full MNIST into data/mnist_full with torchvision's own download.

    python data/fetch.py [--root FOLDER]

Without a network it says in one sentence what happens instead, and ends with exit code 1.
"""

import argparse
import contextlib
import http.client
import io
import socket
import sys
from pathlib import Path

from make_subset import ORIGINALS, is_original

HERE = Path(__file__).resolve().parent


def fetch(root: Path) -> None:
    """Bring full MNIST into `root`; raise OSError or RuntimeError where that fails."""
    from torchvision.datasets import MNIST

    raw = root / "MNIST" / "raw"
    for name in ORIGINALS:
        # torchvision takes any file of that name for the real one, also half of one.
        if (raw / name).exists() and not is_original(raw / name):
            (raw / name).unlink()
    # A network that swallows packets should end in a sentence too, so no connection waits for ever.
    socket.setdefaulttimeout(30)
    # torchvision prints each failed mirror; the caller says it once.
    with contextlib.redirect_stdout(io.StringIO()):
        MNIST(root=str(root), train=True, download=True)
    if not all(is_original(raw / name) for name in ORIGINALS):
        raise RuntimeError("what was downloaded is not the original MNIST")


def main() -> int:
    """Fetch, or say why not; 0 where full MNIST is there afterwards."""
    parser = argparse.ArgumentParser(description="Fetch full MNIST.")
    parser.add_argument("--root", type=Path, default=HERE / "mnist_full", help="where it goes")
    root = parser.parse_args().root
    try:
        fetch(root)
    except ImportError:
        print("torchvision is missing: run `make test`, then .venv/bin/python data/fetch.py", file=sys.stderr)
        return 1
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")
        print(
            f"Full MNIST could not be fetched ({reason}), so the course goes on with the subset in "
            "data/mnist_subset; try again with a network, or put the four unpacked files into "
            f"{root.name}/MNIST/raw yourself.",
            file=sys.stderr,
        )
        return 1
    print(f"Full MNIST (60,000 + 10,000 digits) is in {root.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
