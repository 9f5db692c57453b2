from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

from idsbench_torch.plugin import CNN, idsbench_models


def test_the_plugin_offers_the_cnn_on_images():
    (component,) = idsbench_models()
    assert (component.kind, component.name) == ("model", "cnn")
    assert component.traits is not None
    assert (component.traits.featurizer, component.traits.input) == ("image", "image")


def test_the_factory_takes_exactly_the_declared_parameters():
    module, attribute = CNN.build.split(":")
    model = getattr(import_module(module), attribute)(**{p.name: p.default for p in CNN.parameters})
    settings = {name: value for name, value in vars(model).items() if not name.startswith("_")}
    assert settings == {p.name: p.default for p in CNN.parameters}


def test_registering_imports_neither_numpy_nor_torch():
    program = (
        "import sys, idsbench_torch.plugin; print(sorted({'numpy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_waiting_threads_sleep_unless_the_user_says_otherwise():
    program = "import os, idsbench_torch.runtime; print(os.environ['OMP_WAIT_POLICY'])"
    found = []
    for user in ({}, {"OMP_WAIT_POLICY": "ACTIVE"}):
        kept = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env={**kept, **user}
        )
        found.append(done.stdout.strip())
    assert found == ["PASSIVE", "ACTIVE"]
