"""What this distribution offers. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import replace

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, ModelTraits, Parameter, Search
from idsbench_torch.parameters import training

# The first of these sets what the other reads while it is imported; the optimisers import the last.
PRELOAD = ("idsbench_torch.runtime", "torch", "torch._dynamo")
ON_IMAGES = ModelTraits(
    featurizer="image",
    input="image",
    exports=("onnx", "litert", "litert-fp16", "litert-int8"),
    devices=("cuda",),
    resumes=True,
    made_of="layers",
)
RATE = Search("learning_rate", 1e-4, 1e-2, log=True)
DROPOUT = Search("dropout", 0.0, 0.5)

CNN = Component(
    kind="model",
    name="cnn",
    summary="Small convolutional network on images (PyTorch), after paper C",
    build="idsbench_torch.cnn:Cnn",
    parameters=(
        Parameter(
            "size", int, 12, "side in pixels to which the network enlarges the image", minimum=2
        ),
        Parameter("filters", int, 32, "filters per convolution", minimum=1),
        Parameter("kernel", int, 3, "side of a filter in pixels", choices=(1, 3, 5, 7)),
        Parameter("stride", int, 1, "pixels between two places of a filter", minimum=1),
        Parameter("padding", str, "same", "borders of a convolution", choices=("same", "valid")),
        Parameter("convolutions", int, 2, "convolutions, each with its pooling", minimum=1),
        Parameter("pooling", int, 2, "side of the pooling window; 1 pools nothing", minimum=1),
        Parameter("pooling_type", str, "max", "what is pooled to", choices=("max", "average")),
        Parameter(
            "activation",
            str,
            "relu",
            "after each convolution and the fully connected layer",
            choices=("relu", "elu", "tanh"),
        ),
        Parameter(
            "dense", int, 64, "width of the fully connected layer; 0 leaves it out", minimum=0
        ),
        *training(learning_rate=0.001, batch=256, epochs=5, schedule="constant"),
        Parameter(
            "max_rows", int, 15_000, "most training rows it is given", minimum=2, optional=True
        ),
    ),
    preload=PRELOAD,
    libraries=("torch",),
    traits=replace(
        ON_IMAGES,
        search=(
            RATE,
            DROPOUT,
            Search("filters", choices=(16, 32, 64)),
            Search("dense", choices=(0, 32, 64, 128)),
        ),
    ),
)

MOBILENET = Component(
    kind="model",
    name="mobilenet-torch",
    summary="MobileNet v1 or v2 on enlarged images (PyTorch), after paper M",
    build="idsbench_torch.mobilenet:MobileNet",
    parameters=(
        Parameter("version", str, "v1", "which MobileNet", choices=("v1", "v2")),
        Parameter(
            "alpha",
            float,
            None,
            "width multiplier; none takes the narrowest that the version comes in",
            minimum=0.25,
            maximum=1.4,
            optional=True,
        ),
        Parameter(
            "size", int, 32, "side in pixels to which the network enlarges the image", minimum=32
        ),
        *training(learning_rate=0.003, batch=32, epochs=2, schedule="linear", smallest_batch=2),
        Parameter(
            "max_rows",
            int,
            1_000,
            "most training rows, and most validation rows",
            minimum=2,
            optional=True,
        ),
    ),
    preload=PRELOAD,
    libraries=("torch",),
    traits=replace(
        ON_IMAGES,
        made_of="separable-layers",
        search=(RATE, DROPOUT, Search("alpha", choices=(None, 0.75, 1.0))),
    ),
)


@hookimpl
def idsbench_models() -> tuple[Component, ...]:
    """Offer the PyTorch models."""
    return (CNN, MOBILENET)
