import subprocess
import sys

from idsbench_mqttset import plugin

HEAVY = ("numpy", "polars", "idsbench_mqttset.dataset")


def test_the_plugin_offers_one_dataset_called_mqttset() -> None:
    (component,) = plugin.idsbench_datasets()
    assert (component.kind, component.name) == ("dataset", "mqttset")
    assert component.build == "idsbench_mqttset.dataset:MQTTset"


def test_only_the_columns_parameter_is_part_of_a_cells_identity() -> None:
    (component,) = plugin.idsbench_datasets()
    columns, file = component.parameters
    assert columns.choices == ("behaviour", "endpoints", "all")
    assert (columns.default, columns.identity) == ("behaviour", True)
    assert (file.default, file.optional, file.identity) == (None, True, False)


def test_listing_what_the_plugin_offers_imports_nothing_heavy() -> None:
    code = (
        "import sys, idsbench_mqttset.plugin as p; p.idsbench_datasets();"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
