from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from idsbench_anomaly.plugin import idsbench_models

MODELS = {component.name: component for component in idsbench_models()}


def test_the_plugin_offers_both_detectors_for_the_binary_task():
    assert set(MODELS) == {"autoencoder", "kitnet"}
    assert {component.traits.tasks for component in MODELS.values()} == {("binary",)}


@pytest.mark.parametrize("name", MODELS)
def test_the_factory_takes_exactly_the_declared_parameters(name):
    module, attribute = MODELS[name].build.split(":")
    signature = inspect.signature(getattr(import_module(module), attribute))
    assert {p.name for p in MODELS[name].parameters} == set(signature.parameters)


def test_registration_imports_no_heavy_library():
    code = (
        "import sys, idsbench_anomaly.plugin; "
        "print([n for n in ('numpy', 'torch', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
