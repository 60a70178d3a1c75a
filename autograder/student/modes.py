"""Global modes of torch and NumPy, which any cell can change for all that run after it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import _tensor_str
from torch.utils import _device


def noted() -> Callable[[], None]:
    """What puts the modes back as they are now."""
    found = [read() for read, _ in MODES]

    def put_back() -> None:
        for value, (read, write) in zip(found, MODES, strict=True):
            if read() != value:
                write(value)

    return put_back


def set_print_options(options: Any) -> None:
    vars(_tensor_str.PRINT_OPTS).update(vars(options))


def set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]  # a list, which typeshed calls a sequence
    warnings._filters_mutated()  # type: ignore[attr-defined]  # what was warned of before is looked up anew


# How each is read, and how it is set. Seeds are set anew for each check, and threads stay at one: see worker.py.
MODES: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.get_default_dtype, torch.set_default_dtype),
    (lambda: _device.CURRENT_DEVICE, torch.set_default_device),  # torch's own question makes a tensor there
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (lambda: copy.copy(_tensor_str.PRINT_OPTS), set_print_options),
    (np.geterr, lambda found: np.seterr(**found)),
    (np.get_printoptions, lambda found: np.set_printoptions(**found)),
    (lambda: list(warnings.filters), set_filters),
)
