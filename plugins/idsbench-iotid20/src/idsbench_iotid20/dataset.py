"""The dataset `iotid20`: all that is known of it stands in `iotid20.toml`."""

from __future__ import annotations

from idsbench.tabular import PackagedCard

IoTID20 = PackagedCard("idsbench_iotid20", "iotid20.toml")
FULL, SAMPLE = "86 columns", "31 features"
