"""MobileNet made quick to score with: normalisation inside the convolutions, no modules to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from idsbench_torch.mobilenet_network import Residual
from idsbench_torch.runtime import Tensor, nn, torch

Operation = Callable[[Tensor], Tensor]


def attack_probability(network: nn.Sequential) -> Operation:
    """Give a function from images (n, h, w, c) to float64 probabilities (n,).

    It takes the weights as they are now. Rounding aside it does what the modules do in `eval`; for
    a single row, calling those costs more than the arithmetic. The sigmoid is taken in float64,
    because in float32 all logits over 17 would become the same score, 1.0.
    """
    forward = _forward(network)

    def probability(images: Tensor) -> Tensor:
        return torch.sigmoid(forward(images.permute(0, 3, 1, 2))[:, 0].double())

    return probability


def _forward(layers: nn.Sequential) -> Operation:
    operations = tuple(_operations(list(layers)))

    def forward(x: Tensor) -> Tensor:
        for operation in operations:
            x = operation(x)
        return x

    return forward


def _operations(layers: list[nn.Module]) -> Iterator[Operation]:
    for layer, following in zip(layers, [*layers[1:], None], strict=True):
        if isinstance(layer, nn.Conv2d):
            assert isinstance(following, nn.BatchNorm2d)
            yield _convolution(layer, following)
        elif isinstance(layer, nn.ReLU6):
            yield lambda x: nn.functional.hardtanh_(x, 0.0, 6.0)
        elif isinstance(layer, nn.Sequential):
            yield _forward(layer)
        elif isinstance(layer, Residual):
            yield _residual(_forward(layer.layers))
        elif not isinstance(layer, nn.BatchNorm2d | nn.Dropout):
            yield layer


def _convolution(layer: nn.Conv2d, normalization: nn.BatchNorm2d) -> Operation:
    """One convolution that does both: (w x - mean) scale + shift = (w scale) x + bias."""
    mean, variance = normalization.running_mean, normalization.running_var
    assert mean is not None
    assert variance is not None
    with torch.no_grad():
        scale = normalization.weight / torch.sqrt(variance + normalization.eps)
        weight = (layer.weight * scale[:, None, None, None]).contiguous()
        bias = normalization.bias - mean * scale
    stride, padding, groups = layer.stride[0], layer.padding[0], layer.groups

    def convolve(x: Tensor) -> Tensor:
        return torch.conv2d(x, weight, bias, stride, padding, 1, groups)

    return convolve


def _residual(forward: Operation) -> Operation:
    def add(x: Tensor) -> Tensor:
        return x + forward(x)

    return add
