"""The U-Net: shapes, and that time, labels, skips, attention and every parameter do something."""

import pytest
import torch
from torch import Tensor, nn

from ddpm.unet import AttentionBlock, ResidualBlock, UNetSmall, sinusoid

TINY = {"image_size": 8, "model_channels": 8, "attention_resolutions": (4,), "num_heads": 2}


def unet(seed: int = 0, **more: object) -> UNetSmall:
    """A new one, whose zeroed layers have been given weights, as if it had learned something."""
    torch.manual_seed(seed)
    model = UNetSmall(**TINY | more)
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return model.eval()


def batch(n: int = 2, size: int = 8, channels: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    images = torch.randn(n, channels, size, size, generator=generator)
    return images, torch.randint(1000, (n,), generator=generator)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"image_size": 28, "attention_resolutions": (14, 28)},
        {"image_size": 28, "patch_size": 2, "attention_resolutions": (7,)},
        {"image_size": 16, "channel_mults": (1, 2, 2, 4), "attention_resolutions": (2, 4)},
        {"image_size": 16, "in_channels": 3, "patch_size": 4, "channel_mults": (2, 1)},
        {"channel_mults": (3,), "attention_resolutions": (8,)},
        {"num_res_blocks": 3, "attention_resolutions": ()},
        {"num_classes": 10, "dropout": 0.5},
        {"channel_mults": [1, 2], "attention_resolutions": [4, 8], "num_heads": 1},  # lists, as YAML gives them
    ],
)
@pytest.mark.parametrize("n", [1, 3])
def test_the_answer_has_the_shape_of_the_images(more, n):
    model = unet(**more)
    x, t = batch(n, model.image_size, model.in_channels)
    answer = model(x, t)
    assert answer.shape == x.shape and answer.dtype == x.dtype and answer.isfinite().all()
    looks = sum(isinstance(module, AttentionBlock) for module in model.modules())
    sizes = [
        model.image_size // more.get("patch_size", 1) >> level
        for level in range(len(more.get("channel_mults", (1, 2))))
    ]
    here = [size in more.get("attention_resolutions", (4,)) for size in sizes]
    assert looks == 2 * more.get("num_res_blocks", 1) * sum(here) + here[-1]  # down and up, and once in the middle


def test_a_new_model_predicts_0():
    x, t = batch()
    assert not UNetSmall(**TINY)(x, t).any()


