"""MNIST and CIFAR-10, whole in memory: 55 MB and 184 MB of uint8, which any accelerator can keep."""

import gzip
import http.client
import os
import shutil
import socket
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.datasets import CIFAR10, MNIST

REPOSITORY_DATA = Path(__file__).resolve().parents[2] / "data"
SUBSET = REPOSITORY_DATA / "mnist_subset"
SECONDS = 10  # a network that swallows packets should end in a sentence too
CLASSES = 10  # of both
# What torchvision raises on a file that is cut, empty, another's or not readable.
DAMAGE = (OSError, EOFError, zlib.error, RuntimeError, ValueError, TypeError, AssertionError, LookupError)


class DataError(ValueError):
    """Images that are not there or not whole; the message says what to do."""


class Images(NamedTuple):
    """Pixels, uint8 (n, channels, height, width), and labels, int64 (n,)."""

    pixels: Tensor
    labels: Tensor


class Digits(MNIST):  # type: ignore[misc]  # torchvision has no types
    """MNIST from the folder that holds its files."""

    published, size = MNIST, (28, 28, 1)
    home, folder = "mnist_full", "MNIST/raw"  # under the repository's data/, and under a root
    files = tuple(name.removesuffix(".gz") for name, _ in MNIST.resources)
    by_hand = "run `python data/fetch.py` of the repository where there is a network"

    @property
    def raw_folder(self) -> str:
        return str(self.root)


class Pictures(CIFAR10):  # type: ignore[misc]  # torchvision has no types
    """CIFAR-10 from the folder that holds its files. torchvision unpickles none whose checksum is not the known one."""

    published, size = CIFAR10, (32, 32, 3)
    home, folder, base_folder = "cifar10", CIFAR10.base_folder, ""
    files = (*(name for name, _ in CIFAR10.train_list + CIFAR10.test_list), CIFAR10.meta["filename"])
    by_hand = f"download {CIFAR10.url} where there is a network and unpack it"


Source = type[Digits] | type[Pictures]
SOURCES: dict[str, Source] = {"mnist": Digits, "cifar10": Pictures}


def load(
    name: str, root: str | Path | None = None, train: bool = True, limit: int | None = None, download: bool = True
) -> Images:
    """The training or test part of "mnist" or "cifar10", at most `limit` images of it.

    Looked for in `root`, in the folder that the environment variable DDPM_DATA names, in the repository's data/ and in
    ./data, each of which may hold MNIST/raw or cifar-10-batches-py, or be that folder; MNIST's files also as .gz. Then
    downloaded into the first of `root`, DDPM_DATA and ./data. Where that fails, the repository's 6,000 + 1,000 digits
    stand in for MNIST, with a warning.

    Raises:
        DataError: an unknown name, a limit below 1, no images to be had, or damaged files.
    """
    if name not in SOURCES:
        raise DataError(f'There is no data set "{name}"; there are {" and ".join(SOURCES)}.')
    if limit is not None and limit < 1:
        raise DataError(f"limit should be at least 1, and is {limit}.")
    source = SOURCES[name]
    named = [Path(place).expanduser() for place in (root, os.environ.get("DDPM_DATA")) if place]
    places = [*named, REPOSITORY_DATA / source.home, Path("data")]
    folder = next(filter(None, (find(source, place) for place in places)), None)
    if folder is None:
        folder = obtain(source, named[0] if named else Path("data"), download)
    elif named and folder != find(source, named[0]):
        warnings.warn(f"{named[0]} does not hold {name}; it is taken from {folder}.", stacklevel=2)
    return Images(*(tensor[:limit] for tensor in read(source, folder, train)))


def find(source: Source, root: Path) -> Path | None:
    """The folder of the files: in a root, or the root itself."""
    folders = (root / source.folder, root)
    return next((folder for folder in folders if all(lies(folder / file) for file in source.files)), None)


def lies(path: Path) -> bool:
    """Whether a file is there, unpacked or as .gz."""
    return path.is_file() or gzipped(path).is_file()


