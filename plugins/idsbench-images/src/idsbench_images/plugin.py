"""Registers the image featurizer."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, FeaturizerTraits, Parameter

IMAGE = Component(
    kind="featurizer",
    name="image",
    summary="Each row as one small grey or colour image",
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
            "where columns go: as in the table, most related to attacks first, or beside columns "
            "that they are correlated with (projected on a map, or swapped as in IGTD)",
            choices=("as-is", "sorted", "correlated", "igtd"),
        ),
        Parameter(
            "channels", int, 1, "1 for grey, 3 for colour: three columns to a pixel", choices=(1, 3)
        ),
    ),
    libraries=("numpy", "scipy"),
    traits=FeaturizerTraits("image"),
)


@hookimpl
def idsbench_featurizers() -> list[Component]:
    """Offer the featurizer `image`."""
    return [IMAGE]
