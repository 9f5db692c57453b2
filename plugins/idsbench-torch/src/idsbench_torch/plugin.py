"""What this distribution offers. Nothing heavy is imported here."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, ModelTraits, Parameter

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
        Parameter("convolutions", int, 2, "convolutions, each with its pooling", minimum=1),
        Parameter(
            "dense", int, 64, "width of the fully connected layer; 0 leaves it out", minimum=0
        ),
        Parameter("padding", str, "same", "borders of a convolution", choices=("same", "valid")),
        Parameter("pooling", int, 2, "side of the max-pooling window; 1 pools nothing", minimum=1),
        Parameter("learning_rate", float, 0.001, "step of Adam", minimum=1e-8, maximum=1.0),
        Parameter("batch", int, 256, "rows per step", minimum=1),
        Parameter("epochs", int, 5, "passes over the training rows", minimum=1),
        Parameter(
            "patience",
            int,
            0,
            "epochs without a better validation loss before stopping; 0 never stops early",
            minimum=0,
        ),
        Parameter(
            "max_rows", int, 15_000, "most training rows it is given", minimum=2, optional=True
        ),
    ),
    # The first of these sets what the other reads while it is imported.
    preload=("idsbench_torch.runtime", "torch", "torch._dynamo"),  # the optimisers import it
    libraries=("torch",),
    traits=ModelTraits(featurizer="image", input="image"),
)


@hookimpl
def idsbench_models() -> tuple[Component, ...]:
    """Offer the PyTorch models."""
    return (CNN,)
