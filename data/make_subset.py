"""Make data/mnist_subset from the four files of full MNIST.

    python data/make_subset.py FOLDER

FOLDER holds the four IDX files, unpacked or gzipped (data/mnist_full/MNIST/raw after data/fetch.py).
The result is the same to the byte on every machine: only the standard library is used, and of its
random numbers only `Random.random()`, whose sequence Python promises to keep between versions.
"""

import argparse
import gzip
import hashlib
import random
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUBSET, SAMPLER, TRAINED = (HERE / name for name in ("mnist_subset", "mnist_sampler", "mnist_trained"))
SEED = 2026
SIZES = {"train": 6000, "t10k": 1000}

# md5 of the unpacked originals, so that a subset is never made from something else by mistake.
ORIGINALS = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def is_original(path: Path) -> bool:
    """Whether `path` is the unpacked original file of its name, byte for byte."""
    return path.exists() and _md5(path.read_bytes()) == ORIGINALS[path.name]


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def read_original(folder: Path, name: str) -> bytes:
    """The unpacked bytes of one original file, checked against its md5."""
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.exists():
        content = plain.read_bytes()
    elif packed.exists():
        content = gzip.decompress(packed.read_bytes())
    else:
        sys.exit(f"{name} (or {name}.gz) is not in {folder}.")
    if _md5(content) != ORIGINALS[name]:
        sys.exit(f"{name} in {folder} is not the original MNIST file: its md5 differs.")
    return content


def shares(counts: list[int], size: int) -> list[int]:
    """Split `size` in proportion to `counts`: round down, then give the rest to the largest remainders."""
    total = sum(counts)
    result = [count * size // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda k: (-(counts[k] * size % total), k))
    for k in by_remainder[: size - sum(result)]:
        result[k] += 1
    return result


def choose(labels: bytes, size: int, rng: random.Random) -> list[int]:
    """`size` indices in shuffled order, each class with its share."""
    keys = [rng.random() for _ in labels]
    left = shares([labels.count(digit) for digit in range(10)], size)
    chosen = []
    for index in sorted(range(len(labels)), key=keys.__getitem__):
        if left[labels[index]]:
            left[labels[index]] -= 1
            chosen.append(index)
    return chosen


def make_subset(originals: Path, subset: Path) -> None:
    """Write the four IDX files under subset/MNIST/raw, and indices.csv beside MNIST."""
    raw = subset / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    lines = ["split,position,original_index"]
    rng = random.Random(SEED)
    for split, size in SIZES.items():
        # IDX: a magic number (type and number of axes), the length of each axis, then the bytes.
        images = read_original(originals, f"{split}-images-idx3-ubyte")[16:]
        labels = read_original(originals, f"{split}-labels-idx1-ubyte")[8:]
        chosen = choose(labels, size, rng)
        pixels = b"".join(images[i * 784 : (i + 1) * 784] for i in chosen)
        (raw / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, size, 28, 28) + pixels)
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, size) + bytes(labels[i] for i in chosen)
        )
        lines += [f"{split},{position},{index}" for position, index in enumerate(chosen)]
    (subset / "indices.csv").write_bytes("\n".join([*lines, ""]).encode())


def checksums(*folders: Path) -> str:
    """Lines of `sha256sum` for every file of these folders, with paths relative to data/."""
    digests = {
        path.relative_to(folder.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def write_checksums() -> None:
    """Write SHA256SUMS anew, of all that lies in these folders."""
    (HERE / "SHA256SUMS").write_bytes(checksums(SUBSET, SAMPLER, TRAINED).encode())


def main() -> None:
    """Make the subset and its checksums."""
    parser = argparse.ArgumentParser(description="Make data/mnist_subset from full MNIST.")
    parser.add_argument("originals", type=Path, help="folder with the four IDX files, unpacked or .gz")
    make_subset(parser.parse_args().originals, SUBSET)
    write_checksums()
    print(f"wrote {SUBSET.name} ({SIZES['train']} training and {SIZES['t10k']} test digits) and SHA256SUMS")


if __name__ == "__main__":
    main()
