"""Global modes of torch and NumPy, which any cell can change for all that run after it."""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

Mode = tuple[Callable[[], Any], Callable[[Any], Any]]  # how it is read, and how it is set


def noted() -> Callable[[], None]:
    """What puts the modes back as they are now."""
    found = [(read(), read, write) for read, write in all_modes()]

    def put_back() -> None:
        for value, read, write in found:
            if read() != value:
                write(value)

    return put_back


def all_modes() -> Iterator[Mode]:
    """Seeds are set anew for each check, and threads stay at one: see worker.py."""
    yield np.geterr, lambda found: np.seterr(**found)
    yield np.get_printoptions, lambda found: np.set_printoptions(**found)
    yield lambda: list(warnings.filters), set_filters
    if torch := sys.modules.get("torch"):
        yield from modes_of(torch)


def modes_of(torch: Any) -> Iterator[Mode]:
    device, options = import_module("torch.utils._device"), torch._tensor_str.PRINT_OPTS
    yield torch.is_grad_enabled, torch.set_grad_enabled
    yield torch.get_default_dtype, torch.set_default_dtype
    yield lambda: device.CURRENT_DEVICE, torch.set_default_device  # torch's own question makes a tensor there
    yield torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode
    yield torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
    yield torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly
    yield lambda: copy.copy(options), lambda found: vars(options).update(vars(found))


def set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]  # a list, which typeshed calls a sequence
    warnings._filters_mutated()  # type: ignore[attr-defined]  # what was warned of before is looked up anew
