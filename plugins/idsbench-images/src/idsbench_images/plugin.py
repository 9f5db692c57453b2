"""Registers the image featurizer."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, FeaturizerTraits, Parameter

IMAGE = Component(
    kind="featurizer",
    name="image",
    summary="Each row as one small grey image, a pixel per column",
    build="idsbench_images.image:Image",
    parameters=(
        Parameter(
            "scale",
            str,
            "minmax",
            "how columns become grey values from 0 to 1",
            choices=("minmax", "log", "quantile"),
        ),
        Parameter("size", str, "auto", "side in pixels, 1 to 64; auto is the least that fits"),
        Parameter(
            "layout",
            str,
            "as-is",
            "order of the pixels: as in the table, or most related to attacks first",
            choices=("as-is", "sorted"),
        ),
    ),
    libraries=("numpy",),
    traits=FeaturizerTraits("image"),
)


@hookimpl
def idsbench_featurizers() -> list[Component]:
    """Offer the featurizer `image`."""
    return [IMAGE]
