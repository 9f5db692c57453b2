"""What this distribution offers to idsbench; importing it imports no heavy library."""

from __future__ import annotations

from collections.abc import Iterable

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter


@hookimpl
def idsbench_datasets() -> Iterable[Component]:
    """Offer MQTTset."""
    return (
        Component(
            kind="dataset",
            name="mqttset",
            summary="MQTTset: packets of ten MQTT sensors and a broker, five attacks",
            build="idsbench_mqttset.dataset:MQTTset",
            parameters=(
                Parameter(
                    "columns",
                    str,
                    "behaviour",
                    "which columns become features",
                    choices=("behaviour", "endpoints", "all"),
                ),
                Parameter(
                    "file",
                    str,
                    None,
                    "read this file instead of searching the data folder",
                    optional=True,
                    identity=False,
                ),
            ),
            preload=("polars",),
            libraries=("numpy", "polars"),
        ),
    )
