"""`ddpm export`: the file answers as torch does, for any number of images, or says why there is none."""

from __future__ import annotations

import sys

import pytest
import torch

from ddpm.export import NotExported, inputs, to_onnx
from ddpm.unet import UNetSmall

SMALL = {"model_channels": 8, "channel_mults": [1, 2], "attention_resolutions": []}


@pytest.mark.parametrize("classes", [None, 10])
def test_the_file_answers_as_torch_does(tmp_path, classes):
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    model = UNetSmall(**SMALL, num_classes=classes)
    apart, _ = to_onnx(model, tmp_path / "model.onnx")
    assert apart < 1e-4  # rounding: about 1e-6
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    given = inputs(model, 7)  # a number that the export never saw
    (answer,) = session.run(None, {name: value.numpy() for name, value in given.items()})
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(answer), model(**given), atol=1e-4, rtol=0)


def test_a_file_that_answers_otherwise_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    exported = torch.onnx.export

    def wrong(model, **how):
        with torch.no_grad():
            model.last[-1].bias += 1
        exported(model, **how)
        with torch.no_grad():
            model.last[-1].bias -= 1

    monkeypatch.setattr(torch.onnx, "export", wrong)
    with pytest.raises(NotExported, match="answers otherwise than torch, by up to 1"):
        to_onnx(UNetSmall(**SMALL, num_classes=None), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_packages_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(NotExported, match="pip install onnx onnxruntime onnxscript"):
        to_onnx(UNetSmall(**SMALL), tmp_path / "model.onnx")
