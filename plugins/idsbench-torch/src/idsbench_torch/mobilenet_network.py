"""MobileNet v1 and v2 (Howard et al., 2017; Sandler et al., 2018), with the details of Keras.

The same weights give the same logits here and in `keras.applications`: borders go to the end of
strided convolutions, batch normalisation adds 0.001, and weights start as Keras starts them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from idsbench.errors import CellError
from idsbench_torch.architecture import border
from idsbench_torch.runtime import Tensor, nn, torch

WIDTHS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"v1": (0.25, 0.5, 0.75, 1.0), "v2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)}
)
# Filters and stride of the blocks of v1.
V1 = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
# Widening, filters, repetitions and first stride of the blocks of v2.
V2 = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


@dataclass(frozen=True)
class MobileShape:
    """All that decides the network.

    Args:
        image: height, width and channels of one image at its natural size.
        size: side in pixels after enlarging.
        version: "v1" or "v2".
        alpha: the width multiplier.
        momentum: of the moving averages in batch normalisation, the share that stays.
        dropout: share of numbers left out before the output while training.
    """

    image: tuple[int, int, int]
    size: int
    version: str
    alpha: float
    momentum: float
    dropout: float = 0.0


class Residual(nn.Module):
    """Adds what its layers make of an input (n, c, h, w) to that input."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> (n, c, h, w)."""
        return x + self.layers(x)  # type: ignore[no-any-return]


class Mean(nn.Module):
    """The mean of each channel: (n, c, h, w) -> (n, c)."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> (n, c)."""
        return x.mean((2, 3))


def check(shape: MobileShape) -> None:
    """Refuse a width that the version does not come in, or an image that would be shrunk.

    Raises:
        CellError: what does not fit, and what to change.
    """
    widths = WIDTHS[shape.version]
    if shape.alpha not in widths:
        known = ", ".join(f"{width:g}" for width in widths)
        raise CellError(
            f"mobilenet-torch[version={shape.version}] has no width alpha={shape.alpha:g}: "
            f"use one of {known}"
        )
    height, width, _ = shape.image
    if max(height, width) > shape.size:
        raise CellError(
            f"mobilenet-torch[size={shape.size}] would lose pixels of an image of {height} x "
            f"{width}: use mobilenet-torch[size={max(height, width)}] or more"
        )


def build(shape: MobileShape) -> nn.Sequential:
    """Give the untrained network: images (n, c, h, w) -> logits (n, 1).

    Enlarging is its first layer, so images stay small everywhere else.
    """
    blocks = {"v1": _version_1, "v2": _version_2}[shape.version]
    # Exact, because Keras measures from the middle of a pixel.
    enlarge = nn.Upsample(size=(shape.size, shape.size), mode="nearest-exact")
    layers = [enlarge, *blocks(shape), Mean()]
    width = _last_width(shape)
    if shape.dropout:
        layers.append(nn.Dropout(shape.dropout))
    network = nn.Sequential(*layers, nn.Linear(width, 1))
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            _start(layer)
    return network


def macs(network: nn.Module, shape: MobileShape) -> int:
    """Multiply-accumulate operations per row, counted while one row goes through.

    Convolutions and dense layers count; enlarging, normalisation, biases and activations do not.
    """
    counted = []

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        weights = layer.weight
        assert isinstance(weights, Tensor)
        counted.append(output.numel() * (weights.numel() // weights.shape[0]))

    counting = (nn.Conv2d, nn.Linear)
    layers = [layer for layer in network.modules() if isinstance(layer, counting)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    height, width, channels = shape.image
    with torch.inference_mode():
        network(torch.zeros(1, channels, height, width))
    for hook in hooks:
        hook.remove()
    return sum(counted)


def _version_1(shape: MobileShape) -> Iterator[nn.Module]:
    width = int(32 * shape.alpha)
    yield from _convolution(shape, (shape.image[2], width), 3, border(shape.size, 3, 2))
    for filters, stride in V1:
        wider = int(filters * shape.alpha)
        # Keras puts one row of zeros at the end here, for odd sides too.
        yield from _depthwise(shape, width, (0, 1) if stride == 2 else None)
        yield from _convolution(shape, (width, wider), 1)
        width = wider


def _version_2(shape: MobileShape) -> Iterator[nn.Module]:
    width = _by_eight(32 * shape.alpha)
    yield from _convolution(shape, (shape.image[2], width), 3, border(shape.size, 3, 2))
    side = -(-shape.size // 2)
    for widening, filters, repetitions, first_stride in V2:
        narrow = _by_eight(int(filters * shape.alpha))
        for stride in (first_stride, *(1,) * (repetitions - 1)):
            wide = width * widening
            layers = [*_convolution(shape, (width, wide), 1)] if widening > 1 else []
            layers += _depthwise(shape, wide, border(side, 3, 2) if stride == 2 else None)
            layers += _convolution(shape, (wide, narrow), 1, activated=False)
            block = nn.Sequential(*layers)
            yield Residual(block) if width == narrow and stride == 1 else block
            width, side = narrow, -(-side // stride)
    yield from _convolution(shape, (width, _last_width(shape)), 1)


def _last_width(shape: MobileShape) -> int:
    if shape.version == "v1":
        return int(1024 * shape.alpha)
    return _by_eight(1280 * max(1.0, shape.alpha))


def _convolution(
    shape: MobileShape,
    widths: tuple[int, int],
    kernel: int,
    zeros: tuple[int, int] | None = None,
    activated: bool = True,
) -> Iterator[nn.Module]:
    """A convolution over all channels; with `zeros` at its borders it goes in steps of two."""
    if zeros:
        yield nn.ZeroPad2d((*zeros, *zeros))
    yield nn.Conv2d(*widths, kernel, stride=2 if zeros else 1, bias=False)
    yield _normalization(shape, widths[1])
    if activated:
        yield nn.ReLU6()


def _depthwise(
    shape: MobileShape, width: int, zeros: tuple[int, int] | None
) -> Iterator[nn.Module]:
    """A 3 x 3 convolution within each channel; with `zeros` it goes in steps of two."""
    if zeros:
        yield nn.ZeroPad2d((*zeros, *zeros))
    stride, padding = (2, 0) if zeros else (1, 1)
    yield nn.Conv2d(width, width, 3, stride, padding, groups=width, bias=False)
    yield _normalization(shape, width)
    yield nn.ReLU6()


def _normalization(shape: MobileShape, width: int) -> nn.Module:
    return nn.BatchNorm2d(width, eps=1e-3, momentum=1.0 - shape.momentum)


def _start(layer: nn.Conv2d | nn.Linear) -> None:
    """Start weights uniformly as Glorot and Bengio (2010), biases at zero.

    Keras counts a depthwise filter as one that leads from every channel to one.
    """
    weights = layer.weight
    area = weights[0, 0].numel() if weights.dim() == 4 else 1
    depthwise = isinstance(layer, nn.Conv2d) and layer.groups > 1
    fans = (weights.shape[0], 1) if depthwise else (weights.shape[1], weights.shape[0])
    limit = (6.0 / (area * sum(fans))) ** 0.5
    nn.init.uniform_(weights, -limit, limit)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _by_eight(width: float) -> int:
    """Give the nearest multiple of eight, but no less than nine tenths of the width.

    >>> _by_eight(11.2), _by_eight(44.8), _by_eight(2)
    (16, 48, 8)
    """
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded
