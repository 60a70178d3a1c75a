#!/bin/sh
# torch.onnx.export and an axis name that "will not be used".
#
# A model of two inputs, images (n, 4) and timesteps (n,), is exported by torch 2.15.0 (CPU) with onnxscript 0.7.2, both
# first axes given by one torch.export.Dim("batch"), which is how one says that they are the same.
#
# Expected: no word about it, and both axes named batch in the file; or else, after the warning that is shown, another
# name for one of them.
# Seen: torch warns that "the axis name: batch will not be used, since it shares the same shape constraints with another
# axis: batch", and then uses it: every input and the output have an axis named batch. Nothing is lost: the "other" axis
# of the sentence is the same name.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys
import warnings

import onnx
import torch


class Steered(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.time = torch.nn.Linear(4, 4), torch.nn.Embedding(10, 4)

    def forward(self, x, t):
        return self.layer(x) * self.time(t)


def exported(axis):
    """The warnings about names, and the name of the first axis of every input and output."""
    path = f"{sys.argv[1]}/model.onnx"
    batch = torch.export.Dim(axis, min=1)
    shapes = {"x": {0: batch}, "t": {0: batch}}
    example = {"x": torch.zeros(2, 4), "t": torch.zeros(2, dtype=torch.long)}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.onnx.export(Steered(), kwargs=example, f=path, dynamic_shapes=shapes, dynamo=True, verbose=False)
    graph = onnx.load(path).graph
    names = [value.type.tensor_type.shape.dim[0].dim_param for value in (*graph.input, *graph.output)]
    return [str(one.message) for one in told if "will not be used" in str(one.message)], names


told, names = exported("batch")
print(told, names)
assert any("batch will not be used" in words and "another axis: batch" in words for words in told)
assert names == ["batch", "batch", "batch"]
PY
