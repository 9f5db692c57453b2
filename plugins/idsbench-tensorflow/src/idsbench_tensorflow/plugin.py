"""What this distribution offers. Nothing heavy is imported here."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, ModelTraits, Parameter

MOBILENET = Component(
    kind="model",
    name="mobilenet",
    summary="MobileNet v1, v2 or v3-small on enlarged images (Keras), after paper M",
    build="idsbench_tensorflow.mobilenet:MobileNet",
    parameters=(
        Parameter("version", str, "v2", "which MobileNet", choices=("v1", "v2", "v3-small")),
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
        Parameter("learning_rate", float, 0.003, "first step of Adam", minimum=1e-8, maximum=1.0),
        Parameter("batch", int, 32, "rows per step", minimum=2),
        Parameter("epochs", int, 2, "passes over the training rows", minimum=1),
        Parameter(
            "patience",
            int,
            0,
            "epochs without a better validation loss before stopping; 0 never stops early",
            minimum=0,
        ),
        Parameter(
            "max_rows",
            int,
            1_000,
            "most training rows, and most validation rows",
            minimum=2,
            optional=True,
        ),
    ),
    # The first of these sets what the others read while they are imported.
    preload=("idsbench_tensorflow.runtime", "tensorflow", "keras"),
    libraries=("tensorflow", "tensorflow-cpu", "keras"),
    traits=ModelTraits(featurizer="image", input="image"),
)


@hookimpl
def idsbench_models() -> tuple[Component, ...]:
    """Offer the Keras models."""
    return (MOBILENET,)
