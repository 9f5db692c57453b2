"""The network in its two forms: modules to train, and one function to score quickly."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from idsbench_torch.architecture import Architecture, flat_width
from idsbench_torch.runtime import Tensor, nn, torch


def build(shape: Architecture) -> nn.Sequential:
    """Give the untrained network: images (n, c, h, w) -> logits (n, 1).

    Enlarging is its first layer, so images stay small everywhere else.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["enlarge"] = nn.Upsample(size=(shape.size, shape.size), mode="nearest")
    channels = shape.image[2]
    for number in range(1, shape.convolutions + 1):
        layers[f"convolution{number}"] = nn.Conv2d(
            channels, shape.filters, shape.kernel, padding=shape.padding
        )
        layers[f"relu{number}"] = nn.ReLU()
        layers[f"pool{number}"] = nn.MaxPool2d(shape.pooling)
        channels = shape.filters
    layers["flatten"] = nn.Flatten()
    width = flat_width(shape)
    if shape.dense:
        layers["dense"] = nn.Linear(width, shape.dense)
        layers["relu"] = nn.ReLU()
        width = shape.dense
    layers["output"] = nn.Linear(width, 1)
    # Convolutions on two CPU cores run up to a fifth faster on this layout of the weights.
    network = nn.Sequential(layers)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def attack_probability(network: nn.Sequential, shape: Architecture) -> Callable[[Tensor], Tensor]:
    """Give a function from images (n, h, w, c) to float64 probabilities (n,).

    It does exactly what the modules do, without the cost of calling them: for a single row that
    cost is larger than the arithmetic. The sigmoid is taken in float64, because in float32 all
    logits over 17 would become the same score, 1.0.
    """
    named = dict(network.named_modules())
    convolutions = []
    for number in range(1, shape.convolutions + 1):
        layer = named[f"convolution{number}"]
        convolutions.append((layer.weight.detach(), layer.bias.detach()))
    linears = []
    for name in ("dense", "output") if shape.dense else ("output",):
        linears.append((named[name].weight.detach(), named[name].bias.detach()))
    size, padding, pooling = (shape.size, shape.size), shape.padding, shape.pooling
    hidden, (last_weight, last_bias) = linears[:-1], linears[-1]

    def probability(images: Tensor) -> Tensor:
        x = nn.functional.interpolate(images.permute(0, 3, 1, 2), size=size)
        for weight, bias in convolutions:
            x = torch.relu_(torch.conv2d(x, weight, bias, padding=padding))
            x = torch.max_pool2d(x, pooling)
        x = x.flatten(1)
        for weight, bias in hidden:
            x = torch.relu_(nn.functional.linear(x, weight, bias))
        logit = nn.functional.linear(x, last_weight, last_bias)
        return torch.sigmoid(logit[:, 0].double())

    return probability
