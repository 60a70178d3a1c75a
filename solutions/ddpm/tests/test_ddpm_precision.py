"""What a network computes in: the names, where "auto" is bfloat16, and images that hardly differ."""

from __future__ import annotations

import pytest
import torch
from waves import seeded

from ddpm import precision
from ddpm.checkpoint import load_weights
from ddpm.sampler import DDPMSampler, evenly
from ddpm.schedules import DDPMSchedules
from ddpm.unet import UNetSmall

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("able", "device", "kind"),
    [
        ({"avx512_bf16": True}, "cpu", torch.bfloat16),
        ({"amx_bf16": True, "avx512_bf16": False}, "cpu", torch.bfloat16),
        ({"avx512_f": True, "avx512_bf16": False}, "cpu", None),
        ({}, "cpu", None),
        ({"avx512_bf16": True}, "cuda", None),
    ],
)
def test_auto_is_bfloat16_on_a_cpu_that_can_multiply_it(able, device, kind, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert precision.chosen("auto", torch.device(device)) == kind


def test_this_machine_says_what_it_can():
    assert precision.chosen("auto", CPU) in (None, torch.bfloat16)
    assert (
        precision.FAST[0] in torch.cpu.get_capabilities() or "x86" not in torch.cpu.get_capabilities()["architecture"]
    )


def test_a_type_that_does_not_exist_is_named():
    sampler = DDPMSampler(DDPMSchedules(), amp="int8")
    with pytest.raises(ValueError, match="amp should be one of off, bf16, fp16, auto, and is 'int8'"):
        next(sampler.trajectory(UNetSmall(), (1, 1, 28, 28), [0]))


def test_images_hardly_differ():
    """bfloat16 rounds by up to 1 in 256. After six steps that is 0.002 of grey's span of 2, on average; a step that was
    computed wrong is ten times as much. The images themselves are float32."""
    model, config, _ = load_weights()
    schedules, steps = DDPMSchedules(**config["schedules"]), evenly(1000, 6, trailing=True)
    one, other = (
        DDPMSampler.last(
            DDPMSampler(schedules, config["training"]["target"], amp=amp).trajectory(
                model, (4, 1, 28, 28), steps, "dpm2m", labels=torch.arange(4), generator=seeded(0)
            )
        )
        for amp in ("off", "bf16")
    )
    apart = (one - other).abs()
    assert one.dtype == other.dtype == torch.float32
    assert 0 < apart.mean() < 0.01
