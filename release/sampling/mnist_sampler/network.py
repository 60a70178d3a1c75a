"""The network that draws digits, and the one that looks at them. Made by data/make_sampler.py: edit neither here.

UNetSmall stands in solutions/ddpm/unet.py, DigitClassifier in solutions/ddpm/features.py of the course's repository.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

COUNTS = ("image_size", "patch_size", "model_channels", "channel_mults", "num_res_blocks", "num_heads")
GROUPS = 8  # of GroupNorm. A group of one channel would remove what FiLM has added to it


def sinusoid(t: Tensor, dim: int) -> Tensor:
    """Timesteps, shape (batch,), as sines and cosines of falling frequency, (batch, dim) (Vaswani et al. 2017, 3.5)."""
    half = dim // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half, device=t.device) / half)
    angles = t[:, None].float() * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class TimeEmbedding(nn.Module):
    """Timesteps (batch,) -> (batch, out_dim): sines and cosines, then two layers."""

    def __init__(self, dim: int, out_dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.layers = nn.Sequential(nn.Linear(dim, out_dim), nn.SiLU(), nn.Linear(out_dim, out_dim))

    def forward(self, t: Tensor) -> Tensor:
        return self.layers(sinusoid(t, self.dim).to(next(self.parameters()).dtype))


class ResidualBlock(nn.Module):
    """(batch, in, h, w) -> (batch, out, h, w), scaled and shifted by the time (FiLM: Perez et al. 2018)."""

    def __init__(self, in_channels: int, out_channels: int, time_dim: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.film = nn.Linear(time_dim, 2 * out_channels)
        self.norm2 = nn.GroupNorm(GROUPS, out_channels)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = zeroed(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.skip = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(F.silu(time))[:, :, None, None].chunk(2, dim=1)
        h = self.norm2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv2(self.dropout(F.silu(h)))


class AttentionBlock(nn.Module):
    """Every pixel looks at every other one, shape unchanged (Vaswani et al. 2017, 3.2)."""

    def __init__(self, channels: int, num_heads: int = 4) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.num_heads, c // self.num_heads, h * w)
        query, key, value = qkv.transpose(3, 4).unbind(1)  # (b, heads, h w, c / heads)
        seen = F.scaled_dot_product_attention(query, key, value)
        return x + self.out(seen.transpose(2, 3).reshape(b, c, h, w))


class Stage(nn.Module):
    """A residual block, and attention where the resolution has it."""

    def __init__(self, block: ResidualBlock, attention: AttentionBlock | None, checkpointed: bool) -> None:
        super().__init__()
        self.block, self.attention, self.checkpointed = block, attention or nn.Identity(), checkpointed

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        if self.checkpointed and self.training:  # compute activations again on the way back instead of keeping them
            return checkpoint(self.both, x, time, use_reentrant=False)
        return self.both(x, time)

    def both(self, x: Tensor, time: Tensor) -> Tensor:
        return self.attention(self.block(x, time))


class UNetSmall(nn.Module):
    """Noisy images (batch, c, h, w) and timesteps (batch,) -> the prediction, like the images.

    Args:
        model_channels: width of the first level; level i has model_channels * channel_mults[i].
        attention_resolutions: heights (counted in patches) at which pixels attend to each other, such as (7,) or (16,).
        num_classes: with labels; label num_classes stands for "none" (Ho & Salimans 2022).
        patch_size: p > 1 folds p x p pixels into channels first: p^2 times less work (Luhman & Luhman 2022).
        gradient_checkpointing: less memory for about a third more time in training.

    Raises:
        ValueError: sizes that do not divide, or an attention resolution that no level has.
    """

    def __init__(
        self,
        in_channels: int = 1,
        image_size: int = 28,
        model_channels: int = 32,
        channel_mults: Sequence[int] = (1, 2),
        num_res_blocks: int = 1,
        attention_resolutions: Sequence[int] = (),
        num_heads: int = 4,
        dropout: float = 0.0,
        num_classes: int | None = None,
        patch_size: int = 1,
        gradient_checkpointing: bool = False,
    ) -> None:
        super().__init__()
        self.settings = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        check_counts(self.settings | {"channel_mults": min(channel_mults, default=0)})
        widths = [model_channels * mult for mult in channel_mults]
        sizes = [image_size // patch_size >> level for level in range(len(widths))]
        check_widths(model_channels, widths, num_heads)
        check_sizes(image_size, patch_size, sizes, attention_resolutions)
        self.in_channels, self.image_size, self.num_classes = in_channels, image_size, num_classes
        time_dim, folded = 4 * model_channels, in_channels * patch_size**2

        def stage(before: int, after: int, size: int) -> Stage:
            attention = AttentionBlock(after, num_heads) if size in attention_resolutions else None
            return Stage(ResidualBlock(before, after, time_dim, dropout), attention, gradient_checkpointing)

        self.time = TimeEmbedding(model_channels, time_dim)
        self.label = nn.Embedding(num_classes + 1, time_dim) if num_classes is not None else None
        self.fold, self.unfold = nn.PixelUnshuffle(patch_size), nn.PixelShuffle(patch_size)
        self.first = nn.Conv2d(folded, widths[0], 3, padding=1)
        self.down, self.up, width, skips = nn.ModuleList(), nn.ModuleList(), widths[0], []
        for new, size in zip(widths, sizes, strict=True):
            self.down.append(level := nn.ModuleList())
            for _ in range(num_res_blocks):
                level.append(stage(width, new, size))
                skips.append(width := new)
        self.middle = nn.ModuleList([stage(width, width, sizes[-1]), stage(width, width, 0)])
        for new, size in zip(widths[::-1], sizes[::-1], strict=True):
            self.up.append(level := nn.ModuleList())
            for _ in range(num_res_blocks):
                level.append(stage(width + skips.pop(), new, size))
                width = new
        self.last = nn.Sequential(
            nn.GroupNorm(GROUPS, width), nn.SiLU(), zeroed(nn.Conv2d(width, folded, 3, padding=1))
        )

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        time = self.embed(t, y)
        h = self.first(self.fold(x))
        skips = []
        for number, stages in enumerate(self.down):
            h = F.avg_pool2d(h, 2) if number else h
            for stage in stages.children():
                h = stage(h, time)
                skips.append(h)
        for stage in self.middle:
            h = stage(h, time)
        for number, stages in enumerate(self.up):
            h = F.interpolate(h, scale_factor=2.0) if number else h
            for stage in stages.children():
                h = stage(torch.cat([h, skips.pop()], dim=1), time)
        return self.unfold(self.last(h))

    def embed(self, t: Tensor, y: Tensor | None) -> Tensor:
        """Timesteps and labels, each (batch,), as (batch, time_dim); no labels count as label num_classes."""
        time = self.time(t)
        if self.label is None:
            if y is not None:
                raise ValueError("This model was made without classes; give num_classes to train one with labels.")
            return time
        return time + self.label(torch.full_like(t, self.label.num_embeddings - 1) if y is None else y)


def check_counts(settings: dict[str, Any]) -> None:
    """Stop with a sentence where there would be none of something."""
    for name in COUNTS:
        if settings[name] < 1:
            raise ValueError(f"{name} should be at least 1, and is {settings[name]}.")


def check_widths(model_channels: int, widths: list[int], num_heads: int) -> None:
    """Stop with a sentence where channels do not divide."""
    if model_channels % 2:
        raise ValueError(
            f"model_channels should be even, half sines and half cosines of the time; not {model_channels}."
        )
    for width in widths:
        if width % GROUPS or width % num_heads:
            raise ValueError(f"{width} channels should be a multiple of {GROUPS} (groups) and of {num_heads} (heads).")


def check_sizes(image_size: int, patch_size: int, sizes: list[int], attention_resolutions: Sequence[int]) -> None:
    """Stop with a sentence where the image does not divide, or attention would be nowhere."""
    step = patch_size * 2 ** (len(sizes) - 1)
    if image_size % step:
        raise ValueError(f"image_size {image_size} should be a multiple of {step}: patches of {patch_size}, halved.")
    for size in attention_resolutions:
        if size not in sizes:
            raise ValueError(f"attention_resolutions holds {size}, but there are {', '.join(map(str, sizes))}.")


def zeroed(layer: nn.Module) -> nn.Module:
    """Start as nothing: the block is the identity at first, the model predicts 0 (Dhariwal & Nichol 2021)."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def block(width_in: int, width_out: int, padding: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(width_in, width_out, 3, padding=padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width_out), nn.ReLU())


class DigitClassifier(nn.Module):
    """77,434 numbers that read digits (n, 1, 28, 28) in [-1, 1]; `record` says how they were trained, how well.

    The features are standardised and not yet rectified: FID fits a Gaussian to them, which suits them better so.
    """

    num_features = 64

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *(block(1, 16), nn.MaxPool2d(2), block(16, 32), nn.MaxPool2d(2)),
            *(block(32, 64), block(64, 64, padding=0), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(256, self.num_features, bias=False), nn.BatchNorm1d(self.num_features, affine=False)),
        )
        self.head = nn.Linear(self.num_features, 10)
        self.record: dict[str, Any] = {}

    def features(self, x: Tensor) -> Tensor:
        """Features (n, 64) of images (n, 1, 28, 28) in [-1, 1]; ValueError for images of another shape."""
        if x.shape[1:] != (1, 28, 28):
            raise ValueError(f"The digit classifier reads images of shape (n, 1, 28, 28), these are {tuple(x.shape)}.")
        return self.trunk(x)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 10) of images (n, 1, 28, 28) in [-1, 1]."""
        return self.head(F.relu(self.features(x)))
