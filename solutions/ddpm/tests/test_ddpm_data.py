"""Finding, fetching, reading and batching images."""

import errno
import gzip
import hashlib
import pickle
import shutil
import socket
import struct
import tarfile
import warnings
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import URLError

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.datasets import CIFAR10, MNIST

from ddpm import data
from ddpm.data import DataError, Images, batches, load, to_floats, to_pixels

DOWNLOADS = {dataset: dataset.download for dataset in (MNIST, CIFAR10)}


def made_mnist(folder: Path, train: int = 40, test: int = 10) -> Path:
    """Random images in the four IDX files."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for part, number in (("train", train), ("t10k", test)):
        pixels, labels = rng.integers(0, 256, number * 784, np.uint8), rng.integers(0, 10, number).astype(np.uint8)
        header = struct.pack(">4I", 0x803, number, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, number) + labels.tobytes())
    return folder


def made_cifar(root: Path, monkeypatch: pytest.MonkeyPatch, train: int = 50, test: int = 20) -> Path:
    """Random pictures in CIFAR-10's own file layout, whose checksums torchvision then takes for the published ones."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)

    def written(name: str, content: dict) -> str:
        (folder / name).write_bytes(pickle.dumps(content))
        return md5((folder / name).read_bytes())

    def batch(name: str, number: int) -> list[str]:
        pixels = rng.integers(0, 256, (number, 3 * 32 * 32), np.uint8)
        return [name, written(name, {"data": pixels, "labels": rng.integers(0, 10, number).tolist()})]

    monkeypatch.setattr(CIFAR10, "train_list", [batch(f"data_batch_{i}", train // 5) for i in range(1, 6)])
    monkeypatch.setattr(CIFAR10, "test_list", [batch("test_batch", test)])
    meta = written("batches.meta", {"label_names": [f"class {i}" for i in range(10)]})
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": meta})
    return folder


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A current directory, an environment and a repository without data, and no network."""

    def refused(*_):
        raise URLError("no network")

    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.delenv("DDPM_DATA", raising=False)
    monkeypatch.setattr(data, "REPOSITORY_DATA", tmp_path / "repository")
    for dataset in DOWNLOADS:
        monkeypatch.setattr(dataset, "download", refused)
    warnings.simplefilter("error")


def images(number: int, size: int = 4) -> Images:
    """Images of which each pixel says which image it is, and so does the label."""
    pixels = torch.arange(number, dtype=torch.uint8)[:, None, None, None].expand(number, 1, size, size)
    return Images(pixels, torch.arange(number))


# ---- finding


@pytest.mark.parametrize("below", ["MNIST/raw", "."])
def test_a_root_holds_the_folder_of_the_files_or_is_it(tmp_path, below):
    made_mnist(tmp_path / "root" / below)
    train, test = load("mnist", tmp_path / "root"), load("mnist", str(tmp_path / "root"), train=False)
    assert train.pixels.shape == (40, 1, 28, 28) and train.labels.shape == (40,)
    assert train.pixels.dtype == torch.uint8 and train.labels.dtype == torch.int64
    assert len(test.pixels) == len(test.labels) == 10


@pytest.mark.parametrize("which", [range(4), [0, 3]], ids=["all", "some"])
def test_files_are_read_gzipped_as_they_are_published(tmp_path, which):
    plain, packed = made_mnist(tmp_path / "plain"), made_mnist(tmp_path / "packed")
    for path in [sorted(packed.iterdir())[i] for i in which]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    before = sorted(packed.iterdir())
    for train in (True, False):
        for one, other in zip(load("mnist", plain, train), load("mnist", packed, train), strict=True):
            assert torch.equal(one, other)
    assert sorted(packed.iterdir()) == before


def test_a_cut_gzip_ends_in_a_sentence(tmp_path):
    path = made_mnist(tmp_path) / "train-images-idx3-ubyte"
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes())[:-100])
    path.unlink()
    with pytest.raises(DataError, match="are damaged"):
        load("mnist", tmp_path)


def test_a_full_disk_is_not_called_damage(tmp_path, monkeypatch):
    path = made_mnist(tmp_path) / "train-images-idx3-ubyte"
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(data.tempfile, "TemporaryDirectory", full)
    with pytest.raises(OSError, match="No space"):
        load("mnist", tmp_path)


def test_places_are_searched_in_the_order_that_the_docstring_gives(tmp_path, monkeypatch):
    sizes = {"root": 4, "env": 5, "repository/mnist_full": 6, "cwd/data": 7}
    for place, number in sizes.items():
        made_mnist(tmp_path / place / "MNIST" / "raw", train=number)
    monkeypatch.setenv("DDPM_DATA", str(tmp_path / "env"))
    root = tmp_path / "root"
    assert len(load("mnist", root).labels) == 4
    assert len(load("mnist").labels) == 5
    monkeypatch.delenv("DDPM_DATA")
    assert len(load("mnist").labels) == 6
    shutil.rmtree(tmp_path / "repository")
    assert len(load("mnist").labels) == 7


def test_a_root_without_the_files_is_named_when_others_are_taken(tmp_path):
    made_mnist(tmp_path / "cwd" / "data")
    with pytest.warns(UserWarning, match=r"tipo does not hold mnist; it is taken from data"):
        assert len(load("mnist", tmp_path / "tipo").labels) == 40


def test_without_a_network_the_subset_stands_in_and_says_so():
    with pytest.warns(UserWarning, match=r"subset of 6,000 .* could not be downloaded \(.*no network.*fetch\.py"):
        train = load("mnist")
    with pytest.warns(UserWarning, match="MNIST is not on this machine. To get it"):
        test = load("mnist", train=False, download=False)
    peer = MNIST(data.SUBSET, train=True)
    assert torch.equal(train.pixels[:, 0], peer.data) and torch.equal(train.labels, peer.targets)
    assert test.pixels.shape == (1000, 1, 28, 28)
    assert not Path("data").exists(), "a download that failed left something behind"


def test_without_any_digits_a_sentence_says_where_to_put_them(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "SUBSET", tmp_path / "nothing")
    with pytest.raises(DataError, match=r"To get it, run .* or put the files train-images.* into there/MNIST/raw\.$"):
        load("mnist", "there")


def test_cifar10_has_no_stand_in():
    with pytest.raises(DataError, match=r"CIFAR10 .*download https.*tar\.gz .* into there/cifar-10-batches-py\.$"):
        load("cifar10", "there")


# ---- downloading, by torchvision's own code from a server on this machine


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder and the address at which its files are served."""
    for dataset, download in DOWNLOADS.items():
        monkeypatch.setattr(dataset, "download", download)
    folder = tmp_path / "server"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
    Thread(target=http.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{http.server_port}/"
    http.shutdown()
    http.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def serve_mnist(folder: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made digits, gzipped, in place of the published files."""
    resources = []
    for file in sorted(made_mnist(folder / "unpacked").iterdir()):
        content = gzip.compress(file.read_bytes())
        (folder / f"{file.name}.gz").write_bytes(content)
        resources.append((f"{file.name}.gz", md5(content)))
    monkeypatch.setattr(MNIST, "resources", resources)
    monkeypatch.setattr(MNIST, "mirrors", [address])


def test_mnist_is_downloaded_into_the_root_or_data(server, monkeypatch):
    serve_mnist(*server, monkeypatch)
    assert len(load("mnist", "new").labels) == 40
    assert sorted(file.name for file in Path("new/MNIST/raw").iterdir()) == sorted(data.Digits.files)
    assert len(load("mnist").labels) == 40 and Path("data/MNIST/raw").is_dir()


def test_patience_ends():
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(77)
    try:
        with pytest.raises(OSError), data.patience():
            assert socket.getdefaulttimeout() == data.SECONDS
            raise OSError
        assert socket.getdefaulttimeout() == 77
    finally:
        socket.setdefaulttimeout(before)


def test_half_a_download_leaves_nothing_behind(server, monkeypatch):
    serve_mnist(*server, monkeypatch)
    (server[0] / "train-labels-idx1-ubyte.gz").write_bytes(b"cut")
    with pytest.warns(UserWarning, match=r"could not be downloaded \(File not found or corrupted\)"):
        assert len(load("mnist", "new").labels) == 6000
    assert not Path("new").exists()


def test_cifar10_is_downloaded_into_the_root(server, tmp_path, monkeypatch):
    folder, address = server
    made, packed = made_cifar(tmp_path, monkeypatch), folder / CIFAR10.filename
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(made, made.name)
    monkeypatch.setattr(CIFAR10, "url", address + packed.name)
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(packed.read_bytes()))
    assert len(load("cifar10", "new").labels) == 50
    assert [entry.name for entry in Path("new").iterdir()] == ["cifar-10-batches-py"]


# ---- reading


@pytest.mark.parametrize("below", ["", "cifar-10-batches-py"])
def test_cifar10_keeps_each_colour_and_pixel_in_its_place(tmp_path, monkeypatch, below):
    folder = made_cifar(tmp_path, monkeypatch)
    train, test = load("cifar10", tmp_path / below), load("cifar10", tmp_path / below, train=False)
    assert train.pixels.shape == (50, 3, 32, 32) and test.pixels.shape == (20, 3, 32, 32)
    assert train.pixels.is_contiguous() and train.labels.dtype == torch.int64
    batch = pickle.loads((folder / "data_batch_5").read_bytes())  # a row is 1024 reds, 1024 greens, 1024 blues
    assert train.pixels[-1].flatten().tolist() == batch["data"][-1].tolist()
    assert train.labels[-10:].tolist() == batch["labels"]


def test_a_foreign_pickle_is_never_opened(tmp_path, monkeypatch):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "opened",)

    folder = made_cifar(tmp_path, monkeypatch)
    (folder / "data_batch_3").write_bytes(pickle.dumps({"data": Trap(), "labels": []}))
    with pytest.raises(DataError, match="damaged, or not CIFAR10 as it was published"):
        load("cifar10", tmp_path)
    assert not (tmp_path / "opened").exists()


@settings(max_examples=40, deadline=None)
@given(part=st.sampled_from(["images-idx3", "labels-idx1"]), share=st.floats(0, 1, exclude_max=True))
def test_cut_files_end_in_a_sentence(tmp_path_factory, part, share):
    folder = made_mnist(tmp_path_factory.mktemp("cut"), train=3)
    file = folder / f"train-{part}-ubyte"
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match="are damaged"):
        load("mnist", folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train-images-idx3-ubyte", struct.pack(">4I", 0x803, 3, 32, 32) + bytes(3 * 1024)),
        ("train-images-idx3-ubyte", struct.pack(">4I", 0x803, 2, 28, 28) + bytes(2 * 784)),
        ("train-labels-idx1-ubyte", struct.pack(">2I", 0x801, 3) + bytes([1, 2, 10])),
        ("train-labels-idx1-ubyte", b"<html>Not found</html>"),
    ],
    ids=["other size", "fewer images than labels", "an eleventh class", "a web page"],
)
def test_other_files_end_in_a_sentence(tmp_path, name, content):
    (made_mnist(tmp_path, train=3) / name).write_bytes(content)
    with pytest.raises(DataError, match="are damaged"):
        load("mnist", tmp_path)


def test_a_set_without_images_ends_in_a_sentence(tmp_path):
    with pytest.raises(DataError, match="are damaged"):
        load("mnist", made_mnist(tmp_path, train=0))


def test_limit_takes_the_first(tmp_path):
    everything, some = load("mnist", made_mnist(tmp_path)), load("mnist", tmp_path, limit=7)
    assert torch.equal(some.pixels, everything.pixels[:7]) and torch.equal(some.labels, everything.labels[:7])
    assert len(load("mnist", tmp_path, limit=1000).labels) == 40
    with pytest.raises(DataError, match="limit should be at least 1, and is 0"):
        load("mnist", tmp_path, limit=0)


def test_an_unknown_name_ends_in_a_sentence():
    with pytest.raises(DataError, match='no data set "svhn"; there are mnist and cifar10'):
        load("svhn")


# ---- floats and pixels


def test_every_byte_survives():
    pixels = torch.arange(256).to(torch.uint8)
    floats = to_floats(pixels)
    assert floats.dtype == torch.float32 and floats[0] == -1 and floats[-1] == 1
    assert torch.equal(to_pixels(floats), pixels)
    assert torch.equal(to_pixels(floats.double()), pixels)


@given(value=st.floats(-3, 3, width=32))
def test_a_float_becomes_the_nearest_byte(value):
    nearest = np.abs(np.arange(256) / 127.5 - 1 - value).min()
    chosen = to_pixels(torch.tensor(value)).item() / 127.5 - 1
    assert abs(abs(chosen - value) - nearest) < 1e-6  # float32 rounds values of up to 3 by at most 2.4e-7


def test_floats_are_not_taken_for_pixels():
    with pytest.raises(DataError, match="should be uint8, and are torch.float32"):
        to_floats(torch.zeros(2))


# ---- batches


@given(number=st.integers(1, 60), batch_size=st.integers(1, 70), seed=st.integers(0, 9), augment=st.booleans())
def test_an_epoch_shows_each_image_once_with_its_label(number, batch_size, seed, augment):
    epoch = list(batches(images(number), batch_size, torch.Generator().manual_seed(seed), augment))
    sizes = [len(labels) for _, labels in epoch]
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1) and 1 <= sizes[-1] <= batch_size
    labels = torch.cat([labels for _, labels in epoch])
    assert sorted(labels.tolist()) == list(range(number))
    shown = to_pixels(torch.cat([floats for floats, _ in epoch]))
    assert (shown == labels[:, None, None, None]).all()


def test_order_comes_from_the_generator():
    def order(generator=None):
        return torch.cat([labels for _, labels in batches(images(200), 32, generator)]).tolist()

    generator = torch.Generator().manual_seed(1)
    first, second = order(generator), order(generator)
    assert first == order(torch.Generator().manual_seed(1)) != list(range(200))
    assert first != second
    torch.manual_seed(2)
    default = order()
    torch.manual_seed(2)
    assert order() == default


def test_augmentation_mirrors_about_half_and_nothing_else_does():
    number = 2000
    pixels = torch.arange(12, dtype=torch.uint8).reshape(1, 1, 3, 4).expand(number, 1, 3, 4)
    upright = to_floats(pixels[0])
    for augment, expected in ((True, number / 2), (False, 0)):
        generator = torch.Generator().manual_seed(0)
        shown = torch.cat([x for x, _ in batches(Images(pixels, torch.zeros(number)), 300, generator, augment)])
        mirrored = (shown == upright.flip(-1)).all(dim=(1, 2, 3))
        assert (mirrored | (shown == upright).all(dim=(1, 2, 3))).all()
        assert abs(mirrored.sum() - expected) <= (5 * (number / 4) ** 0.5 if augment else 0)  # five standard deviations


def test_batches_stay_where_the_images_lie():
    there = Images(*(tensor.to("meta") for tensor in images(5)))
    for augment in (False, True):
        for floats, labels in batches(there, 2, torch.Generator().manual_seed(0), augment):
            assert floats.device.type == labels.device.type == "meta"


def test_a_batch_holds_at_least_one_image():
    with pytest.raises(DataError, match="batch_size should be at least 1, and is 0"):
        next(batches(images(5), 0))
