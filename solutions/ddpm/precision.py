"""The float type that a network computes in, by the name that configurations have for it (torch.autocast)."""

from __future__ import annotations

import torch

AMP = {"off": None, "bf16": torch.bfloat16, "fp16": torch.float16}
NAMES = (*AMP, "auto")
FAST = ("avx512_bf16", "amx_bf16")  # instructions that multiply bfloat16; CPUs without them are slower in it


def chosen(amp: str, device: torch.device) -> torch.dtype | None:
    """The type of that name, None for float32. "auto" is bfloat16 on a CPU that can multiply it, elsewhere float32."""
    if amp not in NAMES:
        raise ValueError(f"amp should be one of {', '.join(NAMES)}, and is {amp!r}.")
    if amp != "auto":
        return AMP[amp]
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if device.type == "cpu" and any(able.get(name) for name in FAST) else None


def computing(kind: torch.dtype | None, device: torch.device) -> torch.autocast:
    """A context in which networks on the device compute in that type."""
    return torch.autocast(device.type, kind, enabled=kind is not None)