def test_the_answer_of_an_image_does_not_depend_on_its_neighbours():
    model, (x, t) = unet(num_classes=3), batch(4)
    y = torch.tensor([0, 1, 2, 3])
    alone = torch.cat([model(x[i : i + 1], t[i : i + 1], y[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(model(x, t, y), alone, rtol=1e-4, atol=1e-5)  # convolutions add in another order


def test_time_matters_at_every_block():
    model, (x, t) = unet(), batch()
    assert not torch.allclose(model(x, t), model(x, (t + 300) % 1000), atol=1e-3)
    for block in (module for module in model.modules() if isinstance(module, ResidualBlock)):
        seen = []
        handle = block.register_forward_hook(lambda module, given, out, seen=seen: seen.append((*given, out)))
        model(x, t)
        handle.remove()
        ((h, time, out),) = seen
        assert not torch.allclose(block(h, time.flip(0)), out, atol=1e-4)


def test_the_embedding_counts_from_fast_to_slow():
    """Index 0 turns by one radian a step, the last by about 1e-4 (facts: the seed has it the other way round)."""
    table = sinusoid(torch.arange(1000), 32).double()
    assert table.shape == (1000, 32)
    torch.testing.assert_close(table[:, 0], torch.arange(1000.0).double().sin(), atol=1e-4, rtol=0)
    assert table[999, 15].item() == pytest.approx(999 * 10_000 ** (-15 / 16), rel=0.02)  # still sin x = x
    torch.testing.assert_close(table[:, :16] ** 2 + table[:, 16:] ** 2, torch.ones(1000, 16).double())
    assert torch.pdist(table).min() > 0.1  # no two timesteps look alike


def test_labels_matter_and_none_is_a_label_of_its_own():
    model, (x, t) = unet(num_classes=3), batch(1)
    answers = [model(x, t, torch.tensor([label])) for label in range(4)]
    assert all(not torch.allclose(a, b, atol=1e-3) for i, a in enumerate(answers) for b in answers[:i])
    assert torch.equal(model(x, t), answers[3])


def test_labels_for_a_model_without_classes_are_refused():
    x, t = batch()
    with pytest.raises(ValueError, match="made without classes; give num_classes"):
        unet()(x, t, torch.zeros(2).long())


def test_gradient_checkpointing_changes_no_gradient_with_dropout_too():
    x, t = batch(3)
    gradients = []
    for checkpointed in (False, True):
        model = unet(gradient_checkpointing=checkpointed, dropout=0.5).train()
        torch.manual_seed(7)
        model(x, t).square().sum().backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, again)


def test_gradient_checkpointing_keeps_fewer_activations():
    kept = []
    for checkpointed in (False, True):
        model, (x, t) = unet(gradient_checkpointing=checkpointed).train(), batch(3)
        sizes = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x, sizes=sizes: sizes.append(x.numel()) or x, lambda x: x):
            model(x, t)
        kept.append(sum(sizes))
    assert kept[1] < kept[0] / 2


def reach(model: UNetSmall, row: int = 0, column: int = 0) -> Tensor:
    """Which pixels of the image the answer at one pixel depends on."""
    x, t = batch(1, model.image_size)
    x.requires_grad_()
    model(x, t)[0, 0, row, column].backward()
    return x.grad[0, 0] != 0


class Still(nn.Module):
    """In GroupNorm's place: it mixes all pixels too, by their mean, and would hide what attention does."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def without_norms(model: UNetSmall) -> UNetSmall:
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.GroupNorm):
                setattr(module, name, Still())
    return model


def test_attention_mixes_distant_pixels():
    size = {"image_size": 32, "channel_mults": (1,)}
    near = reach(without_norms(unet(**size, attention_resolutions=())))
    far = reach(without_norms(unet(**size, attention_resolutions=(32,))))
    assert not near[-1, -1] and near[0, 0] and far.all()


def test_attention_weighs_by_likeness():
    """With query = key = value = x, a pixel that is like another sees more of it than of the rest."""
    block = AttentionBlock(8, num_heads=1)
    block.norm = Still()
    with torch.no_grad():
        block.qkv.weight.copy_(torch.eye(8).repeat(3, 1)[:, :, None, None])
        block.qkv.bias.zero_()
        block.out.weight.copy_(torch.eye(8)[:, :, None, None])
    x = torch.randn(2, 8, 3, 4)
    rows = x.flatten(2).mT
    expected = x + ((rows @ rows.mT / 8**0.5).softmax(-1) @ rows).mT.reshape(x.shape)
    torch.testing.assert_close(block(x), expected)


@pytest.mark.parametrize("num_res_blocks", [1, 2])
def test_every_skip_connection_is_used(num_res_blocks):
    """The way up takes what each block on the way down gave, last first, beside what comes from below."""
    model, (x, t) = unet(num_res_blocks=num_res_blocks), batch(1)
    down = [stage for stages in model.down for stage in stages]
    up = [stage for stages in model.up for stage in stages]
    given, taken = [], []
    for stage in down:
        stage.register_forward_hook(lambda module, given_, out: given.append(out))
    for stage in up:
        stage.register_forward_hook(lambda module, given_, out: taken.append(given_[0]))
    model(x, t)
    assert len(given) == len(taken) == 2 * num_res_blocks
    for out, into in zip(given, taken[::-1], strict=True):
        assert torch.equal(into[:, -out.shape[1] :], out) and into.shape[1] > out.shape[1]


def test_time_scales_and_shifts_after_the_norm():
    """FiLM with 1 + scale: with a zeroed film layer the block is one without time (facts: the seed only scales)."""
    torch.manual_seed(0)
    block = ResidualBlock(8, 8, time_dim=4)
    nn.init.normal_(block.conv2.weight)
    block.norm2.register_forward_hook(lambda module, given, out: torch.ones_like(out))
    seen = []
    block.dropout.register_forward_hook(lambda module, given, out: seen.append(given[0]))
    time = torch.ones(1, 4)
    scale, shift = block.film(nn.functional.silu(time))[0].chunk(2)
    block(torch.randn(1, 8, 2, 2), time)
    expected = nn.functional.silu(1 + scale + shift)[None, :, None, None].expand(1, 8, 2, 2)
    torch.testing.assert_close(seen[0], expected)


@pytest.mark.parametrize("more", [{}, {"num_classes": 2, "num_res_blocks": 2}, {"patch_size": 2}])
def test_gradients_reach_every_parameter_once_learning_has_begun(more):
    """A new model's zeroed layers let no gradient through; after a few steps all weights have moved."""
    torch.manual_seed(0)
    model = UNetSmall(**TINY | more)
    start = {name: value.clone() for name, value in model.named_parameters()}
    x, t = batch(8)
    y = torch.arange(8) % 3 if model.num_classes else None
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(4):
        optimizer.zero_grad()
        (model(x, t, y) - x).square().mean().backward()
        optimizer.step()
    still = [name for name, value in model.named_parameters() if torch.equal(value, start[name])]
    assert not still


def test_dropout_acts_in_training_alone():
    model, (x, t) = unet(dropout=0.5), batch()
    assert torch.equal(model(x, t), model(x, t))
    model.train()
    assert not torch.equal(model(x, t), model(x, t))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"image_size": 9}, "image_size 9 should be a multiple of 2"),
        ({"patch_size": 3}, "image_size 8 should be a multiple of 6: patches of 3, halved"),
        ({"channel_mults": (1, 1, 1, 1, 1)}, "image_size 8 should be a multiple of 16"),
        ({"model_channels": 12}, "12 channels should be a multiple of 8"),
        ({"num_heads": 3}, "8 channels should be a multiple of 8 .groups. and of 3 .heads."),
        ({"model_channels": 3, "channel_mults": (8, 8)}, "model_channels should be even"),
        ({"channel_mults": ()}, "at least 1"),
        ({"channel_mults": (1, 0)}, "at least 1"),
        ({"num_res_blocks": 0}, "at least 1"),
        ({"num_heads": 0}, "at least 1"),
        ({"patch_size": 0}, "at least 1"),
        ({"image_size": 0}, "at least 1"),
        ({"attention_resolutions": (7,)}, r"attention.*7.*there are 8, 4"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_with_a_sentence(more, says):
    with pytest.raises(ValueError, match=says):
        UNetSmall(**TINY | more)
