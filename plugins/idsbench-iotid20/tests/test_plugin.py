"""The component is declared as the core expects it, and importing it costs nothing."""

from __future__ import annotations

import fnmatch
import importlib
import subprocess
import sys

import pytest

from idsbench_iotid20 import plugin
from idsbench_iotid20.dataset import IoTID20


def test_the_one_dataset_builds_with_its_defaults():
    (component,) = plugin.idsbench_datasets()
    module, attribute = component.build.split(":")
    built = getattr(importlib.import_module(module), attribute)(
        **{p.name: p.default for p in component.parameters}
    )
    assert (component.kind, component.name) == ("dataset", "iotid20")
    assert built.card is IoTID20.card
    assert built.columns == "behaviour"


def test_declaring_the_component_imports_no_heavy_library():
    code = (
        "import sys, idsbench_iotid20.plugin, idsbench_iotid20.dataset;"
        "print(sorted({'numpy', 'polars', 'sklearn', 'torch'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def layouts_of(name: str) -> list[str]:
    """Match a file name as the core does: lower case, without blanks, hyphens and underscores."""
    plain = name.lower().translate(str.maketrans("", "", " -_"))
    if any(fnmatch.fnmatchcase(plain, pattern) for pattern in IoTID20.card.ignore):
        return []
    return [
        layout.name
        for layout in IoTID20.card.layouts
        if any(fnmatch.fnmatchcase(plain, pattern) for pattern in layout.slots[0])
    ]


@pytest.mark.parametrize(
    ("name", "layouts"),
    [
        ("IoT Network Intrusion Dataset.csv", ["86 columns"]),
        ("Final IoT Network Intrusion Dataset.csv", ["86 columns"]),
        ("IoTID20.csv", ["86 columns"]),
        ("Iot NetWork Intrusion Dataset.csv", ["86 columns"]),
        ("IoT_2020_b_0.01_fs.csv", ["31 features"]),
        ("IoT_2020_b_0.01.csv", ["31 features"]),
        ("iotid20_head5_real.csv", []),
        ("iotid20_describe_full.csv", []),
        ("labeling_rules.csv", []),
        ("notes.csv", []),
    ],
)
def test_names_in_the_wild_are_known_and_other_files_are_not(name, layouts):
    assert layouts_of(name) == layouts
