"""What this distribution offers to idsbench."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter

SUMMARIES = {
    "bot-iot": "BoT-IoT: flows of a smart-home testbed, nearly all of them attacks",
    "cicids2017": "CICIDS2017: flows of an office network over five days, fourteen attacks",
    "ciciot2023": "CICIoT2023: windows of packets of 105 IoT devices, 33 attacks",
    "edge-iiotset": "Edge-IIoTset: packets of an industrial IoT testbed, fourteen attacks",
    "iot23": "IoT-23: Zeek flows of infected and of benign IoT devices",
    "n-baiot": "N-BaIoT: packets of nine IoT devices under Mirai and BASHLITE",
    "nsl-kdd": "NSL-KDD: connections of 1998, kept for comparison with old papers",
    "ton-iot": "TON_IoT: Zeek flows of an IoT and IIoT testbed, nine attacks",
    "unsw-nb15": "UNSW-NB15: flows of a testbed with generated attacks of nine families",
}
COLUMNS = Parameter(
    "columns",
    str,
    "behaviour",
    help="behaviour: neither identifiers nor endpoints; endpoints: plus addresses and ports; "
    "all: plus ids and times",
    choices=("behaviour", "endpoints", "all"),
)
FILE = Parameter(
    "file",
    str,
    None,
    help="read this file instead of looking for one",
    optional=True,
    identity=False,
)


@hookimpl
def idsbench_datasets() -> list[Component]:
    """Offer a dataset for each card."""
    return [
        Component(
            kind="dataset",
            name=name,
            summary=summary,
            build=f"idsbench_datasets.dataset:{name.replace('-', '_')}",
            parameters=(COLUMNS, FILE),
            preload=("polars",),
            libraries=("numpy", "polars"),
        )
        for name, summary in SUMMARIES.items()
    ]
