"""The network of paper C in its two forms: modules to train, and one function to score quickly."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from idsbench_torch.architecture import Architecture, border, flat_width, sides
from idsbench_torch.runtime import Tensor, nn, torch

Function = Callable[..., Tensor]
ACTIVATIONS: Mapping[str, tuple[type[nn.Module], Function]] = {
    "relu": (nn.ReLU, torch.relu_),
    "elu": (nn.ELU, nn.functional.elu_),
    "tanh": (nn.Tanh, torch.tanh_),
}
POOLINGS: Mapping[str, tuple[type[nn.Module], Function]] = {
    "max": (nn.MaxPool2d, torch.max_pool2d),
    "average": (nn.AvgPool2d, nn.functional.avg_pool2d),
}


def build(shape: Architecture) -> nn.Sequential:
    """Give the untrained network: images (n, c, h, w) -> logits (n, 1).

    Enlarging is its first layer, so images stay small everywhere else.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["enlarge"] = nn.Upsample(size=(shape.size, shape.size), mode="nearest")
    activation, pooling = ACTIVATIONS[shape.activation][0], POOLINGS[shape.pooling_type][0]
    channels = shape.image[2]
    for number, (zeros, padding) in enumerate(_borders(shape), start=1):
        if zeros:
            layers[f"border{number}"] = nn.ZeroPad2d(zeros)
        layers[f"convolution{number}"] = nn.Conv2d(
            channels, shape.filters, shape.kernel, stride=shape.stride, padding=padding
        )
        after = {
            f"{shape.activation}{number}": activation(),
            f"pool{number}": pooling(shape.pooling),
        }
        layers.update(reversed(after.items()) if pooled_first(shape) else after.items())
        channels = shape.filters
    layers["flatten"] = nn.Flatten()
    width = flat_width(shape)
    if shape.dense:
        layers["dense"] = nn.Linear(width, shape.dense)
        layers[shape.activation] = activation()
        width = shape.dense
    if shape.dropout:
        layers["dropout"] = nn.Dropout(shape.dropout)
    layers["output"] = nn.Linear(width, 1)
    # Convolutions on two CPU cores run up to a fifth faster on this layout of the weights.
    network = nn.Sequential(layers)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def attack_probability(network: nn.Module, shape: Architecture) -> Callable[[Tensor], Tensor]:
    """Give a function from images (n, h, w, c) to float64 probabilities (n,).

    It does exactly what the modules do, without the cost of calling them: for a single row that
    cost is larger than the arithmetic. The sigmoid is taken in float64, because in float32 all
    logits over 17 would become the same score, 1.0.
    """
    named = dict(network.named_modules())
    convolutions = []
    for number, (zeros, padding) in enumerate(_borders(shape), start=1):
        layer = named[f"convolution{number}"]
        convolutions.append((layer.weight.detach(), layer.bias.detach(), zeros, padding))
    linears = []
    for name in ("dense", "output") if shape.dense else ("output",):
        linears.append((named[name].weight.detach(), named[name].bias.detach()))
    size, stride, window = (shape.size, shape.size), shape.stride, shape.pooling
    activate, pool = ACTIVATIONS[shape.activation][1], POOLINGS[shape.pooling_type][1]
    early = pooled_first(shape)
    hidden, (last_weight, last_bias) = linears[:-1], linears[-1]

    def probability(images: Tensor) -> Tensor:
        x = nn.functional.interpolate(images.permute(0, 3, 1, 2), size=size)
        for weight, bias, zeros, padding in convolutions:
            if zeros:
                x = nn.functional.pad(x, zeros)
            x = torch.conv2d(x, weight, bias, stride, padding)
            x = activate(pool(x, window)) if early else pool(activate(x), window)
        x = x.flatten(1)
        for weight, bias in hidden:
            x = activate(nn.functional.linear(x, weight, bias))
        logit = nn.functional.linear(x, last_weight, last_bias)
        return torch.sigmoid(logit[:, 0].double())

    return probability


def pooled_first(shape: Architecture) -> bool:
    """Whether pooling comes before the activation: of a maximum either order gives the same.

    The activations here never fall, so the largest number stays the largest, and there are fewer
    to compute: a third of the time of a training step.
    """
    return shape.pooling_type == "max"


def _borders(shape: Architecture) -> list[tuple[tuple[int, int, int, int] | None, str]]:
    """For each convolution, the zeros to put around its input, and PyTorch's own padding.

    PyTorch pads to "same" by itself only where the stride is 1.
    """
    if shape.padding == "valid" or shape.stride == 1:
        return [(None, shape.padding)] * shape.convolutions
    before = [shape.size, *(pooled for _, pooled in sides(shape)[:-1])]
    ends = [border(side, shape.kernel, shape.stride) for side in before]
    return [((low, high, low, high), "valid") for low, high in ends]
