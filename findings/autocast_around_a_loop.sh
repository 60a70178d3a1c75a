#!/bin/sh
# torch.autocast around a whole training, in place of around each step.
#
# A linear regression is trained for 200 steps of SGD on a CPU in bfloat16 by torch 2.15.0, once with a context of
# torch.autocast around each step, once with one around the loop, optimizer and all.
#
# Expected: the same numbers, or a warning.
# Seen: no warning, and with one context the loss stays where it was (15.7 at the first step, 13.4 at the last, where the
# other training has 0.00002), while the weights run away: looked at outside of the context the model's loss is 6,500.
# autocast keeps the bfloat16 copies that it made of the weights until its outermost context ends, so every step but the
# first computes loss and gradient at the weights of the first, and the optimizer moves the others along that gradient
# for ever. With cache_enabled=False both trainings are the same to the last digit. A long training looks well for its
# first epoch, whose losses are those of a model that stands still.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import contextlib
import warnings

import torch

TRUTH = torch.tensor([[1.0, -2.0, 3.0]])


def context(**more):
    return torch.autocast("cpu", torch.bfloat16, **more)


def trained(around_all, around_each):
    """The first and the last loss, and the model's at the end, in float32."""
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    with around_all:
        for _ in range(200):
            with around_each():
                x = torch.randn(64, 3)
                loss = (model(x) - x @ TRUTH.T).float().square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
    x = torch.randn(1000, 3)
    return losses[0], losses[-1], (model(x) - x @ TRUTH.T).square().mean().item()


warnings.simplefilter("error")
each = trained(contextlib.nullcontext(), context)
one = trained(context(), contextlib.nullcontext)
without_cache = trained(context(cache_enabled=False), contextlib.nullcontext)
print("around each step:", each, "around the loop:", one, "without the cache:", without_cache, sep="\n  ")
assert each[1] < 0.001 and each[2] < 0.001 and without_cache == each
assert one[1] > 0.5 * one[0] and one[2] > 100 * one[0]
PY
