from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import pytest

from idsbench_torch.plugin import CNN, MOBILENET, idsbench_models


def test_the_plugin_offers_two_models_on_images():
    components = idsbench_models()
    assert [(found.kind, found.name) for found in components] == [
        ("model", "cnn"),
        ("model", "mobilenet-torch"),
    ]
    for component in components:
        assert component.traits is not None
        assert (component.traits.featurizer, component.traits.input) == ("image", "image")


@pytest.mark.parametrize("component", [CNN, MOBILENET], ids=lambda component: component.name)
def test_the_factory_takes_exactly_the_declared_parameters(component):
    module, attribute = component.build.split(":")
    defaults = {parameter.name: parameter.default for parameter in component.parameters}
    model = getattr(import_module(module), attribute)(**defaults)
    settings = {name: value for name, value in vars(model).items() if not name.startswith("_")}
    assert settings == defaults


def test_registering_imports_neither_numpy_nor_torch():
    program = (
        "import sys, idsbench_torch.plugin; print(sorted({'numpy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("name", "ours", "users"),
    [("OMP_WAIT_POLICY", "PASSIVE", "ACTIVE"), ("CUBLAS_WORKSPACE_CONFIG", ":4096:8", ":16:8")],
)
def test_the_environment_is_set_unless_the_user_says_otherwise(name, ours, users):
    program = f"import os, idsbench_torch.runtime; print(os.environ[{name!r}])"
    found = []
    for user in ({}, {name: users}):
        kept = {key: value for key, value in os.environ.items() if key != name}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env={**kept, **user}
        )
        found.append(done.stdout.strip())
    assert found == [ours, users]
