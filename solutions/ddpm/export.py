"""A model as ONNX (https://onnx.ai), for programs without torch; checked against torch before it is called done."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from ddpm.checkpoint import in_one_step

APART = 1e-3  # more than this between the file's answers and torch's is no rounding
SIZES = (1, 3, 100)  # numbers of images that the file is tried with
TURNS = 5


class NotExported(ValueError):
    """No file was written; the message says why."""


def inputs(model: Any, count: int) -> dict[str, Tensor]:
    """What a model is asked: images (count, c, h, w), timesteps (count,), and labels (count,) where it was trained with
    them; the label num_classes stands for none."""
    draw = torch.Generator().manual_seed(count)
    size, moments = (count, model.in_channels, model.image_size, model.image_size), (count,)
    given = {"x": torch.randn(size, generator=draw), "t": torch.randint(1000, moments, generator=draw)}
    if model.num_classes is not None:
        given["y"] = torch.randint(model.num_classes + 1, moments, generator=draw)
    return given


def to_onnx(model: nn.Module, out: Path) -> tuple[float, float]:
    """Write the model, for any number of images; returns the largest difference of onnxruntime's answers from torch's,
    and how many times as fast they come, with torch's number of threads.

    Raises:
        NotExported: packages that are missing, or answers that differ.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401 (torch's exporter asks for it)
    except ImportError as error:
        raise NotExported(f"This takes the package {error.name}: pip install onnx onnxruntime onnxscript") from None
    model, example = model.eval().cpu(), inputs(model, 2)
    batch = torch.export.Dim("batch", min=1)
    shapes = {name: {0: batch} for name in example}
    with warnings.catch_warnings(), TemporaryDirectory() as scratch:
        warnings.simplefilter("ignore")  # that one size of two inputs has one name, as it should
        file = str(Path(scratch, out.name))
        how: dict[str, Any] = {"dynamic_shapes": shapes, "dynamo": True, "verbose": False, "external_data": False}
        torch.onnx.export(model, kwargs=example, f=file, **how)
        written = Path(file).read_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(written, options, providers=["CPUExecutionProvider"])

    def by_file(given: dict[str, Tensor]) -> Tensor:
        return torch.from_numpy(session.run(None, {name: value.numpy() for name, value in given.items()})[0])

    @torch.no_grad()
    def by_torch(given: dict[str, Tensor]) -> Tensor:
        answer: Tensor = model(**given)
        return answer

    asked = [inputs(model, count) for count in SIZES]
    apart = max((by_file(given) - by_torch(given)).abs().max().item() for given in asked)
    if not apart < APART:
        raise NotExported(f"onnxruntime answers otherwise than torch, by up to {apart:.2g}: nothing was written.")
    with in_one_step(out) as part:
        part.write_bytes(written)
    of_torch, of_file = in_turns(lambda: by_torch(asked[-1]), lambda: by_file(asked[-1]))
    return apart, of_torch / of_file


def in_turns(*ways: Callable[[], object]) -> list[float]:
    """The fewest seconds of each, asked one after the other, so that a busy moment falls on all."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(TURNS):
        for way, taken in zip(ways, times, strict=True):
            start = time.perf_counter()
            way()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]
