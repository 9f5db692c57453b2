"""What this distribution offers to idsbench."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter


@hookimpl
def idsbench_datasets() -> list[Component]:
    """Offer the dataset `iotid20`."""
    return [
        Component(
            kind="dataset",
            name="iotid20",
            summary="IoTID20: 0.1-s flows of a smart home under nine kinds of traffic",
            build="idsbench_iotid20.dataset:IoTID20",
            parameters=(
                Parameter(
                    "columns",
                    str,
                    "behaviour",
                    help="behaviour: neither identifiers nor endpoints; endpoints: plus addresses "
                    "and ports; all: plus Flow_ID and Timestamp",
                    choices=("behaviour", "endpoints", "all"),
                ),
                Parameter(
                    "file",
                    str,
                    None,
                    help="read this file instead of looking for one",
                    optional=True,
                    identity=False,
                ),
            ),
            preload=("polars",),
            libraries=("numpy", "polars"),
        )
    ]
