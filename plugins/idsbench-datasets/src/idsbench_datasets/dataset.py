"""The datasets: all that is known of each stands in its card."""

from __future__ import annotations

from idsbench.tabular import PackagedCard

PACKAGE = "idsbench_datasets"

bot_iot = PackagedCard(PACKAGE, "cards/bot-iot.toml")
cicids2017 = PackagedCard(PACKAGE, "cards/cicids2017.toml")
ciciot2023 = PackagedCard(PACKAGE, "cards/ciciot2023.toml")
edge_iiotset = PackagedCard(PACKAGE, "cards/edge-iiotset.toml")
iot23 = PackagedCard(PACKAGE, "cards/iot23.toml")
n_baiot = PackagedCard(PACKAGE, "cards/n-baiot.toml")
nsl_kdd = PackagedCard(PACKAGE, "cards/nsl-kdd.toml")
ton_iot = PackagedCard(PACKAGE, "cards/ton-iot.toml")
unsw_nb15 = PackagedCard(PACKAGE, "cards/unsw-nb15.toml")
