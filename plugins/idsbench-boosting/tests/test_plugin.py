from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from idsbench_boosting.plugin import idsbench_models

MODELS = {component.name: component for component in idsbench_models()}


def test_the_plugin_offers_both_libraries_on_tables():
    assert set(MODELS) == {"lightgbm", "xgboost"}
    assert {(c.traits.input, c.traits.featurizer) for c in MODELS.values()} == {("table", "table")}


def test_both_export_onnx():
    assert [model.traits.exports for model in MODELS.values()] == [("onnx",), ("onnx",)]


@pytest.mark.parametrize("name", MODELS)
def test_declared_defaults_are_those_of_the_factory(name):
    module, attribute = MODELS[name].build.split(":")
    signature = inspect.signature(getattr(import_module(module), attribute))
    assert {p.name: p.default for p in MODELS[name].parameters} == {
        key: parameter.default for key, parameter in signature.parameters.items()
    }


def test_registration_imports_no_heavy_library():
    code = (
        "import sys, idsbench_boosting.plugin; "
        "print([n for n in ('numpy', 'lightgbm', 'xgboost', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
