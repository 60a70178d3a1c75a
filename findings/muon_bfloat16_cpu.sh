#!/bin/sh
# torch.optim.Muon on a CPU that does not multiply bfloat16.
#
# One 80 x 720 weight (a 3 x 3 convolution of 80 channels, flattened) in float32 takes steps by torch 2.15.0's Muon, in
# one thread. ONEDNN_MAX_CPU_ISA=AVX2 stands for an x86 CPU without AVX512-BF16 and AMX, as most laptops are.
#
# Expected: weights and gradients are float32, so the five Newton-Schulz steps are fifteen float32 products, and Muon
# costs what these cost, on any CPU.
# Seen: Muon turns every gradient into bfloat16 first, whatever the weight's type, and has no setting for it. Without
# bfloat16 instructions the products are slow: a step takes 25 times as long as the same five steps in float32.
# (For an 840,000-parameter U-Net a thread of an Intel Xeon took 246 ms a step so, 18 in float32, 21 with AMX.) The
# float32 steps end at the same singular values.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 numpy
ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PY'
import statistics
import time

import torch

LR = 0.02


def in_float32(gradient):
    x = gradient / gradient.norm()
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


def spent(run):
    times = []
    for _ in range(20):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


torch.manual_seed(0)
weight = torch.nn.Parameter(torch.zeros(80, 720))
weight.grad = torch.randn(80, 720)
muon = torch.optim.Muon([weight], LR, weight_decay=0.0)
muon.step()
values, expected = (torch.linalg.svdvals(step) for step in (weight.detach() / -LR, in_float32(weight.grad)))
theirs, ours = spent(muon.step), spent(lambda: in_float32(weight.grad))
print(f"Muon {1e3 * theirs:.2f} ms, float32 {1e3 * ours:.2f} ms: {theirs / ours:.1f} times")
print(f"singular values: {values.min():.2f} to {values.max():.2f}; in float32 {expected.min():.2f} to {expected.max():.2f}")
assert theirs > 4 * ours
assert (values - expected).abs().max() < 0.05
PY