def gzipped(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def obtain(source: Source, root: Path, download: bool) -> Path:
    """Download into a root; returns the folder of the files, or of the subset where that fails."""
    why = ""
    if download:
        try:
            with patience(), tempfile.TemporaryDirectory() as scratch:  # so that root never holds half a download
                source.published(scratch, download=True)
                shutil.copytree(scratch, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.gz"))
            return root / source.folder
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            last = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            why = f" and could not be downloaded ({last.strip('<>.')})"
    sentence = (
        f"{source.published.__name__} is not on this machine{why}. To get it, {source.by_hand}, "
        f"or put the files {', '.join(source.files)} into {root / source.folder}."
    )
    if not find(source, SUBSET):
        raise DataError(sentence)
    warnings.warn(f"Only a subset of 6,000 training and 1,000 test digits is used: {sentence}", stacklevel=3)
    return SUBSET / source.folder


@contextmanager
def patience() -> Iterator[None]:
    """Connections that wait no longer than SECONDS."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def read(source: Source, folder: Path, train: bool) -> Images:
    """All images of one part, if the files are whole."""
    with damage_told(source, folder):
        packed = [file for file in source.files if not (folder / file).is_file()]
        contents = {file: gzip.decompress(gzipped(folder / file).read_bytes()) for file in packed}
    with unpacked(source, folder, contents) as plain, damage_told(source, folder):
        dataset = source(plain, train=train)
        labels = torch.as_tensor(dataset.targets)
        pixels = torch.as_tensor(dataset.data).reshape(len(labels), *source.size).permute(0, 3, 1, 2).contiguous()
        if not 0 <= labels.min() <= labels.max() < CLASSES:
            raise ValueError("labels that are no classes")
    return Images(pixels, labels)


@contextmanager
def damage_told(source: Source, folder: Path) -> Iterator[None]:
    """What is wrong with the files, in a sentence."""
    try:
        yield
    except DAMAGE as error:
        raise DataError(
            f"The files in {folder} are damaged, or not {source.published.__name__} as it was published; remove them, "
            f"and the next run fetches them again, or {source.by_hand}."
        ) from error


@contextmanager
def unpacked(source: Source, folder: Path, contents: dict[str, bytes]) -> Iterator[Path]:
    """The folder, or for a while another one, where its gzipped files lie unpacked: torchvision reads no others."""
    if not contents:
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        for file in source.files:
            if file in contents:
                Path(scratch, file).write_bytes(contents[file])
            else:
                shutil.copy(folder / file, scratch)
        yield Path(scratch)


def to_floats(pixels: Tensor) -> Tensor:
    """uint8 0 ... 255 of any shape as float32 in [-1, 1].

    Raises:
        DataError: pixels that are not uint8, such as floats that are in [-1, 1] already.
    """
    if pixels.dtype != torch.uint8:
        raise DataError(f"Pixels should be uint8, and are {pixels.dtype}.")
    return pixels.float() / 127.5 - 1


def to_pixels(floats: Tensor) -> Tensor:
    """Floats of any shape as the nearest of 0 ... 255 in uint8; what lies outside [-1, 1] is clamped."""
    return ((floats.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def batches(
    images: Images, batch_size: int, generator: torch.Generator | None = None, augment: bool = False
) -> Iterator[tuple[Tensor, Tensor]]:
    """One shuffled epoch of (floats (batch, c, h, w) in [-1, 1], labels (batch,)), the last batch perhaps smaller.

    Everything stays on the device of `images`; order and flips are drawn from `generator`. `augment` flips half of the
    images left to right.

    Raises:
        DataError: a batch size below 1.
    """
    if batch_size < 1:
        raise DataError(f"batch_size should be at least 1, and is {batch_size}.")
    device = images.pixels.device
    drawn = generator.device if generator else torch.device("cpu")
    for index in torch.randperm(len(images.labels), generator=generator, device=drawn).to(device).split(batch_size):
        floats = to_floats(images.pixels[index])
        if augment:
            flipped = torch.rand(len(index), generator=generator, device=drawn).to(device) < 0.5
            floats = torch.where(flipped[:, None, None, None], floats.flip(-1), floats)
        yield floats, images.labels[index]
