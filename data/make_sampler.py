"""Make data/mnist_sampler: what the notebook on sampling draws with, and what it measures by.

    python data/make_sampler.py FOLDER

FOLDER holds the files of full MNIST, as for make_subset.py. The network and both sets of weights are those of
solutions/ddpm; the notebook needs neither that package nor safetensors to use them.
"""

import argparse
import ast
from pathlib import Path
from typing import Any

import numpy as np
import torch
from make_subset import HERE, SAMPLER, read_original, write_checksums
from torchvision.datasets import MNIST

from ddpm import features, metrics, unet
from ddpm.checkpoint import halves, load_weights
from ddpm.data import to_floats

EACH, SHOWN = 80, 200  # held-out digits: of each class, and those whose pixels are kept
HEADER = '''\
"""The network that draws digits, and the one that looks at them. Made by data/make_sampler.py: edit neither here.

UNetSmall stands in solutions/ddpm/unet.py, DigitClassifier in solutions/ddpm/features.py of the course's repository.
"""
'''


def network() -> str:
    """Both networks in one file that needs torch alone."""
    whole, part = (Path(module.__file__ or "").read_text("utf-8") for module in (unet, features))
    of_torch = whole.split('"""\n', 1)[1]
    return HEADER + of_torch + "".join(f"\n\n{definition(part, name)}\n" for name in ("block", "DigitClassifier"))


def definition(text: str, name: str) -> str:
    """The lines of a function or a class."""
    (node,) = (node for node in ast.parse(text).body if getattr(node, "name", None) == name)
    return "\n".join(text.split("\n")[node.lineno - 1 : node.end_lineno])


def weights() -> dict[str, Any]:
    """Both networks' numbers in half precision, and what they mean."""
    model, config, record = load_weights()
    return {
        "settings": config["model"],
        "schedule": config["schedules"],
        "kind": config["training"]["target"],
        "model": halves(model),
        "classifier": halves(features.load_classifier()),
        "record": {"epochs": record["epochs"], "digits": 60_000},
    }


def digits(originals: Path) -> dict[str, Any]:
    """Mean and covariance of the features of all training digits; features of 800 test digits, 0 to 9 in turn."""
    classifier = features.load_classifier()
    seen = metrics.features(classifier, to_floats(torch.from_numpy(pixels(originals))[:, None]))
    held_out = MNIST(str(HERE / "mnist_subset"), train=False)
    places = torch.stack([(held_out.targets == digit).nonzero()[:EACH, 0] for digit in range(10)], dim=1).flatten()
    return {
        "mean": seen.mean(dim=0),
        "cov": seen.T.cov(),
        "pixels": held_out.data[places[:SHOWN]],
        "labels": held_out.targets[places],
        "features": metrics.features(classifier, to_floats(held_out.data[places, None])).float(),
        "record": {
            "reference": "the 60,000 training digits of MNIST",
            "held out": "the first 80 of each class of mnist_subset's test digits, 0 to 9 in turn",
        },
    }


def pixels(originals: Path) -> np.ndarray[Any, Any]:
    content = bytearray(read_original(originals, "train-images-idx3-ubyte")[16:])
    return np.frombuffer(content, dtype=np.uint8).reshape(-1, 28, 28)


def main() -> None:
    """Make the folder."""
    parser = argparse.ArgumentParser(description="Make data/mnist_sampler from solutions/ddpm and full MNIST.")
    parser.add_argument("originals", type=Path, help="folder with the IDX files of full MNIST, unpacked or .gz")
    made = digits(parser.parse_args().originals)
    SAMPLER.mkdir(exist_ok=True)
    (SAMPLER / "network.py").write_text(network(), "utf-8")
    torch.save(weights(), SAMPLER / "weights.pt")
    torch.save(made, SAMPLER / "digits.pt")
    write_checksums()
    print(f"wrote {', '.join(sorted(path.name for path in SAMPLER.iterdir()))} in {SAMPLER.name}, and SHA256SUMS")


if __name__ == "__main__":
    main()
