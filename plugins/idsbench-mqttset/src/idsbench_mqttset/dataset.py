"""The dataset `mqttset`: all that is known of it stands in `mqttset.toml`."""

from __future__ import annotations

from idsbench.tabular import PackagedCard

MQTTset = PackagedCard("idsbench_mqttset", "mqttset.toml")
PER_CLASS = "60 columns, one file per class"
